//! Stored forms of events, records and quarantined input.
//!
//! Invariant: the first byte is the version; what a version wrote is read for ever. Damaged bytes
//! give [`ErrorKind::Corrupt`], bytes of a later version [`ErrorKind::NewerFormat`]; neither panics
//! nor allocates more than a few times the length of the input.
//!
//! Whole numbers are LEB128 (signed ones zigzag first), texts and bytes have their length in front,
//! optional parts a 0 or 1.

use crate::{
    Diagnostic, Error, ErrorKind, Event, Identifier, IdentifierKind, Membership, QuarantineItem,
    Record, Result, SourceName, Timestamp, Value,
    number::exact_decimal,
    parts::{self, put_number, put_signed, put_text},
};

const VERSION: u8 = 1;

impl Event {
    /// The stored form: version, time of receipt, the JSON text as it is.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(self.json().len() + 16);
        out.time(self.received_at());
        out.bytes.extend_from_slice(self.json().as_bytes());
        out.bytes
    }

    /// Reads the stored form, checking it as strictly as when the event came in.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::NewerFormat`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes, "event")?;
        let received_at = input.time()?;
        Self::from_json_bytes(input.bytes.rest(), received_at).map_err(|mistakes| {
            let mut error = input.corrupt("its text");
            if let Some(first) = mistakes.first() {
                error = error.context(first);
            }
            error
        })
    }
}

impl Record {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(self.fields.len() + 128);
        out.text(&self.collection);
        out.option(self.key.as_deref(), Writer::text);
        out.option(self.time, Writer::time);
        out.list(&self.identifiers, Writer::identifier);
        out.list(&self.traits, |out, (name, value)| {
            out.text(name);
            out.value(value);
        });
        out.list(&self.memberships, |out, membership| {
            out.identifier(&membership.organisation);
            out.option(membership.role.as_deref(), Writer::text);
            out.option(membership.from, Writer::time);
            out.option(membership.to, Writer::time);
        });
        out.text(&self.fields);
        out.bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::NewerFormat`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes, "record")?;
        let record = Self {
            collection: input.text()?.into(),
            key: input.option(Reader::text)?.map(Into::into),
            time: input.option(Reader::time)?,
            identifiers: input.list(Reader::identifier)?,
            traits: input.list(|input| Ok((input.text()?.into(), input.value()?)))?,
            memberships: input.list(|input| {
                Ok(Membership {
                    organisation: input.identifier()?,
                    role: input.option(Reader::text)?.map(Into::into),
                    from: input.option(Reader::time)?,
                    to: input.option(Reader::time)?,
                })
            })?,
            fields: input.text()?.into(),
        };
        input.end()?;
        match record.check().first() {
            None => Ok(record),
            Some(mistake) => Err(input.corrupt("its content").context(mistake)),
        }
    }
}

impl QuarantineItem {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(self.bytes.len() + 256);
        out.text(self.source.as_str());
        out.text(&self.place);
        out.time(self.time);
        out.list(&self.reasons, Writer::diagnostic);
        out.slice(&self.bytes);
        out.bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] or [`ErrorKind::NewerFormat`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes, "quarantined input")?;
        let source = SourceName::new(input.text()?).map_err(|_| input.corrupt("its source"))?;
        let item = Self {
            source,
            place: input.text()?.into(),
            time: input.time()?,
            reasons: input.list(Reader::diagnostic)?,
            bytes: input.slice()?.into(),
        };
        input.end()?;
        Ok(item)
    }
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn new(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.push(VERSION);
        Self { bytes }
    }

    fn number(&mut self, number: u64) {
        put_number(&mut self.bytes, number);
    }

    fn time(&mut self, time: Timestamp) {
        put_signed(&mut self.bytes, time.as_micros());
    }

    fn slice(&mut self, slice: &[u8]) {
        self.number(slice.len() as u64);
        self.bytes.extend_from_slice(slice);
    }

    fn text(&mut self, text: &str) {
        put_text(&mut self.bytes, text);
    }

    fn option<T>(&mut self, part: Option<T>, write: impl Fn(&mut Self, T)) {
        self.bytes.push(part.is_some().into());
        if let Some(part) = part {
            write(self, part);
        }
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len() as u64);
        for item in items {
            write(self, item);
        }
    }

    fn identifier(&mut self, identifier: &Identifier) {
        self.text(identifier.kind().as_str());
        self.text(identifier.value());
    }

    fn value(&mut self, value: &Value) {
        let (tag, text) = match value {
            Value::Null => (0, None),
            Value::Bool(false) => (1, None),
            Value::Bool(true) => (2, None),
            Value::Number(number) => (3, Some(number.to_string().into_boxed_str())),
            Value::Text(text) => (4, Some(text.clone())),
            Value::Json(text) => (5, Some(text.clone())),
        };
        self.bytes.push(tag);
        if let Some(text) = text {
            self.text(&text);
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.text(&diagnostic.message);
        self.text(&diagnostic.pointer);
        self.option(diagnostic.span.as_ref(), |out, span| {
            out.number(span.start as u64);
            out.number(span.end as u64);
        });
        self.option(diagnostic.help.as_deref(), Self::text);
    }
}

struct Reader<'a> {
    bytes: parts::Reader<'a>,
    what: &'static str,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], what: &'static str) -> Result<Self> {
        let mut input = Self {
            bytes: parts::Reader::new(bytes),
            what,
        };
        match input.byte()? {
            VERSION => Ok(input),
            0 => Err(input.corrupt("its version")),
            newer => {
                let message = format!(
                    "this stored {what} has version {newer}; {VERSION} is the newest known"
                );
                Err(Error::new(ErrorKind::NewerFormat, message))
            }
        }
    }

    fn corrupt(&self, part: &str) -> Error {
        let message = format!("a stored {} is damaged in {part}", self.what);
        Error::new(ErrorKind::Corrupt, message)
    }

    fn end(&self) -> Result<()> {
        match self.bytes.rest().is_empty() {
            true => Ok(()),
            false => Err(self.corrupt("its length")),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let taken = self.bytes.take(length);
        taken.ok_or_else(|| self.corrupt("its length"))
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.byte();
        byte.ok_or_else(|| self.corrupt("its length"))
    }

    fn number(&mut self) -> Result<u64> {
        let number = self.bytes.number();
        number.ok_or_else(|| self.corrupt("a number"))
    }

    fn length(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| self.corrupt("a length"))
    }

    fn time(&mut self) -> Result<Timestamp> {
        let time = self.bytes.signed().and_then(Timestamp::in_range);
        time.ok_or_else(|| self.corrupt("a time"))
    }

    fn slice(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'a str> {
        let bytes = self.slice()?;
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("a text"))
    }

    fn option<T>(&mut self, read: impl Fn(&mut Self) -> Result<T>) -> Result<Option<T>> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.corrupt("an optional part")),
        }
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.length()?;
        // An item takes at least one byte, so a damaged count cannot ask for more than is there.
        if count > self.bytes.rest().len() {
            return Err(self.corrupt("a count"));
        }
        (0..count).map(|_| read(self)).collect()
    }

    fn identifier(&mut self) -> Result<Identifier> {
        let (kind, value) = (self.text()?, self.text()?);
        let kind = IdentifierKind::new(kind).map_err(|_| self.corrupt("an identifier"))?;
        Identifier::stored(kind, value).ok_or_else(|| self.corrupt("an identifier"))
    }

    fn value(&mut self) -> Result<Value> {
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => {
                let number = exact_decimal(self.text()?);
                Value::Number(number.ok_or_else(|| self.corrupt("a number"))?)
            }
            4 => Value::text(self.text()?),
            5 => Value::Json(self.text()?.into()),
            _ => return Err(self.corrupt("a value")),
        })
    }

    fn diagnostic(&mut self) -> Result<Diagnostic> {
        let mut diagnostic = Diagnostic::new(self.text()?).at(self.text()?);
        diagnostic.span = self.option(|input| Ok(input.length()?..input.length()?))?;
        diagnostic.help = self.option(Self::text)?.map(Into::into);
        Ok(diagnostic)
    }
}

#[cfg(test)]
mod tests;

//! Stored forms: an entry in the log, the ledger in a checkpoint, and its canonical text.
//!
//! Invariant: reading back gives what was written, and damaged bytes give
//! [`ErrorKind::Corrupt`], never a panic. The first byte is the version of the form.

use std::fmt::{self, Write};

use onefold_event::{AnchorId, Error, ErrorKind, Identifier, IdentifierKind, Result, SourceName};

use crate::{
    Channel, ConsentEntry, Evidence, Ledger, Purpose, RecordedEntry,
    bytes::{Reader, put_number, put_optional_text, put_text},
    interner::Interner,
    row::{Row, action_code, action_of, time},
};

const ENTRY_VERSION: u8 = 1;
const LEDGER_VERSION: u8 = 1;

impl ConsentEntry {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![ENTRY_VERSION, action_code(self.action)];
        put_text(&mut out, self.subject.kind().as_str());
        put_text(&mut out, self.subject.value());
        put_text(&mut out, self.purpose.as_str());
        put_optional_text(&mut out, self.channel.as_ref().map(Channel::as_str));
        out.extend_from_slice(&self.time.as_micros().to_le_bytes());
        out.push(self.expires.is_some().into());
        if let Some(expires) = self.expires {
            out.extend_from_slice(&expires.as_micros().to_le_bytes());
        }
        put_evidence(&mut out, &self.evidence);
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for damaged bytes, [`ErrorKind::NewerFormat`] for a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        check_version(reader.byte(), ENTRY_VERSION, "a consent entry")?;
        let entry = read_entry(&mut reader).filter(|_| reader.0.is_empty());
        entry.ok_or_else(|| corrupt("a consent entry", bytes.len() - reader.0.len()))
    }
}

impl Ledger {
    /// The stored form, for a checkpoint.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.arena.memory_bytes());
        out.push(LEDGER_VERSION);
        put_names(&mut out, self.purposes.iter().map(Purpose::as_str));
        put_names(&mut out, self.channels.iter().map(Channel::as_str));
        put_names(&mut out, self.sources.iter().map(SourceName::as_str));
        put_number(&mut out, self.shared.len() as u64);
        for evidence in self.shared.iter() {
            put_evidence(&mut out, evidence);
        }
        put_number(&mut out, self.arena.anchors() as u64);
        for anchor in 0..self.arena.anchors() as u32 {
            // A chain runs from the newest row; it is stored from the oldest, as it grew.
            let rows: Vec<Row<'_>> = self.rows(AnchorId(anchor)).collect();
            put_number(&mut out, rows.len() as u64);
            rows.iter().rev().for_each(|row| row.write(&mut out));
        }
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for damaged bytes, [`ErrorKind::NewerFormat`] for a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader(bytes);
        check_version(reader.byte(), LEDGER_VERSION, "the consent ledger")?;
        let ledger = read_ledger(&mut reader).filter(|_| reader.0.is_empty());
        ledger.ok_or_else(|| corrupt("the consent ledger", bytes.len() - reader.0.len()))
    }

    /// Writes every entry as a line of text, sorted; `name` gives the text for an anchor, so that the
    /// result does not depend on numbering.
    ///
    /// # Errors
    /// As `out` has them.
    pub fn dump(&self, name: &dyn Fn(AnchorId) -> String, out: &mut dyn Write) -> fmt::Result {
        let mut lines: Vec<String> = Vec::with_capacity(self.len());
        for anchor in (0..self.arena.anchors() as u32).map(AnchorId) {
            let mut entries = self.recorded(anchor).peekable();
            if entries.peek().is_some() {
                let subject = name(anchor);
                lines.extend(entries.map(|entry| line(&subject, &entry)));
            }
        }
        lines.sort_unstable();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

fn line(subject: &str, entry: &RecordedEntry) -> String {
    let mut line = format!(
        "consent {subject} {} {} {:?} ",
        entry.time,
        entry.action,
        entry.purpose.as_str()
    );
    // Writing to a string cannot fail.
    let _ = match &entry.channel {
        Some(channel) => write!(line, "{:?}", channel.as_str()),
        None => write!(line, "every channel"),
    };
    if let Some(expires) = entry.expires {
        let _ = write!(line, " until {expires}");
    }
    let _ = write!(
        line,
        " from {:?} at {}",
        entry.source.as_str(),
        entry.position
    );
    for (name, text) in entry.evidence.fields() {
        if let Some(text) = text {
            let _ = write!(line, " {name}={text:?}");
        }
    }
    line
}

fn read_entry(reader: &mut Reader<'_>) -> Option<ConsentEntry> {
    let action = action_of(Some(reader.byte()?).filter(|code| *code <= 3)?);
    let kind = IdentifierKind::new(reader.text()?).ok()?;
    let subject = Identifier::generic(kind, reader.text()?).ok()?;
    let purpose = Purpose::new(reader.text()?).ok()?;
    let channel = match reader.optional_text()? {
        Some(channel) => Some(Channel::new(channel).ok()?),
        None => None,
    };
    let said_at = time(reader)?;
    let expires = match reader.byte()? {
        0 => None,
        1 => Some(time(reader)?),
        _ => return None,
    };
    Some(ConsentEntry {
        subject,
        purpose,
        channel,
        action,
        time: said_at,
        expires,
        evidence: read_evidence(reader)?,
    })
}

fn read_ledger(reader: &mut Reader<'_>) -> Option<Ledger> {
    let mut ledger = Ledger {
        purposes: read_table(reader, |reader| Purpose::new(reader.text()?).ok())?,
        channels: read_table(reader, |reader| Channel::new(reader.text()?).ok())?,
        sources: read_table(reader, |reader| SourceName::new(reader.text()?).ok())?,
        shared: read_table(reader, read_evidence)?,
        ..Ledger::default()
    };
    let anchors = reader.small()?;
    for anchor in (0..anchors).map(AnchorId) {
        for _ in 0..reader.number()? {
            let row = Row::read(reader)?;
            if !numbers_exist(&ledger, &row) {
                return None;
            }
            ledger.arena.append(anchor, |out| row.write(out));
        }
    }
    Some(ledger)
}

fn numbers_exist(ledger: &Ledger, row: &Row<'_>) -> bool {
    let below = |number: u32, length: usize| (number as usize) < length;
    below(row.purpose, ledger.purposes.len())
        && row
            .channel
            .is_none_or(|channel| below(channel, ledger.channels.len()))
        && below(row.source, ledger.sources.len())
        && below(row.shared, ledger.shared.len())
}

/// Each item must be new: a repeated one would shift the numbers of all that follow.
fn read_table<'a, T: Ord + Clone>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Option<T>,
) -> Option<Interner<T>> {
    let mut table = Interner::default();
    for expected in 0..reader.small()? {
        if table.intern(&read(reader)?) != expected {
            return None;
        }
    }
    Some(table)
}

fn put_names<'a>(out: &mut Vec<u8>, names: impl ExactSizeIterator<Item = &'a str>) {
    put_number(out, names.len() as u64);
    names.for_each(|name| put_text(out, name));
}

fn put_evidence(out: &mut Vec<u8>, evidence: &Evidence) {
    for (_, text) in evidence.fields() {
        put_optional_text(out, text.as_deref());
    }
}

fn read_evidence(reader: &mut Reader<'_>) -> Option<Evidence> {
    let mut evidence = Evidence::default();
    for field in evidence.fields_mut() {
        *field = reader.optional_text()?.map(Into::into);
    }
    Some(evidence)
}

fn check_version(found: Option<u8>, known: u8, what: &str) -> Result<()> {
    match found {
        Some(version) if version == known => Ok(()),
        Some(version) if version > known => Err(Error::new(
            ErrorKind::NewerFormat,
            format!("{what} was written in form {version}, and this build reads up to {known}"),
        )),
        _ => Err(corrupt(what, 0)),
    }
}

fn corrupt(what: &str, place: usize) -> Error {
    let message = format!("the stored form of {what} is damaged at byte {place}");
    Error::new(ErrorKind::Corrupt, message)
}

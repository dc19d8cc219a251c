//! JSON kept as text and read when somebody asks.
//!
//! Invariant: a [`Json`] is the text of exactly one valid value, without white space around it.
//! Reading can therefore not fail; it costs a scan of the value's own bytes and nothing before.

use std::{borrow::Cow, cmp::Reverse, fmt};

use crate::{
    Diagnostic, Diagnostics, Value,
    number::exact_decimal,
    scan::{Flaw, Problem, Scanner, code_unit},
};

/// One JSON value as its text, read lazily.
///
/// Cheap to copy. Lookups scan the text of the value they are asked of, about one nanosecond a byte.
///
/// ```
/// use onefold_event::{Json, Value};
/// let json = Json::parse(r#"{"total": 10.50, "products": [{"sku": "a"}]}"#).unwrap();
/// assert_eq!(json.path("products.0.sku").unwrap().as_str().unwrap(), "a");
/// assert_eq!(json.get("total").unwrap().to_value(), Value::Number("10.5".parse().unwrap()));
/// assert!(json.get("absent").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// How deep arrays and objects may lie in one another.
    pub const DEPTH_MAX: usize = crate::scan::DEPTH_MAX;

    /// Reads and checks a text that is one value.
    ///
    /// # Errors
    /// One diagnostic with the byte offset where the text stops being JSON that can be read in full:
    /// bad grammar, more than [`DEPTH_MAX`](Self::DEPTH_MAX) levels, an escaped surrogate without its
    /// partner, or a number beyond the range of a double.
    pub fn parse(text: &'a str) -> Result<Self, Diagnostics> {
        let mut scanner = Scanner::new(text);
        let outcome = scanner.value(0).and_then(|()| scanner.end());
        outcome.map_err(|problem| vec![syntax(scanner.flaw(problem))])?;
        Ok(Self(text.trim_ascii()))
    }

    /// The text of a value that a scan has passed.
    pub(crate) fn scanned(text: &'a str) -> Self {
        Self(text)
    }

    /// The text, exactly as it came.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// `true` for `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// `true` for an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// `true` for an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// `true` for a number.
    pub fn is_number(self) -> bool {
        self.0.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    }

    /// The value of this key; of repeated keys the last. `None` if absent or if this is no object.
    pub fn get(self, key: &str) -> Option<Json<'a>> {
        let mut found = None;
        for (name, value) in self.raw_entries() {
            if raw_key_is(name, key) {
                found = Some(value);
            }
        }
        found
    }

    /// The value at a dotted path: keys of objects and numbers of items (`products.0.price`).
    ///
    /// Keys may hold dots themselves. The whole path as one key comes first, then its beginnings from
    /// the shortest: `path("a.b")` finds `{"a.b": 1}` before `{"a": {"b": 2}}`. One scan a level.
    pub fn path(self, dotted: &str) -> Option<Json<'a>> {
        if self.is_array() {
            let (head, rest) = dotted.split_once('.').unwrap_or((dotted, ""));
            let item = self.item(head)?;
            return if head.len() == dotted.len() {
                Some(item)
            } else {
                item.path(rest)
            };
        }
        let (mut whole, mut heads) = (None, Heads::None);
        for (raw, value) in self.raw_entries() {
            let key = match raw.contains('\\') {
                true => unescape(raw),
                false => Cow::Borrowed(raw),
            };
            match dotted.strip_prefix(&*key) {
                Some("") => whole = Some(value),
                Some(rest) if rest.starts_with('.') => heads = heads.and(rest.len(), value),
                _ => {}
            }
        }
        let rest = |length: usize| dotted.get(dotted.len() - length + 1..).unwrap_or_default();
        whole.or_else(|| match heads {
            Heads::None => None,
            Heads::One(length, value) => value.path(rest(length)),
            Heads::Many(mut heads) => {
                heads.sort_by_key(|(length, _)| Reverse(*length));
                heads
                    .into_iter()
                    .find_map(|(length, value)| value.path(rest(length)))
            }
        })
    }

    /// The members of an object in their order, repeated keys too; nothing for other values.
    pub fn entries(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        self.raw_entries()
            .map(|(key, value)| (unescape(key), value))
    }

    /// The items of an array in their order; nothing for other values.
    pub fn items(self) -> impl Iterator<Item = Json<'a>> {
        List::new(self.0, b'[').map(|(_, value)| value)
    }

    /// The text with its escapes resolved, if this is a text; borrowed where it has none.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(unescape(inner))
    }

    /// The truth value, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The value. Numbers are exact: one that does not fit [`Decimal`](crate::Decimal) stays text in
    /// [`Value::Json`], as arrays and objects do.
    pub fn to_value(self) -> Value {
        if let Some(text) = self.as_str() {
            return Value::Text(text.into());
        }
        if let Some(value) = self.as_bool() {
            return Value::Bool(value);
        }
        if self.is_null() {
            return Value::Null;
        }
        match exact_decimal(self.0) {
            Some(number) if self.is_number() => Value::Number(number),
            _ => Value::Json(self.0.into()),
        }
    }

    fn item(self, number: &str) -> Option<Json<'a>> {
        let canonical = number == "0" || !number.starts_with(['0', '+']);
        let number = number.parse().ok().filter(|_| canonical)?;
        self.items().nth(number)
    }

    fn raw_entries(self) -> List<'a> {
        List::new(self.0, b'{')
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The diagnostic of a flaw: it names the byte.
pub(crate) fn syntax(flaw: Flaw) -> Diagnostic {
    let message = format!(
        "not valid JSON at byte {}: {}",
        flaw.at,
        flaw.problem.as_str()
    );
    Diagnostic::new(message).spanning(flaw.at..flaw.at + 1)
}

/// Keys that are the beginning of a path, each with the length of what follows it in the path; of
/// repeated keys the last. There is hardly ever more than one, which costs no allocation.
enum Heads<'a> {
    None,
    One(usize, Json<'a>),
    Many(Vec<(usize, Json<'a>)>),
}

impl<'a> Heads<'a> {
    fn and(self, length: usize, value: Json<'a>) -> Self {
        let mut heads = match self {
            Self::None => return Self::One(length, value),
            Self::One(same, _) if same == length => return Self::One(length, value),
            Self::One(other, first) => vec![(other, first)],
            Self::Many(heads) => heads,
        };
        heads.retain(|(other, _)| *other != length);
        heads.push((length, value));
        Self::Many(heads)
    }
}

/// Members of an object (raw key without its quotes) or items of an array (empty key).
struct List<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    keyed: bool,
    more: bool,
}

impl<'a> List<'a> {
    fn new(text: &'a str, open: u8) -> Self {
        let keyed = open == b'{';
        let mut scanner = Scanner::new(text);
        let is_list = scanner.peek() == Some(open);
        let more = is_list && scanner.open(if keyed { b'}' } else { b']' });
        Self {
            text,
            scanner,
            keyed,
            more,
        }
    }

    fn step(&mut self) -> Result<(&'a str, Json<'a>), Problem> {
        let mut key = "";
        if self.keyed {
            self.scanner.skip_space();
            let start = self.scanner.at() + 1;
            self.scanner.key()?;
            key = self
                .text
                .get(start..self.scanner.at() - 1)
                .unwrap_or_default();
            self.scanner.colon()?;
        }
        self.scanner.skip_space();
        let start = self.scanner.at();
        self.scanner.value(0)?;
        let value = self.text.get(start..self.scanner.at()).unwrap_or_default();
        self.more = self.scanner.more(if self.keyed { b'}' } else { b']' })?;
        Ok((key, Json(value)))
    }
}

impl<'a> Iterator for List<'a> {
    type Item = (&'a str, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if !self.more {
            return None;
        }
        // The text was scanned before, so a flaw cannot come; if it did, the list would end.
        self.more = false;
        self.step().ok()
    }
}

/// Whether a key, given without its quotes as it stands in the text, is this one.
pub(crate) fn raw_key_is(raw: &str, key: &str) -> bool {
    raw == key || (raw.len() > key.len() && raw.contains('\\') && unescape(raw) == key)
}

/// Resolves the escapes of a scanned text, given without its quotes.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(raw.len());
    let (plain, mut rest) = raw.split_at(first);
    text.push_str(plain);
    while !rest.is_empty() {
        rest = push_escape(&mut text, rest);
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at(plain);
        text.push_str(plain);
        rest = tail;
    }
    Cow::Owned(text)
}

/// Appends what the escape at the start of `rest` stands for; returns what follows it.
fn push_escape<'a>(text: &mut String, rest: &'a str) -> &'a str {
    let bytes = rest.as_bytes();
    let (escaped, length) = match bytes.get(1) {
        Some(b'u') => match (unit_at(bytes, 0), unit_at(bytes, 6)) {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                let pair = 0x10000 + (u32::from(high & 0x3ff) << 10 | u32::from(low & 0x3ff));
                (char::from_u32(pair), 12)
            }
            (unit, _) => (unit.and_then(|unit| char::from_u32(unit.into())), 6),
        },
        Some(b'b') => (Some('\u{8}'), 2),
        Some(b'f') => (Some('\u{c}'), 2),
        Some(b'n') => (Some('\n'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(byte) => (Some(char::from(*byte)), 2),
        None => (None, 1),
    };
    text.push(escaped.unwrap_or(char::REPLACEMENT_CHARACTER));
    rest.get(length..).unwrap_or_default()
}

fn unit_at(bytes: &[u8], at: usize) -> Option<u16> {
    code_unit(bytes.get(at..at + 6)?)
}

#[cfg(test)]
mod tests;

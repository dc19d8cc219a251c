//! Rows of delimited text (CSV, TSV): fields as ranges of the row's own bytes.
//!
//! Invariant: a row is whole lines, and every line belongs to exactly one row. A quote that is never
//! closed costs its own line only: reading goes on at the next one.

use onefold_event::{Diagnostic, Error};

use super::{Buffer, LINE_BYTES_MAX, PREFIX_BYTES};

/// The signs of a delimited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
}

/// Where a field lies in its row, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldSpan {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It holds doubled quotes that stand for one.
    pub(crate) doubled: bool,
}

/// A row that was read; [`Rows::bytes`] and [`Rows::fields`] lend what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line it begins on, counted from 1.
    pub(crate) line: u64,
    pub(crate) fault: Option<RowFault>,
}

/// Why a row cannot be told apart into fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFault {
    /// Text stands behind a closing quote.
    TextAfterQuote,
    /// A quote is opened and never closed.
    UnclosedQuote,
    /// The row has so many bytes; only the first are kept.
    TooLong(u64),
}

impl RowFault {
    pub(crate) fn diagnostic(self) -> Diagnostic {
        match self {
            Self::TextAfterQuote => Diagnostic::new("text stands behind a closing quote")
                .help("write a quote inside a quoted field twice"),
            Self::UnclosedQuote => Diagnostic::new("a quote is opened and never closed")
                .help("close it, or say `quote = \"\"` if quotes are ordinary signs in this file"),
            Self::TooLong(length) => too_long(length),
        }
    }
}

pub(crate) fn too_long(length: u64) -> Diagnostic {
    Diagnostic::new(format!(
        "the line has {length} bytes, more than the limit of {LINE_BYTES_MAX}; its first \
         {PREFIX_BYTES} are kept"
    ))
}

/// Splits a stream into rows.
#[derive(Debug)]
pub(crate) struct Rows {
    buffer: Buffer,
    dialect: Dialect,
    limit: usize,
    line: u64,
    fields: Vec<FieldSpan>,
    back: usize,
    until: usize,
    prefix: Vec<u8>,
}

impl Rows {
    pub(crate) fn new(buffer: Buffer, dialect: Dialect) -> Self {
        Self::with_limit(buffer, dialect, LINE_BYTES_MAX)
    }

    pub(crate) fn with_limit(buffer: Buffer, dialect: Dialect, limit: usize) -> Self {
        Self {
            buffer,
            dialect,
            limit,
            line: 1,
            fields: Vec::new(),
            back: 0,
            until: 0,
            prefix: Vec::new(),
        }
    }

    /// Drops whole lines from the front, whatever is in them.
    ///
    /// # Errors
    /// What the reader says.
    pub(crate) fn skip_lines(&mut self, count: u32) -> Result<(), Error> {
        for _ in 0..count {
            self.buffer.skip_line();
            self.line += 1;
        }
        self.buffer.fill()
    }

    /// Reads the next row that is not an empty line; `None` at the end.
    ///
    /// # Errors
    /// What the reader says. All whole rows before it have been given.
    pub(crate) fn advance(&mut self) -> Result<Option<Row>, Error> {
        loop {
            let whole = self.buffer.has_ended();
            let rest = self.buffer.rest();
            match split_row(rest, whole, self.dialect, &mut self.fields) {
                Split::Blank(0) => return Ok(None),
                Split::Blank(length) => {
                    self.buffer.consume(length);
                    self.line += 1;
                }
                Split::Row { length, end, fault } if length <= self.limit => {
                    return Ok(Some(self.give(length, end, fault)));
                }
                Split::Row { .. } => return Ok(Some(self.give_long())),
                Split::Unclosed if whole || rest.len() > self.limit => {
                    return Ok(Some(self.give_first_line()));
                }
                Split::More if rest.len() > self.limit => return Ok(Some(self.give_long())),
                Split::More | Split::Unclosed => self.buffer.fill()?,
            }
        }
    }

    /// The signs by which rows are split.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The bytes of the row read last, without the line end.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.prefix.is_empty() {
            true => self.buffer.consumed(self.back, self.until),
            false => &self.prefix,
        }
    }

    /// The fields of the row read last, as ranges of [`bytes`](Self::bytes).
    pub(crate) fn fields(&self) -> &[FieldSpan] {
        &self.fields
    }

    fn give(&mut self, length: usize, end: usize, fault: Option<RowFault>) -> Row {
        let line = self.line;
        let row = self.buffer.rest().get(..length).unwrap_or_default();
        self.line += 1 + memchr::memchr_iter(b'\n', row).count() as u64;
        self.prefix.clear();
        self.back = length + end;
        self.until = end;
        self.buffer.consume(length + end);
        Row { line, fault }
    }

    fn give_first_line(&mut self) -> Row {
        self.fields.clear();
        let rest = self.buffer.rest();
        let Some(at) = memchr::memchr(b'\n', rest) else {
            return match rest.len() > self.limit {
                true => self.give_long(),
                false => self.give(rest.len(), 0, Some(RowFault::UnclosedQuote)),
            };
        };
        if at > self.limit {
            return self.give_long();
        }
        let returned = rest.get(..at).unwrap_or_default().ends_with(b"\r");
        let length = at - usize::from(returned);
        self.give(length, at + 1 - length, Some(RowFault::UnclosedQuote))
    }

    fn give_long(&mut self) -> Row {
        self.prefix.clear();
        self.prefix
            .extend(self.buffer.rest().iter().take(PREFIX_BYTES));
        let length = self.buffer.skip_line();
        let line = self.line;
        self.line += 1;
        self.fields.clear();
        let fault = Some(RowFault::TooLong(length));
        Row { line, fault }
    }
}

enum Split {
    /// An empty line of so many bytes with its end; 0 at the end of the text.
    Blank(usize),
    Row {
        length: usize,
        end: usize,
        fault: Option<RowFault>,
    },
    /// The row goes on behind these bytes.
    More,
    /// As `More`, inside quotes.
    Unclosed,
}

/// How one field ended.
enum Stop {
    Delimiter,
    LineEnd(usize),
    Text,
    Unclosed,
}

fn split_row(bytes: &[u8], whole: bool, dialect: Dialect, fields: &mut Vec<FieldSpan>) -> Split {
    fields.clear();
    match bytes {
        [] if whole => return Split::Blank(0),
        [b'\n', ..] => return Split::Blank(1),
        [b'\r', b'\n', ..] => return Split::Blank(2),
        [b'\r'] if !whole => return Split::More,
        _ => {}
    }
    let mut at = 0;
    let mut fault = None;
    loop {
        let quoted = dialect.quote.is_some() && bytes.get(at).copied() == dialect.quote;
        let (field, next, stop) = match (quoted, dialect.quote) {
            (true, Some(quote)) => quoted_field(bytes, at, quote, dialect, &mut fault),
            _ => plain_field(bytes, at, dialect.delimiter),
        };
        fields.push(field);
        match stop {
            Stop::Delimiter => at = next,
            Stop::LineEnd(end) => {
                let length = next - end;
                return Split::Row { length, end, fault };
            }
            Stop::Text if whole => {
                let length = bytes.len();
                return Split::Row {
                    length,
                    end: 0,
                    fault,
                };
            }
            Stop::Text => return Split::More,
            Stop::Unclosed => return Split::Unclosed,
        }
    }
}

/// A field that does not begin with a quote: up to the delimiter or the line end.
fn plain_field(bytes: &[u8], start: usize, delimiter: u8) -> (FieldSpan, usize, Stop) {
    let rest = bytes.get(start..).unwrap_or_default();
    let span = |end| FieldSpan {
        start,
        end,
        doubled: false,
    };
    // Most fields are a few bytes long, where a plain loop beats a vectorised search.
    let found = rest.iter().position(|b| *b == delimiter || *b == b'\n');
    let Some(length) = found else {
        return (span(bytes.len()), bytes.len(), Stop::Text);
    };
    let end = start + length;
    if bytes.get(end) == Some(&delimiter) {
        return (span(end), end + 1, Stop::Delimiter);
    }
    let returned = length > 0 && rest.get(length - 1) == Some(&b'\r');
    let stop = Stop::LineEnd(1 + usize::from(returned));
    (span(end - usize::from(returned)), end + 1, stop)
}

/// A field that begins with a quote at `start`.
fn quoted_field(
    bytes: &[u8],
    start: usize,
    quote: u8,
    dialect: Dialect,
    fault: &mut Option<RowFault>,
) -> (FieldSpan, usize, Stop) {
    let mut at = start + 1;
    let mut doubled = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr(quote, rest) else {
            let span = FieldSpan {
                start: start + 1,
                end: bytes.len(),
                doubled,
            };
            return (span, bytes.len(), Stop::Unclosed);
        };
        let close = at + found;
        if bytes.get(close + 1) == Some(&quote) {
            doubled = true;
            at = close + 2;
            continue;
        }
        let span = FieldSpan {
            start: start + 1,
            end: close,
            doubled,
        };
        let (tail, next, stop) = plain_field(bytes, close + 1, dialect.delimiter);
        if tail.end > tail.start && !matches!(stop, Stop::Text) {
            *fault = Some(RowFault::TextAfterQuote);
        }
        if matches!(stop, Stop::Text) && bytes.get(tail.start..) != Some(&[]) {
            *fault = Some(RowFault::TextAfterQuote);
        }
        return (span, next, stop);
    }
}

#[cfg(test)]
mod tests;

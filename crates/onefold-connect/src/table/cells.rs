//! A row that is not plain: decoded, unquoted, and brought to the length of the header.
//!
//! Invariant: a mended row has exactly as many cells as were asked for, each a range of its text.

use super::{Flaw, Flaws};
use crate::text::{Dialect, FieldSpan, Row, RowFault};

/// The text of one row with its cells, made anew where the bytes cannot be lent.
#[derive(Debug, Default)]
pub(super) struct Mended {
    text: String,
    spans: Vec<FieldSpan>,
}

impl Mended {
    /// The row mended last.
    pub(super) fn row(&self) -> (&str, &[FieldSpan]) {
        (&self.text, &self.spans)
    }

    /// Takes a row apart that cannot be lent as it is, and counts why.
    pub(super) fn mend(
        &mut self,
        raw: &[u8],
        spans: &[FieldSpan],
        row: Row,
        columns: usize,
        dialect: Dialect,
        flaws: &mut Flaws,
    ) {
        self.text.clear();
        self.spans.clear();
        let mut is_text = true;
        let mut found = 0;
        match row.fault {
            Some(RowFault::TooLong(_)) => flaws.add(Flaw::TooLong, row.line),
            Some(RowFault::UnclosedQuote) => {
                flaws.add(Flaw::UnclosedQuote, row.line);
                let fields = raw.split(|byte| *byte == dialect.delimiter);
                for field in fields {
                    found += 1;
                    is_text &= found > columns || self.push(&[field]);
                }
            }
            fault => {
                if fault == Some(RowFault::TextAfterQuote) {
                    flaws.add(Flaw::TextAfterQuote, row.line);
                }
                found = spans.len();
                for (at, span) in spans.iter().enumerate().take(columns) {
                    let next = spans.get(at + 1);
                    is_text &= self.push_field(raw, *span, next, dialect);
                }
            }
        }
        if !is_text {
            flaws.add(Flaw::NoText, row.line);
        }
        if found > columns {
            flaws.add(Flaw::TooManyFields, row.line);
        }
        if found < columns && !matches!(row.fault, Some(RowFault::TooLong(_))) {
            flaws.add(Flaw::TooFewFields, row.line);
        }
        let end = self.text.len();
        let empty = FieldSpan {
            start: end,
            end,
            doubled: false,
        };
        self.spans.resize(columns, empty);
    }

    /// Adds a field as it was split, with the text behind its closing quote.
    fn push_field(
        &mut self,
        raw: &[u8],
        span: FieldSpan,
        next: Option<&FieldSpan>,
        dialect: Dialect,
    ) -> bool {
        let inside = raw.get(span.start..span.end).unwrap_or_default();
        let quote = dialect.quote.unwrap_or_default();
        let byte = |at: usize| raw.get(at).copied();
        let is_quoted =
            span.start > 0 && dialect.quote.is_some() && byte(span.start - 1) == dialect.quote;
        let tail = match is_quoted {
            true => {
                let end = next.map_or(raw.len(), |next| end_before(raw, *next, dialect));
                raw.get(span.end + 1..end).unwrap_or_default()
            }
            false => &[],
        };
        match span.doubled {
            true => {
                let mut single = Vec::with_capacity(inside.len());
                let mut bytes = inside.iter().copied().peekable();
                while let Some(byte) = bytes.next() {
                    single.push(byte);
                    if byte == quote {
                        bytes.next_if_eq(&quote);
                    }
                }
                self.push(&[&single, tail])
            }
            false => self.push(&[inside, tail]),
        }
    }

    /// Adds a cell of these bytes; `false` if some of them are no text.
    fn push(&mut self, parts: &[&[u8]]) -> bool {
        let start = self.text.len();
        let mut is_text = true;
        for chunk in parts.iter().flat_map(|part| part.utf8_chunks()) {
            self.text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.text.push('\u{fffd}');
                is_text = false;
            }
        }
        let end = self.text.len();
        self.spans.push(FieldSpan {
            start,
            end,
            doubled: false,
        });
        is_text
    }
}

/// Where the field before this one ends: in front of the delimiter, and of the quote behind it if there is one.
fn end_before(raw: &[u8], next: FieldSpan, dialect: Dialect) -> usize {
    let before = next.start.saturating_sub(1);
    match raw.get(before) {
        Some(byte) if *byte == dialect.delimiter => before,
        _ => before.saturating_sub(1),
    }
}

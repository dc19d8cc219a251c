//! The header of a table: how fields are parted, and what columns are called.
//!
//! Invariant: there is at least one name, none is empty, and no two are equal.

use onefold_event::{Diagnostic, Error, Result};

use super::{Flaw, Flaws, cells::Mended};
use crate::text::{Buffer, Dialect, Rows};

/// Reads the first line that is not empty.
///
/// # Errors
/// `InvalidInput` if there is none, or it is too long; what the reader says.
pub(super) fn read(mut buffer: Buffer, flaws: &mut Flaws) -> Result<(Rows, Vec<Box<str>>)> {
    buffer.fill()?;
    let dialect = Dialect {
        delimiter: delimiter(buffer.rest()),
        quote: Some(b'"'),
    };
    let mut rows = Rows::new(buffer, dialect);
    let Some(row) = rows.advance()? else {
        let empty = Diagnostic::new("the file is empty");
        return Err(no_header(empty.help("its first line names the columns")));
    };
    if let Some(fault) = row.fault {
        return Err(no_header(fault.diagnostic()));
    }
    let mut mended = Mended::default();
    let columns = rows.fields().len();
    mended.mend(rows.bytes(), rows.fields(), row, columns, dialect, flaws);
    let (text, spans) = mended.row();
    let written = spans
        .iter()
        .map(|span| text.get(span.start..span.end).unwrap_or_default().trim());
    let names = unique(written, row.line, flaws);
    Ok((rows, names))
}

fn no_header(mistake: Diagnostic) -> Error {
    Error::invalid("the header cannot be read", vec![mistake])
}

/// The sign that stands most often in the first line, outside quotes; of equal ones the more usual.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b'\t', 0), (b';', 0), (b'|', 0)];
    let mut is_quoted = false;
    let line = bytes
        .iter()
        .skip_while(|byte| matches!(byte, b'\r' | b'\n'));
    for byte in line {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            byte if !is_quoted => {
                let count = counts.iter_mut().find(|(sign, _)| sign == byte);
                if let Some((_, count)) = count {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let mut best = (b',', 0);
    for (sign, count) in counts {
        if count > best.1 {
            best = (sign, count);
        }
    }
    best.0
}

fn unique<'a>(
    written: impl Iterator<Item = &'a str>,
    line: u64,
    flaws: &mut Flaws,
) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    for (at, name) in written.enumerate() {
        let mut wanted = match name.is_empty() {
            true => format!("column {}", at + 1),
            false => name.to_owned(),
        };
        let mut number = 1;
        while names.iter().any(|known| **known == *wanted) {
            number += 1;
            wanted = format!("{name} ({number})");
        }
        if wanted != name {
            flaws.add(Flaw::Renamed, line);
        }
        names.push(wanted.into());
    }
    names
}

//! CSV and TSV: rows under a header line, through a mapping.
//!
//! Invariant: the columns that the mapping names are all in the header; a row has as many fields as
//! the header.

use std::borrow::Cow;

use onefold_event::{Diagnostic, Diagnostics, Error, ErrorKind, Result};

use super::{
    Common, ReadItem,
    bind::{bind, check_rest},
};
use crate::{
    FileFormat, Item, Mapping,
    mapping::{Cell, Plan, Row},
    text::{Buffer, Dialect, Encoding, FieldSpan, Rows},
};

/// Delimited text that is read through a plan.
pub(super) struct Table {
    rows: Rows,
    encoding: Encoding,
    plan: Plan,
    header: Vec<Box<str>>,
    /// For each column of the plan its field.
    bound: Vec<usize>,
    /// The fields that the plan does not name.
    rest: Vec<usize>,
    quote: Option<char>,
}

impl Table {
    pub(super) fn open(
        buffer: Buffer,
        encoding: Encoding,
        mapping: &Mapping,
        format: FileFormat,
        plan: Plan,
    ) -> Result<Self> {
        let dialect = dialect(mapping, format)?;
        let mut rows = Rows::new(buffer, dialect);
        if mapping.skip_lines > 0 {
            rows.skip_lines(mapping.skip_lines)?;
        }
        let quote = dialect.quote.map(char::from);
        let header = match mapping.columns.is_empty() {
            true => read_header(&mut rows, encoding, quote)?,
            false => mapping.columns.clone(),
        };
        let bound = bind(&plan, &header, |name| {
            let found = header
                .iter()
                .enumerate()
                .filter(|(_, known)| known.as_ref() == name);
            found.map(|(at, _)| at).collect()
        })?;
        check_rest(&plan, &header)?;
        let unnamed = |at: &usize| plan.keeps_rest() && !bound.contains(at);
        Ok(Self {
            rest: (0..header.len()).filter(unnamed).collect(),
            rows,
            encoding,
            plan,
            header,
            bound,
            quote,
        })
    }
}

impl ReadItem for Table {
    fn next_item(&mut self, common: &mut Common) -> Result<Option<(Item, usize)>> {
        let Some(row) = self.rows.advance()? else {
            return Ok(None);
        };
        let raw = self.rows.bytes();
        let place = common.place("line", row.line);
        let fields = match row.fault {
            Some(fault) => Err(vec![fault.diagnostic()]),
            None => self.fields(raw),
        };
        let item = match fields {
            Ok(text) => {
                let row = TableRow { table: self, text };
                common.mapped(&self.plan, &row, || Cow::Borrowed(raw), place)
            }
            Err(reasons) => common.unusable(raw, reasons, place),
        };
        Ok(Some((item, raw.len())))
    }
}

/// The texts of a row.
enum Texts<'a> {
    /// The whole row is UTF-8 as it stands.
    Whole(&'a str),
    /// Every field was decoded.
    Each(Vec<Cow<'a, str>>),
}

impl Table {
    /// The row as text, if it has as many fields as the header and every byte means something.
    fn fields<'a>(&self, raw: &'a [u8]) -> Result<Texts<'a>, Diagnostics> {
        let spans = self.rows.fields();
        if spans.len() != self.header.len() {
            let (found, wanted) = (spans.len(), self.header.len());
            let message = format!("the row has {found} fields, the header has {wanted}");
            return Err(vec![Diagnostic::new(message)]);
        }
        if self.encoding == Encoding::UTF_8
            && let Ok(text) = std::str::from_utf8(raw)
        {
            return Ok(Texts::Whole(text));
        }
        let mut texts = Vec::with_capacity(spans.len());
        let mut mistakes = Diagnostics::new();
        for (span, name) in spans.iter().zip(&self.header) {
            let bytes = raw.get(span.start..span.end).unwrap_or_default();
            match self.encoding.decode(bytes) {
                Ok(text) => texts.push(text),
                Err(mistake) => mistakes.push(mistake.at(pointer(name))),
            }
        }
        match mistakes.is_empty() {
            true => Ok(Texts::Each(texts)),
            false => Err(mistakes),
        }
    }
}

struct TableRow<'a> {
    table: &'a Table,
    text: Texts<'a>,
}

impl TableRow<'_> {
    fn field(&self, at: usize) -> Cell<'_> {
        let span = self.table.rows.fields().get(at);
        let text = match (&self.text, span) {
            (Texts::Whole(text), Some(span)) => text.get(span.start..span.end),
            (Texts::Each(texts), _) => texts.get(at).map(|text| &**text),
            _ => None,
        };
        match (text, span, self.table.quote) {
            (Some(text), Some(FieldSpan { doubled: true, .. }), Some(quote)) => {
                Cell::Text(Cow::Owned(undouble(text, quote)))
            }
            (Some(text), _, _) => Cell::Text(Cow::Borrowed(text)),
            (None, _, _) => Cell::Absent,
        }
    }
}

impl Row for TableRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let field = self.table.bound.get(column);
        field.map_or(Cell::Absent, |at| self.field(*at))
    }

    fn rest(&self, visit: &mut dyn FnMut(&str, Cell<'_>)) {
        for at in &self.table.rest {
            if let Some(name) = self.table.header.get(*at) {
                visit(name, self.field(*at));
            }
        }
    }
}

fn undouble(text: &str, quote: char) -> String {
    let twice: String = [quote, quote].iter().collect();
    text.replace(&twice, quote.encode_utf8(&mut [0; 4]))
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn dialect(mapping: &Mapping, format: FileFormat) -> Result<Dialect> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
    let sign = |letter: char, key: &str| {
        let byte = u8::try_from(letter).ok().filter(u8::is_ascii);
        let usable = byte.filter(|byte| !matches!(byte, b'\n' | b'\r'));
        usable.ok_or_else(|| invalid(format!("`{key}` is one ASCII sign, not `{letter}`")))
    };
    let standard = if format == FileFormat::Tsv { '\t' } else { ',' };
    let delimiter = sign(mapping.delimiter.unwrap_or(standard), "delimiter")?;
    let mut letters = mapping.quote.as_deref().unwrap_or("\"").chars();
    let quote = match (letters.next(), letters.next()) {
        (None, _) => None,
        (Some(letter), None) => Some(sign(letter, "quote")?),
        _ => return Err(invalid("`quote` is one sign, or nothing".to_owned())),
    };
    if quote == Some(delimiter) {
        return Err(invalid(
            "`delimiter` and `quote` are the same sign".to_owned(),
        ));
    }
    Ok(Dialect { delimiter, quote })
}

fn read_header(rows: &mut Rows, encoding: Encoding, quote: Option<char>) -> Result<Vec<Box<str>>> {
    let invalid = |mistake: Diagnostic| Error::invalid("the header cannot be read", vec![mistake]);
    let Some(row) = rows.advance()? else {
        return Err(invalid(Diagnostic::new("the file is empty")));
    };
    if let Some(fault) = row.fault {
        return Err(invalid(fault.diagnostic()));
    }
    let raw = rows.bytes();
    let mut names: Vec<Box<str>> = Vec::new();
    for span in rows.fields() {
        let bytes = raw.get(span.start..span.end).unwrap_or_default();
        let name = encoding.decode(bytes).map_err(invalid)?;
        let name = match quote.filter(|_| span.doubled) {
            Some(quote) => undouble(&name, quote),
            None => name.into_owned(),
        };
        names.push(name.trim().into());
    }
    Ok(names)
}

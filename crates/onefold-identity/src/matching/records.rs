//! Records as columns of codes: what matching reads.
//!
//! Invariant: every column has one code a row; equal texts of a column have equal codes.

use onefold_event::{Error, ErrorKind};

use super::dictionary::{Dictionary, DictionaryBuilder, MISSING};
use crate::hash::Key;

/// Rows of text by column, of one source or several.
///
/// Values are kept as they came, without white space around them; an empty one is missing. Memory is four
/// bytes a cell and each distinct value once.
///
/// ```
/// use onefold_identity::matching::Records;
/// let mut builder = Records::builder(["name", "city"]);
/// builder.push(0, [(0, "Ann Smith"), (1, " Leeds ")])?;
/// builder.push(0, [(0, "Bob Jones")])?;
/// let records = builder.finish()?;
/// assert_eq!(records.rows(), 2);
/// assert_eq!(records.value(0, 1), Some("Leeds"));
/// assert_eq!(records.value(1, 1), None);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Records {
    columns: Vec<Column>,
    /// The source of each row.
    sources: Vec<u16>,
}

/// One column of [`Records`].
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Box<str>,
    pub(crate) codes: Vec<u32>,
    pub(crate) values: Dictionary,
}

/// Takes in the rows of [`Records`].
#[derive(Debug, Clone)]
pub struct RecordsBuilder {
    columns: Vec<Draft>,
    sources: Vec<u16>,
    hashes: Vec<u64>,
}

/// A column that is being filled: the texts of the last rows wait until there are many.
#[derive(Debug, Clone)]
struct Draft {
    name: Box<str>,
    codes: Vec<u32>,
    values: DictionaryBuilder,
    waiting: String,
    /// Where each waiting text ends.
    ends: Vec<usize>,
}

/// How many rows are taken into the dictionaries at once.
const WAITING_MAX: usize = 512;
/// Bytes of a column that wait at most: a row may be long.
const WAITING_BYTES_MAX: usize = 1 << 24;

impl Draft {
    fn new(name: Box<str>, rows: usize) -> Self {
        Self {
            name,
            codes: vec![MISSING; rows],
            values: DictionaryBuilder::new(Key::ZERO),
            waiting: String::new(),
            ends: Vec::new(),
        }
    }

    fn flush(&mut self, hashes: &mut Vec<u64>) -> Result<(), Error> {
        let begins = std::iter::once(&0).chain(&self.ends);
        let waiting = &self.waiting;
        let texts = begins
            .zip(&self.ends)
            .map(|(begin, end)| waiting.get(*begin..*end).unwrap_or_default());
        let codes = &mut self.codes;
        let taken = self
            .values
            .intern_all(texts, hashes, |code| codes.push(code));
        self.waiting.clear();
        self.ends.clear();
        taken.ok_or_else(|| full(&self.name))
    }
}

impl Records {
    /// Begins records with these columns.
    pub fn builder<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> RecordsBuilder {
        RecordsBuilder {
            columns: names
                .into_iter()
                .map(|name| Draft::new(name.into(), 0))
                .collect(),
            sources: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.sources.len()
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }

    /// The number of the column with this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| &*column.name == name)
    }

    /// The value of a cell; `None` if it is missing or there is no such cell.
    pub fn value(&self, row: usize, column: usize) -> Option<&str> {
        let column = self.columns.get(column)?;
        let code = *column.codes.get(row)?;
        (code != MISSING).then(|| column.values.text(code))
    }

    /// The number of the source a row came from.
    pub fn source(&self, row: usize) -> Option<u16> {
        self.sources.get(row).copied()
    }

    /// Memory of the columns, in bytes: an estimate.
    pub fn memory_bytes(&self) -> usize {
        let column =
            |it: &Column| it.codes.capacity() * size_of::<u32>() + it.values.memory_bytes();
        self.columns.iter().map(column).sum::<usize>() + self.sources.capacity() * size_of::<u16>()
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn sources(&self) -> &[u16] {
        &self.sources
    }
}

impl RecordsBuilder {
    /// Adds a column that the rows so far do not have; the number of the column.
    pub fn add_column(&mut self, name: impl Into<Box<str>>) -> usize {
        let mut column = Draft::new(name.into(), self.sources.len());
        if let Some(first) = self.columns.first() {
            column.codes.truncate(first.codes.len());
            column.ends.resize(first.ends.len(), 0);
        }
        self.columns.push(column);
        self.columns.len() - 1
    }

    /// Adds a row: the number of its source, and the cells it has as column numbers, ascending, and texts.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such column, or a cell does not stand behind the one before it;
    /// `LimitExceeded` if the distinct values of a column are more than 4 GiB, or the rows more than
    /// 4,294,967,295.
    pub fn push<'a>(
        &mut self,
        source: u16,
        cells: impl IntoIterator<Item = (usize, &'a str)>,
    ) -> Result<(), Error> {
        let row = self.sources.len();
        if row >= u32::MAX as usize {
            let message = "there are more than 4,294,967,295 rows; match them in parts";
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        self.sources.push(source);
        let mut next = 0;
        for (number, text) in cells {
            if number < next || number >= self.columns.len() {
                self.take_back(next);
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("there is no column {number} after the cells before it"),
                ));
            }
            for column in self.columns.iter_mut().take(number).skip(next) {
                column.ends.push(column.waiting.len());
            }
            if let Some(column) = self.columns.get_mut(number) {
                column.waiting.push_str(text.trim());
                column.ends.push(column.waiting.len());
            }
            next = number + 1;
        }
        for column in self.columns.iter_mut().skip(next) {
            column.ends.push(column.waiting.len());
        }
        let is_long = self
            .columns
            .iter()
            .any(|column| column.waiting.len() > WAITING_BYTES_MAX);
        if is_long || self.sources.len().is_multiple_of(WAITING_MAX) {
            self.flush()?;
        }
        Ok(())
    }

    /// Takes back a row that has its first `filled` cells, so that all columns stay equally long.
    fn take_back(&mut self, filled: usize) {
        self.sources.pop();
        for column in self.columns.iter_mut().take(filled) {
            column.ends.pop();
            column
                .waiting
                .truncate(column.ends.last().copied().unwrap_or_default());
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        for column in &mut self.columns {
            column.flush(&mut self.hashes)?;
        }
        Ok(())
    }

    /// The records.
    ///
    /// # Errors
    /// As [`push`](Self::push), for the last rows.
    pub fn finish(mut self) -> Result<Records, Error> {
        self.flush()?;
        let column = |mut draft: Draft| {
            draft.codes.shrink_to_fit();
            Column {
                name: draft.name,
                codes: draft.codes,
                values: draft.values.finish(),
            }
        };
        Ok(Records {
            columns: self.columns.into_iter().map(column).collect(),
            sources: self.sources,
        })
    }
}

/// The error of a column whose distinct values do not fit.
pub(crate) fn full(column: &str) -> Error {
    let message = format!(
        "the distinct values of `{column}` are more than 4 GiB; match the records in parts"
    );
    Error::new(ErrorKind::LimitExceeded, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_refused_leaves_no_trace() {
        let mut builder = Records::builder(["a", "b", "c"]);
        builder.push(0, [(0, "x"), (2, "z")]).unwrap();
        assert!(
            builder
                .push(0, [(0, "lost"), (1, "lost"), (7, "lost")])
                .is_err()
        );
        assert!(builder.push(0, [(1, "lost"), (0, "lost")]).is_err());
        let long = "l".repeat(WAITING_BYTES_MAX + 1);
        builder.push(1, [(1, long.as_str())]).unwrap();
        builder.push(1, [(0, "y"), (1, "w")]).unwrap();
        let records = builder.finish().unwrap();
        let row = |row| [0, 1, 2].map(|column| records.value(row, column).map(str::len));
        assert_eq!(records.rows(), 3);
        assert_eq!(row(0), [Some(1), None, Some(1)]);
        assert_eq!(row(1), [None, Some(long.len()), None]);
        assert_eq!(row(2), [Some(1), Some(1), None]);
        assert_eq!(
            (records.value(2, 0), records.value(2, 1)),
            (Some("y"), Some("w"))
        );
    }
}

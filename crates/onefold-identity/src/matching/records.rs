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
/// let records = builder.finish();
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
    columns: Vec<(Box<str>, Vec<u32>, DictionaryBuilder)>,
    sources: Vec<u16>,
}

impl Records {
    /// Begins records with these columns.
    pub fn builder<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> RecordsBuilder {
        let column = |name: N| {
            let values = DictionaryBuilder::new(Key::ZERO);
            (name.into(), Vec::new(), values)
        };
        RecordsBuilder {
            columns: names.into_iter().map(column).collect(),
            sources: Vec::new(),
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
        let column = |it: &Column| it.codes.capacity() * size_of::<u32>() + it.values.memory_bytes();
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
        let codes = vec![MISSING; self.sources.len()];
        let values = DictionaryBuilder::new(Key::ZERO);
        self.columns.push((name.into(), codes, values));
        self.columns.len() - 1
    }

    /// Adds a row: its source, and the cells it has as column numbers and texts. The last of several cells
    /// for one column wins.
    ///
    /// # Errors
    /// `InvalidInput` if there is no such column; `LimitExceeded`-like `Unsupported` if the distinct values
    /// of a column are more than 4 GiB, or the rows more than 4 billion.
    pub fn push<'a>(
        &mut self,
        source: u16,
        cells: impl IntoIterator<Item = (usize, &'a str)>,
    ) -> Result<(), Error> {
        let row = self.sources.len();
        if u32::try_from(row).is_err() {
            return Err(full("there are more than 4,294,967,295 rows"));
        }
        for (_, codes, _) in &mut self.columns {
            codes.push(MISSING);
        }
        self.sources.push(source);
        for (number, text) in cells {
            let Some((name, codes, values)) = self.columns.get_mut(number) else {
                return Err(Error::new(ErrorKind::InvalidInput, format!("there is no column {number}")));
            };
            let Some(code) = values.intern(text.trim()) else {
                return Err(full(&format!("the values of column `{name}` are more than 4 GiB")));
            };
            if let Some(cell) = codes.get_mut(row) {
                *cell = code;
            }
        }
        Ok(())
    }

    /// The records.
    pub fn finish(self) -> Records {
        let column = |(name, mut codes, values): (Box<str>, Vec<u32>, DictionaryBuilder)| {
            codes.shrink_to_fit();
            Column {
                name,
                codes,
                values: values.finish(),
            }
        };
        Records {
            columns: self.columns.into_iter().map(column).collect(),
            sources: self.sources,
        }
    }
}

fn full(message: &str) -> Error {
    let message = format!("{message}; match them in parts");
    Error::new(ErrorKind::Unsupported, message)
}

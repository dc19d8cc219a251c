//! Tables as they are: the cells of CSV and TSV files by row, without a mapping.
//!
//! Invariant: every row that is not an empty line is given exactly once, in the order of the file, with as many
//! cells as the header has names; what had to be mended on the way is counted in [`Flaws`] with its first places.

mod cells;
mod flaws;
mod header;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_batches;

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use onefold_event::Result;
use sha2::{Digest, Sha256};

use crate::text::{self, FieldSpan, Rows};
use cells::Mended;

pub use flaws::{Flaw, Flaws};
#[cfg(feature = "parquet")]
pub use parquet::{ParquetCells, ParquetTable};
#[cfg(feature = "parquet")]
pub use parquet_batches::ParquetBatches;

/// A CSV or TSV file as rows of cells; plain, gzip or zstd, which its first bytes say.
///
/// The header line decides between `,`, a tab, `;` and `|`: the one it has most of. Its names are made unique. A row with too
/// few fields has empty cells at its end, one with too many loses those beyond the header, bytes that are no text
/// become U+FFFD: all of that is counted, never silent. Empty lines are no rows.
///
/// Memory is bounded by [`LINE_BYTES_MAX`](crate::LINE_BYTES_MAX) and a chunk of 1 MiB. Cost: about a quarter of a
/// second for 100 MB, the SHA-256 of the file among it.
///
/// ```
/// use onefold_connect::TableFile;
/// let file = "name,city\nAnn,\"Leeds, UK\"\nBob\n";
/// let mut table = TableFile::from_reader(Box::new(file.as_bytes()))?;
/// assert_eq!(table.header().collect::<Vec<_>>(), ["name", "city"]);
/// let mut cities = Vec::new();
/// while let Some(row) = table.next_row()? {
///     cities.push(row.cell(1).to_owned());
/// }
/// assert_eq!(cities, ["Leeds, UK", ""]);
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.flaws().to_string(), "1 row with too few fields (line 3)");
/// # Ok::<(), onefold_connect::Error>(())
/// ```
pub struct TableFile {
    rows: Rows,
    header: Vec<Box<str>>,
    digest: Arc<Mutex<Sha256>>,
    count: u64,
    flaws: Flaws,
    mended: Mended,
}

/// One row of a [`TableFile`].
#[derive(Debug, Clone, Copy)]
pub struct TableRow<'a> {
    /// The number of the row, counted from 0; the header is not counted.
    pub number: u64,
    /// The line it begins on, counted from 1.
    pub line: u64,
    text: &'a str,
    spans: &'a [FieldSpan],
}

impl TableFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// `NotFound` or `Io` if it cannot be read; `InvalidInput` if it has no header; `Unsupported` for zstd without the
    /// feature.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| text::unreadable(path, error))?;
        Self::from_reader(Box::new(file)).map_err(|error| error.context(path.display()))
    }

    /// The same from anything that is read.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(reader: Box<dyn Read + Send>) -> Result<Self> {
        let digest = Arc::new(Mutex::new(Sha256::new()));
        let hashed = Hashed {
            reader,
            digest: Arc::clone(&digest),
        };
        let (buffer, _) = text::from_reader(Box::new(hashed), None)?;
        let mut flaws = Flaws::default();
        let (rows, header) = header::read(buffer, &mut flaws)?;
        Ok(Self {
            rows,
            header,
            digest,
            count: 0,
            flaws,
            mended: Mended::default(),
        })
    }

    /// The names of the columns: none is empty, and no two are equal.
    pub fn header(&self) -> impl ExactSizeIterator<Item = &str> {
        self.header.iter().map(|name| &**name)
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// `Io` if the file cannot be read on, or its compression is damaged. All whole rows before were given.
    pub fn next_row(&mut self) -> Result<Option<TableRow<'_>>> {
        let Some(row) = self.rows.advance()? else {
            return Ok(None);
        };
        let number = self.count;
        self.count += 1;
        let raw = self.rows.bytes();
        let spans = self.rows.fields();
        if row.fault.is_none()
            && spans.len() == self.header.len()
            && let Ok(text) = std::str::from_utf8(raw)
            && !spans.iter().any(|span| span.doubled)
        {
            let line = row.line;
            return Ok(Some(TableRow {
                number,
                line,
                text,
                spans,
            }));
        }
        let columns = self.header.len();
        self.mended.mend(
            raw,
            spans,
            row,
            columns,
            self.rows.dialect(),
            &mut self.flaws,
        );
        let (text, spans) = self.mended.row();
        let line = row.line;
        Ok(Some(TableRow {
            number,
            line,
            text,
            spans,
        }))
    }

    /// How many rows were given.
    pub fn rows(&self) -> u64 {
        self.count
    }

    /// What was mended in the rows given so far.
    pub fn flaws(&self) -> &Flaws {
        &self.flaws
    }

    /// The SHA-256 of the file's bytes as they are stored, in hexadecimal; of the bytes read so far until the last row
    /// was given.
    pub fn sha256(&self) -> String {
        let digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = digest.clone().finalize();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableFile")
            .field("header", &self.header)
            .field("rows", &self.count)
            .finish_non_exhaustive()
    }
}

impl<'a> TableRow<'a> {
    /// The cell of a column; empty if the row has none there, or there is no such column.
    pub fn cell(&self, column: usize) -> &'a str {
        let span = self.spans.get(column);
        let text = span.and_then(|span| self.text.get(span.start..span.end));
        text.unwrap_or_default()
    }

    /// All cells, in the order of the header.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &'a str> {
        (0..self.spans.len()).map(|column| self.cell(column))
    }
}

/// Takes the digest of what passes.
struct Hashed {
    reader: Box<dyn Read + Send>,
    digest: Arc<Mutex<Sha256>>,
}

impl Read for Hashed {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(space)?;
        let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        digest.update(space.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests;

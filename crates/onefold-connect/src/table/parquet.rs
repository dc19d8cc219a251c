//! Plain columns as a Parquet file.
//!
//! Invariant: the file is there whole or not at all, and the same columns give the same bytes.

use std::{fmt, path::Path, sync::Arc};

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use onefold_event::Result;
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use crate::{WholeFile, destination::parquet::unwritable};

/// A Parquet file of plain columns without nulls, compressed by snappy.
///
/// ```
/// use onefold_connect::{ParquetCells, ParquetTable};
/// # let folder = std::env::temp_dir().join(format!("parquet-table-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("pairs.parquet");
/// let columns = [("row", ParquetCells::Number(&[])), ("weight", ParquetCells::Float(&[]))];
/// let mut table = ParquetTable::create(&path, &columns)?;
/// table.write(&[ParquetCells::Number(&[1, 2]), ParquetCells::Float(&[0.5, 7.25])])?;
/// table.commit()?;
/// assert!(path.exists());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), onefold_connect::Error>(())
/// ```
pub struct ParquetTable {
    schema: Arc<Schema>,
    writer: ArrowWriter<WholeFile>,
}

/// The cells of one column, for some rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParquetCells<'a> {
    /// Whole numbers of 32 bits without a sign.
    Number(&'a [u32]),
    /// Whole numbers of 64 bits with a sign.
    Whole(&'a [i64]),
    /// Floating point numbers of 64 bits.
    Float(&'a [f64]),
    /// Text in UTF-8.
    Text(&'a [&'a str]),
}

impl ParquetTable {
    /// Starts the file with columns of these names and the kinds of these cells, which are not written.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written to; `InvalidInput` if the path names no file.
    pub fn create(path: impl AsRef<Path>, columns: &[(&str, ParquetCells<'_>)]) -> Result<Self> {
        let fields = columns
            .iter()
            .map(|(name, cells)| Field::new(*name, cells.data_type(), false));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let file = WholeFile::create(path.as_ref())?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.build()));
        Ok(Self {
            schema,
            writer: writer.map_err(unwritable)?,
        })
    }

    /// Adds rows, as cells of every column in the order of the file; some ten thousand at once are written fastest.
    ///
    /// # Errors
    /// `Io` if they cannot be written, or are not of the kinds of the columns, or not as many in each.
    pub fn write(&mut self, columns: &[ParquetCells<'_>]) -> Result<()> {
        let arrays = columns.iter().map(ParquetCells::array).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(unwritable)?;
        self.writer.write(&batch).map_err(unwritable)
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// `Io` if not all could be written; the name then holds what it held before.
    pub fn commit(self) -> Result<()> {
        self.writer.into_inner().map_err(unwritable)?.commit()
    }
}

impl fmt::Debug for ParquetTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetTable")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl ParquetCells<'_> {
    fn data_type(&self) -> DataType {
        match self {
            Self::Number(_) => DataType::UInt32,
            Self::Whole(_) => DataType::Int64,
            Self::Float(_) => DataType::Float64,
            Self::Text(_) => DataType::Utf8,
        }
    }

    fn array(&self) -> ArrayRef {
        match self {
            Self::Number(cells) => Arc::new(UInt32Array::from(cells.to_vec())),
            Self::Whole(cells) => Arc::new(Int64Array::from(cells.to_vec())),
            Self::Float(cells) => Arc::new(Float64Array::from(cells.to_vec())),
            Self::Text(cells) => Arc::new(StringArray::from_iter_values(cells.iter())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.parquet");
        let kinds = [
            ("file", ParquetCells::Text(&[])),
            ("row", ParquetCells::Number(&[])),
            ("weight", ParquetCells::Float(&[])),
        ];
        let write = || {
            let mut table = ParquetTable::create(&path, &kinds).unwrap();
            for row in [7, u32::MAX] {
                let cells = [
                    ParquetCells::Text(&["a, \"b\""]),
                    ParquetCells::Number(&[row]),
                    ParquetCells::Float(&[-0.25]),
                ];
                table.write(&cells).unwrap();
            }
            assert!(table.write(&[ParquetCells::Number(&[1])]).is_err());
            table.commit().unwrap();
            std::fs::read(&path).unwrap()
        };
        assert_eq!(write(), write());
        let file = File::open(&path).unwrap();
        let reader = ParquetRecordBatchReader::try_new(file, 10).unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        let columns: [ArrayRef; 3] = [
            Arc::new(StringArray::from(vec!["a, \"b\""; 2])),
            Arc::new(UInt32Array::from(vec![7, u32::MAX])),
            Arc::new(Float64Array::from(vec![-0.25; 2])),
        ];
        assert_eq!((batches.len(), batches[0].columns()), (1, &columns[..]));
    }
}

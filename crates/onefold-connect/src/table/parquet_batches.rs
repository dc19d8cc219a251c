//! Some columns of a Parquet file, as Arrow record batches.
//!
//! Invariant: columns that are not asked for are neither read nor decoded.

use std::{collections::BTreeSet, fmt, fs::File, path::Path, sync::Arc};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use onefold_event::Result;
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
        ParquetRecordBatchReaderBuilder,
    },
};

use crate::file::parquet::{check_compression, damaged, guarded};

/// Rows that are decoded at once: their columns stay in a processor's cache.
const BATCH_ROWS: usize = 1 << 14;

/// Some columns of a Parquet file, batch by batch.
///
/// ```
/// use onefold_connect::{ParquetBatches, ParquetCells, ParquetTable};
/// # let folder = std::env::temp_dir().join(format!("parquet-batches-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("people.parquet");
/// let mut table = ParquetTable::create(&path, &[("id", ParquetCells::Whole(&[])), ("age", ParquetCells::Number(&[]))])?;
/// table.write(&[ParquetCells::Whole(&[7]), ParquetCells::Number(&[30])])?;
/// table.commit()?;
/// let mut batches = ParquetBatches::open(&path, ["id"], [])?;
/// assert_eq!(batches.rows(), 1);
/// assert_eq!(batches.next().unwrap()?.num_columns(), 1);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), onefold_connect::Error>(())
/// ```
pub struct ParquetBatches {
    reader: ParquetRecordBatchReader,
    rows: u64,
    columns: Box<[Box<str>]>,
}

impl ParquetBatches {
    /// Opens a file for the columns of these names (or structs, of names with dots); names without a
    /// column are left out. Text columns of `few` have few different texts and are given as dictionaries.
    ///
    /// # Errors
    /// `Io` if it cannot be read; `Corrupt` if it is no Parquet file; `Unsupported` for a compression that
    /// is not read.
    pub fn open<'n>(
        path: impl AsRef<Path>,
        columns: impl IntoIterator<Item = &'n str>,
        few: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| crate::text::unreadable(path, error))?;
        let options = ArrowReaderOptions::new();
        let metadata =
            guarded(|| ArrowReaderMetadata::load(&file, options.clone()).map_err(damaged))?;
        check_compression(metadata.metadata())?;
        let few: BTreeSet<&str> = few.into_iter().collect();
        let schema = Arc::new(with_dictionaries(metadata.schema(), &few));
        let options = options.with_schema(schema);
        let described = Arc::clone(metadata.metadata());
        let metadata =
            guarded(|| ArrowReaderMetadata::try_new(described, options).map_err(damaged))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let roots: BTreeSet<&str> = columns
            .into_iter()
            .flat_map(|name| [name, name.split('.').next().unwrap_or(name)])
            .collect();
        let fields = builder.schema().fields().iter().enumerate();
        let wanted = fields.filter(|(_, field)| roots.contains(&**field.name()));
        let wanted: Vec<usize> = wanted.map(|(at, _)| at).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let rows = builder.metadata().file_metadata().num_rows();
        let fields = builder.schema().fields().iter();
        let columns = fields.map(|field| field.name().as_str().into()).collect();
        let builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
        Ok(Self {
            columns,
            reader: guarded(|| builder.build().map_err(damaged))?,
            rows: u64::try_from(rows).unwrap_or_default(),
        })
    }

    /// The names of all columns of the file, also of those that are not read.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|name| &**name)
    }

    /// How many rows the file has.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Iterator for ParquetBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        guarded(|| self.reader.next().transpose().map_err(damaged)).transpose()
    }
}

impl fmt::Debug for ParquetBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetBatches")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn with_dictionaries(schema: &Schema, few: &BTreeSet<&str>) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
        if is_text && few.contains(&**field.name()) {
            let kind = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            Arc::new(Field::new(field.name(), kind, field.is_nullable()))
        } else {
            Arc::clone(field)
        }
    });
    Schema::new(fields.collect::<Vec<_>>())
}

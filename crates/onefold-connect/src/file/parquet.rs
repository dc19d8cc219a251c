//! Parquet files as rows, through a mapping.
//!
//! Invariant: the columns that the mapping names are all in the file. The original bytes of a row are
//! its JSON text with every column in the order of the file.

mod cell;

use std::{
    borrow::Cow,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Fields, Schema};
use onefold_event::{Error, ErrorKind, Result};
use parquet::{
    arrow::arrow_reader::{
        ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    },
    basic::Compression,
    file::metadata::ParquetMetaData,
};

use self::cell::cell_of;
use super::{
    Common, ReadItem,
    bind::{bind, check_rest},
};
use crate::{
    Item,
    mapping::{Cell, Plan, Row},
};

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 1_024;

/// A Parquet file that is read through a plan.
pub(super) struct Table {
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    at: usize,
    number: u64,
    names: Vec<Box<str>>,
    plan: Plan,
    /// For each column of the plan the way to it: a column, then fields of structs.
    bound: Vec<Vec<usize>>,
    /// The columns that the plan does not name.
    rest: Vec<usize>,
}

impl Table {
    pub(super) fn open(path: &Path, plan: Plan) -> Result<Self> {
        let file = File::open(path).map_err(|error| crate::text::unreadable(path, error))?;
        // The copy of the schema in Arrow's own form says nothing that the columns do not.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = guarded(|| {
            ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(damaged)
        })?;
        check_compression(builder.metadata())?;
        let schema = builder.schema().clone();
        check_types(&schema)?;
        let names: Vec<Box<str>> = names(&schema);
        let bound = bind(&plan, &names, |name| find(schema.fields(), name))?;
        check_rest(&plan, &names)?;
        // A struct of which a path reads a part is kept whole, for its other parts.
        let named = |at: &usize| bound.iter().any(|path| **path == [*at]);
        let rest = (0..names.len()).filter(|at| plan.keeps_rest() && !named(at));
        Ok(Self {
            rest: rest.collect(),
            reader: guarded(|| builder.with_batch_size(BATCH_ROWS).build().map_err(damaged))?,
            batch: RecordBatch::new_empty(schema),
            at: 0,
            number: 0,
            names,
            plan,
            bound,
        })
    }
}

impl ReadItem for Table {
    fn next_item(&mut self, common: &mut Common) -> Result<Option<(Item, usize)>> {
        while self.at == self.batch.num_rows() {
            match guarded(|| self.reader.next().transpose().map_err(damaged))? {
                Some(batch) => self.batch = batch,
                None => return Ok(None),
            }
            self.at = 0;
        }
        self.number += 1;
        let row = TableRow {
            table: self,
            at: self.at,
        };
        let place = common.place("row", self.number);
        let raw = || Cow::Owned(row.json().into_bytes());
        let item = common.mapped(&self.plan, &row, raw, place);
        self.at += 1;
        Ok(Some((item, ROW_BYTES)))
    }
}

/// What a row counts for the size of a batch, as its bytes are not known.
const ROW_BYTES: usize = 512;

struct TableRow<'a> {
    table: &'a Table,
    at: usize,
}

impl TableRow<'_> {
    fn json(&self) -> String {
        let mut out = String::with_capacity(ROW_BYTES);
        let columns = self.table.batch.columns().iter();
        let members = self.table.names.iter().map(|name| &**name).zip(columns);
        cell::write_object(members, self.at, &mut out);
        out
    }
}

impl Row for TableRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let path = self.table.bound.get(column).map(Vec::as_slice);
        let Some([first, fields @ ..]) = path else {
            return Cell::Absent;
        };
        let mut array: Option<&ArrayRef> = self.table.batch.columns().get(*first);
        for field in fields {
            let parent = array.filter(|array| array.is_valid(self.at));
            let parent = parent.and_then(|array| array.as_struct_opt());
            array = parent.and_then(|parent| parent.columns().get(*field));
        }
        array.map_or(Cell::Absent, |array| cell_of(array, self.at))
    }

    fn rest(&self, visit: &mut dyn FnMut(&str, Cell<'_>)) {
        for at in &self.table.rest {
            let array = self.table.batch.columns().get(*at);
            if let (Some(name), Some(array)) = (self.table.names.get(*at), array) {
                visit(name, cell_of(array, self.at));
            }
        }
    }
}

fn names(schema: &Schema) -> Vec<Box<str>> {
    let fields = schema.fields().iter();
    fields.map(|field| field.name().as_str().into()).collect()
}

/// Every way to a name: the column of that name, else the fields along its dots.
fn find(fields: &Fields, name: &str) -> Vec<Vec<usize>> {
    let whole = fields.iter().enumerate();
    let whole = whole.filter(|(_, field)| field.name() == name);
    let found: Vec<Vec<usize>> = whole.map(|(at, _)| vec![at]).collect();
    if !found.is_empty() {
        return found;
    }
    let mut ways = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let inner = name.strip_prefix(field.name().as_str());
        let inner = inner.and_then(|inner| inner.strip_prefix('.'));
        if let (Some(inner), DataType::Struct(fields)) = (inner, field.data_type()) {
            ways.extend(find(fields, inner).into_iter().map(|mut way| {
                way.insert(0, at);
                way
            }));
        }
    }
    ways
}

fn check_types(schema: &Schema) -> Result<()> {
    let mut fields = schema.fields().iter();
    let unreadable = fields.find(|field| !cell::is_readable(field.data_type()));
    unreadable.map_or(Ok(()), |field| {
        let (name, data_type) = (field.name(), field.data_type());
        let message = format!("column `{name}` is of the type {data_type}, which is not read");
        Err(Error::new(ErrorKind::Unsupported, message))
    })
}

pub(crate) fn check_compression(metadata: &ParquetMetaData) -> Result<()> {
    let groups = metadata.row_groups().iter();
    for column in groups.flat_map(|group| group.columns()) {
        let missing = match column.compression() {
            Compression::ZSTD(_) if !cfg!(feature = "parquet-zstd") => {
                "compressed by zstd: build with the feature `parquet-zstd` (`connect-parquet-zstd` of the facade), which needs a C compiler"
            }
            Compression::BROTLI(_) => "compressed by brotli, which is not read",
            Compression::LZO => "compressed by lzo, which is not read",
            _ => continue,
        };
        let name = column.column_path().string();
        let message = format!("column `{name}` is {missing}");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(())
}

/// Damaged bytes make the crate that reads Parquet panic in places. That is an error like others: what
/// panicked is not used again, because a source ends with its first error.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let message = "the Parquet file cannot be read: its bytes are damaged";
        Err(Error::new(ErrorKind::Corrupt, message))
    })
}

pub(crate) fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the Parquet file cannot be read: {error}");
    Error::new(ErrorKind::Corrupt, message).because(error)
}

#[cfg(all(test, not(feature = "parquet-zstd")))]
mod tests {
    use std::sync::Arc;

    use parquet::{
        basic::{Type, ZstdLevel},
        file::metadata::{ColumnChunkMetaData, FileMetaData, ParquetMetaData, RowGroupMetaData},
        schema::types::{SchemaDescriptor, Type as SchemaType},
    };

    use super::*;

    #[test]
    fn zstd_names_the_feature() {
        let column = SchemaType::primitive_type_builder("total", Type::INT64);
        let schema = SchemaType::group_type_builder("schema")
            .with_fields(vec![Arc::new(column.build().unwrap())])
            .build()
            .unwrap();
        let schema = Arc::new(SchemaDescriptor::new(Arc::new(schema)));
        let chunk = ColumnChunkMetaData::builder(schema.column(0))
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build()
            .unwrap();
        let group = RowGroupMetaData::builder(schema.clone())
            .set_column_metadata(vec![chunk])
            .build()
            .unwrap();
        let file = FileMetaData::new(2, 0, None, None, schema, None);
        let error = check_compression(&ParquetMetaData::new(file, vec![group])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.to_string(),
            "column `total` is compressed by zstd: build with the feature `parquet-zstd` (`connect-parquet-zstd` of the facade), which \
             needs a C compiler"
        );
    }
}

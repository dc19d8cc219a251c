//! Messages as rows of a Parquet file.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{BooleanBuilder, Decimal128Builder, StringBuilder, TimestampMicrosecondBuilder},
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use onefold_consent::Permitted;
use onefold_event::{Error, ErrorKind, Result, Timestamp, Value};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use super::{
    Columns, Delivery, Destination, Message, ValueType,
    columns::{NUMBER_SCALE, decimal_128},
    gate::{self, Gate},
    json_lines::already_finished,
};
use crate::WholeFile;

/// A Parquet file, compressed by snappy, with the columns and types it was made with.
///
/// Written whole or not at all, as [`JsonLinesFile`](super::JsonLinesFile). The same messages give the
/// same bytes.
pub struct ParquetFile {
    name: Box<str>,
    columns: Columns,
    schema: Arc<Schema>,
    state: Mutex<State>,
}

struct State {
    gate: Gate,
    writer: Option<ArrowWriter<WholeFile>>,
    builders: Vec<Builder>,
    rows: usize,
}

/// Rows that are handed to the writer at once.
const BATCH_ROWS: usize = 4_096;

impl ParquetFile {
    /// Starts the file; an existing one is replaced at the end.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written to.
    pub fn create(path: impl AsRef<Path>, columns: Columns) -> Result<Self> {
        let path = path.as_ref();
        let fields = columns
            .iter()
            .map(|(name, kind)| Field::new(name, data_type(kind), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let file = WholeFile::create(path)?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.build()));
        let builders = columns.iter().map(|(_, kind)| Builder::new(kind)).collect();
        Ok(Self {
            name: path.display().to_string().into(),
            columns,
            schema,
            state: Mutex::new(State {
                gate: Gate::default(),
                writer: Some(writer.map_err(unwritable)?),
                builders,
                rows: 0,
            }),
        })
    }

    fn flush(&self, state: &mut State) -> Result<()> {
        if state.rows == 0 {
            return Ok(());
        }
        let arrays = state.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(unwritable)?;
        state.rows = 0;
        match state.writer.as_mut() {
            Some(writer) => writer.write(&batch).map_err(unwritable),
            None => Err(already_finished(&self.name)),
        }
    }
}

impl Destination for ParquetFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gate = std::mem::take(&mut state.gate);
        let outcomes = gate.pass(batch, now, |message| {
            if state.writer.is_none() {
                return gate::finished();
            }
            let mistakes = self.columns.mistakes(message);
            if !mistakes.is_empty() {
                return Delivery::Rejected(mistakes);
            }
            let values = self.columns.values(message);
            for (builder, value) in state.builders.iter_mut().zip(values) {
                builder.append(&value);
            }
            state.rows += 1;
            if state.rows < BATCH_ROWS {
                return Delivery::Delivered;
            }
            let written = self.flush(&mut state).map_err(std::io::Error::other);
            gate::written(&mut state.writer, written)
        });
        state.gate = gate;
        outcomes
    }

    fn finish(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = self.flush(&mut state);
        let writer = state.writer.take();
        flushed?;
        match writer {
            Some(writer) => writer.into_inner().map_err(unwritable)?.commit(),
            None => Err(already_finished(&self.name)),
        }
    }
}

impl fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetFile")
            .field("name", &self.name)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// A column that is being filled.
enum Builder {
    Text(StringBuilder),
    Number(Decimal128Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Builder {
    fn new(kind: ValueType) -> Self {
        match kind {
            ValueType::Text => Self::Text(StringBuilder::new()),
            ValueType::Number => {
                Self::Number(Decimal128Builder::new().with_data_type(data_type(kind)))
            }
            ValueType::Bool => Self::Bool(BooleanBuilder::new()),
            ValueType::Time => {
                Self::Time(TimestampMicrosecondBuilder::new().with_data_type(data_type(kind)))
            }
        }
    }

    /// Adds a value that the column takes, as `Columns::mistakes` has checked.
    fn append(&mut self, value: &Value) {
        match self {
            Self::Text(builder) => builder.append_option(match value {
                Value::Null => None,
                other => Some(other.to_string()),
            }),
            Self::Number(builder) => {
                builder.append_option(value.as_number().and_then(decimal_128));
            }
            Self::Bool(builder) => builder.append_option(value.as_bool()),
            Self::Time(builder) => {
                let time = value.as_text().and_then(|text| text.parse().ok());
                builder.append_option(time.map(Timestamp::as_micros));
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
        }
    }
}

fn data_type(kind: ValueType) -> DataType {
    match kind {
        ValueType::Text => DataType::Utf8,
        ValueType::Number => DataType::Decimal128(38, i8::try_from(NUMBER_SCALE).unwrap_or(10)),
        ValueType::Bool => DataType::Boolean,
        ValueType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

pub(crate) fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let message = format!("the Parquet file cannot be written: {error}");
    Error::new(ErrorKind::Io, message).because(error)
}

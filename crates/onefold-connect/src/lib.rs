//! Sources, destinations and mappings: customer data in, permitted audiences out.

mod config;
mod destination;
mod file;
mod item;
mod mapping;
mod row_id;
mod source;
mod suggest;
mod text;

pub use config::{
    FileFormat, SourceConfig, expand, expand_from_environment, parse_json, parse_toml,
};
#[cfg(feature = "parquet")]
pub use destination::ParquetFile;
pub use destination::{
    Callback, Columns, CsvFile, Deliveries, Delivery, Destination, DestinationExt, Formulas,
    JsonLinesFile, Message, Refusal, ValueType, refusal,
};
pub use file::FileSource;
pub use item::{Content, Item};
pub use mapping::{
    Ambiguous, Column, ColumnType, Condition, ConsentMapping, EventName, EvidenceMapping, Kind,
    Mapping, MembershipMapping, NumberFormat, OnInvalid, OneOrMany, Rest,
};
pub use onefold_event::Error;
pub use source::{Ingest, Source};
pub use text::{LINE_BYTES_MAX, PREFIX_BYTES};

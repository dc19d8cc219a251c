//! Sources, destinations and mappings: customer data in, permitted audiences out.
//!
//! - **In.** A [`Source`] gives [`Item`]s: events, records, entries of consent, and what cannot be
//!   used yet. [`FileSource`] reads CSV, TSV, JSON Lines and Parquet through a [`Mapping`], and Segment
//!   events as they are; plain, gzip or zstd. What takes items in is an [`Ingest`]: the hub.
//! - **Out.** A [`Destination`] takes messages that carry a permit: [`JsonLinesFile`], [`CsvFile`],
//!   `ParquetFile` and [`Callback`].
//! - **As it is.** [`TableFile`] gives the cells of CSV and TSV without a mapping, `ParquetTable` and [`WholeFile`]
//!   write what is no message.
//!
//! What always holds:
//!
//! - Every line or row ends as exactly one item. What is wrong with it is told with its place, its
//!   column and its original bytes; nothing is dropped, rounded or guessed.
//! - The same file gives the same ids at every reading, so a second import finds only duplicates.
//! - Memory is bounded by [`LINE_BYTES_MAX`] and one batch, whatever the file holds, but for 16 MB a
//!   million rows without a key, which are told apart by their content.
//! - No message leaves without a permit that is valid at that moment, and a file is there whole or not
//!   at all.
//!
//! ```
//! use onefold_connect::{Content, FileFormat, FileSource, Mapping, Source, SourceConfig};
//! use onefold_event::SourceName;
//!
//! let mapping = Mapping::from_toml(r#"
//!     as = "event"
//!     event_name = "Order Completed"
//!     time = { column = "placed", zone = "Europe/Berlin" }
//!     identifiers = { email = "mail" }
//!     properties = { total = { column = "sum", type = "number" } }
//! "#)?;
//! let config = SourceConfig::mapped(SourceName::new("shop")?, "orders.csv", FileFormat::Csv, mapping);
//! let file = "placed,mail,sum\n2026-07-01 08:30,Ann@example.com,12.50\n2026-07-01 08:31,,x\n";
//! let received_at = "2026-07-02T00:00:00Z".parse()?;
//! let mut source = FileSource::from_reader(&config, Box::new(file.as_bytes()), received_at)?;
//!
//! let items = source.next_batch(1_000)?.unwrap_or_default();
//! let Content::Event(order) = &items[0].content else { panic!("an order") };
//! assert_eq!(order.time().to_string(), "2026-07-01T06:30:00Z");
//! let Content::Quarantined(kept) = &items[1].content else { panic!("`x` is no number") };
//! assert_eq!(kept.reasons[0].to_string(), "/sum: `x` is not a number");
//! assert_eq!(&*kept.place, "orders.csv line 3");
//! # Ok::<(), onefold_connect::Error>(())
//! ```
//!
//! A connector of your own implements [`Source`] or [`Destination`] and is tested by
//! [`conformance`]. Absent: network connectors, and files with several tables.

mod config;
pub mod conformance;
mod destination;
mod file;
mod item;
mod mapping;
mod row_id;
mod source;
mod suggest;
mod table;
mod text;
mod whole_file;

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
    Mapping, MembershipMapping, NumberFormat, OnInvalid, OneOrMany, RegionMapping, Rest,
};
pub use onefold_event::Error;
pub use source::{Ingest, Source};
pub use suggest::closest;
pub use table::{Flaw, Flaws, TableFile, TableRow};
#[cfg(feature = "parquet")]
pub use table::{ParquetBatches, ParquetCells, ParquetTable};
pub use text::{LINE_BYTES_MAX, PREFIX_BYTES, decompressed};
pub use whole_file::WholeFile;

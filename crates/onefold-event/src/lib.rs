//! What happened, to whom, when: the vocabulary every other Onefold crate speaks.
//!
//! Ring 0: no I/O, no clock, no randomness. Other crates never exchange their own types with each
//! other; what passes between them is defined here.

#[cfg(feature = "arrow")]
pub mod arrow;
mod error;
mod event;
mod fate;
mod id;
mod identifier;
mod json;
mod number;
mod occurrence;
#[doc(hidden)]
pub mod parts;
mod record;
mod scan;
mod source;
mod time;
mod value;
mod wire;

pub use error::{Diagnostic, Diagnostics, Error, ErrorKind, Result};
pub use event::{Event, EventBuilder, EventKind, TimeBasis};
pub use fate::{Ingested, QuarantineItem, RejectedReason, WithheldReason};
pub use id::{AnchorId, OrganisationId, PersonId, PersonIndex, Position};
pub use identifier::{Identifier, IdentifierFields, IdentifierKind, Region};
pub use json::Json;
pub use occurrence::Occurrence;
pub use record::{Membership, Record, RecordBuilder};
pub use source::{CollectionBasis, SourceName};
pub use time::Timestamp;
pub use value::{Currency, Money, Value};

/// Exact decimal numbers, re-exported: the one foreign number type of the public API.
pub use rust_decimal::Decimal;

//! Which records are one entity, where no identifier says so.

mod auto;
mod blocking;
mod clean;
mod compare;
mod dictionary;
mod field;
mod kind;
mod link;
mod model;
mod records;
mod train;
mod values;

pub use kind::FieldKind;
pub use link::{Linked, ScoredPair, link};
pub use records::{Records, RecordsBuilder};

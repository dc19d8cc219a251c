//! The integration tests of the segment language and its evaluators.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod agreement;
mod batch;
mod chains;
#[cfg(feature = "arrow")]
mod columns;
mod conformance;
mod curve;
mod english;
mod estimate;
mod explain;
mod funnel;
mod language;
mod laws;
mod limits;
mod lints;
mod meaning;
mod mistakes;
mod plans;
mod random;
mod random_language;
mod sql;
mod stored;
mod stream;
mod stream_cases;
mod syntax;
mod whole;

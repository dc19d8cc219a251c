//! The integration tests of the segment language and its evaluators.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod agreement;
mod conformance;
mod language;
mod laws;
mod meaning;
mod random;
mod sql;
mod stored;

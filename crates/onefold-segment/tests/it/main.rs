//! The integration tests of the segment language and its evaluators.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod agreement;
mod language;
mod laws;
mod meaning;
mod random;
mod stored;
mod stream;
mod stream_cases;

//! Sources and destinations from outside, on small files and on real ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops where it fails, and says why it was skipped"
)]

mod delimited;
mod destinations;
mod fuzz;
mod json_lines;
mod mapped;
mod online_retail;
#[cfg(feature = "parquet")]
mod parquet;
mod support;

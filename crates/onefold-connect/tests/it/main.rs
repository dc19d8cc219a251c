//! Sources and destinations from outside, on small files and on real ones.

mod delimited;
mod destinations;
mod fuzz;
mod json_lines;
mod mapped;
mod online_retail;
#[cfg(feature = "parquet")]
mod parquet;
mod support;

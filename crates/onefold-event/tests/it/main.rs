//! The event model through its public interface, on real and on hostile input.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

#[cfg(feature = "arrow")]
mod arrow;
mod fates;
mod hostile;
mod identifiers;
mod records;
mod shared;
mod vocabulary;

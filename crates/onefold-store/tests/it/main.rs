//! The store's promises, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at the first fault, as the tests do"
)]

mod damage;
mod directory;
mod faults;
mod fixture;
mod model;
mod script;
mod suite;

//! The crate as its users see it, against a slow and obvious model.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests fail by panic"
)]

mod declared;
mod limits;
mod matching;
mod model;
mod operations;
mod phone;
mod population;
mod prior;
mod properties;
mod scored;
mod splink;
mod story;
mod views;
mod wire;

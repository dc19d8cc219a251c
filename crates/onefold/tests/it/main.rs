//! The hub as a host meets it: fates, recovery, crashes, faults, sealing, permission.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by failing"
)]

mod ahead;
mod context;
mod crash;
mod definitions;
mod fates;
mod faults;
mod fixture;
mod hub;
mod many;
mod matching;
mod permission;
mod recovery;
mod sealing;
mod spread;
mod subscription;
mod support;

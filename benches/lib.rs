//! The benches of Onefold.

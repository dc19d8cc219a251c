//! The examples of Onefold.

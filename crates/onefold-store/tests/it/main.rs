//! The store's promises, seen from outside.

mod suite;

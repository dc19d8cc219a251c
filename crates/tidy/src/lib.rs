//! Checks on the house itself, as ordinary tests.

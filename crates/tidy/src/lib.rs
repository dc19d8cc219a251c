//! Checks on the house itself: what STYLE promises about layout, dependencies and documents.
//!
//! Each check is a function from a [`Tree`] of files to [`Problem`]s, tried out on small bad samples
//! beside it; `tests/it` runs them all on the real tree.
//!
//! Invariant: a check reads text and nothing else, so it can be shown to fail.

mod tree;

pub mod api;
pub mod examples;
pub mod features;
pub mod links;
pub mod lock;
pub mod manifests;
pub mod paths;
pub mod rings;
pub mod rust;
pub mod source;

pub use tree::{Problem, Tree};

//! Models of Splink: read from their JSON, and the same match weights without Splink or a database.
//!
//! [Splink](https://moj-analytical-services.github.io/splink/) describes a model as comparisons whose
//! levels are conditions in SQL. [`SplinkModel::read`] reads that SQL, in the dialect of DuckDB, and
//! compiles it to what compares two rows directly.
//!
//! Invariant: nothing here does I/O or fails on a row; what a model has that is not understood is refused
//! when it is read, by comparison, level and place.
//!
//! # What is understood
//!
//! Every comparison of Splink's library except for fields of structures: exact match, the five string
//! similarities, names, dates of birth, e-mail, postcodes, distance in km, differences of numbers, dates
//! and times, intersection and subset of arrays, pairwise similarity of arrays, cosine similarity; levels
//! joined by AND, OR and NOT; conditions of one's own from the usual functions; term-frequency
//! adjustments; blocking rules, with exploded arrays too.
//!
//! # What differs from Splink
//!
//! - Columns are text. One that a model calculates with is read as a number, an instant or a list wherever
//!   it stands; for one that is a number in Splink without any condition showing it, `1` and `1.0` differ here.
//! - Where DuckDB stops the query (`CAST('x' AS INT)`, `jaccard` of an empty text, a division of whole
//!   numbers by zero) the value is missing here.
//! - Numbers are 64-bit floats: decimals are not exact, whole numbers are up to 2^53.

mod blocking;
mod cells;
mod columns;
mod comparison;
mod condition;
mod expression;
mod frequencies;
mod link;
mod list;
mod model;
mod pattern;
mod prepared;
mod similarity;
mod time;
mod value;

pub use blocking::BlockingRule;
pub use comparison::{Comparison, ComparisonWeight, Level, Probability};
pub use expression::Side;
pub use frequencies::{Frequencies, FrequencyCounter};
pub use link::SplinkLinker;
pub use model::{LinkType, SplinkModel, Weighed, probability};
pub use prepared::Prepared;

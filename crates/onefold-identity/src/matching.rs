//! Which records are one entity where no identifier says so: probabilistic matching of people and organisations.
//!
//! [`Records`] are rows of text by column. [`propose`] says from the columns alone what each is and which pairs are
//! worth comparing; a [`Matcher`] chooses the pairs, trains a [`Model`] on the records themselves and scores the pairs in
//! bits: the base-2 logarithm of the odds that two records are one entity. [`Settings`] can be written by hand as well,
//! with comparisons of their own: [`ComparisonLevel`] is the reference of the levels that a field may declare.
//!
//! Invariant: the same records, settings and seed give the same bytes, with any number of threads.

mod auto;
mod blocking;
mod clean;
mod compare;
mod comparison;
mod declared;
mod dictionary;
mod field;
mod forms;
mod kind;
mod levels;
mod matcher;
mod model;
mod population;
mod records;
mod settings;
mod train;
mod values;
mod words;

pub use auto::{Proposal, propose};
pub use blocking::RuleCount;
pub use comparison::{ComparisonLevel, Distance};
pub use kind::{FieldKind, Level};
pub use matcher::{Matcher, MatcherOptions, PairsOf};
pub use model::{Model, Role, Training};
pub use population::Population;
pub use records::{Records, RecordsBuilder};
pub use settings::{BlockingRule, FieldSetting, Prior, PriorUse, Settings};

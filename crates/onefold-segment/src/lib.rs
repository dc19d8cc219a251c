//! A language for audiences: parse, check, plan, evaluate, keep membership current.
//!
//! [`Library`] reads definitions of segments and computed traits, from text or JSON, and tells every
//! mistake at once. [`Plan`] makes them ready, sharing what segments have in common. [`Live`] keeps
//! membership current, one occurrence at a time, with timers for what time alone changes; it answers
//! for any instant and explains its answers. [`mod@reference`] says the same slowly and obviously, and
//! property tests hold the one against the other. [`mod@sql`] writes a plan as one statement
//! of SQL for a warehouse. The [`language`] is described in its own chapter.
//!
//! Ring 1: no I/O, no clock, no randomness. Every instant is an argument.
//!
//! ```
//! use std::collections::BTreeMap;
//! use onefold_event::Value;
//! use onefold_segment::{Library, Live, Plan};
//!
//! let library = Library::parse(r#"segment pro_or_new = plan = "pro" or did not login"#)?;
//! let live = Live::new(Plan::compile(library)?)?;
//! let traits = BTreeMap::from([("plan".to_owned(), Value::from("free"))]);
//! let answer = live.explain("pro_or_new", &[], &traits, "2026-03-01".parse()?);
//! assert_eq!(answer.unwrap().to_string(), "\
//! yes: in pro_or_new
//!   yes: any of
//!     no: plan = \"pro\" (found \"free\")
//!     yes: not
//!       no: did login (found 0)");
//! # Ok::<(), onefold_event::Error>(())
//! ```
//!
//! # Cost
//!
//! [`Live::observe`] evaluates each different filter of the event's name once and inserts in
//! O(log n). [`Live::refresh`] asks all segments about one person: counts, `first`, `last` and
//! recency are O(log n), `sum`, `avg`, `min` and `max` O(n / 256), `distinct` O(n log n), where n are
//! the person's matching occurrences inside the window. Persons are shared with snapshots by pages:
//! a clone is O(1), and the first write to a page after it copies that page.

mod catalogue;
mod check;
mod code;
mod column;
mod cost;
mod effort;
mod english;
mod evaluate;
mod explain;
mod history;
mod instant;
mod kept;
mod layout;
mod lexer;
mod library;
mod lint;
mod live;
mod parser;
mod people;
mod plan;
mod print;
mod sample;
mod sequence;
mod standing;
mod suggest;
mod sum;
mod summary;
mod traits;
mod value;
mod window;
mod wire;
mod zone;

pub mod ast;
pub mod backtest;
pub mod batch;
pub mod curve;
pub mod estimate;
pub mod funnel;
pub mod overlap;
pub mod reference;
pub mod sql;
pub mod stream;

#[doc = include_str!("docs/reference.md")]
pub mod language {}

pub use catalogue::{Catalogue, EventFacts, ValueFacts, ValueKind};
pub use code::Code;
pub use cost::{Class, Cost, PartCost, State};
pub use explain::{Deciding, Explanation, Gap, Miss, Outlook};
pub use library::{LANGUAGE_VERSION, Library, render};
pub use lint::{Lint, Severity};
pub use live::{Cause, Change, Live};
pub use plan::Plan;
pub use standing::{PopulationPart, Standing};
pub use traits::{Belonging, Traits};
pub use value::Fault;

//! The tools of the house: what `quickstart`, `pipeline` and their neighbours share, and the guide's
//! programs as tests.

#[path = "tool/check.rs"]
pub mod check;
#[path = "tool/config.rs"]
pub mod config;
#[path = "tool/definitions.rs"]
pub mod definitions;
#[path = "tool/exit.rs"]
pub mod exit;
#[path = "tool/history.rs"]
pub mod history;
#[path = "tool/inputs.rs"]
pub mod inputs;
#[path = "tool/linkage.rs"]
pub mod linkage;
#[path = "tool/measure.rs"]
pub mod measure;
#[path = "tool/progress.rs"]
pub mod progress;
#[path = "tool/report.rs"]
pub mod report;
#[path = "tool/run.rs"]
pub mod run;
#[path = "tool/traits.rs"]
pub mod traits;
#[path = "tool/usage.rs"]
pub mod usage;

/// The programs in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The programs in the guide.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide/1-first-audience.md")]
pub struct FirstAudience;

#[cfg(doctest)]
#[doc = include_str!("../docs/guide/2-one-person.md")]
pub struct OnePerson;

#[cfg(doctest)]
#[doc = include_str!("../docs/guide/3-segments.md")]
pub struct Segments;

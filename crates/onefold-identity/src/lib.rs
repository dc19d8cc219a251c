//! Which identifiers are one person: stitching with rules, evidence and explanation.

mod birth;
mod dump;
mod evidence;
mod hash;
mod identities;
mod index;
mod interner;
mod kinds;
mod observe;
mod pairs;
mod people;
mod refusal;
mod rules;
mod sighting;
mod why;
mod wire;

pub use evidence::Evidence;
pub use identities::Identities;
pub use refusal::{LimitRule, Refusal, Side};
pub use rules::{BlockedBy, KindRule, Rules};
pub use sighting::{Blocked, Merge, Observed, Sighting};
pub use why::{Path, Step};

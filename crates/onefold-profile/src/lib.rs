//! The golden record: observations with provenance and rules of survivorship.
//!
//! Every value that a source ever gave for a trait is kept under the anchor it came with. The golden
//! record is a view: for each trait one [`Rule`] picks the winner among the observations of all
//! anchors of a person, and [`Profiles::explain`] names the winner, the rule, and why each other
//! observation lost. Three things always hold:
//!
//! - **Arrival order never changes an answer.** The rules end in one total order: the rule's own key,
//!   the newer time, the preferred source, the smaller value.
//! - **Empty values never win**: `null` and blank text are kept and shown, but any value beats them.
//! - **Nothing is destroyed**: a merge of persons moves nothing, a changed rule needs no rebuild, and
//!   any past instant can be asked for.
//!
//! ```
//! use onefold_event::{AnchorId, Position, SourceName, Value};
//! use onefold_profile::{Observation, Profiles, Rules};
//!
//! let mut profiles = Profiles::new(Rules::standard());
//! let shop = SourceName::new("shop")?;
//! for (position, (city, time)) in [("Bonn", "2026-01-01"), ("Köln", "2026-03-01")].iter().enumerate() {
//!     profiles.observe(AnchorId(0), Observation {
//!         name: "city",
//!         value: Value::from(*city),
//!         source: &shop,
//!         time: time.parse()?,
//!         position: Position(position as u64 + 1),
//!     });
//! }
//! let person = [AnchorId(0)];
//! assert_eq!(profiles.trait_value(&person, "city", "2026-04-01".parse()?), Some("Köln".into()));
//! assert_eq!(profiles.trait_value(&person, "city", "2026-02-01".parse()?), Some("Bonn".into()));
//! # Ok::<(), onefold_event::Error>(())
//! ```

mod contest;
mod explanation;
mod golden;
mod membership;
mod observation;
mod profiles;
mod row;
mod rules;
mod sorted;
mod wire;

pub use explanation::{Explanation, Loser, LosingReason};
pub use golden::GoldenRecord;
pub use membership::RecordedMembership;
pub use observation::{Observation, RecordedObservation};
pub use profiles::Profiles;
pub use rules::{Rule, Rules};

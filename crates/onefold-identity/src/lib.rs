//! Which identifiers are one person: stitching with rules, evidence and explanation.
//!
//! Sources name people by what they happen to know: a user id, an e-mail address, a phone number, the
//! id of a browser. An event or record that carries several of them is a [`Sighting`]: it claims that they
//! are one person's. [`Identities`] folds sightings, in the order of the log, into people.
//!
//! ```
//! use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
//! use onefold_identity::{Identities, Rules, Sighting};
//!
//! let web = SourceName::new("web")?;
//! let mut identities = Identities::new(Rules::standard(), 42);
//! let mut position = Position::START;
//! let mut see = |identities: &mut Identities, identifiers: &[&Identifier]| {
//!     position = position.next();
//!     let identifiers: Vec<Identifier> = identifiers.iter().copied().cloned().collect();
//!     let time = Timestamp::from_micros(0);
//!     identities.observe(&Sighting { identifiers: &identifiers, source: &web, position, time })
//! };
//! let phone = Identifier::generic(IdentifierKind::anonymous_id(), "phone")?;
//! let laptop = Identifier::generic(IdentifierKind::anonymous_id(), "laptop")?;
//! let ann = Identifier::generic(IdentifierKind::user_id(), "ann")?;
//! let bob = Identifier::generic(IdentifierKind::user_id(), "bob")?;
//!
//! // Two devices, two people, until Ann logs in on both.
//! let _ = see(&mut identities, &[&phone]);
//! let _ = see(&mut identities, &[&laptop]);
//! assert_eq!(identities.people_count(), 2);
//! let _ = see(&mut identities, &[&phone, &ann]);
//! let observed = see(&mut identities, &[&laptop, &ann]);
//! assert_eq!(identities.people_count(), 1);
//!
//! // The id that retired leads to the one that was kept.
//! let merge = observed.merges.first().ok_or_else(no_merge)?;
//! assert_eq!(identities.index(merge.retired_id), identities.index(merge.kept_id));
//!
//! // Bob uses the laptop: one person has one `user_id`, so this merge is refused, and stays visible.
//! let observed = see(&mut identities, &[&laptop, &bob]);
//! assert_eq!((observed.merges.len(), observed.held.len()), (0, 1));
//! assert_ne!(identities.person(&bob), identities.person(&laptop));
//! let held: Vec<String> = identities.refusals().map(|it| it.rule.to_string()).collect();
//! assert_eq!(held, ["one person has at most 1 of kind `user_id`"]);
//!
//! // Why are the two devices one person?
//! let path = identities.why(&phone, &laptop).ok_or_else(no_merge)?;
//! assert_eq!(path.steps.len(), 2);
//! assert!(path.to_string().contains("`user_id:ann` was seen with `anonymous_id:laptop` once"));
//! # fn no_merge() -> onefold_event::Error {
//! #     onefold_event::Error::new(onefold_event::ErrorKind::NotFound, "no merge")
//! # }
//! # Ok::<(), onefold_event::Error>(())
//! ```
//!
//! # What always holds
//!
//! - **Late binding.** Facts are kept per identifier, under its anchor; a person is a set of anchors. A
//!   merge moves no history.
//! - **Same links, same people.** Links have a total order: the priority of the weaker kind, then of the
//!   stronger one, declared before observed, the earliest event time, the texts of the two. The partition is
//!   what accepting them in that order gives, so it is the same in whatever order the log has them, and the
//!   same as that of one batch.
//! - **Rules are never broken.** A link that would break one is held with its rule and its evidence;
//!   [`Identities::refusals`] lists them. One that comes earlier in the order displaces those that it stands
//!   against, and [`Observed`] tells it.
//! - **Limits count by event time.** One for ever, and any of a day, week, month or year: an identifier counts in
//!   the window in which it was first seen with another, whenever that came to be known.
//! - **What is shared merges nobody.** An identifier of a shared kind is kept beside whoever it was seen with;
//!   [`Identities::sharers`] tells who they are.
//! - **Ids follow the log, and are for ever.** Of people who merge the oldest is kept. Of the parts into which a
//!   person falls the one with the most sightings keeps the id, of equal ones the one with the oldest
//!   identifier; the others get new ids. A retired id redirects to whoever has the identifier it was born with.
//!   The same log gives the same ids.
//! - **What is taken back is as if it had never come**: a link, a record, an identifier, a source. Two
//!   identifiers that are kept apart stay so, whatever is seen; see [`IdentityDecision`].
//! - **Every link keeps its evidence**, and [`Identities::why`] finds the shortest path of it.
//! - **Exact and probable links are one graph.** What a model thinks ([`IdentityDecision::Probable`]) comes after
//!   all that was seen, and leaves people as they are; a [`View`] takes those links that are strong enough for its
//!   use. Views of fewer bits only join further.
//! - **A clone is a snapshot** and costs nothing: readers never wait for the writer.
//!
//! # Beyond shared identifiers
//!
//! | module | for |
//! | --- | --- |
//! | [`matching`] | records that share no identifier: how likely two are one, learned without labels, explained in bits |
//! | [`splink`] | models that Splink trained, read and weighed the same |
//! | [`cluster`] | from scored pairs to clusters: nested partitions, one-to-one, linkage, constraints |
//! | [`evaluate`] | precision and recall of pairs and clusters, thresholds, calibration, errors by cause |
//! | [`explain`] | waterfalls, paths, bridges, what would part two records: as data, text and pictures |
//! | [`stitch`] | millions of edges between identifiers into components, in one pass |
//! | [`text`] | names, addresses, dates and numbers made comparable, and the kernels that compare them |
//!
//! # What is absent
//!
//! What was the case at an earlier position is not kept: a clone that was taken then has it at no cost, and folding
//! the log up to there gives it again.

mod apart;
mod birth;
mod bits;
pub mod cluster;
mod column;
mod decision;
mod dump;
pub mod evaluate;
mod evidence;
pub mod explain;
mod first_time;
mod hash;
mod identities;
mod index;
mod interner;
mod kinds;
mod limits;
pub mod matching;
mod observe;
mod pairs;
mod people;
mod probable;
mod rank;
mod recurring;
mod refusal;
mod regroup;
mod resettle;
mod retract;
mod rules;
mod search;
mod sharing;
mod sighting;
pub mod splink;
pub mod stitch;
mod supports;
mod suspect;
mod table;
mod tally;
pub mod text;
mod view;
mod why;
mod window;
mod wire;

pub use bits::Bits;
pub use decision::{Decided, DecidedAt, IdentityDecision, Verdict};
pub use evidence::{Basis, Evidence, Strength};
pub use identities::Identities;
pub use refusal::{LimitRule, Refusal, Side};
pub use rules::{BlockedBy, KindRule, Rules};
pub use sharing::Sharing;
pub use sighting::{Blocked, Merge, Observed, Sighting, Split};
pub use suspect::{Suspect, Suspicion};
pub use view::{Bridge, Explanation, Parting, View};
pub use why::{Path, Step};
pub use window::{Period, Window};

//! Proven consent: an append-only ledger and permits that cannot be skipped.
//!
//! Who may be contacted, for which purpose and by which channel, is decided from what was said and
//! when, never from a flag. Three things always hold:
//!
//! - **Unknown means no.** Without an entry that says yes, counts, and has not expired, the answer is
//!   a [`Denial`] with a stable [`DenialReason`].
//! - **Permission is a type.** Only [`Ledger::decide`] makes a [`Permit`]; a destination takes
//!   [`Permitted`] messages, which only a permit makes.
//! - **The order of arrival never changes an answer.** The latest entry counts by its own time; at
//!   equal time a no beats a yes; of the anchors of one person the strictest answer holds.
//!
//! # Which entry counts
//!
//! An entry covers a [`Use`] if its purpose is the same or [`Purpose::all`], and its channel is the
//! same or `None` (every channel). For each anchor the latest covering entry up to `now` is its
//! answer; a grant whose expiry has passed is a no. A grant without support (see
//! [`Evidence::supports_grant`]) and a grant for `all` purposes are kept but never raise a permission:
//! consent must be demonstrable and specific (GDPR Articles 4(11) and 7(1)). A no needs no evidence.
//!
//! ```
//! use onefold_consent::{Action, Channel, ConsentEntry, Decision, Evidence, Ledger, Purpose, Use};
//! use onefold_event::{AnchorId, Identifier, IdentifierKind, PersonId, Position, SourceName};
//!
//! let ann = Identifier::generic(IdentifierKind::email(), "ann@example.com")?;
//! let form = SourceName::new("web_form")?;
//! let grant = ConsentEntry::new(ann, Purpose::new("newsletter")?, Action::Grant, "2026-03-01".parse()?)
//!     .evidence(Evidence::by_method("double opt-in"));
//! let mut ledger = Ledger::new();
//! ledger.append(AnchorId(0), &grant, &form, Position(1));
//!
//! let newsletter = Use::new(Purpose::new("newsletter")?, Channel::new("email")?);
//! let now = "2026-03-02".parse()?;
//! let Decision::Allowed(permit) = ledger.decide(PersonId::from_u128(7), &[AnchorId(0)], &newsletter, now)
//! else { panic!("granted") };
//! assert_eq!(permit.evidence(), [Position(1)]);
//!
//! let calls = Use::new(Purpose::new("calls")?, Channel::new("phone")?);
//! let Decision::Denied(denial) = ledger.decide(PersonId::from_u128(7), &[AnchorId(0)], &calls, now)
//! else { panic!("nothing is known about calls") };
//! assert_eq!(denial.reason.code(), "unknown");
//! # Ok::<(), onefold_event::Error>(())
//! ```

mod decision;
mod entry;
mod evidence;
mod ledger;
mod name;
mod permit;
mod row;
mod wire;

pub use decision::{Decision, Denial, DenialReason, Use};
pub use entry::{Action, ConsentEntry};
pub use evidence::Evidence;
pub use ledger::{Ledger, RecordedEntry};
pub use name::{Channel, Purpose};
pub use permit::{PERMIT_MICROS_MAX, Permit, Permitted};

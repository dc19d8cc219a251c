#![doc = include_str!("docs/front.md")]

mod admit;
mod audience;
mod builder;
mod change;
mod checkpoint;
mod clock;
mod commit;
mod decision;
mod definitions;
mod dump;
mod export;
mod fact;
mod fold;
mod hub;
mod keys;
mod matching;
mod observe;
mod organisations;
mod person;
mod shared;
mod snapshot;
mod spread;
mod state;
mod subscription;
mod ticket;
mod traits;
mod trial;
mod view;
mod wire;
mod writer;

pub use audience::{Audience, Member, Withheld};
pub use builder::Builder;
pub use change::{Change, ChangeKind};
pub use clock::{Clock, ManualClock, SystemClock};
pub use dump::Dump;
pub use export::{ExportGrant, Exported};
pub use hub::{BATCH_BYTES_MAX, Onefold, Verified};
pub use matching::{Matched, Matching, PeopleTable};
pub use person::Person;
pub use shared::FateCounts;
pub use snapshot::Snapshot;
pub use state::Totals;
pub use subscription::Subscription;
pub use ticket::Ticket;
pub use trial::{Clause, SegmentDiff, Trial};
pub use view::View;

pub use onefold_connect as connect;
pub use onefold_consent as consent;
pub use onefold_event as event;
pub use onefold_identity as identity;
pub use onefold_profile as profile;
pub use onefold_segment as segment;
pub use onefold_store as store;

pub use onefold_consent::{Decision, Permit, Permitted, Use};
pub use onefold_event::{
    CollectionBasis, Decimal, Diagnostic, Error, ErrorKind, Event, Identifier, IdentifierKind,
    Ingested, Money, OrganisationId, PersonId, Position, Record, Result, SourceName, Timestamp,
    Value,
};

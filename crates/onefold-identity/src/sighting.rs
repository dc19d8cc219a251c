//! What was seen together, and what came of it.

use onefold_event::{AnchorId, Identifier, PersonId, PersonIndex, Position, SourceName, Timestamp};
use serde::Serialize;

use crate::{evidence::Evidence, refusal::Refusal, rules::BlockedBy};

/// The identifiers of one event or record, seen together: the claim that they are one person's.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// In any order; one that comes twice counts once.
    pub identifiers: &'a [Identifier],
    /// Who says so.
    pub source: &'a SourceName,
    /// Where in the log. Positions never go down from one sighting to the next.
    pub position: Position,
    /// When it happened; in any order.
    pub time: Timestamp,
}

/// What a sighting did.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "merges, refusals and blocked values must be counted"]
pub struct Observed {
    /// The strongest identifier that is not blocked: what the event is stored under. `None` if there is
    /// none, and then the event belongs to no person.
    pub anchor: Option<AnchorId>,
    /// The person of the anchor, after all merges.
    pub person: Option<PersonIndex>,
    /// The person of the anchor was not there before.
    pub created: bool,
    /// The people who became one, in order.
    pub merges: Vec<Merge>,
    /// The pairs refused for the first time. Later sightings of such a pair only raise its count.
    pub refused: Vec<Refusal>,
    /// The identifiers that say nothing, each time they are seen.
    pub blocked: Vec<Blocked>,
}

/// Two people became one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merge {
    /// The older of the two, who lives on.
    pub kept: PersonIndex,
    /// The younger, whose id redirects from now on.
    pub retired: PersonIndex,
    /// The id of the person kept.
    pub kept_id: PersonId,
    /// The id that retired.
    pub retired_id: PersonId,
    /// The link that made them one.
    pub because: Evidence,
}

/// An identifier that says nothing about anybody: it has no anchor and links nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The identifier.
    pub identifier: Identifier,
    /// The rule that blocks it.
    pub rule: BlockedBy,
    /// How many sightings it was in.
    pub count: u64,
}

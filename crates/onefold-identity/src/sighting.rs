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
#[must_use = "merges, splits, held links and blocked values must be counted"]
pub struct Observed {
    /// The strongest identifier that is not blocked: what the event is stored under. `None` if there is
    /// none, and then the event belongs to no person.
    pub anchor: Option<AnchorId>,
    /// The person of the anchor, after all that follows.
    pub person: Option<PersonIndex>,
    /// The person of the anchor was not there before.
    pub created: bool,
    /// The people who became one, in order.
    pub merges: Vec<Merge>,
    /// The identifiers that left a person for another.
    pub splits: Vec<Split>,
    /// The pairs that are held from now on: new ones, and links that a link of higher rank displaced.
    pub held: Vec<Refusal>,
    /// The pairs that were held until now, and are links.
    pub released: Vec<Evidence>,
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
    /// The ends of the link that made them one, the stronger first; [`because`](crate::Identities::because) tells
    /// what is known of it.
    pub between: [AnchorId; 2],
}

/// Identifiers left a person for another, because the links that tied them to it are held or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The person whom they left, living or retired by the same sighting.
    pub from: PersonIndex,
    /// The person who has them now: a new one, or one who was there.
    pub to: PersonIndex,
    /// The id of the person whom they left.
    pub from_id: PersonId,
    /// The id of the person who has them now.
    pub to_id: PersonId,
    /// The identifiers, oldest first.
    pub anchors: Vec<AnchorId>,
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

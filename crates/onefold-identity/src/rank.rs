//! The order in which links are accepted.
//!
//! Invariant: the order is total, and says nothing of the order of the log: two pairs of identifiers differ in
//! their texts, and all that is compared before is a property of the pair and its sightings.

use std::cmp::Ordering;

use onefold_event::{AnchorId, Timestamp};

use crate::{
    evidence::Strength,
    identities::Identities,
    pairs::{Pair, PairNumber},
};

/// A pair with what its place in the order follows from. Lower is accepted earlier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked {
    rank: Rank,
    pub(crate) number: PairNumber,
    pub(crate) anchors: [AnchorId; 2],
}

/// All that comes before the texts: the kinds, the weaker end's first; how it is known; when it first was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    weaker_priority: u32,
    stronger_priority: u32,
    strength: Strength,
    first_time: Timestamp,
}

impl Identities {
    /// The pair with its rank. Cost: O(1) once the sightings are settled.
    pub(crate) fn ranked(&self, number: PairNumber, pair: &Pair) -> Ranked {
        let priority = |anchor: AnchorId| {
            let kind = self.people.kind(anchor).and_then(|it| self.kinds.get(it));
            kind.map_or(u32::MAX, |kind| kind.priority)
        };
        let [stronger, weaker] = pair.anchors;
        let first_time = self.pairs.seen(number).map(|seen| seen.first_time);
        Ranked {
            rank: Rank {
                weaker_priority: priority(weaker),
                stronger_priority: priority(stronger),
                strength: pair.strength,
                first_time: first_time.unwrap_or(Timestamp::MAX),
            },
            number,
            anchors: pair.anchors,
        }
    }

    /// The order of links.
    pub(crate) fn order(&self, left: &Ranked, right: &Ranked) -> Ordering {
        let texts = |ranked: &Ranked| ranked.anchors.map(|anchor| self.identifier(anchor));
        let by_rank = left.rank.cmp(&right.rank);
        by_rank.then_with(|| texts(left).cmp(&texts(right)))
    }
}

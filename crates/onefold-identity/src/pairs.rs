//! Which identifiers were seen together, and what became of it.
//!
//! Invariant: two anchors have at most one pair, the stronger identifier first. It is a link or it is
//! held for ever: people only grow, so a limit that two of them would break stays broken.

mod builder;

use imbl::OrdMap;
use onefold_event::{AnchorId, PersonIndex, Position, SourceName, Timestamp};

use crate::{
    column::Column,
    index::{HashIndex, NONE, row_number},
    refusal::BrokenLimit,
    sighting::Sighting,
    tally::{Seen, Tally},
};

pub(crate) use crate::tally::PairNumber;

#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    pairs: HashIndex<Pair, 64>,
    seen: Tally,
    /// The newest pair of each anchor: the head of the list that goes on in [`Pair::next`].
    newest: Column<PairNumber, 1024>,
    held: Column<PairNumber>,
    merges: Column<MergeRow>,
    sources: Column<SourceName>,
    source_numbers: OrdMap<SourceName, u32>,
}

/// What never changes of a pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) anchors: [AnchorId; 2],
    /// The pair of the same anchor that was seen before this one.
    next: [PairNumber; 2],
    pub(crate) first_position: Position,
    pub(crate) source: u32,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Linked,
    Held(BrokenLimit),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MergeRow {
    pub(crate) pair: PairNumber,
    pub(crate) kept: PersonIndex,
    pub(crate) retired: PersonIndex,
}

impl Pairs {
    pub(crate) fn new() -> Self {
        Self {
            pairs: HashIndex::new(),
            seen: Tally::new(),
            newest: Column::new(),
            held: Column::new(),
            merges: Column::new(),
            sources: Column::new(),
            source_numbers: OrdMap::new(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    pub(crate) fn all_seen(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }

    /// Makes room for the next anchor.
    pub(crate) fn add_anchor(&mut self) {
        self.newest.push_back(NONE);
    }

    pub(crate) fn find(&self, anchors: [AnchorId; 2]) -> Option<PairNumber> {
        self.pairs
            .find(hash(anchors), |_, pair| pair.anchors == anchors)
    }

    pub(crate) fn get(&self, number: PairNumber) -> Option<&Pair> {
        self.pairs.get(number)
    }

    pub(crate) fn seen(&self, number: PairNumber) -> Option<Seen> {
        self.seen.get(number)
    }

    /// Makes the sightings of all pairs quick to read.
    pub(crate) fn settle(&mut self) {
        self.seen.settle();
    }

    /// Counts one more sighting of a known pair.
    pub(crate) fn see(&mut self, number: PairNumber, time: Timestamp) {
        self.seen.see(number, time);
    }

    /// Adds a pair at its first sighting.
    pub(crate) fn add(
        &mut self,
        anchors: [AnchorId; 2],
        outcome: Outcome,
        at: &Sighting<'_>,
    ) -> PairNumber {
        let source = self.source_number(at.source);
        let number = row_number(self.pairs.len());
        let next = anchors.map(|anchor| match self.newest.get_mut(anchor.index()) {
            Some(newest) => std::mem::replace(newest, number),
            None => NONE,
        });
        self.pairs.push(
            hash(anchors),
            Pair {
                anchors,
                next,
                first_position: at.position,
                source,
                outcome,
            },
        );
        self.seen.push(Seen {
            first_time: at.time,
            last_time: at.time,
            count: 1,
        });
        if outcome != Outcome::Linked {
            self.held.push_back(number);
        }
        number
    }

    /// The pairs of an anchor, newest first, each with the other anchor.
    pub(crate) fn of(
        &self,
        anchor: AnchorId,
    ) -> impl Iterator<Item = (PairNumber, &Pair, AnchorId)> {
        let mut number = self.newest.get(anchor.index()).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let pair = self.get(number)?;
            let [left, right] = pair.anchors;
            let (other, next) = match left == anchor {
                true => (right, pair.next[0]),
                false => (left, pair.next[1]),
            };
            Some((std::mem::replace(&mut number, next), pair, other))
        })
    }

    pub(crate) fn record_merge(&mut self, merge: MergeRow) {
        self.merges.push_back(merge);
    }

    pub(crate) fn held(&self) -> &Column<PairNumber> {
        &self.held
    }

    pub(crate) fn merges(&self) -> &Column<MergeRow> {
        &self.merges
    }

    pub(crate) fn sources(&self) -> &Column<SourceName> {
        &self.sources
    }

    pub(crate) fn source(&self, number: u32) -> Option<&SourceName> {
        self.sources.get(number as usize)
    }

    pub(crate) fn source_number(&mut self, name: &SourceName) -> u32 {
        if let Some(number) = self.source_numbers.get(name) {
            return *number;
        }
        let number = row_number(self.sources.len());
        self.sources.push_back(name.clone());
        self.source_numbers.insert(name.clone(), number);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.pairs.len() * HashIndex::<Pair, 64>::ROW_BYTES
            + self.seen.memory_bytes()
            + self.held.len() * size_of::<PairNumber>()
            + self.merges.len() * size_of::<MergeRow>()
            + self.newest.len() * size_of::<PairNumber>()
    }
}

/// Anchors are numbers of our own making, so no key is needed, only a good spread.
fn hash([left, right]: [AnchorId; 2]) -> u32 {
    let mut word = (u64::from(left.0) << 32) | u64::from(right.0);
    word = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (word >> 32) as u32
}

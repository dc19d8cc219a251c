//! Links that somebody thinks probable, such as a model that compared two records.
//!
//! Invariant: the relation is symmetrical, no identifier is tied to itself, and of what one source said about two
//! the last counts; of several sources the surest one. They come after every link that was seen, so they never change who is who among people; a
//! [`View`](crate::View) takes those that are strong enough for its use.

use imbl::OrdMap;
use onefold_event::{AnchorId, PersonIndex, Position, Timestamp};

use crate::{
    bits::Bits,
    evidence::{Basis, Evidence},
    identities::Identities,
};

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Probable {
    /// What each source said last of each two, both ways.
    rows: OrdMap<([AnchorId; 2], u32), ProbableRow>,
}

/// What is known of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProbableRow {
    pub(crate) bits: Bits,
    pub(crate) source: u32,
    pub(crate) position: Position,
    pub(crate) time: Timestamp,
}

impl Probable {
    /// `true` if the source said something else before, or nothing.
    pub(crate) fn insert(&mut self, [a, b]: [AnchorId; 2], row: ProbableRow) -> bool {
        let known = self.rows.get(&([a, b], row.source));
        if known.is_some_and(|old| old.bits == row.bits) {
            return false;
        }
        self.rows.insert(([b, a], row.source), row);
        self.rows.insert(([a, b], row.source), row);
        true
    }

    /// Takes back what a source said of two; `true` if it said something.
    pub(crate) fn remove(&mut self, [a, b]: [AnchorId; 2], source: u32) -> bool {
        self.rows.remove(&([b, a], source));
        self.rows.remove(&([a, b], source)).is_some()
    }

    /// Takes back what anybody said of two; `true` if somebody did.
    pub(crate) fn remove_all(&mut self, two: [AnchorId; 2]) -> bool {
        let sources: Vec<u32> = self.of_two(two).map(|row| row.source).collect();
        for source in &sources {
            self.remove(two, *source);
        }
        !sources.is_empty()
    }

    /// What each source says of two.
    pub(crate) fn of_two(&self, two: [AnchorId; 2]) -> impl Iterator<Item = ProbableRow> + '_ {
        let rows = self.rows.range((two, 0)..=(two, u32::MAX));
        rows.map(|(_, row)| *row)
    }

    /// How many there are: one for each two and source.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() / 2
    }

    /// Each once, the lower anchor first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ([AnchorId; 2], ProbableRow)> + '_ {
        let rows = self.rows.iter().filter(|(([a, b], _), _)| a < b);
        rows.map(|((two, _), row)| (*two, *row))
    }

    /// Those of an anchor, with the anchor at the other end.
    pub(crate) fn of(
        &self,
        anchor: AnchorId,
    ) -> impl Iterator<Item = (AnchorId, ProbableRow)> + '_ {
        let first = ([anchor, AnchorId(0)], 0);
        let last = ([anchor, AnchorId(u32::MAX)], u32::MAX);
        let rows = self.rows.range(first..=last);
        rows.map(|(([_, other], _), row)| (*other, *row))
    }

    /// Removes those of an anchor.
    pub(crate) fn remove_anchor(&mut self, anchor: AnchorId) {
        let others: Vec<AnchorId> = self.of(anchor).map(|(other, _)| other).collect();
        for other in others {
            self.remove_all([anchor, other]);
        }
    }

    /// Removes those of which this holds. Cost: O(n).
    pub(crate) fn remove_where(&mut self, is_it: impl Fn(&ProbableRow) -> bool) {
        let found: Vec<_> = self.iter().filter(|(_, row)| is_it(row)).collect();
        for (two, row) in found {
            self.remove(two, row.source);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows.len() * 2 * (size_of::<([AnchorId; 2], u32)>() + size_of::<ProbableRow>())
    }
}

impl Identities {
    /// How many links somebody called probable, whatever their bits: one for each two and source.
    pub fn probable_count(&self) -> usize {
        self.probable.len()
    }

    /// The probable links, as evidence, in no order that means anything.
    pub fn probable(&self) -> impl Iterator<Item = Evidence> + '_ {
        let rows = self.probable.iter();
        rows.filter_map(|(two, row)| self.probable_evidence(two, &row))
    }

    /// The probable links of a person's identifiers, in no order that means anything. Cost: O(log n) an identifier.
    pub fn probable_of(&self, person: PersonIndex) -> impl Iterator<Item = Evidence> + '_ {
        let anchors = self.anchors(person).iter();
        anchors.flat_map(move |anchor| {
            let links = self.probable.of(*anchor);
            links.filter_map(move |(other, row)| self.probable_evidence([*anchor, other], &row))
        })
    }

    /// What a probable link rests on.
    pub(crate) fn probable_evidence(
        &self,
        two: [AnchorId; 2],
        row: &ProbableRow,
    ) -> Option<Evidence> {
        let mut between = two.map(|anchor| self.identifier(anchor));
        between.sort_unstable();
        let [left, right] = between.map(|it| it.cloned());
        Some(Evidence {
            between: [left?, right?],
            basis: Basis::Probable(row.bits),
            first_position: row.position,
            source: self.pairs.source(row.source)?.clone(),
            first_time: row.time,
            last_time: row.time,
            count: 1,
        })
    }
}

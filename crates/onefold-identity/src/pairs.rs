//! Which identifiers were seen together, and what became of it.
//!
//! Invariant: two anchors have at most one pair, the stronger identifier first. As long as a sighting of it
//! counts it is shared if one of the two is of a shared kind, else a link if both are one person's, and held
//! otherwise; each anchor has a list of each standing.

mod builder;
mod find;
mod firsts;

use imbl::{OrdMap, OrdSet};
use onefold_event::{AnchorId, PersonIndex, Position, SourceName};

use crate::{
    column::Column,
    evidence::Strength,
    index::{NONE, row_number},
    sighting::Sighting,
    supports::Support,
    table::Table,
    tally::{Seen, Tally},
};

use find::{Dense, Ends};
use firsts::{First, Firsts};

pub(crate) use crate::tally::PairNumber;

#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    rows: Table<Pair, 10, 64>,
    seen: Tally,
    firsts: Firsts,
    /// By anchor.
    ends: Table<Ends, 5, 128>,
    dense: Dense,
    held: OrdSet<PairNumber>,
    gone_count: usize,
    shared_count: usize,
    merges: Column<MergeRow>,
    sources: Column<SourceName>,
    /// The source that was named last: nearly always it is named again.
    last_source: Option<(SourceName, u32)>,
    source_numbers: OrdMap<SourceName, u32>,
}

/// What seldom changes of a pair.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) anchors: [AnchorId; 2],
    /// The pair after this one in the list of each anchor.
    next: [PairNumber; 2],
    pub(crate) first_position: Position,
    pub(crate) source: u32,
    pub(crate) standing: Standing,
    pub(crate) strength: Strength,
    first: First,
}

/// What became of a pair, and in which list of its anchors it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Linked = 0,
    Held = 1,
    /// Every sighting of it was taken back.
    Gone = 2,
    /// One of the two is of a shared kind: it says who shares, and ties nobody to anybody.
    Shared = 3,
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
            rows: Table::new(),
            seen: Tally::new(),
            firsts: Firsts::default(),
            ends: Table::new(),
            dense: Dense::new(),
            held: OrdSet::new(),
            gone_count: 0,
            shared_count: 0,
            last_source: None,
            merges: Column::new(),
            sources: Column::new(),
            source_numbers: OrdMap::new(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Pair> {
        self.rows.iter()
    }

    pub(crate) fn all_seen(&self) -> impl Iterator<Item = Seen> {
        self.seen.iter()
    }

    /// Makes room for the next anchor.
    pub(crate) fn add_anchor(&mut self) {
        self.ends.push_back(Ends::NONE);
    }

    pub(crate) fn get(&self, number: PairNumber) -> Option<Pair> {
        self.rows.get(number as usize)
    }

    fn update(&mut self, number: PairNumber, change: impl FnOnce(&mut Pair)) {
        self.rows.update(number as usize, change);
    }

    pub(crate) fn seen(&self, number: PairNumber) -> Option<Seen> {
        self.seen.get(number)
    }

    /// Makes the sightings of all pairs quick to read.
    pub(crate) fn settle(&mut self) {
        self.seen.settle();
    }

    /// Counts one more sighting of a known pair; `true` if the pair is held and gains a better rank by it.
    pub(crate) fn see(&mut self, number: PairNumber, how: Strength, at: &Sighting<'_>) -> bool {
        let Some(pair) = self.get(number) else {
            return false;
        };
        let stronger = how < pair.strength;
        if stronger {
            self.update(number, |pair| pair.strength = how);
        }
        // A held pair's rank was asked for when it was held or last rose, so its first time is settled.
        let is_earlier = || {
            let first = self.seen.settled_first(number);
            first.is_some_and(|first| at.time < first)
        };
        let rises = pair.standing == Standing::Held && (stronger || is_earlier());
        let support = self.support(number, how, at);
        self.seen.see(support);
        rises
    }

    /// Counts one more sighting of a known pair that is observed and linked.
    pub(crate) fn see_linked(&mut self, number: PairNumber, at: &Sighting<'_>) {
        let support = self.support(number, Strength::Observed, at);
        self.seen.see(support);
    }

    fn support(&mut self, number: PairNumber, how: Strength, at: &Sighting<'_>) -> Support {
        let source = self.source_number(at.source);
        Support::new(number, at.position, at.time, (source, how))
    }

    /// Adds a pair at its first sighting.
    pub(crate) fn add(
        &mut self,
        anchors: [AnchorId; 2],
        standing: Standing,
        strength: Strength,
        at: &Sighting<'_>,
    ) -> PairNumber {
        let number = row_number(self.rows.len());
        let support = self.support(number, strength, at);
        let first = self.firsts.begin(&support);
        self.add_pair(anchors, support, (standing, first));
        number
    }

    /// Adds a pair that was not seen itself, but would have been without an identifier that is taken back.
    pub(crate) fn derive(&mut self, anchors: [AnchorId; 2], from: &Support) -> PairNumber {
        let source = (from.source(), from.strength());
        let support = |number| Support::new(number, from.position, from.time, source);
        if let Some(number) = self.find(anchors) {
            self.seen.note(support(number));
            return number;
        }
        let number = row_number(self.rows.len());
        self.add_pair(anchors, support(number), (Standing::Gone, First::Kept));
        self.seen.note(support(number));
        number
    }

    fn add_pair(
        &mut self,
        anchors: [AnchorId; 2],
        support: Support,
        (standing, first): (Standing, First),
    ) {
        let next = self.put_first(support.pair, anchors, (standing, 1));
        let pair = Pair {
            anchors,
            next,
            first_position: support.position,
            source: support.source(),
            standing,
            strength: support.strength(),
            first,
        };
        self.rows.push_back(pair);
        self.seen.push(support);
        self.count(support.pair, standing);
        self.index_new(support.pair, anchors);
    }

    /// Begins a pair anew whose sightings were all taken back.
    pub(crate) fn revive(
        &mut self,
        number: PairNumber,
        standing: Standing,
        strength: Strength,
        at: &Sighting<'_>,
    ) {
        self.keep_first(number);
        let support = self.support(number, strength, at);
        self.seen.restart(support);
        self.update(number, |pair| {
            pair.first_position = at.position;
            pair.source = support.source();
            pair.strength = strength;
        });
        self.stand(number, standing);
    }

    /// Makes the figures of a pair those of these sightings, in the order of positions; without any, nothing is
    /// left of it. Settled before. One that was gone stands as `revived`. `true` if what follows may be another
    /// partition.
    pub(crate) fn revise(
        &mut self,
        number: PairNumber,
        supports: &[Support],
        revived: Standing,
    ) -> bool {
        self.keep_first(number);
        let (Some(pair), Some(before)) = (self.get(number), self.seen(number)) else {
            return false;
        };
        let Some((first, rest)) = supports.split_first() else {
            self.seen.set(number, Seen::GONE);
            self.stand(number, Standing::Gone);
            return pair.standing == Standing::Linked;
        };
        let mut seen = Seen::once(first.time);
        rest.iter().for_each(|support| seen.add(support.time));
        self.seen.set(number, seen);
        let strengths = supports.iter().map(Support::strength);
        let strength = strengths.min().unwrap_or(Strength::Observed);
        self.update(number, |pair| {
            pair.first_position = first.position;
            pair.source = first.source();
            pair.strength = strength;
        });
        if pair.standing == Standing::Gone {
            self.stand(number, revived);
            return revived != Standing::Shared;
        }
        pair.standing != Standing::Shared
            && (strength != pair.strength || seen.first_time != before.first_time)
    }

    /// Makes a link of a held pair, holds a link, or notes that nothing is left of it. Cost: the pairs of both anchors.
    pub(crate) fn stand(&mut self, number: PairNumber, standing: Standing) {
        let Some(pair) = self.get(number) else {
            return;
        };
        if pair.standing == standing {
            return;
        }
        for (end, anchor) in pair.anchors.into_iter().enumerate() {
            self.unlist(number, anchor, pair.standing, pair.next.get(end).copied());
        }
        self.held.remove(&number);
        self.gone_count -= usize::from(pair.standing == Standing::Gone);
        self.shared_count -= usize::from(pair.standing == Standing::Shared);
        self.enlist(number, standing);
    }

    /// Puts a pair into the lists of its anchors.
    fn enlist(&mut self, number: PairNumber, standing: Standing) {
        let Some(mut pair) = self.get(number) else {
            return;
        };
        pair.standing = standing;
        pair.next = self.put_first(number, pair.anchors, (standing, 0));
        self.rows.set(number as usize, pair);
        self.count(number, standing);
    }

    /// Makes a pair the first of these lists of two anchors, which have so many pairs more; gives those that come after it.
    fn put_first(
        &mut self,
        number: PairNumber,
        anchors: [AnchorId; 2],
        (standing, more): (Standing, u32),
    ) -> [PairNumber; 2] {
        anchors.map(|anchor| {
            let mut next = NONE;
            self.ends.update(anchor.index(), |ends| {
                ends.count += more;
                next = std::mem::replace(ends.head_mut(standing), number);
            });
            next
        })
    }

    fn count(&mut self, number: PairNumber, standing: Standing) {
        if standing == Standing::Held {
            self.held.insert(number);
        }
        self.gone_count += usize::from(standing == Standing::Gone);
        self.shared_count += usize::from(standing == Standing::Shared);
    }

    /// Takes a pair out of the list of one of its anchors.
    fn unlist(
        &mut self,
        number: PairNumber,
        anchor: AnchorId,
        from: Standing,
        next: Option<PairNumber>,
    ) {
        let next = next.unwrap_or(NONE);
        let before = self.of(anchor, from).find_map(|(before, pair, _)| {
            let end = usize::from(pair.anchors[0] != anchor);
            (pair.next.get(end) == Some(&number)).then_some((before, end))
        });
        match before {
            Some((before, end)) => self.update(before, |pair| {
                if let Some(place) = pair.next.get_mut(end) {
                    *place = next;
                }
            }),
            None => {
                let put = |ends: &mut Ends| *ends.head_mut(from) = next;
                self.ends.update(anchor.index(), put);
            }
        }
    }

    /// The pairs of an anchor that stand so, in no order that means anything, each with the other anchor.
    pub(crate) fn of(
        &self,
        anchor: AnchorId,
        standing: Standing,
    ) -> impl Iterator<Item = (PairNumber, Pair, AnchorId)> {
        let ends = self.ends.get(anchor.index());
        self.list(anchor, ends.map_or(NONE, |ends| ends.head(standing)))
    }

    /// A list of an anchor from this pair on.
    fn list(
        &self,
        anchor: AnchorId,
        head: PairNumber,
    ) -> impl Iterator<Item = (PairNumber, Pair, AnchorId)> {
        let mut number = head;
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

    pub(crate) fn held(&self) -> &OrdSet<PairNumber> {
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
        if let Some((last, number)) = &self.last_source
            && last == name
        {
            return *number;
        }
        let number = self.find_source_number(name);
        self.last_source = Some((name.clone(), number));
        number
    }

    /// The number of a source that was named before.
    pub(crate) fn known_source(&self, name: &SourceName) -> Option<u32> {
        self.source_numbers.get(name).copied()
    }

    fn find_source_number(&mut self, name: &SourceName) -> u32 {
        if let Some(number) = self.source_numbers.get(name) {
            return *number;
        }
        let number = row_number(self.sources.len());
        self.sources.push_back(name.clone());
        self.source_numbers.insert(name.clone(), number);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether every sighting of the pair was taken back.
    pub(crate) fn is_gone(&self, number: PairNumber) -> bool {
        // Nearly always there is none, and the pair need not be read.
        self.gone_count > 0
            && self
                .get(number)
                .is_some_and(|it| it.standing == Standing::Gone)
    }

    pub(crate) fn gone_count(&self) -> usize {
        self.gone_count
    }

    pub(crate) fn shared_count(&self) -> usize {
        self.shared_count
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows.memory_bytes()
            + self.dense.memory_bytes()
            + self.seen.memory_bytes()
            + self.firsts.memory_bytes()
            + self.held.len() * size_of::<PairNumber>()
            + self.merges.len() * size_of::<MergeRow>()
            + self.ends.memory_bytes()
    }
}

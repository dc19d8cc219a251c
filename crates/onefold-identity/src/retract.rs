//! Taking back: a link, a record, an identifier or a whole source.
//!
//! Invariant: what is left is what would be there if the sightings that were taken back had never come, and
//! had never had the identifiers that were taken back. Taking back is a filter over all sightings: in which
//! order it is done means nothing.

use std::collections::BTreeMap;

use imbl::{OrdMap, OrdSet};
use onefold_event::{AnchorId, Position};
use rustc_hash::FxHashSet;

use crate::{
    identities::Identities,
    pairs::{Pair, PairNumber, Standing},
    resettle::Upheaval,
    supports::Support,
};

/// What was taken back. Each but a record holds for what came before a position: what is seen again counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Retractions {
    /// By the two anchors, the lower first.
    pub(crate) links: OrdMap<[AnchorId; 2], Position>,
    pub(crate) records: OrdSet<Position>,
    pub(crate) sources: OrdMap<u32, Position>,
    pub(crate) identifiers: OrdMap<AnchorId, Position>,
}

impl Retractions {
    /// Whether a sighting of a pair counts.
    fn allow(&self, support: &Support, pair: &Pair) -> bool {
        let link = self.links.get(&lower_first(pair.anchors));
        let ends = pair.anchors.iter();
        let ends = ends.filter_map(|anchor| self.identifiers.get(anchor));
        self.allow_sighting(support)
            && link
                .into_iter()
                .chain(ends)
                .all(|until| support.position >= *until)
    }

    /// Whether the sighting counts that the support is of, whatever pair it is of.
    fn allow_sighting(&self, support: &Support) -> bool {
        let source = self.sources.get(&support.source());
        source.is_none_or(|until| support.position >= *until)
            && !self.records.contains(&support.position)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let rows = self.links.len() + self.records.len() + self.sources.len();
        (rows + self.identifiers.len()) * 2 * size_of::<Position>()
    }
}

fn lower_first([a, b]: [AnchorId; 2]) -> [AnchorId; 2] {
    [a.min(b), a.max(b)]
}

impl Identities {
    /// Takes back every sighting so far of the pair of two anchors; `true` if there was one.
    pub(crate) fn retract_link(
        &mut self,
        two: [AnchorId; 2],
        position: Position,
        told: &mut Upheaval,
    ) -> bool {
        // Even if there is none: without another identifier there might be.
        self.retracted.links.insert(lower_first(two), position);
        let [a, b] = two;
        let number = self.pair_of(a, b);
        if let Some(number) = number {
            self.revise(&[number], position, told);
        }
        number.is_some()
    }

    /// Takes back what one position of the log said.
    pub(crate) fn retract_record(&mut self, record: Position, at: Position, told: &mut Upheaval) {
        self.retracted.records.insert(record);
        self.probable.remove_where(|row| row.position == record);
        let pairs = self.pairs_with((record, record), |support| support.position == record);
        self.revise(&pairs, at, told);
    }

    /// Takes back all that a source said so far.
    pub(crate) fn retract_source(&mut self, source: u32, at: Position, told: &mut Upheaval) {
        self.retracted.sources.insert(source, at);
        self.probable.remove_where(|row| row.source == source);
        let all = (Position::START, Position(u64::MAX));
        let pairs = self.pairs_with(all, |support| support.source() == source);
        self.revise(&pairs, at, told);
    }

    /// Takes an identifier out of every sighting so far. Those it tied together as the strongest of a sighting
    /// were seen together all the same: the strongest of the others takes its place.
    pub(crate) fn retract_identifier(
        &mut self,
        anchor: AnchorId,
        position: Position,
        told: &mut Upheaval,
    ) {
        let stars = self.stars(anchor);
        self.probable.remove_anchor(anchor);
        self.retracted.identifiers.insert(anchor, position);
        let mut pairs: Vec<PairNumber> = self.pairs_of(anchor).map(|(number, _)| number).collect();
        for (supports, mut others) in stars.into_values() {
            self.sort_by_strength(&mut others);
            let (Some((centre, others)), Some(support)) = (others.split_first(), supports.first())
            else {
                continue;
            };
            for other in others {
                let number = self.pairs.derive([*centre, *other], support);
                pairs.push(number);
            }
        }
        self.revise(&pairs, position, told);
    }

    /// By position, the sightings of which this anchor was the strongest, with the others that count.
    fn stars(&self, anchor: AnchorId) -> BTreeMap<Position, (Vec<Support>, Vec<AnchorId>)> {
        let mut stars: BTreeMap<Position, (Vec<Support>, Vec<AnchorId>)> = BTreeMap::new();
        let until = |anchor| self.retracted.identifiers.get(&anchor).copied();
        for (number, other) in self.pairs_of(anchor) {
            if self
                .pairs
                .get(number)
                .is_none_or(|pair| pair.anchors[0] != anchor)
            {
                continue;
            }
            for support in self.pairs.supports(number) {
                let has = |anchor| until(anchor).is_none_or(|until| support.position >= until);
                if self.retracted.allow_sighting(&support) && has(anchor) && has(other) {
                    let (supports, others) = stars.entry(support.position).or_default();
                    supports.push(support);
                    others.push(other);
                }
            }
        }
        stars
    }

    fn pairs_of(&self, anchor: AnchorId) -> impl Iterator<Item = (PairNumber, AnchorId)> + '_ {
        let standings = [
            Standing::Linked,
            Standing::Held,
            Standing::Gone,
            Standing::Shared,
        ];
        let pairs = standings
            .into_iter()
            .flat_map(move |standing| self.pairs.of(anchor, standing));
        pairs.map(|(number, _, other)| (number, other))
    }

    fn pairs_with(
        &self,
        positions: (Position, Position),
        is_it: impl Fn(&Support) -> bool,
    ) -> Vec<PairNumber> {
        let mut pairs = Vec::new();
        self.pairs.visit(positions, &mut |support| {
            if is_it(support) {
                pairs.push(support.pair);
            }
        });
        pairs
    }

    /// Makes the figures of these pairs those of the sightings that count, and settles whoever it touches.
    fn revise(&mut self, pairs: &[PairNumber], position: Position, told: &mut Upheaval) {
        self.pairs.settle();
        self.recurring.clear();
        let mut pairs = pairs.to_vec();
        pairs.sort_unstable();
        pairs.dedup();
        let (mut seeds, mut ends) = (Vec::new(), Vec::new());
        for number in pairs {
            let Some(pair) = self.pairs.get(number) else {
                continue;
            };
            let mut supports = self.pairs.supports(number);
            supports.retain(|support| self.retracted.allow(support, &pair));
            let revived = match self.is_shared(pair.anchors) {
                true => Standing::Shared,
                false => Standing::Held,
            };
            if self.pairs.revise(number, &supports, revived) {
                seeds.extend(pair.anchors);
            }
            ends.extend(pair.anchors);
            let is_back = pair.standing == Standing::Gone && !supports.is_empty();
            if is_back && revived == Standing::Held {
                told.held.push(number);
            }
        }
        if self.kinds.has_windows() {
            ends.sort_unstable();
            ends.dedup();
            seeds.extend(ends.into_iter().filter(|end| self.revise_first(*end)));
        }
        self.resettle_all(&seeds, position, told);
    }

    /// Settles the raw components of these anchors, each once.
    pub(crate) fn resettle_all(
        &mut self,
        seeds: &[AnchorId],
        position: Position,
        told: &mut Upheaval,
    ) {
        let mut done: FxHashSet<AnchorId> = FxHashSet::default();
        for seed in seeds {
            if !done.contains(seed) {
                let component = self.resettle(*seed, position, told);
                done.extend(component.anchors);
            }
        }
    }

    /// The strongest first: the order in which a sighting has them.
    fn sort_by_strength(&self, anchors: &mut [AnchorId]) {
        anchors.sort_unstable_by_key(|anchor| {
            let place = self.kind_of(*anchor).map(|kind| kind.place());
            (place, self.identifier(*anchor))
        });
    }
}

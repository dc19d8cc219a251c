//! The pair of two anchors: in the list of the one that has fewer, or in an index of those that both have many.
//!
//! Invariant: a pair is in the index exactly if each of its anchors has more than [`FEW`] pairs. So a pair is found in
//! a few steps, however many pairs its anchors have.
//!
//! Nearly every anchor has few pairs, and one that was never seen has none: its list is at hand, and nothing is
//! written to an index that would be an access to memory each time.

use onefold_event::AnchorId;

use super::{PairNumber, Pairs, Standing};
use crate::{
    index::{HashIndex, NONE},
    table::Row,
};

/// To walk more costs more than to look into the index.
const FEW: u32 = 6;

/// The pairs of one anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The heads of its lists, by [`Standing`], which go on in [`Pair::next`](super::Pair).
    heads: [PairNumber; 4],
    /// How many there are in all lists.
    pub(super) count: u32,
}

/// The pairs of two anchors that have many each.
#[derive(Debug, Clone)]
pub(super) struct Dense(HashIndex<(PairNumber, [AnchorId; 2]), 5, 64>);

impl Ends {
    pub(super) const NONE: Self = Self {
        heads: [NONE; 4],
        count: 0,
    };

    pub(super) fn head(&self, standing: Standing) -> PairNumber {
        let [linked, held, gone, shared] = self.heads;
        match standing {
            Standing::Linked => linked,
            Standing::Held => held,
            Standing::Gone => gone,
            Standing::Shared => shared,
        }
    }

    pub(super) fn head_mut(&mut self, standing: Standing) -> &mut PairNumber {
        let [linked, held, gone, shared] = &mut self.heads;
        match standing {
            Standing::Linked => linked,
            Standing::Held => held,
            Standing::Gone => gone,
            Standing::Shared => shared,
        }
    }

    pub(super) fn has_many(&self) -> bool {
        self.count > FEW
    }
}

impl Row<5> for Ends {
    fn words(self) -> [u32; 5] {
        let [a, b, c, d] = self.heads;
        [a, b, c, d, self.count]
    }

    fn of_words([a, b, c, d, count]: [u32; 5]) -> Self {
        let heads = [a, b, c, d];
        Self { heads, count }
    }
}

impl Dense {
    pub(super) fn new() -> Self {
        Self(HashIndex::new())
    }

    pub(super) fn from_pairs(pairs: impl Iterator<Item = (PairNumber, [AnchorId; 2])>) -> Self {
        let rows = pairs.map(|(number, anchors)| (hash(anchors), (number, anchors)));
        Self(HashIndex::from_rows(rows.collect()))
    }

    fn push(&mut self, number: PairNumber, anchors: [AnchorId; 2]) {
        self.0.push(hash(anchors), (number, anchors));
    }

    fn find(&self, anchors: [AnchorId; 2]) -> Option<PairNumber> {
        let found = self.0.find(hash(anchors), |_, (_, it)| it == anchors);
        found
            .and_then(|row| self.0.get(row))
            .map(|(number, _)| number)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.0.len() * HashIndex::<(PairNumber, [AnchorId; 2]), 5, 64>::ROW_BYTES
    }
}

impl Pairs {
    /// The pair of two anchors, the stronger first. Cost: O(1).
    pub(crate) fn find(&self, anchors: [AnchorId; 2]) -> Option<PairNumber> {
        let [left, right] = anchors;
        let (of_left, of_right) = (self.ends.get(left.index())?, self.ends.get(right.index())?);
        if of_left.has_many() && of_right.has_many() {
            return self.dense.find(anchors);
        }
        let (fewer, ends) = match of_left.count < of_right.count {
            true => (left, of_left),
            false => (right, of_right),
        };
        if ends.count == 0 {
            return None;
        }
        let lists = ends.heads.into_iter().filter(|head| *head != NONE);
        lists.into_iter().find_map(|head| {
            let mut list = self.list(fewer, head);
            list.find_map(|(number, pair, _)| (pair.anchors == anchors).then_some(number))
        })
    }

    /// Puts a new pair, and those that it makes be among many, into the index.
    pub(super) fn index_new(&mut self, number: PairNumber, anchors: [AnchorId; 2]) {
        let counts = anchors.map(|it| self.ends.get(it.index()).map_or(0, |ends| ends.count));
        if counts.iter().all(|count| *count > FEW) {
            self.dense.push(number, anchors);
        }
        for (anchor, count) in anchors.into_iter().zip(counts) {
            if count == FEW + 1 {
                self.index_others(anchor, number);
            }
        }
    }

    /// Puts the pairs that an anchor has with others of many into the index, but for the newest.
    fn index_others(&mut self, anchor: AnchorId, newest: PairNumber) {
        let Some(ends) = self.ends.get(anchor.index()) else {
            return;
        };
        let lists = ends.heads.into_iter();
        let pairs = lists.flat_map(|head| self.list(anchor, head));
        let has_many = |it: AnchorId| self.ends.get(it.index()).is_some_and(|it| it.has_many());
        let pairs = pairs.filter(|(number, _, other)| *number != newest && has_many(*other));
        let found: Vec<_> = pairs
            .map(|(number, pair, _)| (number, pair.anchors))
            .collect();
        for (number, anchors) in found {
            self.dense.push(number, anchors);
        }
    }
}

/// Anchors are numbers of our own making, so no key is needed, only a good spread.
fn hash([left, right]: [AnchorId; 2]) -> u32 {
    let mut word = (u64::from(left.0) << 32) | u64::from(right.0);
    word = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (word >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use onefold_event::{Position, SourceName, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::{evidence::Strength, sighting::Sighting, supports::Run};

    const ANCHORS: u32 = 12;
    const STANDINGS: [Standing; 4] = [
        Standing::Linked,
        Standing::Held,
        Standing::Gone,
        Standing::Shared,
    ];

    /// The same pairs, built at once.
    fn rebuilt(pairs: &Pairs) -> Pairs {
        let mut builder = Pairs::builder(ANCHORS as usize, pairs.len());
        let mut settled = pairs.clone();
        settled.settle();
        for (pair, seen) in settled.iter().zip(settled.all_seen()) {
            let how = (pair.standing, pair.strength);
            builder.add(pair.anchors, how, (pair.first_position, pair.source), seen);
        }
        builder.finish(&[], Run::default())
    }

    proptest! {
        /// Few anchors, so that most of them come to have many pairs, in every list and in the index.
        #[test]
        fn every_pair_is_found(list in prop::collection::vec(
            (0..ANCHORS, 0..ANCHORS, 0..4_usize), 0..150)) {
            let source = SourceName::new("web").unwrap();
            let (position, time) = (Position(1), Timestamp::from_micros(0));
            let sighting = Sighting { identifiers: &[], source: &source, position, time };
            let (mut pairs, mut known) = (Pairs::new(), BTreeMap::new());
            (0..ANCHORS).for_each(|_| pairs.add_anchor());
            for (left, right, standing) in list.into_iter().filter(|(left, right, _)| left < right) {
                let (two, standing) = ([AnchorId(left), AnchorId(right)], STANDINGS[standing]);
                match known.get(&two) {
                    Some(number) => pairs.stand(*number, standing),
                    None => {
                        let number = pairs.add(two, standing, Strength::Observed, &sighting);
                        known.insert(two, number);
                    }
                }
            }
            let count = |anchor| known.keys().filter(|two| two.contains(&anchor)).count();
            let many = known.keys().filter(|two| two.iter().all(|it| count(*it) > FEW as usize));
            let many = many.count();
            for pairs in [&pairs, &rebuilt(&pairs)] {
                prop_assert_eq!(pairs.dense.0.len(), many);
                for (left, right) in (0..ANCHORS).flat_map(|a| (0..ANCHORS).map(move |b| (a, b))) {
                    let two = [AnchorId(left), AnchorId(right)];
                    prop_assert_eq!(pairs.find(two), known.get(&two).copied());
                }
            }
        }
    }
}

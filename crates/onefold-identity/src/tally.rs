//! When and how often each pair was seen: a settled column, and the newest sightings beside it.
//!
//! Invariant: what is told is the column with every newer sighting added; when they are settled cannot
//! be seen from outside.
//!
//! Nearly every event sees a known pair again. Changing the column each time would copy a leaf of it for
//! every event between two snapshots; sightings that are appended, and settled in the order of their pairs,
//! copy each leaf once for many. Settled ones go on to the runs of [`Runs`], all of them
//! but the first of a pair, which the pair has itself.

use onefold_event::{Position, Timestamp};

use crate::{
    column::Column,
    supports::{Run, Runs, Support},
    table::{Row, Table, halves, whole},
};

/// The number of a pair, in order of first sight.
pub(crate) type PairNumber = u32;

/// Sightings beside the column at most: to look a pair up reads all of them.
const RECENT_MAX: usize = 1 << 15;

/// What every sighting of a pair changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) first_time: Timestamp,
    pub(crate) last_time: Timestamp,
    pub(crate) count: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Tally {
    settled: Table<Seen, 6, 128>,
    recent: Column<Support, 64>,
    /// So many of the recent ones are in the column already.
    counted: usize,
    /// The highest pair among the others: a newer pair need not be looked for.
    recent_last: PairNumber,
    runs: Runs,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            settled: Table::new(),
            recent: Column::new(),
            counted: 0,
            recent_last: 0,
            runs: Runs::default(),
        }
    }

    /// What is known of all pairs.
    pub(crate) fn from_settled(settled: Table<Seen, 6, 128>, supports: Run) -> Self {
        Self {
            settled,
            runs: Runs::of(supports),
            ..Self::new()
        }
    }

    /// Adds the next pair at its first sighting, which is kept elsewhere.
    pub(crate) fn push(&mut self, support: Support) {
        self.settled.push_back(Seen::once(support.time));
    }

    /// Begins a pair anew, of which nothing is left, with one sighting.
    pub(crate) fn restart(&mut self, support: Support) {
        self.set(support.pair, Seen::once(support.time));
        self.note(support);
    }

    /// Keeps a sighting that the pair's figures have already, or will be told otherwise.
    pub(crate) fn note(&mut self, support: Support) {
        self.keep(support.as_counted());
    }

    /// Counts one more sighting of a known pair.
    pub(crate) fn see(&mut self, support: Support) {
        self.recent_last = self.recent_last.max(support.pair);
        self.keep(support);
    }

    fn keep(&mut self, support: Support) {
        self.recent.push_back(support);
        if self.recent.len() >= RECENT_MAX {
            self.flush();
        }
    }

    /// Cost: O(recent sightings), and O(1) after [`settle`](Self::settle) and for the newest pairs.
    pub(crate) fn get(&self, pair: PairNumber) -> Option<Seen> {
        let mut seen = self.settled.get(pair as usize)?;
        if pair <= self.recent_last && self.counted < self.recent.len() {
            let recent = self.recent.iter_from(self.counted);
            let recent = recent.filter(|it| it.pair == pair && !it.is_counted());
            recent.for_each(|support| seen.add(support.time));
        }
        Some(seen)
    }

    /// The first time of a pair as far as it is settled.
    pub(crate) fn settled_first(&self, pair: PairNumber) -> Option<Timestamp> {
        self.settled.get(pair as usize).map(|seen| seen.first_time)
    }

    /// Puts other figures in place of a pair's. Settled before.
    pub(crate) fn set(&mut self, pair: PairNumber, seen: Seen) {
        self.settled.set(pair as usize, seen);
    }

    /// Every sighting of a pair that was kept here, in the order of positions. Cost: O(recent sightings) and O(log all).
    pub(crate) fn supports(&self, pair: PairNumber) -> Vec<Support> {
        let mut found = Vec::new();
        self.runs.find(pair, &mut found);
        let recent = self.recent.iter().filter(|it| it.pair == pair);
        found.extend(recent.map(|support| support.as_counted()));
        found.sort_unstable();
        found
    }

    /// Visits every sighting of a range of positions, both ends included, and others.
    pub(crate) fn visit(&self, positions: (Position, Position), visit: &mut dyn FnMut(&Support)) {
        self.runs.visit(positions, visit);
        self.recent.iter().for_each(visit);
    }

    /// Of all pairs, in order; settled before.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Seen> {
        debug_assert!(
            self.counted == self.recent.len(),
            "newer sightings would be missing"
        );
        self.settled.iter()
    }

    /// Adds the recent sightings to the column.
    pub(crate) fn settle(&mut self) {
        if self.counted == self.recent.len() {
            return;
        }
        let uncounted = self
            .recent
            .iter_from(self.counted)
            .filter(|it| !it.is_counted());
        let mut uncounted: Vec<_> = uncounted.map(|it| (it.pair, it.time)).collect();
        uncounted.sort_unstable();
        for (pair, time) in uncounted {
            self.settled.update(pair as usize, |seen| seen.add(time));
        }
        self.counted = self.recent.len();
        self.recent_last = 0;
    }

    fn flush(&mut self) {
        self.settle();
        self.runs.push(&self.sorted_recent());
        self.recent = Column::new();
        self.counted = 0;
    }

    /// All sightings as one run, and these with them, which are sorted.
    pub(crate) fn all_supports(&self, others: impl Iterator<Item = Support>) -> Run {
        self.runs.merged_with(&self.sorted_recent(), others)
    }

    fn sorted_recent(&self) -> Vec<Support> {
        let recent = self.recent.iter().map(|support| support.as_counted());
        let mut recent: Vec<_> = recent.collect();
        recent.sort_unstable();
        recent
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.settled.memory_bytes()
            + self.recent.len() * size_of::<Support>()
            + self.runs.memory_bytes()
    }
}

impl Row<6> for Seen {
    fn words(self) -> [u32; 6] {
        let [a, b] = halves(self.first_time.as_micros() as u64);
        let [c, d] = halves(self.last_time.as_micros() as u64);
        let [e, f] = halves(self.count);
        [a, b, c, d, e, f]
    }

    fn of_words([a, b, c, d, e, f]: [u32; 6]) -> Self {
        let time = |low, high| Timestamp::from_micros(whole(low, high) as i64);
        Self {
            first_time: time(a, b),
            last_time: time(c, d),
            count: whole(e, f),
        }
    }
}

impl Seen {
    /// Nothing is left of a pair.
    pub(crate) const GONE: Self = Self {
        first_time: Timestamp::MIN,
        last_time: Timestamp::MIN,
        count: 0,
    };

    pub(crate) fn once(time: Timestamp) -> Self {
        Self {
            first_time: time,
            last_time: time,
            count: 1,
        }
    }

    pub(crate) fn add(&mut self, time: Timestamp) {
        self.first_time = self.first_time.min(time);
        self.last_time = self.last_time.max(time);
        self.count = self.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn settling_is_not_seen(sightings in prop::collection::vec((0..20u32, 0..1000i64), 0..200)) {
            let support = |pair, time| {
                let time = Timestamp::from_micros(time);
                let how = (0, crate::evidence::Strength::Observed);
                Support::new(pair, onefold_event::Position(1), time, how)
            };
            let (mut lazy, mut eager) = (Tally::new(), Tally::new());
            for pair in 0..20 {
                lazy.push(support(pair, 500));
                eager.push(support(pair, 500));
            }
            for (pair, time) in sightings {
                lazy.see(support(pair, time));
                eager.see(support(pair, time));
                eager.flush();
            }
            for pair in 0..20 {
                prop_assert_eq!(lazy.get(pair), eager.get(pair));
                prop_assert_eq!(lazy.supports(pair), eager.supports(pair));
            }
            lazy.settle();
            eager.settle();
            prop_assert!(lazy.iter().eq(eager.iter()));
            let whole = lazy.all_supports(std::iter::empty());
            let other = eager.all_supports(std::iter::empty());
            prop_assert_eq!(whole.bytes(), other.bytes());
        }
    }
}

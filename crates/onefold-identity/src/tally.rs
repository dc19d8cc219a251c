//! When and how often each pair was seen: a settled column, and the newest sightings beside it.
//!
//! Invariant: what is told is the column with every newer sighting added; when they are settled cannot
//! be seen from outside.
//!
//! Nearly every event sees a known pair again. Changing the column each time would copy a leaf of it for
//! every event between two snapshots; sightings that are appended, and settled in the order of their pairs,
//! copy each leaf once for many.

use onefold_event::Timestamp;

use crate::column::Column;

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
    settled: Column<Seen, 128>,
    recent: Column<(PairNumber, Timestamp), 128>,
    /// The highest pair among the recent ones: a newer pair need not be looked for.
    recent_last: PairNumber,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            settled: Column::new(),
            recent: Column::new(),
            recent_last: 0,
        }
    }

    /// What is known of all pairs.
    pub(crate) fn from_settled(settled: Column<Seen, 128>) -> Self {
        Self {
            settled,
            ..Self::new()
        }
    }

    /// What is known of the next pair.
    pub(crate) fn push(&mut self, seen: Seen) {
        self.settled.push_back(seen);
    }

    /// Counts one more sighting of a known pair.
    pub(crate) fn see(&mut self, pair: PairNumber, time: Timestamp) {
        self.recent.push_back((pair, time));
        self.recent_last = self.recent_last.max(pair);
        if self.recent.len() >= RECENT_MAX {
            self.settle();
        }
    }

    /// Cost: O(recent sightings), and O(1) after [`settle`](Self::settle) and for the newest pairs.
    pub(crate) fn get(&self, pair: PairNumber) -> Option<Seen> {
        let mut seen = self.settled.get(pair as usize).copied()?;
        if pair <= self.recent_last {
            let recent = self.recent.iter().filter(|(number, _)| *number == pair);
            recent.for_each(|(_, time)| seen.add(*time));
        }
        Some(seen)
    }

    /// The first time of a pair as far as it is settled.
    pub(crate) fn settled_first(&self, pair: PairNumber) -> Option<Timestamp> {
        self.settled.get(pair as usize).map(|seen| seen.first_time)
    }

    /// Of all pairs, in order; settled before.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Seen> {
        debug_assert!(self.recent.len() == 0, "newer sightings would be missing");
        self.settled.iter()
    }

    /// Adds the recent sightings to the column.
    pub(crate) fn settle(&mut self) {
        let mut recent: Vec<_> = std::mem::take(&mut self.recent).iter().copied().collect();
        recent.sort_unstable();
        for (pair, time) in recent {
            if let Some(seen) = self.settled.get_mut(pair as usize) {
                seen.add(time);
            }
        }
        self.recent_last = 0;
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.settled.len() * size_of::<Seen>()
            + self.recent.len() * size_of::<(PairNumber, Timestamp)>()
    }
}

impl Seen {
    fn add(&mut self, time: Timestamp) {
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
            let once = |time| Seen { first_time: time, last_time: time, count: 1 };
            let (mut lazy, mut eager) = (Tally::new(), Tally::new());
            for _ in 0..20 {
                lazy.push(once(Timestamp::from_micros(500)));
                eager.push(once(Timestamp::from_micros(500)));
            }
            for (pair, time) in sightings {
                lazy.see(pair, Timestamp::from_micros(time));
                eager.see(pair, Timestamp::from_micros(time));
                eager.settle();
            }
            for pair in 0..20 {
                prop_assert_eq!(lazy.get(pair), eager.get(pair));
            }
            lazy.settle();
            prop_assert!(lazy.iter().eq(eager.iter()));
        }
    }
}

//! When an identifier was first seen with another: the time that limits by window count it at.
//!
//! Invariant: an anchor whose kind has such a limit has the least event time of the sightings of its pairs that are
//! not gone, and none if there is no such pair; other anchors have none. So a window is a property of the
//! sightings, and not of their order.

use imbl::OrdMap;
use onefold_event::{AnchorId, Timestamp};
use smallvec::SmallVec;

use crate::{
    identities::Identities, kinds::Kind, limits::Group, pairs::Standing, resettle::Upheaval,
    sighting::Sighting, window::Window,
};

/// Of the anchors whose kinds have limits by window.
#[derive(Debug, Clone, Default)]
pub(crate) struct FirstTimes {
    rows: OrdMap<AnchorId, Timestamp>,
}

/// Anchors that are in another window than before.
pub(crate) type Moved = SmallVec<[AnchorId; 2]>;

impl FirstTimes {
    pub(crate) fn get(&self, anchor: AnchorId) -> Option<Timestamp> {
        self.rows.get(&anchor).copied()
    }

    /// Gives the time before.
    fn set(&mut self, anchor: AnchorId, time: Option<Timestamp>) -> Option<Timestamp> {
        match time {
            Some(time) => self.rows.insert(anchor, time),
            None => self.rows.remove(&anchor),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows.len() * 2 * size_of::<(AnchorId, Timestamp)>()
    }
}

impl Identities {
    /// Notes a sighting of two anchors together, and which of them are in another window by it. An anchor that had
    /// no pair until now stands alone, and moves nobody.
    pub(crate) fn note_first(&mut self, two: [AnchorId; 2], time: Timestamp, moved: &mut Moved) {
        if !self.kinds.has_windows() {
            return;
        }
        for anchor in two {
            let before = self.first_times.get(anchor);
            if !self.has_windows(anchor) || before.is_some_and(|before| before <= time) {
                continue;
            }
            self.first_times.set(anchor, Some(time));
            if before.is_some_and(|before| self.moves(anchor, before, time)) {
                moved.push(anchor);
            }
        }
    }

    /// Finds the first time of an anchor again, after sightings of its pairs were taken back; `true` if it is in
    /// another window, or in none. Sightings are settled before. Cost: the pairs of the anchor.
    pub(crate) fn revise_first(&mut self, anchor: AnchorId) -> bool {
        if !self.has_windows(anchor) {
            return false;
        }
        let standings = [Standing::Linked, Standing::Held, Standing::Shared].into_iter();
        let pairs = standings.flat_map(|standing| self.pairs.of(anchor, standing));
        let seen = pairs.filter_map(|(number, _, _)| self.pairs.seen(number));
        let first = seen.map(|seen| seen.first_time).min();
        let before = self.first_times.set(anchor, first);
        match (before, first) {
            (Some(before), Some(now)) => self.moves(anchor, before, now),
            (before, now) => before != now,
        }
    }

    /// Settles whoever breaks a rule, or may be released, because identifiers are in other windows.
    pub(crate) fn settle_moved(
        &mut self,
        moved: &[AnchorId],
        sighting: &Sighting<'_>,
        told: &mut Upheaval,
    ) {
        for anchor in moved {
            let Some((person, watched)) = self.people.watched_person_of(*anchor) else {
                continue;
            };
            let alone = (Group::Person(person), Group::Anchors(&[]));
            // Without a held pair the raw component is the person, and whole as long as it breaks nothing.
            if watched || self.broken_limit(alone.0, alone.1).is_some() {
                self.resettle(*anchor, sighting.position, told);
            }
        }
    }

    /// The first times of all anchors, from their pairs. Cost: O(pairs), nothing if no kind has such a limit.
    pub(crate) fn find_first_times(&mut self) {
        if !self.kinds.has_windows() {
            return;
        }
        let pairs = self.pairs.iter().zip(self.pairs.all_seen());
        let alive = pairs.filter(|(pair, _)| pair.standing != Standing::Gone);
        let alive: Vec<_> = alive
            .map(|(pair, seen)| (pair.anchors, seen.first_time))
            .collect();
        for (two, time) in alive {
            self.note_first(two, time, &mut Moved::new());
        }
    }

    fn has_windows(&self, anchor: AnchorId) -> bool {
        self.kind_of(anchor)
            .is_some_and(|kind| !kind.limit_per.is_empty())
    }

    fn moves(&self, anchor: AnchorId, before: Timestamp, now: Timestamp) -> bool {
        let periods = self.kind_of(anchor).map_or(&[][..], |it| &it.limit_per);
        let mut periods = periods.iter();
        periods.any(|(period, _)| Window::of(*period, before) != Window::of(*period, now))
    }

    pub(crate) fn kind_of(&self, anchor: AnchorId) -> Option<&Kind> {
        self.kinds.get(self.people.kind(anchor)?)
    }
}

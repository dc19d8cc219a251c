//! When to look at whom again: a hierarchical timer wheel with lazy re-check.
//!
//! Six levels of 256 slots; a slot of the first level is 67 seconds, and each level is 256 times as
//! coarse. The slot that holds the instant is sorted when its time comes, and what is armed in it later is a
//! heap, so timers come out in order of time and person.
//!
//! Invariant: whoever has a timer is in the wheel at it or before it. Who is found there too early is
//! put where the timer is now; an entry that another one has overtaken is dropped.

use std::{cmp::Reverse, collections::BinaryHeap};

use onefold_event::Timestamp;

use crate::instant::NEVER;

const FIRST_BITS: u32 = 26;
const LEVELS: usize = 6;
/// Room for so many entries is used again; more goes back to the allocator, as most slots hold few.
const SPARE_ENTRIES_MAX: usize = 16;
/// So many slots' room is kept at most.
const SPARES_MAX: usize = 256;

/// The timers of everybody.
#[derive(Debug)]
pub(super) struct Wheel {
    levels: Vec<Level>,
    /// The slot of the first level that is sorted, counted from the first instant of all.
    current: u64,
    /// Its timers and people, the earliest last.
    sorted: Vec<(i64, u32)>,
    /// Those that were armed in it since.
    heap: BinaryHeap<Reverse<(i64, u32)>>,
    /// Room of slots that were emptied.
    spares: Vec<Vec<Entry>>,
    /// So that nothing is read in vain.
    touched: u32,
}

#[derive(Debug)]
struct Level {
    slots: Vec<Vec<Entry>>,
    /// Which slots hold anything.
    occupied: [u64; 4],
}

/// Somebody, and the lower half of the timer that the entry was made for.
#[derive(Debug, Clone, Copy)]
struct Entry {
    person: u32,
    stamp: u32,
}

/// When somebody is due, and where the entry that counts is.
pub(super) struct Timer<'a> {
    pub(super) due: i64,
    pub(super) queued: &'a mut i64,
}

/// Who has which timer.
pub(super) trait Timers {
    fn timer(&mut self, person: u32) -> Option<Timer<'_>>;
    /// Reads what will be needed of somebody soon, so that it is in the cache then. The number means nothing.
    fn touch(&self, _person: u32) -> u32 {
        0
    }
}

impl Wheel {
    pub(super) fn new(now: i64) -> Self {
        let level = || Level {
            slots: vec![Vec::new(); 256],
            occupied: [0; 4],
        };
        Self {
            levels: std::iter::repeat_with(level).take(LEVELS).collect(),
            current: slot_of(now),
            sorted: Vec::new(),
            heap: BinaryHeap::new(),
            spares: Vec::new(),
            touched: 0,
        }
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let slots = self.levels.iter().flat_map(|level| &level.slots);
        let slots = slots.chain(&self.spares);
        let entries: usize = slots.map(|slot| slot.capacity() * size_of::<Entry>()).sum();
        entries
            + (self.heap.capacity() + self.sorted.capacity()) * 16
            + LEVELS * 256 * size_of::<Vec<Entry>>()
    }

    /// Puts somebody where the timer is, unless an entry is there or before.
    #[inline]
    pub(super) fn arm(&mut self, person: u32, due: i64, queued: &mut i64) {
        if due < *queued {
            *queued = due;
            self.insert(person, due);
        }
    }

    fn insert(&mut self, person: u32, due: i64) {
        let slot = slot_of(due).max(self.current);
        let differing = slot ^ self.current;
        if differing == 0 {
            self.heap.push(Reverse((due, person)));
            return;
        }
        let number = (63 - differing.leading_zeros()) / 8;
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let stamp = due as u32;
        let at = (slot >> (8 * number) & 255) as usize;
        if let Some(level) = self.levels.get_mut(number as usize) {
            level.put(at, Entry { person, stamp }, &mut self.spares);
        }
    }

    /// The earliest timer up to this instant. Whoever it is must be given another one, or none, before
    /// the next is asked for.
    #[inline]
    pub(super) fn pop(&mut self, to: i64, timers: &mut impl Timers) -> Option<(i64, u32)> {
        loop {
            while let Some((time, person)) = self.first() {
                if time > to {
                    return None;
                }
                self.drop_first((time, person));
                let Some(timer) = timers.timer(person).filter(|timer| *timer.queued == time) else {
                    continue;
                };
                let due = timer.due;
                *timer.queued = if due == time { NEVER } else { due };
                if due == time {
                    return Some((time, person));
                }
                if due != NEVER {
                    self.insert(person, due);
                }
            }
            if slot_of(to) <= self.current || !self.turn(slot_of(to), timers) {
                return None;
            }
        }
    }

    #[inline]
    fn first(&self) -> Option<(i64, u32)> {
        let sorted = self.sorted.last().copied();
        match self.heap.peek() {
            None => sorted,
            Some(Reverse(first)) => Some(sorted.map_or(*first, |sorted| sorted.min(*first))),
        }
    }

    #[inline]
    fn drop_first(&mut self, first: (i64, u32)) {
        if self.sorted.last() == Some(&first) {
            self.sorted.pop();
        } else {
            self.heap.pop();
        }
    }

    /// Goes on to the next slot that holds anything, up to this one; whether there is one.
    fn turn(&mut self, to: u64, timers: &mut impl Timers) -> bool {
        for (number, level) in (0_u32..).zip(&mut self.levels) {
            let shift = 8 * number;
            let at = (self.current >> shift & 255) as usize;
            let Some(next) = level.next_occupied(at + 1) else {
                continue;
            };
            let base = self.current >> shift >> 8 << 8;
            let slot = (base | next as u64) << shift;
            if slot > to {
                return false;
            }
            self.current = slot;
            let mut entries = level.take(next);
            if number == 0 {
                // Whoever is due within a minute: all at once is faster than one by one.
                for entry in &entries {
                    self.touched ^= timers.touch(entry.person);
                }
            }
            entries
                .drain(..)
                .for_each(|entry| self.move_on(entry, timers));
            if entries.capacity() <= SPARE_ENTRIES_MAX && self.spares.len() < SPARES_MAX {
                self.spares.push(entries);
            }
            self.sorted.sort_unstable_by(|a, b| b.cmp(a));
            return true;
        }
        false
    }

    fn move_on(&mut self, entry: Entry, timers: &mut impl Timers) {
        let Some(timer) = timers.timer(entry.person) else {
            return;
        };
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let stamp = *timer.queued as u32;
        if *timer.queued == NEVER || stamp != entry.stamp {
            return;
        }
        let due = timer.due;
        *timer.queued = due;
        if slot_of(due) <= self.current {
            self.sorted.push((due, entry.person));
        } else if due != NEVER {
            self.insert(entry.person, due);
        }
    }
}

impl Level {
    fn put(&mut self, at: usize, entry: Entry, spares: &mut Vec<Vec<Entry>>) {
        if let Some(slot) = self.slots.get_mut(at) {
            if slot.capacity() == 0 {
                *slot = spares.pop().unwrap_or_default();
            }
            slot.push(entry);
        }
        if let Some(word) = self.occupied.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn take(&mut self, at: usize) -> Vec<Entry> {
        if let Some(word) = self.occupied.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
        self.slots
            .get_mut(at)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    fn next_occupied(&self, from: usize) -> Option<usize> {
        let words = self.occupied.iter().enumerate().skip(from / 64);
        words
            .map(|(number, word)| {
                let below = if number == from / 64 { from % 64 } else { 0 };
                (number, word & (u64::MAX << below))
            })
            .find(|(_, word)| *word != 0)
            .map(|(number, word)| number * 64 + word.trailing_zeros() as usize)
    }
}

/// The slot of the first level, from the first instant that there is.
fn slot_of(time: i64) -> u64 {
    let since = time.saturating_sub(Timestamp::MIN.as_micros()).max(0);
    since.cast_unsigned() >> FIRST_BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Table(Vec<(i64, i64)>);

    impl Timers for Table {
        fn timer(&mut self, person: u32) -> Option<Timer<'_>> {
            let (due, queued) = &mut self.0[person as usize];
            Some(Timer { due: *due, queued })
        }
    }

    proptest! {
        /// Timers come in order of time and person, each at the last instant that was set.
        #[test]
        fn timers_come_in_order(
            steps in prop::collection::vec((0..6_u32, 1..40_i64, 0..48_u32, any::<bool>()), 1..80),
        ) {
            let mut now = 1_767_225_600_000_000_i64;
            let mut wheel = Wheel::new(now);
            let mut table = Table(vec![(NEVER, NEVER); 6]);
            for (person, far, shift, is_armed) in steps {
                let time = now + (far << shift.min(46));
                if is_armed {
                    table.0[person as usize].0 = time;
                    wheel.arm(person, time, &mut table.0[person as usize].1);
                    continue;
                }
                let mut fired = Vec::new();
                let mut expected: Vec<_> = (0_u32..).zip(&table.0).map(|(person, (due, _))| (*due, person)).collect();
                expected.retain(|(due, _)| *due <= time);
                expected.sort_unstable();
                while let Some((at, person)) = wheel.pop(time, &mut table) {
                    table.0[person as usize].0 = NEVER;
                    fired.push((at, person));
                }
                prop_assert_eq!(fired, expected);
                now = time;
            }
        }
    }
}

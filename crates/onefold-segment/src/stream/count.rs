//! Counting what happened: now, when its time has come, or again from history.
//!
//! Invariant: whatever changed of one person in one instant is told at once, with one cause.

use std::{collections::BTreeMap, sync::Arc};

use onefold_event::{Occurrence, PersonIndex, Position};

use super::{
    Cause, Event, History, Observed, Stream, Waiting,
    block::Block,
    cell::Taken,
    engine::{Fed, Settle},
    key_of,
    reading::OfOccurrence,
    words::{bit, set_bit},
};
use crate::{history::Key, instant::NEVER};

impl Stream {
    pub(super) fn wait(&mut self, event: &Event<'_>) {
        let mut fed = Vec::new();
        self.sift(event.name.0, event.properties, &mut fed);
        let person = event.person.0;
        self.waiting.insert(key_of(event), Waiting { person, fed });
    }

    /// Counts everything that happened at one time.
    pub(super) fn count_waiting(&mut self, time: i64) {
        let mut by_person: BTreeMap<u32, Vec<(Key, Vec<Fed>)>> = BTreeMap::new();
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key().time > time {
                break;
            }
            let (key, waiting) = entry.remove_entry();
            let counted = by_person.entry(waiting.person).or_default();
            counted.push((key, waiting.fed));
        }
        for (person, events) in by_person {
            let position = events.last().map_or(0, |(key, _)| key.position);
            let cause = Cause::Event(Position(position));
            let events: Vec<(Key, &[Fed])> =
                events.iter().map(|(key, fed)| (*key, &**fed)).collect();
            // What waited is later than everything that was counted, so no history is needed.
            self.count(person, &events, cause, &Nothing);
        }
    }

    /// Counts what happened to a person, in order.
    pub(super) fn count(
        &mut self,
        person: u32,
        events: &[(Key, &[Fed])],
        cause: Cause,
        history: &dyn History,
    ) -> Observed {
        let (at, is_new) = self.open(person);
        // What is settled before all is taken in could change twice in one instant.
        let settle = match events {
            [_] => Settle::AtOnce,
            _ => Settle::Together,
        };
        let now = self.clock.now;
        if let Some(mut work) = self.work(at) {
            let mut taken = events.iter().map(|(key, fed)| work.feed(*key, fed, settle));
            if taken.any(|taken| taken == Taken::NotExactly) {
                self.again(person, at, is_new, cause, history);
                return Observed::FromHistory;
            }
            if work.slot.due <= now || settle == Settle::Together {
                work.settle_due();
            }
        }
        self.close(at, is_new, cause);
        Observed::Counted
    }

    pub(super) fn fire(&mut self, person: u32) {
        if let Some(at) = self.people.find(person) {
            if let Some(mut work) = self.work(at) {
                work.settle_due();
            }
            self.close(at, false, Cause::Timer);
        }
    }

    /// Evaluates a person again; the bits before are in the scratch room.
    pub(super) fn again(
        &mut self,
        person: u32,
        at: usize,
        is_new: bool,
        cause: Cause,
        history: &dyn History,
    ) {
        let layout = Arc::clone(&self.layout);
        self.waiting.retain(|_, waiting| waiting.person != person);
        let mut past: Vec<(Key, Vec<Fed>)> = Vec::new();
        history.occurrences(PersonIndex(person), &mut |occurrence| {
            let properties = OfOccurrence {
                occurrence,
                names: &layout.properties,
            };
            let mut fed = Vec::new();
            self.sift(self.name(occurrence.name()).0, &properties, &mut fed);
            let key = Key {
                time: occurrence.time().as_micros(),
                position: occurrence.position().0,
            };
            past.push((key, fed));
        });
        past.sort_by_key(|(key, _)| *key);
        let before = std::mem::take(&mut self.scratch.before);
        if let Some(slot) = self.people.slots.get_mut(at) {
            slot.block = Block::new(layout.shape, &layout.blank);
            for number in (0..).take(layout.statics.len()) {
                let is_held = bit(&before, number);
                set_bit(&mut slot.block.words, number, is_held);
            }
            if let Some(side) = &mut slot.side {
                side.lists.clear();
            }
            slot.due = NEVER;
        }
        for (key, fed) in past {
            if key.time >= self.clock.now {
                self.waiting.insert(key, Waiting { person, fed });
            } else if let Some(mut work) = self.work(at) {
                // In order everything is taken in exactly.
                work.feed(key, &fed, Settle::Together);
            }
        }
        if let Some(mut work) = self.work(at) {
            for cell in &layout.cells_of_traits {
                work.settle(*cell);
            }
            work.settle_due();
        }
        self.scratch.before = before;
        self.close_again(at, is_new, cause);
    }

    /// The slot of a person, and whether it is new. Copies the bits to where they can be compared.
    #[inline]
    pub(super) fn open(&mut self, person: u32) -> (usize, bool) {
        let layout = &*self.layout;
        let known = self.people.find(person);
        let is_new = known.is_none();
        let at = known.unwrap_or_else(|| {
            let block = Block::new(layout.shape, &layout.blank);
            self.people.add(person, block)
        });
        self.scratch.before.clear();
        if let Some(slot) = self.people.slots.get(at) {
            let bits = slot
                .block
                .words
                .get(..layout.shape.bits)
                .unwrap_or_default();
            self.scratch.before.extend_from_slice(bits);
        }
        (at, is_new)
    }

    /// Evaluates and tells what changed, and sets the timer.
    #[inline]
    pub(super) fn close(&mut self, at: usize, is_new: bool, cause: Cause) {
        if is_new {
            self.close_again(at, true, cause);
            return;
        }
        if let Some(mut work) = self.work(at) {
            work.conclude(cause, false);
        }
        self.arm(at);
    }

    /// As [`close`](Self::close), by comparing everything with what it was.
    pub(super) fn close_again(&mut self, at: usize, is_new: bool, cause: Cause) {
        self.scratch.changed_all(self.layout.composites_first);
        let before = std::mem::take(&mut self.scratch.before);
        if let Some(mut work) = self.work(at) {
            work.conclude(cause, true);
            work.tell_differences((!is_new).then_some(&*before), cause);
        }
        self.scratch.before = before;
        self.arm(at);
    }

    #[inline]
    pub(super) fn arm(&mut self, at: usize) {
        if let Some(slot) = self.people.slots.get_mut(at) {
            self.wheel.arm(slot.person, slot.due, &mut slot.queued);
        }
    }
}

/// No history, where none is asked for.
struct Nothing;

impl History for Nothing {
    fn occurrences(&self, _: PersonIndex, _: &mut dyn FnMut(&dyn Occurrence)) {}
}

//! Everybody of whom something is kept, by number.
//!
//! Invariant: `slot_of` and the slots point at each other; somebody without a slot takes four bytes.

use onefold_event::Value;

use super::{
    block::Block,
    wheel::{Timer, Timers},
};
use crate::{history::Key, instant::NEVER, kept::Listed, summary::Stored};

/// Nobody's slot.
const NOWHERE: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct People {
    slot_of: Vec<u32>,
    pub(super) slots: Slots,
}

/// Slots in pages, so that they grow by little and never move.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pages: Vec<Vec<Slot>>,
    length: usize,
}

/// How many slots a page has.
const PAGE: usize = 1_024;

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&Slot> {
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Slot> {
        self.pages.get_mut(at / PAGE)?.get_mut(at % PAGE)
    }

    fn push(&mut self, slot: Slot) {
        if self.length.is_multiple_of(PAGE) {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        if let Some(page) = self.pages.last_mut() {
            page.push(slot);
            self.length += 1;
        }
    }

    /// Puts the last one in the place of this one.
    fn swap_remove(&mut self, at: usize) {
        let Some(last) = self.pages.last_mut().and_then(Vec::pop) else {
            return;
        };
        self.length -= 1;
        if self.length.is_multiple_of(PAGE) {
            self.pages.pop();
        }
        if let Some(place) = self.get_mut(at) {
            *place = last;
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.pages.iter().flatten()
    }
}

/// What is kept of one person.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) person: u32,
    /// The next change by time alone is not before it.
    pub(super) due: i64,
    /// Where the wheel looks next.
    pub(super) queued: i64,
    pub(super) block: Block,
    pub(super) side: Option<Box<Side>>,
}

/// What few people have.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Side {
    /// Kept occurrences by feature, sorted.
    pub(super) lists: Vec<Listed>,
    /// Traits in the order of the plan; empty where nobody told.
    pub(super) traits: Vec<Option<Value>>,
}

impl People {
    /// The slot of a person.
    #[inline]
    pub(super) fn find(&self, person: u32) -> Option<usize> {
        let slot = *self.slot_of.get(person as usize)?;
        (slot != NOWHERE).then_some(slot as usize)
    }

    pub(super) fn get(&self, person: u32) -> Option<&Slot> {
        self.slots.get(self.find(person)?)
    }

    /// Gives a person a slot.
    pub(super) fn add(&mut self, person: u32, block: Block) -> usize {
        let at = self.slots.len();
        if self.slot_of.len() <= person as usize {
            self.slot_of.resize(person as usize + 1, NOWHERE);
        }
        if let Some(place) = self.slot_of.get_mut(person as usize) {
            *place = u32::try_from(at).unwrap_or(NOWHERE);
        }
        self.slots.push(Slot {
            person,
            due: NEVER,
            queued: NEVER,
            block,
            side: None,
        });
        at
    }

    /// Takes a person's slot away.
    pub(super) fn remove(&mut self, person: u32) {
        let Some(at) = self.find(person) else { return };
        self.slots.swap_remove(at);
        if let Some(place) = self.slot_of.get_mut(person as usize) {
            *place = NOWHERE;
        }
        let moved = self.slots.get(at).map(|slot| slot.person as usize);
        if let Some(place) = moved.and_then(|moved| self.slot_of.get_mut(moved)) {
            *place = u32::try_from(at).unwrap_or(NOWHERE);
        }
    }

    /// Everybody who has a slot, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        let people = (0..).zip(&self.slot_of);
        people
            .filter(|(_, slot)| **slot != NOWHERE)
            .map(|(person, _)| person)
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let slots = self
            .slots
            .iter()
            .map(|slot| slot.block.bytes() + slot.side.as_ref().map_or(0, |side| side.bytes()));
        self.slot_of.capacity() * 4
            + self.slots.pages.len() * PAGE * size_of::<Slot>()
            + slots.sum::<usize>()
    }
}

impl Timers for People {
    #[inline]
    fn timer(&mut self, person: u32) -> Option<Timer<'_>> {
        let slot = self.slots.get_mut(self.find(person)?)?;
        Some(Timer {
            due: slot.due,
            queued: &mut slot.queued,
        })
    }

    fn touch(&self, person: u32) -> u32 {
        // A cache line is sixteen words.
        let words = self.get(person).map_or(&[][..], |slot| &slot.block.words);
        words.iter().step_by(16).fold(0, |all, word| all ^ word)
    }
}

impl Side {
    /// Puts an occurrence in its place, and drops what is older than `oldest`.
    pub(super) fn keep(&mut self, feature: u32, key: Key, value: Option<&Stored>, oldest: i64) {
        let found = self
            .lists
            .binary_search_by_key(&feature, |list| list.feature);
        let at = found.unwrap_or_else(|at| {
            self.lists.insert(
                at,
                Listed {
                    feature,
                    ..Listed::default()
                },
            );
            at
        });
        let Some(list) = self.lists.get_mut(at) else {
            return;
        };
        let stale = list.keys.partition_point(|known| known.time < oldest);
        // Not one by one: what stands behind has to move.
        if stale > 0 && (stale >= 32 || stale * 2 >= list.keys.len()) {
            list.keys.drain(..stale);
            list.values.drain(..stale.min(list.values.len()));
        }
        let within = match list.keys.last() {
            Some(last) if *last > key => list.keys.partition_point(|known| *known <= key),
            _ => list.keys.len(),
        };
        list.keys.insert(within, key);
        if let Some(value) = value {
            list.values
                .insert(within.min(list.values.len()), value.clone());
        }
    }

    fn bytes(&self) -> usize {
        let lists = self.lists.iter().map(|list| {
            let texts = list.values.iter().map(|value| match value {
                Ok(Value::Text(text) | Value::Json(text)) => text.len(),
                _ => 0,
            });
            size_of::<Listed>()
                + list.keys.capacity() * size_of::<Key>()
                + list.values.capacity() * size_of::<Stored>()
                + texts.sum::<usize>()
        });
        size_of::<Self>()
            + lists.sum::<usize>()
            + self.traits.capacity() * size_of::<Option<Value>>()
    }
}

//! What is known of every person: the membership bits and the timer.
//!
//! Invariant: each number of a level is the least of its 64 numbers on the level below, so the
//! earliest timer is found by going down. All columns are plain numbers, so that sharing them with a
//! snapshot costs little.

use onefold_event::PersonIndex;

use crate::{
    column::{BLOCK, Column},
    instant::NEVER,
};

#[derive(Debug, Clone)]
pub(crate) struct People {
    /// Words of membership bits a person.
    words: usize,
    bits: Column<u64>,
    /// The instant of each person's timer, [`NEVER`] for none.
    armed: Column<i64>,
    /// The least of each 64 of `armed`, the least of each 64 of these, and so on up to a single one.
    levels: Vec<Column<i64>>,
}

impl People {
    pub(crate) fn new(segments: usize) -> Self {
        Self::from_columns(segments.div_ceil(64), &[], &[])
    }

    /// The columns as they were stored.
    pub(crate) fn from_columns(words: usize, bits: &[u64], timers: &[i64]) -> Self {
        let armed = Column::from_numbers(timers, NEVER);
        let mut people = Self {
            words,
            bits: Column::from_numbers(bits, 0),
            armed,
            levels: Vec::new(),
        };
        people.grow();
        people
    }

    /// Words of membership bits a person.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// The membership bits of all persons, one person behind the other.
    pub(crate) fn bits(&self) -> &Column<u64> {
        &self.bits
    }

    /// The timers of all persons.
    pub(crate) fn timers(&self) -> &Column<i64> {
        &self.armed
    }

    pub(crate) fn word(&self, person: PersonIndex, word: usize) -> u64 {
        self.bits.get(person.index() * self.words + word)
    }

    pub(crate) fn set_word(&mut self, person: PersonIndex, word: usize, bits: u64) {
        self.bits.set(person.index() * self.words + word, bits);
    }

    pub(crate) fn timer(&self, person: PersonIndex) -> i64 {
        self.armed.get(person.index())
    }

    /// Sets a timer, or removes it with [`NEVER`]. Cost: O(log people), mostly one look upwards.
    pub(crate) fn set_timer(&mut self, person: PersonIndex, time: i64) {
        let before = self.timer(person);
        if before == time {
            return;
        }
        self.armed.set(person.index(), time);
        self.grow();
        let (mut before, mut now, mut at) = (before, time, person.index());
        for number in 0..self.levels.len() {
            let block = at / BLOCK;
            let known = self
                .levels
                .get(number)
                .map_or(NEVER, |level| level.get(block));
            let least = if now <= known {
                now
            } else if before == known {
                first_least(self.below(number).block(block)).1
            } else {
                known
            };
            if least == known {
                return;
            }
            if let Some(level) = self.levels.get_mut(number) {
                level.set(block, least);
            }
            (before, now, at) = (known, least, block);
        }
    }

    /// The instant of the earliest timer. Cost: O(1).
    pub(crate) fn least_timer(&self) -> i64 {
        let top = self.levels.last().unwrap_or(&self.armed);
        top.get(0)
    }

    /// The earliest timer; of several at one instant that of the first person.
    pub(crate) fn earliest(&self) -> Option<(i64, PersonIndex)> {
        let time = self.least_timer();
        if time == NEVER {
            return None;
        }
        // Without levels there is one person at most.
        let mut at = 0;
        for number in (0..self.levels.len()).rev() {
            let (within, _) = first_least(self.below(number).block(at));
            at = at * BLOCK + within;
        }
        Some((time, PersonIndex(u32::try_from(at).ok()?)))
    }

    /// Makes the levels as long and as many as the timers need.
    fn grow(&mut self) {
        for number in 0.. {
            let below = self.below(number);
            let blocks = below.len().div_ceil(BLOCK);
            if below.len() <= 1 {
                return;
            }
            let known = self.levels.get(number).map_or(0, Column::len);
            if known == blocks {
                continue;
            }
            if let Some(level) = self.levels.get_mut(number) {
                // Still without a timer here; who sets one goes through all levels.
                level.set(blocks - 1, NEVER);
                continue;
            }
            let below = self.below(number);
            let least = |block: usize| first_least(below.block(block)).1;
            let level: Vec<i64> = (0..blocks).map(least).collect();
            self.levels.push(Column::from_numbers(&level, NEVER));
        }
    }

    /// What the level with this number is made from.
    fn below(&self, number: usize) -> &Column<i64> {
        let level = number
            .checked_sub(1)
            .and_then(|below| self.levels.get(below));
        level.unwrap_or(&self.armed)
    }
}

/// The least number and the first place where it is.
fn first_least(numbers: &[i64]) -> (usize, i64) {
    let least = numbers.iter().copied().min().unwrap_or(NEVER);
    let at = numbers.iter().position(|number| *number == least);
    (at.unwrap_or(0), least)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_sorted_set_finds(steps in prop::collection::vec((0..9_000_u32, prop::option::weighted(0.6, 0..50_i64)), 1..300)) {
            let mut people = People::new(1);
            let mut model = BTreeMap::new();
            for (person, time) in steps {
                people.set_timer(PersonIndex(person), time.unwrap_or(NEVER));
                match time {
                    Some(time) => model.insert(person, time),
                    None => model.remove(&person),
                };
                let earliest = model.iter().map(|(person, time)| (*time, PersonIndex(*person))).min();
                prop_assert_eq!(people.earliest(), earliest);
            }
            let timers: Vec<i64> = people.armed.iter().copied().collect();
            let again = People::from_columns(1, &[], &timers);
            prop_assert_eq!(again.levels.len(), people.levels.len());
            for (again, level) in again.levels.iter().zip(&people.levels) {
                prop_assert!(again.iter().eq(level.iter()));
            }
        }
    }
}

//! Where a person was first seen, and the stable id that follows from it.
//!
//! Invariant: under one seed, births and ids are in bijection. So two persons of one store never have
//! one id, a rebuild from the same log gives the same ids, and an id is found without an index of ids.

use onefold_event::{PersonId, Position};

use crate::hash::Key;

/// The place in the log where a person appeared, and which of the persons of that place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Birth {
    pub(crate) position: Position,
    pub(crate) ordinal: u64,
}

impl Birth {
    /// The birth after `last`, at `position` or, should the log go backwards, where `last` was.
    pub(crate) fn after(last: Option<Self>, position: Position) -> Self {
        match last {
            Some(last) if last.position >= position => Self {
                ordinal: last.ordinal.saturating_add(1),
                ..last
            },
            _ => Self {
                position,
                ordinal: 0,
            },
        }
    }

    /// Four Feistel rounds with a keyed hash: a permutation of all 128-bit values.
    pub(crate) fn id(self, key: Key) -> PersonId {
        let mut halves = (self.position.0, self.ordinal);
        for round in 0..ROUNDS {
            halves = (halves.1, halves.0 ^ mix(key, round, halves.1));
        }
        PersonId::from_u128((u128::from(halves.0) << 64) | u128::from(halves.1))
    }

    /// The birth that [`id`](Self::id) makes this id of.
    pub(crate) fn of(id: PersonId, key: Key) -> Self {
        let value = id.as_u128();
        let mut halves = ((value >> 64) as u64, value as u64);
        for round in (0..ROUNDS).rev() {
            halves = (halves.1 ^ mix(key, round, halves.0), halves.0);
        }
        Self {
            position: Position(halves.0),
            ordinal: halves.1,
        }
    }
}

const ROUNDS: u8 = 4;

fn mix(key: Key, round: u8, half: u64) -> u64 {
    let [a, b, c, d, e, f, g, h] = half.to_le_bytes();
    key.hash(&[a, b, c, d, e, f, g, h, round])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_birth(seed: u128, position: u64, ordinal: u64) {
            let key = Key::new(seed);
            let birth = Birth { position: Position(position), ordinal };
            prop_assert_eq!(Birth::of(birth.id(key), key), birth);
        }
    }

    #[test]
    fn births_ascend_even_if_the_log_does_not() {
        let first = Birth::after(None, Position(7));
        let second = Birth::after(Some(first), Position(7));
        let third = Birth::after(Some(second), Position(3));
        let fourth = Birth::after(Some(third), Position(8));
        assert!(first < second && second < third && third < fourth);
        assert_eq!((fourth.position, fourth.ordinal), (Position(8), 0));
    }

    /// Ids are kept outside by hosts: this value must never change.
    #[test]
    fn ids_are_stable() {
        let birth = Birth {
            position: Position(1),
            ordinal: 0,
        };
        expect_test::expect!["7a982b30-fcdf-8f3c-82fa-7cbb57f197de"]
            .assert_eq(&birth.id(Key::new(42)).to_string());
    }
}

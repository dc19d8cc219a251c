//! Sightings that came before: most events of a person carry the identifiers of the one before.
//!
//! Invariant: what is remembered of a sighting is what observing it again does. It stays true, because an
//! identifier keeps its anchor, and two anchors their pair, until something is taken back. A clone remembers nothing: it is a
//! snapshot to be read, and costs nothing.
//!
//! Observing reads about a dozen places in memory, each named by the one before; a sighting that is
//! remembered reads one.

use std::hash::Hasher;

use onefold_event::{AnchorId, Identifier};
use siphasher::sip128::{Hasher128, SipHasher13};
use smallvec::SmallVec;

use crate::{hash::Key, index::NONE, tally::PairNumber};

/// Sightings with more identifiers are rare, and are observed anew each time.
const IDENTIFIERS_MAX: usize = 4;
const BUCKETS_MIN: usize = 64;
/// With two sightings of 32 bytes each: 128 MiB at most.
const BUCKETS_MAX: usize = 1 << 21;

/// The sightings that came last, as many as there is room for.
#[derive(Debug, Default)]
pub(crate) struct Recurring {
    /// In each the newest first.
    buckets: Vec<[Entry; 2]>,
    used: usize,
}

/// A keyed hash of 128 bits of all identifiers of a sighting: nobody outside can make two alike, and
/// that two are alike by chance need not be reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64, u64);

/// What observing the sighting does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    fingerprint: Fingerprint,
    /// The strongest identifier's; [`NONE`] where nothing is remembered.
    anchor: u32,
    /// Its pairs with the others, then [`NONE`].
    pairs: [PairNumber; IDENTIFIERS_MAX - 1],
}

impl Fingerprint {
    /// `None` for a sighting that is not worth remembering.
    pub(crate) fn of(key: Key, identifiers: &[Identifier]) -> Option<Self> {
        if identifiers.is_empty() || identifiers.len() > IDENTIFIERS_MAX {
            return None;
        }
        let (low, high) = key.halves();
        let mut hasher = SipHasher13::new_with_keys(low, high);
        for identifier in identifiers {
            // Lengths first, so that neighbours cannot be cut in another place.
            let (kind, value) = (identifier.kind().as_str(), identifier.value());
            hasher.write_u64(((kind.len() as u64) << 32) | value.len() as u64);
            hasher.write(kind.as_bytes());
            hasher.write(value.as_bytes());
        }
        let hash = hasher.finish128();
        Some(Self(hash.h1, hash.h2))
    }
}

impl Entry {
    const EMPTY: Self = Self {
        fingerprint: Fingerprint(0, 0),
        anchor: NONE,
        pairs: [NONE; IDENTIFIERS_MAX - 1],
    };

    pub(crate) fn anchor(&self) -> AnchorId {
        AnchorId(self.anchor)
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = PairNumber> {
        self.pairs.into_iter().take_while(|pair| *pair != NONE)
    }

    fn is_empty(&self) -> bool {
        self.anchor == NONE
    }
}

impl Recurring {
    pub(crate) fn get(&self, fingerprint: Fingerprint) -> Option<Entry> {
        let bucket = self.buckets.get(self.bucket(fingerprint))?;
        let found = bucket.iter().find(|it| it.fingerprint == fingerprint);
        found.filter(|found| !found.is_empty()).copied()
    }

    /// Remembers a sighting, if need be in the place of the older one of its bucket.
    pub(crate) fn put(
        &mut self,
        fingerprint: Fingerprint,
        anchor: AnchorId,
        pairs: &SmallVec<[PairNumber; IDENTIFIERS_MAX - 1]>,
    ) {
        let mut entry = Entry {
            fingerprint,
            anchor: anchor.0,
            ..Entry::EMPTY
        };
        if pairs.len() > entry.pairs.len() {
            return;
        }
        for (place, pair) in entry.pairs.iter_mut().zip(pairs) {
            *place = *pair;
        }
        if self.used >= self.buckets.len() && self.buckets.len() < BUCKETS_MAX {
            self.grow();
        }
        self.place(entry);
    }

    /// Forgets everything: what was taken back is not what it was.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.buckets.len() * size_of::<[Entry; 2]>()
    }

    fn grow(&mut self) {
        let count = (2 * self.buckets.len()).max(BUCKETS_MIN);
        let old = std::mem::replace(&mut self.buckets, vec![[Entry::EMPTY; 2]; count]);
        self.used = 0;
        let remembered = old.into_iter().flat_map(|[newer, older]| [older, newer]);
        remembered
            .filter(|entry| !entry.is_empty())
            .for_each(|entry| self.place(entry));
    }

    fn place(&mut self, entry: Entry) {
        let at = self.bucket(entry.fingerprint);
        if let Some([newer, older]) = self.buckets.get_mut(at) {
            self.used += usize::from(older.is_empty());
            *older = std::mem::replace(newer, entry);
        }
    }

    /// The number of buckets is a power of two.
    fn bucket(&self, Fingerprint(low, _): Fingerprint) -> usize {
        low as usize & self.buckets.len().wrapping_sub(1)
    }
}

impl Clone for Recurring {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use onefold_event::IdentifierKind;

    use super::*;

    fn fingerprint(number: u64) -> Fingerprint {
        Fingerprint(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number)
    }

    #[test]
    fn what_is_remembered_is_what_was_put() {
        let mut recurring = Recurring::default();
        assert!(recurring.get(fingerprint(1)).is_none());
        for number in 0..100_000u32 {
            let pairs = (0..number % 4).map(|n| number + n).collect();
            recurring.put(fingerprint(number.into()), AnchorId(number), &pairs);
        }
        let mut remembered = 0;
        for number in 0..100_000u32 {
            if let Some(entry) = recurring.get(fingerprint(number.into())) {
                remembered += 1;
                assert_eq!(entry.anchor(), AnchorId(number));
                assert!(entry.pairs().eq((0..number % 4).map(|n| number + n)));
            }
        }
        assert!(remembered > 70_000, "{remembered}");
        assert!(recurring.memory_bytes() <= 100_000 * 4 * 32);
        assert_eq!(recurring.clone().memory_bytes(), 0);
    }

    #[test]
    fn identifiers_are_told_apart_and_so_is_their_order() {
        let id = |kind: IdentifierKind, value| Identifier::generic(kind, value).unwrap();
        let (user, visitor) = (IdentifierKind::user_id(), IdentifierKind::anonymous_id());
        let lists = [
            vec![id(user.clone(), "ab")],
            vec![id(visitor.clone(), "ab")],
            vec![id(user.clone(), "a"), id(user.clone(), "b")],
            vec![id(user.clone(), "b"), id(user.clone(), "a")],
            vec![id(user.clone(), "a"), id(visitor, "b")],
        ];
        let mut seen = Vec::new();
        for list in &lists {
            let fingerprint = Fingerprint::of(Key::ZERO, list);
            assert!(!seen.contains(&fingerprint), "{list:?}");
            seen.push(fingerprint);
        }
        let many = vec![id(user, "a"); IDENTIFIERS_MAX + 1];
        assert_eq!(Fingerprint::of(Key::ZERO, &many), None);
        assert_eq!(Fingerprint::of(Key::ZERO, &[]), None);
    }
}

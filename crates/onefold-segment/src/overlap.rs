//! How much sets of people have in common, exactly.
//!
//! Invariant: the parts of an overlap are disjoint, and together they are everybody who is in one of the sets.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use serde::Serialize;

/// The most sets that are compared at once.
pub const SETS_MAX: usize = 64;

/// Sets of people beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The sets, in the order given: name and size.
    pub sets: Vec<(Box<str>, u64)>,
    /// Everybody in at least one of them: the reach of all together.
    pub reach: u64,
    /// Those who are in exactly these sets, the largest part first; equal ones by their sets.
    pub parts: Vec<Part>,
}

/// People who are in some of the sets and in no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Places of the sets, ascending; at least one.
    pub sets: Vec<usize>,
    /// How many people.
    pub people: u64,
}

impl Overlap {
    /// Compares named sets; those behind the first 64 are left out.
    ///
    /// Cost: linear in the sum of the sizes, in time; in memory, the number of different parts.
    ///
    /// ```
    /// use onefold_segment::overlap::Overlap;
    /// let (buyers, readers) = ([1, 2, 3, 4].into(), [3, 4, 5].into());
    /// let overlap = Overlap::of([("buyers", &buyers), ("readers", &readers)]);
    /// assert_eq!(overlap.reach, 5);
    /// assert_eq!((&overlap.parts[0].sets[..], overlap.parts[0].people), (&[0][..], 2));
    /// assert_eq!((&overlap.parts[1].sets[..], overlap.parts[1].people), (&[0, 1][..], 2));
    /// ```
    pub fn of<'a>(sets: impl IntoIterator<Item = (&'a str, &'a RoaringBitmap)>) -> Self {
        let sets: Vec<(&str, &RoaringBitmap)> = sets.into_iter().take(SETS_MAX).collect();
        let mut parts: BTreeMap<u64, u64> = BTreeMap::new();
        let mut rows: Vec<_> = sets
            .iter()
            .map(|(_, people)| people.iter().peekable())
            .collect();
        // The least person that some set has next, until all are through.
        while let Some(person) = rows.iter_mut().filter_map(|row| row.peek().copied()).min() {
            let mut which = 0_u64;
            for (place, row) in rows.iter_mut().enumerate() {
                which |= u64::from(row.next_if_eq(&person).is_some()) << place;
            }
            *parts.entry(which).or_default() += 1;
        }
        let mut parts: Vec<Part> = parts
            .into_iter()
            .map(|(which, people)| Part {
                sets: (0..sets.len())
                    .filter(|place| which >> place & 1 == 1)
                    .collect(),
                people,
            })
            .collect();
        parts.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.sets.cmp(&b.sets)));
        Self {
            reach: parts.iter().map(|part| part.people).sum(),
            sets: sets
                .iter()
                .map(|(name, people)| ((*name).into(), people.len()))
                .collect(),
            parts,
        }
    }

    /// How many people are in both of two sets, by their places.
    pub fn both(&self, a: usize, b: usize) -> u64 {
        let in_both = |part: &&Part| part.sets.contains(&a) && part.sets.contains(&b);
        self.parts
            .iter()
            .filter(in_both)
            .map(|part| part.people)
            .sum()
    }

    /// What two sets have in common, as a share of what they are together (Jaccard): 0 for nothing, 1 for the same
    /// people; `None` for two empty sets.
    pub fn similarity(&self, a: usize, b: usize) -> Option<f64> {
        let in_one = |part: &&Part| part.sets.contains(&a) || part.sets.contains(&b);
        let together: u64 = self
            .parts
            .iter()
            .filter(in_one)
            .map(|part| part.people)
            .sum();
        (together > 0).then(|| self.both(a, b) as f64 / together as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_what_each_person_says(sets in prop::collection::vec(prop::collection::btree_set(0..40_u32, 0..20), 0..5)) {
            let maps: Vec<RoaringBitmap> = sets.iter().map(|set| set.iter().collect()).collect();
            let overlap = Overlap::of(maps.iter().map(|map| ("set", map)));
            let mut expected: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
            for person in 0..40 {
                let within: Vec<usize> = (0..sets.len()).filter(|at| sets[*at].contains(&person)).collect();
                if !within.is_empty() {
                    *expected.entry(within).or_default() += 1;
                }
            }
            prop_assert_eq!(overlap.reach, expected.values().sum::<u64>());
            let found: BTreeMap<Vec<usize>, u64> =
                overlap.parts.iter().map(|part| (part.sets.clone(), part.people)).collect();
            prop_assert_eq!(found, expected);
            if sets.len() > 1 {
                prop_assert_eq!(overlap.both(0, 1), sets[0].intersection(&sets[1]).count() as u64);
            }
        }
    }

    #[test]
    fn nothing_has_no_similarity() {
        let (none, some) = (RoaringBitmap::new(), RoaringBitmap::from([7, 8]));
        assert_eq!(
            Overlap::of([("a", &none), ("b", &none)]).similarity(0, 1),
            None
        );
        assert_eq!(
            Overlap::of([("a", &none), ("b", &some)]).similarity(0, 1),
            Some(0.0)
        );
        assert_eq!(
            Overlap::of([("a", &some), ("b", &some)]).similarity(0, 1),
            Some(1.0)
        );
    }
}

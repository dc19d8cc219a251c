//! Values that look as if they said nothing about anybody: proposals to block.
//!
//! Invariant: a proposal changes nothing; [`IdentityDecision::Block`](crate::IdentityDecision::Block) does, and
//! is a fact of the log.

use onefold_event::{AnchorId, Identifier};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::{
    identities::Identities,
    pairs::{PairNumber, Standing},
};

/// From where on a value is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspicion {
    /// Identifiers that the value was seen with, at least. Default: 50.
    pub degree_min: u32,
    /// Entropy of its sightings over them, at least, in bits. Default: 4, which is that of sixteen seen equally
    /// often: a person's own value is seen with few of them most of the time, whatever else it was seen with.
    pub entropy_bits_min: f64,
}

impl Default for Suspicion {
    fn default() -> Self {
        Self {
            degree_min: 50,
            entropy_bits_min: 4.0,
        }
    }
}

/// A value that many share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The value.
    pub identifier: Identifier,
    /// The identifiers it was seen with.
    pub degree: u32,
    /// The people they are now.
    pub people: u32,
    /// Shannon's entropy of the sightings over them, in bits: log2 of so many seen equally often (Shannon 1948).
    pub entropy_bits: f64,
}

impl Identities {
    /// The values that are to be suspected, those seen with most identifiers first, then in order of text.
    ///
    /// Cost: O(identifiers), and O(pairs) of those that reach the degree.
    ///
    /// ```
    /// use onefold_identity::{Identities, Rules, Suspicion};
    /// let identities = Identities::new(Rules::standard(), 42);
    /// assert_eq!(identities.suspects(&Suspicion::default()), []);
    /// ```
    pub fn suspects(&self, from: &Suspicion) -> Vec<Suspect> {
        let settled = self.settled();
        let anchors = (0..settled.anchors_count() as u32).map(AnchorId);
        let suspects = anchors.filter_map(|anchor| settled.suspect(anchor, from));
        let mut suspects: Vec<Suspect> = suspects.collect();
        suspects.sort_by(|left, right| {
            let by_degree = right.degree.cmp(&left.degree);
            by_degree.then_with(|| left.identifier.cmp(&right.identifier))
        });
        suspects
    }

    fn suspect(&self, anchor: AnchorId, from: &Suspicion) -> Option<Suspect> {
        let pairs = || self.seen_with(anchor);
        let degree = pairs().take(from.degree_min as usize).count() as u32;
        if degree < from.degree_min.max(1) {
            return None;
        }
        let counts: Vec<u64> = pairs()
            .filter_map(|(number, _)| self.pairs.seen(number))
            .map(|seen| seen.count)
            .collect();
        let entropy_bits = entropy_bits(&counts);
        if entropy_bits < from.entropy_bits_min {
            return None;
        }
        let people = pairs().filter_map(|(_, other)| self.person_of(other));
        Some(Suspect {
            identifier: self.identifier(anchor)?.clone(),
            degree: counts.len() as u32,
            people: people.collect::<FxHashSet<_>>().len() as u32,
            entropy_bits,
        })
    }

    fn seen_with(&self, anchor: AnchorId) -> impl Iterator<Item = (PairNumber, AnchorId)> + '_ {
        let standings = [Standing::Linked, Standing::Held].into_iter();
        let pairs = standings.flat_map(move |standing| self.pairs.of(anchor, standing));
        pairs.map(|(number, _, other)| (number, other))
    }
}

/// Sorted before they are added, so that the order of the pairs changes no bit of the sum.
fn entropy_bits(counts: &[u64]) -> f64 {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    let total: u64 = counts.iter().sum();
    let shares = counts.iter().map(|count| *count as f64 / total as f64);
    let shares = shares.filter(|share| *share > 0.0);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_equal_shares() {
        assert_eq!(entropy_bits(&[3; 16]), 4.0);
        assert_eq!(entropy_bits(&[7]), 0.0);
        assert!(entropy_bits(&[1000, 1, 1, 1]) < 0.1);
    }
}

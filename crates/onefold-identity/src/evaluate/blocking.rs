//! How many true pairs the candidates have among them.
//!
//! Invariant: a pair counts once however often it is a candidate.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::share;
use crate::cluster::{Partition, pairs_of};

/// True pairs among candidates: what blocking lets through, no model can find more.
///
/// ```
/// use onefold_identity::{cluster::Partition, evaluate::BlockingRecall};
/// let truth = Partition::from_labels(["a", "a", "a", "b"].map(Some));
/// let blocking = BlockingRecall::of([(0, 1), (1, 0), (2, 3)], &truth);
/// assert_eq!((blocking.covered_pairs, blocking.true_pairs), (1, 3));
/// assert_eq!(blocking.to_string(), "1 of 3 true pairs are candidates (recall 0.3333); 3 candidates of 6 pairs (50.000 %)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingRecall {
    /// Pairs of rows that are truly together.
    pub true_pairs: u64,
    /// Those of them that are candidates.
    pub covered_pairs: u64,
    /// Candidates as they came, repeated ones too, pairs of a row with itself not.
    pub candidates: u64,
    /// All pairs of rows.
    pub all_pairs: u64,
    /// Candidates that name a row that is not there.
    pub outside: u64,
}

impl BlockingRecall {
    /// Counts the true pairs among candidates, in either order of rows.
    ///
    /// Cost: O(candidates), and sorting of the true ones among them.
    pub fn of(candidates: impl IntoIterator<Item = (u32, u32)>, truth: &Partition) -> Self {
        let mut counts = Self {
            true_pairs: truth.pairs(),
            covered_pairs: 0,
            candidates: 0,
            all_pairs: pairs_of(truth.rows()),
            outside: 0,
        };
        let mut covered = Vec::new();
        for (left, right) in candidates {
            if left.max(right) >= truth.rows() {
                counts.outside += 1;
            } else if left != right {
                counts.candidates += 1;
                if truth.together(left, right) {
                    covered.push((left.min(right), left.max(right)));
                }
            }
        }
        covered.sort_unstable();
        covered.dedup();
        counts.covered_pairs = covered.len() as u64;
        counts
    }

    /// The share of true pairs that are candidates; 1 if there is none.
    pub fn recall(&self) -> f64 {
        share(self.covered_pairs, self.true_pairs)
    }
}

impl fmt::Display for BlockingRecall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} true pairs are candidates (recall {:.4}); {} candidates of {} pairs ({:.3} %)",
            self.covered_pairs,
            self.true_pairs,
            self.recall(),
            self.candidates,
            self.all_pairs,
            100.0 * share(self.candidates, self.all_pairs)
        )
    }
}

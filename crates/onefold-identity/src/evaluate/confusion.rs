//! Right and wrong pairs, counted.
//!
//! Invariant: F1 is computed from counts, never from rounded shares.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::share;

/// Pairs that were found against pairs that are true.
///
/// ```
/// use onefold_identity::evaluate::Confusion;
/// let confusion = Confusion { true_positives: 8, false_positives: 2, false_negatives: 0 };
/// assert_eq!(confusion.to_string(), "precision 0.8000, recall 1.0000, F1 0.8889 (8 right, 2 wrong, 0 missed)");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Pairs found that are true.
    pub true_positives: u64,
    /// Pairs found that are not.
    pub false_positives: u64,
    /// True pairs that were not found.
    pub false_negatives: u64,
}

impl Confusion {
    /// From how many pairs are right, found in all, and true in all.
    pub(crate) fn of(right: u64, found: u64, truth: u64) -> Self {
        Self {
            true_positives: right,
            false_positives: found - right,
            false_negatives: truth - right,
        }
    }

    /// The share of found pairs that are true; 1 if none was found.
    pub fn precision(&self) -> f64 {
        share(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// The share of true pairs that were found; 1 if there is none.
    pub fn recall(&self) -> f64 {
        share(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); 1 if there is no pair at all.
    pub fn f1(&self) -> f64 {
        let twice = 2 * self.true_positives;
        share(twice, twice + self.false_positives + self.false_negatives)
    }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "precision {:.4}, recall {:.4}, F1 {:.4} ({} right, {} wrong, {} missed)",
            self.precision(),
            self.recall(),
            self.f1(),
            self.true_positives,
            self.false_positives,
            self.false_negatives
        )
    }
}

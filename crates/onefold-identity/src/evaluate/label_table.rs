//! Labels of pairs, as people give them: these two rows are one, those two are not.
//!
//! Invariant: each pair has one label; a table that says both of a pair is refused.

use onefold_event::{Diagnostic, Error, Result};
use serde::{Deserialize, Serialize};

use super::{Confusion, SweepPoint};
use crate::cluster::{Dendrogram, Pairs, Partition};

/// How many contradictions are told one by one; the rest are counted.
const CONTRADICTIONS_TOLD_MAX: usize = 100;

/// One judged pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairLabel {
    /// One row, counted from 0.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// Whether both are one entity.
    pub is_match: bool,
}

/// Judged pairs, sorted, each once.
///
/// Such a table is a sample: its precision and recall are those of the pairs in it.
///
/// ```
/// use onefold_identity::{cluster::Partition, evaluate::{LabelTable, PairLabel}};
/// let label = |left, right, is_match| PairLabel { left, right, is_match };
/// let table = LabelTable::new(3, vec![label(0, 1, true), label(2, 1, false), label(1, 0, true)])?;
/// let found = Partition::from_labels([Some("x"), Some("x"), Some("x")]);
/// assert_eq!(table.confusion(&found).to_string(), "precision 0.5000, recall 1.0000, F1 0.6667 (1 right, 1 wrong, 0 missed)");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelTable {
    labels: Vec<PairLabel>,
}

/// A judged pair with the bits it got.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The bits by which it was scored.
    pub bits: f64,
    /// Whether both rows are one entity.
    pub is_match: bool,
}

impl LabelTable {
    /// Checks and sorts the labels; a label that is given twice counts once.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake: rows that are not there, pairs of a row with itself, pairs with
    /// both labels.
    pub fn new(rows: u32, mut labels: Vec<PairLabel>) -> Result<Self> {
        let mut mistakes = Vec::new();
        for (number, label) in labels.iter_mut().enumerate() {
            let PairLabel { left, right, .. } = *label;
            (label.left, label.right) = (left.min(right), left.max(right));
            if label.right >= rows {
                let message = format!("rows `{left}` and `{right}`: there are {rows} rows");
                mistakes.push(Diagnostic::new(message).at(format!("/{number}")));
            } else if left == right {
                let message = format!("row `{left}` is paired with itself");
                mistakes.push(Diagnostic::new(message).at(format!("/{number}")));
            }
        }
        labels.sort_unstable_by_key(|label| (label.left, label.right, label.is_match));
        labels.dedup();
        for same in labels.chunk_by(|a, b| (a.left, a.right) == (b.left, b.right)) {
            if let [PairLabel { left, right, .. }, _, ..] = same {
                let message = format!("rows `{left}` and `{right}` are labelled as one and as two");
                mistakes.push(Diagnostic::new(message).help("keep one of the two labels"));
            }
        }
        let untold = mistakes.len().saturating_sub(CONTRADICTIONS_TOLD_MAX);
        if untold > 0 {
            mistakes.truncate(CONTRADICTIONS_TOLD_MAX);
            mistakes.push(Diagnostic::new(format!("and {untold} more")));
        }
        match mistakes.is_empty() {
            true => Ok(Self { labels }),
            false => Err(Error::invalid(
                "the labels of pairs cannot be used",
                mistakes,
            )),
        }
    }

    /// The labels, by rows, lower row first.
    pub fn labels(&self) -> &[PairLabel] {
        &self.labels
    }

    /// The judged pairs that clusters get right and wrong. Cost: O(labels).
    pub fn confusion(&self, found: &Partition) -> Confusion {
        let mut counts = Confusion::default();
        for label in &self.labels {
            match (found.together(label.left, label.right), label.is_match) {
                (true, true) => counts.true_positives += 1,
                (true, false) => counts.false_positives += 1,
                (false, true) => counts.false_negatives += 1,
                (false, false) => {}
            }
        }
        counts
    }

    /// The bits of each judged pair by itself; `unscored` for one that was no candidate.
    ///
    /// For calibration give only pairs that were scored: `unscored` as `None` leaves the others out.
    /// Cost: O(pairs · log labels).
    pub fn outcomes(&self, pairs: &Pairs, unscored: Option<f64>) -> Vec<Outcome> {
        let mut bits = vec![None; self.labels.len()];
        for pair in pairs.as_slice() {
            let found = self
                .labels
                .binary_search_by_key(&pair.rows(), |it| (it.left, it.right));
            if let Some(bits) = found.ok().and_then(|place| bits.get_mut(place)) {
                // Strongest first: of a pair that is listed twice the first counts.
                bits.get_or_insert(pair.bits);
            }
        }
        let scored = self.labels.iter().zip(bits);
        let outcome = |(label, bits): (&PairLabel, Option<f64>)| {
            let bits = bits.or(unscored)?;
            Some(Outcome {
                bits,
                is_match: label.is_match,
            })
        };
        scored.filter_map(outcome).collect()
    }

    /// The highest threshold at which clusters bring each judged pair together: what a sweep over
    /// clusters is made of. Negative infinity for a pair that no threshold joins.
    pub fn joined_at(&self, dendrogram: &Dendrogram) -> Vec<Outcome> {
        let outcome = |label: &PairLabel| {
            let bits = dendrogram.bits_between(label.left, label.right);
            Outcome {
                bits: bits.unwrap_or(f64::NEG_INFINITY),
                is_match: label.is_match,
            }
        };
        self.labels.iter().map(outcome).collect()
    }
}

/// Precision and recall of judged pairs at every threshold, strictest first.
///
/// A pair counts as found if it has at least so many bits; pairs of equal bits are one step; pairs of
/// negative infinity or no number are never found. `clusters` of the points is 0: there are none.
/// Cost: O(n log n).
pub fn sweep_outcomes(outcomes: &[Outcome]) -> Vec<SweepPoint> {
    let truth = outcomes.iter().filter(|outcome| outcome.is_match).count() as u64;
    let mut sorted: Vec<Outcome> = outcomes.to_vec();
    sorted.retain(|outcome| outcome.bits > f64::NEG_INFINITY);
    sorted.sort_unstable_by(|a, b| b.bits.total_cmp(&a.bits));
    let (mut right, mut found) = (0, 0);
    let mut points = vec![SweepPoint {
        bits: f64::MAX,
        clusters: 0,
        pairs: Confusion::of(0, 0, truth),
    }];
    for tied in sorted.chunk_by(|a, b| a.bits == b.bits) {
        found += tied.len() as u64;
        right += tied.iter().filter(|outcome| outcome.is_match).count() as u64;
        let bits = tied.first().map_or(f64::NAN, |outcome| outcome.bits);
        points.push(SweepPoint {
            bits,
            clusters: 0,
            pairs: Confusion::of(right, found, truth),
        });
    }
    points
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::{ScoredPair, samples};

    fn label((left, right, is_match): (u32, u32, bool)) -> PairLabel {
        PairLabel {
            left,
            right,
            is_match,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_counting_at_each_threshold(
            ((rows, list), labels) in samples::pairs(9, 20).prop_flat_map(|(rows, list)| {
                let label = (0..rows, 0..rows, any::<bool>());
                (Just((rows, list)), prop::collection::vec(label, 0..20))
            }),
        ) {
            let mut labels: Vec<_> = labels.into_iter().filter(|it| it.0 < it.1).map(label).collect();
            labels.sort_unstable_by_key(|it| (it.left, it.right));
            labels.dedup_by_key(|it| (it.left, it.right));
            let table = LabelTable::new(rows, labels).unwrap();
            let pairs = Pairs::new(rows, list).unwrap();
            let joined = table.joined_at(&Dendrogram::of(&pairs));
            for point in sweep_outcomes(&joined) {
                prop_assert_eq!(point.pairs, table.confusion(&pairs.components(point.bits)));
            }
            for (label, outcome) in table.labels().iter().zip(table.outcomes(&pairs, Some(-99.0))) {
                let listed = pairs.as_slice().iter().find(|it| it.rows() == (label.left, label.right));
                prop_assert_eq!(outcome.bits, listed.map_or(-99.0, |pair| pair.bits));
                prop_assert_eq!(outcome.is_match, label.is_match);
            }
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let labels = [(0, 1, true), (2, 2, true), (1, 0, false), (0, 3, true)].map(label);
        let error = LabelTable::new(3, labels.to_vec()).unwrap_err();
        let told: Vec<_> = error
            .diagnostics()
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "row `2` is paired with itself",
                "rows `0` and `3`: there are 3 rows",
                "rows `0` and `1` are labelled as one and as two",
            ]
        );
    }

    #[test]
    fn pairs_that_were_no_candidates_are_left_out_or_counted() {
        let table = LabelTable::new(3, [(0, 1, true), (1, 2, true)].map(label).to_vec()).unwrap();
        let pairs = Pairs::new(3, vec![ScoredPair::new(1, 0, 4.0)]).unwrap();
        assert_eq!(
            table.outcomes(&pairs, None),
            [Outcome {
                bits: 4.0,
                is_match: true
            }]
        );
        assert_eq!(table.outcomes(&pairs, Some(-9.0)).len(), 2);
        assert_eq!(sweep_outcomes(&[]).len(), 1);
    }
}

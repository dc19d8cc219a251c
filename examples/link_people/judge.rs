//! How good the clusters are, where the truth is known.
//!
//! Invariant: a row whose truth is not known is counted nowhere.

use std::collections::HashMap;

use onefold::identity::{
    cluster::{Pairs, Partition, ScoredPair},
    evaluate::{Agreement, Sweep},
    matching::Records,
};
use onefold_examples::exit::Failure;
use serde::Serialize;

/// The truth of each row, as far as it is known.
#[derive(Debug)]
pub(crate) struct Truth {
    labels: Vec<Option<u32>>,
    unknown: usize,
}

/// Pairwise and B-cubed agreement of the clusters at the threshold.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
    pub(crate) bcubed_f1: f64,
}

/// The threshold at which the pairwise F1 is greatest.
#[derive(Debug, Serialize)]
pub(crate) struct Best {
    pub(crate) threshold: f64,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
}

impl Truth {
    /// Reads the column.
    pub(crate) fn of(records: &Records, column: usize) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut label = |row| {
            let value = records.value(row, column)?;
            let next = numbers.len() as u32;
            Some(*numbers.entry(value).or_insert(next))
        };
        let labels: Vec<Option<u32>> = (0..records.rows()).map(&mut label).collect();
        let unknown = labels.iter().filter(|label| label.is_none()).count();
        Self { labels, unknown }
    }

    /// What a reader of the figures must know.
    pub(crate) fn warning(&self, column: &str) -> Option<String> {
        let rows = self.labels.len();
        match self.unknown {
            0 => None,
            unknown if unknown == rows => Some(format!(
                "`{column}` is empty in all rows: nothing can be judged"
            )),
            unknown => Some(format!(
                "`{column}` is empty in {unknown} of {rows} rows: these are not judged"
            )),
        }
    }

    /// Judges the clusters, and those of every other threshold.
    ///
    /// Where truth is not known of some rows, pairs with them are left out of other thresholds too.
    ///
    /// # Errors
    /// None that is known.
    pub(crate) fn judge(
        &self,
        clusters: &Partition,
        pairs: Vec<ScoredPair>,
    ) -> Result<Option<(Metrics, Best)>, Failure> {
        let known = self.labels.len() - self.unknown;
        if known == 0 {
            return Ok(None);
        }
        let truth = Partition::from_labels(self.labels.iter().flatten().copied().map(Some));
        let judged = clusters.labels().iter().zip(&self.labels);
        let found = Partition::from_labels(
            judged
                .filter(|(_, label)| label.is_some())
                .map(|(found, _)| Some(*found)),
        );
        let agreement = Agreement::of(&found, &truth)?;
        let pairs = Pairs::new(truth.rows(), self.among_known(pairs))?;
        let sweep = Sweep::of(&pairs, &truth)?;
        let best = sweep.best().map(|point| Best {
            threshold: point.probability(),
            precision: point.pairs.precision(),
            recall: point.pairs.recall(),
            f1: point.pairs.f1(),
        });
        let metrics = Metrics {
            precision: agreement.pairwise.precision(),
            recall: agreement.pairwise.recall(),
            f1: agreement.pairwise.f1(),
            bcubed_f1: agreement.bcubed.f1(),
        };
        Ok(best.map(|best| (metrics, best)))
    }

    /// The pairs of rows whose truth is known, by the numbers these rows have among themselves.
    fn among_known(&self, mut pairs: Vec<ScoredPair>) -> Vec<ScoredPair> {
        if self.unknown == 0 {
            return pairs;
        }
        let mut next = 0;
        let number = |label: &Option<u32>| {
            label.map(|_| {
                next += 1;
                next - 1
            })
        };
        let numbers: Vec<Option<u32>> = self.labels.iter().map(number).collect();
        let of = |row: u32| numbers.get(row as usize).copied().flatten();
        pairs.retain_mut(|pair| match (of(pair.left), of(pair.right)) {
            (Some(left), Some(right)) => {
                (pair.left, pair.right) = (left, right);
                true
            }
            _ => false,
        });
        pairs
    }
}

//! How good clusters and scores are, given the truth.
//!
//! Invariant: counts are exact, each pair of rows counts once however often it is listed, and a share of
//! nothing is 1: who found nothing made no mistake.
//!
//! ```
//! use onefold_identity::{cluster::{Pairs, Partition, ScoredPair}, evaluate::{Agreement, Sweep}};
//!
//! let truth = Partition::from_labels(["a", "a", "a", "b", "b"].map(Some));
//! let pairs = vec![ScoredPair::new(0, 1, 9.0), ScoredPair::new(3, 4, 6.0), ScoredPair::new(2, 3, 4.0)];
//! let pairs = Pairs::new(5, pairs)?;
//!
//! let agreement = Agreement::of(&pairs.components(5.0), &truth)?;
//! assert_eq!(agreement.pairwise.precision(), 1.0);
//! assert_eq!(agreement.pairwise.recall(), 0.5);
//!
//! // Every threshold in one pass; the best one by F1.
//! let sweep = Sweep::of(&pairs, &truth)?;
//! assert_eq!(sweep.best().map(|best| (best.bits, best.clusters)), Some((6.0, 3)));
//! # Ok::<(), onefold_event::Error>(())
//! ```

mod agreement;
mod blocking;
mod calibration;
mod causes;
mod confusion;
mod label_table;
mod sweep;

use onefold_event::{Error, ErrorKind, Result};

use crate::cluster::Partition;

pub use agreement::{Agreement, ExactClusters, ItemShares};
pub use blocking::BlockingRecall;
pub use calibration::{Bin, Binning, Calibration, wilson_interval};
pub use causes::{Cause, Causes, Example, causes};
pub use confusion::Confusion;
pub use label_table::{LabelTable, Outcome, PairLabel, sweep_outcomes};
pub use sweep::{Sweep, SweepPoint};

/// Refuses a truth for another number of rows.
fn check_rows(rows: u32, truth: &Partition) -> Result<()> {
    if truth.rows() == rows {
        return Ok(());
    }
    let message = format!(
        "the truth has labels for {} rows, but there are {rows}: give one for each row, and none for a \
         row that is alone",
        truth.rows()
    );
    Err(Error::new(ErrorKind::InvalidInput, message))
}

/// A share; of nothing it is all.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// The harmonic mean; 0 if both are.
fn harmonic(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum == 0.0 {
        0.0
    } else {
        2.0 * precision * recall / sum
    }
}

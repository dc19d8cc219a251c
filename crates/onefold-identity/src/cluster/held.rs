//! Links that were proposed and refused.
//!
//! Invariant: what a rule refuses is listed with the rule and the rows it rests on, never dropped.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ScoredPair;

/// A pair that was strong enough and was not linked, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The proposed link.
    pub pair: ScoredPair,
    /// Why it was refused.
    pub reason: HeldReason,
}

/// Why a pair was not linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HeldReason {
    /// It would bring together two rows that must stay apart.
    CannotLink {
        /// One of the rows that must stay apart.
        left: u32,
        /// The other.
        right: u32,
    },
    /// Both clusters have a row of this source, and a cluster may have one.
    SourceTwice {
        /// The number of the source.
        source: u32,
    },
    /// The cluster would have too many rows.
    TooLarge {
        /// How many it would have.
        rows: u32,
        /// How many it may have.
        rows_max: u32,
    },
    /// Both rows are of one source, and links go across.
    SameSource,
    /// One of the rows is matched to another one.
    Matched {
        /// The row that is taken.
        row: u32,
        /// The row it is matched to.
        partner: u32,
    },
    /// The two clusters as wholes are not alike enough.
    Linkage {
        /// The bits between the clusters, by the linkage that was asked for.
        bits: f64,
    },
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ScoredPair { left, right, bits } = self.pair;
        write!(
            f,
            "rows {left} and {right} ({bits:+.1} bits) were not linked: {}",
            self.reason
        )
    }
}

impl fmt::Display for HeldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotLink { left, right } => {
                write!(f, "rows {left} and {right} must stay apart")
            }
            Self::SourceTwice { source } => {
                write!(f, "a cluster has one row of source {source} at most")
            }
            Self::TooLarge { rows, rows_max } => {
                write!(
                    f,
                    "the cluster would have {rows} rows, and {rows_max} is the most"
                )
            }
            Self::SameSource => f.write_str("both rows are of one source"),
            Self::Matched { row, partner } => {
                write!(f, "row {row} is matched to row {partner}")
            }
            Self::Linkage { bits } => {
                write!(f, "their clusters have {bits:+.1} bits between them")
            }
        }
    }
}

//! From scored pairs of rows to clusters: components, nested cuts, one-to-one, linkage, constraints.
//!
//! Invariant: a result depends on the set of pairs alone, never on the order in which they came. Pairs are
//! taken strongest first, and of equal bits the one with the lower rows first; clusters are numbered by
//! their first row.
//!
//! ```
//! use onefold_identity::cluster::{Dendrogram, Pairs, ScoredPair};
//!
//! let pairs = vec![ScoredPair::new(0, 1, 9.0), ScoredPair::new(1, 2, 3.0), ScoredPair::new(3, 4, 6.0)];
//! let pairs = Pairs::new(6, pairs)?;
//! // One threshold: who is together at 5 bits (a probability of 0.97)?
//! assert_eq!(pairs.components(5.0).labels(), [0, 0, 1, 2, 2, 3]);
//!
//! // Every threshold: strict for sending, wide for analysis. What is cut out is nested.
//! let dendrogram = Dendrogram::of(&pairs);
//! let (strict, wide) = (dendrogram.cut(5.0), dendrogram.cut(2.0));
//! assert_eq!(wide.labels(), [0, 0, 0, 1, 1, 2]);
//! assert!(strict.is_finer_than(&wide));
//! # Ok::<(), onefold_event::Error>(())
//! ```

mod assignment;
mod best_link;
mod component;
mod constraints;
mod dendrogram;
mod held;
mod linkage;
mod one_to_one;
mod partition;
mod parts;
mod union_find;

use onefold_event::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

pub use best_link::{BestLink, best_links};
pub use component::components;
pub use constraints::{Constrained, Constraints, constrained};
pub use dendrogram::Dendrogram;
pub use held::{Held, HeldReason};
pub use linkage::{Agglomerated, Linkage, LinkageSettings, agglomerate};
pub use one_to_one::{EXACT_STEPS_MAX, OneToOne, one_to_one};
pub(crate) use partition::pairs_of;
pub use partition::{Members, Partition};
pub(crate) use union_find::UnionFind;

/// No pair counts for more bits than this, or for fewer than its negative.
///
/// Odds of 2 to the 1000th are as good as certain; a limit keeps sums and JSON free of infinity.
pub const BITS_MAX: f64 = 1000.0;

/// Two rows and how likely they are one entity.
///
/// ```
/// use onefold_identity::cluster::ScoredPair;
/// assert_eq!(ScoredPair::new(4, 7, 0.0).probability(), 0.5);
/// assert_eq!(ScoredPair::new(4, 7, 2.0).probability(), 0.8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoredPair {
    /// One row, counted from 0.
    pub left: u32,
    /// The other row.
    pub right: u32,
    /// The base-2 logarithm of the odds that both are one entity.
    pub bits: f64,
}

impl ScoredPair {
    /// A pair of rows with its bits.
    pub fn new(left: u32, right: u32, bits: f64) -> Self {
        Self { left, right, bits }
    }

    /// How likely the two are one entity, from 0 to 1; see [`probability`].
    pub fn probability(&self) -> f64 {
        probability(self.bits)
    }

    /// The two rows, the lower one first.
    pub fn rows(&self) -> (u32, u32) {
        (self.left.min(self.right), self.left.max(self.right))
    }

    /// The row at the other end; `None` if `row` is at neither.
    pub fn other(&self, row: u32) -> Option<u32> {
        match row {
            row if row == self.left => Some(self.right),
            row if row == self.right => Some(self.left),
            _ => None,
        }
    }
}

/// The probability that belongs to bits of evidence: 1 / (1 + 2^-bits).
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// The bits that belong to a probability: log2(p / (1 - p)), at most [`BITS_MAX`] either way.
pub fn bits_of(probability: f64) -> f64 {
    (probability / (1.0 - probability))
        .log2()
        .clamp(-BITS_MAX, BITS_MAX)
}

/// Pairs that were left out because they say nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Pairs of a row with itself.
    pub self_pairs: u64,
    /// Pairs whose bits are not a number.
    pub not_numbers: u64,
}

/// Pairs of `0..rows`, strongest first, each end in range and each with a number of bits.
///
/// Sixteen bytes a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    rows: u32,
    pairs: Vec<ScoredPair>,
    skipped: Skipped,
}

impl Pairs {
    /// Checks the pairs and sorts them. Pairs of a row with itself and pairs whose bits are not a number
    /// are left out and counted in [`Pairs::skipped`]; bits beyond [`BITS_MAX`] become it.
    ///
    /// Cost: O(n log n), about 0.1 µs a pair for millions.
    ///
    /// # Errors
    /// `InvalidInput` if a pair names a row that is not there; the message counts them all.
    pub fn new(rows: u32, mut pairs: Vec<ScoredPair>) -> Result<Self> {
        let skipped = check(rows, &pairs)?;
        if skipped != Skipped::default() {
            pairs.retain(says_something);
        }
        for pair in &mut pairs {
            // Adding nothing turns the negative zero into the one that is equal to it.
            pair.bits = pair.bits.clamp(-BITS_MAX, BITS_MAX) + 0.0;
        }
        pairs.sort_unstable_by(|a, b| {
            let by_bits = b.bits.total_cmp(&a.bits);
            by_bits.then_with(|| a.rows().cmp(&b.rows()).then(a.left.cmp(&b.left)))
        });
        Ok(Self {
            rows,
            pairs,
            skipped,
        })
    }

    /// How many rows there are; no pair names a row beyond.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// All pairs, strongest first.
    pub fn as_slice(&self) -> &[ScoredPair] {
        &self.pairs
    }

    /// The pairs with at least so many bits, strongest first. Cost: O(log n).
    pub fn at_least(&self, bits_min: f64) -> &[ScoredPair] {
        let end = self.pairs.partition_point(|pair| pair.bits >= bits_min);
        self.pairs.get(..end).unwrap_or_default()
    }

    /// What was left out.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// The rows that pairs of at least `bits_min` connect, directly or by others.
    ///
    /// Cost: near O(rows + pairs taken).
    pub fn components(&self, bits_min: f64) -> Partition {
        let mut sets = UnionFind::new(self.rows);
        for pair in self.at_least(bits_min) {
            sets.union(pair.left, pair.right);
        }
        sets.into_partition()
    }
}

fn says_something(pair: &ScoredPair) -> bool {
    pair.left != pair.right && !pair.bits.is_nan()
}

/// Counts what says nothing; refuses rows out of range.
fn check(rows: u32, pairs: &[ScoredPair]) -> Result<Skipped> {
    let mut skipped = Skipped::default();
    let (mut outside, mut first) = (0_u64, None);
    for (number, pair) in pairs.iter().enumerate() {
        if pair.left.max(pair.right) >= rows {
            outside += 1;
            first = first.or(Some((number, *pair)));
        } else if pair.left == pair.right {
            skipped.self_pairs += 1;
        } else if pair.bits.is_nan() {
            skipped.not_numbers += 1;
        }
    }
    match first {
        None => Ok(skipped),
        Some((number, pair)) => Err(outside_of(rows, outside, number, pair)),
    }
}

#[cold]
fn outside_of(rows: u32, outside: u64, number: usize, pair: ScoredPair) -> Error {
    let (left, right) = (pair.left, pair.right);
    let message = format!(
        "{outside} pairs name rows that are not there; the first is pair {number}, rows `{left}` and \
         `{right}`, but there are {rows} rows, counted from 0"
    );
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

//! Connected components at one threshold, of pairs in any order.
//!
//! Invariant: two rows are together exactly if a chain of pairs at or above the threshold joins them.

use onefold_event::Result;

use super::{Partition, ScoredPair, Skipped, UnionFind, check};

/// The rows that pairs of at least `bits_min` connect, directly or by others, and what was left out.
///
/// The pairs need no order: this is the cheapest way to one partition. For several thresholds make
/// [`Pairs`](super::Pairs) and a [`Dendrogram`](super::Dendrogram) once.
/// Cost: near O(rows + pairs), four bytes a row.
///
/// # Errors
/// `InvalidInput` if a pair names a row that is not there.
pub fn components(rows: u32, pairs: &[ScoredPair], bits_min: f64) -> Result<(Partition, Skipped)> {
    let skipped = check(rows, pairs)?;
    let mut sets = UnionFind::new(rows);
    for pair in pairs {
        // Not a number is at least nothing.
        if pair.bits >= bits_min {
            sets.union(pair.left, pair.right);
        }
    }
    Ok((sets.into_partition(), skipped))
}

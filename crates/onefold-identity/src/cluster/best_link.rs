//! Best link only: each row keeps its strongest partner and no other.
//!
//! Invariant: a row has one best partner: the one with the most bits, then the one of the pair with the
//! lower rows.

use serde::{Deserialize, Serialize};

use super::{Pairs, Partition, ScoredPair, UnionFind};

/// Whose best link counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BestLink {
    /// A pair is a link if it is the best of one of its rows.
    Either,
    /// A pair is a link if it is the best of both: clusters have two rows at most.
    Mutual,
}

/// Clusters of best links of at least `bits_min`, and the links, strongest first.
///
/// Weak second-best links, which hold most giant components together, are not used.
/// Cost: near O(rows + pairs taken).
pub fn best_links(pairs: &Pairs, bits_min: f64, keep: BestLink) -> (Partition, Vec<ScoredPair>) {
    let mut has_best = vec![false; pairs.rows() as usize];
    let mut links = Vec::new();
    let mut sets = UnionFind::new(pairs.rows());
    for pair in pairs.at_least(bits_min) {
        // Strongest first: the first pair that names a row is the best of that row.
        let mut is_first = |row: u32| {
            let known = has_best.get_mut(row as usize);
            known.is_some_and(|known| !std::mem::replace(known, true))
        };
        let firsts = (is_first(pair.left), is_first(pair.right));
        let is_kept = match keep {
            BestLink::Either => firsts.0 || firsts.1,
            BestLink::Mutual => firsts.0 && firsts.1,
        };
        if is_kept {
            links.push(*pair);
            sets.union(pair.left, pair.right);
        }
    }
    (sets.into_partition(), links)
}

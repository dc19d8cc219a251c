//! Disjoint sets of rows.
//!
//! Invariant: the root of a set is its lowest row, so sets are numbered by first appearance for free.

use super::partition::Partition;

/// Disjoint sets of `0..rows` in one array; near constant time a step by path halving.
#[derive(Debug, Clone)]
pub(crate) struct UnionFind {
    parents: Vec<u32>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "rows are checked where they enter, and a parent is always a row"
)]
impl UnionFind {
    pub(crate) fn new(rows: u32) -> Self {
        Self {
            parents: (0..rows).collect(),
        }
    }

    /// The lowest row of the set.
    #[inline]
    pub(crate) fn find(&mut self, mut row: u32) -> u32 {
        loop {
            let parent = self.parents[row as usize];
            if parent == row {
                return row;
            }
            let grandparent = self.parents[parent as usize];
            self.parents[row as usize] = grandparent;
            row = grandparent;
        }
    }

    /// Joins two sets; the roots that were (kept, absorbed), or `None` if they are one already.
    #[inline]
    pub(crate) fn union(&mut self, a: u32, b: u32) -> Option<(u32, u32)> {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return None;
        }
        let (kept, absorbed) = (a.min(b), a.max(b));
        self.parents[absorbed as usize] = kept;
        Some((kept, absorbed))
    }

    pub(crate) fn into_partition(mut self) -> Partition {
        let mut labels = vec![0; self.parents.len()];
        let mut clusters = 0;
        for row in 0..self.parents.len() as u32 {
            let root = self.find(row);
            labels[row as usize] = if root == row {
                clusters += 1;
                clusters - 1
            } else {
                labels[root as usize]
            };
        }
        Partition::from_parts(labels, clusters)
    }
}

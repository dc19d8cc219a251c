//! A persistent vector: a clone costs nothing and is a snapshot.
//!
//! Invariant: all leaves but the tail are full, so a row is found by three shifts, without a search.
//!
//! Rows are read at random millions of times a second, and a relaxed tree, which can be cut and joined,
//! costs several times more a read. After a snapshot, a change copies a leaf, its branch of [`BRANCH`]
//! pointers, and, once a snapshot, the root.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::search;

const BRANCH: usize = 16;

type Leaf<T, const LEAF: usize> = Arc<[T; LEAF]>;
type Branch<T, const LEAF: usize> = Arc<SmallVec<[Leaf<T, LEAF>; BRANCH]>>;

/// Leaves of about two thousand bytes are best: many rows a pointer, and little to copy. `LEAF` is a power
/// of two.

#[derive(Debug, Clone)]
pub(crate) struct Column<T, const LEAF: usize = 64> {
    root: Arc<Vec<Branch<T, LEAF>>>,
    tail: Arc<Vec<T>>,
    /// The rows before the tail.
    full: usize,
}

impl<T: Clone, const LEAF: usize> Column<T, LEAF> {
    pub(crate) fn new() -> Self {
        Self {
            root: Arc::default(),
            tail: Arc::default(),
            full: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.full + self.tail.len()
    }

    pub(crate) fn get(&self, row: usize) -> Option<&T> {
        match row.checked_sub(self.full) {
            Some(row) => self.tail.get(row),
            None => {
                let branch = self.root.get(row / (LEAF * BRANCH))?;
                branch.get(row / LEAF % BRANCH)?.get(row % LEAF)
            }
        }
    }

    pub(crate) fn get_mut(&mut self, row: usize) -> Option<&mut T> {
        match row.checked_sub(self.full) {
            // A row that does not exist must not copy the tail.
            Some(row) if row >= self.tail.len() => None,
            Some(row) => Arc::make_mut(&mut self.tail).get_mut(row),
            None => {
                let root = Arc::make_mut(&mut self.root);
                let branch = Arc::make_mut(root.get_mut(row / (LEAF * BRANCH))?);
                let leaf = Arc::make_mut(branch.get_mut(row / LEAF % BRANCH)?);
                leaf.get_mut(row % LEAF)
            }
        }
    }

    pub(crate) fn push_back(&mut self, value: T) {
        let tail = Arc::make_mut(&mut self.tail);
        tail.push(value);
        if tail.len() < LEAF {
            return;
        }
        let rows = std::mem::replace(tail, Vec::with_capacity(LEAF));
        match <[T; LEAF]>::try_from(rows) {
            Ok(leaf) => self.push_leaf(Arc::new(leaf)),
            Err(rows) => *tail = rows,
        }
    }

    fn push_leaf(&mut self, leaf: Leaf<T, LEAF>) {
        self.full += LEAF;
        let root = Arc::make_mut(&mut self.root);
        match root.last_mut() {
            Some(branch) if branch.len() < BRANCH => Arc::make_mut(branch).push(leaf),
            _ => root.push(Arc::new(SmallVec::from_iter([leaf]))),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let leaves = self.root.iter().flat_map(|branch| branch.iter());
        let rows = leaves.flat_map(|leaf| leaf.iter());
        rows.chain(self.tail.iter())
    }

    /// The rows from this one on.
    pub(crate) fn iter_from(&self, row: usize) -> impl Iterator<Item = &T> {
        let leaves = self.root.iter().flat_map(|branch| branch.iter());
        let leaves = leaves.skip(row / LEAF).flat_map(|leaf| leaf.iter());
        let skipped = (row / LEAF).min(self.full / LEAF) * LEAF;
        leaves.chain(self.tail.iter()).skip(row - skipped)
    }

    /// The first row, of rows that are sorted by it, for which `is_before` does not hold.
    pub(crate) fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        search::partition_point(self.len(), |row| self.get(row).is_some_and(&is_before))
    }
}

impl<T: Clone, const LEAF: usize> Default for Column<T, LEAF> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone, const LEAF: usize> FromIterator<T> for Column<T, LEAF> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut column = Self::new();
        rows.into_iter().for_each(|row| column.push_back(row));
        column
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain vector, with a snapshot in the middle; 3000 rows have several branches.
        #[test]
        fn agrees_with_a_plain_vector(
            length in 0..3000_usize,
            more in 0..200_usize,
            changes in prop::collection::vec((0..3300_usize, any::<u32>()), 0..100),
        ) {
            let mut plain: Vec<u32> = (0..length as u32).collect();
            let mut column: Column<u32> = plain.iter().copied().collect();
            let (before, snapshot) = (plain.clone(), column.clone());
            for value in 0..more as u32 {
                plain.push(value);
                column.push_back(value);
            }
            for (row, value) in changes {
                prop_assert_eq!(column.get(row), plain.get(row));
                prop_assert_eq!(column.get_mut(row).is_some(), row < plain.len());
                if let (Some(ours), Some(theirs)) = (column.get_mut(row), plain.get_mut(row)) {
                    *ours = value;
                    *theirs = value;
                }
            }
            prop_assert_eq!(column.len(), plain.len());
            prop_assert!(column.iter().eq(plain.iter()));
            prop_assert!(column.iter_from(length / 2).eq(plain.iter().skip(length / 2)));
            prop_assert!(column.iter_from(length).eq(plain.iter().skip(length)));
            prop_assert!(snapshot.iter().eq(before.iter()));
        }

        #[test]
        fn the_partition_point_is_that_of_a_slice(mut rows in prop::collection::vec(0..50_u8, 0..200), at in 0..50_u8) {
            rows.sort_unstable();
            let column: Column<u8> = rows.iter().copied().collect();
            prop_assert_eq!(column.partition_point(|row| *row < at), rows.partition_point(|row| *row < at));
        }
    }
}

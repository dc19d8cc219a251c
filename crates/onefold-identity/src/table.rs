//! A persistent vector of plain rows: a clone costs nothing and is a snapshot, and a change costs no lock.
//!
//! Invariant: a row lies in a leaf, by its number; whoever changes it is the only owner of the leaf, of its branch
//! and of the root, or has copied them. So nobody sees a change but the writer.
//!
//! [`Column`](crate::column::Column) asks `Arc` for sole ownership on each level: each time the processor
//! must finish what it has begun, and three levels cost as much as reading the row. Here rows are words that may
//! be written through a shared reference, so it is enough to read the three counts: a count of one stays
//! one, because only an owner could raise it, and the only owner is the one that writes.

use std::{
    array,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering, fence},
    },
};

use smallvec::SmallVec;

use crate::search;

const BRANCH: usize = 16;

/// A value of `N` words.
pub(crate) trait Row<const N: usize>: Copy {
    fn words(self) -> [u32; N];
    fn of_words(words: [u32; N]) -> Self;
}

type Cells<const N: usize> = [AtomicU32; N];
type Leaf<const N: usize, const LEAF: usize> = Arc<[Cells<N>; LEAF]>;
type Branch<const N: usize, const LEAF: usize> = Arc<SmallVec<[Leaf<N, LEAF>; BRANCH]>>;

/// Leaves of about two thousand bytes are best: many rows a pointer, and little to copy. `LEAF` is a power
/// of two.
#[derive(Debug)]
pub(crate) struct Table<T, const N: usize, const LEAF: usize> {
    root: Arc<Vec<Branch<N, LEAF>>>,
    len: usize,
    rows: PhantomData<T>,
}

impl<T: Row<N>, const N: usize, const LEAF: usize> Table<T, N, LEAF> {
    pub(crate) fn new() -> Self {
        Self {
            root: Arc::default(),
            len: 0,
            rows: PhantomData,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.len * size_of::<[u32; N]>()
    }

    pub(crate) fn get(&self, row: usize) -> Option<T> {
        if row >= self.len {
            return None;
        }
        let branch = self.root.get(row / (LEAF * BRANCH))?;
        let cells = branch.get(row / LEAF % BRANCH)?.get(row % LEAF)?;
        Some(read(cells))
    }

    /// Puts another value in place of a row; of one that does not exist it does nothing.
    pub(crate) fn set(&mut self, row: usize, value: T) {
        if row < self.len {
            self.write(row, value);
        }
    }

    /// Changes a row; `false` if there is none.
    pub(crate) fn update(&mut self, row: usize, change: impl FnOnce(&mut T)) -> bool {
        let Some(mut value) = self.get(row) else {
            return false;
        };
        change(&mut value);
        self.write(row, value);
        true
    }

    pub(crate) fn push_back(&mut self, value: T) {
        let row = self.len;
        if row.is_multiple_of(LEAF) {
            self.push_leaf();
        }
        self.len += 1;
        self.write(row, value);
    }

    fn push_leaf(&mut self) {
        let leaf: Leaf<N, LEAF> = Arc::new(array::from_fn(|_| [const { AtomicU32::new(0) }; N]));
        let root = Arc::make_mut(&mut self.root);
        match root.last_mut() {
            Some(branch) if branch.len() < BRANCH => Arc::make_mut(branch).push(leaf),
            _ => root.push(Arc::new(SmallVec::from_iter([leaf]))),
        }
    }

    fn write(&mut self, row: usize, value: T) {
        if !self.owns(row) {
            self.copy_leaf(row);
        }
        if let Some(branch) = self.root.get(row / (LEAF * BRANCH))
            && let Some(leaf) = branch.get(row / LEAF % BRANCH)
            && let Some(cells) = leaf.get(row % LEAF)
        {
            for (cell, word) in cells.iter().zip(value.words()) {
                cell.store(word, Ordering::Relaxed);
            }
        }
    }

    /// Whether nobody else has the leaf of this row. A reader that has just let go of it had read before: the fence
    /// is what the counts are released to.
    fn owns(&self, row: usize) -> bool {
        let owns = Arc::strong_count(&self.root) == 1
            && self.root.get(row / (LEAF * BRANCH)).is_some_and(|branch| {
                Arc::strong_count(branch) == 1
                    && branch
                        .get(row / LEAF % BRANCH)
                        .is_some_and(|leaf| Arc::strong_count(leaf) == 1)
            });
        fence(Ordering::Acquire);
        owns
    }

    #[cold]
    fn copy_leaf(&mut self, row: usize) {
        let root = Arc::make_mut(&mut self.root);
        if let Some(branch) = root.get_mut(row / (LEAF * BRANCH))
            && let Some(leaf) = Arc::make_mut(branch).get_mut(row / LEAF % BRANCH)
            && Arc::strong_count(leaf) > 1
        {
            let cells = leaf.each_ref();
            *leaf = Arc::new(cells.map(|cells| words(cells).map(AtomicU32::new)));
        }
    }

    pub(crate) fn back(&self) -> Option<T> {
        self.get(self.len.checked_sub(1)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.iter_from(0)
    }

    /// The rows from this one on.
    pub(crate) fn iter_from(&self, row: usize) -> impl Iterator<Item = T> {
        let leaves = self.root.iter().flat_map(|branch| branch.iter());
        let rows = leaves.skip(row / LEAF).flat_map(|leaf| leaf.iter());
        let rest = self.len.saturating_sub(row);
        rows.skip(row % LEAF).take(rest).map(read)
    }

    /// The first row, of rows that are sorted by it, for which `is_before` does not hold.
    pub(crate) fn partition_point(&self, is_before: impl Fn(T) -> bool) -> usize {
        search::partition_point(self.len(), |row| self.get(row).is_some_and(&is_before))
    }
}

fn words<const N: usize>(cells: &Cells<N>) -> [u32; N] {
    cells.each_ref().map(|cell| cell.load(Ordering::Relaxed))
}

fn read<T: Row<N>, const N: usize>(cells: &Cells<N>) -> T {
    T::of_words(words(cells))
}

/// A number of 64 bits as two words.
pub(crate) fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

/// The number of two words.
pub(crate) fn whole(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

impl Row<1> for u32 {
    fn words(self) -> [u32; 1] {
        [self]
    }

    fn of_words([word]: [u32; 1]) -> Self {
        word
    }
}

impl<T, const N: usize, const LEAF: usize> Clone for Table<T, N, LEAF> {
    fn clone(&self) -> Self {
        Self {
            root: Arc::clone(&self.root),
            len: self.len,
            rows: PhantomData,
        }
    }
}

impl<T: Row<N>, const N: usize, const LEAF: usize> Default for Table<T, N, LEAF> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Row<N>, const N: usize, const LEAF: usize> FromIterator<T> for Table<T, N, LEAF> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut table = Self::new();
        rows.into_iter().for_each(|row| table.push_back(row));
        table
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Numbers = Table<u32, 1, 64>;

    #[derive(Debug, Clone)]
    enum Step {
        Push(u32),
        Set(usize, u32),
        Snapshot,
        Drop,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            20 => any::<u32>().prop_map(Step::Push),
            20 => (0..3300_usize, any::<u32>()).prop_map(|(row, value)| Step::Set(row, value)),
            2 => Just(Step::Snapshot),
            1 => Just(Step::Drop),
        ]
    }

    proptest! {
        /// Against plain vectors, one for each snapshot that is still there; 3000 rows have several branches.
        #[test]
        fn agrees_with_a_plain_vector(
            length in 0..3000_usize,
            steps in prop::collection::vec(any_step(), 0..300),
        ) {
            let mut plain: Vec<u32> = (0..length as u32).collect();
            let mut table: Numbers = plain.iter().copied().collect();
            let mut snapshots: Vec<(Vec<u32>, Numbers)> = Vec::new();
            for step in steps {
                match step {
                    Step::Push(value) => {
                        plain.push(value);
                        table.push_back(value);
                    }
                    Step::Set(row, value) => {
                        prop_assert_eq!(table.get(row), plain.get(row).copied());
                        prop_assert_eq!(table.update(row, |it| *it = value), row < plain.len());
                        if let Some(place) = plain.get_mut(row) {
                            *place = value;
                        }
                    }
                    Step::Snapshot => snapshots.push((plain.clone(), table.clone())),
                    Step::Drop => drop(snapshots.pop()),
                }
            }
            snapshots.push((plain, table));
            for (plain, table) in &snapshots {
                prop_assert_eq!(table.len(), plain.len());
                prop_assert_eq!(table.back(), plain.last().copied());
                prop_assert!(table.iter().eq(plain.iter().copied()));
                let from = length / 2;
                prop_assert!(table.iter_from(from).eq(plain.iter().skip(from).copied()));
                prop_assert!(table.iter_from(length).eq(plain.iter().skip(length).copied()));
            }
        }

        #[test]
        fn the_partition_point_is_that_of_a_slice(mut rows in prop::collection::vec(0..50_u32, 0..200), at in 0..50_u32) {
            rows.sort_unstable();
            let table: Numbers = rows.iter().copied().collect();
            prop_assert_eq!(table.partition_point(|row| row < at), rows.partition_point(|row| *row < at));
        }
    }

    /// A reader in another thread sees what it took, however long the writer goes on.
    #[test]
    fn a_snapshot_is_read_beside_the_writer() {
        let mut table: Numbers = (0..2_000).collect();
        for round in 1..50_u32 {
            let snapshot = table.clone();
            let expected: Vec<u32> = table.iter().collect();
            let reader = std::thread::spawn(move || snapshot.iter().eq(expected));
            for row in 0..2_000 {
                table.set(row, round * 10_000 + row as u32);
            }
            assert!(reader.join().unwrap());
        }
    }
}

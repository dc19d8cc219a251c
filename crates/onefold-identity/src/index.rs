//! A hash index over the rows of columns: from a hash to the numbers of the rows that have it.
//!
//! Invariant: row `n` is in the chain of exactly one bucket, the one its hash names. Linear hashing: the
//! table grows by two buckets with each row, so there is never a pause, and a clone costs nothing.

use onefold_event::AnchorId;

use crate::table::{Row, Table};

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

/// More buckets than rows: a row that is read in vain costs an access to memory.
const BUCKETS_PER_ROW: usize = 2;

#[derive(Debug, Clone)]
pub(crate) struct HashIndex<T, const N: usize, const LEAF: usize> {
    heads: Table<u32, 1, 1024>,
    rows: Table<Entry<T>, N, LEAF>,
}

/// A row carries what is compared and read next, so that both come with one access to memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<T> {
    hash: u32,
    next: u32,
    value: T,
}

impl Row<2> for Entry<()> {
    fn words(self) -> [u32; 2] {
        [self.hash, self.next]
    }

    fn of_words([hash, next]: [u32; 2]) -> Self {
        let value = ();
        Self { hash, next, value }
    }
}

impl Row<5> for Entry<(u32, [AnchorId; 2])> {
    fn words(self) -> [u32; 5] {
        let (number, [left, right]) = self.value;
        [self.hash, self.next, number, left.0, right.0]
    }

    fn of_words([hash, next, number, left, right]: [u32; 5]) -> Self {
        let value = (number, [AnchorId(left), AnchorId(right)]);
        Self { hash, next, value }
    }
}

impl<T: Copy, const N: usize, const LEAF: usize> HashIndex<T, N, LEAF>
where
    Entry<T>: Row<N>,
{
    /// Memory per row, in bytes: its buckets and itself.
    pub(crate) const ROW_BYTES: usize = BUCKETS_PER_ROW * size_of::<u32>() + size_of::<Entry<T>>();

    pub(crate) fn new() -> Self {
        Self {
            heads: std::iter::once(NONE).collect(),
            rows: Table::new(),
        }
    }

    /// The index of rows with these hashes and values, built at once.
    pub(crate) fn from_rows(hashed: Vec<(u32, T)>) -> Self {
        let mut heads = vec![NONE; (BUCKETS_PER_ROW * hashed.len()).max(1)];
        let bucket_count = heads.len();
        let mut chain = |(number, (hash, value)): (usize, (u32, T))| {
            let head = heads.get_mut(bucket(hash, bucket_count));
            let next = head.map_or(NONE, |head| std::mem::replace(head, row_number(number)));
            Entry { hash, next, value }
        };
        let rows = hashed.into_iter().enumerate().map(&mut chain).collect();
        Self {
            heads: heads.into_iter().collect(),
            rows,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, number: u32) -> Option<T> {
        self.rows.get(number as usize).map(|row| row.value)
    }

    /// The row with this hash for which `is_it` holds.
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(u32, T) -> bool) -> Option<u32> {
        let mut number = self.head(bucket(hash, self.heads.len()));
        while let Some(row) = self.rows.get(number as usize) {
            if row.hash == hash && is_it(number, row.value) {
                return Some(number);
            }
            number = row.next;
        }
        None
    }

    /// Adds the next row.
    pub(crate) fn push(&mut self, hash: u32, value: T) {
        while BUCKETS_PER_ROW * self.rows.len() >= self.heads.len() {
            self.split_one_bucket();
        }
        let number = row_number(self.rows.len());
        let at = bucket(hash, self.heads.len());
        let next = self.head(at);
        self.rows.push_back(Entry { hash, next, value });
        self.set_head(at, number);
    }

    fn split_one_bucket(&mut self) {
        let new = self.heads.len();
        self.heads.push_back(NONE);
        let count = self.heads.len();
        // The new bucket takes its rows from the one that held its hashes until now.
        let old = new & (count.next_power_of_two() / 2 - 1);
        let mut number = self.head(old);
        let (mut stay, mut go) = (NONE, NONE);
        while let Some(row) = self.rows.get(number as usize) {
            let chain = match bucket(row.hash, count) == new {
                true => &mut go,
                false => &mut stay,
            };
            let next = std::mem::replace(chain, number);
            if next != row.next {
                self.rows.set(number as usize, Entry { next, ..row });
            }
            number = row.next;
        }
        self.set_head(old, stay);
        self.set_head(new, go);
    }

    fn head(&self, bucket: usize) -> u32 {
        self.heads.get(bucket).unwrap_or(NONE)
    }

    fn set_head(&mut self, bucket: usize, number: u32) {
        self.heads.set(bucket, number);
    }
}

/// The number of a row. A store ends at four thousand million rows; memory ends long before.
pub(crate) fn row_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

fn bucket(hash: u32, count: usize) -> usize {
    let mask = count.next_power_of_two() - 1;
    let at = hash as usize & mask;
    if at < count { at } else { at & (mask >> 1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Row<3> for Entry<u32> {
        fn words(self) -> [u32; 3] {
            [self.hash, self.next, self.value]
        }

        fn of_words([hash, next, value]: [u32; 3]) -> Self {
            Self { hash, next, value }
        }
    }

    fn check(index: &HashIndex<u32, 3, 64>, hashes: &[u32]) {
        for (number, hash) in hashes.iter().enumerate() {
            let number = number as u32;
            assert_eq!(
                index.find(*hash, |row, value| row == number && value == number),
                Some(number)
            );
        }
        let mut visited = 0;
        assert_eq!(
            index.find(77, |_, _| {
                visited += 1;
                false
            }),
            None
        );
        assert_eq!(visited, hashes.iter().filter(|hash| **hash == 77).count());
    }

    proptest! {
        /// Small hashes make long chains.
        #[test]
        fn grown_and_built_at_once_agree(hashes in prop::collection::vec(
            prop_oneof![0u32..100, any::<u32>()], 0..300)) {
            let mut grown = HashIndex::new();
            for (hash, value) in hashes.iter().zip(0..) {
                grown.push(*hash, value);
            }
            check(&grown, &hashes);
            check(&HashIndex::from_rows(hashes.iter().copied().zip(0..).collect()), &hashes);
        }
    }
}

//! Names for rows that have none: their content and their occurrence.
//!
//! Invariant: the same rows in the same order get the same names; no two rows of one file share one.

use std::fmt::Write;

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

/// Gives every row of a file its name.
///
/// Real files hold exactly repeated lines that are different sales, so the occurrence counts. Memory:
/// 8 bytes and a hash table's slack for each different row without a key, which is about 16 MB a
/// million rows; rows with a key cost nothing.
#[derive(Debug, Default)]
pub(crate) struct RowIds {
    seen: FxHashSet<u64>,
    repeats: FxHashMap<u64, u32>,
}

impl RowIds {
    /// The name of the next row with these bytes.
    pub(crate) fn next(&mut self, row: &[u8]) -> Box<str> {
        let digest = Sha256::digest(row);
        let (head, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let number = u128::from_be_bytes(*head);
        let mut id = String::with_capacity(36);
        id.push_str("row-");
        for byte in head {
            for half in [byte >> 4, byte & 15] {
                id.push(char::from_digit(half.into(), 16).unwrap_or('0'));
            }
        }
        let occurrence = self.occurrence(number);
        if occurrence > 1 {
            // Writing to a string cannot fail.
            let _ = write!(id, "-{occurrence}");
        }
        id.into()
    }

    /// Counted by half of the digest: should two rows ever share it, their names still differ by the
    /// other half, and the count is as good as any that every reading repeats.
    fn occurrence(&mut self, number: u128) -> u32 {
        let slot = u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default();
        if self.seen.insert(slot) {
            return 1;
        }
        let count = self.repeats.entry(slot).or_insert(1);
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_rows_are_told_apart_by_occurrence() {
        let mut ids = RowIds::default();
        let names: Vec<_> = ["a", "b", "a", "a"]
            .map(|row| ids.next(row.as_bytes()))
            .into();
        assert_eq!(&*names[0], "row-ca978112ca1bbdcafac231b39a23dc4d");
        assert_eq!(*names[2], format!("{}-2", names[0]));
        assert_eq!(*names[3], format!("{}-3", names[0]));
        assert_eq!(&*names[1], "row-3e23e8160039594a33894f6564e1b134");
    }
}

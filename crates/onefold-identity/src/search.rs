//! Binary search over rows that are found by number.
//!
//! Invariant: each step halves what is left, so about log2(n) rows are read.

/// The first of so many rows for which `is_before` does not hold; they are sorted by it.
pub(crate) fn partition_point(rows: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, rows);
    while low < high {
        let middle = low + (high - low) / 2;
        match is_before(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

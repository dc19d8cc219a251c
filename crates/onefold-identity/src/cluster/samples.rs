//! Random pairs for property tests, with many ties.

use proptest::prelude::*;

use super::ScoredPair;

/// Up to `rows_max` rows, and pairs between them with few different bits, so that ties are common.
pub(crate) fn pairs(
    rows_max: u32,
    pairs_max: usize,
) -> impl Strategy<Value = (u32, Vec<ScoredPair>)> {
    (2..=rows_max).prop_flat_map(move |rows| {
        let pair = (0..rows, 0..rows, -3_i32..8)
            .prop_filter_map("a pair of one row", |(a, b, bits)| {
                (a != b).then(|| ScoredPair::new(a, b, f64::from(bits)))
            });
        (Just(rows), prop::collection::vec(pair, 0..=pairs_max))
    })
}

/// Labels for so many rows, of so many clusters at most.
pub(crate) fn labels(rows: u32, clusters_max: u32) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..clusters_max, rows as usize)
}

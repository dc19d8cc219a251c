//! Every way to clusters against a slow and obvious one.

use onefold_event::ErrorKind;
use proptest::prelude::*;

use super::{samples::pairs, *};

/// Flood fill over pairs of at least `bits_min`.
pub(crate) fn flood(rows: u32, pairs: &[ScoredPair], bits_min: f64) -> Vec<u32> {
    let mut labels = vec![u32::MAX; rows as usize];
    let mut clusters = 0;
    for start in 0..rows as usize {
        if labels[start] != u32::MAX {
            continue;
        }
        labels[start] = clusters;
        let mut waiting = vec![start as u32];
        while let Some(row) = waiting.pop() {
            for pair in pairs.iter().filter(|pair| pair.bits >= bits_min) {
                if let Some(other) = pair.other(row)
                    && labels[other as usize] == u32::MAX
                {
                    labels[other as usize] = clusters;
                    waiting.push(other);
                }
            }
        }
        clusters += 1;
    }
    labels
}

proptest! {
    #[test]
    fn components_agree_with_flood_fill((rows, list) in pairs(12, 16), bits_min in -4_i32..9) {
        let bits_min = f64::from(bits_min);
        let expected = flood(rows, &list, bits_min);
        let (found, _) = components(rows, &list, bits_min).unwrap();
        prop_assert_eq!(found.labels(), &expected);
        let pairs = Pairs::new(rows, list).unwrap();
        prop_assert_eq!(pairs.components(bits_min), found);
    }

    #[test]
    fn cuts_are_components_and_nested((rows, list) in pairs(12, 20)) {
        let pairs = Pairs::new(rows, list.clone()).unwrap();
        let dendrogram = Dendrogram::of(&pairs);
        let cuts: Vec<Partition> = (-4..9).map(|bits| dendrogram.cut(f64::from(bits))).collect();
        for (bits, cut) in (-4..9).map(f64::from).zip(&cuts) {
            prop_assert_eq!(cut.labels(), flood(rows, &list, bits));
            prop_assert_eq!(cut.clusters(), dendrogram.clusters(bits));
            for row in 0..rows {
                let mut cluster = dendrogram.cluster(row, bits).to_vec();
                cluster.sort_unstable();
                let expected: Vec<u32> = (0..rows).filter(|it| cut.together(row, *it)).collect();
                prop_assert_eq!(cluster, expected);
            }
        }
        for neighbours in cuts.windows(2) {
            prop_assert!(neighbours[1].is_finer_than(&neighbours[0]));
        }
    }

    #[test]
    fn bits_between_is_the_highest_threshold_that_keeps_both((rows, list) in pairs(8, 12)) {
        let dendrogram = Dendrogram::of(&Pairs::new(rows, list.clone()).unwrap());
        for left in 0..rows {
            for right in (0..rows).filter(|right| *right != left) {
                let together = |bits: &i32| {
                    let labels = flood(rows, &list, f64::from(*bits));
                    labels[left as usize] == labels[right as usize]
                };
                let expected = (-3..8).rev().find(together).map(f64::from);
                prop_assert_eq!(dendrogram.bits_between(left, right), expected);
            }
        }
    }

    #[test]
    fn the_order_of_pairs_does_not_matter((rows, list) in pairs(9, 20), seed in any::<u64>()) {
        let mut shuffled = list.clone();
        let mut state = seed | 1;
        for last in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(last, (state >> 33) as usize % (last + 1));
        }
        prop_assert_eq!(Pairs::new(rows, list).unwrap(), Pairs::new(rows, shuffled).unwrap());
    }

    #[test]
    fn best_links_are_those_of_each_row((rows, list) in pairs(8, 14), bits_min in -2_i32..5) {
        let bits_min = f64::from(bits_min);
        let pairs = Pairs::new(rows, list).unwrap();
        let best = |row: u32| {
            let mut own = pairs.as_slice().iter().enumerate();
            own.find(|(_, pair)| pair.bits >= bits_min && pair.other(row).is_some()).map(|it| it.0)
        };
        for keep in [BestLink::Either, BestLink::Mutual] {
            let expected: Vec<ScoredPair> = pairs.as_slice().iter().enumerate().filter(|(number, pair)| {
                let (left, right) = (best(pair.left) == Some(*number), best(pair.right) == Some(*number));
                if keep == BestLink::Either { left || right } else { left && right }
            }).map(|it| *it.1).collect();
            let (partition, links) = best_links(&pairs, bits_min, keep);
            prop_assert_eq!(partition.labels(), flood(rows, &expected, bits_min));
            prop_assert_eq!(links, expected);
        }
    }

    #[test]
    fn parts_are_clusters_and_as_large_as_allowed((rows, list) in pairs(10, 14), rows_max in 1_usize..6) {
        let dendrogram = Dendrogram::of(&Pairs::new(rows, list.clone()).unwrap());
        let (parts, cut) = parts::parts(&dendrogram, 0.0, rows_max);
        let sizes = dendrogram.cut(0.0).sizes();
        prop_assert_eq!(cut, sizes.iter().filter(|size| **size as usize > rows_max).count() as u64);
        let found: usize = parts.iter().map(Vec::len).sum();
        prop_assert_eq!(found, rows as usize);
        for part in parts {
            // The lowest threshold at which the cluster of the first row is small enough.
            let cluster = |bits: i32| {
                let labels = flood(rows, &list, f64::from(bits));
                let first = labels[part[0] as usize];
                (0..rows).filter(|row| labels[*row as usize] == first).collect::<Vec<u32>>()
            };
            let expected = (0..9).map(cluster).find(|rows| rows.len() <= rows_max);
            prop_assert_eq!(Some(part.clone()), expected);
        }
    }
}

#[test]
fn what_says_nothing_is_counted_and_left_out() {
    let list = vec![
        ScoredPair::new(1, 1, 9.0),
        ScoredPair::new(0, 1, f64::NAN),
        ScoredPair::new(0, 2, f64::INFINITY),
        ScoredPair::new(1, 2, f64::NEG_INFINITY),
    ];
    let expected = Skipped {
        self_pairs: 1,
        not_numbers: 1,
    };
    let (partition, skipped) = components(3, &list, 0.0).unwrap();
    assert_eq!(
        (partition.labels(), skipped),
        ([0, 1, 0].as_slice(), expected)
    );
    let pairs = Pairs::new(3, list).unwrap();
    assert_eq!(pairs.skipped(), expected);
    let bits: Vec<f64> = pairs.as_slice().iter().map(|pair| pair.bits).collect();
    assert_eq!(bits, [BITS_MAX, -BITS_MAX]);
}

#[test]
fn rows_that_are_not_there_are_refused_and_counted() {
    let list = vec![
        ScoredPair::new(0, 1, 1.0),
        ScoredPair::new(0, 3, 1.0),
        ScoredPair::new(7, 7, f64::NAN),
    ];
    let expected = "2 pairs name rows that are not there; the first is pair 1, rows `0` and `3`, but \
                    there are 3 rows, counted from 0";
    for error in [
        Pairs::new(3, list.clone()).unwrap_err(),
        components(3, &list, 0.0).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn nothing_in_is_nothing_out() {
    let pairs = Pairs::new(0, Vec::new()).unwrap();
    let dendrogram = Dendrogram::of(&pairs);
    assert_eq!(dendrogram.cut(f64::NEG_INFINITY).clusters(), 0);
    assert_eq!(dendrogram.cluster(0, 0.0), [0_u32; 0]);
    assert_eq!(dendrogram.bits_between(0, 1), None);
    assert_eq!(pairs.components(f64::NAN).clusters(), 0);
    assert_eq!(pairs.components(0.0).members().iter().count(), 0);
    let alone = Dendrogram::of(&Pairs::new(2, Vec::new()).unwrap());
    assert_eq!(alone.cut(f64::NEG_INFINITY).labels(), [0, 1]);
    assert_eq!(alone.cluster(1, f64::NEG_INFINITY), [1]);
}

#[test]
fn bits_and_probability_are_one_thing() {
    for bits in [-30.0, -1.5, 0.0, 0.25, 4.0, 20.0] {
        assert!((bits_of(probability(bits)) - bits).abs() < 1e-6, "{bits}");
    }
    assert_eq!((bits_of(1.0), bits_of(0.0)), (BITS_MAX, -BITS_MAX));
    assert_eq!(
        (probability(BITS_MAX), probability(-BITS_MAX) < 1e-300),
        (1.0, true)
    );
}

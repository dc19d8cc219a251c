//! Found clusters against true clusters, by every measure in use.
//!
//! Invariant: all measures come from one contingency table: how many rows each found cluster shares with
//! each true one.

use std::fmt;

use onefold_event::Result;
use serde::{Deserialize, Serialize};

use super::{Confusion, check_rows, harmonic, share};
use crate::cluster::{Partition, pairs_of};

/// How found clusters agree with true ones; [`Display`](fmt::Display) is a table.
///
/// Cost of [`Agreement::of`]: O(rows).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Rows.
    pub rows: u32,
    /// Pairs of rows that are together.
    pub pairwise: Confusion,
    /// B-cubed (Bagga and Baldwin, 1998): the mean over rows.
    pub bcubed: ItemShares,
    /// Clusters found exactly as they are.
    pub exact: ExactClusters,
    /// Splits and then merges that turn what was found into the truth: the basic generalised merge distance
    /// (Menestrina, Whang and Garcia-Molina, 2010).
    pub splits: u64,
    /// See [`Agreement::splits`].
    pub merges: u64,
    /// Variation of information in bits (Meilă, 2007): 0 if both are the same, at most log2(rows).
    pub variation_bits: f64,
}

/// Precision and recall as means over rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ItemShares {
    /// The mean share of a row's found cluster that is truly with it.
    pub precision: f64,
    /// The mean share of a row's true cluster that was found with it.
    pub recall: f64,
}

/// Clusters that were found exactly, of two rows or more and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExactClusters {
    /// Clusters found.
    pub found: u32,
    /// True clusters.
    pub truth: u32,
    /// Clusters that are in both, row for row.
    pub both: u32,
    /// Of `found`, those of two rows or more.
    pub found_plural: u32,
    /// Of `truth`, those of two rows or more.
    pub truth_plural: u32,
    /// Of `both`, those of two rows or more.
    pub both_plural: u32,
}

impl ItemShares {
    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        harmonic(self.precision, self.recall)
    }
}

impl ExactClusters {
    /// The share of found clusters that are true ones.
    pub fn precision(&self) -> f64 {
        share(self.both.into(), self.found.into())
    }

    /// The share of true clusters that were found.
    pub fn recall(&self) -> f64 {
        share(self.both.into(), self.truth.into())
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        harmonic(self.precision(), self.recall())
    }
}

impl Agreement {
    /// Compares found clusters with the truth.
    ///
    /// # Errors
    /// `InvalidInput` if the two are not about as many rows.
    pub fn of(found: &Partition, truth: &Partition) -> Result<Self> {
        check_rows(found.rows(), truth)?;
        let (found_sizes, truth_sizes) = (found.sizes(), truth.sizes());
        let mut sums = Sums::default();
        for_each_cell(found, truth, |mine, theirs, both| {
            let size = |sizes: &[u32], label: u32| sizes.get(label as usize).copied();
            let found_size = size(&found_sizes, mine).unwrap_or_default();
            let truth_size = size(&truth_sizes, theirs).unwrap_or_default();
            sums.add(both, found_size, truth_size);
        });
        let plural = |sizes: &[u32]| sizes.iter().filter(|size| **size > 1).count() as u32;
        let mean = |sum: f64| {
            if found.rows() == 0 {
                1.0
            } else {
                sum / f64::from(found.rows())
            }
        };
        Ok(Self {
            rows: found.rows(),
            pairwise: Confusion::of(sums.right, found.pairs(), truth.pairs()),
            bcubed: ItemShares {
                precision: mean(sums.precision),
                recall: mean(sums.recall),
            },
            exact: ExactClusters {
                found: found.clusters(),
                truth: truth.clusters(),
                both: sums.both,
                found_plural: plural(&found_sizes),
                truth_plural: plural(&truth_sizes),
                both_plural: sums.both_plural,
            },
            splits: sums.cells - u64::from(found.clusters()),
            merges: sums.cells - u64::from(truth.clusters()),
            variation_bits: sums.variation / f64::from(found.rows().max(1)),
        })
    }
}

/// Calls `visit(found label, true label, rows in both)` for each cell that is not empty.
pub(super) fn for_each_cell(
    found: &Partition,
    truth: &Partition,
    mut visit: impl FnMut(u32, u32, u32),
) {
    let mut counts = vec![0_u32; truth.clusters() as usize];
    let mut seen = Vec::new();
    for (cluster, rows) in (0..).zip(found.members().iter()) {
        for label in rows.iter().filter_map(|row| truth.label(*row)) {
            if let Some(count) = counts.get_mut(label as usize) {
                if *count == 0 {
                    seen.push(label);
                }
                *count += 1;
            }
        }
        for label in seen.drain(..) {
            let count = counts.get_mut(label as usize).map(std::mem::take);
            visit(cluster, label, count.unwrap_or_default());
        }
    }
}

/// What is summed over the cells.
#[derive(Default)]
struct Sums {
    cells: u64,
    right: u64,
    precision: f64,
    recall: f64,
    both: u32,
    both_plural: u32,
    variation: f64,
}

impl Sums {
    fn add(&mut self, both: u32, found_size: u32, truth_size: u32) {
        let is_exact = both == found_size && both == truth_size;
        self.cells += 1;
        self.right += pairs_of(both);
        let of_found = f64::from(both) / f64::from(found_size);
        let of_truth = f64::from(both) / f64::from(truth_size);
        // Each of the cell's rows has this share of its cluster.
        self.precision += f64::from(both) * of_found;
        self.recall += f64::from(both) * of_truth;
        self.both += u32::from(is_exact);
        self.both_plural += u32::from(is_exact && both > 1);
        // Subtracted as positive numbers, so that nothing lost is a zero and not a negative zero.
        self.variation += f64::from(both) * ((1.0 / of_found).log2() + (1.0 / of_truth).log2());
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, precision: f64, recall: f64, f1: f64| {
            writeln!(f, "{name:<14} {precision:>9.4} {recall:>9.4} {f1:>9.4}")
        };
        let (pairs, items, exact) = (&self.pairwise, &self.bcubed, &self.exact);
        line("pairs", pairs.precision(), pairs.recall(), pairs.f1())?;
        line("b-cubed", items.precision, items.recall, items.f1())?;
        line(
            "exact clusters",
            exact.precision(),
            exact.recall(),
            exact.f1(),
        )?;
        writeln!(
            f,
            "{} rows, {} clusters found, {} true; {} splits and {} merges away, {:.4} bits of variation",
            self.rows, exact.found, exact.truth, self.splits, self.merges, self.variation_bits
        )?;
        write!(
            f,
            "pairs: {} right, {} wrong, {} missed",
            pairs.true_positives, pairs.false_positives, pairs.false_negatives
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn partition(labels: &[u32]) -> Partition {
        Partition::from_labels(labels.iter().map(Some))
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_every_pair(both in prop::collection::vec((0_u32..5, 0_u32..5), 1..14)) {
            let (found, truth): (Vec<u32>, Vec<u32>) = both.iter().copied().unzip();
            let rows = found.len();
            let agreement = Agreement::of(&partition(&found), &partition(&truth)).unwrap();
            let mut pairs = Confusion::default();
            let (mut precision, mut recall, mut variation) = (0.0, 0.0, 0.0);
            for a in 0..rows {
                let with = |labels: &[u32]| -> Vec<usize> {
                    (0..rows).filter(|b| labels[*b] == labels[a]).collect()
                };
                let (mine, theirs) = (with(&found), with(&truth));
                let shared = mine.iter().filter(|row| theirs.contains(row)).count() as f64;
                precision += shared / mine.len() as f64 / rows as f64;
                recall += shared / theirs.len() as f64 / rows as f64;
                variation -= ((shared / mine.len() as f64).log2()
                    + (shared / theirs.len() as f64).log2()) / rows as f64;
                for b in a + 1..rows {
                    match (found[a] == found[b], truth[a] == truth[b]) {
                        (true, true) => pairs.true_positives += 1,
                        (true, false) => pairs.false_positives += 1,
                        (false, true) => pairs.false_negatives += 1,
                        (false, false) => {}
                    }
                }
            }
            let groups = |labels: &[u32]| {
                let mut groups: Vec<Vec<usize>> = (0..5)
                    .map(|label| (0..rows).filter(|row| labels[*row] == label).collect())
                    .collect();
                groups.retain(|group: &Vec<usize>| !group.is_empty());
                groups
            };
            let same = groups(&found).iter().filter(|it| groups(&truth).contains(it)).count();
            prop_assert_eq!(agreement.pairwise, pairs);
            prop_assert_eq!(agreement.exact.both as usize, same);
            prop_assert!(close(agreement.bcubed.precision, precision));
            prop_assert!(close(agreement.bcubed.recall, recall));
            prop_assert!(close(agreement.variation_bits, variation));
            // Splitting what was found by the truth gives the cells; merging those gives the truth.
            let mut cells = both.clone();
            cells.sort_unstable();
            cells.dedup();
            prop_assert_eq!(agreement.splits as usize, cells.len() - groups(&found).len());
            prop_assert_eq!(agreement.merges as usize, cells.len() - groups(&truth).len());
        }
    }

    #[test]
    fn the_table_is_told() {
        let agreement =
            Agreement::of(&partition(&[0, 0, 0, 1]), &partition(&[0, 0, 1, 2])).unwrap();
        expect_test::expect![[r#"
            pairs             0.3333    1.0000    0.5000
            b-cubed           0.6667    1.0000    0.8000
            exact clusters    0.5000    0.3333    0.4000
            4 rows, 2 clusters found, 3 true; 1 splits and 0 merges away, 0.6887 bits of variation
            pairs: 1 right, 2 wrong, 0 missed"#]]
        .assert_eq(&agreement.to_string());
    }

    #[test]
    fn nothing_is_right() {
        let agreement = Agreement::of(&partition(&[]), &partition(&[])).unwrap();
        assert_eq!((agreement.pairwise.f1(), agreement.bcubed.f1()), (1.0, 1.0));
        assert_eq!(agreement.variation_bits, 0.0);
        let error = Agreement::of(&partition(&[1]), &partition(&[])).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the truth has labels for 0 rows, but there are 1")
        );
    }
}

//! Precision and recall of clusters at every threshold, in one pass.
//!
//! Invariant: a point is what [`Agreement`](super::Agreement) would count for the components at its
//! threshold; pairs of equal bits are one step.

use std::fmt;

use onefold_event::Result;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Confusion, check_rows};
use crate::cluster::{Pairs, Partition, UnionFind, probability};

/// The pairs of rows that are together, right and in all, at every threshold at which that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// From the strictest threshold to the widest; the first, at infinity, has every row alone.
    points: Vec<SweepPoint>,
}

/// The clusters at one threshold against the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The threshold: pairs of at least so many bits are links. More than any pair has at the first point.
    pub bits: f64,
    /// How many clusters there are.
    pub clusters: u32,
    /// Pairs of rows within clusters against the truth.
    pub pairs: Confusion,
}

impl SweepPoint {
    /// The threshold as a probability.
    pub fn probability(&self) -> f64 {
        probability(self.bits)
    }
}

impl Sweep {
    /// Takes the pairs strongest first and counts after each step.
    ///
    /// Cost: near O(rows + pairs): each union moves the shorter list of true labels into the longer.
    ///
    /// # Errors
    /// `InvalidInput` if the truth is not about as many rows.
    pub fn of(pairs: &Pairs, truth: &Partition) -> Result<Self> {
        check_rows(pairs.rows(), truth)?;
        let mut state = State::new(truth);
        let mut points = vec![state.point(f64::MAX)];
        let mut clusters = state.clusters;
        for tied in pairs.as_slice().chunk_by(|a, b| a.bits == b.bits) {
            for pair in tied {
                state.union(pair.left, pair.right);
            }
            if let Some(pair) = tied.first()
                && state.clusters != clusters
            {
                points.push(state.point(pair.bits));
                clusters = state.clusters;
            }
        }
        Ok(Self { points })
    }

    /// All points, strictest threshold first; between two of them nothing changes.
    pub fn points(&self) -> &[SweepPoint] {
        &self.points
    }

    /// The point of greatest F1; of equal ones the strictest. Cost: O(points).
    pub fn best(&self) -> Option<&SweepPoint> {
        let better = |best: &&SweepPoint, point: &&SweepPoint| point.pairs.f1() > best.pairs.f1();
        let mut points = self.points.iter();
        let first = points.next()?;
        Some(points.fold(
            first,
            |best, point| if better(&best, &point) { point } else { best },
        ))
    }

    /// The clusters at a threshold. Cost: O(log points).
    pub fn at(&self, bits_min: f64) -> Option<&SweepPoint> {
        let end = self.points.partition_point(|point| point.bits >= bits_min);
        self.points.get(end.max(1) - 1)
    }

    /// At most `points_max` points for a picture: the first, the best and the last, and others spread
    /// evenly over all.
    pub fn curve(&self, points_max: usize) -> Vec<SweepPoint> {
        let (last, best) = (self.points.len().saturating_sub(1), self.best());
        if self.points.len() <= points_max {
            return self.points.clone();
        }
        let spread = points_max.saturating_sub(1).max(2);
        let mut places: Vec<usize> = (0..spread)
            .map(|place| place * last / (spread - 1))
            .collect();
        places.extend(self.points.iter().position(|point| Some(point) == best));
        places.sort_unstable();
        places.dedup();
        places
            .iter()
            .filter_map(|place| self.points.get(*place))
            .copied()
            .collect()
    }
}

/// A table of at most a dozen points, the best one marked.
impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<9} {:>11} {:>9} {:>9} {:>9} {:>9}",
            "bits", "probability", "clusters", "precision", "recall", "F1"
        )?;
        for point in self.curve(12) {
            let bits = if point.bits == f64::MAX {
                "none".into()
            } else {
                format!("{:+.2}", point.bits)
            };
            write!(
                f,
                "\n{bits:<9} {:>11.6} {:>9} {:>9.4} {:>9.4} {:>9.4}",
                point.probability(),
                point.clusters,
                point.pairs.precision(),
                point.pairs.recall(),
                point.pairs.f1()
            )?;
            if Some(&point) == self.best() {
                f.write_str(" best")?;
            }
        }
        Ok(())
    }
}

/// Clusters while they grow, with the true labels of the rows in each.
struct State {
    sets: UnionFind,
    sizes: Vec<u32>,
    labels: Vec<Labels>,
    clusters: u32,
    right: u64,
    found: u64,
    truth: u64,
}

/// How many rows of each true label a cluster has. Most clusters have one label: those need no memory of
/// their own.
enum Labels {
    One(u32, u32),
    Many(Box<Counts>),
}

/// Rows of each label. Sums over it do not depend on its order.
struct Counts(FxHashMap<u32, u32>);

impl State {
    fn new(truth: &Partition) -> Self {
        Self {
            sets: UnionFind::new(truth.rows()),
            sizes: vec![1; truth.labels().len()],
            labels: truth
                .labels()
                .iter()
                .map(|label| Labels::One(*label, 1))
                .collect(),
            clusters: truth.rows(),
            right: 0,
            found: 0,
            truth: truth.pairs(),
        }
    }

    fn point(&self, bits: f64) -> SweepPoint {
        let pairs = Confusion::of(self.right, self.found, self.truth);
        SweepPoint {
            bits,
            clusters: self.clusters,
            pairs,
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "roots are rows, and there is one of each for every row"
    )]
    fn union(&mut self, left: u32, right: u32) {
        let Some((kept, absorbed)) = self.sets.union(left, right) else {
            return;
        };
        let (kept, absorbed) = (kept as usize, absorbed as usize);
        self.found += u64::from(self.sizes[kept]) * u64::from(self.sizes[absorbed]);
        self.sizes[kept] += self.sizes[absorbed];
        self.clusters -= 1;
        let mut moved = std::mem::replace(&mut self.labels[absorbed], Labels::One(0, 0));
        let labels = &mut self.labels[kept];
        if moved.len() > labels.len() {
            std::mem::swap(&mut moved, labels);
        }
        self.right += labels.absorb(moved);
    }
}

impl Labels {
    fn len(&self) -> usize {
        match self {
            Self::One(..) => 1,
            Self::Many(counts) => counts.0.len(),
        }
    }

    /// Adds the other's rows; how many pairs of equal label that makes.
    fn absorb(&mut self, other: Self) -> u64 {
        match other {
            Self::One(label, count) => self.add(label, count),
            Self::Many(counts) => {
                let counts = counts.0.into_iter();
                counts.map(|(label, count)| self.add(label, count)).sum()
            }
        }
    }

    fn add(&mut self, label: u32, count: u32) -> u64 {
        let before = match self {
            Self::One(own, rows) if *own == label => add_to(rows, count),
            Self::One(own, rows) => {
                let counts = [(*own, *rows), (label, count)].into_iter().collect();
                *self = Self::Many(Box::new(Counts(counts)));
                0
            }
            Self::Many(counts) => add_to(counts.0.entry(label).or_default(), count),
        };
        u64::from(before) * u64::from(count)
    }
}

/// Adds, and gives what was there.
fn add_to(rows: &mut u32, count: u32) -> u32 {
    let before = *rows;
    *rows += count;
    before
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        cluster::{ScoredPair, samples},
        evaluate::Agreement,
    };

    fn check(rows: u32, list: Vec<ScoredPair>, labels: &[u32]) -> Result<(), TestCaseError> {
        let truth = Partition::from_labels(labels.iter().map(Some));
        let pairs = Pairs::new(rows, list).unwrap();
        let sweep = Sweep::of(&pairs, &truth).unwrap();
        let mut f1_max = 0.0_f64;
        let mut thresholds: Vec<f64> = pairs.as_slice().iter().map(|pair| pair.bits).collect();
        thresholds.extend([f64::MAX, f64::MIN]);
        for bits in thresholds {
            let clusters = pairs.components(bits);
            let expected = Agreement::of(&clusters, &truth).unwrap();
            let point = sweep.at(bits).unwrap();
            prop_assert_eq!(point.pairs, expected.pairwise);
            prop_assert_eq!(point.clusters, clusters.clusters());
            f1_max = f1_max.max(expected.pairwise.f1());
        }
        let best = sweep.best().unwrap();
        prop_assert_eq!(best.pairs.f1(), f1_max);
        for points_max in 2..9 {
            let curve = sweep.curve(points_max);
            prop_assert!(curve.len() <= points_max.max(3) && curve.contains(best));
            prop_assert!(curve.windows(2).all(|two| two[0].bits > two[1].bits));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn agrees_with_counting_at_each_threshold(
            ((rows, list), labels) in samples::pairs(12, 30).prop_flat_map(|(rows, list)| {
                (Just((rows, list)), samples::labels(rows, 4))
            }),
        ) {
            check(rows, list, &labels)?;
        }

        /// Many labels in one cluster.
        #[test]
        fn agrees_with_large_mixed_clusters(
            ((rows, list), labels) in samples::pairs(60, 90).prop_flat_map(|(rows, list)| {
                (Just((rows, list)), samples::labels(rows, 40))
            }),
        ) {
            check(rows, list, &labels)?;
        }
    }

    #[test]
    fn the_table_marks_the_best() {
        let truth = Partition::from_labels(["a", "a", "b", "b"].map(Some));
        let list = [(0, 1, 5.0), (2, 3, 3.0), (1, 2, 3.0), (0, 3, 1.0)];
        let list = list.map(|(left, right, bits)| ScoredPair::new(left, right, bits));
        let sweep = Sweep::of(&Pairs::new(4, list.to_vec()).unwrap(), &truth).unwrap();
        expect_test::expect![[r#"
            bits      probability  clusters precision    recall        F1
            none         1.000000         4    1.0000    0.0000    0.0000
            +5.00        0.969697         3    1.0000    0.5000    0.6667 best
            +3.00        0.888889         1    0.3333    1.0000    0.5000"#]]
        .assert_eq(&sweep.to_string());
        let json = serde_json::to_string(&sweep).unwrap();
        assert_eq!(serde_json::from_str::<Sweep>(&json).unwrap(), sweep);
    }

    #[test]
    fn nothing_is_swept() {
        let nothing: [Option<u32>; 0] = [];
        let sweep = Sweep::of(
            &Pairs::new(0, Vec::new()).unwrap(),
            &Partition::from_labels(nothing),
        );
        let sweep = sweep.unwrap();
        assert_eq!(
            (sweep.points().len(), sweep.best().unwrap().pairs.f1()),
            (1, 1.0)
        );
        let truth = Partition::singletons(3);
        assert!(Sweep::of(&Pairs::new(0, Vec::new()).unwrap(), &truth).is_err());
    }
}

//! The partitions of every threshold at once.
//!
//! Invariant: rows stand in an order in which, at any threshold, each cluster is a run without a gap below
//! the threshold. So cuts are nested by construction, and a cut searches nothing.

use super::{Pairs, Partition, UnionFind};

/// All partitions by connected components, from the strictest threshold to the widest.
///
/// The rows stand in a line; between neighbours stand the bits at which their clusters were joined when
/// pairs were taken strongest first (single linkage). Sixteen bytes a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Dendrogram {
    /// The rows in their line.
    pub(super) order: Vec<u32>,
    /// Where each row stands in the line.
    places: Vec<u32>,
    /// The bits between a place and the next; negative infinity where nothing joins them.
    pub(super) gaps: Vec<f64>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "rows of `Pairs` are in range, and the line has a place for each"
)]
impl Dendrogram {
    /// Joins clusters by descending bits and keeps every union.
    ///
    /// Cost: near O(rows + pairs).
    pub fn of(pairs: &Pairs) -> Self {
        let rows = pairs.rows() as usize;
        let mut sets = UnionFind::new(pairs.rows());
        let mut lasts: Vec<u32> = (0..pairs.rows()).collect();
        let mut nexts: Vec<(u32, f64)> = vec![(u32::MAX, f64::NEG_INFINITY); rows];
        for pair in pairs.as_slice() {
            if let Some((kept, absorbed)) = sets.union(pair.left, pair.right) {
                // A root is the first of its line: the absorbed line goes behind the last of the kept one.
                nexts[lasts[kept as usize] as usize] = (absorbed, pair.bits);
                lasts[kept as usize] = lasts[absorbed as usize];
            }
        }
        let mut line = Self {
            order: Vec::with_capacity(rows),
            places: vec![0; rows],
            gaps: Vec::with_capacity(rows),
        };
        for row in 0..pairs.rows() {
            if sets.find(row) == row {
                line.extend(row, &nexts);
            }
        }
        line
    }

    /// Puts one component at the end of the line.
    fn extend(&mut self, first: u32, nexts: &[(u32, f64)]) {
        let mut row = first;
        while row != u32::MAX {
            let (next, gap) = nexts[row as usize];
            self.places[row as usize] = self.order.len() as u32;
            self.order.push(row);
            self.gaps.push(gap);
            row = next;
        }
    }

    /// How many rows.
    pub fn rows(&self) -> u32 {
        self.order.len() as u32
    }

    /// The partition by pairs of at least `bits_min`. Cost: O(rows), which is the size of the answer.
    pub fn cut(&self, bits_min: f64) -> Partition {
        let mut runs = vec![0; self.order.len()];
        let mut run = 0_u32;
        for (row, gap) in self.order.iter().zip(&self.gaps) {
            runs[*row as usize] = run;
            run += u32::from(!joins(*gap, bits_min));
        }
        let mut labels = vec![u32::MAX; run as usize];
        let mut clusters = 0;
        for run in &mut runs {
            let label = &mut labels[*run as usize];
            if *label == u32::MAX {
                *label = clusters;
                clusters += 1;
            }
            *run = *label;
        }
        Partition::from_parts(runs, clusters)
    }

    /// How many clusters a cut would have. Cost: O(rows), and no memory.
    pub fn clusters(&self, bits_min: f64) -> u32 {
        self.gaps
            .iter()
            .filter(|gap| !joins(**gap, bits_min))
            .count() as u32
    }

    /// The rows together with `row` at the threshold, in the order of the line; empty if there is no such
    /// row. Cost: O(answer).
    pub fn cluster(&self, row: u32, bits_min: f64) -> &[u32] {
        let Some(place) = self.places.get(row as usize) else {
            return &[];
        };
        let (mut start, mut end) = (*place as usize, *place as usize);
        while start > 0 && joins(self.gaps[start - 1], bits_min) {
            start -= 1;
        }
        while joins(self.gaps[end], bits_min) {
            end += 1;
        }
        &self.order[start..=end]
    }

    /// The highest threshold at which the two rows are together: the weakest link of the strongest path.
    ///
    /// `None` if nothing joins them or a row is not there; a row is with itself at any threshold, which is
    /// infinity. Cost: O(rows between them in the line), at most the size of their component.
    pub fn bits_between(&self, left: u32, right: u32) -> Option<f64> {
        let left = *self.places.get(left as usize)? as usize;
        let right = *self.places.get(right as usize)? as usize;
        let between = &self.gaps[left.min(right)..left.max(right)];
        let weakest = between.iter().copied().fold(f64::INFINITY, f64::min);
        (weakest > f64::NEG_INFINITY).then_some(weakest)
    }
}

/// The last gap of a component never joins, whatever the threshold.
fn joins(gap: f64, bits_min: f64) -> bool {
    gap >= bits_min && gap > f64::NEG_INFINITY
}

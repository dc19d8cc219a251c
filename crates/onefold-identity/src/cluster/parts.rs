//! Components cut to a largest size, each at its own threshold.
//!
//! Invariant: a part is the cluster of its rows at some threshold, it has at most the rows allowed, and at
//! the next lower threshold it would have more.

use super::Dendrogram;

/// Rows of each part, in the order of the line; and how many components had to be cut.
pub(super) fn parts(
    dendrogram: &Dendrogram,
    bits_min: f64,
    rows_max: usize,
) -> (Vec<Vec<u32>>, u64) {
    let mut runs = Runs::new(dendrogram.order.len(), rows_max);
    let mut gaps: Vec<(f64, usize)> = dendrogram.gaps.iter().copied().zip(0..).collect();
    gaps.retain(|(bits, _)| *bits >= bits_min && *bits > f64::NEG_INFINITY);
    gaps.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for tied in gaps.chunk_by(|a, b| a.0 == b.0) {
        runs.join(tied);
    }
    let large = dendrogram
        .gaps
        .split(|bits| *bits < bits_min || *bits == f64::NEG_INFINITY);
    // A run of gaps that join has one row more than gaps.
    let cut = large.filter(|gaps| gaps.len() >= rows_max).count() as u64;
    (runs.rows(&dendrogram.order), cut)
}

/// Runs of places in the line while they grow.
struct Runs {
    rows_max: usize,
    /// Of the first place of a run: its last.
    lasts: Vec<usize>,
    /// Of the last place of a run: its first.
    firsts: Vec<usize>,
    /// Of the first place of a run: it may not grow any more.
    is_final: Vec<bool>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "a gap that joins has a place before and behind it"
)]
impl Runs {
    fn new(places: usize, rows_max: usize) -> Self {
        Self {
            rows_max,
            lasts: (0..places).collect(),
            firsts: (0..places).collect(),
            is_final: vec![false; places],
        }
    }

    /// Joins runs over gaps of equal bits, ascending by place: all of a chain, or none.
    fn join(&mut self, tied: &[(f64, usize)]) {
        let mut rest = tied;
        while let Some((_, gap)) = rest.first() {
            let first = self.firsts[*gap];
            let mut chain = vec![first];
            while let Some(((_, gap), behind)) = rest.split_first()
                && chain.last().is_some_and(|run| self.lasts[*run] == *gap)
            {
                chain.push(gap + 1);
                rest = behind;
            }
            let last = chain.last().map_or(first, |run| self.lasts[*run]);
            let is_open = chain.iter().all(|run| !self.is_final[*run]);
            if is_open && last - first < self.rows_max {
                self.lasts[first] = last;
                self.firsts[last] = first;
            } else {
                chain.into_iter().for_each(|run| self.is_final[run] = true);
            }
        }
    }

    fn rows(&self, order: &[u32]) -> Vec<Vec<u32>> {
        let mut parts = Vec::new();
        let mut first = 0;
        while first < order.len() {
            let last = self.lasts[first];
            let mut rows = order[first..=last].to_vec();
            rows.sort_unstable();
            parts.push(rows);
            first = last + 1;
        }
        parts
    }
}

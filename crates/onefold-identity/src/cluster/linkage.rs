//! Agglomeration by complete or average linkage: clusters join as wholes, not by one strong pair.
//!
//! Invariant: of all pairs of clusters the one with the most bits between them joins first, of equal ones
//! the one with the lower rows; nothing joins below the threshold.

use serde::{Deserialize, Serialize};

use super::{
    BITS_MAX, Dendrogram, Held, HeldReason, Pairs, Partition, ScoredPair, UnionFind, parts::parts,
};

/// What the bits between two clusters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// The fewest bits of any pair across: everybody must agree with everybody.
    Complete,
    /// The mean of the bits of all pairs across.
    Average,
}

/// How to [`agglomerate`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkageSettings {
    /// What the bits between two clusters are.
    pub linkage: Linkage,
    /// Clusters with fewer bits between them do not join.
    pub bits_min: f64,
    /// Components with more rows are first cut, each part at the lowest threshold that brings it to this
    /// size, and what is cut stays apart. Memory grows with the square: 1,000 rows are 8 MB.
    pub rows_max: u32,
}

/// Clusters by [`agglomerate`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agglomerated {
    /// The clusters.
    pub partition: Partition,
    /// The pairs of at least the threshold whose clusters did not join, strongest first. Of a pair that
    /// was cut first the bits told are its own.
    pub held: Vec<Held>,
    /// How many components had more rows than allowed and were cut. Rows that are all tied stay alone.
    pub cut_components: u64,
    /// How often `score` was asked.
    pub scored: u64,
}

/// Joins clusters as wholes, component by component.
///
/// `score` gives the bits of a pair of rows (lower one first) that is not listed; it is asked at most once
/// a pair, and only within a component. Where it gives no number, the pair counts as -1000 bits.
/// Cost: O(pairs) to sort them out, and about O(k²) time and memory for a component of k rows.
pub fn agglomerate(
    pairs: &Pairs,
    settings: LinkageSettings,
    mut score: impl FnMut(u32, u32) -> f64,
) -> Agglomerated {
    let rows_max = settings.rows_max.max(1) as usize;
    let (parts, cut_components) = parts(&Dendrogram::of(pairs), settings.bits_min, rows_max);
    let (inside, across) = sorted_out(pairs, &parts);
    let mut held: Vec<Held> = Vec::new();
    for pair in across
        .into_iter()
        .filter(|pair| pair.bits >= settings.bits_min)
    {
        held.push(Held {
            pair,
            reason: HeldReason::Linkage { bits: pair.bits },
        });
    }
    let mut sets = UnionFind::new(pairs.rows());
    let mut scored = 0;
    for (rows, pairs) in parts.iter().zip(&inside).filter(|(rows, _)| rows.len() > 1) {
        let score = |left, right| {
            scored += 1;
            score(left, right)
        };
        let mut block = Block::new(rows, pairs, settings.linkage, score);
        block.run(settings.bits_min);
        block.finish(pairs, settings.bits_min, &mut sets, &mut held);
    }
    held.sort_by(|a, b| {
        let by_bits = b.pair.bits.total_cmp(&a.pair.bits);
        by_bits.then_with(|| a.pair.rows().cmp(&b.pair.rows()))
    });
    Agglomerated {
        partition: sets.into_partition(),
        held,
        cut_components,
        scored,
    }
}

/// The pairs of each part, strongest first, and those between parts.
fn sorted_out(pairs: &Pairs, parts: &[Vec<u32>]) -> (Vec<Vec<ScoredPair>>, Vec<ScoredPair>) {
    let mut part_of = vec![0_usize; pairs.rows() as usize];
    for (number, rows) in parts.iter().enumerate() {
        for row in rows {
            if let Some(part) = part_of.get_mut(*row as usize) {
                *part = number;
            }
        }
    }
    let (mut inside, mut across) = (vec![Vec::new(); parts.len()], Vec::new());
    for pair in pairs.as_slice() {
        let part = |row: u32| part_of.get(row as usize).copied();
        match part(pair.left).and_then(|part| inside.get_mut(part)) {
            Some(inside) if part(pair.left) == part(pair.right) => inside.push(*pair),
            _ => across.push(*pair),
        }
    }
    (inside, across)
}

/// One part: the bits between its clusters, and each cluster's best partner.
struct Block<'a> {
    rows: &'a [u32],
    linkage: Linkage,
    /// Between clusters, as a full square: the fewest bits, or their sum.
    links: Vec<f64>,
    /// How many rows a cluster has; 0 for one that is absorbed.
    counts: Vec<f64>,
    /// Of each cluster: the partner with the most bits among those behind it, and the bits.
    best: Vec<(usize, f64)>,
    /// Of each cluster: the one that absorbed it, or itself.
    absorbed_by: Vec<usize>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "clusters are numbered within the block"
)]
impl<'a> Block<'a> {
    fn new(
        rows: &'a [u32],
        pairs: &[ScoredPair],
        linkage: Linkage,
        score: impl FnMut(u32, u32) -> f64,
    ) -> Self {
        let size = rows.len();
        let mut block = Self {
            rows,
            linkage,
            links: vec![f64::NAN; size * size],
            counts: vec![1.0; size],
            best: vec![(0, f64::NEG_INFINITY); size],
            absorbed_by: (0..size).collect(),
        };
        // Weakest first: of a pair that is listed twice the strongest is kept.
        for pair in pairs.iter().rev() {
            let (a, b) = (block.cluster(pair.left), block.cluster(pair.right));
            block.set(a, b, pair.bits);
        }
        block.fill(score);
        (0..size).for_each(|cluster| block.search(cluster));
        block
    }

    /// Asks for the pairs that are not listed.
    fn fill(&mut self, mut score: impl FnMut(u32, u32) -> f64) {
        for a in 0..self.rows.len() {
            for b in a + 1..self.rows.len() {
                if self.links[a * self.rows.len() + b].is_nan() {
                    let bits = score(self.rows[a], self.rows[b]);
                    let bits = if bits.is_nan() { -BITS_MAX } else { bits };
                    self.set(a, b, bits.clamp(-BITS_MAX, BITS_MAX));
                }
            }
        }
    }

    fn cluster(&self, row: u32) -> usize {
        self.rows.binary_search(&row).unwrap_or_default()
    }

    fn set(&mut self, a: usize, b: usize, bits: f64) {
        self.links[a * self.rows.len() + b] = bits;
        self.links[b * self.rows.len() + a] = bits;
    }

    fn between(&self, a: usize, b: usize) -> f64 {
        let link = self.links[a * self.rows.len() + b];
        match self.linkage {
            Linkage::Complete => link,
            Linkage::Average => link / (self.counts[a] * self.counts[b]),
        }
    }

    /// Finds the best partner behind a cluster; of equal ones the first.
    fn search(&mut self, cluster: usize) {
        let mut best = (0, f64::NEG_INFINITY);
        for other in cluster + 1..self.rows.len() {
            if self.counts[other] > 0.0 {
                let bits = self.between(cluster, other);
                if bits > best.1 {
                    best = (other, bits);
                }
            }
        }
        self.best[cluster] = best;
    }

    fn run(&mut self, bits_min: f64) {
        loop {
            let mut top = (0, 0, f64::NEG_INFINITY);
            for (cluster, (other, bits)) in self.best.iter().enumerate() {
                if self.counts[cluster] > 0.0 && *bits > top.2 {
                    top = (cluster, *other, *bits);
                }
            }
            let (kept, absorbed, bits) = top;
            if bits == f64::NEG_INFINITY || bits < bits_min {
                return;
            }
            self.join(kept, absorbed);
        }
    }

    fn join(&mut self, kept: usize, absorbed: usize) {
        let size = self.rows.len();
        self.absorbed_by[absorbed] = kept;
        for other in self.alive(size) {
            let (a, b) = (
                self.links[kept * size + other],
                self.links[absorbed * size + other],
            );
            self.set(
                kept,
                other,
                match self.linkage {
                    Linkage::Complete => a.min(b),
                    Linkage::Average => a + b,
                },
            );
        }
        self.counts[kept] += self.counts[absorbed];
        self.counts[absorbed] = 0.0;
        // Clusters behind the absorbed one look only behind themselves: nothing changed for them.
        for cluster in self.alive(absorbed) {
            self.refresh(cluster, kept, absorbed);
        }
    }

    /// The clusters before `end` that are not absorbed.
    fn alive(&self, end: usize) -> Vec<usize> {
        (0..end)
            .filter(|cluster| self.counts[*cluster] > 0.0)
            .collect()
    }

    /// Corrects a cluster's best partner after `absorbed` went into `kept`.
    fn refresh(&mut self, cluster: usize, kept: usize, absorbed: usize) {
        let (partner, bits) = self.best[cluster];
        if cluster == kept || partner == kept || partner == absorbed {
            self.search(cluster);
        } else if cluster < kept {
            // A union has no more bits than the better of its parts, save for the rounding of a mean.
            let now = self.between(cluster, kept);
            if now > bits || (now == bits && kept < partner) {
                self.best[cluster] = (kept, now);
            }
        }
    }

    /// Unites the rows, and holds the pairs between clusters that stay apart.
    fn finish(
        &self,
        pairs: &[ScoredPair],
        bits_min: f64,
        sets: &mut UnionFind,
        held: &mut Vec<Held>,
    ) {
        for (cluster, by) in self.absorbed_by.iter().enumerate() {
            sets.union(self.rows[cluster], self.rows[*by]);
        }
        for pair in pairs.iter().filter(|pair| pair.bits >= bits_min) {
            let (a, b) = (self.root(pair.left), self.root(pair.right));
            if a != b {
                let reason = HeldReason::Linkage {
                    bits: self.between(a, b),
                };
                held.push(Held {
                    pair: *pair,
                    reason,
                });
            }
        }
    }

    fn root(&self, row: u32) -> usize {
        let mut cluster = self.cluster(row);
        while self.absorbed_by[cluster] != cluster {
            cluster = self.absorbed_by[cluster];
        }
        cluster
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::samples::pairs;

    /// Bits of a pair that is not listed: any fixed numbers will do.
    fn unlisted(left: u32, right: u32) -> f64 {
        f64::from((left * 7 + right * 3) % 11) - 5.0
    }

    /// Clusters as lists; every pair of clusters is looked at anew in every step.
    fn slow(pairs: &Pairs, parts: &[Vec<u32>], settings: LinkageSettings) -> Vec<Vec<u32>> {
        let bits = |left: u32, right: u32| {
            let (left, right) = (left.min(right), left.max(right));
            let listed = pairs
                .as_slice()
                .iter()
                .find(|pair| pair.rows() == (left, right));
            listed.map_or_else(|| unlisted(left, right), |pair| pair.bits)
        };
        let between = |a: &[u32], b: &[u32]| {
            let all: Vec<f64> = a
                .iter()
                .flat_map(|a| b.iter().map(|b| bits(*a, *b)))
                .collect();
            match settings.linkage {
                Linkage::Complete => all.iter().copied().fold(f64::INFINITY, f64::min),
                Linkage::Average => all.iter().sum::<f64>() / all.len() as f64,
            }
        };
        let mut done = Vec::new();
        for part in parts {
            let mut clusters: Vec<Vec<u32>> = part.iter().map(|row| vec![*row]).collect();
            loop {
                let mut best = (f64::NEG_INFINITY, 0, 0);
                for a in 0..clusters.len() {
                    for b in a + 1..clusters.len() {
                        let bits = between(&clusters[a], &clusters[b]);
                        if bits > best.0 {
                            best = (bits, a, b);
                        }
                    }
                }
                if best.0 == f64::NEG_INFINITY || best.0 < settings.bits_min {
                    break;
                }
                let absorbed = clusters.remove(best.2);
                clusters[best.1].extend(absorbed);
            }
            done.extend(clusters);
        }
        done
    }

    proptest! {
        #[test]
        fn agrees_with_looking_at_everything(
            (rows, list) in pairs(9, 16), is_complete in any::<bool>(), rows_max in 2_u32..12,
        ) {
            let linkage = if is_complete { Linkage::Complete } else { Linkage::Average };
            let settings = LinkageSettings { linkage, bits_min: 0.0, rows_max };
            let pairs = Pairs::new(rows, list).unwrap();
            let (parts, cut) = parts(&Dendrogram::of(&pairs), 0.0, rows_max as usize);
            let expected = slow(&pairs, &parts, settings);
            let of = |row| expected.iter().position(|rows| rows.contains(&row));
            let found = agglomerate(&pairs, settings, unlisted);
            prop_assert_eq!(&found.partition, &Partition::from_labels((0..rows).map(of)));
            prop_assert_eq!(found.cut_components, cut);
            let apart = pairs.at_least(0.0).iter().filter(|pair| of(pair.left) != of(pair.right));
            prop_assert_eq!(found.held.len(), apart.count());
        }
    }

    #[test]
    fn a_chain_of_strong_pairs_is_not_one_cluster() {
        let list = vec![ScoredPair::new(0, 1, 6.0), ScoredPair::new(1, 2, 5.0)];
        let pairs = Pairs::new(3, list).unwrap();
        let settings = LinkageSettings {
            linkage: Linkage::Complete,
            bits_min: 1.0,
            rows_max: 100,
        };
        let found = agglomerate(&pairs, settings, |_, _| f64::NAN);
        assert_eq!(
            (found.partition.labels(), found.scored),
            ([0, 0, 1].as_slice(), 1)
        );
        assert_eq!(
            found.held[0].to_string(),
            "rows 1 and 2 (+5.0 bits) were not linked: their clusters have -1000.0 bits between them",
        );
        let settings = LinkageSettings {
            linkage: Linkage::Average,
            ..settings
        };
        let found = agglomerate(&pairs, settings, |_, _| -2.0);
        assert_eq!(found.partition.labels(), [0, 0, 0]);
    }
}

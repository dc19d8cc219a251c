//! Pairs to learn from: what they look like, each look once, with how many pairs it stands for.
//!
//! Invariant: the looks are sorted, so sums over them do not depend on the order of pairs.

use std::num::NonZero;

use crate::matching::{
    compare::{Pair, Pattern, patterns},
    field::Fields,
    matcher::joined,
    model::Terms,
};

/// Pairs that look alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    pub(crate) pattern: Pattern,
    pub(crate) terms: Terms,
    /// How many pairs of all it stands for.
    pub(crate) pairs: f64,
}

/// A sample of pairs.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    seen: Vec<Seen>,
    drawn: u64,
    stands_for: f64,
}

impl Sample {
    /// Looks at pairs that stand for so many.
    pub(crate) fn new(
        fields: &Fields,
        pairs: &[Pair],
        stands_for: f64,
        threads: NonZero<usize>,
    ) -> Self {
        let look = |(pair, pattern): (&Pair, Pattern)| {
            let [left, right] = pair.map(|row| fields.row(row));
            (pattern, Terms::of(fields, left, right, pattern))
        };
        let part = pairs.len().div_ceil(threads.get()).max(1);
        let mut all: Vec<(Pattern, Terms)> = std::thread::scope(|scope| {
            let look_at = |pairs: &[Pair]| -> Vec<(Pattern, Terms)> {
                pairs
                    .iter()
                    .zip(patterns(fields, pairs))
                    .map(look)
                    .collect()
            };
            let parts = pairs.chunks(part);
            let handles: Vec<_> = parts
                .map(|pairs| scope.spawn(move || look_at(pairs)))
                .collect();
            handles.into_iter().flat_map(joined).collect()
        });
        all.sort_unstable();
        let each = stands_for / pairs.len().max(1) as f64;
        let groups = all.chunk_by(|a, b| a == b);
        let seen = groups.filter_map(|group| {
            let (pattern, terms) = *group.first()?;
            Some(Seen {
                pattern,
                terms,
                pairs: each * group.len() as f64,
            })
        });
        Self {
            seen: seen.collect(),
            drawn: pairs.len() as u64,
            stands_for,
        }
    }

    /// The looks by pattern, each pattern once.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (Pattern, &[Seen])> {
        let groups = self.seen.chunk_by(|a, b| a.pattern == b.pattern);
        groups.filter_map(|alike| Some((alike.first()?.pattern, alike)))
    }

    /// How many pairs were looked at.
    pub(crate) fn drawn(&self) -> u64 {
        self.drawn
    }

    /// How much of the pairs it stands for was looked at.
    pub(crate) fn drawn_share(&self) -> f64 {
        self.drawn as f64 / self.stands_for.max(1.0)
    }

    /// Every so many of the looks, standing for all.
    pub(crate) fn part(&self, every: usize) -> Self {
        let kept: Vec<Seen> = self.seen.iter().step_by(every).copied().collect();
        let sum: f64 = kept.iter().map(|seen| seen.pairs).sum();
        let factor = self.stands_for / sum.max(f64::MIN_POSITIVE);
        let stretched = kept.into_iter().map(|seen| Seen {
            pairs: seen.pairs * factor,
            ..seen
        });
        Self {
            seen: stretched.collect(),
            ..*self
        }
    }
}

/// Pairs of rows drawn by chance, with repetition.
pub(crate) fn random_pairs(rows: u32, count: usize, seed: u64) -> Vec<Pair> {
    if rows < 2 {
        return Vec::new();
    }
    let mut random = Random::new(seed);
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        let (left, right) = (random.below(rows), random.below(rows));
        if left != right {
            out.push([left.min(right), left.max(right)]);
        }
    }
    out
}

/// Numbers that are random enough for samples: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(bound) * (self.word() >> 32)) >> 32) as u32
    }

    /// A number from 0 up to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

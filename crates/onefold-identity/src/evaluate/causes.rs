//! Why pairs are wrong: errors by their cause.
//!
//! Invariant: every wrong pair of rows has exactly one cause, and the counts of causes add up to the
//! pairwise errors.

use std::{collections::BTreeMap, fmt};

use onefold_event::Result;
use serde::{Deserialize, Serialize};

use super::{Agreement, check_rows};
use crate::cluster::{Pairs, Partition, ScoredPair};

/// At most so many pairs of a cause are looked at to find examples.
const LOOKED_AT_MAX: u64 = 1_000_000;

/// The cause of a wrong pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A true pair that was never compared.
    NotBlocked,
    /// A true pair that was compared, scored below the threshold, and is apart.
    ScoredBelow,
    /// A true pair that scored well enough and was kept apart by clustering.
    SplitByClustering,
    /// A false pair that scored well enough.
    Direct,
    /// A false pair that scored below the threshold and was joined by way of others.
    JoinedThoughBelow,
    /// A false pair that was never compared and was joined by way of others.
    Transitive,
}

/// A wrong pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The lower row.
    pub left: u32,
    /// The higher row.
    pub right: u32,
    /// Its bits, if it was compared.
    pub bits: Option<f64>,
}

/// Wrong pairs by cause; [`Display`](fmt::Display) is a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Causes {
    /// True pairs that are apart.
    pub false_negatives: u64,
    /// False pairs that are together.
    pub false_positives: u64,
    /// How many pairs each cause has.
    pub counts: BTreeMap<Cause, u64>,
    /// The first examples of each: those that were compared by bits (the plainest mistakes first: wrong
    /// pairs of many bits, missed ones of few), others by rows.
    pub examples: BTreeMap<Cause, Vec<Example>>,
}

impl Cause {
    /// Every cause, in the order of a pair's way through matching.
    pub const ALL: [Self; 6] = [
        Self::NotBlocked,
        Self::ScoredBelow,
        Self::SplitByClustering,
        Self::Direct,
        Self::JoinedThoughBelow,
        Self::Transitive,
    ];

    /// Whether pairs of this cause are missed, and not wrongly joined.
    pub fn is_missed(self) -> bool {
        self < Self::Direct
    }
}

/// Tells each wrong pair by its cause, with up to `examples_max` examples of each.
///
/// `pairs` are all pairs that were compared, `found` the clusters made of those of at least `bits_min`.
/// Cost: O(rows + pairs), and at most a million steps more for examples of pairs that were not compared.
///
/// # Errors
/// `InvalidInput` if clusters, truth and pairs are not about as many rows.
pub fn causes(
    pairs: &Pairs,
    found: &Partition,
    truth: &Partition,
    bits_min: f64,
    examples_max: usize,
) -> Result<Causes> {
    check_rows(pairs.rows(), found).map_err(|error| error.context("the clusters"))?;
    let agreement = Agreement::of(found, truth)?.pairwise;
    let compared = wrong_pairs(pairs, found, truth);
    let mut result = Causes {
        false_negatives: agreement.false_negatives,
        false_positives: agreement.false_positives,
        counts: Cause::ALL.iter().map(|cause| (*cause, 0)).collect(),
        examples: BTreeMap::new(),
    };
    let cause = |pair: &ScoredPair| {
        let is_strong = pair.bits >= bits_min;
        match (truth.together(pair.left, pair.right), is_strong) {
            (true, true) => Cause::SplitByClustering,
            (true, false) => Cause::ScoredBelow,
            (false, true) => Cause::Direct,
            (false, false) => Cause::JoinedThoughBelow,
        }
    };
    for pair in &compared {
        result.count(cause(pair), 1);
    }
    for (unseen, all) in [
        (Cause::NotBlocked, agreement.false_negatives),
        (Cause::Transitive, agreement.false_positives),
    ] {
        let of_kind = |cause: &&Cause| cause.is_missed() == unseen.is_missed();
        let seen: u64 = Cause::ALL
            .iter()
            .filter(of_kind)
            .map(|cause| result.of(*cause))
            .sum();
        result.count(unseen, all - seen);
    }
    // Missed pairs of few bits and joined pairs of many are the plainest mistakes.
    let missed = compared.iter().rev().filter(|pair| cause(pair).is_missed());
    let joined = compared.iter().filter(|pair| !cause(pair).is_missed());
    for pair in missed.chain(joined) {
        let (left, right) = pair.rows();
        let example = Example {
            left,
            right,
            bits: Some(pair.bits),
        };
        result.show(cause(pair), example, examples_max);
    }
    let mut rows: Vec<(u32, u32)> = compared.iter().map(ScoredPair::rows).collect();
    rows.sort_unstable();
    result.show_unseen(Cause::NotBlocked, &rows, (truth, found), examples_max);
    result.show_unseen(Cause::Transitive, &rows, (found, truth), examples_max);
    Ok(result)
}

/// The compared pairs that are wrong, strongest first, each once with its most bits.
fn wrong_pairs(pairs: &Pairs, found: &Partition, truth: &Partition) -> Vec<ScoredPair> {
    let is_wrong = |pair: &&ScoredPair| {
        found.together(pair.left, pair.right) != truth.together(pair.left, pair.right)
    };
    let mut wrong: Vec<ScoredPair> = pairs.as_slice().iter().filter(is_wrong).copied().collect();
    // A stable sort keeps the strongest of equal rows in front.
    wrong.sort_by_key(ScoredPair::rows);
    wrong.dedup_by_key(|pair| pair.rows());
    wrong.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    wrong
}

impl Causes {
    /// How many pairs have this cause.
    pub fn of(&self, cause: Cause) -> u64 {
        self.counts.get(&cause).copied().unwrap_or_default()
    }

    fn count(&mut self, cause: Cause, more: u64) {
        *self.counts.entry(cause).or_default() += more;
    }

    fn show(&mut self, cause: Cause, example: Example, examples_max: usize) {
        let examples = self.examples.entry(cause).or_default();
        if examples.len() < examples_max {
            examples.push(example);
        }
    }

    /// Examples that were not compared: together in the one partition and apart in the other.
    fn show_unseen(
        &mut self,
        cause: Cause,
        compared: &[(u32, u32)],
        (together, apart): (&Partition, &Partition),
        examples_max: usize,
    ) {
        let mut missing = self.of(cause).min(examples_max as u64);
        let mut looked_at = 0;
        for rows in together.members().iter() {
            for (place, left) in rows.iter().enumerate() {
                for right in rows.iter().skip(place + 1) {
                    if missing == 0 || looked_at == LOOKED_AT_MAX {
                        return;
                    }
                    looked_at += 1;
                    let is_seen = || compared.binary_search(&(*left, *right)).is_ok();
                    if !apart.together(*left, *right) && !is_seen() {
                        let example = Example {
                            left: *left,
                            right: *right,
                            bits: None,
                        };
                        self.show(cause, example, examples_max);
                        missing -= 1;
                    }
                }
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotBlocked => "never compared",
            Self::ScoredBelow => "scored below the threshold",
            Self::SplitByClustering => "kept apart by clustering",
            Self::Direct => "scored well enough",
            Self::JoinedThoughBelow => "scored below, joined by others",
            Self::Transitive => "never compared, joined by others",
        })
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} missed pairs", self.false_negatives)?;
        for cause in Cause::ALL {
            if cause == Cause::Direct {
                write!(f, "\n{} wrong pairs", self.false_positives)?;
            }
            write!(f, "\n  {cause:<33} {:>9}", self.of(cause))?;
            for example in self.examples.get(&cause).into_iter().flatten().take(3) {
                write!(f, "  {example}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.left, self.right)?;
        match self.bits {
            Some(bits) => write!(f, " ({bits:+.1})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::samples;

    proptest! {
        #[test]
        fn agrees_with_asking_every_pair(
            ((rows, list), found, truth) in samples::pairs(9, 24).prop_flat_map(|(rows, list)| {
                (Just((rows, list)), samples::labels(rows, 4), samples::labels(rows, 4))
            }),
        ) {
            let pairs = Pairs::new(rows, list).unwrap();
            let [found, truth] = [found, truth].map(|it| Partition::from_labels(it.into_iter().map(Some)));
            let result = causes(&pairs, &found, &truth, 2.0, usize::MAX).unwrap();
            let mut expected: BTreeMap<Cause, Vec<(u32, u32)>> = BTreeMap::new();
            for left in 0..rows {
                for right in left + 1..rows {
                    let listed = pairs.as_slice().iter().find(|it| it.rows() == (left, right));
                    let strong = listed.map(|pair| pair.bits >= 2.0);
                    let cause = match (found.together(left, right), truth.together(left, right), strong) {
                        (false, true, None) => Cause::NotBlocked,
                        (false, true, Some(false)) => Cause::ScoredBelow,
                        (false, true, Some(true)) => Cause::SplitByClustering,
                        (true, false, Some(true)) => Cause::Direct,
                        (true, false, Some(false)) => Cause::JoinedThoughBelow,
                        (true, false, None) => Cause::Transitive,
                        _ => continue,
                    };
                    expected.entry(cause).or_default().push((left, right));
                }
            }
            for cause in Cause::ALL {
                let rows = expected.get(&cause).cloned().unwrap_or_default();
                let examples = result.examples.get(&cause).cloned().unwrap_or_default();
                let mut shown: Vec<_> = examples.iter().map(|it| (it.left, it.right)).collect();
                shown.sort_unstable();
                prop_assert_eq!(result.of(cause), rows.len() as u64);
                prop_assert_eq!(shown, rows);
            }
        }
    }

    #[test]
    fn the_table_has_examples() {
        let truth = Partition::from_labels([0, 0, 0, 1, 1, 2].map(Some));
        let list = [(0, 1, 5.0), (2, 3, 4.0), (4, 3, 0.5)];
        let list = list.map(|(left, right, bits)| ScoredPair::new(left, right, bits));
        let pairs = Pairs::new(6, list.to_vec()).unwrap();
        let found = pairs.components(2.0);
        let result = causes(&pairs, &found, &truth, 2.0, 2).unwrap();
        expect_test::expect![[r#"
            3 missed pairs
              never compared                            2  0-2  1-2
              scored below the threshold                1  3-4 (+0.5)
              kept apart by clustering                  0
            1 wrong pairs
              scored well enough                        1  2-3 (+4.0)
              scored below, joined by others            0
              never compared, joined by others          0"#]]
        .assert_eq(&result.to_string());
        assert!(causes(&pairs, &Partition::singletons(5), &truth, 2.0, 2).is_err());
        let json = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<Causes>(&json).unwrap(), result);
    }
}

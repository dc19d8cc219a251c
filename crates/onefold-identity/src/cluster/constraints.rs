//! Clusters under rules: pairs that must or must not be linked, one row a source, a largest size.
//!
//! Invariant: no cluster breaks a rule. The partition is the greedy one: pairs strongest first, and a union
//! that would break a rule is held with that rule. Rules that contradict each other are all reported.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Diagnostic, Error, Result};
use serde::Serialize;

use super::{Held, HeldReason, Pairs, Partition, UnionFind};

/// How many contradictions are told one by one; the rest are counted.
const CONTRADICTIONS_TOLD_MAX: usize = 100;

/// What clusters must keep to. The default is no rule.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constraints<'a> {
    /// Rows that are together whatever their bits.
    pub must_link: &'a [(u32, u32)],
    /// Rows that are never in one cluster.
    pub cannot_link: &'a [(u32, u32)],
    /// The source of each row: a cluster has one row of each at most.
    pub one_per_source: Option<&'a [u32]>,
    /// The most rows of a cluster.
    pub rows_max: Option<u32>,
}

/// Clusters that keep to their [`Constraints`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constrained {
    /// The clusters.
    pub partition: Partition,
    /// The pairs that a rule refused, strongest first.
    pub held: Vec<Held>,
}

/// Clusters by pairs of at least `bits_min`, strongest first, under rules.
///
/// Cost: near O(rows + pairs), and each union moves the shorter list of sources and cannot-links.
///
/// # Errors
/// `InvalidInput` with every mistake: rows out of range, a source missing, must-links that contradict
/// cannot-links, one-per-source or the largest size.
pub fn constrained(
    pairs: &Pairs,
    bits_min: f64,
    constraints: &Constraints<'_>,
) -> Result<Constrained> {
    let mut mistakes = mistakes(pairs.rows(), constraints);
    if mistakes.is_empty() {
        mistakes = contradictions(pairs.rows(), constraints);
    }
    if !mistakes.is_empty() {
        return Err(refused(mistakes));
    }
    let mut clusters = Clusters::new(pairs.rows(), constraints);
    for (left, right) in constraints.must_link {
        // Never refused: all must-links together break no rule, so a part of them does not either.
        let linked = clusters.link(*left, *right);
        debug_assert!(linked.is_ok());
    }
    let mut held = Vec::new();
    for pair in pairs.at_least(bits_min) {
        if let Err(reason) = clusters.link(pair.left, pair.right) {
            held.push(Held {
                pair: *pair,
                reason,
            });
        }
    }
    let partition = clusters.sets.into_partition();
    Ok(Constrained { partition, held })
}

fn refused(mut mistakes: Vec<Diagnostic>) -> Error {
    let untold = mistakes.len().saturating_sub(CONTRADICTIONS_TOLD_MAX);
    if untold > 0 {
        mistakes.truncate(CONTRADICTIONS_TOLD_MAX);
        mistakes.push(Diagnostic::new(format!("and {untold} more")));
    }
    Error::invalid("the rules for clusters cannot be kept", mistakes)
}

/// Rules that say nothing that can be kept, each by itself.
fn mistakes(rows: u32, constraints: &Constraints<'_>) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let lists = [
        ("must_link", constraints.must_link),
        ("cannot_link", constraints.cannot_link),
    ];
    for (name, list) in lists {
        for (number, (left, right)) in list.iter().enumerate() {
            if *left.max(right) >= rows {
                let message = format!("rows `{left}` and `{right}`: there are {rows} rows");
                mistakes.push(Diagnostic::new(message).at(format!("/{name}/{number}")));
            } else if left == right && name == "cannot_link" {
                let message = format!("row `{left}` cannot be apart from itself");
                mistakes.push(Diagnostic::new(message).at(format!("/{name}/{number}")));
            }
        }
    }
    if let Some(sources) = constraints.one_per_source
        && sources.len() != rows as usize
    {
        let message = format!("{} sources for {rows} rows", sources.len());
        let mistake = Diagnostic::new(message).at("/one_per_source");
        mistakes.push(mistake.help("give one for each row"));
    }
    if constraints.rows_max == Some(0) {
        let mistake = Diagnostic::new("a cluster of `0` rows is none").at("/rows_max");
        mistakes.push(mistake.help("leave it out, or give 1 or more"));
    }
    mistakes
}

/// Every rule that the must-links break when all of them are kept.
fn contradictions(rows: u32, constraints: &Constraints<'_>) -> Vec<Diagnostic> {
    let mut sets = UnionFind::new(rows);
    for (left, right) in constraints.must_link {
        sets.union(*left, *right);
    }
    let together = sets.into_partition();
    let mut found = Vec::new();
    for (number, (left, right)) in constraints.cannot_link.iter().enumerate() {
        if together.together(*left, *right) {
            let message =
                format!("rows `{left}` and `{right}` must stay apart, but must-links join them");
            let mistake = Diagnostic::new(message).at(format!("/cannot_link/{number}"));
            found.push(mistake.help("take back one of the two rules"));
        }
    }
    for rows in together.members().iter() {
        let (first, size) = (rows.first().copied().unwrap_or_default(), rows.len());
        if let Some(rows_max) = constraints.rows_max.filter(|most| size > *most as usize) {
            let message = format!(
                "must-links join row `{first}` with others to {size} rows, and {rows_max} is the most"
            );
            found.push(Diagnostic::new(message).at("/rows_max"));
        }
        let Some(sources) = constraints.one_per_source else {
            continue;
        };
        let mut seen = BTreeMap::new();
        for row in rows {
            let source = sources.get(*row as usize).copied().unwrap_or_default();
            if let Some(other) = seen.insert(source, row) {
                let message = format!(
                    "must-links join rows `{other}` and `{row}`, both of source `{source}`"
                );
                found.push(Diagnostic::new(message).at("/one_per_source"));
            }
        }
    }
    found
}

/// Clusters while they grow; what is kept of each is at its root.
struct Clusters {
    sets: UnionFind,
    sizes: Vec<u32>,
    rows_max: u32,
    sources: Option<Vec<BTreeSet<u32>>>,
    /// Pairs (mine, theirs) of rows that must stay apart.
    apart: Vec<Vec<(u32, u32)>>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "rows of pairs and of rules were checked, and there is one of each for every row"
)]
impl Clusters {
    fn new(rows: u32, constraints: &Constraints<'_>) -> Self {
        let mut apart = vec![Vec::new(); rows as usize];
        for (left, right) in constraints.cannot_link {
            apart[*left as usize].push((*left, *right));
            apart[*right as usize].push((*right, *left));
        }
        let own = |sources: &[u32]| {
            sources
                .iter()
                .map(|source| BTreeSet::from([*source]))
                .collect()
        };
        Self {
            sets: UnionFind::new(rows),
            sizes: vec![1; rows as usize],
            rows_max: constraints.rows_max.unwrap_or(u32::MAX),
            sources: constraints.one_per_source.map(own),
            apart,
        }
    }

    /// Unites the clusters of two rows; the rule that forbids it, if one does.
    fn link(&mut self, left: u32, right: u32) -> Result<(), HeldReason> {
        let (a, b) = (self.sets.find(left), self.sets.find(right));
        if a == b {
            return Ok(());
        }
        let rows = self.sizes[a as usize].saturating_add(self.sizes[b as usize]);
        if let Some((left, right)) = self.must_stay_apart(a, b) {
            return Err(HeldReason::CannotLink { left, right });
        }
        if let Some(source) = self.source_of_both(a, b) {
            return Err(HeldReason::SourceTwice { source });
        }
        if rows > self.rows_max {
            let rows_max = self.rows_max;
            return Err(HeldReason::TooLarge { rows, rows_max });
        }
        if let Some((kept, absorbed)) = self.sets.union(a, b) {
            self.sizes[kept as usize] = rows;
            absorb(&mut self.apart, kept, absorbed, Vec::len);
            if let Some(sources) = &mut self.sources {
                absorb(sources, kept, absorbed, BTreeSet::len);
            }
        }
        Ok(())
    }

    /// The first rule (by row numbers) between two clusters.
    fn must_stay_apart(&mut self, a: u32, b: u32) -> Option<(u32, u32)> {
        let is_shorter = self.apart[a as usize].len() <= self.apart[b as usize].len();
        let (short, long) = if is_shorter { (a, b) } else { (b, a) };
        let mut first = None;
        for (mine, theirs) in &self.apart[short as usize] {
            if self.sets.find(*theirs) == long {
                let rule = (*mine.min(theirs), *mine.max(theirs));
                first = Some(first.map_or(rule, |first| rule.min(first)));
            }
        }
        first
    }

    /// The lowest source that both clusters have.
    fn source_of_both(&self, a: u32, b: u32) -> Option<u32> {
        let sources = self.sources.as_ref()?;
        let (a, b) = (&sources[a as usize], &sources[b as usize]);
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        short.iter().copied().find(|source| long.contains(source))
    }
}

/// Moves what the absorbed root has to the kept one, the shorter into the longer.
#[expect(clippy::indexing_slicing, reason = "both are roots, which are rows")]
fn absorb<C, T>(lists: &mut [C], kept: u32, absorbed: u32, len: impl Fn(&C) -> usize)
where
    C: Default + Extend<T> + IntoIterator<Item = T>,
{
    let mut moved = std::mem::take(&mut lists[absorbed as usize]);
    let kept = &mut lists[kept as usize];
    if len(&moved) > len(kept) {
        std::mem::swap(&mut moved, kept);
    }
    kept.extend(moved);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::samples::{labels, pairs};

    /// The rule that `rows` as one cluster would break, if one.
    fn breaks(rows: &[u32], rules: &Constraints<'_>) -> bool {
        let apart = |(a, b): &(u32, u32)| rows.contains(a) && rows.contains(b);
        let mut sources: Vec<u32> = Vec::new();
        if let Some(all) = rules.one_per_source {
            sources.extend(rows.iter().map(|row| all[*row as usize]));
        }
        sources.sort_unstable();
        rules.cannot_link.iter().any(apart)
            || sources.windows(2).any(|two| two[0] == two[1])
            || rules
                .rows_max
                .is_some_and(|most| rows.len() > most as usize)
    }

    proptest! {
        #[test]
        fn agrees_with_clusters_as_lists(
            ((rows, list), sources, apart, rows_max) in pairs(10, 20).prop_flat_map(|(rows, list)| {
                let apart = prop::collection::vec((0..rows, 0..rows), 0..5);
                (Just((rows, list)), prop::option::of(labels(rows, 4)), apart, prop::option::of(1_u32..5))
            }),
        ) {
            let apart: Vec<_> = apart.into_iter().filter(|(a, b)| a != b).collect();
            let rules = Constraints {
                cannot_link: &apart,
                one_per_source: sources.as_deref(),
                rows_max,
                must_link: &[],
            };
            let pairs = Pairs::new(rows, list).unwrap();
            let mut clusters: Vec<Vec<u32>> = (0..rows).map(|row| vec![row]).collect();
            let mut refused = Vec::new();
            for pair in pairs.at_least(0.0) {
                let of = |row: u32| clusters.iter().position(|rows| rows.contains(&row)).unwrap();
                let (a, b) = (of(pair.left), of(pair.right));
                let both = [clusters[a].clone(), clusters[b].clone()].concat();
                if a == b {
                } else if breaks(&both, &rules) {
                    refused.push(*pair);
                } else {
                    clusters[a] = both;
                    clusters.remove(b);
                }
            }
            let of = |row| clusters.iter().position(|rows| rows.contains(&row));
            let found = constrained(&pairs, 0.0, &rules).unwrap();
            prop_assert_eq!(&found.partition, &Partition::from_labels((0..rows).map(of)));
            let held: Vec<_> = found.held.iter().map(|held| held.pair).collect();
            prop_assert_eq!(held, refused);
        }
    }

    #[test]
    fn every_contradiction_is_told_at_once() {
        let pairs = Pairs::new(4, Vec::new()).unwrap();
        let rules = Constraints {
            must_link: &[(0, 1), (1, 2), (2, 3)],
            cannot_link: &[(0, 2), (3, 1)],
            one_per_source: Some(&[7, 8, 7, 9]),
            rows_max: Some(3),
        };
        let error = constrained(&pairs, 0.0, &rules).unwrap_err();
        let told: Vec<_> = error
            .diagnostics()
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "rows `0` and `2` must stay apart, but must-links join them",
                "rows `3` and `1` must stay apart, but must-links join them",
                "must-links join row `0` with others to 4 rows, and 3 is the most",
                "must-links join rows `0` and `2`, both of source `7`",
            ]
        );
        let rules = Constraints {
            must_link: &[(0, 1), (3, 2)],
            ..rules
        };
        let found = constrained(&pairs, 0.0, &rules).unwrap();
        assert_eq!(found.partition.labels(), [0, 0, 1, 1]);
    }

    #[test]
    fn rules_that_say_nothing_are_told_at_once() {
        let pairs = Pairs::new(2, Vec::new()).unwrap();
        let rules = Constraints {
            must_link: &[(0, 5)],
            cannot_link: &[(1, 1)],
            one_per_source: Some(&[0]),
            rows_max: Some(0),
        };
        let error = constrained(&pairs, 0.0, &rules).unwrap_err();
        let told: Vec<_> = error
            .diagnostics()
            .iter()
            .map(|it| it.pointer.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "/must_link/0",
                "/cannot_link/0",
                "/one_per_source",
                "/rows_max"
            ]
        );
    }

    #[test]
    fn what_is_held_says_why() {
        let list = [(0, 1, 9.0), (1, 2, 8.0), (2, 3, 7.0), (0, 4, 6.0)];
        let list =
            list.map(|(left, right, bits)| crate::cluster::ScoredPair::new(left, right, bits));
        let pairs = Pairs::new(5, list.to_vec()).unwrap();
        let rules = Constraints {
            cannot_link: &[(0, 2)],
            one_per_source: Some(&[0, 1, 2, 2, 3]),
            rows_max: Some(2),
            ..Constraints::default()
        };
        let held = constrained(&pairs, 0.0, &rules).unwrap().held;
        let told: Vec<_> = held.iter().map(|held| held.reason.to_string()).collect();
        assert_eq!(
            told,
            [
                "rows 0 and 2 must stay apart",
                "a cluster has one row of source 2 at most",
                "the cluster would have 3 rows, and 2 is the most",
            ]
        );
    }
}

//! One-to-one between two sources: each row has one partner at most.
//!
//! Invariant: no row is in two links, and both ends of a link are of different sources. Small components
//! get the matching of greatest total, larger ones a greedy one, and the result says how many of each.

use onefold_event::{Error, ErrorKind, Result};
use serde::Serialize;

use super::{Held, HeldReason, Pairs, Partition, ScoredPair, UnionFind, assignment::assign};

/// The work up to which a component is matched exactly: the square of its smaller side times its larger
/// side. About a tenth of a second.
pub const EXACT_STEPS_MAX: u64 = 50_000_000;

/// A matching between two sources.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OneToOne {
    /// The links kept, strongest first.
    pub links: Vec<ScoredPair>,
    /// Clusters of one or two rows.
    pub partition: Partition,
    /// The pairs at or above the threshold that were not kept, strongest first.
    pub held: Vec<Held>,
    /// Components matched exactly: no other matching has more bits.
    pub exact_components: u64,
    /// Components too large for that, matched strongest pair first: at least half the bits of the best.
    pub greedy_components: u64,
    /// The sum of the bits of all links.
    pub total_bits: f64,
}

/// Matches the rows of two sources one-to-one, so that the sum of bits is the greatest.
///
/// `sources` has the number of each row's source. Only pairs with at least `bits_min` are taken; if that is
/// below zero, bits are counted from it, so that every pair taken adds something. A component whose work
/// exceeds `exact_steps_max` (see [`EXACT_STEPS_MAX`]) is matched greedily. Of several matchings with the
/// same total the choice is fixed by row numbers.
///
/// # Errors
/// `InvalidInput` if `sources` has another length than there are rows, or more than two sources.
pub fn one_to_one(
    pairs: &Pairs,
    sources: &[u32],
    bits_min: f64,
    exact_steps_max: u64,
) -> Result<OneToOne> {
    let second = second_side(pairs.rows(), sources)?;
    let mut matcher = Matcher {
        partners: vec![u32::MAX; sources.len()],
        floor: bits_min.min(0.0),
        exact_steps_max,
        exact: 0,
        greedy: 0,
    };
    let across =
        |pair: &&ScoredPair| is_second(&second, pair.left) != is_second(&second, pair.right);
    let candidates: Vec<ScoredPair> = pairs
        .at_least(bits_min)
        .iter()
        .filter(across)
        .copied()
        .collect();
    for component in by_component(pairs.rows(), &candidates) {
        matcher.match_component(&component, &second);
    }
    // What is left are greedy components, and pairs that add nothing but may stand.
    for pair in &candidates {
        if matcher
            .partner(pair.left)
            .or(matcher.partner(pair.right))
            .is_none()
        {
            matcher.join(pair.left, pair.right);
        }
    }
    Ok(matcher.finish(pairs, bits_min, &second))
}

/// Whether each row is of the second source.
fn second_side(rows: u32, sources: &[u32]) -> Result<Vec<bool>> {
    if sources.len() != rows as usize {
        let message = format!(
            "{} sources for {rows} rows: give one for each row",
            sources.len()
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let first = sources.first().copied();
    let second = sources
        .iter()
        .copied()
        .find(|source| Some(*source) != first);
    let third = |source: &u32| Some(*source) != first && Some(*source) != second;
    if let Some(third) = sources.iter().copied().find(third) {
        let message = format!(
            "one-to-one is between two sources, but `{third}` is a third one: match two at a time, or \
             allow one row a source in each cluster"
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(sources
        .iter()
        .map(|source| Some(*source) == second)
        .collect())
}

fn is_second(second: &[bool], row: u32) -> bool {
    second.get(row as usize).copied().unwrap_or_default()
}

/// The pairs of each component, strongest first; components by their first rows.
fn by_component(rows: u32, candidates: &[ScoredPair]) -> Vec<Vec<ScoredPair>> {
    let mut sets = UnionFind::new(rows);
    for pair in candidates {
        sets.union(pair.left, pair.right);
    }
    let partition = sets.into_partition();
    let mut components = vec![Vec::new(); partition.clusters() as usize];
    for pair in candidates {
        let label = partition.label(pair.left).unwrap_or_default();
        if let Some(component) = components.get_mut(label as usize) {
            component.push(*pair);
        }
    }
    components.retain(|component| !component.is_empty());
    components
}

struct Matcher {
    /// Each row's partner, `u32::MAX` for none.
    partners: Vec<u32>,
    /// From where bits are counted.
    floor: f64,
    exact_steps_max: u64,
    exact: u64,
    greedy: u64,
}

impl Matcher {
    fn partner(&self, row: u32) -> Option<u32> {
        let partner = self.partners.get(row as usize).copied();
        partner.filter(|partner| *partner != u32::MAX)
    }

    fn join(&mut self, left: u32, right: u32) {
        for (row, partner) in [(left, right), (right, left)] {
            if let Some(place) = self.partners.get_mut(row as usize) {
                *place = partner;
            }
        }
    }

    fn match_component(&mut self, component: &[ScoredPair], second: &[bool]) {
        let side = |wanted: bool| {
            let rows = component.iter().flat_map(|pair| [pair.left, pair.right]);
            let mut rows: Vec<u32> = rows
                .filter(|row| is_second(second, *row) == wanted)
                .collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        };
        let (mut small, mut large) = (side(false), side(true));
        if small.len() > large.len() {
            std::mem::swap(&mut small, &mut large);
        }
        let steps = (small.len() as u64)
            .saturating_pow(2)
            .saturating_mul(large.len() as u64);
        if steps > self.exact_steps_max {
            self.greedy += 1;
            return;
        }
        self.exact += 1;
        let gains = self.gains(component, &small, &large);
        let gain = |row: usize, column: usize| {
            gains
                .get(row * large.len() + column)
                .copied()
                .unwrap_or_default()
        };
        for (row, column) in assign(small.len(), large.len(), gain)
            .into_iter()
            .enumerate()
        {
            if let (true, Some(left), Some(right)) =
                (gain(row, column) > 0.0, small.get(row), large.get(column))
            {
                self.join(*left, *right);
            }
        }
    }

    /// What each match of a small side's row with a large side's row would add.
    fn gains(&self, component: &[ScoredPair], small: &[u32], large: &[u32]) -> Vec<f64> {
        let mut gains = vec![0.0; small.len() * large.len()];
        for pair in component {
            for (row, column) in [(pair.left, pair.right), (pair.right, pair.left)] {
                if let (Ok(row), Ok(column)) =
                    (small.binary_search(&row), large.binary_search(&column))
                    && let Some(gain) = gains.get_mut(row * large.len() + column)
                {
                    *gain = f64::max(*gain, pair.bits - self.floor);
                }
            }
        }
        gains
    }

    fn finish(self, pairs: &Pairs, bits_min: f64, second: &[bool]) -> OneToOne {
        let mut links: Vec<ScoredPair> = Vec::new();
        let mut held = Vec::new();
        let mut sets = UnionFind::new(pairs.rows());
        for pair in pairs.at_least(bits_min) {
            let (left, right) = (self.partner(pair.left), self.partner(pair.right));
            let reason = match (left, right) {
                (Some(partner), _) if partner == pair.right => {
                    // Of a pair that is listed twice, the strongest is the link.
                    if sets.union(pair.left, pair.right).is_some() {
                        links.push(*pair);
                    }
                    continue;
                }
                _ if is_second(second, pair.left) == is_second(second, pair.right) => {
                    HeldReason::SameSource
                }
                (Some(partner), _) => HeldReason::Matched {
                    row: pair.left,
                    partner,
                },
                (None, Some(partner)) => HeldReason::Matched {
                    row: pair.right,
                    partner,
                },
                // Not reached: a pair across with both ends free was joined.
                (None, None) => continue,
            };
            held.push(Held {
                pair: *pair,
                reason,
            });
        }
        OneToOne {
            total_bits: links.iter().map(|link| link.bits).sum(),
            links,
            partition: sets.into_partition(),
            held,
            exact_components: self.exact,
            greedy_components: self.greedy,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cluster::samples::{labels, pairs};

    /// The most bits (counted from the floor) of any matching, by trying them all.
    fn best(pairs: &[ScoredPair], floor: f64) -> f64 {
        let Some((first, rest)) = pairs.split_first() else {
            return 0.0;
        };
        let is_free = |pair: &&ScoredPair| {
            pair.other(first.left).is_none() && pair.other(first.right).is_none()
        };
        let free: Vec<ScoredPair> = rest.iter().filter(is_free).copied().collect();
        f64::max(best(rest, floor), first.bits - floor + best(&free, floor))
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_matching(
            ((rows, list), sources) in pairs(9, 11).prop_flat_map(|(rows, list)| {
                (Just((rows, list)), labels(rows, 2))
            }),
            bits_min in -3_i32..3,
        ) {
            let (bits_min, floor) = (f64::from(bits_min), f64::from(bits_min.min(0)));
            let pairs = Pairs::new(rows, list).unwrap();
            let side = |row: u32| sources[row as usize];
            let across = |pair: &&ScoredPair| side(pair.left) != side(pair.right);
            let candidates: Vec<ScoredPair> =
                pairs.at_least(bits_min).iter().filter(across).copied().collect();
            let most = best(&candidates, floor);
            let gain = |found: &OneToOne| found.links.iter().map(|link| link.bits - floor).sum::<f64>();

            let exact = one_to_one(&pairs, &sources, bits_min, EXACT_STEPS_MAX).unwrap();
            prop_assert_eq!(gain(&exact), most);
            prop_assert_eq!(exact.greedy_components, 0);
            let greedy = one_to_one(&pairs, &sources, bits_min, 0).unwrap();
            prop_assert!(gain(&greedy) >= most / 2.0);
            prop_assert_eq!(greedy.exact_components, 0);
            for found in [exact, greedy] {
                let mut rows: Vec<u32> =
                    found.links.iter().flat_map(|link| [link.left, link.right]).collect();
                let ends = rows.len();
                rows.sort_unstable();
                rows.dedup();
                prop_assert_eq!(rows.len(), ends);
                prop_assert!(found.links.iter().all(|link| candidates.contains(link)));
                // Nothing that could stand is left out, and nothing is lost.
                for held in &found.held {
                    let pair = held.pair;
                    let is_taken = rows.contains(&pair.left) || rows.contains(&pair.right);
                    prop_assert!(is_taken || side(pair.left) == side(pair.right));
                }
            }
        }
    }

    #[test]
    fn two_weaker_links_may_be_worth_more_than_one() {
        let list = [(0, 2, 10.0), (0, 3, 7.0), (1, 2, 6.0)];
        let list = list.map(|(left, right, bits)| ScoredPair::new(left, right, bits));
        let pairs = Pairs::new(4, list.to_vec()).unwrap();
        let found = one_to_one(&pairs, &[0, 0, 1, 1], 0.0, EXACT_STEPS_MAX).unwrap();
        assert_eq!(
            (found.partition.labels(), found.total_bits),
            ([0, 1, 1, 0].as_slice(), 13.0)
        );
        let why = found.held[0].to_string();
        assert_eq!(
            why,
            "rows 0 and 2 (+10.0 bits) were not linked: row 0 is matched to row 3"
        );
        let found = one_to_one(&pairs, &[0, 0, 1, 1], 0.0, 0).unwrap();
        assert_eq!((found.links.len(), found.greedy_components), (1, 1));
    }

    #[test]
    fn two_sources_are_wanted() {
        let pairs = Pairs::new(3, Vec::new()).unwrap();
        let message =
            |sources: &[u32]| one_to_one(&pairs, sources, 0.0, 1).unwrap_err().to_string();
        assert_eq!(
            message(&[0, 1]),
            "2 sources for 3 rows: give one for each row"
        );
        assert!(message(&[4, 1, 9]).contains("`9` is a third one"));
        assert_eq!(
            one_to_one(&pairs, &[5, 5, 5], 0.0, 1)
                .unwrap()
                .partition
                .clusters(),
            3
        );
    }
}

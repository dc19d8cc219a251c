//! Which fields depend on each other: the tree that explains most (Chow and Liu, 1968, *Approximating discrete
//! probability distributions with dependence trees*).
//!
//! Invariant: following parents ends; a dependence that chance alone could show is not kept.

use super::counts::{Counts, Joint};
use crate::matching::{field::Fields, kind::LEVELS_MAX};

/// The parent of each field.
pub(super) fn grow(fields: &Fields, counts: &Counts) -> Vec<Option<usize>> {
    let levels: Vec<usize> = fields.iter().map(|field| field.levels.count()).collect();
    parents(levels.len(), edges(&levels, counts))
}

/// Two fields that depend on each other, and how much that explains, in nats over all pairs.
struct Edge {
    information: f64,
    between: [usize; 2],
}

fn edges(levels: &[usize], counts: &Counts) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (high, high_levels) in levels.iter().enumerate() {
        for (low, low_levels) in levels.iter().enumerate().take(high) {
            let (information, pairs) = information(counts.joint(high, low));
            let parameters = (high_levels - 1) * (low_levels - 1);
            // The Bayesian criterion (Schwarz, 1978): a parameter is worth half the logarithm of what was seen.
            if information > parameters as f64 * pairs.max(2.0).ln() / 2.0 {
                edges.push(Edge {
                    information,
                    between: [high, low],
                });
            }
        }
    }
    edges.sort_by(|a, b| {
        b.information
            .total_cmp(&a.information)
            .then(a.between.cmp(&b.between))
    });
    edges
}

/// The mutual information of two fields times the pairs in which both are there, and these pairs.
fn information(joint: &Joint) -> (f64, f64) {
    let known = |row: &[f64; LEVELS_MAX]| row.iter().skip(1).sum::<f64>();
    let rows: Vec<f64> = joint.iter().map(known).collect();
    let mut columns = [0.0; LEVELS_MAX];
    for row in joint.iter().skip(1) {
        columns
            .iter_mut()
            .zip(row)
            .for_each(|(sum, count)| *sum += count);
    }
    let total: f64 = rows.iter().skip(1).sum();
    let mut sum = 0.0;
    for (row, of_row) in joint.iter().zip(&rows).skip(1) {
        for (count, of_column) in row.iter().zip(&columns).skip(1) {
            if *count > 0.0 {
                sum += count * (count * total / (of_row * of_column)).ln();
            }
        }
    }
    (sum, total)
}

/// The strongest edges that make no ring, hung up by the lowest field of each tree.
fn parents(fields: usize, edges: Vec<Edge>) -> Vec<Option<usize>> {
    let mut group: Vec<usize> = (0..fields).collect();
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); fields];
    for Edge {
        between: [a, b], ..
    } in edges
    {
        let (Some(of_a), Some(of_b)) = (group.get(a).copied(), group.get(b).copied()) else {
            continue;
        };
        if of_a == of_b {
            continue;
        }
        group
            .iter_mut()
            .filter(|it| **it == of_b)
            .for_each(|it| *it = of_a);
        for (from, to) in [(a, b), (b, a)] {
            if let Some(list) = neighbours.get_mut(from) {
                list.push(to);
            }
        }
    }
    let mut parents = vec![None; fields];
    let mut seen = vec![false; fields];
    for root in 0..fields {
        let mut waiting = vec![(root, None)];
        while let Some((at, parent)) = waiting.pop() {
            let is_new = seen
                .get_mut(at)
                .is_some_and(|seen| !std::mem::replace(seen, true));
            if !is_new {
                continue;
            }
            if let Some(slot) = parents.get_mut(at) {
                *slot = parent;
            }
            let next = neighbours.get(at).into_iter().flatten();
            waiting.extend(next.map(|next| (*next, Some(at))));
        }
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(information: f64, between: [usize; 2]) -> Edge {
        Edge {
            information,
            between,
        }
    }

    #[test]
    fn a_ring_loses_its_weakest_edge() {
        let edges = vec![edge(9.0, [1, 0]), edge(8.0, [2, 1]), edge(1.0, [2, 0])];
        assert_eq!(parents(4, edges), [None, Some(0), Some(1), None]);
    }

    #[test]
    fn independent_fields_have_no_information() {
        let mut joint = [[0.0; LEVELS_MAX]; LEVELS_MAX];
        for (x, row) in joint.iter_mut().enumerate().take(3).skip(1) {
            for (y, count) in row.iter_mut().enumerate().take(4).skip(1) {
                *count = (x * y) as f64;
            }
        }
        let (none, pairs) = information(&joint);
        assert!(none.abs() < 1e-9);
        assert_eq!(pairs, 18.0);
        joint = [[0.0; LEVELS_MAX]; LEVELS_MAX];
        joint[1][1] = 5.0;
        joint[2][2] = 5.0;
        assert!((information(&joint).0 - 10.0 * 2.0_f64.ln()).abs() < 1e-9);
    }
}

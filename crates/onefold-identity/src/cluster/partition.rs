//! Which rows are together.
//!
//! Invariant: clusters are numbered from 0 in the order of their first rows, and none is empty.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{BuildHasherDefault, Hash},
};

use serde::Serialize;

/// Each row's cluster; clusters are numbered by first appearance.
///
/// ```
/// use onefold_identity::cluster::Partition;
/// // A truth column; a row without a label is a cluster of its own.
/// let truth = Partition::from_labels([Some("b"), Some("a"), None, Some("b"), None]);
/// assert_eq!(truth.labels(), [0, 1, 2, 0, 3]);
/// assert_eq!((truth.clusters(), truth.pairs()), (4, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    labels: Vec<u32>,
    clusters: u32,
}

impl Partition {
    /// Rows with equal labels are together; a row without one is alone.
    ///
    /// Rows beyond 4,294,967,294 are left out. Cost: one hash a row.
    pub fn from_labels<T: Hash + Eq>(labels: impl IntoIterator<Item = Option<T>>) -> Self {
        // Fixed keys: nothing here depends on the order of the map, and nothing may depend on the run.
        let mut numbers = HashMap::<T, u32, BuildHasherDefault<DefaultHasher>>::default();
        let mut clusters = 0;
        let mut next = || {
            clusters += 1;
            clusters - 1
        };
        let labels = labels.into_iter().take(u32::MAX as usize);
        let labels = labels
            .map(|label| match label {
                Some(label) => *numbers.entry(label).or_insert_with(&mut next),
                None => next(),
            })
            .collect();
        Self { labels, clusters }
    }

    /// Every row alone.
    pub fn singletons(rows: u32) -> Self {
        Self::from_parts((0..rows).collect(), rows)
    }

    /// `labels` are `0..clusters` in the order of first appearance.
    pub(crate) fn from_parts(labels: Vec<u32>, clusters: u32) -> Self {
        debug_assert!(labels.iter().all(|label| *label < clusters));
        Self { labels, clusters }
    }

    /// The cluster of each row.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// How many rows.
    pub fn rows(&self) -> u32 {
        self.labels.len() as u32
    }

    /// How many clusters, those of one row too.
    pub fn clusters(&self) -> u32 {
        self.clusters
    }

    /// The cluster of a row; `None` if there is no such row.
    pub fn label(&self, row: u32) -> Option<u32> {
        self.labels.get(row as usize).copied()
    }

    /// Whether both rows exist and are in one cluster.
    pub fn together(&self, left: u32, right: u32) -> bool {
        self.label(left).is_some() && self.label(left) == self.label(right)
    }

    /// Rows of each cluster. Cost: O(rows).
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.clusters as usize];
        for label in &self.labels {
            if let Some(size) = sizes.get_mut(*label as usize) {
                *size += 1;
            }
        }
        sizes
    }

    /// Pairs of rows that are together. Cost: O(rows).
    pub fn pairs(&self) -> u64 {
        self.sizes().into_iter().map(pairs_of).sum()
    }

    /// The rows of every cluster, ascending. Cost: O(rows).
    pub fn members(&self) -> Members {
        let mut starts = Vec::with_capacity(self.clusters as usize + 1);
        let mut total = 0;
        for size in self.sizes() {
            starts.push(total);
            total += size;
        }
        starts.push(total);
        let mut ends = starts.clone();
        let mut rows = vec![0; self.labels.len()];
        for (row, label) in (0..).zip(&self.labels) {
            if let Some(end) = ends.get_mut(*label as usize)
                && let Some(place) = rows.get_mut(*end as usize)
            {
                *place = row;
                *end += 1;
            }
        }
        Members { starts, rows }
    }

    /// Whether every cluster lies inside one cluster of the other. Cost: O(rows).
    pub fn is_finer_than(&self, other: &Self) -> bool {
        let mut inside = vec![None; self.clusters as usize];
        self.labels.len() == other.labels.len()
            && self.labels.iter().zip(&other.labels).all(|(mine, theirs)| {
                inside
                    .get_mut(*mine as usize)
                    .is_some_and(|known| *known.get_or_insert(*theirs) == *theirs)
            })
    }
}

/// The rows of every cluster of a [`Partition`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Members {
    /// The rows of a cluster, ascending; empty if there is no such cluster.
    pub fn of(&self, cluster: u32) -> &[u32] {
        let start = self.starts.get(cluster as usize).copied();
        let end = self.starts.get(cluster as usize + 1).copied();
        match (start, end) {
            (Some(start), Some(end)) => self.rows.get(start as usize..end as usize),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// Every cluster's rows, by cluster number.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> + '_ {
        (1..self.starts.len() as u32).map(|after| self.of(after - 1))
    }
}

/// How many pairs so many rows make.
pub(crate) fn pairs_of(rows: u32) -> u64 {
    u64::from(rows) * u64::from(rows.saturating_sub(1)) / 2
}

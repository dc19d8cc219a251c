//! The strongest chain of links between two rows.
//!
//! Invariant: no other chain has a stronger weakest link; of those with the same, none has fewer steps; of
//! those, it is the one with the lowest rows, from the beginning.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Component, counted, percent};
use crate::cluster::{Dendrogram, Pairs};

/// A chain of links from one row to another; [`Display`](fmt::Display) tells it in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// The bits of its weakest link: a chain is as strong as that. 1000, the most there are, if both ends
    /// are one row.
    pub bits: f64,
    /// The links in order; none if both ends are one row.
    pub steps: Vec<Step>,
}

/// One link of a [`Path`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The row nearer to the beginning.
    pub from: u32,
    /// The row nearer to the end.
    pub to: u32,
    /// The bits of the link.
    pub bits: f64,
}

impl Path {
    /// The rows it passes, both ends too.
    pub fn rows(&self) -> Vec<u32> {
        let behind = self.steps.iter().map(|step| step.to);
        std::iter::once(self.from).chain(behind).collect()
    }

    /// Whether it takes the link between two rows, in either direction.
    pub fn takes(&self, left: u32, right: u32) -> bool {
        let ends = [(left, right), (right, left)];
        self.steps
            .iter()
            .any(|step| ends.contains(&(step.from, step.to)))
    }
}

impl Component {
    /// The strongest chain of links between two rows; `None` if there is none or a row is not here.
    ///
    /// Cost: O(n log n) for n links.
    pub fn strongest_path(&self, from: u32, to: u32) -> Option<Path> {
        let (start, end) = (self.place(from)?, self.place(to)?);
        let weakest = if start == end {
            crate::cluster::BITS_MAX
        } else {
            self.bits_between(start, end)?
        };
        let distances = self.distances(end, |link| self.bits(link) >= weakest);
        let mut here = start;
        let mut steps = Vec::new();
        while here != end {
            let left = *distances.get(here)?;
            let nearer = self.neighbours(here).iter().find(|neighbour| {
                let behind = distances.get(neighbour.place).copied().unwrap_or(u32::MAX);
                behind < left && self.bits(neighbour.link) >= weakest
            })?;
            steps.push(Step {
                from: self.row(here),
                to: self.row(nearer.place),
                bits: self.bits(nearer.link),
            });
            here = nearer.place;
        }
        Some(Path {
            from,
            to,
            bits: weakest,
            steps,
        })
    }

    /// The weakest link of the strongest chain between two places.
    fn bits_between(&self, from: usize, to: usize) -> Option<f64> {
        let place = |row: u32| self.place(row).map(|place| place as u32);
        let links = self.links().iter().filter_map(|link| {
            let (left, right) = (place(link.left)?, place(link.right)?);
            Some(crate::cluster::ScoredPair {
                left,
                right,
                ..*link
            })
        });
        let pairs = Pairs::new(self.rows().len() as u32, links.collect()).ok()?;
        Dendrogram::of(&pairs).bits_between(from as u32, to as u32)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            to,
            bits,
            steps,
        } = self;
        if steps.is_empty() {
            return write!(f, "row {from} and row {to} are the same row");
        }
        write!(
            f,
            "row {from} and row {to} are joined by {}, the weakest of {bits:+.1} bits ({})",
            counted(steps.len(), "link"),
            percent(*bits)
        )?;
        for (number, step) in (1..).zip(steps) {
            let Step { from, to, bits } = step;
            write!(
                f,
                "\n  {number}. row {from} and row {to}: {bits:+.1} bits ({})",
                percent(*bits)
            )?;
        }
        Ok(())
    }
}

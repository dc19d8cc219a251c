//! Where a component would break first.
//!
//! Invariant: taking away the links of a cut leaves exactly its two sides without a link between them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Component, counted, min_cut::min_cut};
use crate::cluster::ScoredPair;

/// Up to so many rows the weakest cut is looked for where there is no bridge: the work grows with the cube.
pub const CUT_ROWS_MAX: usize = 400;

/// What holds a component together least; [`Display`](fmt::Display) tells it in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// There is one row or none: nothing to break.
    Alone,
    /// It is in several parts already.
    Apart,
    /// One link alone holds two sides together; of several such links the weakest.
    Bridge(Cut),
    /// No single link does; these have the fewest bits together.
    Cut(Cut),
    /// No single link does, and the component has too many rows to look for several.
    TooLarge {
        /// How many rows it has.
        rows: usize,
        /// See [`CUT_ROWS_MAX`].
        rows_max: usize,
    },
}

/// Links whose loss parts a component in two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// The sum of the bits of the links; a link below 0 counts as none.
    pub bits: f64,
    /// The links, by rows.
    pub links: Vec<ScoredPair>,
    /// The rows of one side: that of the row asked for, or of the lowest row.
    pub first: Vec<u32>,
    /// The rows of the other side.
    pub second: Vec<u32>,
}

impl Cut {
    /// Whether the link between two rows is one of the cut.
    pub fn has(&self, left: u32, right: u32) -> bool {
        let rows = (left.min(right), left.max(right));
        self.links.iter().any(|link| link.rows() == rows)
    }
}

impl Weakness {
    /// The bridge or cut, if one was found.
    pub fn cut(&self) -> Option<&Cut> {
        match self {
            Self::Bridge(cut) | Self::Cut(cut) => Some(cut),
            Self::Alone | Self::Apart | Self::TooLarge { .. } => None,
        }
    }
}

impl Component {
    /// The links that alone hold two sides together, by rows.
    ///
    /// Tarjan's low points (1974), without recursion. Cost: O(rows + links).
    pub fn bridges(&self) -> Vec<ScoredPair> {
        let mut bridges = self.bridge_numbers();
        bridges.sort_unstable();
        bridges
            .iter()
            .filter_map(|link| self.links().get(*link))
            .copied()
            .collect()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "places are those of the component's own rows"
    )]
    fn bridge_numbers(&self) -> Vec<usize> {
        const UNSEEN: usize = usize::MAX;
        let size = self.rows().len();
        let (mut entered, mut low) = (vec![UNSEEN; size], vec![UNSEEN; size]);
        let mut clock = 0;
        let mut bridges = Vec::new();
        for root in 0..size {
            if entered[root] != UNSEEN {
                continue;
            }
            // (place, the link it was entered by, the next neighbour to look at)
            let mut stack = vec![(root, UNSEEN, 0)];
            while let Some((place, by, next)) = stack.last_mut() {
                let (place, by) = (*place, *by);
                if *next == 0 {
                    (entered[place], low[place]) = (clock, clock);
                    clock += 1;
                }
                if let Some(neighbour) = self.neighbours(place).get(*next) {
                    *next += 1;
                    if entered[neighbour.place] == UNSEEN {
                        stack.push((neighbour.place, neighbour.link, 0));
                    } else if neighbour.link != by {
                        low[place] = low[place].min(entered[neighbour.place]);
                    }
                    continue;
                }
                stack.pop();
                if let Some((before, _, _)) = stack.last() {
                    low[*before] = low[*before].min(low[place]);
                    if low[place] > entered[*before] {
                        bridges.push(by);
                    }
                }
            }
        }
        bridges
    }

    /// What holds the component together least: its weakest bridge, or else its weakest cut.
    ///
    /// Cost: O(rows + links) with a bridge, O(rows³) without one, up to [`CUT_ROWS_MAX`] rows.
    pub fn weakness(&self) -> Weakness {
        let rows = self.rows().len();
        if rows < 2 {
            return Weakness::Alone;
        }
        if !self.sides(|_| true).1.is_empty() {
            return Weakness::Apart;
        }
        let weaker = |a: &ScoredPair, b: &ScoredPair| {
            a.bits
                .total_cmp(&b.bits)
                .then_with(|| a.rows().cmp(&b.rows()))
        };
        if let Some(bridge) = self.bridges().into_iter().min_by(weaker) {
            return Weakness::Bridge(self.cut_at(&bridge));
        }
        if rows > CUT_ROWS_MAX {
            return Weakness::TooLarge {
                rows,
                rows_max: CUT_ROWS_MAX,
            };
        }
        let is_second = min_cut(self);
        let all = self.rows().iter().copied().zip(is_second);
        let (second, first): (Vec<_>, Vec<_>) = all.partition(|(_, is_second)| *is_second);
        let rows = |side: Vec<(u32, bool)>| side.into_iter().map(|(row, _)| row).collect();
        Weakness::Cut(self.cut_between(rows(first), rows(second)))
    }

    /// The two sides that a bridge holds together.
    pub(crate) fn cut_at(&self, bridge: &ScoredPair) -> Cut {
        let (first, second) = self.sides(|link| self.links().get(link) != Some(bridge));
        self.cut_between(first, second)
    }

    /// The links between two sides.
    pub(super) fn cut_between(&self, first: Vec<u32>, second: Vec<u32>) -> Cut {
        let is_first = |row: u32| first.binary_search(&row).is_ok();
        let across = |link: &&ScoredPair| is_first(link.left) != is_first(link.right);
        let links: Vec<ScoredPair> = self.links().iter().filter(across).copied().collect();
        let bits = links.iter().map(|link| link.bits.max(0.0)).sum();
        Cut {
            bits,
            links,
            first,
            second,
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ScoredPair { left, right, bits } in &self.links {
            write!(f, "row {left} and row {right} ({bits:+.1} bits), ")?;
        }
        let (first, second) = (self.first.len(), self.second.len());
        write!(
            f,
            "with {} on one side and {second} on the other",
            counted(first, "row")
        )
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone => f.write_str("nothing to part: there is one row"),
            Self::Apart => f.write_str("the rows are apart already"),
            Self::Bridge(cut) => write!(f, "one link holds it together: {cut}"),
            Self::Cut(cut) => write!(
                f,
                "no single link holds it together; the weakest cut: {cut}"
            ),
            Self::TooLarge { rows, rows_max } => write!(
                f,
                "no single link holds it together; the weakest cut of {rows} rows was not looked for \
                 ({rows_max} is the most)"
            ),
        }
    }
}

//! Rows and the links between them, small enough to be explained.
//!
//! Invariant: every link joins two different rows of the component, and two rows have one link at most.

use std::collections::BTreeMap;

use onefold_event::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::cluster::{BITS_MAX, Pairs, ScoredPair};

/// Some rows and the links between them, usually those of one cluster.
///
/// Memory: about 40 bytes a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Form")]
pub struct Component {
    rows: Vec<u32>,
    links: Vec<ScoredPair>,
    /// Of each row, by its place in `rows`: neighbours by place, and the number of the link.
    #[serde(skip)]
    neighbours: Vec<Vec<Neighbour>>,
}

/// One end of a link, seen from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Neighbour {
    /// The place of the row in the component.
    pub(super) place: usize,
    /// The number of the link.
    pub(super) link: usize,
}

#[derive(Deserialize)]
struct Form {
    rows: Vec<u32>,
    links: Vec<ScoredPair>,
}

impl From<Form> for Component {
    fn from(form: Form) -> Self {
        Self::with_rows(form.rows, &form.links)
    }
}

impl Component {
    /// The rows that links name, and the links: of two between the same rows the stronger.
    ///
    /// Links of a row with itself and links whose bits are not a number are left out. Cost: O(n log n).
    pub fn new(links: &[ScoredPair]) -> Self {
        Self::with_rows(Vec::new(), links)
    }

    /// All rows that chains of pairs of at least `bits_min` join to `row`, which is there even if alone.
    ///
    /// Cost: O(rows + pairs).
    ///
    /// # Errors
    /// `NotFound` if there is no such row.
    pub fn containing(pairs: &Pairs, row: u32, bits_min: f64) -> Result<Self> {
        if row >= pairs.rows() {
            let rows = pairs.rows();
            let message = format!("no row `{row}`: there are {rows} rows, counted from 0");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let partition = pairs.components(bits_min);
        let strong = pairs.at_least(bits_min).iter();
        let links: Vec<ScoredPair> = strong
            .filter(|pair| partition.together(pair.left, row))
            .copied()
            .collect();
        Ok(Self::with_rows(vec![row], &links))
    }

    fn with_rows(mut rows: Vec<u32>, links: &[ScoredPair]) -> Self {
        let mut strongest: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for link in links {
            if link.left != link.right && !link.bits.is_nan() {
                let bits = link.bits.clamp(-BITS_MAX, BITS_MAX);
                let known = strongest.entry(link.rows()).or_insert(bits);
                *known = known.max(bits);
            }
        }
        rows.extend(strongest.keys().flat_map(|(left, right)| [*left, *right]));
        rows.sort_unstable();
        rows.dedup();
        let mut neighbours = vec![Vec::new(); rows.len()];
        let mut links = Vec::with_capacity(strongest.len());
        for (link, ((left, right), bits)) in strongest.into_iter().enumerate() {
            links.push(ScoredPair { left, right, bits });
            for (from, to) in [(left, right), (right, left)] {
                if let (Ok(from), Ok(place)) = (rows.binary_search(&from), rows.binary_search(&to))
                    && let Some(list) = neighbours.get_mut(from)
                {
                    list.push(Neighbour { place, link });
                }
            }
        }
        for list in &mut neighbours {
            list.sort_unstable_by_key(|neighbour: &Neighbour| neighbour.place);
        }
        Self {
            rows,
            links,
            neighbours,
        }
    }

    /// The rows, ascending.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The links, by rows, the lower row left.
    pub fn links(&self) -> &[ScoredPair] {
        &self.links
    }

    /// The link between two rows, in either order.
    pub fn link(&self, left: u32, right: u32) -> Option<ScoredPair> {
        let rows = (left.min(right), left.max(right));
        let place = self
            .links
            .binary_search_by_key(&rows, ScoredPair::rows)
            .ok()?;
        self.links.get(place).copied()
    }

    /// Where a row stands in [`Component::rows`].
    pub(super) fn place(&self, row: u32) -> Option<usize> {
        self.rows.binary_search(&row).ok()
    }

    pub(super) fn row(&self, place: usize) -> u32 {
        self.rows.get(place).copied().unwrap_or_default()
    }

    /// The neighbours of the row at a place, ascending.
    pub(super) fn neighbours(&self, place: usize) -> &[Neighbour] {
        self.neighbours
            .get(place)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(super) fn bits(&self, link: usize) -> f64 {
        self.links
            .get(link)
            .map_or(f64::NEG_INFINITY, |link| link.bits)
    }

    /// Steps from a place to every other over links that `allowed` lets through; `u32::MAX` if none leads
    /// there.
    #[expect(
        clippy::indexing_slicing,
        reason = "places are those of the component's own rows"
    )]
    pub(super) fn distances(&self, from: usize, allowed: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut distances = vec![u32::MAX; self.rows.len()];
        let mut reached = Vec::with_capacity(self.rows.len());
        if let Some(distance) = distances.get_mut(from) {
            *distance = 0;
            reached.push(from);
        }
        let mut next = 0;
        while let Some(place) = reached.get(next).copied() {
            next += 1;
            for neighbour in self.neighbours(place) {
                if distances[neighbour.place] == u32::MAX && allowed(neighbour.link) {
                    distances[neighbour.place] = distances[place] + 1;
                    reached.push(neighbour.place);
                }
            }
        }
        distances
    }

    /// The rows on the side of the first row, and the others, when some links are taken away.
    pub(super) fn sides(&self, allowed: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<u32>) {
        let distances = self.distances(0, allowed);
        let all = self.rows.iter().copied().zip(distances);
        let (first, second): (Vec<_>, Vec<_>) = all.partition(|(_, steps)| *steps != u32::MAX);
        let rows = |side: Vec<(u32, u32)>| side.into_iter().map(|(row, _)| row).collect();
        (rows(first), rows(second))
    }
}

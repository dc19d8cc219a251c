//! A plan laid out for the stream: which occurrences feed which cells, and which bits make which segments.
//!
//! Bits are numbered in this order: what does not depend on occurrences (traits, consent, samples), the
//! atoms of the cells, and the segments that are more than one bit.
//!
//! Invariant: a segment's formula speaks of atoms and of segments with lower numbers only.

mod compile;
mod needs;
mod question;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    block::Shape,
    cell::{Cell, Kind},
    clock::Calendar,
    formula::{Formula, Sense},
    lists::Lists,
    reading::{Sieve, Source},
};
use crate::plan::Plan;

pub(crate) use question::{Asked, Drafts};

/// Everything that does not change while the stream runs.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) plan: Arc<Plan>,
    /// The numbers of the names that matter; the last rules are for all others.
    pub(super) names: FxHashMap<Box<str>, u32>,
    pub(super) rules: Vec<Vec<Rule>>,
    pub(super) properties: Vec<Box<str>>,
    pub(super) cells: Vec<Cell>,
    /// By feature: how long its occurrences are kept as they are; none where nobody needs them.
    pub(super) kept: Vec<Option<i64>>,
    /// The leaves behind the first bits.
    pub(super) statics: Vec<u32>,
    /// Which cells ask for traits, so that a change of these touches them.
    pub(super) cells_of_traits: Vec<u32>,
    pub(super) calendars: Vec<Calendar>,
    /// By bit: the segments that it is (or is the complement of), and the composites that it is part of.
    pub(super) segments_of: Lists<(u32, bool)>,
    pub(super) composites_of: Lists<(u32, Sense)>,
    /// By composite; its bit is `composites_first` and its number.
    pub(super) composites: Vec<Formula<u32>>,
    pub(super) composites_first: u32,
    /// By segment: what it is; none for a segment of organisations.
    pub(super) segments: Vec<Option<Formula<u32>>>,
    pub(super) shape: Shape,
    /// The bits of a person of whom nothing is known.
    pub(super) blank: Vec<u32>,
}

/// One filter, and what is fed by what passes it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) filter: Option<Sieve>,
    pub(super) feeds: Vec<Feed>,
}

/// What an occurrence that passes goes to, with the value that it has there.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) value: Option<Source>,
    pub(super) targets: Vec<(Target, u32)>,
}

/// Where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Among the kept occurrences of this feature; before any leaf that reads them.
    Kept(u32),
    /// To this cell, which is a sequence: before any cell that it reads, and with all its roles together.
    Sequence(u32),
    /// To this cell, which is neither a sequence nor a leaf.
    Cell(u32),
    /// To this cell, which asks the general evaluator: once, behind all others.
    Leaf(u32),
}

impl Layout {
    /// How occurrences go to a cell.
    pub(super) fn target(&self, cell: u32) -> Target {
        match self.cells.get(cell as usize).map(|cell| &cell.kind) {
            Some(Kind::Chain(_) | Kind::Pair(_)) => Target::Sequence(cell),
            Some(Kind::Leaf(_)) => Target::Leaf(cell),
            _ => Target::Cell(cell),
        }
    }
}

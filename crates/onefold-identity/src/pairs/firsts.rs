//! The first sighting of each pair: most pairs are seen once, and the pair itself says where, when and by whom.
//!
//! Invariant: the first sighting of a pair is in the supports, or it is [`First::Apart`] from them, and then position
//! and source of the pair are its own. So every sighting is told exactly once.

use onefold_event::{AnchorId, Position, Timestamp};

use super::{Pair, PairNumber, Pairs, Standing};
use crate::{
    column::Column,
    evidence::Strength,
    supports::{Run, Support},
    table::{Row, halves, whole},
};

/// Where the first sighting of a pair is.
#[derive(Debug, Clone, Copy)]
pub(super) enum First {
    /// Among the supports, with all others.
    Kept,
    /// In the pair, but for its time and strength, which others of the pair may have changed.
    Apart(Timestamp, Strength),
}

/// Finds the first sightings of a range of positions.
#[derive(Debug, Clone)]
pub(super) struct Firsts {
    /// Before each [`STEP`] pairs, the highest position until then.
    steps: Column<Position>,
    last: Position,
    /// The log never went backwards.
    in_order: bool,
}

const STEP: usize = 1_024;

impl Default for Firsts {
    fn default() -> Self {
        Self::after(0)
    }
}

impl Firsts {
    /// After so many pairs whose first sightings are kept.
    pub(super) fn after(pairs: usize) -> Self {
        let steps = (0..pairs.div_ceil(STEP)).map(|_| Position::START);
        Self {
            steps: steps.collect(),
            last: Position::START,
            in_order: true,
        }
    }

    /// Notes the first sighting of the next pair, which is not kept.
    pub(super) fn begin(&mut self, support: &Support) -> First {
        while self.steps.len() * STEP <= support.pair as usize {
            self.steps.push_back(self.last);
        }
        self.in_order &= support.position >= self.last;
        self.last = self.last.max(support.position);
        First::Apart(support.time, support.strength())
    }

    /// The pairs among which those with first sightings at these positions are.
    fn rows(&self, (from, to): (Position, Position)) -> std::ops::Range<usize> {
        if !self.in_order {
            return 0..usize::MAX;
        }
        let first = self.steps.partition_point(|step| *step < from);
        let end = self.steps.partition_point(|step| *step <= to);
        first.saturating_sub(1) * STEP..end * STEP
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.steps.len() * size_of::<Position>()
    }
}

impl Row<10> for Pair {
    fn words(self) -> [u32; 10] {
        let [AnchorId(left), AnchorId(right)] = self.anchors;
        let [next_left, next_right] = self.next;
        let [a, b] = halves(self.first_position.0);
        let (time, first) = match self.first {
            First::Kept => (0, KEPT),
            First::Apart(time, strength) => (time.as_micros() as u64, strength as u32),
        };
        let [c, d] = halves(time);
        let marks = self.standing as u32 | (self.strength as u32) << 8 | first << 16;
        [
            left,
            right,
            next_left,
            next_right,
            a,
            b,
            c,
            d,
            self.source,
            marks,
        ]
    }

    fn of_words(words: [u32; 10]) -> Self {
        let [
            left,
            right,
            next_left,
            next_right,
            a,
            b,
            c,
            d,
            source,
            marks,
        ] = words;
        let time = Timestamp::from_micros(whole(c, d) as i64);
        Self {
            anchors: [AnchorId(left), AnchorId(right)],
            next: [next_left, next_right],
            first_position: Position(whole(a, b)),
            source,
            standing: match marks & 0xff {
                0 => Standing::Linked,
                1 => Standing::Held,
                2 => Standing::Gone,
                _ => Standing::Shared,
            },
            strength: strength(marks >> 8 & 0xff),
            first: match marks >> 16 {
                KEPT => First::Kept,
                number => First::Apart(time, strength(number)),
            },
        }
    }
}

const KEPT: u32 = 0xff;

fn strength(number: u32) -> Strength {
    match number {
        0 => Strength::Declared,
        _ => Strength::Observed,
    }
}

impl Pair {
    /// The first sighting, unless the supports have it.
    fn first(&self, number: PairNumber) -> Option<Support> {
        let First::Apart(time, strength) = self.first else {
            return None;
        };
        let support = Support::new(number, self.first_position, time, (self.source, strength));
        Some(support.as_counted())
    }
}

impl Pairs {
    /// Every sighting of the pair ever, those included that were taken back.
    pub(crate) fn supports(&self, number: PairNumber) -> Vec<Support> {
        let mut supports = self.seen.supports(number);
        if let Some(first) = self.get(number).and_then(|pair| pair.first(number)) {
            supports.push(first);
            supports.sort_unstable();
        }
        supports
    }

    /// Visits every sighting of a range of positions, both ends included, and others.
    pub(crate) fn visit(&self, positions: (Position, Position), visit: &mut dyn FnMut(&Support)) {
        self.seen.visit(positions, visit);
        let rows = self.firsts.rows(positions);
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        let pairs = self.rows.iter_from(rows.start).take(rows.len());
        for (number, pair) in (rows.start as PairNumber..).zip(pairs) {
            pair.first(number).iter().for_each(&mut *visit);
        }
    }

    /// Every sighting as one run.
    pub(crate) fn all_supports(&self) -> Run {
        let numbered = (0..).zip(self.rows.iter());
        let firsts = numbered.filter_map(|(number, pair)| pair.first(number));
        self.seen.all_supports(firsts)
    }

    /// Puts the first sighting among the supports, before the pair is made to say something else.
    pub(super) fn keep_first(&mut self, number: PairNumber) {
        let first = self.get(number).and_then(|pair| pair.first(number));
        if let Some(first) = first {
            self.update(number, |pair| pair.first = First::Kept);
            self.seen.note(first);
        }
    }
}

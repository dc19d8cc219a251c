//! The atoms of a cell, in runs that are answered together.
//!
//! Of atoms that ask the same and differ in how far back they look, whoever looks further sees more: so the
//! answers of a run are found with one search, and so is the first of them to become another.
//!
//! Invariant: a run is sorted by its windows, and all runs together are the atoms in their order.

use std::ops::Range;

use super::{
    clock::{Clock, Window},
    sums::Asked,
    words::NONE,
};
use crate::instant::NEVER;

/// So many atoms have their answers in one word.
pub(super) const GROUP: usize = 64;

/// Whether the `count`-th latest lies inside the window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Atom {
    pub(crate) count: u32,
    pub(crate) window: Window,
    /// What a sum must be.
    pub(crate) test: Option<Box<Asked>>,
}

/// Up to [`GROUP`] atoms of a cell, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Atoms {
    atoms: Vec<Atom>,
    /// How far each looks back; nothing for a window that does not move with the instant.
    micros: Vec<i64>,
    runs: Vec<Range<usize>>,
}

/// Neighbours that ask the same: one, or several that differ in how far back they look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) atom: &'a Atom,
    /// The place of the first among the answers.
    first: usize,
    micros: &'a [i64],
}

impl Atoms {
    /// Atoms in the order in which they are answered, and the new place of each.
    pub(super) fn sorted(atoms: &[Atom]) -> (Vec<Self>, Vec<usize>) {
        let mut order: Vec<usize> = (0..atoms.len()).collect();
        order.sort_by_cached_key(|place| {
            atoms.get(*place).map(|atom| {
                let window = match atom.window {
                    Window::Ever => (0, 0),
                    Window::Calendar(number) => (1, i64::from(number)),
                    Window::Last(micros) => (2, micros),
                };
                (format!("{:?}", atom.test), atom.count, window)
            })
        });
        let mut places = vec![0; atoms.len()];
        let mut groups: Vec<Self> = Vec::new();
        for (place, before) in order.into_iter().enumerate() {
            if place.is_multiple_of(GROUP) {
                groups.push(Self::default());
            }
            if let (Some(group), Some(atom)) = (groups.last_mut(), atoms.get(before)) {
                group.push(atom.clone());
            }
            if let Some(known) = places.get_mut(before) {
                *known = place;
            }
        }
        (groups, places)
    }

    fn push(&mut self, atom: Atom) {
        let at = self.atoms.len();
        let moves = |atom: &Atom| matches!(atom.window, Window::Last(_));
        let asks_the_same = |last: &Atom| {
            let is_same = (last.count, &last.test) == (atom.count, &atom.test);
            is_same && moves(last) && moves(&atom)
        };
        match self.runs.last_mut() {
            Some(run) if self.atoms.last().is_some_and(asks_the_same) => run.end = at + 1,
            _ => self.runs.push(at..at + 1),
        }
        self.micros.push(match atom.window {
            // What happened lies in the past, so nothing overflows.
            Window::Last(micros) => micros.min(NEVER / 2),
            Window::Ever | Window::Calendar(_) => 0,
        });
        self.atoms.push(atom);
    }

    pub(super) fn len(&self) -> usize {
        self.atoms.len()
    }

    /// One by one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Atom> {
        self.atoms.iter()
    }

    #[inline]
    pub(super) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.runs.iter().filter_map(|run| {
            Some(Run {
                atom: self.atoms.get(run.start)?,
                first: run.start,
                micros: self.micros.get(run.clone())?,
            })
        })
    }

    /// The atoms whose instant lies in the window, and when the first of them leaves it.
    #[inline]
    pub(super) fn listed(&self, clock: &Clock, time: impl Fn(u32) -> i64) -> (u64, i64) {
        let (mut mask, mut next) = (0, NEVER);
        let mut known = (0, NONE);
        for run in self.runs() {
            if known.0 != run.atom.count {
                known = (run.atom.count, time(run.atom.count));
            }
            if known.1 != NONE {
                let (inside, exit) = run.inside(clock, known.1);
                mask |= inside;
                next = next.min(exit);
            }
        }
        (mask, next)
    }
}

impl Run<'_> {
    /// Those who see this instant, and when the first of them does no longer.
    #[inline]
    pub(super) fn inside(self, clock: &Clock, time: i64) -> (u64, i64) {
        if !matches!(self.atom.window, Window::Last(_)) {
            let (from, exit) = clock.window(self.atom.window, time);
            let is_inside = time >= from && exit > clock.now;
            return if is_inside {
                (1 << self.first, exit)
            } else {
                (0, NEVER)
            };
        }
        let age = clock.now.saturating_sub(time);
        let out = self.micros.partition_point(|micros| *micros < age);
        match self.micros.get(out) {
            Some(least) => (self.mask(out), time + least + 1),
            None => (0, NEVER),
        }
    }

    /// Visits the place and the window of each.
    pub(super) fn each(self, mut visit: impl FnMut(usize, Window)) {
        if !matches!(self.atom.window, Window::Last(_)) {
            return visit(self.first, self.atom.window);
        }
        for (place, micros) in (self.first..).zip(self.micros) {
            visit(place, Window::Last(*micros));
        }
    }

    /// All of them but the first so many.
    #[inline]
    pub(super) fn mask(self, but: usize) -> u64 {
        let ones = |count: usize| (!0_u64).checked_shr(64 - count as u32).unwrap_or(0);
        ones(self.micros.len() - but) << (self.first + but)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window() -> impl Strategy<Value = Window> {
        prop_oneof![
            6 => (1..40_i64).prop_map(Window::Last),
            1 => Just(Window::Last(NEVER)),
            1 => Just(Window::Ever),
        ]
    }

    /// Each atom for itself.
    fn one(atom: &Atom, clock: &Clock, time: i64) -> (bool, i64) {
        let (from, exit) = clock.window(atom.window, time);
        if time != NONE && time >= from {
            (true, exit)
        } else {
            (false, NEVER)
        }
    }

    proptest! {
        #[test]
        fn runs_answer_as_each_atom_for_itself(
            asked in prop::collection::vec((1..5_u32, window()), 1..150),
            times in prop::collection::vec(prop_oneof![4 => 0..50_i64, 1 => Just(NONE)], 6),
        ) {
            let atoms: Vec<Atom> = asked
                .into_iter()
                .map(|(count, window)| Atom { count, window, test: None })
                .collect();
            let (groups, places) = Atoms::sorted(&atoms);
            let clock = Clock::new(60, Vec::new());
            let answers: Vec<(u64, i64)> = groups
                .iter()
                .map(|group| group.listed(&clock, |count| times[count as usize]))
                .collect();
            let mut next = NEVER;
            for (atom, place) in atoms.iter().zip(&places) {
                let (held, exit) = one(atom, &clock, times[atom.count as usize]);
                let mask = answers[place / GROUP].0;
                prop_assert_eq!(mask >> (place % GROUP) & 1 == 1, held, "{:?}", atom);
                next = next.min(exit);
            }
            let found = answers.iter().map(|(_, next)| *next).min().unwrap_or(NEVER);
            // An instant later than every timestamp never comes.
            prop_assert!(found == next || found.min(next) > NEVER / 4);
        }
    }
}

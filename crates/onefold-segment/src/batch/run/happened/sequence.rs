//! Sequences whose steps speak of each other: a search for each choice of what they speak of.
//!
//! Invariant: for each step only its latest valid occurrence is kept. Its start is the latest possible,
//! because whatever an earlier occurrence of the step before allows, a later one allows too; so nothing
//! that is forgotten could have been of use.
#![expect(
    clippy::indexing_slicing,
    reason = "every list of a search has one place for each step of its sequence"
)]

use std::ops::Range;

use onefold_event::Value;
use smallvec::SmallVec;

use super::{Run, automaton};
use crate::{
    batch::{bits::Bits, entries::Entries},
    plan::{Correlated, PlannedSequence},
    value::{Values, pass},
};

const NONE: u32 = u32::MAX;

type List<T> = SmallVec<[T; 4]>;

/// Entries of one step, or of what must not lie before it.
struct Track<'r, 'a> {
    entries: &'r Entries<'a>,
    range: Range<usize>,
}

impl Track<'_, '_> {
    fn row(&self) -> u32 {
        if self.range.is_empty() {
            NONE
        } else {
            self.entries.row(self.range.start)
        }
    }

    fn time(&self) -> i64 {
        self.entries.times[self.range.start]
    }
}

/// The latest valid occurrence of a step.
#[derive(Clone, Copy)]
struct Reached {
    row: u32,
    time: i64,
    /// When the first step was.
    start: i64,
}

const NOT_REACHED: Reached = Reached {
    row: NONE,
    time: 0,
    start: 0,
};

/// The search of one sequence in one chunk.
struct Search<'r, 'a> {
    run: &'r Run<'a>,
    sequence: &'r PlannedSequence,
    steps: List<&'r Entries<'a>>,
    without: List<Option<&'r Entries<'a>>>,
    then_no: Option<&'r Entries<'a>>,
    /// The steps that filters of later ones speak of.
    spoken_of: Vec<usize>,
}

/// One person in a search.
struct Person<'s, 'r, 'a> {
    search: &'s Search<'r, 'a>,
    person: u32,
    /// Where each step's entries inside the window are.
    inside: List<Range<usize>>,
    /// The rows of the steps that are spoken of, as far as they are fixed.
    fixed: Vec<u32>,
}

impl Run<'_> {
    pub(super) fn sequence(&self, sequence: &PlannedSequence) -> Bits {
        if let Some(members) = automaton::members(self, sequence) {
            return members;
        }
        let mut bits = Bits::none(self.people);
        let bounds = self.bounds(sequence.span);
        let Some(search) = Search::new(self, sequence) else {
            return bits;
        };
        let rarest = search
            .steps
            .iter()
            .min_by_key(|entries| entries.groups.len());
        for group in rarest.iter().flat_map(|entries| &entries.groups) {
            let person = group.person as usize;
            if search.holds(group.person, bounds.of(person)) {
                bits.put(person, true);
            }
        }
        bits
    }
}

impl<'r, 'a> Search<'r, 'a> {
    fn new(run: &'r Run<'a>, sequence: &'r PlannedSequence) -> Option<Self> {
        let mut search = Self {
            run,
            sequence,
            steps: List::new(),
            without: List::new(),
            then_no: None,
            spoken_of: sequence.spoken_of(),
        };
        for step in &sequence.steps {
            search.steps.push(run.entries(step.feature)?);
            search.without.push(match &step.without {
                Some((feature, _)) => Some(run.entries(*feature)?),
                None => None,
            });
        }
        if let Some(absence) = &sequence.then_no {
            search.then_no = Some(run.entries(absence.feature)?);
        }
        Some(search)
    }

    fn holds(&self, number: u32, bounds: (i64, i64)) -> bool {
        let mut inside = List::new();
        for entries in &self.steps {
            let group = entries
                .groups
                .binary_search_by_key(&number, |group| group.person);
            let Ok(at) = group else {
                return false;
            };
            let range = entries.inside(entries.groups[at], bounds);
            if range.is_empty() {
                return false;
            }
            inside.push(range);
        }
        let mut person = Person {
            search: self,
            person: number,
            inside,
            fixed: vec![
                NONE;
                if self.spoken_of.is_empty() {
                    0
                } else {
                    self.steps.len()
                }
            ],
        };
        person.fix(0)
    }
}

impl Person<'_, '_, '_> {
    /// Fixes the steps that are spoken of, one after the other, and then looks for the rest.
    fn fix(&mut self, at: usize) -> bool {
        let search = self.search;
        let Some(step) = search.spoken_of.get(at).copied() else {
            return self.run();
        };
        let entries = search.steps[step];
        let candidates = self.inside[step].clone();
        for candidate in self.near(step) {
            self.fixed[step] = entries.row(candidate);
            self.inside[step] = candidate..candidate + 1;
            if self.fix(at + 1) {
                return true;
            }
        }
        self.fixed[step] = NONE;
        self.inside[step] = candidates;
        false
    }

    /// The entries of a step that the steps that are fixed leave possible: behind those before it, before
    /// those behind it, and no further from them than lengths allow.
    fn near(&self, step: usize) -> Range<usize> {
        let entries = self.search.steps[step];
        let mut near = self.inside[step].clone();
        for fixed in &self.search.spoken_of {
            let row = self.fixed[*fixed];
            if *fixed == step || row == NONE {
                continue;
            }
            let time = self.search.run.chunk.times[row as usize];
            let reach = self.search.reach(*fixed, step);
            if *fixed < step {
                let until = time.saturating_add(reach);
                near.start = partition(near.clone(), |entry| entries.row(entry) <= row);
                near.end = partition(near.clone(), |entry| entries.times[entry] <= until);
            } else {
                let from = time.saturating_sub(reach);
                near.end = partition(near.clone(), |entry| entries.row(entry) < row);
                near.start = partition(near.clone(), |entry| entries.times[entry] < from);
            }
        }
        near
    }

    /// The person's entries behind the first step, if it is fixed: what lies before it bars nothing.
    fn behind_fixed(&self, entries: &Entries<'_>) -> Range<usize> {
        let mut own = entries.of_person(self.person);
        if let Some(row) = self.fixed.first().filter(|row| **row != NONE) {
            own.start = partition(own.clone(), |entry| entries.row(entry) <= *row);
        }
        own
    }

    /// One pass over the entries of all steps in the order of their rows.
    fn run(&self) -> bool {
        let search = self.search;
        let track = |entries, range| Track { entries, range };
        let steps = search.steps.iter().enumerate();
        let mut steps: List<Track<'_, '_>> = steps
            .map(|(step, entries)| track(*entries, self.near(step)))
            .collect();
        if steps.iter().any(|track| track.range.is_empty()) {
            return false;
        }
        let mut without: List<Option<Track<'_, '_>>> = search
            .without
            .iter()
            .map(|entries| entries.map(|entries| track(entries, self.behind_fixed(entries))))
            .collect();
        // For each step the latest row of what must not lie before it.
        let mut barred: List<u32> = SmallVec::from_elem(0, steps.len());
        let mut is_barred: List<bool> = SmallVec::from_elem(false, steps.len());
        let mut reached: List<Reached> = SmallVec::from_elem(NOT_REACHED, steps.len());
        let last = steps.len() - 1;
        loop {
            let row = steps.iter().map(Track::row).min().unwrap_or(NONE);
            if row == NONE {
                return false;
            }
            for step in (0..=last).rev() {
                if steps[step].row() != row {
                    continue;
                }
                let time = steps[step].time();
                steps[step].range.start += 1;
                if let Some(without) = &mut without[step] {
                    // What lies before this row and was not seen yet.
                    while without.row() < row {
                        if self.speaks_true(search.without_filter(step), without.row()) {
                            (barred[step], is_barred[step]) = (without.row(), true);
                        }
                        without.range.start += 1;
                    }
                }
                let before = step.checked_sub(1).map(|before| reached[before]);
                let bar = is_barred[step].then(|| barred[step]);
                let Some(start) = self.start(step, (row, time), before, bar) else {
                    continue;
                };
                reached[step] = Reached { row, time, start };
                if step == last && self.ends(row, time, start) {
                    return true;
                }
            }
        }
    }

    /// When a choice began that this occurrence carries on with a step; none if there is none.
    fn start(
        &self,
        step: usize,
        (row, time): (u32, i64),
        before: Option<Reached>,
        bar: Option<u32>,
    ) -> Option<i64> {
        let planned = &self.search.sequence.steps[step];
        if !self.speaks_true(planned.correlated.as_ref(), row) {
            return None;
        }
        let Some(before) = before else {
            return Some(time);
        };
        let is_reached = before.row != NONE;
        let in_time = planned
            .within
            .is_none_or(|within| time - before.time <= within);
        let is_direct = !planned.directly || before.row.checked_add(1) == Some(row);
        let is_free = bar.is_none_or(|bar| bar <= before.row);
        (is_reached && in_time && is_direct && is_free).then_some(before.start)
    }

    /// Whether a whole choice is short enough, and nothing follows that must not.
    fn ends(&self, row: u32, time: i64, start: i64) -> bool {
        let sequence = self.search.sequence;
        if sequence.within.is_some_and(|within| time - start > within) {
            return false;
        }
        let (Some(absence), Some(entries)) = (&sequence.then_no, self.search.then_no) else {
            return true;
        };
        let until = time.saturating_add(absence.micros);
        if until > self.search.run.program.as_of {
            return false;
        }
        let group = entries.of_person(self.person);
        // Entries before the last step's time lie before it in order, too.
        let times = &entries.times[group.clone()];
        let first = group.start + times.partition_point(|other| *other < time);
        let mut after = (first..group.end)
            .skip_while(|entry| entries.row(*entry) <= row)
            .take_while(|entry| entries.times[*entry] <= until);
        !after.any(|entry| self.speaks_true(absence.correlated.as_ref(), entries.row(entry)))
    }

    /// Whether what a filter says of an occurrence together with earlier steps holds.
    fn speaks_true(&self, correlated: Option<&Correlated>, row: u32) -> bool {
        let Some(correlated) = correlated else {
            return true;
        };
        let mut together = Together {
            person: self,
            correlated,
            row,
            last: None,
        };
        pass(&mut together, &correlated.filter)
    }
}

/// The first place of a range for which it is no longer so.
fn partition(mut range: Range<usize>, is_so: impl Fn(usize) -> bool) -> usize {
    while !range.is_empty() {
        let middle = range.start + range.len() / 2;
        match is_so(middle) {
            true => range.start = middle + 1,
            false => range.end = middle,
        }
    }
    range.start
}

impl Search<'_, '_> {
    /// The longest time between two steps.
    fn reach(&self, one: usize, other: usize) -> i64 {
        let between = one.min(other) + 1..=one.max(other);
        let steps = self.sequence.steps[between].iter();
        let whole = self.sequence.within.unwrap_or(i64::MAX);
        let each = steps.map(|step| step.within.unwrap_or(i64::MAX));
        whole.min(each.fold(0, i64::saturating_add))
    }

    fn without_filter(&self, step: usize) -> Option<&Correlated> {
        let without = self.sequence.steps[step].without.as_ref();
        without.and_then(|(_, correlated)| correlated.as_ref())
    }
}

/// The properties of an occurrence and of the earlier steps that are fixed.
struct Together<'p, 's, 'r, 'a> {
    person: &'p Person<'s, 'r, 'a>,
    correlated: &'p Correlated,
    row: u32,
    /// What was read last.
    last: Option<Value>,
}

impl<'f> Values<'f> for Together<'_, '_, '_, '_> {
    fn read(&mut self, step: Option<&'f str>, path: &'f str) -> Option<&Value> {
        let row = match step {
            None => self.row,
            Some(name) => {
                let mut reads = self.correlated.reads.iter();
                let read = reads.find(|read| read.step.as_deref() == Some(name))?;
                self.person.fixed.get(read.place).copied()?
            }
        };
        self.last = self.person.search.run.property(row, path);
        self.last.as_ref()
    }
}

impl PlannedSequence {
    /// The steps that filters of later ones speak of, ascending.
    fn spoken_of(&self) -> Vec<usize> {
        let steps = self.steps.iter().flat_map(|step| {
            let without = step.without.as_ref();
            let without = without.and_then(|(_, correlated)| correlated.as_ref());
            [step.correlated.as_ref(), without]
        });
        let absence = self.then_no.as_ref();
        let absence = absence.and_then(|absence| absence.correlated.as_ref());
        let reads = steps.chain([absence]).flatten().flat_map(|one| &one.reads);
        let spoken = reads.filter(|read| read.step.is_some());
        let mut places: Vec<usize> = spoken.map(|read| read.place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether a filter speaks of earlier steps.
    pub(in crate::batch) fn is_correlated(&self) -> bool {
        !self.spoken_of().is_empty()
    }
}

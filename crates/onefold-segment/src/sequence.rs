//! Sequences in one pass over sorted rows.
//!
//! Invariant: for each step, the latest row that a valid choice of the steps before leads to is enough: it
//! is nearest to what follows, least lies between, and its first row is the latest of all such choices. So
//! a choice that is found begins as late as one can.

use smallvec::SmallVec;

use crate::{
    instant::NEVER,
    plan::{Correlated, PlannedSequence},
};

/// The rows of a choice, one for each step.
pub(crate) type Choice = SmallVec<[usize; 6]>;

/// Places of steps that later filters speak of, each with the row that is tried for it.
pub(crate) type Bound = SmallVec<[(usize, usize); 2]>;

/// The occurrences of one person that matter to a sequence, in order of time and place in the log; all of
/// them if a step must follow directly. None is at or after the instant of the question.
pub(crate) trait Rows {
    fn count(&self) -> usize;

    /// In microseconds.
    fn time(&self, row: usize) -> i64;

    /// Whether it lies in the window of the sequence.
    fn is_inside(&self, row: usize) -> bool;

    /// Whether it can be this step, given the rows of the steps that filters speak of.
    fn is_step(&self, step: usize, row: usize, bound: &Bound) -> bool;

    /// Whether it must not lie between this step and the one before it.
    fn is_between(&self, step: usize, row: usize, bound: &Bound) -> bool;

    /// Whether it must not follow the last step.
    fn is_absence(&self, row: usize, bound: &Bound) -> bool;
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// A choice that fulfils everything.
    pub(crate) found: Option<Choice>,
    /// The first instant at which a choice that lacks nothing but time comes true, or [`NEVER`].
    pub(crate) ripens: i64,
    /// How many steps the longest choice has.
    pub(crate) reached: usize,
}

/// Searches for a sequence as of an instant.
///
/// Cost: O(rows · steps), and that for each row (or pair of rows) that can be a step that filters speak of.
pub(crate) fn search(sequence: &PlannedSequence, rows: &impl Rows, as_of: i64) -> Search {
    let mut best = Search {
        found: None,
        ripens: NEVER,
        reached: 0,
    };
    bind(
        sequence,
        rows,
        as_of,
        &spoken_of(sequence),
        &mut Bound::new(),
        &mut best,
    );
    best
}

/// The places of steps that filters of later ones speak of, ascending.
fn spoken_of(sequence: &PlannedSequence) -> SmallVec<[usize; 2]> {
    let own = sequence
        .steps
        .iter()
        .filter_map(|step| step.correlated.as_ref());
    let between = sequence
        .steps
        .iter()
        .filter_map(|step| step.without.as_ref()?.1.as_ref());
    let absence = sequence
        .then_no
        .iter()
        .filter_map(|absence| absence.correlated.as_ref());
    let reads = own
        .chain(between)
        .chain(absence)
        .flat_map(|Correlated { reads, .. }| reads);
    let mut places: SmallVec<[usize; 2]> = reads
        .filter(|read| read.step.is_some())
        .map(|read| read.place)
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Tries every row for each of the places in turn, then all others in one pass.
fn bind(
    sequence: &PlannedSequence,
    rows: &impl Rows,
    as_of: i64,
    places: &[usize],
    bound: &mut Bound,
    best: &mut Search,
) {
    let Some((place, others)) = places.split_first() else {
        return best.improve(pass(sequence, rows, as_of, bound));
    };
    let from = bound.last().map_or(0, |(_, row)| row + 1);
    // The latest first: who asks only whether there is one is told sooner.
    for row in (from..rows.count()).rev() {
        if rows.is_inside(row) && rows.is_step(*place, row, bound) {
            bound.push((*place, row));
            bind(sequence, rows, as_of, others, bound, best);
            bound.pop();
            if best.found.is_some() {
                return;
            }
        }
    }
}

impl Search {
    fn improve(&mut self, other: Self) {
        self.found = self.found.take().or(other.found);
        self.ripens = self.ripens.min(other.ripens);
        self.reached = self.reached.max(other.reached);
    }
}

/// One pass with the rows of spoken-of steps fixed.
fn pass(sequence: &PlannedSequence, rows: &impl Rows, as_of: i64, bound: &Bound) -> Search {
    let mut machine = Machine {
        sequence,
        rows,
        bound,
        latest: SmallVec::from_elem(None, sequence.steps.len()),
        waiting: Vec::new(),
        found: None,
        reached: 0,
    };
    for row in 0..rows.count() {
        machine.take(row);
    }
    machine.end(as_of)
}

struct Machine<'a, R> {
    sequence: &'a PlannedSequence,
    rows: &'a R,
    bound: &'a Bound,
    /// By step: the latest choice up to it that can still be carried on.
    latest: SmallVec<[Option<Choice>; 6]>,
    /// Complete choices after which something must not happen, in order.
    waiting: Vec<Choice>,
    /// The latest complete choice to which nothing can happen any more.
    found: Option<Choice>,
    reached: usize,
}

impl<R: Rows> Machine<'_, R> {
    fn take(&mut self, row: usize) {
        if self.sequence.then_no.is_some() && self.rows.is_absence(row, self.bound) {
            self.end_waiting(self.rows.time(row));
        }
        if !self.rows.is_inside(row) {
            return;
        }
        // From the last step to the first, so that a row fills one step only.
        for step in (0..self.sequence.steps.len()).rev() {
            let choice = self.choice(step, row);
            if step > 0 && self.rows.is_between(step, row, self.bound) {
                self.set(step - 1, None);
            }
            if let Some(choice) = choice {
                self.reached = self.reached.max(choice.len());
                if step + 1 == self.sequence.steps.len() {
                    self.complete(choice);
                } else {
                    self.set(step, Some(choice));
                }
            }
        }
    }

    fn set(&mut self, step: usize, choice: Option<Choice>) {
        if let Some(place) = self.latest.get_mut(step) {
            *place = choice;
        }
    }

    /// The choice up to this step that ends with this row.
    fn choice(&self, step: usize, row: usize) -> Option<Choice> {
        let bound = self.bound.iter().find(|(place, _)| *place == step);
        if bound.is_some_and(|(_, only)| *only != row) || !self.rows.is_step(step, row, self.bound)
        {
            return None;
        }
        let Some(before) = step.checked_sub(1) else {
            return Some(SmallVec::from_slice(&[row]));
        };
        let mut choice = self.latest.get(before)?.clone()?;
        let planned = self.sequence.steps.get(step)?;
        let last = *choice.last()?;
        let took = self.rows.time(row) - self.rows.time(last);
        if planned.within.is_some_and(|within| took > within) || planned.directly && last + 1 != row
        {
            return None;
        }
        choice.push(row);
        Some(choice)
    }

    fn complete(&mut self, choice: Choice) {
        let ends =
            [choice.first(), choice.last()].map(|row| row.map_or(0, |row| self.rows.time(*row)));
        let [first, last] = ends;
        if self
            .sequence
            .within
            .is_some_and(|within| last - first > within)
        {
            return;
        }
        match self.sequence.then_no {
            Some(_) => self.waiting.push(choice),
            None => self.found = Some(choice),
        }
    }

    /// The last instant at which something must not happen after the choice.
    fn until(&self, choice: &Choice) -> i64 {
        let last = choice.last().map_or(0, |row| self.rows.time(*row));
        let micros = self
            .sequence
            .then_no
            .as_ref()
            .map_or(0, |absence| absence.micros);
        last.saturating_add(micros)
    }

    /// What must not happen has happened: too late for some of the waiting, and the end of the others.
    fn end_waiting(&mut self, time: i64) {
        let waiting = std::mem::take(&mut self.waiting);
        let safe = waiting
            .into_iter()
            .filter(|choice| self.until(choice) < time);
        self.found = safe.last().or(self.found.take());
    }

    fn end(mut self, as_of: i64) -> Search {
        let waiting = std::mem::take(&mut self.waiting);
        let unripe = waiting
            .iter()
            .map(|choice| self.until(choice))
            .find(|until| *until > as_of);
        let ripe = waiting
            .into_iter()
            .filter(|choice| self.until(choice) <= as_of);
        Search {
            found: ripe.last().or(self.found.take()),
            ripens: unripe.unwrap_or(NEVER),
            reached: self.reached,
        }
    }
}

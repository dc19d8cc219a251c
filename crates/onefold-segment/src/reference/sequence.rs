//! Sequences, by trying every choice of occurrences.
//!
//! Invariant: a choice is in the order of time and place in the log, and each occurrence fills one step.

use onefold_event::{Occurrence, Value};

use super::{Who, World};
use crate::{
    ast::{Happening, Scope, Sequence},
    value::{Values, pass, property},
};

/// One search.
struct Search<'a> {
    sequence: &'a Sequence,
    /// Everything that happened before the instant, in order.
    past: Vec<&'a dyn Occurrence>,
    /// Whether each lies in the window.
    is_inside: Vec<bool>,
    /// The instant, in microseconds.
    as_of: i64,
}

impl<'a> World<'a> {
    pub(super) fn has_sequence(&self, sequence: &'a Sequence, scope: &'a Scope, who: Who) -> bool {
        let past = self.past(who);
        let is_inside = past
            .iter()
            .map(|occurrence| self.is_inside(sequence.window, occurrence.time(), scope, who));
        let search = Search {
            is_inside: is_inside.collect(),
            sequence,
            past,
            as_of: self.as_of.as_micros(),
        };
        search.continues(&[])
    }
}

impl<'a> Search<'a> {
    /// Whether the choice can be carried on to the end; it holds places in the past, one for each of the
    /// first steps.
    fn continues(&self, chosen: &[usize]) -> bool {
        if chosen.len() > self.sequence.then.len() {
            return self.ends(chosen);
        }
        let from = chosen.last().map_or(0, |last| last + 1);
        (from..self.past.len()).any(|next| {
            self.can_follow(chosen, next) && self.continues(&[chosen, &[next]].concat())
        })
    }

    fn can_follow(&self, chosen: &[usize], next: usize) -> bool {
        if self.is_inside.get(next) != Some(&true) {
            return false;
        }
        let then = chosen
            .len()
            .checked_sub(1)
            .map(|at| self.sequence.then.get(at));
        let (Some(Some(then)), Some(last)) = (then, chosen.last()) else {
            return self.passes(&self.sequence.first, chosen, next);
        };
        let between = last + 1..next;
        let in_time = |within: i64| self.time(next) - self.time(*last) <= within;
        self.passes(&then.step, chosen, next)
            && (!then.directly || between.is_empty())
            && then.within.is_none_or(|within| in_time(within.micros()))
            && then.without.as_ref().is_none_or(|without| {
                !between
                    .clone()
                    .any(|other| self.passes(without, chosen, other))
            })
    }

    /// Whether a complete choice is short enough, and nothing follows that must not.
    fn ends(&self, chosen: &[usize]) -> bool {
        let (Some(first), Some(last)) = (chosen.first(), chosen.last()) else {
            return false;
        };
        let took = self.time(*last) - self.time(*first);
        if self
            .sequence
            .within
            .is_some_and(|within| took > within.micros())
        {
            return false;
        }
        let Some(absence) = &self.sequence.then_no else {
            return true;
        };
        let until = self.time(*last) + absence.within.micros();
        let mut after = last + 1..self.past.len();
        until <= self.as_of
            && !after
                .any(|other| self.time(other) <= until && self.passes(&absence.step, chosen, other))
    }

    fn time(&self, at: usize) -> i64 {
        self.past
            .get(at)
            .map_or(0, |occurrence| occurrence.time().as_micros())
    }

    fn passes(&self, step: &'a Happening, chosen: &[usize], at: usize) -> bool {
        let Some(occurrence) = self.past.get(at) else {
            return false;
        };
        let named = std::iter::once(&self.sequence.first)
            .chain(self.sequence.then.iter().map(|then| &then.step))
            .zip(chosen)
            .filter_map(|(step, at)| Some((step.name.as_deref()?, *self.past.get(*at)?)));
        let mut read = Together {
            named: named.collect(),
            occurrence: *occurrence,
            last: None,
        };
        step.event.contains(occurrence.name())
            && step
                .filter
                .as_ref()
                .is_none_or(|filter| pass(&mut read, filter))
    }
}

/// The properties of an occurrence and of those that were chosen before it.
struct Together<'a> {
    named: Vec<(&'a str, &'a dyn Occurrence)>,
    occurrence: &'a dyn Occurrence,
    /// What was read last.
    last: Option<Value>,
}

impl<'a> Values<'a> for Together<'a> {
    fn read(&mut self, step: Option<&'a str>, path: &'a str) -> Option<&Value> {
        let occurrence = match step {
            None => self.occurrence,
            Some(name) => self.named.iter().find(|(known, _)| *known == name)?.1,
        };
        self.last = property(occurrence, path);
        self.last.as_ref()
    }
}

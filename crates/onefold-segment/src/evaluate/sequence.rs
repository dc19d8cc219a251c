//! Sequences over kept histories.
//!
//! Invariant: what enters a window later can only make a sequence true, and what leaves it only false; so
//! one that holds stays until its own first step leaves, unless something can still follow that must not.

use onefold_event::Value;
use smallvec::SmallVec;

use super::{Context, Outcome, behaviour::EVER};
use crate::{
    history::Key,
    instant::{NEVER, or_never},
    plan::{Correlated, PlannedSequence, Span, Stretch},
    sequence::{Bound, Rows, search},
    value::{self, Values},
    zone,
};

/// An answer with what decided it.
pub(crate) struct SequenceFound {
    pub(crate) outcome: Outcome,
    /// One for each step.
    pub(crate) choice: Option<Vec<Key>>,
    /// How many steps the longest choice has.
    pub(crate) reached: usize,
    /// When a choice that lacks nothing but time comes true.
    pub(crate) ripens: i64,
}

impl Context<'_> {
    pub(crate) fn sequence(&self, planned: &PlannedSequence) -> SequenceFound {
        let rows = PastRows::new(self, planned);
        let result = search(planned, &rows, self.as_of);
        let choice = result.found.map(|choice| {
            let keys = choice.iter().filter_map(|row| rows.rows.get(*row));
            keys.map(|row| row.key).collect::<Vec<Key>>()
        });
        let next = match &choice {
            Some(choice) => self.leaves(planned, choice),
            None => self.enters(planned).min(result.ripens),
        };
        SequenceFound {
            outcome: Outcome {
                held: choice.is_some(),
                next,
            },
            choice,
            reached: result.reached,
            ripens: result.ripens,
        }
    }

    /// When a choice may no longer be one.
    fn leaves(&self, planned: &PlannedSequence, choice: &[Key]) -> i64 {
        let first = choice.first().map_or(0, |key| key.time);
        let leaves = match planned.span.stretch {
            Stretch::Rolling { from, .. } => or_never(Some(first.saturating_add(from + 1))),
            stretch => zone::next_step(stretch, self.zone(planned.span.zone), self.as_of),
        };
        // At the very end of its time, something at that same instant may still come.
        let follows = planned.then_no.as_ref();
        let follows = follows.map(|absence| self.selected(absence.feature, EVER).entry(1));
        leaves.min(follows.unwrap_or(NEVER))
    }

    /// When there may be a choice.
    fn enters(&self, planned: &PlannedSequence) -> i64 {
        let entry = |feature: u32, span: Span| self.selected(feature, span).entry(1);
        let steps = planned.steps.iter();
        let entries = steps.map(|step| entry(step.feature, planned.span));
        entries.min().unwrap_or(NEVER)
    }
}

struct Row {
    key: Key,
    /// The features that it belongs to.
    features: SmallVec<[u32; 4]>,
}

/// The kept occurrences of one person that matter to a sequence.
struct PastRows<'c, 'p> {
    context: &'c Context<'p>,
    planned: &'c PlannedSequence,
    rows: Vec<Row>,
    /// The ends of the window.
    from: i64,
    to: i64,
}

impl<'c, 'p> PastRows<'c, 'p> {
    fn new(context: &'c Context<'p>, planned: &'c PlannedSequence) -> Self {
        let steps = planned.steps.iter().map(|step| step.feature);
        let between = planned
            .steps
            .iter()
            .filter_map(|step| Some(step.without.as_ref()?.0));
        let absence = planned.then_no.iter().map(|absence| absence.feature);
        let all = steps.chain(between).chain(absence).chain(planned.every);
        let mut features: SmallVec<[u32; 8]> = all.collect();
        features.sort_unstable();
        features.dedup();
        let mut keys: Vec<(Key, u32)> = Vec::new();
        for feature in features {
            let past = context.selected(feature, EVER);
            keys.extend(past.entries().map(|(key, _)| (key, feature)));
        }
        keys.sort_unstable();
        let rows = keys.chunk_by(|a, b| a.0 == b.0).filter_map(|same| {
            Some(Row {
                key: same.first()?.0,
                features: same.iter().map(|(_, feature)| *feature).collect(),
            })
        });
        let zone = context.zone(planned.span.zone);
        let (from, to) = zone::bounds(planned.span.stretch, zone, context.as_of);
        Self {
            context,
            planned,
            rows: rows.collect(),
            from,
            to,
        }
    }

    fn has(&self, row: usize, feature: u32) -> bool {
        self.rows
            .get(row)
            .is_some_and(|row| row.features.contains(&feature))
    }

    fn passes(&self, row: usize, correlated: Option<&Correlated>, bound: &Bound) -> bool {
        let Some(correlated) = correlated else {
            return true;
        };
        let mut together = Together {
            rows: self,
            correlated,
            row,
            bound,
            last: None,
        };
        value::pass(&mut together, &correlated.filter)
    }

    /// The value that the occurrence has for this feature.
    fn value(&self, row: usize, feature: u32) -> Option<Value> {
        let key = self.rows.get(row)?.key;
        let histories = self
            .context
            .kept
            .iter()
            .filter_map(|kept| kept.history(feature));
        let mut values = histories.filter_map(|history| {
            let at_that_time = history.rank(key.time)..history.rank(key.time + 1);
            let mut entries = history.entries(at_that_time);
            entries.find(|(known, _)| *known == key)?.1
        });
        values.next()?.as_ref().ok().cloned()
    }
}

impl Rows for PastRows<'_, '_> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn time(&self, row: usize) -> i64 {
        self.rows.get(row).map_or(0, |row| row.key.time)
    }

    fn is_inside(&self, row: usize) -> bool {
        (self.from..self.to).contains(&self.time(row))
    }

    fn is_step(&self, step: usize, row: usize, bound: &Bound) -> bool {
        self.planned.steps.get(step).is_some_and(|step| {
            self.has(row, step.feature) && self.passes(row, step.correlated.as_ref(), bound)
        })
    }

    fn is_between(&self, step: usize, row: usize, bound: &Bound) -> bool {
        let without = self
            .planned
            .steps
            .get(step)
            .and_then(|step| step.without.as_ref());
        without.is_some_and(|(feature, correlated)| {
            self.has(row, *feature) && self.passes(row, correlated.as_ref(), bound)
        })
    }

    fn is_absence(&self, row: usize, bound: &Bound) -> bool {
        self.planned.then_no.as_ref().is_some_and(|absence| {
            self.has(row, absence.feature) && self.passes(row, absence.correlated.as_ref(), bound)
        })
    }
}

/// The properties of an occurrence and of those that are tried for earlier steps.
struct Together<'r, 'c, 'p> {
    rows: &'r PastRows<'c, 'p>,
    correlated: &'r Correlated,
    row: usize,
    bound: &'r Bound,
    /// What was read last.
    last: Option<Value>,
}

impl<'a> Values<'a> for Together<'_, '_, '_> {
    fn read(&mut self, step: Option<&'a str>, path: &'a str) -> Option<&Value> {
        let mut reads = self.correlated.reads.iter();
        let read = reads.find(|read| read.step.as_deref() == step && *read.path == *path)?;
        let row = match step {
            None => self.row,
            Some(_) => self.bound.iter().find(|(place, _)| *place == read.place)?.1,
        };
        self.last = self.rows.value(row, read.feature);
        self.last.as_ref()
    }
}

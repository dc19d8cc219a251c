//! What a question asks of cells: which kind of cell holds it, and which formula of atoms it is.
//!
//! Invariant: a question has a bounded exact form here, or is answered from kept occurrences; nothing is
//! approximated.

use chrono_tz::Tz;
use onefold_event::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{
    super::{
        atoms::Atom,
        cell::{Kind, at_least},
        chain::{AFTER, BETWEEN, Chain, STEPS_MAX},
        clock::{Calendar, Window},
        formula::Formula,
        pair::{Pair, SECOND},
        sums,
    },
    needs::{Needs, is_population},
};
use crate::{
    State,
    ast::{Count, Function, Literal, Operator, Test, Zone},
    instant::NEVER,
    plan::{
        Plan, PlannedAggregate, PlannedQuantity, PlannedSequence, PlannedStep, Question, Span,
        Stretch,
    },
    zone,
};

/// Up to so many of the latest instants are kept where a counter would do, too.
const EVER_TIMES_MAX: u32 = 8;

/// What a question becomes.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It does not depend on occurrences.
    Static,
    /// It depends on other people.
    Population,
    /// It is answered from kept occurrences.
    Kept(Needs),
    Atoms(Formula<Part>),
}

/// An atom, and the cell that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) cell: usize,
    pub(crate) atom: usize,
}

/// The cells that questions have asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) calendars: Vec<Calendar>,
}

/// A cell to be.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) atoms: Vec<Atom>,
    /// What feeds it, in which roles.
    pub(crate) inputs: Vec<(u32, u32)>,
    /// How far back pairs read it, if any does.
    pub(crate) read: Option<i64>,
    key: String,
}

impl Drafts {
    /// What a question becomes.
    pub(crate) fn ask(&mut self, plan: &Plan, question: &Question) -> Asked {
        if is_population(plan, question) {
            return Asked::Population;
        }
        let mut needs = Needs::default();
        needs.question(plan, question);
        if needs.features.is_empty() {
            return Asked::Static;
        }
        match self.atoms(plan, question) {
            Some(formula) => Asked::Atoms(formula),
            None => Asked::Kept(needs),
        }
    }

    fn atoms(&mut self, plan: &Plan, question: &Question) -> Option<Formula<Part>> {
        match question {
            Question::Count {
                feature,
                span,
                count,
            } => self.count(plan, (*feature, *span), *count, None),
            Question::Days {
                feature,
                span,
                count,
            } => {
                let zone = fixed_zone(plan, *span)?;
                self.count(plan, (*feature, *span), *count, Some(zone))
            }
            Question::Recency {
                feature,
                span,
                operator,
                micros,
            } => self.recency(plan, (*feature, *span), *operator, *micros),
            Question::Restarted {
                feature,
                span,
                micros,
            } => {
                let window = self.window(plan, *span)?;
                let kind = Kind::Restarted { quiet: *micros };
                Some(self.one(kind, &[(*feature, 1)], window))
            }
            Question::Nth {
                feature,
                span,
                number,
            } => {
                let window = self.window(plan, *span)?;
                let kind = Kind::Nth { number: *number };
                Some(self.one(kind, &[(*feature, 1)], window))
            }
            Question::Sequence(sequence) => self.sequence(plan, sequence),
            Question::Quantity {
                value: PlannedQuantity::Aggregate(aggregate),
                test,
            } => self.aggregate(plan, *aggregate, test),
            _ => None,
        }
    }

    /// A window that nothing enters but what has just happened.
    fn window(&mut self, plan: &Plan, span: Span) -> Option<Window> {
        match span.stretch {
            Stretch::Ever => return Some(Window::Ever),
            Stretch::Rolling { from, to: 0 } => return Some(Window::Last(from)),
            Stretch::This(_) | Stretch::Fixed { to: None, .. } => {}
            Stretch::Rolling { .. } | Stretch::Fixed { .. } | Stretch::Whole { .. } => return None,
        }
        let calendar = Calendar {
            stretch: span.stretch,
            zone: fixed_zone(plan, span)?,
        };
        let known = self.calendars.iter().position(|known| *known == calendar);
        let at = known.unwrap_or_else(|| {
            self.calendars.push(calendar);
            self.calendars.len() - 1
        });
        Some(Window::Calendar(u32::try_from(at).ok()?))
    }

    fn count(
        &mut self,
        plan: &Plan,
        (feature, span): (u32, Span),
        count: Count,
        days: Option<Tz>,
    ) -> Option<Formula<Part>> {
        let window = self.window(plan, span)?;
        let mut at_least = |times: u32| match times {
            0 => Formula::Always(true),
            times => Formula::of(self.times(feature, window, times, days)),
        };
        Some(match count {
            Count::AtLeast(times) => at_least(times),
            Count::AtMost(times) => at_least(times.saturating_add(1)).not(),
            Count::Exactly(times) => {
                let more = at_least(times.saturating_add(1));
                Formula::All(vec![at_least(times), more.not()])
            }
        })
    }

    /// The atom for so many occurrences, or days, in a window.
    fn times(&mut self, feature: u32, window: Window, count: u32, days: Option<Tz>) -> Part {
        let keep = count as usize;
        let kind = match days {
            Some(zone) => Kind::Days { keep, zone },
            None if window == Window::Ever && count > EVER_TIMES_MAX => {
                Kind::Counter { up_to: count }
            }
            None => Kind::Times { keep },
        };
        let atom = Atom {
            count,
            window,
            test: None,
        };
        self.part(&kind, &[(feature, 1)], atom)
    }

    fn one(&mut self, kind: Kind, inputs: &[(u32, u32)], window: Window) -> Formula<Part> {
        let atom = Atom {
            count: 1,
            window,
            test: None,
        };
        Formula::of(self.part(&kind, inputs, atom))
    }

    /// `as_of - last <= D` is one in the last D. The last one inside a window that ends now is the last of all.
    fn recency(
        &mut self,
        plan: &Plan,
        (feature, span): (u32, Span),
        operator: Operator,
        micros: i64,
    ) -> Option<Formula<Part>> {
        let window = self.window(plan, span)?;
        let is_straight = matches!(operator, Operator::Less | Operator::LessOrEqual);
        // Whoever did it lately did it ever.
        let exists = match window {
            Window::Ever if is_straight => Formula::Always(true),
            _ => Formula::of(self.times(feature, window, 1, None)),
        };
        let mut within = |micros: i64| match micros {
            ..=0 => Formula::Always(false),
            micros => Formula::of(self.times(feature, Window::Last(micros), 1, None)),
        };
        let recent = match operator {
            Operator::LessOrEqual => within(micros),
            Operator::Less => within(micros - 1),
            Operator::Greater => within(micros).not(),
            Operator::GreaterOrEqual => within(micros - 1).not(),
            Operator::Equal => Formula::All(vec![within(micros), within(micros - 1).not()]),
            Operator::NotEqual => Formula::Any(vec![within(micros).not(), within(micros - 1)]),
        };
        Some(Formula::All(vec![exists, recent]))
    }

    fn aggregate(
        &mut self,
        plan: &Plan,
        aggregate: PlannedAggregate,
        test: &Test,
    ) -> Option<Formula<Part>> {
        let feature = plan.features.get(aggregate.feature as usize)?;
        match (aggregate.function, test) {
            (
                Function::Count,
                Test::Compare {
                    operator,
                    value: Literal::Number(number),
                },
            ) if feature.value.is_none() => self.counted(plan, aggregate, *operator, *number),
            (Function::Sum, _) => {
                let window = self.window(plan, aggregate.span)?;
                let atom = Atom {
                    count: 1,
                    window,
                    test: Some(Box::new(sums::Asked::new(test.clone()))),
                };
                let inputs = [(aggregate.feature, 1)];
                Some(Formula::of(self.part(&Kind::Sums, &inputs, atom)))
            }
            _ => None,
        }
    }

    fn counted(
        &mut self,
        plan: &Plan,
        aggregate: PlannedAggregate,
        operator: Operator,
        number: Decimal,
    ) -> Option<Formula<Part>> {
        let asked = (aggregate.feature, aggregate.span);
        let mut reached = |least: Option<u32>| match least {
            Some(times) => self.count(plan, asked, Count::AtLeast(times), None),
            None => Some(Formula::Always(true)),
        };
        let not_below = reached(at_least(number))?;
        // The least whole number above it.
        let above = if number < Decimal::ZERO {
            Formula::Always(true)
        } else {
            reached(Some((number.floor().to_u32()?).checked_add(1)?))?
        };
        let equal = Formula::All(vec![not_below.clone(), above.clone().not()]);
        Some(match operator {
            Operator::GreaterOrEqual => not_below,
            Operator::Greater => above,
            Operator::Less => not_below.not(),
            Operator::LessOrEqual => above.not(),
            // A count is whole.
            Operator::Equal => equal,
            Operator::NotEqual => equal.not(),
        })
    }

    fn sequence(&mut self, plan: &Plan, sequence: &PlannedSequence) -> Option<Formula<Part>> {
        let (steps, after) = (&sequence.steps, sequence.then_no.as_ref());
        let is_correlated = steps.iter().any(|step| {
            let without = step.without.as_ref();
            step.correlated.is_some() || without.is_some_and(|(_, filter)| filter.is_some())
        });
        let is_correlated = is_correlated || after.is_some_and(|after| after.correlated.is_some());
        if is_correlated || steps.len() > STEPS_MAX {
            return None;
        }
        let window = self.window(plan, sequence.span)?;
        if let [first, second] = &**steps
            && second.without.is_none()
            && !second.directly
        {
            return Some(self.pair(sequence, (first.feature, second), window));
        }
        let mut inputs = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            inputs.push((step.feature, 1 << number));
            let without = step.without.as_ref().map(|(feature, _)| *feature);
            let every = sequence.every.filter(|_| step.directly);
            let between = without.into_iter().chain(every);
            inputs.extend(between.map(|feature| (feature, BETWEEN << number)));
        }
        inputs.extend(after.map(|after| (after.feature, AFTER)));
        let within = steps.iter().map(|step| step.within.unwrap_or(NEVER));
        let chain = Chain {
            within: within.collect(),
            all_within: sequence.within.unwrap_or(NEVER),
            then_no: after.map(|after| after.micros),
        };
        Some(self.one(Kind::Chain(chain), &inputs, window))
    }

    /// A sequence of two steps: the first one is the latest instant of a cell that many may read.
    fn pair(
        &mut self,
        sequence: &PlannedSequence,
        (first, second): (u32, &PlannedStep),
        window: Window,
    ) -> Formula<Part> {
        let within = second.within.unwrap_or(NEVER);
        let within = within.min(sequence.within.unwrap_or(NEVER));
        let reach = match window {
            Window::Last(micros) => within.min(micros),
            Window::Ever | Window::Calendar(_) => within,
        };
        let cell = self.cell(&Kind::Times { keep: 1 }, &[(first, 1)]);
        if let Some(draft) = self.drafts.get_mut(cell) {
            draft.read = Some(draft.read.map_or(reach, |known| known.max(reach)));
        }
        let after = sequence.then_no.as_ref();
        let pair = Pair {
            first: u32::try_from(cell).unwrap_or(u32::MAX),
            within,
            then_no: after.map(|after| after.micros),
        };
        let mut inputs = vec![(second.feature, SECOND)];
        inputs.extend(after.map(|after| (after.feature, AFTER)));
        self.one(Kind::Pair(pair), &inputs, window)
    }

    /// The place of an atom, in a new cell if no other can hold it.
    pub(crate) fn part(&mut self, kind: &Kind, inputs: &[(u32, u32)], atom: Atom) -> Part {
        let cell = self.cell(kind, inputs);
        let Some(draft) = self.drafts.get_mut(cell) else {
            return Part { cell: 0, atom: 0 };
        };
        let known = draft.atoms.iter().position(|known| *known == atom);
        let at = known.unwrap_or_else(|| {
            draft.atoms.push(atom);
            draft.atoms.len() - 1
        });
        Part { cell, atom: at }
    }

    /// A cell of this kind, a new one if no other can do its work.
    fn cell(&mut self, kind: &Kind, inputs: &[(u32, u32)]) -> usize {
        let told = match kind {
            // What is kept grows with the atoms.
            Kind::Times { .. } => "times".to_owned(),
            Kind::Days { zone, .. } => format!("days {zone}"),
            Kind::Counter { .. } => "counter".to_owned(),
            kind => format!("{kind:?}"),
        };
        let key = format!("{told} {inputs:?}");
        let known = self.drafts.iter().position(|draft| draft.key == key);
        let cell = known.unwrap_or_else(|| {
            self.drafts.push(Draft {
                kind: kind.clone(),
                atoms: Vec::new(),
                inputs: inputs.to_vec(),
                read: None,
                key,
            });
            self.drafts.len() - 1
        });
        let Some(draft) = self.drafts.get_mut(cell) else {
            return cell;
        };
        match (&mut draft.kind, kind) {
            (Kind::Times { keep }, Kind::Times { keep: more })
            | (Kind::Days { keep, .. }, Kind::Days { keep: more, .. }) => *keep = *more.max(keep),
            (Kind::Counter { up_to }, Kind::Counter { up_to: more }) => *up_to = *more.max(up_to),
            _ => {}
        }
        cell
    }
}

impl Draft {
    /// The payload of its cell.
    pub(crate) fn state(&self) -> State {
        let (fixed_bytes, bytes_per_occurrence) = match &self.kind {
            Kind::Times { keep } | Kind::Days { keep, .. } => (keep * 8, 0),
            Kind::Counter { .. } => (4, 0),
            Kind::Nth { .. } => (12, 0),
            Kind::Restarted { .. } => (16, 0),
            Kind::Chain(chain) => {
                let waiting = if chain.then_no.is_some() { 16 } else { 0 };
                (chain.within.len() * 16, waiting)
            }
            Kind::Pair(pair) if pair.then_no.is_some() => (8, 16),
            Kind::Pair(_) => (8, 0),
            Kind::Sums => (0, 16),
            Kind::Leaf(_) => (0, 0),
        };
        State {
            fixed_bytes,
            bytes_per_occurrence,
        }
    }

    /// Whether time alone changes an answer.
    pub(crate) fn is_timed(&self) -> bool {
        let waits = match &self.kind {
            Kind::Chain(chain) => chain.then_no.is_some(),
            Kind::Pair(pair) => pair.then_no.is_some(),
            _ => false,
        };
        waits || self.atoms.iter().any(|atom| atom.window != Window::Ever)
    }
}

/// The zone of a span, unless each person has one.
fn fixed_zone(plan: &Plan, span: Span) -> Option<Tz> {
    match plan.zones.get(span.zone as usize)? {
        Zone::Person { .. } => None,
        zone => Some(zone::of_person(zone, |_| None)),
    }
}

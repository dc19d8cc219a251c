//! The answer for one person at one instant, and until when it holds.
//!
//! Invariant: an outcome stays what it is from `as_of` until its `next` instant, as long as nothing
//! is added; at `NEVER` it stays for ever.

use std::cell::OnceCell;

use chrono_tz::Tz;
use onefold_event::{Decimal, Timestamp, Value};
use smallvec::SmallVec;

use crate::{
    Traits,
    ast::{Count, Function, Operator},
    instant::{NEVER, or_never},
    kept::Kept,
    plan::{Leaf, Node, Plan, PlannedQuantity, Question, Span},
    summary::{Extremes, Totals},
    value::{Fault, average, passes},
    window::Selected,
    zone,
};

/// An answer and the first instant at which it may be another, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) held: bool,
    pub(crate) next: i64,
}

impl Outcome {
    const FALSE_FOR_EVER: Self = Self {
        held: false,
        next: NEVER,
    };

    fn not(self) -> Self {
        Self {
            held: !self.held,
            ..self
        }
    }
}

/// A value that an aggregate has; `Ok(None)` is a missing one.
pub(crate) type Found = Result<Option<Value>, Fault>;

/// Everything that an answer about one person depends on.
pub(crate) struct Context<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) kept: SmallVec<[Kept<'a>; 4]>,
    pub(crate) traits: &'a dyn Traits,
    pub(crate) as_of: i64,
    read: SmallVec<[OnceCell<Option<Value>>; 4]>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        kept: SmallVec<[Kept<'a>; 4]>,
        traits: &'a dyn Traits,
        as_of: Timestamp,
    ) -> Self {
        Self {
            plan,
            kept,
            traits,
            as_of: as_of.as_micros(),
            read: SmallVec::from_elem(OnceCell::new(), plan.traits.len()),
        }
    }

    /// The outcomes of all segments, by number.
    pub(crate) fn all(&self) -> SmallVec<[Outcome; 8]> {
        let count = self.plan.segments.len();
        let mut outcomes = SmallVec::from_elem(Outcome::FALSE_FOR_EVER, count);
        for number in &self.plan.order {
            self.settle(*number, &mut outcomes);
        }
        outcomes
    }

    /// The outcomes of one segment and of those it needs; the others stay unknown.
    pub(crate) fn needed_by(&self, segment: usize) -> SmallVec<[Outcome; 8]> {
        let count = self.plan.segments.len();
        let mut is_needed: SmallVec<[bool; 64]> = SmallVec::from_elem(false, count);
        if let Some(needed) = is_needed.get_mut(segment) {
            *needed = true;
        }
        // Backwards: whoever needs a segment stands behind it.
        for number in self.plan.order.iter().rev() {
            if is_needed.get(*number) == Some(&true) {
                let needs = self
                    .plan
                    .segments
                    .get(*number)
                    .map(|segment| &segment.needs);
                for need in needs.into_iter().flatten() {
                    if let Some(needed) = is_needed.get_mut(*need) {
                        *needed = true;
                    }
                }
            }
        }
        let mut outcomes = SmallVec::from_elem(Outcome::FALSE_FOR_EVER, count);
        for number in &self.plan.order {
            if is_needed.get(*number) == Some(&true) {
                self.settle(*number, &mut outcomes);
            }
        }
        outcomes
    }

    fn settle(&self, number: usize, outcomes: &mut [Outcome]) {
        let Some(segment) = self.plan.segments.get(number) else {
            return;
        };
        let outcome = self.node(&segment.node, outcomes);
        if let Some(place) = outcomes.get_mut(number) {
            *place = outcome;
        }
    }

    pub(crate) fn node(&self, node: &Node, segments: &[Outcome]) -> Outcome {
        match node {
            Node::All(parts) => join(parts.iter().map(|part| self.node(part, segments)), false),
            Node::Any(parts) => join(parts.iter().map(|part| self.node(part, segments)), true),
            Node::Not(inner) => self.node(inner, segments).not(),
            Node::Member(number) => {
                let settled = segments.get(*number).copied();
                settled.unwrap_or(Outcome::FALSE_FOR_EVER)
            }
            Node::Leaf(number) => match self.plan.leaf(*number) {
                Some(leaf) => self.leaf(leaf),
                None => Outcome::FALSE_FOR_EVER,
            },
        }
    }

    pub(crate) fn leaf(&self, leaf: &Leaf) -> Outcome {
        match &leaf.question {
            Question::Trait { number, test } => Outcome {
                held: passes(test, self.trait_value(*number)).unwrap_or(false),
                next: NEVER,
            },
            Question::Count {
                feature,
                span,
                count,
            } => self.count(&self.selected(*feature, *span), *count),
            Question::Quantity { value, test } => {
                let (found, next) = self.quantity(value);
                let held = found.and_then(|value| passes(test, value.as_ref()));
                Outcome {
                    held: held.unwrap_or(false),
                    next,
                }
            }
            Question::Recency {
                feature,
                span,
                operator,
                micros,
            } => self.recency(&self.selected(*feature, *span), *operator, *micros),
            _ => Outcome::FALSE_FOR_EVER,
        }
    }

    /// The value of a quantity, and when it may be another.
    pub(crate) fn quantity(&self, quantity: &PlannedQuantity) -> (Found, i64) {
        match quantity {
            PlannedQuantity::Aggregate(aggregate) => {
                let selected = self.selected(aggregate.feature, aggregate.span);
                (
                    found(aggregate.function, &selected),
                    selected.next_change(aggregate.function),
                )
            }
            PlannedQuantity::Computed(place) => match self.plan.computed.get(*place) {
                Some(computed) => self.quantity(&computed.value),
                None => (Ok(None), NEVER),
            },
            _ => (Ok(None), NEVER),
        }
    }

    pub(crate) fn trait_value(&self, number: usize) -> Option<&Value> {
        let name = self.plan.traits.get(number)?;
        let read = self.read.get(number)?;
        read.get_or_init(|| self.traits.trait_value(name)).as_ref()
    }

    pub(crate) fn selected(&self, feature: u32, span: Span) -> Selected<'a> {
        let histories = self.kept.iter().filter_map(|kept| kept.history(feature));
        Selected::new(histories, span.stretch, self.zone(span.zone), self.as_of)
    }

    fn zone(&self, number: u32) -> Tz {
        let zone = self.plan.zones.get(number as usize);
        zone.map_or(Tz::UTC, |zone| {
            zone::of_person(zone, |name| match self.traits.trait_value(name) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            })
        })
    }

    fn count(&self, selected: &Selected<'_>, count: Count) -> Outcome {
        match count {
            Count::AtLeast(times) => at_least(selected, times as usize),
            Count::AtMost(times) => at_least(selected, times as usize + 1).not(),
            Count::Exactly(times) => {
                let enough = at_least(selected, times as usize);
                let not_more = at_least(selected, times as usize + 1).not();
                join([enough, not_more].into_iter(), false)
            }
        }
    }

    fn recency(&self, selected: &Selected<'_>, operator: Operator, micros: i64) -> Outcome {
        let Some((last, _)) = selected.last() else {
            return Outcome {
                held: false,
                next: selected.entry(1),
            };
        };
        let since = self.as_of - last.time;
        let reached = last.time + micros;
        let turns = match operator {
            Operator::Less | Operator::GreaterOrEqual => [reached, reached],
            Operator::LessOrEqual | Operator::Greater => [reached + 1, reached + 1],
            Operator::Equal | Operator::NotEqual => [reached, reached + 1],
        };
        let turn = turns.into_iter().find(|turn| *turn > self.as_of);
        Outcome {
            held: operator.accepts(since.cmp(&micros)),
            next: or_never(turn).min(selected.entry(1)).min(selected.exit(1)),
        }
    }
}

/// All of the parts hold (or, for `any`, one of them). A result that some parts hold up against
/// the others stays as long as one of those parts stays.
fn join(parts: impl Iterator<Item = Outcome>, any: bool) -> Outcome {
    // What a single part can decide: true for `any`, false for `all`.
    let (mut deciding, mut others) = (None, NEVER);
    for part in parts {
        if part.held == any {
            let longest = deciding.unwrap_or(part.next).max(part.next);
            deciding = Some(longest);
            if longest == NEVER {
                break;
            }
        } else {
            others = others.min(part.next);
        }
    }
    match deciding {
        Some(next) => Outcome { held: any, next },
        None => Outcome {
            held: !any,
            next: others,
        },
    }
}

fn at_least(selected: &Selected<'_>, times: usize) -> Outcome {
    let count = selected.count();
    if count >= times {
        Outcome {
            held: true,
            // Below `times` only when the `times`-th from the end has left.
            next: if times == 0 {
                NEVER
            } else {
                selected.exit(count - times + 1)
            },
        }
    } else {
        Outcome {
            held: false,
            next: selected.entry(times - count),
        }
    }
}

/// What an aggregate makes of the selected occurrences.
pub(crate) fn found(function: Function, selected: &Selected<'_>) -> Found {
    let number = |count: usize| Ok(Some(Value::Number(Decimal::from(count))));
    match function {
        Function::Count if !selected.has_values() => number(selected.count()),
        Function::First => selected
            .first()
            .and_then(|(_, value)| value.cloned())
            .transpose(),
        Function::Last => selected
            .last()
            .and_then(|(_, value)| value.cloned())
            .transpose(),
        Function::Distinct => number(distinct(selected)?),
        Function::Mode | Function::Percentile(_) => Ok(None),
        Function::Min => extremes(selected).map(|extremes| extremes.least),
        Function::Max => extremes(selected).map(|extremes| extremes.greatest),
        Function::Count => {
            let totals: Totals = selected.summary();
            totals.fault.map_or_else(|| number(totals.count), Err)
        }
        Function::Sum | Function::Avg => {
            let totals: Totals = selected.summary();
            match totals.number_fault() {
                Some(fault) => Err(fault),
                None => total(function, &totals),
            }
        }
    }
}

fn extremes(selected: &Selected<'_>) -> Result<Extremes, Fault> {
    let extremes: Extremes = selected.summary();
    extremes.type_fault().map_or(Ok(extremes), Err)
}

fn total(function: Function, totals: &Totals) -> Found {
    let number = match (function, totals.count) {
        (Function::Avg, 0) => return Ok(None),
        (Function::Avg, count) => average(&totals.sum, count)?,
        _ => totals.sum.to_decimal().ok_or(Fault::Overflow)?,
    };
    Ok(Some(Value::Number(number)))
}

/// How many different values. Cost: O(n log n).
fn distinct(selected: &Selected<'_>) -> Result<usize, Fault> {
    let mut fault: Option<Fault> = None;
    let mut values: Vec<&Value> = Vec::with_capacity(selected.count());
    for (_, stored) in selected.entries() {
        match stored {
            Some(Ok(value)) => values.push(value),
            Some(Err(found)) => fault = Some(fault.map_or(*found, |known| known.min(*found))),
            None => {}
        }
    }
    values.sort_unstable_by(|a, b| a.total_cmp(b));
    values.dedup_by(|a, b| a.total_cmp(b).is_eq());
    fault.map_or(Ok(values.len()), Err)
}

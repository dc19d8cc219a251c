//! What traits, aggregates and calculations come to.
//!
//! Invariant: a fault in any part is the fault of the whole; a missing part makes the whole missing.

use std::cell::OnceCell;

use onefold_event::{Decimal, Value};

use super::Context;
use crate::{
    ast::Function,
    instant::NEVER,
    plan::{Computed, PlannedQuantity},
    summary::{Extremes, Totals},
    value::{
        Calculation, Fault, add, as_number, average, between, divide, multiply, negative, subtract,
    },
    window::Selected,
};

/// A value; `Ok(None)` is a missing one.
pub(crate) type Found = Result<Option<Value>, Fault>;

impl Context<'_> {
    /// The value of a quantity, and when it may be another.
    pub(crate) fn quantity(&self, quantity: &PlannedQuantity) -> (Found, i64) {
        let (calculate, sides): (Calculation, _) = match quantity {
            PlannedQuantity::Trait(number) => {
                let value = self
                    .trait_value(*number)
                    .filter(|value| **value != Value::Null);
                return (Ok(value.cloned()), NEVER);
            }
            PlannedQuantity::Computed(place) => {
                return match self.plan.computed.get(*place) {
                    Some(computed) if computed.entity == self.of => self.computed(*place, computed),
                    _ => (Ok(None), NEVER),
                };
            }
            PlannedQuantity::Number(number) => return (Ok(Some(Value::Number(*number))), NEVER),
            PlannedQuantity::Aggregate(aggregate) => {
                let selected = self.selected(aggregate.feature, aggregate.span);
                let next = selected.next_change(aggregate.function);
                return (found(aggregate.function, &selected), next);
            }
            // What it is part of has a standing answer.
            PlannedQuantity::Members { .. } => return (Ok(None), NEVER),
            PlannedQuantity::Negative(inner) => {
                let (found, next) = self.quantity(inner);
                let number = found.and_then(|value| as_number(value.as_ref()));
                let found = number.map(|number| number.map(|n| Value::Number(negative(n))));
                return (found, next);
            }
            PlannedQuantity::Add(sides) => (add, sides),
            PlannedQuantity::Subtract(sides) => (subtract, sides),
            PlannedQuantity::Multiply(sides) => (multiply, sides),
            PlannedQuantity::Divide(sides) => (divide, sides),
        };
        let [left, right] = &**sides;
        let (left, right) = (self.quantity(left), self.quantity(right));
        let next = left.1.min(right.1);
        (calculated(calculate, left.0, right.0), next)
    }

    fn computed(&self, place: usize, computed: &Computed) -> (Found, i64) {
        let known = computed.is_shared.then(|| {
            let cells = self
                .computed
                .get_or_init(|| vec![OnceCell::new(); self.plan.computed.len()].into());
            cells.get(place)
        });
        match known.flatten() {
            Some(cell) => cell.get_or_init(|| self.quantity(&computed.value)).clone(),
            None => self.quantity(&computed.value),
        }
    }
}

fn calculated(calculate: Calculation, left: Found, right: Found) -> Found {
    let left = as_number(left?.as_ref())?;
    let right = as_number(right?.as_ref())?;
    match (left, right) {
        (Some(left), Some(right)) => Ok(Some(Value::Number(calculate(left, right)?))),
        _ => Ok(None),
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
        Function::Distinct => {
            let mut values = sorted(selected)?;
            values.dedup_by(|a, b| a.total_cmp(b).is_eq());
            number(values.len())
        }
        Function::Mode => Ok(most_frequent(&sorted(selected)?).cloned()),
        Function::Percentile(percent) => percentile(&sorted(selected)?, usize::from(percent)),
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

/// All values in order; of equal numbers, the one with fewer decimal places first. Cost: O(n log n).
fn sorted<'a>(selected: &Selected<'a>) -> Result<Vec<&'a Value>, Fault> {
    let mut fault: Option<Fault> = None;
    let mut values: Vec<&Value> = Vec::with_capacity(selected.count());
    for (_, stored) in selected.entries() {
        match stored {
            Some(Ok(value)) => values.push(value),
            Some(Err(found)) => fault = Some(fault.map_or(*found, |known| known.min(*found))),
            None => {}
        }
    }
    let places = |value: &Value| value.as_number().map_or(0, |number| number.scale());
    values.sort_unstable_by(|a, b| a.total_cmp(b).then_with(|| places(a).cmp(&places(b))));
    fault.map_or(Ok(values), Err)
}

/// The first of the longest run of equal values.
fn most_frequent<'a>(sorted: &[&'a Value]) -> Option<&'a Value> {
    let runs = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq());
    // The last in reverse order is the least.
    let longest = runs.rev().max_by_key(|run| run.len())?;
    longest.first().copied()
}

fn percentile(sorted: &[&Value], percent: usize) -> Found {
    let numbers: Option<Vec<Decimal>> = sorted.iter().map(|value| value.as_number()).collect();
    let numbers = numbers.ok_or(Fault::TypeMismatch)?;
    let Some(last) = numbers.len().checked_sub(1) else {
        return Ok(None);
    };
    let rank = percent * last;
    let low = numbers.get(rank / 100).copied().unwrap_or_default();
    let high = numbers.get(rank / 100 + 1).copied().unwrap_or(low);
    between(low, high, rank % 100).map(|number| Some(Value::Number(number)))
}

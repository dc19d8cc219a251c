//! What a trait, an aggregate or a calculation comes to.
//!
//! Invariant: a fault in any part is the fault of the whole; a missing part makes the whole missing.

use onefold_event::{Decimal, Occurrence, Timestamp, Value};

use super::{Who, World, calendar};
use crate::{
    ast::{Aggregate, Counted, Expression, Function, Quantity, Scope, Selection},
    sum::Sum,
    value::{
        Calculation, Fault, Properties, add, as_number, average, between, divide, multiply,
        negative, subtract,
    },
};

/// A value, nothing, or why there is none.
pub(super) type Found = Result<Option<Value>, Fault>;

impl<'a> World<'a> {
    /// The value of a computed trait of the library, or else of the golden record.
    pub(super) fn trait_value(&self, name: &'a str, who: Who) -> Found {
        match self.computed(name) {
            // A trait of organisations says nothing about a person, and the other way round.
            Some((scope, _)) if scope.of != who.entity() => Ok(None),
            Some((scope, value)) => {
                let known = self.values.borrow().get(&(name, who)).cloned();
                known.unwrap_or_else(|| {
                    let found = self.quantity(value, scope, who);
                    self.values.borrow_mut().insert((name, who), found.clone());
                    found
                })
            }
            None => {
                let golden = self.traits(who).trait_value(name);
                Ok(golden.filter(|value| *value != Value::Null))
            }
        }
    }

    pub(super) fn quantity(&self, quantity: &'a Quantity, scope: &'a Scope, who: Who) -> Found {
        let (calculate, sides): (Calculation, _) = match quantity {
            Quantity::Trait(name) => return self.trait_value(name, who),
            Quantity::Number(number) => return Ok(Some(Value::Number(*number))),
            Quantity::Aggregate(aggregate) => return self.aggregate(aggregate, scope, who),
            Quantity::Members(members) => return self.over_members(members, scope, who),
            Quantity::Negative(inner) => {
                let number = as_number(self.quantity(inner, scope, who)?.as_ref())?;
                return Ok(number.map(|number| Value::Number(negative(number))));
            }
            Quantity::Add(sides) => (add, sides),
            Quantity::Subtract(sides) => (subtract, sides),
            Quantity::Multiply(sides) => (multiply, sides),
            Quantity::Divide(sides) => (divide, sides),
        };
        let [left, right] = &**sides;
        let left = as_number(self.quantity(left, scope, who)?.as_ref())?;
        let right = as_number(self.quantity(right, scope, who)?.as_ref())?;
        match (left, right) {
            (Some(left), Some(right)) => Ok(Some(Value::Number(calculate(left, right)?))),
            _ => Ok(None),
        }
    }

    pub(super) fn aggregate(&self, aggregate: &'a Aggregate, scope: &'a Scope, who: Who) -> Found {
        let values = self.values(aggregate, scope, who);
        match aggregate.function {
            Function::First => return values.into_iter().next().transpose(),
            Function::Last => return values.into_iter().next_back().transpose(),
            _ => {}
        }
        over(aggregate.function, values)
    }

    /// The value of each selected occurrence that has it, in order. Where only occurrences are counted,
    /// anything will do.
    pub(super) fn values(
        &self,
        aggregate: &'a Aggregate,
        scope: &'a Scope,
        who: Who,
    ) -> Vec<Result<Value, Fault>> {
        let selected = self.selected(&aggregate.selection, scope, who).into_iter();
        match &aggregate.value {
            Some(value) => selected.filter_map(|o| value_of(o, value)).collect(),
            None => selected.map(|_| Ok(Value::Bool(true))).collect(),
        }
    }

    /// How many times, days or different values.
    pub(super) fn counted(
        &self,
        selection: &'a Selection,
        counted: &'a Counted,
        scope: &'a Scope,
        who: Who,
    ) -> Result<usize, Fault> {
        let selected = self.selected(selection, scope, who);
        match counted {
            Counted::Times => Ok(selected.len()),
            Counted::Days => {
                let zone = self.zone(scope, who);
                let date = |time: Timestamp| calendar::date(time, zone);
                let mut dates: Vec<_> = selected.iter().map(|o| date(o.time())).collect();
                dates.dedup();
                Ok(dates.len())
            }
            Counted::Values(value) => {
                let values: Result<Vec<Value>, Fault> = selected
                    .into_iter()
                    .filter_map(|o| value_of(o, value))
                    .collect();
                Ok(different(values?))
            }
        }
    }
}

fn value_of(occurrence: &dyn Occurrence, value: &Expression) -> Option<Result<Value, Fault>> {
    Properties::of(occurrence).value(value).transpose()
}

fn different(mut values: Vec<Value>) -> usize {
    values.sort_by(Value::total_cmp);
    values.dedup_by(|a, b| a.total_cmp(b).is_eq());
    values.len()
}

/// What a function makes of values in no particular order.
pub(super) fn over(function: Function, values: Vec<Result<Value, Fault>>) -> Found {
    if let Some(fault) = values.iter().filter_map(|value| value.as_ref().err()).min() {
        return Err(*fault);
    }
    let mut values: Vec<Value> = values.into_iter().flatten().collect();
    let places = |value: &Value| value.as_number().map_or(0, |number| number.scale());
    values.sort_by(|a, b| a.total_cmp(b).then(places(a).cmp(&places(b))));
    let number = |count: usize| Ok(Some(Value::Number(count.into())));
    match function {
        Function::Count => number(values.len()),
        Function::Distinct => number(different(values)),
        Function::Min | Function::Max => {
            let kind = |value: &Value| std::mem::discriminant(value);
            let mut pairs = values.iter().zip(values.iter().skip(1));
            if pairs.any(|(a, b)| kind(a) != kind(b)) {
                return Err(Fault::TypeMismatch);
            }
            Ok(if function == Function::Min {
                values.into_iter().next()
            } else {
                values.pop()
            })
        }
        Function::Mode => {
            let times = |value: &Value| {
                let same = values.iter().filter(|other| other.total_cmp(value).is_eq());
                same.count()
            };
            // Of several with the same count, the last in reverse order: the least.
            Ok(values
                .iter()
                .rev()
                .max_by_key(|value| times(value))
                .cloned())
        }
        Function::Sum | Function::Avg | Function::Percentile(_) => {
            let numbers: Option<Vec<Decimal>> = values.iter().map(Value::as_number).collect();
            let found = of_numbers(function, &numbers.ok_or(Fault::TypeMismatch)?)?;
            Ok(found.map(Value::Number))
        }
        // They have an order, which `aggregate` sees to and members have not.
        Function::First | Function::Last => Ok(None),
    }
}

/// What a function makes of sorted numbers.
fn of_numbers(function: Function, numbers: &[Decimal]) -> Result<Option<Decimal>, Fault> {
    let mut sum = Sum::default();
    numbers.iter().for_each(|number| sum.add(*number));
    match function {
        Function::Sum => sum.to_decimal().ok_or(Fault::Overflow).map(Some),
        _ if numbers.is_empty() => Ok(None),
        Function::Avg => average(&sum, numbers.len()).map(Some),
        Function::Percentile(percent) => {
            let rank = usize::from(percent) * (numbers.len() - 1);
            let low = numbers.get(rank / 100).copied().unwrap_or_default();
            let high = numbers.get(rank / 100 + 1).copied().unwrap_or(low);
            between(low, high, rank % 100).map(Some)
        }
        _ => Ok(None),
    }
}

//! Values of the people of a chunk, and what is asked of them.
//!
//! Invariant: a fault in any part is the fault of the whole; a missing part makes the whole missing.

use std::rc::Rc;

use onefold_event::Value;

use super::Run;
use crate::{
    ast::{Entity, Operator, Test},
    batch::{
        aggregate::{Found, Held, MISSING, Quantities, aggregate},
        bits::Bits,
        column::{ABSENT, Column},
        number::{NumberTest, order},
    },
    plan::{Computed, PlannedAggregate, PlannedQuantity},
    value::{Calculation, add, as_number, compare, divide, multiply, negative, passes, subtract},
};

impl Run<'_> {
    pub(in crate::batch) fn value(&self, value: &PlannedQuantity) -> Rc<Quantities> {
        match value {
            PlannedQuantity::Aggregate(aggregate) => self.aggregate(*aggregate),
            PlannedQuantity::Computed(number) => match self.program.plan.computed.get(*number) {
                Some(computed) if computed.entity == Entity::Person => {
                    self.computed(*number, computed)
                }
                _ => Rc::new(self.missing()),
            },
            PlannedQuantity::Trait(number) => Rc::new(self.trait_values(*number)),
            PlannedQuantity::Number(number) => Rc::new(Quantities::constant(*number, self.people)),
            // Nobody is a member of a person.
            PlannedQuantity::Members { function, .. } => {
                let found = crate::batch::aggregate::over(*function, &[]);
                Rc::new(Quantities {
                    held: Held::Found(vec![found; self.people]),
                    seen: Some(Bits::none(self.people)),
                })
            }
            PlannedQuantity::Negative(inner) => {
                let inner = self.value(inner);
                let one = |person| negated(inner.found(person));
                Rc::new(Quantities {
                    held: Held::Found((0..self.people).map(one).collect()),
                    seen: inner.seen.clone(),
                })
            }
            PlannedQuantity::Add(sides) => self.joined(sides, add),
            PlannedQuantity::Subtract(sides) => self.joined(sides, subtract),
            PlannedQuantity::Multiply(sides) => self.joined(sides, multiply),
            PlannedQuantity::Divide(sides) => self.joined(sides, divide),
        }
    }

    fn computed(&self, number: usize, computed: &Computed) -> Rc<Quantities> {
        match self.computed.get(number).filter(|_| computed.is_shared) {
            Some(cell) => Rc::clone(cell.get_or_init(|| self.value(&computed.value))),
            None => self.value(&computed.value),
        }
    }

    pub(super) fn value_passes(&self, value: &PlannedQuantity, test: &Test) -> Bits {
        let value = self.value(value);
        match &value.held {
            Held::Fixed { scale, mantissas } => {
                let number = NumberTest::new(test, *scale);
                let missing = number.passes_missing();
                let mut mantissas = mantissas.iter();
                Bits::from_fn(self.people, |_| match mantissas.next() {
                    None | Some(&MISSING) => missing,
                    Some(mantissa) => number.passes(*mantissa),
                })
            }
            Held::Found(found) => {
                let mut found = found.iter();
                Bits::from_fn(self.people, |_| match found.next() {
                    Some(Ok(value)) => passes(test, value.as_ref()).unwrap_or(false),
                    _ => false,
                })
            }
        }
    }

    pub(super) fn values_compare(
        &self,
        left: &PlannedQuantity,
        operator: Operator,
        right: &PlannedQuantity,
    ) -> Bits {
        let (left, right) = (self.value(left), self.value(right));
        Bits::from_fn(self.people, |person| {
            let quick = fixed_order(&left, &right, person);
            let held = quick.map(|order| operator.accepts(order));
            held.unwrap_or_else(|| are_in_order(left.found(person), operator, right.found(person)))
        })
    }

    fn aggregate(&self, planned: PlannedAggregate) -> Rc<Quantities> {
        let number = self.program.aggregates.get(&planned);
        let cell = number.and_then(|number| self.aggregates.get(*number));
        let (Some(cell), Some(entries)) = (cell, self.entries(planned.feature)) else {
            return Rc::new(self.missing());
        };
        Rc::clone(cell.get_or_init(|| {
            let bounds = self.bounds(planned.span);
            Rc::new(aggregate(planned.function, entries, &bounds, self.people))
        }))
    }

    fn trait_values(&self, number: usize) -> Quantities {
        let name = self.program.plan.traits.get(number);
        let traits = &self.program.table.traits;
        let Some(named) = traits.iter().find(|known| Some(&known.name) == name) else {
            return self.missing();
        };
        let part = named.column.part(self.chunk.first, self.people);
        let held = match &part {
            Column::Numbers { scale, mantissas } => Held::Fixed {
                scale: *scale,
                mantissas: mantissas
                    .iter()
                    .map(|mantissa| match *mantissa {
                        ABSENT => MISSING,
                        mantissa => i128::from(mantissa),
                    })
                    .collect(),
            },
            part => {
                let values = (0..self.people).map(|person| Ok(part.value(person, &named.texts)));
                Held::Found(values.collect())
            }
        };
        Quantities { held, seen: None }
    }

    fn joined(&self, sides: &[PlannedQuantity; 2], join: Calculation) -> Rc<Quantities> {
        let [left, right] = sides;
        let (left, right) = (self.value(left), self.value(right));
        let one = |person| calculated(left.found(person), right.found(person), join);
        Rc::new(Quantities {
            held: Held::Found((0..self.people).map(one).collect()),
            seen: seen_by_either(left.seen.as_ref(), right.seen.as_ref()),
        })
    }

    fn missing(&self) -> Quantities {
        Quantities {
            held: Held::Found(vec![Ok(None); self.people]),
            seen: None,
        }
    }
}

/// Two numbers as one.
pub(in crate::batch) fn calculated(left: Found, right: Found, join: Calculation) -> Found {
    let left = as_number(left?.as_ref())?;
    let right = as_number(right?.as_ref())?;
    match (left, right) {
        (Some(left), Some(right)) => Ok(Some(Value::Number(join(left, right)?))),
        _ => Ok(None),
    }
}

pub(in crate::batch) fn negated(found: Found) -> Found {
    let number = as_number(found?.as_ref())?;
    Ok(number.map(|number| Value::Number(negative(number))))
}

/// Whether two values are of one type and in the order that is asked for.
pub(in crate::batch) fn are_in_order(left: Found, operator: Operator, right: Found) -> bool {
    match (left, right) {
        (Ok(Some(left)), Ok(Some(right))) => {
            compare(&left, &right).is_ok_and(|order| operator.accepts(order))
        }
        _ => false,
    }
}

pub(in crate::batch) fn seen_by_either(left: Option<&Bits>, right: Option<&Bits>) -> Option<Bits> {
    match (left, right) {
        (Some(left), Some(right)) => {
            let mut seen = left.clone();
            seen.or(right);
            Some(seen)
        }
        (left, right) => left.or(right).cloned(),
    }
}

fn fixed_order(left: &Quantities, right: &Quantities, person: usize) -> Option<std::cmp::Ordering> {
    let number = |quantities: &Quantities| match &quantities.held {
        Held::Fixed { scale, mantissas } => {
            let mantissa = mantissas.get(person).copied();
            mantissa.filter(|m| *m != MISSING).map(|m| (m, *scale))
        }
        Held::Found(_) => None,
    };
    let ((left, left_scale), (right, right_scale)) = (number(left)?, number(right)?);
    order(left, left_scale, right, right_scale)
}

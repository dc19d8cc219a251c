//! Comparisons of numbers with each other, which ask nothing of anybody.
//!
//! Invariant: they are calculated as an evaluator does it: a fault makes the comparison false.

use onefold_event::{Decimal, Value};

use crate::{
    ast::{Predicate, Quantity},
    value::{Calculation, Fault, add, divide, multiply, negative, passes, subtract},
};

/// Whether a comparison of numbers alone holds; `None` for everything else.
pub(super) fn holds(predicate: &Predicate) -> Option<bool> {
    match predicate {
        Predicate::Quantity { value, test } => {
            let passed = number(value)?.and_then(|value| passes(test, Some(&Value::Number(value))));
            Some(passed == Ok(true))
        }
        Predicate::Compare {
            left,
            operator,
            right,
        } => match (number(left)?, number(right)?) {
            (Ok(left), Ok(right)) => Some(operator.accepts(left.cmp(&right))),
            _ => Some(false),
        },
        _ => None,
    }
}

/// The value of a calculation of nothing but numbers.
fn number(quantity: &Quantity) -> Option<Result<Decimal, Fault>> {
    let (calculate, sides): (Calculation, _) = match quantity {
        Quantity::Number(number) => return Some(Ok(*number)),
        Quantity::Negative(inner) => return Some(number(inner)?.map(negative)),
        Quantity::Add(sides) => (add, sides),
        Quantity::Subtract(sides) => (subtract, sides),
        Quantity::Multiply(sides) => (multiply, sides),
        Quantity::Divide(sides) => (divide, sides),
        Quantity::Trait(_) | Quantity::Aggregate(_) | Quantity::Members(_) => return None,
    };
    let [left, right] = &**sides;
    let (left, right) = (number(left)?, number(right)?);
    Some(left.and_then(|left| calculate(left, right?)))
}

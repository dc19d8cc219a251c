//! Tests of fixed-point numbers by whole numbers alone.
//!
//! Invariant: the answer is that of the exact decimals; what cannot be told by whole numbers is asked of them.

use std::cmp::Ordering;

use onefold_event::{Decimal, Value};

use crate::{
    ast::{Literal, Operator, Test},
    value::passes,
};

/// A test of numbers with so many decimal places, given by their mantissas.
#[derive(Debug)]
pub(crate) struct NumberTest<'p> {
    test: &'p Test,
    scale: u32,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Both ends pass.
    Range(i128, i128),
    /// All but this.
    Not(i128),
    Points(Vec<i128>),
    /// By decimals.
    Slow,
}

const NOTHING: Form = Form::Range(1, 0);
const EVERYTHING: Form = Form::Range(i128::MIN, i128::MAX);

impl<'p> NumberTest<'p> {
    pub(crate) fn new(test: &'p Test, scale: u32) -> Self {
        let form = match test {
            Test::Set => EVERYTHING,
            Test::Unset | Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => NOTHING,
            Test::Compare {
                operator,
                value: Literal::Number(number),
            } => compared(*operator, *number, scale),
            Test::Compare { .. } => NOTHING,
            Test::Between {
                low: Literal::Number(low),
                high: Literal::Number(high),
            } => match (placed(*low, scale), placed(*high, scale)) {
                (Some(low), Some(high)) => Form::Range(low.ceiling(), high.floor),
                _ => Form::Slow,
            },
            Test::Between { .. } => NOTHING,
            Test::In(literals) => points(literals, scale),
        };
        Self { test, scale, form }
    }

    /// Whether a missing number passes.
    pub(crate) fn passes_missing(&self) -> bool {
        *self.test == Test::Unset
    }

    #[inline]
    pub(crate) fn passes(&self, mantissa: i128) -> bool {
        match &self.form {
            Form::Range(low, high) => *low <= mantissa && mantissa <= *high,
            Form::Not(point) => mantissa != *point,
            Form::Points(points) => points.contains(&mantissa),
            Form::Slow => self.passes_slowly(mantissa),
        }
    }

    fn passes_slowly(&self, mantissa: i128) -> bool {
        let number = Decimal::try_from_i128_with_scale(mantissa, self.scale);
        number.is_ok_and(|number| passes(self.test, Some(&Value::Number(number))).unwrap_or(false))
    }
}

/// A number between whole ones.
struct Placed {
    floor: i128,
    is_whole: bool,
}

impl Placed {
    fn ceiling(&self) -> i128 {
        self.floor + i128::from(!self.is_whole)
    }
}

/// The number in units of the last place; `None` if that is too large.
fn placed(number: Decimal, scale: u32) -> Option<Placed> {
    let mantissa = number.mantissa();
    if let Some(more) = scale.checked_sub(number.scale()) {
        let floor = mantissa.checked_mul(10_i128.checked_pow(more)?)?;
        return (floor.unsigned_abs() < 1 << 120).then_some(Placed {
            floor,
            is_whole: true,
        });
    }
    let unit = 10_i128.checked_pow(number.scale() - scale)?;
    Some(Placed {
        floor: mantissa.div_euclid(unit),
        is_whole: mantissa.rem_euclid(unit) == 0,
    })
}

fn compared(operator: Operator, number: Decimal, scale: u32) -> Form {
    let Some(placed) = placed(number, scale) else {
        return Form::Slow;
    };
    let (floor, ceiling) = (placed.floor, placed.ceiling());
    match operator {
        Operator::Equal if placed.is_whole => Form::Range(floor, floor),
        Operator::Equal => NOTHING,
        Operator::NotEqual if placed.is_whole => Form::Not(floor),
        Operator::NotEqual => EVERYTHING,
        Operator::Less => Form::Range(i128::MIN, ceiling - 1),
        Operator::LessOrEqual => Form::Range(i128::MIN, floor),
        Operator::Greater => Form::Range(floor + 1, i128::MAX),
        Operator::GreaterOrEqual => Form::Range(ceiling, i128::MAX),
    }
}

fn points(literals: &[Literal], scale: u32) -> Form {
    let mut points = Vec::new();
    for literal in literals {
        let Literal::Number(number) = literal else {
            return Form::Slow;
        };
        match placed(*number, scale) {
            Some(placed) if placed.is_whole => points.push(placed.floor),
            Some(_) => {}
            None => return Form::Slow,
        }
    }
    Form::Points(points)
}

/// The order of two fixed-point numbers; `None` if whole numbers are too small for it.
pub(crate) fn order(
    left: i128,
    left_scale: u32,
    right: i128,
    right_scale: u32,
) -> Option<Ordering> {
    let scale = left_scale.max(right_scale);
    let left = left.checked_mul(10_i128.checked_pow(scale - left_scale)?)?;
    let right = right.checked_mul(10_i128.checked_pow(scale - right_scale)?)?;
    Some(left.cmp(&right))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn number() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            9 => (-30..30_i64, 0..4_u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
            1 => select(&[Decimal::MAX, Decimal::MIN]),
        ]
    }

    fn test() -> impl Strategy<Value = Test> {
        let literal = || {
            prop_oneof![
                9 => number().prop_map(Literal::Number),
                1 => Just(Literal::Bool(true)),
            ]
        };
        prop_oneof![
            (select(&Operator::ALL), literal())
                .prop_map(|(operator, value)| Test::Compare { operator, value }),
            (literal(), literal()).prop_map(|(low, high)| Test::Between { low, high }),
            prop::collection::vec(literal(), 1..3).prop_map(Test::In),
            Just(Test::Set),
            Just(Test::Unset),
        ]
    }

    proptest! {
        #[test]
        fn whole_numbers_answer_as_decimals_do(test in test(), mantissa in -400..400_i128, scale in 0..4_u32) {
            let value = Value::Number(Decimal::from_i128_with_scale(mantissa, scale));
            let expected = passes(&test, Some(&value)).unwrap_or(false);
            prop_assert_eq!(NumberTest::new(&test, scale).passes(mantissa), expected);
        }
    }
}

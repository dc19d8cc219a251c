//! Values of properties and traits: read, calculated with, tested.
//!
//! Invariant: a calculation that cannot be exact gives a fault and never a rounded number; only a
//! quotient and an average are rounded, to 16 decimal places.

use std::{cmp::Ordering, fmt};

use onefold_event::{Decimal, Occurrence, Timestamp, Value};
use rust_decimal::RoundingStrategy;
use serde::Serialize;
use smallvec::SmallVec;

use crate::{
    ast::{Expression, Filter, Literal, Test},
    sum::Sum,
};

/// Why a value could not be calculated or compared. The comparison it stands in is then false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// A divisor was zero.
    DivisionByZero,
    /// The exact result has more than 28 digits.
    Overflow,
    /// A value of one type stood where another was needed, such as text in a sum.
    TypeMismatch,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::DivisionByZero, Self::Overflow, Self::TypeMismatch];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DivisionByZero => "division by zero",
            Self::Overflow => "more than 28 digits",
            Self::TypeMismatch => "values of different types",
        })
    }
}

/// Where the values that a filter or an expression speaks of come from.
pub(crate) trait Values<'a> {
    /// The property at this path, of the earlier step of this name or of the occurrence itself; null
    /// counts as absent.
    fn read(&mut self, step: Option<&'a str>, path: &'a str) -> Option<&Value>;
}

/// The properties of one occurrence, each read at most once.
pub(crate) struct Properties<'a> {
    occurrence: &'a dyn Occurrence,
    read: SmallVec<[(&'a str, Option<Value>); 6]>,
}

impl<'a> Properties<'a> {
    pub(crate) fn of(occurrence: &'a dyn Occurrence) -> Self {
        Self {
            occurrence,
            read: SmallVec::new(),
        }
    }

    /// The value of an expression; `Ok(None)` where a property that it needs is absent.
    pub(crate) fn value(&mut self, expression: &'a Expression) -> Result<Option<Value>, Fault> {
        value(self, expression)
    }

    /// Whether the occurrence passes the filter; a fault makes the comparison it is in false.
    pub(crate) fn pass(&mut self, filter: &'a Filter) -> bool {
        pass(self, filter)
    }
}

impl<'a> Values<'a> for Properties<'a> {
    /// There is no earlier step: only a filter of a sequence speaks of one.
    fn read(&mut self, step: Option<&'a str>, path: &'a str) -> Option<&Value> {
        if step.is_some() {
            return None;
        }
        let at = match self.read.iter().position(|(known, _)| *known == path) {
            Some(at) => at,
            None => {
                let value = property(self.occurrence, path);
                self.read.push((path, value));
                self.read.len() - 1
            }
        };
        self.read.get(at)?.1.as_ref()
    }
}

/// The property at this path; null counts as absent.
pub(crate) fn property(occurrence: &dyn Occurrence, path: &str) -> Option<Value> {
    occurrence.property(path).and_then(present)
}

/// The value of an expression; `Ok(None)` where a property that it needs is absent.
pub(crate) fn value<'a>(
    values: &mut impl Values<'a>,
    expression: &'a Expression,
) -> Result<Option<Value>, Fault> {
    match expression {
        Expression::Property(path) => Ok(values.read(None, path).cloned()),
        Expression::Earlier { step, path } => Ok(values.read(Some(step), path).cloned()),
        calculated => Ok(number(values, calculated)?.map(Value::Number)),
    }
}

fn number<'a>(
    values: &mut impl Values<'a>,
    expression: &'a Expression,
) -> Result<Option<Decimal>, Fault> {
    let (calculate, sides): (Calculation, _) = match expression {
        Expression::Property(path) => return as_number(values.read(None, path)),
        Expression::Earlier { step, path } => return as_number(values.read(Some(step), path)),
        Expression::Number(number) => return Ok(Some(*number)),
        Expression::Negative(inner) => return Ok(number(values, inner)?.map(negative)),
        Expression::Add(sides) => (add, sides),
        Expression::Subtract(sides) => (subtract, sides),
        Expression::Multiply(sides) => (multiply, sides),
        Expression::Divide(sides) => (divide, sides),
    };
    let [left, right] = &**sides;
    match (number(values, left)?, number(values, right)?) {
        (Some(left), Some(right)) => calculate(left, right).map(Some),
        _ => Ok(None),
    }
}

/// What makes one number of two.
pub(crate) type Calculation = fn(Decimal, Decimal) -> Result<Decimal, Fault>;

/// The number that a value is; a fault if it is something else.
pub(crate) fn as_number(value: Option<&Value>) -> Result<Option<Decimal>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(*number)),
        Some(_) => Err(Fault::TypeMismatch),
    }
}

/// Whether the values pass the filter; a fault makes the comparison it is in false.
pub(crate) fn pass<'a>(values: &mut impl Values<'a>, filter: &'a Filter) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| pass(values, part)),
        Filter::Any(parts) => parts.iter().any(|part| pass(values, part)),
        Filter::Not(inner) => !pass(values, inner),
        Filter::Property { value, test } => {
            let passed = match value {
                Expression::Property(path) => passes(test, values.read(None, path)),
                other => self::value(values, other).and_then(|found| passes(test, found.as_ref())),
            };
            passed.unwrap_or(false)
        }
        Filter::Compare {
            left,
            operator,
            right,
        } => match (value(values, left), value(values, right)) {
            (Ok(Some(left)), Ok(Some(right))) => {
                compare(&left, &right).is_ok_and(|order| operator.accepts(order))
            }
            _ => false,
        },
    }
}

/// The value unless it is null.
fn present(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(Value::Number(unsigned_zero(number))),
        other => Some(other),
    }
}

/// Zero has no sign here: equal values must also print equal.
pub(crate) fn unsigned_zero(mut number: Decimal) -> Decimal {
    if number.is_zero() {
        number.set_sign_positive(true);
    }
    number
}

pub(crate) fn add(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    let mut sum = Sum::default();
    sum.add(left);
    sum.add(right);
    sum.to_decimal().ok_or(Fault::Overflow)
}

pub(crate) fn subtract(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    add(left, -right)
}

pub(crate) fn negative(number: Decimal) -> Decimal {
    unsigned_zero(-number)
}

pub(crate) fn multiply(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    if left.is_zero() || right.is_zero() {
        return Ok(Decimal::ZERO);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right).ok_or(Fault::Overflow)?;
    // A product that does not fit is rounded, which shows in its scale.
    if product.scale() == left.scale() + right.scale() {
        Ok(product)
    } else {
        Err(Fault::Overflow)
    }
}

/// The decimal places of a quotient: as many as every warehouse can give, and few enough that it can be calculated
/// with: a product of 28 digits would have no room for another factor.
const QUOTIENT_PLACES: u32 = 16;

/// Rounded to 16 decimal places, half away from zero.
pub(crate) fn divide(left: Decimal, right: Decimal) -> Result<Decimal, Fault> {
    if right.is_zero() {
        return Err(Fault::DivisionByZero);
    }
    let quotient = left.checked_div(right).ok_or(Fault::Overflow)?;
    Ok(quotient.round_dp_with_strategy(QUOTIENT_PLACES, RoundingStrategy::MidpointAwayFromZero))
}

/// The average of so many values with this sum, rounded as a quotient.
pub(crate) fn average(sum: &Sum, count: usize) -> Result<Decimal, Fault> {
    let sum = sum.to_decimal().ok_or(Fault::Overflow)?;
    divide(sum, Decimal::from(count))
}

/// The value so many hundredths of the way from one number to another. The distance and that part of it
/// must be exact, too.
pub(crate) fn between(low: Decimal, high: Decimal, hundredths: usize) -> Result<Decimal, Fault> {
    if hundredths == 0 || low == high {
        return Ok(low);
    }
    let part = Decimal::from(hundredths).checked_div(Decimal::ONE_HUNDRED);
    let way = multiply(subtract(high, low)?, part.ok_or(Fault::Overflow)?)?;
    add(low, way)
}

/// Whether a value passes a test. A missing value passes `is unset` only.
pub(crate) fn passes(test: &Test, value: Option<&Value>) -> Result<bool, Fault> {
    let Some(value) = value.filter(|value| **value != Value::Null) else {
        return Ok(*test == Test::Unset);
    };
    match test {
        Test::Set => Ok(true),
        Test::Unset => Ok(false),
        Test::Compare {
            operator,
            value: literal,
        } => Ok(operator.accepts(order(value, literal)?)),
        Test::In(literals) => {
            for literal in literals {
                if order(value, literal)?.is_eq() {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Test::Between { low, high } => {
            Ok(order(value, low)?.is_ge() && order(value, high)?.is_le())
        }
        Test::Contains(part) => text(value).map(|text| text.contains(&**part)),
        Test::StartsWith(part) => text(value).map(|text| text.starts_with(&**part)),
        Test::EndsWith(part) => text(value).map(|text| text.ends_with(&**part)),
    }
}

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_text().ok_or(Fault::TypeMismatch)
}

/// The order of two values of one type.
pub(crate) fn compare(left: &Value, right: &Value) -> Result<Ordering, Fault> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        _ => Err(Fault::TypeMismatch),
    }
}

fn order(value: &Value, literal: &Literal) -> Result<Ordering, Fault> {
    match (value, literal) {
        (Value::Number(a), Literal::Number(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Literal::Text(b)) => Ok(a.cmp(b)),
        (Value::Bool(a), Literal::Bool(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Literal::Time(b)) => {
            let time: Timestamp = a.parse().map_err(|_| Fault::TypeMismatch)?;
            Ok(time.cmp(b))
        }
        _ => Err(Fault::TypeMismatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn arithmetic_is_exact_or_a_fault() {
        assert_eq!(add(number("0.1"), number("0.2")), Ok(number("0.3")));
        let large = number("79228162514264337593543950335");
        assert_eq!(add(large, number("1")), Err(Fault::Overflow));
        assert_eq!(add(large, number("0.1")), Err(Fault::Overflow));
        assert_eq!(add(large, -large), Ok(Decimal::ZERO));
        assert_eq!(multiply(number("1.50"), number("2.50")), Ok(number("3.75")));
        let small = number("0.000000000000001");
        assert_eq!(multiply(small, small), Err(Fault::Overflow));
        assert_eq!(multiply(large, number("10.00")), Err(Fault::Overflow));
        assert_eq!(
            divide(number("1"), number("0.0")),
            Err(Fault::DivisionByZero)
        );
        assert_eq!(divide(number("1"), number("8")), Ok(number("0.125")));
    }

    #[test]
    fn values_of_another_type_are_a_fault() {
        let equal_one = Test::Compare {
            operator: crate::ast::Operator::NotEqual,
            value: Literal::Number(number("1")),
        };
        assert_eq!(
            passes(&equal_one, Some(&Value::text("1"))),
            Err(Fault::TypeMismatch)
        );
        assert_eq!(passes(&equal_one, Some(&Value::Null)), Ok(false));
        assert_eq!(passes(&Test::Unset, Some(&Value::Null)), Ok(true));
        let after = Test::Compare {
            operator: crate::ast::Operator::GreaterOrEqual,
            value: Literal::Time("2024-01-01".parse().unwrap()),
        };
        assert_eq!(
            passes(&after, Some(&Value::text("2024-01-01T00:00:00+00:00"))),
            Ok(true)
        );
        assert_eq!(
            passes(&after, Some(&Value::text("soon"))),
            Err(Fault::TypeMismatch)
        );
    }
}

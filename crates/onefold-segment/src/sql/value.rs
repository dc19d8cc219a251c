//! Values as SQL: calculated, compared and tested.
//!
//! Invariant: what is missing or at fault is null. A condition that is null does not hold, and a complement
//! turns null into false before it turns it around.

use onefold_event::{Error, ErrorKind, Result};

use super::{
    dialect::Dialect,
    layout::ColumnType,
    number::{Digits, Number},
    select::{all, any, not},
    types::{Column, is_order},
};
use crate::ast::{Expression, Filter, Literal, Operator, Test};

/// A value, and the condition under which it is at fault.
#[derive(Debug, Clone)]
pub(super) struct Val {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Never null.
    pub(super) fault: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Number(Digits),
    Text,
    Truth,
    Time,
    /// Nothing tells what this column holds.
    Unknown(Column),
}

impl Kind {
    pub(super) fn of(column: &Column, kind: Option<ColumnType>) -> Self {
        match kind {
            Some(ColumnType::Number { places }) => Self::Number(Digits {
                whole: 12,
                places: u32::from(places).min(18),
            }),
            Some(ColumnType::Text) => Self::Text,
            Some(ColumnType::Truth) => Self::Truth,
            Some(ColumnType::Time) => Self::Time,
            None => Self::Unknown(column.clone()),
        }
    }

    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unknown(a), Self::Unknown(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// A calculation of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Val {
    /// A value that is always missing.
    pub(super) fn missing() -> Self {
        Self {
            text: "NULL".to_owned(),
            kind: Kind::Truth,
            fault: None,
        }
    }

    pub(super) fn is_always_missing(&self) -> bool {
        self.text == "NULL"
    }

    pub(super) fn number(number: Number) -> Self {
        Self {
            text: number.text,
            kind: Kind::Number(number.digits),
            fault: None,
        }
    }
}

/// Either fault.
pub(super) fn or(left: Option<String>, right: Option<String>) -> Option<String> {
    match (left, right) {
        (Some(left), Some(right)) => Some(any(&[left, right])),
        (one, other) => one.or(other),
    }
}

impl Dialect {
    /// As a number; a value of another type is a fault where it is present.
    pub(super) fn to_number(self, value: &Val) -> (Number, Option<String>) {
        if let Kind::Number(digits) = value.kind {
            let text = value.text.clone();
            return (Number { text, digits }, value.fault.clone());
        }
        let nothing = self.nothing();
        if value.is_always_missing() {
            return (nothing, None);
        }
        let is_present = format!("{} IS NOT NULL", value.text);
        (nothing, or(value.fault.clone(), Some(is_present)))
    }

    /// A number that is always missing.
    fn nothing(self) -> Number {
        let digits = Digits {
            whole: 1,
            places: 0,
        };
        let text = format!("CAST(NULL AS {})", self.decimal_type(digits));
        Number { text, digits }
    }

    fn is_nothing(self, number: &Number) -> bool {
        *number == self.nothing()
    }

    pub(super) fn calculate(self, operation: Operation, left: &Val, right: &Val) -> Result<Val> {
        let ((a, first), (b, second)) = (self.to_number(left), self.to_number(right));
        let mut fault = or(first, second);
        let number = match operation {
            // Whatever the other side is, there is nothing.
            _ if self.is_nothing(&a) => a,
            _ if self.is_nothing(&b) => b,
            Operation::Add => self.sum(&a, '+', &b),
            Operation::Subtract => self.sum(&a, '-', &b),
            Operation::Multiply => self.product(&a, &b)?,
            Operation::Divide => {
                // By a missing number nothing is divided, and that is no fault.
                let is_literal = b.text.chars().all(|c| c.is_ascii_digit() || c == '.');
                if !is_literal || b.text.chars().all(|c| c == '0' || c == '.') {
                    let by_zero = format!(
                        "({} IS NOT NULL AND COALESCE({} = 0, FALSE))",
                        a.text, b.text
                    );
                    fault = or(fault, Some(by_zero));
                }
                self.quotient(&a, &b)
            }
        };
        Ok(Val {
            fault,
            ..Val::number(number)
        })
    }

    pub(super) fn negate(self, inner: &Val) -> Val {
        let (number, fault) = self.to_number(inner);
        let number = if self.is_nothing(&number) {
            number
        } else {
            self.negative(&number)
        };
        Val {
            fault,
            ..Val::number(number)
        }
    }

    /// An expression over the properties of an occurrence; `read` gives those.
    pub(super) fn expression(
        self,
        value: &Expression,
        read: &dyn Fn(Option<&str>, &str) -> Result<Val>,
    ) -> Result<Val> {
        let (operation, sides) = match value {
            Expression::Property(path) => return read(None, path),
            Expression::Earlier { step, path } => return read(Some(step), path),
            Expression::Number(number) => return Ok(Val::number(self.number(*number))),
            Expression::Negative(inner) => return Ok(self.negate(&self.expression(inner, read)?)),
            Expression::Add(sides) => (Operation::Add, sides),
            Expression::Subtract(sides) => (Operation::Subtract, sides),
            Expression::Multiply(sides) => (Operation::Multiply, sides),
            Expression::Divide(sides) => (Operation::Divide, sides),
        };
        let [left, right] = &**sides;
        let (left, right) = (self.expression(left, read)?, self.expression(right, read)?);
        short(self.calculate(operation, &left, &right)?)
    }

    /// A condition on the properties of an occurrence.
    pub(super) fn filter(
        self,
        filter: &Filter,
        read: &dyn Fn(Option<&str>, &str) -> Result<Val>,
    ) -> Result<String> {
        let several = |parts: &[Filter]| -> Result<Vec<String>> {
            parts.iter().map(|part| self.filter(part, read)).collect()
        };
        match filter {
            Filter::All(parts) => Ok(all(&several(parts)?)),
            Filter::Any(parts) => Ok(any(&several(parts)?)),
            Filter::Not(inner) => Ok(not(&self.filter(inner, read)?)),
            Filter::Property { value, test } => self.test(&self.expression(value, read)?, test),
            Filter::Compare {
                left,
                operator,
                right,
            } => {
                let (left, right) = (self.expression(left, read)?, self.expression(right, read)?);
                self.compare(&left, *operator, &right)
            }
        }
    }

    /// Whether a value passes a test.
    pub(super) fn test(self, value: &Val, test: &Test) -> Result<String> {
        let text = &value.text;
        if value.is_always_missing() {
            let passes = if *test == Test::Unset {
                "TRUE"
            } else {
                "FALSE"
            };
            return Ok(passes.to_owned());
        }
        match test {
            Test::Set => Ok(format!("{text} IS NOT NULL")),
            Test::Unset => {
                let is_missing = format!("{text} IS NULL");
                Ok(match &value.fault {
                    Some(fault) => all(&[is_missing, not(fault)]),
                    None => is_missing,
                })
            }
            Test::Compare {
                operator,
                value: literal,
            } => Ok(match self.literal(&value.kind, literal)? {
                Some(literal) => self.operation(value, *operator, &literal),
                None => "FALSE".to_owned(),
            }),
            Test::Between { low, high } => {
                let ends = (
                    self.literal(&value.kind, low)?,
                    self.literal(&value.kind, high)?,
                );
                let (Some(low), Some(high)) = ends else {
                    return Ok("FALSE".to_owned());
                };
                let text = self.ordered_if_text(value);
                Ok(format!("{text} BETWEEN {low} AND {high}"))
            }
            Test::In(literals) => {
                let mut values = Vec::new();
                for literal in literals {
                    let Some(literal) = self.literal(&value.kind, literal)? else {
                        return Ok("FALSE".to_owned());
                    };
                    values.push(literal);
                }
                let is_number = matches!(value.kind, Kind::Number(_));
                if self == Self::ClickHouse && is_number {
                    // There, a list holds values of the type of the left side only.
                    let equal = values.iter().map(|value| format!("{text} = {value}"));
                    return Ok(any(&equal.collect::<Vec<_>>()));
                }
                Ok(format!("{text} IN ({})", values.join(", ")))
            }
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_)
                if value.kind == Kind::Time =>
            {
                Err(not_a_time())
            }
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_)
                if value.kind != Kind::Text =>
            {
                Ok("FALSE".to_owned())
            }
            Test::Contains(part) => Ok(self.contains(text, &self.text(part)?)),
            Test::StartsWith(part) => Ok(self.starts_with(text, &self.text(part)?)),
            Test::EndsWith(part) => Ok(self.ends_with(text, &self.text(part)?)),
        }
    }

    /// The literal, if it is of that kind.
    fn literal(self, kind: &Kind, literal: &Literal) -> Result<Option<String>> {
        Ok(match (kind, literal) {
            (Kind::Number(_), Literal::Number(number)) => Some(self.number(*number).text),
            (Kind::Text, Literal::Text(text)) => Some(self.text(text)?),
            (Kind::Truth, Literal::Bool(value)) => Some(value.to_string().to_uppercase()),
            (Kind::Time, Literal::Time(time)) => Some(self.time(time.as_micros())),
            (Kind::Time, Literal::Text(_)) | (Kind::Text, Literal::Time(_)) => {
                return Err(not_a_time());
            }
            _ => None,
        })
    }

    pub(super) fn ordered_if_text(self, value: &Val) -> String {
        match value.kind {
            Kind::Text => self.ordered(&value.text),
            _ => value.text.clone(),
        }
    }

    fn operation(self, value: &Val, operator: Operator, right: &str) -> String {
        let left = if is_order(operator) {
            self.ordered_if_text(value)
        } else {
            value.text.clone()
        };
        let sign = match operator {
            Operator::NotEqual => "<>",
            other => other.sign(),
        };
        format!("{left} {sign} {right}")
    }

    /// Whether two values stand in that order; values of different types never do.
    ///
    /// # Errors
    /// `InvalidInput` where nothing tells what type a column has, and it matters.
    pub(super) fn compare(self, left: &Val, operator: Operator, right: &Val) -> Result<String> {
        if left.is_always_missing() || right.is_always_missing() {
            return Ok("FALSE".to_owned());
        }
        let is_same_column = left.kind.is_like(&right.kind) && !is_order(operator);
        for side in [left, right] {
            if let Kind::Unknown(column) = &side.kind
                && !is_same_column
            {
                let message = format!(
                    "nothing tells the type of {}, which is compared: declare it in the layout",
                    column.told()
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        if matches!(
            (&left.kind, &right.kind),
            (Kind::Text, Kind::Time) | (Kind::Time, Kind::Text)
        ) {
            return Err(not_a_time());
        }
        Ok(if left.kind.is_like(&right.kind) {
            self.operation(left, operator, &right.text)
        } else {
            "FALSE".to_owned()
        })
    }
}

/// In the language a time is a text, and a column is one or the other.
fn not_a_time() -> Error {
    let message =
        "a column is used as text and as a time: declare it as a time and compare it with times";
    Error::new(ErrorKind::Unsupported, message)
}

/// A quotient of quotients says the same text again and again.
pub(super) fn short(value: Val) -> Result<Val> {
    const BYTES_MAX: usize = 1 << 16;
    let length = value.text.len() + value.fault.as_ref().map_or(0, String::len);
    if length > BYTES_MAX {
        let message = "a calculation with too many quotients of quotients: name a part as a trait";
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(value)
}

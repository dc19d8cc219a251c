//! Filters, expressions, quantities and tests as text.

use std::fmt::{Display, Formatter, Result};

use super::{Name, Quoted, Time, enclosed, separated};
use crate::ast::{
    Aggregate, Expression, Filter, Function, Literal, MemberAggregate, Quantity, Test,
};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(parts) => separated(f, parts, " and ", |p| {
                matches!(p, Self::All(_) | Self::Any(_))
            }),
            Self::Any(parts) => separated(f, parts, " or ", |p| matches!(p, Self::Any(_))),
            Self::Not(inner) => {
                f.write_str("not ")?;
                enclosed(f, inner, matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::Property { value, test } => write!(f, "{value}{test}"),
            Self::Compare {
                left,
                operator,
                right,
            } => {
                write!(f, "{left} {} ", operator.sign())?;
                // A lone word would look like text without quotes.
                if matches!(right, Expression::Property(_)) {
                    f.write_str("property ")?;
                }
                write!(f, "{right}")
            }
        }
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Property(path) => write!(f, "{}", Name(path)),
            Self::Earlier { step, path } => write!(f, "{}.{}", Name(step), Name(path)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Negative(inner) => {
                f.write_str("-")?;
                let is_plain = matches!(**inner, Self::Property(_) | Self::Earlier { .. });
                enclosed(f, inner, !is_plain)
            }
            Self::Add(sides) => operation(f, sides, "+", 1),
            Self::Subtract(sides) => operation(f, sides, "-", 1),
            Self::Multiply(sides) => operation(f, sides, "*", 2),
            Self::Divide(sides) => operation(f, sides, "/", 2),
        }
    }
}

impl Expression {
    fn binding(&self) -> u8 {
        match self {
            Self::Add(_) | Self::Subtract(_) => 1,
            Self::Multiply(_) | Self::Divide(_) => 2,
            Self::Property(_) | Self::Earlier { .. } | Self::Number(_) | Self::Negative(_) => 3,
        }
    }
}

fn operation(f: &mut Formatter<'_>, sides: &[Expression; 2], sign: &str, binding: u8) -> Result {
    let [left, right] = sides;
    enclosed(f, left, left.binding() < binding)?;
    write!(f, " {sign} ")?;
    // The right side groups to the left by itself, so an equally tight one needs parentheses.
    enclosed(f, right, right.binding() <= binding)
}

impl Display for Quantity {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Trait(name) => write!(f, "{}", Name(name)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Aggregate(aggregate) => write!(f, "{aggregate}"),
            Self::Members(aggregate) => write!(f, "{aggregate}"),
            Self::Negative(inner) => {
                f.write_str("-")?;
                enclosed(f, inner, inner.binding() < 3 || inner.is_signed())
            }
            Self::Add(sides) => calculation(f, sides, "+", 1),
            Self::Subtract(sides) => calculation(f, sides, "-", 1),
            Self::Multiply(sides) => calculation(f, sides, "*", 2),
            Self::Divide(sides) => calculation(f, sides, "/", 2),
        }
    }
}

impl Quantity {
    fn binding(&self) -> u8 {
        match self {
            Self::Add(_) | Self::Subtract(_) => 1,
            Self::Multiply(_) | Self::Divide(_) => 2,
            _ => 3,
        }
    }

    fn is_signed(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Negative(_))
    }
}

/// The right side of a comparison: a lone word would look like text without quotes.
pub(super) struct RightSide<'a>(pub(super) &'a Quantity);

impl Display for RightSide<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if matches!(self.0, Quantity::Trait(_)) {
            f.write_str("trait ")?;
        }
        write!(f, "{}", self.0)
    }
}

fn calculation(f: &mut Formatter<'_>, sides: &[Quantity; 2], sign: &str, binding: u8) -> Result {
    let [left, right] = sides;
    enclosed(f, left, left.binding() < binding)?;
    write!(f, " {sign} ")?;
    enclosed(f, right, right.binding() <= binding)
}

impl Display for MemberAggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (function, role) = (self.function, super::Role(&self.role));
        write!(f, "{function} over members{role} ({})", self.of)
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.word())?;
        match self {
            Self::Percentile(number) => write!(f, "{number}"),
            _ => Ok(()),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}(", self.function)?;
        if let Some(value) = &self.value {
            write!(f, "{value} of ")?;
        }
        write!(f, "{})", self.selection)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Compare { operator, value } => write!(f, " {} {value}", operator.sign()),
            Self::In(values) => {
                f.write_str(" in [")?;
                separated(f, values, ", ", |_| false)?;
                f.write_str("]")
            }
            Self::Between { low, high } => write!(f, " between {low} and {high}"),
            Self::Set => f.write_str(" is set"),
            Self::Unset => f.write_str(" is unset"),
            Self::Contains(text) => write!(f, " contains {}", Quoted(text)),
            Self::StartsWith(text) => write!(f, " starts with {}", Quoted(text)),
            Self::EndsWith(text) => write!(f, " ends with {}", Quoted(text)),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Time(time) => write!(f, "{}", Time(*time)),
        }
    }
}

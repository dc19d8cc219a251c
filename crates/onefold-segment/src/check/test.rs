//! Tests that do not fit what they are about.

use super::Mistake;
use crate::{
    ast::{Aggregate, Expression, Function, Literal, Operator, Quantity, Test},
    code::Code,
};

const LIST_MAX: usize = 10_000;

/// What is known about the value that a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nothing: any value may come.
    Any,
    /// It is a number, or an error.
    Number,
}

impl Subject {
    pub(crate) fn of(aggregate: &Aggregate) -> Self {
        match &aggregate.value {
            _ if aggregate.function.is_number() => Self::Number,
            Some(value) => Self::of_expression(value),
            None => Self::Any,
        }
    }

    pub(crate) fn of_expression(expression: &Expression) -> Self {
        match expression {
            Expression::Property(_) | Expression::Earlier { .. } => Self::Any,
            _ => Self::Number,
        }
    }

    pub(crate) fn of_quantity(quantity: &Quantity) -> Self {
        match quantity {
            Quantity::Trait(_) => Self::Any,
            Quantity::Aggregate(aggregate) => Self::of(aggregate),
            Quantity::Members(members) => match members.function {
                Function::Min | Function::Max => Self::of_quantity(&members.of),
                _ => Self::Number,
            },
            _ => Self::Number,
        }
    }
}

/// A mistake in the test itself or in its being about such a value.
pub(crate) fn test_mistake(subject: Subject, test: &Test) -> Option<Mistake> {
    match test {
        Test::Compare { operator, value } => {
            let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
            if ordered && matches!(value, Literal::Bool(_)) {
                let message = format!("`{value}` has no order");
                return types(message, "compare it by `=` or `!=`");
            }
            literal_mistake(subject, value)
        }
        Test::In(values) => list_mistake(subject, values),
        Test::Between { low, high } => {
            let first = literal_mistake(subject, low).or_else(|| literal_mistake(subject, high));
            first.or_else(|| range_mistake(low, high))
        }
        Test::Set | Test::Unset => None,
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => {
            let is_number = subject == Subject::Number;
            is_number
                .then(|| types("a number is searched for text", "compare it with a number"))
                .flatten()
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "every caller returns an option")]
fn types(message: impl Into<String>, help: &str) -> Option<Mistake> {
    Some(Mistake::new(Code::Types, message, help))
}

fn literal_mistake(subject: Subject, value: &Literal) -> Option<Mistake> {
    if subject == Subject::Any || matches!(value, Literal::Number(_)) {
        return None;
    }
    let message = format!("a number is compared with `{value}`");
    types(message, "compare it with a number")
}

fn list_mistake(subject: Subject, values: &[Literal]) -> Option<Mistake> {
    let Some(first) = values.first() else {
        let message = "an empty list, which nothing can be in";
        return Some(Mistake::new(Code::List, message, "name at least one value"));
    };
    if values.len() > LIST_MAX {
        let message = format!("a list of {} values", values.len());
        let help = format!("a list holds up to {LIST_MAX}");
        return Some(Mistake::new(Code::List, message, help));
    }
    let kind = std::mem::discriminant(first);
    if let Some(other) = values.iter().find(|v| std::mem::discriminant(*v) != kind) {
        let message = format!("`{first}` and `{other}` are of different types");
        let help = "a list holds values of one type";
        return Some(Mistake::new(Code::List, message, help));
    }
    values
        .iter()
        .find_map(|value| literal_mistake(subject, value))
}

fn range_mistake(low: &Literal, high: &Literal) -> Option<Mistake> {
    let order = match (low, high) {
        (Literal::Number(low), Literal::Number(high)) => low.cmp(high),
        (Literal::Text(low), Literal::Text(high)) => low.cmp(high),
        (Literal::Time(low), Literal::Time(high)) => low.cmp(high),
        (Literal::Bool(_), _) | (_, Literal::Bool(_)) => {
            return types("`true` and `false` have no order", "compare them by `=`");
        }
        _ => {
            let message = format!("`{low}` and `{high}` are of different types");
            return types(message, "a range is of one type");
        }
    };
    order.is_gt().then(|| {
        let message = format!("nothing lies between `{low}` and `{high}`");
        Mistake::new(Code::Range, message, "write the smaller value first")
    })
}

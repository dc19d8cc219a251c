//! Values, tests, filters and aggregates in words.

use super::{behaviour, quoted};
use crate::ast::{
    Aggregate, Expression, Filter, Function, Literal, MemberAggregate, Operator, Quantity, Test,
};

pub(super) fn test(test: &Test) -> String {
    match test {
        Test::Compare {
            operator: Operator::Equal,
            value,
        } => format!("is {}", literal(value)),
        Test::Compare { operator: o, value } => format!("is {} {}", operator(*o), literal(value)),
        Test::In(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("is {}", either(&values))
        }
        Test::Between { low, high } => {
            format!(
                "is from {} to {}, both included",
                literal(low),
                literal(high)
            )
        }
        Test::Set => "is known".into(),
        Test::Unset => "is not known".into(),
        Test::Contains(text) => format!("contains {}", quoted(text)),
        Test::StartsWith(text) => format!("starts with {}", quoted(text)),
        Test::EndsWith(text) => format!("ends with {}", quoted(text)),
    }
}

/// Behind "is".
pub(super) fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "exactly",
        Operator::NotEqual => "known and not",
        Operator::Less => "less than",
        Operator::LessOrEqual => "at most",
        Operator::Greater => "more than",
        Operator::GreaterOrEqual => "at least",
    }
}

/// Behind "is", before another value that is read.
pub(super) fn relation(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "the same as",
        Operator::NotEqual => "different from",
        other => self::operator(other),
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quoted(text),
        other => other.to_string(),
    }
}

fn either(values: &[String]) -> String {
    match values.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("one of {} or {last}", before.join(", ")),
        None => String::new(),
    }
}

/// Behind a space: `with ...`.
pub(super) fn filter(filter: &Filter) -> String {
    match filter {
        Filter::All(parts) => several(parts, " and "),
        Filter::Any(parts) => several(parts, " or "),
        Filter::Not(inner) => format!("not [{}]", self::filter(inner)),
        Filter::Property { value, test: t } => format!("{} that {}", expression(value), test(t)),
        Filter::Compare {
            left,
            operator: o,
            right,
        } => {
            let (left, right) = (expression(left), expression(right));
            format!("{left} that is {} {right}", relation(*o))
        }
    }
}

fn several(parts: &[Filter], word: &str) -> String {
    let parts = parts.iter().map(|part| match part {
        Filter::All(_) | Filter::Any(_) => format!("({})", filter(part)),
        _ => filter(part),
    });
    parts.collect::<Vec<_>>().join(word)
}

pub(super) fn expression(value: &Expression) -> String {
    let inner = |value: &Expression| match value {
        Expression::Property(_) | Expression::Earlier { .. } | Expression::Number(_) => {
            expression(value)
        }
        _ => format!("({})", expression(value)),
    };
    match value {
        Expression::Property(path) => quoted(path),
        Expression::Earlier { step, path } => format!("{} of {}", quoted(path), quoted(step)),
        Expression::Number(number) => number.to_string(),
        Expression::Negative(value) => format!("minus {}", inner(value)),
        Expression::Add(sides) => both(sides, "plus", inner),
        Expression::Subtract(sides) => both(sides, "minus", inner),
        Expression::Multiply(sides) => both(sides, "times", inner),
        Expression::Divide(sides) => both(sides, "divided by", inner),
    }
}

pub(super) fn quantity(value: &Quantity) -> String {
    let inner = |value: &Quantity| match value {
        Quantity::Trait(_) | Quantity::Number(_) => quantity(value),
        _ => format!("({})", quantity(value)),
    };
    match value {
        Quantity::Trait(name) => quoted(name),
        Quantity::Number(number) => number.to_string(),
        Quantity::Aggregate(found) => aggregate(found),
        Quantity::Members(found) => members(found),
        Quantity::Negative(value) => format!("minus {}", inner(value)),
        Quantity::Add(sides) => both(sides, "plus", inner),
        Quantity::Subtract(sides) => both(sides, "minus", inner),
        Quantity::Multiply(sides) => both(sides, "times", inner),
        Quantity::Divide(sides) => both(sides, "divided by", inner),
    }
}

fn both<T>([left, right]: &[T; 2], word: &str, shown: impl Fn(&T) -> String) -> String {
    format!("{} {word} {}", shown(left), shown(right))
}

pub(super) fn aggregate(aggregate: &Aggregate) -> String {
    let of = behaviour::selected(&aggregate.selection);
    match &aggregate.value {
        None => format!("the number of {of}"),
        Some(value) => {
            let value = expression(value);
            match aggregate.function {
                Function::Count => format!("the number of {of} that have {value}"),
                function => format!("{} {value} over {of}", word(function)),
            }
        }
    }
}

fn members(members: &MemberAggregate) -> String {
    let of = quantity(&members.of);
    let role = members.role.as_ref();
    let role = role.map_or(String::new(), |role| {
        format!(" with the role {}", quoted(role))
    });
    match members.function {
        Function::Count => format!("the number of members{role} who have {of}"),
        function => format!("{} [{of}] over its members{role}", word(function)),
    }
}

fn word(function: Function) -> String {
    match function {
        Function::Count => "the number of".into(),
        Function::Sum => "the sum of".into(),
        Function::Avg => "the average of".into(),
        Function::Min => "the least".into(),
        Function::Max => "the greatest".into(),
        Function::First => "the first".into(),
        Function::Last => "the latest".into(),
        Function::Distinct => "the number of different".into(),
        Function::Mode => "the most frequent".into(),
        Function::Percentile(50) => "the median of".into(),
        Function::Percentile(number) => format!("percentile {number} of"),
    }
}

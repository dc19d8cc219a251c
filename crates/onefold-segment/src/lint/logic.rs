//! What can never hold, always holds or changes nothing, whatever the data is.
//!
//! Invariant: only what is certain is told; a clause that is too long to compare is passed over.

use std::cmp::Ordering;

use onefold_event::Decimal;

use super::Severity;
use crate::{
    ast::{
        Aggregate, Count, Counted, Filter, Function, Literal, Operator, Predicate, Quantifier,
        Sequence, Test, Window,
    },
    check::Mistake,
    code::Code,
};

/// How many parts of one `and` or `or` are compared with each other.
const PARTS_MAX: usize = 64;
/// How many values a list has at most that is compared with other tests.
const VALUES_MAX: usize = 256;

type Told = Vec<(Severity, Mistake)>;

pub(super) fn of_predicate(predicate: &Predicate) -> Told {
    let mut told = match predicate {
        Predicate::All(parts) => of_parts(parts, negated, Junction::And),
        Predicate::Any(parts) => of_parts(parts, negated, Junction::Or),
        _ => Vec::new(),
    };
    if let Predicate::All(parts) = predicate
        && told.is_empty()
    {
        let tested = parts.iter().filter_map(tested).collect::<Vec<_>>();
        told.extend(contradictions(&tested, |(subject, _)| subject.to_string()));
        told.extend(impossible_counts(parts));
    }
    let holds = match predicate {
        Predicate::Did {
            count: Count::AtLeast(0),
            counted: Counted::Times | Counted::Days,
            ..
        } => true,
        Predicate::Members {
            quantifier: Quantifier::Count(Count::AtLeast(0)),
            ..
        }
        | Predicate::Organisations {
            quantifier: Quantifier::Count(Count::AtLeast(0)),
            ..
        } => true,
        Predicate::Sample { from, to, .. } => from.is_zero() && *to == Decimal::ONE_HUNDRED,
        Predicate::Aggregate { aggregate, test } => {
            told.extend(below_zero(aggregate, test));
            is_any_count(aggregate, test)
        }
        other => {
            let constant = super::constant::holds(other);
            if constant == Some(false) {
                told.push(never(format!("`{other}` holds for nobody")));
            }
            constant == Some(true)
        }
    };
    if holds {
        told.push(always(&predicate.to_string()));
    }
    told
}

pub(super) fn of_filter(filter: &Filter) -> Told {
    let negated = |part: &Filter| match part {
        Filter::Not(inner) => Some((**inner).clone()),
        _ => None,
    };
    match filter {
        Filter::All(parts) => {
            let mut told = of_parts(parts, negated, Junction::And);
            if told.is_empty() {
                let tested: Vec<_> = parts
                    .iter()
                    .filter_map(|part| match part {
                        Filter::Property { value, test } => Some((value, test)),
                        _ => None,
                    })
                    .collect();
                told.extend(contradictions(&tested, |(value, _)| value.to_string()));
            }
            told
        }
        Filter::Any(parts) => of_parts(parts, negated, Junction::Or),
        _ => Vec::new(),
    }
}

pub(super) fn of_sequence(sequence: &Sequence) -> Told {
    let mut told = Vec::new();
    let window = match sequence.window {
        Window::Last(length) => Some(length),
        Window::Ago { from, .. } => Some(from),
        _ => None,
    };
    if let (Some(window), Some(absence)) = (window, &sequence.then_no)
        && absence.within.micros() > window.micros()
    {
        let within = absence.within;
        let message = format!(
            "`then no` needs {within} to pass, and the steps lie in the last {window}: nobody can be in"
        );
        let mistake = Mistake::new(Code::NeverTrue, message, "make the window longer");
        told.push((Severity::Error, mistake));
    }
    if let (Some(window), Some(within)) = (window, sequence.within)
        && within.micros() >= window.micros()
    {
        let message = format!("`all within {within}` is not shorter than the window of {window}");
        told.push(no_effect(message));
    }
    for then in &sequence.then {
        if let (Some(all), Some(within)) = (sequence.within, then.within)
            && within.micros() >= all.micros()
        {
            let message = format!("`within {within}` is not shorter than `all within {all}`");
            told.push(no_effect(message));
        }
        if then.directly && then.without.is_some() {
            told.push(no_effect(
                "`without` beside `directly`, which lets nothing between".into(),
            ));
        }
    }
    told
}

#[derive(Clone, Copy, PartialEq)]
enum Junction {
    And,
    Or,
}

/// Repetitions, and a condition beside its own opposite.
fn of_parts<T: PartialEq + std::fmt::Display>(
    parts: &[T],
    negated: impl Fn(&T) -> Option<T>,
    junction: Junction,
) -> Told {
    let parts = parts.get(..PARTS_MAX).unwrap_or(parts);
    for (index, part) in parts.iter().enumerate() {
        let earlier = parts.get(..index).unwrap_or_default();
        if earlier.contains(part) {
            let message = format!("`{part}` stands twice");
            return vec![no_effect(message)];
        }
        let opposite = negated(part);
        let others = parts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        if let Some(opposite) = opposite
            && others
                .map(|(_, other)| other)
                .any(|other| *other == opposite)
        {
            let both = format!("`{opposite}` and its opposite");
            return vec![match junction {
                Junction::And => never(format!("{both} never hold together")),
                Junction::Or => {
                    let message = format!("{both}: one of them always holds");
                    let help = "leave both out";
                    let mistake = Mistake::new(Code::AlwaysTrue, message, help);
                    (Severity::Warning, mistake)
                }
            }];
        }
    }
    Vec::new()
}

/// The opposite of a `not`, and of counts that are opposites.
fn negated(part: &Predicate) -> Option<Predicate> {
    match part {
        Predicate::Not(inner) => Some((**inner).clone()),
        _ => None,
    }
}

/// What a condition says of one value, and the value as text.
fn tested(part: &Predicate) -> Option<(String, &Test)> {
    match part {
        Predicate::Trait { name, test } => Some((format!("{}", crate::print::Name(name)), test)),
        Predicate::Aggregate { aggregate, test } => Some((aggregate.to_string(), test)),
        Predicate::Quantity { value, test } => Some((value.to_string(), test)),
        _ => None,
    }
}

/// Tests of one value that no value passes together.
fn contradictions<S: PartialEq>(
    tested: &[(S, &Test)],
    shown: impl Fn(&(S, &Test)) -> String,
) -> Told {
    let mut told = Vec::new();
    let tested = tested.get(..PARTS_MAX).unwrap_or(tested);
    for (index, one) in tested.iter().enumerate() {
        let is_first = tested.iter().position(|other| other.0 == one.0) == Some(index);
        let tests: Vec<&Test> = tested
            .iter()
            .filter(|t| t.0 == one.0)
            .map(|t| t.1)
            .collect();
        if is_first && tests.len() > 1 && is_impossible(&tests) {
            let all: Vec<String> = tests
                .iter()
                .map(|t| format!("`{}`", t.to_string().trim()))
                .collect();
            let message = format!("no `{}` is {} at once", shown(one), all.join(" and "));
            told.push(never(message));
        }
    }
    told
}

fn is_impossible(tests: &[&Test]) -> bool {
    let unset = tests.iter().filter(|test| ***test == Test::Unset).count();
    if unset > 0 {
        return unset < tests.len();
    }
    let mut kinds = tests.iter().filter_map(|test| kind(test));
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        return true;
    }
    let candidates = tests.iter().find_map(|test| match test {
        Test::Compare {
            operator: Operator::Equal,
            value,
        } => Some(std::slice::from_ref(value)),
        Test::In(values) if values.len() <= VALUES_MAX => Some(values.as_slice()),
        _ => None,
    });
    if let Some(candidates) = candidates {
        let possible =
            |value: &Literal| tests.iter().all(|test| passes(test, value) != Some(false));
        return !candidates.iter().any(possible);
    }
    bounds_cross(tests)
}

/// Whether a lower bound lies above an upper one.
fn bounds_cross(tests: &[&Test]) -> bool {
    let mut lower: Vec<(&Literal, bool)> = Vec::new();
    let mut upper: Vec<(&Literal, bool)> = Vec::new();
    for test in tests {
        match test {
            Test::Compare { operator, value } => match operator {
                Operator::Less => upper.push((value, true)),
                Operator::LessOrEqual => upper.push((value, false)),
                Operator::Greater => lower.push((value, true)),
                Operator::GreaterOrEqual => lower.push((value, false)),
                Operator::Equal | Operator::NotEqual => {}
            },
            Test::Between { low, high } => {
                lower.push((low, false));
                upper.push((high, false));
            }
            _ => {}
        }
    }
    lower.iter().any(|(low, low_strict)| {
        upper
            .iter()
            .any(|(high, high_strict)| match order(low, high) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => *low_strict || *high_strict,
                _ => false,
            })
    })
}

/// The kind of value that a test asks for; times are text.
fn kind(test: &Test) -> Option<u8> {
    let of = |literal: &Literal| match literal {
        Literal::Number(_) => 0,
        Literal::Text(_) | Literal::Time(_) => 1,
        Literal::Bool(_) => 2,
    };
    match test {
        Test::Compare { value, .. } => Some(of(value)),
        Test::In(values) => values.first().map(of),
        Test::Between { low, .. } => Some(of(low)),
        Test::Set | Test::Unset => None,
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => Some(1),
    }
}

/// Whether a value passes, where that can be told.
fn passes(test: &Test, value: &Literal) -> Option<bool> {
    let text = |of: fn(&str, &str) -> bool, part: &str| match value {
        Literal::Text(text) => Some(of(text, part)),
        _ => None,
    };
    match test {
        Test::Compare {
            operator,
            value: other,
        } => Some(operator.accepts(order(value, other)?)),
        Test::In(values) if values.len() > VALUES_MAX => None,
        Test::In(values) => {
            let mut all = values.iter().map(|other| order(value, other));
            if all.by_ref().any(|order| order.is_none_or(Ordering::is_eq)) {
                return None;
            }
            Some(false)
        }
        Test::Between { low, high } => {
            Some(order(value, low)?.is_ge() && order(value, high)?.is_le())
        }
        Test::Set => Some(true),
        Test::Unset => Some(false),
        Test::Contains(part) => text(|text, part| text.contains(part), part),
        Test::StartsWith(part) => text(|text, part| text.starts_with(part), part),
        Test::EndsWith(part) => text(|text, part| text.ends_with(part), part),
    }
}

fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Number(a), Literal::Number(b)) => Some(a.cmp(b)),
        (Literal::Text(a), Literal::Text(b)) => Some(a.cmp(b)),
        (Literal::Bool(a), Literal::Bool(b)) => Some(a.cmp(b)),
        (Literal::Time(a), Literal::Time(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Counts of one selection that no number passes: `did x` and `did not x`.
fn impossible_counts(parts: &[Predicate]) -> Told {
    let counted: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Predicate::Did {
                selection,
                count,
                counted,
            } => Some(((selection, counted), *count)),
            _ => None,
        })
        .take(PARTS_MAX)
        .collect();
    let mut told = Vec::new();
    for (index, (subject, count)) in counted.iter().enumerate() {
        let (least, most) = range(*count);
        let earlier = counted.get(..index).unwrap_or_default();
        let crosses = |other: &Count| {
            let (other_least, other_most) = range(*other);
            least > other_most || other_least > most
        };
        let found = earlier
            .iter()
            .find(|(other, count)| other == subject && crosses(count));
        if let Some((_, other)) = found {
            let message = format!("`did {}` cannot be {count} and {other} times", subject.0);
            told.push(never(message));
        }
    }
    told
}

fn range(count: Count) -> (u32, u32) {
    match count {
        Count::AtLeast(times) => (times, u32::MAX),
        Count::AtMost(times) => (0, times),
        Count::Exactly(times) => (times, times),
    }
}

/// A count below zero.
fn below_zero(aggregate: &Aggregate, test: &Test) -> Option<(Severity, Mistake)> {
    if !matches!(aggregate.function, Function::Count | Function::Distinct) {
        return None;
    }
    let is_below = match test {
        Test::Compare {
            operator,
            value: Literal::Number(value),
        } => match operator {
            Operator::Less => *value <= Decimal::ZERO,
            Operator::LessOrEqual | Operator::Equal => *value < Decimal::ZERO,
            _ => false,
        },
        Test::Between {
            high: Literal::Number(high),
            ..
        } => *high < Decimal::ZERO,
        Test::Unset => true,
        _ => false,
    };
    is_below
        .then(|| never(format!("`{aggregate}` is never`{test}`").replacen("never` ", "never `", 1)))
}

/// A count of 0 or more.
fn is_any_count(aggregate: &Aggregate, test: &Test) -> bool {
    if aggregate.function != Function::Count || aggregate.value.is_some() {
        return false;
    }
    match test {
        Test::Set => true,
        Test::Compare {
            operator,
            value: Literal::Number(value),
        } => match operator {
            Operator::GreaterOrEqual => *value <= Decimal::ZERO,
            Operator::Greater | Operator::NotEqual => *value < Decimal::ZERO,
            _ => false,
        },
        _ => false,
    }
}

fn never(message: String) -> (Severity, Mistake) {
    let help = "nobody can be in by this clause";
    (
        Severity::Error,
        Mistake::new(Code::NeverTrue, message, help),
    )
}

fn always(text: &str) -> (Severity, Mistake) {
    let message = format!("`{text}` holds for everybody");
    let mistake = Mistake::new(
        Code::AlwaysTrue,
        message,
        "leave it out, or write another number",
    );
    (Severity::Warning, mistake)
}

fn no_effect(message: String) -> (Severity, Mistake) {
    let mistake = Mistake::new(Code::NoEffect, message, "leave it out");
    (Severity::Note, mistake)
}

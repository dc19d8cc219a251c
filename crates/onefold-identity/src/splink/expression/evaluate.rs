//! The value of an expression, with SQL's three-valued logic.
//!
//! Invariant: evaluating never fails and never panics: what SQL would stop at (a text that is no number, a
//! division of whole numbers by zero) is missing here, so one bad row cannot end a run over millions.

mod calls;
mod lists;
mod texts;

use std::{borrow::Cow, cmp::Ordering};

use super::{
    super::value::{Kind, Value},
    Cell, Column, Expression, Matching, Operator, Relation,
};

/// Where the values of columns and cells come from.
pub(crate) trait Scope<'v> {
    /// The text of a column of one row.
    fn column(&self, column: &Column) -> Value<'v>;
    /// A prepared cell of one row.
    fn cell(&self, cell: Cell) -> Value<'v>;
}

/// The value of an expression.
pub(crate) fn evaluate<'v>(expression: &'v Expression, scope: &dyn Scope<'v>) -> Value<'v> {
    Evaluator {
        scope,
        variables: None,
    }
    .value(expression)
}

/// The truth of a condition; nothing where it is unknown.
pub(crate) fn truth<'v>(expression: &'v Expression, scope: &dyn Scope<'v>) -> Option<bool> {
    Evaluator {
        scope,
        variables: None,
    }
    .truth(expression)
}

/// The variables of the lambdas around, the innermost first.
#[derive(Clone, Copy)]
struct Variables<'f, 'v> {
    name: &'f str,
    value: &'f Value<'v>,
    outer: Option<&'f Variables<'f, 'v>>,
}

#[derive(Clone, Copy)]
struct Evaluator<'f, 'v> {
    scope: &'f dyn Scope<'v>,
    variables: Option<&'f Variables<'f, 'v>>,
}

impl<'v> Evaluator<'_, 'v> {
    fn truth(self, expression: &'v Expression) -> Option<bool> {
        match expression {
            Expression::All(parts) => every(parts.iter().map(|part| self.truth(part)), true),
            Expression::Any(parts) => every(parts.iter().map(|part| self.truth(part)), false),
            Expression::Not(of) => self.truth(of).map(|truth| !truth),
            Expression::IsMissing(of) => Some(self.value(of).is_missing()),
            Expression::Compare(relation, two) => {
                let [left, right] = &**two;
                relation.holds(&self.value(left), &self.value(right))
            }
            Expression::Within(three) => {
                let [of, low, high] = &**three;
                let of = self.value(of);
                let above = Relation::AtLeast.holds(&of, &self.value(low));
                let below = Relation::AtMost.holds(&of, &self.value(high));
                every([above, below].into_iter(), true)
            }
            Expression::In(of, list) => {
                let of = self.value(of);
                every(list.iter().map(|item| of.same(&self.value(item))), false)
            }
            other => self.value(other).truth(),
        }
    }

    fn value(self, expression: &'v Expression) -> Value<'v> {
        match expression {
            Expression::Missing => Value::Missing,
            Expression::Boolean(truth) => Value::Boolean(*truth),
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::text(text),
            Expression::Column(column) => self.scope.column(column),
            Expression::Cell(cell) => self.scope.cell(*cell),
            Expression::Variable(name) => self.variable(name),
            Expression::All(_)
            | Expression::Any(_)
            | Expression::Not(_)
            | Expression::Compare(..)
            | Expression::IsMissing(_)
            | Expression::Within(_)
            | Expression::In(..) => Value::of_truth(self.truth(expression)),
            Expression::Arithmetic(operator, two) => {
                let [left, right] = &**two;
                operator.of(&self.value(left), &self.value(right))
            }
            Expression::Negative(of) => {
                Value::of_number(self.value(of).number().map(|number| -number))
            }
            Expression::Case(pairs, otherwise) => self.case(pairs, otherwise.as_deref()),
            Expression::Cast(of, kind, _) => self.value(of).cast(*kind),
            Expression::Call(function, arguments) => self.call(*function, arguments),
            Expression::Similar(measure, two) => {
                let [left, right] = &**two;
                let (left, right) = (self.value(left), self.value(right));
                let measured = left.as_text().zip(right.as_text());
                Value::of_number(measured.and_then(|(left, right)| measure.of(&left, &right)))
            }
            other => self.timed_or_listed(other),
        }
    }

    fn timed_or_listed(self, expression: &'v Expression) -> Value<'v> {
        match expression {
            Expression::Match(matching, of, pattern) => {
                let Some(text) = self.value(of).into_text() else {
                    return Value::Missing;
                };
                match matching {
                    Matching::Extract(group) => {
                        extracted(text, |text| pattern.extract(text, *group))
                    }
                    Matching::Replace(with) => {
                        Value::Text(Cow::Owned(pattern.replace(&text, with).into_owned()))
                    }
                    Matching::IsIn | Matching::IsWhole => Value::Boolean(pattern.is_in(&text)),
                }
            }
            Expression::Strptime(of, formats, _) => {
                let text = self.value(of);
                let parsed = text
                    .as_text()
                    .and_then(|text| formats.iter().find_map(|format| format.parse(&text)));
                parsed.map_or(Value::Missing, Value::Instant)
            }
            Expression::Between(unit, two) => {
                let [from, to] = &**two;
                let both = self.value(from).micros().zip(self.value(to).micros());
                Value::of_number(both.map(|(from, to)| unit.between(from, to) as f64))
            }
            Expression::Part(unit, of) => {
                let micros = self.value(of).micros();
                Value::of_number(micros.map(|micros| unit.part(micros) as f64))
            }
            Expression::List(items) => {
                Value::List(items.iter().map(|item| self.value(item)).collect())
            }
            Expression::Item(two) => {
                let [list, place] = &**two;
                lists::item(&self.value(list), &self.value(place))
            }
            Expression::Each(name, two) => self.each(name, two, |_, value| Some(value)),
            Expression::Filter(name, two) => self.each(name, two, |item, value| {
                (value.truth() == Some(true)).then(|| item.clone())
            }),
            _ => Value::Missing,
        }
    }

    fn variable(self, name: &str) -> Value<'v> {
        let mut variables = self.variables;
        while let Some(variable) = variables {
            if variable.name == name {
                return variable.value.clone();
            }
            variables = variable.outer;
        }
        Value::Missing
    }

    fn case(self, pairs: &'v [[Expression; 2]], otherwise: Option<&'v Expression>) -> Value<'v> {
        for [when, then] in pairs {
            if self.truth(when) == Some(true) {
                return self.value(then);
            }
        }
        otherwise.map_or(Value::Missing, |otherwise| self.value(otherwise))
    }

    /// A lambda over the items of a list.
    fn each(
        self,
        name: &'v str,
        [list, body]: &'v [Expression; 2],
        keep: impl Fn(&Value<'v>, Value<'v>) -> Option<Value<'v>>,
    ) -> Value<'v> {
        let list = self.value(list);
        let Some(items) = list.items() else {
            return Value::Missing;
        };
        let kept = items.iter().filter_map(|value| {
            let variables = Variables {
                name,
                value,
                outer: self.variables,
            };
            let inner = Evaluator {
                scope: self.scope,
                variables: Some(&variables),
            };
            keep(value, inner.value(body))
        });
        Value::List(kept.collect())
    }
}

/// A part of a text, borrowed where the text is.
fn extracted<'v>(text: Cow<'v, str>, part: impl Fn(&str) -> &str) -> Value<'v> {
    match text {
        Cow::Owned(text) => Value::Text(Cow::Owned(part(&text).to_owned())),
        Cow::Borrowed(text) => {
            let found = part(text);
            // The part lies within the text, or is empty: its place gives the borrow that lives as long.
            let start = (found.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
            let place = start.and_then(|start| text.get(start..start + found.len()));
            match place.filter(|_| !found.is_empty()) {
                Some(found) => Value::text(found),
                None => Value::Text(Cow::Owned(found.to_owned())),
            }
        }
    }
}

/// SQL's `AND` for `identity` true, and `OR` for false: the other truth decides at once, and one that is
/// unknown leaves the whole unknown otherwise.
pub(crate) fn every(truths: impl Iterator<Item = Option<bool>>, identity: bool) -> Option<bool> {
    let mut answer = Some(identity);
    for truth in truths {
        match truth {
            Some(truth) if truth != identity => return Some(truth),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

impl Relation {
    /// Whether it holds between two values.
    pub(crate) fn holds(self, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
        match self {
            Self::Equal => left.same(right),
            Self::Unequal => left.same(right).map(|same| !same),
            Self::Distinct => Some(match (left.is_missing(), right.is_missing()) {
                (false, false) => left.same(right) != Some(true),
                (left, right) => left != right,
            }),
            Self::Like | Self::LikeAnyCase => {
                let (text, pattern) = (left.as_text()?, right.as_text()?);
                Some(match self {
                    Self::Like => texts::is_like(&text, &pattern),
                    _ => texts::is_like(&texts::lower(&text), &texts::lower(&pattern)),
                })
            }
            _ => left.order(right).map(|order| self.is(order)),
        }
    }

    /// Whether it holds between two numbers; unknown where the first is none.
    pub(crate) fn of_numbers(self, left: f64, right: f64) -> Option<bool> {
        let order = left.partial_cmp(&right)?;
        Some(match self {
            Self::Equal => order.is_eq(),
            Self::Unequal | Self::Distinct => order.is_ne(),
            _ => self.is(order),
        })
    }

    /// The relation between the same two in the other order.
    pub(crate) fn mirrored(self) -> Option<Self> {
        Some(match self {
            Self::Equal | Self::Unequal => self,
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            Self::Distinct | Self::Like | Self::LikeAnyCase => return None,
        })
    }

    fn is(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            _ => order.is_ge(),
        }
    }
}

impl Operator {
    /// The result of two values.
    pub(crate) fn of(self, left: &Value<'_>, right: &Value<'_>) -> Value<'static> {
        match self {
            Self::Join => {
                let both = left.as_text().zip(right.as_text());
                return Value::of_text(
                    both.map(|(left, right)| Cow::Owned(format!("{left}{right}"))),
                );
            }
            // Two days apart is a count of days; all else is calculated with numbers.
            Self::Subtract => {
                if let (Value::Day(left), Value::Day(right)) = (left, right) {
                    return Value::Number(f64::from(*left) - f64::from(*right));
                }
            }
            _ => {}
        }
        let both = left.number().zip(right.number());
        Value::of_number(both.and_then(|(left, right)| self.number(left, right)))
    }

    fn number(self, left: f64, right: f64) -> Option<f64> {
        let is_divided_whole = matches!(self, Self::DivideWhole | Self::Remainder);
        if is_divided_whole && right == 0.0 {
            return None;
        }
        Some(match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::DivideWhole if left.fract() == 0.0 && right.fract() == 0.0 => {
                (left / right).trunc()
            }
            Self::DivideWhole => left / right,
            Self::Remainder => left % right,
            Self::Power | Self::Join => left.powf(right),
        })
    }
}

/// The value as a number of the kind a function wants.
pub(crate) fn number_of(value: &Value<'_>, kind: Kind) -> Option<f64> {
    match kind {
        Kind::Instant => value.micros().map(|micros| micros as f64 / 1e6),
        _ => value.number(),
    }
}

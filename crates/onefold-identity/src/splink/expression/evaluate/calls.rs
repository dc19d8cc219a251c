//! Calls of functions by their arguments.
//!
//! Invariant: a function of a missing argument is missing, except for those that choose among arguments.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    super::super::value::{Kind, Value},
    Evaluator, Expression, extracted, lists, number_of, texts,
};
use crate::splink::expression::Function;

impl<'v> Evaluator<'_, 'v> {
    pub(super) fn call(self, function: Function, arguments: &'v [Expression]) -> Value<'v> {
        let argument = |place: usize| {
            arguments
                .get(place)
                .map_or(Value::Missing, |it| self.value(it))
        };
        match function {
            Function::Coalesce => {
                let mut values = arguments.iter().map(|argument| self.value(argument));
                values.find(|value| !value.is_missing()).unwrap_or_default()
            }
            Function::Greatest | Function::Least => {
                let values: Vec<Value<'v>> = arguments.iter().map(|it| self.value(it)).collect();
                let wanted = if function == Function::Greatest {
                    Ordering::Greater
                } else {
                    Ordering::Less
                };
                lists::extreme(&values, wanted)
            }
            Function::NullIf => {
                let (value, other) = (argument(0), argument(1));
                if value.same(&other) == Some(true) {
                    Value::Missing
                } else {
                    value
                }
            }
            Function::Concat | Function::ConcatWith => self.concat(function, arguments),
            Function::Length => match argument(0) {
                Value::List(items) => Value::Number(items.len() as f64),
                other => Value::of_number(other.as_text().map(|text| text.chars().count() as f64)),
            },
            Function::Lower
            | Function::Upper
            | Function::Trim
            | Function::TrimStart
            | Function::TrimEnd
            | Function::Substring
            | Function::Left
            | Function::Right
            | Function::SplitPart
            | Function::Replace
            | Function::Split => self.text_call(function, arguments).unwrap_or_default(),
            Function::Contains | Function::StartsWith | Function::EndsWith => {
                let (text, part) = (argument(0), argument(1));
                let both = text.as_text().zip(part.as_text());
                Value::of_truth(both.map(|(text, part)| match function {
                    Function::Contains => text.contains(&*part),
                    Function::StartsWith => text.starts_with(&*part),
                    _ => text.ends_with(&*part),
                }))
            }
            Function::ListLength
            | Function::ListIntersect
            | Function::ListDistinct
            | Function::ListContains
            | Function::ListHasAny
            | Function::ListMaximum
            | Function::ListMinimum
            | Function::ListConcat
            | Function::ListJoin
            | Function::Flatten
            | Function::CosineSimilarity => {
                list_call(function, &argument(0), &argument(1)).unwrap_or_default()
            }
            _ => Value::of_number(number_call(function, &argument(0), &argument(1))),
        }
    }

    /// `concat` passes over missing arguments, and `concat_ws` puts its first between the others.
    fn concat(self, function: Function, arguments: &'v [Expression]) -> Value<'v> {
        let values: Vec<Value<'v>> = arguments.iter().map(|it| self.value(it)).collect();
        if function == Function::Concat {
            return Value::Text(Cow::Owned(lists::join(&values, "")));
        }
        let separator = values.first().and_then(Value::as_text);
        let rest = values.get(1..).unwrap_or_default();
        Value::of_text(separator.map(|separator| Cow::Owned(lists::join(rest, &separator))))
    }

    fn text_call(self, function: Function, arguments: &'v [Expression]) -> Option<Value<'v>> {
        let mut values = arguments.iter().map(|argument| self.value(argument));
        let text = values.next()?.into_text()?;
        let (second, third) = (values.next(), values.next());
        let number = |value: &Option<Value<'v>>| value.as_ref().and_then(Value::number);
        let second_text = || second.as_ref().and_then(Value::as_text);
        Some(match function {
            Function::Lower => recased(text, texts::lower),
            Function::Upper => recased(text, texts::upper),
            Function::Trim | Function::TrimStart | Function::TrimEnd => {
                let letters = match &second {
                    None => Cow::Borrowed(" "),
                    Some(value) => value.as_text()?,
                };
                extracted(text, |text| trimmed(function, text, &letters))
            }
            Function::Substring => {
                let start = number(&second)?;
                let length = match &third {
                    None => None,
                    given => Some(number(given)?),
                };
                extracted(text, |text| texts::substring(text, start, length))
            }
            Function::Left | Function::Right => {
                let count = number(&second)?;
                let part = if function == Function::Left {
                    texts::left
                } else {
                    texts::right
                };
                extracted(text, |text| part(text, count))
            }
            Function::SplitPart => {
                let (separator, place) = (second_text()?, number(&third)?);
                extracted(text, |text| texts::split_part(text, &separator, place))
            }
            Function::Replace => {
                let (from, to) = (second_text()?, third.as_ref()?.as_text()?);
                match from.is_empty() {
                    true => Value::Text(text),
                    false => Value::Text(Cow::Owned(text.replace(&*from, &to))),
                }
            }
            _ => {
                let separator = second_text()?;
                let owned = |part: &str| Value::Text(Cow::Owned(part.to_owned()));
                Value::List(match (text.is_empty(), separator.is_empty()) {
                    (true, _) => [owned("")].into(),
                    (false, true) => text.chars().map(|it| owned(&it.to_string())).collect(),
                    (false, false) => text.split(&*separator).map(owned).collect(),
                })
            }
        })
    }
}

/// A text in another case, borrowed where nothing changes.
fn recased<'v>(text: Cow<'v, str>, recase: fn(&str) -> Cow<'_, str>) -> Value<'v> {
    match text {
        Cow::Borrowed(text) => Value::Text(recase(text)),
        Cow::Owned(text) => Value::Text(Cow::Owned(recase(&text).into_owned())),
    }
}

fn trimmed<'t>(function: Function, text: &'t str, letters: &str) -> &'t str {
    let is_trimmed = |letter: char| letters.contains(letter);
    match function {
        Function::TrimStart => text.trim_start_matches(is_trimmed),
        Function::TrimEnd => text.trim_end_matches(is_trimmed),
        _ => text.trim_matches(is_trimmed),
    }
}

fn list_call<'v>(function: Function, first: &Value<'v>, second: &Value<'v>) -> Option<Value<'v>> {
    let items = first.items()?;
    Some(match function {
        Function::ListLength => Value::Number(items.len() as f64),
        Function::ListDistinct => Value::List(lists::distinct(&items).into()),
        Function::ListMaximum => lists::extreme(&items, Ordering::Greater),
        Function::ListMinimum => lists::extreme(&items, Ordering::Less),
        Function::Flatten => Value::List(lists::flatten(&items).into()),
        Function::ListContains if second.is_missing() => Value::Missing,
        Function::ListContains => Value::Boolean(lists::contains(&items, second)),
        Function::ListJoin => Value::Text(Cow::Owned(lists::join(&items, &second.as_text()?))),
        _ => {
            // An intersection with nothing is empty, and the other way round it is missing.
            if function == Function::ListIntersect && second.is_missing() {
                return Some(Value::List([].into()));
            }
            let others = second.items()?;
            match function {
                Function::ListIntersect => Value::List(lists::intersect(&items, &others).into()),
                Function::ListHasAny => {
                    Value::Boolean(items.iter().any(|it| lists::contains(&others, it)))
                }
                Function::ListConcat => {
                    Value::List(items.iter().chain(&*others).cloned().collect())
                }
                _ => Value::of_number(lists::cosine(&items, &others)),
            }
        }
    })
}

fn number_call(function: Function, first: &Value<'_>, second: &Value<'_>) -> Option<f64> {
    if function == Function::Epoch {
        return number_of(first, Kind::Instant);
    }
    let number = first.number()?;
    Some(match function {
        Function::Absolute => number.abs(),
        Function::Round => rounded(number, second)?,
        Function::Floor => number.floor(),
        Function::Ceiling => number.ceil(),
        Function::SquareRoot => number.sqrt(),
        Function::Power => number.powf(second.number()?),
        Function::NaturalLogarithm => number.ln(),
        Function::Logarithm2 => number.log2(),
        Function::Logarithm10 => number.log10(),
        Function::Exponential => number.exp(),
        Function::Radians => number.to_radians(),
        Function::Degrees => number.to_degrees(),
        Function::Sine => number.sin(),
        Function::Cosine => number.cos(),
        Function::Tangent => number.tan(),
        Function::ArcSine => number.asin(),
        Function::ArcCosine => number.acos(),
        Function::ArcTangent => number.atan(),
        _ => return None,
    })
}

/// Rounded half away from zero, to so many decimal places.
fn rounded(number: f64, places: &Value<'_>) -> Option<f64> {
    if places.is_missing() {
        return Some(number.round());
    }
    let power = 10_f64.powf(places.number()?.trunc());
    let rounded = (number * power).round() / power;
    Some(if rounded.is_finite() { rounded } else { number })
}

//! Functions of lists.
//!
//! Invariant: items that are missing are no member of a result, as in SQL, unless it is said otherwise.

use std::{borrow::Cow, cmp::Ordering};

use super::super::super::value::Value;

/// The item of this number, from 1 or, below zero, from the end; of a text its letter.
pub(super) fn item<'v>(list: &Value<'v>, number: &Value<'v>) -> Value<'v> {
    let (Some(items), Some(number)) = (list.items(), number.number()) else {
        return Value::Missing;
    };
    let place = match number as i64 {
        number @ 1.. => usize::try_from(number - 1).ok(),
        0 => None,
        number => usize::try_from(number.unsigned_abs())
            .ok()
            .and_then(|it| items.len().checked_sub(it)),
    };
    place
        .and_then(|place| items.get(place))
        .cloned()
        .unwrap_or_default()
}

/// The distinct items of the first list that are in the second too.
pub(super) fn intersect<'v>(left: &[Value<'v>], right: &[Value<'v>]) -> Vec<Value<'v>> {
    let mut both: Vec<Value<'v>> = Vec::new();
    for item in left {
        if contains(right, item) && !contains(&both, item) {
            both.push(item.clone());
        }
    }
    both
}

pub(super) fn distinct<'v>(items: &[Value<'v>]) -> Vec<Value<'v>> {
    intersect(items, items)
}

pub(super) fn contains(items: &[Value<'_>], wanted: &Value<'_>) -> bool {
    items.iter().any(|item| item.same(wanted) == Some(true))
}

/// The item for which no other stands in `wanted` order to it.
pub(super) fn extreme<'v>(items: &[Value<'v>], wanted: Ordering) -> Value<'v> {
    let present = items.iter().filter(|item| !item.is_missing());
    let best = present.reduce(|best, item| {
        if item.order(best) == Some(wanted) {
            item
        } else {
            best
        }
    });
    best.cloned().unwrap_or_default()
}

/// The items of the lists within a list; lists that are missing are passed over.
pub(super) fn flatten<'v>(items: &[Value<'v>]) -> Vec<Value<'v>> {
    let inner = items.iter().filter_map(Value::items);
    inner.flat_map(Cow::into_owned).collect()
}

pub(super) fn join(items: &[Value<'_>], separator: &str) -> String {
    let texts: Vec<Cow<'_, str>> = items.iter().filter_map(Value::as_text).collect();
    texts.join(separator)
}

/// The cosine of the angle between two lists of numbers.
pub(super) fn cosine(left: &[Value<'_>], right: &[Value<'_>]) -> Option<f64> {
    let numbers = |items: &[Value<'_>]| {
        items
            .iter()
            .map(Value::number)
            .collect::<Option<Vec<f64>>>()
    };
    let (left, right) = (numbers(left)?, numbers(right)?);
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let length = (product(&left, &left) * product(&right, &right)).sqrt();
    let cosine = product(&left, &right) / length;
    (left.len() == right.len()).then(|| cosine.clamp(-1.0, 1.0))
}

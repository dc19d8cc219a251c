//! One value of SQL: missing, or a truth, number, text, day, instant or list.
//!
//! Invariant: nothing here fails. A value that cannot be read as what an operation wants is missing, as
//! after `TRY_CAST`; comparisons follow SQL's three-valued logic, and what cannot be compared is unknown.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use super::{list, time};

/// A value of a row, or of an expression over one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Value<'a> {
    /// SQL's `NULL`.
    #[default]
    Missing,
    /// A truth.
    Boolean(bool),
    /// A number; whole numbers are exact up to 2^53.
    Number(f64),
    /// A text, compared by its bytes.
    Text(Cow<'a, str>),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since 1970-01-01, without a time zone.
    Instant(i64),
    /// A list.
    List(Arc<[Value<'a>]>),
}

/// What a value can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    /// A number of 32 bits.
    Real,
    Boolean,
    Day,
    Instant,
    List,
}

impl<'a> Value<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn of_truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Missing, Self::Boolean)
    }

    pub(super) fn of_number(number: Option<f64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }

    pub(super) fn of_text(text: Option<Cow<'a, str>>) -> Self {
        text.map_or(Self::Missing, Self::Text)
    }

    /// Whether it is SQL's `NULL`.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The truth of a condition; unknown where it is missing.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            Self::Number(number) => Some(*number != 0.0),
            Self::Text(text) => read_truth(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => read_number(text),
            Self::Boolean(truth) => Some(f64::from(u8::from(*truth))),
            _ => None,
        }
    }

    /// Its text, as a cast to `VARCHAR` gives it.
    #[inline]
    pub(super) fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Missing => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            other => Some(Cow::Owned(other.written())),
        }
    }

    /// As [`as_text`](Value::as_text), keeping what was borrowed.
    pub(super) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Missing => None,
            Self::Text(text) => Some(text),
            other => Some(Cow::Owned(other.written())),
        }
    }

    /// Microseconds since 1970-01-01.
    pub(super) fn micros(&self) -> Option<i64> {
        match self {
            Self::Day(day) => Some(i64::from(*day) * time::DAY_MICROS),
            Self::Instant(micros) => Some(*micros),
            Self::Text(text) => time::read_instant(text),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> Option<Cow<'_, [Value<'a>]>> {
        match self {
            Self::List(items) => Some(Cow::Borrowed(items)),
            Self::Text(text) => Some(Cow::Owned(list::read(text))),
            _ => None,
        }
    }

    /// The value as another kind; missing where it is none.
    pub(super) fn cast(self, kind: Kind) -> Value<'a> {
        match kind {
            Kind::Text => Self::of_text(self.into_text()),
            Kind::Number => Self::of_number(self.number()),
            Kind::Real => Self::of_number(self.number().map(|number| f64::from(number as f32))),
            Kind::Integer => Self::of_number(self.whole()),
            Kind::Boolean => Self::of_truth(self.truth()),
            Kind::Instant => self.micros().map_or(Self::Missing, Self::Instant),
            Kind::Day => match self {
                Self::Day(day) => Self::Day(day),
                Self::Text(text) => time::read_day(&text).map_or(Self::Missing, Self::Day),
                other => other.day().map_or(Self::Missing, Self::Day),
            },
            Kind::List => match self {
                Self::Text(text) => Self::List(list::read(&text).into()),
                list @ Self::List(_) => list,
                _ => Self::Missing,
            },
        }
    }

    fn day(&self) -> Option<i32> {
        let days = self.micros()?.div_euclid(time::DAY_MICROS);
        i32::try_from(days).ok()
    }

    /// A whole number: a text is rounded half away from zero, a number half to even.
    fn whole(&self) -> Option<f64> {
        let rounded = match self {
            Self::Text(text) => read_number(text)?.round(),
            other => other.number()?.round_ties_even(),
        };
        rounded.is_finite().then_some(rounded)
    }

    fn written(&self) -> String {
        match self {
            Self::Missing => "NULL".to_owned(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Day(day) => time::write_day(*day),
            Self::Instant(micros) => time::write_instant(*micros),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::written).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }

    /// The order of two values of one type; nothing where one is missing or they cannot be compared.
    /// A text beside another type is read as that type.
    pub(super) fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Missing, _) | (_, Value::Missing) => None,
            (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Value::Number(a), Value::Number(b)) => Some(order_numbers(*a, *b)),
            (Value::List(a), Value::List(b)) => Some(order_lists(a, b)),
            (Value::List(a), Value::Text(b)) => Some(order_lists(a, &list::read(b))),
            (Value::Text(a), Value::List(b)) => Some(order_lists(&list::read(a), b)),
            (Value::List(_), _) | (_, Value::List(_)) => None,
            (Value::Day(_) | Value::Instant(_), _) | (_, Value::Day(_) | Value::Instant(_)) => {
                Some(self.micros()?.cmp(&other.micros()?))
            }
            (Value::Boolean(_), _) | (_, Value::Boolean(_)) => {
                Some(self.truth()?.cmp(&other.truth()?))
            }
            _ => Some(order_numbers(self.number()?, other.number()?)),
        }
    }

    /// Whether two values are equal; unknown where one is missing.
    #[inline]
    pub(super) fn same(&self, other: &Value<'_>) -> Option<bool> {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(a == b),
            _ => self.order(other).map(Ordering::is_eq),
        }
    }

    /// Appends bytes that are the same for two values if and only if SQL calls them equal, or nothing and
    /// `false` where the value is missing and equal to none.
    pub(super) fn write_key(&self, key: &mut Vec<u8>) -> bool {
        let written = match self {
            Self::Missing => return false,
            Self::Text(text) => Cow::Borrowed(&**text),
            Self::Number(number) if *number == 0.0 => Cow::Borrowed("0"),
            // A day equals the instant of its midnight.
            Self::Day(_) | Self::Instant(_) => {
                Cow::Owned(self.micros().unwrap_or_default().to_string())
            }
            other => Cow::Owned(other.written()),
        };
        key.extend_from_slice(
            &u32::try_from(written.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        key.extend_from_slice(written.as_bytes());
        true
    }

    /// The value with its text copied, for those who keep it longer than its row.
    pub(super) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Missing => Value::Missing,
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Day(day) => Value::Day(day),
            Self::Instant(micros) => Value::Instant(micros),
            Self::List(items) => {
                Value::List(items.iter().cloned().map(Value::into_owned).collect())
            }
        }
    }
}

/// Numbers as SQL orders them: not-a-number equals itself and is above all others.
fn order_numbers(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Item by item; a missing item equals another and is above all others.
fn order_lists(a: &[Value<'_>], b: &[Value<'_>]) -> Ordering {
    for (a, b) in a.iter().zip(b) {
        let order = match (a.is_missing(), b.is_missing()) {
            (false, false) => a.order(b).unwrap_or(Ordering::Equal),
            (a, b) => a.cmp(&b),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn read_truth(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    match word.as_str() {
        "true" | "t" | "1" | "yes" | "y" => Some(true),
        "false" | "f" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// A decimal number with spaces around it.
pub(super) fn read_number(text: &str) -> Option<f64> {
    text.trim_matches(|letter: char| letter.is_ascii_whitespace())
        .parse()
        .ok()
}

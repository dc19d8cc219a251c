//! Values of one property or trait, one for each occurrence or person, in the narrowest form that holds them.
//!
//! Invariant: what is read is what was pushed: numbers keep their value (not their places), everything
//! else stays as it was; an explicit null is absent.

use onefold_event::{Decimal, Timestamp, Value};
use rustc_hash::FxHashMap;

/// What stands for an absent number or time.
pub(crate) const ABSENT: i64 = i64::MIN;
/// What stands for an absent text.
pub(crate) const NO_TEXT: u32 = u32::MAX;
/// What stands for an absent truth value.
const NO_BOOL: u8 = 2;
/// More decimal places than these are kept as they are.
const PLACES_MAX: u32 = 12;

/// Different texts, numbered in the order in which they were first seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    list: Vec<Box<str>>,
    codes: FxHashMap<Box<str>, u32>,
}

impl Texts {
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        // Fewer texts than numbers: each takes more than 32 bytes.
        let code = u32::try_from(self.list.len()).unwrap_or(NO_TEXT - 1);
        self.list.push(text.into());
        self.codes.insert(text.into(), code);
        code
    }

    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        self.list.get(code as usize).map(|text| &**text)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.list.iter().map(|text| &**text)
    }

    pub(crate) fn bytes(&self) -> usize {
        let texts: usize = self.list.iter().map(|text| 2 * text.len()).sum();
        texts + self.list.len() * 16 + self.codes.capacity() * 25
    }
}

/// One value on its way into a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Absent,
    /// `mantissa` / 10^`scale`.
    Number {
        mantissa: i64,
        scale: u32,
    },
    /// The code of the text.
    Text(u32),
    Bool(bool),
    /// Microseconds; read back as RFC 3339 text.
    #[cfg_attr(
        not(feature = "arrow"),
        expect(dead_code, reason = "only typed columns tell times from text")
    )]
    Time(i64),
    Other(Value),
}

impl Cell {
    pub(crate) fn of(value: Option<Value>, texts: &mut Texts) -> Self {
        match value {
            None | Some(Value::Null) => Self::Absent,
            Some(Value::Bool(value)) => Self::Bool(value),
            Some(Value::Text(text)) => Self::Text(texts.code(&text)),
            Some(Value::Number(number)) => Self::number(number),
            Some(other) => Self::Other(other),
        }
    }

    pub(crate) fn number(number: Decimal) -> Self {
        let short = if number.scale() > PLACES_MAX {
            number.normalize()
        } else {
            number
        };
        match i64::try_from(short.mantissa()) {
            Ok(mantissa) if mantissa != ABSENT && short.scale() <= PLACES_MAX => Self::Number {
                mantissa,
                scale: short.scale(),
            },
            _ => Self::Other(Value::Number(number)),
        }
    }

    /// The number that the shortest text of a float says; for what is none or has too many digits, that text.
    #[cfg_attr(
        not(any(feature = "arrow", test)),
        expect(dead_code, reason = "only typed columns have floats")
    )]
    pub(crate) fn float(float: f64) -> Self {
        let cents = (float * 100.0).round();
        // Up to 15 digits, one decimal at most is nearest to a float: then this is the one its text says.
        if cents.abs() < 1e15 && cents / 100.0 == float {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 10^15"
            )]
            return Self::Number {
                mantissa: cents as i64,
                scale: 2,
            };
        }
        Self::written(&float.to_string())
    }

    /// The number that a text says. Other than a missing value, one of too many digits is a fault where
    /// something is calculated from it, as everywhere.
    pub(crate) fn written(text: &str) -> Self {
        let kept = || Self::Other(Value::Json(text.into()));
        Value::exact_number(text).map_or_else(kept, Self::number)
    }

    fn value(self, texts: &Texts) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Number { mantissa, scale } => Value::Number(Decimal::new(mantissa, scale)),
            Self::Text(code) => Value::text(texts.get(code).unwrap_or_default()),
            Self::Bool(value) => Value::Bool(value),
            Self::Time(micros) => time_text(micros),
            Self::Other(value) => value,
        }
    }
}

fn time_text(micros: i64) -> Value {
    Value::Text(Timestamp::from_micros(micros).to_string().into())
}

/// A column, while it grows and after.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    /// So many, all absent.
    Absent(usize),
    Numbers {
        scale: u32,
        mantissas: Vec<i64>,
    },
    Texts(Vec<u32>),
    Bools(Vec<u8>),
    Times(Vec<i64>),
    /// Anything else; null is absent.
    Mixed(Vec<Value>),
}

impl Default for Column {
    fn default() -> Self {
        Self::Absent(0)
    }
}

impl Column {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Absent(len) => *len,
            Self::Numbers { mantissas, .. } => mantissas.len(),
            Self::Texts(codes) => codes.len(),
            Self::Bools(values) => values.len(),
            Self::Times(times) => times.len(),
            Self::Mixed(values) => values.len(),
        }
    }

    pub(crate) fn push(&mut self, cell: Cell, texts: &Texts) {
        match (&mut *self, cell) {
            (Self::Absent(len), Cell::Absent) => *len += 1,
            (Self::Numbers { mantissas: all, .. } | Self::Times(all), Cell::Absent) => {
                all.push(ABSENT);
            }
            (Self::Texts(codes), Cell::Absent) => codes.push(NO_TEXT),
            (Self::Bools(values), Cell::Absent) => values.push(NO_BOOL),
            (Self::Texts(codes), Cell::Text(code)) => codes.push(code),
            (Self::Bools(values), Cell::Bool(value)) => values.push(u8::from(value)),
            (Self::Times(times), Cell::Time(time)) => times.push(time),
            (Self::Mixed(values), cell) => values.push(cell.value(texts)),
            (
                Self::Numbers {
                    scale: known,
                    mantissas,
                },
                Cell::Number { mantissa, scale },
            ) if *known == scale => mantissas.push(mantissa),
            (_, cell) => self.push_other(cell, texts),
        }
    }

    /// A first value, a number of other places, or a value of another kind.
    fn push_other(&mut self, cell: Cell, texts: &Texts) {
        match (&mut *self, &cell) {
            (Self::Absent(len), cell) => *self = Self::begun(*len, cell),
            (
                Self::Numbers { scale, mantissas },
                Cell::Number {
                    mantissa,
                    scale: other,
                },
            ) => {
                if let Some((wider, mantissa)) = rescaled(*scale, mantissas, *mantissa, *other) {
                    *scale = wider;
                    mantissas.push(mantissa);
                    return;
                }
                self.mix(texts);
            }
            _ => self.mix(texts),
        }
        self.push(cell, texts);
    }

    /// So many absent values of the kind of a cell.
    fn begun(len: usize, cell: &Cell) -> Self {
        match cell {
            Cell::Absent => Self::Absent(len),
            Cell::Number { scale, .. } => Self::Numbers {
                scale: *scale,
                mantissas: vec![ABSENT; len],
            },
            Cell::Text(_) => Self::Texts(vec![NO_TEXT; len]),
            Cell::Bool(_) => Self::Bools(vec![NO_BOOL; len]),
            Cell::Time(_) => Self::Times(vec![ABSENT; len]),
            Cell::Other(_) => Self::Mixed(vec![Value::Null; len]),
        }
    }

    fn mix(&mut self, texts: &Texts) {
        let values = (0..self.len()).map(|at| self.value(at, texts).unwrap_or(Value::Null));
        *self = Self::Mixed(values.collect());
    }

    /// The value at a place; `None` where it is absent.
    pub(crate) fn value(&self, at: usize, texts: &Texts) -> Option<Value> {
        match self {
            Self::Absent(_) => None,
            Self::Numbers { scale, mantissas } => mantissas
                .get(at)
                .filter(|mantissa| **mantissa != ABSENT)
                .map(|mantissa| Value::Number(Decimal::new(*mantissa, *scale))),
            Self::Texts(codes) => texts.get(*codes.get(at)?).map(Value::text),
            Self::Bools(values) => {
                let value = values.get(at).filter(|value| **value != NO_BOOL);
                value.map(|value| Value::Bool(*value == 1))
            }
            Self::Times(times) => {
                let time = times.get(at).filter(|time| **time != ABSENT);
                time.map(|time| time_text(*time))
            }
            Self::Mixed(values) => values
                .get(at)
                .filter(|value| **value != Value::Null)
                .cloned(),
        }
    }

    /// The column in another order: the value at each place is the one that was at `order[place]`.
    pub(crate) fn ordered(self, order: &[u32]) -> Self {
        fn picked<T: Clone>(values: &[T], order: &[u32]) -> Vec<T> {
            let places = order.iter().filter_map(|at| values.get(*at as usize));
            places.cloned().collect()
        }
        match self {
            Self::Absent(_) => Self::Absent(order.len()),
            Self::Numbers { scale, mantissas } => Self::Numbers {
                scale,
                mantissas: picked(&mantissas, order),
            },
            Self::Texts(codes) => Self::Texts(picked(&codes, order)),
            Self::Bools(values) => Self::Bools(picked(&values, order)),
            Self::Times(times) => Self::Times(picked(&times, order)),
            Self::Mixed(values) => Self::Mixed(picked(&values, order)),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Absent(_) => 0,
            Self::Numbers { mantissas, .. } => mantissas.capacity() * 8,
            Self::Texts(codes) => codes.capacity() * 4,
            Self::Bools(values) => values.capacity(),
            Self::Times(times) => times.capacity() * 8,
            Self::Mixed(values) => values.capacity() * size_of::<Value>(),
        }
    }
}

/// Brings a column and a new number to the larger number of places, if all still fit.
fn rescaled(scale: u32, mantissas: &mut [i64], new: i64, new_scale: u32) -> Option<(u32, i64)> {
    if new_scale < scale {
        let new = new.checked_mul(10_i64.checked_pow(scale - new_scale)?)?;
        return (new != ABSENT).then_some((scale, new));
    }
    let factor = 10_i64.checked_pow(new_scale - scale)?;
    let fits = |mantissa: &i64| {
        *mantissa == ABSENT || mantissa.checked_mul(factor).is_some_and(|m| m != ABSENT)
    };
    if !mantissas.iter().all(fits) {
        return None;
    }
    let present = mantissas.iter_mut().filter(|mantissa| **mantissa != ABSENT);
    present.for_each(|mantissa| *mantissa *= factor);
    Some((new_scale, new))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            4 => (any::<i64>(), 0..5_u32).prop_map(|(m, s)| Value::Number(Decimal::new(m % 1_000, s))),
            1 => (any::<i64>(), 0..28_u32).prop_map(|(m, s)| Value::Number(Decimal::new(m, s))),
            1 => prop::sample::select(&["", "a", "b"]).prop_map(Value::from),
            1 => any::<bool>().prop_map(Value::Bool),
            1 => Just(Value::Null),
            1 => Just(Value::Json("[]".into())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_pushed(values in prop::collection::vec(value(), 0..12)) {
            let (mut column, mut texts) = (Column::default(), Texts::default());
            for value in &values {
                let cell = Cell::of(Some(value.clone()), &mut texts);
                column.push(cell, &texts);
            }
            let order: Vec<u32> = (0..u32::try_from(values.len()).unwrap()).rev().collect();
            let reversed = column.clone().ordered(&order);
            for (at, value) in values.iter().enumerate() {
                let expected = Some(value.clone()).filter(|value| *value != Value::Null);
                prop_assert_eq!(column.value(at, &texts), expected.clone());
                prop_assert_eq!(reversed.value(values.len() - 1 - at, &texts), expected);
            }
        }

        #[test]
        fn a_float_is_what_its_text_says(mantissa in -10_000_000_i64..10_000_000, scale in 0..6_u32, wild in any::<f64>()) {
            #[expect(clippy::cast_precision_loss, reason = "seven digits")]
            let float = mantissa as f64 / f64::from(10_u32.pow(scale));
            for float in [float, wild] {
                let text = float.to_string();
                let expected = Value::exact_number(&text).map_or(Value::Json(text.into()), Value::Number);
                prop_assert_eq!(Cell::float(float).value(&Texts::default()), expected);
            }
        }
    }
}

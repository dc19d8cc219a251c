//! The values of one Arrow column as cells.
//!
//! Invariant: a type that is not read is told when the column is opened, not row by row.

use std::borrow::Cow;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float32Array, Float64Array, LargeStringArray,
    StringArray, StringViewArray, UInt64Array,
    cast::AsArray,
    types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type},
};
use arrow_schema::DataType;
use onefold_event::{Decimal, Error, ErrorKind, Result, Value};

use super::{
    super::column::{ABSENT, Cell, Texts},
    dictionary, times,
};

/// A column that cells are read from.
pub(super) struct Cells<'a> {
    form: Form<'a>,
    nulls: Option<&'a ArrayRef>,
}

enum Form<'a> {
    Absent,
    Wholes(Vec<i64>),
    Large(&'a UInt64Array),
    Float32(&'a Float32Array),
    Float64(&'a Float64Array),
    Decimals(&'a Decimal128Array, u32),
    Bools(&'a BooleanArray),
    Texts(&'a StringArray),
    LargeTexts(&'a LargeStringArray),
    ViewTexts(&'a StringViewArray),
    Times(Cow<'a, [i64]>),
    /// Keys, and each value as a cell once it was read.
    Keys(Vec<Option<usize>>, ArrayRef, Vec<Option<Cell>>),
}

impl<'a> Cells<'a> {
    pub(super) fn absent() -> Self {
        Self {
            form: Form::Absent,
            nulls: None,
        }
    }

    pub(super) fn new(array: &'a ArrayRef, name: &str) -> Result<Self> {
        macro_rules! wholes {
            ($kind:ty) => {
                Form::Wholes(
                    array
                        .as_primitive::<$kind>()
                        .values()
                        .iter()
                        .map(|value| i64::from(*value))
                        .collect(),
                )
            };
        }
        let form = match array.data_type() {
            DataType::Null => Form::Absent,
            DataType::Int8 => wholes!(Int8Type),
            DataType::Int16 => wholes!(Int16Type),
            DataType::Int32 => wholes!(Int32Type),
            DataType::Int64 => wholes!(Int64Type),
            DataType::UInt8 => wholes!(UInt8Type),
            DataType::UInt16 => wholes!(UInt16Type),
            DataType::UInt32 => wholes!(UInt32Type),
            DataType::UInt64 => Form::Large(array.as_primitive()),
            DataType::Float32 => Form::Float32(array.as_primitive()),
            DataType::Float64 => Form::Float64(array.as_primitive()),
            DataType::Decimal128(_, scale @ 0..=28) => {
                Form::Decimals(array.as_primitive(), u32::from(scale.unsigned_abs()))
            }
            DataType::Boolean => Form::Bools(array.as_boolean()),
            DataType::Utf8 => Form::Texts(array.as_string()),
            DataType::LargeUtf8 => Form::LargeTexts(array.as_string()),
            DataType::Utf8View => Form::ViewTexts(array.as_string_view()),
            DataType::Timestamp(..) | DataType::Date32 => Form::Times(times(array, name)?),
            _ => match dictionary(array) {
                Some((keys, values)) => {
                    Cells::new(&values, name)?;
                    let known = vec![None; values.len()];
                    Form::Keys(keys, values, known)
                }
                None => {
                    let kind = array.data_type();
                    let message =
                        format!("column `{name}` is of the type {kind}, which is not read");
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
            },
        };
        Ok(Self {
            form,
            nulls: (array.logical_null_count() > 0).then_some(array),
        })
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(
            self.form,
            Form::Texts(_) | Form::LargeTexts(_) | Form::ViewTexts(_)
        )
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.form, Form::Wholes(_) | Form::Large(_))
    }

    /// The text of a row, if it has one.
    #[inline]
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        if self.nulls.is_some_and(|array| array.is_null(row)) {
            return None;
        }
        match self.form {
            Form::Texts(array) => Some(array.value(row)),
            Form::LargeTexts(array) => Some(array.value(row)),
            Form::ViewTexts(array) => Some(array.value(row)),
            _ => None,
        }
    }

    /// The whole number of a row, if it has one.
    pub(super) fn whole(&self, row: usize) -> Option<i64> {
        if self.nulls.is_some_and(|array| array.is_null(row)) {
            return None;
        }
        match &self.form {
            Form::Wholes(values) => values.get(row).copied(),
            Form::Large(array) => i64::try_from(array.value(row)).ok(),
            _ => None,
        }
    }

    pub(super) fn get(&mut self, row: usize, texts: &mut Texts) -> Cell {
        if self.nulls.is_some_and(|array| array.is_null(row)) {
            return Cell::Absent;
        }
        match &mut self.form {
            Form::Absent => Cell::Absent,
            Form::Wholes(values) => values
                .get(row)
                .map_or(Cell::Absent, |mantissa| whole(*mantissa)),
            Form::Large(array) => Cell::number(array.value(row).into()),
            // By its own shortest text, not that of the wider float.
            Form::Float32(array) => Cell::written(&array.value(row).to_string()),
            Form::Float64(array) => Cell::float(array.value(row)),
            Form::Decimals(array, scale) => decimal(array.value(row), *scale),
            Form::Bools(array) => Cell::Bool(array.value(row)),
            Form::Texts(array) => Cell::Text(texts.code(array.value(row))),
            Form::LargeTexts(array) => Cell::Text(texts.code(array.value(row))),
            Form::ViewTexts(array) => Cell::Text(texts.code(array.value(row))),
            Form::Times(times) => {
                let time = times.get(row).filter(|time| **time != ABSENT);
                time.map_or(Cell::Absent, |time| Cell::Time(*time))
            }
            Form::Keys(keys, values, known) => {
                let Some(key) = keys.get(row).copied().flatten() else {
                    return Cell::Absent;
                };
                let Some(place) = known.get_mut(key) else {
                    return Cell::Absent;
                };
                let read = || {
                    let one = values.slice(key, 1);
                    let cells = Cells::new(&one, "");
                    cells.map_or(Cell::Absent, |mut cells| cells.get(0, texts))
                };
                place.get_or_insert_with(read).clone()
            }
        }
    }
}

/// A decimal without the zeros at its end, which need no digits.
fn decimal(mantissa: i128, scale: u32) -> Cell {
    let (mut short, mut places) = (mantissa, scale);
    while places > 0 && short % 10 == 0 {
        (short, places) = (short / 10, places - 1);
    }
    match Decimal::try_from_i128_with_scale(short, places) {
        Ok(number) => Cell::number(number),
        Err(_) => Cell::written(&format!("{short}e-{places}")),
    }
}

fn whole(mantissa: i64) -> Cell {
    match mantissa {
        i64::MIN => Cell::Other(Value::Number(mantissa.into())),
        mantissa => Cell::Number { mantissa, scale: 0 },
    }
}

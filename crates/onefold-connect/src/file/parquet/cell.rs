//! One value of a column of a Parquet file.
//!
//! Invariant: no number loses a digit; what JSON cannot say (a float that is no number) is null.

use std::borrow::Cow;

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType,
    cast::AsArray,
    types::{
        Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
        Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
        Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
        TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
        UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use onefold_event::{Timestamp, Value};

use crate::mapping::Cell;

/// The value of this row. Dates and times without a zone are text, to be read by the mapping's zone.
pub(super) fn cell_of(array: &ArrayRef, row: usize) -> Cell<'_> {
    if row >= array.len() || array.is_null(row) {
        return Cell::Null;
    }
    let digits = |text: Option<String>| text.map_or(Cell::Null, |t| Cell::Digits(Cow::Owned(t)));
    match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => array
            .as_boolean_opt()
            .map_or(Cell::Null, |array| Cell::Bool(array.value(row))),
        DataType::Int8 => digits(integer::<Int8Type>(array, row)),
        DataType::Int16 => digits(integer::<Int16Type>(array, row)),
        DataType::Int32 => digits(integer::<Int32Type>(array, row)),
        DataType::Int64 => digits(integer::<Int64Type>(array, row)),
        DataType::UInt8 => digits(integer::<UInt8Type>(array, row)),
        DataType::UInt16 => digits(integer::<UInt16Type>(array, row)),
        DataType::UInt32 => digits(integer::<UInt32Type>(array, row)),
        DataType::UInt64 => digits(integer::<UInt64Type>(array, row)),
        DataType::Float16 => {
            let number = native::<Float16Type>(array, row).map(|number| number.to_f32());
            digits(number.filter(|n| n.is_finite()).map(|n| n.to_string()))
        }
        DataType::Float32 => {
            let number = native::<Float32Type>(array, row).filter(|n| n.is_finite());
            digits(number.map(|number| number.to_string()))
        }
        DataType::Float64 => {
            let number = native::<Float64Type>(array, row).filter(|n| n.is_finite());
            digits(number.map(|number| number.to_string()))
        }
        DataType::Decimal32(..) => digits(decimal::<Decimal32Type>(array, row)),
        DataType::Decimal64(..) => digits(decimal::<Decimal64Type>(array, row)),
        DataType::Decimal128(..) => digits(decimal::<Decimal128Type>(array, row)),
        DataType::Decimal256(..) => digits(decimal::<Decimal256Type>(array, row)),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => text(array, row),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => bytes(array, row),
        DataType::Date32 => date(native::<Date32Type>(array, row).map(|d| i64::from(d) * DAY)),
        DataType::Date64 => {
            date(native::<Date64Type>(array, row).and_then(|ms| ms.checked_mul(1_000)))
        }
        DataType::Timestamp(unit, zone) => timestamp(array, row, unit, zone.is_some()),
        DataType::Struct(_)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Map(..) => {
            let mut out = String::new();
            write_json(array, row, &mut out);
            Cell::Json(Cow::Owned(out))
        }
        DataType::Time32(unit) | DataType::Time64(unit) => owned(time_of_day(array, row, unit)),
        // Refused when the file was opened.
        _ => Cell::Null,
    }
}

/// Whether [`cell_of`] has a value for this type and all in it: for all of Parquet's own but intervals.
pub(super) fn is_readable(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => is_readable(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_readable(field.data_type())),
        // The reader drops the months of an interval.
        DataType::Interval(_)
        | DataType::Dictionary(..)
        | DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::Duration(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => false,
        _ => true,
    }
}

fn owned(text: Option<String>) -> Cell<'static> {
    text.map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text)))
}

/// Writes an object with one member for each array.
pub(super) fn write_object<'a>(
    members: impl Iterator<Item = (&'a str, &'a ArrayRef)>,
    row: usize,
    out: &mut String,
) {
    out.push('{');
    for (at, (name, array)) in members.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&Value::text(name).to_json());
        out.push(':');
        write_json(array, row, out);
    }
    out.push('}');
}

fn write_json(array: &ArrayRef, row: usize, out: &mut String) {
    if array.is_null(row) {
        return out.push_str("null");
    }
    if let Some(list) = items(array, row) {
        out.push('[');
        for at in 0..list.len() {
            if at > 0 {
                out.push(',');
            }
            write_json(&list, at, out);
        }
        return out.push(']');
    }
    if let Some(map) = array.as_map_opt() {
        let entries = map.value(row);
        let pair = entries.columns();
        let (Some(keys), Some(values)) = (pair.first(), pair.get(1)) else {
            return out.push_str("null");
        };
        out.push('{');
        for at in 0..entries.len() {
            if at > 0 {
                out.push(',');
            }
            let key = cell_of(keys, at);
            let key = key.as_text().unwrap_or_default();
            out.push_str(&Value::text(&*key).to_json());
            out.push(':');
            write_json(values, at, out);
        }
        return out.push('}');
    }
    match array.as_struct_opt() {
        Some(parent) => {
            let names = parent.column_names().into_iter();
            write_object(names.zip(parent.columns()), row, out);
        }
        None => cell_of(array, row).write_json(out),
    }
}

/// The items of a list.
fn items(array: &ArrayRef, row: usize) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::List(_) => Some(array.as_list_opt::<i32>()?.value(row)),
        DataType::LargeList(_) => Some(array.as_list_opt::<i64>()?.value(row)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list_opt()?.value(row)),
        _ => None,
    }
}

fn native<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<T::Native> {
    Some(array.as_primitive_opt::<T>()?.value(row))
}

fn integer<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<String>
where
    T::Native: std::fmt::Display,
{
    Some(native::<T>(array, row)?.to_string())
}

fn decimal<T: DecimalType + ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<String> {
    Some(array.as_primitive_opt::<T>()?.value_as_string(row))
}

fn time_of_day(array: &ArrayRef, row: usize, unit: &TimeUnit) -> Option<String> {
    let time = match unit {
        TimeUnit::Second => array
            .as_primitive_opt::<Time32SecondType>()?
            .value_as_time(row),
        TimeUnit::Millisecond => array
            .as_primitive_opt::<Time32MillisecondType>()?
            .value_as_time(row),
        TimeUnit::Microsecond => array
            .as_primitive_opt::<Time64MicrosecondType>()?
            .value_as_time(row),
        TimeUnit::Nanosecond => array
            .as_primitive_opt::<Time64NanosecondType>()?
            .value_as_time(row),
    };
    time.map(|time| time.to_string())
}

fn text(array: &ArrayRef, row: usize) -> Cell<'_> {
    let text = match array.data_type() {
        DataType::LargeUtf8 => array.as_string_opt::<i64>().map(|array| array.value(row)),
        DataType::Utf8View => array.as_string_view_opt().map(|array| array.value(row)),
        _ => array.as_string_opt::<i32>().map(|array| array.value(row)),
    };
    text.map_or(Cell::Null, |text| Cell::Text(Cow::Borrowed(text)))
}

/// Old writers leave out that a column is text; what is none is told in hexadecimal digits.
fn bytes(array: &ArrayRef, row: usize) -> Cell<'_> {
    let bytes = match array.data_type() {
        DataType::LargeBinary => array.as_binary_opt::<i64>().map(|array| array.value(row)),
        DataType::BinaryView => array.as_binary_view_opt().map(|array| array.value(row)),
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary_opt();
            array.map(|array| array.value(row))
        }
        _ => array.as_binary_opt::<i32>().map(|array| array.value(row)),
    };
    let Some(bytes) = bytes else {
        return Cell::Null;
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => Cell::Text(Cow::Borrowed(text)),
        Err(_) => {
            let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
            Cell::Text(Cow::Owned(digits.collect()))
        }
    }
}

const DAY: i64 = 86_400_000_000;

/// Microseconds of a clock without zone, as text.
fn clock(micros: i64) -> Option<String> {
    let text = chrono::DateTime::from_timestamp_micros(micros)?;
    Some(text.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

fn date(micros: Option<i64>) -> Cell<'static> {
    let text = micros.and_then(clock);
    let date = text.and_then(|text| Some(text.split_once(' ')?.0.to_owned()));
    date.map_or(Cell::Null, |date| Cell::Text(Cow::Owned(date)))
}

fn timestamp(array: &ArrayRef, row: usize, unit: &TimeUnit, zoned: bool) -> Cell<'static> {
    let micros = match unit {
        TimeUnit::Second => {
            native::<TimestampSecondType>(array, row).and_then(|s| s.checked_mul(1_000_000))
        }
        TimeUnit::Millisecond => {
            native::<TimestampMillisecondType>(array, row).and_then(|ms| ms.checked_mul(1_000))
        }
        TimeUnit::Microsecond => native::<TimestampMicrosecondType>(array, row),
        TimeUnit::Nanosecond => {
            native::<TimestampNanosecondType>(array, row).map(|ns| ns.div_euclid(1_000))
        }
    };
    match (micros, zoned) {
        (Some(micros), true) => Cell::Time(Timestamp::from_micros(micros)),
        (Some(micros), false) => {
            let text = clock(micros);
            text.map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text)))
        }
        (None, _) => Cell::Null,
    }
}

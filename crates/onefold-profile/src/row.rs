//! One observation as it is kept: numbers for names, the value in place.
//!
//! Invariant: reading back gives the value that was written, to the last digit.

use std::cmp::Ordering;

use onefold_event::{
    Decimal, Position, Timestamp, Value,
    parts::{Reader, put_number, put_text, put_time},
};

/// One observation as it is kept, with its value still in the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) name: u32,
    pub(crate) source: u32,
    pub(crate) time: Timestamp,
    pub(crate) position: Position,
    pub(crate) value: Seen<'a>,
}

/// A value in the bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(&'a str),
    Json(&'a str),
}

impl<'a> Row<'a> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_number(out, self.name.into());
        put_number(out, self.source.into());
        put_time(out, self.time);
        put_number(out, self.position.0);
        self.value.write(out);
    }

    /// Reads one row from the front; `None` for damaged bytes.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let name = reader.small()?;
        Self::read_named(name, reader)
    }

    /// Reads the rest of a row whose name has been read.
    pub(crate) fn read_named(name: u32, reader: &mut Reader<'a>) -> Option<Self> {
        Some(Self {
            name,
            source: reader.small()?,
            time: reader.time()?,
            position: Position(reader.number()?),
            value: Seen::read(reader)?,
        })
    }
}

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
/// A number whose digits fit 63 bits: scale, then digits with the sign in the lowest bit.
const SHORT_NUMBER: u8 = 3;
/// Any other number, as the 16 bytes of its decimal form.
const LONG_NUMBER: u8 = 4;
const TEXT: u8 = 5;
const JSON: u8 = 6;

impl<'a> Seen<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text),
            Value::Json(text) => Self::Json(text),
        }
    }

    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::Text(text.into()),
            Self::Json(text) => Value::Json(text.into()),
        }
    }

    /// As [`Value::is_empty`] has it.
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As [`Value::total_cmp`] has it.
    pub(crate) fn total_cmp(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(&b),
            (Self::Number(a), Self::Number(b)) => a.cmp(&b),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// A finer order, that tells `1.5` from `1.50`.
    pub(crate) fn exact_cmp(self, other: Self) -> Ordering {
        let form = |seen: Self| match seen {
            Self::Number(number) => (number.scale(), number.is_sign_negative()),
            _ => (0, false),
        };
        self.total_cmp(other)
            .then_with(|| form(self).cmp(&form(other)))
    }

    fn rank(self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Json(_) => 4,
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(NULL),
            Self::Bool(false) => out.push(FALSE),
            Self::Bool(true) => out.push(TRUE),
            Self::Number(number) => write_number(out, number),
            Self::Text(text) => {
                out.push(TEXT);
                put_text(out, text);
            }
            Self::Json(text) => {
                out.push(JSON);
                put_text(out, text);
            }
        }
    }

    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        Some(match reader.byte()? {
            NULL => Self::Null,
            FALSE => Self::Bool(false),
            TRUE => Self::Bool(true),
            SHORT_NUMBER => Self::Number(read_short(reader)?),
            LONG_NUMBER => Self::Number(read_long(reader)?),
            TEXT => Self::Text(reader.text()?),
            JSON => Self::Json(reader.text()?),
            _ => return None,
        })
    }
}

fn write_number(out: &mut Vec<u8>, number: Decimal) {
    let digits = number.mantissa();
    let minus_zero = digits == 0 && number.is_sign_negative();
    match u64::try_from(digits.unsigned_abs()) {
        Ok(size) if size < 1 << 63 && !minus_zero => {
            out.push(SHORT_NUMBER);
            out.push(number.scale() as u8);
            put_number(out, (size << 1) | u64::from(digits < 0));
        }
        _ => {
            out.push(LONG_NUMBER);
            out.extend_from_slice(&number.serialize());
        }
    }
}

fn read_short(reader: &mut Reader<'_>) -> Option<Decimal> {
    let scale = reader.byte()?;
    let digits = reader.number()?;
    let size = i128::from(digits >> 1);
    let signed = if digits & 1 == 1 { -size } else { size };
    Decimal::try_from_i128_with_scale(signed, scale.into()).ok()
}

fn read_long(reader: &mut Reader<'_>) -> Option<Decimal> {
    let bytes: [u8; 16] = reader.take(16)?.try_into().ok()?;
    let number = Decimal::deserialize(bytes);
    (number.serialize() == bytes).then_some(number)
}

//! Values as bytes: a tag, then what it needs.
//!
//! Invariant: what was written reads back equal, decimal places included; anything else reads as nothing.

use onefold_event::{
    Decimal, Value,
    parts::{Reader, put_text},
};

use crate::{summary::Stored, value::Fault};

const FAULT: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const TEXT: u8 = 4;
const JSON: u8 = 5;
const NULL: u8 = 6;
/// No value is written so: what is between values may begin with it.
pub(crate) const FREE: u8 = 7;

pub(crate) fn write_value(out: &mut Vec<u8>, stored: &Stored) {
    match stored {
        Err(fault) => {
            let number = Fault::ALL.iter().position(|known| known == fault);
            out.extend([FAULT, u8::try_from(number.unwrap_or(0)).unwrap_or(0)]);
        }
        Ok(Value::Null) => out.push(NULL),
        Ok(Value::Bool(value)) => out.push(if *value { TRUE } else { FALSE }),
        Ok(Value::Number(number)) => write_number(out, *number),
        Ok(Value::Text(text)) => {
            out.push(TEXT);
            put_text(out, text);
        }
        Ok(Value::Json(text)) => {
            out.push(JSON);
            put_text(out, text);
        }
    }
}

fn write_number(out: &mut Vec<u8>, number: Decimal) {
    let sign = u8::from(number.is_sign_negative()) << 7;
    let scale = u8::try_from(number.scale()).unwrap_or(0);
    let mantissa = number.mantissa().unsigned_abs().to_le_bytes();
    let last = mantissa.iter().rposition(|byte| *byte != 0);
    let length = last.map_or(0, |at| at + 1);
    out.extend([NUMBER, sign | scale, u8::try_from(length).unwrap_or(0)]);
    out.extend(mantissa.get(..length).unwrap_or_default());
}

pub(crate) fn read_value(reader: &mut Reader<'_>) -> Option<Stored> {
    let tag = reader.byte()?;
    read_value_of(tag, reader)
}

/// The value behind a tag that was read.
pub(crate) fn read_value_of(tag: u8, reader: &mut Reader<'_>) -> Option<Stored> {
    Some(match tag {
        FAULT => Err(*Fault::ALL.get(usize::from(reader.byte()?))?),
        FALSE => Ok(Value::Bool(false)),
        TRUE => Ok(Value::Bool(true)),
        NUMBER => Ok(Value::Number(read_number(reader)?)),
        TEXT => Ok(Value::Text(reader.text()?.into())),
        JSON => Ok(Value::Json(reader.text()?.into())),
        NULL => Ok(Value::Null),
        _ => return None,
    })
}

fn read_number(reader: &mut Reader<'_>) -> Option<Decimal> {
    let flags = reader.byte()?;
    let length = usize::from(reader.byte()?);
    let mut bytes = [0; 16];
    let read = reader.take(length)?;
    bytes.get_mut(..length)?.copy_from_slice(read);
    let mantissa = i128::from_le_bytes(bytes);
    let is_negative = flags & 0x80 != 0;
    let signed = if is_negative {
        mantissa.wrapping_neg()
    } else {
        mantissa
    };
    Decimal::try_from_i128_with_scale(signed, u32::from(flags & 0x7f)).ok()
}

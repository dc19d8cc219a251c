//! Writing JSON text straight into one buffer.
//!
//! Invariant: what is written parses back to the same value.

use std::fmt::{Display, Write};

use chrono::{Datelike, Timelike};
use onefold_event::Timestamp;

/// A JSON object that is being written member by member.
pub(super) struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    pub(super) fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Writes the name of the next member and lends the place for its value.
    pub(super) fn member(&mut self, name: &str) -> &mut String {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        text(self.out, name);
        self.out.push(':');
        self.out
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        text(self.member(name), value);
    }

    pub(super) fn close(self) {
        self.out.push('}');
    }
}

/// A JSON string.
pub(super) fn text(out: &mut String, text: &str) {
    let special = |b: &u8| *b < 0x20 || *b == b'"' || *b == b'\\';
    // Without a branch the compiler looks at many bytes at once; nearly every text is plain.
    let plain = !text.bytes().fold(false, |found, b| found | special(&b));
    out.push('"');
    if plain {
        out.push_str(text);
        return out.push('"');
    }
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(special) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut letters = tail.chars();
        if let Some(letter) = letters.next() {
            escape(out, letter);
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn escape(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(other));
        }
    }
}

/// A value by its own text, such as a number.
pub(super) fn display(out: &mut String, value: &impl Display) {
    let _ = write!(out, "{value}");
}

/// An instant as RFC 3339 text in UTC.
pub(super) fn time(out: &mut String, time: Timestamp) {
    let clock = time.to_chrono().naive_utc();
    out.push('"');
    digits(out, u32::try_from(clock.year()).unwrap_or(0), 4);
    for (sign, number) in [
        ('-', clock.month()),
        ('-', clock.day()),
        ('T', clock.hour()),
        (':', clock.minute()),
        (':', clock.second()),
    ] {
        out.push(sign);
        digits(out, number, 2);
    }
    let micros = clock.nanosecond() / 1_000;
    if micros > 0 {
        out.push('.');
        match micros % 1_000 {
            0 => digits(out, micros / 1_000, 3),
            _ => digits(out, micros, 6),
        }
    }
    out.push_str("Z\"");
}

fn digits(out: &mut String, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use onefold_event::Json;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_parse_back(given in any::<String>()) {
            let mut out = String::new();
            text(&mut out, &given);
            prop_assert_eq!(Json::parse(&out).unwrap().as_str().unwrap(), given);
        }

        #[test]
        fn times_are_written_as_their_display(micros in any::<i64>()) {
            let given = Timestamp::from_micros(micros);
            let mut out = String::new();
            time(&mut out, given);
            prop_assert_eq!(out, format!("\"{given}\""));
        }
    }
}

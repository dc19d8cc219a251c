//! Numbers and texts as bytes.
//!
//! Invariant: reading never passes the end, and a count is never larger than the bytes that are left.

use onefold_event::{Error, ErrorKind, Result};

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn fixed(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(super) struct Reader<'a> {
    length: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            rest: bytes,
        }
    }

    pub(super) fn corrupt(&self, what: &str) -> Error {
        let at = self.length - self.rest.len();
        let message = format!("the identity state is damaged at byte {at}: {what}");
        Error::new(ErrorKind::Corrupt, message)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        match self.rest.split_first() {
            Some((byte, rest)) => {
                self.rest = rest;
                Ok(*byte)
            }
            None => Err(self.corrupt("it ends too early")),
        }
    }

    pub(super) fn fixed(&mut self) -> Result<u64> {
        match self.rest.split_first_chunk::<8>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u64::from_le_bytes(*bytes))
            }
            None => Err(self.corrupt("it ends too early")),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.corrupt("a number is too large"))
    }

    pub(super) fn signed(&mut self) -> Result<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number of things that take at least one byte each.
    pub(super) fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(self.corrupt("a count is larger than what follows")),
        }
    }

    /// A number below a limit.
    pub(super) fn below(&mut self, limit: u64) -> Result<u32> {
        let number = self.number()?;
        match u32::try_from(number) {
            Ok(small) if number < limit => Ok(small),
            _ => Err(self.corrupt("a number points at nothing")),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let length = self.count()?;
        let (text, rest) = self.rest.split_at(length.min(self.rest.len()));
        let text = std::str::from_utf8(text).map_err(|_| self.corrupt("a text is not UTF-8"))?;
        self.rest = rest;
        Ok(text)
    }

    pub(super) fn checked<T>(&mut self, check: impl FnOnce(&'a str) -> Result<T>) -> Result<T> {
        let text = self.text()?;
        check(text).map_err(|error| self.corrupt(&error.to_string()))
    }

    pub(super) fn end(&self) -> Result<()> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(self.corrupt("more follows the end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_and_texts_round_trip(number: u64, signed: i64, text: String) {
            let mut out = Writer::default();
            out.number(number);
            out.signed(signed);
            out.text(&text);
            out.fixed(number);
            let bytes = out.finish();
            let mut from = Reader::new(&bytes);
            prop_assert_eq!(from.number().unwrap(), number);
            prop_assert_eq!(from.signed().unwrap(), signed);
            prop_assert_eq!(from.text().unwrap(), text);
            prop_assert_eq!(from.fixed().unwrap(), number);
            prop_assert!(from.end().is_ok());
        }
    }

    #[test]
    fn a_number_of_more_than_64_bits_is_damage() {
        let error = Reader::new(&[0xff; 10]).number().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}

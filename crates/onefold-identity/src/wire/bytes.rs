//! Numbers and texts as bytes, with the place and the kind of what is damaged.
//!
//! Invariant: reading never passes the end, and a count is never larger than the bytes that are left.

use onefold_event::{Error, ErrorKind, Result, Timestamp, parts};

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn fixed(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn number(&mut self, number: u64) {
        parts::put_number(&mut self.0, number);
    }

    pub(super) fn signed(&mut self, number: i64) {
        parts::put_signed(&mut self.0, number);
    }

    pub(super) fn text(&mut self, text: &str) {
        parts::put_text(&mut self.0, text);
    }

    /// A length and the bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads as [`parts::Reader`] does, and says what is wrong.
pub(super) struct Reader<'a> {
    length: usize,
    from: parts::Reader<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            length: bytes.len(),
            from: parts::Reader::new(bytes),
        }
    }

    pub(super) fn corrupt(&self, what: &str) -> Error {
        let at = self.length - self.from.rest().len();
        let message = format!("the identity state is damaged at byte {at}: {what}");
        Error::new(ErrorKind::Corrupt, message)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        let byte = self.from.byte();
        byte.ok_or_else(|| self.corrupt("it ends too early"))
    }

    pub(super) fn fixed(&mut self) -> Result<u64> {
        let bytes = self.from.array();
        let number = bytes.map(u64::from_le_bytes);
        number.ok_or_else(|| self.corrupt("it ends too early"))
    }

    pub(super) fn number(&mut self) -> Result<u64> {
        let number = self.from.number();
        number.ok_or_else(|| self.corrupt("a number is cut short or too large"))
    }

    pub(super) fn signed(&mut self) -> Result<i64> {
        let number = self.from.signed();
        number.ok_or_else(|| self.corrupt("a number is cut short or too large"))
    }

    /// An instant within the years that there are.
    pub(super) fn time(&mut self) -> Result<Timestamp> {
        let micros = self.signed()?;
        let all = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
        match all.contains(&micros) {
            true => Ok(Timestamp::from_micros(micros)),
            false => Err(self.corrupt("a time is out of range")),
        }
    }

    /// A number of things that take at least one byte each.
    pub(super) fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.from.rest().len() => Ok(count),
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
        let text = self.from.text();
        text.ok_or_else(|| self.corrupt("a text is cut short or not UTF-8"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.count()?;
        let bytes = self.from.take(length);
        bytes.ok_or_else(|| self.corrupt("it ends too early"))
    }

    pub(super) fn checked<T>(&mut self, check: impl FnOnce(&'a str) -> Result<T>) -> Result<T> {
        let text = self.text()?;
        check(text).map_err(|error| self.corrupt(&error.to_string()))
    }

    pub(super) fn end(&self) -> Result<()> {
        match self.from.rest().is_empty() {
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

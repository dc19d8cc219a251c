//! The small binary format of stored forms: numbers of variable length, instants, text with its length.
//!
//! Invariant: what was put reads back equal. Reading never panics, never passes the end and allocates
//! nothing; damaged input is `None`.

use crate::Timestamp;

/// Reads from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

// Rows are read by the million: inlined, so that this costs no more than it would inside the crate
// that reads.
impl<'a> Reader<'a> {
    /// Reads these bytes.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What has not been read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next bytes, so many.
    #[inline]
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next bytes, as many as the array has.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// Up to ten bytes of seven bits each, least significant first.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number of 32 bits.
    #[inline]
    pub fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// A number with its sign in the lowest bit.
    #[inline]
    pub fn signed(&mut self) -> Option<i64> {
        let zigzag = self.number()?;
        Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// An instant in eight bytes.
    #[inline]
    pub fn time(&mut self) -> Option<Timestamp> {
        Timestamp::in_range(i64::from_le_bytes(self.array()?))
    }

    /// Text after its length.
    #[inline]
    pub fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        self.text_of(length)
    }

    /// Text that may be absent: its length plus one, or 0.
    #[inline]
    pub fn optional_text(&mut self) -> Option<Option<&'a str>> {
        match self.number()?.checked_sub(1) {
            None => Some(None),
            Some(length) => self.text_of(length).map(Some),
        }
    }

    /// The bytes that `pass` reads over.
    #[inline]
    pub fn passed(&mut self, pass: impl FnOnce(&mut Self) -> Option<()>) -> Option<&'a [u8]> {
        let start = self.0;
        pass(self)?;
        start.get(..start.len().checked_sub(self.0.len())?)
    }

    #[inline]
    fn text_of(&mut self, length: u64) -> Option<&'a str> {
        let bytes = self.take(usize::try_from(length).ok()?)?;
        std::str::from_utf8(bytes).ok()
    }
}

/// Appends what [`Reader::number`] reads.
#[inline]
pub fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends what [`Reader::signed`] reads.
#[inline]
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_number(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends what [`Reader::time`] reads.
#[inline]
pub fn put_time(out: &mut Vec<u8>, time: Timestamp) {
    out.extend_from_slice(&time.as_micros().to_le_bytes());
}

/// Appends what [`Reader::text`] reads.
#[inline]
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends what [`Reader::optional_text`] reads.
#[inline]
pub fn put_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => out.push(0),
        Some(text) => {
            put_number(out, text.len() as u64 + 1);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn the_bytes_stay_what_they_are() {
        let number = |value| written(|out| put_number(out, value));
        assert_eq!(number(0), [0]);
        assert_eq!(number(127), [127]);
        assert_eq!(number(300), [0xac, 2]);
        assert_eq!(
            number(u64::MAX),
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]
        );
        let signed = |value| written(|out| put_signed(out, value));
        assert_eq!([signed(0), signed(-1), signed(1)], [[0], [1], [2]]);
        let time = written(|out| put_time(out, Timestamp::from_micros(-2)));
        assert_eq!(time, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(written(|out| put_text(out, "ä")), [2, 0xc3, 0xa4]);
        let optional = |text| written(|out| put_optional_text(out, text));
        assert_eq!(optional(None), [0]);
        assert_eq!(optional(Some("")), [1]);
        assert_eq!(optional(Some("a")), [2, b'a']);
    }

    #[test]
    fn what_is_out_of_range_is_damage() {
        let ten = |last: u8| [[0xff; 9].as_slice(), &[last]].concat();
        assert_eq!(Reader::new(&ten(1)).number(), Some(u64::MAX));
        assert_eq!(Reader::new(&ten(2)).number(), None);
        assert_eq!(Reader::new(&[0x80; 11]).number(), None);
        let above = written(|out| put_number(out, 1 << 32));
        assert_eq!(Reader::new(&above).small(), None);
        assert_eq!(Reader::new(&i64::MAX.to_le_bytes()).time(), None);
        assert_eq!(Reader::new(&[1, 0xff]).text(), None);
        assert_eq!(Reader::new(&[2, b'a']).text(), None);
        assert_eq!(Reader::new(&[3, b'a']).optional_text(), None);
    }

    #[test]
    fn what_was_passed_is_lent_as_it_stands() {
        let mut reader = Reader::new(&[0x80, 0, 7]);
        let passed = reader.passed(|reader| reader.number().map(drop));
        assert_eq!(passed, Some([0x80, 0].as_slice()));
        assert_eq!(reader.rest(), [7]);
        // One that comes back with more than it was given has read nothing of it.
        let other = [1, 2, 3];
        let swapped = reader.passed(|reader| {
            *reader = Reader::new(&other);
            Some(())
        });
        assert_eq!(swapped, None);
    }

    proptest! {
        #[test]
        fn everything_reads_back(
            number: u64,
            small: u32,
            signed: i64,
            micros in Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros(),
            text: String,
            optional: Option<String>,
            tail: [u8; 3],
        ) {
            let bytes = written(|out| {
                put_number(out, number);
                put_number(out, small.into());
                put_signed(out, signed);
                put_time(out, Timestamp::from_micros(micros));
                put_text(out, &text);
                put_optional_text(out, optional.as_deref());
                out.extend(tail);
            });
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.small(), Some(small));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.time(), Some(Timestamp::from_micros(micros)));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert_eq!(reader.optional_text(), Some(optional.as_deref()));
            prop_assert_eq!(reader.array(), Some(tail));
            prop_assert_eq!(reader.byte(), None);
        }

        /// Whatever is read of any bytes, what is left is the end of what there was.
        #[test]
        fn any_bytes_end_without_a_panic(bytes: Vec<u8>, steps in prop::collection::vec(0..8_u8, 0..20)) {
            let mut reader = Reader::new(&bytes);
            for step in steps {
                let before = reader.rest();
                let _ = match step {
                    0 => reader.byte().map(drop),
                    1 => reader.take(3).map(drop),
                    2 => reader.number().map(drop),
                    3 => reader.small().map(drop),
                    4 => reader.signed().map(drop),
                    5 => reader.time().map(drop),
                    6 => reader.text().map(drop),
                    _ => reader.optional_text().map(drop),
                };
                prop_assert!(before.ends_with(reader.rest()));
            }
        }
    }
}

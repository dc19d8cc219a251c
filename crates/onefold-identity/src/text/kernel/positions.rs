//! Where a byte stands in a string, as a set of bits: what the bit-parallel measures ask.
//!
//! Invariant: bit `i` of the answer is set exactly when byte `i` of the string is the byte asked for, so no bit
//! at or past its length is ever set.

use std::cell::Cell;

/// The places of each byte in one string of at most 64 bytes.
pub(super) trait Positions {
    /// The places of this byte.
    fn of(&self, byte: u8) -> u64;
}

/// A string of at most 8 bytes, compared with a byte in all its places at once.
pub(super) struct OneWord {
    word: u64,
    used: u64,
}

/// A string of at most 16 bytes, as two words.
pub(super) struct TwoWords {
    low: u64,
    high: u64,
    used: u64,
}

/// A string of at most 64 bytes, as a table over all bytes.
pub(super) struct Table<'a>(&'a [Cell<u64>; 256]);

impl OneWord {
    pub(super) fn new(text: &[u8]) -> Self {
        Self {
            word: load(text),
            used: low_bits(text.len()),
        }
    }
}

impl TwoWords {
    pub(super) fn new(text: &[u8]) -> Self {
        let (low, high) = text.split_at_checked(8).unwrap_or((text, &[]));
        Self {
            low: load(low),
            high: load(high),
            used: low_bits(text.len()),
        }
    }
}

impl Positions for OneWord {
    #[inline]
    fn of(&self, byte: u8) -> u64 {
        equal_bytes(self.word, byte) & self.used
    }
}

impl Positions for TwoWords {
    #[inline]
    fn of(&self, byte: u8) -> u64 {
        (equal_bytes(self.low, byte) | equal_bytes(self.high, byte) << 8) & self.used
    }
}

impl Positions for Table<'_> {
    #[inline]
    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is always below 256, the table's length"
    )]
    fn of(&self, byte: u8) -> u64 {
        self.0[usize::from(byte)].get()
    }
}

thread_local! {
    /// Kept between calls, all zero: clearing what one string touched costs less than zeroing 2 KiB.
    static TABLE: [Cell<u64>; 256] = const { [const { Cell::new(0) }; 256] };
}

impl Table<'_> {
    /// Runs the work with the table of this string.
    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is always below 256, the table's length"
    )]
    pub(super) fn with<R>(text: &[u8], work: impl FnOnce(&Table<'_>) -> R) -> R {
        TABLE.with(|table| {
            let mut bit = 1u64;
            for &byte in text {
                let places = &table[usize::from(byte)];
                places.set(places.get() | bit);
                bit <<= 1;
            }
            let result = work(&Table(table));
            for &byte in text {
                table[usize::from(byte)].set(0);
            }
            result
        })
    }
}

/// The lowest `count` bits; all of them from 64 on.
pub(super) fn low_bits(count: usize) -> u64 {
    match count {
        0..64 => (1 << count) - 1,
        _ => u64::MAX,
    }
}

/// Up to 8 bytes as a little-endian word; what is missing is zero.
#[inline]
fn load(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        // The two halves overlap in the same bytes of the same string, so `|` does no harm.
        let shift = 8 * (text.len() - 4);
        return u64::from(u32::from_le_bytes(*first))
            | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    let mut word = 0;
    for &byte in text.iter().rev() {
        word = word << 8 | u64::from(byte);
    }
    word
}

const LOW_SEVEN: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const EACH_BYTE: u64 = 0x0101_0101_0101_0101;
/// Multiplied with bit 0 of each byte, puts bit `8 * i` at bit `56 + i`; no two products meet.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// One bit for each byte of the word that is this byte.
#[inline]
fn equal_bytes(word: u64, byte: u8) -> u64 {
    let difference = word ^ (EACH_BYTE * u64::from(byte));
    // The top bit of each byte that is zero; adding below 0x80 to below 0x80 never carries over.
    let zero = !(((difference & LOW_SEVEN) + LOW_SEVEN) | difference | LOW_SEVEN);
    (zero >> 7).wrapping_mul(GATHER) >> 56
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn obvious(text: &[u8], byte: u8) -> u64 {
        let places = text.iter().enumerate().filter(|(_, it)| **it == byte);
        places.fold(0, |bits, (index, _)| bits | 1 << index)
    }

    proptest! {
        #[test]
        fn all_forms_agree(text in prop::collection::vec(prop_oneof![0u8..4, 97u8..100, 200u8..], 0..=64)) {
            for byte in 0..=255 {
                let expected = obvious(&text, byte);
                if text.len() <= 8 {
                    prop_assert_eq!(OneWord::new(&text).of(byte), expected);
                }
                if text.len() <= 16 {
                    prop_assert_eq!(TwoWords::new(&text).of(byte), expected);
                }
                prop_assert_eq!(Table::with(&text, |table| table.of(byte)), expected);
            }
        }
    }
}

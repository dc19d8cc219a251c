//! Instants and sets of bits in words of 32 bits, which is what the state of a person is made of.
//!
//! Invariant: what lies outside of the words reads as nothing and is never written.

/// Earlier than every instant: there is none.
pub(super) const NONE: i64 = i64::MIN;

/// How many words an instant takes.
pub(super) const TIME: usize = 2;

/// The instant at this place, [`NONE`] where there is none.
#[inline]
pub(super) fn time_at(words: &[u32], at: usize) -> i64 {
    match words.get(at..at.wrapping_add(TIME)) {
        Some([low, high]) => time_of([*low, *high]),
        _ => NONE,
    }
}

/// The instant of two words.
#[inline]
pub(super) fn time_of([low, high]: [u32; TIME]) -> i64 {
    (u64::from(high) << 32 | u64::from(low)).cast_signed()
}

/// Writes an instant at this place.
#[inline]
pub(super) fn set_time(words: &mut [u32], at: usize, time: i64) {
    if let Some(place) = words.get_mut(at..at + TIME) {
        place.copy_from_slice(&halves(time));
    }
}

/// An instant as two words, the lower first.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
pub(super) fn halves(time: i64) -> [u32; TIME] {
    let bits = time.cast_unsigned();
    [bits as u32, (bits >> 32) as u32]
}

/// Whether this bit is set.
#[inline]
pub(super) fn bit(words: &[u32], number: u32) -> bool {
    let word = words.get(number as usize / 32);
    word.is_some_and(|word| word >> (number % 32) & 1 == 1)
}

/// Sets or clears a bit.
#[inline]
pub(super) fn set_bit(words: &mut [u32], number: u32, is_set: bool) {
    if let Some(word) = words.get_mut(number as usize / 32) {
        let mask = 1 << (number % 32);
        *word = if is_set { *word | mask } else { *word & !mask };
    }
}

/// Up to 64 bits from this one on, the first one lowest.
#[inline]
pub(super) fn bits(words: &[u32], first: u32, count: u32) -> u64 {
    let (at, shift) = (first as usize / 32, first % 32);
    if shift + count <= 32 {
        let word = words.get(at).copied().map_or(0, u64::from);
        return word >> shift & ones(count);
    }
    let word = |at: usize| words.get(at).copied().map_or(0, u128::from);
    let whole = word(at) | word(at + 1) << 32 | word(at + 2) << 64;
    #[expect(clippy::cast_possible_truncation, reason = "64 bits are asked for")]
    let found = (whole >> shift) as u64;
    found & ones(count)
}

/// Writes up to 64 bits from this one on.
#[inline]
pub(super) fn set_bits(words: &mut [u32], first: u32, count: u32, value: u64) {
    let (at, shift) = (first as usize / 32, first % 32);
    if shift + count <= 32 {
        if let Some(word) = words.get_mut(at) {
            #[expect(clippy::cast_possible_truncation, reason = "at most 32 bits")]
            let (mask, value) = (ones(count) as u32, value as u32);
            *word = *word & !(mask << shift) | (value & mask) << shift;
        }
        return;
    }
    let mask = u128::from(ones(count)) << shift;
    let value = u128::from(value) << shift & mask;
    for (number, word) in words.iter_mut().skip(at).take(3).enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "one word of three")]
        let (mask, value) = (
            (mask >> (32 * number)) as u32,
            (value >> (32 * number)) as u32,
        );
        *word = *word & !mask | value;
    }
}

#[inline]
fn ones(count: u32) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_read_as_they_were_written(
            mut words in prop::collection::vec(any::<u32>(), 4),
            first in 0..64_u32,
            count in 1..=64_u32,
            value in any::<u64>(),
        ) {
            let before = words.clone();
            set_bits(&mut words, first, count, value);
            prop_assert_eq!(bits(&words, first, count), value & ones(count));
            for number in 0..128 {
                let expected = if (first..first + count).contains(&number) {
                    value >> (number - first) & 1 == 1
                } else {
                    bit(&before, number)
                };
                prop_assert_eq!(bit(&words, number), expected);
            }
        }
    }

    #[test]
    fn instants_are_read_as_they_were_written() {
        let mut words = vec![0; 4];
        for time in [NONE, -1, 0, 1_767_225_600_000_001, i64::MAX] {
            set_time(&mut words, 1, time);
            assert_eq!(time_at(&words, 1), time);
        }
        assert_eq!(time_at(&words, 3), NONE);
    }
}

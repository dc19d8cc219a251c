//! Lengths of payloads: bytes in words, four to a word.
//!
//! Invariant: the highest bit of a byte is a flag that counts for nothing; bytes behind the last are zero.

/// What a byte can hold beside its flag.
pub(super) const LENGTH: u32 = 0x7f;

/// How many words so many bytes take.
pub(super) fn words_for(count: usize) -> usize {
    count.div_ceil(4)
}

/// The byte at this place.
#[inline]
pub(super) fn byte_at(words: &[u32], at: usize) -> u32 {
    let word = words.get(at / 4).copied().unwrap_or(0);
    word >> shift(at) & 0xff
}

/// Writes the byte at this place.
#[inline]
pub(super) fn set_byte(words: &mut [u32], at: usize, byte: u32) {
    if let Some(word) = words.get_mut(at / 4) {
        *word = *word & !(0xff << shift(at)) | byte << shift(at);
    }
}

/// The sum of the first so many lengths.
#[inline]
pub(super) fn sum(words: &[u32], count: usize) -> usize {
    let pairs = |word: u32| (word & 0x007f_007f) + (word >> 8 & 0x007f_007f);
    let (whole, rest) = words.split_at_checked(count / 4).unwrap_or((words, &[]));
    let last = rest.first().copied().unwrap_or(0);
    let last = pairs(last & ((1 << shift(count)) - 1));
    let add = |sum: u32, pair: u32| sum + (pair & 0xffff) + (pair >> 16);
    whole
        .iter()
        .fold(add(0, last), |sum, word| add(sum, pairs(*word))) as usize
}

/// Moves the bytes from this place on by one, and writes this one. The last word must have room.
pub(super) fn insert(words: &mut [u32], at: usize, byte: u32) {
    let below = (1 << shift(at)) - 1;
    let mut words = words.iter_mut().skip(at / 4);
    let Some(first) = words.next() else { return };
    let mut carry = *first >> 24;
    *first = *first & below | byte << shift(at) | (*first & !below) << 8;
    for word in words {
        let out = *word >> 24;
        *word = *word << 8 | carry;
        carry = out;
    }
}

/// Takes the byte at this place away, and moves those behind it.
pub(super) fn remove(words: &mut [u32], at: usize) {
    let below = (1 << shift(at)) - 1;
    let mut carry = 0;
    for word in words.iter_mut().skip(at / 4 + 1).rev() {
        let out = *word << 24;
        *word = *word >> 8 | carry;
        carry = out;
    }
    if let Some(first) = words.get_mut(at / 4) {
        *first = *first & below | (*first >> 8 | carry) & !below;
    }
}

/// Where a byte begins in its word.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 24")]
const fn shift(at: usize) -> u32 {
    (at % 4 * 8) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_kept_as_in_a_list(
            steps in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..80),
        ) {
            let (mut words, mut expected) = (Vec::new(), Vec::<u8>::new());
            for (at, byte, what) in steps {
                match what {
                    1 if !expected.is_empty() => {
                        let at = at.index(expected.len());
                        expected.remove(at);
                        remove(&mut words, at);
                        words.truncate(words_for(expected.len()));
                    }
                    2 if !expected.is_empty() => {
                        let at = at.index(expected.len());
                        expected[at] = byte;
                        set_byte(&mut words, at, byte.into());
                    }
                    _ => {
                        let at = at.index(expected.len() + 1);
                        expected.insert(at, byte);
                        words.resize(words_for(expected.len()), 0);
                        insert(&mut words, at, byte.into());
                    }
                }
                for count in 0..=expected.len() {
                    let all: usize = expected[..count].iter().map(|byte| usize::from(byte & 0x7f)).sum();
                    prop_assert_eq!(sum(&words, count), all);
                    let last = expected.get(count).copied().unwrap_or(0);
                    prop_assert_eq!(byte_at(&words, count), u32::from(last));
                }
            }
        }
    }
}

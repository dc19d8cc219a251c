//! One bit for each of many people.
//!
//! Invariant: bits behind the last one are zero, so words can be counted and compared as they are.

/// So many bits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    pub(crate) fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
            len,
        }
    }

    pub(crate) fn all(len: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; len.div_ceil(64)],
            len,
        };
        bits.trim();
        bits
    }

    /// All of them or none.
    pub(crate) fn filled(len: usize, is_set: bool) -> Self {
        if is_set {
            Self::all(len)
        } else {
            Self::none(len)
        }
    }

    pub(crate) fn from_fn(len: usize, mut is_set: impl FnMut(usize) -> bool) -> Self {
        let word = |number: usize| {
            let places = number * 64..len.min(number * 64 + 64);
            let bits = places.enumerate();
            bits.fold(0, |word, (bit, place)| {
                word | u64::from(is_set(place)) << bit
            })
        };
        Self {
            words: (0..len.div_ceil(64)).map(word).collect(),
            len,
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> bool {
        self.words
            .get(at / 64)
            .is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    #[inline]
    pub(crate) fn put(&mut self, at: usize, is_set: bool) {
        debug_assert!(at < self.len);
        if let Some(word) = self.words.get_mut(at / 64) {
            *word = *word & !(1 << (at % 64)) | u64::from(is_set) << (at % 64);
        }
    }

    pub(crate) fn and(&mut self, other: &Self) {
        let words = self.words.iter_mut().zip(&other.words);
        words.for_each(|(word, other)| *word &= other);
    }

    pub(crate) fn or(&mut self, other: &Self) {
        let words = self.words.iter_mut().zip(&other.words);
        words.for_each(|(word, other)| *word |= other);
    }

    /// The complement.
    pub(crate) fn flip(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    pub(crate) fn count(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// How many places are set in both.
    pub(crate) fn count_both(&self, other: &Self) -> usize {
        let words = self.words.iter().zip(&other.words);
        words
            .map(|(word, other)| (word & other).count_ones() as usize)
            .sum()
    }

    /// The places that are set, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        (0..)
            .step_by(64)
            .zip(&self.words)
            .flat_map(|(first, word)| {
                let mut rest = *word;
                std::iter::from_fn(move || {
                    let place = (rest != 0).then(|| first + rest.trailing_zeros() as usize);
                    rest &= rest.wrapping_sub(1);
                    place
                })
            })
    }

    /// Writes these bits over those from `at` on; they are none so far.
    pub(crate) fn copy_to(&self, into: &mut Self, at: usize) {
        if at.is_multiple_of(64) {
            let words = into.words.iter_mut().skip(at / 64).zip(&self.words);
            words.for_each(|(word, bits)| *word |= bits);
        } else {
            self.ones().for_each(|place| into.put(at + place, true));
        }
    }

    fn trim(&mut self) {
        if let (Some(last), true) = (self.words.last_mut(), !self.len.is_multiple_of(64)) {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_list_of_bools(values in prop::collection::vec(any::<bool>(), 0..200), at in 0..150_usize) {
            let bits = Bits::from_fn(values.len(), |place| values[place]);
            let ones: Vec<usize> = (0..values.len()).filter(|place| values[*place]).collect();
            prop_assert_eq!(bits.ones().collect::<Vec<_>>(), ones.clone());
            prop_assert_eq!(bits.count(), ones.len());
            let mut flipped = bits.clone();
            flipped.flip();
            prop_assert_eq!(flipped.count() + ones.len(), values.len());
            prop_assert_eq!((bits.count_both(&bits), bits.count_both(&flipped)), (ones.len(), 0));
            let mut copied = Bits::none(at + values.len());
            bits.copy_to(&mut copied, at);
            prop_assert_eq!(copied.ones().collect::<Vec<_>>(), ones.iter().map(|place| place + at).collect::<Vec<_>>());
        }
    }
}

//! The distinct values of a column, numbered.
//!
//! Invariant: codes count up from 1 in order of first sight; 0 stands for a missing value.

use crate::hash::Key;

/// Distinct texts in one arena. A code finds its text by one subtraction.
#[derive(Debug, Clone)]
pub(crate) struct Dictionary {
    text: String,
    /// The end of each text; that of code 0 is 0.
    ends: Vec<u32>,
}

/// A dictionary that still grows.
#[derive(Debug, Clone)]
pub(crate) struct DictionaryBuilder {
    dictionary: Dictionary,
    key: Key,
    /// The upper half of a hash, from which the place comes, beside a code; 0 is free. Never more than two thirds
    /// are taken.
    slots: Vec<u64>,
}

/// The code of a missing value.
pub(crate) const MISSING: u32 = 0;

impl Dictionary {
    /// How many codes there are, that of a missing value among them.
    pub(crate) fn codes(&self) -> usize {
        self.ends.len()
    }

    /// The text of a code; empty for [`MISSING`] and for a code that was never given.
    pub(crate) fn text(&self, code: u32) -> &str {
        let at = code as usize;
        let begin = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let span = begin.zip(self.ends.get(at));
        span.and_then(|(begin, end)| self.text.get(*begin as usize..*end as usize))
            .unwrap_or_default()
    }

    /// Where the text of a code is.
    pub(crate) fn span(&self, code: u32) -> (u32, u32) {
        let at = code as usize;
        let begin = at.checked_sub(1).and_then(|before| self.ends.get(before));
        begin
            .zip(self.ends.get(at))
            .map_or((0, 0), |(begin, end)| (*begin, *end))
    }

    pub(crate) fn bytes(&self, begin: u32, end: u32) -> &[u8] {
        let bytes = self.text.as_bytes();
        bytes.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// The texts in the order of their codes, from code 1.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        (1..self.codes() as u32).map(|code| self.text(code))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

impl DictionaryBuilder {
    pub(crate) fn new(key: Key) -> Self {
        Self {
            dictionary: Dictionary {
                text: String::new(),
                ends: vec![0],
            },
            key,
            slots: vec![0; 64],
        }
    }

    /// The code of a text, a new one if it was never seen; [`MISSING`] for an empty one. `None` if the arena
    /// is full at 4 GiB.
    pub(crate) fn intern(&mut self, text: &str) -> Option<u32> {
        if text.is_empty() {
            return Some(MISSING);
        }
        let hash = self.key.hash(text.as_bytes());
        self.intern_hashed(text, hash)
    }

    /// As [`intern`](Self::intern) for many texts: their places in the table are touched before any is looked at,
    /// so that the processor waits for memory once and not once a text.
    pub(crate) fn intern_all<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a str> + Clone,
        hashes: &mut Vec<u64>,
        mut take: impl FnMut(u32),
    ) -> Option<()> {
        hashes.clear();
        hashes.extend(texts.clone().map(|text| self.key.hash(text.as_bytes())));
        self.touch(hashes);
        for (text, hash) in texts.zip(hashes.iter()) {
            take(match text.is_empty() {
                true => MISSING,
                false => self.intern_hashed(text, *hash)?,
            });
        }
        Some(())
    }

    /// Reads the places that texts with these hashes will be looked for in: first all slots, then where the texts of
    /// these end, then the texts.
    fn touch(&self, hashes: &[u64]) {
        let mask = self.slots.len().saturating_sub(1);
        let slot = |hash: &u64| {
            let slot = self.slots.get((hash >> 32) as usize & mask);
            slot.copied().unwrap_or_default()
        };
        let begin = |hash: &u64| {
            let code = (slot(hash) as u32).saturating_sub(1);
            let begin = self.dictionary.ends.get(code as usize);
            begin.copied().unwrap_or_default()
        };
        let text = |hash: &u64| self.dictionary.text.as_bytes().get(begin(hash) as usize);
        std::hint::black_box(hashes.iter().fold(0, |sum, hash| sum ^ slot(hash)));
        std::hint::black_box(hashes.iter().fold(0, |sum, hash| sum ^ begin(hash)));
        let texts = hashes.iter().filter_map(text);
        std::hint::black_box(texts.fold(0, |sum, byte| sum ^ byte));
    }

    fn intern_hashed(&mut self, text: &str, hash: u64) -> Option<u32> {
        if self.dictionary.codes() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = hash >> 32 << 32;
        let mut at = (hash >> 32) as usize & mask;
        loop {
            let slot = self.slots.get(at).copied().unwrap_or_default();
            if slot == 0 {
                break;
            }
            if slot >> 32 << 32 == tag && self.dictionary.text(slot as u32) == text {
                return Some(slot as u32);
            }
            at = (at + 1) & mask;
        }
        let code = u32::try_from(self.dictionary.codes()).ok()?;
        let end = u32::try_from(self.dictionary.text.len() + text.len()).ok()?;
        self.dictionary.text.push_str(text);
        self.dictionary.ends.push(end);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = tag | u64::from(code);
        }
        Some(code)
    }

    pub(crate) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The finished dictionary; what only growing needs is given back.
    pub(crate) fn finish(mut self) -> Dictionary {
        self.freeze();
        self.dictionary
    }

    /// Gives back what only growing needs; the table is built again if a text is added all the same.
    pub(crate) fn freeze(&mut self) {
        self.dictionary.text.shrink_to_fit();
        self.dictionary.ends.shrink_to_fit();
        self.slots = vec![0; 0];
    }

    /// Makes a frozen dictionary ready to grow.
    pub(crate) fn thaw(&mut self) {
        if self.slots.is_empty() {
            self.grow();
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.dictionary.memory_bytes() + self.slots.capacity() * size_of::<u64>()
    }

    fn grow(&mut self) {
        let length = (self.dictionary.codes() * 2).next_power_of_two().max(64);
        let mask = length - 1;
        let mut slots = vec![0_u64; length];
        // A slot holds the half of the hash that its place comes from, so the texts need not be read again; a frozen
        // dictionary has no slots, and they must.
        let frozen = self.slots.is_empty().then(|| {
            let codes = 1..self.dictionary.codes() as u32;
            codes.map(|code| {
                self.key.hash(self.dictionary.text(code).as_bytes()) >> 32 << 32 | u64::from(code)
            })
        });
        let standing = self.slots.iter().copied().filter(|slot| *slot != 0);
        for slot in standing.chain(frozen.into_iter().flatten()) {
            let mut at = (slot >> 32) as usize & mask;
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(free) = slots.get_mut(at) {
                *free = slot;
            }
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a list that is searched from the front; 300 texts grow the table several times.
        #[test]
        fn agrees_with_a_plain_list(texts in prop::collection::vec("[a-cä]{0,4}", 0..300)) {
            let mut plain: Vec<&str> = vec![""];
            let mut builder = DictionaryBuilder::new(Key::new(7));
            for text in &texts {
                let expected = plain.iter().position(|known| known == text).unwrap_or_else(|| {
                    plain.push(text);
                    plain.len() - 1
                });
                prop_assert_eq!(builder.intern(text), Some(expected as u32));
            }
            let dictionary = builder.finish();
            prop_assert_eq!(dictionary.codes(), plain.len());
            prop_assert!(dictionary.texts().eq(plain.iter().skip(1).copied()));
            prop_assert_eq!(dictionary.text(plain.len() as u32), "");
        }
    }
}

//! The words of titles and sets, and the members of lists: a vector of rare and common ones for each value.
//!
//! Invariant: the words of a value are sorted by their hash, each once, and their weights have length one.

use super::{
    clean,
    forms::{MEMBER_END, Tokens},
};

/// The words of each code, flat.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    tokens: Tokens,
    ends: Vec<u32>,
    words: Vec<(u32, f32)>,
}

/// In how many values each word is, sorted by word.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordCounts {
    counts: Vec<(u32, u32)>,
    values: usize,
}

impl Words {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self {
            tokens,
            ends: vec![0],
            words: Vec::new(),
        }
    }

    /// Adds the words of the next code.
    pub(crate) fn push(&mut self, text: &str) {
        let begin = self.words.len();
        let entry = |word: &str| (clean::hash(word.as_bytes()), 1.0);
        match self.tokens {
            Tokens::None => return,
            Tokens::Words => self.words.extend(clean::words(text).map(entry)),
            Tokens::Members => self.words.extend(text.split(MEMBER_END).map(entry)),
        }
        if let Some(added) = self.words.get_mut(begin..) {
            added.sort_unstable_by_key(|(word, _)| *word);
        }
        let mut kept = begin;
        for at in begin..self.words.len() {
            let same = kept > begin && self.word(kept - 1) == self.word(at);
            if !same {
                self.words.swap(kept, at);
                kept += 1;
            }
        }
        self.words.truncate(kept);
        self.ends.push(kept as u32);
    }

    fn word(&self, at: usize) -> Option<u32> {
        self.words.get(at).map(|(word, _)| *word)
    }

    pub(crate) fn of(&self, code: u32) -> &[(u32, f32)] {
        let at = code as usize;
        let begin = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let span = begin.zip(self.ends.get(at));
        span.and_then(|(begin, end)| self.words.get(*begin as usize..*end as usize))
            .unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> WordCounts {
        let mut all: Vec<u32> = self.words.iter().map(|(word, _)| *word).collect();
        all.sort_unstable();
        let groups = all.chunk_by(|a, b| a == b);
        WordCounts {
            counts: groups
                .filter_map(|group| Some((*group.first()?, group.len() as u32)))
                .collect(),
            values: self.ends.len(),
        }
    }

    /// Weighs each word by how rare it is (inverse document frequency), each value to length one.
    pub(crate) fn weigh(&mut self, counts: &WordCounts) {
        let mut begin = 0;
        for end in self.ends.iter().skip(1) {
            let words = self.words.get_mut(begin..*end as usize);
            begin = *end as usize;
            let Some(words) = words else { continue };
            for (word, weight) in words.iter_mut() {
                *weight = counts.rarity(*word);
            }
            let length = words
                .iter()
                .map(|(_, weight)| weight * weight)
                .sum::<f32>()
                .sqrt();
            for (_, weight) in words.iter_mut() {
                *weight /= length.max(f32::MIN_POSITIVE);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.ends.capacity() * size_of::<u32>() + self.words.capacity() * size_of::<(u32, f32)>()
    }
}

impl WordCounts {
    fn rarity(&self, word: u32) -> f32 {
        let at = self.counts.binary_search_by_key(&word, |(word, _)| *word);
        let count = at
            .ok()
            .and_then(|at| self.counts.get(at))
            .map_or(1, |(_, count)| *count);
        (self.values.max(2) as f32 / count as f32).ln() + 0.5
    }
}

/// How many words two values share.
pub(crate) fn shared(left: &[(u32, f32)], right: &[(u32, f32)]) -> usize {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut count = 0;
    while let (Some((x, _)), Some((y, _))) = (left.peek(), right.peek()) {
        let order = x.cmp(y);
        count += usize::from(order.is_eq());
        if order.is_le() {
            left.next();
        }
        if order.is_ge() {
            right.next();
        }
    }
    count
}

/// The cosine of two word vectors, from 0 to 1.
pub(crate) fn cosine(left: &[(u32, f32)], right: &[(u32, f32)]) -> f32 {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut sum = 0.0;
    while let (Some((x, p)), Some((y, q))) = (left.peek(), right.peek()) {
        if x <= y {
            left.next();
        }
        if y <= x {
            right.next();
        }
        if x == y {
            sum += p * q;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_weigh_more_and_vectors_have_length_one() {
        let mut words = Words::new(Tokens::Words);
        for text in [
            "ann arbor university",
            "ohio state university",
            "university university",
        ] {
            words.push(text);
        }
        words.weigh(&words.counts());
        let length = |code| {
            words
                .of(code)
                .iter()
                .map(|(_, weight)| weight * weight)
                .sum::<f32>()
        };
        assert!((1..=3).all(|code| (length(code) - 1.0).abs() < 1e-5));
        assert_eq!(words.of(3).len(), 1);
        assert!(cosine(words.of(1), words.of(1)) > 0.9999);
        let (common, none) = (
            cosine(words.of(1), words.of(2)),
            cosine(words.of(1), words.of(0)),
        );
        assert!(common > 0.05 && common < 0.4, "{common}");
        assert_eq!(none, 0.0);
    }
}

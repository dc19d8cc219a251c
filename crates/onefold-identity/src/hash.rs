//! Keyed hashing that gives the same number on every machine and in every run.
//!
//! Invariant: results depend on the key and the bytes alone. Identifier values come from outside, so
//! the function is SipHash-1-3: without the key nobody can aim many values at one bucket.

/// A key made of a store's seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(u64, u64);

impl Key {
    pub(crate) const ZERO: Self = Self(0, 0);

    pub(crate) fn new(seed: u128) -> Self {
        Self(seed as u64, (seed >> 64) as u64)
    }

    pub(crate) fn halves(self) -> (u64, u64) {
        (self.0, self.1)
    }

    /// The hash of bytes that are all there, for which nothing has to be kept between words.
    pub(crate) fn hash(self, bytes: &[u8]) -> u64 {
        let mut hasher = Hasher::new(self);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            hasher.compress(u64::from_le_bytes(*word));
        }
        hasher.tail = match bytes.last_chunk::<8>() {
            // The last eight bytes in one access, without those that are in a word already.
            Some(last) if !rest.is_empty() => {
                u64::from_le_bytes(*last) >> (64 - 8 * rest.len() as u32)
            }
            Some(_) => 0,
            None => little_endian(rest),
        };
        hasher.length = bytes.len() as u64;
        hasher.finish()
    }
}

/// SipHash with one round a word and three at the end.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    state: [u64; 4],
    tail: u64,
    tail_bytes: usize,
    length: u64,
}

impl Hasher {
    pub(crate) fn new(Key(low, high): Key) -> Self {
        Self {
            state: [
                low ^ 0x736f_6d65_7073_6575,
                high ^ 0x646f_7261_6e64_6f6d,
                low ^ 0x6c79_6765_6e65_7261,
                high ^ 0x7465_6462_7974_6573,
            ],
            tail: 0,
            tail_bytes: 0,
            length: 0,
        }
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if self.tail_bytes > 0 {
            let (head, rest) = bytes.split_at(bytes.len().min(8 - self.tail_bytes));
            self.tail |= little_endian(head) << (8 * self.tail_bytes);
            self.tail_bytes += head.len();
            if self.tail_bytes < 8 {
                return;
            }
            self.compress(self.tail);
            bytes = rest;
        }
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.compress(u64::from_le_bytes(*word));
        }
        self.tail = little_endian(rest);
        self.tail_bytes = rest.len();
    }

    /// Writes the length first, so that two neighbouring texts cannot be cut in another place.
    pub(crate) fn write_text(&mut self, text: &str) {
        self.write(&(text.len() as u64).to_le_bytes());
        self.write(text.as_bytes());
    }

    pub(crate) fn finish(mut self) -> u64 {
        self.compress(self.tail | (self.length << 56));
        self.state[2] ^= 0xff;
        for _ in 0..3 {
            self.round();
        }
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }

    fn compress(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.state = [a, b, c, d];
    }
}

/// Up to eight bytes as a number.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher as _};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The standard library's hasher is SipHash-1-3 with a key of zeros.
        #[test]
        fn agrees_with_the_standard_library(parts in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..40), 0..5)) {
            let mut ours = Hasher::new(Key::ZERO);
            let mut theirs = DefaultHasher::new();
            for part in &parts {
                ours.write(part);
                theirs.write(part);
            }
            let ours = ours.finish();
            prop_assert_eq!(ours, theirs.finish());
            prop_assert_eq!(ours, Key::ZERO.hash(&parts.concat()));
        }
    }

    #[test]
    fn the_key_changes_the_hash() {
        let hash = |seed| Key::new(seed).hash(b"email:ann@example.com");
        assert_ne!(hash(1), hash(2));
        assert_ne!(hash(1), hash(1 << 64));
        assert_eq!(hash(1), hash(1));
    }
}

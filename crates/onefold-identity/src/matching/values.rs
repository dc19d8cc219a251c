//! What is known of each distinct value of a field, so that comparing two costs little.
//!
//! Invariant: every table that a kind has holds one entry a code. Coarser forms are hashes of text, so
//! they can be compared between two dictionaries.

use super::{
    clean,
    dictionary::{Dictionary, DictionaryBuilder},
    forms::{Asked, Form, Forms},
    words::{WordCounts, Words},
};

/// Distinct cleaned values with what comparing and blocking need of each.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    asked: Asked,
    texts: DictionaryBuilder,
    /// What comparing reads of each value, side by side.
    entries: Vec<Entry>,
    /// How the value sounds.
    sounds: Vec<u32>,
    /// The words of titles and sets and the members of lists, with their weights.
    words: Words,
    /// What declared levels read.
    forms: Forms,
}

/// One value in [`Values`].
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// Where its text is in the dictionary.
    begin: u32,
    end: u32,
    /// The letters and digits of the value, a bit each.
    bag: u64,
    /// A coarser form: of a nickname, the user of an e-mail address, the street of an address; the number of a date.
    root: u32,
}

/// One value, as comparing sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) bag: u64,
    pub(crate) root: u32,
    pub(crate) words: &'a [(u32, f32)],
}

impl Values {
    pub(crate) fn new(asked: Asked, texts: DictionaryBuilder) -> Self {
        let mut values = Self {
            texts,
            entries: vec![Entry::default()],
            sounds: vec![0],
            words: Words::new(asked.tokens),
            forms: Forms::new(&asked),
            asked,
        };
        values.describe();
        values
    }

    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// In how many values each word is.
    pub(crate) fn word_counts(&self) -> WordCounts {
        self.words.counts()
    }

    pub(crate) fn texts(&self) -> &Dictionary {
        self.texts.dictionary()
    }

    /// Gives back what only a growing dictionary needs.
    pub(crate) fn freeze(&mut self) {
        self.texts.freeze();
    }

    /// Makes frozen values ready to grow.
    pub(crate) fn thaw(&mut self) {
        self.texts.thaw();
    }

    /// The code of a cleaned text, a new one if it was never seen; missing if the dictionary is full.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let code = self.texts.intern(text).unwrap_or_default();
        self.describe();
        code
    }

    /// Fills the tables for the codes that were added.
    fn describe(&mut self) {
        let kind = self.asked.kind;
        let texts = self.texts.dictionary();
        for code in self.entries.len() as u32..texts.codes() as u32 {
            let (begin, end) = texts.span(code);
            let text = texts.text(code);
            self.entries.push(Entry {
                begin,
                end,
                bag: bag(text),
                root: clean::root(kind, text),
            });
            if clean::has_sound(kind) {
                self.sounds.push(clean::sound(text));
            }
            self.words.push(text);
            self.forms.push(text);
        }
    }

    /// Weighs the words of all values by how rare they are.
    pub(crate) fn weigh(&mut self, counts: &WordCounts) {
        self.words.weigh(counts);
    }

    pub(crate) fn value(&self, code: u32) -> Value<'_> {
        let entry = self.entries.get(code as usize).copied().unwrap_or_default();
        Value {
            bytes: self.texts().bytes(entry.begin, entry.end),
            bag: entry.bag,
            root: entry.root,
            words: self.words.of(code),
        }
    }

    pub(crate) fn bytes(&self, code: u32) -> &[u8] {
        let entry = self.entries.get(code as usize).copied().unwrap_or_default();
        self.texts().bytes(entry.begin, entry.end)
    }

    pub(crate) fn root(&self, code: u32) -> u32 {
        self.entries
            .get(code as usize)
            .map_or(0, |entry| entry.root)
    }

    pub(crate) fn sound(&self, code: u32) -> u32 {
        self.sounds.get(code as usize).copied().unwrap_or_default()
    }

    pub(crate) fn words(&self, code: u32) -> &[(u32, f32)] {
        self.words.of(code)
    }

    pub(crate) fn form(&self, form: Form, code: u32) -> u32 {
        self.forms.of(form, code)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes()
            + self.entries.capacity() * size_of::<Entry>()
            + self.sounds.capacity() * size_of::<u32>()
            + self.words.memory_bytes()
            + self.forms.memory_bytes()
    }
}

impl Value<'_> {
    /// Whether two values have enough letters in common to be similar at all.
    pub(crate) fn may_resemble(self, other: Self) -> bool {
        let common = (self.bag & other.bag).count_ones();
        let most = self.bag.count_ones().max(other.bag.count_ones());
        common * 2 >= most
    }

    /// Whether it has several words.
    pub(crate) fn has_gap(self) -> bool {
        self.bag & GAP != 0
    }
}

/// The bit of a space.
const GAP: u64 = 1 << 63;

fn bag(text: &str) -> u64 {
    let bit = |byte: u8| match byte {
        b' ' => 63,
        b'a'..=b'z' => byte - b'a',
        b'0'..=b'9' => byte - b'0' + 26,
        _ => 36 + byte % 27,
    };
    text.bytes().fold(0, |bag, byte| bag | 1 << bit(byte))
}

//! Identifiers and their dense numbers.
//!
//! Invariant: numbers are given in order of first sight and never change; no identifier has two.

use onefold_event::Identifier;
use smallvec::SmallVec;

use crate::{
    column::Column,
    hash::Key,
    index::{HashIndex, row_number},
};

type Index = HashIndex<(), 2, 256>;

#[derive(Debug, Clone)]
pub(crate) struct Interner {
    key: Key,
    index: Index,
    identifiers: Column<Identifier>,
    text_bytes: usize,
}

impl Interner {
    pub(crate) fn new(key: Key) -> Self {
        Self {
            key,
            index: Index::new(),
            identifiers: Column::new(),
            text_bytes: 0,
        }
    }

    /// All at once; the caller vouches that no identifier comes twice.
    pub(crate) fn from_identifiers(key: Key, identifiers: Column<Identifier>) -> Self {
        let hashed = identifiers
            .iter()
            .map(|it| (hash_of(key, it), ()))
            .collect();
        let text_bytes = identifiers.iter().map(text_bytes).sum();
        Self {
            key,
            index: Index::from_rows(hashed),
            identifiers,
            text_bytes,
        }
    }

    /// The hash that [`find`](Self::find) and [`push`](Self::push) take.
    pub(crate) fn hash(&self, identifier: &Identifier) -> u32 {
        hash_of(self.key, identifier)
    }

    pub(crate) fn find(&self, hash: u32, identifier: &Identifier) -> Option<u32> {
        self.index
            .find(hash, |number, _| self.get(number) == Some(identifier))
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Identifier> {
        self.identifiers.get(number as usize)
    }

    pub(crate) fn push(&mut self, hash: u32, identifier: Identifier) -> u32 {
        let number = row_number(self.identifiers.len());
        self.text_bytes += text_bytes(&identifier);
        self.index.push(hash, ());
        self.identifiers.push_back(identifier);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.identifiers.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.identifiers.iter()
    }

    /// The numbers in the order of the identifiers' text.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let mut order: Vec<(&Identifier, u32)> = self.iter().zip(0..).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, number)| number).collect()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let row = size_of::<Identifier>() + Index::ROW_BYTES;
        self.len() * row + self.text_bytes
    }
}

fn hash_of(key: Key, identifier: &Identifier) -> u32 {
    // A kind has no `:`, so the pair cannot be cut in another place.
    let (kind, value) = (identifier.kind().as_str(), identifier.value());
    let mut bytes = SmallVec::<[u8; 128]>::with_capacity(value.len() + 1 + kind.len());
    bytes.extend_from_slice(value.as_bytes());
    bytes.push(b':');
    bytes.extend_from_slice(kind.as_bytes());
    key.hash(&bytes) as u32
}

/// The value's own allocation: two counts, and the text rounded up as allocators do.
fn text_bytes(identifier: &Identifier) -> usize {
    (16 + identifier.value().len() + 8).next_multiple_of(16)
}

//! Small numbers for things that repeat: purposes, channels, sources, notices.
//!
//! Invariant: numbers count up from 0 in order of first sight and are never reused.

use imbl::{OrdMap, Vector};

/// Numbers for equal things. A clone is O(1).
#[derive(Debug, Clone)]
pub(crate) struct Interner<T: Ord + Clone> {
    items: Vector<T>,
    numbers: OrdMap<T, u32>,
}

impl<T: Ord + Clone> Default for Interner<T> {
    fn default() -> Self {
        Self {
            items: Vector::new(),
            numbers: OrdMap::new(),
        }
    }
}

impl<T: Ord + Clone> Interner<T> {
    /// The number of `item`, a new one if it was never seen.
    pub(crate) fn intern(&mut self, item: &T) -> u32 {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.items.len() as u32;
        self.items.push_back(item.clone());
        self.numbers.insert(item.clone(), number);
        number
    }

    /// The number of `item`, if it was ever seen.
    pub(crate) fn number(&self, item: &T) -> Option<u32> {
        self.numbers.get(item).copied()
    }

    /// What has this number.
    pub(crate) fn item(&self, number: u32) -> Option<&T> {
        self.items.get(number as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.items.iter()
    }
}

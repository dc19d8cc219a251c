//! Small numbers for names that repeat: traits, sources.
//!
//! Invariant: numbers count up from 0 in order of first sight and are never reused.

use std::borrow::Borrow;

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
    pub(crate) fn intern<Q>(&mut self, item: &Q, own: impl FnOnce(&Q) -> T) -> u32
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.items.len() as u32;
        let item = own(item);
        self.items.push_back(item.clone());
        self.numbers.insert(item, number);
        number
    }

    /// The number of `item`, if it was ever seen.
    pub(crate) fn number<Q>(&self, item: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
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

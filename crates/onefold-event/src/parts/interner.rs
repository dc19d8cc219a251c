//! Small numbers for things that repeat: names, sources, notices.
//!
//! Invariant: numbers count up from 0 in order of first sight and are never reused.

use std::borrow::Borrow;

use imbl::{OrdMap, Vector};

use crate::parts::{Reader, put_number};

/// Numbers for equal things. A clone is O(1).
#[derive(Debug, Clone)]
pub struct Interner<T: Ord + Clone> {
    items: Vector<T>,
    numbers: OrdMap<T, u32>,
}

impl<T: Ord + Clone> Interner<T> {
    /// The number of `item`, a new one if it was never seen.
    pub fn intern(&mut self, item: &T) -> u32 {
        self.intern_with(item, T::clone)
    }

    /// The number of `item`, a new one if it was never seen; only then it is made one's own.
    pub fn intern_with<Q>(&mut self, item: &Q, own: impl FnOnce(&Q) -> T) -> u32
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
    pub fn number<Q>(&self, item: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.numbers.get(item).copied()
    }

    /// What has this number.
    pub fn item(&self, number: u32) -> Option<&T> {
        self.items.get(number as usize)
    }

    /// Whether anything has this number.
    pub fn has(&self, number: u32) -> bool {
        (number as usize) < self.items.len()
    }

    /// How many things there are.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The things in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.items.iter()
    }

    /// Appends the stored form: how many, then each as `write` appends it.
    pub fn write(&self, out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
        put_number(out, self.items.len() as u64);
        self.items.iter().for_each(|item| write(item, out));
    }

    /// Reads the stored form; `read` gives `None` for a damaged item.
    pub fn read<'a>(
        reader: &mut Reader<'a>,
        read: impl Fn(&mut Reader<'a>) -> Option<T>,
    ) -> Option<Self> {
        let mut table = Self::default();
        for expected in 0..reader.small()? {
            // Each item must be new: a repeated one would shift the numbers of all that follow.
            if table.intern(&read(reader)?) != expected {
                return None;
            }
        }
        Some(table)
    }
}

impl<T: Ord + Clone> Default for Interner<T> {
    fn default() -> Self {
        Self {
            items: Vector::new(),
            numbers: OrdMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parts::put_text;

    fn write(names: &Interner<Box<str>>) -> Vec<u8> {
        let mut out = Vec::new();
        names.write(&mut out, |name, out| put_text(out, name));
        out
    }

    fn read(bytes: &[u8]) -> Option<Interner<Box<str>>> {
        let mut reader = Reader::new(bytes);
        let names = Interner::read(&mut reader, |reader| Some(reader.text()?.into()));
        names.filter(|_| reader.rest().is_empty())
    }

    #[test]
    fn a_repeated_or_missing_item_is_damage() {
        let items = |bytes| read(bytes).map(|names| names.iter().cloned().collect::<Vec<_>>());
        assert_eq!(
            items(&[2, 1, b'a', 1, b'b']),
            Some(vec!["a".into(), "b".into()])
        );
        assert_eq!(items(&[2, 1, b'a', 1, b'a']), None);
        assert_eq!(items(&[2, 1, b'a']), None);
        assert_eq!(items(&[0]), Some(Vec::new()));
    }

    proptest! {
        /// Against a list that is searched from the front, with a snapshot before the last half.
        #[test]
        fn agrees_with_a_plain_list(seen in prop::collection::vec("[a-c]{0,2}", 0..40)) {
            let mut plain: Vec<&str> = Vec::new();
            let mut names: Interner<Box<str>> = Interner::default();
            let mut snapshots = Vec::new();
            for name in &seen {
                snapshots.push((names.clone(), plain.clone()));
                let known = plain.iter().position(|known| known == name);
                prop_assert_eq!(names.number(name.as_str()), known.map(|at| at as u32));
                let number = known.unwrap_or_else(|| {
                    plain.push(name);
                    plain.len() - 1
                });
                prop_assert_eq!(names.intern_with(name.as_str(), |name| name.into()), number as u32);
                prop_assert_eq!(names.intern(&name.as_str().into()), number as u32);
            }
            snapshots.push((names, plain));
            for (names, plain) in snapshots {
                prop_assert!(names.iter().map(|name| &**name).eq(plain.iter().copied()));
                for number in 0..=plain.len() {
                    let item = plain.get(number).copied();
                    prop_assert_eq!(names.item(number as u32).map(|name| &**name), item);
                    prop_assert_eq!(names.has(number as u32), item.is_some());
                }
                let bytes = write(&names);
                let again = read(&bytes).unwrap();
                prop_assert!(again.iter().eq(names.iter()));
                prop_assert_eq!(write(&again), bytes);
            }
        }
    }
}

//! The ids of people: dense numbers for ids that a table has met, in the order in which it met them.
//!
//! Invariant: numbers are given by first appearance, so they do not depend on hashes.

use std::fmt;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// Ids below this are looked up by place.
const DIRECT_MAX: u64 = 1 << 24;
/// The number of nobody.
pub(crate) const NONE: u32 = u32::MAX;

/// A person's or organisation's id as the host has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id<'a> {
    /// A whole number.
    Number(i64),
    /// Text.
    Text(&'a str),
}

impl Id<'_> {
    /// A number below 2^63 that stands for it in a checksum: a whole number modulo 2^63, a text as the first
    /// 8 bytes of its SHA-256 without the top bit.
    pub fn fingerprint(self) -> u64 {
        let word = match self {
            Self::Number(number) => number.cast_unsigned(),
            Self::Text(text) => {
                let digest = Sha256::digest(text);
                let first = digest.iter().take(8);
                first.fold(0, |word, byte| word << 8 | u64::from(*byte))
            }
        };
        word & u64::MAX >> 1
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<i64> for Id<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Id<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    order: Vec<Own>,
    /// Numbers of small ids by place, as far as the largest of them.
    direct: Vec<u32>,
    numbers: FxHashMap<i64, u32>,
    texts: FxHashMap<Box<str>, u32>,
}

#[derive(Debug, Clone)]
enum Own {
    Number(i64),
    Text(Box<str>),
}

impl Ids {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is an id of a kind: text or whole number.
    #[cfg_attr(
        not(feature = "arrow"),
        expect(dead_code, reason = "only columns have ids of one kind")
    )]
    pub(crate) fn has(&self, text: bool) -> bool {
        match text {
            true => !self.texts.is_empty(),
            false => self.order.len() > self.texts.len(),
        }
    }

    #[inline]
    pub(crate) fn find(&self, id: Id<'_>) -> Option<u32> {
        match id {
            Id::Number(number) => match small(number) {
                Some(small) => {
                    let number = self.direct.get(small).copied();
                    number.filter(|number| *number != NONE)
                }
                None => self.numbers.get(&number).copied(),
            },
            Id::Text(text) => self.texts.get(text).copied(),
        }
    }

    /// The number of an id, which is new if it was not met before.
    #[inline]
    pub(crate) fn number(&mut self, id: Id<'_>) -> u32 {
        match self.find(id) {
            Some(number) => number,
            None => self.add(id),
        }
    }

    fn add(&mut self, id: Id<'_>) -> u32 {
        let number = u32::try_from(self.order.len()).unwrap_or(NONE - 1);
        match id {
            Id::Number(id) => {
                self.order.push(Own::Number(id));
                match small(id) {
                    Some(small) => self.place(small, number),
                    None => {
                        self.numbers.insert(id, number);
                    }
                }
            }
            Id::Text(id) => {
                self.order.push(Own::Text(id.into()));
                self.texts.insert(id.into(), number);
            }
        }
        number
    }

    fn place(&mut self, small: usize, number: u32) {
        if self.direct.len() <= small {
            self.direct.resize(small + 1, NONE);
        }
        if let Some(place) = self.direct.get_mut(small) {
            *place = number;
        }
    }

    /// The numbers of many ids; [`NONE`] for those that were not met.
    #[cfg_attr(
        not(feature = "arrow"),
        expect(dead_code, reason = "rows come one by one without columns")
    )]
    pub(crate) fn find_all(&self, ids: &[i64]) -> Vec<u32> {
        let one = |id: &i64| match small(*id) {
            Some(small) => self.direct.get(small).copied().unwrap_or(NONE),
            None => self.numbers.get(id).copied().unwrap_or(NONE),
        };
        ids.iter().map(one).collect()
    }

    pub(crate) fn get(&self, number: u32) -> Option<Id<'_>> {
        self.order.get(number as usize).map(|own| match own {
            Own::Number(number) => Id::Number(*number),
            Own::Text(text) => Id::Text(text),
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        let pages = self.direct.capacity() * 4;
        let texts: usize = self.texts.keys().map(|text| 2 * text.len()).sum();
        let hashed = self.numbers.capacity() * 17 + self.texts.capacity() * 25;
        pages + texts + hashed + self.order.capacity() * size_of::<Own>()
    }
}

fn small(id: i64) -> Option<usize> {
    let id = u64::try_from(id).ok().filter(|id| *id < DIRECT_MAX)?;
    usize::try_from(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_by_first_appearance() {
        let mut ids = Ids::default();
        let given = [
            Id::Number(7),
            Id::Number(-7),
            Id::Text("7"),
            Id::Number(1 << 40),
            Id::Number(5000),
            Id::Number(7),
            Id::Number(-7),
        ];
        let numbers = given.map(|id| ids.number(id));
        assert_eq!(numbers, [0, 1, 2, 3, 4, 0, 1]);
        assert_eq!(ids.get(3), Some(Id::Number(1 << 40)));
        assert_eq!(ids.find(Id::Number(8)), None);
        assert_eq!(ids.find(Id::Number(9000)), None);
        assert_eq!(ids.len(), 5);
    }
}

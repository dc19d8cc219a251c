//! Identifiers as texts, each stored once, and their dense numbers.
//!
//! Invariants: numbers are given in order of first sight; no text has two; two texts are the same only where all their
//! bytes are. The hash leads to a place and decides nothing.

use onefold_event::{Error, ErrorKind};

use crate::hash::Key;

/// A field of a line, as [`Texts::find_all`] takes it: its text and the hash of it.
pub(super) type Hashed<'a> = (&'a [u8], u32);

/// How many texts are looked up together: their accesses to memory overlap, and all of them still fit the cache.
pub(super) const GROUP: usize = 512;

/// No number.
pub(super) const NONE: u32 = u32::MAX;

/// Entries begin at multiples of this, so that 32 bits name a place among 16 GiB.
const UNIT: usize = 4;

/// Before an entry's text: its number, and its length in one byte.
const HEAD: usize = 5;

/// The length that says: the true one follows, in four bytes.
const LONG: u8 = u8::MAX;

const BITS_MIN: u32 = 10;
const BITS_MAX: u32 = 32;

/// The texts one after another, and a table of their places.
///
/// The table has linear probing and at least a quarter of it is empty. A slot holds 32 bits of the hash and 32 of the
/// place; the upper bits of the hash are the home of the slot, so the table doubles in one pass over itself.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    key: Key,
    slots: Vec<u64>,
    bits: u32,
    arena: Vec<u8>,
    count: u32,
}

/// Where the search for a text ended.
enum Found {
    /// Its number.
    Number(u32),
    /// The index of the empty slot that would be its own.
    Vacant(usize),
}

/// What a group of lookups found out so far; kept between groups to spare the memory.
#[derive(Debug)]
pub(super) struct Group {
    slots: [u64; GROUP],
    heads: [u64; GROUP],
    numbers: [u32; GROUP],
}

impl Group {
    pub(super) fn new() -> Self {
        Self {
            slots: [0; GROUP],
            heads: [0; GROUP],
            numbers: [NONE; GROUP],
        }
    }
}

impl Texts {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            slots: vec![0; 1 << BITS_MIN],
            bits: BITS_MIN,
            // Place 0 is nobody's, so an empty slot is 0.
            arena: vec![0; 2 * UNIT],
            count: 0,
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// The number of a text that is there.
    pub(super) fn number(&self, text: &[u8]) -> Option<u32> {
        match self.find(short_hash(self.key, text), text) {
            Found::Number(number) => Some(number),
            Found::Vacant(_) => None,
        }
    }

    /// The number of a text, which is new if it was not there.
    ///
    /// # Errors
    /// `LimitExceeded` where the texts pass 16 GiB.
    pub(super) fn intern(&mut self, hash: u32, text: &[u8]) -> Result<u32, Error> {
        let vacant = match self.find(hash, text) {
            Found::Number(number) => return Ok(number),
            Found::Vacant(vacant) => vacant,
        };
        let number = self.count;
        let place = self.push(number, text)?;
        if let Some(slot) = self.slots.get_mut(vacant) {
            *slot = pack(hash, place);
        }
        self.count += 1;
        if self.count as usize > self.slots.len() / 4 * 3 {
            self.double();
        }
        Ok(number)
    }

    /// The numbers of a group of texts, in their order; new ones are given to those that were not there.
    ///
    /// Each pass is a loop whose accesses to memory do not depend on each other, so the processor waits for many of them
    /// at once: the slots first, then the entries they name, then the comparison. What was found there stays true, as no
    /// text ever moves to another number. Only the rest is looked up one by one, in order.
    ///
    /// # Errors
    /// As [`intern`](Self::intern).
    pub(super) fn intern_all<'g>(
        &mut self,
        texts: &[Hashed<'_>],
        group: &'g mut Group,
    ) -> Result<&'g [u32], Error> {
        debug_assert!(texts.len() <= GROUP);
        for ((_, hash), slot) in texts.iter().zip(&mut group.slots) {
            *slot = self.slot(self.home(*hash));
        }
        for ((_, hash), slot) in texts.iter().zip(&mut group.slots) {
            *slot = self.probe(*hash, *slot);
        }
        for (slot, head) in group.slots.iter().zip(&mut group.heads).take(texts.len()) {
            *head = self.head(place(*slot));
        }
        let known = group.slots.iter().zip(&group.heads);
        for (((text, _), (slot, head)), number) in texts.iter().zip(known).zip(&mut group.numbers) {
            *number = match self.holds(place(*slot), *head, text) {
                true => number_in(*head),
                false => NONE,
            };
        }
        for ((text, hash), number) in texts.iter().zip(&mut group.numbers) {
            if *number == NONE {
                *number = self.intern(*hash, text)?;
            }
        }
        Ok(group.numbers.get(..texts.len()).unwrap_or_default())
    }

    /// The texts in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut at = 2 * UNIT;
        std::iter::from_fn(move || {
            let text = self.text(at, self.head_at(at)?)?;
            at = entry_end(at, text.len());
            Some(text)
        })
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.arena.capacity() + self.slots.capacity() * size_of::<u64>()
    }

    fn find(&self, hash: u32, text: &[u8]) -> Found {
        let mask = self.slots.len() - 1;
        let mut index = self.home(hash);
        loop {
            let slot = self.slot(index);
            if slot == 0 {
                return Found::Vacant(index);
            }
            if hash_in(slot) == hash {
                let head = self.head(place(slot));
                if self.holds(place(slot), head, text) {
                    return Found::Number(number_in(head));
                }
            }
            // A quarter of the table is empty, so the search ends.
            index = (index + 1) & mask;
        }
    }

    /// The first slot from home on that has the hash or is empty, given the one at home.
    fn probe(&self, hash: u32, mut slot: u64) -> u64 {
        let mask = self.slots.len() - 1;
        let mut index = self.home(hash);
        while slot != 0 && hash_in(slot) != hash {
            index = (index + 1) & mask;
            slot = self.slot(index);
        }
        slot
    }

    fn home(&self, hash: u32) -> usize {
        (u64::from(hash) >> (32 - self.bits)) as usize
    }

    fn slot(&self, index: usize) -> u64 {
        self.slots.get(index).copied().unwrap_or_default()
    }

    /// The first eight bytes of an entry: its number, its length, three bytes of its text.
    fn head(&self, place: u32) -> u64 {
        self.head_at(place as usize * UNIT).unwrap_or_default()
    }

    fn head_at(&self, at: usize) -> Option<u64> {
        let bytes = self.arena.get(at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    fn holds(&self, place: u32, head: u64, text: &[u8]) -> bool {
        place != 0 && self.text(place as usize * UNIT, head) == Some(text)
    }

    fn text(&self, at: usize, head: u64) -> Option<&[u8]> {
        let start = at + HEAD;
        match (head >> 32) as u8 {
            LONG => {
                let length = u32::from_le_bytes(*self.arena.get(start..)?.first_chunk()?);
                self.arena.get(start + 4..)?.get(..length as usize)
            }
            length => self.arena.get(start..)?.get(..usize::from(length)),
        }
    }

    /// Appends an entry and gives its place.
    fn push(&mut self, number: u32, text: &[u8]) -> Result<u32, Error> {
        let at = self.arena.len();
        let (Ok(place), Ok(length)) = (u32::try_from(at / UNIT), u32::try_from(text.len())) else {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                "the identifiers pass 16 GiB of text; stitch them in parts, by kind or by region",
            ));
        };
        self.arena.extend_from_slice(&number.to_le_bytes());
        match u8::try_from(length) {
            Ok(length) if length != LONG => self.arena.push(length),
            _ => {
                self.arena.push(LONG);
                self.arena.extend_from_slice(&length.to_le_bytes());
            }
        }
        self.arena.extend_from_slice(text);
        // Whole units, of which the first eight bytes can be read at once.
        self.arena.resize(entry_end(at, text.len()), 0);
        Ok(place)
    }

    fn double(&mut self) {
        // With 32 bits the table holds three thousand million, more than fit 16 GiB of text.
        if self.bits == BITS_MAX {
            return;
        }
        self.bits += 1;
        let slots = vec![0; 1 << self.bits];
        let mask = slots.len() - 1;
        for slot in std::mem::replace(&mut self.slots, slots) {
            if slot == 0 {
                continue;
            }
            let mut index = self.home(hash_in(slot));
            while self.slot(index) != 0 {
                index = (index + 1) & mask;
            }
            if let Some(empty) = self.slots.get_mut(index) {
                *empty = slot;
            }
        }
    }
}

/// The half of the hash that the table keeps.
pub(super) fn short_hash(key: Key, text: &[u8]) -> u32 {
    (key.hash(text) >> 32) as u32
}

fn pack(hash: u32, place: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(place)
}

fn hash_in(slot: u64) -> u32 {
    (slot >> 32) as u32
}

fn place(slot: u64) -> u32 {
    slot as u32
}

fn number_in(head: u64) -> u32 {
    head as u32
}

/// Where the entry at `at`, with a text of this length, ends.
fn entry_end(at: usize, length: usize) -> usize {
    let head = match length < usize::from(LONG) {
        true => HEAD,
        false => HEAD + 4,
    };
    (at + head + length)
        .next_multiple_of(UNIT)
        .max(at + 2 * UNIT)
}

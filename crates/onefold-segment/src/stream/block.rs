//! What is kept of one person: a single run of words, and what is too long for it beside it.
//!
//! Layout: the bits of atoms and composites · which cells are present, as bits · the last place in order
//! (time and position, where the order matters) · one head per present cell · their payloads.
//! A head is the cell's timer, rounded down to 67 seconds, above the length of its payload.
//!
//! Invariant: heads and payloads follow the present cells in order, and lengths in the heads add up to
//! the payload.

use super::words::{TIME, set_bit, set_time, time_at};
use crate::{history::Key, instant::NEVER};

/// A payload longer than this stands beside the block.
const LENGTH_MAX: usize = 120;
/// The bits of a head that hold the length.
const LENGTH: u32 = 0x7f;
/// The payload stands beside the block.
const IS_LONG: u32 = 0x80;
/// A coarse timer that never comes.
const NEVER_COARSE: u32 = 0x00ff_ffff;
/// The first coarse instant: 2000-01-01. What is due before is looked at with every call.
const COARSE_START: i64 = 946_684_800_000_000;
/// Coarse instants are so many bits coarser: 67 seconds, which lasts until 2035 and saturates there.
const COARSE_BITS: u32 = 26;

/// How many words each part of the head of a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    pub(super) bits: usize,
    pub(super) cells: usize,
    /// 4 where the last place in order is kept, else 0.
    pub(super) key: usize,
}

impl Shape {
    fn heads(self) -> usize {
        self.bits + self.cells + self.key
    }
}

/// A long payload, and its cell.
pub(super) type Long = (u32, Vec<u32>);

/// The words of one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Block {
    pub(super) words: Vec<u32>,
    /// Long payloads by cell, sorted.
    #[expect(clippy::box_collection, reason = "nearly nobody has one")]
    pub(super) long: Option<Box<Vec<Long>>>,
}

/// Where a cell stands or would stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    is_present: bool,
    /// The place of its head.
    head: usize,
    /// The place of its payload.
    start: usize,
    length: usize,
    is_long: bool,
}

impl Block {
    /// A person of whom nothing is known; `bits` are the answers then.
    pub(super) fn new(shape: Shape, bits: &[u32]) -> Self {
        let mut words = Vec::with_capacity(shape.heads());
        words.extend_from_slice(bits);
        words.resize(shape.heads(), 0);
        let mut block = Self { words, long: None };
        block.set_key(
            shape,
            Key {
                time: i64::MIN,
                position: 0,
            },
        );
        block
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let long = self.long.iter().flat_map(|long| long.iter());
        let long = long.map(|(_, words)| words.capacity() * 4 + 32);
        self.words.capacity() * 4 + long.sum::<usize>()
    }

    /// The last place in order.
    pub(super) fn key(&self, shape: Shape) -> Key {
        let at = shape.bits + shape.cells;
        Key {
            time: time_at(&self.words, at),
            position: time_at(&self.words, at + TIME).cast_unsigned(),
        }
    }

    pub(super) fn set_key(&mut self, shape: Shape, key: Key) {
        if shape.key > 0 {
            let at = shape.bits + shape.cells;
            set_time(&mut self.words, at, key.time);
            set_time(&mut self.words, at + TIME, key.position.cast_signed());
        }
    }

    /// Where a cell stands.
    #[inline]
    pub(super) fn place(&self, shape: Shape, cell: u32) -> Place {
        let present = self.words.get(shape.bits..shape.bits + shape.cells);
        let (word, mask) = (cell as usize / 32, 1_u32 << (cell % 32));
        let (mut before, mut all, mut is_present) = (0, 0, false);
        for (number, present) in present.unwrap_or_default().iter().enumerate() {
            all += present.count_ones() as usize;
            if number < word {
                before = all;
            } else if number == word {
                before += (present & (mask - 1)).count_ones() as usize;
                is_present = present & mask != 0;
            }
        }
        let first = shape.heads();
        let heads = self.words.get(first..first + before).unwrap_or_default();
        let offset: u32 = heads.iter().map(|head| head & LENGTH).sum();
        let head = first + before;
        let own = if is_present {
            self.words.get(head).copied().unwrap_or(0)
        } else {
            0
        };
        Place {
            is_present,
            head,
            start: first + all + offset as usize,
            length: (own & LENGTH) as usize,
            is_long: own & IS_LONG != 0,
        }
    }

    /// Copies the payload of a cell, which is empty for one that is absent.
    #[inline]
    pub(super) fn load(&self, cell: u32, place: Place, payload: &mut Vec<u32>) {
        payload.clear();
        if place.is_long {
            payload.extend_from_slice(self.long_of(cell));
        } else if let Some(words) = self.words.get(place.start..place.start + place.length) {
            payload.extend_from_slice(words);
        }
    }

    fn long_of(&self, cell: u32) -> &[u32] {
        let long = self.long.as_deref().map_or(&[][..], Vec::as_slice);
        match long.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(at) => long.get(at).map_or(&[], |(_, words)| words),
            Err(_) => &[],
        }
    }

    /// Writes the payload and the timer of a cell; one without both is removed.
    #[inline]
    pub(super) fn store(
        &mut self,
        shape: Shape,
        cell: u32,
        place: Place,
        payload: &[u32],
        due: i64,
    ) {
        if payload.is_empty() && due == NEVER {
            self.remove(shape, cell, place);
            return;
        }
        let is_long = payload.len() > LENGTH_MAX;
        if is_long || place.is_long {
            self.store_long(cell, if is_long { payload } else { &[] });
        }
        let payload = if is_long { &[][..] } else { payload };
        let mut start = place.start;
        if place.is_present {
            self.resize(place.start + place.length, place.length, payload.len());
        } else {
            self.resize(place.start, 0, payload.len() + 1);
            self.words
                .copy_within(place.head..place.start, place.head + 1);
            start += 1;
            set_bit(&mut self.words, present_bit(shape, cell), true);
        }
        if let Some(words) = self.words.get_mut(start..start + payload.len()) {
            words.copy_from_slice(payload);
        }
        let flag = if is_long { IS_LONG } else { 0 };
        if let Some(head) = self.words.get_mut(place.head) {
            #[expect(clippy::cast_possible_truncation, reason = "at most LENGTH_MAX")]
            let length = payload.len() as u32;
            *head = coarse(due) << 8 | flag | length;
        }
    }

    fn remove(&mut self, shape: Shape, cell: u32, place: Place) {
        if !place.is_present {
            return;
        }
        if place.is_long {
            self.store_long(cell, &[]);
        }
        let end = place.start + place.length;
        self.words
            .copy_within(place.head + 1..place.start, place.head);
        self.words.copy_within(end.., place.start - 1);
        let length = self.words.len().saturating_sub(place.length + 1);
        self.words.truncate(length);
        if self.words.capacity() > 2 * length {
            self.words.shrink_to(length);
        }
        set_bit(&mut self.words, present_bit(shape, cell), false);
    }

    fn store_long(&mut self, cell: u32, payload: &[u32]) {
        let long = self.long.get_or_insert_default();
        match long.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(at) if payload.is_empty() => {
                long.remove(at);
            }
            Ok(at) => {
                if let Some((_, words)) = long.get_mut(at) {
                    words.clear();
                    words.extend_from_slice(payload);
                }
            }
            Err(at) if !payload.is_empty() => long.insert(at, (cell, payload.to_vec())),
            Err(_) => {}
        }
        if long.is_empty() {
            self.long = None;
        }
    }

    /// Moves what stands behind `end` so that a part of `before` words has `after` words.
    fn resize(&mut self, end: usize, before: usize, after: usize) {
        let length = self.words.len();
        if after > before {
            let more = after - before;
            if length + more > self.words.capacity() {
                // By little: people are many, and most of them stay small.
                self.words.reserve_exact(more.max(4).max(length / 16));
            }
            self.words.resize(length + more, 0);
            self.words.copy_within(end..length, end + more);
        } else if after < before {
            let less = before - after;
            self.words.copy_within(end.., end - less);
            self.words.truncate(length - less);
        }
    }

    /// Every present cell and its coarse timer.
    pub(super) fn present(&self, shape: Shape) -> impl Iterator<Item = (u32, u32)> {
        let present = self.words.get(shape.bits..shape.bits + shape.cells);
        let cells = (0_u32..)
            .zip(present.unwrap_or_default())
            .flat_map(|(word, bits)| {
                let mut bits = *bits;
                std::iter::from_fn(move || {
                    let lowest = (bits != 0).then(|| bits.trailing_zeros())?;
                    bits &= bits - 1;
                    Some(word * 32 + lowest)
                })
            });
        let heads = self.words.get(shape.heads()..).unwrap_or_default();
        cells.zip(heads.iter().map(|head| head >> 8))
    }

    /// Adds the cells whose coarse timer is not above `most`.
    pub(super) fn due(&self, shape: Shape, most: u32, cells: &mut Vec<u32>) {
        let present = self.words.get(shape.bits..shape.bits + shape.cells);
        let mut heads = self.words.get(shape.heads()..).unwrap_or_default();
        let above = (most << 8 | 0xff).saturating_add(1);
        for (number, word) in (0_u32..).zip(present.unwrap_or_default()) {
            let (own, behind) = heads
                .split_at_checked(word.count_ones() as usize)
                .unwrap_or_default();
            heads = behind;
            if !own.iter().any(|head| *head < above) {
                continue;
            }
            let mut bits = *word;
            for head in own {
                if *head < above {
                    cells.push(number * 32 + bits.trailing_zeros());
                }
                bits &= bits.wrapping_sub(1);
            }
        }
    }

    /// The least coarse timer.
    pub(super) fn least(&self, shape: Shape) -> u32 {
        let present = self.words.get(shape.bits..shape.bits + shape.cells);
        let count: u32 = present
            .unwrap_or_default()
            .iter()
            .map(|word| word.count_ones())
            .sum();
        let heads = self
            .words
            .get(shape.heads()..shape.heads() + count as usize);
        let least = heads.unwrap_or_default().iter().min();
        least.map_or(NEVER_COARSE, |head| head >> 8)
    }

    /// Whether the parts fit each other, for so many cells.
    pub(super) fn is_sound(&self, shape: Shape, cells: usize) -> bool {
        if self.words.len() < shape.heads() {
            return false;
        }
        let long = self.long.as_deref().map_or(&[][..], Vec::as_slice);
        let mut length = shape.heads();
        let mut beside = 0;
        for (number, (cell, _)) in self.present(shape).enumerate() {
            let head = self.words.get(shape.heads() + number).copied();
            let Some(head) = head.filter(|_| (cell as usize) < cells) else {
                return false;
            };
            length += 1 + (head & LENGTH) as usize;
            if head & IS_LONG != 0 {
                beside += 1;
                if head & LENGTH != 0 || self.long_of(cell).is_empty() {
                    return false;
                }
            }
        }
        length == self.words.len() && beside == long.len()
    }
}

fn present_bit(shape: Shape, cell: u32) -> u32 {
    u32::try_from(shape.bits * 32).unwrap_or(u32::MAX) + cell
}

/// An instant rounded down, which may be long before it but never behind it.
#[inline]
pub(super) fn coarse(time: i64) -> u32 {
    if time == NEVER {
        return NEVER_COARSE;
    }
    let steps = time.saturating_sub(COARSE_START) >> COARSE_BITS;
    u32::try_from(steps.clamp(0, i64::from(NEVER_COARSE - 1))).unwrap_or(0)
}

/// Whether this coarse timer never comes.
pub(super) fn is_never(coarse: u32) -> bool {
    coarse == NEVER_COARSE
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_are_read_as_they_were_written(
            writes in prop::collection::vec((0..70_u32, 0..130_usize, any::<bool>()), 1..60),
        ) {
            let shape = Shape { bits: 2, cells: 3, key: 4 };
            let mut block = Block::new(shape, &[7, 9]);
            let mut expected: BTreeMap<u32, (Vec<u32>, i64)> = BTreeMap::new();
            let mut payload = Vec::new();
            for (number, (cell, length, has_timer)) in (0_u32..).zip(writes) {
                let length = if number % 3 == 0 { length } else { length % 7 };
                let words = vec![number; length];
                let due = if has_timer { 1_767_225_600_000_000 + i64::from(number) } else { NEVER };
                let place = block.place(shape, cell);
                block.load(cell, place, &mut payload);
                prop_assert_eq!(&*payload, expected.get(&cell).map_or(&[][..], |(words, _)| words));
                block.store(shape, cell, place, &words, due);
                if words.is_empty() && due == NEVER {
                    expected.remove(&cell);
                } else {
                    expected.insert(cell, (words, due));
                }
                for cell in 0..70 {
                    block.load(cell, block.place(shape, cell), &mut payload);
                    prop_assert_eq!(&*payload, expected.get(&cell).map_or(&[][..], |(words, _)| words));
                }
                let timers: Vec<_> = block.present(shape).collect();
                let kept: Vec<_> = expected.iter().map(|(cell, (_, due))| (*cell, coarse(*due))).collect();
                prop_assert_eq!(&timers, &kept);
                let least = kept.iter().map(|(_, due)| *due).min().unwrap_or(NEVER_COARSE);
                prop_assert_eq!(block.least(shape), least);
                prop_assert_eq!(&block.words[..2], &[7, 9]);
            }
        }
    }
}

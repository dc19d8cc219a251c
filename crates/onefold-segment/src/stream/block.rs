//! What is kept of one person: a single run of words, and what is too long for it beside it.
//!
//! Layout: the bits of atoms and composites · which cells are present, as bits · the last place in order
//! (time and position, where the order matters) · per present cell the length of its payload, a byte each ·
//! per present cell the upper half of its timer · per present cell the lower half · their payloads.
//!
//! Invariant: lengths, halves of timers and payloads follow the present cells in order, and the lengths add
//! up to the payloads.

use super::{
    lengths,
    words::{TIME, halves, set_bit, set_time, time_at, time_of},
};
use crate::{history::Key, instant::NEVER};

/// A payload longer than this stands beside the block.
const LENGTH_MAX: usize = 120;
/// The flag of a length: the payload stands beside the block.
const IS_LONG: u32 = 0x80;
/// So many timers are looked at together.
const GROUP: usize = 8;

/// How many words each part of the head of a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    pub(super) bits: usize,
    pub(super) cells: usize,
    /// 4 where the last place in order is kept, else 0.
    pub(super) key: usize,
}

impl Shape {
    /// Where the lengths begin.
    fn lengths(self) -> usize {
        self.bits + self.cells + self.key
    }

    /// Where the timers begin if so many cells are present.
    fn timers(self, count: usize) -> usize {
        self.lengths() + lengths::words_for(count)
    }

    /// Where the payloads begin if so many cells are present.
    fn payloads(self, count: usize) -> usize {
        self.timers(count) + count * TIME
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
    pub(super) cell: u32,
    pub(super) is_present: bool,
    is_long: bool,
    /// Its number among the present cells, and how many these are.
    ordinal: usize,
    count: usize,
    /// The place of its payload.
    start: usize,
    length: usize,
}

impl Block {
    /// A person of whom nothing is known; `bits` are the answers then.
    pub(super) fn new(shape: Shape, bits: &[u32]) -> Self {
        let mut words = Vec::with_capacity(shape.lengths());
        words.extend_from_slice(bits);
        words.resize(shape.lengths(), 0);
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
        let (word, mask) = (cell as usize / 32, 1_u32 << (cell % 32));
        let present = self.present_words(shape);
        let (before, rest) = present.split_at_checked(word).unwrap_or((present, &[]));
        let (own, behind) = rest.split_first().unwrap_or((&0, &[]));
        let is_present = own & mask != 0;
        let ordinal = count_ones(before) + count_ones(&[own & (mask - 1)]);
        let count = ordinal + count_ones(&[own & !(mask - 1)]) + count_ones(behind);
        self.place_of(shape, (cell, is_present), (ordinal, count))
    }

    /// Where a cell stands that has this number among so many that are present.
    #[inline]
    fn place_of(
        &self,
        shape: Shape,
        (cell, is_present): (u32, bool),
        (ordinal, count): (usize, usize),
    ) -> Place {
        let lengths = self.words.get(shape.lengths()..).unwrap_or_default();
        let own = if is_present {
            lengths::byte_at(lengths, ordinal)
        } else {
            0
        };
        Place {
            cell,
            is_present,
            is_long: own & IS_LONG != 0,
            ordinal,
            count,
            start: shape.payloads(count) + lengths::sum(lengths, ordinal),
            length: (own & lengths::LENGTH) as usize,
        }
    }

    fn present_words(&self, shape: Shape) -> &[u32] {
        let present = self.words.get(shape.bits..shape.bits + shape.cells);
        present.unwrap_or_default()
    }

    /// Whether a cell has anything.
    #[inline]
    pub(super) fn is_present(&self, shape: Shape, cell: u32) -> bool {
        super::words::bit(&self.words, present_bit(shape, cell))
    }

    /// The payload of a cell, which is empty for one that is absent.
    #[inline]
    pub(super) fn payload(&self, place: Place) -> &[u32] {
        if place.is_long {
            return self.long_of(place.cell);
        }
        let payload = self.words.get(place.start..place.start + place.length);
        payload.unwrap_or_default()
    }

    /// As [`payload`](Self::payload), to be changed in its length; what stands beside the block reads as empty.
    #[inline]
    pub(super) fn payload_mut(&mut self, place: Place) -> &mut [u32] {
        let payload = self.words.get_mut(place.start..place.start + place.length);
        payload.unwrap_or_default()
    }

    fn long_of(&self, cell: u32) -> &[u32] {
        let long = self.long.as_deref().map_or(&[][..], Vec::as_slice);
        match long.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(at) => long.get(at).map_or(&[], |(_, words)| words),
            Err(_) => &[],
        }
    }

    /// Whether the payload could have so many words in the block.
    #[inline]
    pub(super) fn fits(place: Place, length: usize) -> bool {
        !place.is_long && length <= LENGTH_MAX
    }

    /// Gives a cell a payload of so many words, which [`fits`](Self::fits): the first ones stay.
    #[inline]
    pub(super) fn resize(&mut self, shape: Shape, place: Place, length: usize) -> Place {
        let place = self.insert(shape, place);
        self.shift(place.start + place.length, place.length, length);
        self.set_length(shape, place, length, 0)
    }

    fn set_length(&mut self, shape: Shape, place: Place, length: usize, flag: u32) -> Place {
        #[expect(clippy::cast_possible_truncation, reason = "at most LENGTH_MAX")]
        let byte = length as u32 | flag;
        let lengths = self.words.get_mut(shape.lengths()..).unwrap_or_default();
        lengths::set_byte(lengths, place.ordinal, byte);
        Place {
            length,
            is_long: flag != 0,
            ..place
        }
    }

    /// Writes the payload of a cell.
    pub(super) fn store(&mut self, shape: Shape, place: Place, payload: &[u32]) -> Place {
        let is_long = payload.len() > LENGTH_MAX;
        if is_long || place.is_long {
            self.store_long(place.cell, if is_long { payload } else { &[] });
        }
        let (payload, flag) = if is_long {
            (&[][..], IS_LONG)
        } else {
            (payload, 0)
        };
        let place = self.resize(shape, place, payload.len());
        self.payload_mut(place).copy_from_slice(payload);
        self.set_length(shape, place, payload.len(), flag)
    }

    /// Sets the timer of a cell that is present.
    #[inline]
    pub(super) fn set_due(&mut self, shape: Shape, place: Place, due: i64) {
        let at = shape.timers(place.count) + place.ordinal;
        let [lower, upper] = halves(due);
        for (at, half) in [(at, upper), (at + place.count, lower)] {
            if let Some(word) = self.words.get_mut(at) {
                *word = half;
            }
        }
    }

    /// Makes a cell present: with an empty payload and without a timer.
    fn insert(&mut self, shape: Shape, place: Place) -> Place {
        if place.is_present {
            return place;
        }
        let more = lengths::words_for(place.count + 1) - lengths::words_for(place.count);
        let end = shape.timers(place.count);
        let upper = end + place.ordinal;
        let lower = upper + place.count;
        self.shift(place.start, 0, TIME + more);
        // From the last on: what stands before a half of the new timer moves by less.
        self.words
            .copy_within(lower..place.start, lower + TIME + more);
        self.words.copy_within(upper..lower, upper + 1 + more);
        if more > 0 {
            self.words.copy_within(end..upper, end + 1);
            if let Some(word) = self.words.get_mut(end) {
                *word = 0;
            }
        }
        let lengths = shape.lengths()..shape.timers(place.count + 1);
        let lengths = self.words.get_mut(lengths).unwrap_or_default();
        lengths::insert(lengths, place.ordinal, 0);
        set_bit(&mut self.words, present_bit(shape, place.cell), true);
        let place = Place {
            is_present: true,
            count: place.count + 1,
            start: place.start + TIME + more,
            ..place
        };
        self.set_due(shape, place, NEVER);
        place
    }

    /// Takes a cell away.
    pub(super) fn remove(&mut self, shape: Shape, place: Place) {
        if !place.is_present {
            return;
        }
        if place.is_long {
            self.store_long(place.cell, &[]);
        }
        let after = lengths::words_for(place.count.saturating_sub(1));
        let less = lengths::words_for(place.count) - after;
        let end = shape.timers(place.count);
        let lengths = self.words.get_mut(shape.lengths()..end);
        lengths::remove(lengths.unwrap_or_default(), place.ordinal);
        let upper = end + place.ordinal;
        let lower = upper + place.count;
        if less > 0 {
            self.words.copy_within(end..upper, end - 1);
        }
        self.words.copy_within(upper + 1..lower, upper - less);
        self.words
            .copy_within(lower + 1..place.start, lower - 1 - less);
        let less = TIME + less;
        self.shift(place.start + place.length, less + place.length, 0);
        set_bit(&mut self.words, present_bit(shape, place.cell), false);
        if self.words.capacity() > 2 * self.words.len() {
            self.words.shrink_to(self.words.len());
        }
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
    fn shift(&mut self, end: usize, before: usize, after: usize) {
        let length = self.words.len();
        if after > before {
            let more = after - before;
            if length + more > self.words.capacity() {
                // By little: people are many, and most of them stay small.
                self.words.reserve_exact(more.max(6).max(length / 16));
            }
            self.words.resize(length + more, 0);
            self.words.copy_within(end..length, end + more);
        } else if after < before {
            let less = before - after;
            self.words.copy_within(end.., end - less);
            self.words.truncate(length - less);
        }
    }

    /// Every present cell.
    pub(super) fn present(&self, shape: Shape) -> impl Iterator<Item = u32> {
        let words = (0_u32..).zip(self.present_words(shape));
        words.flat_map(|(word, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let lowest = (bits != 0).then(|| bits.trailing_zeros())?;
                bits &= bits - 1;
                Some(word * 32 + lowest)
            })
        })
    }

    /// Adds the cells whose timer is not behind now, and says when the first of the others is.
    pub(super) fn due(&self, shape: Shape, now: i64, due: &mut Vec<Place>) -> i64 {
        let count = count_ones(self.present_words(shape));
        let timers = self.words.get(shape.timers(count)..shape.payloads(count));
        let halves = timers.and_then(|timers| timers.split_at_checked(count));
        let (uppers, lowers) = halves.unwrap_or_default();
        let mut least = NEVER;
        let groups = uppers.chunks(GROUP).zip(lowers.chunks(GROUP));
        for (first, (uppers, lowers)) in (0..).step_by(GROUP).zip(groups) {
            // Nearly always the upper halves tell that nothing here is due, and nothing the next one.
            if is_later(uppers, least.max(now)) {
                continue;
            }
            for (ordinal, (upper, lower)) in (first..).zip(uppers.iter().zip(lowers)) {
                let time = time_of([*lower, *upper]);
                if time <= now {
                    let cell = self.nth_present(shape, ordinal);
                    due.push(self.place_of(shape, (cell, true), (ordinal, count)));
                } else {
                    least = least.min(time);
                }
            }
        }
        least
    }

    /// The present cell with this number among those that are present.
    fn nth_present(&self, shape: Shape, ordinal: usize) -> u32 {
        let mut before = ordinal;
        for (number, word) in (0_u32..).zip(self.present_words(shape)) {
            let count = count_ones(&[*word]);
            if before < count {
                let bits = (0..before).fold(*word, |bits, _| bits & (bits - 1));
                return number * 32 + bits.trailing_zeros();
            }
            before -= count;
        }
        0
    }

    /// Whether the parts fit each other, for so many cells.
    pub(super) fn is_sound(&self, shape: Shape, cells: usize) -> bool {
        if self.words.len() < shape.lengths() {
            return false;
        }
        let count = self.present(shape).count();
        let long = self.long.as_deref().map_or(&[][..], Vec::as_slice);
        let lengths = self.words.get(shape.lengths()..shape.timers(count));
        let Some(lengths) = lengths else {
            return false;
        };
        let mut beside = 0;
        for (number, cell) in self.present(shape).enumerate() {
            let length = lengths::byte_at(lengths, number);
            let is_long = length & IS_LONG != 0;
            beside += usize::from(is_long);
            let is_beside = is_long && (length != IS_LONG || self.long_of(cell).is_empty());
            if is_beside || cell as usize >= cells {
                return false;
            }
        }
        let length = shape.payloads(count) + lengths::sum(lengths, count);
        length == self.words.len() && beside == long.len()
    }
}

/// Whether these upper halves alone tell that every timer is later than this.
#[inline]
fn is_later(uppers: &[u32], time: i64) -> bool {
    let upper = |upper: u32| upper.cast_signed();
    let [_, bound] = halves(time);
    match uppers.as_array::<GROUP>() {
        // All of them, so that several are compared at once.
        Some(all) => all
            .iter()
            .fold(true, |is, one| is & (upper(*one) > upper(bound))),
        None => uppers.iter().all(|one| upper(*one) > upper(bound)),
    }
}

/// How many bits are set, two words at a time.
#[inline]
fn count_ones(words: &[u32]) -> usize {
    let (pairs, last) = words.as_chunks::<2>();
    let last = last.first().map_or(0, |word| word.count_ones());
    let ones = |[low, high]: &[u32; 2]| (u64::from(*high) << 32 | u64::from(*low)).count_ones();
    (pairs.iter().map(ones).sum::<u32>() + last) as usize
}

fn present_bit(shape: Shape, cell: u32) -> u32 {
    u32::try_from(shape.bits * 32).unwrap_or(u32::MAX) + cell
}

#[cfg(test)]
mod tests;

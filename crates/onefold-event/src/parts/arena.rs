//! Rows of all anchors in one growing stretch of bytes, and for each anchor the address of its last.
//!
//! A row starts with the distance to the row before it of the same anchor, so an anchor's rows are
//! a chain, newest first. Appending is O(1) however long the chain is; a clone shares everything but
//! the open chunk, which the next append copies once.
//!
//! Invariant: a row lies in one chunk, and the row before it has a smaller address: every walk ends.

use std::sync::Arc;

use imbl::Vector;

use crate::{
    AnchorId,
    parts::{Reader, put_number},
};

/// A chunk is closed when it has reached this size; its last row may pass it.
const CHUNK_BYTES: usize = 16 * 1024;
/// Rows start below [`CHUNK_BYTES`], so this many bits hold the place in a chunk.
const PLACE_BITS: u32 = 14;
/// Anchors a page.
const PAGE: usize = 128;

/// The most rows of one anchor that are counted exactly.
const ROWS_MAX: u64 = 0xffff;

/// The last row of an anchor: its address in the upper 48 bits, the number of rows in the lower 16.
#[derive(Debug, Clone, Copy, Default)]
struct Head(u64);

impl Head {
    fn rows(self) -> u64 {
        self.0 & ROWS_MAX
    }

    fn last(self) -> Option<u64> {
        (self.rows() > 0).then_some(self.0 >> 16)
    }

    fn followed_by(self, address: u64) -> Self {
        Self((address << 16) | (self.rows() + 1).min(ROWS_MAX))
    }
}

/// Where a row went.
#[derive(Debug, Clone, Copy)]
pub struct Appended {
    /// What [`Arena::row`] takes.
    pub address: u64,
    /// How many rows its anchor has now, counted up to 65,535.
    pub rows: u64,
}

/// The rows of all anchors.
#[derive(Debug, Clone, Default)]
pub struct Arena {
    closed: Vector<Arc<[u8]>>,
    open: Arc<Vec<u8>>,
    /// For each anchor its [`Head`], in pages: a leaf of plain numbers costs one cache miss, and one
    /// small copy where a snapshot still holds it.
    heads: Vector<Arc<[Head; PAGE]>>,
    anchors: usize,
    rows: usize,
    bytes: usize,
}

impl Arena {
    /// Appends a row to the chain of `anchor`; `write` adds its bytes.
    pub fn append(&mut self, anchor: AnchorId, write: impl FnOnce(&mut Vec<u8>)) -> Appended {
        if self.open.len() >= CHUNK_BYTES {
            self.closed.push_back(self.open.as_slice().into());
            self.open = Arc::new(Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 8));
        }
        let address = ((self.closed.len() as u64) << PLACE_BITS) + self.open.len() as u64;
        self.anchors = self.anchors.max(anchor.index() + 1);
        while self.heads.len() * PAGE <= anchor.index() {
            self.heads.push_back(Arc::new([Head::default(); PAGE]));
        }
        let page = self.heads.get_mut(anchor.index() / PAGE);
        let head = page.and_then(|page| Arc::make_mut(page).get_mut(anchor.index() % PAGE));
        let Some(head) = head else {
            return Appended { address, rows: 0 };
        };
        let open = Arc::make_mut(&mut self.open);
        let before = open.len();
        let distance = head.last().map_or(0, |last| address - last);
        put_number(open, distance);
        write(open);
        *head = head.followed_by(address);
        self.rows += 1;
        self.bytes += open.len() - before;
        Appended {
            address,
            rows: head.rows(),
        }
    }

    /// The row that [`append`](Self::append) put at this address, from its own bytes to the end of its chunk.
    #[inline]
    pub fn row(&self, address: u64) -> Option<Reader<'_>> {
        let chunk = self.chunk(chunk_of(address));
        let mut reader = Reader::new(chunk.get(place_of(address)..)?);
        reader.number()?;
        Some(reader)
    }

    /// How many rows `anchor` has, counted up to 65,535.
    #[inline]
    pub fn count(&self, anchor: AnchorId) -> u64 {
        self.head(anchor).rows()
    }

    #[inline]
    fn head(&self, anchor: AnchorId) -> Head {
        let page = self.heads.get(anchor.index() / PAGE);
        let head = page.and_then(|page| page.get(anchor.index() % PAGE));
        head.copied().unwrap_or_default()
    }

    /// The rows of `anchor`, newest first, each from its own bytes to the end of its chunk.
    #[inline]
    pub fn rows(&self, anchor: AnchorId) -> Rows<'_> {
        Rows {
            arena: self,
            next: self.head(anchor).last(),
            open: None,
        }
    }

    /// Every anchor that may have rows, ascending.
    pub fn anchors(&self) -> impl Iterator<Item = AnchorId> + use<> {
        (0..self.anchors as u32).map(AnchorId)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The memory of rows and heads, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.bytes + self.heads.len() * (PAGE * 8 + 32) + self.closed.len() * 48
    }

    /// Appends the stored form: for each anchor how many rows, then the rows as they are, from the oldest
    /// on, as the chain grew. `pass` reads over one row.
    pub fn write<'a>(&'a self, out: &mut Vec<u8>, pass: impl Fn(&mut Reader<'a>) -> Option<()>) {
        put_number(out, self.anchors as u64);
        let mut rows: Vec<&[u8]> = Vec::new();
        for anchor in self.anchors() {
            rows.clear();
            let chain = self.rows(anchor);
            rows.extend(chain.map_while(|(_, mut reader)| reader.passed(&pass)));
            put_number(out, rows.len() as u64);
            rows.iter().rev().for_each(|row| out.extend_from_slice(row));
        }
    }

    /// Reads the stored form; what belongs to one anchor then lies together in memory. `pass` reads over
    /// one row, and refuses it if it is damaged.
    pub fn read<'a>(
        reader: &mut Reader<'a>,
        pass: impl Fn(&mut Reader<'a>) -> Option<()>,
    ) -> Option<Self> {
        let mut arena = Self::default();
        for anchor in (0..reader.small()?).map(AnchorId) {
            for _ in 0..reader.number()? {
                // The row is kept as it is stored; only the link before it is new.
                let row = reader.passed(&pass)?;
                arena.append(anchor, |out| out.extend_from_slice(row));
            }
        }
        Some(arena)
    }

    #[inline]
    fn chunk(&self, index: u64) -> &[u8] {
        let closed = usize::try_from(index)
            .ok()
            .and_then(|index| self.closed.get(index));
        closed.map_or(self.open.as_slice(), |chunk| chunk)
    }
}

#[inline]
fn chunk_of(address: u64) -> u64 {
    address >> PLACE_BITS
}

#[inline]
fn place_of(address: u64) -> usize {
    (address & ((1 << PLACE_BITS) - 1)) as usize
}

/// A walk along the chain of one anchor.
#[derive(Debug)]
pub struct Rows<'a> {
    arena: &'a Arena,
    next: Option<u64>,
    /// The chunk of the row before, with its number: neighbours mostly lie in one.
    open: Option<(u64, &'a [u8])>,
}

impl<'a> Iterator for Rows<'a> {
    /// The address of the row, and its bytes.
    type Item = (u64, Reader<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let address = self.next?;
        let index = chunk_of(address);
        let chunk = match self.open {
            Some((known, chunk)) if known == index => chunk,
            _ => self.arena.chunk(index),
        };
        self.open = Some((index, chunk));
        let mut reader = Reader::new(chunk.get(place_of(address)..)?);
        self.next = match reader.number()? {
            0 => None,
            distance => address.checked_sub(distance),
        };
        Some((address, reader))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parts::put_text;

    /// The rows of each anchor, from the oldest on.
    type Plain = Vec<Vec<String>>;

    fn pass(reader: &mut Reader<'_>) -> Option<()> {
        reader.text().map(drop)
    }

    fn write(arena: &Arena) -> Vec<u8> {
        let mut out = Vec::new();
        arena.write(&mut out, pass);
        out
    }

    fn read(bytes: &[u8]) -> Option<Arena> {
        let mut reader = Reader::new(bytes);
        Arena::read(&mut reader, pass).filter(|_| reader.rest().is_empty())
    }

    fn append(arena: &mut Arena, plain: &mut Plain, anchor: u32, row: &str) {
        let appended = arena.append(AnchorId(anchor), |out| put_text(out, row));
        let rows = &mut plain[anchor as usize];
        rows.push(row.to_owned());
        assert_eq!(appended.rows, rows.len() as u64);
        assert_eq!(arena.row(appended.address).unwrap().text(), Some(row));
    }

    fn check(arena: &Arena, plain: &Plain) {
        assert_eq!(arena.len(), plain.iter().map(Vec::len).sum::<usize>());
        assert_eq!(arena.is_empty(), plain.iter().all(Vec::is_empty));
        let last = plain.iter().rposition(|rows| !rows.is_empty());
        let anchors = last.map_or(0, |last| last + 1);
        assert!(arena.anchors().eq((0..anchors as u32).map(AnchorId)));
        for (anchor, expected) in (0..).map(AnchorId).zip(plain) {
            assert_eq!(arena.count(anchor), expected.len() as u64);
            let texts = arena.rows(anchor).map(|(address, mut row)| {
                let text = row.text().unwrap();
                assert_eq!(arena.row(address).unwrap().text(), Some(text));
                text
            });
            assert!(texts.eq(expected.iter().rev()));
        }
    }

    #[test]
    fn the_stored_form_stays_what_it_is() {
        let (mut arena, mut plain) = (Arena::default(), vec![Vec::new(); 3]);
        append(&mut arena, &mut plain, 2, "a");
        append(&mut arena, &mut plain, 0, "b");
        append(&mut arena, &mut plain, 2, "c");
        let bytes = [3, 1, 1, b'b', 0, 2, 1, b'a', 1, b'c'];
        assert_eq!(write(&arena), bytes);
        check(&read(&bytes).unwrap(), &plain);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_none(), "cut at {length}");
        }
    }

    #[test]
    fn more_rows_than_can_be_counted_are_all_kept() {
        let mut arena = Arena::default();
        let mut counted = 0;
        for _ in 0..ROWS_MAX + 5 {
            counted = arena.append(AnchorId(0), |out| out.push(0)).rows;
        }
        assert_eq!(counted, ROWS_MAX);
        assert_eq!(arena.count(AnchorId(0)), ROWS_MAX);
        assert_eq!(arena.rows(AnchorId(0)).count() as u64, ROWS_MAX + 5);
    }

    #[test]
    fn what_was_never_given_has_no_rows() {
        let mut arena = Arena::default();
        arena.append(AnchorId(0), |out| put_text(out, "a"));
        assert!(arena.row(16).is_none());
        assert_eq!(arena.rows(AnchorId(7)).count(), 0);
        assert_eq!(arena.count(AnchorId(u32::MAX)), 0);
    }

    proptest! {
        /// Against a plain list for each anchor, over several chunks and pages; rows may be longer than a
        /// chunk, and a snapshot does not change.
        #[test]
        fn agrees_with_plain_lists(
            rows in prop::collection::vec((0..300_u32, prop_oneof![9 => 0..2_000_usize, 1 => 0..40_000_usize]), 0..60),
            cut in 0..60_usize,
        ) {
            let (mut arena, mut plain) = (Arena::default(), vec![Vec::new(); 300]);
            let mut snapshot = (arena.clone(), plain.clone());
            for (number, (anchor, length)) in rows.into_iter().enumerate() {
                if number == cut {
                    snapshot = (arena.clone(), plain.clone());
                }
                append(&mut arena, &mut plain, anchor % 7 * 43, &format!("{number}{}", "x".repeat(length)));
            }
            check(&arena, &plain);
            check(&snapshot.0, &snapshot.1);
            let bytes = write(&arena);
            let again = read(&bytes).unwrap();
            check(&again, &plain);
            prop_assert_eq!(again.memory_bytes() == 0, arena.memory_bytes() == 0);
            prop_assert_eq!(write(&again), bytes);
        }

        #[test]
        fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(0..9_u8, 0..200)) {
            if let Some(arena) = read(&bytes) {
                let again = read(&write(&arena)).unwrap();
                prop_assert_eq!(write(&again), write(&arena));
            }
        }
    }
}

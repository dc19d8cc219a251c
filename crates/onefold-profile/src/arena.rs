//! Rows of all anchors in one growing stretch of bytes, and for each anchor the address of its last.
//!
//! A row starts with the distance to the row before it of the same anchor, so an anchor's rows are
//! a chain, newest first. Appending is O(1) however long the chain is; a clone shares everything but
//! the open chunk, which the next append copies once.
//!
//! Invariant: a row lies in one chunk, and the row before it has a smaller address: every walk ends.

use std::sync::Arc;

use imbl::Vector;
use onefold_event::AnchorId;

use crate::bytes::{Reader, put_number};

/// A chunk is closed when it has reached this size; its last row may pass it.
const CHUNK_BYTES: usize = 16 * 1024;
/// Rows start below [`CHUNK_BYTES`], so this many bits hold the place in a chunk.
const PLACE_BITS: u32 = 14;
/// Anchors a page.
const PAGE: usize = 128;

/// The most rows of one anchor that are counted exactly.
pub(crate) const ROWS_MAX: u64 = 0xffff;

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
pub(crate) struct Appended {
    pub(crate) address: u64,
    /// How many rows its anchor has now, counted up to [`ROWS_MAX`].
    pub(crate) rows: u64,
}

/// The rows of all anchors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
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
    pub(crate) fn append(
        &mut self,
        anchor: AnchorId,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Appended {
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

    /// The row at this address, from its own bytes to the end of its chunk.
    pub(crate) fn row(&self, address: u64) -> Option<Reader<'_>> {
        let chunk = self.chunk(chunk_of(address));
        let mut reader = Reader(chunk.get(place_of(address)..)?);
        reader.number()?;
        Some(reader)
    }

    /// How many rows `anchor` has, counted up to [`ROWS_MAX`].
    pub(crate) fn count(&self, anchor: AnchorId) -> u64 {
        self.head(anchor).rows()
    }

    fn head(&self, anchor: AnchorId) -> Head {
        let page = self.heads.get(anchor.index() / PAGE);
        let head = page.and_then(|page| page.get(anchor.index() % PAGE));
        head.copied().unwrap_or_default()
    }

    /// The rows of `anchor`, newest first, each from its own bytes to the end of its chunk.
    pub(crate) fn rows(&self, anchor: AnchorId) -> Rows<'_> {
        Rows {
            arena: self,
            next: self.head(anchor).last(),
            open: None,
        }
    }

    /// How many anchors may have rows: all below this number.
    pub(crate) fn anchors(&self) -> usize {
        self.anchors
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// The memory of rows and heads, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.bytes + self.heads.len() * (PAGE * 8 + 32) + self.closed.len() * 48
    }

    fn chunk(&self, index: u64) -> &[u8] {
        let closed = usize::try_from(index)
            .ok()
            .and_then(|index| self.closed.get(index));
        closed.map_or(self.open.as_slice(), |chunk| chunk)
    }
}

fn chunk_of(address: u64) -> u64 {
    address >> PLACE_BITS
}

fn place_of(address: u64) -> usize {
    (address & ((1 << PLACE_BITS) - 1)) as usize
}

/// A walk along the chain of one anchor.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    arena: &'a Arena,
    next: Option<u64>,
    /// The chunk of the row before, with its number: neighbours mostly lie in one.
    open: Option<(u64, &'a [u8])>,
}

impl<'a> Iterator for Rows<'a> {
    /// The address of the row, and its bytes.
    type Item = (u64, Reader<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let address = self.next?;
        let index = chunk_of(address);
        let chunk = match self.open {
            Some((known, chunk)) if known == index => chunk,
            _ => self.arena.chunk(index),
        };
        self.open = Some((index, chunk));
        let mut reader = Reader(chunk.get(place_of(address)..)?);
        self.next = match reader.number()? {
            0 => None,
            distance => address.checked_sub(distance),
        };
        Some((address, reader))
    }
}

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

/// The rows of all anchors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
    closed: Vector<Arc<[u8]>>,
    open: Arc<Vec<u8>>,
    /// For each anchor the address of its last row plus one, or 0, in pages: a page of plain numbers
    /// costs one cache miss, and one small copy where a snapshot still holds it.
    heads: Vector<Arc<[u64; PAGE]>>,
    anchors: usize,
    rows: usize,
    bytes: usize,
}

impl Arena {
    /// Appends a row to the chain of `anchor`; `write` adds its bytes.
    pub(crate) fn append(&mut self, anchor: AnchorId, write: impl FnOnce(&mut Vec<u8>)) {
        if self.open.len() >= CHUNK_BYTES {
            self.closed.push_back(self.open.as_slice().into());
            self.open = Arc::new(Vec::with_capacity(CHUNK_BYTES + CHUNK_BYTES / 8));
        }
        let address = ((self.closed.len() as u64) << PLACE_BITS) + self.open.len() as u64;
        self.anchors = self.anchors.max(anchor.index() + 1);
        while self.heads.len() * PAGE <= anchor.index() {
            self.heads.push_back(Arc::new([0; PAGE]));
        }
        let page = self.heads.get_mut(anchor.index() / PAGE);
        let head = page.and_then(|page| Arc::make_mut(page).get_mut(anchor.index() % PAGE));
        let Some(head) = head else {
            return;
        };
        let open = Arc::make_mut(&mut self.open);
        let before = open.len();
        let distance = head.checked_sub(1).map_or(0, |last| address - last);
        put_number(open, distance);
        write(open);
        *head = address + 1;
        self.rows += 1;
        self.bytes += open.len() - before;
    }

    /// The rows of `anchor`, newest first, each from its own bytes to the end of its chunk.
    pub(crate) fn rows(&self, anchor: AnchorId) -> Rows<'_> {
        let page = self.heads.get(anchor.index() / PAGE);
        let head = page.and_then(|page| page.get(anchor.index() % PAGE));
        Rows {
            arena: self,
            next: head.copied().unwrap_or(0),
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
    next: u64,
    /// The chunk of the row before, with its number: neighbours mostly lie in one.
    open: Option<(u64, &'a [u8])>,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Reader<'a>;

    fn next(&mut self) -> Option<Reader<'a>> {
        let address = self.next.checked_sub(1)?;
        let index = chunk_of(address);
        let chunk = match self.open {
            Some((known, chunk)) if known == index => chunk,
            _ => self.arena.chunk(index),
        };
        self.open = Some((index, chunk));
        let mut reader = Reader(chunk.get(place_of(address)..)?);
        self.next = match reader.number()? {
            0 => 0,
            distance => self.next.saturating_sub(distance),
        };
        Some(reader)
    }
}

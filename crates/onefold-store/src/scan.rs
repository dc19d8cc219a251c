//! Reading groups back: whole, verified, in order.
//!
//! Invariant: a group is lent only after its CRC and its link in the chain were checked, and nothing
//! beyond the acknowledged length is ever looked at.

use std::{io, ops::Range};

use onefold_event::{Error, Result};

use crate::{
    disk::{DiskFile, read_up_to},
    frame::{FRAME_BYTES, Frame},
    wire::{Chain, corrupt},
};

/// How much is read at once; most groups of a thousand events fit.
const WINDOW_BYTES: usize = 1 << 20;

/// Reads the groups of one file from a place where one begins.
#[derive(Debug)]
pub(crate) struct GroupReader {
    name: String,
    window: Window,
    place: GroupPlace,
}

/// Where a group begins, and what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupPlace {
    /// The position of its first record.
    pub(crate) first: u64,
    /// The byte offset of its frame.
    pub(crate) offset: u64,
    /// The chain digest before it.
    pub(crate) chain: Chain,
}

/// A verified group; its body may be overwritten.
#[derive(Debug)]
pub(crate) struct ReadGroup<'a> {
    pub(crate) frame: Frame,
    pub(crate) body: &'a mut [u8],
    /// The byte offset of the body in its file.
    pub(crate) body_offset: u64,
}

/// Why a group could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// No whole, right group begins here; its offset is the reader's place.
    Damaged(&'static str),
    Io(io::Error),
}

/// A part of a file in memory.
#[derive(Debug)]
struct Window {
    file: Box<dyn DiskFile>,
    /// Bytes from here on are not looked at.
    limit: u64,
    start: u64,
    filled: usize,
    buffer: Vec<u8>,
    step: usize,
}

impl GroupReader {
    /// Reads `file` from `place` up to the byte `limit`.
    pub(crate) fn new(
        file: Box<dyn DiskFile>,
        name: String,
        place: GroupPlace,
        limit: u64,
    ) -> Self {
        let step = WINDOW_BYTES;
        let window = Window {
            file,
            limit,
            start: place.offset,
            filled: 0,
            buffer: Vec::new(),
            step,
        };
        Self {
            name,
            window,
            place,
        }
    }

    /// Where the next group begins.
    pub(crate) fn place(&self) -> GroupPlace {
        self.place
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Damage at the reader's place, or what the disk said.
    pub(crate) fn error(&self, why: Unreadable) -> Error {
        match why {
            Unreadable::Damaged(what) => corrupt(&self.name, self.place.offset, what),
            Unreadable::Io(error) => {
                Error::from(error).context(format_args!("reading `{}`", self.name))
            }
        }
    }

    /// The next group, verified; `None` at the limit. After an error the place has not moved.
    pub(crate) fn next_group(&mut self) -> Result<Option<ReadGroup<'_>>, Unreadable> {
        let Some(frame) = self.frame()? else {
            return Ok(None);
        };
        let place = self.place;
        let body_offset = place.offset + FRAME_BYTES as u64;
        let body = self.window.lend(body_offset, frame.body_length as usize)?;
        let body = body.ok_or(Unreadable::Damaged("the group is cut short"))?;
        if !frame.holds(body) {
            return Err(Unreadable::Damaged("the group's checksum is wrong"));
        }
        if frame.chained(&place.chain, body) != frame.chain {
            return Err(Unreadable::Damaged(
                "the group does not follow from the one before it",
            ));
        }
        self.place = after(&frame, place.offset);
        Ok(Some(ReadGroup {
            frame,
            body,
            body_offset,
        }))
    }

    /// The next frame, without reading the body; the reader stands behind the group then.
    pub(crate) fn skip_group(&mut self) -> Result<Option<Frame>, Unreadable> {
        let Some(frame) = self.frame()? else {
            return Ok(None);
        };
        let place = after(&frame, self.place.offset);
        if place.offset > self.window.limit {
            return Err(Unreadable::Damaged("the group is cut short"));
        }
        self.place = place;
        Ok(Some(frame))
    }

    /// The frame at the reader's place.
    fn frame(&mut self) -> Result<Option<Frame>, Unreadable> {
        if self.place.offset >= self.window.limit {
            return Ok(None);
        }
        let bytes = self.window.lend(self.place.offset, FRAME_BYTES)?;
        let bytes = bytes.ok_or(Unreadable::Damaged("the frame of a group is cut short"))?;
        let frame =
            Frame::decode(bytes).ok_or(Unreadable::Damaged("the frame of a group is damaged"))?;
        if frame.first != self.place.first || frame.count == 0 {
            return Err(Unreadable::Damaged(
                "the group has another position than its place",
            ));
        }
        Ok(Some(frame))
    }

    /// Whether a whole frame with a position after `first` begins anywhere behind the reader's place.
    ///
    /// A group is written only after the one before it is durable, so a later frame proves that what stands
    /// here was once acknowledged.
    pub(crate) fn frame_follows(&mut self) -> Result<bool, Unreadable> {
        let mut offset = self.place.offset + 1;
        while offset + FRAME_BYTES as u64 <= self.window.limit {
            let remaining = self.window.limit - offset;
            let length = remaining.min(WINDOW_BYTES as u64) as usize;
            let Some(bytes) = self.window.lend(offset, length)? else {
                return Ok(false);
            };
            let starts = bytes.windows(FRAME_BYTES).filter_map(Frame::decode);
            if starts
                .into_iter()
                .any(|frame| frame.first > self.place.first)
            {
                return Ok(true);
            }
            offset += (length - FRAME_BYTES + 1) as u64;
        }
        Ok(false)
    }
}

fn after(frame: &Frame, offset: u64) -> GroupPlace {
    let length = FRAME_BYTES as u64 + u64::from(frame.body_length);
    GroupPlace {
        first: frame.next(),
        offset: offset + length,
        chain: frame.chain,
    }
}

impl Window {
    /// The bytes at an offset; `None` where the limit or the file ends before.
    fn lend(&mut self, offset: u64, length: usize) -> Result<Option<&mut [u8]>, Unreadable> {
        if offset
            .checked_add(length as u64)
            .is_none_or(|end| end > self.limit)
        {
            return Ok(None);
        }
        if self.range(offset, length).is_none() {
            self.fill(offset, length).map_err(Unreadable::Io)?;
        }
        let range = self.range(offset, length);
        Ok(range.and_then(|range| self.buffer.get_mut(range)))
    }

    fn range(&self, offset: u64, length: usize) -> Option<Range<usize>> {
        let start = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(length)?;
        (end <= self.filled).then_some(start..end)
    }

    /// Makes the window begin at `offset`; keeps what it already has of that part.
    fn fill(&mut self, offset: u64, length: usize) -> io::Result<()> {
        let remaining = usize::try_from(self.limit - offset).unwrap_or(usize::MAX);
        let wanted = length.max(self.step).min(remaining);
        let kept = match self.range(offset, 0) {
            Some(range) => {
                self.buffer.copy_within(range.start..self.filled, 0);
                self.filled - range.start
            }
            None => 0,
        };
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        self.start = offset;
        self.filled = kept;
        let space = self.buffer.get_mut(kept..wanted).unwrap_or_default();
        self.filled += read_up_to(self.file.as_ref(), space, offset + kept as u64)?;
        Ok(())
    }
}

//! A window on a byte stream: consumed from the front, filled at the back.
//!
//! Invariant: `start <= end <= bytes.len()`; bytes before `start` are consumed for ever.

use std::{fmt, io::Read};

use onefold_event::Error;

/// Bytes asked of the reader at once.
const CHUNK_BYTES: usize = 1 << 20;

pub(crate) struct Buffer {
    reader: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    failure: Option<Error>,
}

impl Buffer {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
            failure: None,
        }
    }

    /// What has been read and not consumed.
    pub(crate) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// `true` once the reader has nothing more; [`rest`](Self::rest) is then all there is.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended && self.failure.is_none()
    }

    /// Drops `count` bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// The bytes between `back` and `until` before what is not consumed; valid until the next
    /// [`fill`](Self::fill).
    pub(crate) fn consumed(&self, back: usize, until: usize) -> &[u8] {
        let from = self.start.saturating_sub(back);
        let to = self.start.saturating_sub(until);
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Drops everything up to and with the next `\n`, and returns how many bytes came before it.
    ///
    /// A reader that fails on the way ends the line; the failure is told by the next fill.
    pub(crate) fn skip_line(&mut self) -> u64 {
        let mut length = 0_u64;
        loop {
            let rest = self.rest();
            if let Some(at) = memchr::memchr(b'\n', rest) {
                self.consume(at + 1);
                return length + at as u64;
            }
            let all = rest.len();
            length += all as u64;
            self.consume(all);
            if self.ended {
                return length;
            }
            if let Err(error) = self.fill() {
                self.failure = Some(error);
                return length;
            }
        }
    }

    /// Reads one more chunk behind the rest.
    ///
    /// # Errors
    /// What the reader says, once, after all bytes before it; the stream has then ended.
    pub(crate) fn fill(&mut self) -> Result<(), Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() < self.end + CHUNK_BYTES {
            self.bytes.resize(self.end + CHUNK_BYTES, 0);
        }
        let before = self.end;
        let target = self.end + CHUNK_BYTES;
        while self.end < target && !self.ended {
            let space = self.bytes.get_mut(self.end..target).unwrap_or_default();
            match self.reader.read(space) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count.min(space.len()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error.into());
                }
            }
        }
        // What came before a failure is given first.
        match self.failure.take_if(|_| self.end == before) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("unread", &(self.end - self.start))
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

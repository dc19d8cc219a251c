//! Lines of a byte stream, without their `\n` or `\r\n`.
//!
//! Invariant: a line longer than the limit is told by its first bytes and its length, and never held
//! whole.

use onefold_event::Error;

use super::{Buffer, LINE_BYTES_MAX, PREFIX_BYTES};

/// Splits a stream at `\n`.
#[derive(Debug)]
pub(crate) struct Lines {
    buffer: Buffer,
    number: u64,
    limit: usize,
    /// Where the line read last lies before the rest of the buffer.
    back: usize,
    until: usize,
    /// The first bytes of the line read last, if it was too long.
    prefix: Vec<u8>,
}

/// A line that was read; [`Lines::bytes`] lends its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted from 1.
    pub(crate) number: u64,
    /// Bytes without the line end.
    pub(crate) length: u64,
    /// `false` if it was over the limit, and only its first bytes are lent.
    pub(crate) whole: bool,
}

impl Lines {
    pub(crate) fn new(buffer: Buffer) -> Self {
        Self::with_limit(buffer, LINE_BYTES_MAX)
    }

    pub(crate) fn with_limit(buffer: Buffer, limit: usize) -> Self {
        Self {
            buffer,
            number: 0,
            limit,
            back: 0,
            until: 0,
            prefix: Vec::new(),
        }
    }

    /// Reads the next line; `None` at the end.
    ///
    /// # Errors
    /// What the reader says. All whole lines before it have been given.
    pub(crate) fn advance(&mut self) -> Result<Option<Line>, Error> {
        let mut searched = 0;
        loop {
            let rest = self.buffer.rest();
            let found = memchr::memchr(b'\n', rest.get(searched..).unwrap_or_default());
            if let Some(at) = found {
                return Ok(Some(self.give(searched + at, 1)));
            }
            searched = rest.len();
            if searched > self.limit {
                return Ok(Some(self.give_long()));
            }
            if self.buffer.has_ended() {
                return Ok((searched > 0).then(|| self.give(searched, 0)));
            }
            self.buffer.fill()?;
        }
    }

    /// The bytes of the line read last, without its end; of a line that is not whole, the first.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.prefix.is_empty() {
            true => self.buffer.consumed(self.back, self.until),
            false => &self.prefix,
        }
    }

    fn give(&mut self, length: usize, end: usize) -> Line {
        let rest = self.buffer.rest();
        let line = rest.get(..length).unwrap_or_default();
        let returns = usize::from(end == 1 && line.ends_with(b"\r"));
        let whole = length <= self.limit;
        self.prefix.clear();
        if !whole {
            self.prefix.extend(line.iter().take(PREFIX_BYTES));
        }
        self.back = length + end;
        self.until = returns + end;
        self.buffer.consume(length + end);
        self.number += 1;
        Line {
            number: self.number,
            length: (length - returns) as u64,
            whole,
        }
    }

    fn give_long(&mut self) -> Line {
        self.prefix.clear();
        self.prefix
            .extend(self.buffer.rest().iter().take(PREFIX_BYTES));
        let length = self.buffer.skip_line();
        self.number += 1;
        Line {
            number: self.number,
            length,
            whole: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], limit: usize) -> Vec<(u64, u64, bool, Vec<u8>)> {
        let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let mut lines = Lines::with_limit(Buffer::new(reader), limit);
        let mut all = Vec::new();
        while let Some(line) = lines.advance().unwrap() {
            all.push((line.number, line.length, line.whole, lines.bytes().to_vec()));
        }
        all
    }

    #[test]
    fn a_line_over_the_limit_is_told_by_its_prefix() {
        let mut text = vec![b'x'; 3 << 20];
        text.extend(b"\nshort\r\n");
        let lines = read(&text, 1 << 20);
        let [long, short] = lines.as_slice() else {
            panic!("two lines, not {}", lines.len());
        };
        assert_eq!((long.0, long.1, long.2), (1, 3 << 20, false));
        assert_eq!(long.3, vec![b'x'; PREFIX_BYTES]);
        assert_eq!(short, &(2, 5, true, b"short".to_vec()));
    }

    proptest! {
        #[test]
        fn agrees_with_splitting_the_whole(text in "[ab\r\n]{0,60}") {
            let mut expected: Vec<&str> = text.split('\n').collect();
            if expected.last() == Some(&"") { expected.pop(); }
            let count = expected.len();
            let ended = text.ends_with('\n');
            let expected: Vec<Vec<u8>> = expected.iter().enumerate().map(|(at, line)| {
                let strip = ended || at + 1 < count;
                let line = if strip { line.strip_suffix('\r').unwrap_or(line) } else { line };
                line.as_bytes().to_vec()
            }).collect();
            let got: Vec<Vec<u8>> = read(text.as_bytes(), 1 << 20).into_iter().map(|l| l.3).collect();
            prop_assert_eq!(got, expected);
        }
    }
}

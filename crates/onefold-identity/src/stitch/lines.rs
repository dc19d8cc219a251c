//! Lines of two tab-separated identifiers, out of chunks that end anywhere.
//!
//! Invariants: where the chunks are cut changes nothing; every line is an edge or is counted as malformed; no more than one
//! line is carried over.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2_iter, memrchr};

use super::{
    malformed::{Malformed, MalformedReason},
    texts::{Hashed, short_hash},
};
use crate::hash::Key;

/// The longest line that is read: 16 MiB. A longer one is malformed, and is not kept.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// What a text file may begin with to say that it is UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Splits chunks of a text into [`Edges`]. Made by [`Stitcher::lines`](super::Stitcher::lines).
///
/// A line is two fields with one tab between them, each `kind:value`, in UTF-8; it ends with a line feed, with or without
/// a carriage return before it. The last line may lack its end, and a byte order mark at the very start is passed over.
/// There is no header, no quoting and no comment. An empty line is malformed.
#[derive(Debug)]
pub struct EdgeLines {
    key: Key,
    /// The start of a line whose end was not seen yet.
    tail: Vec<u8>,
    /// The line whose end was not seen yet is too long; its text is not kept.
    too_long: bool,
    /// How many lines have ended.
    lines: u64,
    malformed: Malformed,
    spare: Vec<Field>,
}

/// The edges of one chunk of lines, with its text and their hashes.
#[derive(Debug)]
pub struct Edges {
    pub(super) key: Key,
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

/// A piece of the chunk. Two make an edge.
#[derive(Debug, Clone, Copy)]
struct Field {
    start: usize,
    length: u32,
    hash: u32,
}

impl EdgeLines {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            tail: Vec::new(),
            too_long: false,
            lines: 0,
            malformed: Malformed::default(),
            spare: Vec::new(),
        }
    }

    /// The edges of the lines that end in this chunk; the start of the next line is carried over.
    ///
    /// Chunks of 64 KiB to 1 MiB are best: they stay in the cache until they are stitched.
    pub fn split(&mut self, mut bytes: Vec<u8>) -> Edges {
        let mut fields = std::mem::take(&mut self.spare);
        fields.clear();
        let chunk = bytes.len();
        let mut start = 0;
        // The first line of all comes this way too, as it may begin with a mark.
        if self.lines == 0 || self.too_long || !self.tail.is_empty() {
            let end = memchr(b'\n', &bytes);
            self.carry(bytes.get(..end.unwrap_or(chunk)).unwrap_or_default());
            start = end.map_or(chunk, |end| end + 1);
            if end.is_some() {
                self.end_line(&mut bytes, &mut fields);
            }
        }
        let rest = bytes.get(start..chunk).unwrap_or_default();
        let (whole, tail) = rest.split_at(memrchr(b'\n', rest).map_or(0, |end| end + 1));
        self.carry(tail);
        self.split_whole(whole, start, &mut fields);
        Edges {
            key: self.key,
            bytes,
            fields,
        }
    }

    /// The last line, if it has no line feed. What is split after it begins a new line.
    pub fn end(&mut self) -> Edges {
        let (mut bytes, mut fields) = (Vec::new(), Vec::new());
        if self.too_long || !self.tail.is_empty() {
            self.end_line(&mut bytes, &mut fields);
        }
        Edges {
            key: self.key,
            bytes,
            fields,
        }
    }

    /// Takes the space of edges that are stitched, for those to come; gives back the chunk's, emptied.
    pub fn reuse(&mut self, edges: Edges) -> Vec<u8> {
        self.spare = edges.fields;
        let mut bytes = edges.bytes;
        bytes.clear();
        bytes
    }

    /// What was wrong so far.
    pub fn malformed(&self) -> &Malformed {
        &self.malformed
    }

    pub(super) fn into_malformed(self) -> Malformed {
        self.malformed
    }

    fn carry(&mut self, text: &[u8]) {
        // One more for a carriage return.
        if self.tail.len() + text.len() > LINE_BYTES_MAX + 1 {
            self.too_long = true;
            self.tail = Vec::new();
        }
        if !self.too_long {
            self.tail.extend_from_slice(text);
        }
    }

    /// The carried line is whole. Its text goes behind the chunk, where its fields can point to it.
    fn end_line(&mut self, bytes: &mut Vec<u8>, fields: &mut Vec<Field>) {
        if std::mem::take(&mut self.too_long) {
            self.lines += 1;
            self.malformed.push(self.lines, MalformedReason::TooLong);
            return;
        }
        let mark = match self.lines == 0 && self.tail.starts_with(MARK) {
            true => MARK.len(),
            false => 0,
        };
        let start = bytes.len();
        bytes.extend_from_slice(self.tail.get(mark..).unwrap_or_default());
        self.tail.clear();
        self.line(bytes.get(start..).unwrap_or_default(), start, fields);
    }

    /// Lines that are all whole, of which the first begins at `offset`.
    fn split_whole(&mut self, lines: &[u8], offset: usize, fields: &mut Vec<Field>) {
        if std::str::from_utf8(lines).is_err() {
            let mut start = 0;
            for end in memchr_iter(b'\n', lines) {
                let line = lines.get(start..end).unwrap_or_default();
                self.line(line, offset + start, fields);
                start = end + 1;
            }
            return;
        }
        let mut marks = memchr2_iter(b'\t', b'\n', lines);
        let mut start = 0;
        while let Some(first) = marks.next() {
            let mut end = first;
            // To the end of the line, over as many tabs as there are.
            while lines.get(end) == Some(&b'\t') {
                end = marks.next().unwrap_or(lines.len());
            }
            let line = lines.get(start..end).unwrap_or_default();
            self.line_with_tab(line, first - start, offset + start, fields);
            start = end + 1;
        }
    }

    /// A line of a text that is UTF-8, in which this is the first tab, if there is one.
    fn line_with_tab(&mut self, line: &[u8], tab: usize, offset: usize, fields: &mut Vec<Field>) {
        self.lines += 1;
        match halves(line, tab) {
            Ok([left, right]) => {
                for span in [left, right] {
                    let text = line.get(span.clone()).unwrap_or_default();
                    fields.push(Field {
                        start: offset + span.start,
                        length: text.len() as u32,
                        hash: short_hash(self.key, text),
                    });
                }
            }
            Err(reason) => self.malformed.push(self.lines, reason),
        }
    }

    fn line(&mut self, line: &[u8], offset: usize, fields: &mut Vec<Field>) {
        if std::str::from_utf8(line).is_err() {
            self.lines += 1;
            self.malformed.push(self.lines, MalformedReason::NotUtf8);
            return;
        }
        let tab = memchr(b'\t', line).unwrap_or(line.len());
        self.line_with_tab(line, tab, offset, fields);
    }
}

impl Edges {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len() / 2
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Both ends of each edge, in the order of the lines.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (pairs, _) = self.fields.as_chunks::<2>();
        pairs
            .iter()
            .map(|[left, right]| (self.hashed(left).0, self.hashed(right).0))
    }

    /// The fields with their hashes, left and right in turn.
    pub(super) fn hashed_fields(&self) -> impl Iterator<Item = Hashed<'_>> {
        self.fields.iter().map(|field| self.hashed(field))
    }

    fn hashed(&self, field: &Field) -> Hashed<'_> {
        let end = field.start + field.length as usize;
        let text = self.bytes.get(field.start..end).unwrap_or_default();
        (text, field.hash)
    }
}

/// Both fields of a line in which this is the first tab.
fn halves(line: &[u8], tab: usize) -> Result<[Range<usize>; 2], MalformedReason> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > LINE_BYTES_MAX {
        return Err(MalformedReason::TooLong);
    }
    let (left, right) = (line.get(..tab), line.get(tab + 1..));
    let (Some(left), Some(right)) = (left, right) else {
        return Err(MalformedReason::NotTwoFields);
    };
    if memchr(b'\t', right).is_some() {
        return Err(MalformedReason::NotTwoFields);
    }
    match has_kind_and_value(left) && has_kind_and_value(right) {
        true => Ok([0..tab, tab + 1..line.len()]),
        false => Err(MalformedReason::NotKindAndValue),
    }
}

fn has_kind_and_value(field: &[u8]) -> bool {
    // Most kinds are shorter than eight bytes: then one word tells where the colon is.
    let early = field.first_chunk().and_then(|word| colon_in(*word));
    let colon = early.or_else(|| memchr(b':', field));
    colon.is_some_and(|colon| colon > 0 && colon + 1 < field.len())
}

/// Where the first colon is among eight bytes. A byte that is a colon becomes zero, and the lowest zero byte is the lowest
/// that borrows (Warren, "Hacker's Delight", 2nd edition, 6-1).
fn colon_in(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(word) ^ (ONES * b':' as u64);
    let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
    (zeros != 0).then_some(zeros.trailing_zeros() as usize / 8)
}

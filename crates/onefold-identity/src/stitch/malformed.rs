//! Lines that are no edge: how many, and the first places.

use std::fmt;

use serde::Serialize;

use super::LINE_BYTES_MAX;

/// How many places are kept.
const PLACES_MAX: usize = 10;

/// Lines that are no edge: counted, with the first ten places.
///
/// ```
/// use onefold_identity::stitch::Stitcher;
///
/// let mut stitcher = Stitcher::new(1);
/// let mut lines = stitcher.lines();
/// stitcher.add_edges(&lines.split(b"user:1\temail:a@x.org\nuser:2\n".to_vec()))?;
/// stitcher.add_edges(&lines.end())?;
/// let malformed = lines.malformed();
/// assert_eq!(malformed.count(), 1);
/// assert_eq!(malformed.places()[0].to_string(), "line 2: not two fields with one tab between them");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Malformed {
    count: u64,
    places: Vec<MalformedLine>,
}

/// One line that is no edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MalformedLine {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: MalformedReason,
}

/// Why a line is no edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MalformedReason {
    /// It has no tab, or more than one.
    NotTwoFields,
    /// A field is not `kind:value` with both there.
    NotKindAndValue,
    /// It is no UTF-8.
    NotUtf8,
    /// It is longer than [`LINE_BYTES_MAX`].
    TooLong,
}

impl Malformed {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first ten, in the order of the lines.
    pub fn places(&self) -> &[MalformedLine] {
        &self.places
    }

    pub(super) fn push(&mut self, line: u64, reason: MalformedReason) {
        self.count += 1;
        if self.places.len() < PLACES_MAX {
            self.places.push(MalformedLine { line, reason });
        }
    }
}

impl fmt::Display for MalformedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl fmt::Display for MalformedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTwoFields => f.write_str("not two fields with one tab between them"),
            Self::NotKindAndValue => f.write_str(
                "a field is not `kind:value` with a kind and a value, as in `email:ann@example.com`",
            ),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::TooLong => write!(f, "longer than {} MiB", LINE_BYTES_MAX >> 20),
        }
    }
}

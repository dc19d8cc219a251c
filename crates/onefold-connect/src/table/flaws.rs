//! What was wrong with the rows of a table, and was mended.
//!
//! Invariant: every flaw is counted; of each kind the first places are kept.

use std::fmt;

use serde::Serialize;

/// How many places of each kind are kept.
const PLACES_MAX: usize = 5;

/// What can be wrong with a row and is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flaw {
    /// Bytes that are no text became U+FFFD.
    NoText,
    /// Fields that were not there became empty cells.
    TooFewFields,
    /// Fields beyond the header were left out.
    TooManyFields,
    /// A quote was opened and never closed: it was taken for an ordinary sign.
    UnclosedQuote,
    /// Text behind a closing quote was joined to the field.
    TextAfterQuote,
    /// The row was longer than what is read whole: all its cells became empty.
    TooLong,
    /// A column without a name, or with that of another, was given one.
    Renamed,
}

/// How many rows had each [`Flaw`], and the first places; [`Display`](fmt::Display) tells it in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Flaws(Vec<FlawCount>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FlawCount {
    flaw: Flaw,
    count: u64,
    /// Lines, counted from 1.
    lines: Vec<u64>,
}

impl Flaws {
    /// Whether nothing had to be mended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows, or names of columns, had this flaw.
    pub fn count(&self, flaw: Flaw) -> u64 {
        let found = self.0.iter().find(|count| count.flaw == flaw);
        found.map_or(0, |count| count.count)
    }

    pub(super) fn add(&mut self, flaw: Flaw, line: u64) {
        let at = match self.0.binary_search_by_key(&flaw, |count| count.flaw) {
            Ok(at) => at,
            Err(at) => {
                let (count, lines) = (0, Vec::new());
                self.0.insert(at, FlawCount { flaw, count, lines });
                at
            }
        };
        if let Some(found) = self.0.get_mut(at) {
            found.count += 1;
            if found.lines.len() < PLACES_MAX && found.lines.last() != Some(&line) {
                found.lines.push(line);
            }
        }
    }
}

impl fmt::Display for Flaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, FlawCount { flaw, count, lines }) in self.0.iter().enumerate() {
            let gap = if number == 0 { "" } else { "; " };
            let what = if *flaw == Flaw::Renamed {
                "column"
            } else {
                "row"
            };
            let plural = if *count == 1 { "" } else { "s" };
            let places: Vec<String> = lines.iter().map(u64::to_string).collect();
            let line = if places.len() == 1 { "line" } else { "lines" };
            let more = if *flaw == Flaw::Renamed || lines.len() as u64 == *count {
                ""
            } else {
                ", ..."
            };
            let places = places.join(", ");
            write!(
                f,
                "{gap}{count} {what}{plural} {} ({line} {places}{more})",
                flaw.told()
            )?;
        }
        Ok(())
    }
}

impl Flaw {
    fn told(self) -> &'static str {
        match self {
            Self::NoText => "with bytes that are no UTF-8, now U+FFFD",
            Self::TooFewFields => "with too few fields",
            Self::TooManyFields => "with more fields than the header, left out",
            Self::UnclosedQuote => "with a quote that is never closed",
            Self::TextAfterQuote => "with text behind a closing quote",
            Self::TooLong => "longer than what is read whole, now empty",
            Self::Renamed => "without a name of its own, given one",
        }
    }
}

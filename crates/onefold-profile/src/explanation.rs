//! Why a trait has its value.

use std::fmt;

use onefold_event::{SourceName, Timestamp};
use serde::Serialize;

use crate::{RecordedObservation, Rule};

/// Why a trait has its value: the winner, the rule, and why each other observation lost.
///
/// Its text is a few lines for people; as JSON it holds every observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Which trait.
    pub name: Box<str>,
    /// The rule that decided.
    pub rule: Rule,
    /// The instant that was asked for; later observations are not seen.
    pub as_of: Timestamp,
    /// The observation that won; `None` if all are empty.
    pub winner: Option<RecordedObservation>,
    /// The others, the newest first.
    pub losers: Vec<Loser>,
}

/// An observation that did not win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loser {
    /// What was observed.
    pub observation: RecordedObservation,
    /// Why it lost.
    pub reason: LosingReason,
}

/// Why an observation did not win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LosingReason {
    /// It is empty, and an empty value never wins.
    Empty,
    /// It has the winner's value: it says the same.
    SameValue,
    /// The winner is newer.
    Older,
    /// The winner is older, and the first one stays.
    Later,
    /// The rule puts the winner's source before this one.
    SourceRank {
        /// The winner's source.
        winner: SourceName,
    },
    /// The winner's value was observed more often.
    LessFrequent {
        /// How often this value was observed.
        times: u64,
        /// How often the winner's value was observed.
        winner_times: u64,
    },
    /// All else is equal, and the winner's source is preferred.
    SourcePreference {
        /// The winner's source.
        winner: SourceName,
    },
    /// All else is equal, and the winner's value is the smaller one.
    LargerValue,
}

impl fmt::Display for LosingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::SameValue => f.write_str("it says the same"),
            Self::Older => f.write_str("it is older"),
            Self::Later => f.write_str("it came later, and the first stays"),
            Self::SourceRank { winner } => write!(f, "source `{winner}` comes first"),
            Self::LessFrequent {
                times,
                winner_times,
            } => {
                write!(
                    f,
                    "it was seen {times} times, the winner {winner_times} times"
                )
            }
            Self::SourcePreference { winner } => {
                write!(f, "all else is equal, and source `{winner}` is preferred")
            }
            Self::LargerValue => f.write_str("all else is equal, and the smaller value wins"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.winner {
            Some(winner) => writeln!(
                f,
                "{} is `{}` by rule {}: from {}",
                self.name,
                winner.value,
                self.rule,
                Provenance(winner)
            )?,
            None => writeln!(f, "{} has no value: all observations are empty", self.name)?,
        }
        for loser in &self.losers {
            let (seen, reason) = (&loser.observation, &loser.reason);
            writeln!(
                f,
                "  not `{}` from {}: {reason}",
                seen.value,
                Provenance(seen)
            )?;
        }
        Ok(())
    }
}

struct Provenance<'a>(&'a RecordedObservation);

impl fmt::Display for Provenance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(seen) = self;
        write!(
            f,
            "{} at {} (entry {})",
            seen.source, seen.time, seen.position
        )
    }
}

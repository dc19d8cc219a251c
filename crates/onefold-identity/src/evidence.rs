//! What a link rests on.

use std::fmt;

use onefold_event::{Identifier, Position, SourceName, Timestamp};
use serde::Serialize;

use crate::{bits::Bits, explain::percent};

/// How a seen link is known. The stronger comes first, and is accepted first among links of equal kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Somebody said that the two are one person's.
    Declared = 0,
    /// The two were seen together, and nobody said more.
    Observed = 1,
}

/// What a link rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Somebody said that the two are one person's.
    Declared,
    /// The two were seen together, and nobody said more.
    Observed,
    /// Nobody saw the two together: somebody who compared them, such as a model, thinks it probable by so many bits.
    Probable(Bits),
}

impl Basis {
    /// How much speaks for a probable link; `None` for one that was seen or declared.
    pub fn bits(self) -> Option<Bits> {
        match self {
            Self::Probable(bits) => Some(bits),
            Self::Declared | Self::Observed => None,
        }
    }
}

impl From<Strength> for Basis {
    fn from(strength: Strength) -> Self {
        match strength {
            Strength::Declared => Self::Declared,
            Strength::Observed => Self::Observed,
        }
    }
}

/// Why two identifiers are tied together: where in the log, when, and how often.
///
/// A probable link has one place and time: those at which its bits were told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The two, the stronger first; of a probable link in order of text.
    pub between: [Identifier; 2],
    /// How it is known: the strongest way of all sightings. As JSON `"declared"`, `"observed"` or `{"probable": 9.5}`,
    /// the number of bits.
    pub basis: Basis,
    /// The place in the log where they were first seen together.
    pub first_position: Position,
    /// The source of that first sighting.
    pub source: SourceName,
    /// The earliest event time of a sighting.
    pub first_time: Timestamp,
    /// The latest event time of a sighting.
    pub last_time: Timestamp,
    /// How many sightings.
    pub count: u64,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, right] = &self.between;
        match self.basis {
            Basis::Declared => write!(f, "`{left}` was declared to be `{right}` ")?,
            Basis::Observed => write!(f, "`{left}` was seen with `{right}` ")?,
            Basis::Probable(bits) => return self.tell_probable(bits, f),
        }
        match self.count {
            0 => return f.write_str("until that was taken back"),
            1 => write!(f, "once, on {}", self.first_time)?,
            count => write!(
                f,
                "{count} times, from {} to {}",
                self.first_time, self.last_time
            )?,
        }
        let (source, position) = (&self.source, self.first_position);
        write!(f, " (first in `{source}`, position {position})")
    }
}

impl Evidence {
    fn tell_probable(&self, bits: Bits, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, right] = &self.between;
        write!(
            f,
            "`{left}` is probably `{right}`: {bits} bits, {} (`{}` on {}, position {})",
            percent(bits.into()),
            self.source,
            self.last_time,
            self.first_position
        )
    }
}

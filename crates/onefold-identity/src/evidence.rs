//! What a link rests on.

use std::fmt;

use onefold_event::{Identifier, Position, SourceName, Timestamp};
use serde::Serialize;

/// How a link is known. The stronger comes first, and is accepted first among links of equal kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Somebody said that the two are one person's.
    Declared = 0,
    /// The two were seen together, and nobody said more.
    Observed = 1,
}

/// Two identifiers that were seen together: where first, when, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The two, the stronger first.
    pub between: [Identifier; 2],
    /// How it is known: the strongest way of all sightings.
    pub strength: Strength,
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
        match self.strength {
            Strength::Declared => write!(f, "`{left}` was declared to be `{right}` ")?,
            Strength::Observed => write!(f, "`{left}` was seen with `{right}` ")?,
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

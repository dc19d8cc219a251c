//! What a link rests on.

use std::fmt;

use onefold_event::{Identifier, Position, SourceName, Timestamp};
use serde::Serialize;

/// Two identifiers that were seen together: where first, when, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The two, the stronger first.
    pub between: [Identifier; 2],
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
        write!(f, "`{left}` was seen with `{right}` ")?;
        match self.count {
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

//! What changed because of a batch or of passing time: segments entered and left, persons merged and parted.
//!
//! Changes are written to the log in the group that caused them, so a subscriber can resume from any
//! position and misses none.

use onefold_event::{Error, ErrorKind, PersonId, Position, Result, Timestamp};
use onefold_segment::Cause;
use serde::{Deserialize, Serialize};

/// One change of the derived state, as subscribers receive it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// Its place in the log: resume after it.
    pub position: Position,
    /// The person it is about.
    pub person: PersonId,
    /// The instant from which it holds.
    pub at: Timestamp,
    /// What brought a segment's change about; none for changes of people themselves, and in logs of versions before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What changed.
    #[serde(flatten)]
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// The person became a member of the segment.
    Entered {
        /// The segment's name.
        segment: Box<str>,
    },
    /// The person is no longer a member of the segment.
    Left {
        /// The segment's name.
        segment: Box<str>,
    },
    /// Another person turned out to be this one; the retired id redirects for ever.
    Merged {
        /// The id that was retired.
        retired: PersonId,
    },
    /// Some identifiers of the person turned out to be another's, with all that is kept under them.
    Split {
        /// Whose they are now: a new person, or one who was there.
        other: PersonId,
    },
}

impl Change {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A struct of plain text and numbers always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8], position: Position) -> Result<Self> {
        let change: Self = serde_json::from_slice(bytes).map_err(|error| {
            Error::new(
                ErrorKind::Corrupt,
                format!("the change at position {position} cannot be read"),
            )
            .because(error)
        })?;
        Ok(Self { position, ..change })
    }
}

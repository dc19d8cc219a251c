//! What became of one input: the five fates, and where input goes that cannot be used yet.
//!
//! Invariant: every input ends in exactly one fate, and none of them is an error.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Diagnostics, Position, SourceName, Timestamp};

/// What became of one input.
///
/// ```
/// use onefold_event::{Ingested, Position};
/// let fate = Ingested::Accepted(Position(7));
/// assert_eq!(fate.to_string(), "accepted at 7");
/// assert_eq!(fate.name(), "accepted");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", content = "detail", rename_all = "snake_case")]
#[must_use = "withheld and quarantined input must be counted"]
pub enum Ingested {
    /// Stored at this place of the log.
    Accepted(Position),
    /// The same id was accepted from the same source before; nothing was stored again.
    Duplicate,
    /// It cannot be used as it is; kept whole, with every reason, to be put right and replayed.
    Quarantined(Diagnostics),
    /// It may not be collected; counted, not stored, its id not remembered.
    Withheld(WithheldReason),
    /// It can be neither used nor kept.
    Rejected(RejectedReason),
}

impl Ingested {
    /// The names of the five fates, in the order of declaration.
    pub const NAMES: [&'static str; 5] = [
        "accepted",
        "duplicate",
        "quarantined",
        "withheld",
        "rejected",
    ];

    /// The name of the fate, without its detail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Duplicate => "duplicate",
            Self::Quarantined(_) => "quarantined",
            Self::Withheld(_) => "withheld",
            Self::Rejected(_) => "rejected",
        }
    }

    /// The place in the log, if it was accepted.
    pub const fn position(&self) -> Option<Position> {
        match self {
            Self::Accepted(position) => Some(*position),
            _ => None,
        }
    }
}

impl fmt::Display for Ingested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(position) => write!(f, "accepted at {position}"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Quarantined(reasons) => {
                f.write_str("quarantined")?;
                let mut separator = ": ";
                for reason in reasons {
                    write!(f, "{separator}{reason}")?;
                    separator = "; ";
                }
                Ok(())
            }
            Self::Withheld(reason) => write!(f, "withheld: {reason}"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

/// Why an input may not be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithheldReason {
    /// The source collects on consent, and the person did not give it.
    NoConsent,
    /// The person withdrew the consent to be collected from.
    Withdrawn,
    /// The person objected to being collected from.
    Objected,
    /// The consent to be collected from has expired.
    Expired,
}

impl fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConsent => "no consent to collection",
            Self::Withdrawn => "consent to collection was withdrawn",
            Self::Objected => "the person objected to collection",
            Self::Expired => "consent to collection has expired",
        })
    }
}

/// Why an input can be neither used nor kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectedReason {
    /// It is larger than even the quarantine takes.
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// The declared memory of the store is used up.
    MemoryFull,
}

impl fmt::Display for RejectedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes, bytes_max } => {
                write!(f, "{bytes} bytes, the limit is {bytes_max}")
            }
            Self::MemoryFull => f.write_str("the declared memory is used up"),
        }
    }
}

/// Input that cannot be used yet: whole, with every reason, ready to be put right and replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineItem {
    /// Where it came from.
    pub source: SourceName,
    /// The original bytes.
    pub bytes: Box<[u8]>,
    /// Every mistake found, with its JSON pointer or place in the bytes.
    pub reasons: Diagnostics,
    /// Where in the source: `orders.csv line 14`.
    pub place: Box<str>,
    /// When it came in.
    pub time: Timestamp,
}

impl QuarantineItem {
    /// The most bytes that are kept: 16 MiB. Longer input is rejected as too large.
    pub const BYTES_MAX: usize = 16 << 20;
}

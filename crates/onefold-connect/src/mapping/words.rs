//! The words that keys of a mapping take.

use serde::Deserialize;

/// What a row becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Something that happened: a `track` event.
    Event,
    /// Facts about a person at a time: an `identify` event.
    Identify,
    /// A row that is no event: a contact, a ticket, an order line.
    Record,
    /// A consent that was granted or withdrawn.
    Consent,
}

/// Which instant a local time means that exists twice or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ambiguous {
    /// The earlier of the two instants.
    Earliest,
    /// The later of the two instants.
    Latest,
    /// None: the row is quarantined.
    Reject,
}

impl Ambiguous {
    pub(super) fn earliest() -> Self {
        Self::Earliest
    }

    pub(super) fn latest() -> Self {
        Self::Latest
    }
}

/// What becomes of columns that a mapping does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// They are kept under their own names.
    #[default]
    Keep,
    /// They are left out.
    Drop,
}

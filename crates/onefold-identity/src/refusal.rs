//! Links that a rule refuses: held, visible, and never dropped.

use std::fmt;

use onefold_event::{AnchorId, Identifier, IdentifierKind, PersonId, PersonIndex};
use serde::Serialize;

use crate::{evidence::Evidence, kinds::KindNumber, window::Window};

/// Two identifiers were seen together, but their people stay two because one person would break a limit.
///
/// It is a proposal: it becomes a link by itself as soon as no rule stands against it at its place in the order
/// of links. Its evidence counts the sightings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The rule that the two people would break as one; of several that of the strongest kind.
    pub rule: LimitRule,
    /// What speaks for a link all the same.
    pub evidence: Evidence,
    /// The people as they are now, in the order of [`Evidence::between`].
    pub sides: [Side; 2],
}

/// One of the two people of a [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The person.
    pub person: PersonIndex,
    /// The person's id.
    pub id: PersonId,
    /// How many identifiers the person has.
    pub identifiers: usize,
}

/// What keeps two people apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitRule {
    /// Somebody decided that two identifiers of theirs are not one person's.
    Apart {
        /// The two, in order of text.
        between: [Identifier; 2],
    },
    /// So many identifiers of one kind for a person.
    Kind {
        /// The kind.
        kind: IdentifierKind,
        /// How many.
        limit: u32,
        /// The source whose identifiers are counted, where each source is counted apart.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<Box<str>>,
    },
    /// So many identifiers of one kind for a person that were first seen in one day, week, month or year.
    Window {
        /// The kind.
        kind: IdentifierKind,
        /// How many.
        limit: u32,
        /// The window whose identifiers are too many; of several the shortest, then the earliest.
        first_seen: Window,
        /// The source whose identifiers are counted, where each source is counted apart.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<Box<str>>,
    },
    /// So many identifiers for a person in all.
    Identifiers {
        /// How many.
        limit: u32,
    },
}

/// The same inside the state: the number comes from the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BrokenLimit {
    Apart([AnchorId; 2]),
    Kind(KindNumber),
    Window(KindNumber, Window),
    Identifiers,
}

impl fmt::Display for LimitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart {
                between: [left, right],
            } => write!(f, "`{left}` and `{right}` are kept apart"),
            Self::Kind {
                kind,
                limit,
                source,
            } => write_kind(f, (*limit, kind), source.as_deref()),
            Self::Window {
                kind,
                limit,
                first_seen,
                source,
            } => {
                write_kind(f, (*limit, kind), source.as_deref())?;
                write!(f, " first seen in {first_seen}")
            }
            Self::Identifiers { limit } => {
                write!(f, "one person has at most {limit} identifiers")
            }
        }
    }
}

fn write_kind(
    f: &mut fmt::Formatter<'_>,
    (limit, kind): (u32, &IdentifierKind),
    source: Option<&str>,
) -> fmt::Result {
    write!(f, "one person has at most {limit} of kind `{kind}`")?;
    match source {
        Some(source) => write!(f, " from source `{source}`"),
        None => Ok(()),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; held, because {}", self.evidence, self.rule)
    }
}

//! Decisions about who is who, as facts of the log.
//!
//! Invariant: a decision is logged before it is acknowledged, and folded at its position, so a rebuild gives the
//! same people.

use onefold_event::{AnchorId, Error, ErrorKind, Position, Result, SourceName, Timestamp};
use onefold_identity::{DecidedAt, Identities, IdentityDecision};
use serde::{Deserialize, Serialize};

/// A decision as the log has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredDecision {
    by: SourceName,
    time: Timestamp,
    what: IdentityDecision,
}

impl StoredDecision {
    pub(crate) fn new(by: SourceName, time: Timestamp, what: IdentityDecision) -> Self {
        Self { by, time, what }
    }

    pub(crate) fn what(&self) -> &IdentityDecision {
        &self.what
    }

    pub(crate) fn at(&self, position: Position) -> DecidedAt<'_> {
        DecidedAt {
            by: &self.by,
            position,
            time: self.time,
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A struct of plain text and numbers always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8], position: Position) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| {
            let message = format!("the decision at position {position} cannot be read");
            Error::new(ErrorKind::Corrupt, message).because(error)
        })
    }

    /// Under whose key it is sealed: that of the first identifier it names, if it has an anchor by then.
    pub(crate) fn anchor(&self, identities: &Identities) -> Option<AnchorId> {
        self.anchors(identities).next()
    }

    /// The anchors of the identifiers it names.
    pub(crate) fn anchors<'a>(
        &'a self,
        identities: &'a Identities,
    ) -> impl Iterator<Item = AnchorId> + 'a {
        let identifiers = match &self.what {
            IdentityDecision::Same { identifiers }
            | IdentityDecision::Apart { identifiers }
            | IdentityDecision::NotApart { identifiers }
            | IdentityDecision::Probable { identifiers, .. }
            | IdentityDecision::Improbable { identifiers }
            | IdentityDecision::RetractLink { identifiers } => identifiers.as_slice(),
            IdentityDecision::RetractIdentifier { identifier }
            | IdentityDecision::Block { identifier }
            | IdentityDecision::Unblock { identifier } => std::slice::from_ref(identifier),
            _ => &[],
        };
        identifiers.iter().filter_map(|it| identities.find(it))
    }
}

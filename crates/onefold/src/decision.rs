//! Decisions about who is who, as facts of the log.
//!
//! Invariant: a decision is logged before it is acknowledged, and folded at its position, so a rebuild gives the
//! same people.

use onefold_event::{AnchorId, Error, ErrorKind, Position, Result, SourceName, Timestamp};
use onefold_identity::{DecidedAt, Identities, IdentityDecision};
use serde::{Deserialize, Serialize};

use crate::{
    hub::{Onefold, closed},
    ticket::ticket,
    writer::Command,
};

/// A decision as the log has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredDecision {
    by: SourceName,
    time: Timestamp,
    what: IdentityDecision,
}

/// Decisions that are sent to the writer at a time.
const DECISIONS_BATCH: usize = 8_192;

/// Deciding who is who.
impl Onefold {
    /// Decides who is who: two identifiers are one person's or are kept apart, or a link, a record, an
    /// identifier or a source is taken back. It is a fact of the log, under the name of whoever decides, and
    /// folded at its place in every rebuild.
    ///
    /// ```
    /// use onefold::{Event, Onefold, SourceName, identity::IdentityDecision};
    /// let hub = Onefold::builder().in_memory()?;
    /// let login = |user: &str| {
    ///     let event = Event::page("Home").user_id(user).anonymous_id("tablet");
    ///     event.timestamp(hub.now()).build()
    /// };
    /// let _fates = hub.ingest_events(&SourceName::new("web")?, [login("ann")?])?;
    /// let ann = onefold::Identifier::generic(onefold::IdentifierKind::user_id(), "ann")?;
    /// let tablet = onefold::Identifier::generic(onefold::IdentifierKind::anonymous_id(), "tablet")?;
    /// let apart = IdentityDecision::Apart { identifiers: [ann.clone(), tablet.clone()] };
    /// let decided = hub.decide(&SourceName::new("support")?, apart)?;
    /// assert_eq!(decided.splits.len(), 1);
    /// assert_ne!(hub.person(&ann).map(|it| it.id()), hub.person(&tablet).map(|it| it.id()));
    /// # Ok::<(), onefold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ingest`](Self::ingest): nothing of it is acknowledged then.
    pub fn decide(
        &self,
        by: &SourceName,
        decision: onefold_identity::IdentityDecision,
    ) -> Result<onefold_identity::Decided> {
        let decided = self.decide_all(by, [decision])?.pop();
        decided.ok_or_else(closed)
    }

    /// Takes several decisions, in order and in one group of the log where they are not too many: what each did.
    ///
    /// # Errors
    /// As [`decide`](Self::decide). Of more than 8,192 decisions those before may be in the log already.
    pub fn decide_all(
        &self,
        by: &SourceName,
        decisions: impl IntoIterator<Item = onefold_identity::IdentityDecision>,
    ) -> Result<Vec<onefold_identity::Decided>> {
        let now = self.now();
        let mut stored = decisions
            .into_iter()
            .map(|decision| StoredDecision::new(by.clone(), now, decision));
        let mut outcomes = Vec::new();
        loop {
            let some: Vec<StoredDecision> = stored.by_ref().take(DECISIONS_BATCH).collect();
            if some.is_empty() {
                return Ok(outcomes);
            }
            let (promise, ticket) = ticket();
            let (sender, decided) = std::sync::mpsc::sync_channel(1);
            self.send(Command::Decide(some, sender, promise))?;
            let _fates = ticket.wait()?;
            outcomes.extend(decided.try_recv().map_err(|_| closed())?);
        }
    }
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

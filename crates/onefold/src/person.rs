//! One person, read from a snapshot: identifiers, golden record, consent, and why.

use std::{collections::BTreeMap, sync::Arc};

use onefold_consent::{Decision, Use};
use onefold_event::{AnchorId, Identifier, PersonId, PersonIndex, Result, Timestamp, Value};

use crate::snapshot::Snapshot;

/// A person at the instant of a [`Snapshot`].
#[derive(Debug, Clone)]
pub struct Person {
    snapshot: Snapshot,
    index: PersonIndex,
    id: PersonId,
    /// All anchors of those whom a view takes for this person; `None` for the person alone.
    joined: Option<Arc<[AnchorId]>>,
}

/// From a value of the platform to its people.
impl Snapshot {
    /// All persons, the oldest first.
    pub fn people(&self) -> impl Iterator<Item = Person> + '_ {
        self.state()
            .identities
            .people()
            .filter_map(|index| self.person_at(index))
    }

    /// Who this identifier belongs to; `None` if it was never seen, or is blocked.
    pub fn person(&self, identifier: &Identifier) -> Option<Person> {
        let anchor = self.state().identities.find(identifier)?;
        self.person_at(self.state().identities.person_of(anchor)?)
    }

    /// The person with this id; a retired id leads to the person it was merged into.
    pub fn person_by_id(&self, id: PersonId) -> Option<Person> {
        self.person_at(self.state().identities.index(id)?)
    }

    fn person_at(&self, index: PersonIndex) -> Option<Person> {
        self.person_joined(index, None)
    }

    /// The person with these anchors in place of those of their own.
    pub(crate) fn person_joined(
        &self,
        index: PersonIndex,
        joined: Option<Arc<[AnchorId]>>,
    ) -> Option<Person> {
        Some(Person {
            snapshot: self.clone(),
            index,
            id: self.state().identities.id(index)?,
            joined,
        })
    }
}

impl Person {
    /// The id that stays: a person merged into another one keeps leading there.
    pub fn id(&self) -> PersonId {
        self.id
    }

    /// Everything the person is known by, sorted.
    pub fn identifiers(&self) -> Vec<&Identifier> {
        let identities = &self.snapshot.state().identities;
        let mut all: Vec<_> = self
            .anchors()
            .iter()
            .filter_map(|anchor| identities.identifier(*anchor))
            .collect();
        all.sort_unstable();
        all
    }

    /// The golden record as of now.
    pub fn profile(&self) -> onefold_profile::GoldenRecord {
        self.profile_as_of(Timestamp::MAX)
    }

    /// The golden record as of an instant: what was observed after it is not seen.
    pub fn profile_as_of(&self, as_of: Timestamp) -> onefold_profile::GoldenRecord {
        self.snapshot.state().profiles.golden(self.anchors(), as_of)
    }

    /// The winning value of one trait.
    pub fn trait_value(&self, name: &str) -> Option<Value> {
        self.snapshot
            .state()
            .profiles
            .trait_value(self.anchors(), name, Timestamp::MAX)
    }

    /// Why a trait has its value: the winner, the rule, and why every other value lost.
    pub fn why_trait(&self, name: &str) -> Option<onefold_profile::Explanation> {
        self.snapshot
            .state()
            .profiles
            .explain(self.anchors(), name, Timestamp::MAX)
    }

    /// The organisations the person belongs to as of an instant.
    pub fn memberships(&self, as_of: Timestamp) -> Vec<onefold_profile::RecordedMembership> {
        self.snapshot
            .state()
            .profiles
            .memberships(self.anchors(), as_of)
    }

    /// Whether the person is a member of each segment as of an instant.
    pub fn segments(&self, as_of: Timestamp) -> BTreeMap<String, bool> {
        let state = self.snapshot.state();
        let traits = state.traits(self.anchors(), as_of);
        let names = self.snapshot.segments().into_iter();
        let answers = names.filter_map(|name| {
            let holds = state.live.evaluate(name, self.anchors(), &traits, as_of)?;
            Some((name.to_owned(), holds))
        });
        answers.collect()
    }

    /// Why the person is, or is not, a member of a segment.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn why_segment(
        &self,
        segment: &str,
        as_of: Timestamp,
    ) -> Result<onefold_segment::Explanation> {
        self.snapshot
            .explain_of(segment, self.id, self.anchors(), as_of)
    }

    /// May the person be contacted for this use? Unknown means no.
    pub fn decide(&self, request: &Use, now: Timestamp) -> Decision {
        self.snapshot
            .state()
            .ledger
            .decide(self.id, self.anchors(), request, now)
    }

    fn anchors(&self) -> &[AnchorId] {
        let own = || self.snapshot.state().identities.anchors(self.index);
        self.joined.as_deref().unwrap_or_else(own)
    }
}

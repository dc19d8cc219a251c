//! One durable value of the whole platform, to read from: every answer is of the same instant.

use std::{fmt, sync::Arc};

use onefold_event::{
    AnchorId, Error, ErrorKind, Identifier, IdentifierFields, PersonId, PersonIndex, Position,
    Result, SourceName, Timestamp, Value,
};
use onefold_identity::{Evidence, Merge};

use crate::{
    dump::Dump,
    state::{Rules, State, Totals},
};

/// A value of the hub: cheap to take, cheap to clone, never changes.
#[derive(Clone)]
pub struct Snapshot {
    rules: Arc<Rules>,
    state: Arc<State>,
}

impl Snapshot {
    pub(crate) fn new(rules: Arc<Rules>, state: Arc<State>) -> Self {
        Self { rules, state }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// How much of the log this value covers.
    pub fn position(&self) -> Position {
        self.state.position
    }

    /// What the log holds, counted.
    pub fn totals(&self) -> Totals {
        self.state.totals
    }

    /// How many persons there are.
    pub fn people_count(&self) -> usize {
        self.state.identities.people_count()
    }

    /// How many times two persons turned out to be one.
    pub fn merges_count(&self) -> usize {
        self.state.identities.merges_count()
    }

    /// Merges that a rule refused: the two sides, the rule, the evidence.
    pub fn refusals(&self) -> impl Iterator<Item = onefold_identity::Refusal> + '_ {
        self.state.identities.refusals()
    }

    /// Every merge of two persons so far, with the evidence that made them one.
    pub fn merges(&self) -> impl Iterator<Item = (Merge, Evidence)> + '_ {
        self.state.identities.merges()
    }

    /// Why two identifiers are one person: the shortest path of evidence; `None` if they are not.
    pub fn why(&self, a: &Identifier, b: &Identifier) -> Option<onefold_identity::Path> {
        self.state.identities.why(a, b)
    }

    /// Who is who, without what is kept of them: who shares an identifier of a shared kind, what is held, and whatever
    /// else [`Identities`](onefold_identity::Identities) can be asked.
    pub fn identities(&self) -> &onefold_identity::Identities {
        &self.state.identities
    }

    /// Why two identifiers are one person's: the path, the weakest bridge, what would part them, and what is held;
    /// `None` if they are not.
    pub fn explain_identity(
        &self,
        a: &Identifier,
        b: &Identifier,
    ) -> Option<onefold_identity::Explanation> {
        self.state.identities.explain(a, b)
    }

    /// What a decision about who is who would do if this source took it at this value's own instant: whom it would
    /// merge or part. Nothing changes. New people get other ids than they would then.
    pub fn what_if(
        &self,
        by: &SourceName,
        decision: &onefold_identity::IdentityDecision,
    ) -> onefold_identity::Decided {
        let at = onefold_identity::DecidedAt {
            by,
            position: self.state.position.next(),
            time: self.state.now,
        };
        self.state.identities.what_if(decision, &at)
    }

    /// Values that look as if they said nothing about anybody, to be blocked by a decision.
    pub fn suspects(&self, from: &onefold_identity::Suspicion) -> Vec<onefold_identity::Suspect> {
        self.state.identities.suspects(from)
    }

    /// Every organisation that a membership names or that something is known of, in the order of arrival.
    pub fn organisations(&self) -> impl Iterator<Item = &Identifier> {
        self.state.organisations.iter()
    }

    /// The value of an organisation's trait as of an instant, by the same rules as a person's golden record; what a
    /// `group` call says of its group.
    pub fn organisation_trait(
        &self,
        organisation: &Identifier,
        name: &str,
        as_of: Timestamp,
    ) -> Option<Value> {
        self.state
            .organisations
            .trait_value(organisation, name, as_of)
    }

    /// The definitions in force: the builder's, and those that were made since.
    pub fn definitions(&self) -> &onefold_segment::Library {
        self.plan().library()
    }

    /// What is asked of everybody, made ready: with the class and the cost of each part.
    pub fn plan(&self) -> &onefold_segment::Plan {
        self.state.live.plan()
    }

    /// The names of all segments, in the order of their definition.
    pub fn segments(&self) -> Vec<&str> {
        self.plan().segments().collect()
    }

    /// The members of a segment at this value's own instant, the oldest person first.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn members(&self, segment: &str) -> Result<Vec<PersonId>> {
        self.check_segment(segment)?;
        let members = self.state.live.members(segment);
        Ok(members
            .filter_map(|index| self.state.identities.id(index))
            .collect())
    }

    /// The members of a segment as of any instant: what happened at or after it does not count.
    ///
    /// Cost: one evaluation a person, about a microsecond each.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn members_as_of(&self, segment: &str, as_of: Timestamp) -> Result<Vec<PersonId>> {
        let members = self.indexes_as_of(segment, as_of)?;
        Ok(members
            .into_iter()
            .filter_map(|index| self.state.identities.id(index))
            .collect())
    }

    pub(crate) fn indexes_as_of(
        &self,
        segment: &str,
        as_of: Timestamp,
    ) -> Result<Vec<PersonIndex>> {
        self.check_segment(segment)?;
        let state = &*self.state;
        let holds = |index: &PersonIndex| {
            let anchors = state.identities.anchors(*index);
            let traits = state.traits(anchors, as_of);
            state.live.evaluate(segment, anchors, &traits, as_of) == Some(true)
        };
        Ok(state.identities.people().filter(holds).collect())
    }

    /// A computed trait of one person as of an instant; `None` if it has no value.
    ///
    /// # Errors
    /// `NotFound` if no computed trait has this name.
    pub fn computed(
        &self,
        name: &str,
        person: PersonId,
        as_of: Timestamp,
    ) -> Result<Option<Value>> {
        if !self.plan().computed_traits().any(|known| known == name) {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("no computed trait `{name}`"),
            ));
        }
        let Some(index) = self.state.identities.index(person) else {
            return Ok(None);
        };
        let anchors = self.state.identities.anchors(index);
        let traits = self.state.traits(anchors, as_of);
        Ok(self.state.live.value(name, anchors, &traits, as_of))
    }

    /// Why a person is, or is not, a member of a segment as of an instant.
    ///
    /// # Errors
    /// `NotFound` if there is no such segment or person.
    pub fn explain(
        &self,
        segment: &str,
        person: PersonId,
        as_of: Timestamp,
    ) -> Result<onefold_segment::Explanation> {
        let index = self.state.identities.index(person);
        let index = index.ok_or_else(|| no_person(person))?;
        let anchors = self.state.identities.anchors(index);
        self.explain_of(segment, person, anchors, as_of)
    }

    pub(crate) fn explain_of(
        &self,
        segment: &str,
        person: PersonId,
        anchors: &[AnchorId],
        as_of: Timestamp,
    ) -> Result<onefold_segment::Explanation> {
        self.check_segment(segment)?;
        let traits = self.state.traits(anchors, as_of);
        self.state
            .live
            .explain(segment, anchors, &traits, as_of)
            .ok_or_else(|| no_person(person))
    }

    /// The canonical dump: the whole value as sorted text; equal values give equal bytes.
    pub fn dump(&self) -> Dump<'_> {
        Dump::new(&self.state)
    }

    /// Estimated bytes of memory of the derived state.
    pub fn memory_bytes(&self) -> usize {
        self.state.memory_bytes()
    }

    pub(crate) fn identifier_fields(&self) -> &IdentifierFields {
        &self.rules.fields
    }

    pub(crate) fn check_segment(&self, name: &str) -> Result<()> {
        let plan = self.plan();
        if plan.segments().any(|known| known == name) {
            return Ok(());
        }
        let known = plan.segments().collect::<Vec<_>>().join("`, `");
        let message = match known.is_empty() {
            true => format!("no segment `{name}`: none is defined"),
            false => format!("no segment `{name}`: there are `{known}`"),
        };
        Err(Error::new(ErrorKind::NotFound, message))
    }
}

fn no_person(person: PersonId) -> Error {
    Error::new(ErrorKind::NotFound, format!("no person `{person}`"))
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("position", &self.position())
            .field("people", &self.people_count())
            .finish_non_exhaustive()
    }
}

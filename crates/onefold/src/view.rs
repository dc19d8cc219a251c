//! A value of the hub with people as whoever takes probable links sees them.
//!
//! Invariant: nothing is moved: a person of a view is several people of the snapshot, with all that is kept of each.

use std::sync::Arc;

use onefold_event::{Identifier, PersonId, PersonIndex, Position, Result, Timestamp};
use onefold_identity::Bits;

use crate::{person::Person, snapshot::Snapshot};

/// People, golden records and segments as they are if probable links of so many bits hold.
///
/// Strict views are for sending, wide ones for analysis: of two the wider one only joins further. The id of a person is
/// that of the oldest of those who are one in it. Audiences are made of the people of the [`Snapshot`], whom only
/// links that were seen join.
///
/// ```
/// use onefold::{Event, Identifier, IdentifierKind, Onefold, SourceName};
/// use onefold::identity::{Bits, IdentityDecision};
/// let hub = Onefold::builder().segments("segment regulars = did \"Visit\" at least 2 times").in_memory()?;
/// let visit = |card: &str| Event::track("Visit").anonymous_id(card).timestamp(hub.now()).build();
/// let _fates = hub.ingest_events(&SourceName::new("shop")?, [visit("card-1")?, visit("card-2")?])?;
///
/// // Somebody compared the two and thinks that they are one person's.
/// let card = |id: &str| Identifier::generic(IdentifierKind::anonymous_id(), id);
/// let identifiers = [card("card-1")?, card("card-2")?];
/// let probable = IdentityDecision::Probable { identifiers, bits: Bits::new(9.0) };
/// let _ = hub.decide(&SourceName::new("matching")?, probable)?;
///
/// let snapshot = hub.snapshot();
/// let now = hub.now().plus_micros(1);
/// assert_eq!(snapshot.members_as_of("regulars", now)?.len(), 0);
/// let wide = snapshot.view(Bits::of_probability(0.95));
/// assert_eq!((snapshot.people_count(), wide.people_count()), (2, 1));
/// assert_eq!(wide.members_as_of("regulars", now)?.len(), 1);
/// let strict = snapshot.view(Bits::of_probability(0.9999));
/// assert_eq!(strict.members_as_of("regulars", now)?.len(), 0);
/// # Ok::<(), onefold::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct View {
    snapshot: Snapshot,
    identities: onefold_identity::View,
}

impl Snapshot {
    /// This value with probable links of at least so many bits. Cost: O(n log n) for so many links.
    pub fn view(&self, at_least: Bits) -> View {
        View {
            snapshot: self.clone(),
            identities: self.state().identities.view(at_least),
        }
    }
}

impl View {
    /// How much of the log it covers.
    pub fn position(&self) -> Position {
        self.snapshot.position()
    }

    /// Who is one with whom, without what is kept of them.
    pub fn identities(&self) -> &onefold_identity::View {
        &self.identities
    }

    /// How many people there are.
    pub fn people_count(&self) -> usize {
        self.identities.people_count()
    }

    /// Everybody, the oldest first.
    pub fn people(&self) -> impl Iterator<Item = Person> + '_ {
        let people = self.snapshot.state().identities.people();
        let oldest = people.filter(|person| self.identities.oldest(*person) == Some(*person));
        oldest.filter_map(|person| self.person_at(person))
    }

    /// Who this identifier belongs to; `None` if it was never seen, or is blocked.
    pub fn person(&self, identifier: &Identifier) -> Option<Person> {
        self.person_at(self.snapshot.state().identities.person(identifier)?)
    }

    /// The person to whom this id leads, whether its own or that of somebody who is one with it.
    pub fn person_by_id(&self, id: PersonId) -> Option<Person> {
        self.person_at(self.snapshot.state().identities.index(id)?)
    }

    /// The members of a segment as of an instant, with the history of all who are one: what happened at or after the
    /// instant does not count.
    ///
    /// Cost: one evaluation a person, about a microsecond each.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn members_as_of(&self, segment: &str, as_of: Timestamp) -> Result<Vec<PersonId>> {
        self.snapshot.check_segment(segment)?;
        let state = self.snapshot.state();
        let holds = |person: &PersonIndex| {
            let anchors = self.identities.anchors(*person);
            let traits = state.traits(&anchors, as_of);
            state.live.evaluate(segment, &anchors, &traits, as_of) == Some(true)
        };
        let people = state.identities.people();
        let oldest = people.filter(|person| self.identities.oldest(*person) == Some(*person));
        let members = oldest.filter(holds);
        Ok(members
            .filter_map(|person| state.identities.id(person))
            .collect())
    }

    /// Why two identifiers are one person's here, the weakest bridge, what would part them, and what is held; `None`
    /// if they are not.
    pub fn explain(&self, a: &Identifier, b: &Identifier) -> Option<onefold_identity::Explanation> {
        self.identities.explain(a, b)
    }

    /// Probable links that have enough bits, and that a rule refuses all the same.
    pub fn held(&self) -> impl Iterator<Item = onefold_identity::Refusal> + '_ {
        self.identities.held()
    }

    fn person_at(&self, person: PersonIndex) -> Option<Person> {
        let oldest = self.identities.oldest(person)?;
        let anchors: Arc<[_]> = self.identities.anchors(oldest).into();
        self.snapshot.person_joined(oldest, Some(anchors))
    }
}

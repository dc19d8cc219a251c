//! Who shares what: identifiers that never merge people, and the people who were seen with them.
//!
//! Invariant: a shared identifier is in nobody's set of identifiers but its own. That it was seen with somebody is
//! kept, counted and taken back as any link is.

use onefold_event::{Identifier, PersonId, PersonIndex};
use serde::Serialize;

use crate::{
    evidence::Evidence,
    identities::Identities,
    pairs::{PairNumber, Standing},
};

/// A person who was seen with an identifier of a shared kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sharing {
    /// The shared identifier.
    pub identifier: Identifier,
    /// The person, as of now.
    pub person: PersonIndex,
    /// The person's id.
    pub id: PersonId,
    /// Which identifier of the person's it was seen with, when and how often.
    pub evidence: Evidence,
}

impl Identities {
    /// Who was seen with an identifier of a shared kind, by person, then in order of text: one row for each
    /// identifier that it was seen with. Empty for other kinds. Cost: O(n log n) of these.
    ///
    /// ```
    /// use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
    /// use onefold_identity::{Identities, KindRule, Rules, Sighting};
    /// let landline = IdentifierKind::new("landline")?;
    /// let rules = Rules::standard().kind(KindRule::new(landline.clone()).shared());
    /// let mut identities = Identities::new(rules, 42);
    /// let home = Identifier::generic(landline, "+31101234567")?;
    /// for (name, number) in [("ann", 1), ("bob", 2)] {
    ///     let user = Identifier::generic(IdentifierKind::user_id(), name)?;
    ///     let _ = identities.observe(&Sighting {
    ///         identifiers: &[user, home.clone()],
    ///         source: &SourceName::new("desk")?,
    ///         position: Position(number),
    ///         time: Timestamp::from_micros(0),
    ///     });
    /// }
    /// // Two people, and nothing is held: they share a telephone.
    /// assert_eq!((identities.people_count(), identities.refusals_count()), (2, 0));
    /// let sharers = identities.sharers(&home);
    /// assert_eq!(sharers.len(), 2);
    /// assert!(sharers.iter().all(|it| identities.shared_with(it.person).len() == 1));
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn sharers(&self, identifier: &Identifier) -> Vec<Sharing> {
        let settled = self.settled();
        let Some(anchor) = settled.find(identifier) else {
            return Vec::new();
        };
        let is_it = settled.kind_of(anchor).is_some_and(|kind| kind.shared);
        let pairs = settled.pairs.of(anchor, Standing::Shared);
        let rows = pairs.filter(|_| is_it).filter_map(|(number, _, other)| {
            let person = settled.person_of(other)?;
            settled.sharing(identifier.clone(), person, number)
        });
        sorted(rows.collect())
    }

    /// The identifiers of shared kinds that a person was seen with, in order of text. Cost: O(n log n) of the
    /// identifiers of the person and these.
    pub fn shared_with(&self, person: PersonIndex) -> Vec<Sharing> {
        let settled = self.settled();
        let anchors = settled.anchors(person).iter();
        let rows = anchors.flat_map(|anchor| {
            let pairs = settled.pairs.of(*anchor, Standing::Shared);
            pairs.filter_map(|(number, _, other)| {
                let is_it = settled.kind_of(other).is_some_and(|kind| kind.shared);
                let shared = settled.identifier(other).filter(|_| is_it)?.clone();
                settled.sharing(shared, person, number)
            })
        });
        sorted(rows.collect())
    }

    fn sharing(
        &self,
        identifier: Identifier,
        person: PersonIndex,
        number: PairNumber,
    ) -> Option<Sharing> {
        Some(Sharing {
            identifier,
            person,
            id: self.id(person)?,
            evidence: self.evidence(number)?,
        })
    }
}

fn sorted(mut rows: Vec<Sharing>) -> Vec<Sharing> {
    rows.sort_by(|left, right| {
        let by_person = left.person.cmp(&right.person);
        let by_person = by_person.then_with(|| left.identifier.cmp(&right.identifier));
        by_person.then_with(|| left.evidence.between.cmp(&right.evidence.between))
    });
    rows
}

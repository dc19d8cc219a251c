//! What one fact brings into the state, and whose segments may be others by it.
//!
//! Invariant: whoever is not named as touched has the same answers as before, and the same next instant at which
//! they may change by time alone.

use onefold_consent::Purpose;
use onefold_event::{AnchorId, PersonIndex, Position};
use onefold_identity::{Merge, Sighting, Split};
use onefold_profile::Observation;
use onefold_segment::Cause;
use smallvec::SmallVec;

use crate::{
    fact::{Fact, Happened, Placed},
    state::{State, touched},
};

/// What folding one fact did.
#[derive(Debug)]
pub(crate) struct Absorbed {
    /// What the fact is kept under, if it belongs to a person.
    pub(crate) anchor: Option<AnchorId>,
    pub(crate) merges: Vec<Merge>,
    pub(crate) splits: Vec<Split>,
    /// What it brings about in the segments of those it is about.
    pub(crate) cause: Cause,
    /// Those it is about, and whose segments may be others now.
    pub(crate) touched: SmallVec<[PersonIndex; 1]>,
    /// Others who belong to an organisation of which it says something new.
    pub(crate) colleagues: Vec<PersonIndex>,
}

/// What a fact said that segments see.
#[derive(Default)]
struct Seen {
    /// A definition asks about such an occurrence.
    occurrence: bool,
    /// Something else that segments may see of the person.
    person: bool,
    /// Those who may see something new of an organisation, perhaps repeated.
    members: Vec<AnchorId>,
}

impl State {
    /// Folds one fact, and leaves the segments of those it touched for later.
    pub(crate) fn absorb(&mut self, fact: &Fact<'_>, position: Position) -> Absorbed {
        self.position = position;
        self.count(fact);
        let sighting = Sighting {
            identifiers: &fact.identifiers,
            source: fact.source,
            position,
            time: fact.time,
        };
        let seen = self.identities.observe(&sighting);
        self.totals.blocked += seen.blocked.len() as u64;
        let (Some(anchor), Some(person)) = (seen.anchor, seen.person) else {
            self.totals.without_person += u64::from(fact.consent.is_none());
            return Absorbed::nothing();
        };
        let mut touched = touched(&seen.merges, &seen.splits, &seen.held);
        let changed = seen.created || !seen.merges.is_empty();
        let said = self.observe(anchor, fact, position);
        if said.occurrence || said.person || changed {
            touched.push(person);
        }
        touched.sort_unstable();
        touched.dedup();
        Absorbed {
            anchor: Some(anchor),
            merges: seen.merges,
            splits: seen.splits,
            cause: cause_of(fact, &said),
            colleagues: self.colleagues(&said.members, &touched),
            touched,
        }
    }

    /// The people behind these anchors, without those who are touched anyway.
    fn colleagues(&self, members: &[AnchorId], touched: &[PersonIndex]) -> Vec<PersonIndex> {
        let people = members
            .iter()
            .filter_map(|anchor| self.identities.person_of(*anchor));
        let mut colleagues: Vec<PersonIndex> = people
            .filter(|person| touched.binary_search(person).is_err())
            .collect();
        colleagues.sort_unstable();
        colleagues.dedup();
        colleagues
    }

    /// Keeps what the fact says under its anchor; returns what segments may see of it.
    fn observe(&mut self, anchor: AnchorId, fact: &Fact<'_>, position: Position) -> Seen {
        for (name, value) in &fact.traits {
            let (source, time, value) = (fact.source, fact.time, value.clone());
            self.profiles.observe(
                anchor,
                Observation {
                    name,
                    value,
                    source,
                    time,
                    position,
                },
            );
        }
        let members = self.observe_memberships(anchor, fact, position);
        if let Some(entry) = fact.consent {
            let about_collection = entry.purpose == Purpose::collection() || entry.purpose.is_all();
            self.collection_refusals += u64::from(entry.action.is_no() && about_collection);
            self.ledger.append(anchor, entry, fact.source, position);
        }
        let happened = fact.happened.as_ref();
        let occurrence = happened
            .is_some_and(|happened| self.live.observe(anchor, &Placed { happened, position }));
        let plan = self.live.plan();
        Seen {
            occurrence,
            person: !fact.traits.is_empty()
                || (!fact.memberships.is_empty() && plan.asks_about_organisations())
                || (fact.consent.is_some() && plan.asks_about_consent()),
            members,
        }
    }

    /// Keeps memberships, and what is said of their organisations; returns the members of those of which segments
    /// may see something new.
    fn observe_memberships(
        &mut self,
        anchor: AnchorId,
        fact: &Fact<'_>,
        position: Position,
    ) -> Vec<AnchorId> {
        let mut members = Vec::new();
        for membership in fact.memberships.iter() {
            self.profiles
                .observe_membership(anchor, membership, fact.source, position, fact.time);
            let organisation = &membership.organisation;
            self.organisations.observe_member(organisation, anchor);
            if self.observe_organisation(membership, fact, position) {
                members.extend(self.organisations.members(organisation));
            }
        }
        members
    }

    /// Keeps what a fact says of an organisation; `true` if segments may see something new of it, now or later.
    fn observe_organisation(
        &mut self,
        membership: &onefold_event::Membership,
        fact: &Fact<'_>,
        position: Position,
    ) -> bool {
        let (organisation, as_of) = (&membership.organisation, self.as_of());
        let mut is_new = false;
        for (name, value) in &fact.organisation_traits {
            let plan = self.live.plan();
            let is_read = plan.asks_about_organisations() && plan.reads_trait(name);
            let value_of = |state: &Self| {
                let organisations = &state.organisations;
                is_read.then(|| organisations.trait_value(organisation, name, as_of))
            };
            let before = value_of(self);
            let named = (&**name, value.clone());
            self.organisations
                .observe(organisation, named, fact.source, position, fact.time);
            // What is dated ahead comes into force by a timer, which everybody needs to have.
            is_new |= is_read && (fact.time > as_of || before != value_of(self));
        }
        is_new
    }

    fn count(&mut self, fact: &Fact<'_>) {
        // A date far ahead, such as 9999-12-31 for "no end", is not when anything happened.
        let has_passed = fact.time <= self.now;
        let totals = &mut self.totals;
        let newest = match (&fact.consent, &fact.happened) {
            (Some(_), _) => {
                totals.consent_entries += 1;
                Some(&mut totals.newest_consent)
            }
            (None, Some(Happened::Event(..))) => {
                totals.events += 1;
                Some(&mut totals.newest)
            }
            (None, Some(Happened::Record(..))) => {
                totals.records += 1;
                Some(&mut totals.newest)
            }
            (None, None) => {
                totals.records += 1;
                None
            }
        };
        if let Some(newest) = newest.filter(|newest| has_passed && fact.time > **newest) {
            *newest = fact.time;
        }
    }
}

impl Absorbed {
    /// Of a fact that belongs to nobody.
    fn nothing() -> Self {
        Self {
            anchor: None,
            merges: Vec::new(),
            splits: Vec::new(),
            cause: Cause::Event,
            touched: SmallVec::new(),
            colleagues: Vec::new(),
        }
    }
}

/// What a fact can bring about in the segments of its person.
fn cause_of(fact: &Fact<'_>, seen: &Seen) -> Cause {
    let says_who = !fact.traits.is_empty() || !fact.memberships.is_empty();
    match fact.happened {
        _ if fact.consent.is_some() => Cause::Consent,
        None => Cause::Trait,
        Some(_) if says_who && !seen.occurrence => Cause::Trait,
        Some(_) => Cause::Event,
    }
}

#[cfg(test)]
mod tests {
    use onefold_connect::Content;
    use onefold_event::{
        Decimal, Event, EventBuilder, Identifier, IdentifierFields, IdentifierKind, SourceName,
        Timestamp,
    };

    use super::*;
    use crate::Onefold;

    fn group(user: &str) -> EventBuilder {
        Event::group("acme").user_id(user)
    }

    fn seats(user: &str, seats: i64) -> EventBuilder {
        group(user).trait_value("seats", Decimal::from(seats))
    }

    /// Folds a call and counts those who are refreshed because of others.
    fn colleagues(state: &mut State, call: EventBuilder, time: Timestamp) -> usize {
        let content = Content::Event(call.timestamp(time).build().unwrap());
        let (source, fields) = (
            SourceName::new("shop").unwrap(),
            IdentifierFields::default(),
        );
        let fact = Fact::read(&content, &source, time, &fields).unwrap();
        let position = state.position.next();
        state.absorb(&fact, position).colleagues.len()
    }

    #[test]
    fn colleagues_are_refreshed_only_for_what_is_new_to_them() {
        let segments = "segment big = any organisation (seats >= 100)";
        let hub = Onefold::builder().segments(segments).in_memory().unwrap();
        let mut state = hub.snapshot().state().clone();
        state.now = hub.now();
        let (now, later) = (state.now, state.now.plus_micros(3_600_000_000));
        let before = now.plus_micros(-1);
        let users = ["ann", "bob", "cid", "dan", "eve"];
        let mut check = |call, time, expected| {
            assert_eq!(colleagues(&mut state, call, time), expected);
        };
        for user in users {
            check(seats(user, 120), before, 0);
        }
        check(seats("ann", 130), now, 4);
        for user in users {
            check(seats(user, 130), now, 0);
        }
        check(group("ann").trait_value("name", "Acme"), now, 0);
        // Everybody needs a timer for what is dated ahead.
        check(seats("ann", 130), later, 4);
        let kind = IdentifierKind::new("group_id").unwrap();
        let acme = Identifier::generic(kind, "acme").unwrap();
        assert_eq!(state.organisations.members(&acme).count(), users.len());
    }
}

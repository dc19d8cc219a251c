//! The whole derived state as one value, and the fold that makes the next value from a fact.
//!
//! Invariant: the state is a function of the log alone. The writer folds into its private copy; the
//! value that readers hold never changes, and making a copy costs the same at any size.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use onefold_consent::Ledger;
use onefold_event::{AnchorId, PersonId, PersonIndex, Position, Timestamp};
use onefold_identity::{Decided, Identities, Merge, Refusal, Split};
use onefold_profile::Profiles;
use onefold_segment::{Cause, Live, Plan};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{
    change::{Change, ChangeKind},
    decision::StoredDecision,
    definitions::{Defined, Stored},
    fact::Fact,
    observe::Absorbed,
    organisations::Organisations,
    traits::PersonTraits,
};

/// Rules under which the log is folded; with the log they decide everything.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) identity: onefold_identity::Rules,
    pub(crate) profile: onefold_profile::Rules,
    /// The builder's definitions.
    pub(crate) plan: Arc<Plan>,
    /// Whether those of the log are in force beside them.
    pub(crate) stored: Stored,
    pub(crate) fields: onefold_event::IdentifierFields,
}

/// The state after some position of the log.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) position: Position,
    pub(crate) now: Timestamp,
    pub(crate) identities: Identities,
    pub(crate) profiles: Profiles,
    pub(crate) organisations: Organisations,
    pub(crate) live: Live,
    pub(crate) ledger: Ledger,
    pub(crate) totals: Totals,
    /// The definitions that the log holds.
    pub(crate) defined: Defined,
    /// Entries that may stop the collection of somebody's data. While there are none, nobody has to be
    /// looked up before an event is taken.
    pub(crate) collection_refusals: u64,
}

/// What the log holds, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// Events accepted.
    pub events: u64,
    /// Records accepted.
    pub records: u64,
    /// Consent entries accepted.
    pub consent_entries: u64,
    /// Items in quarantine.
    pub quarantined: u64,
    /// Events and records that belong to no person, for want of a usable identifier.
    pub without_person: u64,
    /// Sightings of an identifier whose value is blocked.
    pub blocked: u64,
    /// The newest time of an event or record that had passed when it came; 0001-01-01 while there is none.
    pub newest: Timestamp,
    /// The newest time of a consent entry that had passed when it came; 0001-01-01 while there is none.
    pub newest_consent: Timestamp,
}

impl State {
    pub(crate) fn new(rules: &Rules, store_id: u128) -> onefold_event::Result<Self> {
        Ok(Self {
            position: Position::START,
            now: Timestamp::MIN,
            identities: Identities::new(rules.identity.clone(), store_id),
            profiles: Profiles::new(rules.profile.clone()),
            organisations: Organisations::new(rules.profile.clone()),
            live: Live::new(Arc::clone(&rules.plan))?,
            ledger: Ledger::new(),
            totals: Totals {
                newest: Timestamp::MIN,
                newest_consent: Timestamp::MIN,
                ..Totals::default()
            },
            collection_refusals: 0,
            defined: Defined::default(),
        })
    }

    /// The instant as of which live answers hold: just after now, so that what happens now counts.
    pub(crate) fn as_of(&self) -> Timestamp {
        self.now.plus_micros(1)
    }

    /// Moves time forward and runs every timer that has come due; `true` if there was one.
    pub(crate) fn advance(&mut self, now: Timestamp, changes: &mut Vec<Change>) -> bool {
        self.now = self.now.max(now);
        let mut ran = false;
        while let Some((due, person)) = self.live.due(self.as_of()) {
            self.refresh_at(person, due, Cause::Timer, changes);
            ran = true;
        }
        ran
    }

    /// Folds one fact and brings the segments up to date; returns the anchor it is kept under, if it belongs
    /// to a person.
    pub(crate) fn apply(
        &mut self,
        fact: &Fact<'_>,
        position: Position,
        changes: &mut Vec<Change>,
    ) -> Option<AnchorId> {
        let absorbed = self.absorb(fact, position);
        self.tell(&absorbed, changes);
        absorbed.anchor
    }

    /// Folds a decision and brings the segments up to date.
    pub(crate) fn decide(
        &mut self,
        decision: &StoredDecision,
        position: Position,
        changes: &mut Vec<Change>,
    ) -> Decided {
        let (decided, absorbed) = self.absorb_decision(decision, position);
        self.tell(&absorbed, changes);
        decided
    }

    /// Folds a decision, and leaves the segments of those it touched for later.
    pub(crate) fn absorb_decision(
        &mut self,
        decision: &StoredDecision,
        position: Position,
    ) -> (Decided, Absorbed) {
        self.position = position;
        let people_before = self.identities.people_count();
        let decided = self
            .identities
            .decide(decision.what(), &decision.at(position));
        let mut touched = touched(&decided.merges, &decided.splits, &decided.held);
        if self.identities.people_count() > people_before {
            // Identifiers that were never seen are people now, whom a segment may take.
            let anchors = decision.anchors(&self.identities);
            touched.extend(anchors.filter_map(|anchor| self.identities.person_of(anchor)));
        }
        let absorbed = Absorbed {
            anchor: None,
            merges: decided.merges.clone(),
            splits: decided.splits.clone(),
            cause: Cause::Merge,
            touched,
            colleagues: Vec::new(),
        };
        (decided, absorbed)
    }

    fn tell(&mut self, absorbed: &Absorbed, changes: &mut Vec<Change>) {
        for merge in &absorbed.merges {
            self.merge(merge, changes);
        }
        for split in &absorbed.splits {
            self.split(split, changes);
        }
        let is_merge = !absorbed.merges.is_empty() || !absorbed.splits.is_empty();
        let cause = match is_merge {
            true => Cause::Merge,
            false => absorbed.cause,
        };
        for person in &absorbed.touched {
            self.refresh_at(*person, self.as_of(), cause, changes);
        }
        for colleague in &absorbed.colleagues {
            self.refresh_at(*colleague, self.as_of(), Cause::Trait, changes);
        }
    }

    /// Takes people who were merged into others out of every segment, and tells nobody.
    pub(crate) fn retire(&mut self, merges: &[Merge]) {
        for merge in merges {
            self.live
                .retire(merge.retired, self.now, Cause::Merge, &mut Vec::new());
        }
    }

    /// Brings the segments of these people up to date, then those of everybody whose timer is due, and tells
    /// nobody: what changed on the way was told when it happened.
    pub(crate) fn refresh_all(&mut self, people: impl Iterator<Item = PersonIndex>) {
        let (as_of, mut told_before) = (self.as_of(), Vec::new());
        for person in people {
            if self.identities.living(person) == Some(person) {
                self.refresh_at(person, as_of, Cause::Event, &mut told_before);
                told_before.clear();
            }
        }
        self.advance(self.now, &mut told_before);
    }

    /// Notes that bytes were kept in quarantine.
    pub(crate) fn quarantine(&mut self, position: Position) -> Option<AnchorId> {
        self.position = position;
        self.totals.quarantined += 1;
        None
    }

    fn merge(&mut self, merge: &Merge, changes: &mut Vec<Change>) {
        let mut left = Vec::new();
        self.live
            .retire(merge.retired, self.now, Cause::Merge, &mut left);
        publish(&left, merge.retired_id, changes);
        let kind = ChangeKind::Merged {
            retired: merge.retired_id,
        };
        let (position, person, at) = (Position::START, merge.kept_id, self.now);
        changes.push(Change {
            position,
            person,
            at,
            cause: None,
            kind,
        });
    }

    fn split(&self, split: &Split, changes: &mut Vec<Change>) {
        let kind = ChangeKind::Split { other: split.to_id };
        changes.push(Change {
            position: Position::START,
            person: split.from_id,
            at: self.now,
            cause: None,
            kind,
        });
    }

    /// A person who retired has left every segment already.
    fn refresh_at(
        &mut self,
        person: PersonIndex,
        as_of: Timestamp,
        cause: Cause,
        changes: &mut Vec<Change>,
    ) {
        let anchors = self.identities.anchors(person);
        let Some(id) = self.identities.id(person).filter(|_| !anchors.is_empty()) else {
            self.live
                .retire(person, as_of, Cause::Merge, &mut Vec::new());
            return;
        };
        let plan = Arc::clone(self.live.plan());
        let traits = PersonTraits {
            plan: &plan,
            person: Some(id),
            profiles: &self.profiles,
            organisations: &self.organisations,
            ledger: &self.ledger,
            anchors,
            as_of,
        };
        let mut changed = Vec::new();
        self.live
            .refresh(person, anchors, &traits, as_of, cause, &mut changed);
        publish(&changed, id, changes);
    }

    /// Puts other definitions in force: `state` was folded under them up to here. Tells who enters and who leaves by it.
    pub(crate) fn redefine(&mut self, state: Self, defined: Defined, changes: &mut Vec<Change>) {
        let before = std::mem::replace(&mut self.live, state.live);
        self.defined = defined;
        let mut unseen = Vec::new();
        self.advance(self.now, &mut unseen);
        let names = before.plan().segments().chain(self.live.plan().segments());
        let names: BTreeSet<&str> = names.collect();
        for name in names {
            for (person, entered) in differing(before.members(name), self.live.members(name)) {
                let segment: Box<str> = name.into();
                let kind = match entered {
                    true => ChangeKind::Entered { segment },
                    false => ChangeKind::Left { segment },
                };
                changes.extend(self.identities.id(person).map(|person| Change {
                    position: Position::START,
                    person,
                    at: self.now,
                    cause: Some(Cause::Definition),
                    kind,
                }));
            }
        }
    }

    /// A person's traits, consent and organisations as segments read them.
    pub(crate) fn traits<'a>(
        &'a self,
        anchors: &'a [AnchorId],
        as_of: Timestamp,
    ) -> PersonTraits<'a> {
        let anchor = anchors.first().copied();
        let person = anchor.and_then(|anchor| self.identities.person_of(anchor));
        PersonTraits {
            plan: self.live.plan(),
            person: person.and_then(|person| self.identities.id(person)),
            profiles: &self.profiles,
            organisations: &self.organisations,
            ledger: &self.ledger,
            anchors,
            as_of,
        }
    }

    /// Estimated bytes of memory, kept as the state grows.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.identities.memory_bytes()
            + self.profiles.memory_bytes()
            + self.organisations.memory_bytes()
            + self.live.memory_bytes()
            + self.ledger.memory_bytes()
    }
}

/// Those whose identifiers are others now, or who may just have become people.
pub(crate) fn touched(
    merges: &[Merge],
    splits: &[Split],
    held: &[Refusal],
) -> SmallVec<[PersonIndex; 1]> {
    let merges = merges.iter().map(|merge| merge.kept);
    let splits = splits.iter().flat_map(|split| [split.from, split.to]);
    // An identifier that a limit kept away may have become a person of its own just now.
    let sides = held.iter().flat_map(|refusal| &refusal.sides);
    let sides = sides.map(|side| side.person);
    merges.chain(splits).chain(sides).collect()
}

/// Those who are in one of two ascending lists only, and whether that is the second.
fn differing(
    old: impl Iterator<Item = PersonIndex>,
    new: impl Iterator<Item = PersonIndex>,
) -> impl Iterator<Item = (PersonIndex, bool)> {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    std::iter::from_fn(move || {
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.cmp(new),
            };
            match order {
                Ordering::Less => return old.next().map(|person| (person, false)),
                Ordering::Greater => return new.next().map(|person| (person, true)),
                Ordering::Equal => {
                    old.next();
                    new.next();
                }
            }
        }
    })
}

fn publish(changed: &[onefold_segment::Change], person: PersonId, changes: &mut Vec<Change>) {
    changes.extend(changed.iter().map(|change| {
        let segment = change.segment.as_ref().into();
        let kind = match change.entered {
            true => ChangeKind::Entered { segment },
            false => ChangeKind::Left { segment },
        };
        // The place in the log is known when the change is read back from there.
        Change {
            position: Position::START,
            person,
            at: change.time,
            cause: Some(change.cause),
            kind,
        }
    }));
}

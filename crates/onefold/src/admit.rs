//! The fate of each item: taken in, known already, kept out, or refused.
//!
//! Invariant: the items of a batch are judged one after another, in order, each on the state that those
//! before it left; looking at several beforehand changes nothing but the time it takes.

use std::sync::Arc;

use onefold_connect::{Content, Item};
use onefold_consent::DenialReason;
use onefold_event::{
    CollectionBasis, Identifier, Ingested, RejectedReason, Result, SourceName, Timestamp,
    WithheldReason,
};
use onefold_identity::LookAhead;
use onefold_store::DedupKey;

use crate::{
    fact::Fact,
    wire::{self, Kind},
    writer::{Draft, Writer},
};

/// Whose items these are, and on which ground they are collected.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) source: &'a SourceName,
    pub(crate) basis: CollectionBasis,
}

/// One item with what was found out about it ahead.
struct Arrival<'a> {
    item: &'a Item,
    key: DedupKey,
    is_known: bool,
    /// The same message may be there twice: whether it is known has to be asked once more.
    may_be_twin: bool,
    /// `None` for bytes in quarantine, and for what is known already.
    fact: Option<Fact<'a>>,
}

impl Writer {
    /// Decides the fates of a few items and folds in those that are kept.
    pub(crate) fn admit(
        &mut self,
        origin: Origin<'_>,
        items: &[Item],
        draft: &mut Draft,
        fates: &mut Vec<Ingested>,
    ) -> Result<()> {
        let rules = Arc::clone(&self.shared.rules);
        let keys: Vec<_> = items.iter().map(|it| self.dedup_key(origin, it)).collect();
        let known: Vec<_> = keys.iter().map(|key| self.dedup.contains(*key)).collect();
        let may_be_twin = has_twins(keys.clone());
        let keyed = items.iter().zip(keys).zip(known);
        let arrivals = keyed.map(|((item, key), is_known)| {
            let read = || Fact::read(&item.content, origin.source, draft.now, &rules.fields);
            Arrival {
                item,
                key,
                is_known,
                may_be_twin,
                fact: (!is_known).then(read).flatten(),
            }
        });
        let arrivals: Vec<_> = arrivals.collect();
        let sightings = self
            .state
            .look_ahead(arrivals.iter().map(Arrival::identifiers));
        let held = self.memory_bytes();
        for (number, arrival) in arrivals.iter().enumerate() {
            let fate = match self.obstacle(origin, arrival, held, draft.now) {
                Some(obstacle) => obstacle,
                None => self.take_in(origin, arrival, (&sightings, number), draft)?,
            };
            fates.push(fate);
        }
        Ok(())
    }

    /// Why the item is not taken in, if it is not.
    fn obstacle(
        &self,
        origin: Origin<'_>,
        arrival: &Arrival<'_>,
        held: usize,
        now: Timestamp,
    ) -> Option<Ingested> {
        if arrival.is_known || arrival.may_be_twin && self.dedup.contains(arrival.key) {
            return Some(Ingested::Duplicate);
        }
        let fact = arrival.fact.as_ref();
        // An objection must be heard when there is no room for anything else.
        let is_consent = fact.is_some_and(|fact| fact.consent.is_some());
        let reserve = if is_consent {
            self.memory_bytes_max / 16
        } else {
            0
        };
        if held > self.memory_bytes_max.saturating_add(reserve) {
            return Some(Ingested::Rejected(RejectedReason::MemoryFull));
        }
        let reason = self.withhold(fact?, origin.basis, now)?;
        Some(Ingested::Withheld(reason))
    }

    /// Folds an item in and adds it to the group.
    fn take_in(
        &mut self,
        origin: Origin<'_>,
        arrival: &Arrival<'_>,
        ahead: (&LookAhead, usize),
        draft: &mut Draft,
    ) -> Result<Ingested> {
        let now = draft.now;
        let Item { id, content, .. } = arrival.item;
        let position = self.next_position();
        let anchor = match &arrival.fact {
            Some(fact) => self.state.apply(fact, position, ahead, &mut draft.changes),
            None => self.state.quarantine(position),
        };
        let store = &*self.shared.store;
        let key = self.keys.key(store, anchor, origin.source)?;
        draft.add(Kind::of(content), key, Some(arrival.key), |out| {
            wire::write_item(out, origin.source, id, now, content);
        });
        self.dedup.insert_absent(arrival.key);
        Ok(match content {
            Content::Quarantined(kept) => Ingested::Quarantined(kept.reasons.clone()),
            _ => Ingested::Accepted(position),
        })
    }

    fn dedup_key(&self, origin: Origin<'_>, item: &Item) -> DedupKey {
        let source = origin.source.as_str();
        self.shared.store.dedup_key(source, &item.id)
    }

    /// May this be collected? Judged on all that is known of the persons it names.
    fn withhold(
        &self,
        fact: &Fact<'_>,
        basis: CollectionBasis,
        now: Timestamp,
    ) -> Option<WithheldReason> {
        let nobody_refused =
            self.state.collection_refusals == 0 && basis != CollectionBasis::Consent;
        if nobody_refused || fact.consent.is_some() {
            return None;
        }
        let identities = &self.state.identities;
        let known = fact
            .identifiers
            .iter()
            .filter_map(|identifier| identities.find(identifier));
        let mut people: Vec<_> = known
            .filter_map(|anchor| identities.person_of(anchor))
            .collect();
        people.sort_unstable();
        people.dedup();
        let anchors: Vec<_> = people
            .iter()
            .flat_map(|person| identities.anchors(*person))
            .copied()
            .collect();
        let judged = self.state.ledger.may_collect(&anchors, basis, now);
        judged.err().map(|denial| match denial.reason {
            DenialReason::Withdrawn => WithheldReason::Withdrawn,
            DenialReason::Objected => WithheldReason::Objected,
            DenialReason::Expired => WithheldReason::Expired,
            _ => WithheldReason::NoConsent,
        })
    }

    fn memory_bytes(&self) -> usize {
        let indexes = self.dedup.memory_bytes() + self.keys.memory_bytes();
        self.state.memory_bytes() + indexes
    }
}

/// Whether one message comes twice.
fn has_twins(mut keys: Vec<DedupKey>) -> bool {
    keys.sort_unstable();
    keys.windows(2).any(|two| two.first() == two.last())
}

impl Arrival<'_> {
    fn identifiers(&self) -> &[Identifier] {
        self.fact.as_ref().map_or(&[], |fact| &fact.identifiers)
    }
}

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
    /// `None` for bytes in quarantine, and for what was known already.
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
        let arrival = |item| {
            let key = self.dedup_key(origin, item);
            let read = || Fact::read(&item.content, origin.source, draft.now, &rules.fields);
            let fact = (!self.dedup.contains(key)).then(read).flatten();
            Arrival { item, key, fact }
        };
        let arrivals: Vec<_> = items.iter().map(arrival).collect();
        let ahead = self
            .state
            .look_ahead(arrivals.iter().map(Arrival::identifiers));
        for (number, arrival) in arrivals.iter().enumerate() {
            fates.push(self.admit_one(origin, arrival, (&ahead, number), draft)?);
        }
        Ok(())
    }

    fn admit_one(
        &mut self,
        origin: Origin<'_>,
        arrival: &Arrival<'_>,
        ahead: (&LookAhead, usize),
        draft: &mut Draft,
    ) -> Result<Ingested> {
        // Asked once more: its twin may have come a moment ago.
        if self.dedup.contains(arrival.key) {
            return Ok(Ingested::Duplicate);
        }
        if self.is_out_of_memory() {
            return Ok(Ingested::Rejected(RejectedReason::MemoryFull));
        }
        let now = draft.now;
        let refusal = |fact: &Fact<'_>| self.withhold(fact, origin.basis, now);
        if let Some(reason) = arrival.fact.as_ref().and_then(refusal) {
            return Ok(Ingested::Withheld(reason));
        }
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
        self.dedup.insert(arrival.key);
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

    fn is_out_of_memory(&self) -> bool {
        let held = self.state.memory_bytes() + self.dedup.memory_bytes();
        held + self.keys.memory_bytes() > self.memory_bytes_max
    }
}

impl Arrival<'_> {
    fn identifiers(&self) -> &[Identifier] {
        self.fact.as_ref().map_or(&[], |fact| &fact.identifiers)
    }
}

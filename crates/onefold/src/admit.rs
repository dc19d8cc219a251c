//! The fate of each item: taken in, known already, kept out, or refused.
//!
//! Invariant: the items of a batch are judged one after another, in order, each on the state that those
//! before it left. Only the memory that is held is looked at less often.

use std::sync::Arc;

use onefold_connect::{Content, Item};
use onefold_consent::DenialReason;
use onefold_event::{
    CollectionBasis, Ingested, RejectedReason, Result, SourceName, Timestamp, WithheldReason,
};
use onefold_store::DedupKey;
use sha2::{Digest, Sha256};

use crate::{
    dump::hexadecimal,
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
        let held = self.memory_bytes();
        for item in items {
            let key = self.dedup_key(origin, item);
            if self.dedup.contains(key) {
                fates.push(Ingested::Duplicate);
                continue;
            }
            let fact = Fact::read(&item.content, origin.source, draft.now, &rules.fields);
            let fate = match self.obstacle(origin, fact.as_ref(), held, draft.now) {
                Some(obstacle) => obstacle,
                None => self.take_in(origin, item, (key, fact.as_ref()), draft)?,
            };
            fates.push(fate);
        }
        Ok(())
    }

    /// What an item is known by. One that went into quarantine is known by its bytes, too: once they are
    /// corrected it is another.
    fn dedup_key(&self, origin: Origin<'_>, item: &Item) -> DedupKey {
        let (store, source) = (&self.shared.store, origin.source.as_str());
        match &item.content {
            Content::Quarantined(kept) => {
                let digest = hexadecimal(&Sha256::digest(&kept.bytes));
                store.dedup_key(source, &format!("{} quarantined {digest}", item.id))
            }
            _ => store.dedup_key(source, &item.id),
        }
    }

    /// Why an item is not taken in, if it is not.
    fn obstacle(
        &self,
        origin: Origin<'_>,
        fact: Option<&Fact<'_>>,
        held: usize,
        now: Timestamp,
    ) -> Option<Ingested> {
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
        item: &Item,
        (dedup, fact): (DedupKey, Option<&Fact<'_>>),
        draft: &mut Draft,
    ) -> Result<Ingested> {
        let (now, Item { id, content, .. }) = (draft.now, item);
        let position = self.next_position();
        let anchor = match fact {
            Some(fact) => self.state.apply(fact, position, &mut draft.changes),
            None => self.state.quarantine(position),
        };
        let key = self.keys.key(&*self.shared.store, anchor, origin.source)?;
        draft.add(Kind::of(content), key, Some(dedup), |out| {
            wire::write_item(out, origin.source, id, now, content);
        });
        self.dedup.insert_absent(dedup);
        Ok(match content {
            Content::Quarantined(kept) => Ingested::Quarantined(kept.reasons.clone()),
            _ => Ingested::Accepted(position),
        })
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

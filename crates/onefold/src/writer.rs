//! The writer thread: takes batches, folds them into its private state, seals them as groups.
//!
//! Invariant: a fate is told only after its group is durable and published, in the order of arrival,
//! so a duplicate is never acknowledged before its original.

use std::{
    ops::Range,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender},
    },
};

use onefold_connect::{Content, Item};
use onefold_consent::DenialReason;
use onefold_event::{
    CollectionBasis, Error, ErrorKind, Ingested, Position, RejectedReason, Result, SourceName,
    Timestamp, WithheldReason,
};
use onefold_store::{Dedup, DedupKey, Entry, Group, KeyNumber};

use crate::{
    change::Change,
    checkpoint,
    commit::Pending,
    fact::Fact,
    keys::Keys,
    shared::Shared,
    state::State,
    ticket::Promise,
    wire::{self, Kind},
};

/// Items of one group at most; more waiting batches make the next group.
const GROUP_ITEMS_MAX: usize = 8_192;
/// Clear bytes of one group at most, but for a batch that is larger alone.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// What the writer is asked to do.
pub(crate) enum Command {
    Ingest {
        source: SourceName,
        basis: CollectionBasis,
        items: Vec<Item>,
        promise: Promise,
    },
    /// Run the timers that are due.
    Tick(Promise),
    /// Log that data leaves the store in the open.
    Grant { body: Vec<u8>, promise: Promise },
    /// Write a checkpoint of everything acknowledged so far.
    Checkpoint(Promise),
    /// End, though handles may be left.
    Stop,
}

pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) state: State,
    pub(crate) dedup: Dedup,
    pub(crate) keys: Keys,
    pub(crate) commits: SyncSender<Pending>,
    pub(crate) memory_bytes_max: usize,
    pub(crate) checkpoint_every: u64,
    pub(crate) checkpointed: Position,
    pub(crate) last_group_bytes: usize,
}

/// A group in the making.
#[derive(Default)]
struct Draft {
    bodies: Vec<u8>,
    entries: Vec<DraftEntry>,
    changes: Vec<Change>,
    promises: Vec<(Promise, Vec<Ingested>)>,
    items: usize,
    checkpoint: Option<Promise>,
    timers_ran: bool,
}

struct DraftEntry {
    kind: Kind,
    key: KeyNumber,
    dedup: Option<DedupKey>,
    body: Range<usize>,
}

impl Writer {
    /// Runs until every handle of the hub is gone, then writes a last checkpoint.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        let mut waiting = None;
        while let Some(command) = waiting.take().or_else(|| commands.recv().ok()) {
            if matches!(command, Command::Stop) {
                break;
            }
            if let Err(error) = self.turn(command, commands, &mut waiting) {
                self.shared.poison(&error);
            }
        }
        if self.state.position > self.checkpointed {
            // Without it nothing is lost: the next opening folds the log from the last checkpoint on.
            let _ = self.save();
        }
    }

    /// One group: this command and what else is waiting, up to the limits.
    fn turn(
        &mut self,
        first: Command,
        commands: &Receiver<Command>,
        waiting: &mut Option<Command>,
    ) -> Result<()> {
        let now = self.shared.now().max(self.state.now);
        let mut draft = Draft {
            // Groups are much alike: room for the last one spares growing step by step.
            bodies: Vec::with_capacity(self.last_group_bytes),
            ..Draft::default()
        };
        draft.timers_ran = self.state.advance(now, &mut draft.changes);
        let mut next = Some(first);
        while let Some(command) = next.take() {
            if let Err(error) = self.take(command, now, &mut draft) {
                return Err(draft.fail(error));
            }
            if draft.is_full() {
                break;
            }
            match commands.try_recv() {
                Ok(command) if draft.has_room_for(&command) => next = Some(command),
                Ok(command) => *waiting = Some(command),
                Err(_) => {}
            }
        }
        let checkpoint = draft.checkpoint.take();
        self.finish(draft, now)?;
        match checkpoint {
            Some(promise) => promise.keep(self.save().map(|()| Vec::new())),
            None => self.checkpoint_if_grown()?,
        }
        Ok(())
    }

    /// Folds one command into the group. An error here leaves the state ahead of the log: the caller
    /// poisons the hub, and the promises of the group answer so.
    fn take(&mut self, command: Command, now: Timestamp, draft: &mut Draft) -> Result<()> {
        match command {
            Command::Ingest {
                source,
                basis,
                items,
                promise,
            } => {
                let mut fates = Vec::with_capacity(items.len());
                for item in &items {
                    fates.push(self.admit(&source, basis, item, now, draft)?);
                }
                draft.items += items.len();
                draft.promises.push((promise, fates));
            }
            Command::Grant { body, promise } => {
                let key = self.keys.hub_key(&*self.shared.store)?;
                let position = self.next_position();
                draft.add(Kind::Export, key, None, |out| out.extend_from_slice(&body));
                draft
                    .promises
                    .push((promise, vec![Ingested::Accepted(position)]));
            }
            Command::Tick(promise) => draft.promises.push((promise, Vec::new())),
            Command::Checkpoint(promise) => draft.checkpoint = Some(promise),
            Command::Stop => {}
        }
        Ok(())
    }

    /// Decides the fate of one item and, if it is kept, folds it in and adds it to the group.
    fn admit(
        &mut self,
        source: &SourceName,
        basis: CollectionBasis,
        item: &Item,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<Ingested> {
        let dedup = self.shared.store.dedup_key(source.as_str(), &item.id);
        if self.dedup.contains(dedup) {
            return Ok(Ingested::Duplicate);
        }
        if self.is_out_of_memory() {
            return Ok(Ingested::Rejected(RejectedReason::MemoryFull));
        }
        let rules = Arc::clone(&self.shared.rules);
        let fact = Fact::read(&item.content, source, now, &rules.fields);
        if let Some(reason) = fact
            .as_ref()
            .and_then(|fact| self.withhold(fact, basis, now))
        {
            return Ok(Ingested::Withheld(reason));
        }
        let position = self.next_position();
        let anchor = match &fact {
            Some(fact) => self.state.apply(fact, position, &mut draft.changes),
            None => self.state.quarantine(position),
        };
        let key = self.keys.key(&*self.shared.store, anchor, source)?;
        draft.add(Kind::of(&item.content), key, Some(dedup), |out| {
            wire::write_item(out, source, &item.id, now, &item.content);
        });
        self.dedup.insert(dedup);
        Ok(match &item.content {
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

    fn next_position(&mut self) -> Position {
        self.state.position = self.state.position.next();
        self.state.position
    }

    /// Seals the group and hands it to be committed, while this thread goes on to the next.
    fn finish(&mut self, mut draft: Draft, now: Timestamp) -> Result<()> {
        match self.seal(&mut draft, now) {
            Ok(group) => self.send(Pending {
                group,
                state: self.state.clone(),
                promises: draft.promises,
            }),
            Err(error) => Err(draft.fail(error)),
        }
    }

    fn seal(&mut self, draft: &mut Draft, now: Timestamp) -> Result<Option<Group>> {
        self.log_changes(draft)?;
        if draft.timers_ran && draft.entries.is_empty() {
            // A timer that changed nothing moved all the same: a fold of the log has to move it, too.
            let key = self.keys.hub_key(&*self.shared.store)?;
            let _position = self.next_position();
            draft.add(Kind::Tick, key, None, |_| {});
        }
        self.last_group_bytes = draft.bodies.len();
        let bodies = &draft.bodies;
        let entries = draft.entries.iter().map(|entry| Entry {
            kind: entry.kind as u8,
            key: entry.key,
            dedup: entry.dedup,
            body: bodies.get(entry.body.clone()).unwrap_or_default(),
        });
        let entries: Vec<_> = entries.collect();
        match entries.is_empty() {
            true => Ok(None),
            false => self.shared.store.prepare(now, &entries).map(Some),
        }
    }

    /// Adds what followed from the items, after them, each under the key of the person it is about.
    fn log_changes(&mut self, draft: &mut Draft) -> Result<()> {
        for change in std::mem::take(&mut draft.changes) {
            let person = self.state.identities.index(change.person);
            let anchor =
                person.and_then(|person| self.state.identities.anchors(person).first().copied());
            let key = match anchor {
                Some(anchor) => self.keys.anchor_key(&*self.shared.store, anchor)?,
                None => self.keys.hub_key(&*self.shared.store)?,
            };
            let _position = self.next_position();
            draft.add(Kind::Change, key, None, |out| {
                out.extend_from_slice(&change.to_bytes())
            });
        }
        Ok(())
    }

    fn is_out_of_memory(&self) -> bool {
        self.state.memory_bytes() + self.dedup.memory_bytes() + self.keys.memory_bytes()
            > self.memory_bytes_max
    }

    fn checkpoint_if_grown(&mut self) -> Result<()> {
        match self.state.position.0 - self.checkpointed.0 < self.checkpoint_every {
            true => Ok(()),
            false => self.save(),
        }
    }

    /// Waits for what is in flight, then writes the checkpoint; readers are not held up.
    fn save(&mut self) -> Result<()> {
        let (promise, in_flight) = crate::ticket::ticket();
        self.send(Pending {
            group: None,
            state: self.state.clone(),
            promises: vec![(promise, Vec::new())],
        })?;
        in_flight.wait()?;
        checkpoint::save(
            &*self.shared.store,
            &self.shared.rules,
            &self.state,
            &self.dedup,
            &self.keys,
        )?;
        self.checkpointed = self.state.position;
        Ok(())
    }

    fn send(&self, pending: Pending) -> Result<()> {
        self.commits
            .send(pending)
            .map_err(|_| Error::new(ErrorKind::Poisoned, "the committer ended"))
    }
}

impl Draft {
    /// Tells everybody who waits for this group why there will be none.
    fn fail(self, error: Error) -> Error {
        for (promise, _) in self.promises {
            promise.keep(Err(error.copied()));
        }
        error
    }

    fn add(
        &mut self,
        kind: Kind,
        key: KeyNumber,
        dedup: Option<DedupKey>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bodies.len();
        write(&mut self.bodies);
        self.entries.push(DraftEntry {
            kind,
            key,
            dedup,
            body: start..self.bodies.len(),
        });
    }

    fn is_full(&self) -> bool {
        self.items >= GROUP_ITEMS_MAX || self.bodies.len() >= GROUP_BYTES_MAX
    }

    fn has_room_for(&self, command: &Command) -> bool {
        match command {
            Command::Ingest { items, .. } => self.items + items.len() <= GROUP_ITEMS_MAX,
            Command::Tick(_) | Command::Grant { .. } => true,
            // Each ends its group: they are the first of the next one.
            Command::Checkpoint(_) | Command::Stop => false,
        }
    }
}

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

use onefold_connect::Item;
use onefold_event::{
    CollectionBasis, Error, ErrorKind, Ingested, Position, Result, SourceName, Timestamp,
};
use onefold_identity::Decided;
use onefold_store::{Dedup, DedupKey, Entry, Group, KeyNumber};

use crate::{
    admit::Origin,
    change::Change,
    checkpoint::{self, Recovered},
    commit::Pending,
    decision::StoredDecision,
    definitions::{Redefinition, overtaken},
    fold::fold_under,
    keys::Keys,
    shared::Shared,
    spread::{CHANGES_MAX, Spread},
    state::State,
    ticket::Promise,
    wire::Kind,
};

/// Items of one group at most; more waiting batches make the next group.
const GROUP_ITEMS_MAX: usize = 8_192;
/// Clear bytes of one group at most, but for a batch that is larger alone.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// Room that is kept between groups: what a large one took is given back, as there may be many hubs.
const SPARE_BYTES_MAX: usize = 1 << 20;
/// The memory that is held is looked at every so many items.
const MEMORY_CHECK_ITEMS: usize = 256;

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
    /// Fold and log a decision about who is who; what it did is told before it is durable, and the promise after.
    Decide(Vec<StoredDecision>, SyncSender<Vec<Decided>>, Promise),
    /// Put other definitions in force.
    Define(Redefinition, Promise),
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
    /// The room for the bodies of a group, when there is no group in the making.
    pub(crate) spare: Vec<u8>,
    /// Changes of which a crash kept the log from telling.
    pub(crate) untold: Vec<Change>,
}

/// A group in the making.
#[derive(Default)]
pub(crate) struct Draft {
    /// The instant of everything in it.
    pub(crate) now: Timestamp,
    pub(crate) changes: Vec<Change>,
    bodies: Vec<u8>,
    entries: Vec<DraftEntry>,
    promises: Vec<(Promise, Vec<Ingested>)>,
    items: usize,
    checkpoint: Option<Promise>,
    /// Definitions are others now: without a checkpoint, opening would fold the log anew.
    redefined: bool,
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
        if let Err(error) = self.tell_untold() {
            self.shared.poison(&error);
        }
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
            now,
            bodies: std::mem::take(&mut self.spare),
            ..Draft::default()
        };
        draft.timers_ran = self.state.advance(now, &mut draft.changes);
        let mut next = Some(first);
        while let Some(command) = next.take() {
            if let Err(error) = self.take(command, &mut draft) {
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
        let redefined = draft.redefined;
        self.finish(draft)?;
        match checkpoint {
            None if redefined => self.save()?,
            Some(promise) => promise.keep(self.save().map(|()| Vec::new())),
            None => self.checkpoint_if_grown()?,
        }
        Ok(())
    }

    /// Folds one command into the group. An error here leaves the state ahead of the log: the caller
    /// poisons the hub, and the promises of the group answer so.
    fn take(&mut self, command: Command, draft: &mut Draft) -> Result<()> {
        match command {
            Command::Ingest {
                source,
                basis,
                items,
                promise,
            } => {
                let mut fates = Vec::with_capacity(items.len());
                for some in items.chunks(MEMORY_CHECK_ITEMS) {
                    let origin = Origin {
                        source: &source,
                        basis,
                    };
                    self.admit(origin, some, draft, &mut fates)?;
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
            Command::Decide(decisions, outcomes, promise) => {
                let mut decided = Vec::with_capacity(decisions.len());
                let mut fates = Vec::with_capacity(decisions.len());
                for decision in &decisions {
                    let (outcome, position) = self.decide(decision, draft)?;
                    decided.push(outcome);
                    fates.push(Ingested::Accepted(position));
                }
                draft.items += decisions.len();
                draft.promises.push((promise, fates));
                // Whoever no longer waits for it does not want to know.
                let _ = outcomes.try_send(decided);
            }
            Command::Define(redefinition, promise) => self.define(redefinition, promise, draft)?,
            Command::Tick(promise) => draft.promises.push((promise, Vec::new())),
            Command::Checkpoint(promise) => draft.checkpoint = Some(promise),
            Command::Stop => {}
        }
        Ok(())
    }

    fn decide(
        &mut self,
        decision: &StoredDecision,
        draft: &mut Draft,
    ) -> Result<(Decided, Position)> {
        let position = self.next_position();
        let outcome = self.state.decide(decision, position, &mut draft.changes);
        let key = match decision.anchor(&self.state.identities) {
            Some(anchor) => self.keys.anchor_key(&*self.shared.store, anchor)?,
            None => self.keys.hub_key(&*self.shared.store)?,
        };
        draft.add(Kind::Decision, key, None, |out| {
            out.extend_from_slice(&decision.to_bytes())
        });
        Ok((outcome, position))
    }

    /// The state under new definitions was folded up to some earlier position: brings it up to here and takes its
    /// segments.
    fn define(
        &mut self,
        redefinition: Redefinition,
        promise: Promise,
        draft: &mut Draft,
    ) -> Result<()> {
        let Redefinition {
            defined,
            before,
            state,
            plan,
        } = redefinition;
        if self.state.defined != before {
            promise.keep(Err(overtaken(self.state.position)));
            return Ok(());
        }
        self.wait_for_what_is_in_flight()?;
        let start = Recovered::at(*state);
        let rules = self.shared.rules.under(&plan);
        let caught_up = fold_under(&*self.shared.store, &rules, start, self.state.position)?;
        self.state
            .redefine(caught_up.state, defined, &mut draft.changes);
        let key = self.keys.hub_key(&*self.shared.store)?;
        let position = self.next_position();
        let body = self.state.defined.to_bytes();
        draft.add(Kind::Defined, key, None, |out| out.extend_from_slice(&body));
        draft.redefined = true;
        let fates = vec![Ingested::Accepted(position)];
        draft.promises.push((promise, fates));
        Ok(())
    }

    pub(crate) fn next_position(&mut self) -> Position {
        self.state.position = self.state.position.next();
        self.state.position
    }

    /// What a crash left unwritten comes before anything else.
    fn tell_untold(&mut self) -> Result<()> {
        let changes = std::mem::take(&mut self.untold);
        if changes.is_empty() {
            return Ok(());
        }
        let now = self.state.now;
        let mut draft = Draft {
            now,
            ..Draft::default()
        };
        self.send_groups(&mut draft, &changes)
    }

    /// Seals what the group holds and what followed, and hands it to be committed, while this thread goes on to the
    /// next. What fills more than one group is announced first, so that it can be completed after a crash.
    fn finish(&mut self, mut draft: Draft) -> Result<()> {
        let changes = std::mem::take(&mut draft.changes);
        let sent = self
            .announce(&mut draft, changes.len())
            .and_then(|()| self.send_groups(&mut draft, &changes));
        sent.map_err(|error| draft.fail(error))
    }

    fn announce(&mut self, draft: &mut Draft, changes: usize) -> Result<()> {
        let body = match changes {
            // A timer that changed nothing moved all the same: a fold of the log has to move it, too.
            0 if draft.timers_ran && draft.entries.is_empty() => Vec::new(),
            0..=CHANGES_MAX => return Ok(()),
            _ => Spread::to_bytes(draft.entries.len(), changes),
        };
        let key = self.keys.hub_key(&*self.shared.store)?;
        let _position = self.next_position();
        draft.add(Kind::Tick, key, None, |out| out.extend_from_slice(&body));
        Ok(())
    }

    /// Readers see the whole at once, with the last group.
    fn send_groups(&mut self, draft: &mut Draft, changes: &[Change]) -> Result<()> {
        let mut parts = changes.chunks(CHANGES_MAX).peekable();
        loop {
            self.log_changes(draft, parts.next().unwrap_or_default())?;
            let group = self.seal(draft)?;
            if parts.peek().is_some() {
                self.send(Pending {
                    group,
                    state: None,
                    promises: Vec::new(),
                })?;
                continue;
            }
            self.spare = std::mem::take(&mut draft.bodies);
            self.spare.shrink_to(SPARE_BYTES_MAX);
            return self.send(Pending {
                group,
                state: Some(self.state.clone()),
                promises: std::mem::take(&mut draft.promises),
            });
        }
    }

    /// Takes the records out of the draft; `None` if there are none.
    fn seal(&mut self, draft: &mut Draft) -> Result<Option<Group>> {
        let bodies = &draft.bodies;
        let entries = draft.entries.iter().map(|entry| Entry {
            kind: entry.kind as u8,
            key: entry.key,
            dedup: entry.dedup,
            body: bodies.get(entry.body.clone()).unwrap_or_default(),
        });
        let entries: Vec<_> = entries.collect();
        let group = match entries.is_empty() {
            true => None,
            false => Some(self.shared.store.prepare(draft.now, &entries)?),
        };
        draft.entries.clear();
        draft.bodies.clear();
        Ok(group)
    }

    /// Adds what followed from the items, after them, each under the key of the person it is about.
    fn log_changes(&mut self, draft: &mut Draft, changes: &[Change]) -> Result<()> {
        for change in changes {
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

    fn checkpoint_if_grown(&mut self) -> Result<()> {
        match self.state.position.0 - self.checkpointed.0 < self.checkpoint_every {
            true => Ok(()),
            false => self.save(),
        }
    }

    /// Waits for what is in flight, then writes the checkpoint; readers are not held up.
    fn save(&mut self) -> Result<()> {
        self.wait_for_what_is_in_flight()?;
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

    fn wait_for_what_is_in_flight(&self) -> Result<()> {
        let (promise, in_flight) = crate::ticket::ticket();
        // The state is ahead of the log while a group is in the making: readers must not see it.
        self.send(Pending {
            group: None,
            state: None,
            promises: vec![(promise, Vec::new())],
        })?;
        in_flight.wait().map(|_fates| ())
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

    pub(crate) fn add(
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
        self.redefined || self.items >= GROUP_ITEMS_MAX || self.bodies.len() >= GROUP_BYTES_MAX
    }

    fn has_room_for(&self, command: &Command) -> bool {
        match command {
            Command::Ingest { items, .. } => self.items + items.len() <= GROUP_ITEMS_MAX,
            Command::Decide(decisions, ..) => self.items + decisions.len() <= GROUP_ITEMS_MAX,
            Command::Tick(_) | Command::Grant { .. } => true,
            // Each ends its group: they are the first of the next one.
            Command::Define(..) | Command::Checkpoint(_) | Command::Stop => false,
        }
    }
}

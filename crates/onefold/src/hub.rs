//! The hub: the one type a host holds. Writes go to its writer thread, reads to the published value.

use std::{
    collections::VecDeque,
    fmt,
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, TrySendError},
    },
    thread::JoinHandle,
};

use onefold_connect::{Content, Ingest, Item, Source};
use onefold_consent::Use;
use onefold_event::{
    CollectionBasis, Error, ErrorKind, Event, Identifier, Ingested, Position, Result, SourceName,
    Timestamp,
};

use crate::{
    audience::Audience,
    builder::Builder,
    dump::Dump,
    export::{ExportGrant, Exported},
    person::Person,
    shared::{FateCounts, Shared},
    snapshot::Snapshot,
    subscription::Subscription,
    ticket::{Ticket, ticket},
    writer::Command,
};

/// Items that are read from a source at a time.
const SOURCE_BATCH: usize = 1_000;
/// Batches of a source that may be on their way at a time.
const SOURCE_BATCHES_IN_FLIGHT: usize = 8;

/// A customer data platform: events and records in, one person, segments, consent, audiences out.
///
/// `Send + Sync`, and a clone is another handle to the same hub. Reads never wait for writes: they see
/// the newest durable value, whole batches at a time. It runs two threads, `onefold-writer` (folds and
/// seals) and `onefold-commit` (writes and syncs); both end with the last handle or at
/// [`close`](Self::close).
///
/// ```
/// use onefold::{Event, Onefold, SourceName};
/// let hub = Onefold::builder().segments("segment buyers = did \"Order Completed\"").in_memory()?;
/// let shop = SourceName::new("shop")?;
/// let order = Event::track("Order Completed").user_id("ann").timestamp(hub.now()).build()?;
/// let fates = hub.ingest_events(&shop, [order])?;
/// assert_eq!(fates.len(), 1);
/// assert_eq!(hub.snapshot().members("buyers")?.len(), 1);
/// # Ok::<(), onefold::Error>(())
/// ```
#[derive(Clone)]
pub struct Onefold {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    // Declared last: dropped after the sender above, so that the writer sees the end and can be joined.
    threads: Arc<Threads>,
}

struct Threads {
    shared: Arc<Shared>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Onefold {
    /// Settings with their defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Opens a hub with default settings on a store in this directory.
    ///
    /// # Errors
    /// See [`Builder::open`].
    #[cfg(feature = "store-embedded")]
    pub fn open(directory: impl AsRef<std::path::Path>) -> Result<Self> {
        Self::builder().open(directory)
    }

    /// A hub with default settings and no disk.
    ///
    /// # Errors
    /// See [`Builder::in_memory`].
    pub fn in_memory() -> Result<Self> {
        Self::builder().in_memory()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        commands: SyncSender<Command>,
        handles: Vec<JoinHandle<()>>,
    ) -> Self {
        let threads = Threads {
            shared: Arc::clone(&shared),
            handles: Mutex::new(handles),
        };
        Self {
            shared,
            commands,
            threads: Arc::new(threads),
        }
    }

    /// Takes a batch and waits until it is durable and visible: one fate an item, in order.
    ///
    /// # Errors
    /// `Poisoned` after a failed write, `Io` if this write failed, `LimitExceeded` beyond
    /// [`BATCH_BYTES_MAX`]: nothing of the batch is acknowledged.
    pub fn ingest(
        &self,
        source: &SourceName,
        basis: CollectionBasis,
        items: Vec<Item>,
    ) -> Result<Vec<Ingested>> {
        let (command, ticket) = ingestion(source, basis, items)?;
        self.send(command)?;
        ticket.wait()
    }

    /// Takes events of a source whose basis is a contract, and waits as [`ingest`](Self::ingest) does.
    ///
    /// An event without a message id is known by the digest of its text.
    ///
    /// # Errors
    /// As [`ingest`](Self::ingest).
    pub fn ingest_events(
        &self,
        source: &SourceName,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Vec<Ingested>> {
        let items = events.into_iter().map(Item::from).collect();
        self.ingest(source, CollectionBasis::default(), items)
    }

    /// Takes a batch without waiting: the ticket resolves when it is durable and visible.
    ///
    /// # Errors
    /// `Busy` if the queue is full (nothing was taken; try again), `Poisoned` after a failed write.
    pub fn submit(
        &self,
        source: &SourceName,
        basis: CollectionBasis,
        items: Vec<Item>,
    ) -> Result<Ticket> {
        self.shared.check_writable()?;
        let (command, ticket) = ingestion(source, basis, items)?;
        match self.commands.try_send(command) {
            Ok(()) => Ok(ticket),
            Err(TrySendError::Full(_)) => Err(Error::new(
                ErrorKind::Busy,
                "the queue of the writer is full; try again",
            )),
            Err(TrySendError::Disconnected(_)) => Err(closed()),
        }
    }

    /// Reads a source to its end, in batches of 1,000, and returns how many items met each fate.
    ///
    /// # Errors
    /// What the source answers, and as [`ingest`](Self::ingest); what was acknowledged before stays.
    pub fn ingest_source(&self, source: &mut dyn Source) -> Result<FateCounts> {
        self.ingest_source_with(source, &mut |_place, _fate| {})
    }

    /// The same, telling the fate of each item and its place in the source (`orders.csv line 14`).
    ///
    /// # Errors
    /// As [`ingest_source`](Self::ingest_source).
    pub fn ingest_source_with(
        &self,
        source: &mut dyn Source,
        told: &mut dyn FnMut(&str, &Ingested),
    ) -> Result<FateCounts> {
        let (name, basis) = (source.name().clone(), source.basis());
        let mut counts = FateCounts::default();
        let mut in_flight = VecDeque::new();
        let mut settle = |(places, ticket): (Vec<Box<str>>, Ticket)| {
            let fates = ticket.wait()?;
            counts.add(&fates);
            places
                .iter()
                .zip(&fates)
                .for_each(|(place, fate)| told(place, fate));
            Ok::<_, Error>(())
        };
        while let Some(mut items) = source.next_batch(SOURCE_BATCH)? {
            let places = items
                .iter_mut()
                .map(|item| std::mem::take(&mut item.place))
                .collect();
            let (command, ticket) = ingestion(&name, basis, items)?;
            self.send(command)?;
            in_flight.push_back((places, ticket));
            // Decoding goes on while earlier batches are written; the bound keeps memory flat.
            if in_flight.len() > SOURCE_BATCHES_IN_FLIGHT
                && let Some(first) = in_flight.pop_front()
            {
                settle(first)?;
            }
        }
        in_flight.into_iter().try_for_each(settle)?;
        Ok(counts)
    }

    /// The newest durable value. All answers of one snapshot are of one instant and one position.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.shared.rules), self.shared.state())
    }

    /// Who this identifier belongs to; `None` if it was never seen.
    pub fn person(&self, identifier: &Identifier) -> Option<Person> {
        self.snapshot().person(identifier)
    }

    /// Why two identifiers are one person: the path of evidence; `None` if they are not.
    pub fn why(&self, a: &Identifier, b: &Identifier) -> Option<onefold_identity::Path> {
        self.snapshot().why(a, b)
    }

    /// The value as it was at a position of the log: who was whom then, and all that followed from it.
    ///
    /// Cost: a fold of the log up to there, and a second state in memory.
    ///
    /// # Errors
    /// `NotFound` if the log does not reach there; `Corrupt` with the place if it is damaged, `Io`.
    pub fn snapshot_at(&self, position: Position) -> Result<Snapshot> {
        let end = self.snapshot().position();
        if position > end {
            let message = format!("no position `{position}`: the log ends at {end}");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let (store, rules) = (&*self.shared.store, &self.shared.rules);
        let state = crate::checkpoint::rebuild(store, rules, position)?;
        Ok(Snapshot::new(Arc::clone(rules), Arc::new(state)))
    }

    /// The members of a segment who may be contacted for this use now, each with a permit, and those
    /// who may not, each with the reason. What happened this very microsecond counts.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn audience(&self, segment: &str, request: &Use) -> Result<Audience> {
        self.snapshot()
            .audience(segment, request, self.shared.now().plus_micros(1))
    }

    /// Changes after this position, as they happen; see [`Subscription`].
    pub fn subscribe(&self, after: Position) -> Subscription {
        Subscription::new(Arc::clone(&self.shared), after)
    }

    /// Writes every log record after `after` as JSON Lines: the way out of Onefold, whole or
    /// incremental. The grant is logged first, so that every open copy can be found again.
    ///
    /// # Errors
    /// `Io` from the log or from `out`; `Poisoned`, because an export that cannot be logged is refused.
    pub fn export(
        &self,
        grant: &ExportGrant,
        after: Position,
        out: &mut dyn Write,
    ) -> Result<Exported> {
        let (promise, ticket) = ticket();
        self.send(Command::Grant {
            body: grant.to_bytes(self.shared.now()),
            promise,
        })?;
        let logged = ticket.wait()?.first().and_then(Ingested::position);
        // Everything before its own grant, which the next export shows.
        let upto = Position(logged.unwrap_or_default().0.saturating_sub(1));
        crate::export::run(&self.shared, after, upto, out)
    }

    /// Runs the timers that are due, so that exits by time alone are seen by subscribers without new
    /// events. Reads do not need it: an audience is exact as of its instant anyway.
    ///
    /// # Errors
    /// As [`ingest`](Self::ingest).
    pub fn tick(&self) -> Result<()> {
        let (promise, ticket) = ticket();
        self.send(Command::Tick(promise))?;
        ticket.wait().map(|_| ())
    }

    /// Writes a checkpoint now, so that the next opening is fast.
    ///
    /// # Errors
    /// `Io` or `Poisoned` if it could not be written; nothing is lost then.
    pub fn checkpoint(&self) -> Result<()> {
        let (promise, ticket) = ticket();
        self.send(Command::Checkpoint(promise))?;
        ticket.wait().map(|_| ())
    }

    /// Folds the log anew, from its first record, and compares the result with the published value.
    ///
    /// Cost: that of a rebuild, and a second state in memory. Other handles go on meanwhile.
    ///
    /// # Errors
    /// `Corrupt` with the place if the log is damaged, `Io`.
    pub fn verify(&self) -> Result<Verified> {
        let snapshot = self.snapshot();
        let rebuilt = crate::checkpoint::rebuild(
            &*self.shared.store,
            &self.shared.rules,
            snapshot.position(),
        )?;
        let (live_sha256, rebuilt_sha256) =
            (snapshot.dump().sha256(), Dump::new(&rebuilt).sha256());
        Ok(Verified {
            position: snapshot.position(),
            live_sha256,
            rebuilt_sha256,
        })
    }

    /// How many items met each fate since the hub was opened.
    pub fn fates(&self) -> FateCounts {
        self.shared.fate_counts()
    }

    /// The position of the checkpoint that opening began with; everything after it was folded from the
    /// log. [`Position::START`] if the whole log was: because there was no checkpoint that could be used, or
    /// because rules or definitions are others than before.
    pub fn opened_from(&self) -> Position {
        self.shared.opened_from
    }

    /// The instant the hub takes as now.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Figures of the store: bytes, groups, syncs, what was cut from a torn tail.
    pub fn store_statistics(&self) -> onefold_store::Statistics {
        self.shared.store.statistics()
    }

    /// Finishes what was submitted, writes a checkpoint and stops the threads. Other handles answer
    /// `Poisoned` from then on; reads of snapshots they hold go on. The folder can be opened again when the
    /// last handle and the last subscription are dropped: both may still read the log.
    ///
    /// # Errors
    /// `Io` or `Poisoned` if the checkpoint could not be written; acknowledged data is safe then too.
    pub fn close(self) -> Result<()> {
        let done = self.checkpoint();
        // Without a writer any more, there is nothing left to stop.
        let _ = self.commands.send(Command::Stop);
        self.threads.join();
        done
    }

    pub(crate) fn store(&self) -> &dyn onefold_store::Store {
        &*self.shared.store
    }

    pub(crate) fn send(&self, command: Command) -> Result<()> {
        self.shared.check_writable()?;
        if self.shared.is_closed() {
            return Err(closed());
        }
        self.commands.send(command).map_err(|_| closed())
    }
}

/// The canonical dump of the published value beside that of a fold of the whole log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// The position both are at.
    pub position: Position,
    /// SHA-256 of the dump of the published value.
    pub live_sha256: String,
    /// SHA-256 of the dump of the fold.
    pub rebuilt_sha256: String,
}

impl Verified {
    /// Whether the derived state is what the log says.
    pub fn is_equal(&self) -> bool {
        self.live_sha256 == self.rebuilt_sha256
    }
}

impl Ingest for Onefold {
    fn ingest(
        &self,
        source: &SourceName,
        basis: CollectionBasis,
        items: Vec<Item>,
    ) -> Result<Vec<Ingested>> {
        Self::ingest(self, source, basis, items)
    }
}

impl fmt::Debug for Onefold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        f.debug_struct("Onefold")
            .field("position", &state.position)
            .field("people", &state.identities.people_count())
            .finish_non_exhaustive()
    }
}

impl Threads {
    fn join(&self) {
        self.shared.close();
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        for handle in handles.drain(..) {
            // A thread that panicked has dropped its promises: every waiter has had its answer.
            let _ = handle.join();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.join();
    }
}

/// What a batch may hold, in bytes of its items as they came: 256 MiB. Its group is written as one.
pub const BATCH_BYTES_MAX: usize = 256 << 20;

fn ingestion(
    source: &SourceName,
    basis: CollectionBasis,
    items: Vec<Item>,
) -> Result<(Command, Ticket)> {
    let bytes: usize = items.iter().map(item_bytes).sum();
    if bytes > BATCH_BYTES_MAX {
        let message =
            format!("a batch of {bytes} bytes, the limit is {BATCH_BYTES_MAX}: send it in parts");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    let (promise, ticket) = ticket();
    let source = source.clone();
    Ok((
        Command::Ingest {
            source,
            basis,
            items,
            promise,
        },
        ticket,
    ))
}

fn item_bytes(item: &Item) -> usize {
    match &item.content {
        Content::Event(event) => event.json().len(),
        Content::Record(record) => record.fields().text().len(),
        Content::Consent(_) => 1_024,
        Content::Quarantined(kept) => kept.bytes.len(),
    }
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Poisoned, "the hub is closed")
}

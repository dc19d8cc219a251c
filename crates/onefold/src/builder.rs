//! How a hub is made: its rules, its limits, and where its log lives.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use onefold_event::{Error, ErrorKind, IdentifierFields, Result};
use onefold_segment::{Library, Plan};
use onefold_store::{MemoryStore, Store};

use crate::{
    change::Change,
    checkpoint::{self, Recovered},
    clock::{Clock, SystemClock},
    commit,
    definitions::Stored,
    hub::Onefold,
    shared::Shared,
    state::Rules,
    writer::Writer,
};

/// The settings of a hub; made by [`Onefold::builder`].
#[derive(Debug)]
#[must_use = "nothing is opened before `open` or `in_memory`"]
pub struct Builder {
    identity: onefold_identity::Rules,
    profile: onefold_profile::Rules,
    segments: String,
    stored: Stored,
    fields: IdentifierFields,
    clock: Box<dyn Clock>,
    memory_mib_max: u32,
    queue_batches_max: u16,
    checkpoint_records: u64,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            identity: onefold_identity::Rules::standard(),
            profile: onefold_profile::Rules::default(),
            segments: String::new(),
            stored: Stored::InForce,
            fields: IdentifierFields::default(),
            clock: Box::new(SystemClock),
            memory_mib_max: 4_096,
            queue_batches_max: 16,
            checkpoint_records: 5_000_000,
        }
    }
}

impl Builder {
    /// Which identifiers make one person, and what stops a bad merge.
    /// Default: [`identity::Rules::standard`](onefold_identity::Rules::standard).
    pub fn identity(mut self, rules: onefold_identity::Rules) -> Self {
        self.identity = rules;
        self
    }

    /// By which rule a value wins the golden record. Default: the most recent.
    pub fn profile(mut self, rules: onefold_profile::Rules) -> Self {
        self.profile = rules;
        self
    }

    /// Definitions in the segment language; may be called several times. Default: none.
    ///
    /// They are checked when the hub is opened. A store opened with other definitions than before is
    /// folded anew from its log, so that the new ones know the whole past.
    pub fn segments(mut self, definitions: &str) -> Self {
        self.segments.push_str(definitions);
        self.segments.push('\n');
        self
    }

    /// Opens with the builder's definitions alone, whatever [`Onefold::define`] left in the log: the way out if one of
    /// them is refused, because the builder no longer defines what it refers to. Nothing can be defined then, but
    /// [`Onefold::drop_definitions`] takes away what is in the way; the others are in force again at the next opening
    /// without this.
    pub fn leave_out_stored_definitions(mut self) -> Self {
        self.stored = Stored::LeftOut;
        self
    }

    /// Which traits of an event are identifiers, and the region of national phone numbers.
    /// Default: `email` and `phone`, no region.
    pub fn identifier_fields(mut self, fields: IdentifierFields) -> Self {
        self.fields = fields;
        self
    }

    /// Where the present instant comes from. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Memory the derived state may take, in MiB, as estimated by the hub at every 256 items; items beyond
    /// it are rejected. A sixteenth more is kept for consent entries, so that an objection is heard when
    /// there is room for nothing else. Default: 4096. Limit: 1 to 1,048,576.
    pub fn memory_mib_max(mut self, mib: u32) -> Self {
        self.memory_mib_max = mib;
        self
    }

    /// Batches that may wait for the writer; [`Onefold::submit`] answers `Busy` beyond it.
    /// Default: 16. Limit: 1 to 65,535.
    pub fn queue_batches_max(mut self, batches: u16) -> Self {
        self.queue_batches_max = batches;
        self
    }

    /// Log records after which a checkpoint is written by itself; one is always written at close.
    /// Default: 5,000,000.
    pub fn checkpoint_records(mut self, records: u64) -> Self {
        self.checkpoint_records = records;
        self
    }

    /// Opens the hub on a store in this directory, made if it is not there or empty.
    ///
    /// Cost: reads the checkpoint and folds the log after it.
    ///
    /// # Errors
    /// `InvalidInput` for unusable definitions or settings, and for a directory that holds other files and
    /// no store; `Locked` if another process has the store open, `NewerFormat`, `Corrupt` with the place,
    /// `Io`.
    #[cfg(feature = "store-embedded")]
    pub fn open(self, directory: impl AsRef<std::path::Path>) -> Result<Onefold> {
        let store = onefold_store::FileStore::open(directory)?;
        self.open_on(Arc::new(store))
    }

    /// Opens the hub on a store in memory: gone when the last handle is.
    ///
    /// # Errors
    /// `InvalidInput` for unusable definitions or settings.
    pub fn in_memory(self) -> Result<Onefold> {
        self.open_on(Arc::new(MemoryStore::new()))
    }

    /// Opens the hub on any store.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(self, store: Arc<dyn Store>) -> Result<Onefold> {
        self.check()?;
        let plan = Plan::compile(Library::parse(&self.segments)?)?;
        let rules = Rules {
            identity: self.identity,
            profile: self.profile,
            plan,
            stored: self.stored,
            fields: self.fields,
        };
        let recovered = checkpoint::recover(&*store, &rules)?;
        let untold = match recovered.spread {
            Some(spread) => spread.untold(&*store, &rules)?,
            None => Vec::new(),
        };
        let limits = Limits {
            memory_bytes_max: usize::try_from(u64::from(self.memory_mib_max) << 20)
                .unwrap_or(usize::MAX),
            queue_batches_max: usize::from(self.queue_batches_max),
            checkpoint_records: self.checkpoint_records,
        };
        start(store, rules, self.clock, (recovered, untold), &limits)
    }

    fn check(&self) -> Result<()> {
        let limits = [
            ("memory_mib_max", u64::from(self.memory_mib_max), 1_048_576),
            (
                "queue_batches_max",
                u64::from(self.queue_batches_max),
                65_535,
            ),
            ("checkpoint_records", self.checkpoint_records, u64::MAX),
        ];
        for (name, value, most) in limits {
            if value == 0 || value > most {
                let message = format!("`{name}` is {value}: write 1 to {most}");
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }
}

struct Limits {
    memory_bytes_max: usize,
    queue_batches_max: usize,
    checkpoint_records: u64,
}

/// Starts the two threads of a hub.
fn start(
    store: Arc<dyn Store>,
    rules: Rules,
    clock: Box<dyn Clock>,
    (recovered, untold): (Recovered, Vec<Change>),
    limits: &Limits,
) -> Result<Onefold> {
    let Recovered {
        state,
        dedup,
        keys,
        checkpointed,
        ..
    } = recovered;
    let shared = Arc::new(Shared::new(
        store,
        rules,
        clock,
        state.clone(),
        checkpointed,
    ));
    let (commands, inbox) = mpsc::sync_channel(limits.queue_batches_max);
    // One group waits while one syncs: enough to keep both threads busy, and memory bounded.
    let (commits, groups) = mpsc::sync_channel(1);
    let writer = Writer {
        shared: Arc::clone(&shared),
        state,
        dedup,
        keys,
        commits,
        memory_bytes_max: limits.memory_bytes_max,
        checkpoint_every: limits.checkpoint_records,
        checkpointed,
        spare: Vec::new(),
        untold,
    };
    let committing = Arc::clone(&shared);
    let threads = vec![
        thread::Builder::new()
            .name("onefold-writer".into())
            .spawn(move || writer.run(&inbox))?,
        thread::Builder::new()
            .name("onefold-commit".into())
            .spawn(move || commit::run(&committing, &groups))?,
    ];
    Ok(Onefold::new(shared, commands, threads))
}

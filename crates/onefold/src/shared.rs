//! What the threads of a hub share: the published value, the log, and how far it is durable.

use std::{
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use onefold_event::{Error, ErrorKind, Ingested, Position, Result, Timestamp};
use onefold_store::Store;
use serde::Serialize;

use crate::{
    clock::Clock,
    state::{Rules, State},
};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) clock: Box<dyn Clock>,
    /// The position of the checkpoint that opening began with.
    pub(crate) opened_from: Position,
    published: ArcSwap<State>,
    durable: Mutex<Position>,
    grown: Condvar,
    poisoned: AtomicBool,
    poisoned_because: OnceLock<String>,
    closed: AtomicBool,
    fates: Fates,
}

impl Shared {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Box<dyn Clock>,
        state: State,
        opened_from: Position,
    ) -> Self {
        Self {
            durable: Mutex::new(state.position),
            published: ArcSwap::from_pointee(state),
            store,
            rules: Arc::new(rules),
            clock,
            opened_from,
            grown: Condvar::new(),
            poisoned: AtomicBool::new(false),
            poisoned_because: OnceLock::new(),
            closed: AtomicBool::new(false),
            fates: Fates::default(),
        }
    }

    /// The newest durable value. Never waits for the writer.
    pub(crate) fn state(&self) -> Arc<State> {
        self.published.load_full()
    }

    /// Makes a durable group visible, all at once.
    pub(crate) fn publish(&self, state: State) {
        let position = state.position;
        self.published.store(Arc::new(state));
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = position;
        self.grown.notify_all();
    }

    /// Waits until the log reaches past `position`, at most this long; returns how far it reaches.
    pub(crate) fn wait_past(&self, position: Position, longest: Duration) -> Position {
        let durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |reached: &mut Position| {
            *reached <= position && !self.is_closed() && self.check_writable().is_ok()
        };
        let waited = self.grown.wait_timeout_while(durable, longest, open);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// After a failed write nothing more is written; reads go on.
    pub(crate) fn poison(&self, error: &Error) {
        let _durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        let _first_reason_stays = self.poisoned_because.set(error.to_string());
        self.poisoned.store(true, Ordering::Release);
        self.grown.notify_all();
    }

    pub(crate) fn close(&self) {
        // Under the lock, so that no waiter misses it between its check and its sleep.
        let _durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Ordering::Release);
        self.grown.notify_all();
    }

    /// How far the log is durable.
    pub(crate) fn durable(&self) -> Position {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there may be another group.
    pub(crate) fn may_grow(&self) -> bool {
        !self.is_closed() && self.check_writable().is_ok()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// # Errors
    /// [`ErrorKind::Poisoned`] after a failed write.
    pub(crate) fn check_writable(&self) -> Result<()> {
        match self.poisoned.load(Ordering::Acquire) {
            true => {
                let reason = self.poisoned_because.get().map_or("", String::as_str);
                let message = format!(
                    "an earlier write failed ({reason}), so nothing more is written; reads go on; drop every \
                     handle and open the store again"
                );
                Err(Error::new(ErrorKind::Poisoned, message))
            }
            false => Ok(()),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn tally(&self, fates: &[Ingested]) {
        for fate in fates {
            self.fates.counter(fate).fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn fate_counts(&self) -> FateCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FateCounts {
            accepted: read(&self.fates.accepted),
            duplicate: read(&self.fates.duplicate),
            quarantined: read(&self.fates.quarantined),
            withheld: read(&self.fates.withheld),
            rejected: read(&self.fates.rejected),
        }
    }
}

#[derive(Debug, Default)]
struct Fates {
    accepted: AtomicU64,
    duplicate: AtomicU64,
    quarantined: AtomicU64,
    withheld: AtomicU64,
    rejected: AtomicU64,
}

impl Fates {
    fn counter(&self, fate: &Ingested) -> &AtomicU64 {
        match fate {
            Ingested::Accepted(_) => &self.accepted,
            Ingested::Duplicate => &self.duplicate,
            Ingested::Quarantined(_) => &self.quarantined,
            Ingested::Withheld(_) => &self.withheld,
            Ingested::Rejected(_) => &self.rejected,
        }
    }
}

impl FateCounts {
    pub(crate) fn add(&mut self, fates: &[Ingested]) {
        for fate in fates {
            *match fate {
                Ingested::Accepted(_) => &mut self.accepted,
                Ingested::Duplicate => &mut self.duplicate,
                Ingested::Quarantined(_) => &mut self.quarantined,
                Ingested::Withheld(_) => &mut self.withheld,
                Ingested::Rejected(_) => &mut self.rejected,
            } += 1;
        }
    }
}

/// How many items met each fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct FateCounts {
    /// Stored, durable and visible.
    pub accepted: u64,
    /// Known already; nothing was done.
    pub duplicate: u64,
    /// Kept aside, whole, with every reason.
    pub quarantined: u64,
    /// Might not be collected; not stored.
    pub withheld: u64,
    /// A limit stood against it; not stored.
    pub rejected: u64,
}

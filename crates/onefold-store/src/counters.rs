//! Counts that several threads add to.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::Statistics;

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What [`Statistics`](crate::Statistics) is read from.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) groups: Counter,
    pub(crate) bytes_clear: Counter,
    pub(crate) bytes_compressed: Counter,
    pub(crate) bytes_sealed: Counter,
    pub(crate) syncs: Counter,
    pub(crate) torn_tails: Counter,
    pub(crate) torn_bytes: Counter,
    pub(crate) erased: Counter,
    pub(crate) checkpoints_damaged: Counter,
}

impl Counters {
    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            groups: self.groups.get(),
            bytes_clear: self.bytes_clear.get(),
            bytes_compressed: self.bytes_compressed.get(),
            bytes_sealed: self.bytes_sealed.get(),
            syncs: self.syncs.get(),
            torn_tails: self.torn_tails.get(),
            torn_bytes: self.torn_bytes.get(),
            erased: self.erased.get(),
            checkpoints_damaged: self.checkpoints_damaged.get(),
            ..Statistics::default()
        }
    }
}

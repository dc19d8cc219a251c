//! What the hub asks of a store: one log, keys, and a checkpoint of what was derived from the log.
//!
//! Invariant: a position that [`Store::commit`] returned is durable, is followed by no gap, and is
//! never taken back.

use std::{fmt::Debug, ops::ControlFlow, ops::Range};

use onefold_event::{Position, Result, Timestamp};

/// The number of a key in the key file. A record carries it, never the identifier it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyNumber(pub u32);

impl KeyNumber {
    /// The key of records that belong to no person (definitions, markers); every store has it.
    pub const STORE: Self = Self(2);
}

/// A keyed 128-bit hash of (source, message id); see [`Store::dedup_key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DedupKey(pub u128);

/// A record to be written, in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What the body is; its meaning is the host's. Stored in the clear.
    pub kind: u8,
    /// The key that seals the body.
    pub key: KeyNumber,
    /// Stored in the clear beside the body, so that the set of known ids can be rebuilt.
    pub dedup: Option<DedupKey>,
    /// Up to [`ENTRY_BYTES_MAX`] bytes; compressed, then sealed.
    pub body: &'a [u8],
}

/// A record as it was written; lent for the time of one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'a> {
    /// Its place in the log.
    pub position: Position,
    /// When its group was prepared, by the host's clock.
    pub committed_at: Timestamp,
    /// As in [`Entry`].
    pub kind: u8,
    /// As in [`Entry`].
    pub key: KeyNumber,
    /// As in [`Entry`].
    pub dedup: Option<DedupKey>,
    /// As in [`Entry`]: unsealed and decompressed.
    pub body: &'a [u8],
}

/// The longest body of a record: 64 MiB.
pub const ENTRY_BYTES_MAX: usize = 64 << 20;
/// The longest group, compressed and sealed: 512 MiB.
pub const GROUP_BYTES_MAX: usize = 512 << 20;

/// Records that are ready to be written: compressed, sealed, with their places assigned.
#[must_use = "a prepared group that is never committed blocks every group after it"]
#[derive(Debug)]
pub struct Group {
    store: u128,
    first: Position,
    count: u32,
    bytes: Vec<u8>,
}

/// What was derived from the log, as the host encoded it; see [`Store::save_checkpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last position that it covers.
    pub upto: Position,
    /// The parts in the order in which they were saved.
    pub sections: Vec<(String, Vec<u8>)>,
}

/// Counts of one store since it was opened, except where it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// Records in the log, over its whole life.
    pub records: u64,
    /// Bytes of all log files.
    pub log_bytes: u64,
    /// Log files.
    pub log_files: u64,
    /// Keys handed out, over the store's whole life.
    pub keys: u64,
    /// Groups committed.
    pub groups: u64,
    /// Bytes of bodies prepared, as the host gave them.
    pub bytes_clear: u64,
    /// The same after compression.
    pub bytes_compressed: u64,
    /// The same sealed and framed, as they go into the log.
    pub bytes_sealed: u64,
    /// Calls of fsync, of files and directories.
    pub syncs: u64,
    /// Torn tails that were cut when the store was opened: never acknowledged, so nothing is lost.
    pub torn_tails: u64,
    /// Bytes of these.
    pub torn_bytes: u64,
    /// Records that scans passed over because their key was destroyed.
    pub erased: u64,
    /// Checkpoints that could not be used and were ignored.
    pub checkpoints_damaged: u64,
}

/// A durable log with sealed records, its keys, and one checkpoint.
///
/// One thread prepares while another commits. Every call is safe from every thread; `prepare`
/// waits for `prepare`, `commit` for `commit`, and `scan` for nobody.
pub trait Store: Debug + Send + Sync {
    /// The store's name for ever: 128 random bits.
    fn id(&self) -> u128;

    /// The last acknowledged position.
    fn end(&self) -> Position;

    /// The keyed hash under which a message id is remembered; its secret never leaves the store.
    fn dedup_key(&self, source: &str, message_id: &str) -> DedupKey;

    /// A new random 256-bit key, durable before this returns.
    ///
    /// A key that neither a committed record nor a checkpoint knows of may be handed out again after
    /// the store is reopened.
    ///
    /// # Errors
    /// `Io` where the key file cannot be written (the store is poisoned then), `Poisoned`,
    /// `LimitExceeded` after 4 billion keys.
    fn allocate_key(&self) -> Result<KeyNumber>;

    /// Compresses, seals and digests records; no I/O. Groups take their places in the order of these calls.
    ///
    /// # Errors
    /// `InvalidInput` for a key that was never handed out or is destroyed, `LimitExceeded` for too long a body
    /// or group, `Poisoned`, `Io` where the operating system gives no random bytes. After an error
    /// no place is taken.
    fn prepare(&self, committed_at: Timestamp, entries: &[Entry<'_>]) -> Result<Group>;

    /// Writes and syncs a group; its records are durable and visible to scans when this returns.
    ///
    /// # Errors
    /// `InvalidInput` for a group out of order or of another store (nothing is written), `Io` where the
    /// disk refuses (the store is poisoned then), `Poisoned`.
    fn commit(&self, group: Group) -> Result<Range<Position>>;

    /// Visits the records after `from` in order, up to the end as it was when the scan began; returns the last
    /// place reached, from which another scan goes on. Erased records are passed over and counted.
    ///
    /// # Errors
    /// `Corrupt` with file and byte offset, `Io`.
    fn scan(
        &self,
        from: Position,
        visit: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<Position>;

    /// Visits the one record at `position`; `false` where there is none or it is erased.
    ///
    /// # Errors
    /// As [`Store::scan`].
    fn read(&self, position: Position, visit: &mut dyn FnMut(Stored<'_>)) -> Result<bool> {
        let mut found = false;
        let Some(before) = position.0.checked_sub(1) else {
            return Ok(false);
        };
        self.scan(Position(before), &mut |stored| {
            if stored.position == position {
                found = true;
                visit(stored);
            }
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Replaces the checkpoint, at one stroke: after a crash there is the old one or the new one.
    ///
    /// # Errors
    /// `InvalidInput` where `upto` is after the end, `Io` (the store is poisoned then), `Poisoned`.
    fn save_checkpoint(&self, upto: Position, sections: &[(&str, Vec<u8>)]) -> Result<()>;

    /// The checkpoint, if there is one that can be used. A damaged one is counted in
    /// [`Statistics::checkpoints_damaged`] and not returned: the log has everything that was in it.
    ///
    /// # Errors
    /// `Io`.
    fn load_checkpoint(&self) -> Result<Option<Checkpoint>>;

    /// Whether an earlier failure to write closed the writer. Reading goes on.
    fn is_poisoned(&self) -> bool;

    /// What was counted; cheap.
    fn statistics(&self) -> Statistics;
}

impl Group {
    /// For implementers of [`Store`]: the places `first`, `first + 1`, ... `first + count - 1`, and the bytes to write.
    pub fn new(store: u128, first: Position, count: u32, bytes: Vec<u8>) -> Self {
        Self {
            store,
            first,
            count,
            bytes,
        }
    }

    /// The id of the store that prepared it.
    pub fn store(&self) -> u128 {
        self.store
    }

    /// The places of its records, half-open.
    pub fn positions(&self) -> Range<Position> {
        self.first..Position(self.first.0 + u64::from(self.count))
    }

    /// Whether it has no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes to write, as the store that prepared it understands them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl Checkpoint {
    /// The section of this name.
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        let found = self.sections.iter().find(|(known, _)| known == name);
        found.map(|(_, bytes)| bytes.as_slice())
    }
}

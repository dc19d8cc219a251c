//! One durable, sealed, chained log: the truth of a customer data platform.
//!
//! Every accepted fact is a record in the log before it is acknowledged; everything else a platform knows is
//! derived from the log and can be derived again. Records are written in groups with one fsync, each sealed under the key of the
//! person it belongs to, so that destroying a key erases a person without rewriting a byte.
//!
//! - [`Store`]: what a hub asks of a store; [`conformance`] is its suite.
//! - [`FileStore`]: the durable one, in a directory. [`MemoryStore`]: the reference.
//! - [`Dedup`]: all message ids ever accepted, exact, 16 bytes each.
//! - [`Disk`], [`FaultDisk`]: the door to files, and a simulated disk that fails on command.
//! - [`format`](mod@format): every stored byte. [`operations`]: promises, backup, upgrade, errors.
//!
//! What is absent: a query language, more than one writer, threads, and replication. The clock is the caller's.
//!
//! ```
//! use std::ops::ControlFlow;
//! use onefold_event::{Position, Timestamp};
//! use onefold_store::{Entry, MemoryStore, Store};
//!
//! let store = MemoryStore::new();
//! let ann = store.allocate_key()?;
//! let seen = Some(store.dedup_key("web", "message-1"));
//! let entry = Entry { kind: 1, key: ann, dedup: seen, body: b"Ann looked at a page" };
//! let now = "2026-03-01T12:00:00Z".parse::<Timestamp>()?;
//! let group = store.prepare(now, &[entry])?;
//! store.commit(group)?;
//!
//! let mut found = Vec::new();
//! store.scan(Position::START, &mut |stored| {
//!     found.push((stored.position, stored.dedup, stored.body.len()));
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(found, [(Position(1), seen, 20)]);
//! # Ok::<(), onefold_event::Error>(())
//! ```

mod checkpoint;
pub mod conformance;
mod counters;
mod dedup;
mod dedup_hash;
mod disk;
mod entropy;
mod file_store;
mod frame;
mod keys;
mod log;
mod memory_store;
mod poison;
mod record;
mod scan;
mod seal;
mod store;
mod wire;

#[doc = include_str!("docs/format.md")]
pub mod format {}

#[doc = include_str!("docs/operations.md")]
pub mod operations {}

pub use dedup::Dedup;
pub use disk::{Disk, DiskFile, DiskLock, FaultDisk, OpenMode, RealDisk};
#[doc(hidden)]
pub use entropy::{Entropy, SeededEntropy};
pub use file_store::{FileStore, FileStoreOptions};
pub use memory_store::MemoryStore;
pub use store::{
    Checkpoint, DedupKey, ENTRY_BYTES_MAX, Entry, GROUP_BYTES_MAX, Group, KeyNumber, Statistics,
    Store, Stored,
};

//! One durable, sealed, chained log: the truth of a customer data platform.

mod checkpoint;
pub mod conformance;
mod counters;
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

pub use disk::{Disk, DiskFile, DiskLock, OpenMode, RealDisk};
#[doc(hidden)]
pub use entropy::{Entropy, SeededEntropy};
pub use file_store::{FileStore, FileStoreOptions};
pub use memory_store::MemoryStore;
pub use store::{
    Checkpoint, DedupKey, ENTRY_BYTES_MAX, Entry, GROUP_BYTES_MAX, Group, KeyNumber, Statistics,
    Store, Stored,
};

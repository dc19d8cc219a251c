//! The store in a directory: log, key file, checkpoint.
//!
//! Invariant: the lock is held as long as the store is open, so there is one writer in the world.

mod backup;
mod create;
mod options;
mod visit;

use std::{
    ops::{ControlFlow, Range},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use onefold_event::{Error, ErrorKind, Position, Result, Timestamp};

use crate::{
    checkpoint::{self, CHECKPOINT_FILE, SECTION_NAME_BYTES_MAX, SECTIONS_MAX},
    counters::Counters,
    dedup_hash::DedupHasher,
    disk::{Disk, DiskLock, OpenMode, read_up_to},
    entropy::Entropy,
    frame::{FRAME_BYTES, Frame},
    keys::{CHECKPOINT_KEY, DEDUP_SECRET, KeyState, KeyTable, Keys, replace_file},
    log::{Log, Tail},
    poison::Poison,
    record::{Protection, RecordHead, write_record},
    scan::{GroupReader, ReadGroup},
    seal::{Cipher, Ciphers, NONCE_BYTES, Nonce},
    store::{
        Checkpoint, DedupKey, ENTRY_BYTES_MAX, Entry, GROUP_BYTES_MAX, Group, KeyNumber,
        Statistics, Store, Stored,
    },
    wire::{Chain, FileHeader, HEADER_BYTES, Role, corrupt},
};

pub use options::FileStoreOptions;

/// The durable [`Store`]: a directory that one process has open at a time.
///
/// It starts no threads and keeps two file descriptors open. Memory: 32 bytes a key, and about
/// 4 KB an open gibibyte of log.
///
/// ```
/// # use std::ops::ControlFlow;
/// use onefold_event::{Position, Timestamp};
/// use onefold_store::{Entry, FileStore, Store};
///
/// # let directory = tempfile::tempdir()?;
/// let store = FileStore::open(directory.path())?;
/// let key = store.allocate_key()?;
/// let hello = Entry { kind: 1, key, dedup: None, body: b"hello" };
/// let group = store.prepare(Timestamp::default(), &[hello])?;
/// assert_eq!(store.commit(group)?, Position(1)..Position(2));
///
/// drop(store);
/// let store = FileStore::open(directory.path())?;
/// store.scan(Position::START, &mut |stored| {
///     assert_eq!((stored.position, stored.body), (Position(1), b"hello".as_slice()));
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileStore {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    id: u128,
    entropy: Arc<dyn Entropy>,
    keys: Keys,
    hasher: DedupHasher,
    log: Log,
    preparing: Mutex<Preparing>,
    checkpointing: Mutex<()>,
    poison: Poison,
    counters: Counters,
    _lock: Box<dyn DiskLock>,
}

/// Where the next prepared group will stand; held while a group is prepared.
#[derive(Debug)]
struct Preparing {
    next: u64,
    chain: Chain,
    ciphers: Ciphers,
    nonces: Vec<u8>,
}

impl FileStore {
    /// Opens the store in a directory; makes it where there is none.
    ///
    /// Checks all headers and the whole last log file. See [`FileStoreOptions`] for more choices.
    ///
    /// # Errors
    /// `Locked` where another process (or another part of this one) has it open, `InvalidInput` for a
    /// directory that holds other files and no store, `Corrupt` with the place, `NewerFormat`, `Io`.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        FileStoreOptions::default().open(directory)
    }

    /// The same on another disk.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    pub fn open_on(disk: Arc<dyn Disk>, directory: impl AsRef<Path>) -> Result<Self> {
        FileStoreOptions::default().disk(disk).open(directory)
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The frame and body of a group that would stand at the reserved place.
    fn frame(
        &self,
        preparing: &mut Preparing,
        committed_at: Timestamp,
        entries: &[Entry<'_>],
    ) -> Result<Group> {
        let clear: usize = entries.iter().map(|entry| entry.body.len()).sum();
        // Compressed and with their heads, events come to half of their clear size.
        let mut bytes = Vec::with_capacity(FRAME_BYTES + 64 * entries.len() + clear / 2);
        bytes.resize(FRAME_BYTES, 0);
        let mut nonces = std::mem::take(&mut preparing.nonces);
        nonces.resize(entries.len() * NONCE_BYTES, 0);
        self.entropy
            .fill(&mut nonces)
            .map_err(|error| Error::from(error).context("drawing random nonces"))?;
        let (chunks, _) = nonces.as_chunks::<NONCE_BYTES>();
        for ((entry, nonce), position) in entries.iter().zip(chunks).zip(preparing.next..) {
            self.seal(preparing, &mut bytes, position, entry, nonce)?;
        }
        preparing.nonces = nonces;
        let first = preparing.next;
        let (head, body) = bytes.split_at_mut(FRAME_BYTES);
        let frame = Frame {
            body_length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            count: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            keys_used: self.keys.with(KeyTable::used),
            first,
            committed_at: committed_at.as_micros(),
            chain: [0; 32],
            body_crc: 0,
        };
        let frame = frame.seal(&preparing.chain, body);
        head.copy_from_slice(&frame.encode());
        preparing.next = frame.next();
        preparing.chain = frame.chain;
        self.counters.bytes_sealed.add(bytes.len() as u64);
        Ok(Group::new(self.id, Position(first), frame.count, bytes))
    }

    fn seal(
        &self,
        preparing: &mut Preparing,
        out: &mut Vec<u8>,
        position: u64,
        entry: &Entry<'_>,
        nonce: &Nonce,
    ) -> Result<()> {
        check_entry(entry, out.len())?;
        let KeyState::Live(key) = self.keys.with(|keys| keys.get(entry.key)) else {
            let message = format!("key {} was never handed out, or is destroyed", entry.key.0);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let cipher = preparing.ciphers.get(entry.key, &key);
        let protection = Protection::Sealed {
            cipher,
            nonce: *nonce,
        };
        let written = write_record(out, (self.id, position), entry, &protection);
        let written = written.ok_or_else(|| too_long("a body", ENTRY_BYTES_MAX))?;
        self.counters.bytes_clear.add(entry.body.len() as u64);
        self.counters
            .bytes_compressed
            .add(written.compressed as u64);
        Ok(())
    }

    fn checkpoint_cipher(&self) -> Result<Cipher> {
        Ok(Cipher::new(&self.keys.own(CHECKPOINT_KEY)?))
    }
}

/// The limits of a body, and of the group it would be added to.
pub(crate) fn check_entry(entry: &Entry<'_>, group_bytes: usize) -> Result<()> {
    if entry.body.len() > ENTRY_BYTES_MAX {
        return Err(too_long("a body", ENTRY_BYTES_MAX));
    }
    if group_bytes + entry.body.len() > GROUP_BYTES_MAX {
        return Err(too_long("a group", GROUP_BYTES_MAX));
    }
    Ok(())
}

/// The limits of the sections of a checkpoint, and of the position it covers.
pub(crate) fn check_checkpoint(
    upto: Position,
    end: Position,
    sections: &[(&str, Vec<u8>)],
) -> Result<()> {
    if upto > end {
        let message = format!("a checkpoint up to {upto} is beyond the end of the log, {end}");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let longest = sections
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or(0);
    if sections.len() > SECTIONS_MAX || longest > SECTION_NAME_BYTES_MAX {
        let message = format!(
            "a checkpoint has at most {SECTIONS_MAX} sections with names of at most {SECTION_NAME_BYTES_MAX} bytes"
        );
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}

fn too_long(what: &str, bytes_max: usize) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!("{what} has at most {bytes_max} bytes"),
    )
}

impl Store for FileStore {
    fn id(&self) -> u128 {
        self.id
    }

    fn end(&self) -> Position {
        Position(self.log.tail().end())
    }

    fn dedup_key(&self, source: &str, message_id: &str) -> DedupKey {
        self.hasher.key(source, message_id)
    }

    fn allocate_key(&self) -> Result<KeyNumber> {
        self.keys.allocate(
            self.disk.as_ref(),
            self.entropy.as_ref(),
            &self.poison,
            &self.counters,
        )
    }

    fn prepare(&self, committed_at: Timestamp, entries: &[Entry<'_>]) -> Result<Group> {
        let mut preparing = self
            .preparing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.poison.check()?;
        if entries.is_empty() {
            return Ok(Group::new(self.id, Position(preparing.next), 0, Vec::new()));
        }
        self.frame(&mut preparing, committed_at, entries)
    }

    fn commit(&self, group: Group) -> Result<Range<Position>> {
        if group.store() != self.id {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the group was prepared by another store",
            ));
        }
        if !group.is_empty() {
            self.log
                .append(group.bytes(), &self.poison, &self.counters)?;
        }
        Ok(group.positions())
    }

    fn scan(
        &self,
        from: Position,
        visit: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<Position> {
        self.visit_after(from, visit)
    }

    fn save_checkpoint(&self, upto: Position, sections: &[(&str, Vec<u8>)]) -> Result<()> {
        let _one_at_a_time = self
            .checkpointing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.poison.check()?;
        let tail = self.log.tail();
        check_checkpoint(upto, Position(tail.end()), sections)?;
        let header = FileHeader {
            role: Role::Checkpoint,
            store: self.id,
            position: upto.0,
            keys_used: self.keys.with(KeyTable::used),
            chain: self.log.chain_at(&tail, upto.0)?,
        };
        let cipher = self.checkpoint_cipher()?;
        let written = replace_file(
            self.disk.as_ref(),
            &self.directory,
            CHECKPOINT_FILE,
            &mut |file| checkpoint::write(file, &header, &cipher, self.entropy.as_ref(), sections),
        );
        self.poison.watch("saving the checkpoint", written)?;
        self.counters.syncs.add(2);
        Ok(())
    }

    fn load_checkpoint(&self) -> Result<Option<Checkpoint>> {
        let Some((file, header)) = create::open_checkpoint(self.disk.as_ref(), &self.directory)?
        else {
            return Ok(None);
        };
        let loaded = match header {
            Some(header) if self.follows_from_log(&header)? => {
                checkpoint::read(file.as_ref(), &header, &self.checkpoint_cipher()?)?
            }
            _ => None,
        };
        if loaded.is_none() {
            self.counters.checkpoints_damaged.add(1);
        }
        Ok(loaded)
    }

    fn is_poisoned(&self) -> bool {
        self.poison.is_blown()
    }

    fn statistics(&self) -> Statistics {
        let tail = self.log.tail();
        Statistics {
            records: tail.end(),
            log_bytes: tail.bytes(),
            log_files: tail.files.len() as u64,
            keys: u64::from(self.keys.with(KeyTable::used)),
            ..self.counters.statistics()
        }
    }
}

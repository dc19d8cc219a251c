//! The key file: a random 256-bit key per number, created in blocks ahead of need.
//!
//! Invariant: a key is durable before its number is handed out, so no record is ever sealed with a key
//! that a crash could take away.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, RwLock},
};

use onefold_event::{Error, ErrorKind, Result};

use crate::{
    counters::Counters,
    disk::{Disk, DiskFile, OpenMode, read_whole},
    entropy::Entropy,
    poison::Poison,
    seal::Key,
    store::KeyNumber,
    wire::{FileHeader, HEADER_BYTES, Reader, Role, corrupt},
};

pub(crate) const KEYS_FILE: &str = "keys.ofk";
/// Keys for the store's own use: message hashes, and the checkpoint.
pub(crate) const DEDUP_SECRET: KeyNumber = KeyNumber(0);
pub(crate) const CHECKPOINT_KEY: KeyNumber = KeyNumber(1);
/// Below it are the store's own keys, above it those that are handed out.
const FIRST_FREE: u32 = 8;
const ENTRY_BYTES: usize = 44;
const ENTRY_CHECKED_BYTES: usize = ENTRY_BYTES - 4;
const LIVE: u8 = 0;
const DESTROYED: u8 = 1;
const BLOCK_MIN: usize = 1024;
const BLOCK_MAX: usize = 65_536;

/// What is known of a key number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    Live(Key),
    /// The person was erased: its records can never be opened again.
    Destroyed,
    /// Never handed out.
    Unknown,
}

/// All keys, in memory: 32 bytes each.
pub(crate) struct KeyTable {
    keys: Vec<Option<Key>>,
    used: u32,
}

/// The key file with its table.
#[derive(Debug)]
pub(crate) struct Keys {
    path: PathBuf,
    table: RwLock<KeyTable>,
    /// Held while keys are added, so that readers of the table wait only for the moment it grows.
    allocating: Mutex<()>,
}

impl std::fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyTable({} of {} used)", self.used, self.keys.len())
    }
}

impl KeyTable {
    /// The key of a number that may seal records.
    pub(crate) fn get(&self, number: KeyNumber) -> KeyState {
        let own = number.0 < FIRST_FREE && number != KeyNumber::STORE;
        if own || number.0 >= self.used {
            return KeyState::Unknown;
        }
        self.own(number)
    }

    /// The key of any number, those of the store itself included.
    pub(crate) fn own(&self, number: KeyNumber) -> KeyState {
        match self.keys.get(number.0 as usize) {
            Some(Some(key)) => KeyState::Live(*key),
            Some(None) => KeyState::Destroyed,
            None => KeyState::Unknown,
        }
    }

    pub(crate) fn used(&self) -> u32 {
        self.used
    }
}

impl Keys {
    /// A new key file with the first block; durable except for its name.
    pub(crate) fn create(
        disk: &dyn Disk,
        directory: &Path,
        store: u128,
        entropy: &dyn Entropy,
    ) -> Result<()> {
        let path = directory.join(KEYS_FILE);
        let header = FileHeader {
            role: Role::Keys,
            store,
            position: 0,
            keys_used: 0,
            chain: [0; 32],
        };
        let (_, block) = new_block(0, BLOCK_MIN, entropy)?;
        let written = (|| {
            let file = disk.open(&path, OpenMode::Replace)?;
            file.write_at(&header.encode(), 0)?;
            file.write_at(&block, HEADER_BYTES as u64)?;
            file.sync()
        })();
        written.map_err(|error| Error::from(error).context("creating the key file"))
    }

    /// Reads the key file; a torn last block was never used and is cut.
    ///
    /// # Errors
    /// `Corrupt` with the place, `NewerFormat`, `Io`.
    pub(crate) fn open(disk: &dyn Disk, directory: &Path, store: u128) -> Result<Self> {
        let path = directory.join(KEYS_FILE);
        let bytes = read_whole(disk, &path)
            .map_err(|error| Error::from(error).context("reading the key file"))?;
        let header = FileHeader::decode(&bytes, Role::Keys, KEYS_FILE)?;
        if header.store != store {
            return Err(corrupt(
                KEYS_FILE,
                16,
                "the key file belongs to another store",
            ));
        }
        let entries = bytes.get(HEADER_BYTES..).unwrap_or_default();
        let keys = read_entries(entries)?;
        if keys.len() <= FIRST_FREE as usize {
            return Err(corrupt(
                KEYS_FILE,
                HEADER_BYTES as u64,
                "the first keys are missing",
            ));
        }
        let valid_bytes = HEADER_BYTES + keys.len() * ENTRY_BYTES;
        if valid_bytes != bytes.len() {
            cut(disk, &path, valid_bytes as u64)?;
        }
        let table = RwLock::new(KeyTable {
            keys,
            used: FIRST_FREE,
        });
        Ok(Self {
            path,
            table,
            allocating: Mutex::new(()),
        })
    }

    /// Marks all numbers below `used` as handed out.
    ///
    /// # Errors
    /// `Corrupt` where the file has fewer: what they sealed can no longer be read.
    pub(crate) fn mark_used(&self, used: u32) -> Result<()> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if used as usize > table.keys.len() {
            let place = (HEADER_BYTES + table.keys.len() * ENTRY_BYTES) as u64;
            let what = format!(
                "key {} is missing or damaged, but keys up to {used} were in use",
                table.keys.len()
            );
            return Err(corrupt(KEYS_FILE, place, &what));
        }
        table.used = table.used.max(used);
        Ok(())
    }

    /// Hands out the next number; once in a block it writes and syncs the file.
    pub(crate) fn allocate(
        &self,
        disk: &dyn Disk,
        entropy: &dyn Entropy,
        poison: &Poison,
        counters: &Counters,
    ) -> Result<KeyNumber> {
        let _one_at_a_time = self
            .allocating
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        poison.check()?;
        let (used, known) = self.with(|table| (table.used, table.keys.len()));
        if used as usize >= known {
            let size = (known / 8).clamp(BLOCK_MIN, BLOCK_MAX);
            let (keys, block) = new_block(known, size, entropy)?;
            let offset = (HEADER_BYTES + known * ENTRY_BYTES) as u64;
            let written = disk.open(&self.path, OpenMode::ReadWrite).and_then(|file| {
                file.write_at(&block, offset)?;
                file.sync()
            });
            poison.watch("adding keys", written)?;
            counters.syncs.add(1);
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            table.keys.extend(keys);
        }
        self.table
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .used = used + 1;
        Ok(KeyNumber(used))
    }

    pub(crate) fn with<T>(&self, read: impl FnOnce(&KeyTable) -> T) -> T {
        read(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key of one of the store's own numbers.
    pub(crate) fn own(&self, number: KeyNumber) -> Result<Key> {
        match self.with(|table| table.own(number)) {
            KeyState::Live(key) => Ok(key),
            KeyState::Destroyed | KeyState::Unknown => {
                let place = (HEADER_BYTES + number.0 as usize * ENTRY_BYTES) as u64;
                Err(corrupt(
                    KEYS_FILE,
                    place,
                    "a key of the store itself is destroyed",
                ))
            }
        }
    }
}

/// So many new keys from `first` on, and the bytes of their entries.
fn new_block(
    first: usize,
    count: usize,
    entropy: &dyn Entropy,
) -> Result<(Vec<Option<Key>>, Vec<u8>)> {
    let beyond = || {
        Error::new(
            ErrorKind::LimitExceeded,
            "a store has at most 4 billion keys",
        )
    };
    let last = u32::try_from(first + count).map_err(|_| beyond())?;
    let mut random = vec![0; count * size_of::<Key>()];
    entropy
        .fill(&mut random)
        .map_err(|error| Error::from(error).context("drawing random keys"))?;
    let (keys, _) = random.as_chunks::<32>();
    let mut bytes = Vec::with_capacity(count * ENTRY_BYTES);
    for (key, number) in keys.iter().zip(first as u32..last) {
        let start = bytes.len();
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&[LIVE, 0, 0, 0]);
        bytes.extend_from_slice(key);
        let crc = crc32fast::hash(bytes.get(start..).unwrap_or_default());
        bytes.extend_from_slice(&crc.to_le_bytes());
    }
    Ok((keys.iter().copied().map(Some).collect(), bytes))
}

/// The entries up to the first that is not whole; an error if a whole one comes after it.
fn read_entries(bytes: &[u8]) -> Result<Vec<Option<Key>>> {
    let (entries, _torn) = bytes.as_chunks::<ENTRY_BYTES>();
    let mut keys = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        match read_entry(entry, index) {
            Some(key) if keys.len() == index => keys.push(key),
            None => {}
            Some(_) => {
                let place = (HEADER_BYTES + keys.len() * ENTRY_BYTES) as u64;
                return Err(corrupt(KEYS_FILE, place, "a key is damaged"));
            }
        }
    }
    Ok(keys)
}

/// `None` for damage, `Some(None)` for a destroyed key.
fn read_entry(entry: &[u8; ENTRY_BYTES], index: usize) -> Option<Option<Key>> {
    let mut reader = Reader(entry);
    let number = reader.u32()?;
    let state = reader.u8()?;
    reader.take(3)?;
    let key: Key = reader.array()?;
    let whole = reader.u32()? == crc32fast::hash(entry.get(..ENTRY_CHECKED_BYTES)?);
    match state {
        _ if !whole || number as usize != index => None,
        LIVE => Some(Some(key)),
        DESTROYED => Some(None),
        _ => None,
    }
}

fn cut(disk: &dyn Disk, path: &Path, length: u64) -> Result<()> {
    let outcome = disk.open(path, OpenMode::ReadWrite).and_then(|file| {
        file.set_length(length)?;
        file.sync()
    });
    outcome.map_err(|error| Error::from(error).context("cutting the torn end of the key file"))
}

/// Writes a file at one stroke: whole under another name, synced, renamed, the name synced.
pub(crate) fn replace_file(
    disk: &dyn Disk,
    directory: &Path,
    name: &str,
    write: &mut dyn FnMut(&dyn DiskFile) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let temporary = directory.join(format!("{name}.new"));
    let file = disk.open(&temporary, OpenMode::Replace)?;
    write(file.as_ref())?;
    file.sync()?;
    drop(file);
    disk.rename(&temporary, &directory.join(name))?;
    disk.sync_directory(directory)
}

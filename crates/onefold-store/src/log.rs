//! The log's files: appending groups, rotating files, finding a position.
//!
//! Invariant: `tail` names only what is durable. It moves after the fsync that made a group so, and
//! never backwards; readers look at nothing behind it.

mod recover;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use onefold_event::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

use crate::{
    counters::Counters,
    disk::{Disk, DiskFile, OpenMode},
    frame::Frame,
    poison::Poison,
    scan::{GroupPlace, GroupReader},
    wire::{Chain, FileHeader, HEADER_BYTES, Role, corrupt},
};


pub(crate) const LOG_DIRECTORY: &str = "log";
/// The index of a file remembers a group about so often.
const INDEX_STEP_BYTES: u64 = 256 << 10;

/// The open log of one store.
#[derive(Debug)]
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    /// The directory of the log files.
    directory: PathBuf,
    store: u128,
    file_bytes_max: u64,
    /// Held for the whole of an append, its fsync included.
    writer: Mutex<Box<dyn DiskFile>>,
    tail: RwLock<Tail>,
    /// Per file: places of some groups, ascending. Files that were never looked into are missing.
    index: Mutex<BTreeMap<u32, Vec<GroupPlace>>>,
}

/// What is durable.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    pub(crate) files: Arc<Vec<LogFile>>,
    /// The place where the next group of the last file will begin.
    pub(crate) place: GroupPlace,
    /// All files but the last.
    closed_bytes: u64,
    pub(crate) keys_used: u32,
}

/// One file of the log, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogFile {
    pub(crate) number: u32,
    /// The position of its first record.
    first: u64,
    /// The chain digest before it.
    chain: Chain,
}

/// The chain digest before the first group of a store.
pub(crate) fn genesis(store: u128) -> Chain {
    Sha256::digest(store.to_le_bytes()).into()
}

pub(crate) fn file_name(number: u32) -> String {
    format!("{number:08}.ofl")
}

/// The name of a log file in messages.
fn shown_name(number: u32) -> String {
    format!("{LOG_DIRECTORY}/{number:08}.ofl")
}

impl Tail {
    pub(crate) fn end(&self) -> u64 {
        self.place.first - 1
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.closed_bytes + self.place.offset
    }

    fn last(&self) -> u32 {
        self.files.last().map_or(1, |file| file.number)
    }
}

impl LogFile {
    fn start(&self) -> GroupPlace {
        GroupPlace {
            first: self.first,
            offset: HEADER_BYTES as u64,
            chain: self.chain,
        }
    }
}

impl Log {
    /// The first file of a new store; durable except for its name.
    pub(crate) fn create(disk: &dyn Disk, store_directory: &Path, store: u128) -> io::Result<()> {
        let directory = store_directory.join(LOG_DIRECTORY);
        disk.create_directory(&directory)?;
        let first = LogFile {
            number: 1,
            first: 1,
            chain: genesis(store),
        };
        create_file(disk, &directory, store, &first)?;
        disk.sync_directory(&directory)
    }

    pub(crate) fn tail(&self) -> Tail {
        self.tail
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes and syncs one group.
    ///
    /// # Errors
    /// `InvalidInput` out of order; `Io`, and the fuse blows; `Poisoned`.
    pub(crate) fn append(&self, bytes: &[u8], poison: &Poison, counters: &Counters) -> Result<()> {
        let mut file = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        poison.check()?;
        let mut tail = self.tail();
        let frame = Frame::decode(bytes).filter(|frame| frame.first == tail.place.first);
        let frame = frame.ok_or_else(|| {
            let message = format!("groups are committed in the order in which they were prepared; position {} is next", tail.place.first);
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        let full = tail.place.offset + bytes.len() as u64 > self.file_bytes_max;
        if full && tail.place.offset > HEADER_BYTES as u64 {
            *file = poison.watch("beginning a new log file", self.rotate(&mut tail))?;
            counters.syncs.add(2);
        }
        let start = tail.place;
        poison.watch("writing to the log", file.write_at(bytes, start.offset))?;
        poison.watch("syncing the log", file.sync())?;
        counters.syncs.add(1);
        counters.groups.add(1);
        self.remember(tail.last(), start);
        tail.place = GroupPlace {
            first: frame.next(),
            offset: start.offset + bytes.len() as u64,
            chain: frame.chain,
        };
        tail.keys_used = frame.keys_used;
        *self.tail.write().unwrap_or_else(PoisonError::into_inner) = tail;
        Ok(())
    }

    fn rotate(&self, tail: &mut Tail) -> io::Result<Box<dyn DiskFile>> {
        let next = LogFile {
            number: tail.last() + 1,
            first: tail.place.first,
            chain: tail.place.chain,
        };
        let file = create_file(self.disk.as_ref(), &self.directory, self.store, &next)?;
        self.disk.sync_directory(&self.directory)?;
        tail.closed_bytes += tail.place.offset;
        tail.files = Arc::new(tail.files.iter().copied().chain([next]).collect());
        tail.place = next.start();
        Ok(file)
    }

    /// Puts a group into the index if it is far enough from the one before.
    fn remember(&self, number: u32, place: GroupPlace) {
        let mut index = self.index();
        let places = index.entry(number).or_default();
        if is_index_step(places, &place) {
            places.push(place);
        }
    }

    fn index(&self) -> MutexGuard<'_, BTreeMap<u32, Vec<GroupPlace>>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Readers over all files that hold positions from `position` up to the tail, the first of which stands at or
    /// shortly before it.
    pub(crate) fn readers(&self, tail: &Tail, position: u64) -> Result<LogReaders> {
        let from = tail
            .files
            .partition_point(|file| file.first <= position)
            .saturating_sub(1);
        let place = match tail.files.get(from) {
            Some(file) => Some(self.find(tail, file, position)?),
            None => None,
        };
        Ok(LogReaders {
            tail: tail.clone(),
            at: from,
            first_place: place,
        })
    }

    /// The chain digest of the group that holds `position`; of the start for position 0.
    pub(crate) fn chain_at(&self, tail: &Tail, position: u64) -> Result<Chain> {
        if position == tail.end() {
            return Ok(tail.place.chain);
        }
        if position == 0 {
            return Ok(genesis(self.store));
        }
        let mut readers = self.readers(tail, position)?;
        while let Some(mut reader) = readers.next(self)? {
            loop {
                match reader.skip_group() {
                    Ok(Some(frame)) if frame.next() > position => return Ok(frame.chain),
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(why) => return Err(reader.error(why)),
                }
            }
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("position {position} is not in the log"),
        ))
    }

    /// The indexed place at or before a position of a file.
    fn find(&self, tail: &Tail, file: &LogFile, position: u64) -> Result<GroupPlace> {
        if !self.index().contains_key(&file.number) {
            let places = self.walk(tail, file)?;
            self.index().insert(file.number, places);
        }
        let index = self.index();
        let places = index
            .get(&file.number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let at = places.partition_point(|place| place.first <= position);
        Ok(at
            .checked_sub(1)
            .and_then(|at| places.get(at))
            .copied()
            .unwrap_or(file.start()))
    }

    /// The index of a file, from its frames alone.
    fn walk(&self, tail: &Tail, file: &LogFile) -> Result<Vec<GroupPlace>> {
        let mut reader = self.reader(tail, file, file.start())?;
        let mut places = Vec::new();
        loop {
            let place = reader.place();
            match reader.skip_group() {
                Ok(Some(_)) if is_index_step(&places, &place) => places.push(place),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(places),
                Err(why) => return Err(reader.error(why)),
            }
        }
    }

    fn reader(&self, tail: &Tail, file: &LogFile, place: GroupPlace) -> Result<GroupReader> {
        let name = shown_name(file.number);
        let path = self.directory.join(file_name(file.number));
        let opened = self.disk.open(&path, OpenMode::Read).and_then(|opened| {
            let length = opened.length()?;
            Ok((opened, length))
        });
        let (opened, length) =
            opened.map_err(|error| Error::from(error).context(format_args!("opening `{name}`")))?;
        let is_last = file.number == tail.last();
        let limit = if is_last { tail.place.offset } else { length };
        Ok(GroupReader::new(opened, name, place, limit))
    }
}

/// Goes from file to file; opens one at a time.
#[derive(Debug)]
pub(crate) struct LogReaders {
    tail: Tail,
    at: usize,
    first_place: Option<GroupPlace>,
}

impl LogReaders {
    /// The reader of the next file.
    pub(crate) fn next(&mut self, log: &Log) -> Result<Option<GroupReader>> {
        let Some(file) = self.tail.files.get(self.at).copied() else {
            return Ok(None);
        };
        self.at += 1;
        let place = self.first_place.take().unwrap_or(file.start());
        log.reader(&self.tail, &file, place).map(Some)
    }

    /// Whether the file that `reader` has read to its end is continued by the next one.
    ///
    /// # Errors
    /// `Corrupt` where groups are missing between them.
    pub(crate) fn check_seam(&self, reader: &GroupReader) -> Result<()> {
        let place = reader.place();
        let (first, chain) = match self.tail.files.get(self.at) {
            Some(next) => (next.first, next.chain),
            None => (self.tail.place.first, self.tail.place.chain),
        };
        if (place.first, place.chain) == (first, chain) {
            return Ok(());
        }
        let what = format!(
            "groups are missing here: position {} was expected",
            place.first
        );
        Err(corrupt(reader.name(), place.offset, &what))
    }
}

fn is_index_step(places: &[GroupPlace], place: &GroupPlace) -> bool {
    places
        .last()
        .is_none_or(|last| place.offset >= last.offset + INDEX_STEP_BYTES)
}

fn create_file(
    disk: &dyn Disk,
    directory: &Path,
    store: u128,
    file: &LogFile,
) -> io::Result<Box<dyn DiskFile>> {
    let header = FileHeader {
        role: Role::Log,
        store,
        position: file.first,
        keys_used: 0,
        chain: file.chain,
    };
    let opened = disk.open(&directory.join(file_name(file.number)), OpenMode::Replace)?;
    opened.write_at(&header.encode(), 0)?;
    opened.sync()?;
    Ok(opened)
}

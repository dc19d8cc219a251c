//! A disk in memory that fails on command, and forgets at a crash what was not synced.
//!
//! Invariant: the same seed and the same calls give the same disk. What was synced survives every crash.

mod inode;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Disk, DiskFile, DiskLock, OpenMode};
use inode::Inode;

/// A simulated disk for tests: hostile within what POSIX allows.
///
/// A write reaches the disk at its fsync, a name at the fsync of its directory. At a [`crash`](Self::crash)
/// what was not synced is dropped, kept, or torn at sectors of 512 bytes. A failing write leaves a part behind; a failing
/// fsync loses pages for good, as Linux does, even if a later fsync succeeds. Clones share the disk.
///
/// ```
/// use std::sync::Arc;
/// use onefold_event::{ErrorKind, Timestamp};
/// use onefold_store::{Entry, FaultDisk, FileStore, KeyNumber, Store};
///
/// let disk = FaultDisk::new(1);
/// let store = FileStore::open_on(Arc::new(disk.clone()), "store")?;
/// let entry = Entry { kind: 1, key: KeyNumber::STORE, dedup: None, body: b"hello" };
/// let group = store.prepare(Timestamp::default(), &[entry])?;
/// disk.fail_call(2); // the write succeeds, the fsync fails
/// assert_eq!(store.commit(group).map_err(|error| error.kind()), Err(ErrorKind::Io));
/// assert!(store.is_poisoned());
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FaultDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, Name>,
    durable_names: BTreeMap<PathBuf, Name>,
    /// Changes of names that no sync has covered, oldest first, with their directory.
    pending_names: Vec<(PathBuf, NameChange)>,
    locks: BTreeSet<PathBuf>,
    /// Counts crashes; a handle from before the last one is dead.
    generation: u64,
    calls: u64,
    fault: Option<Fault>,
    bytes_max: Option<u64>,
    random: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Directory,
    File(usize),
}

/// Names that change together: a rename changes two.
type NameChange = Vec<(PathBuf, Option<Name>)>;

#[derive(Debug, Clone, Copy)]
enum Fault {
    Once { call: u64 },
    From { call: u64 },
}

#[derive(Debug)]
struct FaultFile {
    disk: FaultDisk,
    inode: usize,
    generation: u64,
}

#[derive(Debug)]
struct FaultLock {
    disk: FaultDisk,
    path: PathBuf,
    generation: u64,
}

impl FaultDisk {
    /// An empty disk; the seed decides what a crash tears.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            locks: BTreeSet::new(),
            generation: 0,
            calls: 0,
            fault: None,
            bytes_max: None,
            random: seed,
        })))
    }

    /// The `number`-th call from now (1 is the next) fails, and only this one.
    pub fn fail_call(&self, number: u64) {
        let mut state = self.state();
        state.fault = Some(Fault::Once {
            call: state.calls + number,
        });
    }

    /// From the `number`-th call from now every call fails, until the [`crash`](Self::crash): the machine stops there.
    pub fn stop_at_call(&self, number: u64) {
        let mut state = self.state();
        state.fault = Some(Fault::From {
            call: state.calls + number,
        });
    }

    /// The disk is full once its files have so many bytes together.
    pub fn fill_at(&self, bytes: u64) {
        self.state().bytes_max = Some(bytes);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        let mut state = self.state();
        state.fault = None;
        state.bytes_max = None;
    }

    /// The power fails: what was not synced is dropped, kept or torn; locks are gone; old handles are dead.
    pub fn crash(&self) {
        self.state().crash();
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// The files, with their content as a reader sees it now. Counts as no call.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.state();
        let files = state.names.iter().filter_map(|(path, name)| match name {
            Name::Directory => None,
            Name::File(inode) => Some((path.clone(), state.inodes.get(*inode)?.read().to_vec())),
        });
        files.collect()
    }

    /// Puts a file there, durable at once, as somebody else would. Counts as no call.
    pub fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let mut state = self.state();
        let inode = Name::File(state.inodes.len());
        state.inodes.push(Inode::durable(bytes));
        for directory in path.as_ref().ancestors().skip(1) {
            state.names.insert(directory.to_owned(), Name::Directory);
            state
                .durable_names
                .insert(directory.to_owned(), Name::Directory);
        }
        state.names.insert(path.as_ref().to_owned(), inode);
        state.durable_names.insert(path.as_ref().to_owned(), inode);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call of a handle; fails if it is the one to fail.
    fn call(&self, generation: Option<u64>) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        let outcome = state.count_call(generation);
        outcome.map(|()| state)
    }
}

impl State {
    fn count_call(&mut self, generation: Option<u64>) -> io::Result<()> {
        if generation.is_some_and(|generation| generation != self.generation) {
            return Err(io::Error::other("this handle is from before a crash"));
        }
        self.calls += 1;
        let fails = match self.fault {
            Some(Fault::Once { call }) => self.calls == call,
            Some(Fault::From { call }) => self.calls >= call,
            None => false,
        };
        if fails {
            Err(io::Error::other("the simulated disk failed"))
        } else {
            Ok(())
        }
    }

    fn inode(&mut self, path: &Path) -> Option<usize> {
        match self.names.get(path) {
            Some(Name::File(inode)) => Some(*inode),
            _ => None,
        }
    }

    fn change_names(&mut self, change: NameChange) {
        let Some((path, _)) = change.first() else {
            return;
        };
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        apply(&mut self.names, &change);
        self.pending_names.push((directory, change));
    }

    fn crash(&mut self) {
        for (_, change) in std::mem::take(&mut self.pending_names) {
            // Any of the changes may have reached the disk, in whatever order.
            if toss(&mut self.random, 2) {
                apply(&mut self.durable_names, &change);
            }
        }
        let known = self.durable_names.clone();
        let is_directory = |path: &Path| {
            path.as_os_str().is_empty()
                || path == Path::new("/")
                || known.get(path) == Some(&Name::Directory)
        };
        self.durable_names
            .retain(|path, _| path.ancestors().skip(1).all(is_directory));
        self.names.clone_from(&self.durable_names);
        for inode in &mut self.inodes {
            inode.crash(&mut self.random);
        }
        self.locks.clear();
        self.fault = None;
        self.bytes_max = None;
        self.generation += 1;
    }

    /// How many more bytes fit, if a file grows from `length`.
    fn room(&self, length: u64) -> u64 {
        let used: u64 = self
            .names
            .values()
            .map(|name| match name {
                Name::File(inode) => self
                    .inodes
                    .get(*inode)
                    .map_or(0, |inode| inode.read().len() as u64),
                Name::Directory => 0,
            })
            .sum();
        self.bytes_max.map_or(u64::MAX, |bytes_max| {
            (bytes_max + length).saturating_sub(used)
        })
    }
}

fn apply(names: &mut BTreeMap<PathBuf, Name>, change: &NameChange) {
    for (path, name) in change {
        match name {
            Some(name) => names.insert(path.clone(), *name),
            None => names.remove(path),
        };
    }
}

/// A random choice, true once in `sides` times; splitmix64.
fn toss(random: &mut u64, sides: u64) -> bool {
    draw(random).is_multiple_of(sides)
}

fn draw(random: &mut u64) -> u64 {
    *random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *random;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Disk for FaultDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(None)?;
        let mut missing: Vec<&Path> = path.ancestors().collect();
        missing.retain(|path| !path.as_os_str().is_empty() && !state.names.contains_key(*path));
        for path in missing.into_iter().rev() {
            state.change_names(vec![(path.to_owned(), Some(Name::Directory))]);
        }
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.call(None)?;
        if state.names.get(directory) != Some(&Name::Directory) {
            return Err(not_found());
        }
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory));
        Ok(inside
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect())
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.call(None)?;
        let inode = match (state.inode(path), mode) {
            (Some(inode), OpenMode::Replace) => {
                state
                    .inodes
                    .get_mut(inode)
                    .ok_or_else(not_found)?
                    .set_length(0);
                inode
            }
            (Some(inode), _) => inode,
            (None, OpenMode::Replace) => {
                let inode = state.inodes.len();
                state.inodes.push(Inode::default());
                state.change_names(vec![(path.to_owned(), Some(Name::File(inode)))]);
                inode
            }
            (None, _) => return Err(not_found()),
        };
        Ok(Box::new(FaultFile {
            disk: self.clone(),
            inode,
            generation: state.generation,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.call(None)?;
        let inode = state.inode(from).ok_or_else(not_found)?;
        state.change_names(vec![
            (from.to_owned(), None),
            (to.to_owned(), Some(Name::File(inode))),
        ]);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(None)?;
        state.inode(path).ok_or_else(not_found)?;
        state.change_names(vec![(path.to_owned(), None)]);
        Ok(())
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        let mut state = self.call(None)?;
        let directory = if directory == Path::new(".") {
            Path::new("")
        } else {
            directory
        };
        let pending = std::mem::take(&mut state.pending_names);
        let (synced, rest): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|(of, _)| of == directory);
        state.pending_names = rest;
        for (_, change) in &synced {
            apply(&mut state.durable_names, change);
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>> {
        let mut state = self.call(None)?;
        if !state.locks.insert(path.to_owned()) {
            return Ok(None);
        }
        let generation = state.generation;
        Ok(Some(Box::new(FaultLock {
            disk: self.clone(),
            path: path.to_owned(),
            generation,
        })))
    }
}

impl DiskLock for FaultLock {}

impl Drop for FaultLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.generation == self.generation {
            state.locks.remove(&self.path);
        }
    }
}

impl FaultFile {
    fn with<T>(
        &self,
        state: &mut State,
        action: impl FnOnce(&mut Inode, &mut u64) -> T,
    ) -> io::Result<T> {
        let State { inodes, random, .. } = state;
        inodes
            .get_mut(self.inode)
            .map(|inode| action(inode, random))
            .ok_or_else(not_found)
    }
}

impl DiskFile for FaultFile {
    fn length(&self) -> io::Result<u64> {
        let mut state = self.disk.call(Some(self.generation))?;
        self.with(&mut state, |inode, _| inode.read().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.call(Some(self.generation))?;
        self.with(&mut state, |inode, _| {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let rest = inode.read().get(start..).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            if let (Some(space), Some(stored)) = (buffer.get_mut(..count), rest.get(..count)) {
                space.copy_from_slice(stored);
            }
            count
        })
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let called = state.count_call(Some(self.generation));
        let length = self.with(&mut state, |inode, _| inode.read().len() as u64)?;
        let room = usize::try_from(state.room(length).saturating_sub(offset)).unwrap_or(usize::MAX);
        let fitting = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.with(&mut state, |inode, random| match &called {
            Ok(()) => inode.write(fitting, offset),
            Err(_) => {
                let part = draw(random) as usize % (bytes.len() + 1);
                inode.write(
                    bytes.get(..part.min(fitting.len())).unwrap_or_default(),
                    offset,
                );
            }
        })?;
        called?;
        if fitting.len() < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let called = state.count_call(Some(self.generation));
        self.with(&mut state, |inode, random| match &called {
            Ok(()) => inode.sync(),
            Err(_) => inode.lose_some(random),
        })?;
        called
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.call(Some(self.generation))?;
        self.with(&mut state, |inode, _| {
            inode.set_length(usize::try_from(length).unwrap_or(usize::MAX))
        })
    }
}

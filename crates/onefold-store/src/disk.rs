//! What the store asks of a disk: the one door to files, so that tests can put a faulty one under it.
//!
//! Invariant: nothing in this crate touches a file except through [`Disk`]. A write counts as durable
//! only after [`DiskFile::sync`]; a new, renamed or removed name only after [`Disk::sync_directory`].

mod real;

use std::{fmt::Debug, io, path::Path};

pub use real::RealDisk;

/// A place where files live. Object-safe; shared by all threads of a store.
pub trait Disk: Debug + Send + Sync {
    /// Makes a directory and its parents, where they are missing.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// The names in a directory, in any order.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;
    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name at one stroke, replacing what had it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
    /// Takes a lock on a file, made where it is missing, until the guard is dropped or the process ends.
    ///
    /// `Ok(None)` where somebody else holds it.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>>;
}

/// An open file. Reads and writes name their offset, so that they need no order among themselves.
pub trait DiskFile: Debug + Send + Sync {
    /// The length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Reads up to `buffer.len()` bytes; 0 at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes`; the file grows as needed.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes everything written durable.
    fn sync(&self) -> io::Result<()>;
    /// Cuts or extends the file.
    fn set_length(&self, length: u64) -> io::Result<()>;
}

/// The guard of [`Disk::lock`].
pub trait DiskLock: Debug + Send + Sync {}

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// An existing file, to read.
    Read,
    /// An existing file, to read and write.
    ReadWrite,
    /// An empty file, whatever was there before, to read and write.
    Replace,
}

/// Reads exactly `length` bytes at `offset`, or fewer where the file ends before.
pub(crate) fn read_up_to(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The whole of a small file.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, OpenMode::Read)?;
    let mut bytes = vec![0; usize::try_from(file.length()?).unwrap_or(usize::MAX)];
    let filled = read_up_to(file.as_ref(), &mut bytes, 0)?;
    bytes.truncate(filled);
    Ok(bytes)
}

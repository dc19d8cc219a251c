//! Opening the log after whatever happened to it.
//!
//! Invariant: a torn end is cut, damage anywhere before it is an error. The two are told apart by what
//! follows: a group is written only after the one before it is durable, so a frame behind damaged
//! bytes proves that those bytes were once acknowledged.

use super::*;
use crate::{disk::read_up_to, scan::Unreadable};

/// What was cut at the end of the log: written, but never acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Torn {
    pub(crate) tails: u64,
    pub(crate) bytes: u64,
}

impl Log {
    /// Opens the log of a store directory: all headers are checked, and the whole of the last file.
    ///
    /// # Errors
    /// `Corrupt` with file and byte offset, `NewerFormat`, `Io`.
    pub(crate) fn open(
        disk: &Arc<dyn Disk>,
        store_directory: &Path,
        store: u128,
        file_bytes_max: u64,
    ) -> Result<(Self, Torn)> {
        let directory = store_directory.join(LOG_DIRECTORY);
        let mut torn = Torn::default();
        let files = list_files(disk.as_ref(), &directory)?;
        let mut headers = read_headers(disk.as_ref(), &directory, store, &files, &mut torn)?;
        let last = match headers.last() {
            Some(last) => *last,
            None => {
                let first = LogFile {
                    number: 1,
                    first: 1,
                    chain: genesis(store),
                };
                create_file(disk.as_ref(), &directory, store, &first)?;
                disk.sync_directory(&directory)?;
                headers.push(first);
                first
            }
        };
        let (file, end) = verify_last(disk.as_ref(), &directory, &last, &mut torn)?;
        let mut closed_bytes = 0;
        for file in headers.iter().filter(|file| file.number != last.number) {
            let path = directory.join(file_name(file.number));
            closed_bytes += disk.open(&path, OpenMode::Read)?.length()?;
        }
        let tail = Tail {
            files: Arc::new(headers),
            place: end.place,
            closed_bytes,
            keys_used: end.keys_used,
        };
        let mut log = Self {
            disk: Arc::clone(disk),
            directory,
            store,
            file_bytes_max,
            writer: Mutex::new(file),
            tail: RwLock::new(tail),
            index: Mutex::new(BTreeMap::from([(last.number, end.index)])),
        };
        log.find_keys_used()?;
        Ok((log, torn))
    }

    /// Where the last file has no group, the file before it knows how many keys were in use.
    fn find_keys_used(&mut self) -> Result<()> {
        let tail = self.tail();
        let [.., before, last] = tail.files.as_slice() else {
            return Ok(());
        };
        if tail.place != last.start() {
            return Ok(());
        }
        let mut reader = self.reader(&tail, before, before.start())?;
        let mut keys_used = 0;
        loop {
            match reader.skip_group() {
                Ok(Some(frame)) => keys_used = frame.keys_used,
                Ok(None) => break,
                Err(why) => return Err(reader.error(why)),
            }
        }
        self.tail
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .keys_used = keys_used;
        Ok(())
    }
}

/// The numbers of the log files, which must run from 1 without a gap.
fn list_files(disk: &dyn Disk, directory: &Path) -> Result<Vec<u32>> {
    let names = disk
        .list(directory)
        .map_err(|error| Error::from(error).context("listing the log files"))?;
    let mut numbers: Vec<u32> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".ofl")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    for (number, expected) in numbers.iter().zip(1..) {
        if *number != expected {
            return Err(corrupt(
                &shown_name(expected),
                0,
                "this log file is missing",
            ));
        }
    }
    Ok(numbers)
}

/// The headers of all files. A last file with nothing but a torn header was never used and is removed.
fn read_headers(
    disk: &dyn Disk,
    directory: &Path,
    store: u128,
    numbers: &[u32],
    torn: &mut Torn,
) -> Result<Vec<LogFile>> {
    let mut files = Vec::new();
    for number in numbers {
        let path = directory.join(file_name(*number));
        let name = shown_name(*number);
        let opened = disk.open(&path, OpenMode::Read)?;
        let length = opened.length()?;
        let mut bytes = [0; HEADER_BYTES];
        let filled = read_up_to(opened.as_ref(), &mut bytes, 0)?;
        let header = FileHeader::decode(bytes.get(..filled).unwrap_or_default(), Role::Log, &name);
        let unused = Some(number) == numbers.last() && length <= HEADER_BYTES as u64;
        match header {
            Ok(header) if header.store != store => {
                return Err(corrupt(&name, 16, "the log file belongs to another store"));
            }
            Ok(header) => {
                files.push(LogFile {
                    number: *number,
                    first: header.position,
                    chain: header.chain,
                });
            }
            Err(error) if error.kind() == ErrorKind::Corrupt && unused => {
                drop(opened);
                disk.remove(&path)?;
                disk.sync_directory(directory)?;
                torn.tails += 1;
                torn.bytes += length;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// What the last file says about the end of the log.
struct End {
    place: GroupPlace,
    keys_used: u32,
    index: Vec<GroupPlace>,
}

/// Reads the whole last file, cuts a torn end, and returns it open for appending.
fn verify_last(
    disk: &dyn Disk,
    directory: &Path,
    last: &LogFile,
    torn: &mut Torn,
) -> Result<(Box<dyn DiskFile>, End)> {
    let path = directory.join(file_name(last.number));
    let reading = disk.open(&path, OpenMode::Read)?;
    let length = reading.length()?;
    let mut reader = GroupReader::new(reading, shown_name(last.number), last.start(), length);
    let mut end = End {
        place: last.start(),
        keys_used: 0,
        index: Vec::new(),
    };
    let damage = loop {
        match reader.next_group() {
            Ok(Some(group)) => end.keys_used = group.frame.keys_used,
            Ok(None) => break None,
            Err(Unreadable::Damaged(what)) => break Some(what),
            Err(why) => return Err(reader.error(why)),
        }
        if is_index_step(&end.index, &end.place) {
            end.index.push(end.place);
        }
        end.place = reader.place();
    };
    let writing = disk.open(&path, OpenMode::ReadWrite)?;
    if let Some(what) = damage {
        match reader.frame_follows() {
            Ok(true) => return Err(reader.error(Unreadable::Damaged(what))),
            Ok(false) => {}
            Err(why) => return Err(reader.error(why)),
        }
        let cut = writing
            .set_length(end.place.offset)
            .and_then(|()| writing.sync());
        cut.map_err(|error| Error::from(error).context("cutting the torn end of the log"))?;
        torn.tails += 1;
        torn.bytes += length - end.place.offset;
    }
    Ok((writing, end))
}

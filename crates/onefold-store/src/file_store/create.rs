//! Making and opening the directory.
//!
//! Invariant: `store.ofm` appears last, at one stroke. Without it there is no store, and whatever
//! an interrupted creation left behind is made again.

use std::io;

use super::*;
use crate::{
    disk::{DiskFile, read_whole},
    keys::KEYS_FILE,
    log::{LOG_DIRECTORY, file_name},
};

const STORE_FILE: &str = "store.ofm";
const LOCK_FILE: &str = "LOCK";

pub(super) fn open(options: FileStoreOptions, directory: &Path) -> Result<FileStore> {
    let shown = directory.display().to_string();
    open_inner(options, directory)
        .map_err(|error| error.context(format_args!("opening the store `{shown}`")))
}

fn open_inner(options: FileStoreOptions, directory: &Path) -> Result<FileStore> {
    let FileStoreOptions {
        disk,
        entropy,
        file_bytes_max,
        new_store_id,
    } = options;
    disk.create_directory(directory)?;
    refuse_foreign(disk.as_ref(), directory)?;
    let lock = disk.lock(&directory.join(LOCK_FILE))?.ok_or_else(|| {
        Error::new(
            ErrorKind::Locked,
            "another process has the store open; one process at a time",
        )
    })?;
    let id = match read_store_file(disk.as_ref(), directory)? {
        Some(id) => id,
        None => create(disk.as_ref(), directory, entropy.as_ref(), new_store_id)?,
    };
    let keys = Keys::open(disk.as_ref(), directory, id)?;
    let (log, torn) = Log::open(&disk, directory, id, file_bytes_max)?;
    let tail = log.tail();
    keys.mark_used(tail.keys_used)?;
    if let Some((_, Some(header))) = open_checkpoint(disk.as_ref(), directory)? {
        trust_checkpoint(&header, id, &tail, &log, &keys)?;
    }
    settle(disk.as_ref(), directory, &log, &keys)?;
    let counters = Counters::default();
    counters.torn_tails.add(torn.tails);
    counters.torn_bytes.add(torn.bytes);
    let hasher = DedupHasher::new(&keys.own(DEDUP_SECRET)?);
    let preparing = Mutex::new(Preparing {
        next: tail.place.first,
        chain: tail.place.chain,
        ciphers: Ciphers::default(),
        nonces: Vec::new(),
    });
    Ok(FileStore {
        disk,
        directory: directory.to_owned(),
        id,
        entropy,
        keys,
        hasher,
        log,
        preparing,
        checkpointing: Mutex::new(()),
        poison: Poison::default(),
        counters,
        _lock: lock,
    })
}

/// Makes durable whatever was read so far: it may be in memory alone.
///
/// After an fsync that failed, the operating system shows what was written until it restarts, and a later
/// fsync does not write it again. Only the last group, the keys that are not in use yet, and names can be
/// in that state, since nothing is written after the first failure.
fn settle(disk: &dyn Disk, directory: &Path, log: &Log, keys: &Keys) -> Result<()> {
    let settled = keys
        .settle(disk)
        .and_then(|()| log.settle())
        .and_then(|()| {
            disk.sync_directory(directory)?;
            disk.sync_directory(parent(directory))
        });
    settled.map_err(|error| Error::from(error).context("making durable what was found"))
}

/// The directory that holds the name of this one.
fn parent(directory: &Path) -> &Path {
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => directory,
    }
}

/// The id of an existing store.
fn read_store_file(disk: &dyn Disk, directory: &Path) -> Result<Option<u128>> {
    match read_whole(disk, &directory.join(STORE_FILE)) {
        Ok(bytes) => Ok(Some(
            FileHeader::decode(&bytes, Role::Store, STORE_FILE)?.store,
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::from(error).context(format_args!("reading `{STORE_FILE}`"))),
    }
}

fn create(
    disk: &dyn Disk,
    directory: &Path,
    entropy: &dyn Entropy,
    id: Option<u128>,
) -> Result<u128> {
    refuse_headless(disk, directory)?;
    let id = match id {
        Some(id) => id,
        None => {
            let mut random = [0; 16];
            entropy.fill(&mut random)?;
            u128::from_le_bytes(random)
        }
    };
    Keys::create(disk, directory, id, entropy)?;
    Log::create(disk, directory, id)?;
    write_store_file(disk, directory, id)?;
    Ok(id)
}

/// Makes a directory a store; all its other files must be whole and synced.
pub(super) fn write_store_file(disk: &dyn Disk, directory: &Path, id: u128) -> Result<()> {
    disk.sync_directory(directory)?;
    let header = FileHeader {
        role: Role::Store,
        store: id,
        position: 0,
        keys_used: 0,
        chain: [0; 32],
    };
    let written = replace_file(disk, directory, STORE_FILE, &mut |file| {
        file.write_at(&header.encode(), 0)
    });
    Ok(written?)
}

/// Makes nothing among files of others: a store there could not be told from them, moved or thrown away.
fn refuse_foreign(disk: &dyn Disk, directory: &Path) -> Result<()> {
    let mut names = disk.list(directory)?;
    // The first by name, so that the message is always the same.
    names.sort_unstable();
    if names.iter().any(|name| name == STORE_FILE) {
        return Ok(());
    }
    let foreign = names.iter().find(|name| !is_own(name));
    foreign.map_or(Ok(()), |name| {
        let message = format!(
            "the folder holds `{name}` and is no store; name an empty folder, or one that is not there yet"
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    })
}

/// Whether a creation that was interrupted may have left a file of this name, or an empty file system has it.
fn is_own(name: &str) -> bool {
    let name = name.strip_suffix(".new").unwrap_or(name);
    let own = [
        LOCK_FILE,
        LOG_DIRECTORY,
        KEYS_FILE,
        STORE_FILE,
        CHECKPOINT_FILE,
        "lost+found",
    ];
    own.contains(&name)
}

/// Makes nothing over a log that has lost its `store.ofm`: that would throw its keys away.
fn refuse_headless(disk: &dyn Disk, directory: &Path) -> Result<()> {
    if !disk
        .list(directory)?
        .iter()
        .any(|name| name == LOG_DIRECTORY)
    {
        return Ok(());
    }
    let log = directory.join(LOG_DIRECTORY);
    for name in disk.list(&log)? {
        let length = disk.open(&log.join(&name), OpenMode::Read)?.length()?;
        if name != file_name(1) || length > HEADER_BYTES as u64 {
            let what = format!(
                "this file is missing, but `{LOG_DIRECTORY}/{name}` is there; restore it with `{KEYS_FILE}` from a backup"
            );
            return Err(corrupt(STORE_FILE, 0, &what));
        }
    }
    Ok(())
}

/// A checkpoint file, and its header if that can be read.
type FoundCheckpoint = (Box<dyn DiskFile>, Option<FileHeader>);

/// The checkpoint file, if there is one.
pub(super) fn open_checkpoint(
    disk: &dyn Disk,
    directory: &Path,
) -> Result<Option<FoundCheckpoint>> {
    let file = match disk.open(&directory.join(CHECKPOINT_FILE), OpenMode::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::from(error).context("opening the checkpoint")),
    };
    let mut bytes = [0; HEADER_BYTES];
    let filled = read_up_to(file.as_ref(), &mut bytes, 0)?;
    let header = FileHeader::decode(
        bytes.get(..filled).unwrap_or_default(),
        Role::Checkpoint,
        CHECKPOINT_FILE,
    );
    Ok(Some((file, header.ok())))
}

/// A checkpoint that covers more than the log has proves that the log lost what was acknowledged.
fn trust_checkpoint(
    header: &FileHeader,
    id: u128,
    tail: &Tail,
    log: &Log,
    keys: &Keys,
) -> Result<()> {
    if header.store != id {
        return Ok(());
    }
    if header.position > tail.end() {
        let what = format!(
            "the log ends at position {}, but the checkpoint covers {}; restore the log, or remove `{CHECKPOINT_FILE}` to go on with what is left",
            tail.end(),
            header.position
        );
        let last = tail.files.last().map_or(1, |file| file.number);
        return Err(corrupt(
            &format!("{LOG_DIRECTORY}/{}", file_name(last)),
            tail.place.offset,
            &what,
        ));
    }
    if log.chain_at(tail, header.position)? == header.chain {
        keys.mark_used(header.keys_used)?;
    }
    Ok(())
}

impl FileStore {
    /// Whether a checkpoint was made from this log.
    pub(super) fn follows_from_log(&self, header: &FileHeader) -> Result<bool> {
        let tail = self.log.tail();
        let covered = header.store == self.id && header.position <= tail.end();
        Ok(covered && self.log.chain_at(&tail, header.position)? == header.chain)
    }
}

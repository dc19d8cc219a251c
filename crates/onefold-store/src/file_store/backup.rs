//! A copy of the store while it is in use.
//!
//! Invariant: the copy holds exactly the records up to the position returned, every key they need, and a
//! checkpoint (if any) that covers no more. Its `store.ofm` appears last: a broken copy is no store.

use super::*;
use crate::{
    disk::{DiskFile, read_whole},
    keys::KEYS_FILE,
    log::LOG_DIRECTORY,
};

const COPY_BYTES: usize = 1 << 20;

impl FileStore {
    /// Copies the store into another directory, which must be empty or missing; returns the last position in
    /// the copy. Writing goes on meanwhile. Works on a poisoned store too: its acknowledged records are copied.
    ///
    /// The copy is a store: open it, or move it to where the lost one was. It holds the keys in the clear as the
    /// store itself does, so guard it alike; keys that are destroyed later live on in it.
    ///
    /// # Errors
    /// `InvalidInput` where the directory has something in it, `Io`. The store itself stays as it is.
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<Position> {
        let to = to.as_ref();
        let shown = to.display();
        self.copy_to(to)
            .map_err(|error| error.context(format_args!("copying the store to `{shown}`")))
    }

    fn copy_to(&self, to: &Path) -> Result<Position> {
        let disk = self.disk.as_ref();
        disk.create_directory(to)?;
        if !disk.list(to)?.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the directory is not empty",
            ));
        }
        // In this order: a checkpoint covers no more than the tail that is read after it, and the keys that are
        // read last are all that either of them needs.
        let checkpoint = create::open_checkpoint(disk, &self.directory)?;
        let tail = self.log.tail();
        let keys = read_whole(disk, &self.directory.join(KEYS_FILE))?;
        let log_to = to.join(LOG_DIRECTORY);
        disk.create_directory(&log_to)?;
        for (name, length) in self.log.parts(&tail)? {
            let from = disk.open(
                &self.directory.join(LOG_DIRECTORY).join(&name),
                OpenMode::Read,
            )?;
            copy(
                from.as_ref(),
                disk.open(&log_to.join(&name), OpenMode::Replace)?.as_ref(),
                length,
            )?;
        }
        disk.sync_directory(&log_to)?;
        if let Some((from, _)) = checkpoint {
            let length = from.length()?;
            copy(
                from.as_ref(),
                disk.open(&to.join(CHECKPOINT_FILE), OpenMode::Replace)?
                    .as_ref(),
                length,
            )?;
        }
        let keys_to = disk.open(&to.join(KEYS_FILE), OpenMode::Replace)?;
        keys_to.write_at(&keys, 0)?;
        keys_to.sync()?;
        create::write_store_file(disk, to, self.id)?;
        Ok(Position(tail.end()))
    }
}

/// Copies the first `length` bytes and syncs them.
fn copy(from: &dyn DiskFile, to: &dyn DiskFile, length: u64) -> Result<()> {
    let mut buffer = vec![0; COPY_BYTES];
    let mut offset = 0;
    while offset < length {
        let wanted = usize::try_from(length - offset)
            .unwrap_or(COPY_BYTES)
            .min(COPY_BYTES);
        let space = buffer.get_mut(..wanted).unwrap_or_default();
        if read_up_to(from, space, offset)? < wanted {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("a file ends before byte {length}"),
            ));
        }
        to.write_at(space, offset)?;
        offset += wanted as u64;
    }
    Ok(to.sync()?)
}

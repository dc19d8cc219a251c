//! Choices at opening.

use super::*;
use crate::{disk::RealDisk, entropy::SystemEntropy};

/// How to open a [`FileStore`].
///
/// ```
/// use onefold_store::{FileStoreOptions, Store};
/// # let directory = tempfile::tempdir()?;
/// let store = FileStoreOptions::default().new_store_id(7).open(directory.path())?;
/// assert_eq!(store.id(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileStoreOptions {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) file_bytes_max: u64,
    pub(super) new_store_id: Option<u128>,
}

impl Default for FileStoreOptions {
    fn default() -> Self {
        Self {
            disk: Arc::new(RealDisk),
            entropy: Arc::new(SystemEntropy),
            file_bytes_max: 256 << 20,
            new_store_id: None,
        }
    }
}

impl FileStoreOptions {
    /// Where the files live. Default: the file system of the operating system.
    #[must_use]
    pub fn disk(mut self, disk: Arc<dyn Disk>) -> Self {
        self.disk = disk;
        self
    }

    /// After so many bytes the log goes on in a new file. Default: 256 MiB. Least: 4 KiB.
    ///
    /// A group is never split, so a file with one long group can be longer.
    #[must_use]
    pub fn file_bytes_max(mut self, bytes: u64) -> Self {
        self.file_bytes_max = bytes.max(4096);
        self
    }

    /// The id of the store if it is made now. Default: 128 random bits.
    ///
    /// For runs that must be repeatable to the byte of a person's id; two stores should not share one.
    #[must_use]
    pub fn new_store_id(mut self, id: u128) -> Self {
        self.new_store_id = Some(id);
        self
    }

    /// Where keys and nonces come from: for fixtures only.
    #[doc(hidden)]
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Opens the store in `directory`, and makes it where there is none.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    pub fn open(self, directory: impl AsRef<Path>) -> Result<FileStore> {
        create::open(self, directory.as_ref())
    }
}

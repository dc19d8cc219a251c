//! A file that is there whole or not at all.
//!
//! Invariant: until `commit` the name holds what it held before; after it, all that was written and
//! synced. A file that is dropped before leaves nothing behind.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use onefold_event::{Error, ErrorKind, Result};

/// A file that is there whole or not at all: written under a temporary name in the folder of its real one.
///
/// ```
/// use std::io::Write;
/// use onefold_connect::WholeFile;
/// # let folder = std::env::temp_dir().join(format!("whole-file-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("out.txt");
/// let mut file = WholeFile::create(&path)?;
/// writeln!(file, "all of it")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "all of it\n");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), onefold_connect::Error>(())
/// ```
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    temporary: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Starts the file. The folder must exist, and what has the name already must be a file.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written to; `InvalidInput` if the path names no file.
    pub fn create(path: &Path) -> Result<Self> {
        let unwritable = |error: io::Error| {
            let message = format!("cannot write `{}`: {error}", path.display());
            Error::new(ErrorKind::Io, message).because(error)
        };
        let name = path.file_name().ok_or_else(|| {
            let message = format!("`{}` is not the name of a file", path.display());
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        // To put a file in the place of a pipe or a device would take it away from others.
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            let message = format!("`{}` is there and is no file", path.display());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        for attempt in 0..ATTEMPTS {
            let process = std::process::id();
            let hidden = format!(".{}.{process}-{attempt}.part", name.to_string_lossy());
            let temporary = path.with_file_name(hidden);
            let opened = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&temporary);
            match opened {
                Ok(file) => {
                    return Ok(Self {
                        path: path.to_owned(),
                        temporary,
                        writer: Some(BufWriter::with_capacity(1 << 16, file)),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable(error)),
            }
        }
        Err(unwritable(io::ErrorKind::AlreadyExists.into()))
    }

    /// Syncs what was written and gives the file its name.
    ///
    /// # Errors
    /// `Io` if not all could be written; the name then holds what it held before.
    pub fn commit(mut self) -> Result<()> {
        let told = |error: io::Error| {
            let message = format!("cannot finish `{}`: {error}", self.path.display());
            Error::new(ErrorKind::Io, message).because(error)
        };
        if let Some(writer) = self.writer.take() {
            let file = writer
                .into_inner()
                .map_err(|error| told(error.into_error()))?;
            file.sync_all().map_err(told)?;
        }
        fs::rename(&self.temporary, &self.path).map_err(told)?;
        sync_folder(&self.path).map_err(told)
    }
}

/// How many files of one name a process can write at once.
const ATTEMPTS: u32 = 1_000;

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Some(writer) => writer.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        self.writer = None;
        // After `commit` there is nothing of this name; a failure leaves a hidden file and no harm.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// The name of a file is safe when its folder is synced, where the system can do that.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn nothing_is_seen_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.txt");
        fs::write(&path, "old").unwrap();

        let mut dropped = WholeFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert_eq!(names(folder.path()), ["out.txt"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");

        let mut first = WholeFile::create(&path).unwrap();
        let second = WholeFile::create(&path).unwrap();
        first.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        first.commit().unwrap();
        drop(second);
        assert_eq!(names(folder.path()), ["out.txt"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        for path in [path.as_path(), folder.path()] {
            let error = WholeFile::create(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = WholeFile::create(Path::new("/nowhere/at/all.txt")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}

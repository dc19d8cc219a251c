//! The stored forms that all files share: little-endian numbers and the 96-byte file header.
//!
//! Invariant: the first 96 bytes of a file mean the same in every version of the format, so that an
//! old program can always say *why* it cannot read a new file. `docs/format.md` lists every byte.

use onefold_event::{Error, ErrorKind, Result};

/// The version this program writes, and the oldest reader that understands what it writes.
pub(crate) const FORMAT_VERSION: u16 = 1;
pub(crate) const LEAST_READER: u16 = 1;

pub(crate) const HEADER_BYTES: usize = 96;
const MAGIC: [u8; 8] = *b"ONEFOLD\x01";
const CHECKED_BYTES: usize = HEADER_BYTES - 4;

/// A SHA-256 digest that covers everything before a place in the log.
pub(crate) type Chain = [u8; 32];

/// What a file is for; the four letters are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Store,
    Keys,
    Log,
    Checkpoint,
}

/// The first 96 bytes of each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub(crate) role: Role,
    pub(crate) store: u128,
    /// Log: the first position. Checkpoint: the position it covers. Elsewhere 0.
    pub(crate) position: u64,
    /// Checkpoint: the first key number that no record up to `position` uses. Elsewhere 0.
    pub(crate) keys_used: u32,
    /// Log and checkpoint: the chain digest before `position`, or up to it. Elsewhere zeros.
    pub(crate) chain: Chain,
}

/// Lends the next bytes of a stored form; `None` says that it ends too early.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Role {
    const fn letters(self) -> [u8; 4] {
        match self {
            Self::Store => *b"STOR",
            Self::Keys => *b"KEYS",
            Self::Log => *b"LOG ",
            Self::Checkpoint => *b"CHKP",
        }
    }
}

impl FileHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.role.letters());
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&LEAST_READER.to_le_bytes());
        bytes.extend_from_slice(&self.store.to_le_bytes());
        bytes.extend_from_slice(&self.position.to_le_bytes());
        bytes.extend_from_slice(&self.keys_used.to_le_bytes());
        bytes.extend_from_slice(&self.chain);
        bytes.resize(CHECKED_BYTES, 0);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes.try_into().unwrap_or([0; HEADER_BYTES])
    }

    /// The header of `file` (a name for the message).
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] where it is damaged or of another role; [`ErrorKind::NewerFormat`].
    pub(crate) fn decode(bytes: &[u8], role: Role, file: &str) -> Result<Self> {
        let damaged = |what: &str| corrupt(file, 0, what);
        let checked = bytes.get(..CHECKED_BYTES);
        let checked = checked.ok_or_else(|| damaged("the file header is cut short"))?;
        let mut reader = Reader(bytes);
        let early = || damaged("the file header is cut short");
        let magic: [u8; 8] = reader.array().ok_or_else(early)?;
        let letters: [u8; 4] = reader.array().ok_or_else(early)?;
        let version = reader.u16().ok_or_else(early)?;
        let least_reader = reader.u16().ok_or_else(early)?;
        let header = Self {
            role,
            store: reader.u128().ok_or_else(early)?,
            position: reader.u64().ok_or_else(early)?,
            keys_used: reader.u32().ok_or_else(early)?,
            chain: reader.array().ok_or_else(early)?,
        };
        let stored_crc = bytes.get(CHECKED_BYTES..HEADER_BYTES);
        if stored_crc != Some(crc32fast::hash(checked).to_le_bytes().as_slice()) {
            return Err(damaged("the file header is damaged"));
        }
        if magic != MAGIC || letters != role.letters() {
            return Err(damaged("this is another kind of file"));
        }
        if least_reader > FORMAT_VERSION {
            let message = format!(
                "`{file}` has format {version}, which needs a program that reads format {least_reader}; this one reads up to {FORMAT_VERSION}"
            );
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        Ok(header)
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }
}

/// Damage with its place: file and byte offset.
pub(crate) fn corrupt(file: &str, offset: u64, what: &str) -> Error {
    let message = format!("`{file}` at byte {offset}: {what}");
    Error::new(ErrorKind::Corrupt, message)
}

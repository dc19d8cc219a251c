//! One record inside a group: head, message hash, and the compressed and sealed body.
//!
//! Invariant: reading never allocates more than the record's own clear length, which is checked first.

use std::ops::Range;

use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size,
};

use crate::{
    seal::{Cipher, NONCE_BYTES, Nonce, TAG_BYTES},
    store::{DedupKey, ENTRY_BYTES_MAX, Entry, KeyNumber},
    wire::Reader,
};

/// A message hash follows the head.
const HAS_DEDUP: u8 = 1;
/// The payload is a clear length (u32) and an LZ4 block.
const COMPRESSED: u8 = 2;
/// The payload is not sealed: only in memory, never in a file.
const UNSEALED: u8 = 4;
const HEAD_BYTES: usize = 22;
const CONTEXT_BYTES: usize = 46;
/// Shorter bodies hold nothing to compress.
const COMPRESSIBLE_BYTES_MIN: usize = 32;

/// What a record says before its payload.
#[derive(Debug, Clone)]
pub(crate) struct RecordHead {
    pub(crate) kind: u8,
    flags: u8,
    pub(crate) key: KeyNumber,
    pub(crate) dedup: Option<DedupKey>,
    nonce: Nonce,
    /// Where the payload (with its tag) lies in the group's body.
    payload: Range<usize>,
}

/// How the payload is protected.
pub(crate) enum Protection<'a> {
    Sealed { cipher: &'a Cipher, nonce: Nonce },
    InMemory,
}

/// Writes records; keeps its tables between calls.
pub(crate) struct RecordWriter {
    table: CompressTable,
}

/// Sizes of one written record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) compressed: usize,
}

impl Default for RecordWriter {
    fn default() -> Self {
        Self {
            table: CompressTable::small(),
        }
    }
}

impl std::fmt::Debug for RecordWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordWriter")
    }
}

impl RecordWriter {
    /// Appends a record to a group's body; `None` only for a body beyond the limits of the cipher.
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        (store, position): (u128, u64),
        entry: &Entry<'_>,
        protection: &Protection<'_>,
    ) -> Option<Written> {
        let (unsealed, nonce) = match protection {
            Protection::Sealed { nonce, .. } => (0, *nonce),
            Protection::InMemory => (UNSEALED, [0; NONCE_BYTES]),
        };
        let head_at = out.len();
        out.resize(head_at + HEAD_BYTES, 0);
        if let Some(DedupKey(hash)) = entry.dedup {
            out.extend_from_slice(&hash.to_le_bytes());
        }
        let payload_at = out.len();
        let compressed_flag = if self.write_compressed(out, entry.body) {
            COMPRESSED
        } else {
            0
        };
        let dedup_flag = if entry.dedup.is_some() { HAS_DEDUP } else { 0 };
        let compressed = out.len() - payload_at;
        let head = RecordHead {
            kind: entry.kind,
            flags: dedup_flag | compressed_flag | unsealed,
            key: entry.key,
            dedup: entry.dedup,
            nonce,
            payload: 0..compressed + if unsealed == 0 { TAG_BYTES } else { 0 },
        };
        if let Protection::Sealed { cipher, nonce } = protection {
            let context = head.context(store, position);
            let tag = cipher.seal(nonce, &context, out.get_mut(payload_at..)?)?;
            out.extend_from_slice(&tag);
        }
        out.get_mut(head_at..head_at + HEAD_BYTES)?
            .copy_from_slice(&head.encode()?);
        Some(Written { compressed })
    }

    /// Appends the body, compressed if that makes it shorter; says whether it did.
    fn write_compressed(&mut self, out: &mut Vec<u8>, body: &[u8]) -> bool {
        let start = out.len();
        if body.len() >= COMPRESSIBLE_BYTES_MIN {
            out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.resize(start + 4 + get_maximum_output_size(body.len()), 0);
            let space = out.get_mut(start + 4..).unwrap_or_default();
            let length = compress_into_with_table(body, space, &mut self.table);
            if let Some(length) = length.ok().filter(|length| length + 4 < body.len()) {
                out.truncate(start + 4 + length);
                return true;
            }
            out.truncate(start);
        }
        out.extend_from_slice(body);
        false
    }
}

impl RecordHead {
    fn encode(&self) -> Option<[u8; HEAD_BYTES]> {
        let mut bytes = [0; HEAD_BYTES];
        let (fixed, nonce) = bytes.split_at_mut_checked(HEAD_BYTES - NONCE_BYTES)?;
        let length = u32::try_from(self.payload.len()).ok()?;
        let [k0, k1, k2, k3] = self.key.0.to_le_bytes();
        let [l0, l1, l2, l3] = length.to_le_bytes();
        fixed.copy_from_slice(&[self.kind, self.flags, k0, k1, k2, k3, l0, l1, l2, l3]);
        nonce.copy_from_slice(&self.nonce);
        Some(bytes)
    }

    /// The head at `at` in a group's body, and where the next one begins.
    pub(crate) fn decode(body: &[u8], at: usize) -> Result<(Self, usize), &'static str> {
        let early = "a record is longer than its group";
        let mut reader = Reader(body.get(at..).ok_or(early)?);
        let kind = reader.u8().ok_or(early)?;
        let flags = reader.u8().ok_or(early)?;
        let key = KeyNumber(reader.u32().ok_or(early)?);
        let length = reader.u32().ok_or(early)? as usize;
        let nonce = reader.array().ok_or(early)?;
        if flags & !(HAS_DEDUP | COMPRESSED | UNSEALED) != 0 {
            return Err("a record has flags of a format that this program does not know");
        }
        let has_dedup = flags & HAS_DEDUP != 0;
        let dedup = if has_dedup {
            Some(DedupKey(reader.u128().ok_or(early)?))
        } else {
            None
        };
        let start = body.len() - reader.0.len();
        reader.take(length).ok_or(early)?;
        let payload = start..start + length;
        Ok((
            Self {
                kind,
                flags,
                key,
                dedup,
                nonce,
                payload,
            },
            start + length,
        ))
    }

    /// Opens and decompresses the payload; `None` if it is not what was sealed.
    ///
    /// The body is overwritten; `scratch` keeps its size between calls.
    pub(crate) fn open<'a>(
        &self,
        body: &'a mut [u8],
        (store, position): (u128, u64),
        cipher: &Cipher,
        scratch: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        if self.flags & UNSEALED != 0 {
            return None;
        }
        let payload = body.get_mut(self.payload.clone())?;
        let (sealed, tag) = payload.split_last_chunk_mut::<TAG_BYTES>()?;
        cipher.open(&self.nonce, &self.context(store, position), sealed, tag)?;
        self.decompress(sealed, scratch)
    }

    /// The body of a record that is only in memory.
    pub(crate) fn open_in_memory<'a>(
        &self,
        body: &'a [u8],
        scratch: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        self.decompress(body.get(self.payload.clone())?, scratch)
    }

    fn decompress<'a>(&self, payload: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        if self.flags & COMPRESSED == 0 {
            return Some(payload);
        }
        let mut reader = Reader(payload);
        let length = reader.u32()? as usize;
        if length > ENTRY_BYTES_MAX {
            return None;
        }
        if scratch.len() < length {
            scratch.resize(length, 0);
        }
        let clear = scratch.get_mut(..length)?;
        let written = decompress_into(reader.0, clear).ok()?;
        (written == length).then_some(clear)
    }

    /// What the seal vouches for beside the payload.
    fn context(&self, store: u128, position: u64) -> [u8; CONTEXT_BYTES] {
        let mut context = [0; CONTEXT_BYTES];
        let dedup = self.dedup.map_or(0, |DedupKey(hash)| hash);
        let parts: [&[u8]; 5] = [
            &store.to_le_bytes(),
            &position.to_le_bytes(),
            &[self.kind, self.flags],
            &self.key.0.to_le_bytes(),
            &dedup.to_le_bytes(),
        ];
        let bytes = parts.iter().copied().flatten();
        for (byte, part) in context.iter_mut().zip(bytes) {
            *byte = *part;
        }
        context
    }
}

//! One record inside a group: head, message hash, and the compressed and sealed body.
//!
//! Invariant: reading never allocates more than the record's own clear length, which is checked first.

use std::ops::Range;

use lz4_flex::block::{
    compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size,
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
/// What most events have in common: names of the Segment vocabulary, and how browsers introduce themselves.
///
/// A short event has little to repeat in itself; with this behind it, it takes half the bytes, and sealing and hashing
/// half the time. Part of the format: never to be changed.
const DICTIONARY: &[u8] = include_bytes!("dictionary.txt");
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

/// Sizes of one written record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) compressed: usize,
}

/// Appends a record to a group's body; `None` only for a body beyond the limits of the cipher.
pub(crate) fn write_record(
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
    let compressed_flag = if write_compressed(out, entry.body) {
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
fn write_compressed(out: &mut Vec<u8>, body: &[u8]) -> bool {
    let start = out.len();
    if body.len() >= COMPRESSIBLE_BYTES_MIN {
        out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.resize(start + 4 + get_maximum_output_size(body.len()), 0);
        let space = out.get_mut(start + 4..).unwrap_or_default();
        let length = compress_into_with_dict(body, space, DICTIONARY);
        if let Some(length) = length.ok().filter(|length| length + 4 < body.len()) {
            out.truncate(start + 4 + length);
            return true;
        }
        out.truncate(start);
    }
    out.extend_from_slice(body);
    false
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
        let written = decompress_into_with_dict(reader.0, clear, DICTIONARY).ok()?;
        (written == length).then_some(clear)
    }

    /// What the seal vouches for beside the payload.
    fn context(&self, store: u128, position: u64) -> [u8; CONTEXT_BYTES] {
        let mut context = [0; CONTEXT_BYTES];
        let dedup = self.dedup.map_or(0, |DedupKey(hash)| hash);
        context[..16].copy_from_slice(&store.to_le_bytes());
        context[16..24].copy_from_slice(&position.to_le_bytes());
        context[24..26].copy_from_slice(&[self.kind, self.flags]);
        context[26..30].copy_from_slice(&self.key.0.to_le_bytes());
        context[30..].copy_from_slice(&dedup.to_le_bytes());
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_dictionary_is_for_ever() {
        let digest = Sha256::digest(DICTIONARY);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let known = "ea32b1f8bce7f9ededfbfcbbf8da75f475d5d4ea8ca596b859070c4bcd5843a5";
        assert_eq!((DICTIONARY.len(), hex.as_str()), (1351, known));
    }

    #[test]
    fn a_record_opens_only_in_its_place() {
        let cipher = Cipher::new(&[7; 32]);
        let nonce = [3; NONCE_BYTES];
        let body = b"ann@example.com".repeat(9);
        let entry = Entry {
            kind: 4,
            key: KeyNumber(9),
            dedup: Some(DedupKey(5)),
            body: &body,
        };
        let mut out = Vec::new();
        write_record(
            &mut out,
            (1, 2),
            &entry,
            &Protection::Sealed {
                cipher: &cipher,
                nonce,
            },
        )
        .unwrap();
        let opens = |store: u128, position: u64, cipher: &Cipher, bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let (head, _) = RecordHead::decode(&bytes, 0).ok()?;
            let opened = head
                .open(&mut bytes, (store, position), cipher, &mut Vec::new())?
                .to_vec();
            Some(opened)
        };
        assert_eq!(opens(1, 2, &cipher, &out), Some(body.clone()));
        assert_eq!(opens(9, 2, &cipher, &out), None, "another store");
        assert_eq!(opens(1, 3, &cipher, &out), None, "another position");
        assert_eq!(
            opens(1, 2, &Cipher::new(&[8; 32]), &out),
            None,
            "another key"
        );
        // Every byte but those of the length is vouched for by the seal.
        for at in (0..6).chain(10..out.len()) {
            let mut changed = out.clone();
            changed[at] ^= 1;
            assert_eq!(opens(1, 2, &cipher, &changed), None, "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..20, flags in 0u8..8) {
            if let Some(byte) = bytes.get_mut(at + 1) {
                *byte = flags;
            }
            let cipher = Cipher::new(&[7; 32]);
            let mut scratch = Vec::new();
            if let Ok((head, end)) = RecordHead::decode(&bytes, at) {
                prop_assert!(end <= bytes.len());
                let _ = head.open_in_memory(&bytes, &mut scratch);
                prop_assert!(scratch.len() <= ENTRY_BYTES_MAX);
                prop_assert_eq!(head.open(&mut bytes, (1, 1), &cipher, &mut scratch), None);
            }
        }

        #[test]
        fn records_come_back(body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..3000),
            ("[a-z\":]{1,30}", 0usize..4000).prop_map(|(text, times)| text.repeat(times).into_bytes()),
        ], dedup: Option<u128>, kind: u8) {
            let entry = Entry { kind, key: KeyNumber(2), dedup: dedup.map(DedupKey), body: &body };
            let mut out = vec![0; 3];
            let written = write_record(&mut out, (1, 1), &entry, &Protection::InMemory).unwrap();
            prop_assert!(written.compressed <= body.len());
            let (head, end) = RecordHead::decode(&out, 3).unwrap();
            prop_assert_eq!((head.kind, head.key, head.dedup, end), (kind, entry.key, entry.dedup, out.len()));
            let mut scratch = Vec::new();
            prop_assert_eq!(head.open_in_memory(&out, &mut scratch), Some(body.as_slice()));
        }
    }
}

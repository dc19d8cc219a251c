//! The frame of a group: what is written with one call and made durable with one fsync.
//!
//! Invariant: the chain digest of a group covers its fields, its body, and every group before it.

use sha2::{Digest, Sha256};

use crate::wire::{Chain, Reader};

pub(crate) const FRAME_BYTES: usize = 72;
pub(crate) const FRAME_MAGIC: [u8; 4] = *b"OFGR";
const HEADER_CHECKED_BYTES: usize = FRAME_BYTES - 4;
const CHAINED_FIELDS: std::ops::Range<usize> = 4..32;

/// The 72 bytes before a group's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) body_length: u32,
    pub(crate) count: u32,
    /// The first key number that was not handed out when the group was prepared.
    pub(crate) keys_used: u32,
    pub(crate) first: u64,
    pub(crate) committed_at: i64,
    pub(crate) chain: Chain,
    pub(crate) body_crc: u32,
}

impl Frame {
    /// The frame of a body, with its digests.
    pub(crate) fn seal(mut self, previous: &Chain, body: &[u8]) -> Self {
        self.body_crc = crc32fast::hash(body);
        self.chain = self.chained(previous, body);
        self
    }

    /// Whether the body is the one that was framed.
    pub(crate) fn holds(&self, body: &[u8]) -> bool {
        self.body_crc == crc32fast::hash(body)
    }

    /// The digest over the chain before, the fields, and the body.
    pub(crate) fn chained(&self, previous: &Chain, body: &[u8]) -> Chain {
        let encoded = self.encode();
        let mut hash = Sha256::new();
        hash.update(previous);
        hash.update(encoded.get(CHAINED_FIELDS).unwrap_or_default());
        hash.update(Sha256::digest(body));
        hash.finalize().into()
    }

    /// The position after its last record.
    pub(crate) fn next(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }

    pub(crate) fn encode(&self) -> [u8; FRAME_BYTES] {
        let mut bytes = [0; FRAME_BYTES];
        let (checked, crc) = bytes.split_at_mut(HEADER_CHECKED_BYTES);
        let parts: [&[u8]; 8] = [
            &FRAME_MAGIC,
            &self.body_length.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.keys_used.to_le_bytes(),
            &self.first.to_le_bytes(),
            &self.committed_at.to_le_bytes(),
            &self.chain,
            &self.body_crc.to_le_bytes(),
        ];
        for (byte, part) in checked.iter_mut().zip(parts.iter().copied().flatten()) {
            *byte = *part;
        }
        crc.copy_from_slice(&crc32fast::hash(checked).to_le_bytes());
        bytes
    }

    /// The frame at the start of `bytes`; `None` if there is no whole one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let checked = bytes.get(..HEADER_CHECKED_BYTES)?;
        let mut reader = Reader(bytes);
        if reader.array()? != FRAME_MAGIC {
            return None;
        }
        let frame = Self {
            body_length: reader.u32()?,
            count: reader.u32()?,
            keys_used: reader.u32()?,
            first: reader.u64()?,
            committed_at: reader.i64()?,
            chain: reader.array()?,
            body_crc: reader.u32()?,
        };
        (reader.u32()? == crc32fast::hash(checked)).then_some(frame)
    }
}

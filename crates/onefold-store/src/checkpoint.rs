//! The checkpoint file: what was derived from the log, sealed in chunks.
//!
//! Invariant: a checkpoint is used only if it is whole and follows from this very log: it names the
//! chain digest of the group it covers last. Everything in it can be derived again.

use std::io;

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};
use onefold_event::Position;

use crate::{
    disk::DiskFile,
    entropy::Entropy,
    seal::{Cipher, NONCE_BYTES, Nonce, TAG_BYTES},
    store::Checkpoint,
    wire::{FileHeader, HEADER_BYTES, Reader},
};

pub(crate) const CHECKPOINT_FILE: &str = "checkpoint.ofc";
/// Clear bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 20;
/// Sealed length (u32), flags (u8), nonce.
const CHUNK_HEAD_BYTES: usize = 4 + 1 + NONCE_BYTES;
const COMPRESSED: u8 = 1;
const CONTEXT_BYTES: usize = 16 + 8 + 8 + 1;
pub(crate) const SECTIONS_MAX: usize = 1024;
pub(crate) const SECTION_NAME_BYTES_MAX: usize = 255;
const CHUNK_SEALED_BYTES_MAX: usize = CHUNK_HEAD_BYTES + CHUNK_BYTES + TAG_BYTES + 4;

/// Writes header and chunks.
pub(crate) fn write(
    file: &dyn DiskFile,
    header: &FileHeader,
    cipher: &Cipher,
    entropy: &dyn Entropy,
    sections: &[(&str, Vec<u8>)],
) -> io::Result<()> {
    file.write_at(&header.encode(), 0)?;
    let mut writer = ChunkWriter {
        file,
        header,
        cipher,
        entropy,
        offset: HEADER_BYTES as u64,
        index: 0,
        out: Vec::new(),
    };
    writer.write(&table(sections))?;
    for (_, bytes) in sections {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            writer.write(chunk)?;
        }
    }
    Ok(())
}

/// Reads what [`write`] wrote; `Ok(None)` for damage of any kind.
pub(crate) fn read(
    file: &dyn DiskFile,
    header: &FileHeader,
    cipher: &Cipher,
) -> io::Result<Option<Checkpoint>> {
    let length = file.length()?;
    let mut reader = ChunkReader {
        file,
        header,
        cipher,
        offset: HEADER_BYTES as u64,
        length,
        index: 0,
        sealed: Vec::new(),
    };
    let mut first = Vec::new();
    if reader.read(&mut first)?.is_none() {
        return Ok(None);
    }
    let Some(names) = parse_table(&first) else {
        return Ok(None);
    };
    let mut sections = Vec::new();
    for (name, length) in names {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            match reader.read(&mut bytes)? {
                Some(count) if count > 0 => {}
                _ => return Ok(None),
            }
        }
        if bytes.len() != length {
            return Ok(None);
        }
        sections.push((name, bytes));
    }
    let whole = reader.offset == length;
    Ok(whole.then_some(Checkpoint {
        upto: Position(header.position),
        sections,
    }))
}

struct ChunkWriter<'a> {
    file: &'a dyn DiskFile,
    header: &'a FileHeader,
    cipher: &'a Cipher,
    entropy: &'a dyn Entropy,
    offset: u64,
    index: u64,
    out: Vec<u8>,
}

impl ChunkWriter<'_> {
    fn write(&mut self, clear: &[u8]) -> io::Result<()> {
        let mut nonce: Nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce)?;
        self.out.clear();
        self.out.resize(CHUNK_HEAD_BYTES, 0);
        let flags = self.compress(clear);
        let context = context(self.header, self.index, flags);
        let payload = self.out.get_mut(CHUNK_HEAD_BYTES..).unwrap_or_default();
        let tag = self.cipher.seal(&nonce, &context, payload);
        let tag = tag.ok_or_else(|| io::Error::other("a chunk is too long to seal"))?;
        self.out.extend_from_slice(&tag);
        let sealed = self.out.len() - CHUNK_HEAD_BYTES;
        let length = u32::try_from(sealed)
            .map_err(io::Error::other)?
            .to_le_bytes();
        let head = length.iter().chain([&flags]).chain(&nonce);
        for (byte, part) in self.out.iter_mut().zip(head) {
            *byte = *part;
        }
        let crc = crc32fast::hash(&self.out);
        self.out.extend_from_slice(&crc.to_le_bytes());
        self.file.write_at(&self.out, self.offset)?;
        self.offset += self.out.len() as u64;
        self.index += 1;
        Ok(())
    }

    /// Appends the payload, compressed if that spares an eighth; returns the flags.
    fn compress(&mut self, clear: &[u8]) -> u8 {
        let start = self.out.len();
        self.out
            .extend_from_slice(&u32::try_from(clear.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.out
            .resize(start + 4 + get_maximum_output_size(clear.len()), 0);
        let space = self.out.get_mut(start + 4..).unwrap_or_default();
        match compress_into(clear, space) {
            Ok(length) if length < clear.len() - clear.len() / 8 => {
                self.out.truncate(start + 4 + length);
                COMPRESSED
            }
            _ => {
                self.out.truncate(start);
                self.out.extend_from_slice(clear);
                0
            }
        }
    }
}

struct ChunkReader<'a> {
    file: &'a dyn DiskFile,
    header: &'a FileHeader,
    cipher: &'a Cipher,
    offset: u64,
    length: u64,
    index: u64,
    sealed: Vec<u8>,
}

impl ChunkReader<'_> {
    /// Appends the clear bytes of the next chunk; returns how many, `None` for damage.
    fn read(&mut self, clear: &mut Vec<u8>) -> io::Result<Option<usize>> {
        let mut head = [0; CHUNK_HEAD_BYTES];
        if crate::disk::read_up_to(self.file, &mut head, self.offset)? < CHUNK_HEAD_BYTES {
            return Ok(None);
        }
        let mut fields = Reader(&head);
        let sealed_bytes = fields.u32().unwrap_or(0) as usize;
        let total = CHUNK_HEAD_BYTES + sealed_bytes + 4;
        if total > CHUNK_SEALED_BYTES_MAX || self.offset + total as u64 > self.length {
            return Ok(None);
        }
        self.sealed.resize(total, 0);
        if crate::disk::read_up_to(self.file, &mut self.sealed, self.offset)? < total {
            return Ok(None);
        }
        let before = clear.len();
        let opened = self.open(clear);
        self.offset += total as u64;
        self.index += 1;
        Ok(opened.map(|()| clear.len() - before))
    }

    fn open(&mut self, clear: &mut Vec<u8>) -> Option<()> {
        let (checked, crc) = self.sealed.split_last_chunk_mut::<4>()?;
        if u32::from_le_bytes(*crc) != crc32fast::hash(checked) {
            return None;
        }
        let (head, rest) = checked.split_at_mut_checked(CHUNK_HEAD_BYTES)?;
        let mut fields = Reader(head);
        fields.u32()?;
        let flags = fields.u8()?;
        let nonce: Nonce = fields.array()?;
        let (payload, tag) = rest.split_last_chunk_mut::<TAG_BYTES>()?;
        self.cipher.open(
            &nonce,
            &context(self.header, self.index, flags),
            payload,
            tag,
        )?;
        if flags & COMPRESSED == 0 {
            clear.extend_from_slice(payload);
            return Some(());
        }
        let mut reader = Reader(payload);
        let length = reader
            .u32()
            .filter(|length| *length as usize <= CHUNK_BYTES)? as usize;
        let start = clear.len();
        clear.resize(start + length, 0);
        let written = decompress_into(reader.0, clear.get_mut(start..)?).ok()?;
        (written == length).then_some(())
    }
}

/// What the seal of a chunk vouches for: store, position, place in the file.
fn context(header: &FileHeader, index: u64, flags: u8) -> [u8; CONTEXT_BYTES] {
    let mut context = [0; CONTEXT_BYTES];
    let parts: [&[u8]; 4] = [
        &header.store.to_le_bytes(),
        &header.position.to_le_bytes(),
        &index.to_le_bytes(),
        &[flags],
    ];
    for (byte, part) in context.iter_mut().zip(parts.iter().copied().flatten()) {
        *byte = *part;
    }
    context
}

/// Names and lengths of the sections.
fn table(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    for (name, content) in sections {
        bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    }
    bytes
}

fn parse_table(bytes: &[u8]) -> Option<Vec<(String, usize)>> {
    let mut reader = Reader(bytes);
    let count = reader
        .u32()
        .filter(|count| *count as usize <= SECTIONS_MAX)?;
    let mut names = Vec::new();
    for _ in 0..count {
        let length = reader.u16()?;
        let name = String::from_utf8(reader.take(length.into())?.to_vec()).ok()?;
        names.push((name, usize::try_from(reader.u64()?).ok()?));
    }
    reader.0.is_empty().then_some(names)
}

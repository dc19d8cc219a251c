//! The content of one simulated file: what a reader sees, and what a crash would leave.

use super::{draw, toss};

const SECTOR_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Inode {
    current: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Bytes { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Inode {
    pub(super) fn durable(bytes: &[u8]) -> Self {
        Self {
            current: bytes.to_vec(),
            durable: bytes.to_vec(),
            pending: Vec::new(),
        }
    }

    pub(super) fn read(&self) -> &[u8] {
        &self.current
    }

    pub(super) fn write(&mut self, bytes: &[u8], offset: u64) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.change(Change::Bytes {
            offset,
            bytes: bytes.to_vec(),
        });
    }

    pub(super) fn set_length(&mut self, length: usize) {
        self.change(Change::Length(length));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    /// What is pending becomes durable; what an earlier failed sync lost stays lost.
    pub(super) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// A failed sync: some changes reach the disk, the others never will.
    pub(super) fn lose_some(&mut self, random: &mut u64) {
        for change in self.pending.drain(..) {
            if toss(random, 2) {
                change.apply(&mut self.durable);
            }
        }
    }

    /// Of the pending changes nothing, everything, or some sectors survive.
    pub(super) fn crash(&mut self, random: &mut u64) {
        let fate = draw(random) % 3;
        for change in std::mem::take(&mut self.pending) {
            match (fate, change) {
                (0, _) => {}
                (1, change) => change.apply(&mut self.durable),
                (_, Change::Bytes { offset, bytes }) => self.tear(offset, &bytes, random),
                (_, change) if toss(random, 2) => change.apply(&mut self.durable),
                _ => {}
            }
        }
        self.current.clone_from(&self.durable);
    }

    fn tear(&mut self, offset: usize, bytes: &[u8], random: &mut u64) {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let to_border = SECTOR_BYTES - (offset + done) % SECTOR_BYTES;
            let sector = rest.get(..to_border).unwrap_or(rest);
            if toss(random, 2) {
                put(&mut self.durable, offset + done, sector);
            }
            done += sector.len();
        }
        // The length may be on the disk although the last bytes are not.
        if toss(random, 2) && self.durable.len() < offset + bytes.len() {
            self.durable.resize(offset + bytes.len(), 0);
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Bytes { offset, bytes } => put(content, *offset, bytes),
            Self::Length(length) => content.resize(*length, 0),
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    if content.len() < offset + bytes.len() {
        content.resize(offset + bytes.len(), 0);
    }
    let space = content
        .get_mut(offset..offset + bytes.len())
        .unwrap_or_default();
    space.copy_from_slice(bytes);
}

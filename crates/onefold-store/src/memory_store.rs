//! The reference: a store that forgets everything when it is dropped.
//!
//! Invariant: for one run it answers as the durable one does. Bodies are compressed, not sealed:
//! nothing leaves the process.

use std::{
    ops::{ControlFlow, Range},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use onefold_event::{Error, ErrorKind, Position, Result, Timestamp};

use crate::{
    counters::Counters,
    dedup_hash::DedupHasher,
    entropy::{Entropy, SystemEntropy},
    file_store::{check_checkpoint, check_entry},
    record::{Protection, RecordHead, RecordWriter},
    store::{Checkpoint, DedupKey, Entry, Group, KeyNumber, Statistics, Store, Stored},
};

/// The [`Store`] that keeps all in memory; the judge of the durable one, and enough for one run over files.
///
/// ```
/// use onefold_event::{Position, Timestamp};
/// use onefold_store::{Entry, KeyNumber, MemoryStore, Store};
/// let store = MemoryStore::new();
/// let entry = Entry { kind: 1, key: KeyNumber::STORE, dedup: None, body: b"hello" };
/// let group = store.prepare(Timestamp::default(), &[entry])?;
/// store.commit(group)?;
/// assert_eq!(store.end(), Position(1));
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    id: u128,
    hasher: DedupHasher,
    preparing: Mutex<(u64, RecordWriter)>,
    state: Mutex<State>,
    counters: Counters,
}

#[derive(Debug)]
struct State {
    groups: Vec<Arc<MemoryGroup>>,
    next: u64,
    bytes: u64,
    keys_used: u32,
    checkpoint: Option<Checkpoint>,
}

/// Committed time (8 bytes), then records.
#[derive(Debug)]
struct MemoryGroup {
    positions: Range<Position>,
    bytes: Box<[u8]>,
}

const TIME_BYTES: usize = 8;
const FIRST_FREE_KEY: u32 = 8;

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store with a random id.
    pub fn new() -> Self {
        let mut random = [0; 16];
        // Without randomness the id is 0: nothing that leaves the process depends on it.
        let _ = SystemEntropy.fill(&mut random);
        Self::with_id(u128::from_le_bytes(random))
    }

    /// An empty store with this id, for runs that must be repeatable.
    pub fn with_id(id: u128) -> Self {
        let mut secret = [0; 32];
        let _ = SystemEntropy.fill(&mut secret);
        let state = State {
            groups: Vec::new(),
            next: 1,
            bytes: 0,
            keys_used: FIRST_FREE_KEY,
            checkpoint: None,
        };
        Self {
            id,
            hasher: DedupHasher::new(&secret),
            preparing: Mutex::new((1, RecordWriter::default())),
            state: Mutex::new(state),
            counters: Counters::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_key(&self, key: KeyNumber) -> Result<()> {
        let handed_out = FIRST_FREE_KEY..self.state().keys_used;
        if key == KeyNumber::STORE || handed_out.contains(&key.0) {
            return Ok(());
        }
        let message = format!("key {} was never handed out, or is destroyed", key.0);
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl MemoryGroup {
    /// Visits the records after `from`; returns the last place reached.
    fn visit(
        &self,
        from: Position,
        scratch: &mut Vec<u8>,
        visit: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Option<(Position, ControlFlow<()>)> {
        let (time, body) = self.bytes.split_first_chunk::<TIME_BYTES>()?;
        let committed_at = Timestamp::from_micros(i64::from_le_bytes(*time));
        let mut reached = from;
        let mut at = 0;
        for position in self.positions.start.0..self.positions.end.0 {
            let (head, next) = RecordHead::decode(body, at).ok()?;
            at = next;
            if position <= from.0 {
                continue;
            }
            reached = Position(position);
            let RecordHead {
                kind, key, dedup, ..
            } = head;
            let body = head.open_in_memory(body, scratch)?;
            let flow = visit(Stored {
                position: reached,
                committed_at,
                kind,
                key,
                dedup,
                body,
            });
            if flow.is_break() {
                return Some((reached, flow));
            }
        }
        Some((reached, ControlFlow::Continue(())))
    }
}

impl Store for MemoryStore {
    fn id(&self) -> u128 {
        self.id
    }

    fn end(&self) -> Position {
        Position(self.state().next - 1)
    }

    fn dedup_key(&self, source: &str, message_id: &str) -> DedupKey {
        self.hasher.key(source, message_id)
    }

    fn allocate_key(&self) -> Result<KeyNumber> {
        let mut state = self.state();
        let number = state.keys_used;
        let beyond = || {
            Error::new(
                ErrorKind::LimitExceeded,
                "a store has at most 4 billion keys",
            )
        };
        state.keys_used = number.checked_add(1).ok_or_else(beyond)?;
        Ok(KeyNumber(number))
    }

    fn prepare(&self, committed_at: Timestamp, entries: &[Entry<'_>]) -> Result<Group> {
        let mut preparing = self
            .preparing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (next, writer) = &mut *preparing;
        let mut bytes = committed_at.as_micros().to_le_bytes().to_vec();
        for (entry, position) in entries.iter().zip(*next..) {
            check_entry(entry, bytes.len())?;
            self.check_key(entry.key)?;
            let written = writer.write(
                &mut bytes,
                (self.id, position),
                entry,
                &Protection::InMemory,
            );
            self.counters.bytes_clear.add(entry.body.len() as u64);
            self.counters
                .bytes_compressed
                .add(written.map_or(0, |written| written.compressed as u64));
        }
        self.counters.bytes_sealed.add(bytes.len() as u64);
        let first = Position(*next);
        *next += entries.len() as u64;
        Ok(Group::new(
            self.id,
            first,
            u32::try_from(entries.len()).unwrap_or(u32::MAX),
            bytes,
        ))
    }

    fn commit(&self, group: Group) -> Result<Range<Position>> {
        if group.store() != self.id {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the group was prepared by another store",
            ));
        }
        let positions = group.positions();
        if group.is_empty() {
            return Ok(positions);
        }
        let mut state = self.state();
        if positions.start.0 != state.next {
            let message = format!(
                "groups are committed in the order in which they were prepared; position {} is next",
                state.next
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        state.next = positions.end.0;
        state.bytes += group.bytes().len() as u64;
        let bytes = group.into_bytes().into_boxed_slice();
        state.groups.push(Arc::new(MemoryGroup {
            positions: positions.clone(),
            bytes,
        }));
        self.counters.groups.add(1);
        Ok(positions)
    }

    fn scan(
        &self,
        from: Position,
        visit: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<Position> {
        let end = self.state().next;
        let mut scratch = Vec::new();
        let mut reached = from;
        while reached.0 + 1 < end {
            let state = self.state();
            let at = state
                .groups
                .partition_point(|group| group.positions.end.0 <= reached.0 + 1);
            let group = state.groups.get(at).map(Arc::clone);
            // The visitor may call the store, so nothing is locked while it runs.
            drop(state);
            let visited = group.and_then(|group| group.visit(reached, &mut scratch, visit));
            let damaged = || {
                Error::new(
                    ErrorKind::Corrupt,
                    format!("the group after position {reached} is damaged in memory"),
                )
            };
            let (upto, flow) = visited.ok_or_else(damaged)?;
            reached = upto;
            if flow.is_break() {
                break;
            }
        }
        Ok(reached)
    }

    fn save_checkpoint(&self, upto: Position, sections: &[(&str, Vec<u8>)]) -> Result<()> {
        check_checkpoint(upto, self.end(), sections)?;
        let sections = sections
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.clone()))
            .collect();
        self.state().checkpoint = Some(Checkpoint { upto, sections });
        Ok(())
    }

    fn load_checkpoint(&self) -> Result<Option<Checkpoint>> {
        Ok(self.state().checkpoint.clone())
    }

    fn is_poisoned(&self) -> bool {
        false
    }

    fn statistics(&self) -> Statistics {
        let state = self.state();
        Statistics {
            records: state.next - 1,
            log_bytes: state.bytes,
            keys: u64::from(state.keys_used),
            ..self.counters.statistics()
        }
    }
}

//! The set of all message ids that were ever accepted.
//!
//! Invariant: exact for the life of the store: no id is forgotten, and none is known that was not inserted
//! (but for two ids with one 128-bit keyed hash).

mod run;

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use onefold_event::{Error, ErrorKind, Result};

use crate::{store::DedupKey, wire::Reader};
use run::Run;

/// After so many new ids they are sorted into a run.
const RECENT_MAX: usize = 32_768;
/// A run is at least so many times as long as the one after it.
const RATIO: usize = 4;
const WIRE_VERSION: u8 = 1;

/// The set of all message ids that were ever accepted, as keyed hashes.
///
/// Sorted runs, each at least four times as long as the next, and a small set of the newest ids. At rest
/// 16 bytes an id and up to one byte of directory; an insert that merges runs takes up to some
/// nanoseconds for each id in them. A clone shares the runs, so that it can be encoded elsewhere.
///
/// ```
/// use onefold_store::{Dedup, MemoryStore, Store};
/// let store = MemoryStore::new();
/// let mut known = Dedup::default();
/// assert!(known.insert(store.dedup_key("web", "m-1")));
/// assert!(!known.insert(store.dedup_key("web", "m-1")));
/// assert_eq!(Dedup::decode(&known.encode())?.len(), 1);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dedup {
    /// Longest first.
    runs: Vec<Arc<Run>>,
    recent: HashSet<u128, BuildHasherDefault<FoldHasher>>,
}

/// The ids are hashes already, so their bits serve as they are.
#[derive(Debug, Clone, Copy, Default)]
struct FoldHasher(u64);

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, id: u128) {
        self.0 = (id >> 64) as u64 ^ id as u64;
    }
}

impl Dedup {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers an id; `false` if it was known.
    pub fn insert(&mut self, DedupKey(id): DedupKey) -> bool {
        let is_new = !self.in_runs(id) && !self.recent.contains(&id);
        if is_new {
            self.insert_absent(DedupKey(id));
        }
        is_new
    }

    /// Remembers an id of which [`contains`](Self::contains) has just said that it is not known.
    pub fn insert_absent(&mut self, DedupKey(id): DedupKey) {
        debug_assert!(!self.in_runs(id), "an id would be in the set twice");
        self.recent.insert(id);
        if self.recent.len() >= RECENT_MAX {
            self.sort_recent();
        }
    }

    /// Remembers many ids at once. Cost: O(n log n), a fraction of what as many inserts cost.
    pub fn insert_all(&mut self, ids: Vec<DedupKey>) {
        let mut ids: Vec<u128> = ids.into_iter().map(|DedupKey(id)| id).collect();
        ids.append(&mut self.recent_sorted());
        self.recent.clear();
        ids.sort_unstable();
        ids.dedup();
        for run in std::mem::take(&mut self.runs) {
            ids = run::merge(run.ids(), &ids);
        }
        if !ids.is_empty() {
            self.runs.push(Arc::new(Run::new(ids)));
        }
    }

    /// Whether the id was inserted.
    pub fn contains(&self, DedupKey(id): DedupKey) -> bool {
        self.recent.contains(&id) || self.in_runs(id)
    }

    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.recent.len() + self.runs.iter().map(|run| run.ids().len()).sum::<usize>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The stored form: the same set gives the same bytes, 16 an id and 9 more.
    pub fn encode(&self) -> Vec<u8> {
        let mut sorted = self.recent_sorted();
        for run in self.runs.iter().rev() {
            sorted = run::merge(run.ids(), &sorted);
        }
        let mut bytes = Vec::with_capacity(9 + sorted.len() * 16);
        bytes.push(WIRE_VERSION);
        bytes.extend_from_slice(&(sorted.len() as u64).to_le_bytes());
        for id in sorted {
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`Dedup::encode`] wrote.
    ///
    /// # Errors
    /// `Corrupt` for anything else, `NewerFormat`.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let damaged = |what: &str| Error::new(ErrorKind::Corrupt, format!("message ids: {what}"));
        let mut reader = Reader(bytes);
        match reader.u8() {
            Some(WIRE_VERSION) => {}
            Some(version) => {
                let message =
                    format!("message ids have format {version}; this program reads {WIRE_VERSION}");
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
            None => return Err(damaged("nothing is there")),
        }
        let count = reader
            .u64()
            .ok_or_else(|| damaged("the count is cut short"))?;
        let (chunks, rest) = reader.0.as_chunks::<16>();
        if chunks.len() as u64 != count || !rest.is_empty() {
            return Err(damaged("their number is not the one stated"));
        }
        let ids: Vec<u128> = chunks
            .iter()
            .map(|chunk| u128::from_le_bytes(*chunk))
            .collect();
        if !ids.is_sorted_by(|a, b| a < b) {
            return Err(damaged("they are not in ascending order"));
        }
        let runs = if ids.is_empty() {
            Vec::new()
        } else {
            vec![Arc::new(Run::new(ids))]
        };
        Ok(Self {
            runs,
            recent: HashSet::default(),
        })
    }

    /// Bytes in memory; cheap.
    pub fn memory_bytes(&self) -> usize {
        let runs: usize = self.runs.iter().map(|run| run.memory_bytes()).sum();
        runs + self.recent.capacity() * (size_of::<u128>() + 1)
    }

    fn in_runs(&self, id: u128) -> bool {
        self.runs.iter().any(|run| run.contains(id))
    }

    fn recent_sorted(&self) -> Vec<u128> {
        let mut sorted: Vec<u128> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        sorted
    }

    fn sort_recent(&mut self) {
        let mut newest = self.recent_sorted();
        self.recent.clear();
        if newest.is_empty() {
            return;
        }
        while let Some(run) = self
            .runs
            .pop_if(|run| run.ids().len() < RATIO * newest.len())
        {
            newest = run::merge(run.ids(), &newest);
        }
        self.runs.push(Arc::new(Run::new(newest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spread(number: u64) -> DedupKey {
        let high = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        DedupKey(high << 64 | u128::from(number))
    }

    #[test]
    fn nothing_is_forgotten_over_many_runs() {
        let mut known = Dedup::new();
        let count = RECENT_MAX as u64 * 7 + 17;
        for number in 0..count {
            assert!(known.insert(spread(number)), "{number} is new");
        }
        assert_eq!(known.len() as u64, count);
        assert!(
            known.runs.len() <= 3,
            "runs are merged: {}",
            known.runs.len()
        );
        for number in 0..count {
            assert!(!known.insert(spread(number)), "{number} is known");
            assert!(
                !known.contains(spread(number + count)),
                "{number} beyond is not"
            );
        }
        let decoded = Dedup::decode(&known.encode()).unwrap();
        assert_eq!(decoded.encode(), known.encode());
        assert!((0..count).all(|number| decoded.contains(spread(number))));
        assert!(
            decoded.memory_bytes() as u64 <= count * 17,
            "16 bytes an id and a little"
        );
    }

    proptest! {
        /// A set in which everything may collide behaves as the standard one.
        #[test]
        fn agrees_with_a_plain_set(ids in prop::collection::vec(0u128..400, 0..600), shift in 0u32..120, cut in 1usize..50) {
            let mut known = Dedup::new();
            let mut plain = std::collections::BTreeSet::new();
            for (turn, id) in ids.iter().enumerate() {
                let id = id << shift;
                prop_assert_eq!(known.insert(DedupKey(id)), plain.insert(id));
                if turn % cut == 0 {
                    known.sort_recent();
                }
            }
            for id in 0..400 {
                prop_assert_eq!(known.contains(DedupKey(id << shift)), plain.contains(&(id << shift)));
            }
            let (early, late) = ids.split_at(ids.len() / 2);
            let mut at_once = Dedup::new();
            for ids in [early, late, early] {
                at_once.insert_all(ids.iter().map(|id| DedupKey(id << shift)).collect());
            }
            prop_assert_eq!(at_once.encode(), known.encode());
            let bytes = known.encode();
            prop_assert_eq!(bytes.len(), 9 + 16 * plain.len());
            let decoded = Dedup::decode(&bytes).unwrap();
            prop_assert_eq!(decoded.len(), plain.len());
            prop_assert!(plain.iter().all(|id| decoded.contains(DedupKey(*id))));
        }

        #[test]
        fn damaged_bytes_are_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..200), versioned: bool) {
            if let (true, Some(first)) = (versioned, bytes.first_mut()) {
                *first = WIRE_VERSION;
            }
            if let Ok(known) = Dedup::decode(&bytes) {
                prop_assert_eq!(known.encode(), bytes);
            }
        }
    }
}

//! The observations of anchors that have many, sorted, so that an answer stays cheap.
//!
//! A chain of ten thousand observations would be walked for every question; here a question looks at
//! one place for each source. Invariant: it holds exactly the observations that are not empty of the
//! anchors with at least [`ROWS_MIN`] rows.

use imbl::OrdSet;
use onefold_event::{AnchorId, Timestamp};
use smallvec::SmallVec;

use crate::row::Row;

/// From this many rows on an anchor is sorted.
pub(crate) const ROWS_MIN: u64 = 64;

/// The observations of anchors that have many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted(OrdSet<Key>);

/// Sorted by anchor, trait and source, then by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    anchor: AnchorId,
    name: u32,
    source: u32,
    time: Timestamp,
    address: u64,
}

/// Which end of time can win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Newest,
    Oldest,
}

impl Sorted {
    pub(crate) fn insert(&mut self, anchor: AnchorId, address: u64, row: &Row<'_>) {
        if row.value.is_empty() {
            return;
        }
        self.0.insert(Key {
            anchor,
            name: row.name,
            source: row.source,
            time: row.time,
            address,
        });
    }

    /// The addresses of the observations that can win: of each source those at the newest (or oldest)
    /// time up to `as_of`. O(sources × log n).
    pub(crate) fn candidates(
        &self,
        anchor: AnchorId,
        name: u32,
        as_of: Timestamp,
        end: End,
    ) -> SmallVec<[u64; 8]> {
        let key = |source, time, address| Key {
            anchor,
            name,
            source,
            time,
            address,
        };
        let mut candidates = SmallVec::new();
        let mut next = Some(0);
        while let Some(from) = next {
            let first = self.0.range(key(from, Timestamp::MIN, 0)..).next();
            let first = first.filter(|found| found.anchor == anchor && found.name == name);
            let Some(&Key { source, .. }) = first else {
                break;
            };
            let mut seen =
                (self.0).range(key(source, Timestamp::MIN, 0)..=key(source, as_of, u64::MAX));
            let extreme = match end {
                End::Newest => seen.next_back(),
                End::Oldest => seen.next(),
            };
            if let Some(&Key { time, .. }) = extreme {
                let tied = self
                    .0
                    .range(key(source, time, 0)..=key(source, time, u64::MAX));
                candidates.extend(tied.map(|key| key.address));
            }
            next = source.checked_add(1);
        }
        candidates
    }

    /// The first time of an observation of this trait that is after another. O(sources × log n).
    pub(crate) fn next_after(
        &self,
        anchor: AnchorId,
        name: u32,
        after: Timestamp,
    ) -> Option<Timestamp> {
        let key = |source, time| Key {
            anchor,
            name,
            source,
            time,
            address: 0,
        };
        let is_of = |found: &&Key| found.anchor == anchor && found.name == name;
        let (mut least, mut next) = (None, Some(0));
        while let Some(from) = next {
            let first = self.0.range(key(from, Timestamp::MIN)..).next();
            let Some(&Key { source, .. }) = first.filter(is_of) else {
                break;
            };
            let later = self.0.range(key(source, after.plus_micros(1))..).next();
            let later = later.filter(|found| is_of(found) && found.source == source);
            let later = later.map(|found| found.time).filter(|found| *found > after);
            least = least.into_iter().chain(later).min();
            next = source.checked_add(1);
        }
        least
    }

    /// The memory it holds, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.len() * size_of::<Key>() * 3 / 2
    }
}

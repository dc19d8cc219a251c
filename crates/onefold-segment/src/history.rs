//! What is kept of the past of one identifier for one feature: the matching occurrences in order.
//!
//! Invariant: entries are sorted by (time, position). Up to [`FLAT_MAX`] they lie in one run, beyond
//! that in shared chunks that know the summary of their values.

use std::{ops::Range, sync::Arc};

use crate::summary::{Stored, Summary};

const FLAT_MAX: usize = 256;
/// A chunk that has grown to so many entries is cut in two.
const CHUNK_MAX: usize = 512;

/// When something happened and where it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Microseconds since 1970.
    pub(crate) time: i64,
    pub(crate) position: u64,
}

/// Entries in order. `values` is empty for a feature without a value.
#[derive(Debug, Clone, Default, PartialEq)]
struct Run {
    keys: Vec<Key>,
    values: Vec<Stored>,
}

#[derive(Debug, Clone, PartialEq)]
struct Chunk {
    run: Run,
    summary: Summary,
}

#[derive(Debug, Clone, PartialEq)]
enum Layout {
    Flat(Run),
    /// Each chunk with the number of entries before it.
    Chunked(Vec<(usize, Arc<Chunk>)>),
}

/// The matching occurrences of one identifier for one feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct History {
    layout: Layout,
}

impl Default for History {
    fn default() -> Self {
        Self {
            layout: Layout::Flat(Run::default()),
        }
    }
}

impl Run {
    fn insert(&mut self, key: Key, value: Option<Stored>) {
        let at = match self.keys.last() {
            Some(last) if *last > key => self.keys.partition_point(|known| *known <= key),
            _ => self.keys.len(),
        };
        self.keys.insert(at, key);
        if let Some(value) = value {
            self.values.insert(at.min(self.values.len()), value);
        }
    }

    fn split(&mut self) -> Self {
        let half = self.keys.len() / 2;
        Self {
            keys: self.keys.split_off(half),
            values: self.values.split_off(half.min(self.values.len())),
        }
    }

    fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        self.values.iter().for_each(|value| summary.add(value));
        summary
    }
}

impl History {
    /// Adds an occurrence; one that comes late is put in its place.
    ///
    /// Cost: O(1) at the end; moves at most 512 entries elsewhere, and O(n / 256) for the chunks
    /// behind it.
    pub(crate) fn insert(&mut self, key: Key, value: Option<Stored>) {
        match &mut self.layout {
            Layout::Flat(run) => {
                run.insert(key, value);
                if run.keys.len() > FLAT_MAX {
                    let run = std::mem::take(run);
                    let summary = run.summary();
                    self.layout = Layout::Chunked(vec![(0, Arc::new(Chunk { run, summary }))]);
                }
            }
            Layout::Chunked(chunks) => insert_chunked(chunks, key, value),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.layout {
            Layout::Flat(run) => run.keys.len(),
            Layout::Chunked(chunks) => chunks
                .last()
                .map_or(0, |(start, chunk)| start + chunk.run.keys.len()),
        }
    }

    /// How many entries are before this time. Cost: O(log n).
    pub(crate) fn rank(&self, time: i64) -> usize {
        match &self.layout {
            Layout::Flat(run) => run.keys.partition_point(|key| key.time < time),
            Layout::Chunked(chunks) => {
                let is_before =
                    |chunk: &Chunk| chunk.run.keys.first().is_some_and(|key| key.time < time);
                let at = chunks.partition_point(|(_, chunk)| is_before(chunk));
                let Some((start, chunk)) = at.checked_sub(1).and_then(|at| chunks.get(at)) else {
                    return 0;
                };
                start + chunk.run.keys.partition_point(|key| key.time < time)
            }
        }
    }

    /// The entry with this number. Cost: O(log n).
    pub(crate) fn get(&self, index: usize) -> Option<(Key, Option<&Stored>)> {
        let (run, index) = match &self.layout {
            Layout::Flat(run) => (run, index),
            Layout::Chunked(chunks) => {
                let at = chunks.partition_point(|(start, _)| *start <= index);
                let (start, chunk) = at.checked_sub(1).and_then(|at| chunks.get(at))?;
                (&chunk.run, index - start)
            }
        };
        Some((*run.keys.get(index)?, run.values.get(index)))
    }

    /// Adds the values in this range to a summary. Cost: O(n / 256) for whole chunks and at most
    /// 1,024 entries at the ends.
    pub(crate) fn summarise(&self, range: Range<usize>, summary: &mut Summary) {
        for (whole, run, part) in self.parts(range) {
            match whole {
                Some(whole) => summary.merge(whole),
                None => {
                    let values = run.values.get(part).unwrap_or_default();
                    values.iter().for_each(|value| summary.add(value));
                }
            }
        }
    }

    /// The entries in this range, in order.
    pub(crate) fn entries(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (Key, Option<&Stored>)> {
        self.parts(range).flat_map(|(_, run, part)| {
            let keys = run.keys.get(part.clone()).unwrap_or_default().iter();
            keys.zip(part)
                .map(|(key, index)| (*key, run.values.get(index)))
        })
    }

    /// The runs that a range touches, the part of each, and its summary where it is touched whole.
    fn parts(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (Option<&Summary>, &Run, Range<usize>)> {
        let (flat, chunks) = match &self.layout {
            Layout::Flat(run) => (Some((None, run, range.clone())), [].as_slice()),
            Layout::Chunked(chunks) => (None, chunks.as_slice()),
        };
        let first =
            chunks.partition_point(|(start, chunk)| start + chunk.run.keys.len() <= range.start);
        let touched = chunks.get(first..).unwrap_or_default().iter();
        let end = range.end;
        let chunked =
            touched
                .take_while(move |(start, _)| *start < end)
                .map(move |(start, chunk)| {
                    let count = chunk.run.keys.len();
                    let part = range.start.saturating_sub(*start)..(range.end - start).min(count);
                    let is_whole = part == (0..count);
                    (is_whole.then_some(&chunk.summary), &chunk.run, part)
                });
        flat.into_iter().chain(chunked)
    }

    /// An estimate of the memory it holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        let run_bytes = |run: &Run| {
            run.keys.capacity() * size_of::<Key>() + run.values.capacity() * size_of::<Stored>()
        };
        size_of::<Self>()
            + match &self.layout {
                Layout::Flat(run) => run_bytes(run),
                Layout::Chunked(chunks) => {
                    let of_chunk = |(_, chunk): &(usize, Arc<Chunk>)| {
                        size_of::<Chunk>() + 32 + run_bytes(&chunk.run)
                    };
                    chunks.iter().map(of_chunk).sum()
                }
            }
    }
}

fn insert_chunked(chunks: &mut Vec<(usize, Arc<Chunk>)>, key: Key, value: Option<Stored>) {
    let is_before = |chunk: &Chunk| chunk.run.keys.first().is_some_and(|first| *first <= key);
    let at = chunks
        .partition_point(|(_, chunk)| is_before(chunk))
        .saturating_sub(1);
    let Some((start, shared)) = chunks.get_mut(at) else {
        return;
    };
    let start = *start;
    let chunk = Arc::make_mut(shared);
    if let Some(value) = &value {
        chunk.summary.add(value);
    }
    chunk.run.insert(key, value);
    for (behind, _) in chunks.iter_mut().skip(at + 1) {
        *behind += 1;
    }
    let Some((_, shared)) = chunks.get_mut(at) else {
        return;
    };
    if shared.run.keys.len() >= CHUNK_MAX {
        let chunk = Arc::make_mut(shared);
        let run = chunk.run.split();
        chunk.summary = chunk.run.summary();
        let split = start + chunk.run.keys.len();
        let summary = run.summary();
        chunks.insert(at + 1, (split, Arc::new(Chunk { run, summary })));
    }
}

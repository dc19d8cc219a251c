//! A long history: the matching occurrences of one identifier for one feature, in order.
//!
//! Invariant: entries are sorted by (time, position), in shared chunks that know the summary of their
//! values.

use std::{ops::Range, sync::Arc};

use crate::summary::{ChunkSummary, Stored, Summary};

/// How many entries a chunk is filled with.
const CHUNK_FILL: usize = 256;
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
#[derive(Debug, Clone, Default)]
struct Run {
    keys: Vec<Key>,
    values: Vec<Stored>,
}

#[derive(Debug, Clone)]
struct Chunk {
    run: Run,
    summary: ChunkSummary,
}

/// A history that is too long for its page. Never empty.
#[derive(Debug, Clone)]
pub(crate) struct History {
    /// Each chunk with the number of entries before it.
    chunks: Vec<(usize, Arc<Chunk>)>,
}

/// A history to be read, wherever it lies.
#[derive(Clone, Copy)]
pub(crate) enum Slice<'a> {
    /// In the columns of a page; `values` is empty for a feature without a value.
    Short {
        keys: &'a [Key],
        values: &'a [Stored],
    },
    Long(&'a History),
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

    /// Cuts off what is behind this place.
    fn split_off(&mut self, at: usize) -> Self {
        Self {
            keys: self.keys.split_off(at),
            values: self.values.split_off(at.min(self.values.len())),
        }
    }

    fn into_chunk(self) -> Arc<Chunk> {
        let mut summary = ChunkSummary::default();
        self.values.iter().for_each(|value| summary.add(value));
        Arc::new(Chunk { run: self, summary })
    }
}

impl Chunk {
    fn len(&self) -> usize {
        self.run.keys.len()
    }

    fn first(&self) -> Option<&Key> {
        self.run.keys.first()
    }
}

impl History {
    /// The history with these entries, sorted, and with these values, one for each or none at all.
    pub(crate) fn from_sorted(keys: Vec<Key>, values: Vec<Stored>) -> Self {
        let mut rest = Run { keys, values };
        let mut chunks = Vec::new();
        let mut start = 0;
        while !rest.keys.is_empty() {
            let cut = rest.keys.len().min(CHUNK_FILL);
            let behind = rest.split_off(cut);
            chunks.push((start, std::mem::replace(&mut rest, behind).into_chunk()));
            start += cut;
        }
        Self { chunks }
    }

    /// Adds an occurrence; one that comes late is put in its place.
    ///
    /// Cost: O(1) at the end; elsewhere it moves at most 512 entries and counts on the chunks behind.
    pub(crate) fn insert(&mut self, key: Key, value: Option<Stored>) {
        let is_before = |chunk: &Chunk| chunk.first().is_some_and(|first| *first <= key);
        let behind = self.chunks.partition_point(|(_, chunk)| is_before(chunk));
        let at = behind.saturating_sub(1);
        let Some((start, shared)) = self.chunks.get_mut(at) else {
            return;
        };
        let chunk = Arc::make_mut(shared);
        if let Some(value) = &value {
            chunk.summary.add(value);
        }
        chunk.run.insert(key, value);
        let mut split = None;
        if chunk.len() >= CHUNK_MAX {
            let mut first = std::mem::take(&mut chunk.run);
            let second = first.split_off(CHUNK_MAX / 2);
            *shared = first.into_chunk();
            split = Some((*start + CHUNK_MAX / 2, second.into_chunk()));
        }
        for (start, _) in self.chunks.iter_mut().skip(at + 1) {
            *start += 1;
        }
        if let Some(chunk) = split {
            self.chunks.insert(at + 1, chunk);
        }
    }

    fn len(&self) -> usize {
        self.chunks
            .last()
            .map_or(0, |(start, chunk)| start + chunk.len())
    }

    fn rank(&self, time: i64) -> usize {
        let is_before = |chunk: &Chunk| chunk.first().is_some_and(|key| key.time < time);
        let at = self.chunks.partition_point(|(_, chunk)| is_before(chunk));
        let Some((start, chunk)) = at.checked_sub(1).and_then(|at| self.chunks.get(at)) else {
            return 0;
        };
        start + rank(&chunk.run.keys, time)
    }

    fn get(&self, index: usize) -> Option<(Key, Option<&Stored>)> {
        let at = self.chunks.partition_point(|(start, _)| *start <= index);
        let (start, chunk) = at.checked_sub(1).and_then(|at| self.chunks.get(at))?;
        entry(&chunk.run.keys, &chunk.run.values, index - start)
    }
}

fn rank(keys: &[Key], time: i64) -> usize {
    match keys.last() {
        // Mostly it is asked about now, and everything is in the past.
        Some(last) if last.time < time => keys.len(),
        _ => keys.partition_point(|key| key.time < time),
    }
}

fn entry<'a>(
    keys: &[Key],
    values: &'a [Stored],
    index: usize,
) -> Option<(Key, Option<&'a Stored>)> {
    Some((*keys.get(index)?, values.get(index)))
}

/// Neighbouring entries, and the summary of a chunk that is among them as a whole.
struct Part<'a> {
    whole: Option<&'a ChunkSummary>,
    keys: &'a [Key],
    values: &'a [Stored],
}

impl<'a> Slice<'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Short { keys, .. } => keys.len(),
            Self::Long(history) => history.len(),
        }
    }

    /// How many entries are before this time. Cost: O(log n).
    pub(crate) fn rank(self, time: i64) -> usize {
        match self {
            Self::Short { keys, .. } => rank(keys, time),
            Self::Long(history) => history.rank(time),
        }
    }

    /// The entry with this number. Cost: O(log n).
    pub(crate) fn get(self, index: usize) -> Option<(Key, Option<&'a Stored>)> {
        match self {
            Self::Short { keys, values } => entry(keys, values, index),
            Self::Long(history) => history.get(index),
        }
    }

    /// Adds the values in this range to a summary. Cost: O(n / 256) for whole chunks and at most
    /// 1,024 entries at the ends.
    pub(crate) fn summarise(self, range: Range<usize>, summary: &mut impl Summary) {
        for part in self.parts(range) {
            match part.whole {
                Some(whole) => summary.merge(whole),
                None => part.values.iter().for_each(|value| summary.add(value)),
            }
        }
    }

    /// The entries in this range, in order.
    pub(crate) fn entries(
        self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (Key, Option<&'a Stored>)> {
        self.parts(range).flat_map(|part| {
            let keys = part.keys.iter().enumerate();
            keys.map(move |(at, key)| (*key, part.values.get(at)))
        })
    }

    fn parts(self, range: Range<usize>) -> impl Iterator<Item = Part<'a>> {
        let (short, chunks) = match self {
            Self::Short { keys, values } => {
                (Some(part(keys, values, range.clone())), [].as_slice())
            }
            Self::Long(history) => (None, history.chunks.as_slice()),
        };
        let first = chunks.partition_point(|(start, chunk)| start + chunk.len() <= range.start);
        let touched = chunks.get(first..).unwrap_or_default().iter();
        let touched = touched.take_while(move |(start, _)| *start < range.end);
        let long = touched.map(move |(start, chunk)| {
            let count = chunk.len();
            let within = range.start.saturating_sub(*start)..(range.end - start).min(count);
            let whole = (within == (0..count)).then_some(&chunk.summary);
            let part = part(&chunk.run.keys, &chunk.run.values, within);
            Part { whole, ..part }
        });
        short.into_iter().chain(long)
    }
}

fn part<'a>(keys: &'a [Key], values: &'a [Stored], range: Range<usize>) -> Part<'a> {
    Part {
        whole: None,
        keys: keys.get(range.clone()).unwrap_or_default(),
        values: values.get(range).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use onefold_event::{Decimal, Value};
    use proptest::prelude::*;

    use super::*;
    use crate::summary::{Extremes, Totals};

    /// Sums and extremes of a range, the obvious way.
    fn naive(entries: &[(Key, Stored)]) -> (Totals, Extremes) {
        let (mut totals, mut extremes) = (Totals::default(), Extremes::default());
        for (_, value) in entries {
            totals.add(value);
            extremes.add(value);
        }
        (totals, extremes)
    }

    proptest! {
        #[test]
        fn long_histories_answer_as_a_sorted_list(
            first in prop::collection::vec((0..50_i64, -5..50_i64), 65..700),
            late in prop::collection::vec((0..50_i64, -5..50_i64), 0..900),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 3),
        ) {
            let count = first.len();
            let entry = |(position, (time, number)): (u64, (i64, i64))| {
                (Key { time, position }, Ok(Value::Number(Decimal::new(number, 1))))
            };
            let mut sorted: Vec<(Key, Stored)> = (0..).zip(first).map(entry).collect();
            sorted.sort_by_key(|(key, _)| *key);
            let (keys, values) = sorted.iter().cloned().unzip();
            let mut history = History::from_sorted(keys, values);
            for (key, value) in (count as u64..).zip(late).map(entry) {
                history.insert(key, Some(value.clone()));
                let at = sorted.partition_point(|(known, _)| *known <= key);
                sorted.insert(at, (key, value));
            }
            let slice = Slice::Long(&history);
            prop_assert_eq!(slice.len(), sorted.len());
            for time in -1..52 {
                let before = sorted.iter().filter(|(key, _)| key.time < time).count();
                prop_assert_eq!(slice.rank(time), before);
            }
            for (a, b) in cuts {
                let (a, b) = (a.index(sorted.len()), b.index(sorted.len()));
                let range = if a == b { 0..sorted.len() } else { a.min(b)..a.max(b) };
                let part = &sorted[range.clone()];
                let entries: Vec<_> = slice.entries(range.clone()).map(|(key, v)| (key, v.unwrap().clone())).collect();
                prop_assert_eq!(&entries, part);
                let (mut totals, mut extremes) = (Totals::default(), Extremes::default());
                slice.summarise(range, &mut totals);
                slice.summarise(a.min(b)..a.min(b), &mut extremes);
                prop_assert_eq!(&extremes.least, &None);
                let (expected, _) = naive(part);
                prop_assert_eq!((totals.count, totals.sum), (expected.count, expected.sum));
            }
            let mut extremes = Extremes::default();
            slice.summarise(0..sorted.len(), &mut extremes);
            let (_, expected) = naive(&sorted);
            prop_assert_eq!((extremes.least, extremes.greatest), (expected.least, expected.greatest));
            let at = sorted.len() / 2;
            prop_assert_eq!(slice.get(at).map(|(key, _)| key), sorted.get(at).map(|(key, _)| *key));
        }
    }
}

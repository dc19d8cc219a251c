//! What is kept of the past of each identifier: pages of neighbours.
//!
//! Invariant: a page holds short histories in flat columns, sorted by slot and feature, so that
//! sharing it with a snapshot costs a few copies of plain memory; a long history stands by itself.

use std::{ops::Range, sync::Arc};

use imbl::Vector;
use onefold_event::{AnchorId, Value};
use smallvec::SmallVec;

use crate::{
    history::{History, Key, Slice},
    summary::Stored,
};

/// How many entries a page should hold at most, about: an insertion moves those behind it.
const PAGE_ENTRIES: usize = 1_024;
/// The most identifiers that share a page.
const SLOTS_MAX: usize = 16;

/// The histories of all identifiers.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pages: Vector<Arc<Page>>,
    shape: Shape,
    /// One more than the highest identifier seen.
    anchors: usize,
    memory_bytes: usize,
}

/// How the pages are cut: the more features there are, the less share a page.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// How many identifiers share a page.
    slots: usize,
    /// A history longer than this leaves its page.
    short_max: usize,
}

#[derive(Debug, Clone, Default)]
struct Page {
    runs: Vec<Run>,
    keys: Vec<Key>,
    values: Vec<Stored>,
    /// By slot and feature.
    long: Vec<((u8, u32), Arc<History>)>,
}

/// Where a short history ends in the columns; it begins where the one before it ends.
#[derive(Debug, Clone, Copy)]
struct Run {
    slot: u8,
    feature: u32,
    keys_end: u32,
    values_end: u32,
}

/// What is kept of one identifier or person, wherever it lies.
#[derive(Clone, Copy)]
pub(crate) enum Kept<'a> {
    Paged(Paged<'a>),
    /// By feature, sorted.
    Listed(&'a [Listed]),
}

/// The occurrences of one feature in a list of their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Listed {
    pub(crate) feature: u32,
    /// Sorted.
    pub(crate) keys: Vec<Key>,
    /// One for each, or none for a feature without a value.
    pub(crate) values: Vec<Stored>,
}

/// What a page keeps of one identifier.
#[derive(Clone, Copy)]
pub(crate) struct Paged<'a> {
    page: &'a Page,
    slot: u8,
    /// Its short histories, and the number of the first of them in the page.
    runs: &'a [Run],
    first: usize,
}

impl Columns {
    /// Nothing kept yet, for a plan with so many features.
    pub(crate) fn new(features: usize) -> Self {
        let features = features.max(1);
        let short_max = (PAGE_ENTRIES / features).clamp(8, 64);
        let slots = (PAGE_ENTRIES / (features * short_max)).clamp(1, SLOTS_MAX);
        Self {
            pages: Vector::new(),
            shape: Shape { slots, short_max },
            anchors: 0,
            memory_bytes: 0,
        }
    }

    pub(crate) fn anchors(&self) -> usize {
        self.anchors
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes + self.pages.len() * (size_of::<Page>() + 24)
    }

    pub(crate) fn kept(&self, anchor: AnchorId) -> Option<Kept<'_>> {
        let (page, slot) = self.shape.place(anchor);
        let page: &Page = self.pages.get(page)?;
        let first = page.runs.partition_point(|run| run.slot < slot);
        let runs = page.runs.get(first..)?;
        let count = runs.partition_point(|run| run.slot == slot);
        Some(Kept::Paged(Paged {
            page,
            slot,
            first,
            runs: runs.get(..count)?,
        }))
    }

    pub(crate) fn insert(
        &mut self,
        anchor: AnchorId,
        feature: u32,
        key: Key,
        value: Option<Stored>,
    ) {
        self.memory_bytes += entry_bytes(value.as_ref());
        let (page, slot) = self.shape.place(anchor);
        self.grow(anchor.index() + 1);
        if let Some(page) = self.pages.get_mut(page) {
            let is_new =
                Arc::make_mut(page).insert(slot, feature, key, value, self.shape.short_max);
            self.memory_bytes += if is_new { size_of::<Run>() } else { 0 };
        }
    }

    /// Makes room for so many identifiers.
    pub(crate) fn grow(&mut self, anchors: usize) {
        self.anchors = self.anchors.max(anchors);
        while self.pages.len() * self.shape.slots < anchors {
            self.pages.push_back(Arc::default());
        }
    }

    /// Adds a whole history at the end; `false` if it does not stand behind all that are there.
    pub(crate) fn push(
        &mut self,
        anchor: AnchorId,
        feature: u32,
        keys: Vec<Key>,
        values: Vec<Stored>,
    ) -> bool {
        let bytes = |value: Option<&Stored>| entry_bytes(value);
        let entries = (0..keys.len()).map(|at| bytes(values.get(at)));
        self.memory_bytes += entries.sum::<usize>() + size_of::<Run>();
        let (page, slot) = self.shape.place(anchor);
        self.grow(anchor.index() + 1);
        let page = self.pages.get_mut(page).map(Arc::make_mut);
        let short_max = self.shape.short_max;
        page.is_some_and(|page| page.push(slot, feature, keys, values, short_max))
    }
}

impl Shape {
    /// The page of an identifier and its slot there.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a page has at most 16 slots"
    )]
    fn place(self, anchor: AnchorId) -> (usize, u8) {
        (
            anchor.index() / self.slots,
            (anchor.index() % self.slots) as u8,
        )
    }
}

impl Page {
    fn find(&self, slot: u8, feature: u32) -> Result<usize, usize> {
        self.runs
            .binary_search_by_key(&(slot, feature), |run| (run.slot, run.feature))
    }

    fn find_long(&self, slot: u8, feature: u32) -> Result<usize, usize> {
        self.long
            .binary_search_by_key(&(slot, feature), |(place, _)| *place)
    }

    /// Where the short history with this number lies in `keys` and in `values`.
    fn ranges(&self, number: usize) -> (Range<usize>, Range<usize>) {
        let ends = |number: usize| {
            let run = self.runs.get(number);
            run.map_or((0, 0), |run| {
                (run.keys_end as usize, run.values_end as usize)
            })
        };
        let (keys_end, values_end) = ends(number);
        let (keys_start, values_start) = number.checked_sub(1).map_or((0, 0), ends);
        (keys_start..keys_end, values_start..values_end)
    }

    fn short(&self, number: usize) -> Slice<'_> {
        let (keys, values) = self.ranges(number);
        Slice::Short {
            keys: self.keys.get(keys).unwrap_or_default(),
            values: self.values.get(values).unwrap_or_default(),
        }
    }

    /// Adds an occurrence; whether it is the first of its history.
    fn insert(
        &mut self,
        slot: u8,
        feature: u32,
        key: Key,
        value: Option<Stored>,
        short_max: usize,
    ) -> bool {
        if let Ok(at) = self.find_long(slot, feature) {
            if let Some((_, history)) = self.long.get_mut(at) {
                Arc::make_mut(history).insert(key, value);
            }
            return false;
        }
        let found = self.find(slot, feature);
        let number = found.unwrap_or_else(|number| {
            let (keys, values) = number
                .checked_sub(1)
                .map_or((0..0, 0..0), |n| self.ranges(n));
            let run = Run {
                slot,
                feature,
                keys_end: end(keys.end),
                values_end: end(values.end),
            };
            self.runs.insert(number, run);
            number
        });
        let (keys, values) = self.ranges(number);
        let known = self.keys.get(keys.clone()).unwrap_or_default();
        let within = match known.last() {
            Some(last) if *last > key => known.partition_point(|known| *known <= key),
            _ => known.len(),
        };
        let has_value = value.is_some();
        // Grows by little: pages are many, and most of them stay small.
        self.keys
            .reserve_exact(if self.keys.len() == self.keys.capacity() {
                4
            } else {
                0
            });
        self.keys.insert(keys.start + within, key);
        if let Some(value) = value {
            let full = self.values.len() == self.values.capacity();
            self.values.reserve_exact(if full { 4 } else { 0 });
            self.values
                .insert((values.start + within).min(self.values.len()), value);
        }
        for run in self.runs.iter_mut().skip(number) {
            run.keys_end += 1;
            run.values_end += u32::from(has_value);
        }
        if keys.len() >= short_max {
            self.move_out(number);
        }
        found.is_err()
    }

    /// Makes a short history that has grown a long one.
    fn move_out(&mut self, number: usize) {
        let (keys, values) = self.ranges(number);
        let (key_count, value_count) = (end(keys.len()), end(values.len()));
        let history = History::from_sorted(
            self.keys.drain(keys).collect(),
            self.values.drain(values).collect(),
        );
        let run = self.runs.remove(number);
        for behind in self.runs.iter_mut().skip(number) {
            behind.keys_end -= key_count;
            behind.values_end -= value_count;
        }
        let place = (run.slot, run.feature);
        let at = self
            .find_long(run.slot, run.feature)
            .unwrap_or_else(|at| at);
        self.long.insert(at, (place, Arc::new(history)));
    }

    fn push(
        &mut self,
        slot: u8,
        feature: u32,
        keys: Vec<Key>,
        values: Vec<Stored>,
        short_max: usize,
    ) -> bool {
        let place = (slot, feature);
        let last_short = self.runs.last().map(|run| (run.slot, run.feature));
        let last_long = self.long.last().map(|(place, _)| *place);
        if last_short.max(last_long).is_some_and(|last| last >= place) {
            return false;
        }
        if keys.len() > short_max {
            self.long
                .push((place, Arc::new(History::from_sorted(keys, values))));
            return true;
        }
        self.keys.extend(keys);
        self.values.extend(values);
        self.runs.push(Run {
            slot,
            feature,
            keys_end: end(self.keys.len()),
            values_end: end(self.values.len()),
        });
        true
    }
}

/// An end in the columns of a page: far below 2^32, as a page holds short histories only.
fn end(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'a> Kept<'a> {
    pub(crate) fn history(self, feature: u32) -> Option<Slice<'a>> {
        match self {
            Self::Paged(paged) => paged.history(feature),
            Self::Listed(lists) => {
                let at = lists.binary_search_by_key(&feature, |list| list.feature);
                lists.get(at.ok()?).map(Listed::slice)
            }
        }
    }

    /// All histories, by feature.
    pub(crate) fn histories(self) -> SmallVec<[(u32, Slice<'a>); 8]> {
        match self {
            Self::Paged(paged) => paged.histories(),
            Self::Listed(lists) => lists
                .iter()
                .map(|list| (list.feature, list.slice()))
                .collect(),
        }
    }
}

impl Listed {
    fn slice(&self) -> Slice<'_> {
        Slice::Short {
            keys: &self.keys,
            values: &self.values,
        }
    }
}

impl<'a> Paged<'a> {
    fn history(self, feature: u32) -> Option<Slice<'a>> {
        match self.runs.binary_search_by_key(&feature, |run| run.feature) {
            Ok(within) => Some(self.page.short(self.first + within)),
            Err(_) => {
                let at = self.page.find_long(self.slot, feature).ok()?;
                let (_, history) = self.page.long.get(at)?;
                Some(Slice::Long(history))
            }
        }
    }

    /// All histories, by feature.
    fn histories(self) -> SmallVec<[(u32, Slice<'a>); 8]> {
        let page = self.page;
        let short = (self.first..)
            .zip(self.runs)
            .map(|(number, run)| (run.feature, page.short(number)));
        let long = page.long.iter().filter(|((slot, _), _)| *slot == self.slot);
        let long = long.map(|((_, feature), history)| (*feature, Slice::Long(history)));
        let mut all: SmallVec<_> = short.chain(long).collect();
        all.sort_unstable_by_key(|(feature, _)| *feature);
        all
    }
}

fn entry_bytes(value: Option<&Stored>) -> usize {
    let value_bytes = match value {
        Some(Ok(Value::Text(text) | Value::Json(text))) => size_of::<Stored>() + text.len(),
        Some(_) => size_of::<Stored>(),
        None => 0,
    };
    size_of::<Key>() + value_bytes
}

//! Every sighting of every pair but its first, so that one record or one source can be taken back exactly.
//!
//! Invariant: the supports of all runs together are those that were flushed; a run is sorted by pair and never
//! changes, so a clone shares it.
//!
//! Runs are merged eight at a time by size, so that each support is rewritten a few times in its life and a
//! pair is looked up in a few dozen places. Memory is about 11 bytes a support (measured over sightings whose
//! times are whole milliseconds).

mod run;

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use onefold_event::{Position, Timestamp};

use crate::{evidence::Strength, tally::PairNumber};
pub(crate) use run::Run;
use run::{Cursor, RunWriter};

/// One sighting of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Support {
    pub(crate) pair: PairNumber,
    pub(crate) position: Position,
    pub(crate) time: Timestamp,
    /// From the lowest bit: the strength, the number of the source, and, in the highest, whether the pair's
    /// figures have it already.
    marks: u32,
}

const COUNTED: u32 = 1 << 31;

/// All supports that are no longer recent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    /// Larger ones first.
    runs: Arc<Vec<Arc<Run>>>,
}

/// Runs of one size that make one of the next.
const FAN_IN: usize = 8;
/// Runs with more supports are not merged any more: that would take too long at once.
const MERGED_MAX: usize = 1 << 21;

impl Support {
    pub(crate) fn new(
        pair: PairNumber,
        position: Position,
        time: Timestamp,
        (source, strength): (u32, Strength),
    ) -> Self {
        Self {
            pair,
            position,
            time,
            marks: ((source << 1) & !COUNTED) | strength as u32,
        }
    }

    pub(crate) fn source(&self) -> u32 {
        (self.marks & !COUNTED) >> 1
    }

    pub(crate) fn strength(&self) -> Strength {
        match self.marks & 1 {
            0 => Strength::Declared,
            _ => Strength::Observed,
        }
    }

    pub(crate) fn is_counted(&self) -> bool {
        self.marks & COUNTED != 0
    }

    pub(crate) fn as_counted(self) -> Self {
        let marks = self.marks | COUNTED;
        Self { marks, ..self }
    }
}

impl Runs {
    /// Of one run.
    pub(crate) fn of(run: Run) -> Self {
        let runs = (run.len() > 0).then(|| Arc::new(run));
        Self {
            runs: Arc::new(runs.into_iter().collect()),
        }
    }

    /// Adds supports in the order of their pairs.
    pub(crate) fn push(&mut self, sorted: &[Support]) {
        if sorted.is_empty() {
            return;
        }
        let mut writer = RunWriter::default();
        for group in sorted.chunk_by(|left, right| left.pair == right.pair) {
            writer.group(group);
        }
        let runs = Arc::make_mut(&mut self.runs);
        runs.push(Arc::new(writer.finish()));
        while let Some(first) = to_merge(runs) {
            let merged = merge(runs.get(first..).unwrap_or_default());
            runs.truncate(first);
            runs.push(Arc::new(merged));
        }
    }

    /// Appends the supports of a pair. Cost: O(log n) a run, of which there are a few dozen at most in the
    /// first hundred million supports.
    pub(crate) fn find(&self, pair: PairNumber, found: &mut Vec<Support>) {
        self.runs.iter().for_each(|run| run.find(pair, found));
    }

    /// Visits the supports of these positions, and others. Cost: O(supports of the runs that cover them).
    pub(crate) fn visit(&self, positions: (Position, Position), visit: &mut dyn FnMut(&Support)) {
        let mut group = Vec::new();
        for run in self.runs.iter().filter(|run| run.covers(positions)) {
            let mut cursor = Cursor::start(run);
            while cursor.next(&mut group) {
                group.drain(..).for_each(|support| visit(&support));
            }
        }
    }

    /// All of them, the sorted `recent` and `single`, one of a pair and in their order, as one run, which depends
    /// on nothing else.
    pub(crate) fn merged_with(
        &self,
        recent: &[Support],
        single: impl Iterator<Item = Support>,
    ) -> Run {
        let mut writer = RunWriter::default();
        for group in recent.chunk_by(|left, right| left.pair == right.pair) {
            writer.group(group);
        }
        let mut runs = self.runs.as_ref().clone();
        runs.push(Arc::new(writer.finish()));
        let mut writer = RunWriter::default();
        single.for_each(|support| writer.group(&[support]));
        runs.push(Arc::new(writer.finish()));
        merge(&runs)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.runs.iter().map(|run| run.memory_bytes()).sum()
    }
}

/// From which run on the last ones are to be one: a larger one must not follow a smaller one, and there are
/// fewer than [`FAN_IN`] of one size.
fn to_merge(runs: &[Arc<Run>]) -> Option<usize> {
    let (last, before) = runs.split_last()?;
    let size = size_class(last.len());
    let smaller = before
        .iter()
        .rev()
        .take_while(|run| size_class(run.len()) < size)
        .count();
    if smaller > 0 {
        return Some(before.len() - smaller);
    }
    let alike = before
        .iter()
        .rev()
        .take_while(|run| size_class(run.len()) == size)
        .count();
    (alike + 1 >= FAN_IN && last.len() * FAN_IN <= MERGED_MAX).then(|| before.len() - alike)
}

fn size_class(len: usize) -> u32 {
    len.max(1).ilog(FAN_IN)
}

fn merge(runs: &[Arc<Run>]) -> Run {
    let mut cursors: Vec<_> = runs
        .iter()
        .map(|run| (Cursor::start(run), Vec::new()))
        .collect();
    let mut waiting = BinaryHeap::new();
    for (number, (cursor, group)) in cursors.iter_mut().enumerate() {
        if cursor.next(group) {
            waiting.push(Reverse((cursor.pair(), number)));
        }
    }
    let mut writer = RunWriter::default();
    let mut gathered: Vec<Support> = Vec::new();
    while let Some(Reverse((pair, number))) = waiting.pop() {
        if let Some((cursor, group)) = cursors.get_mut(number) {
            gathered.append(group);
            if cursor.next(group) {
                waiting.push(Reverse((cursor.pair(), number)));
            }
        }
        if waiting
            .peek()
            .is_none_or(|Reverse((next, _))| *next != pair)
        {
            gathered.sort_unstable();
            writer.group(&gathered);
            gathered.clear();
        }
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_support() -> impl Strategy<Value = Support> {
        let time = prop_oneof![Just(1_000_i64), any::<i32>().prop_map(i64::from)];
        (0..40_u32, 0..1000_u64, time, 0..5_u32, any::<bool>()).prop_map(
            |(pair, position, time, source, declared)| {
                let strength = match declared {
                    true => Strength::Declared,
                    false => Strength::Observed,
                };
                let time = Timestamp::from_micros(time * 500);
                Support::new(pair, Position(position), time, (source, strength)).as_counted()
            },
        )
    }

    proptest! {
        /// Against a plain list; small batches make many runs.
        #[test]
        fn what_was_pushed_is_found(batches in prop::collection::vec(
            prop::collection::vec(any_support(), 0..20), 0..40)) {
            let (mut runs, mut plain) = (Runs::default(), Vec::new());
            for mut batch in batches {
                batch.sort_unstable();
                runs.push(&batch);
                plain.extend(batch);
            }
            plain.sort_unstable();
            for pair in 0..40 {
                let mut found = Vec::new();
                runs.find(pair, &mut found);
                found.sort_unstable();
                let expected: Vec<_> = plain.iter().filter(|it| it.pair == pair).copied().collect();
                prop_assert_eq!(found, expected);
            }
            let mut visited = Vec::new();
            runs.visit((Position(0), Position(u64::MAX)), &mut |it| visited.push(*it));
            visited.sort_unstable();
            prop_assert_eq!(&visited, &plain);
            let whole = runs.merged_with(&[], std::iter::empty());
            prop_assert_eq!(whole.len(), plain.len());
            let again = Run::read(whole.bytes().to_vec(), |_| true).unwrap();
            prop_assert_eq!(again.bytes(), whole.bytes());
            prop_assert_eq!(again.len(), whole.len());
        }

        #[test]
        fn damage_is_an_end_or_another_run(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some(run) = Run::read(bytes, |_| true) {
                let mut found = Vec::new();
                (0..300).for_each(|pair| run.find(pair, &mut found));
            }
        }
    }
}

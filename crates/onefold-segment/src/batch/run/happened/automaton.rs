//! Sequences whose steps do not speak of each other: one pass over each person's rows, as they lie.
//!
//! Invariant: for each step only its latest valid occurrence is kept. Its start is the latest possible,
//! because whatever an earlier occurrence of the step before allows, a later one allows too; so nothing
//! that is forgotten could have been of use.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are places of the chunk, and every list has one place for each step"
)]

use smallvec::SmallVec;

use super::Run;
use crate::{
    batch::{bits::Bits, table::Codes},
    plan::PlannedSequence,
};

/// What a row may be to a sequence: step n is bit n, what must not lie before step n is bit [`BETWEEN`] + n,
/// and what must not follow the last step is bit [`ABSENCE`].
type Marks = u32;

const BETWEEN: usize = 15;
const ABSENCE: Marks = 1 << 30;

/// A row with a mark.
#[derive(Clone, Copy)]
struct Hit {
    row: u32,
    marks: Marks,
}

/// The members of one chunk; none if steps speak of each other, or there are more of them than marks.
pub(super) fn members(run: &Run<'_>, sequence: &PlannedSequence) -> Option<Bits> {
    let is_plain = sequence.correlated().next().is_none();
    if !is_plain || sequence.steps.len() > BETWEEN {
        return None;
    }
    let hits = hits(run, &roles(sequence));
    let bounds = run.bounds(sequence.span);
    let needed = (1 << sequence.steps.len()) - 1;
    let mut walk = Walk::new(sequence, run.program.as_of);
    let mut ends = run.chunk.offsets.iter().skip(1).zip(&*run.ends);
    let mut at = 0;
    Some(Bits::from_fn(run.people, |person| {
        let Some((behind, end)) = ends.next() else {
            return false;
        };
        let first = at;
        let mut found = 0;
        while let Some(hit) = hits.get(at).filter(|hit| hit.row < *end) {
            found |= hit.marks;
            at += 1;
        }
        let own = &hits[first..at];
        // What lies at or after the instant.
        while hits.get(at).is_some_and(|hit| hit.row < *behind) {
            at += 1;
        }
        found & needed == needed && walk.holds(own, &run.chunk.times, bounds.of(person))
    }))
}

/// The features of a sequence, and the mark that each gives.
fn roles(sequence: &PlannedSequence) -> Vec<(u32, Marks)> {
    let steps = sequence.steps.iter().enumerate();
    let mut roles: Vec<(u32, Marks)> = steps
        .flat_map(|(number, step)| {
            let between = step.without.as_ref();
            let between = between.map(|(feature, _)| (*feature, 1 << (BETWEEN + number)));
            std::iter::once((step.feature, 1 << number)).chain(between)
        })
        .collect();
    let absence = sequence.then_no.as_ref();
    roles.extend(absence.map(|absence| (absence.feature, ABSENCE)));
    roles
}

/// The rows that are something to a sequence, with what they are.
fn hits(run: &Run<'_>, roles: &[(u32, Marks)]) -> Vec<Hit> {
    let mut by_code = vec![0; run.program.table.layout.codes()];
    let mut filtered = Vec::new();
    for (number, mark) in roles {
        let feature = &run.program.features[*number as usize];
        if feature.is_by_name() {
            let codes = feature.codes.iter();
            codes.for_each(|code| by_code[*code as usize] |= mark);
        } else {
            filtered.push((*number, *mark));
        }
    }
    if let (Codes::Narrow(codes), true) = (&run.chunk.codes, filtered.is_empty()) {
        let mut marks = [0; 256];
        marks
            .iter_mut()
            .zip(by_code)
            .for_each(|(to, from)| *to = from);
        return marked(codes.iter().map(|code| marks[*code as usize]));
    }
    let mut marks: Vec<Marks> = match &run.chunk.codes {
        Codes::Narrow(codes) => codes.iter().map(|code| by_code[*code as usize]).collect(),
        Codes::Wide(codes) => codes.iter().map(|code| by_code[*code as usize]).collect(),
    };
    for (feature, mark) in filtered {
        let entries = run.entries(feature);
        let rows = entries.iter().flat_map(|entries| entries.rows());
        rows.for_each(|row| marks[row as usize] |= mark);
    }
    marked(marks.into_iter())
}

/// The rows that have a mark. No branch depends on which they are.
fn marked(marks: impl ExactSizeIterator<Item = Marks>) -> Vec<Hit> {
    let mut hits = vec![Hit { row: 0, marks: 0 }; marks.len()];
    let mut count = 0;
    for (row, marks) in (0..).zip(marks) {
        hits[count] = Hit { row, marks };
        count += usize::from(marks != 0);
    }
    hits.truncate(count);
    hits
}

/// What a step asks of the one before it.
#[derive(Clone, Copy)]
struct Link {
    /// The longest time between them.
    within: i64,
    directly: bool,
}

/// The latest valid occurrence of a step.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// Its row and one, or 0 if there is none.
    behind: u32,
    time: i64,
    /// When the first step was.
    start: i64,
}

/// One person's rows while they are walked.
struct Walk {
    links: SmallVec<[Link; 4]>,
    /// The longest time from the first step to the last.
    within: i64,
    /// For how long nothing may follow the last step, if something must not.
    quiet: Option<i64>,
    as_of: i64,
    reached: SmallVec<[Reached; 4]>,
    /// For each step one more than the latest row that must not lie before it, or 0.
    barred: SmallVec<[u32; 4]>,
    /// Until when nothing may follow the earliest choice that nothing has followed yet.
    awaited: Option<i64>,
}

impl Walk {
    fn new(sequence: &PlannedSequence, as_of: i64) -> Self {
        let steps = sequence.steps.iter();
        let links = steps.map(|step| Link {
            within: step.within.unwrap_or(i64::MAX),
            directly: step.directly,
        });
        Self {
            links: links.collect(),
            within: sequence.within.unwrap_or(i64::MAX),
            quiet: sequence.then_no.as_ref().map(|absence| absence.micros),
            as_of,
            reached: SmallVec::from_elem(Reached::default(), sequence.steps.len()),
            barred: SmallVec::from_elem(0, sequence.steps.len()),
            awaited: None,
        }
    }

    /// Whether the rows of one person hold a choice whose steps lie in `[from, to)`.
    fn holds(&mut self, hits: &[Hit], times: &[i64], (from, to): (i64, i64)) -> bool {
        self.reached.fill(Reached::default());
        self.barred.fill(0);
        self.awaited = None;
        for hit in hits {
            let time = times[hit.row as usize];
            if hit.marks & ABSENCE != 0
                && let Some(until) = self.awaited.take()
                && until < time
            {
                return true;
            }
            if (from..to).contains(&time) && self.step(*hit, time) {
                return true;
            }
            self.bar(*hit);
        }
        self.awaited.is_some()
    }

    /// Takes a row as every step that it may be; true if it ends a choice that nothing can undo.
    #[inline]
    fn step(&mut self, hit: Hit, time: i64) -> bool {
        let mut steps = hit.marks & ((1 << BETWEEN) - 1);
        // The latest first, because one occurrence fills one step.
        while let Some(number) = steps.checked_ilog2() {
            let number = number as usize;
            steps &= !(1 << number);
            let Some(start) = self.start(number, hit.row, time) else {
                continue;
            };
            self.reached[number] = Reached {
                behind: hit.row + 1,
                time,
                start,
            };
            if number + 1 == self.links.len() && self.ends(time, start) {
                return true;
            }
        }
        false
    }

    /// When a choice began that this row carries on with a step; none if there is none.
    #[inline]
    fn start(&self, number: usize, row: u32, time: i64) -> Option<i64> {
        let Some(before) = number.checked_sub(1) else {
            return Some(time);
        };
        let (before, link) = (self.reached[before], self.links[number]);
        let is_possible = before.behind != 0
            && time - before.time <= link.within
            && (!link.directly || before.behind == row)
            && self.barred[number] <= before.behind;
        is_possible.then_some(before.start)
    }

    /// Whether a choice is short enough, and nothing can follow that must not; what may still follow is awaited.
    fn ends(&mut self, time: i64, start: i64) -> bool {
        if time - start > self.within {
            return false;
        }
        let Some(quiet) = self.quiet else {
            return true;
        };
        let until = time.saturating_add(quiet);
        // What undoes an earlier choice undoes a later one that it lies behind.
        if until <= self.as_of && self.awaited.is_none() {
            self.awaited = Some(until);
        }
        false
    }

    /// Notes before which steps this row must not lie.
    #[inline]
    fn bar(&mut self, hit: Hit) {
        let mut between = (hit.marks & !ABSENCE) >> BETWEEN;
        while between != 0 {
            self.barred[between.trailing_zeros() as usize] = hit.row + 1;
            between &= between - 1;
        }
    }
}

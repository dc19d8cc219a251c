//! Supports sorted by pair, as bytes.
//!
//! Invariant: a mark stands before every 64th group, so a pair is found by a search in the marks and a few
//! dozen groups.
//!
//! A group is: the pair less that of the group before, how many, and for each support the position less that
//! of the support before (signed), the time likewise, and source and strength. A difference of whole
//! milliseconds, as nearly all are, is told in milliseconds.

use onefold_event::{Position, Timestamp, parts};

use super::{COUNTED, Support};
use crate::tally::PairNumber;

const GROUPS_PER_MARK: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Run {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    len: usize,
    positions: Option<(Position, Position)>,
}

/// What reading goes on from.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    offset: usize,
    last: Last,
}

/// The support before: the others are told by their difference to it.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    pair: PairNumber,
    position: u64,
    time: i64,
}

#[derive(Debug, Default)]
pub(super) struct RunWriter {
    run: Run,
    last: Last,
    groups: usize,
}

impl RunWriter {
    /// Adds the supports of the next pair, sorted.
    pub(super) fn group(&mut self, supports: &[Support]) {
        let Some(first) = supports.first() else {
            return;
        };
        supports
            .iter()
            .for_each(|support| self.run.cover(support.position));
        let out = &mut self.run.bytes;
        if self.groups.is_multiple_of(GROUPS_PER_MARK) {
            let (offset, last) = (out.len(), self.last);
            self.run.marks.push(Mark { offset, last });
        }
        self.groups += 1;
        parts::put_number(out, u64::from(first.pair.wrapping_sub(self.last.pair)));
        parts::put_number(out, supports.len() as u64);
        self.last.pair = first.pair;
        for support in supports {
            let position = support.position.0;
            parts::put_signed(out, position.wrapping_sub(self.last.position) as i64);
            let time = support.time.as_micros();
            put_difference(out, time.wrapping_sub(self.last.time));
            parts::put_number(out, u64::from(support.marks & !COUNTED));
            (self.last.position, self.last.time) = (position, time);
        }
        self.run.len += supports.len();
    }

    pub(super) fn finish(mut self) -> Run {
        self.run.bytes.shrink_to_fit();
        self.run
    }
}

impl Run {
    /// The run with these bytes; `None` if they are damaged, or if a support fails the check.
    pub(crate) fn read(bytes: Vec<u8>, check: impl Fn(&Support) -> bool) -> Option<Self> {
        let mut run = Self::default();
        let mut cursor = Cursor::of(&bytes, Mark::default());
        let (mut group, mut groups, mut before) = (Vec::new(), 0, None);
        while cursor.rest() > 0 {
            if groups % GROUPS_PER_MARK == 0 {
                run.marks.push(Mark {
                    offset: bytes.len() - cursor.rest(),
                    last: cursor.last,
                });
            }
            groups += 1;
            group.clear();
            let in_order = cursor.next(&mut group) && before.is_none_or(|it| it < cursor.pair());
            if !in_order || !group.iter().all(&check) {
                return None;
            }
            before = Some(cursor.pair());
            run.len += group.len();
            group.iter().for_each(|support| run.cover(support.position));
        }
        run.bytes = bytes;
        Some(run)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether a support may be at one of these positions, both included.
    pub(super) fn covers(&self, (from, to): (Position, Position)) -> bool {
        self.positions
            .is_some_and(|(first, last)| first <= to && from <= last)
    }

    /// Appends the supports of a pair.
    pub(super) fn find(&self, pair: PairNumber, found: &mut Vec<Support>) {
        let at = self.marks.partition_point(|mark| mark.last.pair < pair);
        let Some(mark) = self.marks.get(at.saturating_sub(1)) else {
            return;
        };
        let mut cursor = Cursor::of(&self.bytes, *mark);
        let known = found.len();
        while cursor.next(found) {
            if cursor.pair() == pair {
                return;
            }
            found.truncate(known);
            if cursor.pair() > pair {
                return;
            }
        }
        found.truncate(known);
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + self.marks.len() * size_of::<Mark>()
    }

    fn cover(&mut self, position: Position) {
        let (first, last) = self.positions.unwrap_or((position, position));
        self.positions = Some((first.min(position), last.max(position)));
    }
}

/// Reads group by group.
pub(super) struct Cursor<'a> {
    from: parts::Reader<'a>,
    last: Last,
}

impl<'a> Cursor<'a> {
    pub(super) fn start(run: &'a Run) -> Self {
        Self::of(&run.bytes, Mark::default())
    }

    fn of(bytes: &'a [u8], mark: Mark) -> Self {
        let from = parts::Reader::new(bytes.get(mark.offset..).unwrap_or_default());
        let last = mark.last;
        Self { from, last }
    }

    fn rest(&self) -> usize {
        self.from.rest().len()
    }

    /// The pair of the group that was read last.
    pub(super) fn pair(&self) -> PairNumber {
        self.last.pair
    }

    /// Appends the next group; `false` at the end, or where it is damaged.
    pub(super) fn next(&mut self, group: &mut Vec<Support>) -> bool {
        self.read_group(group).is_some()
    }

    fn read_group(&mut self, group: &mut Vec<Support>) -> Option<()> {
        let step = u32::try_from(self.from.number()?).ok()?;
        self.last.pair = self.last.pair.wrapping_add(step);
        let count = self.from.number()?;
        for _ in 0..count {
            let step = self.from.signed()? as u64;
            self.last.position = self.last.position.wrapping_add(step);
            self.last.time = self
                .last
                .time
                .wrapping_add(read_difference(&mut self.from)?);
            let marks = u32::try_from(self.from.number()?).ok()? | COUNTED;
            group.push(Support {
                pair: self.last.pair,
                position: Position(self.last.position),
                time: Timestamp::from_micros(self.last.time),
                marks,
            });
        }
        (count > 0).then_some(())
    }
}

const MILLISECOND: i64 = 1_000;

/// The lowest bit says whether the difference is in microseconds. Times span less than 2^60 of them.
fn put_difference(out: &mut Vec<u8>, difference: i64) {
    let number = match difference % MILLISECOND {
        0 => zigzag(difference / MILLISECOND) << 1,
        _ => (zigzag(difference) << 1) | 1,
    };
    parts::put_number(out, number);
}

fn read_difference(from: &mut parts::Reader<'_>) -> Option<i64> {
    let number = from.number()?;
    let zigzag = number >> 1;
    let difference = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
    Some(match number & 1 {
        0 => difference.wrapping_mul(MILLISECOND),
        _ => difference,
    })
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

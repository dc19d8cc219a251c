//! The entries of several histories that a window selects at an instant.
//!
//! Invariant: what is selected, and in which order, does not depend on how the entries are spread
//! over the histories.

use std::ops::Range;

use chrono_tz::Tz;
use onefold_event::Timestamp;
use smallvec::SmallVec;

use crate::{
    ast::Function,
    history::{Key, Slice},
    instant::{NEVER, or_never},
    plan::Stretch,
    summary::{Stored, Summary},
    zone,
};

/// Beyond so many steps along the entries, a search by halves is faster.
const STEPS_MAX: usize = 64;

/// The selected entries of one person for one feature, and those that will be selected later.
pub(crate) struct Selected<'a> {
    parts: SmallVec<[Part<'a>; 4]>,
    count: usize,
    /// How long after its time an entry comes in, and how long after it leaves again, in microseconds.
    delay: i64,
    stays: Option<i64>,
    /// When the calendar moves the window, if it has anything to move over.
    step: i64,
}

struct Part<'a> {
    history: Slice<'a>,
    /// The entries inside the window.
    now: Range<usize>,
    /// The entries that come into the window when their time is past.
    later: Range<usize>,
}

/// Which end of the order is looked at.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Earliest,
    Latest,
}

impl<'a> Selected<'a> {
    pub(crate) fn new(
        histories: impl Iterator<Item = Slice<'a>>,
        stretch: Stretch,
        zone: Tz,
        as_of: i64,
    ) -> Self {
        let (from, end) = zone::ends(stretch, zone, as_of);
        // What lies behind the end of a rolling window comes in, too, when its time has come.
        let (to, delay, stays) = match stretch {
            Stretch::Rolling { from, to } => (NEVER, to, Some(from)),
            _ => (end, 0, None),
        };
        let (mut count, mut known) = (0, 0);
        let part = |history: Slice<'a>| {
            let rank = |time: i64| {
                if time == NEVER {
                    history.len()
                } else {
                    history.rank(time)
                }
            };
            let (first, last) = (rank(from), rank(end.min(as_of)));
            // The calendar only moves on: what lies before the window never comes back.
            known += history.len() - first;
            let now = first.min(last)..last;
            let later = last.max(first)..rank(to).max(last.max(first));
            count += now.len();
            Part {
                history,
                now,
                later,
            }
        };
        let parts = histories.map(part).collect();
        let next_step = zone::next_step(stretch, zone, as_of);
        Self {
            parts,
            count,
            delay,
            stays,
            step: if known == 0 { NEVER } else { next_step },
        }
    }

    /// How many entries are inside.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Whether the entries have values.
    pub(crate) fn has_values(&self) -> bool {
        self.parts.iter().any(|part| {
            part.history
                .get(0)
                .is_some_and(|(_, value)| value.is_some())
        })
    }

    pub(crate) fn first(&self) -> Option<(Key, Option<&'a Stored>)> {
        let firsts = self.parts.iter().filter(|part| !part.now.is_empty());
        firsts
            .filter_map(|part| part.history.get(part.now.start))
            .min_by_key(|(key, _)| *key)
    }

    pub(crate) fn last(&self) -> Option<(Key, Option<&'a Stored>)> {
        let lasts = self.parts.iter().filter(|part| !part.now.is_empty());
        lasts
            .filter_map(|part| part.history.get(part.now.end - 1))
            .max_by_key(|(key, _)| *key)
    }

    /// A summary of the values inside.
    pub(crate) fn summary<S: Summary>(&self) -> S {
        let mut summary = S::default();
        for part in &self.parts {
            part.history.summarise(part.now.clone(), &mut summary);
        }
        summary
    }

    /// The entries inside, each history by itself.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Key, Option<&'a Stored>)> {
        self.parts
            .iter()
            .flat_map(|part| part.history.entries(part.now.clone()))
    }

    /// The instant at which the entry with this number of those that come later (counted from 1) is
    /// inside.
    pub(crate) fn entry(&self, number: usize) -> i64 {
        let ranges = self
            .parts
            .iter()
            .map(|part| (part.history, part.later.clone()));
        let time = nth(ranges.collect(), number, End::Earliest);
        or_never(time.map(|time| time + self.delay + 1)).min(self.step)
    }

    /// The instant at which the entry with this number of those inside (counted from 1, the earliest
    /// first) is no longer inside.
    pub(crate) fn exit(&self, number: usize) -> i64 {
        let Some(stays) = self.stays else {
            return self.step;
        };
        let ranges = self
            .parts
            .iter()
            .map(|part| (part.history, part.now.clone()));
        // From the nearer end.
        let from_end = self.count + 1 - number.min(self.count);
        let time = if from_end < number {
            nth(ranges.collect(), from_end, End::Latest)
        } else {
            nth(ranges.collect(), number, End::Earliest)
        };
        or_never(time.map(|time| time + stays + 1))
    }

    /// The first instant at which an aggregate over what is inside may change.
    pub(crate) fn next_change(&self, function: Function) -> i64 {
        match function {
            // A later entry never comes before the first, and an earlier exit never touches the last.
            Function::First if self.count > 0 => self.exit(1),
            Function::Last => self.entry(1).min(self.exit(self.count)),
            _ => self.entry(1).min(self.exit(1)),
        }
    }
}

type Ranges<'a> = SmallVec<[(Slice<'a>, Range<usize>); 4]>;

/// The time of the entry with this number, counted from 1 at this end of all ranges together.
fn nth(ranges: Ranges<'_>, number: usize, end: End) -> Option<i64> {
    let total: usize = ranges.iter().map(|(_, range)| range.len()).sum();
    if number == 0 || number > total {
        return None;
    }
    if let [(history, range)] = ranges.as_slice() {
        let index = match end {
            End::Earliest => range.start + number - 1,
            End::Latest => range.end - number,
        };
        return Some(history.get(index)?.0.time);
    }
    if number > STEPS_MAX {
        let number = if end == End::Earliest {
            number
        } else {
            total + 1 - number
        };
        return nth_by_halves(&ranges, number);
    }
    nth_by_steps(ranges, number, end)
}

/// Takes the entry at the end so many times. Cost: O(number · ranges · log n).
fn nth_by_steps(mut ranges: Ranges<'_>, number: usize, end: End) -> Option<i64> {
    let mut found = None;
    for _ in 0..number {
        let heads = ranges
            .iter_mut()
            .filter(|(_, range)| !range.is_empty())
            .filter_map(|(history, range)| {
                let index = match end {
                    End::Earliest => range.start,
                    End::Latest => range.end - 1,
                };
                Some((history.get(index)?.0, range))
            });
        let next = match end {
            End::Earliest => heads.min_by_key(|(key, _)| *key),
            End::Latest => heads.max_by_key(|(key, _)| *key),
        };
        let (key, range) = next?;
        match end {
            End::Earliest => range.start += 1,
            End::Latest => range.end -= 1,
        }
        found = Some(key.time);
    }
    found
}

/// The earliest time up to which there are so many entries. Cost: O(63 · ranges · log n).
fn nth_by_halves(ranges: &Ranges<'_>, number: usize) -> Option<i64> {
    let up_to = |time: i64| -> usize {
        let counts = ranges.iter().map(|(history, range)| {
            history.rank(time + 1).clamp(range.start, range.end) - range.start
        });
        counts.sum()
    };
    let (mut low, mut high) = (Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros());
    while low < high {
        let middle = low + (high - low) / 2;
        if up_to(middle) >= number {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}

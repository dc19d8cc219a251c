//! Cells: the least that must be kept of a person to answer some atoms exactly.
//!
//! An atom asks whether the `count`-th latest of a cell's instants lies inside a window. What these
//! instants are is the kind of the cell: of occurrences, of days, of beginnings of sequences.
//!
//! Invariant: what a cell answers depends on what it was given and on nothing else; what it cannot take
//! in exactly, because it comes late, it refuses.

use chrono_tz::Tz;
use onefold_event::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{
    atoms::Atoms,
    chain::Chain,
    clock::Clock,
    pair::Pair,
    sums,
    words::{NONE, TIME, halves, set_time, time_at},
};
use crate::{history::Key, instant::NEVER, summary::Stored, zone};

/// What is kept for some atoms.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) kind: Kind,
    /// Their answers are neighbours among the bits, from `first` on.
    pub(crate) atoms: Vec<Atoms>,
    pub(crate) first: u32,
    /// What is so many microseconds old matters no longer; [`NEVER`]: it always does.
    pub(crate) horizon: i64,
    /// Whether a pair reads it, so that what it is given must come in order.
    pub(crate) is_read: bool,
}

/// What the instants are.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// The latest occurrences, so many.
    Times { keep: usize },
    /// The latest occurrence of each of the latest days, so many.
    Days { keep: usize, zone: Tz },
    /// No instants: how many there were, up to this number.
    Counter { up_to: u32 },
    /// The occurrence with this number, from 1; before it is reached, the latest one.
    Nth { number: u32 },
    /// The latest occurrence that came longer than this after the one before it.
    Restarted { quiet: i64 },
    /// Where the latest complete sequence began.
    Chain(Chain),
    /// The same of two steps, with the first one in another cell.
    Pair(Pair),
    /// Numbers inside windows.
    Sums,
    /// A question that is answered from kept occurrences; the number of the leaf.
    Leaf(u32),
}

/// What happened, as a cell sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit<'a> {
    pub(crate) key: Key,
    pub(crate) roles: u32,
    pub(crate) value: Option<&'a Stored>,
    /// The latest first step of a pair.
    pub(crate) first: i64,
}

/// Whether a cell took something in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Yes.
    Yes,
    /// Yes, and nothing is another for it.
    Already,
    /// It comes late, and what is kept does not tell the answer: the history must.
    NotExactly,
}

impl Cell {
    /// Takes in what happened before now.
    #[inline]
    pub(crate) fn take(&self, payload: &mut Vec<u32>, hit: Hit<'_>, clock: &Clock) -> Taken {
        let time = hit.key.time;
        match &self.kind {
            Kind::Times { keep } => {
                self.forget(payload, TIME, clock);
                insert_time(payload, time, *keep);
            }
            Kind::Days { keep, zone } => {
                self.forget(payload, TIME, clock);
                insert_day(payload, time, *keep, *zone);
            }
            Kind::Counter { up_to } => match payload.first_mut() {
                Some(count) => *count = count.saturating_add(1).min(*up_to),
                None => payload.push(1),
            },
            Kind::Nth { number } => return take_nth(payload, time, *number),
            Kind::Restarted { quiet } => return take_restarted(payload, time, *quiet),
            Kind::Chain(chain) => chain.take(payload, time, hit.roles),
            Kind::Pair(pair) => {
                if !pair.take(payload, time, hit.roles, hit.first) {
                    return Taken::Already;
                }
            }
            Kind::Sums => {
                self.forget(payload, sums::ENTRY, clock);
                if let Some(value) = hit.value {
                    sums::insert(payload, time, value);
                }
            }
            Kind::Leaf(_) => {}
        }
        Taken::Yes
    }

    /// Drops the earliest entries, of so many words, that matter no longer.
    #[inline]
    fn forget(&self, payload: &mut Vec<u32>, entry: usize, clock: &Clock) {
        if self.horizon == NEVER {
            return;
        }
        let oldest = clock.now.saturating_sub(self.horizon);
        let mut count = 0;
        while count < payload.len() && time_at(payload, count) < oldest {
            count += entry;
        }
        if count > 0 {
            payload.drain(..count);
        }
    }

    /// Whether nothing in it matters any longer.
    pub(crate) fn is_spent(&self, payload: &[u32], clock: &Clock) -> bool {
        let oldest = clock.now.saturating_sub(self.horizon);
        let latest = match &self.kind {
            Kind::Times { .. } | Kind::Days { .. } => payload.len().wrapping_sub(TIME),
            Kind::Sums => payload.len().wrapping_sub(sums::ENTRY),
            Kind::Leaf(_) => return payload.is_empty(),
            Kind::Chain(chain) => return self.horizon != NEVER && chain.is_spent(payload, oldest),
            Kind::Pair(_) => return self.horizon != NEVER && Pair::last_start(payload) < oldest,
            Kind::Counter { .. } | Kind::Nth { .. } | Kind::Restarted { .. } => return false,
        };
        payload.is_empty() || (self.horizon != NEVER && time_at(payload, latest) < oldest)
    }

    /// The answers of a group of atoms, and the first instant at which one of them can be another.
    #[inline]
    pub(crate) fn answers(&self, atoms: &Atoms, payload: &[u32], clock: &Clock) -> (u64, i64) {
        match &self.kind {
            Kind::Times { .. } | Kind::Days { .. } => {
                let time = |number: u32| {
                    // Of more than there are, the place lies far outside.
                    let at = payload.len().wrapping_sub(number as usize * TIME);
                    time_at(payload, at)
                };
                atoms.listed(clock, time)
            }
            Kind::Counter { .. } => {
                let count = payload.first().copied().unwrap_or(0);
                atoms.listed(
                    clock,
                    |number| {
                        if count >= number { clock.now - 1 } else { NONE }
                    },
                )
            }
            Kind::Nth { number } => {
                let is_reached = payload.first().is_some_and(|count| count >= number);
                let time = if is_reached {
                    time_at(payload, 1)
                } else {
                    NONE
                };
                atoms.listed(clock, |_| time)
            }
            Kind::Restarted { .. } => {
                let time = time_at(payload, TIME);
                atoms.listed(clock, |_| time)
            }
            Kind::Chain(chain) => {
                let start = chain.latest_start(payload, clock.now);
                let (mask, next) = atoms.listed(clock, |_| start);
                // Who is in stays in when another one matures.
                let is_all_in = mask.count_ones() as usize == atoms.len();
                let matures = if is_all_in {
                    NEVER
                } else {
                    chain.next_maturity(payload, clock.now)
                };
                (mask, next.min(matures))
            }
            Kind::Pair(pair) => {
                let start = pair.latest_start(payload, clock.now);
                let (mask, next) = atoms.listed(clock, |_| start);
                // Who is in stays in when another one matures.
                if mask.count_ones() as usize == atoms.len() {
                    return (mask, next);
                }
                (mask, next.min(pair.next_maturity(payload, clock.now)))
            }
            Kind::Sums => sums::answers(atoms, payload, clock),
            Kind::Leaf(_) => (0, NEVER),
        }
    }
}

/// Keeps the latest so many, the earliest first.
#[inline]
fn insert_time(payload: &mut Vec<u32>, time: i64, keep: usize) {
    let mut at = payload.len();
    while at > 0 && time_at(payload, at - TIME) > time {
        at -= TIME;
    }
    if payload.len() < keep * TIME {
        payload.extend_from_slice(&[0; TIME]);
        let end = payload.len() - TIME;
        payload.copy_within(at..end, at + TIME);
        set_time(payload, at, time);
    } else if at > 0 {
        payload.copy_within(TIME..at, 0);
        set_time(payload, at - TIME, time);
    }
}

/// Keeps the latest instant of each of the latest so many days.
fn insert_day(payload: &mut Vec<u32>, time: i64, keep: usize, zone: Tz) {
    let day = |time: i64| {
        if zone == Tz::UTC {
            return time.div_euclid(86_400_000_000);
        }
        use chrono::Datelike;
        zone::date_at(time, zone).num_days_from_ce().into()
    };
    let wanted = day(time);
    let mut at = payload.len();
    while at > 0 {
        let found = time_at(payload, at - TIME);
        let found_day = day(found);
        if found_day == wanted {
            set_time(payload, at - TIME, found.max(time));
            return;
        }
        if found_day < wanted {
            break;
        }
        at -= TIME;
    }
    insert_time(payload, time, keep);
}

/// The count, and the latest instant until the number is reached.
fn take_nth(payload: &mut Vec<u32>, time: i64, number: u32) -> Taken {
    let Some(count) = payload.first_mut() else {
        payload.push(1);
        payload.extend_from_slice(&halves(time));
        return Taken::Yes;
    };
    if *count < number {
        *count += 1;
        let latest = time_at(payload, 1).max(time);
        set_time(payload, 1, latest);
    } else if time < time_at(payload, 1) {
        // Another one has the number now, and which one it is, is not kept.
        return Taken::NotExactly;
    }
    Taken::Yes
}

/// The latest instant, and the latest one that came so long after the one before.
fn take_restarted(payload: &mut Vec<u32>, time: i64, quiet: i64) -> Taken {
    if payload.is_empty() {
        payload.extend_from_slice(&halves(time));
        payload.extend_from_slice(&halves(NONE));
        return Taken::Yes;
    }
    let last = time_at(payload, 0);
    if time < last {
        return Taken::NotExactly;
    }
    if time.saturating_sub(last) > quiet {
        set_time(payload, TIME, time);
    }
    set_time(payload, 0, time);
    Taken::Yes
}

/// The least whole number that a count must reach for `>= number`; none where it always does.
pub(crate) fn at_least(number: Decimal) -> Option<u32> {
    if number <= Decimal::ZERO {
        return None;
    }
    Some(number.ceil().to_u32().unwrap_or(u32::MAX))
}

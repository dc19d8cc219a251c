//! Sequences, one occurrence at a time.
//!
//! For each step but the last, the latest match is kept: where its sequence began and where it is now.
//! That is enough, because a later match never began earlier. Of complete sequences the latest beginning
//! is kept, and where something must not follow, those that wait for it to be too late.
//!
//! Layout: per step but the last, beginning and end · the beginning of the latest that nothing can undo ·
//! those that wait, end and beginning each.
//!
//! Invariant: occurrences come in order; whoever has a late one starts again.

use super::words::{NONE, TIME, halves, set_time, time_at};
use crate::instant::NEVER;

/// More steps than this are not kept in this way.
pub(crate) const STEPS_MAX: usize = 12;
/// The role of what must not lie before a step; shifted by the step's place.
pub(crate) const BETWEEN: u32 = 1 << 16;
/// The role of what must not follow.
pub(crate) const AFTER: u32 = 1 << 31;

/// What a sequence asks, without its window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain {
    /// By step: the longest time since the step before, in microseconds.
    pub(crate) within: Vec<i64>,
    /// From the first to the last.
    pub(crate) all_within: i64,
    /// For how long something must not follow.
    pub(crate) then_no: Option<i64>,
}

impl Chain {
    fn last(&self) -> usize {
        self.within.len().saturating_sub(1)
    }

    /// Where the latest complete beginning stands.
    fn done(&self) -> usize {
        self.last() * 2 * TIME
    }

    /// Takes in an occurrence that fills these roles: bit `n` for step `n`, and those above.
    pub(crate) fn take(&self, payload: &mut Vec<u32>, time: i64, roles: u32) {
        if payload.is_empty() {
            if roles & 1 == 0 {
                return;
            }
            (0..self.last() * 2 + 1).for_each(|_| payload.extend_from_slice(&halves(NONE)));
        }
        if self.then_no.is_some() {
            self.settle(payload, time, roles & AFTER != 0);
        }
        for step in (0..self.within.len()).rev() {
            if roles >> step & 1 == 1 {
                self.fill(payload, step, time);
            }
            if step > 0 && roles & BETWEEN << step != 0 {
                set_time(payload, (step - 1) * 2 * TIME, NONE);
                set_time(payload, (step - 1) * 2 * TIME + TIME, NONE);
            }
        }
    }

    /// Makes complete what nothing can undo any longer, and undoes what this follows.
    fn settle(&self, payload: &mut Vec<u32>, time: i64, is_after: bool) {
        let quiet = self.then_no.unwrap_or(0);
        let first = self.done() + TIME;
        let mut count = 0;
        while first + count < payload.len() {
            if time_at(payload, first + count).saturating_add(quiet) >= time {
                break;
            }
            let start = time_at(payload, first + count + TIME);
            set_time(payload, self.done(), start);
            count += 2 * TIME;
        }
        if is_after {
            payload.truncate(first);
        } else {
            payload.drain(first..first + count);
        }
    }

    fn fill(&self, payload: &mut Vec<u32>, step: usize, time: i64) {
        let start = match step.checked_sub(1) {
            None => time,
            Some(before) => {
                let start = time_at(payload, before * 2 * TIME);
                let end = time_at(payload, before * 2 * TIME + TIME);
                let within = self.within.get(step).copied().unwrap_or(NEVER);
                if start == NONE || time.saturating_sub(end) > within {
                    return;
                }
                start
            }
        };
        if step < self.last() {
            set_time(payload, step * 2 * TIME, start);
            set_time(payload, step * 2 * TIME + TIME, time);
        } else if time.saturating_sub(start) <= self.all_within {
            if self.then_no.is_some() {
                payload.extend_from_slice(&halves(time));
                payload.extend_from_slice(&halves(start));
            } else {
                set_time(payload, self.done(), start);
            }
        }
    }

    fn waiting<'a>(&self, payload: &'a [u32]) -> impl Iterator<Item = (i64, i64)> + 'a {
        let rest = payload.get(self.done() + TIME..).unwrap_or_default();
        rest.chunks_exact(2 * TIME)
            .map(|entry| (time_at(entry, 0), time_at(entry, TIME)))
    }

    /// Where the latest sequence that is complete at this instant began.
    pub(crate) fn latest_start(&self, payload: &[u32], now: i64) -> i64 {
        let done = time_at(payload, self.done());
        let Some(quiet) = self.then_no else {
            return done;
        };
        let ripe = |(end, _): &(i64, i64)| end.saturating_add(quiet) <= now;
        let ripe = self.waiting(payload).take_while(ripe).last();
        ripe.map_or(done, |(_, start)| start.max(done))
    }

    /// When the next of those that wait is complete.
    pub(crate) fn next_maturity(&self, payload: &[u32], now: i64) -> i64 {
        let Some(quiet) = self.then_no else {
            return NEVER;
        };
        let matures = self
            .waiting(payload)
            .map(|(end, _)| end.saturating_add(quiet));
        matures.filter(|time| *time > now).min().unwrap_or(NEVER)
    }

    /// Whether everything began before this instant.
    pub(crate) fn is_spent(&self, payload: &[u32], oldest: i64) -> bool {
        let begun = (0..self.last()).map(|step| time_at(payload, step * 2 * TIME));
        let waiting = self.waiting(payload).map(|(_, start)| start);
        begun
            .chain([time_at(payload, self.done())])
            .chain(waiting)
            .all(|start| start < oldest)
    }
}

//! Sequences of two steps, one occurrence at a time: nearly all sequences are such.
//!
//! The first step is the latest instant of a cell of its own, which all pairs with this first step read (and
//! counts of the same occurrences, too). So a first step touches nothing here, and costs nothing here.
//!
//! Layout: the beginning of the latest that nothing can undo · those that wait, end and beginning each.
//!
//! Invariant: a pair is given an occurrence before the cell that it reads; occurrences come in order. Of those
//! that wait, each began later than the one before it.

use super::{
    cell::Hit,
    chain::AFTER,
    words::{NONE, TIME, halves, set_time, time_at},
};
use crate::instant::NEVER;

/// The role of the second step.
pub(crate) const SECOND: u32 = 2;
/// How many words one that waits takes.
const WAITING: usize = 2 * TIME;

/// What a sequence of two steps asks, without its window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    /// The cell that has the latest first step.
    pub(crate) first: u32,
    /// From the first to the second, in microseconds.
    pub(crate) within: i64,
    /// For how long something must not follow.
    pub(crate) then_no: Option<i64>,
}

impl Pair {
    /// Whether it must be given this: if not, nothing is another for it.
    #[inline]
    pub(crate) fn takes(&self, payload: &[u32], hit: Hit<'_>) -> bool {
        if self.then_no.is_some() && payload.len() > TIME {
            return true;
        }
        let is_second = hit.roles & SECOND != 0 && hit.first != NONE;
        let is_within = hit.key.time.saturating_sub(hit.first) <= self.within;
        is_second && is_within && time_at(payload, 0) != hit.first
    }

    /// Takes in an occurrence that fills these roles, where the latest first step was at `first`; whether
    /// that changed anything.
    pub(crate) fn take(&self, payload: &mut Vec<u32>, time: i64, roles: u32, first: i64) -> bool {
        let mut is_changed = false;
        if let Some(quiet) = self.then_no.filter(|_| payload.len() > TIME) {
            is_changed = settle(payload, time, quiet, roles & AFTER != 0);
        }
        let is_second = roles & SECOND != 0 && first != NONE;
        if !is_second || time.saturating_sub(first) > self.within {
            return is_changed;
        }
        // Of two that began together, the one that ended first is complete first, or undone with the other.
        let begun = match payload.len() {
            0 => NONE,
            TIME => time_at(payload, 0),
            length => time_at(payload, length - TIME).max(time_at(payload, 0)),
        };
        if begun == first {
            return is_changed;
        }
        if payload.is_empty() {
            payload.extend_from_slice(&halves(NONE));
        }
        if self.then_no.is_some() {
            payload.extend_from_slice(&halves(time));
            payload.extend_from_slice(&halves(first));
        } else {
            set_time(payload, 0, first);
        }
        true
    }

    /// Where the latest that is complete at this instant began.
    pub(crate) fn latest_start(&self, payload: &[u32], now: i64) -> i64 {
        let quiet = self.then_no.unwrap_or(0);
        let ripe = |(end, _): &(i64, i64)| end.saturating_add(quiet) <= now;
        let ripe = waiting(payload).take_while(ripe).last();
        ripe.map_or(time_at(payload, 0), |(_, start)| start)
    }

    /// When the next of those that wait is complete.
    pub(crate) fn next_maturity(&self, payload: &[u32], now: i64) -> i64 {
        let quiet = self.then_no.unwrap_or(0);
        let matures = waiting(payload).map(|(end, _)| end.saturating_add(quiet));
        matures.filter(|time| *time > now).min().unwrap_or(NEVER)
    }

    /// The latest beginning, complete or not.
    pub(crate) fn last_start(payload: &[u32]) -> i64 {
        let last = waiting(payload).last();
        last.map_or(time_at(payload, 0), |(_, start)| start)
    }
}

/// Makes complete what nothing can undo any longer, and undoes what something follows.
fn settle(payload: &mut Vec<u32>, time: i64, quiet: i64, is_after: bool) -> bool {
    let is_ripe = |(end, _): &(i64, i64)| end.saturating_add(quiet) < time;
    let ripe = waiting(payload).take_while(is_ripe);
    let (count, start) = ripe.fold((0, NONE), |(count, _), (_, start)| (count + 1, start));
    if count > 0 {
        set_time(payload, 0, start);
        payload.drain(TIME..TIME + count * WAITING);
    }
    let is_undone = is_after && payload.len() > TIME;
    if is_undone {
        payload.truncate(TIME);
    }
    count > 0 || is_undone
}

fn waiting(payload: &[u32]) -> impl Iterator<Item = (i64, i64)> + '_ {
    let rest = payload.get(TIME..).unwrap_or_default();
    rest.chunks_exact(WAITING)
        .map(|entry| (time_at(entry, 0), time_at(entry, TIME)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::chain::Chain, *};
    use crate::history::Key;

    proptest! {
        /// Ties, occurrences that are both steps, and what undoes: as the machine for any number of steps says.
        #[test]
        fn pairs_are_sequences(
            within in prop_oneof![Just(NEVER), 1..6_i64],
            then_no in prop::option::of(1..6_i64),
            steps in prop::collection::vec((0..3_i64, 0..4_u32, any::<bool>()), 1..40),
        ) {
            let chain = Chain { within: vec![NEVER, within], all_within: NEVER, then_no };
            let pair = Pair { first: 0, within, then_no };
            let (mut slow, mut fast) = (Vec::new(), Vec::new());
            let (mut first, mut time) = (NONE, 0);
            for (later, steps, is_after) in steps {
                time += later;
                let after = if is_after && then_no.is_some() { AFTER } else { 0 };
                let before = fast.clone();
                chain.take(&mut slow, time, steps | after);
                let roles = steps & SECOND | after;
                let key = Key { time, position: 0 };
                let is_taken = pair.takes(&fast, Hit { key, roles, value: None, first });
                let is_changed = pair.take(&mut fast, time, roles, first);
                prop_assert!(is_taken || !is_changed);
                if steps & 1 == 1 {
                    first = time;
                }
                prop_assert!(is_changed || before == fast);
                prop_assert!(fast.len() <= slow.len());
                for now in time + 1..time + 8 {
                    let start = if slow.is_empty() { NONE } else { chain.latest_start(&slow, now) };
                    prop_assert_eq!(pair.latest_start(&fast, now), start, "at {}", now);
                    let is_another = (now + 1..now + 8)
                        .find(|later| pair.latest_start(&fast, *later) != start);
                    if let Some(turn) = is_another {
                        prop_assert!(pair.next_maturity(&fast, now) <= turn);
                    }
                }
            }
        }
    }
}

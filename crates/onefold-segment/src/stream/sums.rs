//! Sums inside windows, from the numbers inside the longest of them.
//!
//! Layout: entries in order of time, each its instant and a decimal in 16 bytes, or a fault in its place.
//!
//! Invariant: a sum is exact; a fault inside a window makes every comparison of that window false.

use onefold_event::{Decimal, Value};
use smallvec::SmallVec;

use super::{
    cell::{Atom, is_number},
    clock::Clock,
    words::{TIME, halves, time_at},
};
use crate::{
    ast::{Literal, Operator, Test},
    instant::NEVER,
    sum::Sum,
    summary::Stored,
    value::passes,
};

/// How many words an entry takes.
pub(super) const ENTRY: usize = TIME + 4;
/// In the place of a decimal's flags: there was a fault.
const FAULT: u32 = u32::MAX;
/// Places after the point in which small sums are counted.
const PLACES: u32 = 10;
/// Beyond it, a small sum is no longer one: it might not fit a decimal.
const SMALL_MAX: i128 = 1 << 95;

/// Puts a value in its place. What is no number is a fault, as it is for the sum.
pub(super) fn insert(payload: &mut Vec<u32>, time: i64, value: &Stored) {
    let mut at = payload.len();
    while at > 0 && time_at(payload, at - ENTRY) > time {
        at -= ENTRY;
    }
    let [low, high] = halves(time);
    let mut entry = [low, high, FAULT, 0, 0, 0];
    if let Ok(value) = value
        && is_number(value)
        && let Value::Number(number) = value
    {
        let bytes = number.serialize();
        for (word, part) in entry.iter_mut().skip(TIME).zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*part);
        }
    }
    payload.splice(at..at, entry);
}

fn number(entry: &[u32]) -> Option<Decimal> {
    let mut bytes = [0; 16];
    for (part, word) in bytes
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(entry.iter().skip(TIME))
    {
        *part = word.to_le_bytes();
    }
    (entry.get(TIME) != Some(&FAULT)).then(|| Decimal::deserialize(bytes))
}

/// A number as a multiple of 10^-10, if it is one and not too large.
fn small(number: Decimal) -> Option<i128> {
    let places = PLACES.checked_sub(number.scale())?;
    let small = number
        .mantissa()
        .checked_mul(10_i128.checked_pow(places)?)?;
    (small.abs() < SMALL_MAX).then_some(small)
}

/// The answers of up to 64 sums, and the first instant at which one of them can be another.
pub(super) fn answers(atoms: &[Atom], payload: &[u32], clock: &Clock) -> (u64, i64) {
    let entries: SmallVec<[(i64, Option<Decimal>); 16]> = payload
        .chunks_exact(ENTRY)
        .map(|entry| (time_at(entry, 0), number(entry)))
        .collect();
    let small: Option<SmallVec<[i128; 16]>> = entries
        .iter()
        .map(|(_, number)| number.and_then(small))
        .collect();
    let (mut mask, mut next) = (0, NEVER);
    for (place, atom) in atoms.iter().enumerate() {
        let Some(test) = &atom.test else { continue };
        let (from, _) = clock.window(atom.window, NEVER);
        let first = entries.partition_point(|(time, _)| *time < from);
        let inside = entries.get(first..).unwrap_or_default();
        let numbers = small.as_ref().and_then(|small| small.get(first..));
        let (is_passed, turn) = match (numbers, bound(test)) {
            (Some(numbers), Some(asked)) if is_small(numbers) => narrowly(inside, numbers, asked),
            _ => exactly(inside, test),
        };
        mask |= u64::from(is_passed) << place;
        let turn = turn.map_or(NEVER, |time| clock.window(atom.window, time).1);
        next = next.min(turn);
    }
    (mask, next)
}

/// The comparison of a test, if it is one with a small number.
fn bound(test: &Test) -> Option<(Operator, i128)> {
    match test {
        Test::Compare {
            operator,
            value: Literal::Number(number),
        } => Some((*operator, small(*number)?)),
        _ => None,
    }
}

/// Whether every sum of some of them is small.
fn is_small(numbers: &[i128]) -> bool {
    let sum = numbers.iter().map(|number| number.abs()).sum::<i128>();
    sum < SMALL_MAX
}

/// The fast way, for small numbers and comparisons.
fn narrowly(
    inside: &[(i64, Option<Decimal>)],
    numbers: &[i128],
    (operator, bound): (Operator, i128),
) -> (bool, Option<i64>) {
    let mut sum: i128 = numbers.iter().sum();
    let passes = |sum: &i128| operator.accepts(sum.cmp(&bound));
    let subtract = |sum: &mut i128, at: usize| *sum -= numbers.get(at).copied().unwrap_or(0);
    turn(inside, &mut sum, passes, subtract)
}

/// The slow way, for any test and any numbers.
fn exactly(inside: &[(i64, Option<Decimal>)], test: &Test) -> (bool, Option<i64>) {
    let mut sum = Sum::default();
    let mut faults = 0;
    for (_, number) in inside {
        match number {
            Some(number) => sum.add(*number),
            None => faults += 1,
        }
    }
    let passes = |(sum, faults): &(Sum, i32)| {
        let total = (*faults == 0).then(|| sum.to_decimal()).flatten();
        total.is_some_and(|total| passes(test, Some(&Value::Number(total))).unwrap_or(false))
    };
    let subtract = |(sum, faults): &mut (Sum, i32), at: usize| match inside.get(at) {
        Some((_, Some(number))) => sum.add(-*number),
        _ => *faults -= 1,
    };
    turn(inside, &mut (sum, faults), passes, subtract)
}

/// Whether the sum passes, and the instant of the entry with whose exit that changes. Entries of one
/// instant leave together.
fn turn<S>(
    inside: &[(i64, Option<Decimal>)],
    sum: &mut S,
    passes: impl Fn(&S) -> bool,
    subtract: impl Fn(&mut S, usize),
) -> (bool, Option<i64>) {
    let is_passed = passes(sum);
    for (at, (time, _)) in inside.iter().enumerate() {
        subtract(sum, at);
        let is_last_of_instant = inside.get(at + 1).is_none_or(|(next, _)| next != time);
        if is_last_of_instant && passes(sum) != is_passed {
            return (is_passed, Some(*time));
        }
    }
    (is_passed, None)
}

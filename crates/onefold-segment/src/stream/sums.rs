//! Sums inside windows, from the numbers inside the longest of them.
//!
//! Layout: entries in order of time, each its instant and a number in 64 bits: the mantissa above a code. The
//! code is the places after the point, or says that there was a fault, or that the number is too long: then
//! two entries of one instant hold it.
//!
//! Invariant: a sum is exact; a fault inside a window makes every comparison of that window false.

use onefold_event::{Decimal, Value};
use smallvec::SmallVec;

use super::{
    atoms::Atoms,
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
pub(super) const ENTRY: usize = TIME + 2;
/// The bits of the code.
const CODE_BITS: u32 = 5;
/// The first and the second half of a long number, and a fault.
const FIRST: i64 = 29;
const SECOND: i64 = 30;
const FAULT: i64 = 31;
/// Places after the point in which small sums are counted.
const PLACES: u32 = 10;
/// Beyond it, a small sum is no longer one: it might not fit a decimal.
const SMALL_MAX: i128 = 1 << 95;

/// What a sum must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    test: Test,
    /// The comparison, if it is one with a small number.
    bound: Option<(Operator, i128)>,
}

impl Asked {
    pub(super) fn new(test: Test) -> Self {
        let bound = match &test {
            Test::Compare {
                operator,
                value: Literal::Number(number),
            } => small(number.mantissa(), number.scale()).map(|bound| (*operator, bound)),
            _ => None,
        };
        Self { test, bound }
    }
}

/// Puts a value in its place. What is no number is a fault, as it is for the sum.
pub(super) fn insert(payload: &mut Vec<u32>, time: i64, value: &Stored) {
    let mut at = payload.len();
    while at > 0 && time_at(payload, at - ENTRY) > time {
        at -= ENTRY;
    }
    let entry = |code: i64| {
        let ([a, b], [c, d]) = (halves(time), halves(code));
        [a, b, c, d]
    };
    let Ok(Value::Number(number)) = value else {
        payload.splice(at..at, entry(FAULT));
        return;
    };
    let (mantissa, scale) = (number.mantissa(), i64::from(number.scale()));
    match i64::try_from(mantissa) {
        Ok(short) if short >> (63 - CODE_BITS) == short >> 63 => {
            payload.splice(at..at, entry(short << CODE_BITS | scale));
        }
        _ => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "48 bits and 49 bits with the sign"
            )]
            let (low, high) = (
                (mantissa & 0xffff_ffff_ffff) as i64,
                (mantissa >> 48) as i64,
            );
            let first = entry((low << CODE_BITS | scale) << CODE_BITS | FIRST);
            let second = entry(high << CODE_BITS | SECOND);
            payload.splice(at..at, first.into_iter().chain(second));
        }
    }
}

/// A number with its places, or a fault.
type Number = Option<(i128, u32)>;

/// The entries, the halves of long numbers together.
fn numbers(payload: &[u32]) -> impl Iterator<Item = (i64, Number)> + '_ {
    let mut entries = payload.chunks_exact(ENTRY);
    std::iter::from_fn(move || {
        let entry = entries.next()?;
        let (time, code) = (time_at(entry, 0), time_at(entry, TIME));
        let places = |code: i64| u32::try_from(code & 31).unwrap_or_default();
        let rest = code >> CODE_BITS;
        let number = match code & 31 {
            FAULT => None,
            FIRST => {
                let second = entries.next().map_or(0, |entry| time_at(entry, TIME));
                let high = i128::from(second >> CODE_BITS) << 48;
                Some((
                    high | i128::from(rest >> CODE_BITS & 0xffff_ffff_ffff),
                    places(rest),
                ))
            }
            code => Some((rest.into(), places(code))),
        };
        Some((time, number))
    })
}

/// A number as a multiple of 10^-10, if it is one and not too large.
#[inline]
fn small(mantissa: i128, places: u32) -> Option<i128> {
    const POWERS: [i64; PLACES as usize + 1] = [
        10_000_000_000,
        1_000_000_000,
        100_000_000,
        10_000_000,
        1_000_000,
        100_000,
        10_000,
        1_000,
        100,
        10,
        1,
    ];
    let power = i128::from(*POWERS.get(places as usize)?);
    let small = match i64::try_from(mantissa) {
        // 63 bits and 34.
        Ok(short) => i128::from(short) * power,
        Err(_) => mantissa.checked_mul(power)?,
    };
    (small.unsigned_abs() < SMALL_MAX.unsigned_abs()).then_some(small)
}

/// Small numbers in order of time, and for each the sum of it and of all behind it.
type Suffixes = SmallVec<[(i64, i128); 16]>;

/// The answers of a group of sums, and the first instant at which one of them can be another.
pub(super) fn answers(atoms: &Atoms, payload: &[u32], clock: &Clock) -> (u64, i64) {
    let Some((suffixes, is_rising)) = suffixes(payload) else {
        return exactly(atoms, payload, clock);
    };
    let (mut mask, mut next) = (0, NEVER);
    for run in atoms.runs() {
        let Some((operator, bound)) = run.atom.test.as_ref().and_then(|asked| asked.bound) else {
            return exactly(atoms, payload, clock);
        };
        match crossing(&suffixes, operator, bound) {
            Some(crossing) if is_rising => {
                let (inside, exit) = match crossing.time {
                    Some(time) => run.inside(clock, time),
                    None => (0, NEVER),
                };
                let others = if crossing.passes_above {
                    0
                } else {
                    run.mask(0)
                };
                mask |= inside ^ others;
                next = next.min(exit);
            }
            _ => run.each(|place, window| {
                let (from, _) = clock.window(window, 0);
                let first = suffixes.partition_point(|(time, _)| *time < from);
                let inside = suffixes.get(first..).unwrap_or_default();
                let (is_passed, turn) = turn_of(inside, |sum| operator.accepts(sum.cmp(&bound)));
                mask |= u64::from(is_passed) << place;
                next = next.min(turn.map_or(NEVER, |time| clock.window(window, time).1));
            }),
        }
    }
    (mask, next)
}

/// The sums from each number on, and whether no number is below zero; none where one is not small.
fn suffixes(payload: &[u32]) -> Option<(Suffixes, bool)> {
    let mut suffixes = Suffixes::new();
    let (mut all, mut is_rising) = (0, true);
    for (time, number) in numbers(payload) {
        let (mantissa, places) = number?;
        let number = small(mantissa, places)?;
        is_rising &= number >= 0;
        all += number.abs();
        if all >= SMALL_MAX {
            return None;
        }
        suffixes.push((time, number));
    }
    let mut sum = 0;
    for (_, number) in suffixes.iter_mut().rev() {
        sum += *number;
        *number = sum;
    }
    Some((suffixes, is_rising))
}

/// Where no number is below zero, a window's sum is above a bound exactly as long as one entry is inside.
struct Crossing {
    /// Whether it passes above the bound, or below.
    passes_above: bool,
    /// The instant of that entry; none if even all together are not above.
    time: Option<i64>,
}

/// The latest entry from which on the sum is above the bound. None for a test that is passed at one place only,
/// and for a bound that nothing at all is above of.
fn crossing(suffixes: &Suffixes, operator: Operator, bound: i128) -> Option<Crossing> {
    let (passes_above, is_from) = match operator {
        Operator::Greater => (true, false),
        Operator::GreaterOrEqual => (true, true),
        Operator::Less => (false, true),
        Operator::LessOrEqual => (false, false),
        Operator::Equal | Operator::NotEqual => return None,
    };
    let is_above = |sum: i128| sum > bound || (is_from && sum == bound);
    if is_above(0) {
        return None;
    }
    let count = suffixes.partition_point(|(_, sum)| is_above(*sum));
    let last = count.checked_sub(1).and_then(|last| suffixes.get(last));
    Some(Crossing {
        passes_above,
        time: last.map(|(time, _)| *time),
    })
}

/// As [`turn`], for sums that are known.
fn turn_of(inside: &[(i64, i128)], passes: impl Fn(i128) -> bool) -> (bool, Option<i64>) {
    let is_passed = passes(inside.first().map_or(0, |(_, sum)| *sum));
    for (at, (time, _)) in inside.iter().enumerate() {
        let next = inside.get(at + 1);
        let is_last_of_instant = next.is_none_or(|(next, _)| next != time);
        if is_last_of_instant && passes(next.map_or(0, |(_, sum)| *sum)) != is_passed {
            return (is_passed, Some(*time));
        }
    }
    (is_passed, None)
}

/// The slow way, for any test and any numbers.
fn exactly(atoms: &Atoms, payload: &[u32], clock: &Clock) -> (u64, i64) {
    let decimal = |(mantissa, places)| Decimal::from_i128_with_scale(mantissa, places);
    let entries: Vec<(i64, Option<Decimal>)> = numbers(payload)
        .map(|(time, number)| (time, number.map(decimal)))
        .collect();
    let (mut mask, mut next) = (0, NEVER);
    for (place, atom) in atoms.iter().enumerate() {
        let Some(asked) = &atom.test else { continue };
        let (from, _) = clock.window(atom.window, 0);
        let first = entries.partition_point(|(time, _)| *time < from);
        let inside = entries.get(first..).unwrap_or_default();
        let mut total = (Sum::default(), 0);
        for (_, number) in inside {
            match number {
                Some(number) => total.0.add(*number),
                None => total.1 += 1,
            }
        }
        let passes = |(sum, faults): &(Sum, i32)| {
            let total = (*faults == 0).then(|| sum.to_decimal()).flatten();
            let total = total.map(Value::Number);
            total.is_some_and(|total| passes(&asked.test, Some(&total)).unwrap_or(false))
        };
        let subtract = |(sum, faults): &mut (Sum, i32), number: &Option<Decimal>| match number {
            Some(number) => sum.add(-*number),
            None => *faults -= 1,
        };
        let (is_passed, turn) = turn(inside, &mut total, passes, subtract);
        mask |= u64::from(is_passed) << place;
        next = next.min(turn.map_or(NEVER, |time| clock.window(atom.window, time).1));
    }
    (mask, next)
}

/// Whether the sum passes, and the instant of the entry with whose exit that changes. Entries of one
/// instant leave together.
#[inline]
fn turn<S, N>(
    inside: &[(i64, N)],
    sum: &mut S,
    passes: impl Fn(&S) -> bool,
    subtract: impl Fn(&mut S, &N),
) -> (bool, Option<i64>) {
    let is_passed = passes(sum);
    for (at, (time, number)) in inside.iter().enumerate() {
        subtract(sum, number);
        let is_last_of_instant = inside.get(at + 1).is_none_or(|(next, _)| next != time);
        if is_last_of_instant && passes(sum) != is_passed {
            return (is_passed, Some(*time));
        }
    }
    (is_passed, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stream::{atoms::Atom, clock::Window};

    fn operator() -> impl Strategy<Value = Operator> {
        prop::sample::select(vec![
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Equal,
            Operator::NotEqual,
            Operator::GreaterOrEqual,
            Operator::Greater,
        ])
    }

    proptest! {
        /// With numbers below zero and without, with entries of one instant, with bounds that nothing reaches.
        #[test]
        fn sums_by_their_suffixes_are_sums(
            least in prop_oneof![Just(0), Just(-20_i64)],
            entries in prop::collection::vec((0..3_i64, 0..20_i64), 0..12),
            asked in prop::collection::vec((operator(), -5..40_i64, 1..15_i64), 1..5),
        ) {
            let (mut payload, mut time) = (Vec::new(), 0);
            for (later, number) in entries {
                time += later;
                insert(&mut payload, time, &Ok(Value::from(number.max(least) + least / 2)));
            }
            let atoms: Vec<Atom> = asked
                .into_iter()
                .map(|(operator, bound, micros)| Atom {
                    count: 1,
                    window: Window::Last(micros),
                    test: Some(Box::new(Asked::new(Test::Compare {
                        operator,
                        value: Literal::Number(bound.into()),
                    }))),
                })
                .collect();
            let (groups, _) = Atoms::sorted(&atoms);
            let atoms = &groups[0];
            for now in time + 1..time + 20 {
                let clock = Clock::new(now, Vec::new());
                prop_assert_eq!(
                    answers(atoms, &payload, &clock),
                    exactly(atoms, &payload, &clock),
                    "at {}", now
                );
            }
        }
    }
}

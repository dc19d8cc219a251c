//! The patterns of many pairs, field by field.
//!
//! Invariant: a pattern is that of [`pattern`](super::pattern). Rows and values are fetched for some hundred pairs before
//! any two are compared, so that the processor waits for many places in memory at once and not for one after the other.

use super::{Pair, Pattern, Side, crossed, differing, level};
use crate::matching::{
    field::{Field, Fields},
    kind::CROSSED,
    values::Value,
};

/// Pairs that are looked at together: their rows fit the nearest cache.
const AT_ONCE: usize = 512;

/// Room that is used again for each few pairs.
#[derive(Default)]
struct Room<'a> {
    sides: Vec<[Side<'a>; 2]>,
    /// The places of those whose values differ, and the values.
    open: Vec<(usize, [Value<'a>; 2])>,
}

/// The pattern of each pair, in order.
pub(crate) fn patterns(fields: &Fields, pairs: &[Pair]) -> Vec<Pattern> {
    let mut patterns = vec![Pattern::default(); pairs.len()];
    let mut room = Room::default();
    for (pairs, patterns) in pairs.chunks(AT_ONCE).zip(patterns.chunks_mut(AT_ONCE)) {
        room.sides.clear();
        let sides = pairs.iter().map(|pair| pair.map(|row| fields.side(row)));
        room.sides.extend(sides);
        for (number, field) in fields.iter().enumerate() {
            match field.levels.declared() {
                None => of_kind(fields, (number, field), &mut room, patterns),
                Some(_) => {
                    for ([left, right], pattern) in room.sides.iter().zip(patterns.iter_mut()) {
                        let level = level::<true>(fields, number, field, *left, *right);
                        pattern.set(number, level);
                    }
                }
            }
        }
    }
    patterns
}

/// The levels of one field that compares as its kind does.
fn of_kind<'a>(
    fields: &'a Fields,
    (number, field): (usize, &'a Field),
    room: &mut Room<'a>,
    patterns: &mut [Pattern],
) {
    room.open.clear();
    for (at, ([left, right], pattern)) in room.sides.iter().zip(patterns.iter_mut()).enumerate() {
        let (a, b) = (left.code(number), right.code(number));
        if a == 0 || b == 0 {
            continue;
        }
        if a == b {
            pattern.set(number, field.kind.equal());
        } else if let (Some(x), Some(y)) = (left.value(field, number), right.value(field, number)) {
            room.open.push((at, [x, y]));
        }
    }
    for (at, [x, y]) in &room.open {
        let (Some([left, right]), Some(pattern)) = (room.sides.get(*at), patterns.get_mut(*at))
        else {
            continue;
        };
        let level = match crossed::<true>(fields, (number, field), *left, *right) {
            true => CROSSED,
            false => differing(field.kind, *x, *y),
        };
        pattern.set(number, level);
    }
}

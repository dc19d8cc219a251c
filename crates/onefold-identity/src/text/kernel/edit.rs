//! Levenshtein and optimal string alignment distance.
//!
//! Invariant: what is common at both ends is cut off first, which changes neither distance; a bounded form is `Some`
//! exactly when the distance is within its limit.

use super::{
    bag::ByteBag,
    positions::{OneWord, Positions, Table, TwoWords},
    slow::{self, Swap},
};

/// The Levenshtein distance: inserted, deleted and replaced bytes.
///
/// Bit-parallel (Hyyrö 2003) where the shorter string has at most 64 bytes without the common ends: one step a byte
/// of the longer one. Beyond, the product of the lengths.
#[must_use]
pub fn levenshtein(a: &[u8], b: &[u8]) -> usize {
    distance::<false>(a, b, usize::MAX).unwrap_or(usize::MAX)
}

/// The [`levenshtein`] distance if it is at most the limit, else `None`, mostly found early.
#[must_use]
pub fn levenshtein_within(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    distance::<false>(a, b, limit)
}

/// The optimal string alignment distance: as Levenshtein, and two swapped neighbours are one edit.
///
/// No byte is edited twice, so `ca` to `abc` is 3, where [`damerau_levenshtein`](super::damerau_levenshtein) is 2.
/// Bit-parallel (Hyyrö 2003), with the cost of [`levenshtein`].
#[must_use]
pub fn osa(a: &[u8], b: &[u8]) -> usize {
    distance::<true>(a, b, usize::MAX).unwrap_or(usize::MAX)
}

/// The [`osa`] distance if it is at most the limit, else `None`, mostly found early.
///
/// ```
/// use onefold_identity::text::kernel::osa_within;
/// assert_eq!(osa_within(b"jonathan", b"jonahtan", 2), Some(1));
/// assert_eq!(osa_within(b"jonathan", b"john", 2), None);
/// ```
#[must_use]
pub fn osa_within(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    distance::<true>(a, b, limit)
}

fn distance<const SWAP: bool>(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > limit {
        return None;
    }
    let (short, long) = without_common_ends(short, long);
    if short.is_empty() {
        // What is left was inserted, and there is no more of it than the lengths differ by.
        return Some(long.len());
    }
    if limit < long.len() {
        let least = ByteBag::new(short).osa_at_least(ByteBag::new(long));
        if least as usize > limit {
            return None;
        }
    }
    match short.len() {
        1..=8 => steps::<SWAP>(&OneWord::new(short), short.len(), long, limit),
        9..=16 => steps::<SWAP>(&TwoWords::new(short), short.len(), long, limit),
        17..=64 => Table::with(short, |table| {
            steps::<SWAP>(table, short.len(), long, limit)
        }),
        _ => {
            let swap = if SWAP { Swap::One } else { Swap::Two };
            slow::edit(short, long, swap, limit)
        }
    }
}

/// Both strings without what they have in common at the beginning and at the end.
pub(super) fn without_common_ends<'a, T: PartialEq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let begin = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(begin..), b.get(begin..));
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let backwards = a.iter().rev().zip(b.iter().rev());
    let end = backwards.take_while(|(a, b)| a == b).count();
    let (until_a, until_b) = (a.len() - end, b.len() - end);
    let (a, b) = (a.get(..until_a), b.get(..until_b));
    (a.unwrap_or_default(), b.unwrap_or_default())
}

/// One column of the matrix a byte of `text`, all rows at once as differences between neighbours.
///
/// `up` has the rows that are one more than the row above, `down` those that are one less.
#[inline]
fn steps<const SWAP: bool>(
    places: &impl Positions,
    length: usize,
    text: &[u8],
    limit: usize,
) -> Option<usize> {
    let last = 1u64 << (length - 1);
    let (mut up, mut down) = (u64::MAX, 0u64);
    let (mut diagonal, mut before) = (0u64, 0u64);
    let mut distance = length;
    let mut left = text.len();
    for &byte in text {
        let equal = places.of(byte);
        let swapped = if SWAP {
            (!diagonal & equal) << 1 & before
        } else {
            0
        };
        diagonal = (((equal & up).wrapping_add(up)) ^ up) | equal | down | swapped;
        let more = down | !(diagonal | up);
        let less = diagonal & up;
        distance = distance + usize::from(more & last != 0) - usize::from(less & last != 0);
        left -= 1;
        // Each byte to come lowers the distance by one at most.
        if distance > limit.saturating_add(left) {
            return None;
        }
        let (more, less) = (more << 1 | 1, less << 1);
        up = less | !(diagonal | more);
        down = more & diagonal;
        before = equal;
    }
    (distance <= limit).then_some(distance)
}

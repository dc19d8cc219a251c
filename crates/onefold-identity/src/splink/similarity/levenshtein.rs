//! Levenshtein distance of bytes: bit-parallel for texts up to 64 bytes, row by row beyond.
//!
//! Bit-parallel after Myers, "A fast bit-vector algorithm for approximate string matching" (1999), in
//! Hyyrö's form of 2003: one word holds the vertical differences of a whole column.

use smallvec::SmallVec;

/// Edits from one text to the other.
pub(super) fn distance(left: &[u8], right: &[u8]) -> usize {
    let (left, right) = trimmed(left, right);
    let (short, long) = if left.len() <= right.len() {
        (left, right)
    } else {
        (right, left)
    };
    match short.len() {
        0 => long.len(),
        1..=64 => by_bits(short, long),
        _ => by_rows(short, long),
    }
}

/// Both without their common beginning and end, which cost no edit.
pub(super) fn trimmed<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let common = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let left = left.get(common..).unwrap_or_default();
    let right = right.get(common..).unwrap_or_default();
    let common = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let left = left.get(..left.len() - common).unwrap_or_default();
    let right = right.get(..right.len() - common).unwrap_or_default();
    (left, right)
}

#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
fn by_bits(short: &[u8], long: &[u8]) -> usize {
    let mut places = [0_u64; 256];
    for (place, byte) in short.iter().enumerate() {
        places[usize::from(*byte)] |= 1 << place;
    }
    let last = 1_u64 << (short.len() - 1);
    let (mut rises, mut falls, mut distance) = (u64::MAX, 0_u64, short.len());
    for byte in long {
        let equal = places[usize::from(*byte)];
        let diagonal = (((equal & rises).wrapping_add(rises)) ^ rises) | equal | falls;
        let across_rises = falls | !(diagonal | rises);
        let across_falls = diagonal & rises;
        distance += usize::from(across_rises & last != 0);
        distance -= usize::from(across_falls & last != 0);
        let shifted = (across_rises << 1) | 1;
        rises = (across_falls << 1) | !(diagonal | shifted);
        falls = diagonal & shifted;
    }
    distance
}

fn by_rows(short: &[u8], long: &[u8]) -> usize {
    let mut row: SmallVec<[usize; 128]> = (0..=short.len()).collect();
    for (line, byte) in long.iter().enumerate() {
        let (mut diagonal, mut before) = (line, line + 1);
        for (cell, other) in row.iter_mut().skip(1).zip(short) {
            let replaced = diagonal + usize::from(byte != other);
            diagonal = *cell;
            before = replaced.min(*cell + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

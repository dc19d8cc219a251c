//! Jaro and Jaro-Winkler similarity.
//!
//! Invariant: the value is that of the textbook (Winkler 1990: prefix weight 0.1, at most 4 characters, counted
//! only where Jaro is over 0.7); the threshold forms decide exactly as a comparison with it.

use super::{
    bag::ByteBag,
    positions::{OneWord, Positions, Table, TwoWords, low_bits},
    slow,
};

/// The Jaro similarity of two strings of bytes: 0 (nothing in common) to 1 (equal).
///
/// With `m` bytes matched within the window and `t` half the matched bytes out of order, it is the mean of
/// `m / |a|`, `m / |b|` and `(m - t) / m` (Jaro 1989). Two empty strings are equal. Up to 64 bytes it costs one
/// step a byte; beyond, length times window.
#[must_use]
pub fn jaro(a: &[u8], b: &[u8]) -> f64 {
    match counted(a, b) {
        Ok(matched) => matched.jaro(a.len(), b.len()),
        Err(value) => value,
    }
}

/// The Jaro-Winkler similarity of two strings of bytes: 0 to 1, a common beginning counts more.
///
/// Jaro `j` over 0.7 becomes `j + 0.1 p (1 - j)`, with `p` the length of the common prefix, at most 4
/// (Winkler 1990). The same as `strsim::jaro_winkler`.
#[must_use]
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    boosted(jaro(a, b), a, b)
}

/// Whether [`jaro`] is at least the threshold, mostly without calculating it.
#[must_use]
pub fn jaro_at_least(a: &[u8], b: &[u8], threshold: f64) -> bool {
    at_least(a, b, threshold, |jaro| jaro)
}

/// Whether [`jaro_winkler`] is at least the threshold, mostly without calculating it.
///
/// Lengths, then the sets of bytes, then the matched bytes bound the value from above; only what passes all three
/// is calculated.
///
/// ```
/// use onefold_identity::text::kernel::jaro_winkler_at_least;
/// assert!(jaro_winkler_at_least(b"catherine", b"katherine", 0.92));
/// assert!(!jaro_winkler_at_least(b"catherine", b"kate", 0.92));
/// ```
#[must_use]
pub fn jaro_winkler_at_least(a: &[u8], b: &[u8], threshold: f64) -> bool {
    at_least(a, b, threshold, |jaro| boosted(jaro, a, b))
}

/// What may be lost to rounding in a bound, and must not decide.
const ROUNDING: f64 = 1e-9;

fn at_least(a: &[u8], b: &[u8], threshold: f64, finish: impl Fn(f64) -> f64) -> bool {
    if a == b || a.is_empty() || b.is_empty() {
        return finish(jaro(a, b)) >= threshold;
    }
    let bound = threshold - ROUNDING;
    let possible = |matched: usize| finish(best(matched, a.len(), b.len())) >= bound;
    if !possible(a.len().min(b.len())) {
        return false;
    }
    let (bag_a, bag_b) = (ByteBag::new(a), ByteBag::new(b));
    let in_a = a.len() - bag_a.missing_from(bag_b) as usize;
    let in_b = b.len() - bag_b.missing_from(bag_a) as usize;
    possible(in_a.min(in_b)) && finish(jaro(a, b)) >= threshold
}

/// The highest Jaro value with this many matched bytes: none of them out of order.
fn best(matched: usize, length_a: usize, length_b: usize) -> f64 {
    let matched = Matched {
        count: matched,
        displaced: 0,
    };
    matched.jaro(length_a, length_b)
}

#[inline]
fn boosted(jaro: f64, a: &[u8], b: &[u8]) -> f64 {
    if jaro <= 0.7 {
        return jaro;
    }
    let alike = a.iter().zip(b).take(4).take_while(|(a, b)| a == b);
    jaro + 0.1 * alike.count() as f64 * (1.0 - jaro)
}

/// What was matched: how many bytes, and how many of them stand where another should.
struct Matched {
    count: usize,
    displaced: usize,
}

impl Matched {
    #[inline]
    fn jaro(&self, length_a: usize, length_b: usize) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let matched = self.count as f64;
        let in_order = (self.count - self.displaced / 2) as f64;
        (matched / length_a as f64 + matched / length_b as f64 + in_order / matched) / 3.0
    }
}

/// The matched bytes, or the value itself where there is nothing to count.
#[inline]
fn counted(a: &[u8], b: &[u8]) -> Result<Matched, f64> {
    match (a.len(), b.len()) {
        (0, 0) => Err(1.0),
        (0, _) | (_, 0) => Err(0.0),
        (1..=64, 1..=8) => Ok(matched(a, b, &OneWord::new(b))),
        (1..=64, 9..=16) => Ok(matched(a, b, &TwoWords::new(b))),
        (1..=64, 17..=64) => Ok(Table::with(b, |table| matched(a, b, table))),
        _ => Err(slow::jaro(a, b)),
    }
}

/// Gives each byte of `a`, in order, the first free equal byte of `b` within the window.
#[inline]
fn matched(a: &[u8], b: &[u8], places: &impl Positions) -> Matched {
    // A common beginning is matched place by place: each earlier equal byte is taken already.
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (low_bits(alike), low_bits(alike));
    let mut window = low_bits(alike + reach + 1) & !low_bits(alike.saturating_sub(reach));
    let mut crossed = false;
    for (index, &byte) in a.iter().enumerate().skip(alike) {
        let free = places.of(byte) & window & !of_b;
        let first = free & free.wrapping_neg();
        crossed |= (first != 0) & (first < of_b);
        of_b |= first;
        of_a |= u64::from(free != 0) << index;
        window = window << 1 | u64::from(index < reach);
    }
    // Where no two pairs cross, both sides read the same.
    let behind = !low_bits(alike);
    let displaced = match crossed {
        true => displaced(a, b, of_a & behind, of_b & behind),
        false => 0,
    };
    let count = of_a.count_ones() as usize;
    Matched { count, displaced }
}

/// How many of the matched bytes differ when both sides are read in order.
#[inline]
fn displaced(a: &[u8], b: &[u8], mut of_a: u64, mut of_b: u64) -> usize {
    let mut count = 0;
    while of_a != 0 {
        let here = a.get(of_a.trailing_zeros() as usize);
        let there = b.get(of_b.trailing_zeros() as usize);
        count += usize::from(here != there);
        of_a &= of_a - 1;
        of_b &= of_b.wrapping_sub(1);
    }
    count
}

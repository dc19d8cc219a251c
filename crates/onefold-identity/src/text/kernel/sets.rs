//! Measures on sets: tokens as sorted ids, bigrams of bytes, weighted tokens.
//!
//! Invariant: every measure is 0 to 1 and the same both ways round; two empty sets are equal, one empty set has
//! nothing in common with another.

use smallvec::SmallVec;

/// How many ids two sorted lists share; a repeated id counts as often as both have it.
///
/// Both lists must be sorted, or the count is too low. One step an id.
///
/// ```
/// # use onefold_identity::text::kernel::shared_count;
/// assert_eq!(shared_count(&[1, 4, 9], &[4, 5, 9]), 2);
/// ```
#[must_use]
pub fn shared_count<T: Ord>(a: &[T], b: &[T]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut count = 0;
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        let order = left.cmp(right);
        count += usize::from(order.is_eq());
        if order.is_le() {
            a.next();
        }
        if order.is_ge() {
            b.next();
        }
    }
    count
}

/// The Jaccard similarity of two sorted sets of token ids: shared over all (Jaccard 1901).
#[must_use]
pub fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let shared = shared_count(a, b);
    ratio(shared, a.len() + b.len() - shared)
}

/// The overlap coefficient of two sorted sets of token ids: shared over the smaller (Szymkiewicz 1934).
///
/// A subset is as good as the whole: `anna maria berg` against `anna berg` is 1.
#[must_use]
pub fn overlap(a: &[u32], b: &[u32]) -> f64 {
    match a.is_empty() && b.is_empty() {
        true => 1.0,
        false => ratio_or(shared_count(a, b), a.len().min(b.len()), 0.0),
    }
}

/// The Sørensen-Dice similarity of the bigrams of two strings of bytes, repeated ones counted (Dice 1945).
///
/// Strings of one byte have no bigram: they are 1 when equal, else 0. Two sorts.
///
/// ```
/// # use onefold_identity::text::kernel::dice_bigrams;
/// assert_eq!(dice_bigrams(b"night", b"nacht"), 0.25);
/// ```
#[must_use]
pub fn dice_bigrams(a: &[u8], b: &[u8]) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b) = (bigrams(a), bigrams(b));
    ratio_or(2 * shared_count(&a, &b), a.len() + b.len(), 0.0)
}

/// The cosine of two sparse vectors of (token id, weight), both sorted by id, as of tf-idf.
///
/// 0 where a vector has no length. Neither needs to be normalised.
///
/// ```
/// # use onefold_identity::text::kernel::cosine;
/// assert!((cosine(&[(1, 3.0), (2, 4.0)], &[(2, 1.0)]) - 0.8).abs() < 1e-12);
/// ```
#[must_use]
pub fn cosine(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let length = |it: &[(u32, f64)]| it.iter().map(|(_, weight)| weight * weight).sum::<f64>();
    let lengths = length(a) * length(b);
    if lengths <= 0.0 {
        return if a.is_empty() && b.is_empty() {
            1.0
        } else {
            0.0
        };
    }
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut product = 0.0;
    while let (Some((token_a, weight_a)), Some((token_b, weight_b))) = (left.peek(), right.peek()) {
        let order = token_a.cmp(token_b);
        if order.is_eq() {
            product += weight_a * weight_b;
        }
        if order.is_le() {
            left.next();
        }
        if order.is_ge() {
            right.next();
        }
    }
    // Rounding may end a hair past the bounds.
    (product / lengths.sqrt()).clamp(0.0, 1.0)
}

/// How well each token finds its like on the other side: the mean of the best measures, both ways round
/// (after Monge and Elkan 1996, made symmetric).
///
/// ```
/// # use onefold_identity::text::kernel::{jaro_winkler, monge_elkan};
/// let (a, b) = ([&b"anna"[..], b"berg"], [&b"berg"[..], b"ana"]);
/// assert!(monge_elkan(&a, &b, jaro_winkler) > 0.95);
/// ```
#[must_use]
pub fn monge_elkan(a: &[&[u8]], b: &[&[u8]], measure: impl Fn(&[u8], &[u8]) -> f64) -> f64 {
    if a.is_empty() || b.is_empty() {
        return if a.is_empty() && b.is_empty() {
            1.0
        } else {
            0.0
        };
    }
    let mut best_of_b: SmallVec<[f64; 16]> = SmallVec::from_elem(0.0, b.len());
    let mut sum_of_a = 0.0;
    for one in a {
        let mut best = 0.0f64;
        for (other, best_of_other) in b.iter().zip(&mut best_of_b) {
            let value = measure(one, other);
            best = best.max(value);
            *best_of_other = best_of_other.max(value);
        }
        sum_of_a += best;
    }
    let sum_of_b: f64 = best_of_b.iter().sum();
    (sum_of_a / a.len() as f64 + sum_of_b / b.len() as f64) / 2.0
}

fn bigrams(text: &[u8]) -> SmallVec<[u16; 64]> {
    let pairs = text.windows(2).filter_map(|pair| pair.first_chunk::<2>());
    let mut bigrams: SmallVec<[u16; 64]> = pairs.map(|pair| u16::from_be_bytes(*pair)).collect();
    bigrams.sort_unstable();
    bigrams
}

fn ratio(part: usize, whole: usize) -> f64 {
    ratio_or(part, whole, 1.0)
}

fn ratio_or(part: usize, whole: usize, of_nothing: f64) -> f64 {
    match whole {
        0 => of_nothing,
        _ => part as f64 / whole as f64,
    }
}

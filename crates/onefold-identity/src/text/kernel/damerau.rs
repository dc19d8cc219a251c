//! Damerau-Levenshtein distance without restriction.
//!
//! Invariant: the distance is at least two thirds of the optimal string alignment distance, and at most it. The
//! bit-parallel alignment therefore decides most pairs, and the matrix is only filled where they may differ.

use super::{
    bag::ByteBag,
    edit::{osa, osa_within, without_common_ends},
    slow,
};

/// The Damerau-Levenshtein distance: insertions, deletions, replacements, and swaps of neighbours that may be
/// edited further. The same as `strsim::damerau_levenshtein`.
///
/// The cost is that of [`osa`](super::osa) for most pairs, the product of the lengths for the rest (Lowrance and
/// Wagner 1975).
///
/// ```
/// use onefold_identity::text::kernel::{damerau_levenshtein, osa};
/// assert_eq!(damerau_levenshtein(b"ca", b"abc"), 2);
/// assert_eq!(osa(b"ca", b"abc"), 3);
/// ```
#[must_use]
pub fn damerau_levenshtein(a: &[u8], b: &[u8]) -> usize {
    decide(a, b, osa(a, b))
}

/// The [`damerau_levenshtein`] distance if it is at most the limit, else `None`, mostly found early.
#[must_use]
pub fn damerau_levenshtein_within(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    // A swap with `g` edits in between costs `1 + g` here and at most `2 + g` as alignment, so an alignment
    // over one and a half times the limit leaves no hope.
    let aligned = osa_within(a, b, limit.saturating_add(limit / 2))?;
    Some(decide(a, b, aligned)).filter(|distance| *distance <= limit)
}

fn decide(a: &[u8], b: &[u8], aligned: usize) -> usize {
    // Below 3 there is no room for a swap that is edited further.
    if aligned < 3 {
        return aligned;
    }
    let (a, b) = without_common_ends(a, b);
    let least = ByteBag::new(a).osa_at_least(ByteBag::new(b)) as usize;
    if least.max(a.len().abs_diff(b.len())) == aligned {
        return aligned;
    }
    slow::damerau(a, b)
}

//! The same measures for any text, character by character.
//!
//! Invariant: for ASCII these are the byte kernels; for other text they are slower and mean the same, a character
//! being a Unicode scalar value. Fold text first where accents and case should not count.
//!
//! ```
//! use onefold_identity::text::kernel::chars;
//! assert_eq!(chars::osa("Zoë", "Zeo"), 2);
//! assert_eq!(chars::levenshtein("Łódź", "Lodz"), 3);
//! assert!((chars::jaro_winkler("Дмитрий", "Димитрий") - 0.8768).abs() < 1e-4);
//! ```

use smallvec::SmallVec;

use super::{
    edit::without_common_ends,
    slow::{self, Swap},
};

type Chars = SmallVec<[char; 64]>;

/// The Jaro similarity of two texts; see [`super::jaro`].
#[must_use]
pub fn jaro(a: &str, b: &str) -> f64 {
    if a.is_ascii() && b.is_ascii() {
        return super::jaro(a.as_bytes(), b.as_bytes());
    }
    let (a, b): (Chars, Chars) = (a.chars().collect(), b.chars().collect());
    slow::jaro(&a, &b)
}

/// The Jaro-Winkler similarity of two texts; see [`super::jaro_winkler`].
#[must_use]
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let jaro = jaro(a, b);
    if jaro <= 0.7 {
        return jaro;
    }
    let alike = a.chars().zip(b.chars()).take(4).take_while(|(a, b)| a == b);
    jaro + 0.1 * alike.count() as f64 * (1.0 - jaro)
}

/// The Levenshtein distance of two texts; see [`super::levenshtein`].
#[must_use]
pub fn levenshtein(a: &str, b: &str) -> usize {
    edit(a, b, Swap::Two, usize::MAX).unwrap_or(usize::MAX)
}

/// The Levenshtein distance of two texts if it is at most the limit.
#[must_use]
pub fn levenshtein_within(a: &str, b: &str, limit: usize) -> Option<usize> {
    edit(a, b, Swap::Two, limit)
}

/// The optimal string alignment distance of two texts; see [`super::osa`].
#[must_use]
pub fn osa(a: &str, b: &str) -> usize {
    edit(a, b, Swap::One, usize::MAX).unwrap_or(usize::MAX)
}

/// The optimal string alignment distance of two texts if it is at most the limit.
#[must_use]
pub fn osa_within(a: &str, b: &str, limit: usize) -> Option<usize> {
    edit(a, b, Swap::One, limit)
}

/// The Damerau-Levenshtein distance of two texts; see [`super::damerau_levenshtein`].
#[must_use]
pub fn damerau_levenshtein(a: &str, b: &str) -> usize {
    if a.is_ascii() && b.is_ascii() {
        return super::damerau_levenshtein(a.as_bytes(), b.as_bytes());
    }
    let (a, b): (Chars, Chars) = (a.chars().collect(), b.chars().collect());
    let (a, b) = without_common_ends(&a, &b);
    slow::damerau(a, b)
}

fn edit(a: &str, b: &str, swap: Swap, limit: usize) -> Option<usize> {
    if a.is_ascii() && b.is_ascii() {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        return match swap {
            Swap::One => super::osa_within(a, b, limit),
            Swap::Two => super::levenshtein_within(a, b, limit),
        };
    }
    let (a, b): (Chars, Chars) = (a.chars().collect(), b.chars().collect());
    let (a, b) = without_common_ends(&a, &b);
    slow::edit(a, b, swap, limit)
}

//! From the text of a cell to a typed value: numbers by locale, times by zone, truth values.
//!
//! Invariant: a value is exact or an error; nothing is rounded, clipped or guessed.

mod number;
mod time;

pub(super) use number::{parse_amount, parse_number};
pub(super) use time::TimeRule;

/// The truth value of a word.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    const YES: [&str; 5] = ["true", "yes", "y", "t", "1"];
    const NO: [&str; 5] = ["false", "no", "n", "f", "0"];
    let text = text.trim();
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    match (YES.iter().any(is), NO.iter().any(is)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

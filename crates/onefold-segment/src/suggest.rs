//! "Did you mean": the nearest of the words that would have been right.

use crate::{check::NAME_BYTES_MAX, effort};

/// The word nearest to what was written, if one is near enough to be meant; the first of equals. Nothing is near
/// what is too long to be a name.
///
/// Cost: linear in the words; compared are only those that are about as long.
pub(crate) fn nearest<'w>(
    written: &str,
    words: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    if written.len() > NAME_BYTES_MAX {
        return None;
    }
    let lower = written.to_lowercase();
    let length = lower.chars().count();
    let allowed = (written.chars().count() / 3).clamp(1, 4);
    let distance = |word: &str| {
        let word = word.to_lowercase();
        if word.chars().count().abs_diff(length) > allowed {
            return None;
        }
        effort::note();
        Some(strsim::damerau_levenshtein(&lower, &word))
    };
    words
        .into_iter()
        .filter(|word| word.len().abs_diff(written.len()) <= 16)
        .filter_map(|word| Some((distance(word)?, word)))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The words in backticks: `a`, `b` or `c`.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

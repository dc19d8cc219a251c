//! Functions of texts, which count letters (Unicode scalar values) from 1 as SQL does.
//!
//! Invariant: a letter is never cut in two.

use std::borrow::Cow;

/// Lower case, letter by letter: no letter becomes two.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if !text
        .bytes()
        .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
    {
        return Cow::Borrowed(text);
    }
    let lowered = |letter: char| match letter {
        '\u{130}' => 'i',
        _ => single(letter.to_lowercase()).unwrap_or(letter),
    };
    Cow::Owned(text.chars().map(lowered).collect())
}

/// Upper case, letter by letter: `ß` becomes `ẞ`, and Greek letters with an iota their title case.
pub(super) fn upper(text: &str) -> Cow<'_, str> {
    if !text
        .bytes()
        .any(|byte| byte.is_ascii_lowercase() || !byte.is_ascii())
    {
        return Cow::Borrowed(text);
    }
    let raised = |letter: char| match letter {
        'ß' => 'ẞ',
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            plus(letter, 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => plus(letter, 9),
        _ => single(letter.to_uppercase()).unwrap_or(letter),
    };
    Cow::Owned(text.chars().map(raised).collect())
}

fn plus(letter: char, places: u32) -> char {
    char::from_u32(letter as u32 + places).unwrap_or(letter)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// `length` letters from `start`; a start below zero counts from the end.
pub(super) fn substring(text: &str, start: f64, length: Option<f64>) -> &str {
    let count = text.chars().count() as i64;
    let start = start as i64;
    let from = match start {
        0 => 0,
        1.. => start - 1,
        _ => count.saturating_add(start),
    };
    // A start before the text uses up length; a length below zero runs to the left.
    let start_of_zero = if start == 0 { -1 } else { from };
    let (from, to) = match length.map(|length| length as i64) {
        None => (from, count),
        Some(length) if length < 0 => (start_of_zero.saturating_add(length), start_of_zero),
        Some(length) => (start_of_zero, start_of_zero.saturating_add(length)),
    };
    between(text, from.clamp(0, count), to.clamp(0, count))
}

/// The first letters, or all but the last.
pub(super) fn left(text: &str, count: f64) -> &str {
    let (count, all) = (count as i64, text.chars().count() as i64);
    let to = if count < 0 {
        all.saturating_add(count)
    } else {
        count
    };
    between(text, 0, to.clamp(0, all))
}

/// The last letters, or all but the first.
pub(super) fn right(text: &str, count: f64) -> &str {
    let (count, all) = (count as i64, text.chars().count() as i64);
    let from = if count < 0 {
        count.saturating_neg()
    } else {
        all.saturating_sub(count)
    };
    between(text, from.clamp(0, all), all)
}

/// Letters from one place to another, counted from 0.
fn between(text: &str, from: i64, to: i64) -> &str {
    let place = |count: i64| {
        let count = usize::try_from(count).unwrap_or_default();
        text.char_indices()
            .nth(count)
            .map_or(text.len(), |(at, _)| at)
    };
    text.get(place(from)..place(to)).unwrap_or_default()
}

/// The part of this number, from 1 or, below zero, from the end; the empty text where there is none.
pub(super) fn split_part<'t>(text: &'t str, separator: &str, number: f64) -> &'t str {
    let number = number as i64;
    if separator.is_empty() {
        return if number.abs() <= 1 { text } else { "" };
    }
    let place = usize::try_from(number.unsigned_abs().max(1) - 1).unwrap_or(usize::MAX);
    let part = match number < 0 {
        true => text.rsplit(separator).nth(place),
        false => text.split(separator).nth(place),
    };
    part.unwrap_or_default()
}

/// `LIKE`: `%` is any text and `_` any letter.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    // The place of the last `%` and of the text that it reaches over, to go back to.
    let (mut back, mut rest, mut wanted) = (None, text.chars(), pattern.chars());
    loop {
        let (at_text, at_pattern) = (rest.clone(), wanted.clone());
        match (wanted.next(), rest.next()) {
            (Some('%'), _) => {
                back = Some((at_text.clone(), wanted.clone()));
                rest = at_text;
            }
            (Some('_'), Some(_)) => {}
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return true,
            _ => {
                drop(at_pattern);
                let Some((mut over, pattern)) = back.take() else {
                    return false;
                };
                if over.next().is_none() {
                    return false;
                }
                (rest, wanted) = (over.clone(), pattern.clone());
                back = Some((over, pattern));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_as_sql_counts_them() {
        assert_eq!(substring("hello", 0.0, Some(3.0)), "he");
        assert_eq!(substring("hello", -3.0, Some(2.0)), "ll");
        assert_eq!(substring("hello", 2.0, None), "ello");
        assert_eq!(substring("hello", 0.0, None), "hello");
        assert_eq!(substring("hello", -10.0, Some(7.0)), "he");
        assert_eq!(substring("hello", 3.0, Some(-2.0)), "he");
        assert_eq!(substring("hello", 4.0, Some(9.0)), "lo");
        assert_eq!(substring("日本x", 2.0, Some(1.0)), "本");
        assert_eq!((left("hello", -2.0), left("hello", 9.0)), ("hel", "hello"));
        assert_eq!((right("hello", -2.0), right("日本", 1.0)), ("llo", "本"));
    }

    #[test]
    fn parts_are_counted_from_both_ends() {
        assert_eq!(split_part("a,b,c", ",", 0.0), "a");
        assert_eq!(split_part("a,b,c", ",", 3.0), "c");
        assert_eq!(split_part("a,b,c", ",", -3.0), "a");
        assert_eq!(split_part("a,b,c", ",", -4.0), "");
        assert_eq!(split_part("a@b", "@", 3.0), "");
    }

    #[test]
    fn no_letter_becomes_two() {
        assert_eq!(lower("ÀÉİß"), "àéiß");
        assert_eq!(upper("straße ᾳ ᾀ ŉ"), "STRAẞE ᾼ ᾈ ŉ");
    }

    #[test]
    fn like_has_two_wild_signs() {
        for (text, pattern, expected) in [
            ("abc", "a%", true),
            ("abc", "%b%", true),
            ("abc", "a_c", true),
            ("abc", "_c", false),
            ("aXbXc", "a%X_", true),
            ("", "%", true),
            ("a", "", false),
            ("日本", "_本", true),
        ] {
            assert_eq!(is_like(text, pattern), expected, "{text} like {pattern}");
        }
    }
}

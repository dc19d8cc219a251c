//! One spelling for all: plain lower-case ASCII words with single spaces between them.
//!
//! Invariant: the result has only `a` to `z`, `0` to `9` and single spaces inside, and folding it again changes nothing.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text as plain words: compatibility forms resolved, transliterated to ASCII, lower case, punctuation and
/// white space as single spaces.
///
/// Apostrophes join (`O'Brien` is `obrien`), everything else that is no letter or digit separates. Characters are
/// composed first (NFKC, Unicode Annex 15) and not taken apart, because letters are transliterated whole: `が` is
/// `ga`, while its parts would read `ka`. ASCII text costs one pass and one allocation, about a nanosecond a
/// byte; other text ten times that.
///
/// ```
/// # use onefold_identity::text::fold;
/// assert_eq!(fold("José  NÚÑEZ-García"), "jose nunez garcia");
/// assert_eq!(fold("Дмитрий"), "dmitrii");
/// assert_eq!(fold("Straße 5/2"), "strasse 5 2");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = Folded {
        words: String::with_capacity(text.len()),
        gap: false,
    };
    match text.is_ascii() {
        true => text.bytes().for_each(|byte| folded.ascii(byte)),
        false => text.nfkc().for_each(|letter| folded.letter(letter)),
    }
    folded.words
}

struct Folded {
    words: String,
    /// Whether a separator came after the last letter.
    gap: bool,
}

impl Folded {
    #[inline]
    fn ascii(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() {
            if self.gap && !self.words.is_empty() {
                self.words.push(' ');
            }
            self.gap = false;
            self.words.push(char::from(byte.to_ascii_lowercase()));
        } else if !matches!(byte, b'\'' | b'`') {
            self.gap = true;
        }
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '\0'..='\x7f' => self.ascii(letter as u8),
            _ if joins(letter) => {}
            _ if letter.is_alphanumeric() || is_combining_mark(letter) => {
                let spelled = deunicode::deunicode_char(letter).unwrap_or_default();
                for byte in spelled.bytes() {
                    // Within a letter only a space separates: between syllables of Chinese.
                    if byte == b' ' {
                        self.gap = true;
                    } else if byte.is_ascii_alphanumeric() {
                        self.ascii(byte);
                    }
                }
            }
            _ => self.gap = true,
        }
    }
}

/// Apostrophes of all kinds, and what cannot be seen.
fn joins(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{2bb}'
            | '\u{2bc}'
            | '\u{b4}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201b}'
            | '\u{2032}'
            | '\u{ff07}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text}");
        check("", "");
        check(" \t\r\n", "");
        check("Ann", "ann");
        check("  Ann   LEE. ", "ann lee");
        check("O'Brien O’Brien O`Brien", "obrien obrien obrien");
        check("Smith-Jones", "smith jones");
        check(
            "Ångström Ørsted Æsir Œuvre ß",
            "angstrom orsted aesir oeuvre ss",
        );
        check("e\u{301}te\u{301}", "ete");
        check("ﬁne Ⅷ ½ ２０", "fine viii 1 2 20");
        check("Γιώργος", "giorgos");
        check("北京", "bei jing");
        check("がぎ か\u{3099}", "gagi ga");
        check("a\u{200b}b\u{ad}c", "abc");
        check("a—b…c😀d", "a b c d");
        check("I\u{307}stanbul", "istanbul");
    }

    proptest! {
        #[test]
        fn result_is_plain_and_final(text in "\\PC{0,40}|[ -~]{0,40}|[\\x00-\u{ffff}]{0,20}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b' ';
            prop_assert!(folded.bytes().all(plain));
            prop_assert_eq!(folded.split_whitespace().collect::<Vec<_>>().join(" "), folded);
        }

        /// The fast path gives what the slow one gives.
        #[test]
        fn ascii_agrees(text in "[\\x00-\\x7f]{0,40}") {
            let mut slow = Folded { words: String::new(), gap: false };
            text.nfkc().for_each(|letter| slow.letter(letter));
            prop_assert_eq!(fold(&text), slow.words);
        }
    }
}

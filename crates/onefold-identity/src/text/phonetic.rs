//! Codes by sound, for keys of blocking.
//!
//! Invariant: a code has only capital letters and digits, and is empty where there is no letter.

use super::fold;

/// Which code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phonetic {
    /// American Soundex (Russell and Odell 1918, as the National Archives write it): a letter and three digits.
    Soundex,
    /// Kölner Phonetik (Postel 1969): digits, for German names.
    Cologne,
}

/// The code of this text; it is folded first, and all its words are coded as one.
///
/// One pass, some tens of nanoseconds.
///
/// ```
/// # use onefold_identity::text::{Phonetic, phonetic};
/// assert_eq!(phonetic("Robert", Phonetic::Soundex), phonetic("Rupert", Phonetic::Soundex));
/// assert_eq!(phonetic("Meyer", Phonetic::Cologne), phonetic("Maier", Phonetic::Cologne));
/// ```
#[must_use]
pub fn phonetic(text: &str, code: Phonetic) -> String {
    let letters: Vec<u8> = fold(text).bytes().filter(u8::is_ascii_lowercase).collect();
    match code {
        Phonetic::Soundex => soundex(&letters),
        Phonetic::Cologne => cologne(&letters),
    }
}

fn soundex(letters: &[u8]) -> String {
    let Some((first, rest)) = letters.split_first() else {
        return String::new();
    };
    let mut code = String::with_capacity(4);
    code.push(char::from(first.to_ascii_uppercase()));
    let mut last = soundex_digit(*first);
    for letter in rest {
        let digit = soundex_digit(*letter);
        // `h` and `w` do not part two letters of one sound; vowels do.
        match (digit, letter) {
            (None, b'h' | b'w') => {}
            (None, _) => last = None,
            (Some(sound), _) => {
                if digit != last && code.len() < 4 {
                    code.push(sound);
                }
                last = digit;
            }
        }
    }
    while code.len() < 4 {
        code.push('0');
    }
    code
}

fn soundex_digit(letter: u8) -> Option<char> {
    match letter {
        b'b' | b'f' | b'p' | b'v' => Some('1'),
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => Some('2'),
        b'd' | b't' => Some('3'),
        b'l' => Some('4'),
        b'm' | b'n' => Some('5'),
        b'r' => Some('6'),
        _ => None,
    }
}

fn cologne(letters: &[u8]) -> String {
    let mut code = String::with_capacity(letters.len());
    let mut last = ' ';
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(index + 1).copied();
        for digit in cologne_digits(*letter, before, after).chars() {
            // Repeats count once, vowels only at the beginning; they still part two equal sounds.
            if digit != last && (digit != '0' || code.is_empty()) {
                code.push(digit);
            }
            last = digit;
        }
    }
    code
}

/// The table of Postel; `h` is silent.
fn cologne_digits(letter: u8, before: Option<u8>, after: Option<u8>) -> &'static str {
    let follows = |letters: &[u8]| after.is_some_and(|it| letters.contains(&it));
    let behind = |letters: &[u8]| before.is_some_and(|it| letters.contains(&it));
    match letter {
        b'a' | b'e' | b'i' | b'j' | b'o' | b'u' | b'y' => "0",
        b'p' if follows(b"h") => "3",
        b'b' | b'p' => "1",
        b'd' | b't' if follows(b"csz") => "8",
        b'd' | b't' => "2",
        b'f' | b'v' | b'w' => "3",
        b'g' | b'k' | b'q' => "4",
        b'c' if before.is_none() && follows(b"ahkloqrux") => "4",
        b'c' if before.is_some() && follows(b"ahkoqux") && !behind(b"sz") => "4",
        b'x' if behind(b"ckq") => "8",
        b'x' => "48",
        b'l' => "5",
        b'm' | b'n' => "6",
        b'r' => "7",
        b'c' | b's' | b'z' => "8",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn soundex_of_the_archives() {
        let check = |text: &str, expected: &str| {
            assert_eq!(phonetic(text, Phonetic::Soundex), expected, "{text}");
        };
        check("Robert", "R163");
        check("Rupert", "R163");
        check("Ashcraft", "A261");
        check("Tymczak", "T522");
        check("Pfister", "P236");
        check("Honeyman", "H555");
        check("O'Hara", "O600");
        check("Lee", "L000");
        check("Müller", "M460");
        check("123", "");
        check("", "");
    }

    #[test]
    fn cologne_of_postel() {
        let check = |text: &str, expected: &str| {
            assert_eq!(phonetic(text, Phonetic::Cologne), expected, "{text}");
        };
        check("Wikipedia", "3412");
        check("Müller-Lüdenscheidt", "65752682");
        check("Breschnew", "17863");
        check("Meyer", "67");
        check("Maier", "67");
        check("Aaron", "076");
        check("Xaver", "4837");
        check("", "");
    }

    proptest! {
        #[test]
        fn plain_for_any_text(text in "\\PC{0,30}") {
            for code in [Phonetic::Soundex, Phonetic::Cologne] {
                let code = phonetic(&text, code);
                prop_assert!(code.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit()));
            }
        }
    }
}

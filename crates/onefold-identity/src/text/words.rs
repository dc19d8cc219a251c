//! Word lists, read once from the text files beside this folder.
//!
//! Invariant: every list is sorted, folded and free of repeats (tested), so that what is looked up is what `fold` gives.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

/// A list with one word a line.
pub(super) struct WordSet {
    text: &'static str,
    words: OnceLock<HashSet<&'static str>>,
}

/// A list with lines `word: variant variant`.
pub(super) struct Variants {
    text: &'static str,
    separator: &'static str,
    words: OnceLock<HashMap<&'static str, &'static str>>,
}

impl WordSet {
    pub(super) const fn new(text: &'static str) -> Self {
        Self {
            text,
            words: OnceLock::new(),
        }
    }

    pub(super) fn has(&self, word: &str) -> bool {
        let read = || self.text.lines().collect();
        self.words.get_or_init(read).contains(word)
    }
}

impl Variants {
    pub(super) const fn new(text: &'static str) -> Self {
        Self::separated(text, " ")
    }

    /// A list whose variants are of several words, with this between them.
    pub(super) const fn separated(text: &'static str, separator: &'static str) -> Self {
        Self {
            text,
            separator,
            words: OnceLock::new(),
        }
    }

    /// The word that this one is a variant of; the word itself where it begins a line.
    pub(super) fn get(&self, word: &str) -> Option<&'static str> {
        let read = || self.read();
        self.words.get_or_init(read).get(word).copied()
    }

    fn read(&self) -> HashMap<&'static str, &'static str> {
        let mut words = HashMap::new();
        for (word, variants) in entries(self.text) {
            words.insert(word, word);
            for variant in variants.split(self.separator).filter(|it| !it.is_empty()) {
                words.insert(variant, word);
            }
        }
        words
    }
}

/// The lines of a list as what is before the colon and what is behind it.
pub(super) fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let split = |line: &'static str| line.split_once(':').unwrap_or((line, ""));
    text.lines()
        .map(split)
        .map(|(word, rest)| (word, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_plain(word: &str) -> bool {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| letters(byte) || b" .".contains(&byte))
    }

    fn is_sorted(words: &[&str]) -> Result<(), String> {
        match words.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(format!("`{}` before `{}`", pair[0], pair[1])),
            None => Ok(()),
        }
    }

    #[test]
    fn sets_are_sorted_and_plain() {
        let check = |name: &str, text: &str| {
            let words: Vec<&str> = text.lines().collect();
            assert_eq!(is_sorted(&words), Ok(()), "{name}");
            let rough = words.iter().find(|it| !is_plain(&it.replace('-', "")));
            assert_eq!(rough, None, "{name}");
        };
        check("company_noise", include_str!("data/company_noise.txt"));
        check("free_mail", include_str!("data/free_mail.txt"));
        check("name_suffixes", include_str!("data/name_suffixes.txt"));
        check("particles", include_str!("data/particles.txt"));
        check("role_mailboxes", include_str!("data/role_mailboxes.txt"));
        check("titles", include_str!("data/titles.txt"));
        check(
            "two_level_suffixes",
            include_str!("data/two_level_suffixes.txt"),
        );
        check("unit_words", include_str!("data/unit_words.txt"));
    }

    #[test]
    fn variants_are_sorted_plain_and_of_one_word() {
        let check = |name: &str, text: &'static str, separator: &str, once: bool| {
            let words: Vec<&str> = entries(text).map(|(word, _)| word).collect();
            assert_eq!(is_sorted(&words), Ok(()), "{name}");
            let mut seen: HashSet<&str> = words.iter().copied().collect();
            for (word, variants) in entries(text) {
                let variants: Vec<&str> = variants
                    .split(separator)
                    .filter(|it| !it.is_empty())
                    .collect();
                assert_eq!(is_sorted(&variants), Ok(()), "{name}: {word}");
                for variant in variants {
                    assert!(is_plain(variant), "{name}: `{variant}`");
                    assert!(seen.insert(variant) || !once, "{name}: `{variant}` twice");
                }
            }
        };
        check(
            "legal_forms",
            include_str!("data/legal_forms.txt"),
            "; ",
            true,
        );
        check(
            "company_words",
            include_str!("data/company_words.txt"),
            " ",
            false,
        );
        check(
            "street_types",
            include_str!("data/street_types.txt"),
            " ",
            true,
        );
        check("months", include_str!("data/months.txt"), " ", true);
        for (name, text) in super::super::nickname::LISTS {
            check(name, text, " ", false);
        }
    }
}

//! Regular expressions as RE2 reads them, in the words of the crate `regex`.
//!
//! The two differ in little: RE2's `\d`, `\w`, `\s` and `\b` are of ASCII alone, and within `[...]` an
//! opening bracket, `&&`, `--` and `~~` are letters like others.
//!
//! Invariant: a pattern that was read matches in time linear in the text.

use std::{borrow::Cow, fmt};

use regex::{Regex, RegexBuilder};

/// A pattern and its options, compiled once.
#[derive(Clone)]
pub(super) struct Pattern {
    text: Box<str>,
    options: Box<str>,
    regex: Regex,
    is_global: bool,
}

/// The compiled size beyond which a pattern is refused.
const SIZE_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    /// Compiles a pattern with the options `i`, `g`, `s`, `m`, `c`; or says why not.
    pub(super) fn read(text: &str, options: &str) -> Result<Self, String> {
        Self::compile(&translated(text), text, options)
    }

    /// As [`read`](Pattern::read), of a pattern that must match the whole of a text.
    pub(super) fn read_whole(text: &str, options: &str) -> Result<Self, String> {
        Self::compile(&format!("\\A(?:{})\\z", translated(text)), text, options)
    }

    fn compile(regex: &str, text: &str, options: &str) -> Result<Self, String> {
        if let Some(odd) = options.chars().find(|letter| !"cigsm".contains(*letter)) {
            return Err(format!(
                "the option `{odd}` of a pattern is unknown; known are c, i, g, s, m"
            ));
        }
        let built = RegexBuilder::new(regex)
            .case_insensitive(options.contains('i'))
            .dot_matches_new_line(options.contains('s'))
            .size_limit(SIZE_BYTES_MAX)
            .build();
        let regex = built.map_err(|error| {
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default().trim();
            format!(
                "the pattern `{text}` cannot be read: {}",
                reason.trim_start_matches("error: ")
            )
        })?;
        let is_global = options.contains('g');
        Ok(Self {
            text: text.into(),
            options: options.into(),
            regex,
            is_global,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn options(&self) -> &str {
        &self.options
    }

    /// Where the group was found first, or the empty text.
    pub(super) fn extract<'t>(&self, text: &'t str, group: usize) -> &'t str {
        if group == 0 {
            return self.regex.find(text).map_or("", |found| found.as_str());
        }
        let groups = self.regex.captures(text);
        groups
            .and_then(|groups| groups.get(group))
            .map_or("", |found| found.as_str())
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The text with the first match replaced, or all; `\1` in the replacement is the first group.
    pub(super) fn replace<'t>(&self, text: &'t str, with: &str) -> Cow<'t, str> {
        let write = |groups: &regex::Captures<'_>| {
            let mut out = String::new();
            let mut letters = with.chars();
            while let Some(letter) = letters.next() {
                match (letter, letter == '\\') {
                    (_, false) => out.push(letter),
                    (_, true) => match letters.next().map(|next| (next, next.to_digit(10))) {
                        Some((_, Some(group))) => {
                            out.push_str(groups.get(group as usize).map_or("", |it| it.as_str()));
                        }
                        Some((next, None)) => out.push(next),
                        None => out.push('\\'),
                    },
                }
            }
            out
        };
        self.regex
            .replacen(text, usize::from(!self.is_global), write)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.options) == (&other.text, &other.options)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut letters = pattern.chars().peekable();
    // Letters since the bracket opened; a `]` that comes first is one of the letters.
    let mut in_class: Option<usize> = None;
    while let Some(letter) = letters.next() {
        match (letter, in_class) {
            ('\\', _) => {
                escape(letters.next(), in_class.is_some(), &mut out);
                in_class = in_class.map(|letters| letters + 1);
            }
            ('[', None) => {
                out.push('[');
                if letters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                in_class = Some(0);
            }
            ('[', Some(_)) if letters.peek() == Some(&':') => {
                out.push('[');
                for letter in letters.by_ref() {
                    out.push(letter);
                    if letter == ']' {
                        break;
                    }
                }
                in_class = Some(1);
            }
            (']', Some(count)) if count > 0 => {
                out.push(']');
                in_class = None;
            }
            ('[' | ']' | '&' | '~', Some(count)) => {
                out.push('\\');
                out.push(letter);
                in_class = Some(count + 1);
            }
            (_, count) => {
                out.push(letter);
                in_class = count.map(|count| count + 1);
            }
        }
    }
    out
}

/// What stands after a backslash, with the classes of ASCII written out.
fn escape(letter: Option<char>, is_in_class: bool, out: &mut String) {
    let class = match letter {
        Some('d') => "[0-9]",
        Some('D') => "[^0-9]",
        Some('w') => "[0-9A-Za-z_]",
        Some('W') => "[^0-9A-Za-z_]",
        Some('s') => "[\\t\\n\\x0C\\r ]",
        Some('S') => "[^\\t\\n\\x0C\\r ]",
        Some('b') if !is_in_class => "(?-u:\\b)",
        Some('Z') => "\\z",
        other => {
            out.push('\\');
            out.extend(other);
            return;
        }
    };
    out.push_str(class);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, group: usize, expected: &str) {
        let found = Pattern::read(pattern, "").unwrap();
        assert_eq!(found.extract(text, group), expected, "{pattern} in {text}");
    }

    #[test]
    fn patterns_are_read_as_re2_reads_them() {
        check("^[^@]+", "ann@x.test", 0, "ann");
        check("@([^@]+)$", "ann@x.test", 1, "x.test");
        check("\\w+", "é1", 0, "1");
        check("[\\d-]+", "٣3-4", 0, "3-4");
        check("[]a]+", "x]a]", 0, "]a]");
        check("[[:alpha:][]+", "1[b[", 0, "[b[");
        check("[a&&b]+", "x&&b", 0, "&&b");
        check("\\b.", "aé b", 0, "a");
        check("a.b", "a\nb", 0, "");
        check("(a)(b)", "ab", 3, "");
    }

    #[test]
    fn matches_are_replaced_once_or_everywhere() {
        let check = |pattern: &str, options: &str, text: &str, with: &str, expected: &str| {
            let pattern = Pattern::read(pattern, options).unwrap();
            assert_eq!(
                pattern.replace(text, with),
                expected,
                "{pattern:?} in {text}"
            );
        };
        check("-", "", "a-b-c", "", "ab-c");
        check("-", "g", "a-b-c", "", "abc");
        check("(b)", "", "abc", "[\\1]", "a[b]c");
        check("a", "g", "aab", "$0x", "$0x$0xb");
        check("B", "gi", "abcb", "\\0\\0", "abbcbb");
        assert!(Pattern::read("(", "").is_err());
        assert!(Pattern::read("a", "x").is_err());
    }
}

//! Reading Rust text without a parser: comments and quoted text blanked out, functions found by braces.
//!
//! Invariant: blanking keeps every line where it was.

/// The source with comments, strings and characters replaced by spaces.
pub fn blanked(source: &str) -> String {
    without(source, |_| true)
}

/// The source with comments replaced by spaces, letter for letter as long as [`blanked`].
pub fn uncommented(source: &str) -> String {
    without(source, |first| first == '/')
}

/// `hides` decides by the first letter of a comment or quoted text.
fn without(source: &str, hides: impl Fn(char) -> bool) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut place = 0;
    while let Some(&letter) = letters.get(place) {
        let end = quoted_end(&letters, place).map_or(place + 1, |end| end.min(letters.len()));
        let hidden = end > place + 1 && hides(letter);
        for letter in letters.get(place..end).unwrap_or_default() {
            out.push(if hidden && *letter != '\n' {
                ' '
            } else {
                *letter
            });
        }
        place = end;
    }
    out
}

/// Where the comment or quoted text that begins here ends, if one begins here.
fn quoted_end(letters: &[char], place: usize) -> Option<usize> {
    let at = |offset: usize| letters.get(place + offset).copied();
    let inside_word = place > 0 && letters.get(place - 1).copied().is_some_and(is_word);
    match (at(0)?, at(1)) {
        ('/', Some('/')) => Some(find(letters, place, |letter| letter == '\n')),
        ('/', Some('*')) => Some(block_comment_end(letters, place)),
        ('"', _) => Some(string_end(letters, place)),
        ('r', Some('"' | '#')) if !inside_word => raw_string_end(letters, place + 1),
        ('b' | 'c', Some('r')) if !inside_word => raw_string_end(letters, place + 2),
        ('\'', Some('\\')) => Some(find(letters, place + 3, |letter| letter == '\'') + 1),
        // A lifetime has no closing quote after one letter.
        ('\'', Some(_)) if at(2) == Some('\'') => Some(place + 3),
        _ => None,
    }
}

fn find(letters: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    let rest = letters.get(from..).unwrap_or_default();
    let found = rest.iter().position(|letter| wanted(*letter));
    found.map_or(letters.len(), |offset| from + offset)
}

fn block_comment_end(letters: &[char], start: usize) -> usize {
    let (mut place, mut depth) = (start, 0_usize);
    while let Some(&letter) = letters.get(place) {
        match (letter, letters.get(place + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                place += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                place += 2;
            }
            _ => place += 1,
        }
        if depth == 0 {
            break;
        }
    }
    place
}

fn string_end(letters: &[char], start: usize) -> usize {
    let mut place = start + 1;
    while let Some(&letter) = letters.get(place) {
        match letter {
            '\\' => place += 2,
            '"' => return place + 1,
            _ => place += 1,
        }
    }
    letters.len()
}

/// `hashes` is where the hashes begin, after `r` or `br`.
fn raw_string_end(letters: &[char], hashes: usize) -> Option<usize> {
    let quote = find(letters, hashes, |letter| letter != '#');
    if letters.get(quote) != Some(&'"') {
        return None; // A raw identifier, such as `r#type`.
    }
    let count = quote - hashes;
    let mut place = quote + 1;
    loop {
        place = find(letters, place, |letter| letter == '"') + 1;
        let closed = letters.get(place..place + count);
        if place >= letters.len()
            || closed.is_some_and(|rest| rest.iter().all(|letter| *letter == '#'))
        {
            return Some((place + count).min(letters.len()));
        }
    }
}

/// A function: its name, the line it begins in (from 1), and how many lines it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The name.
    pub name: String,
    /// The line of `fn`, counted from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
}

/// Every function with a body, nested ones too.
pub fn functions(source: &str) -> Vec<Function> {
    let letters: Vec<char> = blanked(source).chars().collect();
    let mut found = Vec::new();
    for place in 0..letters.len() {
        if let Some((name, after)) = function_name(&letters, place)
            && let Some((_, end)) = body(&letters, after)
        {
            let lines_in = |range: std::ops::Range<usize>| {
                let range = letters.get(range).unwrap_or_default();
                range.iter().filter(|letter| **letter == '\n').count()
            };
            let line = lines_in(0..place) + 1;
            let lines = lines_in(place..end) + 1;
            found.push(Function { name, line, lines });
        }
    }
    found
}

/// The name after `fn` if one stands here, and where the name ends.
fn function_name(letters: &[char], place: usize) -> Option<(String, usize)> {
    let before = place.checked_sub(1).and_then(|before| letters.get(before));
    let keyword = letters.get(place..place + 3)? == ['f', 'n', ' '];
    if !keyword || before.copied().is_some_and(is_word) {
        return None;
    }
    let end = find(letters, place + 3, |letter| !is_word(letter));
    let name: String = letters.get(place + 3..end)?.iter().collect();
    (!name.is_empty()).then_some((name, end))
}

/// The braces of the body; none if the declaration ends without one.
fn body(letters: &[char], from: usize) -> Option<(usize, usize)> {
    let mut depth = 0_i32;
    let mut begin = None;
    for (place, letter) in letters.iter().enumerate().skip(from) {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 && begin.is_none() => return None,
            '{' => {
                if depth == 0 && begin.is_none() {
                    begin = Some(place);
                }
                depth += 1;
            }
            '}' => {
                depth -= 1;
                if let (0, Some(begin)) = (depth, begin) {
                    return Some((begin, place));
                }
            }
            _ => {}
        }
    }
    None
}

pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[(&str, usize, usize)]) {
        let found = functions(source);
        let found: Vec<_> = found
            .iter()
            .map(|f| (f.name.as_str(), f.line, f.lines))
            .collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn functions_are_found_with_their_lines() {
        check("fn one() {}\n", &[("one", 1, 1)]);
        check(
            "pub fn a(x: [u8; 2]) -> u8 {\n  x\n}\n\nfn b() {\n}",
            &[("a", 1, 3), ("b", 5, 2)],
        );
        check(
            "fn outer() {\n  fn inner() {\n  }\n}",
            &[("outer", 1, 4), ("inner", 2, 2)],
        );
        check(
            "trait T { fn none(&self); fn some(&self) {} }",
            &[("some", 1, 1)],
        );
        check("type F = fn(u8) -> u8;\nlet often = 1;", &[]);
    }

    #[test]
    fn quoted_braces_do_not_count() {
        check(
            "fn a() {\n \"}\\\"}\"; '}'; '\\''; // }\n /* } /* } */ } */ r#\"}\"\"#; br\"}\"\n}",
            &[("a", 1, 4)],
        );
        check("fn a<'x>(v: &'x str) {\n r#type\n}", &[("a", 1, 3)]);
    }

    #[test]
    fn blanking_keeps_lines() {
        let source = "a \"b\nc\" // d\n/* e\nf */ 'g' h";
        let blank = blanked(source);
        assert_eq!(
            blank,
            "a   \n       \n    \n         h".replace("       \n", &format!("{}\n", " ".repeat(7)))
        );
        assert_eq!(blank.lines().count(), source.lines().count());
    }

    #[test]
    fn comments_go_and_strings_stay() {
        let source = "a /* \" */ \"// b\" // c\nr#\"/*\"# d";
        let text = uncommented(source);
        assert_eq!(text, "a         \"// b\"     \nr#\"/*\"# d");
        assert_eq!(text.chars().count(), blanked(source).chars().count());
    }

    #[test]
    fn unfinished_text_ends() {
        for source in [
            "\"", "/*", "r#\"", "'", "'\\", "fn", "fn a() {", "//", "b", "\"\\",
        ] {
            assert_eq!(blanked(source).lines().count(), source.lines().count());
            assert_eq!(functions(source), []);
        }
    }
}

//! An item of Rust: what stands before its body, and where the body is.
//!
//! Invariant: reading never fails; what is not understood becomes an item that nobody lists.

use std::ops::Range;

use super::text::Text;

/// An item of a module, an `impl` or a trait.
pub(super) struct Item {
    /// `#[..]`, each as one line.
    pub(super) attributes: Vec<String>,
    /// Visible as far as the module is: `pub` alone.
    pub(super) public: bool,
    /// `fn`, `struct`, `impl`; `name!` for a call of a macro.
    pub(super) keyword: String,
    /// The name; empty for `impl` and `use`.
    pub(super) name: String,
    /// Everything before the body.
    pub(super) head: Range<usize>,
    /// What stands within the braces.
    pub(super) body: Option<Range<usize>>,
}

impl Item {
    /// Tests are no API, and what is hidden from the documentation is none by its own word.
    pub(super) fn is_hidden(&self) -> bool {
        hides(&self.attributes)
    }
}

/// The attributes that a caller can notice.
pub(super) fn noticed(attributes: &[String]) -> impl Iterator<Item = &String> {
    let noticed = [
        "cfg",
        "default",
        "deprecated",
        "derive",
        "non_exhaustive",
        "repr",
    ];
    attributes.iter().filter(move |attribute| {
        let name = attribute.trim_start_matches("#[");
        noticed.iter().any(|told| name.starts_with(told))
    })
}

/// Whether attributes take what they belong to out of the API.
pub(super) fn hides(attributes: &[String]) -> bool {
    let hiding = [
        "#[cfg(test)]",
        "#[cfg(all(test,",
        "#[doc(hidden)]",
        "#[test]",
    ];
    attributes
        .iter()
        .any(|attribute| hiding.iter().any(|hiding| attribute.starts_with(hiding)))
}

/// The items of a file or body, in their order.
pub(super) fn items(text: &Text, range: Range<usize>) -> Vec<Item> {
    let mut found = Vec::new();
    let mut place = text.solid(range.start, range.end);
    while place < range.end {
        let (attributes, start) = text.attributes(place, range.end);
        place = match text.at(start) {
            Some('$') if text.at(start + 1) == Some('(') => repeated(text, start),
            // What is left of a repetition, and stray semicolons.
            Some(')' | '*' | '+' | '?' | ',' | ';') => start + 1,
            _ => {
                let (item, end) = item(text, attributes, start..range.end);
                found.push(item);
                end
            }
        };
        place = text.solid(place, range.end);
    }
    found
}

/// Where to read on at `$(` of a macro: within it, or behind it if it repeats attributes only.
fn repeated(text: &Text, dollar: usize) -> usize {
    let close = text.closing(dollar + 1);
    let (_, repeated) = text.attributes(dollar + 2, close);
    if repeated < close {
        dollar + 2
    } else {
        close + 1
    }
}

fn item(text: &Text, attributes: Vec<String>, range: Range<usize>) -> (Item, usize) {
    let (public, start) = visibility(text, &range);
    let (keyword, after) = keyword(text, start, range.end);
    let after = text.solid(after, range.end);
    let (name, _) = match keyword.as_str() {
        "impl" | "use" => (String::new(), after),
        _ => text.word(after),
    };
    // These end with a semicolon, whatever braces stand in their value.
    let braces = !matches!(keyword.as_str(), "use" | "const" | "static" | "type");
    let (head_end, body, end) = ends(text, start, range.end, braces);
    let item = Item {
        attributes,
        public,
        keyword,
        name,
        head: range.start..head_end,
        body,
    };
    (item, end)
}

/// Whether the item is `pub`, and where it goes on.
fn visibility(text: &Text, range: &Range<usize>) -> (bool, usize) {
    let (word, end) = text.word(range.start);
    let next = text.solid(end, range.end);
    match (word.as_str(), text.at(next)) {
        ("pub", Some('(')) => {
            let close = text.closing(next);
            (false, text.solid(close + 1, range.end))
        }
        ("pub", _) => (true, next),
        _ => (false, range.start),
    }
}

/// What kind of item it is, and where that word ends.
fn keyword(text: &Text, start: usize, end: usize) -> (String, usize) {
    let (word, after) = text.word(start);
    let next = text.solid(after, end);
    let (next_word, _) = text.word(next);
    let qualifies = match word.as_str() {
        "const" => ["fn", "async", "unsafe", "extern"].contains(&next_word.as_str()),
        "async" | "unsafe" | "default" | "extern" => !next_word.is_empty(),
        _ => false,
    };
    match (qualifies, text.at(after)) {
        (true, _) => keyword(text, next, end),
        (false, Some('!')) => (format!("{word}!"), after + 1),
        (false, _) => (word, after),
    }
}

/// Where the head ends, where the body is, and where the next item can begin.
fn ends(
    text: &Text,
    start: usize,
    end: usize,
    braces: bool,
) -> (usize, Option<Range<usize>>, usize) {
    let mut place = start;
    while place < end {
        match text.at(place) {
            Some(';') => return (place, None, place + 1),
            Some('{') if braces => {
                let close = text.closing(place).min(end);
                return (place, Some(place + 1..close), close + 1);
            }
            Some('(' | '[' | '{') => place = text.closing(place),
            _ => {}
        }
        place += 1;
    }
    (end, None, end)
}

//! Lists written as text, as `CAST(... AS VARCHAR[])` reads them: `[a, 'b, c', "d", NULL]`.
//!
//! Invariant: every text is a list. What does not begin with `[` and end with `]` is a list of that one
//! text, because files have no lists and a single value is often written without brackets.

use std::borrow::Cow;

use super::value::Value;

/// The items of a list written as text; items are texts or missing, and nested lists stay text.
pub(super) fn read(text: &str) -> Vec<Value<'static>> {
    let trimmed = text.trim_matches(|letter: char| letter.is_ascii_whitespace());
    let inner = trimmed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let Some(inner) = inner else {
        return vec![owned(text.to_owned())];
    };
    if inner.trim().is_empty() {
        return Vec::new();
    }
    Reader::default().items(inner)
}

fn owned(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

#[derive(Debug, Default)]
struct Reader {
    item: String,
    /// Bytes of `item` that came from quotes, and so are not trimmed.
    kept: usize,
    was_quoted: bool,
    quote: Option<char>,
    depth: usize,
    items: Vec<Value<'static>>,
}

impl Reader {
    fn items(mut self, inner: &str) -> Vec<Value<'static>> {
        let mut letters = inner.chars();
        while let Some(letter) = letters.next() {
            match self.quote {
                Some(_) if letter == '\\' => self.keep(letters.next()),
                Some(quote) if letter == quote && self.depth == 0 => self.quote = None,
                Some(_) => self.keep(Some(letter)),
                None => self.unquoted(letter),
            }
        }
        self.finish();
        self.items
    }

    fn unquoted(&mut self, letter: char) {
        match letter {
            '\'' | '"' if self.depth == 0 && self.item.trim().is_empty() => {
                self.item.clear();
                self.was_quoted = true;
                self.quote = Some(letter);
            }
            ',' if self.depth == 0 => self.finish(),
            '[' => {
                self.depth += 1;
                self.item.push(letter);
            }
            ']' => {
                self.depth = self.depth.saturating_sub(1);
                self.item.push(letter);
            }
            _ => self.item.push(letter),
        }
    }

    fn keep(&mut self, letter: Option<char>) {
        self.item.extend(letter);
        self.kept = self.item.len();
    }

    fn finish(&mut self) {
        let kept = self.item.get(..self.kept).unwrap_or_default();
        let rest = self.item.get(self.kept..).unwrap_or_default();
        let text = match self.was_quoted {
            true => format!("{kept}{}", rest.trim_end()),
            false => rest.trim().to_owned(),
        };
        let is_missing = !self.was_quoted && text.eq_ignore_ascii_case("null");
        self.items.push(if is_missing {
            Value::Missing
        } else {
            owned(text)
        });
        self.item.clear();
        (self.kept, self.was_quoted) = (0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[Option<&str>]) {
        let read = read(text);
        let read: Vec<Option<Cow<'_, str>>> = read.iter().map(Value::as_text).collect();
        let read: Vec<Option<&str>> = read.iter().map(Option::as_deref).collect();
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn lists_are_read_from_text() {
        check("[]", &[]);
        check(" [ a , b ] ", &[Some("a"), Some("b")]);
        check(
            "[a, \"b c\", 'd,e']",
            &[Some("a"), Some("b c"), Some("d,e")],
        );
        check("[NULL, a]", &[None, Some("a")]);
        check("['null']", &[Some("null")]);
        check("[a,,b]", &[Some("a"), Some(""), Some("b")]);
        check("[\"a\\\"b\"]", &[Some("a\"b")]);
        check("[[a,c],b]", &[Some("[a,c]"), Some("b")]);
        check("[' a ']", &[Some(" a ")]);
        check("a, b", &[Some("a, b")]);
    }
}

//! The language against random names: words of the language where names stand, any bytes, any layout.

use onefold_segment::{Library, render};
use proptest::{prelude::*, sample::select};

use crate::random::definitions;

/// Names that are words of the language somewhere, or look like other tokens.
const WORDS: [&str; 62] = [
    "any",
    "event",
    "then",
    "no",
    "directly",
    "within",
    "without",
    "all",
    "as",
    "from",
    "to",
    "ago",
    "days",
    "day",
    "distinct",
    "property",
    "trait",
    "top",
    "bottom",
    "sample",
    "percentile",
    "lapsed",
    "stopped",
    "restarted",
    "sequence",
    "consent",
    "recency",
    "sum",
    "count",
    "p90",
    "over",
    "members",
    "member",
    "organisation",
    "today",
    "yesterday",
    "this",
    "last",
    "whole",
    "by",
    "for",
    "the",
    "time",
    "times",
    "with",
    "role",
    "contains",
    "starts",
    "ends",
    "is",
    "set",
    "exactly",
    "at",
    "salt",
    "v1",
    "zone",
    "among",
    "of",
    "EUR",
    "a.b",
    "3rd",
    "\"",
];

proptest! {
    #[test]
    fn names_may_be_words_of_the_language(
        definitions in definitions(),
        words in [select(&WORDS), select(&WORDS), select(&WORDS), select(&WORDS)],
    ) {
        let mut json = Library::new(definitions).unwrap().to_json();
        for (name, word) in ["view", "price", "last", "quantity"].into_iter().zip(words) {
            // `last` is a function in one place of the tree, where it stays.
            let kept = "\"function\":\"last\"";
            json = json.replace(kept, "\u{1}");
            let word = word.replace('"', "\\\"");
            json = json.replace(&format!(":\"{name}\""), &format!(":\"{word}\""));
            json = json.replace('\u{1}', kept);
        }
        // A name that is taken twice, or reads like a step, is refused.
        let Ok(library) = Library::from_json(&json) else { return Ok(()) };
        let text = library.to_string();
        let read = Library::parse(&text).map_err(|error| {
            TestCaseError::fail(format!("{text}{}", render(&text, error.diagnostics())))
        })?;
        prop_assert_eq!(&read, &library, "{}", text);
    }

    #[test]
    fn what_is_laid_out_stays(definitions in definitions(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let library = Library::new(definitions).unwrap();
        let mut text = library.to_string();
        prop_assert_eq!(&Library::format(&text).unwrap(), &text);
        // Comments and line ends anywhere between words.
        for cut in cuts {
            let spaces: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
            let Some(at) = spaces.get(cut.index(spaces.len().max(1))) else { continue };
            let mut changed = text.clone();
            changed.replace_range(at..=at, " # a comment\n\n");
            // Inside of text in quotes it would change the text.
            if Library::parse(&changed).is_ok_and(|read| read == library) {
                text = changed;
            }
        }
        let laid_out = Library::format(&text).unwrap();
        prop_assert_eq!(Library::parse(&laid_out).unwrap(), library);
        prop_assert_eq!(laid_out.matches("# a comment").count(), text.matches("# a comment").count());
        prop_assert_eq!(Library::format(&laid_out).unwrap(), laid_out);
    }

    #[test]
    fn words_in_any_order_are_read_without_panic(words in prop::collection::vec(select(&WORDS), 0..40), signs in prop::collection::vec("[()\\[\\]|%.,=<>+*/\"# 0-9-]{1,3}", 40)) {
        let parts = words.iter().zip(&signs).map(|(word, sign)| format!("{word} {sign}"));
        let text = format!("segment a = {}", parts.collect::<Vec<_>>().join(" "));
        if let Err(error) = Library::parse(&text) {
            for mistake in error.diagnostics() {
                let span = mistake.span.clone().unwrap();
                prop_assert!(span.start <= span.end && span.end <= text.len());
            }
        }
    }

    #[test]
    fn bytes_are_read_as_json_without_panic(bytes in any::<Vec<u8>>(), definitions in definitions(), at in any::<prop::sample::Index>()) {
        let _ = Library::from_json(&String::from_utf8_lossy(&bytes));
        let mut json = Library::new(definitions).unwrap().to_json();
        let mut at = at.index(json.len());
        while !json.is_char_boundary(at) { at -= 1; }
        json.truncate(at);
        prop_assert!(Library::from_json(&json).is_err());
    }

    #[test]
    fn everything_has_a_sentence(definitions in definitions()) {
        let library = Library::new(definitions).unwrap();
        let all = library.definitions().len();
        let sentences = library.english();
        prop_assert_eq!(sentences.len(), all);
        for sentence in sentences {
            prop_assert!(sentence.ends_with('.') && !sentence.contains("  "), "{}", sentence);
        }
        let _ = library.lint(&onefold_segment::Catalogue::default());
    }
}

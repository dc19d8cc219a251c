//! Reading TOML and JSON so that a mistake shows its place and what was meant.

use onefold_event::{Diagnostic, Error, ErrorKind};
use serde::de::DeserializeOwned;
use toml::de::DeTable;

use super::draft::{Draft, Repaired};
use crate::suggest::{closest, listed};

/// Mistakes that are told of one text at most; after so many it is something else.
const MISTAKES_MAX: usize = 100;

/// Reads a configuration in TOML.
///
/// # Errors
/// `InvalidInput` with the line, a mark under the place, and the closest key for one that is not
/// known. Unknown keys, unknown words and values of a wrong type are told all at once, up to the first key
/// that is missing or stands there twice:
///
/// ```
/// #[derive(Debug, serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Config { name: String }
///
/// let error = onefold_connect::parse_toml::<Config>("nmae = \"shop\"").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1: unknown key `nmae`\n  nmae = \"shop\"\n  ^^^^ did you mean `name`?",
/// );
/// ```
pub fn parse_toml<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let document = DeTable::parse(text).map_err(|error| told(text, vec![error]))?;
    let mut draft = Draft::new(document);
    let mut mistakes = Vec::new();
    while mistakes.len() < MISTAKES_MAX {
        match T::deserialize(draft.deserializer()) {
            Ok(read) if mistakes.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(mistake) => {
                // Read again as if it had been written as it was meant, the text shows its next mistake.
                let repaired = draft.repair(&mistake, Unknown::read(mistake.message()).as_ref());
                if matches!(repaired, Repaired::Yes | Repaired::Not) {
                    mistakes.push(mistake);
                }
                if matches!(repaired, Repaired::Not | Repaired::Doubtful) {
                    break;
                }
            }
        }
    }
    Err(told(text, mistakes))
}

/// One error of all mistakes, each with its line.
fn told(text: &str, mut mistakes: Vec<toml::de::Error>) -> Error {
    mistakes.sort_by_key(|mistake| mistake.span().map(|span| span.start));
    let shown = mistakes.iter().map(|error| {
        let mistake = explain(error.message());
        let Some(span) = error.span() else {
            return mistake.to_string();
        };
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("line {line}: {}", mistake.spanning(span).render(text))
    });
    let message = shown.collect::<Vec<_>>().join("\n");
    let error = Error::new(ErrorKind::InvalidInput, message);
    match mistakes.into_iter().next() {
        Some(first) => error.because(first),
        None => error,
    }
}

/// Reads a configuration in JSON.
///
/// # Errors
/// As [`parse_toml`], with the line and column.
pub fn parse_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let told = error.to_string();
        // serde_json puts the place at the end of its message, where it hides what was expected.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let mistake = explain(told.strip_suffix(&place).unwrap_or(&told));
        let message = format!(
            "line {}, column {}: {mistake}",
            error.line(),
            error.column()
        );
        Error::new(ErrorKind::InvalidInput, message).because(error)
    })
}

/// The mistake in the house's words, with the closest of the names that were expected.
fn explain(message: &str) -> Diagnostic {
    let message = message.trim();
    if let Some(unknown) = Unknown::read(message) {
        let Unknown { noun, written, .. } = &unknown;
        let help = match unknown.meant() {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("there are {}", listed(unknown.known.iter().copied())),
        };
        return Diagnostic::new(format!("unknown {noun} `{written}`")).help(help);
    }
    let message = message.replace("missing field", "missing key");
    let message = message.replace("duplicate field", "repeated key");
    // What the table is called in Rust helps nobody.
    Diagnostic::new(match message.split_once("expected struct ") {
        Some((found, _)) => format!("{found}expected a table"),
        None => message,
    })
}

/// A name that is none of those that were expected.
pub(super) struct Unknown<'m> {
    noun: &'static str,
    written: &'m str,
    pub(super) known: Vec<&'m str>,
}

impl<'m> Unknown<'m> {
    const KEY: &'static str = "key";

    pub(super) fn is_key(&self) -> bool {
        self.noun == Self::KEY
    }

    /// What serde's message says of it.
    fn read(message: &'m str) -> Option<Self> {
        let kinds = [("unknown field ", Self::KEY), ("unknown variant ", "word")];
        let (noun, names) = kinds
            .into_iter()
            .find_map(|(start, noun)| Some((noun, message.strip_prefix(start)?)))?;
        let mut names = names.split('`').skip(1).step_by(2);
        let written = names.next().unwrap_or_default();
        Some(Self {
            noun,
            written,
            known: names.collect(),
        })
    }

    pub(super) fn meant(&self) -> Option<&'m str> {
        closest(self.written, self.known.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::Mapping;

    fn check(text: &str, expected: Expect) {
        let error = Mapping::from_toml(text).unwrap_err();
        expected.assert_eq(&error.to_string());
    }

    #[test]
    fn mistakes_show_their_place() {
        check(
            "as = \"event\"\n[properties]\nprice = { colum = \"Price\" }",
            expect![[r#"
                line 3: unknown key `colum`
                  price = { colum = "Price" }
                            ^^^^^ did you mean `column`?"#]],
        );
        check(
            "as = \"evnt\"",
            expect![[r#"
            line 1: unknown word `evnt`
              as = "evnt"
                   ^^^^^^ did you mean `event`?"#]],
        );
        check(
            "as = \"event\"\nfold = \"whenever\"",
            expect![[r#"
            line 2: unknown word `whenever`
              fold = "whenever"
                     ^^^^^^^^^^ there are `earliest`, `latest`, `reject`"#]],
        );
        check(
            "key = \"a\"",
            expect![[r#"
            line 1: missing key `as`
              key = "a"
              ^"#]],
        );
        check(
            "as = \"event\"\nkey = 7",
            expect![[r#"
            line 2: invalid type: integer `7`, expected one, or a list
              key = 7
                    ^"#]],
        );
        check(
            "as = ",
            expect![[r#"
            line 1: string values must be quoted, expected literal string
              as = 
                   ^"#]],
        );
    }

    #[test]
    fn unknown_keys_and_words_are_told_at_once() {
        check(
            "as = \"evnt\"\n\
             evnt_name = \"A\"\n\
             nonsense = 1\n\
             fold = \"whenever\"\n\
             event_name = \"B\"\n\
             key = 7\n\
             [properties]\n\
             price = { colum = \"Price\", type = \"nmber\" }\n\
             [[event_names]]\n\
             nam = \"C\"\n\
             when = [{ column = \"a\", equal = \"b\" }]\n\
             [nonsenses]\n",
            expect![[r#"
                line 1: unknown word `evnt`
                  as = "evnt"
                       ^^^^^^ did you mean `event`?
                line 2: unknown key `evnt_name`
                  evnt_name = "A"
                  ^^^^^^^^^ did you mean `event_name`?
                line 3: unknown key `nonsense`
                  nonsense = 1
                  ^^^^^^^^ did you mean `consent`?
                line 4: unknown word `whenever`
                  fold = "whenever"
                         ^^^^^^^^^^ there are `earliest`, `latest`, `reject`
                line 6: invalid type: integer `7`, expected one, or a list
                  key = 7
                        ^
                line 8: unknown key `colum`
                  price = { colum = "Price", type = "nmber" }
                            ^^^^^ did you mean `column`?
                line 8: unknown word `nmber`
                  price = { colum = "Price", type = "nmber" }
                                                    ^^^^^^^ did you mean `number`?
                line 10: unknown key `nam`
                  nam = "C"
                  ^^^ did you mean `name`?
                line 11: unknown key `equal`
                  when = [{ column = "a", equal = "b" }]
                                          ^^^^^ did you mean `equals`?
                line 12: unknown key `nonsenses`
                  [nonsenses]
                   ^^^^^^^^^ did you mean `consent`?"#]],
        );
    }

    #[test]
    fn what_a_mistake_leads_to_is_not_told_beside_it() {
        check(
            "as = \"event\"\nkey = 7\n[[event_names]]\nname = 7\nwhen = []",
            expect![[r#"
                line 4: invalid type: integer `7`, expected a string
                  name = 7
                         ^"#]],
        );
    }

    #[test]
    fn json_is_told_alike() {
        let error = Mapping::from_json("{\"as\":\"event\",\n\"propertys\":{}}").unwrap_err();
        expect!["line 2, column 11: unknown key `propertys` (did you mean `properties`?)"]
            .assert_eq(&error.to_string());
    }
}

//! Reading TOML and JSON so that a mistake shows its place and what was meant.

use onefold_event::{Diagnostic, Error, ErrorKind};
use serde::de::DeserializeOwned;

use crate::suggest::closest;

/// Reads a configuration in TOML.
///
/// # Errors
/// `InvalidInput` with the line, a mark under the place, and the closest key for one that is not
/// known:
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
    toml::from_str(text).map_err(|error| {
        let mut mistake = explain(error.message());
        let mut line = String::new();
        if let Some(span) = error.span() {
            let before = text.get(..span.start).unwrap_or_default();
            line = format!("line {}: ", before.matches('\n').count() + 1);
            mistake = mistake.spanning(span);
        }
        let message = format!("{line}{}", mistake.render(text));
        Error::new(ErrorKind::InvalidInput, message).because(error)
    })
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
    let unknown = [("unknown field ", "key"), ("unknown variant ", "word")];
    for (start, noun) in unknown {
        let Some(rest) = message.strip_prefix(start) else {
            continue;
        };
        let mut names = rest.split('`').skip(1).step_by(2);
        let written = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let help = match closest(written, known.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("there are {}", crate::suggest::listed(known)),
        };
        return Diagnostic::new(format!("unknown {noun} `{written}`")).help(help);
    }
    let message = message.replace("missing field", "missing key");
    Diagnostic::new(message.replace("duplicate field", "repeated key"))
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
    fn json_is_told_alike() {
        let error = Mapping::from_json("{\"as\":\"event\",\n\"propertys\":{}}").unwrap_err();
        expect!["line 2, column 11: unknown key `propertys` (did you mean `properties`?)"]
            .assert_eq(&error.to_string());
    }
}

//! Variables in the texts of a configuration.

use onefold_event::{Error, ErrorKind};

/// Replaces every `${NAME}` and `${NAME:-default}`; `$$` is one `$`.
///
/// As in a shell, the default is used where the variable is not set or empty. What a variable holds
/// is not looked at again.
///
/// # Errors
/// `InvalidInput` for a variable that is not set and has no default, and for a `${` that is not
/// closed.
///
/// ```
/// let lookup = |name: &str| (name == "EXPORTS").then(|| "exports".to_owned());
/// let text = onefold_connect::expand("${EXPORTS}/${DIR:-data}/a.csv", lookup)?;
/// assert_eq!(text, "exports/data/a.csv");
/// assert!(onefold_connect::expand("${DIR}", lookup).is_err());
/// # Ok::<(), onefold_connect::Error>(())
/// ```
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('{') {
            let Some((variable, tail)) = tail.split_once('}') else {
                return Err(invalid(format!("`${{` is not closed in `{text}`")));
            };
            out.push_str(&value(variable, &lookup)?);
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// As [`expand`], with the variables of this process.
///
/// # Errors
/// As [`expand`].
pub fn expand_from_environment(text: &str) -> Result<String, Error> {
    expand(text, |name| std::env::var(name).ok())
}

fn value(variable: &str, lookup: &impl Fn(&str) -> Option<String>) -> Result<String, Error> {
    let (name, default) = match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (variable, None),
    };
    let found = lookup(name).filter(|value| !value.is_empty());
    let found = found.or_else(|| default.map(str::to_owned));
    found.ok_or_else(|| {
        let help = format!("set it, or write `${{{name}:-default}}`");
        invalid(format!("the variable `{name}` is not set ({help})"))
    })
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let lookup = |name: &str| match name {
            "A" => Some("x".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let found = expand(text, lookup).map_err(|error| error.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn variables_defaults_and_dollars() {
        check("${A}/${B:-y}/${EMPTY:-z}", Ok("x/y/z"));
        check("${B:-}", Ok(""));
        check("a$b $$ $", Ok("a$b $ $"));
        check("${A", Err("`${` is not closed in `${A`"));
        check(
            "${B}",
            Err("the variable `B` is not set (set it, or write `${B:-default}`)"),
        );
    }
}

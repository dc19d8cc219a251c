//! SQL cut into words, numbers, texts and signs.
//!
//! Invariant: every token knows the bytes it came from, and they are in order.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word, as written.
    Word(String),
    /// `"quoted"`.
    Quoted(String),
    Number(f64),
    /// `'text'`.
    Text(String),
    Sign(&'static str),
}

/// Something, and the bytes it came from.
pub(super) type Placed<T> = (T, Range<usize>);

/// Signs, the long before the short that they begin with.
const SIGNS: [&str; 27] = [
    "<>", "<=", ">=", "!=", "==", "||", "::", "->", "//", "**", "(", ")", "[", "]", ",", ".", "=",
    "<", ">", "+", "-", "*", "/", "%", "^", ":", "@",
];

/// All tokens, or the first place that is none with what is wrong there.
pub(super) fn tokens(sql: &str) -> Result<Vec<Placed<Token>>, Placed<String>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = blank(rest);
        if skipped > 0 {
            at += skipped;
            continue;
        }
        let (token, length) =
            token(rest).map_err(|(message, length)| (message, at..at + length))?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

/// Bytes of space or comment at the front.
fn blank(text: &str) -> usize {
    let space = text.len() - text.trim_start().len();
    if space > 0 {
        return space;
    }
    let ending = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    match text {
        _ if text.starts_with("--") => ending("\n"),
        _ if text.starts_with("/*") => ending("*/"),
        _ => 0,
    }
}

fn token(text: &str) -> Result<(Token, usize), (String, usize)> {
    let first = text.chars().next().unwrap_or_default();
    let second = text.chars().nth(1).unwrap_or_default();
    match first {
        '\'' => quoted(text, '\'', "text").map(|(text, length)| (Token::Text(text), length)),
        '"' | '`' => {
            quoted(text, first, "name").map(|(name, length)| (Token::Quoted(name), length))
        }
        _ if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) => number(text),
        _ if first.is_alphabetic() || first == '_' => {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
            let length = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
            Ok((
                Token::Word(text.get(..length).unwrap_or_default().to_owned()),
                length,
            ))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign));
            let unknown = || {
                (
                    format!("the sign `{first}` is not understood"),
                    first.len_utf8(),
                )
            };
            sign.map(|sign| (Token::Sign(sign), sign.len()))
                .ok_or_else(unknown)
        }
    }
}

/// What stands between two quotes; a quote within is written twice.
fn quoted(text: &str, quote: char, what: &str) -> Result<(String, usize), (String, usize)> {
    let mut out = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            out.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            out.push(quote);
        } else {
            return Ok((out, at + 1));
        }
    }
    Err((
        format!("the {what} that begins here has no closing `{quote}`"),
        text.len(),
    ))
}

fn number(text: &str) -> Result<(Token, usize), (String, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = |length: usize| text.get(length..).unwrap_or_default();
    let mut length = digits(text);
    if rest(length).starts_with('.') {
        length += 1 + digits(rest(length + 1));
    }
    if rest(length).starts_with(['e', 'E']) {
        let sign = usize::from(rest(length + 1).starts_with(['+', '-']));
        let exponent = digits(rest(length + 1 + sign));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let written = text.get(..length).unwrap_or_default();
    let follows = rest(length).chars().next();
    match (
        written.parse(),
        follows.is_some_and(|next| next.is_alphanumeric() || next == '_'),
    ) {
        (Ok(number), false) => Ok((Token::Number(number), length)),
        _ => Err((
            format!("`{written}` is no number that is understood"),
            length.max(1),
        )),
    }
}

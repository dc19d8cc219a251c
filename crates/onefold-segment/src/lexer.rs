//! Text into tokens, each with the bytes it came from.
//!
//! Invariant: every byte is white space, comment or inside exactly one token; a mistake is noted
//! and reading goes on, so the parser sees the rest. Time and memory are linear in the text.

use std::ops::Range;

use onefold_event::{Decimal, Diagnostics, Timestamp};

use crate::{check::MISTAKES_MAX, code::Code, effort};

/// One word, sign or value of the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: TokenKind<'t>,
    pub(crate) span: Range<usize>,
    /// For an opening parenthesis or bracket: the token that closes it.
    pub(crate) closed_by: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind<'t> {
    /// A bare word, perhaps a dotted path.
    Word(&'t str),
    /// Text in double quotes, unescaped.
    Text(Box<str>),
    Number(Decimal),
    Time(Timestamp),
    Sign(&'static str),
    /// Something that is no token; a diagnostic says why.
    Unreadable,
    End,
}

const SIGNS: [&str; 19] = [
    "!=", "<=", ">=", "==", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", "/", "|", "%",
    ".",
];

/// A text as tokens.
pub(crate) struct Lexed<'t> {
    /// The last one is [`TokenKind::End`].
    pub(crate) tokens: Vec<Token<'t>>,
    /// From each `#` to the end of its line.
    pub(crate) comments: Vec<Range<usize>>,
    /// The first mistakes in the tokens, as many as are told.
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) fn tokens(text: &str) -> Lexed<'_> {
    let mut lexer = Lexer {
        text,
        at: 0,
        open: Vec::new(),
        lexed: Lexed {
            tokens: Vec::with_capacity(text.len() / 5),
            comments: Vec::new(),
            diagnostics: Vec::new(),
        },
    };
    while lexer.step() {}
    lexer.lexed
}

/// How many bytes at the start of the text are one bare word: a letter or `_`, then letters, digits
/// and `_`, then further parts after single dots.
pub(crate) fn word_length(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return 0;
    }
    let mut length = 0;
    let mut rest = text;
    loop {
        let part = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if part == 0 {
            // A dot with nothing behind it does not belong to the word.
            return length - 1;
        }
        length += part;
        rest = text.get(length..).unwrap_or_default();
        match rest.strip_prefix('.') {
            Some(after) => {
                rest = after;
                length += 1;
            }
            None => return length,
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    open: Vec<usize>,
    lexed: Lexed<'t>,
}

impl<'t> Lexer<'t> {
    fn step(&mut self) -> bool {
        effort::note();
        let text: &'t str = self.text;
        let rest = text.get(self.at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            self.push(TokenKind::End, 0);
            return false;
        };
        if first.is_whitespace() || first == '\u{feff}' {
            self.at += first.len_utf8();
        } else if first == '#' {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.lexed.comments.push(self.at..self.at + length);
            self.at += length;
        } else if first == '"' {
            self.quoted(rest);
        } else if first.is_ascii_digit() {
            self.number_or_time(rest);
        } else if let length @ 1.. = word_length(rest) {
            self.push(
                TokenKind::Word(rest.get(..length).unwrap_or_default()),
                length,
            );
        } else if rest.starts_with("||") {
            self.mistake(Code::Sign, "`||` has no meaning here", 2, "write `or`");
            self.push(TokenKind::Unreadable, 2);
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.sign(sign);
        } else {
            let help = match first {
                '\'' | '\u{201c}' | '\u{201d}' => "text stands in straight double quotes",
                '&' => "write `and`",
                '!' => "write `not`",
                _ => "a name with other signs than letters, digits and `_` stands in double quotes",
            };
            self.mistake(
                Code::Sign,
                format_args!("`{first}` has no meaning here"),
                first.len_utf8(),
                help,
            );
            self.unreadable(first.len_utf8());
        }
        true
    }

    /// A sign without a meaning; where no more mistakes are told, a run of them is one token.
    fn unreadable(&mut self, length: usize) {
        let is_told = self.lexed.diagnostics.len() < MISTAKES_MAX;
        let end = self.at + length;
        match self.lexed.tokens.last_mut() {
            Some(last)
                if !is_told && last.kind == TokenKind::Unreadable && last.span.end == self.at =>
            {
                (last.span.end, self.at) = (end, end);
            }
            _ => self.push(TokenKind::Unreadable, length),
        }
    }

    fn push(&mut self, kind: TokenKind<'t>, length: usize) {
        let span = self.at..self.at + length;
        self.at = span.end;
        self.lexed.tokens.push(Token {
            kind,
            span,
            closed_by: None,
        });
    }

    fn sign(&mut self, sign: &'static str) {
        match sign {
            "(" | "[" => self.open.push(self.lexed.tokens.len()),
            ")" | "]" => {
                let closes = self.lexed.tokens.len();
                if let Some(open) = self.open.pop().and_then(|at| self.lexed.tokens.get_mut(at)) {
                    open.closed_by = Some(closes);
                }
            }
            "==" => self.mistake(Code::Sign, "`==` has no meaning here", 2, "write `=`"),
            _ => {}
        }
        let meaning = if sign == "==" { "=" } else { sign };
        self.push(TokenKind::Sign(meaning), sign.len());
    }

    fn quoted(&mut self, rest: &str) {
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => return self.push(TokenKind::Text(text.into()), at + 1),
                '\n' => break,
                '\\' => {
                    let length = escape(rest.get(at..).unwrap_or_default(), &mut text);
                    if length == 0 {
                        let place = self.at + at..self.at + at + 1;
                        self.mistake_at(
                            place,
                            Code::OpenText,
                            "a backslash with no meaning",
                            "write `\\\\`, `\\\"`, `\\n`, `\\t`, `\\r` or `\\u{...}`",
                        );
                    }
                    for _ in 1..length {
                        characters.next();
                    }
                }
                other => text.push(other),
            }
        }
        let length = rest.find('\n').unwrap_or(rest.len());
        self.mistake(
            Code::OpenText,
            "this text has no end",
            length,
            "close it with `\"` on the same line",
        );
        self.push(TokenKind::Text(text.into()), length);
    }

    fn number_or_time(&mut self, rest: &str) {
        if is_date(rest) {
            let is_time = |c: char| c.is_ascii_digit() || "T:.Z+-".contains(c);
            let mut length = 10;
            if rest.get(10..11) == Some("T") {
                length = rest.find(|c| !is_time(c)).unwrap_or(rest.len());
            }
            let written = rest.get(..length).unwrap_or_default();
            match written.parse() {
                Ok(time) => self.push(TokenKind::Time(time), length),
                Err(_) => {
                    let help = "write a date such as `2011-01-31`, or `2011-01-31T12:00:00Z`";
                    self.mistake(
                        Code::NoTime,
                        format_args!("`{written}` is not a time"),
                        length,
                        help,
                    );
                    self.push(TokenKind::Time(Timestamp::default()), length);
                }
            }
            return;
        }
        let digits = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let mut length = digits(rest);
        let fraction = rest.get(length..).and_then(|rest| rest.strip_prefix('.'));
        let fraction_length = fraction.map_or(0, digits);
        if fraction_length > 0 {
            length += 1 + fraction_length;
        }
        let written = rest.get(..length).unwrap_or_default();
        if let Ok(number) = Decimal::from_str_exact(written) {
            self.push(TokenKind::Number(number), length);
        } else {
            let help = "a number has up to 28 digits";
            self.mistake(
                Code::LongNumber,
                format_args!("`{written}` is too long"),
                length,
                help,
            );
            self.push(TokenKind::Number(Decimal::ZERO), length);
        }
    }

    fn mistake(&mut self, code: Code, message: impl std::fmt::Display, length: usize, help: &str) {
        self.mistake_at(self.at..self.at + length, code, message, help);
    }

    fn mistake_at(
        &mut self,
        span: Range<usize>,
        code: Code,
        message: impl std::fmt::Display,
        help: &str,
    ) {
        if self.lexed.diagnostics.len() < MISTAKES_MAX {
            let told = code.tell(message).spanning(span).help(help);
            self.lexed.diagnostics.push(told);
        }
    }
}

/// Reads one escape; its length in characters, 0 if it is none.
fn escape(rest: &str, out: &mut String) -> usize {
    let simple = match rest.as_bytes().get(1) {
        Some(b'n') => Some('\n'),
        Some(b't') => Some('\t'),
        Some(b'r') => Some('\r'),
        Some(b'"') => Some('"'),
        Some(b'\\') => Some('\\'),
        _ => None,
    };
    if let Some(character) = simple {
        out.push(character);
        return 2;
    }
    // The end is looked for no further than it can be.
    let after = rest.strip_prefix("\\u{");
    let digits = after.and_then(|after| {
        let length = after
            .bytes()
            .take(6)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let (digits, end) = after.split_at_checked(length)?;
        end.starts_with('}').then_some(digits)
    });
    let character = digits
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32);
    match (character, digits) {
        (Some(character), Some(digits)) => {
            out.push(character);
            digits.len() + 4
        }
        _ => 0,
    }
}

/// `dddd-dd-dd` at the start.
fn is_date(text: &str) -> bool {
    let pattern = b"dddd-dd-dd";
    let bytes = text.as_bytes();
    bytes.len() >= pattern.len()
        && pattern
            .iter()
            .zip(bytes)
            .all(|(expected, byte)| match expected {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

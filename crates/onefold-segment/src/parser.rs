//! Definitions from text, by recursive descent.
//!
//! Invariant: a mistake never ends the reading. It is noted with its place, a placeholder takes its
//! part, and reading goes on behind it, so one run finds them all.

mod behaviour;
mod calculation;
mod condition;
mod filter;
mod many;
mod scope;
mod sequence;
mod test;
mod window;

use std::ops::Range;

use onefold_event::Diagnostics;

use crate::{
    ast::Definition,
    check::{MISTAKES_MAX, Mistake},
    code::Code,
    lexer::{Lexed, Token, TokenKind, tokens},
    print::RESERVED,
    suggest,
};

/// How deep parentheses and `not` may nest in text.
const NESTING_MAX: usize = 64;

/// What a text says, as far as it could be read.
pub(crate) struct Parsed {
    pub(crate) definitions: Vec<Placed>,
    /// The names of definitions that could not be read.
    pub(crate) unread: Vec<Box<str>>,
    pub(crate) diagnostics: Diagnostics,
    /// Where the comments are.
    pub(crate) comments: Vec<Range<usize>>,
    /// Where the header begins, if there is one.
    pub(crate) header: Option<usize>,
}

/// A definition and where in the text its parts are.
pub(crate) struct Placed {
    pub(crate) definition: Definition,
    /// The name that is defined.
    pub(crate) name: Range<usize>,
    /// All of it.
    pub(crate) span: Range<usize>,
    /// The names of segments that `in` and `among` refer to.
    pub(crate) references: Vec<(Box<str>, Range<usize>)>,
    /// Its conditions without the `and`, `or` and `not` around them, in the order of the tree.
    pub(crate) conditions: Vec<Range<usize>>,
}

pub(crate) fn parse(text: &str) -> Parsed {
    let Lexed {
        tokens,
        comments,
        diagnostics,
    } = tokens(text);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
        diagnostics,
        references: Vec::new(),
        conditions: Vec::new(),
        unread: Vec::new(),
        steps: Vec::new(),
        currency: None,
    };
    let header = parser.header();
    let mut definitions = Vec::new();
    while *parser.kind() != TokenKind::End {
        definitions.extend(parser.definition().ok());
        parser.skip_to_definition();
    }
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
    diagnostics.truncate(MISTAKES_MAX);
    Parsed {
        definitions,
        unread: parser.unread,
        diagnostics,
        comments,
        header,
    }
}

/// A part that could not be read; what is wrong with it has been noted.
struct Unreadable;

type Read<T> = Result<T, Unreadable>;

struct Parser<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    depth: usize,
    diagnostics: Diagnostics,
    references: Vec<(Box<str>, Range<usize>)>,
    conditions: Vec<Range<usize>>,
    unread: Vec<Box<str>>,
    /// The names of the earlier steps of the sequence that is being read.
    steps: Vec<Box<str>>,
    /// The currency of an amount just read.
    currency: Option<(Box<str>, Range<usize>)>,
}

impl<'t> Parser<'t> {
    /// `onefold segments 1`, the version of the language; may be left out.
    fn header(&mut self) -> Option<usize> {
        if !self.is_word("onefold") {
            return None;
        }
        let start = self.token().span.start;
        self.at += 1;
        let well_formed = self.take_word("segments");
        match *self.kind() {
            TokenKind::Number(version) if well_formed && version == 1.into() => self.at += 1,
            TokenKind::Number(version) if well_formed => {
                let message = format!("version {version} of the language is not known here");
                self.mistake(Code::Version, message, "write `onefold segments 1`");
                self.at += 1;
            }
            _ => self.expected("the header", "`onefold segments 1`"),
        }
        Some(start)
    }

    fn definition(&mut self) -> Read<Placed> {
        let is_segment = self.is_word("segment");
        if !is_segment && !self.is_word("trait") {
            self.expected_one_of("a definition", &["segment", "trait"]);
            self.misspelt_definition();
            return Err(Unreadable);
        }
        let start = self.token().span.start;
        self.at += 1;
        self.references.clear();
        self.conditions.clear();
        self.currency = None;
        let (name, place) = self.name("the name that is defined")?;
        let Ok(definition) = self.defined(is_segment, &name) else {
            self.unread.push(name);
            return Err(Unreadable);
        };
        let end = self.end();
        if !self.at_definition() {
            let follow = ["and", "or", "segment", "trait"];
            self.expected_one_of("the end of the definition", &follow);
            self.misspelt_definition();
        }
        Ok(Placed {
            definition,
            name: place,
            span: start..end,
            references: std::mem::take(&mut self.references),
            conditions: std::mem::take(&mut self.conditions),
        })
    }

    /// What stands behind the name.
    fn defined(&mut self, is_segment: bool, name: &str) -> Read<Definition> {
        let scope = self.scope()?;
        if !self.take_sign("=") {
            self.expected("the definition", "`=`");
            return Err(Unreadable);
        }
        let name = name.into();
        if is_segment {
            let when = self.predicate()?;
            Ok(Definition::Segment { name, scope, when })
        } else {
            let value = self.trait_value()?;
            Ok(Definition::Trait { name, scope, value })
        }
    }

    /// The name behind a word that was meant as `segment` is known, too.
    fn misspelt_definition(&mut self) {
        let (TokenKind::Word(word), TokenKind::Word(name)) = (self.kind(), &self.ahead(1).kind)
        else {
            return;
        };
        if suggest::nearest(word, ["segment", "trait"]).is_some() {
            self.unread.push((*name).into());
        }
    }

    /// Whether a definition begins here. `trait` behind what a value follows is that value, unless what
    /// stands behind it can only be a definition.
    fn at_definition(&self) -> bool {
        match self.kind() {
            TokenKind::End | TokenKind::Word("segment") => true,
            TokenKind::Word("trait") => {
                let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
                let follows = &self.ahead(2).kind;
                let has_scope = matches!(follows, TokenKind::Word("of" | "for" | "zone"));
                match before.map(|token| &token.kind) {
                    Some(TokenKind::Sign("(")) => has_scope,
                    Some(
                        TokenKind::Sign(
                            "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/",
                        )
                        | TokenKind::Word("and" | "or" | "not" | "by"),
                    ) => has_scope || *follows == TokenKind::Sign("="),
                    _ => true,
                }
            }
            _ => false,
        }
    }

    fn skip_to_definition(&mut self) {
        while !self.at_definition() {
            self.at += 1;
        }
    }

    /// A bare word that is not reserved, or text in quotes.
    fn name(&mut self, what: &str) -> Read<(Box<str>, Range<usize>)> {
        let place = self.token().span.clone();
        let name: Box<str> = match self.kind() {
            TokenKind::Word(word) if RESERVED.contains(word) => {
                let message = format!("`{word}` is a word of the language, {what} was expected");
                let help = format!("as a name it stands in quotes: `\"{word}\"`");
                self.mistake(Code::ReservedName, message, help);
                return Err(Unreadable);
            }
            TokenKind::Word(word) => (*word).into(),
            TokenKind::Text(text) => text.clone(),
            _ => {
                self.expected(what, "a name");
                return Err(Unreadable);
            }
        };
        self.at += 1;
        Ok((name, place))
    }

    /// Reads one level deeper, or refuses where that would be too deep.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= NESTING_MAX {
            let message = format!("nested more than {NESTING_MAX} deep");
            self.mistake(
                Code::TooDeep,
                message,
                "name a part as a segment of its own and use it by `in`",
            );
            self.skip_to_definition();
            return Err(Unreadable);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Skips the rest of a part that could not be read: to the next `and`, `or`, comma or closing
    /// parenthesis on the same level.
    fn recover(&mut self) {
        // Up to here, everything stands in parentheses.
        let mut closing = None;
        while !self.at_definition() {
            let is_inside = closing.is_some_and(|closing| self.at <= closing);
            match self.kind() {
                TokenKind::Sign("(" | "[") => closing = closing.max(self.token().closed_by),
                TokenKind::Sign(")" | "]" | ",") | TokenKind::Word("and" | "or") if !is_inside => {
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn token(&self) -> &'t Token<'t> {
        self.ahead(0)
    }

    /// The token so many places ahead; the last one is `End` and repeats.
    fn ahead(&self, count: usize) -> &'t Token<'t> {
        const END: &Token<'static> = &Token {
            kind: TokenKind::End,
            span: 0..0,
            closed_by: None,
        };
        let found = self.tokens.get(self.at + count);
        found.or(self.tokens.last()).unwrap_or(END)
    }

    fn kind(&self) -> &'t TokenKind<'t> {
        &self.token().kind
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.kind(), TokenKind::Word(found) if *found == word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), TokenKind::Sign(found) if *found == sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    /// Where the last token that was read ends.
    fn end(&self) -> usize {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0, |token| token.span.end)
    }

    /// Notes a mistake at the present token.
    fn mistake(&mut self, code: Code, message: impl Into<String>, help: impl Into<String>) {
        let span = self.token().span.clone();
        self.mistake_at(span, Mistake::new(code, message, help));
    }

    fn mistake_at(&mut self, span: Range<usize>, mistake: Mistake) {
        if !self.is_told(&span) {
            self.diagnostics.push(mistake.diagnostic().spanning(span));
        }
    }

    /// Whether a mistake at this place would not be told, because one is already (a token that is unreadable has
    /// been told by the lexer), or because there are many.
    fn is_told(&self, span: &Range<usize>) -> bool {
        let mut told = self.diagnostics.iter();
        // The lexer has told up to as many as are told at all, perhaps all of them behind those of the parser.
        told.len() >= 2 * MISTAKES_MAX || told.any(|mistake| mistake.span.as_ref() == Some(span))
    }

    fn expected(&mut self, place: &str, what: &str) {
        let message = format!("{} where {place} was expected", self.found());
        self.mistake(Code::Expected, message, format!("write {what}"));
    }

    /// As [`Self::expected`], with the nearest of the words if the token looks like one of them.
    fn expected_one_of(&mut self, place: &str, words: &[&str]) {
        let message = format!("{} where {place} was expected", self.found());
        let near = match self.kind() {
            TokenKind::Word(word) => suggest::nearest(word, words.iter().copied()),
            _ => None,
        };
        let help = match near {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {}", suggest::list(words)),
        };
        self.mistake(Code::Expected, message, help);
    }

    fn found(&self) -> String {
        match self.kind() {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Text(text) => format!("the text `{text}`"),
            TokenKind::Number(number) => format!("the number `{number}`"),
            TokenKind::Time(time) => format!("the time `{time}`"),
            TokenKind::Sign(sign) => format!("`{sign}`"),
            TokenKind::Unreadable => "an unreadable sign".into(),
            TokenKind::End => "the end of the text".into(),
        }
    }
}

//! Predicates: `and`, `or`, `not`, and which condition begins where.
//!
//! Invariant: a word of a condition is one only where a test or a calculation does not follow it, so that a
//! trait or an event may have that name: `top = 3`, `lapsed is set`.

use super::{Parser, Read, Unreadable};
use crate::{ast::Predicate, lexer::TokenKind, print::RESERVED};

impl Parser<'_> {
    /// `a and b or c`: `or` binds loosest.
    pub(super) fn predicate(&mut self) -> Read<Predicate> {
        let mut parts = vec![self.conjunction()?];
        while self.take_word("or") {
            parts.push(self.conjunction()?);
        }
        Ok(single_or(parts, Predicate::Any))
    }

    fn conjunction(&mut self) -> Read<Predicate> {
        let mut parts = vec![self.operand()?];
        while self.take_word("and") {
            parts.push(self.operand()?);
        }
        Ok(single_or(parts, Predicate::All))
    }

    /// One condition; a placeholder where it cannot be read but the rest can.
    fn operand(&mut self) -> Read<Predicate> {
        let (before, conditions) = (self.at, self.conditions.len());
        let start = self.token().span.start;
        match self.condition() {
            Ok(condition) => Ok(condition),
            Err(Unreadable) => {
                self.recover();
                self.currency = None;
                let goes_on = self.is_word("and") || self.is_word("or") || self.is_sign(")");
                if goes_on && self.at > before {
                    self.conditions.truncate(conditions);
                    self.conditions.push(start..self.end());
                    Ok(Predicate::Any(Vec::new()))
                } else {
                    Err(Unreadable)
                }
            }
        }
    }

    fn condition(&mut self) -> Read<Predicate> {
        if self.take_word("not") {
            let inner = self.nested(Self::condition)?;
            return Ok(Predicate::Not(Box::new(inner)));
        }
        if self.is_sign("(") && !self.parentheses_are_a_value() {
            let opening = self.at;
            self.at += 1;
            let inner = self.nested(Self::predicate)?;
            self.closing(opening)?;
            return Ok(inner);
        }
        let (mark, start) = (self.conditions.len(), self.token().span.start);
        self.conditions.push(start..start);
        let condition = self.single()?;
        let end = self.end();
        if let Some(condition) = self.conditions.get_mut(mark) {
            condition.end = end;
        }
        Ok(condition)
    }

    /// One condition without `and`, `or` and `not` around it.
    fn single(&mut self) -> Read<Predicate> {
        let TokenKind::Word(word) = *self.kind() else {
            let is_share = matches!(self.kind(), TokenKind::Number(_))
                && self.ahead(1).kind == TokenKind::Sign("%");
            return if is_share {
                self.members()
            } else {
                self.comparison()
            };
        };
        match word {
            "did" => {
                self.at += 1;
                return self.did();
            }
            "in" => {
                self.at += 1;
                let (segment, place) = self.name("the name of a segment")?;
                self.references.push((segment.clone(), place));
                return Ok(Predicate::Member(segment));
            }
            "at" => return self.members(),
            "recency" if self.ahead(1).kind == TokenKind::Sign("(") => return self.recency(),
            _ => {}
        }
        if self.value_goes_on(1) {
            return self.comparison();
        }
        let (name, number) = (self.is_name(1), self.is_number(1));
        match word {
            "lapsed" if name => self.lapsed(),
            "stopped" if name => self.stopped(),
            "restarted" if name => self.restarted(),
            "sequence" if name => self.sequence(),
            "consent" if name => self.consent(),
            "top" | "bottom" | "percentile" if number => self.rank(),
            "sample" if number => self.sample(),
            "any" | "all" if self.is_group(1) => self.members(),
            "exactly" if number => self.members(),
            _ => self.comparison(),
        }
    }

    fn is_name(&self, ahead: usize) -> bool {
        match &self.ahead(ahead).kind {
            TokenKind::Word(word) => !RESERVED.contains(word),
            TokenKind::Text(_) => true,
            _ => false,
        }
    }

    pub(super) fn is_number(&self, ahead: usize) -> bool {
        matches!(self.ahead(ahead).kind, TokenKind::Number(_))
    }

    /// Whether the token so far ahead goes on with the value before it: with a test or a calculation.
    pub(super) fn value_goes_on(&self, ahead: usize) -> bool {
        let next = &self.ahead(ahead + 1).kind;
        match &self.ahead(ahead).kind {
            TokenKind::Sign(sign) => matches!(
                *sign,
                "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "."
            ),
            TokenKind::Word("is") => true,
            TokenKind::Word("contains") => matches!(next, TokenKind::Text(_)),
            TokenKind::Word("starts" | "ends") => *next == TokenKind::Word("with"),
            TokenKind::Word("in") => *next == TokenKind::Sign("["),
            TokenKind::Word("between") => true,
            _ => false,
        }
    }

    /// Whether the parentheses that open here hold a number and not a condition: then a sign of
    /// arithmetic or a test follows them. A window may follow a condition, too.
    pub(super) fn parentheses_are_a_value(&self) -> bool {
        let Some(closing) = self.token().closed_by else {
            return false;
        };
        let after = closing + 1 - self.at;
        let next = &self.ahead(after + 1).kind;
        let is_window = matches!(self.ahead(after).kind, TokenKind::Word("between"))
            && matches!(next, TokenKind::Time(_));
        self.value_goes_on(after) && !is_window
    }

    /// The `)` that closes the parentheses opened at this token; where something stands before it,
    /// that is told and skipped.
    pub(super) fn closing(&mut self, opening: usize) -> Read<()> {
        if self.take_sign(")") {
            return Ok(());
        }
        self.expected("the end of the parentheses", "`)`");
        let closed_by = self.tokens.get(opening).and_then(|token| token.closed_by);
        let closing = closed_by.ok_or(Unreadable)?;
        while self.at <= closing {
            // It closes something else, behind parentheses that stayed open.
            if self.at_definition() {
                return Err(Unreadable);
            }
            self.at += 1;
        }
        Ok(())
    }

    /// The `(` of what is described so.
    pub(super) fn opening(&mut self, what: &str) -> Read<usize> {
        let opening = self.at;
        if self.take_sign("(") {
            return Ok(opening);
        }
        self.expected(what, "`(`");
        Err(Unreadable)
    }
}

pub(super) fn single_or<T>(mut parts: Vec<T>, many: impl FnOnce(Vec<T>) -> T) -> T {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            many(parts)
        }
    }
}

//! Tests of one value, and the values that are written in them.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Literal, Operator, Test},
    check::{self, Mistake},
    code::Code,
    lexer::TokenKind,
    suggest,
};

impl Parser<'_> {
    /// What a value must be.
    pub(super) fn test(&mut self, subject: check::Subject) -> Read<Test> {
        let start = self.token().span.start;
        let test = self.unchecked_test()?;
        if let Some(mistake) = check::test_mistake(subject, &test) {
            self.mistake_at(start..self.end(), mistake);
        }
        Ok(test)
    }

    fn unchecked_test(&mut self) -> Read<Test> {
        if self.take_word("is") {
            return self.presence();
        }
        if self.take_word("in") {
            return self.list();
        }
        if self.take_word("between") {
            return self.range();
        }
        if self.take_word("contains") {
            return Ok(Test::Contains(self.pattern()?));
        }
        if self.is_word("starts") || self.is_word("ends") {
            let starts = self.is_word("starts");
            self.at += 1;
            if !self.take_word("with") {
                self.expected_one_of("the test", &["with"]);
                return Err(Unreadable);
            }
            let text = self.pattern()?;
            return Ok(if starts {
                Test::StartsWith(text)
            } else {
                Test::EndsWith(text)
            });
        }
        let is_operator = matches!(
            self.kind(),
            TokenKind::Sign("=" | "!=" | "<" | "<=" | ">" | ">=")
        );
        if is_operator {
            let operator = self.operator()?;
            let value = self.literal()?;
            return Ok(Test::Compare { operator, value });
        }
        self.no_test()
    }

    fn no_test(&mut self) -> Read<Test> {
        if self.is_word("not") && matches!(self.ahead(1).kind, TokenKind::Word("in")) {
            self.mistake(
                Code::Form,
                "`not` stands before the whole condition",
                "write `not name in [...]`",
            );
            return Err(Unreadable);
        }
        let tests = ["is", "in", "between", "contains", "starts", "ends"];
        if matches!(self.kind(), TokenKind::Word(_)) {
            self.expected_one_of("a comparison", &tests);
        } else {
            self.expected("a comparison", "`=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `is set`, `contains`, `starts with` or `ends with`");
        }
        Err(Unreadable)
    }

    fn presence(&mut self) -> Read<Test> {
        if self.take_word("set") {
            Ok(Test::Set)
        } else if self.take_word("unset") {
            Ok(Test::Unset)
        } else {
            self.expected_one_of("the test", &["set", "unset"]);
            Err(Unreadable)
        }
    }

    fn range(&mut self) -> Read<Test> {
        let low = self.literal()?;
        if !self.take_word("and") {
            self.expected("the greatest value", "`and` and a value");
            return Err(Unreadable);
        }
        let high = self.literal()?;
        Ok(Test::Between { low, high })
    }

    fn list(&mut self) -> Read<Test> {
        if !self.take_sign("[") {
            self.expected("a list", "`[` and values with commas between");
            return Err(Unreadable);
        }
        let mut values = Vec::new();
        while !self.is_sign("]") {
            values.push(self.literal()?);
            if !self.take_sign(",") && !self.is_sign("]") {
                self.expected("the rest of the list", "`,` or `]`");
                return Err(Unreadable);
            }
        }
        if let Some((_, place)) = self.currency.take() {
            let mistake = Mistake::new(
                Code::Currency,
                "a currency in a list",
                "compare with one amount, or add `currency = \"EUR\"` yourself",
            );
            self.mistake_at(place, mistake);
        }
        self.at += 1;
        Ok(Test::In(values))
    }

    pub(super) fn pattern(&mut self) -> Read<Box<str>> {
        if let TokenKind::Text(text) = self.kind() {
            self.at += 1;
            return Ok(text.clone());
        }
        self.expected("a text", "text in double quotes");
        Err(Unreadable)
    }

    fn literal(&mut self) -> Read<Literal> {
        let literal = match self.kind() {
            TokenKind::Text(text) => Literal::Text(text.clone()),
            TokenKind::Number(number) => Literal::Number(*number),
            TokenKind::Time(time) => Literal::Time(*time),
            TokenKind::Word("true") => Literal::Bool(true),
            TokenKind::Word("false") => Literal::Bool(false),
            TokenKind::Sign("-") => {
                let TokenKind::Number(number) = self.ahead(1).kind else {
                    self.expected("a value", "a number");
                    return Err(Unreadable);
                };
                self.at += 1;
                Literal::Number(-number)
            }
            TokenKind::Word(word) if !crate::print::RESERVED.contains(word) => {
                let message = format!("`{word}` where a value was expected");
                let quotes = format!("text stands in quotes: `\"{word}\"`");
                let help = match word.split_once('.') {
                    Some((step, _)) if !self.steps.is_empty() => {
                        format!("{quotes}; no earlier step is called `{step}`")
                    }
                    _ => quotes,
                };
                self.mistake(Code::BareWord, message, help);
                // The word was meant as text, so reading goes on behind it.
                Literal::Text((*word).into())
            }
            _ => {
                self.expected(
                    "a value",
                    "text in quotes, a number, a date, `true` or `false`",
                );
                return Err(Unreadable);
            }
        };
        self.at += 1;
        if matches!(literal, Literal::Number(_)) {
            self.amount();
        }
        Ok(literal)
    }

    /// `EUR` behind a number: three capital letters.
    fn amount(&mut self) {
        let TokenKind::Word(word) = *self.kind() else {
            return;
        };
        let is_code = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code || word == "AND" || word == "NOT" {
            return;
        }
        let place = self.token().span.clone();
        if let Some((known, _)) = self.currency.take()
            && *known != *word
        {
            let message = format!("`{known}` and `{word}` in one comparison");
            let help = "both amounts are in one currency";
            self.mistake(Code::Currency, message, help);
        }
        self.at += 1;
        self.currency = Some((word.into(), place));
    }

    pub(super) fn operator(&mut self) -> Read<Operator> {
        let found = match self.kind() {
            TokenKind::Sign(sign) => Operator::ALL.into_iter().find(|o| o.sign() == *sign),
            _ => None,
        };
        if let Some(operator) = found {
            self.at += 1;
            return Ok(operator);
        }
        let signs = Operator::ALL.map(Operator::sign);
        self.expected("a comparison", &suggest::list(&signs));
        Err(Unreadable)
    }
}

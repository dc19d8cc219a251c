//! Filters over properties, expressions and tests.

use super::{NESTING_MAX, Parser, Read, Unreadable};
use crate::{
    ast::{Expression, Filter, Literal, Test},
    check,
    lexer::TokenKind,
};

impl Parser<'_> {
    /// `a = 1 and b = 2 or c is set`.
    pub(super) fn filter(&mut self) -> Read<Filter> {
        let mut parts = vec![self.filter_conjunction()?];
        while self.take_word("or") {
            parts.push(self.filter_conjunction()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Filter::Any(parts),
        })
    }

    fn filter_conjunction(&mut self) -> Read<Filter> {
        let mut parts = vec![self.filter_operand()?];
        while self.take_word("and") {
            parts.push(self.filter_operand()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Filter::All(parts),
        })
    }

    fn filter_operand(&mut self) -> Read<Filter> {
        let before = self.at;
        match self.filter_condition() {
            Ok(filter) => Ok(filter),
            Err(Unreadable) => {
                self.recover();
                let goes_on = self.is_word("and") || self.is_word("or") || self.is_sign(")");
                if goes_on && self.at > before {
                    Ok(Filter::Any(Vec::new()))
                } else {
                    Err(Unreadable)
                }
            }
        }
    }

    fn filter_condition(&mut self) -> Read<Filter> {
        if self.take_word("not") {
            let inner = self.nested(Self::filter_condition)?;
            return Ok(Filter::Not(Box::new(inner)));
        }
        if self.is_sign("(") && !self.parentheses_are_a_value() {
            self.at += 1;
            let inner = self.nested(Self::filter)?;
            self.closing()?;
            return Ok(inner);
        }
        if self.is_word("did") || self.is_word("in") {
            self.mistake(
                "this condition is about the person, but it stands in the filter of an event",
                "put parentheses around the whole `(did ... where ...)` before it",
            );
            return Err(Unreadable);
        }
        let value = self.expression()?;
        let test = self.test(check::Subject::of_expression(&value))?;
        Ok(Filter::Property { value, test })
    }

    /// Whether the parentheses that open here hold a number and not a condition: then a sign of
    /// arithmetic or a test follows them. A window may follow a condition, too.
    fn parentheses_are_a_value(&self) -> bool {
        let Some(closing) = self.token().closed_by else {
            return false;
        };
        let after = closing + 1 - self.at;
        let next = &self.ahead(after + 1).kind;
        match &self.ahead(after).kind {
            TokenKind::Sign(sign) => !matches!(*sign, "(" | ")" | "[" | "]" | ","),
            TokenKind::Word("is" | "contains" | "starts" | "ends") => true,
            TokenKind::Word("in") => *next == TokenKind::Sign("["),
            TokenKind::Word("between") => !matches!(next, TokenKind::Time(_)),
            _ => false,
        }
    }

    /// `a + b`, `a - b`.
    pub(super) fn expression(&mut self) -> Read<Expression> {
        let mut left = self.product()?;
        for _ in 0..NESTING_MAX {
            let make = match self.kind() {
                TokenKind::Sign("+") => Expression::Add,
                TokenKind::Sign("-") => Expression::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            left = make(Box::new([left, self.product()?]));
        }
        self.too_long()
    }

    /// `a * b`, `a / b`.
    fn product(&mut self) -> Read<Expression> {
        let mut left = self.factor()?;
        for _ in 0..NESTING_MAX {
            let make = match self.kind() {
                TokenKind::Sign("*") => Expression::Multiply,
                TokenKind::Sign("/") => Expression::Divide,
                _ => return Ok(left),
            };
            self.at += 1;
            left = make(Box::new([left, self.factor()?]));
        }
        self.too_long()
    }

    fn too_long(&mut self) -> Read<Expression> {
        let message = format!("more than {NESTING_MAX} operations in a row");
        self.mistake(message, "calculate this value before it comes in");
        Err(Unreadable)
    }

    fn factor(&mut self) -> Read<Expression> {
        if self.take_sign("-") {
            if let TokenKind::Number(number) = self.kind() {
                self.at += 1;
                return Ok(Expression::Number(-*number));
            }
            let inner = self.nested(Self::factor)?;
            return Ok(Expression::Negative(Box::new(inner)));
        }
        if self.take_sign("(") {
            let inner = self.nested(Self::expression)?;
            self.closing()?;
            return Ok(inner);
        }
        if let TokenKind::Number(number) = self.kind() {
            self.at += 1;
            return Ok(Expression::Number(*number));
        }
        let (path, _) = self.name("a property")?;
        Ok(Expression::Property(path))
    }

    /// What a value must be.
    pub(super) fn test(&mut self, subject: check::Subject) -> Read<Test> {
        let start = self.token().span.start;
        let test = self.unchecked_test()?;
        let end = self.tokens.get(self.at - 1).map_or(start, |t| t.span.end);
        if let Some((message, help)) = check::test_mistake(subject, &test) {
            self.mistake_at(start..end, message, help);
        }
        Ok(test)
    }

    fn unchecked_test(&mut self) -> Read<Test> {
        if self.take_word("is") {
            return if self.take_word("set") {
                Ok(Test::Set)
            } else if self.take_word("unset") {
                Ok(Test::Unset)
            } else {
                self.expected_one_of("the test", &["set", "unset"]);
                Err(Unreadable)
            };
        }
        if self.take_word("in") {
            return self.list();
        }
        if self.take_word("between") {
            let low = self.literal()?;
            if !self.take_word("and") {
                self.expected("the greatest value", "`and` and a value");
                return Err(Unreadable);
            }
            let high = self.literal()?;
            return Ok(Test::Between { low, high });
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
        if matches!(
            self.kind(),
            TokenKind::Sign("=" | "!=" | "<" | "<=" | ">" | ">=")
        ) {
            let operator = self.operator()?;
            let value = self.literal()?;
            return Ok(Test::Compare { operator, value });
        }
        if self.is_word("not") && matches!(self.ahead(1).kind, TokenKind::Word("in")) {
            self.mistake(
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
        self.at += 1;
        Ok(Test::In(values))
    }

    fn pattern(&mut self) -> Read<Box<str>> {
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
            TokenKind::Word(word) => {
                let message = format!("`{word}` where a value was expected");
                self.mistake(message, format!("text stands in quotes: `\"{word}\"`"));
                if crate::print::RESERVED.contains(word) {
                    return Err(Unreadable);
                }
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
        Ok(literal)
    }
}

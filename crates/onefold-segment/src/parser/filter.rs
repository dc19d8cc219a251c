//! Filters over the properties of one occurrence.

use super::{Parser, Read, Unreadable, calculation::with_currency, condition::single_or};
use crate::{
    ast::{Expression, Filter, Literal, Test},
    check,
    code::Code,
    lexer::TokenKind,
};

impl Parser<'_> {
    /// `a = 1 and b = 2 or c is set`.
    pub(super) fn filter(&mut self) -> Read<Filter> {
        let mut parts = vec![self.filter_conjunction()?];
        while self.take_word("or") {
            parts.push(self.filter_conjunction()?);
        }
        Ok(single_or(parts, Filter::Any))
    }

    fn filter_conjunction(&mut self) -> Read<Filter> {
        let mut parts = vec![self.filter_operand()?];
        while self.take_word("and") {
            parts.push(self.filter_operand()?);
        }
        Ok(single_or(parts, Filter::All))
    }

    fn filter_operand(&mut self) -> Read<Filter> {
        let before = self.at;
        match self.filter_condition() {
            Ok(filter) => Ok(filter),
            Err(Unreadable) => {
                self.recover();
                self.currency = None;
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
            let opening = self.at;
            self.at += 1;
            let inner = self.nested(Self::filter)?;
            self.closing(opening)?;
            return Ok(inner);
        }
        if self.is_word("did") || self.is_word("in") {
            self.mistake(
                Code::WrongPlace,
                "this condition is about the person, but it stands in the filter of an event",
                "put parentheses around the whole `(did ... where ...)` before it",
            );
            return Err(Unreadable);
        }
        self.filter_comparison()
    }

    fn filter_comparison(&mut self) -> Read<Filter> {
        let left = self.value()?;
        let Some(operator) = self.operator_before_value() else {
            let test = self.test(check::Subject::of_expression(&left))?;
            return Ok(self.filtered(left, test));
        };
        if self.is_word("property") && !self.is_arithmetic(1) {
            self.at += 1;
        }
        let right = self.value()?;
        let Expression::Number(number) = right else {
            return Ok(Filter::Compare {
                left,
                operator,
                right,
            });
        };
        let value = Literal::Number(number);
        Ok(self.filtered(left, Test::Compare { operator, value }))
    }

    fn is_arithmetic(&self, ahead: usize) -> bool {
        let kind = &self.ahead(ahead).kind;
        matches!(kind, TokenKind::Sign("+" | "-" | "*" | "/" | "."))
    }

    /// The test, and the currency that stood beside its amount.
    fn filtered(&mut self, value: Expression, test: Test) -> Filter {
        let filter = Filter::Property { value, test };
        match self.currency.take() {
            Some((currency, _)) => with_currency(Some(filter), currency),
            None => filter,
        }
    }

    /// A property, perhaps of an earlier step: `price`, `cart.price`, `"my cart"."odd price"`.
    pub(super) fn property(&mut self) -> Read<Expression> {
        let is_quoted = matches!(self.kind(), TokenKind::Text(_));
        if let TokenKind::Word(word) = self.kind()
            && let Some((step, path)) = self.step_and_path(word)
        {
            self.at += 1;
            return Ok(Expression::Earlier { step, path });
        }
        let (name, _) = self.name("a property")?;
        let dot = self.token().span.start == self.end();
        if (dot || is_quoted) && self.take_sign(".") {
            let (path, _) = self.name("a property of the step")?;
            return Ok(Expression::Earlier { step: name, path });
        }
        Ok(Expression::Property(name))
    }

    /// The parts of `cart.price` where `cart` is an earlier step.
    pub(super) fn step_and_path(&self, word: &str) -> Option<(Box<str>, Box<str>)> {
        let (step, path) = word.split_once('.')?;
        let is_known = self.steps.iter().any(|known| **known == *step);
        is_known.then(|| (step.into(), path.into()))
    }
}

//! SQL text to a tree, by recursive descent.
//!
//! Invariant: brackets nest at most [`DEPTH_MAX`] deep and at most [`CHAIN_MAX`] operators are chained, so
//! neither reading nor walking a tree can use up the stack. Names that are not understood do not end the
//! reading: all of them are told at once. What is no grammar ends it.

mod call;
mod primary;

use std::ops::Range;

use super::{
    super::columns::Columns,
    Expression, Operator, Relation,
    lexer::{self, Token},
};

/// How deep brackets may nest.
pub(crate) const DEPTH_MAX: usize = 48;
/// How many operators may follow one another in one text.
pub(crate) const CHAIN_MAX: usize = 256;
/// Bytes of SQL.
const TEXT_BYTES_MAX: usize = 1 << 16;

/// How an expression tells the two rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `name_l` and `name_r`, as in the conditions of levels.
    Suffix,
    /// `l.name` and `r.name`, as in blocking rules.
    Prefix,
}

/// Something in a text of SQL that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    pub(crate) help: Option<String>,
}

/// Reads an expression; its columns are added to `columns`.
///
/// # Errors
///
/// Everything that is not understood, in the order of the text.
pub(crate) fn read(
    sql: &str,
    naming: Naming,
    columns: &mut Columns,
) -> Result<Expression, Vec<Mistake>> {
    if sql.len() > TEXT_BYTES_MAX {
        let message = format!("has {} bytes, {TEXT_BYTES_MAX} are allowed", sql.len());
        return Err(vec![Mistake {
            message,
            span: 0..0,
            help: None,
        }]);
    }
    let tokens = lexer::tokens(sql).map_err(|(message, span)| {
        vec![Mistake {
            message,
            span,
            help: None,
        }]
    })?;
    let mut parser = Parser {
        tokens,
        place: 0,
        end: sql.len(),
        naming,
        columns,
        variables: Vec::new(),
        depth: 0,
        chained: 0,
        mistakes: Vec::new(),
    };
    let read = parser.whole();
    match read {
        Ok(expression) if parser.mistakes.is_empty() => Ok(expression),
        _ => Err(parser.mistakes),
    }
}

/// A mistake of grammar was noted: nothing after it can be read.
#[derive(Debug)]
struct Stop;

type Parsed = Result<Expression, Stop>;

enum Tested {
    As(Expression),
    Not(Expression),
}

struct Parser<'c> {
    tokens: Vec<(Token, Range<usize>)>,
    place: usize,
    end: usize,
    naming: Naming,
    columns: &'c mut Columns,
    /// Variables of the lambdas around this place.
    variables: Vec<String>,
    depth: usize,
    chained: usize,
    mistakes: Vec<Mistake>,
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed {
        let expression = self.any()?;
        match self.place < self.tokens.len() {
            true => Err(self.stop("this is not understood after a whole expression")),
            false => Ok(expression),
        }
    }

    /// `a OR b`.
    fn any(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.stop(&format!("brackets nest more than {DEPTH_MAX} deep")));
        }
        let mut parts = vec![self.all()?];
        while self.eat_word("or") {
            parts.push(self.all()?);
        }
        self.depth -= 1;
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Parsed {
        let mut parts = vec![self.not()?];
        while self.eat_word("and") {
            parts.push(self.not()?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn not(&mut self) -> Parsed {
        if !self.eat_word("not") {
            return self.predicate();
        }
        self.chain()?;
        Ok(negated(self.not()?))
    }

    /// `a = b`, `a IS NULL`, `a IN (..)`, `a BETWEEN b AND c`, `a LIKE b`.
    fn predicate(&mut self) -> Parsed {
        let mut left = self.concatenation()?;
        loop {
            left = if let Some(relation) = self.relation() {
                let right = self.concatenation()?;
                compare(relation, left, right)
            } else if self.eat_word("is") {
                self.is(left)?
            } else {
                let is_negated = self.is_word("not") && self.is_tested_next();
                self.place += usize::from(is_negated);
                match (self.tested(left)?, is_negated) {
                    (Tested::Not(left), _) => return Ok(left),
                    (Tested::As(tested), false) => tested,
                    (Tested::As(tested), true) => negated(tested),
                }
            };
            self.chain()?;
        }
    }

    fn relation(&mut self) -> Option<Relation> {
        let relation = match self.sign()? {
            "=" | "==" => Relation::Equal,
            "<>" | "!=" => Relation::Unequal,
            "<" => Relation::Less,
            "<=" => Relation::AtMost,
            ">" => Relation::More,
            ">=" => Relation::AtLeast,
            _ => return None,
        };
        self.place += 1;
        Some(relation)
    }

    /// What may stand after `IS`.
    fn is(&mut self, left: Expression) -> Parsed {
        let is_negated = self.eat_word("not");
        let tested = if self.eat_word("null") {
            Expression::IsMissing(left.into())
        } else if self.eat_word("true") {
            negated(compare(Relation::Distinct, left, Expression::Boolean(true)))
        } else if self.eat_word("false") {
            negated(compare(
                Relation::Distinct,
                left,
                Expression::Boolean(false),
            ))
        } else if self.eat_word("distinct") {
            self.expect_word("from")?;
            let right = self.concatenation()?;
            compare(Relation::Distinct, left, right)
        } else {
            let expected =
                "after `is` stands `null`, `not null`, `true`, `false` or `distinct from`";
            return Err(self.stop(expected));
        };
        Ok(if is_negated { negated(tested) } else { tested })
    }

    fn is_tested_next(&self) -> bool {
        ["in", "between", "like", "ilike"]
            .iter()
            .any(|word| self.word_at(self.place + 1, word))
    }

    /// `IN`, `BETWEEN`, `LIKE`, or what was given if none of them stands here.
    fn tested(&mut self, left: Expression) -> Result<Tested, Stop> {
        Ok(Tested::As(if self.eat_word("in") {
            self.expect("(")?;
            let list = self.list(")")?;
            Expression::In(left.into(), list)
        } else if self.eat_word("between") {
            let low = self.concatenation()?;
            self.expect_word("and")?;
            let high = self.concatenation()?;
            Expression::Within(Box::new([left, low, high]))
        } else if self.eat_word("like") {
            compare(Relation::Like, left, self.concatenation()?)
        } else if self.eat_word("ilike") {
            compare(Relation::LikeAnyCase, left, self.concatenation()?)
        } else {
            return Ok(Tested::Not(left));
        }))
    }

    fn concatenation(&mut self) -> Parsed {
        self.chain_of(&[("||", Operator::Join)], Self::sum)
    }

    fn sum(&mut self) -> Parsed {
        self.chain_of(
            &[("+", Operator::Add), ("-", Operator::Subtract)],
            Self::product,
        )
    }

    fn product(&mut self) -> Parsed {
        let signs = [
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("//", Operator::DivideWhole),
            ("%", Operator::Remainder),
        ];
        self.chain_of(&signs, Self::power)
    }

    fn power(&mut self) -> Parsed {
        self.chain_of(
            &[("^", Operator::Power), ("**", Operator::Power)],
            Self::unary,
        )
    }

    fn chain_of(&mut self, signs: &[(&str, Operator)], operand: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = operand(self)?;
        loop {
            let sign = self.sign();
            let Some((_, operator)) = signs.iter().find(|(known, _)| Some(*known) == sign) else {
                return Ok(left);
            };
            self.place += 1;
            self.chain()?;
            left = Expression::Arithmetic(*operator, Box::new([left, operand(self)?]));
        }
    }

    fn unary(&mut self) -> Parsed {
        if self.eat("-") {
            self.chain()?;
            return Ok(Expression::Negative(self.unary()?.into()));
        }
        if self.eat("+") {
            self.chain()?;
            return self.unary();
        }
        self.postfix()
    }

    /// `a::type` and `a[1]`.
    fn postfix(&mut self) -> Parsed {
        let mut of = self.primary()?;
        loop {
            of = if self.eat("::") {
                let kind = self.kind()?;
                Expression::Cast(of.into(), kind, super::Failing::Stops)
            } else if self.eat("[") {
                let index = self.any()?;
                if let Expression::Text(field) = &index {
                    let message = format!("the field `{field}` of a structure is not understood");
                    self.note(message, Some("a column of its own for the field".into()));
                }
                self.expect("]")?;
                Expression::Item(Box::new([of, index]))
            } else {
                return Ok(of);
            };
            self.chain()?;
        }
    }

    /// Expressions with commas between them, up to the closing sign.
    fn list(&mut self, closing: &'static str) -> Result<Vec<Expression>, Stop> {
        let mut list = Vec::new();
        if self.eat(closing) {
            return Ok(list);
        }
        loop {
            list.push(self.any()?);
            if !self.eat(",") {
                self.expect(closing)?;
                return Ok(list);
            }
        }
    }

    fn chain(&mut self) -> Result<(), Stop> {
        self.chained += 1;
        match self.chained > CHAIN_MAX {
            true => Err(self.stop(&format!("more than {CHAIN_MAX} operators are chained"))),
            false => Ok(()),
        }
    }

    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.place).map(|(token, _)| token)
    }

    fn sign(&self) -> Option<&'static str> {
        match self.token() {
            Some(Token::Sign(sign)) => Some(sign),
            _ => None,
        }
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is_there = self.sign() == Some(sign);
        self.place += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: &str) -> Result<(), Stop> {
        if self.eat(sign) {
            Ok(())
        } else {
            Err(self.stop(&format!("`{sign}` is expected here")))
        }
    }

    fn word_at(&self, place: usize, word: &str) -> bool {
        let token = self.tokens.get(place).map(|(token, _)| token);
        matches!(token, Some(Token::Word(it)) if it.eq_ignore_ascii_case(word))
    }

    fn is_word(&self, word: &str) -> bool {
        self.word_at(self.place, word)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        self.place += usize::from(is_there);
        is_there
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Stop> {
        if self.eat_word(word) {
            Ok(())
        } else {
            Err(self.stop(&format!("`{word}` is expected here")))
        }
    }

    /// The bytes of the token here, or the end of the text.
    fn span(&self) -> Range<usize> {
        self.tokens
            .get(self.place)
            .map_or(self.end..self.end, |(_, span)| span.clone())
    }

    /// Notes a mistake of the token before this place; reading goes on.
    fn note(&mut self, message: String, help: Option<String>) {
        let before = self
            .place
            .checked_sub(1)
            .and_then(|place| self.tokens.get(place));
        let span = before.map_or(0..0, |(_, span)| span.clone());
        self.mistakes.push(Mistake {
            message,
            span,
            help,
        });
    }

    fn stop(&mut self, message: &str) -> Stop {
        let span = self.span();
        let message = match span.is_empty() {
            true => format!("the text ends where more is expected: {message}"),
            false => message.to_owned(),
        };
        self.mistakes.push(Mistake {
            message,
            span,
            help: None,
        });
        Stop
    }
}

fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn negated(expression: Expression) -> Expression {
    Expression::Not(expression.into())
}

fn compare(relation: Relation, left: Expression, right: Expression) -> Expression {
    Expression::Compare(relation, Box::new([left, right]))
}

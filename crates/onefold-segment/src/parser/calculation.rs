//! Calculations over properties and over quantities, aggregates, and comparisons of a person's values.

use onefold_event::Decimal;

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{
        Aggregate, Expression, Filter, Function, Literal, MemberAggregate, Operator, Predicate,
        Quantity, Test,
    },
    check::{self, DEPTH_MAX, Mistake},
    code::Code,
    lexer::TokenKind,
};

const FUNCTIONS: [&str; 11] = [
    "count", "sum", "avg", "min", "max", "first", "last", "distinct", "mode", "p90", "recency",
];

/// What the four operations join: expressions over properties, quantities of a person.
pub(super) trait Calculated: Sized {
    fn number(number: Decimal) -> Self;
    fn negative(inner: Self) -> Self;
    fn joined(sign: &str, sides: Box<[Self; 2]>) -> Self;
    /// What is no number, sign or pair of parentheses.
    fn atom(parser: &mut Parser<'_>) -> Read<Self>;
}

impl Calculated for Expression {
    fn number(number: Decimal) -> Self {
        Self::Number(number)
    }

    fn negative(inner: Self) -> Self {
        Self::Negative(Box::new(inner))
    }

    fn joined(sign: &str, sides: Box<[Self; 2]>) -> Self {
        match sign {
            "+" => Self::Add(sides),
            "-" => Self::Subtract(sides),
            "*" => Self::Multiply(sides),
            _ => Self::Divide(sides),
        }
    }

    fn atom(parser: &mut Parser<'_>) -> Read<Self> {
        parser.property()
    }
}

impl Calculated for Quantity {
    fn number(number: Decimal) -> Self {
        Self::Number(number)
    }

    fn negative(inner: Self) -> Self {
        Self::Negative(Box::new(inner))
    }

    fn joined(sign: &str, sides: Box<[Self; 2]>) -> Self {
        match sign {
            "+" => Self::Add(sides),
            "-" => Self::Subtract(sides),
            "*" => Self::Multiply(sides),
            _ => Self::Divide(sides),
        }
    }

    fn atom(parser: &mut Parser<'_>) -> Read<Self> {
        parser.quantity_atom()
    }
}

impl Parser<'_> {
    /// `a + b`, `a - b`.
    pub(super) fn calculation<T: Calculated>(&mut self) -> Read<T> {
        let mut left = self.product::<T>()?;
        for _ in 0..=DEPTH_MAX {
            let sign = match self.kind() {
                TokenKind::Sign(sign @ ("+" | "-")) => *sign,
                _ => return Ok(left),
            };
            self.at += 1;
            left = T::joined(sign, Box::new([left, self.product()?]));
        }
        self.too_long()
    }

    /// `a * b`, `a / b`.
    fn product<T: Calculated>(&mut self) -> Read<T> {
        let mut left = self.factor::<T>()?;
        for _ in 0..=DEPTH_MAX {
            let sign = match self.kind() {
                TokenKind::Sign(sign @ ("*" | "/")) => *sign,
                _ => return Ok(left),
            };
            self.at += 1;
            left = T::joined(sign, Box::new([left, self.factor()?]));
        }
        self.too_long()
    }

    fn too_long<T>(&mut self) -> Read<T> {
        let message = format!("more than {DEPTH_MAX} operations in a row");
        let help = "calculate this value before it comes in, or name a part as a trait";
        self.mistake(Code::TooDeep, message, help);
        Err(Unreadable)
    }

    fn factor<T: Calculated>(&mut self) -> Read<T> {
        if self.take_sign("-") {
            if let TokenKind::Number(number) = self.kind() {
                self.at += 1;
                return Ok(T::number(-*number));
            }
            return Ok(T::negative(self.nested(Self::factor)?));
        }
        let opening = self.at;
        if self.take_sign("(") {
            let inner = self.nested(Self::calculation)?;
            self.closing(opening)?;
            return Ok(inner);
        }
        if let TokenKind::Number(number) = self.kind() {
            self.at += 1;
            return Ok(T::number(*number));
        }
        T::atom(self)
    }

    pub(super) fn quantity(&mut self) -> Read<Quantity> {
        self.nested(Self::calculation)
    }

    /// A trait, an aggregate, an aggregate over members.
    fn quantity_atom(&mut self) -> Read<Quantity> {
        if self.take_word("trait") {
            return Ok(Quantity::Trait(self.name("the name of a trait")?.0));
        }
        if let TokenKind::Word(word) = self.kind() {
            if self.ahead(1).kind == TokenKind::Sign("(") {
                return self.aggregate().map(Quantity::Aggregate);
            }
            let is_over = self.ahead(1).kind == TokenKind::Word("over");
            if is_over && let Some(function) = function(word) {
                self.at += 2;
                return self.member_aggregate(function).map(Quantity::Members);
            }
        }
        Ok(Quantity::Trait(self.name("a condition")?.0))
    }

    /// `over members with role "admin" (spend)`, behind `over`.
    fn member_aggregate(&mut self, function: Function) -> Read<MemberAggregate> {
        if !self.take_word("members") && !self.take_word("member") {
            self.expected_one_of("whose values are aggregated", &["members"]);
            return Err(Unreadable);
        }
        let role = self.role()?;
        let opening = self.opening("the value of each member")?;
        let of = Box::new(self.quantity()?);
        self.closing(opening)?;
        Ok(MemberAggregate { function, role, of })
    }

    /// What stands behind `trait NAME =`.
    pub(super) fn trait_value(&mut self) -> Read<Quantity> {
        let is_recency = self.is_word("recency") && self.ahead(1).kind == TokenKind::Sign("(");
        if is_recency {
            self.mistake(
                Code::Form,
                "a trait cannot be a `recency`, because it changes with every instant",
                "use `recency(...)` with a comparison in a segment",
            );
            return Err(Unreadable);
        }
        self.quantity()
    }

    fn aggregate(&mut self) -> Read<Aggregate> {
        let function = match self.kind() {
            TokenKind::Word(word) => function(word),
            _ => None,
        };
        let Some(function) = function else {
            self.expected_one_of("an aggregate", &FUNCTIONS);
            return Err(Unreadable);
        };
        self.at += 1;
        let opening = self.opening("what is aggregated")?;
        let counts_occurrences = function == Function::Count && !self.value_comes();
        let value = if counts_occurrences {
            None
        } else {
            let value = self.value()?;
            if !self.take_word("of") {
                self.expected("the event", "`of` and the name of an event");
                return Err(Unreadable);
            }
            Some(value)
        };
        let selection = self.nested(Self::selection)?;
        self.closing(opening)?;
        Ok(Aggregate {
            function,
            value,
            selection,
        })
    }

    /// Whether `count(` is followed by a value and not at once by the event.
    fn value_comes(&self) -> bool {
        match self.kind() {
            TokenKind::Word(_) | TokenKind::Text(_) => {
                let is_calculated = matches!(
                    self.ahead(1).kind,
                    TokenKind::Sign("+" | "-" | "*" | "/" | ".")
                );
                is_calculated || self.ahead(1).kind == TokenKind::Word("of")
            }
            TokenKind::Sign(")") => false,
            _ => true,
        }
    }

    pub(super) fn value(&mut self) -> Read<Expression> {
        self.nested(Self::calculation)
    }

    /// A value of the person, tested or compared with another.
    pub(super) fn comparison(&mut self) -> Read<Predicate> {
        let left = self.quantity()?;
        let start = self.token().span.start;
        let Some(operator) = self.operator_before_value() else {
            let test = self.test(check::Subject::of_quantity(&left))?;
            return self.tested(left, test, start);
        };
        let right = self.quantity()?;
        let Quantity::Number(number) = right else {
            return Ok(Predicate::Compare {
                left,
                operator,
                right,
            });
        };
        let value = Literal::Number(number);
        self.tested(left, Test::Compare { operator, value }, start)
    }

    /// The operator, if what stands behind it is calculated or read and not written there.
    pub(super) fn operator_before_value(&mut self) -> Option<Operator> {
        let TokenKind::Sign(sign) = self.kind() else {
            return None;
        };
        let operator = Operator::ALL.into_iter().find(|o| o.sign() == *sign)?;
        let next = &self.ahead(2).kind;
        let is_calculated = matches!(next, TokenKind::Sign("+" | "-" | "*" | "/" | "."));
        let is_name = matches!(next, TokenKind::Word(_) | TokenKind::Text(_));
        let is_read = match &self.ahead(1).kind {
            TokenKind::Sign("(") => true,
            TokenKind::Sign("-") => !self.is_number(2) || self.is_calculated(3),
            TokenKind::Word("trait") => true,
            TokenKind::Word("property") if is_name && !self.steps_on(2) => true,
            TokenKind::Word("true" | "false") => false,
            TokenKind::Word(word) => {
                is_calculated
                    || *next == TokenKind::Sign("(")
                    || (*next == TokenKind::Word("over") && function(word).is_some())
                    || self.step_and_path(word).is_some()
            }
            TokenKind::Text(_) | TokenKind::Number(_) => is_calculated,
            _ => false,
        };
        if is_read {
            self.at += 1;
        }
        is_read.then_some(operator)
    }

    fn is_calculated(&self, ahead: usize) -> bool {
        matches!(
            self.ahead(ahead).kind,
            TokenKind::Sign("+" | "-" | "*" | "/")
        )
    }

    /// Whether a word so far ahead goes on with the definition and is no name.
    fn steps_on(&self, ahead: usize) -> bool {
        match &self.ahead(ahead).kind {
            TokenKind::Word(word) => crate::print::RESERVED.contains(word),
            _ => false,
        }
    }

    /// The condition in the form that its left side asks for.
    fn tested(&mut self, left: Quantity, test: Test, start: usize) -> Read<Predicate> {
        let currency = self.currency.take();
        let predicate = match left {
            Quantity::Trait(name) => Predicate::Trait { name, test },
            Quantity::Aggregate(mut aggregate) => {
                if let Some((currency, _)) = currency {
                    let filter = aggregate.selection.filter.take();
                    aggregate.selection.filter = Some(with_currency(filter, currency));
                }
                return Ok(Predicate::Aggregate { aggregate, test });
            }
            value => Predicate::Quantity { value, test },
        };
        if currency.is_some() {
            let mistake = Mistake::new(
                Code::Currency,
                "an amount with a currency is compared with a value that has none beside it",
                "leave the currency out, or compare an aggregate such as `sum(price of purchase)`",
            );
            self.mistake_at(start..self.end(), mistake);
        }
        Ok(predicate)
    }
}

/// The function of this word; `p0` to `p100` are percentiles.
fn function(word: &str) -> Option<Function> {
    let known = Function::ALL.into_iter().find(|f| f.word() == word);
    known.or_else(|| {
        let digits = word.strip_prefix('p')?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        let number = digits.parse().ok().filter(|number| *number <= 100);
        number.filter(|_| is_plain).map(Function::Percentile)
    })
}

/// `currency = "EUR"` beside what there is.
pub(super) fn with_currency(filter: Option<Filter>, currency: Box<str>) -> Filter {
    let condition = Filter::Property {
        value: Expression::Property("currency".into()),
        test: Test::Compare {
            operator: Operator::Equal,
            value: Literal::Text(currency),
        },
    };
    match filter {
        None => condition,
        Some(Filter::All(mut parts)) => {
            parts.push(condition);
            Filter::All(parts)
        }
        Some(other) => Filter::All(vec![other, condition]),
    }
}

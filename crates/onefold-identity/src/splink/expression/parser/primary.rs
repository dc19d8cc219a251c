//! What an expression is made of: literals, columns, `CASE`, casts, calls and brackets.

use super::{
    super::{
        super::{
            time::{self, Unit},
            value::Kind,
        },
        Column, Expression, Failing, Relation, Side,
        lexer::Token,
    },
    Naming, Parsed, Parser, Stop, compare,
};

/// Words that cannot be a column by themselves.
const RESERVED: [&str; 22] = [
    "and", "or", "not", "is", "in", "between", "like", "ilike", "case", "when", "then", "else",
    "end", "from", "select", "null", "true", "false", "as", "on", "where", "distinct",
];

/// Nodes of the expression between `CASE` and `WHEN`.
const REPEATED_SIZE_MAX: usize = 16;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let Some(token) = self.token().cloned() else {
            return Err(self.stop("a value is missing"));
        };
        match token {
            Token::Number(number) => {
                self.place += 1;
                Ok(Expression::Number(number))
            }
            Token::Text(text) => {
                self.place += 1;
                Ok(Expression::Text(text.into()))
            }
            Token::Sign("(") => self.bracketed(),
            Token::Sign("[") => {
                self.place += 1;
                Ok(Expression::List(self.list("]")?))
            }
            Token::Sign(_) => Err(self.stop("a value is expected here")),
            Token::Quoted(name) => self.column(&name),
            Token::Word(word) => self.word(&word),
        }
    }

    fn bracketed(&mut self) -> Parsed {
        self.place += 1;
        if self.is_word("select") {
            return Err(self.stop("a query within a condition is not understood"));
        }
        let inner = self.any()?;
        self.expect(")")?;
        Ok(inner)
    }

    fn word(&mut self, word: &str) -> Parsed {
        let lower = word.to_ascii_lowercase();
        let next = self
            .tokens
            .get(self.place + 1)
            .map(|(token, _)| token.clone());
        match (lower.as_str(), next) {
            ("null", _) => self.literal(Expression::Missing),
            ("true", _) => self.literal(Expression::Boolean(true)),
            ("false", _) => self.literal(Expression::Boolean(false)),
            ("case", _) => self.case(),
            ("date", Some(Token::Text(text))) => self.constant(&text, Kind::Day),
            ("timestamp", Some(Token::Text(text))) => self.constant(&text, Kind::Instant),
            ("interval", Some(Token::Text(_) | Token::Number(_))) => {
                let message = "an interval is not understood";
                self.place += 1;
                self.note(
                    message.into(),
                    Some("compare `epoch(..)` of two instants".into()),
                );
                Err(Stop)
            }
            ("cast", Some(Token::Sign("("))) => self.cast(Failing::Stops),
            ("try_cast", Some(Token::Sign("("))) => self.cast(Failing::Misses),
            ("extract", Some(Token::Sign("("))) => self.extract(),
            (_, Some(Token::Sign("("))) => self.call(&lower),
            (reserved, _) if RESERVED.contains(&reserved) => {
                Err(self.stop("a value is expected here"))
            }
            _ if self.variables.iter().any(|variable| variable == word) => {
                self.literal(Expression::Variable(word.into()))
            }
            _ => self.column(word),
        }
    }

    fn literal(&mut self, expression: Expression) -> Parsed {
        self.place += 1;
        Ok(expression)
    }

    /// `DATE '2020-01-05'`.
    fn constant(&mut self, text: &str, kind: Kind) -> Parsed {
        self.place += 2;
        let is_read = match kind {
            Kind::Day => time::read_day(text).is_some(),
            _ => time::read_instant(text).is_some(),
        };
        if !is_read {
            self.note(format!("`{text}` is no date"), Some("'2020-01-31'".into()));
        }
        Ok(Expression::Cast(
            Expression::Text(text.into()).into(),
            kind,
            Failing::Stops,
        ))
    }

    /// `CASE WHEN a THEN b ELSE c END`, and `CASE a WHEN b THEN c END`.
    fn case(&mut self) -> Parsed {
        self.place += 1;
        let of = if self.is_word("when") {
            None
        } else {
            Some(self.any()?)
        };
        if of.as_ref().is_some_and(|of| of.size() > REPEATED_SIZE_MAX) {
            // It is repeated in each branch, and nested ones would grow without limit.
            return Err(
                self.stop("what `case` looks at is too long: write `case when a = b then ..`")
            );
        }
        let mut pairs = Vec::new();
        while self.eat_word("when") {
            let when = self.any()?;
            self.expect_word("then")?;
            let then = self.any()?;
            let condition = match &of {
                Some(of) => compare(Relation::Equal, of.clone(), when),
                None => when,
            };
            pairs.push([condition, then]);
            self.chain()?;
        }
        if pairs.is_empty() {
            return Err(self.stop("`when` is expected here"));
        }
        let otherwise = if self.eat_word("else") {
            Some(self.any()?.into())
        } else {
            None
        };
        self.expect_word("end")?;
        Ok(Expression::Case(pairs, otherwise))
    }

    fn cast(&mut self, failing: Failing) -> Parsed {
        self.place += 2;
        let of = self.any()?;
        self.expect_word("as")?;
        let kind = self.kind()?;
        self.expect(")")?;
        Ok(Expression::Cast(of.into(), kind, failing))
    }

    /// `EXTRACT(year FROM a)`.
    fn extract(&mut self) -> Parsed {
        self.place += 2;
        let unit = match self.token() {
            Some(Token::Word(word) | Token::Text(word)) => Unit::named(word),
            _ => None,
        };
        let Some(unit) = unit else {
            return Err(self.stop("a unit of time is expected here"));
        };
        self.place += 1;
        self.expect_word("from")?;
        let of = self.any()?;
        self.expect(")")?;
        Ok(Expression::Part(unit, of.into()))
    }

    /// The name of a type.
    pub(super) fn kind(&mut self) -> Result<Kind, Stop> {
        let Some(Token::Word(word)) = self.token().cloned() else {
            return Err(self.stop("a type is expected here"));
        };
        self.place += 1;
        let kind = match word.to_ascii_lowercase().as_str() {
            "varchar" | "text" | "string" | "char" | "bpchar" => Kind::Text,
            "int" | "integer" | "bigint" | "smallint" | "tinyint" | "hugeint" | "int1" | "int2"
            | "int4" | "int8" | "long" => Kind::Integer,
            "double" | "float8" => {
                let _ = self.eat_word("precision");
                Kind::Number
            }
            "float" | "real" | "float4" => Kind::Real,
            "boolean" | "bool" => Kind::Boolean,
            "date" => Kind::Day,
            "timestamp" | "datetime" => Kind::Instant,
            _ => {
                let known =
                    "varchar, integer, double, float, boolean, date, timestamp or varchar[]";
                self.note(
                    format!("the type `{word}` is not understood"),
                    Some(known.into()),
                );
                Kind::Text
            }
        };
        if kind == Kind::Text && self.eat("(") {
            let _ = self.list(")")?;
        }
        if self.sign() != Some("[") {
            return Ok(kind);
        }
        if kind != Kind::Text {
            self.note(
                format!("a list of `{word}` is not understood"),
                Some("varchar[]".into()),
            );
        }
        self.place += 1;
        self.expect("]")?;
        Ok(Kind::List)
    }

    /// `name_l`, or `l.name`.
    fn column(&mut self, word: &str) -> Parsed {
        self.place += 1;
        let (word, expected) = match self.naming {
            Naming::Suffix => (word.to_owned(), "a name that ends with `_l` or `_r`"),
            Naming::Prefix => (word.to_owned(), "`l.` or `r.` before the name"),
        };
        let found = match self.naming {
            Naming::Suffix => suffixed(&word),
            Naming::Prefix => self.prefixed(&word)?,
        };
        let Some((side, name)) = found else {
            self.note(
                format!("the column `{word}` is of neither row"),
                Some(expected.into()),
            );
            return Ok(Expression::Missing);
        };
        let (index, name) = self.columns.place(&name);
        Ok(Expression::Column(Column { side, name, index }))
    }

    fn prefixed(&mut self, table: &str) -> Result<Option<(Side, String)>, Stop> {
        if !self.eat(".") {
            return Ok(None);
        }
        let Some(Token::Word(name) | Token::Quoted(name)) = self.token().cloned() else {
            return Err(self.stop("the name of a column is expected here"));
        };
        self.place += 1;
        let side = match table {
            "l" | "L" => Side::Left,
            "r" | "R" => Side::Right,
            _ => return Ok(None),
        };
        Ok(Some((side, name)))
    }
}

fn suffixed(word: &str) -> Option<(Side, String)> {
    let (name, suffix) = word.split_at_checked(word.len().checked_sub(2)?)?;
    let side = match suffix {
        "_l" | "_L" => Side::Left,
        "_r" | "_R" => Side::Right,
        _ => return None,
    };
    (!name.is_empty()).then(|| (side, name.to_owned()))
}

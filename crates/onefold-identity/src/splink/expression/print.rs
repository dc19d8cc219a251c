//! A tree as SQL again.
//!
//! Invariant: the text parses back to the same tree. Brackets stand around everything that is not one
//! word, one call or one literal, so no rank of operators has to be known here.

use std::fmt::{self, Display, Formatter};

use super::{
    super::{similarity::Measure, value::Kind},
    Column, Expression, Failing, Matching, Naming, Operator, Relation, Side,
};

impl Expression {
    /// The expression as SQL, with its columns named this way.
    pub(crate) fn written(&self, naming: Naming) -> impl Display {
        Printed {
            expression: self,
            naming,
        }
    }
}

#[derive(Clone, Copy)]
struct Printed<'e> {
    expression: &'e Expression,
    naming: Naming,
}

impl Printed<'_> {
    fn of<'e>(&self, expression: &'e Expression) -> Printed<'e> {
        Printed {
            expression,
            naming: self.naming,
        }
    }

    fn operand(&self, expression: &Expression, f: &mut Formatter<'_>) -> fmt::Result {
        let printed = self.of(expression);
        match expression {
            Expression::All(_)
            | Expression::Any(_)
            | Expression::Not(_)
            | Expression::Compare(..)
            | Expression::IsMissing(_)
            | Expression::In(..)
            | Expression::Within(_)
            | Expression::Arithmetic(..)
            | Expression::Item(_)
            | Expression::Negative(_) => write!(f, "({printed})"),
            _ => write!(f, "{printed}"),
        }
    }

    fn between(&self, parts: &[Expression], word: &str, f: &mut Formatter<'_>) -> fmt::Result {
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                write!(f, " {word} ")?;
            }
            self.operand(part, f)?;
        }
        Ok(())
    }

    fn list(&self, parts: &[Expression], f: &mut Formatter<'_>) -> fmt::Result {
        for (place, part) in parts.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{}", self.of(part))?;
        }
        Ok(())
    }

    fn call(&self, name: &str, parts: &[Expression], f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{name}(")?;
        self.list(parts, f)?;
        f.write_str(")")
    }

    fn column(&self, column: &Column, f: &mut Formatter<'_>) -> fmt::Result {
        let name = column.name.replace('"', "\"\"");
        let side = match column.side {
            Side::Left => "l",
            Side::Right => "r",
        };
        match self.naming {
            Naming::Suffix => write!(f, "\"{name}_{side}\""),
            Naming::Prefix => write!(f, "{side}.\"{name}\""),
        }
    }

    fn case(
        &self,
        pairs: &[[Expression; 2]],
        otherwise: Option<&Expression>,
        f: &mut Formatter<'_>,
    ) -> fmt::Result {
        f.write_str("CASE")?;
        for [when, then] in pairs {
            write!(f, " WHEN {} THEN {}", self.of(when), self.of(then))?;
        }
        if let Some(otherwise) = otherwise {
            write!(f, " ELSE {}", self.of(otherwise))?;
        }
        f.write_str(" END")
    }

    fn strptime(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Expression::Strptime(of, formats, failing) = self.expression else {
            return Ok(());
        };
        let name = if *failing == Failing::Stops {
            "strptime"
        } else {
            "try_strptime"
        };
        let formats: Vec<String> = formats
            .iter()
            .map(|format| literal(format.text()))
            .collect();
        write!(f, "{name}({}, [{}])", self.of(of), formats.join(", "))
    }

    fn matching(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Expression::Match(matching, of, pattern) = self.expression else {
            return Ok(());
        };
        let (text, options) = (literal(pattern.text()), literal(pattern.options()));
        let of = self.of(of);
        match matching {
            Matching::Extract(group) => {
                write!(f, "regexp_extract({of}, {text}, {group}, {options})")
            }
            Matching::Replace(with) => {
                write!(
                    f,
                    "regexp_replace({of}, {text}, {}, {options})",
                    literal(with)
                )
            }
            Matching::IsIn => write!(f, "regexp_matches({of}, {text}, {options})"),
            Matching::IsWhole => write!(f, "regexp_full_match({of}, {text}, {options})"),
        }
    }
}

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.expression {
            Expression::Missing => f.write_str("NULL"),
            Expression::Boolean(truth) => write!(f, "{truth}"),
            Expression::Number(number) => write!(f, "{number}"),
            Expression::Text(text) => f.write_str(&literal(text)),
            Expression::Column(column) => self.column(column, f),
            Expression::Cell(cell) => write!(f, "{cell:?}"),
            Expression::Variable(name) => f.write_str(name),
            Expression::All(parts) => self.between(parts, "AND", f),
            Expression::Any(parts) => self.between(parts, "OR", f),
            Expression::Not(of) => write!(f, "NOT ({})", self.of(of)),
            Expression::Compare(relation, two) => self.between(&two[..], relation.sign(), f),
            Expression::IsMissing(of) => {
                self.operand(of, f)?;
                f.write_str(" IS NULL")
            }
            Expression::Within(three) => {
                let [of, low, high] = &**three;
                self.operand(of, f)?;
                f.write_str(" BETWEEN ")?;
                self.operand(low, f)?;
                f.write_str(" AND ")?;
                self.operand(high, f)
            }
            Expression::In(of, list) => {
                self.operand(of, f)?;
                self.call(" IN ", list, f)
            }
            Expression::Arithmetic(operator, two) => self.between(&two[..], operator.sign(), f),
            Expression::Negative(of) => write!(f, "-({})", self.of(of)),
            Expression::Case(pairs, otherwise) => self.case(pairs, otherwise.as_deref(), f),
            Expression::Cast(of, kind, failing) => {
                let name = if *failing == Failing::Stops {
                    "CAST"
                } else {
                    "TRY_CAST"
                };
                write!(f, "{name}({} AS {})", self.of(of), kind.name())
            }
            Expression::Call(function, arguments) => self.call(function.name(), arguments, f),
            Expression::Similar(measure, two) => self.call(measure.name(), &two[..], f),
            Expression::Match(..) => self.matching(f),
            Expression::Strptime(..) => self.strptime(f),
            Expression::Between(unit, two) => {
                write!(f, "date_diff('{}', ", unit.name())?;
                self.list(&two[..], f)?;
                f.write_str(")")
            }
            Expression::Part(unit, of) => {
                write!(f, "date_part('{}', {})", unit.name(), self.of(of))
            }
            Expression::List(items) => {
                f.write_str("[")?;
                self.list(items, f)?;
                f.write_str("]")
            }
            Expression::Item(two) => self.call("list_extract", &two[..], f),
            Expression::Each(name, two) => self.lambda("list_transform", name, two, f),
            Expression::Filter(name, two) => self.lambda("list_filter", name, two, f),
        }
    }
}

impl Printed<'_> {
    fn lambda(
        &self,
        call: &str,
        name: &str,
        [list, body]: &[Expression; 2],
        f: &mut Formatter<'_>,
    ) -> fmt::Result {
        write!(
            f,
            "{call}({}, lambda {name}: {})",
            self.of(list),
            self.of(body)
        )
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Relation {
    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Distinct => "IS DISTINCT FROM",
            Self::Like => "LIKE",
            Self::LikeAnyCase => "ILIKE",
        }
    }
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::DivideWhole => "//",
            Self::Remainder => "%",
            Self::Power => "^",
            Self::Join => "||",
        }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Integer => "INTEGER",
            Self::Number => "DOUBLE",
            Self::Real => "FLOAT",
            Self::Boolean => "BOOLEAN",
            Self::Day => "DATE",
            Self::Instant => "TIMESTAMP",
            Self::List => "VARCHAR[]",
        }
    }
}

impl Measure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::JaroWinkler => "jaro_winkler_similarity",
            Self::Jaro => "jaro_similarity",
            Self::Levenshtein => "levenshtein",
            Self::DamerauLevenshtein => "damerau_levenshtein",
            Self::Jaccard => "jaccard",
            Self::Hamming => "hamming",
        }
    }
}

//! Properties as the stream reads them: by number, without a copy.
//!
//! Invariant: null counts as absent, and zero has no sign, as everywhere in the language.

use std::borrow::Cow;

use onefold_event::{Decimal, Occurrence, Value};
use smallvec::SmallVec;

use crate::{
    ast::{Expression, Filter, Literal, Operator, Test},
    summary::Stored,
    value::{self, Values, passes, unsigned_zero},
};

/// The number of a property that the definitions read: see [`Stream::property`](super::Stream::property).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyCode(pub(super) u16);

/// A property of an occurrence.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<'a> {
    /// Absent or null.
    Missing,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// Text.
    Text(Cow<'a, str>),
    /// An array, an object, or a number of more than 28 digits, as its JSON text.
    Json(Cow<'a, str>),
}

/// The properties of one occurrence, by the numbers that the stream has given them.
///
/// For whoever has columns: a match on the number and a look into the column.
pub trait Reads {
    /// The property with this number.
    fn read(&self, property: PropertyCode) -> Reading<'_>;
}

/// An occurrence without properties.
impl Reads for () {
    fn read(&self, _property: PropertyCode) -> Reading<'_> {
        Reading::Missing
    }
}

impl<'a> From<Option<Value>> for Reading<'a> {
    fn from(value: Option<Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Missing,
            Some(Value::Bool(value)) => Self::Bool(value),
            Some(Value::Number(number)) => Self::Number(number),
            Some(Value::Text(text)) => Self::Text(Cow::Owned(text.into())),
            Some(Value::Json(text)) => Self::Json(Cow::Owned(text.into())),
        }
    }
}

impl Reading<'_> {
    fn into_value(self) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::Bool(value) => Some(Value::Bool(value)),
            Self::Number(number) => Some(Value::Number(unsigned_zero(number))),
            Self::Text(text) => Some(Value::text(text)),
            Self::Json(text) => Some(Value::Json(text.into())),
        }
    }
}

/// An [`Occurrence`] as the stream reads it.
pub(super) struct OfOccurrence<'a> {
    pub(super) occurrence: &'a dyn Occurrence,
    pub(super) names: &'a [Box<str>],
}

impl Reads for OfOccurrence<'_> {
    fn read(&self, property: PropertyCode) -> Reading<'_> {
        let name = self.names.get(usize::from(property.0));
        name.and_then(|name| self.occurrence.property(name)).into()
    }
}

/// A filter with properties by number.
#[derive(Debug, Clone)]
pub(super) enum Sieve {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// A number compared with one: most of all filters.
    Number(PropertyCode, Operator, Decimal),
    /// A text compared with one.
    Text(PropertyCode, Operator, Box<str>),
    Test(PropertyCode, Test),
    /// Whatever is calculated.
    Other(Filter),
}

/// Gives properties their numbers.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) Vec<Box<str>>);

impl Names {
    /// The number of a property, a new one if it has none.
    pub(super) fn code(&mut self, path: &str) -> PropertyCode {
        let known = self.0.iter().position(|name| **name == *path);
        let at = known.unwrap_or_else(|| {
            self.0.push(path.into());
            self.0.len() - 1
        });
        PropertyCode(u16::try_from(at).unwrap_or(u16::MAX))
    }
}

impl Sieve {
    pub(super) fn new(filter: &Filter, names: &mut Names) -> Self {
        let mut parts =
            |parts: &[Filter]| parts.iter().map(|part| Self::new(part, names)).collect();
        match filter {
            Filter::All(all) => Self::All(parts(all)),
            Filter::Any(any) => Self::Any(parts(any)),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(inner, names))),
            Filter::Property {
                value: Expression::Property(path),
                test,
            } => Self::test(names.code(path), test),
            other => {
                other.each_value(&mut |value| {
                    if let Expression::Property(path) = value {
                        names.code(path);
                    }
                });
                Self::Other(other.clone())
            }
        }
    }

    fn test(code: PropertyCode, test: &Test) -> Self {
        match test {
            Test::Compare {
                operator,
                value: Literal::Number(number),
            } => Self::Number(code, *operator, *number),
            Test::Compare {
                operator,
                value: Literal::Text(text),
            } => Self::Text(code, *operator, text.clone()),
            test => Self::Test(code, test.clone()),
        }
    }

    /// Whether an occurrence passes.
    pub(super) fn pass(&self, reads: &dyn Reads, names: &[Box<str>]) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.pass(reads, names)),
            Self::Any(parts) => parts.iter().any(|part| part.pass(reads, names)),
            Self::Not(inner) => !inner.pass(reads, names),
            Self::Number(code, operator, bound) => match reads.read(*code) {
                Reading::Number(number) => operator.accepts(number.cmp(bound)),
                _ => false,
            },
            Self::Text(code, operator, bound) => match reads.read(*code) {
                Reading::Text(text) => operator.accepts((*text).cmp(bound)),
                _ => false,
            },
            Self::Test(code, test) => {
                passes(test, reads.read(*code).into_value().as_ref()).unwrap_or(false)
            }
            Self::Other(filter) => value::pass(&mut Slowly::new(reads, names), filter),
        }
    }
}

/// Where the value of an occurrence comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Property(PropertyCode),
    Other(Expression),
}

impl Source {
    pub(super) fn new(expression: &Expression, names: &mut Names) -> Self {
        expression.each_value(&mut |value| {
            if let Expression::Property(path) = value {
                names.code(path);
            }
        });
        match expression {
            Expression::Property(path) => Self::Property(names.code(path)),
            other => Self::Other(other.clone()),
        }
    }

    /// The value that an occurrence has; `None` where a part of it is missing.
    pub(super) fn value(&self, reads: &dyn Reads, names: &[Box<str>]) -> Option<Stored> {
        match self {
            Self::Property(code) => reads.read(*code).into_value().map(Ok),
            Self::Other(expression) => {
                value::value(&mut Slowly::new(reads, names), expression).transpose()
            }
        }
    }
}

/// Values as the rest of the language reads them.
struct Slowly<'a> {
    reads: &'a dyn Reads,
    names: &'a [Box<str>],
    read: SmallVec<[(u16, Option<Value>); 4]>,
}

impl<'a> Slowly<'a> {
    fn new(reads: &'a dyn Reads, names: &'a [Box<str>]) -> Self {
        Self {
            reads,
            names,
            read: SmallVec::new(),
        }
    }
}

impl<'a> Values<'a> for Slowly<'_> {
    fn read(&mut self, step: Option<&'a str>, path: &'a str) -> Option<&Value> {
        if step.is_some() {
            return None;
        }
        let code = self.names.iter().position(|name| **name == *path)?;
        let code = u16::try_from(code).ok()?;
        let at = match self.read.iter().position(|(known, _)| *known == code) {
            Some(at) => at,
            None => {
                let value = self.reads.read(PropertyCode(code)).into_value();
                self.read.push((code, value));
                self.read.len() - 1
            }
        };
        self.read.get(at)?.1.as_ref()
    }
}

//! A condition or a scalar of SQL as a tree: the part of DuckDB's language that Splink's models are made of.
//!
//! Invariant: a printed expression parses back to the same tree, no tree is deeper than
//! 48 levels of brackets and 256 chained operators, and evaluating one never fails.

mod check;
mod evaluate;
mod function;
mod lexer;
mod parser;
mod print;

use std::sync::Arc;

pub(super) use check::column_kinds;
pub(super) use evaluate::{Scope, evaluate, every, truth};
pub(super) use function::Function;
pub(super) use parser::{Mistake, Naming, read};

use super::{
    pattern::Pattern,
    similarity::Measure,
    time::{TimeFormat, Unit},
    value::Kind,
};

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Missing,
    Boolean(bool),
    Number(f64),
    Text(Box<str>),
    Column(Column),
    /// A cell of a prepared row; made when a model is compiled, never by the parser.
    Cell(Cell),
    /// The variable of the lambda so many lambdas further out.
    Variable(Box<str>),
    /// `AND`: two or more.
    All(Vec<Expression>),
    /// `OR`: two or more.
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Compare(Relation, Box<[Expression; 2]>),
    IsMissing(Box<Expression>),
    /// `BETWEEN`: whether the first is at least the second and at most the third.
    Within(Box<[Expression; 3]>),
    /// Whether the first is among the others.
    In(Box<Expression>, Vec<Expression>),
    Arithmetic(Operator, Box<[Expression; 2]>),
    Negative(Box<Expression>),
    /// Pairs of condition and answer, and the answer otherwise.
    Case(Vec<[Expression; 2]>, Option<Box<Expression>>),
    Cast(Box<Expression>, Kind, Failing),
    Call(Function, Vec<Expression>),
    Similar(Measure, Box<[Expression; 2]>),
    Match(Matching, Box<Expression>, Arc<Pattern>),
    Strptime(Box<Expression>, Arc<[TimeFormat]>, Failing),
    Between(Unit, Box<[Expression; 2]>),
    Part(Unit, Box<Expression>),
    List(Vec<Expression>),
    /// `list[number]`, counted from 1.
    Item(Box<[Expression; 2]>),
    /// Each item of the list as the variable in the second expression.
    Each(Box<str>, Box<[Expression; 2]>),
    /// The items of the list for which the second expression holds.
    Filter(Box<str>, Box<[Expression; 2]>),
}

/// A column of one of the two rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Column {
    pub(super) side: Side,
    pub(super) name: Arc<str>,
    pub(super) index: usize,
}

/// One of the two rows of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// `name_l` and `l.name`: in a model that links a file to itself, the row whose id is the smaller.
    Left,
    /// `name_r` and `r.name`.
    Right,
}

/// A prepared cell of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) side: Side,
    pub(super) index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    /// `IS DISTINCT FROM`: never unknown.
    Distinct,
    Like,
    LikeAnyCase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
    Power,
    Join,
}

/// What SQL does where a text cannot be read. Here both are missing; only the written form differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Failing {
    Stops,
    Misses,
}

/// What is done with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matching {
    Extract(usize),
    Replace(Box<str>),
    IsIn,
    IsWhole,
}

impl Expression {
    /// The expressions it is made of.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Expression> {
        let (many, more): (&[Expression], &[Expression]) = match self {
            Self::All(parts) | Self::Any(parts) | Self::Call(_, parts) | Self::List(parts) => {
                (parts, &[])
            }
            Self::Not(of)
            | Self::IsMissing(of)
            | Self::Negative(of)
            | Self::Cast(of, ..)
            | Self::Match(_, of, _)
            | Self::Strptime(of, ..)
            | Self::Part(_, of) => (std::slice::from_ref(of), &[]),
            Self::In(of, list) => (std::slice::from_ref(of), list),
            Self::Within(three) => (&**three, &[]),
            Self::Compare(_, two)
            | Self::Arithmetic(_, two)
            | Self::Similar(_, two)
            | Self::Between(_, two)
            | Self::Item(two)
            | Self::Each(_, two)
            | Self::Filter(_, two) => (&**two, &[]),
            Self::Case(pairs, otherwise) => (
                pairs.as_flattened(),
                otherwise.as_deref().map_or(&[], std::slice::from_ref),
            ),
            _ => (&[], &[]),
        };
        many.iter().chain(more)
    }

    /// The same, to be changed.
    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        let (many, more): (&mut [Expression], &mut [Expression]) = match self {
            Self::All(parts) | Self::Any(parts) | Self::Call(_, parts) | Self::List(parts) => {
                (parts, &mut [])
            }
            Self::Not(of)
            | Self::IsMissing(of)
            | Self::Negative(of)
            | Self::Cast(of, ..)
            | Self::Match(_, of, _)
            | Self::Strptime(of, ..)
            | Self::Part(_, of) => (std::slice::from_mut(of), &mut []),
            Self::In(of, list) => (std::slice::from_mut(of), list),
            Self::Within(three) => (&mut **three, &mut []),
            Self::Compare(_, two)
            | Self::Arithmetic(_, two)
            | Self::Similar(_, two)
            | Self::Between(_, two)
            | Self::Item(two)
            | Self::Each(_, two)
            | Self::Filter(_, two) => (&mut **two, &mut []),
            Self::Case(pairs, otherwise) => (
                pairs.as_flattened_mut(),
                otherwise
                    .as_deref_mut()
                    .map_or(&mut [], std::slice::from_mut),
            ),
            _ => (&mut [], &mut []),
        };
        many.iter_mut().chain(more)
    }

    /// How many nodes it has.
    pub(super) fn size(&self) -> usize {
        1 + self.parts().map(Self::size).sum::<usize>()
    }

    /// The one row it needs; nothing if it needs none.
    ///
    /// # Errors
    ///
    /// Both rows are needed.
    pub(super) fn side(&self) -> Result<Option<Side>, BothSides> {
        let mut side = match self {
            Self::Column(column) => Some(column.side),
            Self::Cell(cell) => Some(cell.side),
            _ => None,
        };
        for part in self.parts() {
            side = match (side, part.side()?) {
                (Some(a), Some(b)) if a != b => return Err(BothSides),
                (a, b) => a.or(b),
            };
        }
        Ok(side)
    }

    /// The same expression of the left row.
    pub(super) fn on_left(mut self) -> Self {
        self.turn_left();
        self
    }

    fn turn_left(&mut self) {
        if let Self::Column(column) = self {
            column.side = Side::Left;
        }
        for part in self.parts_mut() {
            part.turn_left();
        }
    }
}

/// An expression needs both rows of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BothSides;

#[cfg(test)]
mod tests;

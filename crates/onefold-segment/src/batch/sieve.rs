//! Filters and expressions over all occurrences of one name in a chunk at once.
//!
//! Invariant: the answers are those of the same filter asked of each occurrence by itself.

use std::borrow::Cow;

use onefold_event::{Occurrence, Position, Timestamp, Value};

use super::{
    bits::Bits,
    column::{ABSENT, Cell, Column, NO_TEXT, Texts},
    number::{NumberTest, order},
    table::Layout,
};
use crate::{
    ast::{Expression, Filter, Operator, Test},
    summary::Stored,
    value::{Properties, passes},
};

/// All occurrences of one name in a chunk, with the columns of that name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) columns: &'a [Column],
    pub(crate) paths: &'a [usize],
    pub(crate) len: usize,
}

/// A filter made ready for a table.
#[derive(Debug)]
pub(crate) enum Sieve<'p> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Property {
        /// Its place in the layout, if it is there.
        path: Option<usize>,
        test: &'p Test,
        /// Which of the property's texts pass.
        texts: Bits,
    },
    Value {
        value: &'p Expression,
        test: &'p Test,
        filter: &'p Filter,
    },
    Compare {
        left: &'p Expression,
        operator: Operator,
        right: &'p Expression,
        filter: &'p Filter,
    },
}

/// Numbers with so many places; [`ABSENT`] where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Fixed<'a> {
    pub(crate) scale: u32,
    pub(crate) mantissas: Cow<'a, [i64]>,
}

impl<'p> Sieve<'p> {
    pub(crate) fn new(filter: &'p Filter, layout: &Layout) -> Self {
        match filter {
            Filter::All(parts) => Self::All(Self::each(parts, layout)),
            Filter::Any(parts) => Self::Any(Self::each(parts, layout)),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(inner, layout))),
            Filter::Property {
                value: Expression::Property(path),
                test,
            } => {
                let path = layout.paths.binary_search(path).ok();
                let texts = path.and_then(|path| layout.texts.get(path));
                Self::Property {
                    path,
                    test,
                    texts: texts.map(|texts| passing(test, texts)).unwrap_or_default(),
                }
            }
            Filter::Property { value, test } => Self::Value {
                value,
                test,
                filter,
            },
            Filter::Compare {
                left,
                operator,
                right,
            } => Self::Compare {
                left,
                operator: *operator,
                right,
                filter,
            },
        }
    }

    fn each(parts: &'p [Filter], layout: &Layout) -> Vec<Self> {
        parts.iter().map(|part| Self::new(part, layout)).collect()
    }

    /// Which of the occurrences pass.
    pub(crate) fn pass(&self, block: Block<'_>) -> Bits {
        match self {
            Self::All(parts) => joined(Bits::all(block.len), parts, block, Bits::and),
            Self::Any(parts) => joined(Bits::none(block.len), parts, block, Bits::or),
            Self::Not(inner) => {
                let mut bits = inner.pass(block);
                bits.flip();
                bits
            }
            Self::Property { path, test, texts } => {
                match path.and_then(|path| block.column(path)) {
                    Some(column) => tested(column, test, texts, block.texts(*path), block.len),
                    None => Bits::filled(block.len, **test == Test::Unset),
                }
            }
            Self::Value {
                value,
                test,
                filter,
            } => match block.fixed(value) {
                Some(fixed) => fixed.tested(test),
                None => block.pass_each(filter),
            },
            Self::Compare {
                left,
                operator,
                right,
                filter,
            } => match (block.fixed(left), block.fixed(right)) {
                (Some(left), Some(right)) => left
                    .compared(*operator, &right)
                    .unwrap_or_else(|| block.pass_each(filter)),
                _ => block.pass_each(filter),
            },
        }
    }
}

fn joined(
    mut bits: Bits,
    parts: &[Sieve<'_>],
    block: Block<'_>,
    join: fn(&mut Bits, &Bits),
) -> Bits {
    parts
        .iter()
        .for_each(|part| join(&mut bits, &part.pass(block)));
    bits
}

/// Which texts pass.
pub(crate) fn passing(test: &Test, texts: &Texts) -> Bits {
    let mut bits = Bits::none(texts.iter().len());
    for (code, text) in texts.iter().enumerate() {
        let held = passes(test, Some(&Value::text(text))).unwrap_or(false);
        bits.put(code, held);
    }
    bits
}

/// Which values of a column pass; `passing` says it of its texts.
pub(crate) fn tested(
    column: &Column,
    test: &Test,
    passing: &Bits,
    texts: &Texts,
    len: usize,
) -> Bits {
    let unset = *test == Test::Unset;
    match column {
        Column::Absent(_) => Bits::filled(len, unset),
        Column::Texts(codes) => {
            let mut codes = codes.iter().copied();
            Bits::from_fn(len, |_| match codes.next() {
                None | Some(NO_TEXT) => unset,
                Some(code) => passing.get(code as usize),
            })
        }
        Column::Numbers { scale, mantissas } => {
            let mantissas = Cow::Borrowed(&**mantissas);
            let scale = *scale;
            Fixed { scale, mantissas }.tested(test)
        }
        Column::Bools(_) | Column::Times(_) | Column::Mixed(_) => Bits::from_fn(len, |at| {
            passes(test, column.value(at, texts).as_ref()).unwrap_or(false)
        }),
    }
}

impl<'a> Block<'a> {
    fn column(&self, path: usize) -> Option<&'a Column> {
        let place = self.paths.iter().position(|known| *known == path)?;
        self.columns.get(place)
    }

    fn texts(&self, path: Option<usize>) -> &'a Texts {
        static NONE: std::sync::LazyLock<Texts> = std::sync::LazyLock::new(Texts::default);
        let texts = path.and_then(|path| self.layout.texts.get(path));
        texts.unwrap_or(&NONE)
    }

    /// The value of an expression for each occurrence, if whole numbers can say it exactly.
    pub(crate) fn fixed(&self, expression: &Expression) -> Option<Fixed<'a>> {
        match expression {
            Expression::Property(path) => self.fixed_property(path),
            Expression::Number(number) => match Cell::number(*number) {
                Cell::Number { mantissa, scale } => Some(Fixed {
                    scale,
                    mantissas: vec![mantissa; self.len].into(),
                }),
                _ => None,
            },
            Expression::Negative(inner) => {
                let mut fixed = self.fixed(inner)?;
                let present = |mantissa: &&mut i64| **mantissa != ABSENT;
                let mantissas = fixed.mantissas.to_mut().iter_mut().filter(present);
                mantissas.for_each(|mantissa| *mantissa = -*mantissa);
                Some(fixed)
            }
            Expression::Add(sides) => self.sum(sides, i64::checked_add),
            Expression::Subtract(sides) => self.sum(sides, i64::checked_sub),
            Expression::Multiply(sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.fixed(left)?, self.fixed(right)?);
                let scale = left.scale + right.scale;
                (scale <= 28).then_some(())?;
                left.joined(&right, scale, i64::checked_mul)
            }
            Expression::Divide(_) | Expression::Earlier { .. } => None,
        }
    }

    fn fixed_property(&self, path: &str) -> Option<Fixed<'a>> {
        let known = self
            .layout
            .paths
            .binary_search_by(|known| (**known).cmp(path));
        match known.ok().and_then(|path| self.column(path)) {
            Some(Column::Numbers { scale, mantissas }) => Some(Fixed {
                scale: *scale,
                mantissas: Cow::Borrowed(mantissas),
            }),
            Some(Column::Absent(_)) | None => Some(Fixed {
                scale: 0,
                mantissas: vec![ABSENT; self.len].into(),
            }),
            Some(_) => None,
        }
    }

    fn sum(&self, sides: &[Expression; 2], add: fn(i64, i64) -> Option<i64>) -> Option<Fixed<'a>> {
        let [left, right] = sides;
        let (left, right) = (self.fixed(left)?, self.fixed(right)?);
        let scale = left.scale.max(right.scale);
        left.rescaled(scale)?
            .joined(&right.rescaled(scale)?, scale, add)
    }

    /// The value of an expression for each occurrence, one by one; `None` where it is absent.
    pub(crate) fn stored(&self, expression: &Expression) -> Vec<Option<Stored>> {
        let one = |at| Properties::of(&self.row(at)).value(expression).transpose();
        (0..self.len).map(one).collect()
    }

    fn pass_each(&self, filter: &Filter) -> Bits {
        Bits::from_fn(self.len, |at| Properties::of(&self.row(at)).pass(filter))
    }

    /// One of the occurrences.
    pub(crate) fn row(&self, at: usize) -> Row<'a> {
        Row { block: *self, at }
    }
}

/// One occurrence, as far as its properties go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    block: Block<'a>,
    at: usize,
}

impl Occurrence for Row<'_> {
    fn name(&self) -> &'static str {
        ""
    }

    fn time(&self) -> Timestamp {
        Timestamp::default()
    }

    fn position(&self) -> Position {
        Position(0)
    }

    fn property(&self, path: &str) -> Option<Value> {
        let paths = &self.block.layout.paths;
        let path = paths.binary_search_by(|known| (**known).cmp(path)).ok()?;
        let column = self.block.column(path)?;
        column.value(self.at, self.block.texts(Some(path)))
    }
}

impl Fixed<'_> {
    fn tested(&self, test: &Test) -> Bits {
        let test = NumberTest::new(test, self.scale);
        let missing = test.passes_missing();
        let mut mantissas = self.mantissas.iter();
        Bits::from_fn(self.mantissas.len(), |_| match mantissas.next() {
            None | Some(&ABSENT) => missing,
            Some(mantissa) => test.passes(i128::from(*mantissa)),
        })
    }

    fn compared(&self, operator: Operator, other: &Self) -> Option<Bits> {
        let mut bits = Bits::none(self.mantissas.len());
        let pairs = self.mantissas.iter().zip(&*other.mantissas).enumerate();
        for (at, (left, right)) in pairs {
            if *left == ABSENT || *right == ABSENT {
                continue;
            }
            let order = order(
                i128::from(*left),
                self.scale,
                i128::from(*right),
                other.scale,
            )?;
            bits.put(at, operator.accepts(order));
        }
        Some(bits)
    }

    fn rescaled(self, scale: u32) -> Option<Self> {
        if scale == self.scale {
            return Some(self);
        }
        let factor = 10_i64.checked_pow(scale.checked_sub(self.scale)?)?;
        let factors = Fixed {
            scale: 0,
            mantissas: vec![factor; self.mantissas.len()].into(),
        };
        let mantissas = self
            .joined(&factors, scale, i64::checked_mul)?
            .mantissas
            .into_owned();
        Some(Self {
            scale,
            mantissas: mantissas.into(),
        })
    }

    /// Each pair as one; `None` if a result does not fit.
    fn joined<'b>(
        &self,
        other: &Fixed<'_>,
        scale: u32,
        join: fn(i64, i64) -> Option<i64>,
    ) -> Option<Fixed<'b>> {
        let pairs = self.mantissas.iter().zip(&*other.mantissas);
        let one = |(left, right): (&i64, &i64)| {
            if *left == ABSENT || *right == ABSENT {
                return Some(ABSENT);
            }
            join(*left, *right).filter(|mantissa| *mantissa != ABSENT)
        };
        let mantissas: Option<Vec<i64>> = pairs.map(one).collect();
        Some(Fixed {
            scale,
            mantissas: mantissas?.into(),
        })
    }
}

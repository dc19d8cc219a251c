//! Conditions of levels, made fast: the common shapes compare prepared cells directly.
//!
//! Invariant: a condition has the truth that the evaluator gives its expression, and a measure of two
//! texts is taken at most once a comparison of a pair, however many levels ask for it.

use super::{
    cells::Cells,
    expression::{
        self, Cell, Column, Expression, Function, Operator, Relation, Scope, Side, every,
    },
    prepared::Prepared,
    similarity::{Bound, Measure},
    value::Value,
};

/// The condition of one level.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// `ELSE`.
    Always,
    All(Box<[Condition]>),
    Any(Box<[Condition]>),
    Not(Box<Condition>),
    Missing(Cell),
    Same(Cell, Cell),
    /// A measure of two texts beside a number; by its place among the measures of the comparison.
    Measured {
        measure: usize,
        relation: Relation,
        limit: f64,
    },
    /// How far two numbers are apart, beside a number.
    Apart {
        left: Cell,
        right: Cell,
        relation: Relation,
        limit: f64,
    },
    General(Expression),
}

/// A measure of two cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    measure: Measure,
    left: Cell,
    right: Cell,
}

/// More measures than this in one comparison go through the evaluator.
const MEASURES_MAX: usize = 16;

impl Condition {
    /// Compiles an expression; its cells and measures are added to those that are there.
    pub(super) fn compile(
        expression: Expression,
        cells: &mut Cells,
        measures: &mut Vec<Measured>,
    ) -> Self {
        match expression {
            Expression::All(parts) => Self::All(compile_all(parts, cells, measures)),
            Expression::Any(parts) => Self::Any(compile_all(parts, cells, measures)),
            Expression::Not(of) => Self::Not(Self::compile(*of, cells, measures).into()),
            Expression::IsMissing(of) => match cells.cell(&of) {
                Some(cell) => Self::Missing(cell),
                None => Self::General(cells.replaced(Expression::IsMissing(of))),
            },
            Expression::Compare(relation, two) => {
                let direct = direct(relation, &two, cells, measures);
                direct.unwrap_or_else(|| Self::General(compared(relation, *two, cells)))
            }
            other => Self::General(cells.replaced(other)),
        }
    }

    /// Its truth for a pair; nothing where it is unknown.
    pub(super) fn holds(&self, pair: &Pair<'_, '_>, taken: &mut Taken<'_>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::All(parts) => every(parts.iter().map(|part| part.holds(pair, taken)), true),
            Self::Any(parts) => every(parts.iter().map(|part| part.holds(pair, taken)), false),
            Self::Not(of) => of.holds(pair, taken).map(|truth| !truth),
            Self::Missing(cell) => Some(pair.get(*cell).is_missing()),
            Self::Same(left, right) => pair.get(*left).same(pair.get(*right)),
            Self::Measured {
                measure,
                relation,
                limit,
            } => taken.is(*measure, *relation, *limit, pair),
            Self::Apart {
                left,
                right,
                relation,
                limit,
            } => {
                let apart = apart(pair.get(*left), pair.get(*right))?;
                relation.of_numbers(apart, *limit)
            }
            Self::General(expression) => expression::truth(expression, pair),
        }
    }
}

fn compile_all(
    parts: Vec<Expression>,
    cells: &mut Cells,
    measures: &mut Vec<Measured>,
) -> Box<[Condition]> {
    parts
        .into_iter()
        .map(|part| Condition::compile(part, cells, measures))
        .collect()
}

/// A comparison that stays an expression: its two sides become cells, not the truth of the whole.
fn compared(relation: Relation, [left, right]: [Expression; 2], cells: &mut Cells) -> Expression {
    let two = [cells.replaced(left), cells.replaced(right)];
    Expression::Compare(relation, Box::new(two))
}

/// The direct form of a comparison of a common shape.
fn direct(
    relation: Relation,
    two: &[Expression; 2],
    cells: &mut Cells,
    measures: &mut Vec<Measured>,
) -> Option<Condition> {
    let [left, right] = two;
    if let Expression::Number(limit) = left {
        return against(relation.mirrored()?, right, *limit, cells, measures);
    }
    if let Expression::Number(limit) = right {
        // `mirrored` twice keeps to the relations that are of numbers.
        let relation = relation.mirrored()?.mirrored()?;
        return against(relation, left, *limit, cells, measures);
    }
    if relation != Relation::Equal {
        return None;
    }
    Some(Condition::Same(cells.cell(left)?, cells.cell(right)?))
}

/// A measure or a difference beside a number.
fn against(
    relation: Relation,
    of: &Expression,
    limit: f64,
    cells: &mut Cells,
    measures: &mut Vec<Measured>,
) -> Option<Condition> {
    match of {
        Expression::Similar(measure, two) => {
            let [left, right] = &**two;
            let (left, right) = (cells.cell(left)?, cells.cell(right)?);
            let measured = Measured {
                measure: *measure,
                left,
                right,
            };
            let known = measures.iter().position(|known| *known == measured);
            let place = known.or_else(|| {
                measures.push(measured);
                Some(measures.len() - 1)
            });
            let measure = place.filter(|place| *place < MEASURES_MAX)?;
            Some(Condition::Measured {
                measure,
                relation,
                limit,
            })
        }
        Expression::Call(Function::Absolute, arguments) => {
            let [Expression::Arithmetic(Operator::Subtract, two)] = &arguments[..] else {
                return None;
            };
            let [left, right] = &**two;
            let (left, right) = (cells.cell(left)?, cells.cell(right)?);
            Some(Condition::Apart {
                left,
                right,
                relation,
                limit,
            })
        }
        _ => None,
    }
}

fn apart(left: &Value<'_>, right: &Value<'_>) -> Option<f64> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some((left - right).abs()),
        _ => Operator::Subtract.of(left, right).number().map(f64::abs),
    }
}

/// Two prepared rows.
#[derive(Clone, Copy)]
pub(super) struct Pair<'p, 'v> {
    pub(super) left: &'p Prepared<'v>,
    pub(super) right: &'p Prepared<'v>,
}

impl<'p, 'v> Pair<'p, 'v> {
    pub(super) fn get(&self, cell: Cell) -> &'p Value<'v> {
        const MISSING: &Value<'static> = &Value::Missing;
        let row = match cell.side {
            Side::Left => self.left,
            Side::Right => self.right,
        };
        row.cells().get(cell.index).unwrap_or(MISSING)
    }
}

impl<'v> Scope<'v> for Pair<'_, 'v> {
    fn column(&self, _: &Column) -> Value<'v> {
        Value::Missing
    }

    fn cell(&self, cell: Cell) -> Value<'v> {
        self.get(cell).clone()
    }
}

/// The measures of one comparison that were taken of this pair so far.
pub(super) struct Taken<'m> {
    measures: &'m [Measured],
    known: u32,
    values: [f64; MEASURES_MAX],
}

impl<'m> Taken<'m> {
    pub(super) fn none(measures: &'m [Measured]) -> Self {
        Self {
            measures,
            known: 0,
            values: [0.0; MEASURES_MAX],
        }
    }

    /// Whether a measure stands so to a number; nothing where it has no value.
    fn is(
        &mut self,
        place: usize,
        relation: Relation,
        limit: f64,
        pair: &Pair<'_, '_>,
    ) -> Option<bool> {
        let measured = self.measures.get(place)?;
        let known = self.values.get_mut(place)?;
        if self.known & (1 << place) == 0 {
            let (left, right) = (pair.get(measured.left), pair.get(measured.right));
            let (left, right) = (left.as_text()?, right.as_text()?);
            let (left, right): (&str, &str) = (&left, &right);
            if is_out_of_reach(relation, measured.measure.bound(left, right), limit) {
                return Some(false);
            }
            *known = measured.measure.of(left, right).unwrap_or(f64::NAN);
            self.known |= 1 << place;
        }
        relation.of_numbers(*known, limit)
    }
}

/// Whether the bound of a measure says already that the relation does not hold.
fn is_out_of_reach(relation: Relation, bound: Bound, limit: f64) -> bool {
    // A bound and its measure are rounded in different steps.
    const ROUNDING: f64 = 1e-9;
    match (relation, bound) {
        (Relation::AtLeast | Relation::More, Bound::AtMost(bound)) => bound + ROUNDING < limit,
        (Relation::AtMost | Relation::Less, Bound::AtLeast(bound)) => bound - ROUNDING > limit,
        _ => false,
    }
}

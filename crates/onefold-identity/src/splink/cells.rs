//! What is calculated of one row once, before it is compared with many.
//!
//! A condition such as `jaro_winkler_similarity(regexp_extract("email_l", ..), regexp_extract("email_r", ..))`
//! needs of each row the same expression. Each such expression is a cell: evaluated once a row, and a
//! pair only compares cells.
//!
//! Invariant: a cell needs one row and no variable of a lambda around it, and stands once in the list.

use super::{
    expression::{Cell, Column, Expression, Failing, Scope, Side},
    value::{Kind, Value},
};

/// The expressions of all cells, as of the left row.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells(Vec<Expression>);

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The values of all cells of one row.
    pub(super) fn of<'v>(&'v self, row: &[Option<&'v str>]) -> Box<[Value<'v>]> {
        self.0.iter().map(|cell| cell_value(cell, row)).collect()
    }

    /// The cell of an expression that needs one row; nothing if it needs both, none, or a variable.
    pub(super) fn cell(&mut self, expression: &Expression) -> Option<Cell> {
        let side = expression.side().ok()??;
        if !is_closed(expression, &mut Vec::new()) {
            return None;
        }
        let on_left = expression.clone().on_left();
        let known = self.0.iter().position(|cell| *cell == on_left);
        let index = known.unwrap_or_else(|| {
            self.0.push(on_left);
            self.0.len() - 1
        });
        Some(Cell { side, index })
    }

    /// The expression with every largest part of it that can be a cell replaced by that cell.
    pub(super) fn replaced(&mut self, mut expression: Expression) -> Expression {
        if let Some(cell) = self.cell(&expression) {
            return Expression::Cell(cell);
        }
        for part in expression.parts_mut() {
            *part = self.replaced(std::mem::replace(part, Expression::Missing));
        }
        expression
    }
}

/// The value of one cell of a row.
pub(super) fn cell_value<'v>(cell: &'v Expression, row: &[Option<&'v str>]) -> Value<'v> {
    super::expression::evaluate(cell, &OneRow(row))
}

/// The expression with each column read as the kind it is used as.
pub(super) fn typed(mut expression: Expression, kinds: &[Option<Kind>]) -> Expression {
    if let Expression::Column(column) = &expression {
        return match kinds.get(column.index).copied().flatten() {
            Some(kind) => Expression::Cast(expression.into(), kind, Failing::Misses),
            None => expression,
        };
    }
    for part in expression.parts_mut() {
        *part = typed(std::mem::replace(part, Expression::Missing), kinds);
    }
    expression
}

fn is_closed<'e>(expression: &'e Expression, bound: &mut Vec<&'e str>) -> bool {
    match expression {
        Expression::Variable(name) => bound.contains(&&**name),
        Expression::Each(name, two) | Expression::Filter(name, two) => {
            let [list, body] = &**two;
            if !is_closed(list, bound) {
                return false;
            }
            bound.push(name);
            let is_body_closed = is_closed(body, bound);
            let _ = bound.pop();
            is_body_closed
        }
        other => other.parts().all(|part| is_closed(part, bound)),
    }
}

/// One row, for expressions of either side.
struct OneRow<'r, 'v>(&'r [Option<&'v str>]);

impl<'v> Scope<'v> for OneRow<'_, 'v> {
    fn column(&self, column: &Column) -> Value<'v> {
        let text = self.0.get(column.index).copied().flatten();
        text.map_or(Value::Missing, Value::text)
    }

    fn cell(&self, _: Cell) -> Value<'v> {
        Value::Missing
    }
}

/// Two rows, for conditions that no engine has prepared.
pub(super) struct TwoRows<'r, 'v> {
    pub(super) left: &'r [Option<&'v str>],
    pub(super) right: &'r [Option<&'v str>],
}

impl<'v> Scope<'v> for TwoRows<'_, 'v> {
    fn column(&self, column: &Column) -> Value<'v> {
        let row = match column.side {
            Side::Left => self.left,
            Side::Right => self.right,
        };
        row.get(column.index)
            .copied()
            .flatten()
            .map_or(Value::Missing, Value::text)
    }

    fn cell(&self, _: Cell) -> Value<'v> {
        Value::Missing
    }
}

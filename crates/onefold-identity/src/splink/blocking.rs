//! Blocking rules: which pairs are compared at all.
//!
//! A rule is split into equalities of an expression of the left row with one of the right, by which an
//! engine joins with a hash table, and a remainder that is asked of each joined pair.
//!
//! Invariant: two rows have a key in common and the remainder holds if and only if the rule does.

use std::sync::Arc;

use super::{
    cells::{TwoRows, cell_value},
    expression::{Expression, Naming, Relation, Side, truth},
    list,
    value::Value,
};

/// A rule by which two rows become a pair that is compared.
///
/// Keys are equal exactly where SQL calls the values equal. A row without a key (a part of it is
/// missing) joins with none; a row of a rule with exploded lists has one key for each item.
#[derive(Debug, Clone)]
pub struct BlockingRule {
    sql: Box<str>,
    understood: Box<str>,
    keys: Vec<[Expression; 2]>,
    residual: Vec<Expression>,
    exploded: Vec<usize>,
    names: Vec<Arc<str>>,
}

impl BlockingRule {
    pub(super) fn new(sql: &str, expression: Expression, exploded: Vec<(usize, Arc<str>)>) -> Self {
        let understood = expression.written(Naming::Prefix).to_string();
        let parts = match expression {
            Expression::All(parts) => parts,
            other => vec![other],
        };
        let (mut keys, mut residual) = (Vec::new(), Vec::new());
        for part in flattened(parts) {
            match key(part) {
                Ok(key) => keys.push(key),
                Err(part) => residual.push(part),
            }
        }
        let (exploded, names) = exploded.into_iter().unzip();
        Self {
            sql: sql.into(),
            understood: understood.into(),
            keys,
            residual,
            exploded,
            names,
        }
    }

    /// The rule as the model has it.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The rule as it was understood, with brackets wherever they may stand.
    pub fn understood(&self) -> &str {
        &self.understood
    }

    /// Whether it has no equality to join by, so that every row must be compared with every other.
    pub fn is_cross_product(&self) -> bool {
        self.keys.is_empty()
    }

    /// What to write instead of a rule that [is a cross product](BlockingRule::is_cross_product).
    pub fn advice(&self) -> Option<String> {
        self.is_cross_product().then(|| {
            format!(
                "the blocking rule `{}` compares every row with every other: join by at least one \
                 equality such as `l.postcode = r.postcode`, and write what is joined by `or` as rules of \
                 their own",
                self.sql
            )
        })
    }

    /// Whether both rows have the same keys, so that one index of all rows is enough.
    pub fn is_symmetric(&self) -> bool {
        let is_same = |[left, right]: &[Expression; 2]| *left == right.clone().on_left();
        self.keys.iter().all(is_same)
    }

    /// The columns whose lists are taken apart before rows are joined.
    pub fn exploded_columns(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Whether anything beyond the keys must hold of a pair.
    pub fn has_remainder(&self) -> bool {
        !self.residual.is_empty()
    }

    /// Calls `visit` for each key of a row: none where a part of it is missing, one mostly, and as many
    /// as the lists have items where the rule explodes lists. `key` is room to write in.
    pub fn keys(
        &self,
        side: Side,
        row: &[Option<&str>],
        key: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) {
        self.explode(side, row, &self.exploded, key, visit);
    }

    /// Whether the remainder holds of two rows that have a key in common.
    pub fn remainder_holds(&self, left: &[Option<&str>], right: &[Option<&str>]) -> bool {
        self.residual
            .iter()
            .all(|part| truth(part, &TwoRows { left, right }) == Some(true))
    }

    /// Whether the whole rule holds of two rows. Slower than joining by keys; it tells of a pair that
    /// a later rule finds whether this one has found it already.
    pub fn holds(&self, left: &[Option<&str>], right: &[Option<&str>]) -> bool {
        let (mut key, mut keys) = (Vec::new(), Vec::new());
        self.keys(Side::Left, left, &mut key, &mut |key| {
            keys.push(key.to_vec())
        });
        let mut is_common = false;
        self.keys(Side::Right, right, &mut key, &mut |key| {
            is_common |= keys.iter().any(|other| other == key);
        });
        is_common && self.remainder_holds(left, right)
    }

    fn explode(
        &self,
        side: Side,
        row: &[Option<&str>],
        exploded: &[usize],
        key: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) {
        let Some((column, rest)) = exploded.split_first() else {
            if self.write(side, row, key) {
                visit(key);
            }
            return;
        };
        let Some(text) = row.get(*column).copied().flatten() else {
            return;
        };
        for item in list::read(text) {
            let item = item.as_text();
            let mut row = row.to_vec();
            if let Some(place) = row.get_mut(*column) {
                *place = item.as_deref();
            }
            self.explode(side, &row, rest, key, visit);
        }
    }

    fn write(&self, side: Side, row: &[Option<&str>], out: &mut Vec<u8>) -> bool {
        out.clear();
        self.keys.iter().all(|[left, right]| {
            let expression = if side == Side::Left { left } else { right };
            let value: Value<'_> = cell_value(expression, row);
            value.write_key(out)
        })
    }
}

/// Conjunctions within a conjunction taken apart.
fn flattened(parts: Vec<Expression>) -> Vec<Expression> {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Expression::All(parts) => flat.extend(flattened(parts)),
            other => flat.push(other),
        }
    }
    flat
}

/// The two sides of an equality between the rows, the left row's first; or what was given.
fn key(part: Expression) -> Result<[Expression; 2], Expression> {
    let sides = |part: &Expression| match part {
        Expression::Compare(Relation::Equal, two) => {
            let [a, b] = &**two;
            Some((a.side().ok()??, b.side().ok()??))
        }
        _ => None,
    };
    match (sides(&part), part) {
        (Some((Side::Left, Side::Right)), Expression::Compare(_, two)) => Ok(*two),
        (Some((Side::Right, Side::Left)), Expression::Compare(_, two)) => {
            let [right, left] = *two;
            Ok([left, right])
        }
        (_, part) => Err(part),
    }
}

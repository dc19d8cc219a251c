//! As what kind of value each column is used.
//!
//! Splink's tables have typed columns; here every column is text. A column that an expression calculates
//! with was a number there, one that `epoch` takes an instant, one whose items are counted a list. It is
//! read as such wherever it stands, so that `10.0` equals `10` and an unreadable value is missing.

use std::collections::BTreeSet;

use super::{super::value::Kind, Expression, Function, Operator, Relation};

/// For each column the kind it is read as: the only one it is used as, or nothing for text.
pub(crate) fn column_kinds<'e>(
    expressions: impl Iterator<Item = &'e Expression>,
    columns: usize,
) -> Vec<Option<Kind>> {
    let mut uses: Vec<BTreeSet<Kind>> = vec![BTreeSet::new(); columns];
    for expression in expressions {
        note(expression, &mut uses);
    }
    let only = |kinds: BTreeSet<Kind>| match (kinds.len(), kinds.first()) {
        (1, Some(Kind::Number | Kind::Instant | Kind::List)) => kinds.first().copied(),
        _ => None,
    };
    uses.into_iter().map(only).collect()
}

fn note(expression: &Expression, uses: &mut [BTreeSet<Kind>]) {
    for (place, part) in expression.parts().enumerate() {
        if let Expression::Column(column) = part
            && let Some(kind) = taken_as(expression, place)
            && let Some(uses) = uses.get_mut(column.index)
        {
            uses.insert(kind);
        }
        note(part, uses);
    }
}

/// As what an expression reads its part in this place.
fn taken_as(expression: &Expression, place: usize) -> Option<Kind> {
    match expression {
        Expression::Arithmetic(Operator::Join, _) => None,
        Expression::Arithmetic(..) | Expression::Negative(_) => Some(Kind::Number),
        Expression::Compare(Relation::Like | Relation::LikeAnyCase, _) => Some(Kind::Text),
        Expression::Compare(_, two) => beside(&two[..], place),
        Expression::Within(three) => beside(&three[..], place),
        Expression::Call(Function::ListContains | Function::ListJoin, _) if place > 0 => None,
        Expression::Call(function, _) => function.takes(place),
        Expression::Similar(..) | Expression::Match(..) | Expression::Strptime(..) => {
            Some(Kind::Text)
        }
        Expression::Between(..) | Expression::Part(..) => Some(Kind::Instant),
        Expression::Item(_) | Expression::Each(..) | Expression::Filter(..) if place == 0 => {
            Some(Kind::List)
        }
        _ => None,
    }
}

/// What a column beside a literal is compared as.
fn beside(parts: &[Expression], place: usize) -> Option<Kind> {
    let others = parts
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != place);
    let mut kinds = others.filter_map(|(_, part)| match part {
        Expression::Number(_) => Some(Kind::Number),
        Expression::Text(_) => Some(Kind::Text),
        Expression::Cast(_, kind, _) => Some(*kind),
        _ => None,
    });
    kinds
        .next()
        .filter(|kind| matches!(kind, Kind::Number | Kind::Text))
}

//! The traits that a definition names.

use std::collections::BTreeSet;

use crate::ast::{Predicate, Quantity};

pub(super) fn named_in_predicate<'a>(predicate: &'a Predicate, found: &mut BTreeSet<&'a str>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts
                .iter()
                .for_each(|part| named_in_predicate(part, found));
        }
        Predicate::Not(inner) => named_in_predicate(inner, found),
        Predicate::Members { that, .. } | Predicate::Organisations { that, .. } => {
            named_in_predicate(that, found);
        }
        Predicate::Trait { name, .. } => {
            found.insert(name);
        }
        Predicate::Quantity { value, .. } | Predicate::Rank { by: value, .. } => {
            named_in_quantity(value, found);
        }
        Predicate::Compare { left, right, .. } => {
            named_in_quantity(left, found);
            named_in_quantity(right, found);
        }
        _ => {}
    }
}

pub(super) fn named_in_quantity<'a>(quantity: &'a Quantity, found: &mut BTreeSet<&'a str>) {
    match quantity {
        Quantity::Trait(name) => {
            found.insert(name);
        }
        Quantity::Number(_) | Quantity::Aggregate(_) => {}
        Quantity::Members(members) => named_in_quantity(&members.of, found),
        Quantity::Negative(inner) => named_in_quantity(inner, found),
        Quantity::Add(sides)
        | Quantity::Subtract(sides)
        | Quantity::Multiply(sides)
        | Quantity::Divide(sides) => {
            sides.iter().for_each(|side| named_in_quantity(side, found));
        }
    }
}

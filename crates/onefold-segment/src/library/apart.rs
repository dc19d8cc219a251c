//! Trees taken apart before they are dropped.
//!
//! Invariant: nothing here recurses, so a tree of any depth can be refused.

use crate::ast::{Counted, Definition, Expression, Filter, Predicate, Quantity, Selection};

/// Drops trees without recursion: one that was refused because it is deep would overflow the stack.
pub(super) fn take_apart(definitions: Vec<Definition>) {
    let mut parts = Parts::default();
    for definition in definitions {
        match definition {
            Definition::Segment { when, .. } => parts.predicates.push(when),
            Definition::Trait { value, .. } => parts.quantities.push(value),
        }
    }
    while let Some(predicate) = parts.predicates.pop() {
        parts.predicate(predicate);
    }
    while let Some(quantity) = parts.quantities.pop() {
        parts.quantity(quantity);
    }
    while let Some(filter) = parts.filters.pop() {
        parts.filter(filter);
    }
    while let Some(expression) = parts.expressions.pop() {
        parts.expression(expression);
    }
}

/// What is still to be taken apart.
#[derive(Default)]
struct Parts {
    predicates: Vec<Predicate>,
    quantities: Vec<Quantity>,
    filters: Vec<Filter>,
    expressions: Vec<Expression>,
}

impl Parts {
    fn predicate(&mut self, predicate: Predicate) {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => self.predicates.extend(parts),
            Predicate::Not(inner) => self.predicates.push(*inner),
            Predicate::Members { that, .. } | Predicate::Organisations { that, .. } => {
                self.predicates.push(*that);
            }
            Predicate::Did {
                selection, counted, ..
            } => {
                self.selection(selection);
                if let Counted::Values(value) = counted {
                    self.expressions.push(value);
                }
            }
            Predicate::Aggregate { aggregate, .. } => {
                self.quantities.push(Quantity::Aggregate(aggregate));
            }
            Predicate::Quantity { value, .. } | Predicate::Rank { by: value, .. } => {
                self.quantities.push(value);
            }
            Predicate::Compare { left, right, .. } => self.quantities.extend([left, right]),
            Predicate::Recency { selection, .. }
            | Predicate::Lapsed { selection, .. }
            | Predicate::Stopped { selection, .. }
            | Predicate::Restarted { selection, .. }
            | Predicate::Nth { selection, .. } => self.selection(selection),
            Predicate::Sequence(sequence) => {
                self.filters.extend(sequence.first.filter);
                for then in sequence.then {
                    self.filters.extend(then.step.filter);
                    let without = then.without.and_then(|without| without.filter);
                    self.filters.extend(without);
                }
                let absent = sequence.then_no.and_then(|absence| absence.step.filter);
                self.filters.extend(absent);
            }
            _ => {}
        }
    }

    fn selection(&mut self, selection: Selection) {
        self.filters.extend(selection.filter);
    }

    fn quantity(&mut self, quantity: Quantity) {
        match quantity {
            Quantity::Aggregate(aggregate) => {
                self.selection(aggregate.selection);
                self.expressions.extend(aggregate.value);
            }
            Quantity::Members(members) => self.quantities.push(*members.of),
            Quantity::Negative(inner) => self.quantities.push(*inner),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => self.quantities.extend(*sides),
            Quantity::Trait(_) | Quantity::Number(_) => {}
        }
    }

    fn filter(&mut self, filter: Filter) {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => self.filters.extend(parts),
            Filter::Not(inner) => self.filters.push(*inner),
            Filter::Property { value, .. } => self.expressions.push(value),
            Filter::Compare { left, right, .. } => self.expressions.extend([left, right]),
        }
    }

    fn expression(&mut self, expression: Expression) {
        match expression {
            Expression::Negative(inner) => self.expressions.push(*inner),
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => self.expressions.extend(*sides),
            _ => {}
        }
    }
}

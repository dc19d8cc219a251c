//! Filters, expressions, quantities and aggregates.

use super::{Mistake, Subject, test_mistake, walk::Walk};
use crate::{
    ast::{Aggregate, Entity, Events, Expression, Filter, Function, MemberAggregate, Quantity},
    code::Code,
};

impl<'a> Walk<'a> {
    /// The value of a test that is no lone trait or aggregate, which have forms of their own.
    pub(super) fn tested_form(&mut self, value: &Quantity) {
        let form = match value {
            Quantity::Trait(_) => "trait",
            Quantity::Aggregate(_) => "aggregate",
            _ => return,
        };
        self.note(
            Code::Form,
            format!("a lone {form} is tested as a calculation"),
            format!("write it as `{form}`"),
        );
    }

    pub(super) fn compared_form(&mut self, left: &Quantity, right: &Quantity) {
        if matches!(right, Quantity::Number(_)) {
            let form = match left {
                Quantity::Trait(_) => "trait",
                Quantity::Aggregate(_) => "aggregate",
                _ => "quantity",
            };
            self.note(
                Code::Form,
                "a comparison whose right side is only a number",
                format!("write it as a test of a `{form}`"),
            );
        }
    }

    pub(super) fn quantity(&mut self, quantity: &'a Quantity, depth: usize) {
        let help = "name a part as a trait of its own";
        if self.is_too_deep(depth, help) {
            return;
        }
        match quantity {
            Quantity::Trait(name) => self.name(name, "a trait"),
            Quantity::Number(_) => {}
            Quantity::Aggregate(aggregate) => self.aggregate(aggregate, depth),
            Quantity::Members(members) => self.member_aggregate(members, depth),
            Quantity::Negative(inner) => self.quantity(inner, depth + 1),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => {
                for side in sides.iter() {
                    self.quantity(side, depth + 1);
                }
            }
        }
    }

    fn member_aggregate(&mut self, members: &'a MemberAggregate, depth: usize) {
        if self.entity == Entity::Person {
            let mistake = Mistake::new(
                Code::Entity,
                "a person has no members",
                "write `of organisation` behind the name",
            );
            self.add(mistake.about("members"));
        }
        if matches!(
            members.function,
            Function::First | Function::Last | Function::Mode
        ) {
            let word = members.function.word();
            let mistake = Mistake::new(
                Code::MemberFunction,
                format!("`{word}` over members, who have no order in time"),
                "take `count`, `sum`, `avg`, `min`, `max`, `distinct` or a percentile such as `p50`",
            );
            self.add(mistake.about(word));
        }
        self.function(members.function);
        if let Some(role) = &members.role {
            self.name(role, "a role");
        }
        self.inside_of(Entity::Person, |walk| walk.quantity(&members.of, depth + 1));
    }

    fn function(&mut self, function: Function) {
        if let Function::Percentile(number) = function
            && number > 100
        {
            let message = format!("`p{number}` is no percentile");
            self.note(Code::Percentage, message, "write `p0` to `p100`");
        }
    }

    pub(super) fn aggregate(&mut self, aggregate: &'a Aggregate, depth: usize) {
        self.of_people("an aggregate of events");
        self.function(aggregate.function);
        match &aggregate.value {
            Some(value) => self.enter("value", |walk| walk.expression(value, depth + 1)),
            None if aggregate.function == Function::Count => {}
            None => {
                let word = aggregate.function.word();
                let help = format!("name a value: `{word}(value of event)`");
                self.note(Code::Incomplete, format!("`{word}` of nothing"), help);
            }
        }
        self.enter("of", |walk| walk.selection(&aggregate.selection, depth));
    }

    pub(super) fn events(&mut self, events: &Events) {
        let Events::Named(names) = events else {
            return;
        };
        for name in names {
            self.name(name, "an event");
        }
        if names.is_empty() {
            let message = "no event is named";
            self.note(Code::Incomplete, message, "name one, or take `any event`");
        }
        let is_sorted = names.is_sorted_by(|a, b| a < b);
        if !is_sorted {
            let message = "the names of events are not sorted, or one stands twice";
            self.note(Code::Form, message, "build them by `Events::one_of`");
        }
    }

    pub(super) fn filter(&mut self, filter: &'a Filter, depth: usize) {
        let help =
            "keep the condition shorter, or calculate a part of it before the event comes in";
        if self.is_too_deep(depth, help) {
            return;
        }
        match filter {
            Filter::All(parts) => {
                self.parts(parts.len());
                self.enter_each("all", parts, |walk, part| walk.filter(part, depth + 1));
            }
            Filter::Any(parts) => {
                self.parts(parts.len());
                self.enter_each("any", parts, |walk, part| walk.filter(part, depth + 1));
            }
            Filter::Not(inner) => self.enter("not", |walk| walk.filter(inner, depth + 1)),
            Filter::Compare { left, right, .. } => self.enter("compare", |walk| {
                if matches!(right, Expression::Number(_)) {
                    let message = "a comparison whose right side is only a number";
                    walk.note(Code::Form, message, "write it as a test of a `property`");
                }
                walk.expression(left, depth + 1);
                walk.expression(right, depth + 1);
            }),
            Filter::Property { value, test } => self.enter("property", |walk| {
                walk.expression(value, depth + 1);
                let subject = Subject::of_expression(value);
                walk.unless_told(|| test_mistake(subject, test));
            }),
        }
    }

    pub(super) fn expression(&mut self, expression: &'a Expression, depth: usize) {
        let help = "calculate a part before the event comes in";
        if self.is_too_deep(depth, help) {
            return;
        }
        match expression {
            Expression::Property(path) => {
                self.name(path, "a property");
                self.not_of_a_step(path);
            }
            Expression::Number(_) => {}
            Expression::Earlier { step, path } => {
                self.name(path, "a property");
                self.of_a_step(step);
            }
            Expression::Negative(inner) => self.expression(inner, depth + 1),
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => {
                for side in sides.iter() {
                    self.expression(side, depth + 1);
                }
            }
        }
    }
}

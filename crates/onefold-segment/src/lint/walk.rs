//! Goes through definitions and asks about each part.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::{Lint, Severity, data, logic};
use crate::{
    ast::{
        Aggregate, Definition, Entity, Events, Expression, Filter, Happening, Operator, Predicate,
        Quantity, Selection, Sequence, Test, Window,
    },
    catalogue::Catalogue,
    check::Mistake,
};

/// A lint, the number of its definition, and where in that it is.
pub(super) struct Found {
    pub(super) lint: Lint,
    pub(super) definition: usize,
    pub(super) condition: Option<usize>,
    pub(super) word: Option<Box<str>>,
}

pub(super) fn lints(definitions: &[Definition], catalogue: &Catalogue) -> Vec<Found> {
    let computed = definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Trait { name, .. } => Some(&**name),
            Definition::Segment { .. } => None,
        });
    let mut walk = Walk {
        catalogue,
        computed: computed.collect(),
        found: Vec::new(),
        told: FxHashSet::default(),
        definition: 0,
        condition: None,
        conditions: 0,
        pointer: String::new(),
        entity: Entity::Person,
        has_purpose: false,
        steps: Vec::new(),
    };
    for (index, definition) in definitions.iter().enumerate() {
        walk.entity = definition.scope().of;
        walk.has_purpose = definition.scope().purpose.is_some();
        (walk.definition, walk.conditions) = (index, 0);
        walk.told.clear();
        walk.enter(&format!("definitions/{index}"), |walk| {
            walk.walk(definition);
        });
    }
    walk.found
}

/// What is being looked at.
pub(super) struct Walk<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// The computed traits of the library.
    pub(super) computed: BTreeSet<&'a str>,
    found: Vec<Found>,
    /// What has been told of the present definition, as text.
    told: FxHashSet<String>,
    definition: usize,
    condition: Option<usize>,
    conditions: usize,
    pointer: String,
    pub(super) entity: Entity,
    pub(super) has_purpose: bool,
    /// The named steps of the present sequence and their events.
    steps: Vec<(&'a str, &'a Events)>,
}

impl<'a> Walk<'a> {
    pub(super) fn tell(&mut self, severity: Severity, mistake: Mistake) {
        let word = mistake.word.clone();
        let lint = Lint {
            severity,
            diagnostic: mistake.diagnostic().at(self.pointer.clone()),
        };
        // A name that is read twice in one place is told once.
        if self.told.insert(lint.diagnostic.to_string()) {
            self.found.push(Found {
                lint,
                definition: self.definition,
                condition: self.condition,
                word,
            });
        }
    }

    fn tell_all(&mut self, found: impl IntoIterator<Item = (Severity, Mistake)>) {
        for (severity, mistake) in found {
            self.tell(severity, mistake);
        }
    }

    fn enter(&mut self, part: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(part);
        visit(self);
        self.pointer.truncate(length);
    }

    fn walk(&mut self, definition: &'a Definition) {
        match definition {
            Definition::Segment { when, .. } => self.enter("segment/when", |walk| {
                walk.predicate(when);
            }),
            Definition::Trait { value, .. } => {
                self.enter("trait/value", |walk| walk.quantity(value));
            }
        }
    }

    fn predicate(&mut self, predicate: &'a Predicate) {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => {
                self.tell_all(logic::of_predicate(predicate));
                let is_all = matches!(predicate, Predicate::All(_));
                self.several(if is_all { "all" } else { "any" }, parts);
            }
            Predicate::Not(inner) => self.enter("not", |walk| walk.predicate(inner)),
            single => {
                let outer = self.condition.replace(self.conditions);
                self.conditions += 1;
                self.tell_all(logic::of_predicate(single));
                self.single(single);
                self.condition = outer;
            }
        }
    }

    fn single(&mut self, predicate: &'a Predicate) {
        match predicate {
            Predicate::Trait { name, test } => self.enter("trait", |walk| {
                walk.read_trait(name, Some(test));
            }),
            Predicate::Did {
                selection, counted, ..
            } => self.enter("did/selection", |walk| {
                walk.selection(selection);
                if let crate::ast::Counted::Values(value) = counted {
                    walk.expression(value, &selection.event);
                }
            }),
            Predicate::Recency {
                selection,
                operator,
                duration,
            } => self.enter("recency/selection", |walk| {
                walk.selection(selection);
                if selection.window.is_ever() {
                    walk.recency(*operator, duration.micros());
                }
            }),
            Predicate::Lapsed { selection, quiet } => self.enter("lapsed/selection", |walk| {
                walk.selection(selection);
                walk.recency(Operator::Greater, quiet.micros());
            }),
            Predicate::Stopped {
                selection,
                quiet,
                during,
                ..
            } => self.enter("stopped/selection", |walk| {
                walk.selection(selection);
                walk.reach(quiet.micros().saturating_add(during.micros()));
            }),
            Predicate::Restarted { selection, quiet } => {
                self.enter("restarted/selection", |walk| {
                    walk.chosen(selection);
                    walk.restarted(&selection.window, quiet.micros());
                });
            }
            Predicate::Nth { selection, .. } => {
                self.enter("nth/selection", |walk| walk.selection(selection));
            }
            Predicate::Aggregate { aggregate, test } => self.enter("aggregate", |walk| {
                walk.aggregate(aggregate, Some(test));
            }),
            Predicate::Quantity { value, .. } => {
                self.enter("quantity/value", |walk| walk.quantity(value));
            }
            Predicate::Compare { left, right, .. } => self.enter("compare", |walk| {
                walk.quantity(left);
                walk.quantity(right);
            }),
            Predicate::Rank { by, .. } => self.enter("rank/by", |walk| walk.quantity(by)),
            Predicate::Sequence(sequence) => {
                self.enter("sequence", |walk| walk.sequence(sequence));
            }
            Predicate::Members { that, .. } => {
                self.enter("members/that", |walk| walk.of(Entity::Person, that));
            }
            Predicate::Organisations { that, .. } => {
                self.enter("organisations/that", |walk| {
                    walk.of(Entity::Organisation, that);
                });
            }
            _ => {}
        }
    }

    fn several(&mut self, word: &str, parts: &'a [Predicate]) {
        for (index, part) in parts.iter().enumerate() {
            self.enter(&format!("{word}/{index}"), |walk| walk.predicate(part));
        }
    }

    fn of(&mut self, entity: Entity, that: &'a Predicate) {
        let outer = std::mem::replace(&mut self.entity, entity);
        self.predicate(that);
        self.entity = outer;
    }

    fn quantity(&mut self, quantity: &'a Quantity) {
        match quantity {
            Quantity::Trait(name) => self.read_trait(name, None),
            Quantity::Number(_) => {}
            Quantity::Aggregate(aggregate) => self.aggregate(aggregate, None),
            Quantity::Members(members) => {
                let outer = std::mem::replace(&mut self.entity, Entity::Person);
                self.quantity(&members.of);
                self.entity = outer;
            }
            Quantity::Negative(inner) => self.quantity(inner),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => sides.iter().for_each(|side| self.quantity(side)),
        }
    }

    fn aggregate(&mut self, aggregate: &'a Aggregate, test: Option<&Test>) {
        let events = &aggregate.selection.event;
        if let Some(value) = &aggregate.value {
            self.expression(value, events);
            let keeps_type = !aggregate.function.is_number();
            if let (Expression::Property(path), Some(test), true) = (value, test, keeps_type) {
                self.tested_property(path, events, test);
            }
        }
        self.selection(&aggregate.selection);
    }

    fn selection(&mut self, selection: &'a Selection) {
        self.chosen(selection);
        self.window(&selection.window);
    }

    /// A selection without its window.
    fn chosen(&mut self, selection: &'a Selection) {
        self.events(&selection.event);
        if let Some(filter) = &selection.filter {
            self.filter(filter, &selection.event);
        }
    }

    fn sequence(&mut self, sequence: &'a Sequence) {
        self.tell_all(logic::of_sequence(sequence));
        self.window(&sequence.window);
        let outer = std::mem::take(&mut self.steps);
        self.happening(&sequence.first);
        for then in &sequence.then {
            if let Some(without) = &then.without {
                self.happening(without);
            }
            self.happening(&then.step);
        }
        if let Some(absence) = &sequence.then_no {
            self.happening(&absence.step);
        }
        self.steps = outer;
    }

    fn happening(&mut self, step: &'a Happening) {
        self.events(&step.event);
        if let Some(filter) = &step.filter {
            self.filter(filter, &step.event);
        }
        if let Some(name) = &step.name {
            self.steps.push((name, &step.event));
        }
    }

    fn filter(&mut self, filter: &'a Filter, events: &'a Events) {
        self.tell_all(logic::of_filter(filter));
        match filter {
            Filter::All(parts) | Filter::Any(parts) => {
                parts.iter().for_each(|part| self.filter(part, events));
            }
            Filter::Not(inner) => self.filter(inner, events),
            Filter::Property { value, test } => {
                self.expression(value, events);
                if let Expression::Property(path) = value {
                    self.tested_property(path, events, test);
                }
            }
            Filter::Compare { left, right, .. } => {
                self.expression(left, events);
                self.expression(right, events);
            }
        }
    }

    fn expression(&mut self, expression: &'a Expression, events: &'a Events) {
        match expression {
            Expression::Property(path) => self.read_property(path, events),
            Expression::Earlier { step, path } => {
                let named = self.steps.iter().find(|(name, _)| **name == **step);
                if let Some((_, events)) = named.copied() {
                    self.read_property(path, events);
                }
            }
            Expression::Number(_) => {}
            Expression::Negative(inner) => self.expression(inner, events),
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => {
                sides.iter().for_each(|side| self.expression(side, events));
            }
        }
    }

    fn window(&mut self, window: &Window) {
        self.tell_all(data::of_window(window, self.catalogue));
    }

    /// The time since the latest occurrence, compared: a longer one than this, or another.
    fn recency(&mut self, operator: Operator, micros: i64) {
        let told = match operator {
            Operator::Greater | Operator::GreaterOrEqual => data::of_quiet(micros, self.catalogue),
            _ => data::of_reach(micros, self.catalogue),
        };
        self.tell_all(told);
    }

    /// An occurrence in the window, and one that is longer ago before it.
    fn restarted(&mut self, window: &Window, quiet: i64) {
        let quiet_told = data::of_quiet(quiet, self.catalogue);
        if quiet_told.is_some() {
            return self.tell_all(quiet_told);
        }
        match window {
            Window::Last(length) | Window::Ago { from: length, .. } => {
                self.reach(quiet.saturating_add(length.micros()));
            }
            other => self.window(other),
        }
    }

    fn reach(&mut self, micros: i64) {
        self.tell_all(data::of_reach(micros, self.catalogue));
    }
}

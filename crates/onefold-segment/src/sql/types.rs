//! What types columns have: as declared, else as definitions use them.
//!
//! Invariant: a column that is used as two types is a mistake, unless the layout declares its type.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Diagnostic, Error, Result};

use super::layout::{ColumnType, Layout};
use crate::{
    ast::{Entity, Expression, Filter, Function, Literal, Operator, Test, Zone},
    plan::{Correlated, Node, Plan, PlannedQuantity, Question},
};

/// A column that definitions speak of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Property(Box<str>),
    Trait(Owner, Box<str>),
}

/// Whose trait it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Person,
    Organisation,
}

impl From<Entity> for Owner {
    fn from(entity: Entity) -> Self {
        match entity {
            Entity::Person => Self::Person,
            Entity::Organisation => Self::Organisation,
        }
    }
}

impl Column {
    pub(super) fn told(&self) -> String {
        match self {
            Self::Property(name) => format!("property `{name}`"),
            Self::Trait(Owner::Person, name) => format!("trait `{name}`"),
            Self::Trait(Owner::Organisation, name) => format!("trait `{name}` of organisations"),
        }
    }
}

/// The types of all columns.
#[derive(Debug)]
pub(super) struct Types {
    groups: Vec<Option<ColumnType>>,
    of: BTreeMap<Column, usize>,
}

impl Types {
    /// Of the columns that people's segments read.
    ///
    /// # Errors
    /// `InvalidInput` with each column that is used as two types.
    pub(super) fn infer(plan: &Plan, layout: &Layout) -> Result<Self> {
        let mut walk = Walk {
            plan,
            layout,
            types: Self {
                groups: Vec::new(),
                of: BTreeMap::new(),
            },
            seen: BTreeSet::new(),
            computed: BTreeMap::new(),
            mistakes: Vec::new(),
        };
        for feature in &plan.features {
            if let Some(filter) = &feature.filter {
                walk.filter(filter);
            }
            if let Some(value) = &feature.value {
                walk.expression(value);
            }
        }
        for zone in &plan.zones {
            if let Zone::Person { by, .. } = zone {
                let term = walk.column(Column::Trait(Owner::Person, by.clone()));
                walk.known(&term, ColumnType::Text);
            }
        }
        for segment in plan.segments.iter().filter(|s| s.entity == Entity::Person) {
            walk.node(&segment.node, Entity::Person);
        }
        if walk.mistakes.is_empty() {
            Ok(walk.types)
        } else {
            let message = "columns are used as values of different types";
            Err(Error::invalid(message, walk.mistakes))
        }
    }

    /// What a column holds, if anything tells.
    pub(super) fn of(&self, column: &Column) -> Option<ColumnType> {
        let group = self.of.get(column)?;
        self.groups.get(*group).copied().flatten()
    }
}

/// What is known of a value.
#[derive(Debug, Clone)]
enum Term {
    Declared(ColumnType),
    Column(Column),
}

struct Walk<'a> {
    plan: &'a Plan,
    layout: &'a Layout,
    types: Types,
    /// Leaves and segments that have been walked, each with its kind.
    seen: BTreeSet<(u8, usize)>,
    /// What is known of the computed traits that have been walked.
    computed: BTreeMap<usize, Term>,
    mistakes: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn column(&mut self, column: Column) -> Term {
        let declared = match &column {
            Column::Property(name) => self.layout.property_types.get(&**name),
            Column::Trait(Owner::Person, name) => self.layout.trait_types.get(&**name),
            Column::Trait(Owner::Organisation, name) => {
                self.layout.organisation_trait_types.get(&**name)
            }
        };
        let groups = &mut self.types.groups;
        self.types.of.entry(column.clone()).or_insert_with(|| {
            groups.push(declared.copied());
            groups.len() - 1
        });
        match declared {
            Some(known) => Term::Declared(*known),
            None => Term::Column(column),
        }
    }

    fn known(&mut self, term: &Term, known: ColumnType) {
        let Term::Column(column) = term else {
            return;
        };
        let Some(group) = self.types.of.get(column).copied() else {
            return;
        };
        match self.types.groups.get_mut(group) {
            Some(Some(before)) if !before.is_like(known) => {
                let message = format!(
                    "{} is used as {} and as {}",
                    column.told(),
                    before.word(),
                    known.word()
                );
                let help = "declare the type of its column in the layout";
                let mistake = Diagnostic::new(message).help(help);
                if !self.mistakes.contains(&mistake) {
                    self.mistakes.push(mistake);
                }
            }
            Some(kind) => *kind = kind.or(Some(known)),
            None => {}
        }
    }

    fn same(&mut self, left: &Term, right: &Term) {
        match (left, right) {
            (Term::Column(a), Term::Column(b)) => {
                let (Some(one), Some(other)) =
                    (self.types.of.get(a).copied(), self.types.of.get(b).copied())
                else {
                    return;
                };
                if let Some(kind) = self.types.groups.get(other).copied().flatten() {
                    self.known(left, kind);
                }
                self.types
                    .of
                    .values_mut()
                    .filter(|at| **at == other)
                    .for_each(|at| *at = one);
            }
            (column, Term::Declared(kind)) | (Term::Declared(kind), column) => {
                self.known(column, *kind);
            }
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => {
                parts.iter().for_each(|part| self.filter(part));
            }
            Filter::Not(inner) => self.filter(inner),
            Filter::Property { value, test } => {
                let term = self.expression(value);
                self.test(&term, test);
            }
            Filter::Compare { left, right, .. } => {
                let (left, right) = (self.expression(left), self.expression(right));
                self.same(&left, &right);
            }
        }
    }

    fn expression(&mut self, value: &Expression) -> Term {
        match value {
            Expression::Property(path) | Expression::Earlier { path, .. } => {
                return self.column(Column::Property(path.clone()));
            }
            Expression::Number(_) => {}
            Expression::Negative(inner) => {
                let term = self.expression(inner);
                self.known(&term, ColumnType::NUMBER);
            }
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => {
                for side in sides.iter() {
                    let term = self.expression(side);
                    self.known(&term, ColumnType::NUMBER);
                }
            }
        }
        Term::Declared(ColumnType::NUMBER)
    }

    fn test(&mut self, term: &Term, test: &Test) {
        let kind = match test {
            Test::Compare { value, .. } | Test::Between { low: value, .. } => Some(kind_of(value)),
            Test::In(values) => values.first().map(kind_of),
            Test::Set | Test::Unset => None,
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => Some(ColumnType::Text),
        };
        if let Some(kind) = kind {
            self.known(term, kind);
        }
    }

    fn node(&mut self, node: &Node, entity: Entity) {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().for_each(|part| self.node(part, entity));
            }
            Node::Not(inner) => self.node(inner, entity),
            Node::Member(number) => {
                if let Some(segment) = self.plan.segments.get(*number)
                    && self.seen.insert((0, *number))
                {
                    self.node(&segment.node, segment.entity);
                }
            }
            Node::Leaf(number) => {
                let kind = if entity == Entity::Person { 1 } else { 2 };
                if let Some(leaf) = self.plan.leaf(*number)
                    && self.seen.insert((kind, *number as usize))
                {
                    self.question(&leaf.question, entity);
                }
            }
        }
    }

    fn question(&mut self, question: &Question, entity: Entity) {
        match question {
            Question::Trait { number, test } => {
                let term = self.quantity(&PlannedQuantity::Trait(*number), entity);
                self.test(&term, test);
            }
            Question::Quantity { value, test } => {
                let term = self.quantity(value, entity);
                self.test(&term, test);
            }
            Question::Compare { left, right, .. } => {
                let (left, right) = (self.quantity(left, entity), self.quantity(right, entity));
                self.same(&left, &right);
            }
            Question::Rank { by, universe, .. } => {
                let term = self.quantity(by, entity);
                self.known(&term, ColumnType::NUMBER);
                if let Some(universe) = universe {
                    self.node(&Node::Member(*universe), entity);
                }
            }
            Question::Sequence(sequence) => {
                for Correlated { filter, .. } in sequence.correlated() {
                    self.filter(filter);
                }
            }
            Question::Members { that, .. } => self.node(that, Entity::Person),
            Question::Organisations { that, .. } => self.node(that, Entity::Organisation),
            _ => {}
        }
    }

    fn quantity(&mut self, quantity: &PlannedQuantity, entity: Entity) -> Term {
        match quantity {
            PlannedQuantity::Trait(number) => {
                let name = self.plan.traits.get(*number).cloned().unwrap_or_default();
                return self.column(Column::Trait(entity.into(), name));
            }
            PlannedQuantity::Computed(number) => {
                if let Some(known) = self.computed.get(number) {
                    return known.clone();
                }
                if let Some(computed) = self.plan.computed.get(*number) {
                    let term = self.quantity(&computed.value, computed.entity);
                    self.computed.insert(*number, term.clone());
                    return term;
                }
            }
            PlannedQuantity::Aggregate(aggregate) => {
                let feature = self.plan.features.get(aggregate.feature as usize);
                if let Some(value) = feature.and_then(|feature| feature.value.as_ref()) {
                    let term = self.expression(value);
                    return self.function(aggregate.function, term);
                }
            }
            PlannedQuantity::Members { function, of, .. } => {
                let term = self.quantity(of, Entity::Person);
                return self.function(*function, term);
            }
            PlannedQuantity::Number(_) => {}
            PlannedQuantity::Negative(inner) => self.operand(inner, entity),
            PlannedQuantity::Add(sides)
            | PlannedQuantity::Subtract(sides)
            | PlannedQuantity::Multiply(sides)
            | PlannedQuantity::Divide(sides) => {
                sides.iter().for_each(|side| self.operand(side, entity));
            }
        }
        Term::Declared(ColumnType::NUMBER)
    }

    fn operand(&mut self, quantity: &PlannedQuantity, entity: Entity) {
        let term = self.quantity(quantity, entity);
        self.known(&term, ColumnType::NUMBER);
    }

    fn function(&mut self, function: Function, term: Term) -> Term {
        match function {
            Function::Count | Function::Distinct => Term::Declared(ColumnType::NUMBER),
            Function::Sum | Function::Avg | Function::Percentile(_) => {
                self.known(&term, ColumnType::NUMBER);
                Term::Declared(ColumnType::NUMBER)
            }
            Function::Min | Function::Max | Function::First | Function::Last | Function::Mode => {
                term
            }
        }
    }
}

fn kind_of(literal: &Literal) -> ColumnType {
    match literal {
        Literal::Number(_) => ColumnType::NUMBER,
        Literal::Text(_) => ColumnType::Text,
        Literal::Bool(_) => ColumnType::Truth,
        Literal::Time(_) => ColumnType::Time,
    }
}

/// Whether an operator asks for an order, not only for equality.
pub(super) fn is_order(operator: Operator) -> bool {
    !matches!(operator, Operator::Equal | Operator::NotEqual)
}

impl Types {
    /// Every column that is read.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.of.keys()
    }
}

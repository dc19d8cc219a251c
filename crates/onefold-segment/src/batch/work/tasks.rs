//! What has to be done for a segment.
//!
//! Invariant: equal tasks are one, whichever segments they are done for.

use std::collections::BTreeSet;

use crate::{
    ast::Entity,
    batch::program::Program,
    plan::{Node, PlannedAggregate, PlannedQuantity, PlannedSequence, Question, Segment},
};

/// What is done once, whoever needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// The occurrences of a feature are found.
    Feature(u32),
    /// An aggregate is worked out, of the feature with this number.
    Aggregate(usize, u32),
    /// A question is asked: about people, or about organisations.
    OfPeople(u32),
    OfOrganisations(u32),
}

/// All that a segment needs, what it needs of others included.
pub(super) fn of(segment: &Segment, program: &Program<'_>) -> BTreeSet<Task> {
    let found = BTreeSet::new();
    let mut tasks = Tasks {
        program,
        found,
        entered: BTreeSet::new(),
    };
    tasks.add_node(&segment.node, segment.entity);
    tasks.found
}

struct Tasks<'a> {
    program: &'a Program<'a>,
    found: BTreeSet<Task>,
    /// The segments and computed traits that were gone through.
    entered: BTreeSet<Entered>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entered {
    Segment(usize),
    Computed(usize),
}

impl Tasks<'_> {
    fn add(&mut self, task: Task) {
        self.found.insert(task);
    }

    fn add_node(&mut self, node: &Node, entity: Entity) {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().for_each(|part| self.add_node(part, entity));
            }
            Node::Not(inner) => self.add_node(inner, entity),
            Node::Member(number) => {
                if let Some(segment) = self.program.plan.segments.get(*number)
                    && self.entered.insert(Entered::Segment(*number))
                {
                    self.add_node(&segment.node, segment.entity);
                }
            }
            Node::Leaf(number) => {
                self.add(match entity {
                    Entity::Person => Task::OfPeople(*number),
                    Entity::Organisation => Task::OfOrganisations(*number),
                });
                if let Some(leaf) = self.program.plan.leaf(*number) {
                    self.add_question(&leaf.question, entity);
                }
            }
        }
    }

    fn add_question(&mut self, question: &Question, entity: Entity) {
        match question {
            Question::Members { that, .. } => self.add_node(that, Entity::Person),
            Question::Organisations { that, .. } => self.add_node(that, Entity::Organisation),
            Question::Quantity { value, .. } | Question::Rank { by: value, .. } => {
                self.add_quantity(value, entity);
            }
            Question::Compare { left, right, .. } => {
                self.add_quantity(left, entity);
                self.add_quantity(right, entity);
            }
            // Nothing happens to organisations.
            about_occurrences if entity == Entity::Person => {
                let features = features_of(about_occurrences).into_iter();
                features.for_each(|feature| self.add(Task::Feature(feature)));
            }
            _ => {}
        }
    }

    fn add_quantity(&mut self, value: &PlannedQuantity, entity: Entity) {
        match value {
            PlannedQuantity::Aggregate(aggregate) if entity == Entity::Person => {
                self.add_aggregate(*aggregate);
            }
            PlannedQuantity::Aggregate(_)
            | PlannedQuantity::Trait(_)
            | PlannedQuantity::Number(_) => {}
            PlannedQuantity::Computed(number) => {
                if let Some(computed) = self.program.plan.computed.get(*number)
                    && self.entered.insert(Entered::Computed(*number))
                {
                    self.add_quantity(&computed.value, computed.entity);
                }
            }
            PlannedQuantity::Members { of, .. } => self.add_quantity(of, Entity::Person),
            PlannedQuantity::Negative(inner) => self.add_quantity(inner, entity),
            PlannedQuantity::Add(sides)
            | PlannedQuantity::Subtract(sides)
            | PlannedQuantity::Multiply(sides)
            | PlannedQuantity::Divide(sides) => {
                sides
                    .iter()
                    .for_each(|side| self.add_quantity(side, entity));
            }
        }
    }

    fn add_aggregate(&mut self, aggregate: PlannedAggregate) {
        self.add(Task::Feature(aggregate.feature));
        if let Some(number) = self.program.aggregates.get(&aggregate) {
            self.add(Task::Aggregate(*number, aggregate.feature));
        }
    }
}

/// The features whose entries a question goes through itself.
pub(super) fn features_of(question: &Question) -> Vec<u32> {
    match question {
        Question::Count { feature, .. }
        | Question::Days { feature, .. }
        | Question::Recency { feature, .. }
        | Question::Restarted { feature, .. }
        | Question::Nth { feature, .. } => vec![*feature],
        Question::Sequence(PlannedSequence { steps, then_no, .. }) => {
            let before = steps.iter().filter_map(|step| step.without.as_ref());
            let steps = steps.iter().map(|step| step.feature);
            let steps = steps.chain(before.map(|(feature, _)| *feature));
            let mut features: Vec<u32> = steps
                .chain(then_no.iter().map(|absence| absence.feature))
                .collect();
            features.sort_unstable();
            features.dedup();
            features
        }
        _ => Vec::new(),
    }
}

//! What depends on what, however indirectly: found once for each computed trait and each segment.
//!
//! Invariant: whoever asks a name for what it depends on looks here and follows no name itself. A chain may be 64
//! names long, and whoever followed it wherever it forks would go 2^64 ways.

use super::{Node, Plan, PlannedQuantity, Question};

impl Plan {
    /// Whether an answer depends on other people.
    pub(crate) fn depends_on_population(&self, question: &Question) -> bool {
        match question {
            Question::Rank { .. } | Question::Members { .. } => true,
            Question::Organisations { that, .. } => self.is_node_of_population(that),
            Question::Quantity { value, .. } => self.is_over_members(value),
            Question::Compare { left, right, .. } => {
                self.is_over_members(left) || self.is_over_members(right)
            }
            _ => false,
        }
    }

    /// Whether a quantity is of an organisation's members.
    pub(crate) fn is_over_members(&self, quantity: &PlannedQuantity) -> bool {
        quantity.any_part(&|part| match part {
            PlannedQuantity::Members { .. } => true,
            PlannedQuantity::Computed(number) => {
                let computed = self.computed.get(*number);
                computed.is_some_and(|computed| computed.is_over_members)
            }
            _ => false,
        })
    }

    /// Sets the flags of computed traits and segments, each behind those that it refers to.
    pub(super) fn note_dependence(&mut self) {
        for number in 0..self.computed.len() {
            let Some(value) = self.computed.get(number).map(|computed| &computed.value) else {
                continue;
            };
            let (of_members, aggregated) = (self.is_over_members(value), self.is_aggregated(value));
            if let Some(computed) = self.computed.get_mut(number) {
                computed.is_over_members = of_members;
                computed.is_aggregated = aggregated;
            }
        }
        let uses = self.uses();
        for (computed, uses) in self.computed.iter_mut().zip(uses) {
            computed.is_shared = uses > 1;
        }
        for place in 0..self.order.len() {
            let number = self.order.get(place).copied().unwrap_or_default();
            let node = self.segments.get(number).map(|segment| &segment.node);
            let is_of_population = node.is_some_and(|node| self.is_node_of_population(node));
            if let Some(segment) = self.segments.get_mut(number) {
                segment.is_of_population = is_of_population;
            }
        }
    }

    fn is_node_of_population(&self, node: &Node) -> bool {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().any(|part| self.is_node_of_population(part))
            }
            Node::Not(inner) => self.is_node_of_population(inner),
            Node::Member(number) => {
                let segment = self.segments.get(*number);
                segment.is_some_and(|segment| segment.is_of_population)
            }
            Node::Leaf(number) => {
                let leaf = self.leaf(*number);
                leaf.is_some_and(|leaf| self.depends_on_population(&leaf.question))
            }
        }
    }

    fn is_aggregated(&self, quantity: &PlannedQuantity) -> bool {
        quantity.any_part(&|part| match part {
            PlannedQuantity::Aggregate(_) | PlannedQuantity::Members { .. } => true,
            PlannedQuantity::Computed(number) => {
                let computed = self.computed.get(*number);
                computed.is_some_and(|computed| computed.is_aggregated)
            }
            _ => false,
        })
    }

    /// At how many places each computed trait is asked for.
    fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.computed.len()];
        let asked = self.leaves.iter().flat_map(|leaf| match &leaf.question {
            Question::Quantity { value, .. } | Question::Rank { by: value, .. } => {
                [Some(value), None]
            }
            Question::Compare { left, right, .. } => [Some(left), Some(right)],
            _ => [None, None],
        });
        let values = self.computed.iter().map(|computed| &computed.value);
        for value in asked.flatten().chain(values) {
            count_uses(value, &mut uses);
        }
        uses
    }
}

fn count_uses(value: &PlannedQuantity, uses: &mut [usize]) {
    match value {
        PlannedQuantity::Computed(number) => {
            if let Some(uses) = uses.get_mut(*number) {
                *uses += 1;
            }
        }
        PlannedQuantity::Trait(_) | PlannedQuantity::Number(_) | PlannedQuantity::Aggregate(_) => {}
        PlannedQuantity::Members { of: inner, .. } | PlannedQuantity::Negative(inner) => {
            count_uses(inner, uses);
        }
        PlannedQuantity::Add(sides)
        | PlannedQuantity::Subtract(sides)
        | PlannedQuantity::Multiply(sides)
        | PlannedQuantity::Divide(sides) => {
            sides.iter().for_each(|side| count_uses(side, uses));
        }
    }
}

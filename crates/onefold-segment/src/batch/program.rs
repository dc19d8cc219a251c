//! A plan made ready for one table and one instant.
//!
//! Invariant: what can be answered for each person alone is answered chunk by chunk; the rest behind all
//! chunks, segment by segment in the order of the plan.

use std::collections::BTreeSet;

use onefold_event::Result;
use rustc_hash::FxHashMap;

use super::{
    bits::Bits,
    entries::ReadyFeature,
    sieve::{Sieve, passing},
    table::{Chunk, Layout, Table},
};
use crate::{
    ast::{Entity, Events},
    plan::{Feature, Node, Plan, PlannedAggregate, PlannedQuantity, Question},
    summary::Stored,
};

/// What the value of a person (or organisation) takes at most, with whether there was anything to see.
pub(crate) const VALUE_BYTES: usize = size_of::<Stored>() + 1;

#[derive(Debug)]
pub(crate) struct Program<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) table: &'a Table,
    pub(crate) as_of: i64,
    pub(crate) features: Vec<ReadyFeature<'a>>,
    /// The place of each aggregate among all.
    pub(crate) aggregates: FxHashMap<PlannedAggregate, usize>,
    /// For each leaf about a golden trait: which texts pass, and the place of its column.
    pub(crate) traits: FxHashMap<u32, (usize, Bits)>,
    /// The codes of which rows are wanted.
    pub(crate) wanted: Vec<bool>,
    /// For each segment whether chunks alone answer it.
    pub(crate) is_local: Vec<bool>,
    /// Leaves about people that are answered by chunks and needed behind them.
    pub(crate) kept_leaves: Vec<u32>,
    /// Values of people that are calculated by chunks and needed behind them.
    pub(crate) kept_values: Vec<&'a PlannedQuantity>,
}

impl<'a> Program<'a> {
    /// Makes ready.
    ///
    /// # Errors
    /// `InvalidInput` if the table lacks what the plan reads.
    pub(crate) fn new(plan: &'a Plan, table: &'a Table, as_of: i64) -> Result<Self> {
        table.check(plan)?;
        let layout = &table.layout;
        let ready = |feature| ready(feature, layout);
        let mut program = Self {
            features: plan.features.iter().map(ready).collect(),
            aggregates: FxHashMap::default(),
            traits: FxHashMap::default(),
            wanted: vec![false; layout.codes()],
            is_local: Vec::new(),
            kept_leaves: Vec::new(),
            kept_values: Vec::new(),
            plan,
            table,
            as_of,
        };
        program.number_aggregates();
        program.prepare_traits();
        program.want_codes();
        program.divide();
        Ok(program)
    }

    /// Whether a question about a person is answered by chunks.
    pub(crate) fn is_local_leaf(&self, leaf: u32) -> bool {
        let question = self.plan.leaf(leaf).map(|leaf| &leaf.question);
        !matches!(
            question,
            None | Some(
                Question::Rank { .. } | Question::Members { .. } | Question::Organisations { .. }
            )
        )
    }

    /// The bytes that one chunk takes while it is evaluated, by the rows that its features have.
    pub(crate) fn scratch(&self, chunk: &Chunk) -> usize {
        let counts = chunk.rows_of_codes(self.table.layout.codes());
        self.scratch_of(chunk, |feature| feature.rows(&counts))
    }

    /// As [`scratch`](Self::scratch), if every feature had every row.
    pub(crate) fn scratch_at_most(&self, chunk: &Chunk) -> usize {
        self.scratch_of(chunk, |_| chunk.times.len())
    }

    fn scratch_of(&self, chunk: &Chunk, rows: impl Fn(&ReadyFeature<'_>) -> usize) -> usize {
        /// The row and the instant of an entry.
        const ENTRY: usize = 12;
        /// A person with entries.
        const GROUP: usize = 12;
        let people = chunk.people();
        let of_feature = |feature: &ReadyFeature<'_>| match feature.is_whole {
            true => people * GROUP,
            false => {
                let value = feature.value.map_or(0, |_| size_of::<Stored>());
                let rows = rows(feature);
                rows * (ENTRY + value) + rows.min(people) * GROUP
            }
        };
        let features: usize = self.features.iter().map(of_feature).sum();
        // The rows of each code, and the rows that mean something to a sequence.
        let by_code = chunk.times.len() * (4 + 8);
        let values = self.aggregates.len() + self.remembered();
        by_code + features + values * people * VALUE_BYTES
    }

    /// How many computed traits of people are remembered, beside those that are one with an aggregate.
    fn remembered(&self) -> usize {
        let is_more = |value: &PlannedQuantity| {
            !matches!(
                value,
                PlannedQuantity::Aggregate(_) | PlannedQuantity::Computed(_)
            )
        };
        let computed = self.plan.computed.iter();
        let of_people = computed.filter(|it| it.is_shared && it.entity == Entity::Person);
        of_people.filter(|it| is_more(&it.value)).count()
    }

    /// Every distinct aggregate has a number, whoever asks for it.
    fn number_aggregates(&mut self) {
        let mut found = Vec::new();
        for leaf in &self.plan.leaves {
            match &leaf.question {
                Question::Quantity { value, .. } | Question::Rank { by: value, .. } => {
                    aggregates_of(value, &mut found);
                }
                Question::Compare { left, right, .. } => {
                    aggregates_of(left, &mut found);
                    aggregates_of(right, &mut found);
                }
                _ => {}
            }
        }
        for computed in &self.plan.computed {
            aggregates_of(&computed.value, &mut found);
        }
        for aggregate in found {
            let number = self.aggregates.len();
            self.aggregates.entry(aggregate).or_insert(number);
        }
    }

    fn prepare_traits(&mut self) {
        for (number, leaf) in (0..).zip(&self.plan.leaves) {
            let Question::Trait { number: name, test } = &leaf.question else {
                continue;
            };
            let name = self.plan.traits.get(*name);
            let mut known = self.table.traits.iter().enumerate();
            let found = known.find(|(_, known)| Some(&known.name) == name);
            if let Some((place, column)) = found {
                let texts = passing(test, &column.texts);
                self.traits.insert(number, (place, texts));
            }
        }
    }

    fn want_codes(&mut self) {
        let features = self.features.iter().filter(|feature| !feature.is_whole);
        for code in features.flat_map(|feature| &feature.codes) {
            if let Some(wanted) = self.wanted.get_mut(*code as usize) {
                *wanted = true;
            }
        }
        let is_correlated = |question: &Question| match question {
            Question::Sequence(sequence) => sequence.is_correlated(),
            _ => false,
        };
        // A filter over several occurrences reads them one by one, whatever their names are.
        if self
            .plan
            .leaves
            .iter()
            .any(|leaf| is_correlated(&leaf.question))
        {
            self.wanted.fill(true);
        }
    }

    /// Tells what chunks answer alone, and what they must keep for the rest.
    fn divide(&mut self) {
        let plan = self.plan;
        self.is_local = vec![false; plan.segments.len()];
        for number in &plan.order {
            let Some(segment) = plan.segments.get(*number) else {
                continue;
            };
            let is_local = segment.entity == Entity::Person && self.is_local_node(&segment.node);
            if let Some(place) = self.is_local.get_mut(*number) {
                *place = is_local;
            }
        }
        let (mut leaves, mut values) = (BTreeSet::new(), Vec::new());
        for (segment, is_local) in plan.segments.iter().zip(&self.is_local) {
            if !is_local {
                self.keep(&segment.node, segment.entity, &mut leaves, &mut values);
            }
        }
        for computed in &plan.computed {
            if computed.entity == Entity::Organisation {
                keep_values(&computed.value, &mut values);
            }
        }
        self.kept_leaves = leaves.into_iter().collect();
        self.kept_values = values;
    }

    fn is_local_node(&self, node: &Node) -> bool {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().all(|part| self.is_local_node(part))
            }
            Node::Not(inner) => self.is_local_node(inner),
            Node::Member(number) => self.is_local.get(*number).copied().unwrap_or(false),
            Node::Leaf(leaf) => self.is_local_leaf(*leaf),
        }
    }

    /// Notes what a node that is answered behind all chunks needs of them.
    fn keep(
        &self,
        node: &Node,
        entity: Entity,
        leaves: &mut BTreeSet<u32>,
        values: &mut Vec<&'a PlannedQuantity>,
    ) {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                let parts = parts.iter();
                parts.for_each(|part| self.keep(part, entity, leaves, values));
            }
            Node::Not(inner) => self.keep(inner, entity, leaves, values),
            Node::Member(_) => {}
            Node::Leaf(leaf) => {
                let plan: &'a Plan = self.plan;
                match plan.leaf(*leaf).map(|leaf| &leaf.question) {
                    Some(Question::Rank { by, .. }) if entity == Entity::Person => {
                        keep_value(by, values);
                    }
                    Some(Question::Members { that, .. }) => {
                        self.keep(that, Entity::Person, leaves, values);
                    }
                    Some(Question::Organisations { that, .. }) => {
                        self.keep(that, Entity::Organisation, leaves, values);
                    }
                    Some(question) if entity == Entity::Organisation => match question {
                        Question::Quantity { value, .. } | Question::Rank { by: value, .. } => {
                            keep_values(value, values);
                        }
                        Question::Compare { left, right, .. } => {
                            keep_values(left, values);
                            keep_values(right, values);
                        }
                        _ => {}
                    },
                    Some(_) => {
                        leaves.insert(*leaf);
                    }
                    None => {}
                }
            }
        }
    }
}

fn ready<'a>(feature: &'a Feature, layout: &Layout) -> ReadyFeature<'a> {
    let all = || (0..).take(layout.codes());
    let codes: Vec<u16> = match &feature.event {
        Events::Any => all().collect(),
        Events::Named(names) => names.iter().filter_map(|name| layout.code(name)).collect(),
    };
    let is_whole =
        feature.event == Events::Any && feature.filter.is_none() && feature.value.is_none();
    ReadyFeature {
        codes,
        is_whole,
        sieve: feature
            .filter
            .as_ref()
            .map(|filter| Sieve::new(filter, layout)),
        value: feature.value.as_ref(),
    }
}

fn aggregates_of(value: &PlannedQuantity, found: &mut Vec<PlannedAggregate>) {
    match value {
        PlannedQuantity::Aggregate(aggregate) => found.push(*aggregate),
        PlannedQuantity::Trait(_) | PlannedQuantity::Computed(_) | PlannedQuantity::Number(_) => {}
        PlannedQuantity::Members { of, .. } => aggregates_of(of, found),
        PlannedQuantity::Negative(inner) => aggregates_of(inner, found),
        PlannedQuantity::Add(sides)
        | PlannedQuantity::Subtract(sides)
        | PlannedQuantity::Multiply(sides)
        | PlannedQuantity::Divide(sides) => {
            sides.iter().for_each(|side| aggregates_of(side, found));
        }
    }
}

/// Notes the values of members that a value of an organisation is calculated from.
fn keep_values<'a>(value: &'a PlannedQuantity, values: &mut Vec<&'a PlannedQuantity>) {
    match value {
        PlannedQuantity::Members { of, .. } => keep_value(of, values),
        PlannedQuantity::Negative(inner) => keep_values(inner, values),
        PlannedQuantity::Add(sides)
        | PlannedQuantity::Subtract(sides)
        | PlannedQuantity::Multiply(sides)
        | PlannedQuantity::Divide(sides) => {
            sides.iter().for_each(|side| keep_values(side, values));
        }
        _ => {}
    }
}

fn keep_value<'a>(value: &'a PlannedQuantity, values: &mut Vec<&'a PlannedQuantity>) {
    if !values.contains(&value) {
        values.push(value);
    }
}

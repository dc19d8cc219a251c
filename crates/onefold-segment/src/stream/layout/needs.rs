//! What a question reads: occurrences, traits, other people.
//!
//! Invariant: what is not listed here cannot change the answer.

use crate::{
    ast::{Period, Zone},
    instant::NEVER,
    plan::{Correlated, Plan, PlannedQuantity, PlannedSequence, Question, Span, Stretch},
};

/// What a question reads of one person.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Features, and how far back; [`NEVER`] is all of the past.
    pub(crate) features: Vec<(u32, i64)>,
    /// Whether it reads traits beside occurrences.
    pub(crate) traits: bool,
    /// The computed traits that have been looked into.
    computed: std::collections::BTreeSet<usize>,
}

impl Needs {
    fn feature(&mut self, plan: &Plan, feature: u32, span: Span, reach: i64) {
        self.features.push((feature, reach));
        let zone = plan.zones.get(span.zone as usize);
        self.traits |= matches!(zone, Some(Zone::Person { .. }));
    }

    pub(super) fn question(&mut self, plan: &Plan, question: &Question) {
        match question {
            Question::Count { feature, span, .. }
            | Question::Days { feature, span, .. }
            | Question::Recency { feature, span, .. } => {
                self.feature(plan, *feature, *span, reach(span.stretch));
            }
            // The one before, and all before, whenever they were.
            Question::Restarted { feature, span, .. } | Question::Nth { feature, span, .. } => {
                self.feature(plan, *feature, *span, NEVER);
            }
            Question::Quantity { value, .. } => self.quantity(plan, value),
            Question::Compare { left, right, .. } => {
                self.quantity(plan, left);
                self.quantity(plan, right);
            }
            Question::Sequence(sequence) => self.sequence(plan, sequence),
            Question::Trait { .. }
            | Question::Rank { .. }
            | Question::Sample { .. }
            | Question::Members { .. }
            | Question::Organisations { .. }
            | Question::Consent { .. } => {}
        }
    }

    fn quantity(&mut self, plan: &Plan, quantity: &PlannedQuantity) {
        match quantity {
            PlannedQuantity::Aggregate(aggregate) => {
                let reach = reach(aggregate.span.stretch);
                self.feature(plan, aggregate.feature, aggregate.span, reach);
            }
            PlannedQuantity::Trait(_) => self.traits = true,
            PlannedQuantity::Computed(place) => {
                if let Some(computed) = plan.computed.get(*place)
                    && self.computed.insert(*place)
                {
                    self.quantity(plan, &computed.value);
                }
            }
            PlannedQuantity::Number(_) | PlannedQuantity::Members { .. } => {}
            PlannedQuantity::Negative(inner) => self.quantity(plan, inner),
            PlannedQuantity::Add(sides)
            | PlannedQuantity::Subtract(sides)
            | PlannedQuantity::Multiply(sides)
            | PlannedQuantity::Divide(sides) => {
                sides.iter().for_each(|side| self.quantity(plan, side));
            }
        }
    }

    fn sequence(&mut self, plan: &Plan, sequence: &PlannedSequence) {
        let mut features: Vec<u32> = sequence.every.into_iter().collect();
        let mut reads = |correlated: &Option<Correlated>| {
            let reads = correlated.iter().flat_map(|correlated| &correlated.reads);
            features.extend(reads.map(|read| read.feature));
        };
        for step in &sequence.steps {
            reads(&step.correlated);
            if let Some((_, correlated)) = &step.without {
                reads(correlated);
            }
        }
        if let Some(after) = &sequence.then_no {
            reads(&after.correlated);
            features.push(after.feature);
        }
        for step in &sequence.steps {
            features.push(step.feature);
            features.extend(step.without.as_ref().map(|(feature, _)| *feature));
        }
        for feature in features {
            self.feature(plan, feature, sequence.span, reach(sequence.span.stretch));
        }
    }
}

/// How far back a stretch reaches at most, in microseconds; [`NEVER`] is all of the past.
pub(super) fn reach(stretch: Stretch) -> i64 {
    const DAY: i64 = 86_400_000_000;
    let days = |period: Period| match period {
        Period::Day => 1,
        Period::Week => 7,
        Period::Month => 31,
        Period::Quarter => 92,
        Period::Year => 366,
    };
    match stretch {
        Stretch::Ever | Stretch::Fixed { .. } => NEVER,
        Stretch::Rolling { from, .. } => from,
        // Two days more: a zone may leave out a date, and clocks change by less.
        Stretch::This(period) => (days(period) + 2) * DAY,
        Stretch::Whole { count, period } => {
            (days(period) * (i64::from(count) + 1) + 2).saturating_mul(DAY)
        }
    }
}

/// Whether an answer depends on other people.
pub(super) fn is_population(plan: &Plan, question: &Question) -> bool {
    plan.depends_on_population(question)
}

//! Sequences: what a step says of itself alone, and what it says together with earlier ones.
//!
//! Invariant: the two together are the step's filter, because they are its conjuncts.

use std::collections::BTreeSet;

use onefold_event::Result;

use super::Compiler;
use crate::{
    ast::{Events, Expression, Filter, Happening, Sequence},
    plan::{Correlated, PlannedAbsence, PlannedSequence, PlannedStep, Read},
};

impl Compiler {
    pub(super) fn sequence(&mut self, sequence: &Sequence) -> Result<PlannedSequence> {
        let mut before: Vec<&Happening> = Vec::new();
        let (feature, correlated) = self.happening(&sequence.first, &before)?;
        let mut steps = vec![PlannedStep {
            feature,
            correlated,
            directly: false,
            within: None,
            without: None,
        }];
        before.push(&sequence.first);
        for then in &sequence.then {
            let without = match &then.without {
                Some(without) => Some(self.happening(without, &before)?),
                None => None,
            };
            let (feature, correlated) = self.happening(&then.step, &before)?;
            steps.push(PlannedStep {
                feature,
                correlated,
                directly: then.directly,
                within: then.within.map(|within| within.micros()),
                without,
            });
            before.push(&then.step);
        }
        let then_no = match &sequence.then_no {
            Some(absence) => {
                let (feature, correlated) = self.happening(&absence.step, &before)?;
                Some(PlannedAbsence {
                    feature,
                    correlated,
                    micros: absence.within.micros(),
                })
            }
            None => None,
        };
        let is_direct = steps.iter().any(|step| step.directly);
        let every = is_direct.then(|| self.feature(&Events::Any, None, None));
        Ok(PlannedSequence {
            steps,
            then_no,
            within: sequence.within.map(|within| within.micros()),
            span: self.span(sequence.window),
            every: every.transpose()?,
        })
    }

    /// The feature of what a step says of itself alone, and what it says together with earlier steps.
    fn happening(
        &mut self,
        step: &Happening,
        before: &[&Happening],
    ) -> Result<(u32, Option<Correlated>)> {
        let Some(filter) = &step.filter else {
            return Ok((self.feature(&step.event, None, None)?, None));
        };
        let conjuncts = match filter {
            Filter::All(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let (together, alone): (Vec<_>, Vec<_>) =
            conjuncts.iter().cloned().partition(Filter::is_correlated);
        let alone = joined(alone);
        let feature = self.feature(&step.event, alone.as_ref(), None)?;
        let Some(filter) = joined(together) else {
            return Ok((feature, None));
        };
        let mut paths = BTreeSet::new();
        filter.each_value(&mut |value| {
            match value {
                Expression::Property(path) => paths.insert((None, path.clone())),
                Expression::Earlier { step, path } => {
                    paths.insert((Some(step.clone()), path.clone()))
                }
                _ => false,
            };
        });
        let mut reads = Vec::new();
        for (named, path) in paths {
            let earlier = named.as_ref().and_then(|name| {
                let is_named = |step: &&Happening| step.name.as_ref() == Some(name);
                before.iter().position(is_named)
            });
            let value = Expression::Property(path.clone());
            let (place, feature) = match earlier.and_then(|at| Some((at, before.get(at)?))) {
                Some((at, earlier)) => {
                    let alone = earlier.filter.as_ref().and_then(Filter::alone);
                    let feature = self.feature(&earlier.event, alone.as_ref(), Some(&value))?;
                    (at, feature)
                }
                None => {
                    let feature = self.feature(&step.event, alone.as_ref(), Some(&value))?;
                    (before.len(), feature)
                }
            };
            reads.push(Read {
                step: named,
                place,
                path,
                feature,
            });
        }
        Ok((feature, Some(Correlated { filter, reads })))
    }
}

fn joined(mut parts: Vec<Filter>) -> Option<Filter> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Filter::All(parts)),
    }
}

impl Filter {
    /// What it says of an occurrence alone, without earlier steps.
    fn alone(&self) -> Option<Self> {
        let conjuncts = match self {
            Self::All(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let alone = conjuncts.iter().filter(|part| !part.is_correlated());
        joined(alone.cloned().collect())
    }

    /// Whether it speaks of an earlier step.
    pub(crate) fn is_correlated(&self) -> bool {
        let mut found = false;
        self.each_value(&mut |value| found |= matches!(value, Expression::Earlier { .. }));
        found
    }

    /// Visits every property that is read.
    pub(crate) fn each_value<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_value(visit));
            }
            Self::Not(inner) => inner.each_value(visit),
            Self::Property { value, .. } => value.each_value(visit),
            Self::Compare { left, right, .. } => {
                left.each_value(visit);
                right.each_value(visit);
            }
        }
    }
}

impl Expression {
    /// Visits every property that is read.
    pub(crate) fn each_value<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        match self {
            Self::Property(_) | Self::Earlier { .. } => visit(self),
            Self::Number(_) => {}
            Self::Negative(inner) => inner.each_value(visit),
            Self::Add(sides)
            | Self::Subtract(sides)
            | Self::Multiply(sides)
            | Self::Divide(sides) => {
                sides.iter().for_each(|side| side.each_value(visit));
            }
        }
    }
}

//! What a plan reads of a history: which events, and which of their properties.
//!
//! Invariant: what is not here cannot change an answer of the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ast::{Events, Expression, Filter},
    plan::{Correlated, Plan, PlannedSequence, Question},
};

type Paths = BTreeSet<Box<str>>;

/// What a plan reads of a history.
///
/// ```
/// use onefold_segment::{Library, Plan, batch::Needs};
/// let library = Library::parse("segment spender = sum(price * quantity of purchase) > 500")?;
/// let needs = Needs::of(&*Plan::compile(library)?);
/// assert_eq!(needs.properties().collect::<Vec<_>>(), ["price", "quantity"]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Named events with the properties that are read of them.
    pub(crate) names: BTreeMap<Box<str>, Paths>,
    /// The properties that are read of any event, if any event matters.
    pub(crate) every: Option<Paths>,
    pub(crate) traits: BTreeSet<Box<str>>,
}

impl Needs {
    /// What this plan reads.
    pub fn of(plan: &Plan) -> Self {
        let mut needs = Self {
            traits: plan.traits.iter().cloned().collect(),
            ..Self::default()
        };
        for feature in &plan.features {
            let mut paths = Paths::new();
            add_filter(feature.filter.as_ref(), &mut paths);
            if let Some(value) = &feature.value {
                value.each_value(&mut |value| add_value(value, &mut paths));
            }
            needs.add(&feature.event, &paths);
        }
        for leaf in &plan.leaves {
            if let Question::Sequence(sequence) = &leaf.question {
                needs.add_correlated(plan, sequence);
            }
        }
        needs
    }

    /// What both read.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (name, paths) in &other.names {
            self.add(&Events::named(name.clone()), paths);
        }
        if let Some(paths) = &other.every {
            self.add(&Events::Any, paths);
        }
        self.traits.extend(other.traits.iter().cloned());
        self
    }

    /// The names of the events, sorted.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    /// Whether events of every name matter.
    pub fn wants_every_event(&self) -> bool {
        self.every.is_some()
    }

    /// The properties that are read of some event, sorted.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self
            .names
            .values()
            .chain(&self.every)
            .flatten()
            .map(|path| &**path)
            .collect();
        all.into_iter()
    }

    /// The traits, sorted.
    pub fn traits(&self) -> impl Iterator<Item = &str> {
        self.traits.iter().map(|name| &**name)
    }

    /// What is read here and not there, in words; `None` if that has everything.
    pub(crate) fn missing(&self, there: &Self) -> Option<String> {
        if self.every.is_some() && there.every.is_none() {
            return Some("events of every name".into());
        }
        let every = self.every.iter().flatten();
        let lost = every.filter(|path| !there.every.iter().flatten().any(|have| have == *path));
        if let Some(path) = lost.into_iter().next() {
            return Some(format!("`{path}` of every event"));
        }
        for (name, paths) in &self.names {
            let Some(have) = there.names.get(name) else {
                return Some(format!("the event `{name}`"));
            };
            if let Some(path) = paths.difference(have).next() {
                return Some(format!("`{path}` of the event `{name}`"));
            }
        }
        let lost = self.traits.difference(&there.traits).next();
        lost.map(|name| format!("the trait `{name}`"))
    }

    fn add(&mut self, events: &Events, paths: &Paths) {
        match events {
            Events::Any => {
                let every = self.every.get_or_insert_default();
                every.extend(paths.iter().cloned());
                let every = every.clone();
                self.names
                    .values_mut()
                    .for_each(|known| known.extend(every.iter().cloned()));
            }
            Events::Named(names) => {
                for name in names {
                    let every = self.every.iter().flatten().cloned();
                    let known = self.names.entry(name.clone()).or_default();
                    known.extend(every.chain(paths.iter().cloned()));
                }
            }
        }
    }

    /// Filters over several steps read what the features of their reads have as values; those of the
    /// absence and of what must not lie between speak of their own occurrences too.
    fn add_correlated(&mut self, plan: &Plan, sequence: &PlannedSequence) {
        let steps = sequence.steps.iter().flat_map(|step| {
            let without = step.without.as_ref();
            let without = without.map(|(feature, correlated)| (*feature, correlated.as_ref()));
            [Some((step.feature, step.correlated.as_ref())), without]
        });
        let absence = sequence.then_no.as_ref();
        let absence = absence.map(|no| (no.feature, no.correlated.as_ref()));
        let parts: Vec<(u32, Option<&Correlated>)> = steps.chain([absence]).flatten().collect();
        for (own, correlated) in parts {
            let Some(correlated) = correlated else {
                continue;
            };
            for read in &correlated.reads {
                let of = match &read.step {
                    None => Some(own),
                    Some(_) => sequence.steps.get(read.place).map(|step| step.feature),
                };
                let feature = of.and_then(|feature| plan.features.get(feature as usize));
                if let Some(feature) = feature {
                    self.add(&feature.event, &Paths::from([read.path.clone()]));
                }
            }
        }
    }
}

fn add_filter(filter: Option<&Filter>, paths: &mut Paths) {
    if let Some(filter) = filter {
        filter.each_value(&mut |value| add_value(value, paths));
    }
}

fn add_value(value: &Expression, paths: &mut Paths) {
    if let Expression::Property(path) = value {
        paths.insert(path.clone());
    }
}

//! The slow, obvious evaluator: what a definition means, as a program.
//!
//! Invariant: it keeps nothing and shares nothing with [`Live`](crate::Live) but how a single value
//! is read and compared. Property tests hold the live evaluator against it.

use std::collections::BTreeMap;

use onefold_event::{Decimal, Occurrence, Timestamp, Value};

use crate::{
    Library, Traits,
    ast::{Aggregate, Count, Definition, Expression, Function, Predicate, Selection, Test, Window},
    sum::Sum,
    value::{Fault, Properties, average, passes},
};

/// A person's whole past, in any order, at an instant.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// Everything that happened to the person, under whatever identifier; later things may be there.
    pub occurrences: &'a [&'a dyn Occurrence],
    /// The traits as of the instant.
    pub traits: &'a dyn Traits,
    /// The instant.
    pub as_of: Timestamp,
}

impl std::fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} occurrences as of {}",
            self.occurrences.len(),
            self.as_of
        )
    }
}

/// Whether the person is a member; `None` for an unknown segment.
///
/// Cost: every clause looks at every occurrence.
///
/// ```
/// use onefold_segment::{Library, reference::{self, Person}};
/// let library = Library::parse("segment nobody = did login\nsegment all = not in nobody")?;
/// let ann = Person { occurrences: &[], traits: &(), as_of: "2026-03-01".parse()? };
/// assert_eq!(reference::contains(&library, "all", ann), Some(true));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub fn contains(library: &Library, segment: &str, person: Person<'_>) -> Option<bool> {
    let mut judge = Judge {
        library,
        person,
        known: BTreeMap::new(),
    };
    judge.segment(segment)
}

/// The value of a computed trait; `None` where it is missing, at fault, or not defined.
pub fn value(library: &Library, computed_trait: &str, person: Person<'_>) -> Option<Value> {
    let judge = Judge {
        library,
        person,
        known: BTreeMap::new(),
    };
    let aggregate = judge.computed(computed_trait)?;
    judge.aggregate(aggregate).unwrap_or(None)
}

struct Judge<'a> {
    library: &'a Library,
    person: Person<'a>,
    known: BTreeMap<&'a str, bool>,
}

impl<'a> Judge<'a> {
    fn segment(&mut self, name: &str) -> Option<bool> {
        if let Some(known) = self.known.get(name) {
            return Some(*known);
        }
        let library: &'a Library = self.library;
        let found = library
            .definitions()
            .iter()
            .find_map(|definition| match definition {
                Definition::Segment {
                    name: known, when, ..
                } if **known == *name => Some((known, when)),
                _ => None,
            });
        let (name, when) = found?;
        let held = self.holds(when);
        self.known.insert(name, held);
        Some(held)
    }

    fn computed(&self, name: &str) -> Option<&'a Aggregate> {
        self.library
            .definitions()
            .iter()
            .find_map(|definition| match definition {
                Definition::Trait {
                    name: known,
                    value: crate::ast::Quantity::Aggregate(value),
                    ..
                } if **known == *name => Some(value),
                _ => None,
            })
    }

    fn holds(&mut self, predicate: &'a Predicate) -> bool {
        match predicate {
            Predicate::All(parts) => parts.iter().all(|part| self.holds(part)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Predicate::Not(inner) => !self.holds(inner),
            Predicate::Member(name) => self.segment(name).unwrap_or(false),
            Predicate::Trait { name, test } => match self.computed(name) {
                Some(aggregate) => self.aggregate_passes(aggregate, test),
                None => {
                    let value = self.person.traits.trait_value(name);
                    passes(test, value.as_ref()).unwrap_or(false)
                }
            },
            Predicate::Aggregate { aggregate, test } => self.aggregate_passes(aggregate, test),
            Predicate::Did {
                selection, count, ..
            } => {
                let found = self.selected(selection).len();
                match count {
                    Count::AtLeast(times) => found >= *times as usize,
                    Count::AtMost(times) => found <= *times as usize,
                    Count::Exactly(times) => found == *times as usize,
                }
            }
            Predicate::Recency {
                selection,
                operator,
                duration,
            } => self.selected(selection).last().is_some_and(|last| {
                let since = self.person.as_of.micros_since(last.time());
                operator.accepts(since.cmp(&duration.micros()))
            }),
            _ => false,
        }
    }

    fn aggregate_passes(&self, aggregate: &'a Aggregate, test: &Test) -> bool {
        let found = self.aggregate(aggregate);
        let passed = found.and_then(|value| passes(test, value.as_ref()));
        passed.unwrap_or(false)
    }

    /// The occurrences inside the window that pass the filter, in order of time and position.
    fn selected(&self, selection: &'a Selection) -> Vec<&'a dyn Occurrence> {
        let as_of = self.person.as_of;
        let mut selected: Vec<&dyn Occurrence> = self
            .person
            .occurrences
            .iter()
            .copied()
            .filter(|occurrence| selection.event.contains(occurrence.name()))
            .filter(|occurrence| occurrence.time() < as_of)
            .filter(|occurrence| is_inside(selection.window, occurrence.time(), as_of))
            .filter(|occurrence| match &selection.filter {
                Some(filter) => Properties::of(*occurrence).pass(filter),
                None => true,
            })
            .collect();
        selected.sort_by_key(|occurrence| (occurrence.time(), occurrence.position()));
        selected
    }

    fn aggregate(&self, aggregate: &'a Aggregate) -> Result<Option<Value>, Fault> {
        let selected = self.selected(&aggregate.selection);
        let Some(expression) = &aggregate.value else {
            return Ok(Some(Value::Number(selected.len().into())));
        };
        let found: Vec<Result<Value, Fault>> = selected
            .into_iter()
            .filter_map(|occurrence| value_of(occurrence, expression).transpose())
            .collect();
        match aggregate.function {
            Function::First => return found.into_iter().next().transpose(),
            Function::Last => return found.into_iter().next_back().transpose(),
            _ => {}
        }
        if let Some(fault) = found.iter().filter_map(|found| found.as_ref().err()).min() {
            return Err(*fault);
        }
        let values: Vec<Value> = found.into_iter().flatten().collect();
        over(aggregate.function, values)
    }
}

fn value_of(occurrence: &dyn Occurrence, expression: &Expression) -> Result<Option<Value>, Fault> {
    Properties::of(occurrence).value(expression)
}

fn is_inside(window: Window, time: Timestamp, as_of: Timestamp) -> bool {
    match window {
        Window::Ever => true,
        Window::Last(duration) => as_of.micros_since(time) <= duration.micros(),
        Window::Between { from, to } => from.utc() <= time && time < to.utc(),
        Window::Since(from) => from.utc() <= time,
        _ => false,
    }
}

fn over(function: Function, mut values: Vec<Value>) -> Result<Option<Value>, Fault> {
    let places = |value: &Value| value.as_number().map_or(0, |number| number.scale());
    values.sort_by(|a, b| a.total_cmp(b).then(places(a).cmp(&places(b))));
    match function {
        Function::Count => Ok(Some(Value::Number(values.len().into()))),
        Function::Distinct => {
            values.dedup_by(|a, b| a.total_cmp(b).is_eq());
            Ok(Some(Value::Number(values.len().into())))
        }
        Function::Min | Function::Max => {
            let kinds = values.windows(2).all(|pair| match pair {
                [a, b] => std::mem::discriminant(a) == std::mem::discriminant(b),
                _ => true,
            });
            if !kinds {
                return Err(Fault::TypeMismatch);
            }
            let end = if function == Function::Min {
                values.first()
            } else {
                values.last()
            };
            Ok(end.cloned())
        }
        _ => {
            let numbers: Option<Vec<Decimal>> = values.iter().map(Value::as_number).collect();
            let numbers = numbers.ok_or(Fault::TypeMismatch)?;
            let mut sum = Sum::default();
            numbers.iter().for_each(|number| sum.add(*number));
            match function {
                Function::Avg if numbers.is_empty() => Ok(None),
                Function::Avg => average(&sum, numbers.len()).map(|n| Some(Value::Number(n))),
                _ => Ok(Some(Value::Number(
                    sum.to_decimal().ok_or(Fault::Overflow)?,
                ))),
            }
        }
    }
}

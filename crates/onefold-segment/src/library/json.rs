//! Definitions from JSON and from trees that were built: checked, each mistake with its pointer.

use onefold_event::{Diagnostics, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{LANGUAGE_VERSION, error, text::too_many};
use crate::{
    ast::{Counted, Definition, Expression, Filter, Predicate, Quantity},
    check::{self, Place, Places, Source},
    code::Code,
};

/// The stored form: `{"version":1,"definitions":[...]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryJson<'a> {
    version: u32,
    #[serde(borrow)]
    definitions: Vec<&'a RawValue>,
}

/// The definitions, unchecked; each that cannot be read is a mistake of its own.
pub(super) fn read(json: &str) -> Result<Vec<Definition>> {
    let unreadable = |problem: serde_json::Error| Code::Json.tell(problem);
    let part = |problem: serde_json::Error| {
        // The place is one inside the definition, which the pointer names.
        let told = problem.to_string();
        Code::Json.tell(
            told.rsplit_once(" at line ")
                .map_or(&*told, |(told, _)| told),
        )
    };
    let read: LibraryJson<'_> =
        serde_json::from_str(json).map_err(|problem| error(vec![unreadable(problem)]))?;
    if read.version != LANGUAGE_VERSION {
        let message = format!("version {} of the language is not known here", read.version);
        let help = format!("write {LANGUAGE_VERSION}");
        let mistake = Code::Version.tell(message).at("/version").help(help);
        return Err(error(vec![mistake]));
    }
    let mut definitions = Vec::new();
    let mut mistakes = Diagnostics::new();
    for (index, definition) in read.definitions.into_iter().enumerate() {
        match serde_json::from_str(definition.get()) {
            Ok(definition) => definitions.push(definition),
            Err(problem) => mistakes.push(part(problem).at(pointer(index))),
        }
    }
    if mistakes.is_empty() {
        Ok(definitions)
    } else {
        Err(error(mistakes))
    }
}

fn pointer(index: usize) -> String {
    format!("/definitions/{index}")
}

pub(super) fn mistakes(definitions: &[Definition]) -> Diagnostics {
    let mut mistakes: Diagnostics = too_many(definitions.len()).into_iter().collect();
    for (index, definition) in definitions.iter().enumerate() {
        let found = check::definition_mistakes(definition, Source::Tree).into_iter();
        mistakes.extend(found.map(|found| {
            let pointer = pointer(index) + &found.pointer;
            found.mistake.diagnostic().at(pointer)
        }));
    }
    if mistakes.is_empty() {
        let places: Vec<Places<'_>> = places(definitions).collect();
        mistakes.extend(check::name_mistakes(&places, &[]));
    }
    mistakes
}

/// The definitions and what they refer to, by their pointers.
pub(super) fn places(definitions: &[Definition]) -> impl Iterator<Item = Places<'_>> {
    definitions.iter().enumerate().map(|(index, definition)| {
        let place = Place::Json(pointer(index));
        let (segments, traits) = check::references(definition);
        let put = |reference| (reference, place.clone());
        Places {
            definition,
            segments: segments.into_iter().map(put).collect(),
            traits: traits.into_iter().map(put).collect(),
            name: place.clone(),
        }
    })
}

/// Drops trees without recursion: one that was refused because it is deep would overflow the stack.
pub(super) fn take_apart(definitions: Vec<Definition>) {
    let (mut predicates, mut quantities) = (Vec::new(), Vec::new());
    let mut counted_values = Vec::new();
    for definition in definitions {
        match definition {
            Definition::Segment { when, .. } => predicates.push(when),
            Definition::Trait { value, .. } => quantities.push(value),
        }
    }
    let mut filters = Vec::new();
    while let Some(predicate) = predicates.pop() {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => predicates.extend(parts),
            Predicate::Not(inner) => predicates.push(*inner),
            Predicate::Members { that, .. } | Predicate::Organisations { that, .. } => {
                predicates.push(*that);
            }
            Predicate::Did {
                selection, counted, ..
            } => {
                filters.extend(selection.filter);
                if let Counted::Values(value) = counted {
                    counted_values.push(value);
                }
            }
            Predicate::Aggregate { aggregate, .. } => {
                quantities.push(Quantity::Aggregate(aggregate));
            }
            Predicate::Quantity { value, .. } | Predicate::Rank { by: value, .. } => {
                quantities.push(value);
            }
            Predicate::Compare { left, right, .. } => quantities.extend([left, right]),
            Predicate::Recency { selection, .. }
            | Predicate::Lapsed { selection, .. }
            | Predicate::Stopped { selection, .. }
            | Predicate::Restarted { selection, .. }
            | Predicate::Nth { selection, .. } => filters.extend(selection.filter),
            Predicate::Sequence(sequence) => {
                filters.extend(sequence.first.filter);
                for then in sequence.then {
                    filters.extend(then.step.filter);
                    filters.extend(then.without.and_then(|without| without.filter));
                }
                filters.extend(sequence.then_no.and_then(|absence| absence.step.filter));
            }
            _ => {}
        }
    }
    let mut expressions: Vec<Expression> = counted_values;
    while let Some(quantity) = quantities.pop() {
        match quantity {
            Quantity::Aggregate(aggregate) => {
                filters.extend(aggregate.selection.filter);
                expressions.extend(aggregate.value);
            }
            Quantity::Members(members) => quantities.push(*members.of),
            Quantity::Negative(inner) => quantities.push(*inner),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => quantities.extend(*sides),
            Quantity::Trait(_) | Quantity::Number(_) => {}
        }
    }
    while let Some(filter) = filters.pop() {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => filters.extend(parts),
            Filter::Not(inner) => filters.push(*inner),
            Filter::Property { value, .. } => expressions.push(value),
            Filter::Compare { left, right, .. } => expressions.extend([left, right]),
        }
    }
    while let Some(expression) = expressions.pop() {
        match expression {
            Expression::Negative(inner) => expressions.push(*inner),
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => expressions.extend(*sides),
            _ => {}
        }
    }
}

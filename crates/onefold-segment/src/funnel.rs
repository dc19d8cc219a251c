//! How far people come along a sequence: one segment a step.
//!
//! Invariant: whoever is in a later step is in every earlier one, because a step asks for the beginning of what the
//! next one asks for.

use std::collections::BTreeSet;

use onefold_event::{Error, ErrorKind, Result};

use crate::{
    Library,
    ast::{Count, Counted, Definition, Happening, Predicate, Selection, Sequence},
    check::{NAME_BYTES_MAX, kind_and_name},
};

/// The steps of the first sequence in a segment: a label each, and the segment of those who came so far.
///
/// The segments stand behind the library's own and are named `NAME: step 1`, `NAME: step 2` and so on; what must not
/// follow the sequence makes a last step. Where the library has a segment of that name, ` (2)` or a higher number stands
/// behind it, and where it would be longer than 128 bytes, NAME is cut.
///
/// A sequence inside of `any organisation (...)` and `any member (...)`, or of a segment that this one refers to, is not
/// looked for: its steps are not those of whoever is in this segment.
///
/// ```
/// use onefold_segment::{Library, funnel};
/// let library = Library::parse("segment bought = sequence view then cart then purchase all within 7 d")?;
/// let (steps, extended) = funnel::steps(&library, "bought")?;
/// let labels: Vec<&str> = steps.iter().map(|step| &*step.label).collect();
/// assert_eq!(labels, ["view", "cart", "purchase"]);
/// assert_eq!(&*steps[1].segment, "bought: step 2");
/// assert_eq!(extended.definitions().len(), 4);
/// # Ok::<(), onefold_event::Error>(())
/// ```
///
/// # Errors
/// `NotFound` if no segment has this name; `InvalidInput` if there is no sequence in it, or if the library would have
/// more than 10,000 definitions with the steps.
pub fn steps(library: &Library, segment: &str) -> Result<(Vec<Step>, Library)> {
    let found = library
        .definitions()
        .iter()
        .find_map(|definition| match definition {
            Definition::Segment { name, scope, when } if **name == *segment => Some((scope, when)),
            _ => None,
        });
    let (scope, when) =
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no segment `{segment}`")))?;
    let sequence = first_sequence(when).ok_or_else(|| {
        let message =
            format!("segment `{segment}` has no sequence, so there are no steps to count");
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    let mut steps = Vec::new();
    let mut definitions = library.definitions().to_vec();
    let segments = library.definitions().iter().map(kind_and_name);
    let taken: BTreeSet<_> = segments.collect();
    for (label, when) in beginnings(sequence) {
        let name = free_name(segment, steps.len() + 1, |name| {
            taken.contains(&("segment", name))
        });
        definitions.push(Definition::Segment {
            name: name.clone(),
            scope: scope.clone(),
            when,
        });
        steps.push(Step {
            label,
            segment: name,
        });
    }
    Ok((steps, Library::new(definitions)?))
}

/// A step of a funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step as it is printed.
    pub label: Box<str>,
    /// The segment of those who came so far.
    pub segment: Box<str>,
}

/// The name of the step with this number; those of two steps differ in the number at least.
fn free_name(segment: &str, step: usize, is_taken: impl Fn(&str) -> bool) -> Box<str> {
    let named = |behind: &str| {
        let room = NAME_BYTES_MAX.saturating_sub(behind.len());
        let stem = segment.get(..segment.floor_char_boundary(room));
        format!("{}{behind}", stem.unwrap_or_default())
    };
    let mut name = named(&format!(": step {step}"));
    let mut number = 1;
    while is_taken(&name) {
        number += 1;
        name = named(&format!(": step {step} ({number})"));
    }
    name.into()
}

fn first_sequence(predicate: &Predicate) -> Option<&Sequence> {
    match predicate {
        Predicate::Sequence(sequence) => Some(sequence),
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().find_map(first_sequence),
        Predicate::Not(inner) => first_sequence(inner),
        _ => None,
    }
}

/// The sequence up to each of its steps.
fn beginnings(sequence: &Sequence) -> Vec<(Box<str>, Predicate)> {
    let first = Predicate::Did {
        selection: Selection {
            event: sequence.first.event.clone(),
            filter: sequence.first.filter.clone(),
            window: sequence.window,
        },
        count: Count::AtLeast(1),
        counted: Counted::Times,
    };
    let up_to = |steps: usize| {
        Predicate::Sequence(Sequence {
            then: sequence.then.iter().take(steps).cloned().collect(),
            then_no: None,
            ..sequence.clone()
        })
    };
    let label = |step: &Happening| step.to_string().into();
    let mut beginnings = vec![(label(&sequence.first), first)];
    for (number, then) in (1..).zip(&sequence.then) {
        beginnings.push((label(&then.step), up_to(number)));
    }
    if let Some(absence) = &sequence.then_no {
        let label = format!("no {} within {}", absence.step, absence.within);
        beginnings.push((label.into(), Predicate::Sequence(sequence.clone())));
    }
    beginnings
}

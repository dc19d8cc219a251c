//! The members of segments as a stream has them that was told everything in order of time.
//!
//! Invariant: people are told to streams of their own, some neighbours at a time: what one person does changes nobody
//! else's answer, and what depends on everybody stands from a batch of the same instant.

use std::sync::Arc;

use onefold::{
    event::{Occurrence, PersonIndex, Timestamp},
    segment::{
        Plan,
        batch::{self, Happened, Options, Table},
        stream::{Cause, History, SegmentNumber, Stream},
    },
};
use onefold_examples::exit::Failure;

/// Nobody is rebuilt here: everything comes in order.
struct Told<'a>(&'a [Vec<Happened<'a>>]);

impl History for Told<'_> {
    fn occurrences(&self, person: PersonIndex, visit: &mut dyn FnMut(&dyn Occurrence)) {
        let history = self.0.get(person.index()).into_iter().flatten();
        history.for_each(|happened| visit(happened));
    }
}

/// The numbers of the members of each segment, in the order of the plan.
///
/// # Errors
/// A run failure as the stream, and the batch that ranks are taken from, have it.
pub(crate) fn find(
    plan: &Arc<Plan>,
    table: &Table,
    as_of: Timestamp,
) -> Result<Vec<Vec<usize>>, Failure> {
    let standing = match plan.population_parts().is_empty() {
        true => None,
        false => {
            let answers = batch::evaluate(plan, table, as_of, Options::default())?;
            Some(answers.standing(plan, table))
        }
    };
    let mut members = vec![Vec::new(); plan.segments().len()];
    for (first, histories) in table.histories() {
        let earliest = histories.iter().filter_map(|history| history.first());
        let start = earliest
            .map(Occurrence::time)
            .min()
            .unwrap_or(as_of)
            .min(as_of);
        let mut stream = match &standing {
            Some(standing) => Stream::with_standing(Arc::clone(plan), start, standing.clone())?,
            None => Stream::new(Arc::clone(plan), start)?,
        };
        tell(&mut stream, table, (first, &histories), as_of);
        for (number, members) in (0_u32..).zip(&mut members) {
            let found = stream.members(SegmentNumber(number));
            members.extend(found.map(|person| first + person.index()));
        }
    }
    for members in &mut members {
        members.sort_unstable();
    }
    Ok(members)
}

/// Tells a stream of these neighbours everything before the instant.
fn tell(
    stream: &mut Stream,
    table: &Table,
    (first, histories): (usize, &[Vec<Happened<'_>>]),
    as_of: Timestamp,
) {
    let mut unheard = |_transition| {};
    let mut order = Vec::new();
    for (place, history) in (0_u32..).zip(histories) {
        let known = table.known(first + place as usize);
        stream.traits_changed(PersonIndex(place), &known, Cause::Trait, &mut unheard);
        let past = history.iter().filter(|happened| happened.time() < as_of);
        order.extend(past.map(|happened| (happened.time(), place, happened)));
    }
    // Stable: what happened to one person at one time stays in its order.
    order.sort_by_key(|(time, place, _)| (*time, *place));
    for (time, place, happened) in order {
        stream.advance(time.plus_micros(1), &mut unheard);
        let person = PersonIndex(place);
        stream.observe_occurrence(person, happened, &Told(histories), &mut unheard);
    }
    stream.advance(as_of, &mut unheard);
}

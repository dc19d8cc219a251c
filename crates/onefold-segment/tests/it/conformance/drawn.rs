//! Random cases: definitions and worlds of the whole language, with typed columns.
//!
//! Invariant: the same number gives the same cases.

use std::collections::BTreeSet;

use onefold_event::{Decimal, Timestamp, Value};
use onefold_segment::Library;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;

use super::export::{Case, Kind};
use crate::random::{self, Everybody};

/// What the columns hold.
const KINDS: [(&str, Kind); 8] = [
    ("price", Kind::Number),
    ("quantity", Kind::Number),
    ("address.city", Kind::Text),
    ("odd \"name\"", Kind::Truth),
    ("plan", Kind::Number),
    ("last", Kind::Number),
    ("favourite colour", Kind::Text),
    ("zone", Kind::Text),
];

/// So many cases. What has more than 28 digits anywhere is left out: there, engines go on.
pub(super) fn cases(count: usize, seed: u8) -> Vec<Case> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = (random::definitions(), random::everybody(), random::time());
    let mut cases = Vec::new();
    while cases.len() < count {
        let (definitions, everybody, as_of) = strategy.new_tree(&mut runner).unwrap().current();
        let library = Library::new(definitions).unwrap();
        if library.to_string().contains(&Decimal::MAX.to_string()) {
            continue;
        }
        let name = format!("drawn {seed} {}", cases.len());
        cases.push(case(name, library, everybody, as_of));
    }
    cases
}

fn case(name: String, library: Library, mut everybody: Everybody, as_of: Timestamp) -> Case {
    for (at, organisation) in everybody.organisations.iter_mut().enumerate() {
        organisation.id = format!("o{at}");
        organisation
            .traits
            .iter_mut()
            .for_each(|(name, value)| fit(name, value));
    }
    let mut memberships = Vec::new();
    for (at, person) in everybody.people.iter_mut().enumerate() {
        person.known.id = format!("{}-{at}", person.known.id);
        person
            .known
            .traits
            .iter_mut()
            .for_each(|(name, value)| fit(name, value));
        for happened in &mut person.past {
            // Of a property that was drawn twice, the first is read.
            let mut seen = BTreeSet::new();
            happened.properties.retain(|(name, _)| seen.insert(*name));
            happened
                .properties
                .iter_mut()
                .for_each(|(name, value)| fit(name, value));
        }
        for (organisation, role) in &person.memberships {
            memberships.push(json!([
                person.known.id,
                format!("o{organisation}"),
                role,
                null,
                null
            ]));
        }
    }
    Case {
        name,
        library,
        everybody,
        as_of,
        times: BTreeSet::new(),
        kinds: KINDS.map(|(name, kind)| (name.to_owned(), kind)).into(),
        is_declared: true,
        memberships,
    }
}

/// One type for each name, as columns have.
fn fit(name: &str, value: &mut Value) {
    let kind = KINDS.iter().find(|(known, _)| *known == name);
    let fits = match (kind.map(|(_, kind)| kind), &*value) {
        (Some(Kind::Number), Value::Number(number)) => *number < 1_000_000.into(),
        (Some(Kind::Text), Value::Text(_)) | (Some(Kind::Truth), Value::Bool(_)) => true,
        _ => false,
    };
    if !fits {
        *value = Value::Null;
    }
}

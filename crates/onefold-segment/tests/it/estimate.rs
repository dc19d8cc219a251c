//! Samples against everybody: the sampled are answered as in the whole table, and the truth lies within the bounds.

use std::sync::Arc;

use onefold_event::{Timestamp, Value};
use onefold_segment::{
    Library, Plan,
    batch::{self, Id, Needs, Options, Table},
    estimate::{Estimate, Sample},
};
use proptest::prelude::*;

use crate::{
    batch::{table, with_ids},
    random::{Happened, definitions, everybody, time},
};

fn plan(definitions: &str) -> Arc<Plan> {
    Plan::compile(Library::parse(definitions).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_sample_of_everybody_is_exact(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        as_of in time(),
        more in 0..3_usize,
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), 2, 1);
        let sample = Sample::of(&table, table.people() + more, "salt").unwrap();
        prop_assert_eq!((sample.people(), sample.table().events()), (table.people(), table.events()));
        let told = sample.ask(&plan, as_of, Options::default()).unwrap();
        let answers = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
        for segment in plan.segments() {
            if let Ok(size) = told.size(segment) {
                let people = answers.members(segment).unwrap().count() as u64;
                prop_assert_eq!(size, Estimate { people, low: people, high: people });
            }
        }
    }

    #[test]
    fn the_sampled_are_answered_as_in_the_whole_table(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        as_of in time(),
        people_max in 0..5_usize,
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), 2, 1);
        let sample = Sample::of(&table, people_max, "salt").unwrap();
        prop_assert_eq!(sample.people(), people_max.min(table.people()));
        let few = batch::evaluate(&plan, sample.table(), as_of, Options::default()).unwrap();
        let all = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
        let told = sample.ask(&plan, as_of, Options::default()).unwrap();
        for segment in plan.segments().filter(|segment| told.size(segment).is_ok()) {
            // A rank among few people is another one than among all.
            if plan.only(&[segment]).unwrap().population_parts().iter().any(|part| part.text.starts_with("top ")
                || part.text.starts_with("bottom ") || part.text.starts_with("percentile ")) {
                continue;
            }
            for person in 0..sample.people() {
                let before = table.person(sample.table().id(person).unwrap()).unwrap();
                prop_assert_eq!(
                    few.members(segment).unwrap().contains(person),
                    all.members(segment).unwrap().contains(before),
                    "{} of\n{}", segment, plan.library()
                );
            }
        }
    }
}

const PEOPLE: i64 = 3_000;
const DEFINITIONS: &str = r#"
segment pro = plan = "pro"
segment buyers = did purchase at least 2 times
segment spenders = top 10 % by sum(price of purchase)
segment drawn = sample 10 % salt "salt 1"
segment best = top 100 by sum(price of purchase)
segment firms of organisation = plan = "pro"
"#;

/// People of whom each bought as often as a number of theirs says.
fn shop(plan: &Plan) -> Table {
    let mut builder = Table::builder(&Needs::of(plan));
    // Multiplied by an odd number modulo 2^32, people lie as if they were drawn.
    let mixed = |person: i64| ((person * 2_654_435_761) >> 9) & 0xffff;
    for person in 0..PEOPLE {
        let plan = if mixed(person) % 4 == 0 {
            "pro"
        } else {
            "free"
        };
        builder
            .person(person.into(), |_| Some(plan.into()))
            .unwrap();
    }
    for person in 0..PEOPLE {
        for time in 0..mixed(person) % 7 / 2 {
            let bought = Happened {
                name: "purchase",
                time: Timestamp::from_micros(time),
                position: 0,
                properties: vec![("price", Value::from(mixed(person) / 8))],
            };
            builder.occurrence(person.into(), &bought).unwrap();
        }
    }
    builder.finish().unwrap()
}

#[test]
fn the_truth_lies_within_the_bounds_about_as_often_as_they_say() {
    let plan = plan(DEFINITIONS);
    let (table, as_of) = (shop(&plan), "2026-03-01".parse().unwrap());
    let all = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
    let [pro, buyers, spenders, drawn] = ["pro", "buyers", "spenders", "drawn"]
        .map(|segment| all.members(segment).unwrap().bitmap());
    let truths = [
        pro.len(),
        buyers.len(),
        spenders.len(),
        drawn.len(),
        (&pro & &buyers).len(),
        (&pro & &spenders).len(),
        (&pro | &buyers).len(),
    ];
    let trials = 300;
    let mut within = [0; 7];
    for trial in 0..trials {
        let sample = Sample::of(&table, 300, &format!("salt {trial}")).unwrap();
        let told = sample.ask(&plan, as_of, Options::default()).unwrap();
        let estimates = [
            told.size("pro"),
            told.size("buyers"),
            told.size("spenders"),
            told.size("drawn"),
            told.overlap(&["pro", "buyers"]),
            told.overlap(&["pro", "spenders"]),
            told.reach(&["pro", "buyers"]),
        ];
        for ((within, truth), estimate) in within.iter_mut().zip(truths).zip(estimates) {
            let Estimate { low, high, .. } = estimate.unwrap();
            *within += u32::from((low..=high).contains(&truth));
        }
    }
    // 95 % are promised; of 300 trials, fewer than 91 % would be seen once in a thousand times.
    assert!(
        within.iter().all(|within| within * 100 > trials * 91),
        "{within:?} of {trials}"
    );
    // And bounds so wide that they always hold would say nothing.
    assert!(
        within[..2].iter().all(|within| within * 100 < trials * 99),
        "{within:?} of {trials}"
    );
}

#[test]
fn the_sampled_depend_on_their_ids_alone() {
    let plan = plan(DEFINITIONS);
    let sampled = |people: &mut dyn Iterator<Item = i64>, salt: &str| {
        let mut builder = Table::builder(&Needs::of(&plan));
        people.for_each(|person| builder.person(person.into(), |_| None).unwrap());
        let sample = Sample::of(&builder.finish().unwrap(), 20, salt).unwrap();
        let ids = (0..20).map(|person| sample.table().id(person).unwrap());
        let mut ids: Vec<i64> = ids
            .map(|id| match id {
                Id::Number(id) => id,
                Id::Text(_) => unreachable!(),
            })
            .collect();
        ids.sort_unstable();
        ids
    };
    let ids = sampled(&mut (0..100), "a");
    assert_eq!(sampled(&mut (0..100).rev(), "a"), ids);
    assert_ne!(sampled(&mut (0..100), "b"), ids);
    // Of a part of the people, those who were sampled before are sampled again.
    let few = sampled(&mut (0..50), "a");
    assert!(ids.iter().filter(|id| **id < 50).all(|id| few.contains(id)));
}

#[test]
fn what_a_sample_cannot_tell_is_refused() {
    let plan = plan(DEFINITIONS);
    let sample = Sample::of(&shop(&plan), 10, "a").unwrap();
    let told = sample
        .ask(&plan, Timestamp::default(), Options::default())
        .unwrap();
    let message = |segments: &[&str]| told.reach(segments).unwrap_err().to_string();
    assert_eq!(
        message(&["pro", "best", "firms"]),
        "a sample of people cannot tell of `top 100 by sum(price of purchase)` in `best`, `firms`, which is about \
         organisations: evaluate it for everybody"
    );
    assert_eq!(
        message(&["pro", "a", "b"]),
        "no segment `a`, `b` is defined"
    );
    assert_eq!(message(&[]), "no segment is asked about: name at least one");
}

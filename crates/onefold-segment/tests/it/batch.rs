//! The batch evaluator against the reference, over the whole language.

use std::sync::Arc;

use onefold_event::{Occurrence, Timestamp, Value};
use onefold_segment::{
    Library, Plan,
    ast::{Definition, Entity},
    batch::{self, Needs, Options, Table, Work},
};
use proptest::prelude::*;

use crate::random::{Everybody, definitions, everybody, time};

/// The world as a table.
pub(crate) fn table(
    everybody: &Everybody,
    needs: &Needs,
    chunk_people: usize,
    threads: usize,
) -> Table {
    let mut builder = Table::builder(needs).chunk_people(chunk_people);
    for person in &everybody.people {
        let known = &person.known;
        builder
            .person((&*known.id).into(), |name| known.traits.get(name).cloned())
            .unwrap();
    }
    builder.close();
    for organisation in &everybody.organisations {
        let id = (&*organisation.id).into();
        builder
            .organisation(id, |name| organisation.traits.get(name).cloned())
            .unwrap();
        for ((purpose, channel), state) in &organisation.consent {
            builder.consent(
                Entity::Organisation,
                id,
                purpose,
                channel.as_deref(),
                *state,
            );
        }
    }
    for person in &everybody.people {
        let id = (&*person.known.id).into();
        for happened in &person.past {
            builder.occurrence(id, happened).unwrap();
        }
        for ((purpose, channel), state) in &person.known.consent {
            builder.consent(Entity::Person, id, purpose, channel.as_deref(), *state);
        }
        for (organisation, role) in &person.memberships {
            let organisation = (&*everybody.organisations[*organisation].id).into();
            builder.membership(id, organisation, *role, Timestamp::MIN, None);
        }
    }
    builder.finish_on(threads).unwrap()
}

/// Ids as a table wants them: each once.
pub(crate) fn with_ids(mut everybody: Everybody) -> Everybody {
    for (number, person) in everybody.people.iter_mut().enumerate() {
        person.known.id = number.to_string();
    }
    for (number, organisation) in everybody.organisations.iter_mut().enumerate() {
        organisation.id = format!("o{number}");
    }
    everybody
}

/// Members and values as the reference has them.
pub(crate) fn check(
    everybody: &Everybody,
    plan: &Arc<Plan>,
    table: &Table,
    as_of: Timestamp,
    options: Options,
) -> Result<(), TestCaseError> {
    let answers = batch::evaluate(plan, table, as_of, options).unwrap();
    everybody.ask(plan.library(), as_of, |world| {
        for segment in plan.segments() {
            let expected = world.members(segment).unwrap();
            let found: Vec<usize> = answers.members(segment).unwrap().iter().collect();
            prop_assert_eq!(found, expected, "{} of\n{}", segment, plan.library());
        }
        for definition in plan.library().definitions() {
            let Definition::Trait { name, .. } = definition else {
                continue;
            };
            let values = batch::values(plan, table, as_of, name, options).unwrap();
            let expected = (0..values.as_ref().unwrap().len()).map(|at| world.value(name, at));
            let expected: Vec<Option<Value>> = expected.collect();
            prop_assert_eq!(values.unwrap(), expected, "{} of\n{}", name, plan.library());
        }
        Ok(())
    })
}

proptest! {
    #[test]
    fn everybody_is_where_the_reference_says(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        as_of in prop::collection::vec(time(), 1..3),
        chunk_people in 1..4_usize,
        threads in 1..4_usize,
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), chunk_people, threads);
        for as_of in as_of {
            check(&everybody, &plan, &table, as_of, Options { threads, ..Options::default() })?;
        }
    }

    #[test]
    fn a_table_of_more_than_is_needed_does_as_well(
        all in prop::collection::vec(definitions(), 2),
        everybody in everybody().prop_map(with_ids),
        as_of in time(),
    ) {
        let plans: Vec<_> = all
            .into_iter()
            .map(|definitions| Plan::compile(Library::new(definitions).unwrap()).unwrap())
            .collect();
        let needs = plans.iter().fold(Needs::default(), |needs, plan| needs.with(&Needs::of(plan)));
        let table = table(&everybody, &needs, 2, 1);
        for plan in &plans {
            check(&everybody, plan, &table, as_of, Options::default())?;
        }
    }
}

#[test]
fn an_occurrence_without_its_person_is_left_out_of_a_closed_universe() {
    let library = Library::parse("segment seen = did login").unwrap();
    let plan = Plan::compile(library).unwrap();
    let mut builder = Table::builder(&Needs::of(&plan));
    builder.person("ann".into(), |_| None).unwrap();
    let login = crate::random::Happened {
        name: "login",
        time: "2026-03-01".parse().unwrap(),
        position: 0,
        properties: Vec::new(),
    };
    for id in ["bob", "ann"] {
        builder
            .occurrence(id.into(), &login as &dyn Occurrence)
            .unwrap();
    }
    let error = builder.person("eve".into(), |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "people come before occurrences, because they are the universe"
    );
    let table = builder.finish().unwrap();
    let as_of = "2026-04-01".parse().unwrap();
    let answers = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
    assert_eq!((table.people(), table.events()), (1, 1));
    assert_eq!(
        answers.members("seen").unwrap().iter().collect::<Vec<_>>(),
        [0]
    );
}

#[test]
fn what_does_not_fit_is_told_before_it_runs() {
    let one = |text: &str| Plan::compile(Library::parse(text).unwrap()).unwrap();
    let plan = one("segment seen = did login");
    let table = Table::builder(&Needs::of(&plan)).finish().unwrap();
    let message = |plan: &Plan, memory_max| {
        let options = Options {
            threads: 1,
            memory_max,
        };
        let as_of = "2026-04-01".parse().unwrap();
        let answered = batch::evaluate(plan, &table, as_of, options);
        answered.map_or_else(|error| error.to_string(), |_| "done".into())
    };
    assert_eq!(message(&plan, 0), "done");
    assert_eq!(
        message(&one("segment seen = did login where device = \"tv\""), 0),
        "the table was not filled with `device` of the event `login`, which a definition reads: build it for the needs of this plan"
    );
    let mut builder = Table::builder(&Needs::of(&plan));
    for id in 0..10_000 {
        builder.person(id.into(), |_| None).unwrap();
    }
    let table = builder.finish().unwrap();
    let options = Options {
        threads: 1,
        memory_max: 1_000,
    };
    let error = batch::evaluate(&plan, &table, Timestamp::default(), options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the evaluation would take 3 KiB beyond the table, most of it for the answers; 0 KiB are allowed"
    );
}

proptest! {
    #[test]
    fn shares_of_the_work_add_up(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        as_of in time(),
        chunk_people in 1..4_usize,
        threads in 1..4_usize,
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let needs = Needs::of(&plan);
        let one = table(&everybody, &needs, 1 << 10, 1);
        let work = batch::work(&plan, &one, as_of, Options::default()).unwrap();
        let parted = table(&everybody, &needs, chunk_people, threads);
        let options = Options { threads, ..Options::default() };
        prop_assert_eq!(&batch::work(&plan, &parted, as_of, options).unwrap(), &work);
        for segment in &work {
            // Alone, a segment takes what it and those that it refers to share.
            let part = plan.only(&[&segment.segment]).unwrap();
            let part = batch::work(&part, &one, as_of, Options::default()).unwrap();
            let whole: Work = part.iter().map(|segment| segment.share).sum();
            prop_assert_eq!(segment.alone, whole, "{} of\n{}", segment.segment, plan.library());
        }
    }
}

#[test]
fn work_counts_what_is_looked_at() {
    let library = Library::parse(
        r#"
        segment many = did view in last 1 d at least 2 times
        segment mobile = did view where device = "phone"
        segment both = in many and in mobile
        segment rich = sum(price of purchase) > 5 and sum(price of purchase) < 9
        segment fast = sequence view then purchase within 1 d
        segment seen = did any event
        "#,
    );
    let plan = Plan::compile(library.unwrap()).unwrap();
    let mut builder = Table::builder(&Needs::of(&plan));
    let day = |day: i64| Timestamp::from_micros(day * 86_400_000_000);
    // Ann views on a phone twice and buys once; Bob views, and buys after the instant.
    for (id, name, time, device) in [
        ("ann", "view", 1, "phone"),
        ("ann", "view", 2, "phone"),
        ("ann", "purchase", 3, ""),
        ("bob", "view", 4, "tv"),
        ("bob", "purchase", 9, ""),
        ("cid", "login", 1, ""),
    ] {
        let happened = crate::random::Happened {
            name,
            time: day(time),
            position: 0,
            properties: vec![("device", device.into()), ("price", 7.into())],
        };
        builder.occurrence(id.into(), &happened).unwrap();
    }
    let table = builder.finish().unwrap();
    let work = batch::work(&plan, &table, day(5), Options::default()).unwrap();
    let alone: Vec<String> = work
        .iter()
        .map(|segment| format!("{}: {}", segment.segment, segment.alone))
        .collect();
    assert_eq!(
        alone,
        [
            "many: 3 rows, 3 entries, 2 people",
            "mobile: 3 rows, 2 entries, 1 people",
            "both: 6 rows, 5 entries, 3 people",
            // Of the two purchases one lies before the instant, and each of two questions is put to all three people.
            "rich: 2 rows, 1 entries, 7 people",
            "fast: 5 rows, 4 entries, 1 people",
            "seen: 0 rows, 5 entries, 3 people",
        ]
    );
}

//! Chains of definitions that fork at every link: what is there once is done once.
//!
//! Invariant: whoever follows a chain of 60 such links wherever it forks goes 2^60 ways, and no test here would end.

use std::{fmt::Write, sync::Arc};

use expect_test::expect;
use onefold_event::{AnchorId, Occurrence, PersonIndex, Value};
use onefold_segment::{
    Catalogue, Cause, Class, Explanation, Library, Live, Plan, Standing,
    batch::{self, Needs, Options},
    estimate::Sample,
    funnel,
    reference::{self, Person},
    sql::{self, Dialect, Layout},
    stream::Stream,
};

use crate::{
    batch::{check, table},
    meaning::{day, read},
    random::{Everybody, Known, Somebody},
};

/// More cannot be there: a chain is up to 64 long.
const LONG: usize = 60;

/// Traits and segments of people and of organisations, each of which refers to the one before it twice.
fn chain(links: usize) -> Library {
    let mut text = String::from(
        "trait t0 = count(order)
         segment s0 = did order at least 2 times
         segment u0 = t0 > 2
         segment o0 of organisation = plan = \"pro\"
         segment m0 of organisation = any member (did order)
         trait v0 of organisation = sum over members (t0)
         ",
    );
    for link in 1..=links {
        let before = link - 1;
        // The value stays what it is, so that nothing overflows.
        writeln!(
            text,
            "trait t{link} = t{before} + t{before} - t{before}
             trait v{link} of organisation = v{before} + v{before} - v{before}
             segment s{link} = in s{before} or in s{before}
             segment u{link} among u{before} = in u{before}
             segment o{link} of organisation = in o{before} or in o{before}
             segment m{link} of organisation = in m{before} or not not in m{before}"
        )
        .unwrap();
    }
    write!(
        text,
        "segment number = t{links} > 1
         segment equal = t{links} + t{links} = 2 * t{links}
         segment best among u{links} = top 50 % by t{links} + t{links}
         segment theirs = any organisation (in o{links} or in o{links})
         segment with = any organisation (in m{links})
         segment large of organisation = v{links} > 1
         segment in_large = any organisation (v{links} > 1)
         segment walk = in s{links} and in s{links} and sequence order then order"
    )
    .unwrap();
    Library::parse(&text).unwrap()
}

/// As [`chain`], of what a person's own past tells.
fn chain_of_one(links: usize) -> Library {
    let asks_others = |name: &str| {
        name.starts_with(['m', 'v']) || ["best", "with", "large", "in_large"].contains(&name)
    };
    let mut definitions = chain(links).definitions().to_vec();
    definitions.retain(|definition| !asks_others(definition.name()));
    Library::new(definitions).unwrap()
}

fn long() -> Arc<Plan> {
    Plan::compile(chain(LONG)).unwrap()
}

/// Ann ordered three times, bob once and eve never; ann and bob are in acme.
fn world() -> Everybody {
    let past = read("ann 1 order\nann 2 order\nann 3 order\nbob 2 order");
    let member = |number: u32, id: &str, memberships: &[(usize, Option<&'static str>)]| Somebody {
        past: past
            .iter()
            .filter(|(person, _)| *person == number)
            .map(|(_, happened)| happened.clone())
            .collect(),
        known: Known {
            id: id.into(),
            ..Known::default()
        },
        memberships: memberships.to_vec(),
    };
    let acme = Known {
        id: "acme".into(),
        traits: [("plan".to_owned(), Value::from("pro"))].into(),
        ..Known::default()
    };
    Everybody {
        people: vec![
            member(0, "ann", &[(0, None)]),
            member(1, "bob", &[(0, None)]),
            member(2, "eve", &[]),
        ],
        organisations: vec![acme],
    }
}

#[test]
fn a_plan_is_told_once_a_link() {
    let library = chain(LONG);
    assert!(library.lint(&Catalogue::default()).len() <= library.definitions().len());
    let sentence = library.english().iter().map(String::len).max().unwrap();
    let definition = library.definitions().iter().map(|it| it.to_string().len());
    assert!(sentence < 500 && definition.max().unwrap() < 500);
    assert_eq!(Library::from_json(&library.to_json()).unwrap(), library);

    let plan = Plan::compile(library).unwrap();
    let costs = plan.costs();
    let class = |name: &str| {
        costs
            .iter()
            .find(|cost| *cost.segment == *name)
            .unwrap()
            .class
    };
    assert_eq!(class("number"), Class::KeyedTimer);
    assert_eq!(
        (class("theirs"), class("with")),
        (Class::Local, Class::Population)
    );
    assert_eq!(
        (class("best"), class("in_large")),
        (Class::Population, Class::Population)
    );
    let parts: Vec<String> = plan
        .population_parts()
        .iter()
        .map(|part| part.text.to_string())
        .collect();
    assert_eq!(parts.len(), 3, "{parts:?}");

    let part = plan.only(&["theirs"]).unwrap();
    assert_eq!(part.segments().len(), LONG + 2);
    assert_eq!(part.computed_traits().len(), 2 * (LONG + 1));
    let (steps, extended) = funnel::steps(plan.library(), "walk").unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(
        extended.definitions().len(),
        plan.library().definitions().len() + 2
    );
}

#[test]
fn a_statement_grows_by_the_same_with_each_link() {
    let layout = Layout {
        people: Some("people".into()),
        memberships: Some("memberships".into()),
        organisations: Some("organisations".into()),
        ..Layout::default()
    };
    for dialect in Dialect::ALL {
        let length = |links| {
            let plan = Plan::compile(chain(links)).unwrap();
            sql::statement(&plan, dialect, &layout, day("9"))
                .unwrap()
                .len()
        };
        let [first, second, third] = [20, 40, 60].map(length);
        assert!(
            third - second < (second - first) * 5 / 4,
            "{dialect:?}: {first} {second} {third}"
        );
    }
}

#[test]
fn a_table_is_answered_as_by_the_reference() {
    let world = world();
    for links in [1, 8, LONG] {
        let plan = Plan::compile(chain(links)).unwrap();
        for chunk_people in [1, 3] {
            let table = table(&world, &Needs::of(&plan), chunk_people, 1);
            check(&world, &plan, &table, day("9"), Options::default()).unwrap();
        }
    }
    let plan = long();
    let table = table(&world, &Needs::of(&plan), 3, 1);
    let answers = batch::evaluate(&plan, &table, day("9"), Options::default()).unwrap();
    let members = |name: &str| answers.members(name).unwrap().iter().collect::<Vec<_>>();
    let value = |name: &str| {
        batch::values(&plan, &table, day("9"), name, Options::default())
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        value("t60"),
        [3, 1, 0].map(|count: i64| Some(Value::from(count)))
    );
    assert_eq!(value("v60"), [Some(Value::from(4_i64))]);
    assert_eq!(
        (members("number"), members("equal")),
        (vec![0], vec![0, 1, 2])
    );
    assert_eq!(
        (members("theirs"), members("with"), members("in_large")),
        (vec![0, 1], vec![0, 1], vec![0, 1])
    );
    assert_eq!((members("best"), members("walk")), (vec![0], vec![0]));

    let sample = Sample::of(&table, 3, "salt").unwrap();
    let told = sample.ask(&plan, day("9"), Options::default()).unwrap();
    assert_eq!(told.size("theirs").unwrap().people, 2);
    assert!(
        told.size("with")
            .unwrap_err()
            .to_string()
            .contains("`any member (did order)`")
    );
}

#[test]
fn work_is_that_of_the_first_link() {
    let plan = long();
    let table = table(&world(), &Needs::of(&plan), 3, 1);
    let work = batch::work(&plan, &table, day("9"), Options::default()).unwrap();
    let alone = |name: &str| work.iter().find(|it| *it.segment == *name).unwrap().alone;
    assert_eq!(alone("s60"), alone("s0"));
    assert_eq!(alone("o60"), alone("o0"));
    assert_eq!(alone("m60"), alone("m0"));
}

/// Everybody of [`world`], as one evaluator at a time knows them.
fn known(world: &Everybody) -> Vec<Known> {
    let one = |person: &Somebody| {
        let all = person.memberships.iter();
        let organisations = all.map(|(at, _)| (Vec::new(), world.organisations[*at].clone()));
        Known {
            organisations: organisations.collect(),
            ..person.known.clone()
        }
    };
    world.people.iter().map(one).collect()
}

fn past(person: &Somebody) -> Vec<&dyn Occurrence> {
    person.past.iter().map(|happened| happened as _).collect()
}

#[test]
fn one_person_is_answered_as_by_the_reference() {
    let world = world();
    for links in [1, 8, LONG] {
        let library = chain_of_one(links);
        let plan = Plan::compile(library.clone()).unwrap();
        let mut live = Live::new(Arc::clone(&plan)).unwrap();
        let mut stream = Stream::new(Arc::clone(&plan), day("9")).unwrap();
        for (number, (somebody, known)) in (0..).zip(world.people.iter().zip(known(&world))) {
            let (person, anchors) = (PersonIndex(number), [AnchorId(number)]);
            for happened in &somebody.past {
                live.observe(AnchorId(number), happened);
                stream.observe_occurrence(person, happened, &world, &mut |_| {});
            }
            live.refresh(
                person,
                &anchors,
                &known,
                day("9"),
                Cause::Event,
                &mut Vec::new(),
            );
            stream.traits_changed(
                person,
                &known,
                onefold_segment::stream::Cause::Trait,
                &mut |_| {},
            );
            let asked = Person {
                occurrences: &past(somebody),
                traits: &known,
                as_of: day("9"),
            };
            for name in plan.segments() {
                let expected = reference::contains(&library, name, asked).unwrap();
                let code = stream.segment(name).unwrap();
                assert_eq!(
                    live.contains(name, person),
                    expected,
                    "{name} of {}",
                    known.id
                );
                assert_eq!(
                    stream.contains(code, person),
                    expected,
                    "{name} of {}",
                    known.id
                );
                assert_eq!(
                    live.evaluate(name, &anchors, &known, day("9")),
                    Some(expected)
                );
            }
            for name in plan.computed_traits() {
                let expected = reference::value(&library, name, asked);
                assert_eq!(live.value(name, &anchors, &known, day("9")), expected);
            }
        }
    }
}

impl onefold_segment::stream::History for Everybody {
    fn occurrences(&self, person: PersonIndex, visit: &mut dyn FnMut(&dyn Occurrence)) {
        past(&self.people[person.0 as usize])
            .into_iter()
            .for_each(visit);
    }
}

/// Ann, with a standing answer for what depends on others.
fn explained(links: usize, segment: &str) -> Explanation {
    let plan = Plan::compile(chain(links)).unwrap();
    let parts = plan.population_parts();
    let standing = parts.iter().fold(Standing::new(), |standing, part| {
        standing.with(part, day("8"), ["ann", "acme"])
    });
    assert!(Stream::with_standing(Arc::clone(&plan), day("9"), standing.clone()).is_ok());
    let mut live = Live::standing(plan, standing).unwrap();
    let world = world();
    for happened in &world.people[0].past {
        live.observe(AnchorId(0), happened);
    }
    live.explain(segment, &[AnchorId(0)], &known(&world)[0], day("9"))
        .unwrap()
}

#[test]
fn each_link_is_explained_once() {
    for name in [
        "number", "equal", "best", "theirs", "with", "in_large", "walk",
    ] {
        let lines = |links| explained(links, name).to_string().lines().count();
        let [first, second, third] = [20, 40, 60].map(lines);
        assert_eq!(third - second, second - first, "{name}");
        let explanation = explained(LONG, name);
        assert!(
            explanation.held && explanation.outlook.unwrap().nearest.len() <= 2,
            "{name}"
        );
    }
    let explained = explained(2, "walk");
    expect![[r#"
        yes: in walk
          yes: all of
            yes: in s2
              yes: any of
                yes: in s1
                  yes: any of
                    yes: in s0
                      yes: did order at least 2 times (found 3)
                    yes: in s0 (found what is told above)
                yes: in s1 (found what is told above)
            yes: in s2 (found what is told above)
            yes: sequence order then order (found all 2 steps)
        stays unless something happens
          way out: did order at least 2 times: 3, not 1; 2 fewer"#]]
    .assert_eq(&format!(
        "{explained}\n{}",
        explained.outlook.as_ref().unwrap()
    ));
}

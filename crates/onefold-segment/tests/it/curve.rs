//! Curves and back-tests against the reference, asked person by person.

use std::collections::BTreeSet;

use onefold_event::{Result, Timestamp};
use onefold_segment::{
    Library, Plan,
    backtest::{Followed, Hypothesis, backtest},
    batch::{self, Needs, Options, Table},
    curve::{Point, curve},
};
use proptest::prelude::*;

use crate::{
    batch::{table, with_ids},
    random::{Everybody, definitions, everybody, time},
};

fn expected_points(
    everybody: &Everybody,
    library: &Library,
    segment: &str,
    dates: &[Timestamp],
) -> Vec<Point> {
    let mut before: Option<BTreeSet<usize>> = None;
    let point = |at: &Timestamp| {
        let now = members(everybody, library, segment, *at);
        let earlier = before.replace(now.clone()).unwrap_or_else(|| now.clone());
        Point {
            at: *at,
            members: now.len() as u64,
            entered: now.difference(&earlier).count() as u64,
            left: earlier.difference(&now).count() as u64,
        }
    };
    dates.iter().map(point).collect()
}

fn members(
    everybody: &Everybody,
    library: &Library,
    segment: &str,
    as_of: Timestamp,
) -> BTreeSet<usize> {
    everybody.ask(library, as_of, |world| {
        world.members(segment).unwrap().into_iter().collect()
    })
}

/// Those of some people who had the outcome, and those who had not.
fn followed(people: impl Iterator<Item = usize>, outcome: &BTreeSet<usize>) -> Followed {
    let (with, without): (Vec<usize>, Vec<usize>) = people.partition(|it| outcome.contains(it));
    Followed {
        with_outcome: with.len() as u64,
        without: without.len() as u64,
    }
}

proptest! {
    #[test]
    fn a_curve_is_what_the_reference_says_at_each_date(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        dates in prop::collection::btree_set(time(), 0..5),
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), 2, 1);
        let dates: Vec<Timestamp> = dates.into_iter().collect();
        for segment in plan.segments() {
            let found = curve(&plan, &table, segment, &dates, Options::default()).unwrap();
            let expected = expected_points(&everybody, plan.library(), segment, &dates);
            prop_assert_eq!(found, expected, "{} of\n{}", segment, plan.library());
        }
    }

    #[test]
    fn a_back_test_counts_everybody_once(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        instants in prop::collection::btree_set(time(), 2),
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), 2, 1);
        let [at, until] = [*instants.first().unwrap(), *instants.last().unwrap()];
        for segment in plan.segments() {
            for outcome in plan.segments() {
                let asked = Hypothesis { segment, at, outcome, until };
                let found = match backtest(&plan, &table, &asked, Options::default()) {
                    Ok(found) => found,
                    Err(error) => {
                        let told = error.to_string();
                        prop_assert!(told.ends_with("compare like with like"), "{}", told);
                        continue;
                    }
                };
                let then = members(&everybody, plan.library(), segment, at);
                let outcome = members(&everybody, plan.library(), outcome, until);
                let is_other = |person: &usize| !then.contains(person);
                let universe = usize::try_from(found.everybody().people()).unwrap();
                prop_assert!(universe == table.people() || universe == table.organisations());
                prop_assert_eq!(found.members, followed(then.iter().copied(), &outcome));
                prop_assert_eq!(found.others, followed((0..universe).filter(is_other), &outcome));
            }
        }
    }

    #[test]
    fn a_part_of_a_plan_answers_as_the_whole(
        definitions in definitions(),
        everybody in everybody().prop_map(with_ids),
        as_of in time(),
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let table = table(&everybody, &Needs::of(&plan), 2, 1);
        let whole = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
        for segment in plan.segments() {
            let part = plan.only(&[segment]).unwrap();
            let part = batch::evaluate(&part, &table, as_of, Options::default()).unwrap();
            prop_assert_eq!(part.members(segment), whole.members(segment));
        }
    }
}

/// A plan, and a table of a person to whom nothing happened.
fn small() -> (std::sync::Arc<Plan>, Table) {
    let library = "segment known = did login\nsegment firms of organisation = plan = \"pro\"";
    let plan = Plan::compile(Library::parse(library).unwrap()).unwrap();
    let mut builder = Table::builder(&Needs::of(&plan));
    builder.person("ann".into(), |_| None).unwrap();
    let table = builder.finish().unwrap();
    (plan, table)
}

fn day(day: u32) -> Timestamp {
    format!("2026-03-{day:02}").parse().unwrap()
}

fn message<T>(result: Result<T>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn dates_out_of_order_are_refused() {
    let (plan, table) = small();
    let ask = |segment, dates: &[Timestamp]| {
        message(curve(&plan, &table, segment, dates, Options::default()))
    };
    let expected = "the date `2026-03-02T00:00:00Z` is not after `2026-03-02T00:00:00Z`: \
                    give each date once, the earliest first";
    assert_eq!(ask("known", &[day(1), day(2), day(2)]), expected);
    assert_eq!(ask("unknown", &[]), "no segment `unknown` is defined");
}

#[test]
fn a_hypothesis_that_makes_no_sense_is_refused() {
    let (plan, table) = small();
    let ask = |segment, outcome, until| {
        let at = day(2);
        let asked = Hypothesis {
            segment,
            at,
            outcome,
            until,
        };
        message(backtest(&plan, &table, &asked, Options::default()))
    };
    assert_eq!(
        ask("known", "firms", day(2)),
        "the outcome is asked at `2026-03-02T00:00:00Z`, which is not after `2026-03-02T00:00:00Z`: give a later \
         instant; of `known` and `firms`, one is about people and the other about organisations: compare like with like"
    );
    assert_eq!(ask("a", "b", day(3)), "no segment `a`, `b` is defined");
}

#[test]
fn rates_have_the_bounds_of_wilson() {
    let followed = Followed {
        with_outcome: 8,
        without: 2,
    };
    let rate = followed.rate().unwrap();
    // Wilson's score interval of 8 in 10 as R's prop.test(8, 10, correct = FALSE) has it.
    let digits = [rate.share, rate.low, rate.high].map(|share| (share * 1e4).round() as u32);
    assert_eq!(digits, [8_000, 4_902, 9_433]);
    assert_eq!(Followed::default().rate(), None);
}

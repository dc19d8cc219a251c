//! Segments over a stream of clicks in memory: eight of every kind, alone and together, and a hundred counts.
//! Processor milliseconds of one evaluation, and the memory beyond the table.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench talks to its terminal, and its own input is right"
)]

use std::{fmt::Write, hint::black_box, sync::Arc};

use onefold::{
    event::{Timestamp, Value},
    segment::{
        Library, Plan,
        batch::{self, Needs, Options, SegmentWork, Table},
        estimate::Sample,
    },
};
use onefold_benches::{
    clickstream::{Clicks, NAMES, PLANS},
    measure::{Size, measure, peak_mib},
    random::Random,
};

const DEFINITIONS: &str = include_str!("../examples/configs/clickstream.segments");
const DAYS: u32 = 90;
/// As of 2026-04-01.
const AS_OF: i64 = 1_775_001_600_000_000;

fn main() {
    let size = Size::of_run();
    let (people, events) = size.pick((20_000, 400_000), (1_000_000, 20_000_000));
    let rounds = size.pick(1, 11);
    let all = plan(DEFINITIONS);
    let counts = plan(&counts(100));
    let needs = Needs::of(&all).with(&Needs::of(&counts));
    let clicks = Clicks::new(events, people, DAYS, 7);
    let (table, cost) = measure(|| table(&needs, people, &clicks));
    drop(clicks);
    println!(
        "{} events of {} people, {:.0} MiB, filled in {:.1} s",
        table.events(),
        table.people(),
        table.bytes() as f64 / 1_048_576.0,
        cost.cpu
    );
    println!(
        "{:<16} {:>10} {:>10} {:>14}",
        "segments", "cpu ms", "members", "MiB beyond"
    );
    for name in all.segments() {
        let alone = all.only(&[name]).expect("the segment is one of the plan");
        report(name, &alone, &table, rounds);
    }
    report("all eight", &all, &table, rounds);
    report("100 counts", &counts, &table, rounds);
    let sampled = size.pick(1_024, 16_384);
    let (sample, cost) = measure(|| Sample::of(&table, sampled, "bench"));
    let sample = sample.expect("a part of a table can be filled");
    println!(
        "a sample of {sampled} people, drawn in {:.0} ms",
        cost.cpu * 1e3
    );
    report("eight of them", &all, sample.table(), rounds * 10);
    estimate(&all, &table, &sample);
    for segment in work(&all, &table) {
        println!("{segment}");
    }
}

/// What the sample says of each size, beside the size.
fn estimate(plan: &Plan, table: &Table, sample: &Sample) {
    let as_of = Timestamp::from_micros(AS_OF);
    let told = sample.ask(plan, as_of, Options::default());
    let answers = batch::evaluate(plan, table, as_of, Options::default());
    let (Ok(told), Ok(answers)) = (told, answers) else {
        println!("the sample failed");
        return;
    };
    for (name, members) in plan.segments().zip(answers.iter()) {
        if let Ok(estimate) = told.size(name) {
            let (people, low, high) = (estimate.people, estimate.low, estimate.high);
            let truth = members.count();
            println!("{name:<16} {people:>10} ({low} to {high}), in truth {truth}");
        }
    }
}

fn work(plan: &Plan, table: &Table) -> Vec<SegmentWork> {
    let as_of = Timestamp::from_micros(AS_OF);
    let (work, cost) = measure(|| batch::work(plan, table, as_of, Options::default()));
    println!(
        "the work of each segment, counted in {:.0} ms",
        cost.cpu * 1e3
    );
    work.unwrap_or_default()
}

fn report(name: &str, plan: &Plan, table: &Table, rounds: usize) {
    let as_of = Timestamp::from_micros(AS_OF);
    let run = || batch::evaluate(plan, table, as_of, Options::default());
    let Ok(answers) = run() else {
        println!("{name}: failed");
        return;
    };
    let last = answers.iter().last().map_or(0, batch::Members::count);
    let before = reset_peak();
    let (_, cost) = measure(|| (0..rounds).for_each(|_| drop(black_box(run()))));
    let beyond = peak_mib() - before;
    let milliseconds = cost.cpu * 1e3 / rounds as f64;
    println!("{name:<16} {milliseconds:>10.1} {last:>10} {beyond:>14.1}");
}

/// The memory that is in use, from which on the peak counts again; where the system cannot, the peak so far.
fn reset_peak() -> f64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak_mib()
}

fn plan(definitions: &str) -> Arc<Plan> {
    let library = Library::parse(definitions).expect("the definitions of the bench are right");
    Plan::compile(library).expect("the definitions of the bench can be compiled")
}

/// Thresholds of counts in windows from a day to 90.
fn counts(number: usize) -> String {
    let mut random = Random::new(5);
    let mut text = String::new();
    for at in 0..number {
        let event = random.pick(&NAMES);
        let days = [90, 60, 30, 14, 7, 1]
            .get(random.index(6))
            .copied()
            .unwrap_or(1);
        let times = 1 + random.below(10);
        let _ = writeln!(
            text,
            "segment s{at} = did {event} in last {days} d at least {times} times"
        );
    }
    text
}

fn table(needs: &Needs, people: usize, clicks: &Clicks) -> Table {
    let mut random = Random::new(3);
    let mut builder = Table::builder(needs);
    for (person, plan) in (0_i64..).zip(&clicks.plans).take(people) {
        let country = random.pick(&["US", "US", "DE", "GB", "FR"]);
        let plan = PLANS.get(usize::from(*plan)).copied().unwrap_or_default();
        let age = 16 + random.below(64) as i64;
        let traits = |name: &str| match name {
            "country" => Some(Value::from(country)),
            "plan" => Some(Value::from(plan)),
            "age" => Some(Value::from(age)),
            _ => None,
        };
        builder
            .person(person.into(), traits)
            .expect("people are different");
    }
    for seen in clicks.seen() {
        let added = builder.occurrence(i64::from(seen.click.person).into(), &seen);
        added.expect("there are few people");
    }
    builder.finish().expect("chunks are small")
}

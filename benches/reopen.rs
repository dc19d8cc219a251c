//! A million people and ten million events: reopening by checkpoint, a full rebuild, and reads.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use onefold::{
    CollectionBasis, Identifier, IdentifierKind, Onefold, SourceName, Timestamp, Use,
    connect::Item,
    consent::{Action, Channel, ConsentEntry, Evidence, Purpose},
};
use onefold_benches::{
    events::Events,
    measure::{Size, measure, median, peak_mib},
    random::Random,
};

const SEGMENTS: &str = r#"
segment buyers = did "Order Completed" in last 30 d
segment pro_spenders = plan = "pro" and sum(total of "Order Completed") >= 500
"#;

fn main() {
    let size = Size::of_run();
    let (events, people) = size.pick((10_000u64, 1_000u64), (10_000_000, 1_000_000));
    let directory = tempfile::tempdir().unwrap();
    // Filling takes minutes: a store that an earlier run left can be measured again.
    let kept = std::env::var_os("ONEFOLD_BENCH_STORE").map(PathBuf::from);
    let store = kept.unwrap_or_else(|| directory.path().to_path_buf());
    if !store.join("log").exists() {
        fill(&store, events, people);
    }
    let rounds = size.pick(1, 5);
    let mut opened = Vec::new();
    for _ in 0..rounds {
        let (hub, cost) = measure(|| open(store.as_path()));
        opened.push(cost.wall);
        drop(hub);
    }
    println!(
        "reopen by checkpoint: {:.2} s wall (median of {rounds}), peak {:.0} MiB",
        median(opened),
        peak_mib()
    );
    reads(&open(store.as_path()), people, size.pick(1_000, 200_000));
    std::fs::remove_file(store.as_path().join("checkpoint.ofc")).unwrap();
    let (hub, cost) = measure(|| open(store.as_path()));
    let totals = hub.snapshot().totals();
    println!(
        "full rebuild from the log: {:.1} CPU s, {:.1} s wall, {:.0} events/s of wall, {:.0} per core",
        cost.cpu,
        cost.wall,
        totals.events as f64 / cost.wall,
        totals.events as f64 / cost.cpu.max(0.01),
    );
}

fn open(directory: &Path) -> Onefold {
    Onefold::builder()
        .segments(SEGMENTS)
        .memory_mib_max(16_384)
        .open(directory)
        .unwrap()
}

fn user(person: u64) -> Identifier {
    Identifier::generic(IdentifierKind::user_id(), &format!("u{person:07}")).unwrap()
}

fn newsletter() -> Use {
    Use::new(
        Purpose::new("newsletter").unwrap(),
        Channel::new("email").unwrap(),
    )
}

fn fill(directory: &Path, events: u64, people: u64) {
    let hub = open(directory);
    let source = SourceName::new("bench").unwrap();
    let (mut lines, mut text) = (Events::new(people, 7), String::new());
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let every_third: Vec<u64> = (0..people).step_by(3).collect();
    for batch in every_third.chunks(8_000) {
        let entry = |person: &u64| {
            let purpose = Purpose::new("newsletter").unwrap();
            let entry = ConsentEntry::new(
                user(*person),
                purpose,
                Action::Grant,
                Timestamp::from_micros(0),
            );
            Item::from(
                entry
                    .channel(Channel::new("email").unwrap())
                    .evidence(Evidence::by_method("bench")),
            )
        };
        let items = batch.iter().map(entry).collect();
        let _fates = hub
            .ingest(&source, CollectionBasis::Contract, items)
            .unwrap();
    }
    let started = Instant::now();
    for _ in 0..events / 5_000 {
        text.clear();
        (0..5_000).for_each(|_| lines.write(&mut text));
        let items = text
            .lines()
            .map(|line| Item::from(onefold::Event::from_json(line, now).unwrap()))
            .collect();
        let _fates = hub
            .ingest(&source, CollectionBasis::Contract, items)
            .unwrap();
    }
    let people = hub.snapshot().people_count();
    println!(
        "{events} events of {people} people in {:.0} s, peak {:.0} MiB",
        started.elapsed().as_secs_f64(),
        peak_mib()
    );
    let (done, cost) = measure(|| hub.close());
    done.unwrap();
    println!("checkpoint at close: {:.1} s wall", cost.wall);
}

/// Latency of single reads, with the distribution's tail: percentiles bear a busy machine better than means.
fn reads(hub: &Onefold, people: u64, count: u64) {
    let (mut random, request, now) = (Random::new(3), newsletter(), hub.now());
    let (mut lookups, mut decisions) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let identifier = user(random.below(people));
        let started = Instant::now();
        let person = hub.person(&identifier);
        let plan = person
            .as_ref()
            .and_then(|person| person.trait_value("plan"));
        lookups.push(started.elapsed().as_secs_f64() * 1e6);
        std::hint::black_box(plan);
        if let Some(person) = person {
            let started = Instant::now();
            let _decision = std::hint::black_box(person.decide(&request, now));
            decisions.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    report("profile lookup by identifier", lookups);
    report("consent decision", decisions);
}

fn report(name: &str, mut micros: Vec<f64>) {
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| {
        micros
            .get((micros.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{name}: p50 {:.2} us, p99 {:.2} us, p99.9 {:.2} us",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

//! Durable ingest through the facade: seal, log, dedup, identity, profile, two live segments, consent.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench talks to its terminal and may fail"
)]

use onefold::{
    CollectionBasis, Event, Onefold, SourceName, Timestamp,
    connect::Item,
    consent::{Action, Channel, ConsentEntry, Evidence, Purpose},
};
use onefold_benches::{
    events::Events,
    measure::{Size, measure, peak_mib},
};

const SEGMENTS: &str = r#"
segment buyers = did "Order Completed" in last 30 d
segment pro_spenders = plan = "pro" and sum(total of "Order Completed") >= 500
"#;
const GROUP: u64 = 1_000;

fn main() {
    let size = Size::of_run();
    let (events, people) = size.pick((20_000u64, 2_000u64), (1_000_000, 100_000));
    let directory = tempfile::tempdir().unwrap();
    let hub = Onefold::builder()
        .segments(SEGMENTS)
        .memory_mib_max(16_384)
        .open(directory.path())
        .unwrap();
    let source = SourceName::new("bench").unwrap();
    grant(&hub, &source, people);
    let mut lines = Events::new(people, 7);
    let (mut decode_cpu, mut ingest_cpu, mut wall) = (0.0, 0.0, 0.0);
    let mut accepted = 0;
    // In slices, so that the input's own memory stays small beside what is measured.
    for _ in 0..events / (GROUP * 10) {
        let mut text = String::new();
        (0..GROUP * 10).for_each(|_| lines.write(&mut text));
        let (batches, decoded) = measure(|| batches(&text));
        let (count, ingested) = measure(|| feed(&hub, &source, batches));
        decode_cpu += decoded.cpu;
        ingest_cpu += ingested.cpu;
        wall += ingested.wall;
        accepted += count;
    }
    let statistics = hub.store_statistics();
    println!("{accepted} events accepted in groups of {GROUP}, {people} people");
    println!(
        "decode      {decode_cpu:>7.2} CPU s  {:>9.0} events/s",
        accepted as f64 / decode_cpu.max(0.01)
    );
    println!(
        "ingest      {ingest_cpu:>7.2} CPU s  {:>9.0} events/s per core",
        accepted as f64 / ingest_cpu.max(0.01)
    );
    println!(
        "ingest wall {wall:>7.2} s      {:>9.0} events/s",
        accepted as f64 / wall
    );
    println!(
        "log {} bytes an event ({} clear), state {} bytes a person, peak {:.0} MiB",
        statistics.bytes_sealed / accepted,
        statistics.bytes_clear / accepted,
        hub.snapshot().memory_bytes() as u64 / people,
        peak_mib()
    );
}

fn grant(hub: &Onefold, source: &SourceName, people: u64) {
    let entry = |person: u64| {
        let subject = onefold::Identifier::generic(
            onefold::IdentifierKind::user_id(),
            &format!("u{person:07}"),
        );
        let (purpose, channel) = (
            Purpose::new("newsletter").unwrap(),
            Channel::new("email").unwrap(),
        );
        let entry = ConsentEntry::new(
            subject.unwrap(),
            purpose,
            Action::Grant,
            Timestamp::from_micros(0),
        );
        Item::from(
            entry
                .channel(channel)
                .evidence(Evidence::by_method("bench")),
        )
    };
    let people: Vec<u64> = (0..people).step_by(10).collect();
    for batch in people.chunks(GROUP as usize) {
        let items = batch.iter().map(|person| entry(*person)).collect();
        let _fates = hub
            .ingest(source, CollectionBasis::Contract, items)
            .unwrap();
    }
}

fn batches(text: &str) -> Vec<Vec<Item>> {
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let items: Vec<Item> = text
        .lines()
        .map(|line| Item::from(Event::from_json(line, now).unwrap()))
        .collect();
    let mut items = items.into_iter().peekable();
    let mut batches = Vec::new();
    while items.peek().is_some() {
        batches.push(items.by_ref().take(GROUP as usize).collect());
    }
    batches
}

/// As many batches on their way as the queue takes, as a busy service has them.
fn feed(hub: &Onefold, source: &SourceName, batches: Vec<Vec<Item>>) -> u64 {
    let submit = |items| {
        hub.submit(source, CollectionBasis::Contract, items)
            .unwrap()
    };
    let tickets: Vec<_> = batches.into_iter().map(submit).collect();
    let fates = tickets
        .into_iter()
        .flat_map(|ticket| ticket.wait().unwrap());
    fates.filter(|fate| fate.position().is_some()).count() as u64
}

//! JSON Lines to events with the envelope typed, beside serde_json with raw values on the same lines.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{borrow::Cow, hint::black_box, io::Cursor};

use onefold::{
    SourceName,
    connect::{FileSource, Source, SourceConfig},
};
use onefold_benches::{
    events::Events,
    measure::{Cost, Size, measure, median, peak_mib},
};
use serde::Deserialize;
use serde_json::value::RawValue;

fn main() {
    let size = Size::of_run();
    let (lines, rounds) = (size.pick(20_000u64, 250_000), size.pick(1, 5));
    let mut text = String::new();
    let mut events = Events::new(lines / 10, 42);
    (0..lines).for_each(|_| events.write(&mut text));
    let bytes = text.len();
    println!(
        "{lines} events, {:.1} MB, {} bytes each",
        bytes as f64 / 1e6,
        bytes as u64 / lines
    );
    let before = peak_mib();
    let (mut ours, mut envelope, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(measure(|| assert_eq!(through_source(&text), lines)).1);
        envelope.push(measure(|| assert_eq!(events_only(&text), lines)).1);
        theirs.push(measure(|| assert_eq!(through_serde_json(&text), lines)).1);
    }
    println!("reader                                CPU s    events/s     MB/s");
    report("JSON Lines source (items, ids)", &ours, lines, bytes);
    report("Event::from_json", &envelope, lines, bytes);
    report("serde_json, raw values (peer)", &theirs, lines, bytes);
    let ratio = median(cpu(&theirs)) / median(cpu(&envelope));
    println!("Event::from_json / serde_json: {ratio:.2} times its rate");
    println!("memory beyond the input: {:.0} MiB", peak_mib() - before);
}

fn cpu(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|cost| cost.cpu).collect()
}

fn report(name: &str, costs: &[Cost], lines: u64, bytes: usize) {
    let cpu = median(cpu(costs)).max(0.01);
    println!(
        "{name:<36} {cpu:>6.2} {:>11.0} {:>8.0}",
        lines as f64 / cpu,
        bytes as f64 / 1e6 / cpu
    );
}

fn through_source(text: &str) -> u64 {
    let name = SourceName::new("bench").unwrap();
    let config = SourceConfig::segment_events(name, "lines");
    let now = onefold::Timestamp::from_micros(1_800_000_000_000_000);
    let reader = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let mut source = FileSource::from_reader(&config, reader, now).unwrap();
    let mut count = 0;
    while let Some(items) = source.next_batch(1_000).unwrap() {
        count += black_box(&items).len() as u64;
    }
    count
}

fn events_only(text: &str) -> u64 {
    let now = onefold::Timestamp::from_micros(1_800_000_000_000_000);
    let decoded = text
        .lines()
        .map(|line| onefold::Event::from_json(line, now).unwrap());
    decoded
        .map(|event| black_box(&event).json().len().min(1) as u64)
        .sum()
}

/// The envelope as a typed struct that borrows, with nested values left as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what is decoded is the work that is measured")]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    message_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    anonymous_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    original_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    sent_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    received_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    traits: Option<&'a RawValue>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    integrations: Option<&'a RawValue>,
}

fn through_serde_json(text: &str) -> u64 {
    let decoded = text
        .lines()
        .map(|line| serde_json::from_str::<Envelope<'_>>(line).unwrap());
    decoded
        .map(|event| u64::from(black_box(&event).message_id.is_some()))
        .sum()
}

//! JSON Lines to events with the envelope typed, beside serde_json with raw values on the same lines.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{
    borrow::Cow,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    path::Path,
};

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
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.jsonl");
    let bytes = write(&file, lines);
    let each = bytes / lines;
    println!(
        "{lines} events, {:.1} MB, {each} bytes each",
        bytes as f64 / 1e6
    );
    let (mut source, mut events, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        source.push(measure(|| assert_eq!(through_source(&file), lines)).1);
    }
    let peak = peak_mib();
    for _ in 0..rounds {
        events.push(measure(|| assert_eq!(each_line(&file, &mut event), lines)).1);
        peer.push(measure(|| assert_eq!(each_line(&file, &mut envelope), lines)).1);
    }
    println!("reader                                CPU s    events/s     MB/s");
    report("JSON Lines source (items, ids)", &source, lines, bytes);
    report("lines, Event::from_json_bytes", &events, lines, bytes);
    report("lines, serde_json raw values (peer)", &peer, lines, bytes);
    let ratio = median(cpu(&peer)) / median(cpu(&events));
    println!("Event::from_json_bytes has {ratio:.2} times the rate of serde_json");
    println!("peak memory of the source: {peak:.0} MiB");
}

fn write(file: &Path, lines: u64) -> u64 {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let (mut events, mut text, mut bytes) = (Events::new(lines / 10, 42), String::new(), 0);
    for _ in 0..lines {
        text.clear();
        events.write(&mut text);
        bytes += text.len() as u64;
        out.write_all(text.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    bytes
}

fn cpu(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|cost| cost.cpu).collect()
}

fn report(name: &str, costs: &[Cost], lines: u64, bytes: u64) {
    let cpu = median(cpu(costs)).max(0.01);
    let (rate, megabytes) = (lines as f64 / cpu, bytes as f64 / 1e6 / cpu);
    println!("{name:<36} {cpu:>6.2} {rate:>11.0} {megabytes:>8.0}");
}

fn through_source(file: &Path) -> u64 {
    let name = SourceName::new("bench").unwrap();
    let config = SourceConfig::segment_events(name, file.to_str().unwrap());
    let mut source = FileSource::open(&config, file, received_at()).unwrap();
    let mut count = 0;
    while let Some(items) = source.next_batch(1_000).unwrap() {
        count += black_box(&items).len() as u64;
    }
    count
}

/// Both readers get their lines in the same way.
fn each_line(file: &Path, read: &mut dyn FnMut(&[u8])) -> u64 {
    let mut lines = BufReader::with_capacity(1 << 20, std::fs::File::open(file).unwrap());
    let (mut line, mut count) = (Vec::new(), 0);
    while lines.read_until(b'\n', &mut line).unwrap() > 0 {
        read(&line);
        line.clear();
        count += 1;
    }
    count
}

fn received_at() -> onefold::Timestamp {
    onefold::Timestamp::from_micros(1_800_000_000_000_000)
}

fn event(line: &[u8]) {
    black_box(&onefold::Event::from_json_bytes(line, received_at()).unwrap());
}

fn envelope(line: &[u8]) {
    black_box(&serde_json::from_slice::<Envelope<'_>>(line).unwrap());
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

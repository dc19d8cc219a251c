//! Segments kept current: events per second, time per event with timers, and state per person.
//!
//! Each number of segments runs in a process of its own, twice: once for the processor time of all, once with a
//! clock around each event. `-- --bench 100 4000000` runs one number of segments only,
//! with so many events of a twentieth as many people.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench talks to its terminal and may fail"
)]

#[path = "live_segments/definitions.rs"]
mod definitions;

use std::{collections::BTreeMap, process::Command, time::Instant};

use onefold::{
    event::{Decimal, Occurrence, PersonIndex, Position, Timestamp, Value},
    segment::{
        Plan,
        stream::{
            Cause, Event, History, NameCode, PropertyCode, Reading, Reads, Stream, Transition,
        },
    },
};
use onefold_benches::{
    clickstream::{Click, Clicks, DEVICES, NAMES, PLANS, START},
    measure::{Size, measure, peak_mib},
};

const DAYS: u32 = 90;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let size = Size::of_run();
    let mut chosen = arguments
        .iter()
        .filter_map(|argument| argument.parse::<usize>().ok());
    if let Some(segments) = chosen.next() {
        let events = chosen.next().unwrap_or(size.pick(100_000, 20_000_000));
        return run(segments, events);
    }
    println!(
        "segments  events/s/core  ns/event  p50 us  p99 us  p99.9 us  max us  transitions  active people  \
         bytes/active  peak MiB"
    );
    let programme = std::env::current_exe().unwrap();
    for segments in size.pick(vec![10], vec![10, 100, 1_000]) {
        let mut run = Command::new(&programme);
        run.arg(segments.to_string());
        if size == Size::Full {
            run.arg("--bench");
        }
        assert!(run.status().unwrap().success(), "{segments} segments");
    }
}

fn run(segments: usize, events: usize) {
    let people = events / 20;
    let clicks = Clicks::new(events, people, DAYS, 7);
    let mut stream = started(segments, &clicks);
    let before = stream.state_bytes();
    let mut transitions = 0_u64;
    let ((), cost) = measure(|| follow(&mut stream, &clicks, |_| transitions += 1, |_| {}));
    let active = stream.people_count();
    let bytes = stream.state_bytes();
    assert!(transitions > 0 && bytes > before);
    drop(stream);

    let mut stream = started(segments, &clicks);
    let mut again = 0_u64;
    let mut times = Times::default();
    let mut last = Instant::now();
    follow(
        &mut stream,
        &clicks,
        |_| again += 1,
        |_| {
            let now = Instant::now();
            times.add((now - last).as_nanos() as u64);
            last = now;
        },
    );
    assert_eq!(transitions, again);
    println!(
        "{segments:8} {:14.0} {:9.0} {:7.2} {:7.2} {:9.2} {:7.0} {transitions:12} {active:14} {:13.0} {:9.0}",
        events as f64 / cost.cpu,
        cost.cpu * 1e9 / events as f64,
        times.at(0.5),
        times.at(0.99),
        times.at(0.999),
        times.at(1.0),
        bytes as f64 / active as f64,
        peak_mib(),
    );
}

/// A stream that knows the plan of everybody who will do anything.
fn started(segments: usize, clicks: &Clicks) -> Stream {
    let plan = Plan::compile(definitions::library(segments)).unwrap();
    let mut stream = Stream::new(plan, Timestamp::from_micros(START)).unwrap();
    let mut active: Vec<u32> = clicks.rows.iter().map(|click| click.person).collect();
    active.sort_unstable();
    active.dedup();
    for person in active {
        let plan = PLANS[usize::from(clicks.plans[person as usize])];
        let traits = BTreeMap::from([("plan".to_owned(), Value::from(plan))]);
        stream.traits_changed(PersonIndex(person), &traits, Cause::Trait, &mut |_| {});
    }
    stream
}

fn follow(
    stream: &mut Stream,
    clicks: &Clicks,
    mut sink: impl FnMut(Transition),
    mut after: impl FnMut(&Click),
) {
    let names: Vec<NameCode> = NAMES.iter().map(|name| stream.name(name)).collect();
    let price = stream.property("price");
    for (position, click) in (0..).zip(&clicks.rows) {
        let event = Event {
            person: PersonIndex(click.person),
            time: Timestamp::from_micros(click.time),
            position: Position(position),
            name: names[usize::from(click.name)],
            properties: &Columns {
                click: *click,
                cents: &clicks.cents,
                price,
            },
        };
        stream.follow(&event, &InOrder, &mut sink);
        after(click);
    }
}

/// The properties of one event: its price, and its device.
struct Columns<'a> {
    click: Click,
    cents: &'a [u32],
    price: Option<PropertyCode>,
}

impl Reads for Columns<'_> {
    fn read(&self, property: PropertyCode) -> Reading<'_> {
        if Some(property) != self.price {
            return Reading::Text(DEVICES[self.click.device()].into());
        }
        if !self.click.has_product() {
            return Reading::Missing;
        }
        let cents = self.cents[usize::from(self.click.product)];
        Reading::Number(Decimal::new(cents.into(), 2))
    }
}

/// Everything comes in order, so nobody asks for history.
struct InOrder;

impl History for InOrder {
    fn occurrences(&self, _: PersonIndex, _: &mut dyn FnMut(&dyn Occurrence)) {
        unreachable!("nothing comes late")
    }
}

/// How often something took how long, in steps of 20 ns up to a millisecond.
struct Times {
    counts: Vec<u64>,
    longest: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            counts: vec![0; 50_000],
            longest: 0,
        }
    }
}

impl Times {
    fn add(&mut self, nanos: u64) {
        let at = (nanos / 20).min(self.counts.len() as u64 - 1);
        self.counts[at as usize] += 1;
        self.longest = self.longest.max(nanos);
    }

    /// The time that this share of all took at most, in microseconds.
    fn at(&self, share: f64) -> f64 {
        if share >= 1.0 {
            return self.longest as f64 / 1_000.0;
        }
        let all: u64 = self.counts.iter().sum();
        let wanted = (all as f64 * share) as u64;
        let mut sum = 0;
        let at = self.counts.iter().position(|count| {
            sum += count;
            sum > wanted
        });
        at.unwrap_or(0) as f64 * 0.02
    }
}

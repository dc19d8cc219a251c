//! How long observing and asking take and how much memory a person needs; run with
//! `--release -- --ignored`.

use std::time::{Duration, Instant};

use onefold_event::{AnchorId, Position, SourceName, Value};
use onefold_profile::{Observation, Profiles, Rules};

use crate::{day, source};

const PEOPLE: u32 = 1_000_000;
const NAMES: [&str; 6] = ["email", "first_name", "last_name", "city", "plan", "points"];

fn a_value(name: usize, person: u32) -> Value {
    match name {
        0 => Value::text(format!("person{person}@example.com")),
        1 => "Annette".into(),
        2 => Value::text(format!("Name{}", person % 50_000)),
        3 => "Frankfurt am Main".into(),
        4 => "pro".into(),
        _ => i64::from(person % 5_000).into(),
    }
}

fn observe_all(profiles: &mut Profiles, shop: &SourceName) {
    for person in 0..PEOPLE {
        // Persons come in no order, as in life; a copy is published every thousand.
        let anchor = AnchorId(((u64::from(person) * 2_654_435_761) % u64::from(PEOPLE)) as u32);
        for (index, name) in NAMES.into_iter().enumerate() {
            let value = a_value(index, person);
            let position = Position(person.into());
            let time = day(i64::from(person % 300));
            profiles.observe(
                anchor,
                Observation {
                    name,
                    value,
                    source: shop,
                    time,
                    position,
                },
            );
        }
    }
}

#[test]
#[ignore = "a measurement of a million people, for release builds"]
fn a_million_people() {
    let shop = source("shop");
    let mut profiles = Profiles::new(Rules::standard());
    let start = Cpu::now();
    observe_all(&mut profiles, &shop);
    println!(
        "observe, with making the value: {:?} each",
        start.elapsed() / (6 * PEOPLE)
    );
    println!(
        "memory: {} bytes a person",
        profiles.memory_bytes() / PEOPLE as usize
    );

    let start = Cpu::now();
    let mut published = profiles.clone();
    for number in 0..200_000_u32 {
        if number % 1_000 == 0 {
            published = profiles.clone();
        }
        let anchor = AnchorId((number.wrapping_mul(2_654_435_761)) % PEOPLE);
        let value = a_value(3, number);
        let position = Position(number.into());
        profiles.observe(
            anchor,
            Observation {
                name: "city",
                value,
                source: &shop,
                time: day(400),
                position,
            },
        );
    }
    println!(
        "observe, published every 1,000: {:?} each",
        start.elapsed() / 200_000
    );
    assert!(published.len() < profiles.len());

    let mut times: Vec<u64> = Vec::with_capacity(200_000);
    for round in 0..200_000_u32 {
        let anchor =
            |salt: u32| AnchorId(round.wrapping_mul(2_654_435_761).wrapping_add(salt) % PEOPLE);
        let anchors = [anchor(0), anchor(77_777), anchor(123_456)];
        let start = Instant::now();
        assert!(profiles.trait_value(&anchors, "city", day(500)).is_some());
        times.push(start.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    println!(
        "trait_value over 3 cold anchors: median {} ns, p99 {} ns",
        times[100_000], times[198_000]
    );
    let anchors = [AnchorId(1), AnchorId(2), AnchorId(3)];
    let start = Cpu::now();
    let found = (0..200_000).filter(|_| profiles.trait_value(&anchors, "city", day(500)).is_some());
    assert_eq!(found.count(), 200_000);
    println!(
        "trait_value over 3 warm anchors: {:?}",
        start.elapsed() / 200_000
    );
    let start = Cpu::now();
    let found = (0..200_000).filter(|_| profiles.golden(&anchors, day(500)).len() == 6);
    assert_eq!(found.count(), 200_000);
    println!(
        "golden over 3 warm anchors: {:?}",
        start.elapsed() / 200_000
    );

    let start = Cpu::now();
    let bytes = profiles.encode();
    println!("encode: {:?}, {} MiB", start.elapsed(), bytes.len() >> 20);
    let start = Cpu::now();
    let read = Profiles::decode(&bytes, Rules::standard()).unwrap();
    println!("decode: {:?}", start.elapsed());
    assert_eq!(read.len(), profiles.len());
}

/// The time this thread spent on a processor where the system tells it (Linux), else wall time.
struct Cpu {
    spent: Option<Duration>,
    wall: Instant,
}

impl Cpu {
    fn now() -> Self {
        let (spent, wall) = (Self::spent(), Instant::now());
        Self { spent, wall }
    }

    fn elapsed(&self) -> Duration {
        match (Self::spent(), self.spent) {
            (Some(now), Some(then)) => now - then,
            _ => self.wall.elapsed(),
        }
    }

    fn spent() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ')
            .next()?
            .parse()
            .ok()
            .map(Duration::from_nanos)
    }
}

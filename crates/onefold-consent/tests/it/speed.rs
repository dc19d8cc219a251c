//! How long decisions take and how much memory entries need; run with `--release -- --ignored`.

use std::time::{Duration, Instant};

use onefold_consent::{ConsentEntry, Decision, Evidence, Ledger};
use onefold_event::{AnchorId, PersonId, Position};

use crate::{day, entry, request, source};

const PEOPLE: u32 = 1_000_000;

#[test]
#[ignore = "a measurement of a million people, for release builds"]
fn a_million_people() {
    let entries: Vec<ConsentEntry> = [
        "0 1 grant news by email",
        "0 2 withdraw ads",
        "0 3 grant ads by phone until 900",
    ]
    .map(|line| entry(line).1)
    .into();
    let start = Cpu::now();
    let mut ledger = Ledger::new();
    for number in 0..2 * PEOPLE {
        let mut entry = entries[number as usize % 3].clone();
        entry.evidence =
            Evidence::by_method("import").reference(format!("consents.csv line {number}"));
        ledger.append(
            AnchorId(number % PEOPLE),
            &entry,
            &source(),
            Position(number.into()),
        );
    }
    println!(
        "append, with making the entry: {:?} each",
        start.elapsed() / (2 * PEOPLE)
    );
    println!(
        "memory: {} bytes an entry",
        ledger.memory_bytes() / ledger.len()
    );

    let asked = request("news/email");
    let mut times: Vec<u64> = Vec::with_capacity(200_000);
    let mut allowed = 0;
    for round in 0..200_000_u64 {
        let anchor =
            |salt: u64| AnchorId((round.wrapping_mul(2_654_435_761) + salt) as u32 % PEOPLE);
        let anchors = [anchor(0), anchor(77_777), anchor(123_456)];
        let start = Instant::now();
        let decision = ledger.decide(PersonId::from_u128(1), &anchors, &asked, day(50));
        times.push(start.elapsed().as_nanos() as u64);
        allowed += u32::from(matches!(decision, Decision::Allowed(_)));
    }
    times.sort_unstable();
    println!(
        "decide over 3 anchors: median {} ns, p99 {} ns, {allowed} allowed",
        times[100_000], times[198_000]
    );

    let start = Cpu::now();
    let bytes = ledger.encode();
    println!("encode: {:?}, {} MiB", start.elapsed(), bytes.len() >> 20);
    let start = Cpu::now();
    let read = Ledger::decode(&bytes).unwrap();
    println!("decode: {:?}", start.elapsed());
    assert_eq!(read.len(), ledger.len());
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

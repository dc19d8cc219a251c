//! The consent ledger from outside: its rules, its model, its stored forms.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and a measurement is printed"
)]

mod build;
mod entries;
mod model;
mod rules;
mod wire;

use onefold_consent::{
    Action, Channel, ConsentEntry, Decision, DenialReason, Evidence, Ledger, Purpose, Use,
};
use onefold_event::{
    AnchorId, Identifier, IdentifierKind, PersonId, Position, SourceName, Timestamp,
};

/// A person; whose it is makes no difference to the answer.
const ANN: PersonId = PersonId::from_u128(7);

fn subject() -> Identifier {
    Identifier::generic(IdentifierKind::user_id(), "ann").unwrap()
}

fn source() -> SourceName {
    SourceName::new("form").unwrap()
}

/// The instant this many days after the first of January 2026.
fn day(day: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01".parse().unwrap();
    start.plus_micros(day * 86_400_000_000)
}

/// One entry a line: `anchor day action purpose [by channel] [until day] [bare]`. `bare` leaves the
/// evidence out. Positions count from 1 in the order of lines.
fn ledger(text: &str) -> Ledger {
    let mut ledger = Ledger::new();
    for (index, line) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
    {
        let (anchor, entry) = entry(line);
        ledger.append(anchor, &entry, &source(), Position(index as u64 + 1));
    }
    ledger
}

fn entry(line: &str) -> (AnchorId, ConsentEntry) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| {
        let at = words.iter().position(|known| *known == word)?;
        words.get(at + 1).copied()
    };
    let action: Action = words[2].parse().unwrap();
    let mut entry = ConsentEntry::new(
        subject(),
        Purpose::new(words[3]).unwrap(),
        action,
        day(words[1].parse().unwrap()),
    );
    entry.channel = after("by").map(|channel| Channel::new(channel).unwrap());
    entry.expires = after("until").map(|until| day(until.parse().unwrap()));
    if !words.contains(&"bare") {
        entry.evidence = Evidence::by_method("checkbox");
    }
    (AnchorId(words[0].parse().unwrap()), entry)
}

/// `purpose` or `purpose/channel`.
fn request(text: &str) -> Use {
    match text.split_once('/') {
        Some((purpose, channel)) => Use::new(
            Purpose::new(purpose).unwrap(),
            Channel::new(channel).unwrap(),
        ),
        None => Use::on_every_channel(Purpose::new(text).unwrap()),
    }
}

/// The answer in words: `allowed by [1, 2] until 2026-...` or `withdrawn by [3]`.
fn answer(ledger: &Ledger, anchors: &[u32], use_of: &str, now: Timestamp) -> String {
    let anchors: Vec<AnchorId> = anchors.iter().copied().map(AnchorId).collect();
    match ledger.decide(ANN, &anchors, &request(use_of), now) {
        Decision::Allowed(permit) => {
            let numbers: Vec<u64> = permit.evidence().iter().map(|p| p.0).collect();
            format!("allowed by {numbers:?} until {}", permit.valid_until())
        }
        Decision::Denied(denial) => {
            let numbers: Vec<u64> = denial.evidence.iter().map(|p| p.0).collect();
            let known = DenialReason::ALL.contains(&denial.reason);
            assert!(known, "{} is missing from the list", denial.reason);
            format!("{} by {numbers:?}", denial.reason)
        }
    }
}

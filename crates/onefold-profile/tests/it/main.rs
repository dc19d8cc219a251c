//! The golden record from outside: its rules, its model, its stored forms.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and a measurement is printed"
)]

mod memberships;
mod model;
mod rules;
mod vectors;
mod wire;

use onefold_event::{AnchorId, Position, SourceName, Timestamp, Value};
use onefold_profile::{Observation, Profiles, Rules};

fn source(name: &str) -> SourceName {
    SourceName::new(name).unwrap()
}

/// The instant this many days after the first of January 2026.
fn day(day: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01".parse().unwrap();
    start.plus_micros(day * 86_400_000_000)
}

/// A value as it is written in these tests: a number, `null`, `true`, `{…}`, `_` for blank, or text.
fn value(text: &str) -> Value {
    match text {
        "null" => Value::Null,
        "_" => Value::text("  "),
        "true" | "false" => Value::Bool(text == "true"),
        json if json.starts_with(['{', '[']) => Value::Json(json.into()),
        text => text.parse().map_or_else(|_| text.into(), Value::Number),
    }
}

/// One observation a line: `anchor day source name value`. Positions count from 1 in the order of
/// lines.
fn profiles(rules: Rules, text: &str) -> Profiles {
    let mut profiles = Profiles::new(rules);
    for (index, line) in text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
    {
        observe(&mut profiles, line, index as u64 + 1);
    }
    profiles
}

fn observe(profiles: &mut Profiles, line: &str, position: u64) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let observation = Observation {
        name: words[3],
        value: value(words[4]),
        source: &source(words[2]),
        time: day(words[1].parse().unwrap()),
        position: Position(position),
    };
    profiles.observe(AnchorId(words[0].parse().unwrap()), observation);
}

//! Stored forms: round trips, damage, and the canonical text.

use expect_test::expect;
use onefold_event::{AnchorId, Decimal, ErrorKind, Position, Value};
use onefold_profile::{Observation, Profiles, Rules};
use proptest::prelude::*;

use crate::{day, observe, profiles, source};

fn dump(profiles: &Profiles, name: &dyn Fn(AnchorId) -> String) -> String {
    let mut text = String::new();
    profiles.dump(name, &mut text).unwrap();
    text
}

fn by_number(anchor: AnchorId) -> String {
    format!("email:{anchor}")
}

const SEEN: &str = "3 1 shop city Bonn\n0 2 crm points -1.50\n3 3 crm vip true\n0 4 web city null\n3 5 web tags [1]";

fn sample() -> Profiles {
    profiles(Rules::standard(), SEEN)
}

fn decode(bytes: &[u8]) -> onefold_event::Result<Profiles> {
    Profiles::decode(bytes, Rules::standard())
}

#[test]
fn the_dump_is_sorted_and_does_not_depend_on_numbering() {
    expect![[r#"
        observation email:0 "city" 2026-01-05T00:00:00Z null from "web" at 4
        observation email:0 "points" 2026-01-03T00:00:00Z -1.50 from "crm" at 2
        observation email:3 "city" 2026-01-02T00:00:00Z "Bonn" from "shop" at 1
        observation email:3 "tags" 2026-01-06T00:00:00Z [1] from "web" at 5
        observation email:3 "vip" 2026-01-04T00:00:00Z true from "crm" at 3
    "#]]
    .assert_eq(&dump(&sample(), &by_number));
    let mut other = Profiles::new(Rules::standard());
    for (index, line) in SEEN
        .lines()
        .enumerate()
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let renumbered = match line.strip_prefix('3') {
            Some(rest) => format!("1{rest}"),
            None => line.replacen('0', "7", 1),
        };
        observe(&mut other, &renumbered, index as u64 + 1);
    }
    let name = |anchor: AnchorId| by_number(AnchorId(if anchor.0 == 1 { 3 } else { 0 }));
    assert_eq!(dump(&other, &name), dump(&sample(), &by_number));
}

#[test]
fn profiles_read_back_whole() {
    let mut written = sample();
    let copy = written.clone();
    let mut read = decode(&written.encode()).unwrap();
    assert_eq!(dump(&read, &by_number), dump(&written, &by_number));
    assert_eq!(read.encode(), written.encode());
    assert_eq!(read.len(), 5);
    // What was read goes on as what was written.
    observe(&mut written, "1 9 shop street Ring", 9);
    observe(&mut read, "1 9 shop street Ring", 9);
    assert_eq!(dump(&read, &by_number), dump(&written, &by_number));
    assert_eq!(copy.len(), 5);
    assert_eq!(copy.encode(), sample().encode());
}

#[test]
fn long_values_and_many_chunks() {
    let mut written = Profiles::new(Rules::standard());
    let shop = source("shop");
    for number in 0..3_000_u64 {
        let length = if number % 500 == 499 {
            50_000
        } else {
            number as usize % 60
        };
        let value = Value::text("ä".repeat(length));
        let observation = Observation {
            name: "note",
            value,
            source: &shop,
            time: day(1),
            position: Position(number),
        };
        written.observe(AnchorId(number as u32 % 9), observation);
    }
    let read = decode(&written.encode()).unwrap();
    assert_eq!(dump(&read, &by_number), dump(&written, &by_number));
    let lengths = (0..9).flat_map(|anchor| {
        written
            .observations(&[AnchorId(anchor)])
            .collect::<Vec<_>>()
    });
    let lengths: usize = lengths
        .map(|seen| seen.value.as_text().unwrap().chars().count())
        .sum();
    let expected: usize = (0..3_000)
        .map(|n| if n % 500 == 499 { 50_000 } else { n % 60 })
        .sum();
    assert_eq!(lengths, expected);
}

#[test]
fn damage_is_an_error_at_every_byte() {
    let whole = sample().encode();
    for length in 0..whole.len() {
        let error = decode(&whole[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}");
    }
    let mut newer = whole.clone();
    newer[0] = 9;
    assert_eq!(decode(&newer).unwrap_err().kind(), ErrorKind::NewerFormat);
    let longer: Vec<u8> = whole.iter().copied().chain([0]).collect();
    assert_eq!(decode(&longer).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_fact_of_the_dump_is_one_line() {
    let mut written = Profiles::new(Rules::standard());
    let observation = Observation {
        name: "a\nb",
        value: Value::Json("[1,\n2]".into()),
        source: &source("s"),
        time: day(1),
        position: Position(1),
    };
    written.observe(AnchorId(0), observation);
    assert_eq!(
        dump(&written, &by_number),
        "observation email:0 \"a\\nb\" 2026-01-02T00:00:00Z [1,\\n2] from \"s\" at 1\n"
    );
}

/// Written by version 0.1; it is read for ever.
#[test]
fn reads_the_form_of_0_1() {
    let stored = include_bytes!("../data/profiles-0.1.bin");
    let read = decode(stored).unwrap();
    assert_eq!(dump(&read, &by_number), dump(&sample(), &by_number));
    assert_eq!(read.encode(), stored);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (any::<i128>(), 0_u32..29).prop_map(|(digits, scale)| {
            let digits = digits % (1 << 96);
            Value::Number(Decimal::from_i128_with_scale(digits, scale))
        }),
        (any::<i64>(), 0_u32..29)
            .prop_map(|(digits, scale)| Value::Number(Decimal::new(digits, scale))),
        any::<String>().prop_map(Value::text),
        "[0-9]{30,60}".prop_map(|text| Value::Json(text.into())),
    ]
}

proptest! {
    #[test]
    fn every_value_reads_back_to_the_last_digit(value in any_value(), anchor in 0_u32..300) {
        let mut written = Profiles::new(Rules::standard());
        let observation = Observation { name: "x", value: value.clone(), source: &source("s"), time: day(1), position: Position(1) };
        written.observe(AnchorId(anchor), observation);
        for profiles in [&written, &decode(&written.encode()).unwrap()] {
            let seen = profiles.observations(&[AnchorId(anchor)]).next().unwrap();
            prop_assert_eq!(&seen.value, &value);
            prop_assert_eq!(seen.value.to_json(), value.to_json());
        }
    }

    #[test]
    fn the_decoder_bears_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let versioned: Vec<u8> = [1].into_iter().chain(bytes.iter().copied()).collect();
        let _ = decode(&bytes);
        let _ = decode(&versioned);
    }

    /// What still reads after damage is whole: it can be used and written again.
    #[test]
    fn the_decoder_bears_changed_bytes(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut bytes = sample().encode();
        for (place, byte) in changes {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        if let Ok(read) = decode(&bytes) {
            let again = decode(&read.encode()).unwrap();
            prop_assert_eq!(dump(&again, &by_number), dump(&read, &by_number));
        }
    }
}

//! Stored forms: fixtures of every version, damage, round trips.

use proptest::prelude::*;

use super::*;
use crate::Decimal;

fn event() -> Event {
    Event::track("Order Completed")
        .message_id("m1")
        .user_id("u1")
        .timestamp(Timestamp::from_micros(1_772_366_400_000_000))
        .received_at(Timestamp::from_micros(1_772_366_401_000_001))
        .property("total", Decimal::new(1050, 2))
        .build()
        .unwrap()
}

fn record() -> Record {
    let organisation =
        IdentifierKind::new("domain").and_then(|kind| Identifier::generic(kind, "example.com"));
    Record::new("contacts")
        .key("17")
        .time(Timestamp::from_micros(-1))
        .identifier(Identifier::email("ann@example.com").unwrap())
        .identifier(Identifier::phone("+4930123456", None).unwrap())
        .trait_value("first_name", "Ann")
        .trait_value("vip", true)
        .trait_value("old", false)
        .trait_value("score", Decimal::new(-150, 2))
        .trait_value("left", Value::Null)
        .trait_value("tags", Value::Json("[1,2]".into()))
        .membership(Membership {
            organisation: organisation.unwrap(),
            role: Some("buyer".into()),
            from: None,
            to: Some(Timestamp::MAX),
        })
        .field("FIRST", "Ann")
        .build()
        .unwrap()
}

fn quarantined() -> QuarantineItem {
    QuarantineItem {
        source: SourceName::new("web").unwrap(),
        bytes: b"{\xff".as_slice().into(),
        reasons: vec![
            Diagnostic::new("not UTF-8 at byte 1").spanning(1..2),
            Diagnostic::new("`type` is missing")
                .at("/type")
                .help("write `track`"),
        ],
        place: "events.jsonl line 3".into(),
        time: Timestamp::from_micros(1_772_366_400_000_000),
    }
}

/// The fixtures were written by version 1 and must be read for ever: never write them again.
#[test]
fn reads_what_version_1_wrote() {
    let event_1 = include_bytes!("../../tests/data/event-1.bin");
    let record_1 = include_bytes!("../../tests/data/record-1.bin");
    let quarantined_1 = include_bytes!("../../tests/data/quarantined-1.bin");
    assert_eq!(Event::from_bytes(event_1).unwrap(), event());
    assert_eq!(Record::from_bytes(record_1).unwrap(), record());
    assert_eq!(
        QuarantineItem::from_bytes(quarantined_1).unwrap(),
        quarantined()
    );
    assert_eq!(event().to_bytes(), event_1);
    assert_eq!(record().to_bytes(), record_1);
    assert_eq!(quarantined().to_bytes(), quarantined_1);
}

#[test]
fn an_event_keeps_its_time_and_basis() {
    let text = r#"{"type":"page","timestamp":"2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:05Z","receivedAt":"1990-01-01"}"#;
    let event = Event::from_json(text, Timestamp::from_micros(1_772_366_400_000_000)).unwrap();
    assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
}

#[test]
fn kinds_of_damage_are_told_apart() {
    let kind = |bytes: &[u8]| Record::from_bytes(bytes).unwrap_err().kind();
    let mut bytes = record().to_bytes();
    assert_eq!(kind(&[]), ErrorKind::Corrupt);
    bytes[0] = 2;
    assert_eq!(kind(&bytes), ErrorKind::NewerFormat);
    bytes[0] = 0;
    assert_eq!(kind(&bytes), ErrorKind::Corrupt);
    bytes[0] = 1;
    bytes.push(0);
    assert_eq!(kind(&bytes), ErrorKind::Corrupt);
}

#[test]
fn a_huge_count_allocates_nothing() {
    // A record with an empty collection whose list of identifiers claims 2^63 items.
    let mut bytes = vec![1, 0, 0, 0];
    bytes.extend([0x80; 9]);
    bytes.push(1);
    let error = Record::from_bytes(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "a stored record is damaged in a count");
}

#[test]
fn every_cut_is_noticed() {
    for bytes in [record().to_bytes(), quarantined().to_bytes()] {
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert!(Record::from_bytes(cut).is_err(), "{length}");
            assert!(QuarantineItem::from_bytes(cut).is_err(), "{length}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        for version in [1, 2] {
            bytes.insert(0, version);
            if let Ok(record) = Record::from_bytes(&bytes) {
                prop_assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
            }
            if let Ok(item) = QuarantineItem::from_bytes(&bytes) {
                prop_assert_eq!(QuarantineItem::from_bytes(&item.to_bytes()).unwrap(), item);
            }
            if let Ok(event) = Event::from_bytes(&bytes) {
                prop_assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
            }
        }
    }

    #[test]
    fn flipped_bytes_are_read_or_refused(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for mut bytes in [record().to_bytes(), quarantined().to_bytes(), event().to_bytes()] {
            for (place, byte) in &flips {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            // What is still readable must be writable and readable again.
            if let Ok(record) = Record::from_bytes(&bytes) {
                prop_assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
            }
            if let Ok(item) = QuarantineItem::from_bytes(&bytes) {
                prop_assert_eq!(QuarantineItem::from_bytes(&item.to_bytes()).unwrap(), item);
            }
            if let Ok(event) = Event::from_bytes(&bytes) {
                prop_assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
            }
        }
    }

    #[test]
    fn times_and_numbers_round_trip(micros in any::<i64>(), number in any::<u64>()) {
        let mut out = Writer::new(0);
        out.time(Timestamp::from_micros(micros));
        out.number(number);
        let mut input = Reader::new(&out.bytes, "test").unwrap();
        prop_assert_eq!(input.time().unwrap(), Timestamp::from_micros(micros));
        prop_assert_eq!(input.number().unwrap(), number);
        prop_assert!(input.end().is_ok());
    }
}

//! Stored forms: round trips, damage, and the canonical text.

use expect_test::expect;
use onefold_consent::{ConsentEntry, Evidence, Ledger};
use onefold_event::{AnchorId, ErrorKind, Position};
use proptest::prelude::*;

use crate::{entry, ledger, source};

fn dump(ledger: &Ledger, name: &dyn Fn(AnchorId) -> String) -> String {
    let mut text = String::new();
    ledger.dump(name, &mut text).unwrap();
    text
}

fn by_number(anchor: AnchorId) -> String {
    format!("user_id:{anchor}")
}

fn sample() -> Ledger {
    ledger(
        "2 1 grant news by email until 9\n0 3 withdraw all bare\n2 2 object ads\n0 3 refuse news by phone",
    )
}

#[test]
fn the_dump_is_sorted_and_does_not_depend_on_numbering() {
    expect![[r#"
        consent user_id:0 2026-01-04T00:00:00Z refuse "news" "phone" from "form" at 4 method="checkbox"
        consent user_id:0 2026-01-04T00:00:00Z withdraw "all" every channel from "form" at 2
        consent user_id:2 2026-01-02T00:00:00Z grant "news" "email" until 2026-01-10T00:00:00Z from "form" at 1 method="checkbox"
        consent user_id:2 2026-01-03T00:00:00Z object "ads" every channel from "form" at 3 method="checkbox"
    "#]]
    .assert_eq(&dump(&sample(), &by_number));
    let mut renumbered = Ledger::new();
    for line in [
        "0 3 refuse news by phone",
        "0 3 withdraw all bare",
        "2 2 object ads",
        "2 1 grant news by email until 9",
    ] {
        let (anchor, entry) = entry(line);
        let position = match line {
            l if l.contains("refuse") => 4,
            l if l.contains("all") => 2,
            l if l.contains("object") => 3,
            _ => 1,
        };
        renumbered.append(
            AnchorId(9 - anchor.0),
            &entry,
            &source(),
            Position(position),
        );
    }
    let name = |anchor: AnchorId| by_number(AnchorId(9 - anchor.0));
    assert_eq!(dump(&renumbered, &name), dump(&sample(), &by_number));
}

#[test]
fn a_ledger_reads_back_whole() {
    let mut ledger = sample();
    let copy = ledger.clone();
    let mut read = Ledger::decode(&ledger.encode()).unwrap();
    assert_eq!(dump(&read, &by_number), dump(&ledger, &by_number));
    assert_eq!(read.encode(), ledger.encode());
    assert_eq!(read.len(), 4);
    // What was read goes on as what was written.
    for ledger in [&mut ledger, &mut read] {
        let (anchor, entry) = entry("1 7 grant calls by phone");
        ledger.append(anchor, &entry, &source(), Position(5));
    }
    assert_eq!(dump(&read, &by_number), dump(&ledger, &by_number));
    assert_eq!(copy.len(), 4);
    assert_eq!(copy.encode(), sample().encode());
}

#[test]
fn many_entries_fill_many_chunks() {
    let mut ledger = Ledger::new();
    let (_, mut entry) = entry("0 1 grant news");
    for number in 0..5_000_u32 {
        entry.evidence = Evidence::by_method("import").reference("x".repeat(number as usize % 90));
        ledger.append(
            AnchorId(number % 7),
            &entry,
            &source(),
            Position(number.into()),
        );
    }
    entry.evidence = Evidence::by_method("import").reference("y".repeat(100_000));
    ledger.append(AnchorId(3), &entry, &source(), Position(9_000));
    let listed: Vec<_> = ledger.entries(&[AnchorId(3)]).collect();
    assert_eq!(listed.len(), 715);
    assert_eq!(listed[714].evidence, entry.evidence);
    let length = |index: usize| listed[index].evidence.reference.as_deref().map(str::len);
    assert!((0..714).all(|index| length(index) == Some((index * 7 + 3) % 90)));
    let read = Ledger::decode(&ledger.encode()).unwrap();
    assert_eq!(dump(&read, &by_number), dump(&ledger, &by_number));
}

#[test]
fn damage_is_an_error_at_every_byte() {
    let whole = sample().encode();
    for length in 0..whole.len() {
        let error = Ledger::decode(&whole[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}");
    }
    let mut newer = whole.clone();
    newer[0] = 9;
    assert_eq!(
        Ledger::decode(&newer).unwrap_err().kind(),
        ErrorKind::NewerFormat
    );
    let (_, entry) = entry("0 1 grant news by email until 9");
    let bytes = entry.to_bytes();
    assert_eq!(ConsentEntry::from_bytes(&bytes).unwrap(), entry);
    for length in 0..bytes.len() {
        let error = ConsentEntry::from_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {length}");
    }
}

/// Written by version 0.1; it is read for ever.
#[test]
fn reads_the_forms_of_0_1() {
    let stored = include_bytes!("../data/ledger-0.1.bin");
    let ledger = Ledger::decode(stored).unwrap();
    assert_eq!(dump(&ledger, &by_number), dump(&sample(), &by_number));
    assert_eq!(ledger.encode(), stored);
    let stored = include_bytes!("../data/entry-0.1.bin");
    let (_, expected) = entry("0 1 grant news by email until 9");
    assert_eq!(ConsentEntry::from_bytes(stored).unwrap(), expected);
    assert_eq!(stored.to_vec(), expected.to_bytes());
}

proptest! {
    #[test]
    fn decoders_bear_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let versioned: Vec<u8> = [1].into_iter().chain(bytes.iter().copied()).collect();
        for bytes in [&bytes, &versioned] {
            let _ = Ledger::decode(bytes);
            let _ = ConsentEntry::from_bytes(bytes);
        }
    }

    /// What still reads after damage is a whole ledger: it can be used and written again.
    #[test]
    fn decoders_bear_changed_bytes(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut bytes = sample().encode();
        for (place, byte) in changes {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        if let Ok(read) = Ledger::decode(&bytes) {
            let again = Ledger::decode(&read.encode()).unwrap();
            prop_assert_eq!(dump(&again, &by_number), dump(&read, &by_number));
        }
    }
}

//! Mutated and arbitrary bytes: every line is accepted or has a reason, and nothing panics.

use onefold_event::{Diagnostic, Event, IdentifierFields, Json, Timestamp, Value};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// Lines like those of real SDKs, with all members of the envelope, escapes, nesting and long numbers.
const LINES: [&str; 4] = [
    r#"{"messageId":"73131038-b2df-4075-ab8f-abe952377d88","anonymousId":"044bb168","userId":"u0003969","context":{"library":{"name":"analytics.js","version":"2.11.1"},"ip":"192.81.118.25","traits":{"email":"ann@example.com"},"page":{"path":"/p/347","title":"Page \"347\""}},"type":"track","event":"Product List Viewed","properties":{"products":[{"product_id":"p-1","name":"Štika Books","price":3.42},{"product_id":"p-2","price":1.2e2}]},"originalTimestamp":"2025-01-25T15:56:07.106Z","sentAt":"2025-01-25T15:56:07.307Z","receivedAt":"2025-01-25T15:56:09.509Z","timestamp":"2025-01-25T15:56:09.308Z","integrations":{"All":true}}"#,
    r#"{"integrations":{},"anonymousId":null,"timestamp":"2026-11-21T18:15:51.245610+00:00","userId":"user-1","type":"identify","traits":{"email":"Ann@Example.com","phone":"+49 30 123456","age":9007199254740993,"vip":true,"left":null},"messageId":"d9cea365"}"#,
    r#"{"type":"group","groupId":"acme","userId":7,"traits":{"name":"Acme \ud83d\ude00","employees":[1,[2,[3,[4]]]]},"sentAt":"2026-11-21T18:15:51+00:00"}"#,
    r#"{"type":"alias","previousId":"old","userId":"new","timestamp":"2015-2-02T00:30:08.276Z"}"#,
];

#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<prop::sample::Index>;
    // Half of the bytes are the ones that mean something in JSON.
    let byte = || prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[]:,0-eu \n"[..])];
    prop_oneof![
        6 => (place(), byte()).prop_map(|(place, byte)| Mutation::Set(place, byte)),
        3 => (place(), byte()).prop_map(|(place, byte)| Mutation::Insert(place, byte)),
        3 => place().prop_map(Mutation::Remove),
        1 => place().prop_map(Mutation::Cut),
        1 => (place(), 2..200_usize).prop_map(|(place, times)| Mutation::Repeat(place, times)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    match mutation {
        _ if bytes.is_empty() => {}
        Mutation::Set(place, byte) => {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        Mutation::Insert(place, byte) => bytes.insert(place.index(bytes.len()), *byte),
        Mutation::Remove(place) => {
            bytes.remove(place.index(bytes.len()));
        }
        Mutation::Cut(place) => bytes.truncate(place.index(bytes.len())),
        Mutation::Repeat(place, times) => {
            let place = place.index(bytes.len());
            let repeated = vec![bytes[place]; *times];
            bytes.splice(place..place, repeated);
        }
    }
}

/// Reads everything there is below a value; the number of values.
fn walk(json: Json<'_>) -> usize {
    if let Value::Json(text) = json.to_value() {
        assert_eq!(&*text, json.text());
    }
    let members: usize = json.entries().map(|(_, value)| walk(value)).sum();
    let items: usize = json.items().map(walk).sum();
    1 + members + items
}

/// How many values serde_json sees.
fn count(value: &serde_json::Value) -> usize {
    1 + match value {
        serde_json::Value::Array(items) => items.iter().map(count).sum::<usize>(),
        serde_json::Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Accepted means readable later; refused means that there is a reason.
fn check(bytes: &[u8]) -> bool {
    let received: Timestamp = "2026-11-21".parse().unwrap();
    match Event::from_json_bytes(bytes, received) {
        Ok(event) => {
            assert_eq!(event.json().as_bytes(), bytes);
            let theirs: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            for (name, theirs) in theirs.as_object().unwrap() {
                let ours = event.field(name).unwrap();
                // Of repeated keys serde_json keeps one, so only the texts without them can be counted.
                assert!(walk(ours) >= count(theirs), "{name}");
            }
            let _ = IdentifierFields::default().identifiers(&event);
            assert_eq!(Event::from_bytes(&event.to_bytes()).unwrap(), event);
            true
        }
        Err(reasons) => {
            assert!(!reasons.is_empty());
            assert!(reasons.iter().all(|reason| !reason.message.is_empty()));
            false
        }
    }
}

#[test]
fn lines_are_good_before_they_are_mutated() {
    assert!(LINES.iter().all(|line| check(line.as_bytes())));
}

#[test]
fn ten_thousand_mutated_lines() {
    let mut runner = TestRunner::new(Config {
        cases: 10_000,
        failure_persistence: None,
        ..Config::default()
    });
    let (accepted, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let cases = (0..LINES.len(), prop::collection::vec(mutation(), 1..4));
    let outcome = runner.run(&cases, |(line, mutations)| {
        let mut bytes = LINES[line].as_bytes().to_vec();
        mutations
            .iter()
            .for_each(|mutation| mutate(&mut bytes, mutation));
        let tally = if check(&bytes) { &accepted } else { &refused };
        tally.set(tally.get() + 1);
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(accepted.get() + refused.get(), 10_000);
    assert!(
        accepted.get() > 500 && refused.get() > 500,
        "{accepted:?} {refused:?}"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(!check(&bytes));
    }
}

#[test]
fn of_a_long_line_only_the_part_around_a_mistake_is_shown() {
    let check = |text: &str, at: std::ops::Range<usize>, shown: &str, marked: &str| {
        let told = Diagnostic::new("wrong").spanning(at).render(text);
        assert_eq!(told, format!("wrong\n  {shown}\n  {marked}"));
    };
    let (dots, many) = ("...", "é".repeat(1_000));
    let text = format!("{many}x{many}");
    let shown = format!("{dots}{}x{}{dots}", "é".repeat(100), "é".repeat(199));
    let indent = " ".repeat(103);
    check(&text, 2_000..2_001, &shown, &format!("{indent}^"));
    // A mistake longer than what is shown is marked as far as it is.
    let marked = format!("{indent}{}", "^".repeat(200));
    check(&text, 2_000..text.len(), &shown, &marked);
    let short = "é".repeat(100);
    check(
        &format!("{short}x"),
        200..201,
        &format!("{short}x"),
        &format!("{}^", " ".repeat(100)),
    );
}

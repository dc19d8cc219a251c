//! A small shop whose events are a function of their number.

use onefold::{
    CollectionBasis, Event, Identifier, IdentifierKind, ManualClock, Onefold, SourceName,
    Timestamp, Use,
    connect::Item,
    consent::{Action, Channel, ConsentEntry, Evidence, Purpose},
};

pub(crate) const SEGMENTS: &str = r#"
segment buyers = did "Order Completed" in last 30 d
segment big_spenders = sum(total of "Order Completed") >= 500
segment free_plan = plan = "free"
"#;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn source(name: &str) -> SourceName {
    SourceName::new(name).unwrap()
}

pub(crate) fn email(address: &str) -> Identifier {
    Identifier::email(address).unwrap()
}

pub(crate) fn user(id: &str) -> Identifier {
    Identifier::generic(IdentifierKind::user_id(), id).unwrap()
}

pub(crate) fn newsletter() -> Use {
    Use::new(
        Purpose::new("newsletter").unwrap(),
        Channel::new("email").unwrap(),
    )
}

pub(crate) fn builder() -> onefold::Builder {
    Onefold::builder()
        .segments(SEGMENTS)
        .clock(ManualClock::at(at("2026-02-01")))
}

/// Event number `n` of a shop with 20 people, two devices each: visits, logins, orders.
pub(crate) fn event(n: u64) -> Event {
    let (person, device) = (n % 20, n % 40);
    let time = at("2026-01-20").plus_micros(n as i64 * 60_000_000);
    let builder = match n / 20 % 5 {
        0 => Event::identify()
            .user_id(format!("u{person}"))
            .trait_value("email", format!("p{person}@example.com").as_str())
            .trait_value(
                "plan",
                if person.is_multiple_of(2) {
                    "free"
                } else {
                    "pro"
                },
            ),
        1 | 2 => Event::track("Order Completed")
            .user_id(format!("u{person}"))
            .property(
                "total",
                onefold::Decimal::new((n % 97) as i64 * 100 + 99, 2),
            ),
        _ => Event::page("Home"),
    };
    builder
        .anonymous_id(format!("d{device}"))
        .message_id(format!("m{n}"))
        .timestamp(time)
        .received_at(time.plus_micros(1_000_000))
        .build()
        .unwrap()
}

pub(crate) fn items(numbers: std::ops::Range<u64>) -> Vec<Item> {
    numbers.map(|n| Item::from(event(n))).collect()
}

pub(crate) fn consent(subject: Identifier, action: Action, time: &str) -> Item {
    let entry = ConsentEntry {
        subject,
        purpose: Purpose::new("newsletter").unwrap(),
        channel: Some(Channel::new("email").unwrap()),
        action,
        time: at(time),
        expires: None,
        evidence: Evidence {
            method: Some("web form".into()),
            ..Evidence::default()
        },
    };
    Item::from(entry)
}

pub(crate) fn feed(hub: &Onefold, numbers: std::ops::Range<u64>) {
    let _fates = hub
        .ingest(&source("web"), CollectionBasis::Contract, items(numbers))
        .unwrap();
}

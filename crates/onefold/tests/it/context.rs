//! Consent, memberships, organisations and ids, as segments of the hub see them.

use std::{sync::Arc, time::Duration};

use onefold::{
    ChangeKind, CollectionBasis, Event, Identifier, IdentifierKind, ManualClock, Onefold, Record,
    connect::Item, consent::Action, event::Membership,
};

use crate::support::{at, consent, email, source};

const SEGMENTS: &str = "
segment reachable = consent newsletter by email is granted
segment at_large = any organisation with role \"buyer\" (seats >= 100)
segment everybody = sample 100 % salt \"x\"
";

fn ingest(hub: &Onefold, item: impl Into<Item>) {
    let items = vec![item.into()];
    let fates = hub.ingest(&source("crm"), CollectionBasis::Contract, items);
    assert_eq!(fates.unwrap().len(), 1);
}

fn told(hub: &Onefold) -> Vec<String> {
    let mut subscription = hub.subscribe(onefold::Position::START);
    let mut told = Vec::new();
    while let Some(change) = subscription.next_within(Duration::from_millis(20)).unwrap() {
        let cause = change.cause.map(|cause| format!("{cause:?}"));
        told.push(match change.kind {
            ChangeKind::Entered { segment } => {
                format!("{} +{segment} {}", change.at, cause.unwrap())
            }
            ChangeKind::Left { segment } => format!("{} -{segment} {}", change.at, cause.unwrap()),
            other => format!("{other:?}"),
        });
    }
    told
}

#[test]
fn every_turn_is_told_at_its_instant_and_with_its_cause() {
    let clock = Arc::new(ManualClock::at(at("2026-02-01")));
    let hub = Onefold::builder()
        .segments(SEGMENTS)
        .clock(Arc::clone(&clock));
    let hub = hub.in_memory().unwrap();
    let teehaus = Identifier::generic(IdentifierKind::new("group_id").unwrap(), "teehaus").unwrap();
    let works = Membership {
        organisation: teehaus.clone(),
        role: Some("buyer".into()),
        from: Some(at("2025-01-01")),
        to: Some(at("2026-03-01")),
    };
    let ann = email("ann@example.com");
    let contact = Record::new("contacts").key("c-1").time(at("2026-01-31"));
    let contact = contact.identifier(ann.clone()).membership(works);
    ingest(&hub, contact.build().unwrap());
    // What a group call says of its group is a trait of the organisation, which Ann belongs to as well.
    let group = |seats: i64| {
        let group = Event::group("teehaus").user_id("bob").timestamp(hub.now());
        group
            .trait_value("seats", onefold::Decimal::from(seats))
            .build()
            .unwrap()
    };
    ingest(&hub, group(120));
    ingest(&hub, consent(ann.clone(), Action::Grant, "2026-01-20"));
    clock.set(at("2026-02-02"));
    ingest(&hub, consent(ann, Action::Withdraw, "2026-02-02"));
    // The membership ends by time alone.
    clock.set(at("2026-03-02"));
    hub.tick().unwrap();
    let expected = [
        "2026-02-01T00:00:00.000001Z +everybody Trait",
        "2026-02-01T00:00:00.000001Z +everybody Trait",
        "2026-02-01T00:00:00.000001Z +at_large Trait",
        "2026-02-01T00:00:00.000001Z +reachable Consent",
        "2026-02-02T00:00:00.000001Z -reachable Consent",
        "2026-03-01T00:00:00Z -at_large Timer",
    ];
    assert_eq!(told(&hub), expected);
    assert!(hub.verify().unwrap().is_equal());

    let snapshot = hub.snapshot();
    assert_eq!(snapshot.organisations().collect::<Vec<_>>(), [&teehaus]);
    let seats = snapshot.organisation_trait(&teehaus, "seats", hub.now());
    assert_eq!(seats, Some(onefold::Decimal::from(120).into()));
    assert_eq!(
        snapshot
            .members_as_of("at_large", at("2026-02-15"))
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        snapshot
            .members_as_of("reachable", at("2026-02-01T12:00:00Z"))
            .unwrap()
            .len(),
        1
    );
}

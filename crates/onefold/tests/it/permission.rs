//! Unknown means no, one no covers its scope, and merging people takes the stricter answer.

use onefold::{
    CollectionBasis, Event, Identifier, Ingested, Onefold, connect::Item, consent::Action,
};

use crate::support::{at, builder, consent, email, newsletter, source, user};

fn ingest(hub: &Onefold, items: Vec<Item>) -> Vec<Ingested> {
    hub.ingest(&source("test"), CollectionBasis::Contract, items)
        .unwrap()
}

fn buyer(id: &str, address: &str) -> Item {
    let event = Event::track("Order Completed")
        .user_id(id)
        .message_id(format!("order-{id}"))
        .timestamp(at("2026-01-20"))
        .property("total", 10)
        .context(
            "traits",
            onefold::Value::Json(format!(r#"{{"email":"{address}"}}"#).into()),
        )
        .build();
    Item::from(event.unwrap())
}

fn members(hub: &Onefold) -> (usize, Vec<(String, usize)>) {
    let audience = hub.audience("buyers", &newsletter()).unwrap();
    (
        audience.members().len(),
        audience.reasons().into_iter().collect(),
    )
}

#[test]
fn unknown_then_granted_then_withdrawn() {
    let hub = builder().in_memory().unwrap();
    let _ = ingest(&hub, vec![buyer("ann", "ann@example.com")]);
    assert_eq!(members(&hub), (0, vec![("unknown".into(), 1)]));
    let _ = ingest(
        &hub,
        vec![consent(
            email("ann@example.com"),
            Action::Grant,
            "2026-01-01",
        )],
    );
    assert_eq!(members(&hub), (1, vec![]));
    let _ = ingest(
        &hub,
        vec![consent(
            email("ann@example.com"),
            Action::Withdraw,
            "2026-01-02",
        )],
    );
    assert_eq!(members(&hub), (0, vec![("withdrawn".into(), 1)]));
}

#[test]
fn a_merge_takes_the_stricter_answer() {
    let hub = builder().in_memory().unwrap();
    let _ = ingest(
        &hub,
        vec![
            buyer("ann", "ann@example.com"),
            consent(user("ann"), Action::Grant, "2026-01-05"),
            consent(email("old@example.com"), Action::Withdraw, "2026-01-01"),
        ],
    );
    assert_eq!(members(&hub), (1, vec![]));
    let login = Event::identify()
        .user_id("ann")
        .message_id("login")
        .trait_value("email", "old@example.com")
        .timestamp(at("2026-01-30"))
        .build();
    let _ = ingest(&hub, vec![Item::from(login.unwrap())]);
    assert_eq!(members(&hub), (0, vec![("withdrawn".into(), 1)]));
    assert!(hub.why(&email("old@example.com"), &user("ann")).is_some());
}

#[test]
fn what_may_not_be_collected_is_withheld_and_not_stored() {
    let hub = builder().in_memory().unwrap();
    let mut objection = consent(email("ann@example.com"), Action::Object, "2026-01-01");
    if let onefold::connect::Content::Consent(entry) = &mut objection.content {
        entry.purpose = onefold::consent::Purpose::new("collection").unwrap();
        entry.channel = None;
    }
    objection.id = "objection".into();
    let _ = ingest(&hub, vec![objection]);
    let before = hub.snapshot().position();
    let fates = ingest(
        &hub,
        vec![
            buyer("ann", "ann@example.com"),
            buyer("bob", "bob@example.com"),
        ],
    );
    assert!(
        matches!(fates[..], [Ingested::Withheld(_), Ingested::Accepted(_)]),
        "{fates:?}"
    );
    assert!(hub.person(&user("ann")).is_none());
    assert!(hub.snapshot().position() > before);
    let bob: Identifier = email("bob@example.com");
    assert!(hub.person(&bob).is_some());
}

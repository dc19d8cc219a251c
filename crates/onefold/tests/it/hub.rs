//! What a host sees: people, golden records, segments that enter and leave, explanations, export.

use std::{fs, sync::Arc, time::Duration};

use onefold::{
    ChangeKind, CollectionBasis, ErrorKind, Event, ManualClock, Onefold, Position, Record,
    connect::Item,
    consent::Action,
    identity::{IdentityDecision, Verdict},
};

use crate::support::{SEGMENTS, at, builder, consent, email, feed, newsletter, source, user};

#[test]
fn two_devices_one_person_one_golden_record() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..200);
    let snapshot = hub.snapshot();
    assert_eq!(snapshot.people_count(), 20);
    let person = hub.person(&email("p3@example.com")).unwrap();
    let names: Vec<_> = person
        .identifiers()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "anonymous_id:d23",
            "anonymous_id:d3",
            "email:p3@example.com",
            "user_id:u3"
        ]
    );
    assert_eq!(person.trait_value("plan"), Some("pro".into()));
    assert!(
        person
            .why_trait("plan")
            .unwrap()
            .to_string()
            .contains("pro")
    );
    let why = hub.why(&user("u3"), &email("p3@example.com")).unwrap();
    assert!(why.to_string().contains("user_id:u3"), "{why}");
    assert_eq!(
        hub.why(&user("u3"), &user("u4"))
            .map(|path| path.to_string()),
        None
    );
}

/// A tablet of two people is the earlier one's, whatever came first: what happened on it moves with it.
#[test]
fn a_late_event_moves_a_shared_device() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    let tablet = |event: onefold::event::EventBuilder, id: &str, time: &str| {
        let event = event.anonymous_id("tablet").message_id(id);
        Item::from(event.timestamp(at(time)).build().unwrap())
    };
    let say = |items: Vec<Item>| {
        let _fates = hub
            .ingest(&source("web"), CollectionBasis::Contract, items)
            .unwrap();
    };
    let buyers = || hub.snapshot().members("buyers").unwrap();
    let person = |name: &str| hub.person(&user(name)).unwrap().id();
    let login = |name: &str| Event::page("Home").user_id(name);
    say(vec![
        tablet(login("ann"), "1", "2026-01-10"),
        tablet(Event::track("Order Completed"), "2", "2026-01-11"),
        tablet(login("bob"), "3", "2026-01-12"),
    ]);
    assert_eq!(hub.snapshot().refusals().count(), 1);
    assert_eq!(buyers(), [person("ann")]);

    let (ann, bob) = (person("ann"), person("bob"));
    say(vec![tablet(login("bob"), "4", "2026-01-02")]);
    assert_eq!([person("ann"), person("bob")], [ann, bob]);
    assert_eq!(buyers(), [bob]);
    let held: Vec<_> = hub.snapshot().refusals().map(|it| it.to_string()).collect();
    assert_eq!(held.len(), 1);
    assert!(held[0].starts_with("`user_id:ann` was seen"), "{held:?}");
    let mut changes = hub.subscribe(Position::START);
    let mut parted = Vec::new();
    while let Some(change) = changes.next_within(Duration::from_millis(200)).unwrap() {
        if let ChangeKind::Split { other } = change.kind {
            parted.push((change.person, other));
        }
    }
    assert_eq!(parted, [(ann, bob)]);
    assert!(hub.verify().unwrap().is_equal());
    let dump = hub.snapshot().dump().to_string();
    drop(changes);
    drop(hub);
    let again = builder().open(directory.path()).unwrap();
    assert_eq!(again.snapshot().dump().to_string(), dump);
}

/// Parted by a decision, and what happened then, and before, as the log has it.
#[test]
fn a_decision_is_a_fact_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..200);
    let before = hub.snapshot();
    let (ann, address) = (user("u3"), email("p3@example.com"));
    let same = |hub: &Onefold| {
        let [a, b] = [&ann, &address].map(|it| hub.person(it).unwrap().id());
        a == b
    };
    let desk = source("support");
    let identifiers = [ann.clone(), address.clone()];
    let apart = IdentityDecision::Apart {
        identifiers: identifiers.clone(),
    };
    assert!(same(&hub));
    let decided = hub.decide(&desk, apart.clone()).unwrap();
    assert_eq!(
        (decided.verdict, decided.splits.len(), decided.held.len()),
        (Verdict::Done, 1, 1)
    );
    assert!(!same(&hub));
    assert_eq!(
        hub.decide(&desk, apart).unwrap().verdict,
        Verdict::Unchanged
    );
    // Seen together once more, they stay apart.
    feed(&hub, 200..400);
    assert!(!same(&hub));
    let together = IdentityDecision::Same {
        identifiers: identifiers.clone(),
    };
    let verdict = hub.decide(&desk, together).unwrap().verdict;
    let Verdict::Held(refusal) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(
        refusal.rule.to_string(),
        "`email:p3@example.com` and `user_id:u3` are kept apart"
    );
    assert!(hub.verify().unwrap().is_equal());
    let then = hub.snapshot_at(before.position()).unwrap();
    assert_eq!(then.dump().to_string(), before.dump().to_string());
    let beyond = hub.snapshot_at(Position(1 << 40)).unwrap_err();
    assert_eq!(beyond.kind(), ErrorKind::NotFound);

    let dump = hub.snapshot().dump().to_string();
    drop((hub, then, before));
    fs::remove_file(directory.path().join("checkpoint.ofc")).unwrap();
    let hub = builder().open(directory.path()).unwrap();
    assert_eq!(hub.snapshot().dump().to_string(), dump);
    let decided = hub
        .decide(&desk, IdentityDecision::NotApart { identifiers })
        .unwrap();
    assert_eq!((decided.merges.len(), decided.released.len()), (1, 1));
    assert!(same(&hub));
    let all = IdentityDecision::RetractSource {
        source: source("web"),
    };
    let _decided = hub.decide(&desk, all).unwrap();
    assert!(hub.verify().unwrap().is_equal());
    // Only what the desk said is left.
    assert_eq!(hub.snapshot().people_count(), 79);
}

#[test]
fn empty_text_is_a_property_and_never_a_trait() {
    let hub = Onefold::builder()
        .clock(ManualClock::at(at("2026-02-01")))
        .segments(
            "segment coupon = did order where coupon is set\n\
             segment city = city is set\n\
             segment street = street is unset",
        )
        .in_memory()
        .unwrap();
    let say = |day: &str, city: &str| {
        let event = Event::identify().user_id("ann").timestamp(at(day));
        let event = event.trait_value("city", city).trait_value("street", " ");
        event.message_id(day).build().unwrap()
    };
    let order = Event::track("order").user_id("ann").property("coupon", "");
    let order = order.timestamp(at("2026-01-01")).build().unwrap();
    let events = [say("2026-01-01", "Bonn"), say("2026-01-02", ""), order];
    let _fates = hub.ingest_events(&source("web"), events).unwrap();
    let members = |segment| hub.snapshot().members(segment).unwrap().len();
    assert_eq!(members("coupon"), 1, "an empty property is set");
    assert_eq!(members("city"), 1, "what is empty takes nothing back");
    assert_eq!(
        members("street"),
        1,
        "a trait that was only ever empty is missing"
    );
    let ann = hub.person(&user("ann")).unwrap();
    assert_eq!(ann.trait_value("city"), Some("Bonn".into()));
    assert_eq!(ann.trait_value("street"), None);
}

#[test]
fn a_date_far_ahead_is_not_when_anything_happened() {
    let hub = builder().in_memory().unwrap();
    let record = |time| {
        let record = Record::new("contracts").key(time).time(at(time));
        Item::from(record.identifier(user("ann")).build().unwrap())
    };
    let items = vec![
        record("2026-01-20"),
        record("9999-12-31"),
        consent(user("ann"), Action::Grant, "2026-01-25"),
        consent(user("ann"), Action::Withdraw, "9999-12-31"),
    ];
    let _fates = hub
        .ingest(&source("crm"), CollectionBasis::Contract, items)
        .unwrap();
    let totals = hub.snapshot().totals();
    assert_eq!((totals.records, totals.consent_entries), (2, 2));
    // The clock stands at 2026-02-01: what lies ahead of it has not happened.
    assert_eq!(totals.newest, at("2026-01-20"));
    assert_eq!(totals.newest_consent, at("2026-01-25"));
}

#[test]
fn segments_leave_by_time_alone() {
    let clock = Arc::new(ManualClock::at(at("2026-01-10")));
    let hub = Onefold::builder()
        .segments(SEGMENTS)
        .clock(Arc::clone(&clock))
        .in_memory()
        .unwrap();
    let order = Event::track("Order Completed")
        .user_id("ann")
        .message_id("m1")
        .timestamp(at("2026-01-09"));
    let order = order
        .received_at(at("2026-01-09"))
        .property("total", 600)
        .build()
        .unwrap();
    let _ = hub.ingest_events(&source("web"), [order]).unwrap();
    assert_eq!(hub.snapshot().members("buyers").unwrap().len(), 1);
    // [as_of - 30 d, as_of): the last instant that still sees the order is 30 days after it.
    clock.set(at("2026-02-08"));
    let buyers = |time| {
        hub.snapshot()
            .members_as_of("buyers", at(time))
            .unwrap()
            .len()
    };
    assert_eq!(buyers("2026-02-08T00:00:00Z"), 1);
    assert_eq!(buyers("2026-02-08T00:00:00.000001Z"), 0);
    clock.set(at("2026-02-08T00:00:01Z"));
    hub.tick().unwrap();
    assert_eq!(hub.snapshot().members("buyers").unwrap().len(), 0);
    assert_eq!(hub.snapshot().members("big_spenders").unwrap().len(), 1);
    let person = hub.person(&user("ann")).unwrap();
    let why = person.why_segment("big_spenders", hub.now()).unwrap();
    assert!(why.to_string().contains("600"), "{why}");
}

#[test]
fn what_happens_now_counts_now() {
    let now = at("2026-01-10T12:00:00Z");
    let hub = Onefold::builder()
        .segments(SEGMENTS)
        .clock(ManualClock::at(now))
        .in_memory()
        .unwrap();
    let order = Event::track("Order Completed")
        .user_id("ann")
        .message_id("m1")
        .timestamp(now)
        .received_at(now);
    let _ = hub
        .ingest_events(&source("web"), [order.build().unwrap()])
        .unwrap();
    assert_eq!(hub.snapshot().members("buyers").unwrap().len(), 1);
}

#[test]
fn an_export_is_logged_before_it_leaves_and_resumes() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..20);
    let grant = onefold::ExportGrant {
        granted_to: "warehouse".into(),
        reason: "monthly report".into(),
        destination: "s3://reports".into(),
    };
    let mut first = Vec::new();
    let exported = hub.export(&grant, Position::START, &mut first).unwrap();
    assert_eq!(
        exported.lines as usize,
        first.split(|byte| *byte == b'\n').count() - 1
    );
    let mut rest = Vec::new();
    let _ = hub.export(&grant, exported.upto, &mut rest).unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.contains("\"kind\":\"export\"") && rest.contains("monthly report"),
        "{rest}"
    );
    assert!(!rest.contains("\"kind\":\"event\""), "{rest}");
}

#[test]
fn an_unknown_segment_names_those_there_are() {
    let hub = builder().in_memory().unwrap();
    let error = hub.audience("byers", &newsletter()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "no segment `byers`: there are `buyers`, `big_spenders`, `free_plan`"
    );
}

#[test]
fn a_closed_hub_answers_and_its_snapshots_live_on() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..20);
    let (other, snapshot) = (hub.clone(), hub.snapshot());
    hub.close().unwrap();
    let refused = other
        .ingest(
            &source("web"),
            CollectionBasis::Contract,
            Vec::<Item>::new(),
        )
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Poisoned);
    assert!(snapshot.people_count() > 0);
}

#[test]
fn a_ticket_can_be_awaited_without_a_runtime() {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };
    let hub = builder().in_memory().unwrap();
    let ticket = hub
        .submit(
            &source("web"),
            CollectionBasis::Contract,
            crate::support::items(0..10),
        )
        .unwrap();
    let mut ticket = pin!(ticket);
    let mut context = Context::from_waker(Waker::noop());
    let fates = loop {
        match ticket.as_mut().poll(&mut context) {
            Poll::Ready(fates) => break fates.unwrap(),
            Poll::Pending => std::thread::yield_now(),
        }
    };
    assert_eq!(fates.len(), 10);
}

#[test]
fn the_hub_is_send_sync_and_cheap_to_clone() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Onefold>();
    check::<onefold::Snapshot>();
    check::<onefold::Person>();
}

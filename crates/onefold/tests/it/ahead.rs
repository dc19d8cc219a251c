//! What is dated ahead comes into force by itself, and what is repeated changes nothing.

use std::{sync::Arc, time::Duration};

use onefold::{
    ChangeKind, Decimal, Event, ManualClock, Onefold, Timestamp, event::EventBuilder,
    segment::Cause,
};

use crate::support::{at, source};

const SEGMENTS: &str = "
segment pro = plan = \"pro\"
segment small = any organisation (seats < 10)
segment big = any organisation (seats >= 100)
segment orders = did Order
";

struct World {
    clock: Arc<ManualClock>,
    hub: Onefold,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(at("2026-02-01")));
        let hub = Onefold::builder().segments(SEGMENTS);
        let hub = hub.clock(Arc::clone(&clock)).in_memory().unwrap();
        Self { clock, hub }
    }

    fn take(&self, event: EventBuilder, time: Timestamp) {
        let event = event.timestamp(time).build().unwrap();
        let fates = self.hub.ingest_events(&source("shop"), [event]).unwrap();
        assert!(fates[0].position().is_some(), "{fates:?}");
    }

    /// Lets time pass and compares the members, live and asked for, with how many are expected.
    fn check(&self, time: &str, segment: &str, count: usize) {
        self.clock.set(at(time));
        self.hub.tick().unwrap();
        let snapshot = self.hub.snapshot();
        let as_of = self.hub.now().plus_micros(1);
        let live = snapshot.members(segment).unwrap();
        assert_eq!(live, snapshot.members_as_of(segment, as_of).unwrap());
        assert_eq!(live.len(), count, "{segment} at {time}");
        assert!(self.hub.verify().unwrap().is_equal(), "{segment} at {time}");
    }

    fn causes(&self) -> Vec<String> {
        let mut subscription = self.hub.subscribe(onefold::Position::START);
        let mut told = Vec::new();
        while let Some(change) = subscription.next_within(Duration::from_millis(20)).unwrap() {
            let cause: Cause = change.cause.unwrap();
            told.push(match change.kind {
                ChangeKind::Entered { segment } => format!("{} +{segment} {cause:?}", change.at),
                ChangeKind::Left { segment } => format!("{} -{segment} {cause:?}", change.at),
                other => format!("{other:?}"),
            });
        }
        told
    }
}

fn group(user: &str) -> EventBuilder {
    Event::group("acme").user_id(user)
}

fn seats(user: &str, seats: i64) -> EventBuilder {
    group(user).trait_value("seats", Decimal::from(seats))
}

#[test]
fn a_trait_that_is_dated_ahead_comes_into_force_at_its_instant() {
    let world = World::new();
    let identify = Event::identify().user_id("ann");
    world.take(
        identify.trait_value("plan", "pro"),
        at("2026-02-01T01:00:00Z"),
    );
    world.check("2026-02-01T00:59:59Z", "pro", 0);
    world.check("2026-02-02", "pro", 1);
    assert_eq!(world.causes(), ["2026-02-01T01:00:00Z +pro Timer"]);
}

#[test]
fn a_trait_of_an_organisation_that_is_dated_ahead_comes_into_force_for_all_its_members() {
    let world = World::new();
    world.take(group("ann"), world.hub.now());
    world.take(seats("bob", 120), world.hub.now());
    world.check("2026-02-02", "big", 2);
    world.take(seats("bob", 1), at("2026-02-02T01:00:00Z"));
    world.check("2026-02-02T00:30:00Z", "small", 0);
    world.check("2026-02-03", "small", 2);
    world.check("2026-02-03", "big", 0);
}

#[test]
fn many_traits_dated_ahead_come_into_force_each_at_its_instant() {
    let world = World::new();
    for hour in 0..80_i64 {
        let plan = ["pro", "free"][hour as usize % 2];
        let identify = Event::identify().user_id("ann").trait_value("plan", plan);
        world.take(identify, at("2026-02-01").plus_micros(hour * 3_600_000_000));
    }
    world.check("2026-02-01T12:30:00Z", "pro", 1);
    world.check("2026-02-01T13:30:00Z", "pro", 0);
    world.check("2026-02-10", "pro", 0);
    assert_eq!(world.causes().len(), 80);
}

#[test]
fn what_is_known_of_people_and_organisations_is_told_as_such() {
    let world = World::new();
    let identify = Event::identify().user_id("ann");
    world.take(identify.trait_value("plan", "pro"), world.hub.now());
    world.take(group("ann"), world.hub.now());
    // Ann is told of what Bob's call says, too.
    world.take(seats("bob", 120), world.hub.now());
    world.take(Event::track("Order").user_id("ann"), world.hub.now());
    let expected = [
        "2026-02-01T00:00:00.000001Z +pro Trait",
        "2026-02-01T00:00:00.000001Z +big Trait",
        "2026-02-01T00:00:00.000001Z +big Trait",
        "2026-02-01T00:00:00.000001Z +orders Event",
    ];
    assert_eq!(world.causes(), expected);
}

#[test]
fn organisations_are_the_same_after_reopening_however_often_their_members_called() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let builder = Onefold::builder().segments(SEGMENTS);
        let builder = builder.clock(ManualClock::at(at("2026-02-01")));
        builder.open(directory.path()).unwrap()
    };
    let hub = open();
    for round in 0..3 {
        for user in ["ann", "bob", "cid"] {
            let event = seats(user, 120 + round).timestamp(hub.now()).build();
            let _fates = hub
                .ingest_events(&source("shop"), [event.unwrap()])
                .unwrap();
        }
    }
    let (dump, bytes) = (
        hub.snapshot().dump().to_string(),
        hub.snapshot().memory_bytes(),
    );
    hub.close().unwrap();
    let hub = open();
    assert_eq!(hub.opened_from(), hub.snapshot().position());
    assert_eq!(hub.snapshot().dump().to_string(), dump);
    assert!(hub.snapshot().memory_bytes() <= bytes);
    let event = seats("ann", 1).timestamp(hub.now()).build().unwrap();
    let _fates = hub.ingest_events(&source("shop"), [event]).unwrap();
    assert_eq!(hub.snapshot().members("small").unwrap().len(), 3);
    assert!(hub.verify().unwrap().is_equal());
}

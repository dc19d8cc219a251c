//! Segments made, replaced, tried and dropped while the hub runs.

use std::time::Duration;

use onefold::{ChangeKind, CollectionBasis, ErrorKind, Event, ManualClock, Onefold, Position};

use crate::support::{at, builder, feed, items, source};

const LOYAL: &str = "segment loyal = in buyers and did \"Order Completed\" at least 3 times";

fn count(hub: &Onefold, segment: &str) -> usize {
    hub.snapshot().members(segment).unwrap().len()
}

fn dump(hub: &Onefold) -> String {
    hub.snapshot().dump().to_string()
}

#[test]
fn a_definition_is_there_from_the_start_and_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..150);
    hub.define(LOYAL).unwrap();
    feed(&hub, 150..300);
    assert!(hub.verify().unwrap().is_equal());

    // The same as if it had been the builder's from the beginning.
    let other = builder().segments(LOYAL).in_memory().unwrap();
    feed(&other, 0..300);
    assert!(count(&hub, "loyal") > 0);
    assert_eq!(count(&hub, "loyal"), count(&other, "loyal"));
    let live = dump(&hub);
    hub.close().unwrap();

    let reopened = builder().open(directory.path()).unwrap();
    assert_eq!(reopened.opened_from(), reopened.snapshot().position());
    assert_eq!(dump(&reopened), live);
    drop(reopened);
    std::fs::remove_file(directory.path().join("checkpoint.ofc")).unwrap();
    let rebuilt = builder().open(directory.path()).unwrap();
    assert_eq!(rebuilt.opened_from(), Position::START);
    assert_eq!(dump(&rebuilt), live);
}

#[test]
fn subscribers_hear_who_enters_and_leaves_by_a_definition() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..300);
    let before = hub.snapshot().position();
    hub.define("segment all = not in none segment none = did nothing")
        .unwrap();
    hub.define("segment all = in buyers").unwrap();
    hub.drop_definitions(&["all", "none"]).unwrap();
    let mut subscription = hub.subscribe(before);
    let (mut entered, mut left) = (0, 0);
    while let Some(change) = subscription.next_within(Duration::from_millis(50)).unwrap() {
        match change.kind {
            ChangeKind::Entered { segment } if &*segment == "all" => entered += 1,
            ChangeKind::Left { segment } if &*segment == "all" => left += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((entered, left), (20, 20));
    assert_eq!(
        hub.snapshot().members("all").unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn a_trial_changes_nothing_and_tells_the_difference() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..300);
    hub.define(LOYAL).unwrap();
    let position = hub.snapshot().position();
    let trial = hub
        .try_segments("segment loyal = in buyers and did \"Order Completed\" at least 1000 times")
        .unwrap();
    let diff = trial.diff().unwrap();
    assert_eq!(diff.len(), 1);
    assert_eq!(diff[0].left.len(), count(&hub, "loyal"));
    assert_eq!(
        &*diff[0].left_by[0].clause,
        "did \"Order Completed\" at least 1000 times"
    );
    assert_eq!(trial.snapshot().members("loyal").unwrap().len(), 0);
    assert_eq!(hub.snapshot().position(), position);
}

/// What is asked about kept events is answered from memory: it has to be what a fold of the log says.
#[test]
fn what_is_kept_is_asked_without_the_log() {
    for definition in [
        "segment calm = not did \"Order Completed\" in last 3 d",
        "segment rich = sum(total of \"Order Completed\" in last 10 d) > 300 and plan = \"free\"",
        "segment both = in buyers and in big_spenders",
        "segment no_events = plan is set",
    ] {
        let hub = builder().in_memory().unwrap();
        feed(&hub, 0..150);
        let trial = hub.try_segments(definition).unwrap();
        let tried = trial.snapshot().dump().to_string();
        feed(&hub, 150..300);
        trial.define().unwrap();
        assert!(hub.verify().unwrap().is_equal(), "{definition}");

        let other = builder().segments(definition).in_memory().unwrap();
        feed(&other, 0..150);
        let members = |dump: String| dump.lines().filter(|line| line.contains("member ")).count();
        assert_eq!(members(tried), members(dump(&other)), "{definition}");
        feed(&other, 150..300);
        let name = definition.split(' ').nth(1).unwrap();
        assert_eq!(count(&hub, name), count(&other, name), "{definition}");
    }
}

#[test]
fn mistakes_are_refused_and_nothing_changes() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..100);
    hub.define(LOYAL).unwrap();
    let before = dump(&hub);
    let check = |result: onefold::Result<Position>, kind, message: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    };
    check(
        hub.define("segment x = in nobody"),
        ErrorKind::InvalidInput,
        "unknown segment `nobody`",
    );
    check(hub.define("segment x = = 3"), ErrorKind::InvalidInput, "");
    check(
        hub.define("segment buyers = did page"),
        ErrorKind::InvalidInput,
        "`buyers` is defined by the program",
    );
    check(
        hub.drop_definitions(&["buyers"]),
        ErrorKind::NotFound,
        "`buyers`",
    );
    hub.define("segment very = in loyal").unwrap();
    check(
        hub.drop_definitions(&["loyal"]),
        ErrorKind::InvalidInput,
        "unknown segment `loyal`",
    );
    hub.drop_definitions(&["very", "loyal"]).unwrap();
    hub.define(LOYAL).unwrap();
    assert_eq!(dump(&hub), before);
}

#[test]
fn a_trial_that_was_overtaken_is_told_so() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..100);
    let slow = hub.try_segments(LOYAL).unwrap();
    hub.define("segment seen = did page").unwrap();
    assert_eq!(slow.define().unwrap_err().kind(), ErrorKind::Busy);
    // Events alone do not stand in the way.
    let trial = hub.try_segments(LOYAL).unwrap();
    let fates = hub.ingest(&source("web"), CollectionBasis::Contract, items(100..300));
    assert!(fates.is_ok());
    trial.define().unwrap();
    assert!(hub.verify().unwrap().is_equal());
    let other = builder().segments(LOYAL).in_memory().unwrap();
    feed(&other, 0..300);
    assert_eq!(count(&hub, "loyal"), count(&other, "loyal"));
}

#[test]
fn a_definition_that_was_logged_is_there_without_a_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.checkpoint().unwrap();
    let old = std::fs::read(directory.path().join("checkpoint.ofc")).unwrap();
    hub.define(LOYAL).unwrap();
    feed(&hub, 100..300);
    let live = dump(&hub);
    drop(hub);
    // As after a crash before the next checkpoint was written.
    std::fs::write(directory.path().join("checkpoint.ofc"), old).unwrap();
    let reopened = builder().open(directory.path()).unwrap();
    assert_eq!(dump(&reopened), live);
    let early = reopened.snapshot_at(Position(50)).unwrap();
    assert!(early.members("loyal").is_err() && early.members("buyers").is_ok());
}

#[test]
fn a_builder_that_no_longer_defines_what_is_referred_to_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.define(LOYAL).unwrap();
    hub.close().unwrap();
    let error = Onefold::builder().open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("unknown segment `buyers`"),
        "{error}"
    );
    // A definition of the builder takes the place of a stored one.
    let hub = builder()
        .segments("segment loyal = did nothing")
        .open(directory.path())
        .unwrap();
    assert_eq!(count(&hub, "loyal"), 0);
}

#[test]
fn a_trial_is_as_of_now_though_the_last_tick_logged_nothing() {
    let clock = std::sync::Arc::new(ManualClock::at(at("2026-02-01")));
    let hub = Onefold::builder().clock(std::sync::Arc::clone(&clock));
    let hub = hub.in_memory().unwrap();
    let order = Event::track("Order").user_id("ann").timestamp(hub.now());
    let _fates = hub
        .ingest_events(&source("shop"), [order.build().unwrap()])
        .unwrap();
    let position = hub.snapshot().position();
    clock.set(at("2026-03-15"));
    hub.tick().unwrap();
    assert_eq!(hub.snapshot().position(), position);
    let definitions =
        "segment recent = did Order in last 7 d\nsegment asleep = lapsed Order for 30 d";
    let trial = hub.try_segments(definitions).unwrap();
    let tried = |name| trial.snapshot().members(name).unwrap().len();
    assert_eq!((tried("recent"), tried("asleep")), (0, 1));
    let names: Vec<_> = trial.diff().unwrap().into_iter().collect();
    assert_eq!(&*names[0].segment, "asleep");
    assert_eq!(names.len(), 1);
    trial.define().unwrap();
    assert_eq!((count(&hub, "recent"), count(&hub, "asleep")), (0, 1));
}

#[test]
fn a_state_that_is_published_is_in_the_log() {
    let clock = std::sync::Arc::new(ManualClock::at(at("2026-02-01")));
    let hub = Onefold::builder().segments("segment recent = did Order in last 7 d");
    let hub = hub
        .clock(std::sync::Arc::clone(&clock))
        .in_memory()
        .unwrap();
    let order = Event::track("Order").user_id("ann").timestamp(hub.now());
    let _fates = hub
        .ingest_events(&source("shop"), [order.build().unwrap()])
        .unwrap();
    let trial = hub.try_segments("segment viewers = did page").unwrap();
    // So much that the writer takes its time with the rest.
    feed(&hub, 0..1_000);
    let before = hub.snapshot().position();
    clock.set(at("2026-03-01"));
    let reader = {
        let hub = hub.clone();
        std::thread::spawn(move || {
            loop {
                let snapshot = hub.snapshot();
                if snapshot.position() != before {
                    return true;
                }
                if snapshot.members("recent").unwrap().is_empty() {
                    return false;
                }
            }
        })
    };
    trial.define().unwrap();
    assert!(
        reader.join().unwrap(),
        "an exit was seen that the log did not have"
    );
    assert_eq!(count(&hub, "recent"), 0);
}

#[test]
fn a_name_that_the_builder_took_stands_in_the_way_of_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.define(LOYAL).unwrap();
    hub.define("segment very = in loyal").unwrap();
    hub.close().unwrap();
    let open = || {
        let builder = builder().segments("segment loyal = did nothing segment very = did nothing");
        builder.open(directory.path()).unwrap()
    };
    let hub = open();
    hub.define("segment other = did page").unwrap();
    assert_eq!(count(&hub, "loyal"), 0);
    assert!(count(&hub, "other") > 0);
    let error = hub.define("segment loyal = did page").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`loyal` is defined by the program"),
        "{error}"
    );
    // One of those that are in nobody's way may go alone.
    hub.drop_definitions(&["loyal"]).unwrap();
    assert!(hub.verify().unwrap().is_equal());
    let live = dump(&hub);
    hub.close().unwrap();
    assert_eq!(dump(&open()), live);
}

#[test]
fn a_name_that_is_a_segment_and_a_trait_is_dropped_as_both() {
    let hub = builder().in_memory().unwrap();
    hub.define("segment s = did Order\ntrait s = count(Order)")
        .unwrap();
    assert!(
        hub.snapshot()
            .plan()
            .computed_traits()
            .any(|name| name == "s")
    );
    hub.drop_definitions(&["s"]).unwrap();
    assert!(
        !hub.snapshot()
            .plan()
            .computed_traits()
            .any(|name| name == "s")
    );
    assert!(hub.snapshot().members("s").is_err());
}

#[test]
fn a_stored_definition_that_is_refused_can_be_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.define(LOYAL).unwrap();
    hub.define("segment pages = did page").unwrap();
    hub.close().unwrap();
    let open = || Onefold::builder().clock(ManualClock::at(at("2026-02-01")));
    let error = open().open(directory.path()).unwrap_err();
    assert!(
        error.to_string().contains("leave_out_stored_definitions"),
        "{error}"
    );

    let hub = open().leave_out_stored_definitions();
    let hub = hub.open(directory.path()).unwrap();
    assert_eq!(hub.snapshot().segments(), Vec::<&str>::new());
    assert!(hub.verify().unwrap().is_equal());
    let refused = hub.define("segment x = did page").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    hub.drop_definitions(&["loyal"]).unwrap();
    assert!(hub.verify().unwrap().is_equal());
    hub.close().unwrap();

    let hub = open().open(directory.path()).unwrap();
    assert_eq!(hub.snapshot().segments(), ["pages"]);
    assert!(count(&hub, "pages") > 0);
}

//! Live, reopened and rebuilt states are one state.

use std::sync::Arc;

use onefold::{CollectionBasis, Ingested, ManualClock, consent::Action};
use proptest::prelude::*;

use crate::support::{at, builder, consent, email, feed, items, source, user};

#[test]
fn live_reopened_and_rebuilt_dumps_are_equal() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..300);
    hub.checkpoint().unwrap();
    feed(&hub, 300..400);
    let _ = hub
        .ingest(
            &source("crm"),
            CollectionBasis::Contract,
            vec![consent(
                email("p1@example.com"),
                Action::Grant,
                "2026-01-01",
            )],
        )
        .unwrap();
    let live = hub.snapshot().dump().to_string();
    assert!(hub.verify().unwrap().is_equal());
    assert!(live.contains("p1@example.com"), "{live}");
    drop(hub);

    let reopened = builder().open(directory.path()).unwrap();
    assert_eq!(reopened.opened_from(), reopened.snapshot().position());
    assert_eq!(reopened.snapshot().dump().to_string(), live);
    reopened.close().unwrap();
    // Without its checkpoint the store is folded from the beginning.
    std::fs::remove_file(directory.path().join("checkpoint.ofc")).unwrap();
    let rebuilt = builder().open(directory.path()).unwrap();
    assert_eq!(rebuilt.opened_from(), onefold::Position::START);
    assert_eq!(rebuilt.snapshot().dump().to_string(), live);
}

#[test]
fn a_second_run_finds_only_duplicates_also_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    drop(hub);
    let hub = builder().open(directory.path()).unwrap();
    let fates = hub
        .ingest(&source("web"), CollectionBasis::Contract, items(0..100))
        .unwrap();
    assert!(
        fates.iter().all(|fate| *fate == Ingested::Duplicate),
        "{fates:?}"
    );
    // The same ids of another source are other events.
    let fates = hub
        .ingest(&source("app"), CollectionBasis::Contract, items(0..1))
        .unwrap();
    assert!(matches!(fates[..], [Ingested::Accepted(_)]), "{fates:?}");
}

#[test]
fn a_new_definition_knows_the_whole_past() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.close().unwrap();
    let hub = builder()
        .segments("segment visitors = did page")
        .open(directory.path())
        .unwrap();
    assert_eq!(hub.snapshot().members("visitors").unwrap().len(), 20);
}

#[test]
fn a_second_opening_is_refused_while_the_first_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    let refused = builder().open(directory.path()).unwrap_err();
    assert_eq!(refused.kind(), onefold::ErrorKind::Locked);
    let told = refused.to_string();
    assert_eq!(told.matches("opening the store").count(), 1, "{told}");
    drop(hub);
    assert!(builder().open(directory.path()).is_ok());
}

#[test]
fn a_folder_with_other_files_does_not_become_a_store() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["notes.txt", "b.csv"] {
        std::fs::write(directory.path().join(name), "mine").unwrap();
    }
    let refused = builder().open(directory.path()).unwrap_err();
    assert_eq!(refused.kind(), onefold::ErrorKind::InvalidInput);
    let expected = format!(
        "opening the store `{}`: the folder holds `b.csv` and is no store; name an empty folder, or one that is not there yet",
        directory.path().display()
    );
    assert_eq!(refused.to_string(), expected);
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 2, "nothing was made there");
    // A store beside which somebody put a file, and what an interrupted creation left, are opened.
    let store = directory.path().join("store");
    drop(builder().open(&store).unwrap());
    std::fs::write(store.join("notes.txt"), "mine").unwrap();
    drop(builder().open(&store).unwrap());
    let begun = directory.path().join("begun");
    std::fs::create_dir(&begun).unwrap();
    std::fs::write(begun.join("LOCK"), "").unwrap();
    assert!(builder().open(&begun).is_ok());
    let mounted = directory.path().join("mounted");
    std::fs::create_dir_all(mounted.join("lost+found")).unwrap();
    assert!(builder().open(&mounted).is_ok());
}

/// What happens to a hub, in any order.
#[derive(Debug, Clone)]
enum Step {
    /// Some of few identifiers together, so that people merge and limits refuse; days ago; what.
    Event(Vec<(usize, u8)>, i64, u8),
    Say(u8, Action),
    /// Hours pass.
    Wait(i64),
    Tick,
    Checkpoint,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let identifiers = prop::collection::vec((0..3_usize, 0..5_u8), 1..4);
    prop_oneof![
        12 => (identifiers, 0..9_i64, 0..4_u8).prop_map(|(who, ago, what)| Step::Event(who, ago, what)),
        1 => (0..5_u8, prop_oneof![Just(Action::Grant), Just(Action::Object)])
            .prop_map(|(who, action)| Step::Say(who, action)),
        3 => (1..60_i64).prop_map(Step::Wait),
        1 => Just(Step::Tick),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Reopen),
    ]
}

const WINDOWS: &str = r#"
segment recent = did "Order" in last 3 d
segment quiet = did not "Order" in last 5 d
segment spenders = sum(total of "Order" in last 7 d) >= 20
segment pro = plan = "pro"
segment quiet_pro = in quiet and in pro
"#;

fn event_of(who: &[(usize, u8)], time: onefold::Timestamp, what: u8, n: usize) -> onefold::Event {
    let mut builder = match what {
        0 => onefold::Event::identify().trait_value("plan", "pro"),
        1 => onefold::Event::identify().trait_value("plan", "free"),
        _ => onefold::Event::track("Order").property("total", i64::from(what) * 5),
    };
    for (kind, value) in who {
        builder = match kind {
            0 => builder.user_id(format!("u{value}")),
            1 => builder.anonymous_id(format!("d{value}")),
            _ => builder.trait_value("email", format!("p{value}@example.com").as_str()),
        };
    }
    let builder = builder.timestamp(time).received_at(time);
    builder.message_id(format!("m{n}")).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(64), ..Default::default() })]

    /// Merges, refusals, late events, timers, checkpoints anywhere: the fold of the log, which asks segments
    /// only at its end, is what the writer had, which asked them after every event.
    #[test]
    fn any_history_folds_to_what_was_live(steps in prop::collection::vec(step(), 1..80)) {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(at("2026-02-01")));
        let open = || {
            let rules = onefold::identity::Rules::standard();
            let builder = onefold::Onefold::builder().segments(WINDOWS).identity(rules);
            builder.clock(Arc::clone(&clock)).open(directory.path()).unwrap()
        };
        let mut hub = open();
        let mut now = at("2026-02-01");
        for (n, step) in steps.iter().enumerate() {
            match step {
                Step::Event(who, ago, what) => {
                    let time = now.plus_micros(-ago * 86_400_000_000);
                    let event = event_of(who, time, *what, n);
                    let _fates = hub.ingest_events(&source("web"), [event]).unwrap();
                }
                Step::Say(who, action) => {
                    let said = consent(user(&format!("u{who}")), *action, "2026-01-01");
                    let _fates = hub.ingest(&source("crm"), CollectionBasis::Contract, vec![said]).unwrap();
                }
                Step::Wait(hours) => {
                    now = now.plus_micros(hours * 3_600_000_000);
                    clock.set(now);
                }
                Step::Tick => hub.tick().unwrap(),
                Step::Checkpoint => hub.checkpoint().unwrap(),
                Step::Reopen => {
                    let before = hub.snapshot().dump().to_string();
                    drop(hub);
                    hub = open();
                    prop_assert_eq!(hub.snapshot().dump().to_string(), before);
                }
            }
        }
        hub.tick().unwrap();
        let snapshot = hub.snapshot();
        prop_assert!(hub.verify().unwrap().is_equal(), "{}", snapshot.dump());
        for segment in snapshot.segments() {
            let live = snapshot.members(segment).unwrap();
            prop_assert_eq!(live, snapshot.members_as_of(segment, now.plus_micros(1)).unwrap());
        }
    }
}

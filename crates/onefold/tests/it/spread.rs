//! Changes that fill more than one group: seen at once, and told to the last one whatever crashes.

use std::{sync::Arc, time::Duration};

use onefold::{
    ChangeKind, CollectionBasis, Event, ManualClock, Onefold, PersonId, Position, Result,
    connect::Item,
    store::{FaultDisk, FileStore},
};

use crate::support::{at, source};

const PEOPLE: u64 = 100;
/// So many segments of everybody that the changes fill two groups.
const SEGMENTS: usize = 90;

/// Segments that everybody is in for some days after an order, all ending at one instant.
fn definitions(names: &str) -> String {
    let segment = |number| format!("segment {names}{number} = did Order in last 7 d\n");
    (0..SEGMENTS).map(segment).collect()
}

fn open(disk: &FaultDisk, builders: &str, clock: &Arc<ManualClock>) -> Result<Onefold> {
    let store = Arc::new(FileStore::open_on(Arc::new(disk.clone()), "store")?);
    let builder = Onefold::builder().segments(builders);
    builder.clock(Arc::clone(clock)).open_on(store)
}

fn order(hub: &Onefold) -> Result<()> {
    let order = |n: u64| {
        let event = Event::track("Order").user_id(format!("u{n}"));
        let event = event.message_id(format!("m{n}")).timestamp(hub.now());
        Item::from(event.build().unwrap())
    };
    let items = (0..PEOPLE).map(order).collect();
    let fates = hub.ingest(&source("shop"), CollectionBasis::Contract, items)?;
    assert_eq!(fates.len() as u64, PEOPLE);
    Ok(())
}

/// Who entered and who left what, by the numbers of the people, which are not the same in two stores.
fn told(hub: &Onefold) -> Vec<(usize, String)> {
    let people: Vec<PersonId> = hub.snapshot().members("everybody").unwrap();
    let mut subscription = hub.subscribe(Position::START);
    let mut told = Vec::new();
    while let Some(change) = subscription.next_within(Duration::from_millis(50)).unwrap() {
        let person = people.iter().position(|person| *person == change.person);
        let kind = match change.kind {
            ChangeKind::Entered { segment } => format!("+{segment}"),
            ChangeKind::Left { segment } => format!("-{segment}"),
            other => panic!("{other:?}"),
        };
        told.push((
            person.unwrap(),
            format!("{kind} {} {:?}", change.at, change.cause),
        ));
    }
    told
}

/// The first difference says enough.
fn check_told(told: &[(usize, String)], expected: &[(usize, String)], what: &str) {
    let differing = told
        .iter()
        .zip(expected)
        .find(|(told, other)| told != other);
    assert_eq!(differing, None, "{what}");
    assert_eq!(told.len(), expected.len(), "{what}");
}

/// Does something that changes everybody, on a disk that fails at every one of the calls that it takes, and tells
/// what subscribers hear in all after the next opening.
fn check(builders: &str, change: impl Fn(&Onefold, &ManualClock) -> Result<()>) {
    let builders = &format!("segment everybody = sample 100 % salt \"x\"\n{builders}");
    let life = |disk: &FaultDisk, fail_after: Option<u64>| {
        let clock = Arc::new(ManualClock::at(at("2026-02-01")));
        let hub = open(disk, builders, &clock).unwrap();
        order(&hub).unwrap();
        let (position, calls) = (hub.snapshot().position(), disk.calls());
        if let Some(fail_after) = fail_after {
            disk.fail_call(fail_after);
        }
        let done = change(&hub, &clock);
        let calls = disk.calls() - calls;
        disk.heal();
        if done.is_err() {
            // Readers see nothing of what is told in part.
            assert_eq!(hub.snapshot().position(), position);
        }
        (done.is_ok(), told(&hub), calls)
    };
    let disk = FaultDisk::new(0);
    let (done, expected, calls) = life(&disk, None);
    assert!(done && expected.len() > 8_192);
    let mut completed = 0;
    for call in 1..=calls {
        let disk = FaultDisk::new(call);
        let (done, before, _) = life(&disk, Some(call));
        disk.crash();
        let clock = Arc::new(ManualClock::at(at("2026-02-01")));
        let hub = open(&disk, builders, &clock).unwrap();
        // What the log still has to be told of is told first.
        hub.checkpoint().unwrap();
        let after = told(&hub);
        assert!(hub.verify().unwrap().is_equal(), "call {call}");
        if !done && after.len() == before.len() {
            check_told(&after, &before, &format!("call {call}: nothing was begun"));
            continue;
        }
        completed += u64::from(!done);
        check_told(&after, &expected, &format!("call {call}"));
        drop(hub);
        let hub = open(&disk, builders, &clock).unwrap();
        check_told(
            &told(&hub),
            &expected,
            &format!("call {call}: opened again"),
        );
    }
    assert!(
        completed > 0,
        "{completed} of {calls} calls left something to complete"
    );
}

#[test]
fn who_enters_by_definitions_is_told_to_the_last_one_whatever_call_fails() {
    let definitions = definitions("s");
    check("", |hub, _| hub.define(&definitions).map(drop));
}

#[test]
fn who_leaves_by_time_is_told_to_the_last_one_whatever_call_fails() {
    check(&definitions("s"), |hub, clock| {
        clock.set(at("2026-03-01"));
        hub.tick()
    });
}

#[test]
fn a_definition_that_moves_everybody_fills_several_groups_and_is_seen_at_once() {
    let clock = Arc::new(ManualClock::at(at("2026-02-01")));
    let hub = Onefold::builder().clock(clock).in_memory().unwrap();
    order(&hub).unwrap();
    let (before, groups) = (hub.snapshot().position(), hub.store_statistics().groups);
    let defined = hub.define(&definitions("s")).unwrap();
    assert_eq!(defined, before.next());
    assert_eq!(hub.store_statistics().groups, groups + 2);
    let changes = PEOPLE * SEGMENTS as u64;
    // The definitions, the announcement, and the changes.
    assert_eq!(hub.snapshot().position(), Position(before.0 + 2 + changes));
    assert!(hub.verify().unwrap().is_equal());
    let fates = order(&hub);
    assert!(fates.is_ok());
}

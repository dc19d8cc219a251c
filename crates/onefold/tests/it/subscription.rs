//! Changes are seen in order, resumable, and never hold up the writer.

use std::time::Duration;

use onefold::{Change, ChangeKind, CollectionBasis, Event, Onefold, Position, connect::Item};

use crate::support::{at, builder, feed, source};

const SOON: Duration = Duration::from_millis(200);

#[test]
fn a_subscription_resumes_where_it_was_left() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..60);
    let mut first = hub.subscribe(Position::START);
    let mut all = Vec::new();
    while let Some(change) = first.next_within(SOON).unwrap() {
        all.push(change);
    }
    assert!(all.iter().any(
        |change| matches!(&change.kind, ChangeKind::Entered { segment } if &**segment == "buyers")
    ));
    // Each of the 20 bought once or more and entered `buyers` once; half of them are on the free plan.
    assert!(all.len() >= 30, "{all:?}");
    let middle = all[all.len() / 2].position;
    let mut resumed = hub.subscribe(middle);
    let mut rest = Vec::new();
    while let Some(change) = resumed.next_within(SOON).unwrap() {
        rest.push(change);
    }
    let expected: Vec<_> = all
        .iter()
        .filter(|change| change.position > middle)
        .cloned()
        .collect();
    assert_eq!(rest, expected);
    assert!(!rest.is_empty());
}

/// Order `n` of somebody who was never seen before, so that it makes a change.
fn first_order(n: u64) -> Item {
    let time = at("2026-01-20").plus_micros(n as i64);
    let order = Event::track("Order Completed").user_id(format!("new-{n}"));
    Item::from(order.timestamp(time).received_at(time).build().unwrap())
}

fn ingest(hub: &Onefold, numbers: std::ops::Range<u64>) {
    let items = numbers.map(first_order).collect();
    let _fates = hub
        .ingest(&source("web"), CollectionBasis::Contract, items)
        .unwrap();
}

#[test]
fn a_subscriber_that_never_reads_holds_nobody_up() {
    // Many times what a subscription buffers (1,024 changes) and what the queue holds (2 batches).
    const CHANGES: u64 = 20_000;
    let hub = builder().queue_batches_max(2).in_memory().unwrap();
    let _never_reads = hub.subscribe(Position::START);
    let mut sleeping = hub.subscribe(Position::START);
    // With its buffer full it goes to sleep.
    ingest(&hub, 0..2_000);
    let first = sleeping.next_within(SOON).unwrap().unwrap();
    // Were anybody waited for, this would have no end: the other reads on only after it.
    let (done, ended) = std::sync::mpsc::channel();
    let writing = hub.clone();
    std::thread::spawn(move || {
        let batches = (2_000..CHANGES).step_by(500);
        batches.for_each(|from| ingest(&writing, from..from + 500));
        done.send(())
    });
    ended.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(hub.fates().accepted, CHANGES);
    let mut seen = vec![first];
    while let Some(change) = sleeping.next_within(SOON).unwrap() {
        seen.push(change);
    }
    let in_order = |pair: &[Change]| pair[0].position < pair[1].position;
    assert!(seen.windows(2).all(in_order));
    let mut people: Vec<_> = seen.iter().map(|change| change.person).collect();
    people.sort_unstable();
    people.dedup();
    assert_eq!(
        people.len() as u64,
        CHANGES,
        "each person's entering is seen"
    );
    assert_eq!(seen.len() as u64, CHANGES, "and seen once");
}

#[test]
fn a_waiting_subscriber_is_woken_by_a_change() {
    let hub = builder().in_memory().unwrap();
    let mut subscription = hub.subscribe(Position::START);
    let waiting =
        std::thread::spawn(move || subscription.next_within(Duration::from_secs(30)).unwrap());
    feed(&hub, 0..40);
    assert!(waiting.join().unwrap().is_some());
}

#[test]
fn a_subscriber_is_told_the_end_and_may_wait_without_one() {
    let hub = builder().in_memory().unwrap();
    let mut subscription = hub.subscribe(Position::START);
    let waiting = std::thread::spawn(move || {
        let mut count = 0;
        while subscription.next_within(Duration::MAX).unwrap().is_some() {
            count += 1;
        }
        (count, subscription.is_at_end())
    });
    feed(&hub, 0..60);
    hub.close().unwrap();
    let (count, at_end) = waiting.join().unwrap();
    assert!(count > 0 && at_end);
}

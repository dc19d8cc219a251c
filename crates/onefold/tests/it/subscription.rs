//! Changes are seen in order, resumable, and never hold up the writer.

use std::time::Duration;

use onefold::{ChangeKind, Position};

use crate::support::{builder, feed};

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

#[test]
fn a_subscriber_that_never_reads_holds_nobody_up() {
    let hub = builder().in_memory().unwrap();
    let _sleeping = hub.subscribe(Position::START);
    feed(&hub, 0..5_000);
    assert_eq!(hub.fates().accepted, 5_000);
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

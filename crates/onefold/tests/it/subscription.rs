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
    assert!(
        all.iter()
            .any(|change| matches!(change.kind, ChangeKind::Merged { .. }))
            || all.len() > 20
    );
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

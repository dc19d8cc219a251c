//! kill -9 at random moments: nothing acknowledged is lost, nothing is counted twice.
//!
//! The child is this test binary itself, told by an environment variable to ingest and to say on its
//! standard output what was acknowledged. `ONEFOLD_CRASH_ROUNDS` sets the number of rounds. A kill
//! leaves the page cache standing, so fsync is not tested here but on the fault disk (`faults.rs`).

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use onefold::{CollectionBasis, Ingested, Onefold, Position};

use crate::support::{builder, event, items, source};

const STORE: &str = "ONEFOLD_CRASH_STORE";
const FIRST: &str = "ONEFOLD_CRASH_FIRST";
const BATCH: u64 = 40;

#[test]
fn nothing_acknowledged_is_lost_or_counted_twice() {
    let rounds = std::env::var("ONEFOLD_CRASH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20);
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for round in 0..rounds {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_millis(5 + (random >> 33) % 120);
        // Half of the events of a round were sent before: a sender that saw no answer sends again.
        let first = (round as u64 * 5 * BATCH).saturating_sub(2 * BATCH);
        acknowledged.extend(run_and_kill(directory.path(), first, after));
        if round % 5 == 4 || round + 1 == rounds {
            check(directory.path(), &acknowledged);
        }
    }
    assert!(
        !acknowledged.is_empty(),
        "no round lived long enough to acknowledge a batch"
    );
}

/// Starts a child on the store, kills it after a while, and returns the numbers it acknowledged.
fn run_and_kill(store: &Path, first: u64, after: Duration) -> BTreeSet<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "crash::the_child_ingests_and_acknowledges",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(STORE, store)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The clock starts when the store is open, so that most rounds die while they write.
    let mut acknowledged = BTreeSet::new();
    for line in lines.by_ref() {
        if line.unwrap().ends_with("opened") {
            break;
        }
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    for line in lines {
        let Ok(line) = line else { break };
        if let Some(range) = line.strip_prefix("acknowledged ") {
            let first: u64 = range.parse().unwrap();
            acknowledged.extend(first..first + BATCH);
        }
    }
    let _status = child.wait().unwrap();
    acknowledged
}

fn check(store: &Path, acknowledged: &BTreeSet<u64>) {
    let hub = builder().open(store).unwrap();
    let stored = stored_numbers(&hub);
    let mut counted = BTreeSet::new();
    for number in &stored {
        assert!(
            counted.insert(*number),
            "event {number} is in the log twice"
        );
    }
    let lost: Vec<_> = acknowledged.difference(&counted).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert_eq!(hub.snapshot().totals().events, stored.len() as u64);
    let verified = hub.verify().unwrap();
    assert!(verified.is_equal(), "{verified:?}");
}

fn stored_numbers(hub: &Onefold) -> Vec<u64> {
    let grant = onefold::ExportGrant {
        granted_to: "test".into(),
        reason: "count what is stored".into(),
        destination: "memory".into(),
    };
    let mut lines = Vec::new();
    let _exported = hub.export(&grant, Position::START, &mut lines).unwrap();
    let lines = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let numbers = lines.filter_map(|line| {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        line["id"].as_str()?.strip_prefix('m')?.parse().ok()
    });
    numbers.collect()
}

/// The child. Run without the variable it checks that its events are what the parent expects.
#[test]
fn the_child_ingests_and_acknowledges() {
    let Ok(store) = std::env::var(STORE) else {
        assert_eq!(event(7).message_id().as_deref(), Some("m7"));
        return;
    };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let hub = builder().checkpoint_records(300).open(store).unwrap();
    say("\nopened");
    for batch in 0.. {
        let start = first + batch * BATCH;
        let fates = hub
            .ingest(
                &source("web"),
                CollectionBasis::Contract,
                items(start..start + BATCH),
            )
            .unwrap();
        assert!(
            fates
                .iter()
                .all(|fate| matches!(fate, Ingested::Accepted(_) | Ingested::Duplicate))
        );
        say(&format!("acknowledged {start}"));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

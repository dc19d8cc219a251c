//! A disk that fails: at every call of a short run the hub loses nothing it acknowledged.

use std::sync::Arc;

use onefold::{
    CollectionBasis, ErrorKind, Ingested, Onefold, Result,
    store::{FaultDisk, FileStore},
};

use crate::support::{builder, items, source};

const BATCH: u64 = 15;
const BATCHES: u64 = 5;

/// What a run acknowledged, and the hub if it was opened at all.
struct Run {
    acknowledged: u64,
    hub: Option<Onefold>,
}

/// A short life: open, five batches with a checkpoint after the third, until something fails.
fn live(disk: &FaultDisk) -> Run {
    let mut run = Run {
        acknowledged: 0,
        hub: None,
    };
    let Ok(hub) = open(disk) else { return run };
    for batch in 0..BATCHES {
        let range = batch * BATCH..(batch + 1) * BATCH;
        match hub.ingest(&source("web"), CollectionBasis::Contract, items(range)) {
            Ok(fates) => {
                assert!(
                    fates
                        .iter()
                        .all(|fate| matches!(fate, Ingested::Accepted(_))),
                    "{fates:?}"
                );
                run.acknowledged += BATCH;
            }
            Err(_) => break,
        }
        if batch == 2 {
            let _maybe = hub.checkpoint();
        }
    }
    run.hub = Some(hub);
    run
}

fn open(disk: &FaultDisk) -> Result<Onefold> {
    builder().open_on(Arc::new(FileStore::open_on(
        Arc::new(disk.clone()),
        "store",
    )?))
}

/// After a crash everything acknowledged is there, once, and the state is what the log says.
fn check_after_crash(disk: &FaultDisk, acknowledged: u64, what: &str) {
    disk.heal();
    disk.crash();
    let hub = open(disk).unwrap_or_else(|error| panic!("{what}: {error}"));
    let totals = hub.snapshot().totals();
    assert!(
        totals.events >= acknowledged,
        "{what}: {} of {acknowledged} events",
        totals.events
    );
    assert_eq!(
        totals.events % BATCH,
        0,
        "{what}: a part of a batch is visible"
    );
    let fates = hub
        .ingest(
            &source("web"),
            CollectionBasis::Contract,
            items(0..acknowledged),
        )
        .unwrap();
    assert!(
        fates.iter().all(|fate| *fate == Ingested::Duplicate),
        "{what}: {fates:?}"
    );
    let verified = hub.verify().unwrap();
    assert!(verified.is_equal(), "{what}: {verified:?}");
}

/// A hub whose disk failed is poisoned or was never open; its reads go on.
fn check_reads(run: &Run, what: &str) {
    let Some(hub) = &run.hub else { return };
    let totals = hub.snapshot().totals();
    assert!(totals.events >= run.acknowledged, "{what}");
    if run.acknowledged < BATCHES * BATCH {
        let refused = hub
            .ingest(&source("web"), CollectionBasis::Contract, items(900..901))
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Poisoned, "{what}");
    }
}

fn calls_of_a_whole_run() -> u64 {
    let disk = FaultDisk::new(0);
    let run = live(&disk);
    assert_eq!(run.acknowledged, BATCH * BATCHES);
    drop(run);
    disk.calls()
}

#[test]
fn any_one_call_may_fail() {
    for call in 1..=calls_of_a_whole_run() {
        let disk = FaultDisk::new(call);
        disk.fail_call(call);
        let run = live(&disk);
        check_reads(&run, &format!("call {call}"));
        drop(run.hub);
        check_after_crash(
            &disk,
            run.acknowledged,
            &format!("after call {call} failed"),
        );
    }
}

#[test]
fn the_machine_may_stop_at_any_call() {
    for call in 1..=calls_of_a_whole_run() {
        let disk = FaultDisk::new(call + 1_000);
        disk.stop_at_call(call);
        let run = live(&disk);
        drop(run.hub);
        check_after_crash(
            &disk,
            run.acknowledged,
            &format!("after stopping at call {call}"),
        );
    }
}

#[test]
fn the_disk_may_be_full_at_any_size() {
    let whole: u64 = {
        let disk = FaultDisk::new(0);
        drop(live(&disk));
        disk.files()
            .iter()
            .map(|(_, bytes)| bytes.len() as u64)
            .sum()
    };
    for step in 1..40 {
        let disk = FaultDisk::new(step + 2_000);
        disk.fill_at(whole * step / 40);
        let run = live(&disk);
        check_reads(&run, &format!("full at step {step}"));
        drop(run.hub);
        check_after_crash(
            &disk,
            run.acknowledged,
            &format!("after a full disk at step {step}"),
        );
    }
}

//! Every call of a short run fails once, or is the last before the power goes: nothing acknowledged is lost.

use onefold_event::{Error, ErrorKind, Position, Timestamp};
use onefold_store::{Entry, FaultDisk, FileStore, KeyNumber, Store};

use crate::script::{self, Told};

/// Calls of opening and running the script without a fault.
fn calls_of_a_run() -> u64 {
    let disk = FaultDisk::new(0);
    let store = script::open(&disk).unwrap();
    script::run(&store, &mut Told::default()).unwrap();
    disk.calls()
}

/// Opens and runs until something fails.
fn run_until_failure(disk: &FaultDisk, told: &mut Told) -> (Option<FileStore>, Option<Error>) {
    match script::open(disk) {
        Ok(store) => {
            let failed = script::run(&store, told).err();
            (Some(store), failed)
        }
        Err(error) => (None, Some(error)),
    }
}

/// What a store on this disk must hold: all that was acknowledged, and the last group whole or not at all.
fn check_after_crash(disk: &FaultDisk, told: &Told, what: &str) {
    let store = script::open(disk).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let mut with_tried = told.acknowledged.clone();
    with_tried.extend(told.tried.iter().cloned());
    let found = script::bodies(&store).unwrap();
    assert!(
        found == told.acknowledged || found == with_tried,
        "{what}: {} found",
        found.len()
    );
    if let Some(checkpoint) = store.load_checkpoint().unwrap() {
        let expected = format!("up to {}", checkpoint.upto);
        assert_eq!(
            checkpoint.section("state"),
            Some(expected.as_bytes()),
            "{what}"
        );
        assert!(checkpoint.upto <= store.end(), "{what}");
    }
    assert_eq!(
        store.statistics().checkpoints_damaged,
        0,
        "{what}: a checkpoint is replaced at one stroke"
    );
    // The store goes on, and what it writes now is there after the next crash.
    let mut told = Told {
        acknowledged: found,
        tried: vec![],
    };
    let key = store.allocate_key().unwrap();
    script::commit(&store, &mut told, 3, &[key]).unwrap();
    drop(store);
    disk.crash();
    assert!(
        script::bodies(&script::open(disk).unwrap()).unwrap() == told.acknowledged,
        "{what}: written after"
    );
}

/// Nothing more is written, and reads go on with what was acknowledged.
fn check_poisoned(store: &FileStore, told: &Told, what: &str) {
    let entry = Entry {
        kind: 1,
        key: KeyNumber::STORE,
        dedup: None,
        body: b"more",
    };
    let prepared = store.prepare(Timestamp::default(), &[entry]).map(|_| ());
    let allocated = store.allocate_key().map(|_| ());
    let saved = store.save_checkpoint(Position::START, &[]);
    for refused in [prepared, allocated, saved] {
        assert_eq!(
            refused.map_err(|error| error.kind()),
            Err(ErrorKind::Poisoned),
            "{what}"
        );
    }
    assert_eq!(
        store.end(),
        Position(told.acknowledged.len() as u64),
        "{what}"
    );
    assert!(
        script::bodies(store).unwrap() == told.acknowledged,
        "{what}: reads go on"
    );
}

#[test]
fn any_call_may_fail_once() {
    let calls = calls_of_a_run();
    assert!(calls > 80, "the script makes {calls} calls");
    let mut poisoned = 0;
    for number in 1..=calls {
        for seed in 0..3 {
            let what = format!("call {number}, seed {seed}");
            let disk = FaultDisk::new(seed);
            disk.fail_call(number);
            let mut told = Told::default();
            let (store, failed) = run_until_failure(&disk, &mut told);
            let failed = failed.unwrap_or_else(|| panic!("{what}: the failure was not told"));
            assert_eq!(failed.kind(), ErrorKind::Io, "{what}: {failed}");
            if let Some(store) = store {
                poisoned += usize::from(store.is_poisoned());
                match store.is_poisoned() {
                    true => check_poisoned(&store, &told, &what),
                    // A read failed, so nothing is in doubt.
                    false => script::commit(&store, &mut told, 2, &[KeyNumber::STORE]).unwrap(),
                }
            }
            if seed > 0 {
                disk.crash();
            }
            // Without a crash the operating system still shows what the failed fsync lost.
            check_after_crash(&disk, &told, &what);
        }
    }
    assert!(poisoned > 90, "writes failed: {poisoned}");
}

#[test]
fn a_poisoned_store_refuses_groups_that_are_ready() {
    let disk = FaultDisk::new(0);
    let store = script::open(&disk).unwrap();
    let entry = Entry {
        kind: 1,
        key: KeyNumber::STORE,
        dedup: None,
        body: b"one",
    };
    let first = store.prepare(Timestamp::default(), &[entry]).unwrap();
    let second = store.prepare(Timestamp::default(), &[entry]).unwrap();
    disk.fail_call(2);
    assert_eq!(
        store.commit(first).map_err(|error| error.kind()),
        Err(ErrorKind::Io)
    );
    let calls = disk.calls();
    let refused = store.commit(second).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Poisoned);
    assert!(
        refused
            .to_string()
            .contains("syncing the log: the simulated disk failed"),
        "{refused}"
    );
    assert_eq!(disk.calls(), calls, "the disk is not touched");
    assert_eq!(store.end(), Position::START);
}

#[test]
fn the_power_may_go_at_any_call() {
    for number in 1..=calls_of_a_run() + 1 {
        for seed in 0..4 {
            let what = format!("power off at call {number}, seed {seed}");
            let disk = FaultDisk::new(seed);
            disk.stop_at_call(number);
            let mut told = Told::default();
            drop(run_until_failure(&disk, &mut told));
            disk.crash();
            // It may go again while the store is being opened.
            disk.stop_at_call(1 + (number * 31 + seed) % 24);
            drop(script::open(&disk));
            disk.crash();
            check_after_crash(&disk, &told, &what);
        }
    }
}

#[test]
fn the_disk_may_be_full_at_any_size() {
    let (disk, _) = script::written_store();
    let total: usize = disk.files().iter().map(|(_, bytes)| bytes.len()).sum();
    for bytes in (0..total as u64).step_by(61) {
        let what = format!("full at {bytes} bytes");
        let disk = FaultDisk::new(bytes);
        disk.fill_at(bytes);
        let mut told = Told::default();
        let (store, failed) = run_until_failure(&disk, &mut told);
        let failed = failed.unwrap_or_else(|| panic!("{what}: not told"));
        assert_eq!(failed.kind(), ErrorKind::Io, "{what}: {failed}");
        if let Some(store) = store {
            assert!(store.is_poisoned(), "{what}");
            check_poisoned(&store, &told, &what);
        }
        disk.crash();
        disk.heal();
        check_after_crash(&disk, &told, &what);
    }
}

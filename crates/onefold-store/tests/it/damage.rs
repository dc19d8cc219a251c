//! Files that were cut, or in which a byte changed: a torn end is cut and counted, anything else is named.

use std::path::{Path, PathBuf};

use onefold_event::{Error, ErrorKind};
use onefold_store::{FaultDisk, FileStore, Store};

use crate::script::{self, FILE_BYTES_MAX};

const FRAME_BYTES: usize = 72;
const HEADER_BYTES: usize = 96;

struct Sample {
    files: Vec<(PathBuf, Vec<u8>)>,
    bodies: Vec<Vec<u8>>,
}

impl Sample {
    /// The script's store; its checkpoints are left out, as they would betray a shortened log.
    fn new() -> Self {
        let (disk, told) = script::written_store();
        let mut files = disk.files();
        files.retain(|(path, _)| !path.ends_with("checkpoint.ofc"));
        Self {
            files,
            bodies: told.acknowledged,
        }
    }

    fn log_files(&self) -> Vec<PathBuf> {
        let paths = self.files.iter().map(|(path, _)| path);
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "ofl"))
            .cloned()
            .collect()
    }

    fn bytes(&self, path: &Path) -> &[u8] {
        &self
            .files
            .iter()
            .find(|(known, _)| known == path)
            .unwrap()
            .1
    }

    /// A disk with one file changed.
    fn with(&self, path: &Path, bytes: &[u8]) -> FaultDisk {
        let disk = script::restore(&self.files);
        disk.put(path, bytes);
        disk
    }

    /// Records in all files before `path`, and in its groups that end at or before `offset`; and where these end.
    fn whole_before(&self, path: &Path, offset: usize) -> (usize, usize) {
        let bytes = self.bytes(path);
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let first = u64::from_le_bytes(bytes[32..40].try_into().unwrap()) as usize;
        let (mut records, mut at) = (first - 1, HEADER_BYTES);
        while at < bytes.len() {
            let next = at + FRAME_BYTES + number(at + 4);
            if next > offset {
                break;
            }
            records += number(at + 8);
            at = next;
        }
        (records, at)
    }
}

/// Opens and reads everything.
fn read(disk: &FaultDisk) -> Result<(FileStore, Vec<Vec<u8>>), Error> {
    let store = script::open(disk)?;
    let bodies = script::bodies(&store)?;
    Ok((store, bodies))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn assert_named(error: &Error, path: &Path, what: &str) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
    let text = error.to_string();
    assert!(
        text.contains(&name(path)) && text.contains("at byte"),
        "{what}: {text}"
    );
}

#[test]
fn the_sample_is_what_the_tests_need() {
    let sample = Sample::new();
    let logs = sample.log_files();
    let total: usize = logs.iter().map(|path| sample.bytes(path).len()).sum();
    assert!(
        logs.len() >= 3 && total <= 64 << 10 && total > 2 * FILE_BYTES_MAX as usize,
        "{} {total}",
        logs.len()
    );
    let last = logs.last().unwrap();
    let length = sample.bytes(last).len();
    assert_eq!(
        sample.whole_before(last, length),
        (sample.bodies.len(), length)
    );
}

#[test]
fn the_last_file_may_be_cut_at_every_byte() {
    let sample = Sample::new();
    let last = sample.log_files().pop().unwrap();
    let bytes = sample.bytes(&last);
    for length in 0..bytes.len() {
        let what = format!("cut at {length}");
        let disk = sample.with(&last, &bytes[..length]);
        let (store, bodies) = read(&disk).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (records, end) = sample.whole_before(&last, length);
        assert!(
            bodies == sample.bodies[..records],
            "{what}: {} of {records}",
            bodies.len()
        );
        let statistics = store.statistics();
        let end = if length < HEADER_BYTES { 0 } else { end };
        let torn = (u64::from(length != end), (length - end) as u64);
        // An empty file counts as torn as well: it was cut to nothing.
        let torn = if length == 0 { (1, 0) } else { torn };
        assert_eq!(
            (statistics.torn_tails, statistics.torn_bytes),
            torn,
            "{what}"
        );
        drop(store);
        let (store, again) = read(&disk).unwrap();
        assert!(
            again == bodies && store.statistics().torn_tails == 0,
            "{what}: cut once"
        );
    }
}

#[test]
fn earlier_files_may_not_be_cut() {
    let sample = Sample::new();
    let logs = sample.log_files();
    for path in &logs[..logs.len() - 1] {
        let bytes = sample.bytes(path);
        for length in (0..bytes.len())
            .step_by(7)
            .chain(bytes.len() - 300..bytes.len())
        {
            let what = format!("{} cut at {length}", path.display());
            let error = read(&sample.with(path, &bytes[..length]))
                .map(|_| ())
                .expect_err(&what);
            assert_named(&error, path, &what);
        }
    }
}

#[test]
fn every_byte_of_the_log_may_change() {
    let sample = Sample::new();
    let logs = sample.log_files();
    for path in &logs {
        let bytes = sample.bytes(path);
        let is_last = Some(path) == logs.last();
        let last_group = (0..bytes.len())
            .rev()
            .map(|at| sample.whole_before(path, at))
            .next()
            .unwrap();
        for at in 0..bytes.len() {
            let what = format!("{} flipped at {at}", path.display());
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1 << (at % 8);
            match read(&sample.with(path, &damaged)) {
                Err(error) => assert_named(&error, path, &what),
                Ok((store, bodies)) => {
                    // Only the last group can be taken for one that was never acknowledged.
                    assert!(is_last && at >= last_group.1, "{what}: not noticed");
                    assert!(bodies == sample.bodies[..last_group.0], "{what}");
                    assert_eq!(store.statistics().torn_tails, 1, "{what}");
                }
            }
        }
    }
}

#[test]
fn a_checkpoint_proves_that_the_log_is_cut_too_far() {
    let (disk, _) = script::written_store();
    let files = disk.files();
    let (last, bytes) = files
        .iter()
        .rfind(|(path, _)| path.extension().is_some_and(|e| e == "ofl"))
        .unwrap();
    let disk = script::restore(&files);
    disk.put(last.with_file_name("00000001.ofl"), &bytes[..0]);
    for (path, _) in files
        .iter()
        .filter(|(path, _)| path.parent() == last.parent())
    {
        if !path.ends_with("00000001.ofl") {
            onefold_store::Disk::remove(&disk, path).unwrap();
        }
    }
    let error = script::open(&disk).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let text = error.to_string();
    assert!(
        text.contains("the log ends at position 0, but the checkpoint covers"),
        "{text}"
    );
}

#[test]
fn every_byte_of_the_other_files_may_change() {
    let (disk, told) = script::written_store();
    let files = disk.files();
    let others = ["store.ofm", "keys.ofk", "checkpoint.ofc"];
    for other in others {
        let (path, bytes) = files
            .iter()
            .find(|(path, _)| path.ends_with(other))
            .unwrap();
        // Every byte of the first keys; of the others, which are alike, a sample.
        for at in (0..bytes.len().min(1000)).chain((1000..bytes.len()).step_by(17)) {
            let what = format!("{other} flipped at {at}");
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let disk = script::restore(&files);
            disk.put(path, &damaged);
            match read(&disk) {
                Err(error) => assert_named(&error, path, &what),
                Ok((store, bodies)) => {
                    assert!(bodies == told.acknowledged, "{what}: the log is whole");
                    let loaded = store.load_checkpoint().unwrap();
                    let damaged = u64::from(other == "checkpoint.ofc");
                    assert_ne!(other, "store.ofm", "{what}: not noticed");
                    assert_eq!(loaded.is_none(), other == "checkpoint.ofc", "{what}");
                    // A key that is not in use yet may be damaged: it is cut like the torn end of a block.
                    let in_use = 96 + 44 * store.statistics().keys as usize;
                    assert!(other != "keys.ofk" || at >= in_use, "{what}: not noticed");
                    assert_eq!(store.statistics().checkpoints_damaged, damaged, "{what}");
                }
            }
        }
    }
}

#[test]
fn larger_logs_are_sampled() {
    let disk = FaultDisk::new(0);
    let options = || script::options(&disk).file_bytes_max(150_000);
    let store = options().open("store").unwrap();
    let mut told = script::Told::default();
    while store.statistics().log_bytes < 400_000 {
        script::commit(&store, &mut told, 40, &[onefold_store::KeyNumber::STORE]).unwrap();
    }
    drop(store);
    let sample = Sample {
        files: disk.files(),
        bodies: told.acknowledged,
    };
    let logs = sample.log_files();
    let mut state = 20_260_301_u64;
    for turn in 0..48 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let path = &logs[(state >> 60) as usize % logs.len()];
        let bytes = sample.bytes(path);
        let at = (state >> 20) as usize % bytes.len();
        let what = format!("turn {turn}: {} at {at}", path.display());
        let cut = turn % 2 == 0;
        let mut damaged = bytes.to_vec();
        if cut {
            damaged.truncate(at)
        } else {
            damaged[at] ^= 0x40
        }
        match read(&sample.with(path, &damaged)) {
            Err(error) => assert_named(&error, path, &what),
            Ok((_, bodies)) => {
                let (records, end) = sample.whole_before(path, at);
                let last_group = sample.whole_before(path, bytes.len() - 1).1;
                assert!(
                    Some(path) == logs.last() && (cut || end == last_group),
                    "{what}: not noticed"
                );
                assert!(bodies == sample.bodies[..records], "{what}");
            }
        }
    }
}

//! A short run that touches everything a store writes: several log files, key blocks, a checkpoint.

use std::{ops::ControlFlow, path::PathBuf, sync::Arc};

use onefold_event::{Position, Result, Timestamp};
use onefold_store::{
    DedupKey, Entry, FaultDisk, FileStore, FileStoreOptions, KeyNumber, SeededEntropy, Store,
};

pub(crate) const FILE_BYTES_MAX: u64 = 2048;

/// What was acknowledged, and what was only tried.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) acknowledged: Vec<Vec<u8>>,
    pub(crate) tried: Vec<Vec<u8>>,
}

pub(crate) fn open(disk: &FaultDisk) -> Result<FileStore> {
    options(disk).open("store")
}

pub(crate) fn options(disk: &FaultDisk) -> FileStoreOptions {
    FileStoreOptions::default()
        .disk(Arc::new(disk.clone()))
        .file_bytes_max(FILE_BYTES_MAX)
}

/// Options that give the same bytes in each run.
pub(crate) fn fixed(disk: &FaultDisk, seed: u64) -> FileStoreOptions {
    options(disk)
        .entropy(Arc::new(SeededEntropy::new(seed)))
        .new_store_id(0x1f01d)
}

/// A body of some 60 to 260 bytes that says which it is.
pub(crate) fn body(number: usize) -> Vec<u8> {
    let mut body = format!("{{\"messageId\":\"m-{number}\",\"noise\":\"").into_bytes();
    let mut state = number as u64 + 1;
    for _ in 0..number * 37 % 200 + 20 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        body.push(b'a' + (state >> 33) as u8 % 26);
    }
    body.extend_from_slice(b"\"}");
    body
}

/// Twelve groups in several files, 130 keys (two more blocks), two checkpoints.
pub(crate) fn run(store: &FileStore, told: &mut Told) -> Result<()> {
    let mut keys = vec![KeyNumber::STORE];
    for group in 0..12 {
        for _ in 0..11 {
            keys.push(store.allocate_key()?);
        }
        commit(store, told, group % 4 + 1, &keys)?;
        if group == 3 || group == 8 {
            let upto = Position(store.end().0 - 1);
            store.save_checkpoint(upto, &[("state", format!("up to {upto}").into_bytes())])?;
        }
    }
    Ok(())
}

pub(crate) fn commit(
    store: &FileStore,
    told: &mut Told,
    count: usize,
    keys: &[KeyNumber],
) -> Result<()> {
    let start = told.acknowledged.len();
    let bodies: Vec<Vec<u8>> = (start..start + count).map(body).collect();
    let key = |index: usize| keys[(start + index) * 7 % keys.len()];
    let entries: Vec<Entry<'_>> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| Entry {
            kind: 1,
            key: key(index),
            dedup: Some(DedupKey(index as u128)),
            body,
        })
        .collect();
    let group = store.prepare(Timestamp::from_micros(start as i64), &entries)?;
    told.tried = bodies;
    store.commit(group)?;
    told.acknowledged.append(&mut told.tried);
    Ok(())
}

/// All bodies, checking that the positions have no gap.
pub(crate) fn bodies(store: &dyn Store) -> Result<Vec<Vec<u8>>> {
    let mut bodies = Vec::new();
    let reached = store.scan(Position::START, &mut |stored| {
        bodies.push(stored.body.to_vec());
        assert_eq!(stored.position, Position(bodies.len() as u64));
        ControlFlow::Continue(())
    })?;
    assert_eq!(reached, store.end());
    Ok(bodies)
}

/// The files of a store that ran the script, with the offsets at which its last log file has whole groups.
pub(crate) fn written_store() -> (FaultDisk, Told) {
    let disk = FaultDisk::new(0);
    let store = open(&disk).unwrap();
    let mut told = Told::default();
    run(&store, &mut told).unwrap();
    drop(store);
    (disk, told)
}

pub(crate) fn restore(files: &[(PathBuf, Vec<u8>)]) -> FaultDisk {
    let disk = FaultDisk::new(0);
    for (path, bytes) in files {
        disk.put(path, bytes);
    }
    disk
}

//! The log alone: framing of sealed groups beside plain append and fsync of the same bytes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{fs::File, io::Write, time::Instant};

use onefold::{
    Timestamp,
    store::{Dedup, Entry, FileStore, Store},
};
use onefold_benches::{
    events::Events,
    measure::{Size, measure, median},
};

const GROUP: usize = 1_000;

fn main() {
    let size = Size::of_run();
    let groups = size.pick(10usize, 100);
    let mut lines = Events::new(10_000, 11);
    let bodies: Vec<String> = (0..GROUP).map(|_| body(&mut lines)).collect();
    let clear: usize = bodies.iter().map(String::len).sum();
    println!("groups of {GROUP} events of {} bytes", clear / GROUP);
    sealing(&bodies, groups);
    framing(&bodies, groups, size.pick(1, 5));
    dedup(size.pick(100_000, 10_000_000));
}

fn body(lines: &mut Events) -> String {
    let mut text = String::new();
    lines.write(&mut text);
    text
}

/// CPU of compressing, sealing and digesting, without any disk.
fn sealing(bodies: &[String], groups: usize) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    let keys: Vec<_> = (0..GROUP).map(|_| store.allocate_key().unwrap()).collect();
    let (_, cost) = measure(|| {
        for _ in 0..groups {
            drop(
                store
                    .prepare(Timestamp::from_micros(0), &entries(bodies, &keys))
                    .unwrap(),
            );
        }
    });
    println!(
        "compress, seal and digest: {:.2} us of CPU an event",
        cost.cpu * 1e6 / (groups * GROUP) as f64
    );
    let statistics = store.statistics();
    println!(
        "bytes an event: clear {}, compressed {}, sealed and framed {}",
        statistics.bytes_clear / (groups * GROUP) as u64,
        statistics.bytes_compressed / (groups * GROUP) as u64,
        statistics.bytes_sealed / (groups * GROUP) as u64,
    );
}

fn entries<'a>(bodies: &'a [String], keys: &[onefold::store::KeyNumber]) -> Vec<Entry<'a>> {
    let pairs = bodies.iter().zip(keys);
    pairs
        .map(|(body, key)| Entry {
            kind: 1,
            key: *key,
            dedup: None,
            body: body.as_bytes(),
        })
        .collect()
}

/// Wall time of committing prepared groups, beside writing and syncing as many bytes to a plain file.
fn framing(bodies: &[String], groups: usize, rounds: usize) {
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::open(directory.path()).unwrap();
        let keys: Vec<_> = (0..GROUP).map(|_| store.allocate_key().unwrap()).collect();
        let mut plain = File::create(directory.path().join("plain")).unwrap();
        let (mut ours, mut theirs) = (0.0, 0.0);
        // In turn, so that a slow moment of the disk meets both.
        for _ in 0..groups {
            let group = store
                .prepare(Timestamp::from_micros(0), &entries(bodies, &keys))
                .unwrap();
            let bytes = group.bytes().to_vec();
            let started = Instant::now();
            store.commit(group).unwrap();
            ours += started.elapsed().as_secs_f64();
            let started = Instant::now();
            plain.write_all(&bytes).unwrap();
            plain.sync_data().unwrap();
            theirs += started.elapsed().as_secs_f64();
        }
        ratios.push(theirs / ours);
        let rate = (groups * GROUP) as f64;
        println!(
            "commit {:.0} events/s, plain append and fsync {:.0} events/s",
            rate / ours,
            rate / theirs
        );
    }
    println!(
        "the log reaches {:.0} % of plain append and fsync (median of {rounds})",
        median(ratios) * 100.0
    );
}

fn dedup(ids: u64) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    let mut dedup = Dedup::default();
    let keys: Vec<_> = (0..ids)
        .map(|n| store.dedup_key("bench", &format!("message-{n:012}")))
        .collect();
    let (_new, insert) = measure(|| keys.iter().filter(|key| dedup.insert(**key)).count());
    let (found, lookup) = measure(|| keys.iter().filter(|key| dedup.contains(**key)).count());
    assert_eq!(found as u64, ids);
    println!(
        "dedup of {ids} ids: insert {:.0} ns, lookup {:.0} ns, {:.1} MiB a million ids",
        insert.cpu * 1e9 / ids as f64,
        lookup.cpu * 1e9 / ids as f64,
        dedup.memory_bytes() as f64 / 1048576.0 / (ids as f64 / 1e6)
    );
}

//! What the store costs: sealing and hashing, framing beside plain append and fsync, scans, message ids, checkpoints.
//!
//! `cargo bench -p onefold-store` measures; without `--bench` it is a smoke run of a second. CPU is the thread's own
//! time where the system tells it (Linux), figures marked wall are medians of 5.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

use std::{
    fs::File,
    hint::black_box,
    io::Write,
    ops::ControlFlow,
    sync::mpsc,
    time::{Duration, Instant},
};

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit, aead::inout::InOutBuf};
use onefold_event::{Position, Timestamp};
use onefold_store::{Dedup, DedupKey, Entry, FileStore, Group, KeyNumber, Store};
use sha2::{Digest, Sha256};

const GROUP: usize = 1000;

fn main() {
    let full = std::env::args().any(|argument| argument == "--bench");
    let groups = if full { 200 } else { 3 };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let events: Vec<Vec<u8>> = (0..GROUP as u64).map(event).collect();
    let mean = events.iter().map(Vec::len).sum::<usize>() / GROUP;
    println!("events of {mean} bytes on average, groups of {GROUP}");
    parts(&events, groups);
    let noise: Vec<Vec<u8>> = (0..GROUP as u64).map(noise).collect();
    framing(
        directory.path(),
        "sealed noise",
        &noise,
        if full { 40 } else { 2 },
    );
    framing(
        directory.path(),
        "sealed events",
        &events,
        if full { 40 } else { 2 },
    );
    prepare_and_scan(directory.path(), &events, groups);
    pipeline(directory.path(), &events, groups);
    dedup(if full { 10_000_000 } else { 100_000 });
    checkpoint(directory.path(), if full { 256 << 20 } else { 4 << 20 });
}

/// A track call as a browser sends it, of some 900 bytes.
fn event(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (a, b, c, d) = (draw(), draw(), draw(), draw());
    format!(
        concat!(
            r#"{{"type":"track","event":"Product Added","messageId":"ajs-next-{:016x}{:016x}","anonymousId":"{:08x}-5b1c-4f0e-9d2a-{:012x}","#,
            r#""userId":"user-{}","timestamp":"2026-03-{:02}T{:02}:{:02}:12.{:03}Z","sentAt":"2026-03-01T09:00:12.512Z","#,
            r#""properties":{{"product_id":"sku-{}","name":"Merino sweater size {}","price":{}.{:02},"currency":"EUR","quantity":{},"category":"clothing","cart_id":"{:x}"}},"#,
            r#""context":{{"library":{{"name":"analytics.js","version":"npm:next-1.70.0"}},"ip":"203.0.{}.{}","locale":"de-DE","timezone":"Europe/Berlin","#,
            r#""userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36","#,
            r#""page":{{"path":"/products/sku-{}","referrer":"https://www.example.com/","search":"","title":"Merino sweater","url":"https://shop.example.com/products/sku-{}"}}}}}}"#
        ),
        a, b, c as u32, d >> 16, a % 50_000, b % 28 + 1, c % 24, d % 60, a % 1000, b % 3000, c % 5, d % 90, a % 100, b % 4 + 1, c, d % 256, a % 256, b % 3000, b % 3000
    )
    .into_bytes()
}

/// Incompressible bytes: sealed input.
fn noise(number: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(928);
    let mut block = Sha256::digest(number.to_le_bytes());
    while bytes.len() < 900 {
        bytes.extend_from_slice(&block);
        block = Sha256::digest(block);
    }
    bytes.truncate(900);
    bytes
}

/// The thread's CPU time, or the wall clock where that is not told.
fn cpu(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    let before = cpu(start);
    work();
    cpu(start) - before
}

fn report(what: &str, took: Duration, count: usize) {
    let nanos = took.as_nanos() as f64 / count as f64;
    println!("{what:<56} {nanos:>9.0} ns each {:>12.0} /s", 1e9 / nanos);
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// What one event costs in each step, by the crates beneath.
fn parts(events: &[Vec<u8>], rounds: usize) {
    let count = rounds * events.len();
    let dictionary = include_bytes!("../src/dictionary.txt");
    let mut space = vec![0; 4096];
    let mut compressed: Vec<Vec<u8>> = Vec::new();
    let took = timed(|| {
        for round in 0..rounds {
            for event in events {
                let length =
                    lz4_flex::block::compress_into_with_dict(event, &mut space, dictionary)
                        .unwrap();
                if round == 0 {
                    compressed.push(space[..length].to_vec());
                }
            }
        }
    });
    let bytes: usize = compressed.iter().map(Vec::len).sum();
    println!("compressed to {} bytes on average", bytes / events.len());
    report("cpu: compress", took, count);
    let cipher = Aes256Gcm::new(&[7; 32].into());
    let took = timed(|| {
        for _ in 0..rounds {
            for payload in &mut compressed {
                let buffer = InOutBuf::from(payload.as_mut_slice());
                black_box(
                    cipher
                        .encrypt_inout_detached(&[1; 12].into(), &[0; 46], buffer)
                        .unwrap(),
                );
            }
        }
    });
    report("cpu: seal, key at hand", took, count);
    let took = timed(|| {
        for round in 0..rounds {
            for payload in &mut compressed {
                let cipher = Aes256Gcm::new(&[round as u8; 32].into());
                let buffer = InOutBuf::from(payload.as_mut_slice());
                black_box(
                    cipher
                        .encrypt_inout_detached(&[1; 12].into(), &[0; 46], buffer)
                        .unwrap(),
                );
            }
        }
    });
    report("cpu: seal, a new key each", took, count);
    let body = compressed.concat();
    let took = timed(|| {
        for _ in 0..rounds {
            black_box((Sha256::digest(&body), crc32fast::hash(&body)));
        }
    });
    report("cpu: hash (SHA-256 and CRC-32)", took, count);
}

/// Committing prepared groups beside plain appends of the same bodies, and of the same bytes as the group has, in turns.
fn framing(directory: &std::path::Path, what: &str, bodies: &[Vec<u8>], rounds: usize) {
    let store = FileStore::open(directory.join(what)).unwrap();
    let entries: Vec<Entry<'_>> = bodies
        .iter()
        .map(|body| plain(KeyNumber::STORE, body))
        .collect();
    let clear = bodies.concat();
    let (mut of_clear, mut of_bytes, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..5 {
        let mut file = File::create(directory.join(format!("plain-{turn}"))).unwrap();
        let mut append = |bytes: &[u8]| {
            let start = Instant::now();
            file.write_all(bytes).unwrap();
            file.sync_data().unwrap();
            start.elapsed().as_secs_f64()
        };
        let (mut framed, mut same_bodies, mut same_bytes) = (0.0, 0.0, 0.0);
        for _ in 0..rounds {
            let group = store.prepare(Timestamp::default(), &entries).unwrap();
            let bytes = group.bytes().to_vec();
            same_bodies += append(&clear);
            let start = Instant::now();
            store.commit(group).unwrap();
            framed += start.elapsed().as_secs_f64();
            same_bytes += append(&bytes);
        }
        of_clear.push(same_bodies / framed * 100.0);
        of_bytes.push(same_bytes / framed * 100.0);
        rates.push((rounds * bodies.len()) as f64 / framed);
    }
    println!(
        "wall: commit of {what} {:.0} events/s, {:.0} % of plain append and fsync of the bodies, {:.0} % of the same bytes",
        median(rates),
        median(of_clear),
        median(of_bytes)
    );
}

fn plain(key: KeyNumber, body: &[u8]) -> Entry<'_> {
    Entry {
        kind: 1,
        key,
        dedup: Some(DedupKey(7)),
        body,
    }
}

/// The CPU of `prepare` and of `scan`, keys drawn from many.
fn prepare_and_scan(directory: &std::path::Path, events: &[Vec<u8>], groups: usize) {
    let store = FileStore::open(directory.join("scan")).unwrap();
    let keys: Vec<KeyNumber> = (0..50_000).map(|_| store.allocate_key().unwrap()).collect();
    let mut prepared = Duration::ZERO;
    for group in 0..groups {
        let entries: Vec<Entry<'_>> = events
            .iter()
            .enumerate()
            .map(|(index, body)| plain(keys[(group * 7919 + index * 31) % keys.len()], body))
            .collect();
        let mut ready = None;
        prepared += timed(|| ready = Some(store.prepare(Timestamp::default(), &entries).unwrap()));
        store.commit(ready.unwrap()).unwrap();
    }
    let count = groups * events.len();
    report(
        "cpu: prepare (compress, seal, hash, frame)",
        prepared,
        count,
    );
    let statistics = store.statistics();
    println!(
        "bytes an event: {} clear, {} compressed, {} in the log",
        statistics.bytes_clear / count as u64,
        statistics.bytes_compressed / count as u64,
        statistics.bytes_sealed / count as u64
    );
    let mut bytes = 0;
    let took = timed(|| {
        let visit = &mut |stored: onefold_store::Stored<'_>| {
            bytes += stored.body.len();
            ControlFlow::Continue(())
        };
        store.scan(Position::START, visit).unwrap();
    });
    assert_eq!(bytes as u64, statistics.bytes_clear);
    report("cpu: scan (read, check, unseal, decompress)", took, count);
    let reads = 200;
    let took = timed(|| {
        for number in 0..reads {
            let position = Position((number * 7919 % count + 1) as u64);
            assert!(store.read(position, &mut |_| {}).unwrap());
        }
    });
    report("cpu: read one record anywhere", took, reads);
    drop(store);
    let start = Instant::now();
    drop(FileStore::open(directory.join("scan")).unwrap());
    println!(
        "wall: open with {count} records and 50,000 keys: {:.1} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
}

/// One thread prepares while another commits.
fn pipeline(directory: &std::path::Path, events: &[Vec<u8>], groups: usize) {
    let store = FileStore::open(directory.join("pipeline")).unwrap();
    let entries: Vec<Entry<'_>> = events
        .iter()
        .map(|body| plain(KeyNumber::STORE, body))
        .collect();
    let (sender, receiver) = mpsc::sync_channel::<Group>(1);
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for group in receiver {
                store.commit(group).unwrap();
            }
        });
        for _ in 0..groups {
            sender
                .send(store.prepare(Timestamp::default(), &entries).unwrap())
                .unwrap();
        }
        drop(sender);
    });
    let rate = (groups * events.len()) as f64 / start.elapsed().as_secs_f64();
    println!("wall: prepare and commit in two threads: {rate:.0} events/s");
}

fn dedup(count: u64) {
    let mut known = Dedup::new();
    let key = |number: u64| {
        let mixed = Sha256::digest(number.to_le_bytes());
        DedupKey(u128::from_le_bytes(mixed[..16].try_into().unwrap()))
    };
    let keys: Vec<DedupKey> = (0..count).map(key).collect();
    let took = timed(|| {
        for key in &keys {
            assert!(known.insert(*key));
        }
    });
    println!(
        "{count} message ids: {} bytes each",
        known.memory_bytes() as f64 / count as f64
    );
    report(
        "cpu: insert a message id, merges included",
        took,
        keys.len(),
    );
    let took = timed(|| {
        for key in keys.iter().step_by(17) {
            assert!(known.contains(*key));
        }
    });
    report("cpu: look up a known one", took, keys.len().div_ceil(17));
    let took = timed(|| {
        for number in 0..count / 17 {
            assert!(!known.contains(DedupKey(
                u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64
            )));
        }
    });
    report("cpu: look up a new one", took, (count / 17) as usize);
    let mut bytes = Vec::new();
    let took = timed(|| bytes = known.encode());
    report("cpu: encode", took, keys.len());
    let took = timed(|| assert_eq!(Dedup::decode(&bytes).unwrap().len(), keys.len()));
    report("cpu: decode", took, keys.len());
}

fn checkpoint(directory: &std::path::Path, bytes: usize) {
    let store = FileStore::open(directory.join("checkpoint")).unwrap();
    let section: Vec<u8> = (0..bytes / 8)
        .flat_map(|number| ((number as u64).wrapping_mul(0x1234_5678_9abc) >> 20).to_le_bytes())
        .collect();
    let sections = [("state", section)];
    let took = timed(|| store.save_checkpoint(Position::START, &sections).unwrap());
    report("cpu: save a checkpoint, a MiB", took, bytes >> 20);
    let took =
        timed(|| assert!(store.load_checkpoint().unwrap().unwrap().sections[0].1 == sections[0].1));
    report("cpu: load a checkpoint, a MiB", took, bytes >> 20);
}

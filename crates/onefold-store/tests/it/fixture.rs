//! A store that this version wrote must be readable for ever.

use std::{fs, ops::ControlFlow, path::PathBuf};

use expect_test::expect;
use onefold_event::{Position, Timestamp};
use onefold_store::{DedupKey, Entry, FaultDisk, FileStore, KeyNumber, Store};

use crate::script;

const FILES: [&str; 6] = [
    "store.ofm",
    "keys.ofk",
    "checkpoint.ofc",
    "log/00000001.ofl",
    "log/00000002.ofl",
    "log/00000003.ofl",
];

fn fixture(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/store-1")
        .join(file)
}

/// What the fixture holds, written with fixed keys and nonces.
fn write(disk: &FaultDisk) {
    let store = script::fixed(disk, 1).open("store").unwrap();
    let ann = store.allocate_key().unwrap();
    let event = format!(
        "{{\"type\":\"track\",\"event\":\"Order Completed\",\"notes\":\"{}\"}}",
        "ab".repeat(120)
    );
    let noise = script::body(16);
    let groups: [&[Entry<'_>]; 3] = [
        &[
            Entry {
                kind: 1,
                key: ann,
                dedup: Some(DedupKey(0xabc)),
                body: event.as_bytes(),
            },
            Entry {
                kind: 2,
                key: KeyNumber::STORE,
                dedup: None,
                body: b"",
            },
        ],
        &[Entry {
            kind: 3,
            key: ann,
            dedup: None,
            body: &noise,
        }; 7],
        &[Entry {
            kind: 255,
            key: ann,
            dedup: Some(DedupKey(u128::MAX)),
            body: b"last",
        }],
    ];
    for (number, entries) in groups.into_iter().enumerate() {
        let time = Timestamp::from_micros(1_767_225_600_000_000 + number as i64);
        store.commit(store.prepare(time, entries).unwrap()).unwrap();
    }
    store
        .save_checkpoint(
            Position(9),
            &[("people", b"ann".repeat(50)), ("empty", vec![])],
        )
        .unwrap();
}

#[test]
fn reads_store_written_by_format_1() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("log")).unwrap();
    for file in FILES {
        fs::copy(fixture(file), directory.path().join(file)).unwrap();
    }
    let store = FileStore::open(directory.path()).unwrap();
    let mut text = format!("store {:x}, {} keys\n", store.id(), store.statistics().keys);
    store
        .scan(Position::START, &mut |stored| {
            let dedup = stored
                .dedup
                .map_or(String::new(), |DedupKey(hash)| format!(" dedup {hash:x}"));
            let (start, length) = (stored.body.len().min(30), stored.body.len());
            let start = String::from_utf8_lossy(&stored.body[..start]);
            text += &format!(
                "{} {} kind {} key {}{dedup} {length} bytes {start}\n",
                stored.position, stored.committed_at, stored.kind, stored.key.0
            );
            ControlFlow::Continue(())
        })
        .unwrap();
    let checkpoint = store.load_checkpoint().unwrap().unwrap();
    text += &format!(
        "checkpoint {} {:?}\n",
        checkpoint.upto,
        checkpoint.section("people").map(<[u8]>::len)
    );
    text += &format!("message id {:x}", store.dedup_key("web", "m-1").0);
    expect![[r#"
        store 1f01d, 9 keys
        1 2026-01-01T00:00:00Z kind 1 key 8 dedup abc 293 bytes {"type":"track","event":"Order
        2 2026-01-01T00:00:00Z kind 2 key 2 0 bytes 
        3 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        4 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        5 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        6 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        7 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        8 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        9 2026-01-01T00:00:00.000001Z kind 3 key 8 243 bytes {"messageId":"m-16","noise":"m
        10 2026-01-01T00:00:00.000002Z kind 255 key 8 dedup ffffffffffffffffffffffffffffffff 4 bytes last
        checkpoint 9 Some(150)
        message id c20460d83d0449da01de48f28aa6fa77"#]].assert_eq(&text);
}

/// The same calls give the same bytes; set `UPDATE_EXPECT=1` to write the fixture of a new format.
#[test]
fn writes_the_same_bytes_as_format_1() {
    let disk = FaultDisk::new(0);
    write(&disk);
    let files = disk.files();
    assert_eq!(files.len(), FILES.len());
    for file in FILES {
        let (_, bytes) = files.iter().find(|(path, _)| path.ends_with(file)).unwrap();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::create_dir_all(fixture(file).parent().unwrap()).unwrap();
            fs::write(fixture(file), bytes).unwrap();
        }
        assert!(fs::read(fixture(file)).unwrap() == *bytes, "{file} differs");
    }
}

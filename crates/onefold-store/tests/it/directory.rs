//! The directory as an operator sees it: locks, versions, copies, erased keys, and nothing readable.

use std::{fs, ops::ControlFlow, path::Path};

use expect_test::expect;
use onefold_event::{ErrorKind, Position, Timestamp};
use onefold_store::{Entry, FileStore, KeyNumber, Store};

fn write(store: &FileStore, key: KeyNumber, body: &[u8]) {
    let entry = Entry {
        kind: 1,
        key,
        dedup: Some(store.dedup_key("web", "planted-id")),
        body,
    };
    let group = store.prepare(Timestamp::from_micros(5), &[entry]).unwrap();
    store.commit(group).unwrap();
}

fn bodies(store: &FileStore) -> Vec<String> {
    let mut bodies = Vec::new();
    let scanned = store.scan(Position::START, &mut |stored| {
        bodies.push(format!(
            "{} {}",
            stored.position,
            String::from_utf8_lossy(stored.body)
        ));
        ControlFlow::Continue(())
    });
    assert_eq!(scanned.unwrap(), store.end());
    bodies
}

/// Rewrites bytes of a file and the CRC-32 at `crc_at` over `covered`.
fn edit(path: &Path, at: usize, bytes: &[u8], covered: std::ops::Range<usize>) {
    let mut content = fs::read(path).unwrap();
    content[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = crc32fast::hash(&content[covered.clone()]).to_le_bytes();
    content[covered.end..covered.end + 4].copy_from_slice(&crc);
    fs::write(path, content).unwrap();
}

#[test]
fn a_second_opening_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    let error = FileStore::open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    drop(store);
    assert!(FileStore::open(directory.path()).is_ok());
}

#[test]
fn a_newer_format_is_refused_by_name() {
    for file in ["store.ofm", "keys.ofk", "log/00000001.ofl"] {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::open(directory.path()).unwrap();
        write(&store, KeyNumber::STORE, b"body");
        drop(store);
        edit(&directory.path().join(file), 12, &[9, 0, 7, 0], 0..92);
        let error = FileStore::open(directory.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerFormat);
        let expected = format!(
            "`{file}` has format 9, which needs a program that reads format 7; this one reads up to 1"
        );
        assert!(error.to_string().ends_with(&expected), "{error}");
    }
}

#[test]
fn a_newer_writer_that_old_readers_understand_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    write(&store, KeyNumber::STORE, b"body");
    drop(store);
    edit(
        &directory.path().join("log/00000001.ofl"),
        12,
        &[9, 0, 1, 0],
        0..92,
    );
    assert_eq!(
        bodies(&FileStore::open(directory.path()).unwrap()),
        ["1 body"]
    );
}

#[test]
fn a_log_without_its_store_file_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    write(&store, KeyNumber::STORE, b"body");
    drop(store);
    let keys = fs::read(directory.path().join("keys.ofk")).unwrap();
    fs::remove_file(directory.path().join("store.ofm")).unwrap();
    let error = FileStore::open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(
        error
            .to_string()
            .contains("`store.ofm` at byte 0: this file is missing"),
        "{error}"
    );
    assert_eq!(fs::read(directory.path().join("keys.ofk")).unwrap(), keys);
}

#[test]
fn a_folder_of_other_files_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["z.csv", "b.csv", "LOCK"] {
        fs::write(directory.path().join(name), "mine").unwrap();
    }
    let error = FileStore::open(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("the folder holds `b.csv`"),
        "{error}"
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    for name in ["z.csv", "b.csv"] {
        fs::remove_file(directory.path().join(name)).unwrap();
    }
    fs::create_dir(directory.path().join("lost+found")).unwrap();
    FileStore::open(directory.path()).unwrap();
}

#[test]
fn files_of_another_store_are_refused() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for directory in [&one, &two] {
        write(
            &FileStore::open(directory.path()).unwrap(),
            KeyNumber::STORE,
            b"body",
        );
    }
    for file in ["keys.ofk", "log/00000001.ofl"] {
        let mine = fs::read(two.path().join(file)).unwrap();
        fs::copy(one.path().join(file), two.path().join(file)).unwrap();
        let error = FileStore::open(two.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(
            error.to_string().contains("belongs to another store"),
            "{error}"
        );
        fs::write(two.path().join(file), mine).unwrap();
    }
    assert_eq!(bodies(&FileStore::open(two.path()).unwrap()), ["1 body"]);
}

#[test]
fn records_of_a_destroyed_key_are_passed_over_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    let (ann, bob) = (store.allocate_key().unwrap(), store.allocate_key().unwrap());
    for (key, body) in [(ann, "ann 1"), (bob, "bob 1"), (ann, "ann 2")] {
        write(&store, key, body.as_bytes());
    }
    drop(store);
    let entry = 96 + 44 * ann.0 as usize;
    let mut destroyed = [0; 36];
    destroyed[0] = 1;
    edit(
        &directory.path().join("keys.ofk"),
        entry + 4,
        &destroyed,
        entry..entry + 40,
    );

    let store = FileStore::open(directory.path()).unwrap();
    assert_eq!(bodies(&store), ["2 bob 1"]);
    assert_eq!(store.statistics().erased, 2);
    assert_eq!(store.end(), Position(3));
    let entry = Entry {
        kind: 1,
        key: ann,
        dedup: None,
        body: b"again",
    };
    let refused = store.prepare(Timestamp::default(), &[entry]).map(|_| ());
    assert_eq!(
        refused.map_err(|error| error.kind()),
        Err(ErrorKind::InvalidInput)
    );
}

#[test]
fn nothing_personal_can_be_read_in_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    let key = store.allocate_key().unwrap();
    write(
        &store,
        key,
        b"planted-body planted-body planted-body ann@example.com",
    );
    store
        .save_checkpoint(Position(1), &[("state", b"planted-state".to_vec())])
        .unwrap();
    drop(store);
    for file in [
        "store.ofm",
        "keys.ofk",
        "log/00000001.ofl",
        "checkpoint.ofc",
    ] {
        let bytes = fs::read(directory.path().join(file)).unwrap();
        for marker in [b"planted".as_slice(), b"ann@", b"state"] {
            let found = bytes.windows(marker.len()).any(|window| window == marker);
            assert!(!found, "{file} holds {:?}", String::from_utf8_lossy(marker));
        }
    }
}

#[test]
fn a_backup_is_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path().join("store")).unwrap();
    let key = store.allocate_key().unwrap();
    write(&store, key, b"one");
    store
        .save_checkpoint(Position(1), &[("state", b"of one".to_vec())])
        .unwrap();
    write(&store, key, b"two");
    let copy = directory.path().join("copy");
    assert_eq!(store.backup(&copy).unwrap(), Position(2));
    write(&store, key, b"three");
    let error = store.backup(&copy).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let copied = FileStore::open(&copy).unwrap();
    assert_eq!(
        (copied.id(), bodies(&copied)),
        (store.id(), vec!["1 one".into(), "2 two".into()])
    );
    let checkpoint = copied.load_checkpoint().unwrap().unwrap();
    assert_eq!(
        (checkpoint.upto, checkpoint.section("state")),
        (Position(1), Some(b"of one".as_slice()))
    );
    assert_eq!(copied.dedup_key("web", "m"), store.dedup_key("web", "m"));
    write(&copied, key, b"other");
    assert_eq!(bodies(&copied), ["1 one", "2 two", "3 other"]);
    assert_eq!(bodies(&store), ["1 one", "2 two", "3 three"]);
}

#[test]
fn a_checkpoint_of_another_history_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path().join("store")).unwrap();
    store.backup(directory.path().join("copy")).unwrap();
    let copied = FileStore::open(directory.path().join("copy")).unwrap();
    write(&store, KeyNumber::STORE, b"one");
    store
        .save_checkpoint(Position(1), &[("state", b"of one".to_vec())])
        .unwrap();
    write(&copied, KeyNumber::STORE, b"other");
    drop(copied);
    fs::copy(
        directory.path().join("store/checkpoint.ofc"),
        directory.path().join("copy/checkpoint.ofc"),
    )
    .unwrap();
    let copied = FileStore::open(directory.path().join("copy")).unwrap();
    assert_eq!(copied.load_checkpoint().unwrap(), None);
    assert_eq!(copied.statistics().checkpoints_damaged, 1);
}

#[test]
fn a_hundred_stores_in_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let stores: Vec<FileStore> = (0..100)
        .map(|number| FileStore::open(directory.path().join(number.to_string())).unwrap())
        .collect();
    for (number, store) in stores.iter().enumerate() {
        write(store, KeyNumber::STORE, number.to_string().as_bytes());
    }
    for (number, store) in stores.iter().enumerate() {
        assert_eq!(bodies(store), [format!("1 {number}")]);
    }
    #[cfg(target_os = "linux")]
    {
        let open = fs::read_dir("/proc/self/fd").unwrap().count();
        assert!(open < 250, "two descriptors a store: {open} open");
    }
}

#[test]
fn one_thread_prepares_another_commits_a_third_reads() {
    let directory = tempfile::tempdir().unwrap();
    let options = onefold_store::FileStoreOptions::default().file_bytes_max(4096);
    let store = options.open(directory.path()).unwrap();
    let (sender, groups) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for group in groups {
                store.commit(group).unwrap();
            }
        });
        scope.spawn(|| {
            let mut from = Position::START;
            while from < Position(300) {
                let mut next = from.next();
                from = store
                    .scan(from, &mut |stored| {
                        assert_eq!(
                            (stored.position, stored.body),
                            (next, next.to_string().as_bytes())
                        );
                        next = next.next();
                        ControlFlow::Continue(())
                    })
                    .unwrap();
            }
        });
        for first in (1..=300).step_by(3) {
            let bodies = [first, first + 1, first + 2].map(|number| number.to_string());
            let key = store.allocate_key().unwrap();
            let entries = bodies.each_ref().map(|body| Entry {
                kind: 1,
                key,
                dedup: None,
                body: body.as_bytes(),
            });
            sender
                .send(store.prepare(Timestamp::default(), &entries).unwrap())
                .unwrap();
        }
        drop(sender);
    });
    assert_eq!(store.end(), Position(300));
    assert!(store.statistics().log_files > 3);
}

#[test]
fn statistics_say_what_an_event_costs() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::open(directory.path()).unwrap();
    write(&store, KeyNumber::STORE, "abc ".repeat(250).as_bytes());
    let statistics = store.statistics();
    let bytes = [
        statistics.bytes_clear,
        statistics.bytes_compressed,
        statistics.bytes_sealed,
        statistics.log_bytes,
    ];
    expect![[r#"
        [
            1000,
            22,
            148,
            244,
        ]
    "#]]
    .assert_debug_eq(&bytes);
    assert_eq!(
        (statistics.records, statistics.groups, statistics.syncs),
        (1, 1, 1)
    );
}

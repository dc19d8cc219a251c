//! What every [`Store`] must do, as a suite that any implementation can run.
//!
//! Invariant: each check makes its own store, so that they fail one by one.

use std::ops::ControlFlow;

use onefold_event::{ErrorKind, Position, Result, Timestamp};

use crate::{DedupKey, Entry, KeyNumber, Store};

/// A record as the suite compares it.
type Seen = (u64, i64, u8, u32, Option<u128>, Vec<u8>);

/// Runs all checks on stores that `make` makes, each empty and new.
///
/// # Panics
/// Where the store does not conform; the message says in what.
///
/// ```
/// onefold_store::conformance::run(|| Box::new(onefold_store::MemoryStore::new()));
/// ```
pub fn run(make: impl Fn() -> Box<dyn Store>) {
    starts_empty(&*make());
    returns_what_was_written(&*make());
    numbers_without_gaps(&*make());
    scans_from_anywhere(&*make());
    stops_when_told(&*make());
    reads_one_record(&*make());
    prepares_while_others_wait(&*make());
    refuses_groups_out_of_order(&*make());
    refuses_groups_of_others(&*make(), &*make());
    refuses_unknown_keys(&*make());
    hands_out_distinct_keys(&*make());
    hashes_message_ids(&*make());
    keeps_the_last_checkpoint(&*make());
    refuses_checkpoints_of_the_future(&*make());
    lets_a_visitor_use_the_store(&*make());
    counts(&*make());
}

fn starts_empty(store: &dyn Store) {
    assert_eq!(store.end(), Position::START, "a new store has no records");
    assert_eq!(
        all(store, 0),
        Ok((0, vec![])),
        "a new store scans to nothing"
    );
    assert_eq!(
        kind(&store.load_checkpoint()),
        None,
        "loading no checkpoint is no error"
    );
    assert!(!store.is_poisoned(), "a new store is not poisoned");
    let group = prepared(store, &[]);
    assert!(group.is_empty(), "no entries make an empty group");
    assert_eq!(
        kind(&store.commit(group)),
        None,
        "an empty group can be committed"
    );
    assert_eq!(
        store.end(),
        Position::START,
        "an empty group takes no place"
    );
}

fn returns_what_was_written(store: &dyn Store) {
    let key = some_key(store);
    let long = "abcdefgh".repeat(100_000);
    let bodies: [&[u8]; 5] = [
        b"",
        b"x",
        b"{\"type\":\"track\",\"type2\":\"track\"}",
        &[0xff; 40],
        long.as_bytes(),
    ];
    let mut expected: Vec<Seen> = Vec::new();
    let mut entries = Vec::new();
    for (index, body) in bodies.into_iter().enumerate() {
        let dedup = (index % 2 == 0).then_some(u128::MAX - index as u128);
        let kind = 250 + index as u8;
        let key = if index == 1 { KeyNumber::STORE } else { key };
        entries.push(Entry {
            kind,
            key,
            dedup: dedup.map(DedupKey),
            body,
        });
        expected.push((index as u64 + 1, 77, kind, key.0, dedup, body.to_vec()));
    }
    commit(store, 77, &entries);
    assert_eq!(
        all(store, 0),
        Ok((5, expected)),
        "a scan returns what was written"
    );
}

fn numbers_without_gaps(store: &dyn Store) {
    let mut next = 1;
    for size in [1, 3, 0, 2, 50] {
        let bodies: Vec<Vec<u8>> = (0..size).map(|index| vec![index as u8]).collect();
        let entries: Vec<Entry<'_>> = bodies.iter().map(|body| plain(body)).collect();
        let group = prepared(store, &entries);
        let range = Position(next)..Position(next + size);
        assert_eq!(
            group.positions(),
            range,
            "a prepared group knows its places"
        );
        assert_eq!(
            store.commit(group).ok(),
            Some(range),
            "commit returns the places"
        );
        next += size;
        assert_eq!(
            store.end(),
            Position(next - 1),
            "the end follows each commit"
        );
    }
    let positions =
        all(store, 0).map(|(_, seen)| seen.iter().map(|seen| seen.0).collect::<Vec<_>>());
    assert_eq!(positions, Ok((1..next).collect()), "positions have no gaps");
}

fn scans_from_anywhere(store: &dyn Store) {
    fill(store, 40, 7);
    let (_, whole) = all(store, 0).unwrap_or_default();
    assert_eq!(whole.len(), 40, "all are there");
    for from in 0..=40_u64 {
        let expected = whole.iter().filter(|seen| seen.0 > from).cloned().collect();
        assert_eq!(
            all(store, from),
            Ok((40, expected)),
            "a scan after {from} is the rest"
        );
    }
    assert_eq!(
        all(store, 99),
        Ok((99, vec![])),
        "a scan from beyond the end is empty and stays there"
    );
}

fn stops_when_told(store: &dyn Store) {
    fill(store, 30, 4);
    let mut from = Position::START;
    for turn in 1..=10 {
        let mut seen = Vec::new();
        let reached = store.scan(from, &mut |stored| {
            seen.push(stored.position.0);
            if seen.len() == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(
            seen,
            [turn * 3 - 2, turn * 3 - 1, turn * 3],
            "a scan goes on where the last one stopped"
        );
        from = reached.unwrap_or_default();
        assert_eq!(from, Position(turn * 3), "a scan says where it stopped");
    }
}

fn reads_one_record(store: &dyn Store) {
    fill(store, 20, 6);
    for position in 1..=20 {
        let mut body = Vec::new();
        let found = store.read(Position(position), &mut |stored| {
            body = stored.body.to_vec()
        });
        assert_eq!(found.ok(), Some(true), "position {position} is there");
        assert_eq!(
            body,
            format!("body {position}").into_bytes(),
            "the right record is read"
        );
    }
    for position in [0, 21, u64::MAX] {
        let found = store.read(Position(position), &mut |_| {});
        assert_eq!(found.ok(), Some(false), "position {position} is not there");
    }
}

fn prepares_while_others_wait(store: &dyn Store) {
    let first = prepared(store, &[plain(b"one"), plain(b"two")]);
    let second = prepared(store, &[plain(b"three")]);
    assert_eq!(
        store.end(),
        Position::START,
        "what is only prepared is not there"
    );
    assert_eq!(
        store.commit(first).ok(),
        Some(Position(1)..Position(3)),
        "the first goes first"
    );
    assert_eq!(store.end(), Position(2), "the second is still not there");
    assert_eq!(
        store.commit(second).ok(),
        Some(Position(3)..Position(4)),
        "the second follows"
    );
    let bodies =
        all(store, 0).map(|(_, seen)| seen.into_iter().map(|seen| seen.5).collect::<Vec<_>>());
    assert_eq!(
        bodies,
        Ok(vec![b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]),
        "all are there in order"
    );
}

fn refuses_groups_out_of_order(store: &dyn Store) {
    let first = prepared(store, &[plain(b"one")]);
    let second = prepared(store, &[plain(b"two")]);
    assert_eq!(
        kind(&store.commit(second)),
        Some(ErrorKind::InvalidInput),
        "the second cannot go first"
    );
    assert_eq!(
        kind(&store.commit(first)),
        None,
        "the first can still be committed"
    );
    assert_eq!(store.end(), Position(1), "only the first is there");
}

fn refuses_groups_of_others(store: &dyn Store, other: &dyn Store) {
    let group = prepared(other, &[plain(b"one")]);
    assert_eq!(
        kind(&store.commit(group)),
        Some(ErrorKind::InvalidInput),
        "a group belongs to its store"
    );
    assert_eq!(store.end(), Position::START, "nothing was written");
}

fn refuses_unknown_keys(store: &dyn Store) {
    for key in [0, 1, 3, 7, 8, u32::MAX].map(KeyNumber) {
        let entry = Entry {
            key,
            ..plain(b"body")
        };
        let refused = store.prepare(Timestamp::default(), &[plain(b"fine"), entry]);
        assert_eq!(
            kind(&refused),
            Some(ErrorKind::InvalidInput),
            "key {} was not handed out",
            key.0
        );
    }
    let group = prepared(store, &[plain(b"one")]);
    assert_eq!(
        group.positions().start,
        Position(1),
        "a refused group takes no place"
    );
}

fn hands_out_distinct_keys(store: &dyn Store) {
    let keys: Vec<KeyNumber> = (0..2500).map(|_| some_key(store)).collect();
    let ascending = keys.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    assert!(ascending, "keys are numbered upwards");
    assert!(
        !keys.contains(&KeyNumber::STORE),
        "the store's key is not handed out"
    );
    let bodies: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| key.0.to_le_bytes().to_vec())
        .collect();
    let entries: Vec<Entry<'_>> = keys
        .iter()
        .zip(&bodies)
        .map(|(key, body)| Entry {
            key: *key,
            ..plain(body)
        })
        .collect();
    commit(store, 0, &entries);
    let (_, seen) = all(store, 0).unwrap_or_default();
    let right = seen.iter().all(|seen| seen.5 == seen.3.to_le_bytes());
    assert!(
        right && seen.len() == 2500,
        "each record opens with its own key"
    );
}

fn hashes_message_ids(store: &dyn Store) {
    let key = store.dedup_key("web", "m-1");
    assert_eq!(key, store.dedup_key("web", "m-1"), "one id has one hash");
    assert_ne!(key, store.dedup_key("web", "m-2"), "ids are told apart");
    assert_ne!(key, store.dedup_key("app", "m-1"), "sources are told apart");
    assert_ne!(
        store.dedup_key("ab", "c"),
        store.dedup_key("a", "bc"),
        "the border between them counts"
    );
}

fn keeps_the_last_checkpoint(store: &dyn Store) {
    fill(store, 10, 3);
    let big: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let saved = store.save_checkpoint(Position(4), &[("old", b"gone".to_vec())]);
    assert_eq!(kind(&saved), None, "a checkpoint may cover a part");
    let sections = [
        ("names", b"ann".to_vec()),
        ("nothing", vec![]),
        ("big", big.clone()),
    ];
    assert_eq!(
        kind(&store.save_checkpoint(Position(10), &sections)),
        None,
        "it can be replaced"
    );
    let loaded = store.load_checkpoint().ok().flatten();
    let loaded = loaded.unwrap_or_else(|| crate::Checkpoint {
        upto: Position(0),
        sections: vec![],
    });
    assert_eq!(loaded.upto, Position(10), "the last one counts");
    assert_eq!(
        loaded.section("names"),
        Some(b"ann".as_slice()),
        "sections come back"
    );
    assert_eq!(
        loaded.section("nothing"),
        Some(b"".as_slice()),
        "empty ones too"
    );
    assert!(
        loaded.section("big") == Some(big.as_slice()),
        "long ones too"
    );
    assert_eq!(loaded.section("old"), None, "the old one is gone");
    assert_eq!(loaded.sections.len(), 3, "no more than was saved");
}

fn refuses_checkpoints_of_the_future(store: &dyn Store) {
    fill(store, 2, 2);
    let refused = store.save_checkpoint(Position(3), &[]);
    assert_eq!(
        kind(&refused),
        Some(ErrorKind::InvalidInput),
        "a checkpoint covers only what is there"
    );
}

fn lets_a_visitor_use_the_store(store: &dyn Store) {
    fill(store, 5, 2);
    let mut nested = 0;
    let reached = store.scan(Position::START, &mut |stored| {
        some_key(store);
        commit(store, 1, &[plain(b"written while scanning")]);
        nested += usize::from(store.read(stored.position, &mut |_| {}).unwrap_or(false));
        ControlFlow::Continue(())
    });
    assert_eq!(
        reached.ok(),
        Some(Position(5)),
        "a scan ends where the end was when it began"
    );
    assert_eq!(
        (nested, store.end()),
        (5, Position(10)),
        "a visitor can read and write"
    );
}

fn counts(store: &dyn Store) {
    fill(store, 12, 5);
    let statistics = store.statistics();
    assert_eq!(
        (statistics.records, statistics.groups),
        (12, 3),
        "records and groups are counted"
    );
    assert!(
        statistics.bytes_clear > 0 && statistics.bytes_sealed > 0,
        "bytes are counted"
    );
}

/// Commits records with the bodies `body 1`, `body 2`, ... in groups of a size.
fn fill(store: &dyn Store, count: usize, group_size: usize) {
    let bodies: Vec<String> = (1..=count).map(|number| format!("body {number}")).collect();
    for (index, bodies) in bodies.chunks(group_size).enumerate() {
        let entries: Vec<Entry<'_>> = bodies.iter().map(|body| plain(body.as_bytes())).collect();
        commit(store, index as i64, &entries);
    }
}

fn plain(body: &[u8]) -> Entry<'_> {
    Entry {
        kind: 1,
        key: KeyNumber::STORE,
        dedup: None,
        body,
    }
}

fn some_key(store: &dyn Store) -> KeyNumber {
    let key = store.allocate_key();
    assert_eq!(kind(&key), None, "a key can be allocated");
    key.unwrap_or_default()
}

fn prepared(store: &dyn Store, entries: &[Entry<'_>]) -> crate::Group {
    let group = store.prepare(Timestamp::default(), entries);
    assert_eq!(kind(&group), None, "a group can be prepared");
    group.unwrap_or_else(|_| crate::Group::new(0, Position::START, 0, vec![]))
}

fn commit(store: &dyn Store, micros: i64, entries: &[Entry<'_>]) {
    let committed = store
        .prepare(Timestamp::from_micros(micros), entries)
        .and_then(|group| store.commit(group));
    assert_eq!(kind(&committed), None, "a group can be committed");
}

fn all(store: &dyn Store, from: u64) -> Result<(u64, Vec<Seen>), ErrorKind> {
    let mut seen = Vec::new();
    let reached = store.scan(Position(from), &mut |stored| {
        let dedup = stored.dedup.map(|DedupKey(hash)| hash);
        let micros = stored.committed_at.as_micros();
        seen.push((
            stored.position.0,
            micros,
            stored.kind,
            stored.key.0,
            dedup,
            stored.body.to_vec(),
        ));
        ControlFlow::Continue(())
    });
    reached
        .map(|reached| (reached.0, seen))
        .map_err(|error| error.kind())
}

fn kind<T>(outcome: &Result<T>) -> Option<ErrorKind> {
    outcome.as_ref().err().map(onefold_event::Error::kind)
}

//! Any sequence of calls, openings and crashes against a plain list.

use onefold_event::{Position, Timestamp};
use onefold_store::{DedupKey, Entry, FaultDisk, FileStore, KeyNumber, Store};
use proptest::{prelude::*, sample::Index};
use std::ops::ControlFlow;

use crate::script;

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Vec<u8>>),
    CommitTwoPrepared(Vec<u8>, Vec<u8>),
    AllocateKeys(usize),
    SaveCheckpoint(Index, Vec<u8>),
    Scan(Index),
    Reopen,
    Crash,
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..50),
        ("[a-c]{1,12}", 1usize..200).prop_map(|(text, times)| text.repeat(times).into_bytes()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(body(), 0..6).prop_map(Step::Commit),
        1 => (body(), body()).prop_map(|(one, two)| Step::CommitTwoPrepared(one, two)),
        1 => (1usize..90).prop_map(Step::AllocateKeys),
        1 => (any::<Index>(), body()).prop_map(|(upto, state)| Step::SaveCheckpoint(upto, state)),
        2 => any::<Index>().prop_map(Step::Scan),
        1 => Just(Step::Reopen),
        1 => Just(Step::Crash),
    ]
}

#[derive(Debug, PartialEq)]
struct Seen {
    position: u64,
    micros: i64,
    key: KeyNumber,
    dedup: Option<DedupKey>,
    body: Vec<u8>,
}

struct Pair {
    disk: FaultDisk,
    store: Option<FileStore>,
    model: Vec<Seen>,
    keys: Vec<KeyNumber>,
    checkpoint: Option<(Position, Vec<u8>)>,
}

impl Pair {
    fn store(&self) -> &FileStore {
        self.store.as_ref().unwrap()
    }

    fn commit(&mut self, groups: &[&[Vec<u8>]]) {
        let mut prepared = Vec::new();
        for bodies in groups {
            let micros = self.model.len() as i64;
            let start = self.model.len();
            for (index, body) in bodies.iter().enumerate() {
                let number = start + index;
                let key = self.keys[number * 13 % self.keys.len()];
                let dedup = (!number.is_multiple_of(3)).then_some(DedupKey(number as u128));
                self.model.push(Seen {
                    position: number as u64 + 1,
                    micros,
                    key,
                    dedup,
                    body: body.clone(),
                });
            }
            let records = &self.model[start..];
            let entry = |seen| {
                let Seen {
                    key, dedup, body, ..
                }: &Seen = seen;
                Entry {
                    kind: 9,
                    key: *key,
                    dedup: *dedup,
                    body,
                }
            };
            let entries: Vec<Entry<'_>> = records.iter().map(entry).collect();
            prepared.push(
                self.store()
                    .prepare(Timestamp::from_micros(micros), &entries)
                    .unwrap(),
            );
        }
        for group in prepared {
            let end = group.positions().end;
            assert_eq!(self.store().commit(group).unwrap().end, end);
        }
    }

    fn check_scan(&self, from: usize) {
        let mut seen = Vec::new();
        let scanned = self.store().scan(Position(from as u64), &mut |stored| {
            assert_eq!(stored.kind, 9);
            seen.push(Seen {
                position: stored.position.0,
                micros: stored.committed_at.as_micros(),
                key: stored.key,
                dedup: stored.dedup,
                body: stored.body.to_vec(),
            });
            ControlFlow::Continue(())
        });
        assert_eq!(scanned.unwrap(), Position(self.model.len() as u64));
        assert_eq!(seen, self.model[from..]);
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(script::open(&self.disk).unwrap());
        let loaded = self.store().load_checkpoint().unwrap();
        let loaded = loaded.map(|loaded| (loaded.upto, loaded.section("state").unwrap().to_vec()));
        assert_eq!(loaded, self.checkpoint);
        // Keys that no record and no checkpoint knows may be handed out again; so only those in use are kept.
        let used: Vec<KeyNumber> = self.model.iter().map(|seen| seen.key).collect();
        self.keys
            .retain(|key| used.contains(key) || *key == KeyNumber::STORE);
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Commit(bodies) => self.commit(&[&bodies]),
            Step::CommitTwoPrepared(one, two) => self.commit(&[&[one], &[two]]),
            Step::AllocateKeys(count) => {
                for _ in 0..count {
                    let key = self.store().allocate_key().unwrap();
                    assert!(
                        !self.keys.contains(&key),
                        "a key in use is not handed out again"
                    );
                    self.keys.push(key);
                }
            }
            Step::SaveCheckpoint(upto, state) => {
                let upto = Position(upto.index(self.model.len() + 1) as u64);
                self.store()
                    .save_checkpoint(upto, &[("state", state.clone())])
                    .unwrap();
                self.checkpoint = Some((upto, state));
            }
            Step::Scan(from) => self.check_scan(from.index(self.model.len() + 1)),
            Step::Reopen => self.reopen(),
            Step::Crash => {
                self.store = None;
                self.disk.crash();
                self.reopen();
            }
        }
    }
}

proptest! {
    #[test]
    fn a_store_is_a_list(steps in prop::collection::vec(step(), 1..40), seed: u64) {
        let disk = FaultDisk::new(seed);
        let store = Some(script::open(&disk).unwrap());
        let mut pair = Pair { disk, store, model: vec![], keys: vec![KeyNumber::STORE], checkpoint: None };
        for step in steps {
            pair.take(step);
        }
        pair.reopen();
        pair.check_scan(0);
    }

    /// Whatever the bytes of the files are, opening and reading end without a panic, and nothing wrong is returned.
    #[test]
    fn mutilated_stores_never_panic(
        edits in prop::collection::vec((any::<Index>(), any::<Index>(), prop::collection::vec(any::<u8>(), 0..24), any::<bool>()), 1..6),
    ) {
        let (disk, told) = script::written_store();
        let mut files = disk.files();
        for (file, at, bytes, insert) in edits {
            let content = &mut file.get_mut(&mut files).1;
            let at = at.index(content.len() + 1);
            let end = if insert { at } else { (at + bytes.len()).min(content.len()) };
            content.splice(at..end, bytes);
        }
        if let Ok(store) = script::open(&script::restore(&files)) {
            if let Ok(bodies) = script::bodies(&store) {
                prop_assert!(told.acknowledged.starts_with(&bodies));
            }
            if let Ok(Some(checkpoint)) = store.load_checkpoint() {
                let expected = format!("up to {}", checkpoint.upto);
                prop_assert_eq!(checkpoint.section("state"), Some(expected.as_bytes()));
            }
        }
    }
}

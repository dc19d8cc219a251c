//! Opening fast: the state encoded at a position, and the fold of what came after it.
//!
//! Invariant: checkpoint plus tail and a fold of the whole log give the same state; a checkpoint that
//! is damaged, or was made under other rules, is not used and costs time only.

use std::{hash::Hasher, ops::ControlFlow, sync::Arc};

use onefold_connect::Content;
use onefold_consent::Ledger;
use onefold_event::{Error, ErrorKind, Position, Result, Timestamp};
use onefold_identity::Identities;
use onefold_profile::Profiles;
use onefold_segment::Live;
use onefold_store::{Checkpoint, Dedup, Store, Stored};
use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    fact::Fact,
    keys::Keys,
    state::{Rules, State, Totals},
    wire::{self, Kind},
};

const VERSION: u32 = 1;

/// The part of a checkpoint that is the hub's own.
#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    rules: u64,
    now: Timestamp,
    totals: Totals,
    collection_refusals: u64,
}

/// What the writer starts from.
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) dedup: Dedup,
    pub(crate) keys: Keys,
    /// The position of the checkpoint that was used.
    pub(crate) checkpointed: Position,
}

/// Encodes everything at the state's position.
pub(crate) fn save(
    store: &dyn Store,
    rules: &Rules,
    state: &State,
    dedup: &Dedup,
    keys: &Keys,
) -> Result<()> {
    let head = Head {
        version: VERSION,
        rules: rules.fingerprint(),
        now: state.now,
        totals: state.totals,
        collection_refusals: state.collection_refusals,
    };
    let head = serde_json::to_vec(&head).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "the head of a checkpoint").because(error)
    })?;
    let sections = [
        ("hub", head),
        ("keys", keys.encode()),
        ("dedup", dedup.encode()),
        ("identities", state.identities.encode()),
        ("profiles", state.profiles.encode()),
        ("live", state.live.encode()),
        ("ledger", state.ledger.encode()),
    ];
    store.save_checkpoint(state.position, &sections)
}

/// The state at the end of the log: from the checkpoint if it can be used, else from the beginning.
pub(crate) fn recover(store: &dyn Store, rules: &Rules) -> Result<Recovered> {
    let loaded = store
        .load_checkpoint()?
        .and_then(|checkpoint| load(store, rules, &checkpoint).ok());
    let start = loaded.unwrap_or_else(|| Recovered::empty(store, rules));
    fold(store, rules, start, Position(u64::MAX))
}

/// The state folded from the log up to a position, whatever checkpoint there is.
pub(crate) fn rebuild(store: &dyn Store, rules: &Rules, upto: Position) -> Result<State> {
    fold(store, rules, Recovered::empty(store, rules), upto).map(|recovered| recovered.state)
}

/// Decodes the sections side by side: each is independent of the others.
fn load(store: &dyn Store, rules: &Rules, checkpoint: &Checkpoint) -> Result<Recovered> {
    let section = |name: &str| {
        let missing = || Error::new(ErrorKind::Corrupt, format!("the checkpoint lacks `{name}`"));
        checkpoint.section(name).ok_or_else(missing)
    };
    let head: Head = serde_json::from_slice(section("hub")?).map_err(|error| {
        Error::new(ErrorKind::Corrupt, "the head of the checkpoint").because(error)
    })?;
    if head.version != VERSION || head.rules != rules.fingerprint() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the checkpoint was made under other rules",
        ));
    }
    let (identities, profiles, live) = (
        section("identities")?,
        section("profiles")?,
        section("live")?,
    );
    let (ledger, dedup, keys) = (section("ledger")?, section("dedup")?, section("keys")?);
    std::thread::scope(|scope| {
        let identities =
            scope.spawn(|| Identities::decode(identities, rules.identity.clone(), store.id()));
        let rest = scope.spawn(|| {
            let live = Live::decode(live, Arc::clone(&rules.plan))?;
            Ok::<_, Error>((
                live,
                Dedup::decode(dedup)?,
                Keys::decode(keys)?,
                Ledger::decode(ledger)?,
            ))
        });
        let profiles = Profiles::decode(profiles, rules.profile.clone())?;
        let lost = |_| {
            Error::new(
                ErrorKind::Corrupt,
                "a section of the checkpoint cannot be read",
            )
        };
        let identities = identities.join().map_err(lost)??;
        let (live, dedup, keys, ledger) = rest.join().map_err(lost)??;
        let (now, totals, position) = (head.now, head.totals, checkpoint.upto);
        let state = State {
            position,
            now,
            identities,
            profiles,
            live,
            ledger,
            totals,
            collection_refusals: head.collection_refusals,
        };
        Ok(Recovered {
            state,
            dedup,
            keys,
            checkpointed: position,
        })
    })
}

fn fold(
    store: &dyn Store,
    rules: &Rules,
    mut recovered: Recovered,
    upto: Position,
) -> Result<Recovered> {
    let from = recovered.state.position;
    let mut failure = None;
    store.scan(from, &mut |stored| {
        if stored.position > upto {
            return ControlFlow::Break(());
        }
        match recovered.take(rules, &stored) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure =
                    Some(error.context(format!("folding the log at position {}", stored.position)));
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(recovered), Err)
}

impl Recovered {
    fn empty(store: &dyn Store, rules: &Rules) -> Self {
        Self {
            state: State::new(rules, store.id()),
            dedup: Dedup::default(),
            keys: Keys::default(),
            checkpointed: Position::START,
        }
    }

    /// Folds one log record, as the writer did when it was new.
    fn take(&mut self, rules: &Rules, stored: &Stored<'_>) -> Result<()> {
        // Changes follow from the facts; those that were logged then are not logged again.
        let mut followed = Vec::new();
        let _ran = self.state.advance(stored.committed_at, &mut followed);
        if let Some(dedup) = stored.dedup {
            self.dedup.insert(dedup);
        }
        match Kind::from_byte(stored.kind) {
            Some(Kind::Change) => self.learn_change_key(stored)?,
            Some(Kind::Export | Kind::Tick) => self.keys.learn_hub(stored.key),
            Some(kind) => self.take_item(rules, kind, stored, &mut followed)?,
            None => {
                let message = format!(
                    "a record of kind {} at position {}",
                    stored.kind, stored.position
                );
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
        }
        self.state.position = stored.position;
        Ok(())
    }

    fn take_item(
        &mut self,
        rules: &Rules,
        kind: Kind,
        stored: &Stored<'_>,
        followed: &mut Vec<Change>,
    ) -> Result<()> {
        let item = wire::read_item(kind, stored.body)?;
        if let Content::Quarantined(_) = item.content {
            self.state.quarantine(stored.position);
            self.keys.learn(None, &item.source, stored.key);
            return Ok(());
        }
        let fact = Fact::read(&item.content, &item.source, item.received_at, &rules.fields);
        let anchor = fact.and_then(|fact| self.state.apply(&fact, stored.position, followed));
        self.keys.learn(anchor, &item.source, stored.key);
        Ok(())
    }

    fn learn_change_key(&mut self, stored: &Stored<'_>) -> Result<()> {
        let change = Change::from_bytes(stored.body, stored.position)?;
        let person = self.state.identities.index(change.person);
        match person.and_then(|person| self.state.identities.anchors(person).first().copied()) {
            Some(anchor) => self.keys.learn_anchor(anchor, stored.key),
            None => self.keys.learn_hub(stored.key),
        }
        Ok(())
    }
}

impl Rules {
    /// A number that changes when any rule does.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = Fnv::default();
        hasher.write(&self.identity.fingerprint().to_le_bytes());
        hasher.write(&self.profile.fingerprint().to_le_bytes());
        hasher.write(&self.plan.fingerprint().to_le_bytes());
        // A map of plain text always serialises, in the order of its keys.
        let fields = serde_json::to_vec(&self.fields).unwrap_or_default();
        hasher.write(&fields);
        hasher.finish()
    }
}

/// FNV-1a: the same on every machine and in every version, unlike the standard hasher.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

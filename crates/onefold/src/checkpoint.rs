//! Opening fast: the state encoded at a position, and the fold of what came after it.
//!
//! Invariant: checkpoint plus tail and a fold of the whole log give the same state; a checkpoint that
//! is damaged, or was made under other rules, is not used and costs time only.

use std::{hash::Hasher, sync::Arc};

use onefold_consent::Ledger;
use onefold_event::{Error, ErrorKind, Position, Result, Timestamp};
use onefold_identity::Identities;
use onefold_profile::Profiles;
use onefold_segment::{Live, Plan};
use onefold_store::{Checkpoint, Dedup, Store};
use serde::{Deserialize, Serialize};

use crate::{
    definitions::Defined,
    fold::{fold, fold_under},
    keys::Keys,
    organisations::Organisations,
    spread::Spread,
    state::{Rules, State, Totals},
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
    /// The definitions that the log holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    defined: Option<Box<serde_json::value::RawValue>>,
}

/// What the writer starts from.
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) dedup: Dedup,
    pub(crate) keys: Keys,
    /// The position of the checkpoint that was used.
    pub(crate) checkpointed: Position,
    /// What the last records announced.
    pub(crate) spread: Option<Spread>,
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
        rules: rules.under(state.live.plan()).fingerprint(),
        now: state.now,
        totals: state.totals,
        collection_refusals: state.collection_refusals,
        defined: stored(&state.defined)?,
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
        ("organisations", state.organisations.encode()),
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
    let start = match loaded {
        Some(loaded) => loaded,
        None => Recovered::empty(store, rules)?,
    };
    fold(store, rules, start, Position(u64::MAX))
}

/// The state folded from the log up to a position, whatever checkpoint there is.
pub(crate) fn rebuild(store: &dyn Store, rules: &Rules, upto: Position) -> Result<State> {
    fold(store, rules, Recovered::empty(store, rules)?, upto).map(|recovered| recovered.state)
}

/// The state folded from the log up to a position, under the definitions of these rules whatever the log says of them.
pub(crate) fn rebuild_under(store: &dyn Store, rules: &Rules, upto: Position) -> Result<State> {
    fold_under(store, rules, Recovered::empty(store, rules)?, upto).map(|recovered| recovered.state)
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
    let defined = match &head.defined {
        Some(json) => Defined::from_bytes(json.get().as_bytes())?,
        None => Defined::default(),
    };
    let rules = &rules.under(&defined.plan(rules)?);
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
    let organisations = section("organisations")?;
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
        let organisations = Organisations::decode(organisations, rules.profile.clone())?;
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
            organisations,
            live,
            ledger,
            totals,
            collection_refusals: head.collection_refusals,
            defined,
        };
        Ok(Recovered {
            state,
            dedup,
            keys,
            checkpointed: position,
            spread: None,
        })
    })
}

impl Recovered {
    /// A state alone, to go on from; without what a writer would need besides.
    pub(crate) fn at(state: State) -> Self {
        Self {
            checkpointed: state.position,
            state,
            dedup: Dedup::default(),
            keys: Keys::default(),
            spread: None,
        }
    }

    pub(crate) fn empty(store: &dyn Store, rules: &Rules) -> Result<Self> {
        Ok(Self {
            state: State::new(rules, store.id())?,
            dedup: Dedup::default(),
            keys: Keys::default(),
            checkpointed: Position::START,
            spread: None,
        })
    }
}

fn stored(defined: &Defined) -> Result<Option<Box<serde_json::value::RawValue>>> {
    if defined.is_empty() {
        return Ok(None);
    }
    let json = String::from_utf8(defined.to_bytes()).ok();
    let json = json.and_then(|json| serde_json::value::RawValue::from_string(json).ok());
    let damaged = || Error::new(ErrorKind::InvalidInput, "the definitions of a checkpoint");
    json.map(Some).ok_or_else(damaged)
}

impl Rules {
    /// These rules with other definitions.
    pub(crate) fn under(&self, plan: &Arc<Plan>) -> Self {
        Self {
            plan: Arc::clone(plan),
            ..self.clone()
        }
    }

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

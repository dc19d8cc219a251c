//! Folding the log into a state: one thread reads, opens and decodes, this one folds.
//!
//! Invariant: the state that comes out is the one that the writer had at that position.
//!
//! Nobody reads the state on its way. So what only readers would see is worked out once, at the end:
//! the segments of a person who was touched a hundred times, and the order of the message ids.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
};

use onefold_event::{
    AnchorId, Error, ErrorKind, Identifier, PersonIndex, Position, Result, Timestamp,
};
use onefold_store::{DedupKey, KeyNumber, Store, Stored};

use crate::{
    change::Change,
    checkpoint::Recovered,
    decision::StoredDecision,
    definitions::Defined,
    fact::{Fact, identifiers_of},
    observe::Absorbed,
    spread::Spread,
    state::Rules,
    wire::{self, Kind, StoredItem},
};

/// Records that travel together from the thread that reads to the one that folds.
const BLOCK_RECORDS: usize = 256;
/// A block with so many bytes is full, too: events may be large, and what is read ahead has to fit.
const BLOCK_BYTES: usize = 1 << 20;
/// Blocks that are read ahead.
const BLOCKS_AHEAD: usize = 8;

/// A record of the log, decoded.
pub(crate) struct Decoded {
    position: Position,
    committed_at: Timestamp,
    key: KeyNumber,
    dedup: Option<DedupKey>,
    pub(crate) content: Logged,
}

pub(crate) enum Logged {
    /// With its identifiers, which take a while to find.
    Item(StoredItem, Vec<Identifier>),
    Change(Change),
    Decision(Box<StoredDecision>),
    Defined(Defined),
    /// Time passed; perhaps more changes follow than fit one group.
    Tick(Option<Spread>),
    Export,
}

/// What is worked out when everything is folded.
#[derive(Default)]
struct Postponed {
    ids: Vec<DedupKey>,
    /// By person: whether its segments have to be asked.
    touched: Vec<bool>,
}

/// Folds the records after the state's position, up to another one.
///
/// What segments need of the past depends on their definitions, and these are known at the end only: where a record
/// changed them, the log is folded once more, under the last ones.
///
/// # Errors
/// `Corrupt` with the place, `NewerFormat`, `Io`.
pub(crate) fn fold(
    store: &dyn Store,
    rules: &Rules,
    recovered: Recovered,
    upto: Position,
) -> Result<Recovered> {
    let before = recovered.state.defined.clone();
    let folded = fold_under(store, rules, recovered, upto)?;
    if folded.state.defined == before {
        return Ok(folded);
    }
    let plan = folded.state.defined.plan(rules)?;
    if plan.fingerprint() == folded.state.live.plan().fingerprint() {
        return Ok(folded);
    }
    let again = Recovered::empty(store, &rules.under(&plan))?;
    fold_under(store, rules, again, upto)
}

/// The same under the definitions of the rules that the state was made with, whatever records say of them.
pub(crate) fn fold_under(
    store: &dyn Store,
    rules: &Rules,
    mut recovered: Recovered,
    upto: Position,
) -> Result<Recovered> {
    let from = recovered.state.position;
    if from >= upto.min(store.end()) {
        return Ok(recovered);
    }
    let mut postponed = Postponed::default();
    std::thread::scope(|scope| {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        let (giver, spent) = channel();
        let reading = scope.spawn(move || read(store, rules, (from, upto), &sender, &spent));
        recovered.take_all(&blocks, &giver, &mut postponed);
        reading.join().unwrap_or_else(|_| {
            let message = "the thread that reads the log ended early";
            Err(Error::new(ErrorKind::Io, message))
        })
    })?;
    recovered.settle(postponed);
    Ok(recovered)
}

/// Reads the log into blocks, until its end. Blocks that were folded come back, because memory is given
/// back soonest by the thread that took it.
fn read(
    store: &dyn Store,
    rules: &Rules,
    (after, upto): (Position, Position),
    blocks: &SyncSender<Vec<Decoded>>,
    spent: &Receiver<Vec<Decoded>>,
) -> Result<()> {
    let mut block = Vec::with_capacity(BLOCK_RECORDS);
    let (mut bytes, mut failure) = (0, None);
    store.scan(after, &mut |stored| {
        if stored.position > upto {
            return ControlFlow::Break(());
        }
        match Decoded::read(&stored, rules) {
            Ok(decoded) => block.push(decoded),
            Err(error) => {
                failure = Some(error.context(folding(stored.position)));
                return ControlFlow::Break(());
            }
        }
        bytes += stored.body.len();
        if block.len() < BLOCK_RECORDS && bytes < BLOCK_BYTES {
            return ControlFlow::Continue(());
        }
        bytes = 0;
        let mut next = spent.try_recv().unwrap_or_default();
        next.clear();
        let full = std::mem::replace(&mut block, next);
        match blocks.send(full) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    // Whoever no longer takes blocks has told why.
    let _ = blocks.send(block);
    failure.map_or(Ok(()), Err)
}

fn folding(position: Position) -> String {
    format!("folding the log at position {position}")
}

impl Decoded {
    pub(crate) fn read(stored: &Stored<'_>, rules: &Rules) -> Result<Self> {
        let content = match Kind::from_byte(stored.kind) {
            Some(Kind::Change) => Logged::Change(Change::from_bytes(stored.body, stored.position)?),
            Some(Kind::Decision) => {
                let decision = StoredDecision::from_bytes(stored.body, stored.position)?;
                Logged::Decision(Box::new(decision))
            }
            Some(Kind::Defined) => Logged::Defined(Defined::from_bytes(stored.body)?),
            Some(Kind::Tick) => Logged::Tick(Spread::read(stored)?),
            Some(Kind::Export) => Logged::Export,
            Some(kind) => {
                let item = wire::read_item(kind, stored.body)?;
                let identifiers = identifiers_of(&item.content, &rules.fields).into_owned();
                Logged::Item(item, identifiers)
            }
            None => {
                let message = format!("a record of kind {}", stored.kind);
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
        };
        let Stored {
            position,
            committed_at,
            key,
            dedup,
            ..
        } = *stored;
        Ok(Self {
            position,
            committed_at,
            key,
            dedup,
            content,
        })
    }
}

impl Recovered {
    fn take_all(
        &mut self,
        blocks: &Receiver<Vec<Decoded>>,
        spent: &Sender<Vec<Decoded>>,
        postponed: &mut Postponed,
    ) {
        for block in blocks {
            for decoded in &block {
                self.take(decoded, postponed);
            }
            // Nobody takes it back any more when the reading has ended.
            let _ = spent.send(block);
        }
    }

    /// Folds one record, as the writer did when it was new.
    fn take(&mut self, decoded: &Decoded, postponed: &mut Postponed) {
        self.state.now = self.state.now.max(decoded.committed_at);
        postponed.ids.extend(decoded.dedup);
        match &decoded.content {
            Logged::Item(item, identifiers) => {
                let anchor = self.take_item(decoded.position, item, identifiers, postponed);
                self.keys.learn(anchor, &item.source, decoded.key);
            }
            // Changes follow from the facts; those that were logged then are not logged again.
            Logged::Change(change) => self.learn_change_key(change, decoded.key),
            Logged::Decision(decision) => {
                let (_, absorbed) = self.state.absorb_decision(decision, decoded.position);
                self.take_absorbed(&absorbed, postponed);
                match decision.anchor(&self.state.identities) {
                    Some(anchor) => self.keys.learn_anchor(anchor, decoded.key),
                    None => self.keys.learn_hub(decoded.key),
                }
            }
            Logged::Defined(defined) => {
                self.state.defined = defined.clone();
                self.keys.learn_hub(decoded.key);
            }
            Logged::Tick(_) | Logged::Export => self.keys.learn_hub(decoded.key),
        }
        self.spread = match &decoded.content {
            Logged::Tick(announced) => *announced,
            content => {
                let follows = |spread: &Spread| spread.is_followed_by(decoded.position, content);
                self.spread.filter(follows)
            }
        };
        self.state.position = decoded.position;
    }

    fn take_item(
        &mut self,
        position: Position,
        item: &StoredItem,
        identifiers: &[Identifier],
        postponed: &mut Postponed,
    ) -> Option<AnchorId> {
        let (source, identifiers) = (&item.source, Cow::Borrowed(identifiers));
        let fact = Fact::of(&item.content, source, item.received_at, identifiers);
        let Some(fact) = fact else {
            return self.state.quarantine(position);
        };
        let absorbed = self.state.absorb(&fact, position);
        self.take_absorbed(&absorbed, postponed);
        absorbed.anchor
    }

    fn take_absorbed(&mut self, absorbed: &Absorbed, postponed: &mut Postponed) {
        self.state.retire(&absorbed.merges);
        let touched = absorbed.touched.iter().chain(&absorbed.colleagues);
        touched.for_each(|it| postponed.touch(*it));
    }

    fn learn_change_key(&mut self, change: &Change, key: KeyNumber) {
        let identities = &self.state.identities;
        let person = identities.index(change.person);
        let anchors = person.map(|person| identities.anchors(person));
        match anchors.and_then(|anchors| anchors.first()) {
            Some(anchor) => self.keys.learn_anchor(*anchor, key),
            None => self.keys.learn_hub(key),
        }
    }

    fn settle(&mut self, postponed: Postponed) {
        self.dedup.insert_all(postponed.ids);
        let touched = (0..).zip(postponed.touched);
        let touched =
            touched.filter_map(|(number, touched)| touched.then_some(PersonIndex(number)));
        self.state.refresh_all(touched);
    }
}

impl Postponed {
    fn touch(&mut self, person: PersonIndex) {
        if self.touched.len() <= person.index() {
            self.touched.resize(person.index() + 1, false);
        }
        if let Some(touched) = self.touched.get_mut(person.index()) {
            *touched = true;
        }
    }
}

//! Changes that fill more than one group.
//!
//! Invariant: readers see what caused them only together with all of them; and what a crash between two of the groups
//! left unwritten is written at the next opening under the same rules, so that subscribers miss nothing.

use std::{borrow::Cow, ops::ControlFlow};

use onefold_event::{
    Position, Result, Timestamp,
    parts::{Reader, put_number},
};
use onefold_store::{Store, Stored};

use crate::{
    change::Change,
    checkpoint::{rebuild, rebuild_under},
    fact::Fact,
    fold::{Decoded, Logged},
    state::{Rules, State},
    wire::{Kind, damaged},
};

/// Changes of one group at most: a group that moves everybody must not become too long for the store.
pub(crate) const CHANGES_MAX: usize = 8_192;

/// The announcement of changes that fill more than one group, as it was found in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    /// Where it stands; the changes follow behind it.
    position: Position,
    /// The instant of its group.
    at: Timestamp,
    /// Records of its group before it: what caused the changes, beside time.
    causes: u64,
    changes: u64,
}

impl Spread {
    /// The body of the announcement.
    pub(crate) fn to_bytes(causes: usize, changes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, causes as u64);
        put_number(&mut out, changes as u64);
        out
    }

    /// What a tick announces; `None` for one that only lets time pass.
    ///
    /// # Errors
    /// `Corrupt` for damaged bytes.
    pub(crate) fn read(stored: &Stored<'_>) -> Result<Option<Self>> {
        if stored.body.is_empty() {
            return Ok(None);
        }
        let mut reader = Reader::new(stored.body);
        let numbers = reader.number().zip(reader.number());
        let (causes, changes) = numbers.ok_or_else(damaged)?;
        Ok(Some(Self {
            position: stored.position,
            at: stored.committed_at,
            causes,
            changes,
        }))
    }

    /// Whether a record after it is one of what it announced.
    pub(crate) fn is_followed_by(&self, position: Position, content: &Logged) -> bool {
        matches!(content, Logged::Change(_)) && position.0 - self.position.0 <= self.changes
    }

    /// The changes that were announced and that the log does not have. None where the rules are others than when
    /// it was written: what other rules change is told to nobody.
    ///
    /// Cost: where some are missing, one or two folds of the log.
    pub(crate) fn untold(&self, store: &dyn Store, rules: &Rules) -> Result<Vec<Change>> {
        let told = store.end().0.saturating_sub(self.position.0);
        if told >= self.changes {
            return Ok(Vec::new());
        }
        let mut changes = self.repeat(store, rules)?;
        if changes.len() as u64 != self.changes || !self.begin_with_told(&changes, store)? {
            return Ok(Vec::new());
        }
        Ok(changes.split_off(usize::try_from(told).unwrap_or(usize::MAX)))
    }

    /// Does once more what the writer did for this group.
    fn repeat(&self, store: &dyn Store, rules: &Rules) -> Result<Vec<Change>> {
        let before = Position(self.position.0.saturating_sub(self.causes + 1));
        let mut state = rebuild(store, rules, before)?;
        let (mut changes, mut failure) = (Vec::new(), None);
        state.advance(self.at, &mut changes);
        store.scan(before, &mut |stored| {
            if stored.position >= self.position {
                return ControlFlow::Break(());
            }
            match cause(&mut state, &stored, (store, rules), &mut changes) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(changes), Err)
    }

    fn begin_with_told(&self, changes: &[Change], store: &dyn Store) -> Result<bool> {
        let (mut expected, mut same) = (changes.iter(), true);
        store.scan(self.position, &mut |stored| {
            let told = Change::from_bytes(stored.body, Position::START);
            same = stored.kind == Kind::Change as u8 && told.ok().as_ref() == expected.next();
            match same {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        Ok(same)
    }
}

/// Folds one record, and what it changes.
fn cause(
    state: &mut State,
    stored: &Stored<'_>,
    (store, rules): (&dyn Store, &Rules),
    changes: &mut Vec<Change>,
) -> Result<()> {
    let decoded = Decoded::read(stored, rules)?;
    match &decoded.content {
        Logged::Item(item, identifiers) => {
            let identifiers = Cow::Borrowed(&**identifiers);
            match Fact::of(&item.content, &item.source, item.received_at, identifiers) {
                Some(fact) => state.apply(&fact, stored.position, changes),
                None => state.quarantine(stored.position),
            };
        }
        Logged::Decision(decision) => {
            let _outcome = state.decide(decision, stored.position, changes);
        }
        Logged::Defined(defined) => {
            let rules = rules.under(&defined.plan(rules)?);
            let under = rebuild_under(store, &rules, state.position)?;
            state.redefine(under, defined.clone(), changes);
        }
        Logged::Change(_) | Logged::Tick(_) | Logged::Export => {}
    }
    state.position = stored.position;
    Ok(())
}

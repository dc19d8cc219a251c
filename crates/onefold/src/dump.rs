//! The canonical dump: the whole derived state as sorted text, and its SHA-256.
//!
//! Invariant: equal states give equal bytes; opening from a checkpoint, folding the log anew and having
//! ingested it all along give the same dump.

use std::fmt;

use onefold_event::{AnchorId, PersonIndex};
use sha2::{Digest, Sha256};

use crate::state::State;

/// The version of the dump's layout, its first line.
const VERSION: &str = "onefold dump 1";

/// A value of the hub as text: `Display` writes it, [`sha256`](Self::sha256) digests it.
#[derive(Clone, Copy)]
pub struct Dump<'a>(&'a State);

impl<'a> Dump<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(state)
    }

    /// The SHA-256 of the text, as 64 hexadecimal digits. Cost: one pass, no copy of the text.
    pub fn sha256(&self) -> String {
        let mut digest = Digesting(Sha256::new());
        // Writing into a digest cannot fail.
        let _ = self.write(&mut digest);
        hexadecimal(&digest.0.finalize())
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let state = self.0;
        let anchor = |anchor: AnchorId| {
            let identifier = state.identities.identifier(anchor);
            identifier.map_or_else(|| format!("anchor {anchor}"), ToString::to_string)
        };
        let person = |person: PersonIndex| {
            let id = state.identities.id(person);
            id.map_or_else(|| format!("person {person}"), |id| id.to_string())
        };
        writeln!(out, "{VERSION}")?;
        let totals = state.totals;
        writeln!(
            out,
            "totals events {} records {} consent {} quarantined {} without_person {} blocked {} newest {}",
            totals.events,
            totals.records,
            totals.consent_entries,
            totals.quarantined,
            totals.without_person,
            totals.blocked,
            totals.newest
        )?;
        state.identities.dump(out)?;
        state.profiles.dump(&anchor, out)?;
        state.organisations.dump(out)?;
        state.live.dump(out, &anchor, &person)?;
        state.ledger.dump(&anchor, out)
    }
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dump({})", self.sha256())
    }
}

struct Digesting(Sha256);

impl fmt::Write for Digesting {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Definitions of segments that were made while the hub ran, as facts of the log.
//!
//! Invariant: the definitions in force at a position are those of the builder and, where their names are others,
//! those that the log holds up to there; so a rebuild has the same segments.

use std::sync::Arc;

use onefold_event::{Error, ErrorKind, Position, Result};
use onefold_segment::{LANGUAGE_VERSION, Library, Plan, ast::Definition};
use serde::{Deserialize, Serialize};

use crate::state::Rules;

/// All definitions that the log holds, as of one record of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Defined(Arc<[Definition]>);

/// How a record of the log has them: whole, so that the last one says everything.
#[derive(Serialize, Deserialize)]
struct DefinedJson<D> {
    /// Of the language.
    version: u32,
    definitions: D,
}

impl Default for Defined {
    fn default() -> Self {
        Self(Vec::new().into())
    }
}

impl Defined {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and others, which take the place of those with their names.
    pub(crate) fn with(&self, others: &[Definition]) -> Self {
        let is_replaced = |known: &&Definition| others.iter().any(|other| same_name(other, known));
        let kept = self.0.iter().filter(|known| !is_replaced(known));
        Self(kept.chain(others).cloned().collect())
    }

    /// Those without these names.
    ///
    /// # Errors
    /// `NotFound` with every name that is not among them.
    pub(crate) fn without(&self, names: &[&str]) -> Result<Self> {
        let is_known = |name: &&&str| self.0.iter().any(|known| known.name() == **name);
        let unknown: Vec<&str> = names
            .iter()
            .filter(|name| !is_known(name))
            .copied()
            .collect();
        if !unknown.is_empty() {
            let names = unknown.join("`, `");
            let message = format!("the store holds no definition named `{names}`");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let left = self.0.iter().filter(|known| !names.contains(&known.name()));
        Ok(Self(left.cloned().collect()))
    }

    /// The builder's definitions and, where their names are others, these.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake, such as a reference to what the builder no longer defines.
    pub(crate) fn plan(&self, rules: &Rules) -> Result<Arc<Plan>> {
        let base = rules.plan.library().definitions();
        let more = self
            .0
            .iter()
            .filter(|known| !base.iter().any(|other| same_name(other, known)));
        let all: Vec<Definition> = base.iter().chain(more).cloned().collect();
        if all.len() == base.len() {
            return Ok(Arc::clone(&rules.plan));
        }
        let library = Library::new(all).map_err(|error| {
            error.context("the definitions that the store holds, beside those of the builder")
        })?;
        Plan::compile(library)
    }

    /// Those of their names that the builder defines.
    pub(crate) fn names_in(&self, rules: &Rules) -> Vec<&str> {
        let base = rules.plan.library().definitions();
        let clashing = self
            .0
            .iter()
            .filter(|known| base.iter().any(|other| same_name(other, known)));
        clashing.map(Definition::name).collect()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let json = DefinedJson {
            version: LANGUAGE_VERSION,
            definitions: &self.0,
        };
        // A struct of plain text and numbers always serialises.
        serde_json::to_vec(&json).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read: DefinedJson<Vec<Definition>> =
            serde_json::from_slice(bytes).map_err(|error| {
                Error::new(ErrorKind::Corrupt, "the stored definitions cannot be read")
                    .because(error)
            })?;
        if read.version != LANGUAGE_VERSION {
            let message = format!("definitions in version {} of the language", read.version);
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        Ok(Self(read.definitions.into()))
    }
}

/// Whether both define the same thing: a segment and a trait may share a name.
fn same_name(a: &Definition, b: &Definition) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) && a.name() == b.name()
}

/// New definitions for the writer to put in force.
pub(crate) struct Redefinition {
    pub(crate) defined: Defined,
    /// The definitions that the log held when they were tried.
    pub(crate) before: Defined,
    /// The state under the new definitions, at some earlier position.
    pub(crate) state: Box<crate::state::State>,
    pub(crate) plan: Arc<Plan>,
}

/// What the writer answers when definitions changed between a trial and its end.
pub(crate) fn overtaken(position: Position) -> Error {
    let message = format!("other definitions were made meanwhile (position {position}): try again");
    Error::new(ErrorKind::Busy, message)
}

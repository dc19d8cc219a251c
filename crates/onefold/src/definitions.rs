//! Definitions of segments that were made while the hub ran, as facts of the log.
//!
//! Invariant: the definitions in force at a position are those of the builder and, where their names are others,
//! those that the log holds up to there; so a rebuild has the same segments. What the log holds is checked only when
//! it comes into force: what was replaced or dropped since can never keep a store from being opened.

use std::{collections::BTreeMap, sync::Arc};

use onefold_event::{Error, ErrorKind, Position, Result};
use onefold_segment::{LANGUAGE_VERSION, Library, Plan, ast::Definition};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::state::Rules;

/// What becomes of definitions that the log holds when a hub is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    InForce,
    LeftOut,
}

/// All definitions that the log holds, as of one record of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Defined(Arc<[StoredDefinition]>);

/// A definition as it is stored.
#[derive(Debug, Clone)]
struct StoredDefinition {
    /// `segment` or `trait`, which may share a name.
    kind: Box<str>,
    name: Box<str>,
    json: Box<RawValue>,
}

/// How a record of the log has them: whole, so that the last one says everything.
#[derive(Serialize, Deserialize)]
struct DefinedJson<D> {
    /// Of the language.
    version: u32,
    definitions: Vec<D>,
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
        let is_replaced = |known: &&StoredDefinition| others.iter().any(|other| known.is(other));
        let kept = self.0.iter().filter(|known| !is_replaced(known)).cloned();
        let others = others.iter().filter_map(StoredDefinition::of);
        Self(kept.chain(others).collect())
    }

    /// Those without these names.
    ///
    /// # Errors
    /// `NotFound` with every name that is not among them.
    pub(crate) fn without(&self, names: &[&str]) -> Result<Self> {
        let is_known = |name: &&&str| self.0.iter().any(|known| *known.name == ***name);
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
        let left = self.0.iter().filter(|known| !names.contains(&&*known.name));
        Ok(Self(left.cloned().collect()))
    }

    /// The builder's definitions and, where their names are others, these.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake, such as a reference to what the builder no longer defines; `Corrupt` for
    /// what cannot be read.
    pub(crate) fn plan(&self, rules: &Rules) -> Result<Arc<Plan>> {
        let base = rules.plan.library().definitions();
        let is_shadowed = |known: &&StoredDefinition| base.iter().any(|other| known.is(other));
        let more = match rules.stored {
            Stored::InForce => &self.0[..],
            Stored::LeftOut => &[],
        };
        let more = more.iter().filter(|known| !is_shadowed(known));
        let more: Vec<Definition> = more
            .map(StoredDefinition::read)
            .collect::<Result<_>>()
            .map_err(in_context)?;
        if more.is_empty() {
            return Ok(Arc::clone(&rules.plan));
        }
        let all = base.iter().cloned().chain(more).collect();
        Plan::compile(Library::new(all).map_err(in_context)?)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let json = DefinedJson {
            version: LANGUAGE_VERSION,
            definitions: self.0.iter().map(|known| &known.json).collect(),
        };
        // A struct of plain text and numbers always serialises.
        serde_json::to_vec(&json).unwrap_or_default()
    }

    /// # Errors
    /// `Corrupt` for damaged bytes, `NewerFormat` for those of a later language.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read: DefinedJson<Box<RawValue>> =
            serde_json::from_slice(bytes).map_err(|error| damaged().because(error))?;
        if read.version > LANGUAGE_VERSION {
            let message = format!("definitions in version {} of the language", read.version);
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        let definitions = read.definitions.into_iter();
        let definitions: Option<_> = definitions.map(StoredDefinition::named).collect();
        Ok(Self(definitions.ok_or_else(damaged)?))
    }
}

impl StoredDefinition {
    fn of(definition: &Definition) -> Option<Self> {
        // Text and numbers always serialise.
        Self::named(serde_json::value::to_raw_value(definition).ok()?)
    }

    /// Looks up what it defines: `{KIND: {"name": NAME, ...}}`.
    fn named(json: Box<RawValue>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Named {
            name: Box<str>,
        }
        let read: BTreeMap<Box<str>, Named> = serde_json::from_str(json.get()).ok()?;
        let (kind, Named { name }) = read.into_iter().next()?;
        Some(Self { kind, name, json })
    }

    /// Whether it defines the same as another.
    fn is(&self, other: &Definition) -> bool {
        *self.kind == *other.kind() && *self.name == *other.name()
    }

    fn read(&self) -> Result<Definition> {
        serde_json::from_str(self.json.get()).map_err(|error| {
            let message = format!("the {} `{}` cannot be read", self.kind, self.name);
            Error::new(ErrorKind::Corrupt, message).because(error)
        })
    }
}

impl PartialEq for StoredDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.json.get() == other.json.get()
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the stored definitions cannot be read")
}

fn in_context(error: Error) -> Error {
    error.context(
        "the definitions that the store holds, beside those of the builder (open with `leave_out_stored_definitions` \
         to drop those that are in the way)",
    )
}

/// What is refused as long as stored definitions are left out.
pub(crate) fn left_out() -> Error {
    let message = "the stored definitions are left out: drop those that are in the way, and open the hub with the others";
    Error::new(ErrorKind::InvalidInput, message)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Onefold;

    fn check(json: &str, expected: std::result::Result<&str, ErrorKind>) {
        let read = Defined::from_bytes(json.as_bytes());
        let names = read.as_ref().map(|read| {
            let names = read
                .0
                .iter()
                .map(|known| format!("{} {}", known.kind, known.name));
            names.collect::<Vec<_>>().join(", ")
        });
        let names = names.as_deref().map_err(|error| error.kind());
        assert_eq!(names, expected, "{json}");
        if let Ok(read) = &read {
            assert_eq!(Defined::from_bytes(&read.to_bytes()).unwrap(), *read);
        }
    }

    #[test]
    fn what_an_earlier_language_wrote_is_read_and_a_later_one_refused() {
        let body = r#""definitions":[{"segment":{"name":"a","when":{"of_old":[]}}},{"trait":{"name":"a"}}]}"#;
        check(&format!("{{\"version\":0,{body}"), Ok("segment a, trait a"));
        check(&format!("{{\"version\":1,{body}"), Ok("segment a, trait a"));
        let later = format!("{{\"version\":{},{body}", LANGUAGE_VERSION + 1);
        check(&later, Err(ErrorKind::NewerFormat));
        check("{\"version\":1}", Err(ErrorKind::Corrupt));
        check(
            "{\"version\":1,\"definitions\":[{}]}",
            Err(ErrorKind::Corrupt),
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_when_it_comes_into_force_and_may_be_replaced() {
        let unreadable =
            r#"{"version":1,"definitions":[{"segment":{"name":"a","when":{"of_old":[]}}}]}"#;
        let stored = Defined::from_bytes(unreadable.as_bytes()).unwrap();
        let hub = Onefold::builder().in_memory().unwrap();
        let snapshot = hub.snapshot();
        let error = stored.plan(snapshot.rules()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(
            error.to_string().contains("the segment `a` cannot be read"),
            "{error}"
        );
        let others = Library::parse("segment a = did Order").unwrap();
        let replaced = stored.with(others.definitions());
        let plan = replaced.plan(snapshot.rules()).unwrap();
        assert_eq!(plan.segments().collect::<Vec<_>>(), ["a"]);
        assert!(stored.without(&["a"]).unwrap().is_empty());
    }
}

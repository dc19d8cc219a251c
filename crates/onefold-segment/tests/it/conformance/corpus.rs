//! The published files of the corpus, read.
//!
//! Invariant: a field that is not known is a mistake, so that no part of a case is passed over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use onefold_event::{Decimal, Timestamp, Value};
use onefold_segment::{Library, ast::ConsentState};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::export::{Case, Kind};
use crate::random::{Everybody, Happened, Known, Somebody, belongings};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "about")]
    _about: String,
    as_of: Timestamp,
    people: Vec<Entry>,
    events: Vec<(String, Timestamp, String, BTreeMap<String, Json>)>,
    #[serde(default)]
    organisations: Vec<Entry>,
    #[serde(default)]
    memberships: Vec<Membership>,
    #[serde(default)]
    consents: Vec<(String, String, Option<String>, ConsentState)>,
    #[serde(default)]
    times: BTreeSet<String>,
    #[serde(default)]
    types: BTreeMap<String, Kind>,
    pub(super) cases: Vec<Told>,
}

/// Person, organisation, role, begin and end.
type Membership = (
    String,
    String,
    Option<String>,
    Option<Timestamp>,
    Option<Timestamp>,
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    traits: BTreeMap<String, Json>,
}

/// A case as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) define: String,
    as_of: Option<Timestamp>,
    #[serde(default)]
    pub(super) members: BTreeMap<String, Vec<String>>,
    /// What is said where the definition is refused.
    pub(super) error: Option<String>,
    /// Whether the layout tells the types of columns; otherwise definitions must.
    #[serde(default)]
    declared: bool,
    /// The dialects that have no statement for it.
    #[serde(default)]
    pub(super) refused: Vec<String>,
}

/// All files by name.
pub(super) fn files() -> BTreeMap<String, File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/cases");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let file = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        files.insert(name, file);
    }
    files
}

impl File {
    /// The case with its world.
    pub(super) fn case(&self, title: &str, told: &Told) -> Case {
        let as_of = told.as_of.unwrap_or(self.as_of);
        let name = format!("{title}: {}", told.name);
        let library = Library::parse(&told.define).unwrap_or_else(|error| {
            let mistakes = onefold_segment::render(&told.define, error.diagnostics());
            panic!("{name}: {mistakes}")
        });
        let memberships = self
            .memberships
            .iter()
            .map(|(person, organisation, role, from, to)| {
                let text = |time: &Option<Timestamp>| time.map(|time| time.to_string());
                json!([person, organisation, role, text(from), text(to)])
            });
        Case {
            library,
            everybody: self.everybody(as_of),
            as_of,
            times: self.times.clone(),
            kinds: self.types.clone(),
            is_declared: told.declared,
            memberships: memberships.collect(),
            name,
        }
    }

    fn everybody(&self, as_of: Timestamp) -> Everybody {
        let known = |entry: &Entry| Known {
            id: entry.id.clone(),
            traits: entry
                .traits
                .iter()
                .map(|(name, json)| (name.clone(), value(json)))
                .collect(),
            ..Known::default()
        };
        let organisations: Vec<Known> = self.organisations.iter().map(known).collect();
        let somebody = |entry: &Entry| {
            let mut known = known(entry);
            let said = self.consents.iter().filter(|(id, ..)| *id == entry.id);
            known.consent = said
                .map(|(_, purpose, channel, state)| ((purpose.clone(), channel.clone()), *state))
                .collect();
            let memberships = self.memberships_of(&entry.id, as_of);
            known.organisations = belongings(&memberships, &organisations);
            Somebody {
                known,
                past: self.past(&entry.id),
                memberships,
            }
        };
        Everybody {
            people: self.people.iter().map(somebody).collect(),
            organisations,
        }
    }

    fn memberships_of(&self, id: &str, as_of: Timestamp) -> Vec<(usize, Option<&'static str>)> {
        let own = self.memberships.iter().filter(|(person, ..)| person == id);
        own.filter(|(.., from, to)| {
            from.is_none_or(|from| from <= as_of) && to.is_none_or(|to| as_of < to)
        })
        .map(|(_, organisation, role, ..)| {
            let is_it = |entry: &Entry| entry.id == *organisation;
            let at = self.organisations.iter().position(is_it).unwrap();
            (at, role.as_deref().map(for_ever))
        })
        .collect()
    }

    fn past(&self, id: &str) -> Vec<Happened> {
        let own = self
            .events
            .iter()
            .enumerate()
            .filter(|(_, (person, ..))| person == id);
        own.map(|(position, (_, time, name, properties))| Happened {
            name: for_ever(name),
            time: *time,
            position: position as u64,
            properties: properties
                .iter()
                .map(|(name, json)| (for_ever(name), value(json)))
                .collect(),
        })
        .collect()
    }
}

/// Random worlds have constant names; a test may keep these until it ends.
fn for_ever(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Number(
            Decimal::from_str_exact(&number.to_string())
                .unwrap()
                .normalize(),
        ),
        Json::String(text) => Value::from(text.as_str()),
        Json::Bool(value) => Value::Bool(*value),
        other => panic!("{other} is no value of a corpus"),
    }
}

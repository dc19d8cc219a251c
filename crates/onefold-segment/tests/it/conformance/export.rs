//! Cases as lines of JSON: tables with typed columns, the statement of each dialect, and who the members are.
//!
//! Invariant: whoever runs a line needs no Rust.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Timestamp, Value};
use onefold_segment::{
    Library, Plan,
    ast::ConsentState,
    sql::{self, ColumnType, Dialect, Layout},
};
use serde_json::{Value as Json, json};

use crate::random::{Everybody, Known};

/// A case, ready to be written.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) library: Library,
    pub(super) everybody: Everybody,
    pub(super) as_of: Timestamp,
    /// Properties and traits whose texts are stored as times.
    pub(super) times: BTreeSet<String>,
    /// The types of columns in which no value tells them.
    pub(super) kinds: BTreeMap<String, Kind>,
    /// Whether the layout tells the types of columns, or definitions must.
    pub(super) is_declared: bool,
    /// Begin and end of each membership where it has one; by person, in order.
    pub(super) memberships: Vec<Json>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Number,
    Text,
    Truth,
    Time,
}

impl Case {
    /// `(segment, person)` of all segments of people, sorted.
    pub(super) fn members(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.everybody.ask(&self.library, self.as_of, |world| {
            for definition in self.library.definitions() {
                let onefold_segment::ast::Definition::Segment { name, scope, .. } = definition
                else {
                    continue;
                };
                if scope.of == onefold_segment::ast::Entity::Organisation {
                    continue;
                }
                for at in world.members(name).unwrap() {
                    let id = self.everybody.people[at].known.id.clone();
                    found.push((name.to_string(), id));
                }
            }
        });
        found.sort();
        found
    }

    pub(super) fn layout(&self) -> Layout {
        let mut layout = Layout {
            tie: Some("seq".into()),
            person_is_text: true,
            ..Layout::default()
        };
        let people = self.everybody.people.iter();
        let properties = people.clone().flat_map(|person| &person.past);
        let properties = properties.flat_map(|happened| &happened.properties);
        let properties = properties.map(|(name, value)| (*name, value));
        layout.property_types = self.types(properties);
        layout.trait_types = self.types(traits(people.map(|person| &person.known)));
        layout.organisation_trait_types = self.types(traits(self.everybody.organisations.iter()));
        layout
    }

    fn types<'a>(
        &self,
        values: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> BTreeMap<String, ColumnType> {
        let types = self.kinds(values).into_iter();
        types
            .filter(|(_, kind)| self.is_declared || *kind == Kind::Time)
            .map(|(name, kind)| {
                let kind = match kind {
                    Kind::Number => ColumnType::Number { places: 6 },
                    Kind::Text => ColumnType::Text,
                    Kind::Truth => ColumnType::Truth,
                    Kind::Time => ColumnType::Time,
                };
                (name, kind)
            })
            .collect()
    }

    fn kinds<'a>(
        &self,
        values: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> BTreeMap<String, Kind> {
        let mut kinds = self.kinds.clone();
        for (name, value) in values {
            let kind = match value {
                Value::Number(_) => Kind::Number,
                Value::Text(_) if self.times.contains(name) => Kind::Time,
                Value::Text(_) => Kind::Text,
                Value::Bool(_) => Kind::Truth,
                _ => continue,
            };
            let before = kinds.insert(name.to_owned(), kind);
            let is_one = before.is_none_or(|before| before == kind);
            assert!(is_one, "{}: `{name}` has values of two types", self.name);
        }
        kinds
    }

    pub(super) fn to_json(&self) -> Json {
        let plan = Plan::compile(self.library.clone()).unwrap();
        let (mut statements, mut refused) = (BTreeMap::new(), BTreeMap::new());
        for dialect in Dialect::ALL {
            match sql::statement(&plan, dialect, &self.layout(), self.as_of) {
                Ok(text) => statements.insert(dialect.name(), text),
                Err(error) => refused.insert(dialect.name(), error.to_string()),
            };
        }
        json!({
            "name": self.name, "tables": self.tables(&plan), "members": self.members(),
            "sql": statements, "refused": refused, "define": self.library.to_string(),
            "as_of": self.as_of.to_string(),
        })
    }

    fn tables(&self, plan: &Plan) -> Json {
        let people = &self.everybody.people;
        let golden: Vec<&str> = plan.trait_names().collect();
        let known_people = people.iter().map(|person| &person.known);
        json!({
            "events": self.events(&self.library.to_json()),
            "people": self.known("user_id", known_people, &golden),
            "organisations": self.known("organisation", self.everybody.organisations.iter(), &golden),
            "memberships": {
                "columns": [["user_id", "text"], ["organisation", "text"], ["role", "text"],
                    ["valid_from", "time"], ["valid_to", "time"]],
                "rows": self.memberships,
            },
            "consents": self.consents(),
        })
    }

    fn events(&self, definitions: &str) -> Json {
        let happened = || {
            let people = self.everybody.people.iter();
            people.flat_map(|person| person.past.iter().map(move |past| (&person.known.id, past)))
        };
        let values = happened().flat_map(|(_, past)| &past.properties);
        let mut kinds = self.kinds(values.map(|(name, value)| (*name, value)));
        for name in named(definitions) {
            kinds.entry(name).or_insert(Kind::Text);
        }
        let values: Vec<&Value> = happened()
            .flat_map(|(_, past)| past.properties.iter().map(|(_, value)| value))
            .collect();
        let mut columns = vec![
            json!(["user_id", "text"]),
            json!(["ts", "time"]),
            json!(["event", "text"]),
            json!(["seq", "integer"]),
        ];
        columns.extend(
            kinds
                .iter()
                .map(|(name, kind)| json!([name, word(*kind, &values)])),
        );
        let rows: Vec<Json> = happened()
            .map(|(id, past)| {
                let mut row = vec![
                    json!(id),
                    json!(past.time.to_string()),
                    json!(past.name),
                    json!(past.position),
                ];
                row.extend(kinds.keys().map(|name| {
                    let found = past.properties.iter().find(|(known, _)| known == name);
                    cell(found.map(|(_, value)| value))
                }));
                Json::Array(row)
            })
            .collect();
        json!({ "columns": columns, "rows": rows })
    }

    fn known<'a>(
        &self,
        id: &str,
        all: impl Iterator<Item = &'a Known> + Clone,
        read: &[&str],
    ) -> Json {
        let mut kinds = self.kinds(traits(all.clone()));
        // A trait that nobody has is a column all the same.
        for name in read {
            kinds.entry((*name).to_owned()).or_insert(Kind::Text);
        }
        let values: Vec<&Value> = all
            .clone()
            .flat_map(|known| known.traits.values())
            .collect();
        let mut columns = vec![json!([id, "text"])];
        columns.extend(
            kinds
                .iter()
                .map(|(name, kind)| json!([name, word(*kind, &values)])),
        );
        let rows: Vec<Json> = all
            .map(|known| {
                let mut row = vec![json!(known.id)];
                row.extend(kinds.keys().map(|name| cell(known.traits.get(name))));
                Json::Array(row)
            })
            .collect();
        json!({ "columns": columns, "rows": rows })
    }

    fn consents(&self) -> Json {
        let mut rows = Vec::new();
        for person in &self.everybody.people {
            for ((purpose, channel), state) in &person.known.consent {
                if *state != ConsentState::Unknown {
                    rows.push(json!([person.known.id, purpose, channel, state.word()]));
                }
            }
        }
        let columns = [
            ["user_id", "text"],
            ["purpose", "text"],
            ["channel", "text"],
            ["state", "text"],
        ];
        json!({ "columns": columns, "rows": rows })
    }
}

fn traits<'a>(all: impl Iterator<Item = &'a Known>) -> impl Iterator<Item = (&'a str, &'a Value)> {
    all.flat_map(|known| {
        known
            .traits
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    })
}

/// Properties that definitions read, found in their JSON.
fn named(definitions: &str) -> BTreeSet<String> {
    fn walk(json: &Json, found: &mut BTreeSet<String>) {
        match json {
            Json::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("property", Json::String(path)) => drop(found.insert(path.clone())),
                        ("earlier", Json::Object(earlier)) => {
                            if let Some(Json::String(path)) = earlier.get("path") {
                                found.insert(path.clone());
                            }
                        }
                        _ => walk(value, found),
                    }
                }
            }
            Json::Array(all) => all.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(&serde_json::from_str(definitions).unwrap(), &mut found);
    found
}

/// Floats where they hold every value, as in most warehouses.
fn word(kind: Kind, values: &[&Value]) -> &'static str {
    let is_float = values
        .iter()
        .filter_map(|value| value.as_number())
        .all(|number| number.normalize().mantissa().unsigned_abs() < 1_000_000_000_000_000);
    match kind {
        Kind::Number if is_float => "float",
        Kind::Number => "decimal",
        Kind::Text => "text",
        Kind::Truth => "truth",
        Kind::Time => "time",
    }
}

fn cell(value: Option<&Value>) -> Json {
    match value {
        Some(Value::Number(number)) => json!(number.to_string()),
        Some(Value::Text(text)) => json!(text),
        Some(Value::Bool(value)) => json!(value),
        _ => Json::Null,
    }
}

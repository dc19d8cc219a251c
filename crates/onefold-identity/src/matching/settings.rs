//! What is compared and which pairs: the settings of matching, as a value that is written and read.
//!
//! Invariant: checked settings name columns that exist, fields that exist, and parts that the kind of the
//! field has.

use std::{fmt, str::FromStr};

use onefold_event::{Diagnostic, Diagnostics, Error, Result};
use serde::{Deserialize, Serialize};

use super::{
    blocking::{Atom, Part, Rule, parts},
    clean,
    compare::FIELDS_MAX,
    kind::FieldKind,
    records::Records,
};
use crate::text::DateOrder;

/// How records are matched: the fields, and the rules by which pairs of rows are chosen for comparison.
///
/// As JSON every key but `fields` and `blocking` may be left out, and unknown keys are errors:
///
/// ```json
/// {
///   "fields": [
///     { "name": "surname", "kind": "surname", "columns": ["last_name"] },
///     { "name": "born", "kind": "date", "columns": ["year", "month", "day"] }
///   ],
///   "blocking": [["born"], ["surname:sound", "born:year"]],
///   "pairs_max": 50000000
/// }
/// ```
///
/// [`propose`](super::propose) makes them from the records alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is compared: 1 to 16 fields.
    pub fields: Vec<FieldSetting>,
    /// Rows that agree in all parts of one of these rules are compared. No rule at all means every pair.
    pub blocking: Vec<BlockingRule>,
    /// Predicted pairs beyond which a run is refused. Default: 50 million; a pair takes 16 bytes and about a
    /// microsecond.
    #[serde(default = "pairs_max")]
    pub pairs_max: u64,
    /// Rows that agree in a rule are left out of it if they are more than this: a value that so many share
    /// says nothing, and other rules bring together those that belong together. Default: 2,000.
    #[serde(default = "block_rows_max")]
    pub block_rows_max: u32,
    /// Where the drawing of samples begins. Default: 1.
    #[serde(default = "seed")]
    pub seed: u64,
}

/// One field of [`Settings`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSetting {
    /// Its name in rules and explanations.
    pub name: String,
    /// How it is cleaned and compared.
    pub kind: FieldKind,
    /// The columns it is read from: one, or several that make one value.
    pub columns: Vec<String>,
}

/// Parts of fields in which two rows must agree to be compared: `surname:sound` and `born:year`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockingRule(
    /// The parts, each `field` or `field:part`.
    pub Vec<String>,
);

impl fmt::Display for BlockingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" and "))
    }
}

/// A field with its columns found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPlan {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
    pub(crate) columns: Vec<usize>,
    /// In which order its first column writes dates.
    pub(crate) order: DateOrder,
}

/// Settings that were checked against records.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) fields: Vec<FieldPlan>,
    pub(crate) rules: Vec<Rule>,
}

fn pairs_max() -> u64 {
    50_000_000
}

/// The default of [`Settings::block_rows_max`].
pub(crate) const BLOCK_ROWS_MAX: u32 = 2_000;

fn block_rows_max() -> u32 {
    BLOCK_ROWS_MAX
}

fn seed() -> u64 {
    1
}

impl Settings {
    /// Settings with the limits at their defaults.
    pub fn new(fields: Vec<FieldSetting>, blocking: Vec<BlockingRule>) -> Self {
        Self {
            fields,
            blocking,
            pairs_max: pairs_max(),
            block_rows_max: block_rows_max(),
            seed: seed(),
        }
    }

    /// Checks the settings against the columns of records.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake, where it is, and what could be written instead.
    pub fn check(&self, records: &Records) -> Result<()> {
        self.plan(records).map(|_| ())
    }

    pub(crate) fn plan(&self, records: &Records) -> Result<Plan> {
        let mut mistakes = Diagnostics::new();
        let fields = self.field_plans(records, &mut mistakes);
        let rules = self.rule_plans(&mut mistakes);
        match mistakes.is_empty() {
            true => Ok(Plan { fields, rules }),
            false => Err(Error::invalid(
                "the settings of matching are wrong",
                mistakes,
            )),
        }
    }

    fn field_plans(&self, records: &Records, mistakes: &mut Diagnostics) -> Vec<FieldPlan> {
        if self.fields.is_empty() {
            let none = Diagnostic::new("there is no field to compare").at("/fields");
            mistakes.push(none.help("name at least one column in a field"));
        }
        if self.fields.len() > FIELDS_MAX {
            let message = format!("{} fields are more than {FIELDS_MAX}", self.fields.len());
            mistakes.push(
                Diagnostic::new(message)
                    .at("/fields")
                    .help("leave out those that say least"),
            );
        }
        let known: Vec<&str> = records.names().collect();
        let mut plans = Vec::new();
        for (at, field) in self.fields.iter().enumerate() {
            let pointer = format!("/fields/{at}");
            let is_repeated = self
                .fields
                .iter()
                .take(at)
                .any(|other| other.name == field.name);
            if is_repeated || field.name.is_empty() || field.name.contains(':') {
                let message = format!("`{}` cannot name a field", field.name);
                let mistake = Diagnostic::new(message).at(format!("{pointer}/name"));
                mistakes.push(mistake.help("give each field a name of its own, without `:`"));
            }
            let is_countable = field.columns.len() == 1
                || (field.kind == FieldKind::Date && field.columns.len() == 3);
            if !is_countable && field.kind == FieldKind::Date || field.columns.is_empty() {
                let message = format!("field `{}` has {} columns", field.name, field.columns.len());
                let mistake = Diagnostic::new(message).at(format!("{pointer}/columns"));
                mistakes.push(mistake.help(
                    "a date has one column, or three: year, month, day; others have at least one",
                ));
            }
            let mut columns = Vec::new();
            for (number, name) in field.columns.iter().enumerate() {
                match records.column(name) {
                    Some(column) => columns.push(column),
                    None => mistakes.push(unknown(
                        "column",
                        name,
                        &known,
                        format!("{pointer}/columns/{number}"),
                    )),
                }
            }
            let first = columns
                .first()
                .and_then(|column| records.columns().get(*column));
            let is_date = field.kind == FieldKind::Date;
            let values = first
                .filter(|_| is_date)
                .into_iter()
                .flat_map(|column| column.values.texts());
            plans.push(FieldPlan {
                order: clean::date_order(values),
                name: field.name.as_str().into(),
                kind: field.kind,
                columns,
            });
        }
        plans
    }

    fn rule_plans(&self, mistakes: &mut Diagnostics) -> Vec<Rule> {
        let names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let mut rules = Vec::new();
        for (at, rule) in self.blocking.iter().enumerate() {
            let mut atoms = Vec::new();
            if rule.0.is_empty() {
                let empty = Diagnostic::new("a rule has no part").at(format!("/blocking/{at}"));
                mistakes.push(empty.help("name a field in it, or take the rule out"));
            }
            for (number, text) in rule.0.iter().enumerate() {
                let pointer = format!("/blocking/{at}/{number}");
                let (name, part) = text.split_once(':').unwrap_or((text, "equal"));
                let Some(field) = names.iter().position(|known| *known == name) else {
                    mistakes.push(unknown("field", name, &names, pointer));
                    continue;
                };
                let kind = self.fields.get(field).map(|field| field.kind);
                match (Part::from_str(part), kind) {
                    (Ok(part), Some(kind)) if part.is_of(kind) => atoms.push(Atom { field, part }),
                    (_, Some(kind)) => mistakes.push(unknown_part(part, kind, pointer)),
                    _ => {}
                }
            }
            let has_word = atoms.iter().any(|atom| atom.part == Part::Word);
            if has_word && atoms.len() > 1 {
                let message = "`word` stands alone in its rule";
                mistakes.push(
                    Diagnostic::new(message)
                        .at(format!("/blocking/{at}"))
                        .help("make a rule of it"),
                );
            }
            rules.push(Rule { atoms });
        }
        rules
    }
}

/// The settings' form of a rule.
pub(crate) fn written(rule: &Rule, fields: &[FieldSetting]) -> BlockingRule {
    let atom = |atom: &Atom| {
        let name = fields.get(atom.field).map_or("", |field| &field.name);
        match atom.part {
            Part::Equal => name.to_owned(),
            part => format!("{name}:{part}"),
        }
    };
    BlockingRule(rule.atoms.iter().map(atom).collect())
}

fn unknown(what: &str, name: &str, known: &[&str], pointer: String) -> Diagnostic {
    let mistake = Diagnostic::new(format!("there is no {what} `{name}`")).at(pointer);
    let alike = |known: &&&str| strsim::jaro_winkler(known, name);
    match known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b))) {
        Some(nearest) if alike(&nearest) > 0.7 => {
            mistake.help(format!("did you mean `{nearest}`?"))
        }
        _ => mistake.help(format!("there are: {}", quoted(known))),
    }
}

fn unknown_part(part: &str, kind: FieldKind, pointer: String) -> Diagnostic {
    let names: Vec<String> = parts(kind).iter().map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mistake = Diagnostic::new(format!("this field has no part `{part}`")).at(pointer);
    mistake.help(format!("it has: {}", quoted(&names)))
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names
        .iter()
        .take(30)
        .map(|name| format!("`{name}`"))
        .collect();
    names.join(", ")
}

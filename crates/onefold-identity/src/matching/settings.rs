//! What is compared and which pairs: the settings of matching, as a value that is written and read.
//!
//! Invariant: checked settings name columns that exist, fields that exist, and parts and levels that the kind of the
//! field has.

mod fields;
mod prior;

use std::{fmt, str::FromStr};

use onefold_event::{Diagnostic, Diagnostics, Error, Result};
use serde::{Deserialize, Serialize};

pub(crate) use fields::FieldPlan;
pub use fields::FieldSetting;
pub use prior::{Prior, PriorUse};

use super::{
    blocking::{Atom, Part, Rule, parts},
    records::Records,
};

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
/// A field may declare the levels on which it is compared: [`ComparisonLevel`](super::ComparisonLevel) is their
/// reference. A field with a `separator` is a list, and `field:word` in a rule then means any of its members.
///
/// [`propose`](super::propose) makes them from the records alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// How common matches are, if somebody knows. Default: training finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
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

/// Settings that were checked against records.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) fields: Vec<FieldPlan>,
    pub(crate) rules: Vec<Rule>,
    /// The rules of the prior.
    pub(crate) prior: Vec<Rule>,
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
            prior: None,
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
        let rules = self.rule_plans(&self.blocking, "/blocking", &mut mistakes);
        let prior = self.prior.as_ref().map_or_else(Vec::new, |prior| {
            prior.check(&mut mistakes);
            self.rule_plans(&prior.rules, "/prior/rules", &mut mistakes)
        });
        match mistakes.is_empty() {
            true => Ok(Plan {
                fields,
                rules,
                prior,
            }),
            false => Err(Error::invalid(
                "the settings of matching are wrong",
                mistakes,
            )),
        }
    }

    /// Whether settings of the first version could say the same.
    pub(crate) fn is_of_version_1(&self) -> bool {
        let is_plain = |field: &FieldSetting| {
            field.levels.is_empty() && field.separator.is_none() && field.country.is_none()
        };
        self.prior.is_none() && self.fields.iter().all(is_plain)
    }

    fn rule_plans(
        &self,
        rules: &[BlockingRule],
        base: &str,
        mistakes: &mut Diagnostics,
    ) -> Vec<Rule> {
        let names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let mut plans = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            let mut atoms = Vec::new();
            if rule.0.is_empty() {
                let empty = Diagnostic::new("a rule has no part").at(format!("{base}/{at}"));
                mistakes.push(empty.help("name a field in it, or take the rule out"));
            }
            for (number, text) in rule.0.iter().enumerate() {
                let pointer = format!("{base}/{at}/{number}");
                let (name, part) = text.split_once(':').unwrap_or((text, "equal"));
                let Some(field) = names.iter().position(|known| *known == name) else {
                    mistakes.push(unknown("field", name, &names, pointer));
                    continue;
                };
                match (Part::from_str(part), self.fields.get(field)) {
                    (Ok(part), Some(of)) if has_part(of, part) => atoms.push(Atom { field, part }),
                    (_, Some(of)) => mistakes.push(unknown_part(part, of, pointer)),
                    _ => {}
                }
            }
            let has_word = atoms.iter().any(|atom| atom.part == Part::Word);
            if has_word && atoms.len() > 1 {
                let message = "`word` stands alone in its rule";
                mistakes.push(
                    Diagnostic::new(message)
                        .at(format!("{base}/{at}"))
                        .help("make a rule of it"),
                );
            }
            plans.push(Rule { atoms });
        }
        plans
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

/// Whether rows can be brought together by this part of a field. Of lists the words are the members.
fn has_part(field: &FieldSetting, part: Part) -> bool {
    match field.separator {
        Some(_) => matches!(part, Part::Equal | Part::Word),
        None => part.is_of(field.kind),
    }
}

fn unknown_part(part: &str, field: &FieldSetting, pointer: String) -> Diagnostic {
    let known: &[Part] = match field.separator {
        Some(_) => &[Part::Equal, Part::Word],
        None => parts(field.kind),
    };
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
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

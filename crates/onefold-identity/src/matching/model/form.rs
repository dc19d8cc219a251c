//! The written form of a model.
//!
//! Invariant: what is read has as many tables as fields, as many levels as their kinds, and probabilities that sum
//! to one.

use onefold_event::{Diagnostic, Diagnostics, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::{Class, Model, Role, Table, Training};
use crate::matching::{
    kind::LEVELS_MAX,
    settings::{FieldSetting, Settings},
};

const FORMAT: &str = "onefold matching model";
/// Since version 2 settings declare levels and priors; what has neither is written as version 1.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    format: String,
    version: u32,
    settings: Settings,
    rows: u64,
    pairs: f64,
    training: Training,
    /// Of pairs drawn by chance: by field, from difference to equality.
    chance: Vec<Vec<f64>>,
    classes: Vec<ClassForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassForm {
    role: Role,
    pairs: f64,
    fields: Vec<TableForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableForm {
    field: String,
    /// The levels, from difference to equality.
    levels: Vec<f64>,
    /// The field on which it depends, and its levels for each level of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<(String, Vec<Vec<f64>>)>,
}

impl Model {
    /// The model as JSON: its settings, its tables and how it was trained.
    ///
    /// # Errors
    /// None that is known; a number that JSON cannot hold would be `InvalidInput`.
    pub fn to_json(&self) -> Result<String> {
        let failed = |error: serde_json::Error| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("the model cannot be written: {error}"),
            )
        };
        serde_json::to_string_pretty(&self.form()).map_err(failed)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// `NewerFormat` if it was written by a later version; `InvalidInput`, with every mistake, if it is no such model.
    pub fn from_json(json: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            format: Option<String>,
            #[serde(default)]
            version: Option<u32>,
        }
        let wrong = |message: String| Error::new(ErrorKind::InvalidInput, message);
        let not_json = |error: serde_json::Error| {
            wrong(format!("the model is no JSON that can be read: {error}"))
        };
        let head: Head = serde_json::from_str(json).map_err(not_json)?;
        match (head.format.as_deref(), head.version) {
            (Some(FORMAT), Some(1..=VERSION)) => {}
            (Some(FORMAT), Some(newer)) => {
                let message =
                    format!("the model has version {newer}; this version reads {VERSION}");
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
            (other, _) => {
                let found = other.map_or("has no `format`".to_owned(), |other| {
                    format!("is of format `{other}`")
                });
                return Err(wrong(format!(
                    "this {found}: a model says `\"format\": \"{FORMAT}\"`"
                )));
            }
        }
        let form: Form = serde_json::from_str(json)
            .map_err(|error| wrong(format!("the model is damaged: {error}")))?;
        form.model()
    }

    fn form(&self) -> Form {
        let fields = &self.settings.fields;
        let length = |field: usize| fields.get(field).map_or(0, FieldSetting::levels_count);
        let cut = |row: &[f64; LEVELS_MAX], levels: usize| {
            row.iter().skip(1).take(levels).copied().collect::<Vec<_>>()
        };
        let table = |(number, table): (usize, &Table)| TableForm {
            field: fields
                .get(number)
                .map_or_else(String::new, |field| field.name.clone()),
            levels: table
                .rows
                .first()
                .map_or_else(Vec::new, |row| cut(row, length(number))),
            on: table.parent.map(|parent| {
                let rows = table.rows.iter().skip(1).take(length(parent));
                let name = fields
                    .get(parent)
                    .map_or_else(String::new, |field| field.name.clone());
                (name, rows.map(|row| cut(row, length(number))).collect())
            }),
        };
        let class = |class: &Class| ClassForm {
            role: class.role,
            pairs: class.count,
            fields: class.tables.iter().enumerate().map(table).collect(),
        };
        let chance = self.chance.iter().enumerate();
        Form {
            format: FORMAT.to_owned(),
            version: match self.settings.is_of_version_1() {
                true => 1,
                false => VERSION,
            },
            settings: self.settings.clone(),
            rows: self.rows,
            pairs: self.pairs,
            training: self.training.clone(),
            chance: chance
                .map(|(number, row)| cut(row, length(number)))
                .collect(),
            classes: self.classes.iter().map(class).collect(),
        }
    }
}

impl Form {
    fn model(self) -> Result<Model> {
        let mut mistakes = Diagnostics::new();
        self.settings.check_declared("/settings", &mut mistakes);
        let chance = self.distributions(&self.chance, "/chance", &mut mistakes);
        let classes = self.classes(&mut mistakes);
        if classes
            .first()
            .is_none_or(|class| class.role != Role::Match)
        {
            mistakes.push(
                Diagnostic::new("the first class is not one of matches").at("/classes/0/role"),
            );
        }
        if !(self.pairs.is_finite() && self.pairs > 0.0) {
            mistakes.push(Diagnostic::new("there must be more than no pairs").at("/pairs"));
        }
        if !mistakes.is_empty() {
            return Err(Error::invalid("the model is damaged", mistakes));
        }
        Ok(Model {
            settings: self.settings,
            classes,
            chance,
            rows: self.rows,
            pairs: self.pairs,
            training: self.training,
        })
    }

    fn levels(&self, field: usize) -> usize {
        self.settings
            .fields
            .get(field)
            .map_or(0, FieldSetting::levels_count)
    }

    /// One distribution for each field.
    fn distributions(
        &self,
        rows: &[Vec<f64>],
        at: &str,
        mistakes: &mut Diagnostics,
    ) -> Vec<[f64; LEVELS_MAX]> {
        if rows.len() != self.settings.fields.len() {
            let message = format!(
                "{} fields, but the settings have {}",
                rows.len(),
                self.settings.fields.len()
            );
            mistakes.push(Diagnostic::new(message).at(at));
        }
        let rows = rows.iter().enumerate();
        rows.map(|(field, row)| {
            distribution(row, self.levels(field), &format!("{at}/{field}"), mistakes)
        })
        .collect()
    }

    fn classes(&self, mistakes: &mut Diagnostics) -> Vec<Class> {
        let mut classes = Vec::new();
        for (number, class) in self.classes.iter().enumerate() {
            let at = format!("/classes/{number}");
            if !(class.pairs.is_finite() && class.pairs >= 0.0) {
                mistakes
                    .push(Diagnostic::new("pairs are counted from 0").at(format!("{at}/pairs")));
            }
            let levels: Vec<Vec<f64>> = class
                .fields
                .iter()
                .map(|table| table.levels.clone())
                .collect();
            let own = self.distributions(&levels, &format!("{at}/fields"), mistakes);
            let tables = own.into_iter().zip(&class.fields).enumerate();
            classes.push(Class {
                role: class.role,
                count: class.pairs,
                tables: tables
                    .map(|(field, (own, form))| self.table(field, own, form, &at, mistakes))
                    .collect(),
            });
        }
        classes
    }

    fn table(
        &self,
        field: usize,
        own: [f64; LEVELS_MAX],
        form: &TableForm,
        at: &str,
        mistakes: &mut Diagnostics,
    ) -> Table {
        let mut table = Table {
            parent: None,
            rows: [own; LEVELS_MAX],
        };
        let Some((name, rows)) = &form.on else {
            return table;
        };
        let at = format!("{at}/fields/{field}/on");
        table.parent = self
            .settings
            .fields
            .iter()
            .position(|other| other.name == *name && other.name != form.field);
        let expected = table.parent.map_or(0, |parent| self.levels(parent));
        if rows.len() != expected || expected == 0 {
            let message = format!("`{name}` has {expected} levels, not {}", rows.len());
            mistakes.push(Diagnostic::new(message).at(at));
            return table;
        }
        for (number, (row, out)) in rows.iter().zip(table.rows.iter_mut().skip(1)).enumerate() {
            *out = distribution(row, self.levels(field), &format!("{at}/{number}"), mistakes);
        }
        table
    }
}

fn distribution(
    row: &[f64],
    levels: usize,
    at: &str,
    mistakes: &mut Diagnostics,
) -> [f64; LEVELS_MAX] {
    let sum: f64 = row.iter().sum();
    let is_sound = row.iter().all(|value| (0.0..=1.0).contains(value)) && (sum - 1.0).abs() < 1e-6;
    if row.len() != levels || !is_sound {
        let message = format!(
            "{} probabilities that sum to {sum:.4}; there should be {levels} that sum to 1",
            row.len()
        );
        mistakes.push(Diagnostic::new(message).at(at));
    }
    let mut out = [0.0; LEVELS_MAX];
    for (out, value) in out.iter_mut().skip(1).zip(row) {
        *out = *value;
    }
    out
}

//! Comparisons and their levels, from JSON to what weighs a pair.
//!
//! Invariant: levels keep the order of the model, and Splink's numbers: missing values are -1, the others
//! count down to 0.

use serde_json::{Map, Value as Json};

use super::{
    defaults,
    read::{Reader, unquoted},
};
use crate::splink::{
    cells::{self, Cells},
    comparison::{Adjustment, Comparison, Level, Probability},
    condition::Condition,
    expression::{self, Column, Expression, Naming, Relation, Side},
    value::Kind,
};

/// What a probability is written as that no training pair showed; Splink counts it as one in a million.
const NOT_OBSERVED: &str = "level not observed in training dataset";
const NOT_OBSERVED_PROBABILITY: f64 = 1e-6;
/// A probability below this counts as this.
const PROBABILITY_MIN: f64 = 1e-300;

/// A comparison before the kinds of columns are known.
pub(super) struct ComparisonDraft {
    name: String,
    description: String,
    levels: Vec<LevelDraft>,
}

struct LevelDraft {
    level: Level,
    /// Nothing for `ELSE`.
    condition: Option<Expression>,
    adjusted: Option<Adjusted>,
    pointer: String,
}

/// A term-frequency adjustment before its exact match is found.
struct Adjusted {
    column: Column,
    weight: f64,
    least: f64,
    is_of_own_level: bool,
}

/// The adjusted columns of a model, each once.
#[derive(Default)]
pub(super) struct Frequencies {
    pub(super) columns: Vec<Expression>,
}

impl Frequencies {
    fn place(&mut self, column: Column) -> usize {
        let column = Expression::Column(column);
        let known = self.columns.iter().position(|known| *known == column);
        known.unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }
}

impl ComparisonDraft {
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Expression> {
        self.levels
            .iter()
            .filter_map(|level| level.condition.as_ref())
    }
}

/// All comparisons of a model.
pub(super) fn drafts(reader: &mut Reader, root: &Map<String, Json>) -> Vec<ComparisonDraft> {
    let list = root.get("comparisons").and_then(Json::as_array);
    let comparisons = list.into_iter().flatten().enumerate();
    comparisons
        .map(|(place, json)| draft(reader, json, place))
        .collect()
}

fn draft(reader: &mut Reader, json: &Json, place: usize) -> ComparisonDraft {
    let pointer = format!("/comparisons/{place}");
    let text = |key: &str| json.get(key).and_then(Json::as_str);
    let name = text("output_column_name").or_else(|| text("column_name"));
    let name = name.map_or_else(|| place.to_string(), str::to_owned);
    let description = text("comparison_description")
        .unwrap_or_default()
        .to_owned();
    let levels = match json.get("comparison_levels") {
        Some(Json::Array(levels)) if !levels.is_empty() => &levels[..],
        _ => {
            let message =
                format!("comparison `{name}`: `comparison_levels` is no list with levels in it");
            reader.note(message, &pointer, "a list of levels, the most alike first");
            &[]
        }
    };
    let is_missing_level =
        |json: &Json| json.get("is_null_level").and_then(Json::as_bool) == Some(true);
    let count = levels.iter().filter(|json| !is_missing_level(json)).count();
    let mut value = count;
    let drafts = levels.iter().enumerate().map(|(place, json)| {
        let is_missing_level = is_missing_level(json);
        value -= usize::from(!is_missing_level);
        let value = (!is_missing_level).then_some(value);
        let pointer = format!("{pointer}/comparison_levels/{place}");
        LevelReader {
            reader,
            json,
            comparison: &name,
            value,
            count,
            pointer,
        }
        .level()
    });
    let levels: Vec<LevelDraft> = drafts.collect();
    let is_else = |draft: &LevelDraft| draft.level.sql.trim().eq_ignore_ascii_case("else");
    let otherwise = levels.iter().position(is_else);
    if otherwise.is_some_and(|place| place + 1 < levels.len()) {
        let message = format!("comparison `{name}`: levels follow after `ELSE`");
        reader.note(message, &pointer, "`ELSE` is the last level");
    }
    ComparisonDraft {
        name,
        description,
        levels,
    }
}

struct LevelReader<'r> {
    reader: &'r mut Reader,
    json: &'r Json,
    comparison: &'r str,
    /// Splink's number; nothing for missing values.
    value: Option<usize>,
    count: usize,
    pointer: String,
}

impl LevelReader<'_> {
    fn level(mut self) -> LevelDraft {
        let sql = self.text("sql_condition").unwrap_or_default().to_owned();
        if sql.is_empty() {
            self.note("`sql_condition` is missing", "a condition, or ELSE");
        }
        let condition = self.condition(&sql);
        let label = self.text("label_for_charts").map(str::to_owned);
        let number = self
            .value
            .map_or(-1, |value| i32::try_from(value).unwrap_or(i32::MAX));
        let (m, u) = (self.probability("m"), self.probability("u"));
        let bits = m.zip(u).map_or(0.0, |(m, u)| {
            (m.value.max(PROBABILITY_MIN) / u.value.max(PROBABILITY_MIN)).log2()
        });
        let level = Level {
            label: label.unwrap_or_else(|| number.to_string()).into(),
            understood: condition.as_ref().map_or_else(
                || "ELSE".into(),
                |condition| condition.written(Naming::Suffix).to_string().into(),
            ),
            sql: sql.into(),
            value: number,
            is_missing_level: self.value.is_none(),
            m,
            u,
            bits,
            adjustment: None,
            condition: Condition::Always,
        };
        let adjusted = self
            .adjusted()
            .filter(|_| self.value.is_some() && condition.is_some());
        LevelDraft {
            level,
            condition,
            adjusted,
            pointer: self.pointer,
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.json.get(key).and_then(Json::as_str)
    }

    fn note(&mut self, message: &str, help: &str) {
        let label = self
            .text("label_for_charts")
            .or_else(|| self.text("sql_condition"));
        let label = label.unwrap_or("without a name");
        let message = format!(
            "comparison `{}`, level `{label}`: {message}",
            self.comparison
        );
        self.reader.note(message, &self.pointer, help);
    }

    fn condition(&mut self, sql: &str) -> Option<Expression> {
        if sql.is_empty() || sql.trim().eq_ignore_ascii_case("else") {
            return None;
        }
        match expression::read(sql, Naming::Suffix, &mut self.reader.columns) {
            Ok(condition) => Some(condition),
            Err(mistakes) => {
                let label = self.text("label_for_charts").unwrap_or(sql);
                let of = format!("comparison `{}`, level `{label}`", self.comparison);
                let pointer = format!("{}/sql_condition", self.pointer);
                self.reader.note_all(mistakes, &of, sql, &pointer);
                None
            }
        }
    }

    fn probability(&mut self, letter: &str) -> Option<Probability> {
        let value = self.value?;
        let key = format!("{letter}_probability");
        let fixed = self.json.get(format!("fix_{key}")).and_then(Json::as_bool) == Some(true);
        let of = |value, is_default| {
            Some(Probability {
                value,
                is_fixed: fixed,
                is_default,
            })
        };
        let (m, u) = defaults::probabilities(value, self.count);
        let default = if letter == "m" { m } else { u };
        match self.json.get(&key) {
            None | Some(Json::Null) => of(default, true),
            Some(Json::String(text)) if text == NOT_OBSERVED => of(NOT_OBSERVED_PROBABILITY, false),
            Some(given) => match given.as_f64().filter(|given| (0.0..=1.0).contains(given)) {
                Some(given) => of(given, false),
                None => {
                    self.note(
                        &format!("`{key}` is no number from 0 to 1"),
                        "leave it out if untrained",
                    );
                    of(default, true)
                }
            },
        }
    }

    fn adjusted(&mut self) -> Option<Adjusted> {
        let name = match self.json.get("tf_adjustment_column")? {
            Json::Null => return None,
            Json::String(name) => unquoted(name).to_owned(),
            _ => {
                self.note("`tf_adjustment_column` is no text", "the name of a column");
                return None;
            }
        };
        let (weight, least) = (
            self.number("tf_adjustment_weight", 1.0),
            self.number("tf_minimum_u_value", 0.0),
        );
        let own = self
            .json
            .get("disable_tf_exact_match_detection")
            .and_then(Json::as_bool);
        let (index, name) = self.reader.columns.place(&name);
        let column = Column {
            side: Side::Left,
            name,
            index,
        };
        (weight != 0.0).then_some(Adjusted {
            column,
            weight,
            least,
            is_of_own_level: own == Some(true),
        })
    }

    fn number(&mut self, key: &str, default: f64) -> f64 {
        match self.json.get(key) {
            None | Some(Json::Null) => default,
            Some(given) => given.as_f64().unwrap_or_else(|| {
                self.note(
                    &format!("`{key}` is no number"),
                    "leave it out for the default",
                );
                default
            }),
        }
    }
}

/// The comparison with its conditions compiled and its adjustments found.
pub(super) fn compile(
    draft: ComparisonDraft,
    reader: &mut Reader,
    kinds: &[Option<Kind>],
    cells: &mut Cells,
    frequencies: &mut Frequencies,
) -> Comparison {
    let exact: Vec<(String, f64)> = draft.levels.iter().filter_map(exact_match).collect();
    let mut measures = Vec::new();
    let mut levels = Vec::new();
    for LevelDraft {
        mut level,
        condition,
        adjusted,
        pointer,
    } in draft.levels
    {
        if let Some(adjusted) = adjusted {
            let own = adjusted
                .is_of_own_level
                .then(|| level.u.map_or(f64::NAN, |u| u.value));
            let name = adjusted.column.name.to_lowercase();
            let found = own.or_else(|| {
                exact
                    .iter()
                    .find(|(column, _)| *column == name)
                    .map(|(_, probability)| *probability)
            });
            match found {
                Some(exact) => {
                    level.adjustment = Some(Adjustment {
                        frequency: frequencies.place(adjusted.column),
                        weight: adjusted.weight,
                        least: adjusted.least,
                        exact_bits: exact.log2(),
                    });
                }
                None => note_no_exact(reader, &draft.name, &level, &adjusted.column, &pointer),
            }
        }
        if let Some(condition) = condition {
            let typed = cells::typed(condition, kinds);
            level.condition = Condition::compile(typed, cells, &mut measures);
        }
        levels.push(level);
    }
    Comparison {
        name: draft.name.into(),
        description: draft.description.into(),
        levels,
        measures,
    }
}

fn note_no_exact(reader: &mut Reader, name: &str, level: &Level, column: &Column, pointer: &str) {
    let message = format!(
        "comparison `{name}`, level `{}`: the frequency of `{}` cannot adjust a weight without a level for \
         an exact match on it",
        level.label, column.name
    );
    let name = &column.name;
    reader.note(message, pointer, &format!("a level `{name}_l = {name}_r`"));
}

/// The column and the u probability of a level that is an exact match of one column.
fn exact_match(draft: &LevelDraft) -> Option<(String, f64)> {
    let name = match draft.condition.as_ref()? {
        Expression::Compare(Relation::Equal, two) => match &**two {
            [Expression::Column(left), Expression::Column(right)] if left.index == right.index => {
                left.name.to_lowercase()
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((name, draft.level.u?.value))
}

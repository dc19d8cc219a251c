//! The JSON of a model, with everything that is wrong in it.
//!
//! Invariant: a model is returned only if nothing was noted, and every note names its place.

use onefold_event::{Diagnostic, Error, Result};
use serde_json::{Map, Value as Json};

use super::{LinkType, SplinkModel, levels};
use crate::splink::{
    blocking::BlockingRule,
    cells::{self, Cells},
    columns::Columns,
    expression::{self, Expression, Mistake, Naming, column_kinds},
};

/// Splink's default.
const PRIOR: f64 = 0.0001;

pub(super) fn read(json: &str) -> Result<SplinkModel> {
    let root: Json =
        serde_json::from_str(json).map_err(|error| no_model(&format!("it is no JSON: {error}")))?;
    let Json::Object(root) = root else {
        return Err(no_model("it is no JSON object"));
    };
    if !matches!(root.get("comparisons"), Some(Json::Array(_))) {
        let keys: Vec<String> = root.keys().take(8).map(|key| format!("`{key}`")).collect();
        let has = if keys.is_empty() {
            "nothing".to_owned()
        } else {
            keys.join(", ")
        };
        return Err(no_model(&format!(
            "it has no list `comparisons`, but {has}"
        )));
    }
    let mut reader = Reader::default();
    let model = reader.model(&root);
    match reader.mistakes.is_empty() {
        true => Ok(model),
        false => Err(Error::invalid(
            "the Splink model cannot be used",
            reader.mistakes,
        )),
    }
}

fn no_model(reason: &str) -> Error {
    let help = "save it with `linker.misc.save_model_to_json` of Splink 4 or 5";
    let mistake = Diagnostic::new(reason).help(help);
    Error::invalid("this is no model of Splink", vec![mistake])
}

/// Reads with all mistakes kept.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) columns: Columns,
    pub(super) mistakes: Vec<Diagnostic>,
}

/// A blocking rule before the kinds of columns are known.
struct Rule {
    sql: String,
    expression: Expression,
    exploded: Vec<(usize, std::sync::Arc<str>)>,
}

impl Reader {
    fn model(&mut self, root: &Map<String, Json>) -> SplinkModel {
        self.dialect(root);
        let link_type = self.link_type(root);
        let prior = self.prior(root);
        let drafts = levels::drafts(self, root);
        let rules = self.rules(root);
        let (kinds, mut cells) = (self.kinds(&drafts, &rules), Cells::default());
        let mut frequencies = levels::Frequencies::default();
        let comparisons = drafts
            .into_iter()
            .map(|draft| levels::compile(draft, self, &kinds, &mut cells, &mut frequencies))
            .collect();
        let blocking_rules = rules
            .into_iter()
            .map(|rule| self.rule(rule, &kinds))
            .collect();
        let frequency_cells = frequencies.columns.into_iter();
        SplinkModel {
            link_type,
            prior,
            comparisons,
            blocking_rules,
            unique_id_column: self.name(root, "unique_id_column_name", "unique_id"),
            source_column: self.name(root, "source_dataset_column_name", "source_dataset"),
            columns: self.columns.names().to_vec(),
            frequency_cells: frequency_cells
                .map(|column| cells::typed(column, &kinds))
                .collect(),
            cells,
        }
    }

    fn kinds(
        &self,
        drafts: &[levels::ComparisonDraft],
        rules: &[Rule],
    ) -> Vec<Option<crate::splink::value::Kind>> {
        let conditions = drafts.iter().flat_map(|draft| draft.conditions());
        let rules = rules.iter().map(|rule| &rule.expression);
        column_kinds(conditions.chain(rules), self.columns.names().len())
    }

    fn dialect(&mut self, root: &Map<String, Json>) {
        match root.get("sql_dialect").and_then(Json::as_str) {
            None | Some("duckdb") => {}
            Some(other) => {
                let message = format!("the SQL dialect `{other}` is not understood");
                self.note(
                    message,
                    "/sql_dialect",
                    "train or save the model with the DuckDB backend",
                );
            }
        }
    }

    fn link_type(&mut self, root: &Map<String, Json>) -> LinkType {
        match root.get("link_type").and_then(Json::as_str) {
            Some("dedupe_only") => LinkType::DedupeOnly,
            Some("link_only") => LinkType::LinkOnly,
            Some("link_and_dedupe") => LinkType::LinkAndDedupe,
            other => {
                let message = match other {
                    Some(other) => format!("the link type `{other}` is not understood"),
                    None => "`link_type` is missing".to_owned(),
                };
                self.note(
                    message,
                    "/link_type",
                    "dedupe_only, link_only or link_and_dedupe",
                );
                LinkType::DedupeOnly
            }
        }
    }

    fn prior(&mut self, root: &Map<String, Json>) -> f64 {
        let key = "probability_two_random_records_match";
        let prior = match root.get(key) {
            None => Some(PRIOR),
            Some(given) => given.as_f64().filter(|prior| *prior > 0.0 && *prior < 1.0),
        };
        prior.unwrap_or_else(|| {
            let message = format!("`{key}` is no number between 0 and 1");
            self.note(message, &format!("/{key}"), "such as 0.0001");
            PRIOR
        })
    }

    fn name(&mut self, root: &Map<String, Json>, key: &str, default: &str) -> Box<str> {
        match root.get(key) {
            None | Some(Json::Null) => default.into(),
            Some(Json::String(name)) => unquoted(name).into(),
            Some(_) => {
                self.note(
                    format!("`{key}` is no text"),
                    &format!("/{key}"),
                    "the name of a column",
                );
                default.into()
            }
        }
    }

    fn rules(&mut self, root: &Map<String, Json>) -> Vec<Rule> {
        let key = "blocking_rules_to_generate_predictions";
        let list = match root.get(key) {
            None | Some(Json::Null) => return Vec::new(),
            Some(Json::Array(list)) => list,
            Some(_) => {
                self.note(
                    format!("`{key}` is no list"),
                    &format!("/{key}"),
                    "a list of rules",
                );
                return Vec::new();
            }
        };
        let places = list.iter().enumerate();
        places
            .filter_map(|(place, rule)| self.rule_draft(rule, &format!("/{key}/{place}")))
            .collect()
    }

    /// A rule as text, or as an object with `blocking_rule` and perhaps `arrays_to_explode`.
    fn rule_draft(&mut self, rule: &Json, pointer: &str) -> Option<Rule> {
        let sql = rule
            .as_str()
            .or_else(|| rule.get("blocking_rule").and_then(Json::as_str));
        let Some(sql) = sql else {
            let message = "a blocking rule is a text or an object with `blocking_rule`".to_owned();
            self.note(message, pointer, "l.postcode = r.postcode");
            return None;
        };
        if let Some(dialect) = rule.get("sql_dialect").and_then(Json::as_str)
            && dialect != "duckdb"
        {
            let message = format!("the SQL dialect `{dialect}` is not understood");
            self.note(message, pointer, "duckdb");
        }
        let exploded = rule.get("arrays_to_explode").and_then(Json::as_array);
        let exploded = exploded.into_iter().flatten().filter_map(Json::as_str);
        let exploded: Vec<_> = exploded
            .map(|name| self.columns.place(unquoted(name)))
            .collect();
        let read = expression::read(sql, Naming::Prefix, &mut self.columns);
        let expression = read.map_err(|mistakes| {
            self.note_all(mistakes, "the blocking rule", sql, pointer);
        });
        let rule = Rule {
            sql: sql.to_owned(),
            expression: expression.ok()?,
            exploded,
        };
        self.check_exploded(&rule, pointer);
        Some(rule)
    }

    /// Items of exploded lists are joined by equality and asked for nothing else.
    fn check_exploded(&mut self, rule: &Rule, pointer: &str) {
        let draft = BlockingRule::new(&rule.sql, rule.expression.clone(), rule.exploded.clone());
        if !rule.exploded.is_empty() && draft.has_remainder() {
            let message = "a rule that explodes lists has conditions besides equalities".to_owned();
            self.note(message, pointer, "only equalities joined by `and`");
        }
    }

    fn rule(&self, rule: Rule, kinds: &[Option<crate::splink::value::Kind>]) -> BlockingRule {
        let mut kinds = kinds.to_vec();
        // Where a list is exploded its column stands for one item.
        for (column, _) in &rule.exploded {
            if let Some(kind) = kinds.get_mut(*column) {
                *kind = None;
            }
        }
        BlockingRule::new(
            &rule.sql,
            cells::typed(rule.expression, &kinds),
            rule.exploded,
        )
    }

    pub(super) fn note(&mut self, message: String, pointer: &str, help: &str) {
        self.mistakes
            .push(Diagnostic::new(message).at(pointer).help(help));
    }

    /// Notes what is not understood in a text of SQL: whose it is, where, and what would be.
    pub(super) fn note_all(&mut self, mistakes: Vec<Mistake>, of: &str, sql: &str, pointer: &str) {
        for mistake in mistakes {
            let place = place(sql, mistake.span.start, mistake.span.end);
            let message = format!("{of}: {}{place}", mistake.message);
            let diagnostic = Diagnostic::new(message).at(pointer).spanning(mistake.span);
            self.mistakes.push(match mistake.help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        }
    }
}

/// Where in a text: the letter counted from 1, and what stands there.
fn place(sql: &str, start: usize, end: usize) -> String {
    const SHOWN: usize = 40;
    let letter = sql.get(..start).map_or(0, |before| before.chars().count()) + 1;
    let from_there = sql.get(start..).unwrap_or_default();
    let shown: String = from_there.chars().take(SHOWN).collect();
    let more = if shown.len() < from_there.len() {
        ".."
    } else {
        ""
    };
    match start < end && !shown.is_empty() {
        true => format!(", at letter {letter}: `{shown}{more}`"),
        false => format!(", at letter {letter}"),
    }
}

/// A name without the quotes that SQL puts around it.
pub(super) fn unquoted(name: &str) -> &str {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(name)
}

//! A field: one or several columns, cleaned, with all that comparing needs prepared once a distinct value.
//!
//! Invariant: equal cleaned values have equal codes, and code 0 is missing.

use std::sync::Arc;

use super::{
    dictionary::{Dictionary, DictionaryBuilder},
    kind::FieldKind,
    records::Records,
    values::Values,
};
use crate::hash::Key;

pub(crate) type Fields = Vec<Field>;

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
    pub(crate) codes: Vec<u32>,
    pub(crate) values: Arc<Values>,
    /// How many rows have each code.
    pub(crate) counts: Vec<u32>,
    /// How rare each code is, in eighths of a bit.
    pub(crate) terms: Vec<u8>,
    /// The field with which this one is confused at times: given name and surname.
    pub(crate) crossed_with: Option<usize>,
}

/// What a field is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPlan {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
    pub(crate) columns: Vec<usize>,
}

impl Field {
    pub(crate) fn code(&self, row: u32) -> u32 {
        self.codes.get(row as usize).copied().unwrap_or_default()
    }

    pub(crate) fn bytes(&self, code: u32) -> &[u8] {
        self.values.texts.text(code).as_bytes()
    }

    pub(crate) fn text(&self, code: u32) -> &str {
        self.values.texts.text(code)
    }
}

/// Cleans the columns of the plans. Names share one dictionary, so that an exchange of two is seen by code.
pub(crate) fn prepare(records: &Records, plans: &[FieldPlan]) -> Fields {
    let mut names = DictionaryBuilder::new(Key::ZERO);
    let mut drafts = Vec::new();
    for plan in plans {
        if plan.kind.is_name() {
            let codes = clean(records, plan, &mut names);
            drafts.push((plan, codes, None));
        } else {
            let mut own = DictionaryBuilder::new(Key::ZERO);
            let codes = clean(records, plan, &mut own);
            drafts.push((plan, codes, Some(own.finish())));
        }
    }
    let names = Arc::new(Values::new(FieldKind::GivenName, names.finish()));
    let mut fields: Fields = drafts
        .into_iter()
        .map(|(plan, codes, own): (&FieldPlan, Vec<u32>, Option<Dictionary>)| {
            let values = match own {
                Some(own) => Arc::new(Values::new(plan.kind, own)),
                None => names.clone(),
            };
            let mut counts = vec![0; values.texts.codes()];
            for code in &codes {
                if let Some(count) = counts.get_mut(*code as usize) {
                    *count += 1;
                }
            }
            // How likely another row has the value of a row that has this one.
            let rows = codes.len().max(2) as f64;
            let term = |count: &u32| super::model::term_of(f64::from((*count).max(2) - 1) / (rows - 1.0));
            let terms = counts.iter().map(term).collect();
            Field {
                name: plan.name.clone(),
                terms,
                kind: plan.kind,
                codes,
                values,
                counts,
                crossed_with: None,
            }
        })
        .collect();
    let first = |kind| fields.iter().position(|field: &Field| field.kind == kind);
    if let (Some(given), Some(surname)) = (first(FieldKind::GivenName), first(FieldKind::Surname)) {
        fields[given].crossed_with = Some(surname);
        fields[surname].crossed_with = Some(given);
    }
    fields
}

fn clean(records: &Records, plan: &FieldPlan, into: &mut DictionaryBuilder) -> Vec<u32> {
    let rows = records.rows();
    match plan.columns.as_slice() {
        [only] => {
            let column = &records.columns()[*only];
            let mut by_code = vec![0_u32; column.values.codes()];
            for (code, text) in column.values.texts().enumerate() {
                let cleaned = super::clean::clean(plan.kind, text);
                by_code[code + 1] = into.intern(&cleaned).unwrap_or_default();
            }
            column.codes.iter().map(|code| by_code[*code as usize]).collect()
        }
        several => (0..rows)
            .map(|row| {
                let parts: Vec<&str> = several.iter().map(|column| records.value(row, *column).unwrap_or_default()).collect();
                let cleaned = super::clean::clean_parts(plan.kind, &parts);
                into.intern(&cleaned).unwrap_or_default()
            })
            .collect(),
    }
}

//! A field: one or several columns, cleaned, with all that comparing needs prepared once a distinct value.
//!
//! Invariant: equal cleaned values have equal codes, and code 0 is missing.

use std::sync::Arc;

use super::{
    dictionary::DictionaryBuilder,
    kind::FieldKind,
    records::Records,
    values::Values,
};
use crate::hash::Key;

/// All fields of the records, with the codes of a row side by side: a pair is read from two places in memory.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    fields: Vec<Field>,
    /// Row by row.
    codes: Vec<u32>,
    rows: usize,
}

impl Fields {
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let count = self.fields.len();
        &self.codes[row as usize * count..][..count]
    }

    pub(crate) fn code(&self, field: usize, row: u32) -> u32 {
        self.codes[row as usize * self.fields.len() + field]
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
}

impl std::ops::Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.fields
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
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
    pub(crate) fn bytes(&self, code: u32) -> &[u8] {
        self.values.texts.text(code).as_bytes()
    }

    pub(crate) fn text(&self, code: u32) -> &str {
        self.values.texts.text(code)
    }
}

/// Cleans the columns of the plans. Names share one dictionary, so that an exchange of two is seen by code.
pub(crate) fn prepare(records: &Records, plans: &[FieldPlan]) -> Fields {
    let (count, rows) = (plans.len(), records.rows());
    let mut codes = vec![0_u32; count * rows];
    let mut names = DictionaryBuilder::new(Key::ZERO);
    let mut own: Vec<Option<Arc<Values>>> = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        let column = codes.iter_mut().skip(number).step_by(count);
        if plan.kind.is_name() {
            clean(records, plan, &mut names, column);
            own.push(None);
        } else {
            let mut values = DictionaryBuilder::new(Key::ZERO);
            clean(records, plan, &mut values, column);
            own.push(Some(Arc::new(Values::new(plan.kind, values.finish()))));
        }
    }
    let names = Arc::new(Values::new(FieldKind::GivenName, names.finish()));
    let first = |wanted| plans.iter().position(|plan| plan.kind == wanted);
    let (given, surname) = (first(FieldKind::GivenName), first(FieldKind::Surname));
    let mut fields = Vec::new();
    for (number, (plan, own)) in plans.iter().zip(own).enumerate() {
        let values = own.unwrap_or_else(|| names.clone());
        let mut counts = vec![0_u32; values.texts.codes()];
        for code in codes.iter().skip(number).step_by(count) {
            counts[*code as usize] += 1;
        }
        // How likely another row has the value of a row that has this one.
        let others = rows.max(2) as f64 - 1.0;
        let term = |count: &u32| super::model::term_of(f64::from((*count).max(2) - 1) / others);
        fields.push(Field {
            name: plan.name.clone(),
            kind: plan.kind,
            values,
            terms: counts.iter().map(term).collect(),
            counts,
            crossed_with: match Some(number) {
                at if at == given => surname,
                at if at == surname => given,
                _ => None,
            },
        });
    }
    Fields { fields, codes, rows }
}

fn clean<'a>(records: &Records, plan: &FieldPlan, into: &mut DictionaryBuilder, out: impl Iterator<Item = &'a mut u32>) {
    match plan.columns.as_slice() {
        [only] => {
            let column = &records.columns()[*only];
            let mut by_code = vec![0_u32];
            by_code.reserve(column.values.codes());
            let mut hashes = Vec::new();
            let mut batch: Vec<std::borrow::Cow<'_, str>> = Vec::with_capacity(512);
            for text in column.values.texts() {
                batch.push(super::clean::clean(plan.kind, text));
                if batch.len() == 512 {
                    let _ = into.intern_all(batch.iter().map(|text| &**text), &mut hashes, |code| by_code.push(code));
                    batch.clear();
                }
            }
            let _ = into.intern_all(batch.iter().map(|text| &**text), &mut hashes, |code| by_code.push(code));
            for (out, code) in out.zip(&column.codes) {
                *out = by_code[*code as usize];
            }
        }
        several => {
            for (row, out) in out.enumerate() {
                let parts: Vec<&str> = several.iter().map(|column| records.value(row, *column).unwrap_or_default()).collect();
                let cleaned = super::clean::clean_parts(plan.kind, &parts);
                *out = into.intern(&cleaned).unwrap_or_default();
            }
        }
    }
}

//! A field: one or several columns, cleaned, with all that comparing needs prepared once a distinct value.
//!
//! Invariant: equal cleaned values have equal codes, and code 0 is missing. Names share one dictionary, so
//! that an exchange of two names is seen.

use std::{borrow::Cow, ops::Deref};

use onefold_event::Result;

use super::{
    clean,
    compare::Side,
    dictionary::DictionaryBuilder,
    forms::{Asked, MEMBER_END},
    kind::FieldKind,
    levels::Levels,
    records::{Records, full},
    settings::FieldPlan,
    values::Values,
    words::WordCounts,
};
use crate::hash::Key;

/// A prepared field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
    pub(crate) levels: Levels,
    /// The number of its dictionary in [`Fields::values`].
    pub(crate) values: usize,
    /// How many rows have each code.
    pub(crate) counts: Vec<u32>,
    /// How rare each code is, as a [`Term`](super::model::Term).
    pub(crate) terms: Vec<u8>,
    /// The field with which this one is confused at times: given name and surname.
    pub(crate) crossed_with: Option<usize>,
}

/// All fields of the records, with the codes of a row side by side: a pair is read from two places in memory.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    fields: Vec<Field>,
    values: Vec<Values>,
    words: Vec<WordCounts>,
    /// Row by row.
    codes: Vec<u32>,
    rows: usize,
    /// How many of the rows [`forget`](Fields::forget) took out.
    forgotten: usize,
}

impl Fields {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The codes of a row, one a field; none for a row that does not exist.
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let begin = row as usize * self.fields.len();
        let end = begin + self.fields.len();
        self.codes.get(begin..end).unwrap_or_default()
    }

    pub(crate) fn side(&self, row: u32) -> Side<'_> {
        Side {
            codes: self.row(row),
            values: &self.values,
        }
    }

    pub(crate) fn code(&self, field: usize, row: u32) -> u32 {
        let at = row as usize * self.fields.len() + field;
        self.codes.get(at).copied().unwrap_or_default()
    }

    /// The dictionary of a field.
    pub(crate) fn values_of(&self, field: usize) -> Option<&Values> {
        self.values.get(self.fields.get(field)?.values)
    }

    /// The cleaned value of a row; empty if it is missing.
    pub(crate) fn text(&self, field: usize, row: u32) -> &str {
        let values = self.values_of(field);
        values.map_or("", |values| values.texts().text(self.code(field, row)))
    }

    /// Cleans the cells of a row that is not among the records, for comparison with them.
    pub(crate) fn clean_row<'a>(
        &self,
        plans: &[FieldPlan],
        cell: impl Fn(usize) -> &'a str,
    ) -> Fields {
        let fresh = |values: &Values| {
            let texts = DictionaryBuilder::new(Key::ZERO);
            Values::new(values.asked().clone(), texts)
        };
        let mut values: Vec<Values> = self.values.iter().map(fresh).collect();
        let mut codes = Vec::with_capacity(plans.len());
        for (plan, field) in plans.iter().zip(&self.fields) {
            let text = clean_cells(plan, &cell);
            codes.push(
                values
                    .get_mut(field.values)
                    .map_or(0, |values| values.intern(&text)),
            );
        }
        for (values, counts) in values.iter_mut().zip(&self.words) {
            values.weigh(counts);
        }
        Fields {
            fields: Vec::new(),
            values,
            words: Vec::new(),
            codes,
            rows: 1,
            forgotten: 0,
        }
    }

    /// Makes ready for rows to be added, so that the first of them does not pay for it.
    pub(crate) fn thaw(&mut self) {
        self.values.iter_mut().for_each(Values::thaw);
        self.codes.reserve(self.codes.len() / 8);
    }

    /// Whether a row has the values of one that [`clean_row`](Self::clean_row) made.
    pub(crate) fn is_row(&self, row: u32, other: &Fields) -> bool {
        let mut fields = self.fields.iter().zip(&other.codes).enumerate();
        fields.all(|(number, (field, code))| {
            let values = other.values.get(field.values);
            let text = values.map_or("", |values| values.texts().text(*code));
            self.text(number, row) == text
        })
    }

    /// Adds a row of another `Fields` that [`clean_row`](Self::clean_row) made; gives its number.
    pub(crate) fn append(&mut self, row: &Fields) -> u32 {
        let number = self.rows as u32;
        let others = others_of(self.rows + 1 - self.forgotten);
        for (field, code) in self.fields.iter_mut().zip(&row.codes) {
            let text = row
                .values
                .get(field.values)
                .map_or("", |values| values.texts().text(*code));
            let Some(values) = self.values.get_mut(field.values) else {
                continue;
            };
            let code = values.intern(text);
            let length = values.texts().codes();
            field.counts.resize(field.counts.len().max(length), 0);
            field.terms.resize(field.terms.len().max(length), 0);
            let slots = field
                .counts
                .get_mut(code as usize)
                .zip(field.terms.get_mut(code as usize));
            if let Some((count, term)) = slots {
                *count += 1;
                *term = super::model::term_of(f64::from((*count).max(2) - 1) / others);
            }
            self.codes.push(code);
        }
        self.rows += 1;
        number
    }

    /// Counts a row no longer, nor its values.
    pub(crate) fn forget(&mut self, row: u32) {
        self.forgotten += 1;
        let others = others_of(self.rows.saturating_sub(self.forgotten));
        let width = self.fields.len();
        for (number, field) in self.fields.iter_mut().enumerate() {
            let code = self.codes.get(row as usize * width + number);
            let code = code.copied().unwrap_or_default() as usize;
            if let (Some(count), Some(term)) =
                (field.counts.get_mut(code), field.terms.get_mut(code))
            {
                *count = count.saturating_sub(1);
                *term = super::model::term_of(f64::from((*count).max(2) - 1) / others);
            }
        }
    }

    /// The codes and values of the only row of what [`clean_row`](Self::clean_row) made.
    pub(crate) fn only_side(&self) -> Side<'_> {
        Side {
            codes: &self.codes,
            values: &self.values,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let field = |it: &Field| it.counts.capacity() * 4 + it.terms.capacity();
        self.codes.capacity() * size_of::<u32>()
            + self.fields.iter().map(field).sum::<usize>()
            + self.values.iter().map(Values::memory_bytes).sum::<usize>()
    }
}

impl Deref for Fields {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        &self.fields
    }
}

/// Cleans the columns of the plans, which exist.
///
/// # Errors
/// `LimitExceeded` if the distinct values of a field are more than 4 GiB.
pub(crate) fn prepare(records: &Records, plans: &[FieldPlan]) -> Result<Fields> {
    let rows = records.rows();
    let mut codes = vec![0_u32; plans.len() * rows];
    let mut drafts: Vec<(Asked, DictionaryBuilder)> = Vec::new();
    let mut numbers = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        let asked = plan.asked();
        let names = drafts
            .iter_mut()
            .enumerate()
            .find(|(_, (standing, _))| standing.is_of_names() && asked.is_of_names());
        let number = match names {
            Some((number, (standing, _))) => {
                standing.add(asked);
                number
            }
            None => {
                drafts.push((asked, DictionaryBuilder::new(Key::ZERO)));
                drafts.len() - 1
            }
        };
        numbers.push(number);
        let column = codes.iter_mut().skip(at).step_by(plans.len().max(1));
        if let Some((_, draft)) = drafts.get_mut(number) {
            clean_column(records, plan, draft, column).ok_or_else(|| full(&plan.name))?;
        }
    }
    let mut values: Vec<Values> = Vec::new();
    let mut words = Vec::new();
    for (mut asked, draft) in drafts {
        if asked.kind.is_name() {
            asked.kind = FieldKind::GivenName;
        }
        let mut of = Values::new(asked, draft);
        let counts = of.word_counts();
        of.weigh(&counts);
        of.freeze();
        values.push(of);
        words.push(counts);
    }
    let fields = describe(plans, &numbers, &values, &codes, rows);
    Ok(Fields {
        fields,
        values,
        words,
        codes,
        rows,
        forgotten: 0,
    })
}

fn describe(
    plans: &[FieldPlan],
    numbers: &[usize],
    values: &[Values],
    codes: &[u32],
    rows: usize,
) -> Vec<Field> {
    let first = |wanted| {
        let is_one = |plan: &FieldPlan| plan.kind == wanted && plan.separator.is_none();
        plans.iter().position(is_one)
    };
    let (given, surname) = (first(FieldKind::GivenName), first(FieldKind::Surname));
    let others = others_of(rows);
    let term = |count: &u32| super::model::term_of(f64::from((*count).max(2) - 1) / others);
    let mut fields = Vec::new();
    for (at, (plan, number)) in plans.iter().zip(numbers).enumerate() {
        let length = values
            .get(*number)
            .map_or(1, |values| values.texts().codes());
        let mut counts = vec![0_u32; length];
        for code in codes.iter().skip(at).step_by(plans.len().max(1)) {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        fields.push(Field {
            name: plan.name.clone(),
            kind: plan.kind,
            levels: plan.levels.clone(),
            values: *number,
            terms: counts.iter().map(term).collect(),
            counts,
            crossed_with: match Some(at) {
                at if at == given => surname,
                at if at == surname => given,
                _ => None,
            },
        });
    }
    fields
}

/// With how many others a row can agree by chance, of so many rows.
fn others_of(rows: usize) -> f64 {
    rows.max(2) as f64 - 1.0
}

/// How many distinct values are cleaned before they are taken into the dictionary together.
const BATCH: usize = 512;

/// Cleans a column; `None` if the dictionary is full.
fn clean_column<'a>(
    records: &Records,
    plan: &FieldPlan,
    into: &mut DictionaryBuilder,
    out: impl Iterator<Item = &'a mut u32>,
) -> Option<()> {
    let columns = records.columns();
    if let [only] = plan.columns.as_slice() {
        let column = columns.get(*only)?;
        let mut by_code = vec![0_u32];
        let mut hashes = Vec::new();
        let mut batch: Vec<Cow<'_, str>> = Vec::with_capacity(BATCH);
        let mut texts = column.values.texts().peekable();
        while texts.peek().is_some() {
            batch.clear();
            batch.extend(
                texts
                    .by_ref()
                    .take(BATCH)
                    .map(|text| clean_cell(plan, text)),
            );
            let cleaned = batch.iter().map(|text| &**text);
            into.intern_all(cleaned, &mut hashes, |code| by_code.push(code))?;
        }
        for (out, code) in out.zip(&column.codes) {
            *out = by_code.get(*code as usize).copied().unwrap_or_default();
        }
        return Some(());
    }
    for (row, out) in out.enumerate() {
        let cell = |column: usize| records.value(row, column).unwrap_or_default();
        *out = into.intern(&clean_cells(plan, &cell))?;
    }
    Some(())
}

fn clean_cells<'a>(plan: &FieldPlan, cell: &impl Fn(usize) -> &'a str) -> String {
    let cells: Vec<&str> = plan.columns.iter().map(|column| cell(*column)).collect();
    match (cells.as_slice(), &plan.separator) {
        ([only], _) => clean_cell(plan, only).into_owned(),
        (several, Some(separator)) => clean_members(plan, separator, several),
        (several, None) if plan.country.is_some() => {
            clean_value(plan, &several.join(" ")).into_owned()
        }
        (several, None) => clean::clean_several(plan.kind, plan.order, several),
    }
}

fn clean_cell<'a>(plan: &FieldPlan, cell: &'a str) -> Cow<'a, str> {
    match &plan.separator {
        Some(separator) => Cow::Owned(clean_members(plan, separator, &[cell])),
        None => clean_value(plan, cell),
    }
}

fn clean_value<'a>(plan: &FieldPlan, raw: &'a str) -> Cow<'a, str> {
    match &plan.country {
        Some(country) => Cow::Owned(clean::phone_of_country(raw, country)),
        None => clean::clean(plan.kind, plan.order, raw),
    }
}

/// The members of a list, each cleaned and once, in order.
fn clean_members(plan: &FieldPlan, separator: &str, cells: &[&str]) -> String {
    let members = cells.iter().flat_map(|cell| cell.split(separator));
    let members = members.flat_map(|member| member.split(MEMBER_END));
    let cleaned = members.map(|member| clean_value(plan, member.trim()));
    let mut kept: Vec<Cow<'_, str>> = cleaned.filter(|member| !member.is_empty()).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.join(MEMBER_END.encode_utf8(&mut [0; 4]))
}

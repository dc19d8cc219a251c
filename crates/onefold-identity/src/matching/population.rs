//! A standing population: new records are matched against it one at a time.
//!
//! Invariant: a record that was added is found by the same rules and weighed by the same model as one that was there
//! from the beginning.

use std::collections::BTreeMap;

use onefold_event::Result;
use rustc_hash::FxHashSet;

use super::{
    blocking::{self, Keys, Part, Rule, key_of_row},
    compare::{Side, pattern_across},
    field::{self, Fields},
    matcher::Matcher,
    model::{Model, Scorer, Terms},
    records::Records,
    settings::{FieldPlan, Settings},
};
use crate::cluster::ScoredPair;

/// Records that stand, with an index of their blocking keys, and a trained model.
///
/// A new record costs its look-ups in the index and a comparison with each row found, well under a millisecond
/// against a million rows; nothing is trained or scored again. How rare a value is follows what is added.
/// Memory is that of the [`Matcher`] without its pairs, and eight bytes a row and rule.
///
/// ```
/// # use onefold_identity::matching::{BlockingRule, FieldKind, FieldSetting, Matcher, MatcherOptions, Records, Settings, propose};
/// # let word = |seed: u32| -> String {
/// #     let mixed = u64::from(seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
/// #     (0..7).map(|at| char::from(b'a' + (mixed >> (5 * at + 9)) as u8 % 26)).collect()
/// # };
/// # let mut builder = Records::builder(["given_name", "surname", "email"]);
/// # for number in 0..400 {
/// #     let (given, surname) = (word(number % 50), word(1_000 + number / 2));
/// #     let email = if number == 7 { "seven@example.com".to_owned() } else { format!("{}@example.com", word(9_000 + number)) };
/// #     builder.push(0, [(0, &*given), (1, &*surname), (2, &*email)])?;
/// #     if number % 4 == 0 {
/// #         builder.push(0, [(0, &*given), (1, &*format!("{surname}x")), (2, &*email)])?;
/// #     }
/// # }
/// # let records = builder.finish()?;
/// # let mut settings = propose(&records, &[])?.settings;
/// # settings.blocking = vec![BlockingRule(vec!["email".into()]), BlockingRule(vec!["surname".into()])];
/// # let matcher = Matcher::new(&records, &settings, MatcherOptions::default())?;
/// # let model = matcher.train();
/// let mut population = matcher.into_population(&records, model)?;
/// let found = population.find(&[("email", "Seven@example.com")], -10.0);
/// assert_eq!(found.len(), 1);
/// let (row, _) = population.add(&[("given_name", "zoe"), ("email", "zoe@example.com")], 0.0);
/// assert_eq!(population.find(&[("email", "zoe@example.com")], -20.0)[0].left, row);
/// assert!(population.remove(row));
/// assert!(population.find(&[("email", "zoe@example.com")], -20.0).is_empty());
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Population {
    settings: Settings,
    plans: Vec<FieldPlan>,
    /// The columns that cells are named by.
    columns: Vec<Box<str>>,
    fields: Fields,
    scorer: Scorer,
    indexes: Vec<Index>,
    removed: FxHashSet<u32>,
}

/// The rows of each key of one rule.
#[derive(Debug, Clone)]
struct Index {
    rule: Rule,
    /// Key and row, sorted: the rows that were there from the beginning.
    standing: Vec<(u32, u32)>,
    /// The rows that were added.
    added: BTreeMap<u32, Vec<u32>>,
}

impl Matcher {
    /// The records as a population that new ones are matched against.
    ///
    /// Without blocking rules every record is compared with every row.
    ///
    /// # Errors
    /// `InvalidInput` if the model was trained with other fields.
    pub fn into_population(self, records: &Records, model: Model) -> Result<Population> {
        super::matcher::check_fields(&model, self.settings())?;
        let (settings, plans, rules, fields) = self.into_parts();
        Ok(Population::of(
            records,
            &model,
            settings,
            (plans, rules, fields),
        ))
    }
}

impl Population {
    /// The records as a population, by the settings that the model was trained with. None of them are compared with
    /// each other.
    ///
    /// Cost: O(rows * (fields + rules * log rows)).
    ///
    /// # Errors
    /// `InvalidInput` with every mistake of the settings, such as columns that the records do not have;
    /// `LimitExceeded` if the distinct values of a field are more than 4 GiB.
    pub fn new(records: &Records, model: &Model) -> Result<Self> {
        let settings = model.settings().clone();
        let plan = settings.plan(records)?;
        let fields = field::prepare(records, &plan.fields)?;
        let prepared = (plan.fields, plan.rules, fields);
        Ok(Self::of(records, model, settings, prepared))
    }

    fn of(
        records: &Records,
        model: &Model,
        settings: Settings,
        (plans, rules, mut fields): (Vec<FieldPlan>, Vec<Rule>, Fields),
    ) -> Self {
        let scorer = model.scorer(&fields);
        fields.thaw();
        let rules = rules.into_iter();
        let indexes = rules.map(|rule| Index::new(&fields, rule)).collect();
        Self {
            settings,
            plans,
            columns: records.names().map(Into::into).collect(),
            fields,
            scorer,
            indexes,
            removed: FxHashSet::default(),
        }
    }

    /// How many rows there are, those included that were removed.
    pub fn rows(&self) -> usize {
        self.fields.rows()
    }

    /// The rows that a record matches with at least so many bits, best first: `left` is the row, `right` the
    /// number that the record would have.
    ///
    /// Cells are columns by name; those that are not there are not looked at.
    pub fn find(&self, cells: &[(&str, &str)], bits_min: f64) -> Vec<ScoredPair> {
        self.matches(&self.clean(cells), bits_min)
    }

    /// Adds a record; gives its row and those it matches, as [`find`](Self::find) does.
    pub fn add(&mut self, cells: &[(&str, &str)], bits_min: f64) -> (u32, Vec<ScoredPair>) {
        let record = self.clean(cells);
        let found = self.matches(&record, bits_min);
        let keys: Vec<Vec<u32>> = self
            .indexes
            .iter()
            .map(|index| index.keys(&self.fields, record.only_side()))
            .collect();
        let row = self.fields.append(&record);
        for (index, keys) in self.indexes.iter_mut().zip(keys) {
            for key in keys {
                index.added.entry(key).or_default().push(row);
            }
        }
        (row, found)
    }

    /// Removes a row: nothing matches it any more. `true` if it was there. Its place is not given again, and its memory
    /// not given back: a [`new`](Self::new) population has neither.
    ///
    /// How rare the other values are does not change by it, only those of the row.
    pub fn remove(&mut self, row: u32) -> bool {
        let there = (row as usize) < self.fields.rows() && self.removed.insert(row);
        if there {
            let side = self.fields.side(row);
            for index in &mut self.indexes {
                for key in index.keys(&self.fields, side) {
                    index.remove(key, row);
                }
            }
            self.fields.forget(row);
        }
        there
    }

    /// Whether a row says what these cells say, once both are cleaned; `false` for one that was removed.
    pub fn says(&self, row: u32, cells: &[(&str, &str)]) -> bool {
        let there = (row as usize) < self.fields.rows() && !self.removed.contains(&row);
        there && self.fields.is_row(row, &self.clean(cells))
    }

    /// Memory of the population, in bytes: an estimate.
    pub fn memory_bytes(&self) -> usize {
        let index =
            |it: &Index| it.standing.capacity() * size_of::<(u32, u32)>() + it.added.len() * 64;
        self.fields.memory_bytes() + self.indexes.iter().map(index).sum::<usize>()
    }

    fn clean(&self, cells: &[(&str, &str)]) -> Fields {
        self.fields.clean_row(&self.plans, |column| {
            let name = self.columns.get(column).map(|name| &**name);
            let found = cells.iter().find(|(known, _)| Some(*known) == name);
            found.map_or("", |(_, text)| text.trim())
        })
    }

    fn matches(&self, record: &Fields, bits_min: f64) -> Vec<ScoredPair> {
        let side = record.only_side();
        let number = self.fields.rows() as u32;
        let mut weights = self.scorer.weights();
        let mut found = Vec::new();
        for row in self.candidates(side) {
            let standing = self.fields.side(row);
            let pattern = pattern_across(&self.fields, standing, side);
            let terms = Terms::of(&self.fields, standing.codes, &[], pattern);
            if let Some(bits) = self
                .scorer
                .bits_at_least(pattern, terms, bits_min, &mut weights)
            {
                found.push(ScoredPair::new(row, number, bits));
            }
        }
        found.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.left.cmp(&b.left)));
        found
    }

    /// The rows that agree with a record in a rule, ascending.
    fn candidates(&self, record: Side<'_>) -> Vec<u32> {
        if self.indexes.is_empty() {
            let all = 0..self.fields.rows() as u32;
            return all.filter(|row| !self.removed.contains(row)).collect();
        }
        let mut rows = Vec::new();
        for index in &self.indexes {
            for key in index.keys(&self.fields, record) {
                let most = self.settings.block_rows_max as usize;
                index.rows(key, most, &self.removed, &mut rows);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

impl Index {
    fn new(fields: &Fields, rule: Rule) -> Self {
        let mut standing = Vec::new();
        let rows = 0..fields.rows() as u32;
        match rule.atoms.as_slice() {
            [atom] if atom.part == Part::Word => {
                for (row, values) in
                    rows.filter_map(|row| Some((row, fields.values_of(atom.field)?)))
                {
                    let words = blocking::rarest(values, fields.code(atom.field, row));
                    standing.extend(words.into_iter().map(|word| (word, row)));
                }
            }
            _ => {
                let keys = Keys::new(fields, &rule).of_rows(fields);
                standing.extend(keys.into_iter().zip(0..).filter(|(key, _)| *key != 0));
            }
        }
        standing.sort_unstable();
        Self {
            rule,
            standing,
            added: BTreeMap::new(),
        }
    }

    /// The keys of a record with values of its own.
    fn keys(&self, fields: &Fields, record: Side<'_>) -> Vec<u32> {
        if let [atom] = self.rule.atoms.as_slice()
            && atom.part == Part::Word
        {
            let values = fields
                .get(atom.field)
                .and_then(|field| record.values.get(field.values));
            let code = record.codes.get(atom.field).copied().unwrap_or_default();
            return values.map_or_else(Vec::new, |values| blocking::rarest(values, code));
        }
        let key = key_of_row(fields, &self.rule, record);
        if key == 0 { Vec::new() } else { vec![key] }
    }

    fn remove(&mut self, key: u32, row: u32) {
        if let Some(rows) = self.added.get_mut(&key) {
            rows.retain(|other| *other != row);
            if rows.is_empty() {
                self.added.remove(&key);
            }
        }
    }

    /// The rows of a key that were not removed, unless more than `most` share it.
    fn rows(&self, key: u32, most: usize, removed: &FxHashSet<u32>, out: &mut Vec<u32>) {
        let begin = self.standing.partition_point(|(other, _)| *other < key);
        let rest = self.standing.get(begin..).unwrap_or_default();
        let standing = rest
            .iter()
            .take_while(|(other, _)| *other == key)
            .filter(|(_, row)| !removed.contains(row))
            .take(most + 1);
        let before = out.len();
        out.extend(standing.map(|(_, row)| *row));
        // The rarest words of a row may be others by now than when it was added.
        let added = self.added.get(&key).into_iter().flatten();
        out.extend(added.filter(|row| !removed.contains(row)));
        if out.len() - before > most {
            out.truncate(before);
        }
    }
}

//! From records to weighed pairs, as Splink predicts them: blocked by the model's rules, each pair once.
//!
//! Invariant: the same records and model give the same pairs in the same order, with any number of threads.

use std::{collections::HashMap, num::NonZero, thread};

use onefold_event::{Error, ErrorKind, Result};

use super::{BlockingRule, LinkType, Prepared, Side, SplinkModel};
use crate::{
    cluster::ScoredPair,
    matching::{MatcherOptions, PairsOf, Records, RuleCount},
};

/// Records made ready for a model of Splink, with the pairs that its rules bring together.
///
/// ```
/// use onefold_identity::{matching::{MatcherOptions, Records}, splink::{SplinkLinker, SplinkModel}};
/// let model = SplinkModel::read(r#"{
///   "link_type": "dedupe_only", "sql_dialect": "duckdb",
///   "probability_two_random_records_match": 0.5,
///   "comparisons": [{"output_column_name": "name", "comparison_levels": [
///     {"sql_condition": "\"name_l\" IS NULL OR \"name_r\" IS NULL", "is_null_level": true},
///     {"sql_condition": "\"name_l\" = \"name_r\"", "m_probability": 0.8, "u_probability": 0.1},
///     {"sql_condition": "ELSE", "m_probability": 0.2, "u_probability": 0.9}]}],
///   "blocking_rules_to_generate_predictions": ["l.city = r.city"]
/// }"#)?;
/// let mut records = Records::builder(["city", "name"]);
/// for (city, name) in [("Leeds", "Ann"), ("York", "Ann"), ("Leeds", "Ann"), ("Leeds", "Bob")] {
///     records.push(0, [(0, city), (1, name)])?;
/// }
/// let records = records.finish()?;
/// let linker = SplinkLinker::new(&records, &model, MatcherOptions::default(), 1_000)?;
/// assert_eq!(linker.pairs_count(), 3);
/// let pairs = linker.score(0.0, &|_| {});
/// assert_eq!(pairs.iter().map(|pair| pair.rows()).collect::<Vec<_>>(), [(0, 2)]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug)]
pub struct SplinkLinker<'a> {
    model: &'a SplinkModel,
    rows: Vec<Prepared<'a>>,
    pairs: Vec<[u32; 2]>,
    rules: Vec<RuleCount>,
    threads: NonZero<usize>,
}

/// The cells of the model's columns.
struct Table<'a> {
    records: &'a Records,
    places: Vec<usize>,
}

impl<'a> Table<'a> {
    fn row(&self, row: u32) -> Vec<Option<&'a str>> {
        let cells = self.places.iter();
        cells
            .map(|column| self.records.value(row as usize, *column))
            .collect()
    }

    fn rows(&self) -> u32 {
        self.records.rows() as u32
    }
}

impl<'a> SplinkLinker<'a> {
    /// Blocks the records by the rules of the model; without rules every pair is compared.
    ///
    /// A model that links only compares rows of two sources, where there are several. The left row of a pair is the
    /// one that comes first. Cost: O(rows * rules) and 12 bytes a pair that a rule brings together.
    ///
    /// # Errors
    /// `InvalidInput` with every column that is not there; `LimitExceeded`, before a rule is followed that would
    /// bring together more than `pairs_max`.
    pub fn new(
        records: &'a Records,
        model: &'a SplinkModel,
        options: MatcherOptions,
        pairs_max: u64,
    ) -> Result<Self> {
        let names: Vec<&str> = records.names().collect();
        let table = Table {
            records,
            places: model.places(&names)?,
        };
        let mut counter = model.count_frequencies();
        if model.needs_frequencies() {
            (0..table.rows()).for_each(|row| counter.count(&table.row(row)));
        }
        let frequencies = counter.finish();
        let rows = (0..table.rows()).map(|row| model.prepare(&table.row(row), &frequencies));
        let rows = rows.collect();
        let has_several = (0..records.rows()).any(|row| records.source(row) != records.source(0));
        let across = options.pairs == PairsOf::TwoSources
            || has_several && model.link_type() == LinkType::LinkOnly;
        let (pairs, rules) = block(&table, model.blocking_rules(), across, pairs_max)?;
        Ok(Self {
            model,
            rows,
            pairs,
            rules,
            threads: options.threads,
        })
    }

    /// How many pairs are compared.
    pub fn pairs_count(&self) -> usize {
        self.pairs.len()
    }

    /// What each rule brought together.
    pub fn rule_counts(&self) -> &[RuleCount] {
        &self.rules
    }

    /// A row made ready, to be weighed with another.
    pub fn row(&self, row: u32) -> Option<&Prepared<'a>> {
        self.rows.get(row as usize)
    }

    /// The pairs with at least so many bits, by their rows; `progress` is told how many were weighed since it was last
    /// told. Pairs to which the model gives no weight are left out, as Splink leaves them out.
    pub fn score(&self, bits_min: f64, progress: &(dyn Fn(usize) + Sync)) -> Vec<ScoredPair> {
        let part = self.pairs.len().div_ceil(self.threads.get()).max(1);
        thread::scope(|scope| {
            let parts = self.pairs.chunks(part);
            let score = |part| scope.spawn(move || self.score_part(part, bits_min, progress));
            let handles: Vec<_> = parts.map(score).collect();
            let parts = handles.into_iter().filter_map(|handle| handle.join().ok());
            parts.flatten().collect()
        })
    }

    fn score_part(
        &self,
        pairs: &[[u32; 2]],
        bits_min: f64,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<ScoredPair> {
        let mut scored = Vec::new();
        for chunk in pairs.chunks(16_384) {
            for [left, right] in chunk {
                if let (Some(one), Some(other)) = (self.row(*left), self.row(*right)) {
                    let bits = self.model.weight(one, other);
                    if bits >= bits_min {
                        scored.push(ScoredPair::new(*left, *right, bits));
                    }
                }
            }
            progress(chunk.len());
        }
        scored
    }
}

/// The pairs of all rules, each once, by their rows.
fn block(
    table: &Table<'_>,
    rules: &[BlockingRule],
    across: bool,
    pairs_max: u64,
) -> Result<(Vec<[u32; 2]>, Vec<RuleCount>)> {
    let mut found: Vec<([u32; 2], u16)> = Vec::new();
    let mut counts = Vec::new();
    let takes = |[left, right]: [u32; 2]| {
        let source = |row: u32| table.records.source(row as usize);
        !across || source(left) != source(right)
    };
    if rules.is_empty() {
        check("every pair", all_pairs(table.rows()), pairs_max)?;
        found.extend(
            every_pair(table.rows())
                .filter(|pair| takes(*pair))
                .map(|pair| (pair, 0)),
        );
        counts.push(count_of("every pair", found.len()));
    }
    for (number, rule) in (0..).zip(rules) {
        let before = found.len();
        let mut take = |pair: [u32; 2]| {
            if takes(pair) && holds(rule, table, pair) {
                found.push((pair, number));
            }
        };
        match rule.is_cross_product() {
            true => {
                check(
                    rule.sql(),
                    before as u64 + all_pairs(table.rows()),
                    pairs_max,
                )?;
                every_pair(table.rows()).for_each(&mut take);
            }
            false => {
                let joins = Joins::of(rule, table);
                check(rule.sql(), before as u64 + joins.count(), pairs_max)?;
                joins.for_each(&mut take);
            }
        }
        // A row whose lists have several items in common with another's is joined with it several times.
        let pairs = found.get_mut(before..).unwrap_or_default();
        pairs.sort_unstable();
        let distinct = pairs.chunk_by(|one, other| one == other).count();
        counts.push(count_of(rule.sql(), distinct));
    }
    found.sort_unstable();
    found.dedup_by_key(|(pair, _)| *pair);
    for (_, rule) in &found {
        if let Some(count) = counts.get_mut(usize::from(*rule)) {
            count.new_pairs += 1;
        }
    }
    Ok((found.into_iter().map(|(pair, _)| pair).collect(), counts))
}

fn count_of(rule: &str, pairs: usize) -> RuleCount {
    RuleCount {
        rule: rule.to_owned(),
        pairs: pairs as u64,
        new_pairs: 0,
        rows_left_out: 0,
    }
}

fn holds(rule: &BlockingRule, table: &Table<'_>, [left, right]: [u32; 2]) -> bool {
    !rule.has_remainder() || rule.remainder_holds(&table.row(left), &table.row(right))
}

fn all_pairs(rows: u32) -> u64 {
    crate::cluster::pairs_of(rows)
}

fn every_pair(rows: u32) -> impl Iterator<Item = [u32; 2]> {
    (0..rows).flat_map(move |left| (left + 1..rows).map(move |right| [left, right]))
}

fn check(rule: &str, pairs: u64, pairs_max: u64) -> Result<()> {
    if pairs <= pairs_max {
        return Ok(());
    }
    let message = format!(
        "with the blocking rule `{rule}` there would be {pairs} pairs or more, and {pairs_max} are the most; demand \
         another equality in the rule, or take it out"
    );
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// Rows by the keys of one rule: those that can be left, and those that can be right.
struct Joins {
    left: Vec<Vec<u32>>,
    right: Vec<Vec<u32>>,
}

impl Joins {
    fn of(rule: &BlockingRule, table: &Table<'_>) -> Self {
        let mut numbers: HashMap<Box<[u8]>, usize> = HashMap::new();
        let mut joins = Self {
            left: Vec::new(),
            right: Vec::new(),
        };
        let mut room = Vec::new();
        for row in 0..table.rows() {
            let cells = table.row(row);
            for side in [Side::Left, Side::Right] {
                rule.keys(side, &cells, &mut room, &mut |key| {
                    let number = match numbers.get(key) {
                        Some(number) => *number,
                        None => {
                            numbers.insert(key.into(), joins.left.len());
                            joins.left.push(Vec::new());
                            joins.right.push(Vec::new());
                            joins.left.len() - 1
                        }
                    };
                    let rows = match side {
                        Side::Left => joins.left.get_mut(number),
                        Side::Right => joins.right.get_mut(number),
                    };
                    if let Some(rows) = rows {
                        rows.push(row);
                    }
                });
            }
        }
        joins
    }

    /// How many pairs there are, the left row first: rows of a key are ascending.
    fn count(&self) -> u64 {
        let of_key = |(left, right): (&Vec<u32>, &Vec<u32>)| {
            let behind = |row: &u32| right.len() - right.partition_point(|other| other <= row);
            left.iter().map(|row| behind(row) as u64).sum::<u64>()
        };
        self.left.iter().zip(&self.right).map(of_key).sum()
    }

    fn for_each(&self, take: &mut impl FnMut([u32; 2])) {
        for (left, right) in self.left.iter().zip(&self.right) {
            for row in left {
                let behind = right.partition_point(|other| other <= row);
                right
                    .iter()
                    .skip(behind)
                    .for_each(|other| take([*row, *other]));
            }
        }
    }
}

//! Which pairs of rows are compared at all.
//!
//! Invariant: a pair comes once, the lower row first, whichever rules it satisfies, and pairs are sorted.

#![expect(
    clippy::indexing_slicing,
    reason = "keys have one entry a row, and rows of pairs come from them"
)]

mod part;

use onefold_event::{Error, ErrorKind, Result};
use serde::Serialize;

pub(crate) use part::{Atom, Part, parts};

use super::{clean, compare::Pair, field::Fields, values::Values};

/// Rows that agree in all atoms are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) atoms: Vec<Atom>,
}

/// What one rule brings together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleCount {
    /// The rule.
    pub rule: String,
    /// The pairs it brings together, those of other rules among them.
    pub pairs: u64,
    /// The pairs that no rule before it brought together.
    pub new_pairs: u64,
    /// Rows that were left out of it, because more of them than
    /// [`block_rows_max`](super::Settings::block_rows_max) agree.
    pub rows_left_out: u64,
}

/// The pairs of all rules.
#[derive(Debug, Clone)]
pub(crate) struct Candidates {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) rules: Vec<RuleCount>,
}

/// What limits the choice of pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) pairs_max: u64,
    pub(crate) block_rows_max: u32,
    /// The source of each row, if only pairs of two sources count.
    pub(crate) sources: Option<&'a [u16]>,
}

impl Limits<'_> {
    fn takes(&self, [left, right]: Pair) -> bool {
        let across = |sources: &[u16]| sources[left as usize] != sources[right as usize];
        self.sources.is_none_or(across)
    }
}

/// Every pair of rows.
///
/// # Errors
/// `LimitExceeded` if they are too many.
pub(crate) fn all_pairs(rows: u32, limits: Limits<'_>) -> Result<Candidates> {
    let total = u64::from(rows) * u64::from(rows.saturating_sub(1)) / 2;
    check(total, limits, "every pair of rows")?;
    let mut pairs = Vec::with_capacity(total as usize);
    for left in 0..rows {
        let others = (left + 1..rows).map(|right| [left, right]);
        pairs.extend(others.filter(|pair| limits.takes(*pair)));
    }
    let rules = vec![RuleCount {
        rule: "every pair".to_owned(),
        pairs: pairs.len() as u64,
        new_pairs: pairs.len() as u64,
        rows_left_out: 0,
    }];
    Ok(Candidates { pairs, rules })
}

/// The pairs of the rules, each once. Cost: O(rules * rows * log rows + pairs * rules).
///
/// # Errors
/// `LimitExceeded`, before a rule is followed that would bring together too many.
pub(crate) fn candidates(
    fields: &Fields,
    rules: &[(Rule, String)],
    limits: Limits<'_>,
) -> Result<Candidates> {
    let mut found = Candidates {
        pairs: Vec::new(),
        rules: Vec::new(),
    };
    let (mut order, mut waiting): (Vec<u64>, Vec<Pair>) = (Vec::new(), Vec::new());
    let is_plain =
        |(rule, _): &&(Rule, String)| rule.atoms.iter().all(|atom| atom.part != Part::Word);
    let mut done = Done::new(fields.rows(), rules.iter().filter(is_plain).count());
    for (rule, name) in rules.iter().filter(is_plain) {
        let mut keys = Keys::new(fields, rule).of_rows(fields);
        sort_by_key(
            keys.iter().copied().zip(0..).filter(|(key, _)| *key != 0),
            &mut order,
        );
        let mut count = found.count(name, &order, limits)?;
        for block in blocks(&order) {
            if block.len() > limits.block_rows_max as usize {
                count.rows_left_out += block.len() as u64;
                block
                    .iter()
                    .for_each(|entry| keys[row_of(*entry) as usize] = 0);
                continue;
            }
            pairs_of(block, |pair| {
                if limits.takes(pair) {
                    waiting.push(pair);
                }
            });
            if waiting.len() >= WAITING_MIN {
                count.new_pairs += done.sift(&mut waiting, &mut found.pairs);
            }
        }
        count.new_pairs += done.sift(&mut waiting, &mut found.pairs);
        found.rules.push(count);
        done.push(&keys);
    }
    let mut worded: Vec<Pair> = Vec::new();
    for (rule, name) in rules.iter().filter(|rule| !is_plain(rule)) {
        by_words(fields, rule, name, limits, &done, &mut worded, &mut found)?;
    }
    found.pairs.append(&mut worded);
    // Neighbours in the order of rows have neighbouring values: they are compared in a third less time.
    found.pairs.sort_unstable();
    Ok(found)
}

impl Candidates {
    /// The count of a rule whose rows are sorted by their keys, if it does not bring together too many.
    fn count(&self, name: &str, order: &[u64], limits: Limits<'_>) -> Result<RuleCount> {
        let is_small = |block: &&[u64]| block.len() <= limits.block_rows_max as usize;
        let pairs = blocks(order)
            .filter(is_small)
            .map(|block| pairs_in(block.len()))
            .sum();
        check(
            pairs + self.pairs.len() as u64,
            limits,
            &format!("rule `{name}`"),
        )?;
        Ok(RuleCount {
            rule: name.to_owned(),
            pairs,
            new_pairs: 0,
            rows_left_out: 0,
        })
    }
}

fn check(pairs: u64, limits: Limits<'_>, rule: &str) -> Result<()> {
    if pairs <= limits.pairs_max {
        return Ok(());
    }
    let message = format!(
        "{rule} would make it {pairs} pairs, more than the limit of {}; add a part to the rule so that fewer rows \
         agree, lower `block_rows_max`, or raise `pairs_max`",
        limits.pairs_max
    );
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// So many pairs are looked up together, at least.
const WAITING_MIN: usize = 256;

/// How many words of a value bring rows together: its rarest.
const WORDS_MAX: usize = 4;

/// Pairs that have one of their rarest words in common.
fn by_words(
    fields: &Fields,
    rule: &Rule,
    name: &str,
    limits: Limits<'_>,
    done: &Done,
    worded: &mut Vec<Pair>,
    found: &mut Candidates,
) -> Result<()> {
    let mut order: Vec<u64> = Vec::new();
    for atom in &rule.atoms {
        sort_by_words(fields, atom.field, &mut order);
    }
    let mut count = found.count(name, &order, limits)?;
    let before = worded.len();
    let mut waiting: Vec<Pair> = Vec::new();
    for block in blocks(&order) {
        if block.len() > limits.block_rows_max as usize {
            count.rows_left_out += block.len() as u64;
            continue;
        }
        pairs_of(block, |pair| {
            if limits.takes(pair) {
                waiting.push(pair);
            }
        });
        if waiting.len() >= WAITING_MIN {
            done.sift(&mut waiting, worded);
        }
    }
    done.sift(&mut waiting, worded);
    // Two rows may have several words in common, and two fields of words.
    worded.sort_unstable();
    worded.dedup();
    count.new_pairs = worded.len().saturating_sub(before) as u64;
    found.rules.push(count);
    Ok(())
}

/// How many pairs of rows have one of their rarest words in common, in blocks of at most so many rows.
pub(crate) fn count_word_pairs(fields: &Fields, field: usize, block_rows_max: u32) -> u64 {
    let mut order = Vec::new();
    sort_by_words(fields, field, &mut order);
    let is_small = |block: &&[u64]| block.len() <= block_rows_max as usize;
    blocks(&order)
        .filter(is_small)
        .map(|block| pairs_in(block.len()))
        .sum()
}

/// The rows by each of their rarest words.
fn sort_by_words(fields: &Fields, field: usize, order: &mut Vec<u64>) {
    let Some(values) = fields.values_of(field) else {
        return;
    };
    let codes = 0..values.texts().codes() as u32;
    let rarest: Vec<Vec<u32>> = codes.map(|code| rarest(values, code)).collect();
    let words = |row: u32| rarest[fields.code(field, row) as usize].iter();
    let keyed = (0..fields.rows() as u32).flat_map(|row| words(row).map(move |word| (*word, row)));
    sort_by_key(keyed, order);
}

/// The rarest words of a value, by their weight.
pub(crate) fn rarest(values: &Values, code: u32) -> Vec<u32> {
    let mut words: Vec<(u32, f32)> = values.words(code).to_vec();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    words
        .iter()
        .take(WORDS_MAX)
        .map(|(word, _)| (*word).max(1))
        .collect()
}

/// The keys of a rule's atoms by code.
#[derive(Debug)]
pub(crate) struct Keys {
    atoms: Vec<AtomKeys>,
}

/// The key of each code of one atom.
#[derive(Debug, Clone)]
pub(crate) struct AtomKeys {
    atom: Atom,
    salt: u64,
    by_code: Vec<u32>,
}

impl AtomKeys {
    pub(crate) fn new(fields: &Fields, atom: Atom) -> Self {
        let by_code = match fields.values_of(atom.field) {
            Some(values) => (0..values.texts().codes() as u32)
                .map(|code| atom.part.key(values, code))
                .collect(),
            None => Vec::new(),
        };
        Self {
            atom,
            salt: atom.salt(fields),
            by_code,
        }
    }
}

impl Keys {
    pub(crate) fn new(fields: &Fields, rule: &Rule) -> Self {
        let atoms = rule.atoms.iter().map(|atom| AtomKeys::new(fields, *atom));
        Self {
            atoms: atoms.collect(),
        }
    }

    /// The key of each row.
    pub(crate) fn of_rows(&self, fields: &Fields) -> Vec<u32> {
        let atoms: Vec<&AtomKeys> = self.atoms.iter().collect();
        (0..fields.rows() as u32)
            .map(|row| rule_key(&atoms, fields.row(row)))
            .collect()
    }
}

/// The key of a rule for a row of codes; 0 if a value is missing. Names are summed, so that exchanged ones have the
/// same key.
pub(crate) fn rule_key(atoms: &[&AtomKeys], codes: &[u32]) -> u32 {
    let mut sum = Some(0);
    for atom in atoms {
        let key = codes
            .get(atom.atom.field)
            .and_then(|code| atom.by_code.get(*code as usize));
        sum = sum_key(sum, key.copied().unwrap_or_default(), atom.salt);
    }
    finish_key(sum)
}

/// The same for one row with values of its own.
pub(crate) fn key_of_row(fields: &Fields, rule: &Rule, row: super::compare::Side<'_>) -> u32 {
    let mut sum = Some(0);
    for atom in &rule.atoms {
        let code = row.codes.get(atom.field).copied().unwrap_or_default();
        let values = fields
            .get(atom.field)
            .and_then(|field| row.values.get(field.values));
        let key = values.map_or(0, |values| atom.part.key(values, code));
        sum = sum_key(sum, key, atom.salt(fields));
    }
    finish_key(sum)
}

fn sum_key(sum: Option<u64>, key: u32, salt: u64) -> Option<u64> {
    if key == 0 {
        return None;
    }
    let word = u64::from(key) | salt << 32;
    // Spread before they are summed: a sum of what is merely multiplied would be equal for exchanged fields.
    let spread = u64::from(clean::mix(word)) << 32 | u64::from(clean::mix(!word));
    Some(sum?.wrapping_add(spread))
}

fn finish_key(sum: Option<u64>) -> u32 {
    sum.map_or(0, |sum| clean::mix(sum).max(1))
}

/// How many pairs of rows have equal keys.
pub(crate) fn count_pairs(keys: &mut [u32]) -> u64 {
    keys.sort_unstable();
    let groups = keys.chunk_by(|a, b| a == b);
    groups
        .filter(|group| group.first() != Some(&0))
        .map(|group| pairs_in(group.len()))
        .sum()
}

fn pairs_in(rows: usize) -> u64 {
    rows as u64 * (rows as u64 - 1) / 2
}

fn sort_by_key(keyed: impl Iterator<Item = (u32, u32)>, order: &mut Vec<u64>) {
    order.clear();
    order.extend(keyed.map(|(key, row)| u64::from(key) << 32 | u64::from(row)));
    order.sort_unstable();
}

/// The rows of each key, of rows that are sorted by it.
fn blocks(order: &[u64]) -> impl Iterator<Item = &[u64]> {
    order.chunk_by(|a, b| a >> 32 == b >> 32)
}

fn row_of(entry: u64) -> u32 {
    entry as u32
}

fn pairs_of(block: &[u64], mut take: impl FnMut(Pair)) {
    for (at, left) in block.iter().enumerate() {
        for right in &block[at + 1..] {
            take([row_of(*left), row_of(*right)]);
        }
    }
}

/// The keys of the rules that were followed, those of a row side by side: a pair is looked up in two places, however
/// many rules there are.
struct Done {
    rules: usize,
    followed: usize,
    keys: Vec<u32>,
}

impl Done {
    fn new(rows: usize, rules: usize) -> Self {
        Self {
            rules,
            followed: 0,
            keys: vec![0; rows * rules],
        }
    }

    /// Adds the keys of the next rule, one a row.
    fn push(&mut self, keys: &[u32]) {
        let places = self.keys.iter_mut().skip(self.followed).step_by(self.rules);
        places.zip(keys).for_each(|(place, key)| *place = *key);
        self.followed += 1;
    }

    /// Moves the pairs that none of the rules brings together; gives how many.
    ///
    /// First all are looked up and then some are kept, so that nothing is guessed while memory is waited for.
    fn sift(&self, waiting: &mut Vec<Pair>, kept: &mut Vec<Pair>) -> u64 {
        let before = kept.len();
        let mut is_new = [false; 64];
        for pairs in waiting.chunks(is_new.len()) {
            for (is_new, pair) in is_new.iter_mut().zip(pairs) {
                *is_new = !self.has(*pair);
            }
            let new = pairs.iter().zip(is_new).filter(|(_, is_new)| *is_new);
            kept.extend(new.map(|(pair, _)| *pair));
        }
        waiting.clear();
        (kept.len() - before) as u64
    }

    /// Whether one of the rules brings the two together.
    fn has(&self, [left, right]: Pair) -> bool {
        let keys = |row: u32| &self.keys[row as usize * self.rules..][..self.followed];
        let both = keys(left).iter().zip(keys(right));
        both.fold(false, |has, (left, right)| {
            has | ((left == right) & (*left != 0))
        })
    }
}

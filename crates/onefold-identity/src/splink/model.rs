//! A model of Splink, read and compiled: weights of pairs.
//!
//! Invariant: the weight of a pair is the prior's plus those of all comparisons, added in their order, as
//! Splink adds them.

mod defaults;
mod levels;
mod read;

use std::sync::Arc;

use onefold_event::{Diagnostic, Error, Result};

use super::{
    blocking::BlockingRule,
    cells::{Cells, cell_value},
    comparison::{Comparison, ComparisonWeight},
    condition::Pair,
    expression::Expression,
    frequencies::{Frequencies, FrequencyCounter},
    prepared::Prepared,
    similarity::Measure,
    value::Value,
};

/// Which rows a model links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Rows of one input with one another.
    DedupeOnly,
    /// Rows of different inputs.
    LinkOnly,
    /// Both.
    LinkAndDedupe,
}

/// A model that Splink trained and saved, ready to weigh pairs.
///
/// Reads the JSON of `linker.misc.save_model_to_json` of Splink 4 and 5 in the DuckDB dialect, and gives
/// the weights that Splink gives to 1e-9 for what it understands; what it does not is refused by
/// [`read`](SplinkModel::read), with all mistakes at once.
///
/// ```
/// use onefold_identity::splink::{SplinkModel, probability};
///
/// let model = SplinkModel::read(r#"{
///   "link_type": "dedupe_only", "sql_dialect": "duckdb",
///   "probability_two_random_records_match": 0.01,
///   "comparisons": [{"output_column_name": "name", "comparison_levels": [
///     {"sql_condition": "\"name_l\" IS NULL OR \"name_r\" IS NULL", "is_null_level": true},
///     {"sql_condition": "\"name_l\" = \"name_r\"", "m_probability": 0.8, "u_probability": 0.1},
///     {"sql_condition": "ELSE", "m_probability": 0.2, "u_probability": 0.9}]}],
///   "blocking_rules_to_generate_predictions": ["l.name = r.name"]
/// }"#)?;
/// assert_eq!(*model.columns(), ["name".into()]);
///
/// // Rows are texts in the order of these columns.
/// let (ann, other) = ([Some("Ann")], [Some("Ann")]);
/// let frequencies = model.count_frequencies().finish();
/// let (left, right) = (model.prepare(&ann, &frequencies), model.prepare(&other, &frequencies));
/// let bits = model.weight(&left, &right);
/// assert!((bits - (0.01_f64 / 0.99).log2() - 3.0).abs() < 1e-9);
/// assert!((probability(bits) - 0.0748).abs() < 1e-4);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SplinkModel {
    link_type: LinkType,
    prior: f64,
    comparisons: Vec<Comparison>,
    blocking_rules: Vec<BlockingRule>,
    unique_id_column: Box<str>,
    source_column: Box<str>,
    columns: Vec<Arc<str>>,
    cells: Cells,
    /// The adjusted columns, each as its value is read.
    frequency_cells: Vec<Expression>,
}

/// What a model says about a pair; room that can be used again for the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weighed {
    /// The match weight in bits; not a number where no level of a comparison holds.
    pub bits: f64,
    /// What each comparison adds, in the order of the model.
    pub comparisons: Vec<ComparisonWeight>,
}

impl SplinkModel {
    /// Reads the model that Splink saved, or its settings before training.
    ///
    /// Probabilities that are absent are Splink's defaults; [`untrained`](SplinkModel::untrained) tells
    /// which. Columns that Splink calculated with are read as numbers, instants or lists wherever they
    /// stand, because rows are texts here.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with all mistakes: what is no model of Splink, a dialect other than DuckDB's,
    /// probabilities out of range, SQL that is not understood.
    pub fn read(json: &str) -> Result<Self> {
        read::read(json)
    }

    /// Which rows it links.
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }

    /// The probability that two rows drawn at random are a match.
    pub fn probability_two_random_records_match(&self) -> f64 {
        self.prior
    }

    /// The weight in bits of two rows about which nothing is known.
    pub fn prior_bits(&self) -> f64 {
        (self.prior / (1.0 - self.prior)).log2()
    }

    /// The comparisons, in the order of the model.
    pub fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    /// The rules by which pairs are found, in the order of the model.
    pub fn blocking_rules(&self) -> &[BlockingRule] {
        &self.blocking_rules
    }

    /// The column that names a row.
    pub fn unique_id_column(&self) -> &str {
        &self.unique_id_column
    }

    /// The column that names the input of a row, where there are several.
    pub fn source_column(&self) -> &str {
        &self.source_column
    }

    /// The columns that the data must have: those of all conditions, adjustments and blocking rules. A
    /// row is a slice of texts in this order, and a missing value is `None`; Splink reads an empty field
    /// of a CSV file as missing.
    pub fn columns(&self) -> &[Arc<str>] {
        &self.columns
    }

    /// Where each needed column stands in a header. Case counts only where two names differ in nothing else.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with every column that is not there.
    pub fn places(&self, header: &[&str]) -> Result<Vec<usize>> {
        let place = |name: &str| {
            let exact = header.iter().position(|other| *other == name);
            exact.or_else(|| {
                header
                    .iter()
                    .position(|other| other.eq_ignore_ascii_case(name))
            })
        };
        let places = self
            .columns
            .iter()
            .map(|name| place(name).ok_or_else(|| missing(name, header)));
        let (found, missing): (Vec<_>, Vec<_>) = places.partition(|place| place.is_ok());
        let missing: Vec<Diagnostic> = missing.into_iter().filter_map(Result::err).collect();
        match missing.is_empty() {
            true => Ok(found.into_iter().flatten().collect()),
            false => Err(Error::invalid(
                "the data has not all columns of the model",
                missing,
            )),
        }
    }

    /// Levels without a trained probability, each as comparison and label; Splink's defaults stand there.
    pub fn untrained(&self) -> impl Iterator<Item = (&str, &str)> {
        self.comparisons.iter().flat_map(|comparison| {
            let levels = comparison.levels.iter().filter(|level| {
                [level.m, level.u]
                    .into_iter()
                    .flatten()
                    .any(|probability| probability.is_default)
            });
            levels.map(|level| (&*comparison.name, &*level.label))
        })
    }

    /// A counter of the values whose frequencies the model needs; it must see every row of every input.
    pub fn count_frequencies(&self) -> FrequencyCounter<'_> {
        FrequencyCounter::new(self)
    }

    /// Whether any weight depends on frequencies.
    pub fn needs_frequencies(&self) -> bool {
        !self.frequency_cells.is_empty()
    }

    /// How many values a prepared row holds.
    pub fn cells_count(&self) -> usize {
        self.cells.len()
    }

    /// Makes a row ready to be compared: what needs this row alone (texts cut out, dates read, the
    /// frequencies of its values) is done once here. Its texts stand in the order of
    /// [`columns`](SplinkModel::columns).
    pub fn prepare<'v>(
        &'v self,
        row: &[Option<&'v str>],
        frequencies: &Frequencies,
    ) -> Prepared<'v> {
        let share = |place| {
            let share = frequencies.share(place, &self.frequency_value(place, row));
            share.unwrap_or(f64::NAN)
        };
        let shares = (0..self.frequency_cells.len()).map(share).collect();
        Prepared {
            cells: self.cells.of(row),
            frequencies: shares,
        }
    }

    /// The match weight of two prepared rows in bits, allocating nothing; not a number where no level
    /// of a comparison holds (Splink has `NULL` there, and leaves the pair out).
    pub fn weight(&self, left: &Prepared<'_>, right: &Prepared<'_>) -> f64 {
        let pair = Pair { left, right };
        self.comparisons
            .iter()
            .fold(self.prior_bits(), |bits, comparison| {
                let weight = comparison.weigh(&pair);
                bits + weight.bits + weight.frequency_bits
            })
    }

    /// The match weight with what each comparison adds to it.
    pub fn weigh(&self, left: &Prepared<'_>, right: &Prepared<'_>, weighed: &mut Weighed) {
        let pair = Pair { left, right };
        weighed.comparisons.clear();
        weighed.bits = self.prior_bits();
        for comparison in &self.comparisons {
            let weight = comparison.weigh(&pair);
            weighed.bits = weighed.bits + weight.bits + weight.frequency_bits;
            weighed.comparisons.push(weight);
        }
    }

    pub(super) fn frequency_cells(&self) -> &[Expression] {
        &self.frequency_cells
    }

    pub(super) fn frequency_value<'v>(
        &'v self,
        place: usize,
        row: &[Option<&'v str>],
    ) -> Value<'v> {
        let cell = self.frequency_cells.get(place);
        cell.map_or(Value::Missing, |cell| cell_value(cell, row))
    }
}

impl Weighed {
    /// The match probability.
    pub fn probability(&self) -> f64 {
        probability(self.bits)
    }
}

/// The probability of a match weight in bits: 2^w / (1 + 2^w).
pub fn probability(bits: f64) -> f64 {
    if bits >= 0.0 {
        1.0 / (1.0 + (-bits).exp2())
    } else {
        let odds = bits.exp2();
        odds / (1.0 + odds)
    }
}

fn missing(name: &str, header: &[&str]) -> Diagnostic {
    let near = |other: &&&str| Measure::DamerauLevenshtein.of(other, name) <= Some(2.0);
    let missing = Diagnostic::new(format!("the model needs the column `{name}`"));
    match header.iter().find(near) {
        Some(near) => missing.help(format!("is it `{near}`?")),
        None => missing.help("make it as it was made before the model was trained"),
    }
}

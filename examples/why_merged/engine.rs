//! What scored the pairs, made ready again: the inputs are read, and must be what they were.
//!
//! Invariant: a pair gets the bits that it got when the clusters were made.

use std::{num::NonZero, path::PathBuf, thread::available_parallelism};

use onefold::identity::{
    cluster::ScoredPair,
    explain::{Bar, Waterfall},
    matching::{Matcher, MatcherOptions, Model, PairsOf, Records},
    splink::{SplinkLinker, SplinkModel, Weighed},
};
use onefold_examples::{exit::Failure, inputs::OpenInputs, linkage::Linkage};

/// Pairs beyond which a model of Splink is refused, as in `link_people`.
const PAIRS_MAX: u64 = 50_000_000;

/// Scores pairs and says why.
pub(crate) trait Engine {
    /// The fields, by number.
    fn fields(&self) -> Vec<String>;

    /// The columns that are compared.
    fn columns(&self) -> Vec<String>;

    /// The cell of a row.
    fn value(&self, row: u32, column: &str) -> Option<&str>;

    /// How a pair comes to its bits.
    fn waterfall(&self, left: u32, right: u32) -> Result<Waterfall, Failure>;

    /// The bits of a pair if some fields, by number, were missing.
    fn bits_without(&self, left: u32, right: u32, fields: &[usize]) -> Result<f64, Failure>;

    /// All pairs that were compared and have at least so many bits.
    fn pairs(&self, bits_min: f64) -> Result<Vec<ScoredPair>, Failure>;
}

/// Reads the inputs of a linkage again and calls `ask` with what scored them.
///
/// # Errors
/// A run failure if an input is not what it was, or nothing was compared.
pub(crate) fn with_engine<T>(
    linkage: &Linkage,
    ask: impl FnOnce(&dyn Engine) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let records = read_again(linkage)?;
    let options = MatcherOptions {
        pairs: match linkage.link_only {
            true => PairsOf::TwoSources,
            false => PairsOf::Everything,
        },
        threads: available_parallelism().unwrap_or(NonZero::<usize>::MIN),
    };
    match (&linkage.model, &linkage.splink) {
        (Some(json), _) => {
            let model = Model::from_json(json.get())?;
            let matcher = Matcher::new(&records, model.settings(), options)?;
            let threads = options.threads;
            ask(&Own {
                records: &records,
                matcher,
                model,
                threads,
            })
        }
        (None, Some(json)) => {
            let model = SplinkModel::read(json.get())?;
            let linker = SplinkLinker::new(&records, &model, options, PAIRS_MAX)?;
            ask(&Splink {
                records: &records,
                model: &model,
                linker,
            })
        }
        (None, None) => Err(Failure::Run(
            "the run that wrote the clusters compared nothing, so every row is alone".into(),
        )),
    }
}

fn read_again(linkage: &Linkage) -> Result<Records, Failure> {
    let paths: Vec<PathBuf> = linkage
        .inputs
        .iter()
        .map(|input| PathBuf::from(&input.file))
        .collect();
    let inputs = OpenInputs::open(&paths)?.read()?;
    let pairs = linkage.inputs.iter().zip(&inputs.files);
    let changed = pairs.filter(|(then, now)| then.sha256 != now.sha256);
    let changed: Vec<String> = changed
        .map(|(then, _)| {
            format!(
                "`{}` was changed after the clusters were written; run `link_people` again",
                then.file
            )
        })
        .collect();
    match changed.is_empty() {
        true => Ok(inputs.records),
        false => Err(Failure::Run(changed.join("\n"))),
    }
}

struct Own<'a> {
    records: &'a Records,
    matcher: Matcher,
    model: Model,
    threads: NonZero<usize>,
}

impl Engine for Own<'_> {
    fn fields(&self) -> Vec<String> {
        self.model
            .settings()
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect()
    }

    fn columns(&self) -> Vec<String> {
        self.model
            .settings()
            .fields
            .iter()
            .flat_map(|field| field.columns.clone())
            .collect()
    }

    fn value(&self, row: u32, column: &str) -> Option<&str> {
        self.records
            .value(row as usize, self.records.column(column)?)
    }

    fn waterfall(&self, left: u32, right: u32) -> Result<Waterfall, Failure> {
        Ok(self.matcher.waterfall(&self.model, left, right)?)
    }

    fn bits_without(&self, left: u32, right: u32, fields: &[usize]) -> Result<f64, Failure> {
        Ok(self
            .matcher
            .bits_without(&self.model, left, right, fields)?)
    }

    fn pairs(&self, bits_min: f64) -> Result<Vec<ScoredPair>, Failure> {
        Ok(self
            .matcher
            .score_on(&self.model, bits_min, self.threads, &|_| {})?)
    }
}

struct Splink<'a> {
    records: &'a Records,
    model: &'a SplinkModel,
    linker: SplinkLinker<'a>,
}

impl Splink<'_> {
    fn weigh(&self, left: u32, right: u32) -> Result<Weighed, Failure> {
        let mut weighed = Weighed::default();
        match (
            self.linker.row(left.min(right)),
            self.linker.row(left.max(right)),
        ) {
            (Some(one), Some(other)) => self.model.weigh(one, other, &mut weighed),
            _ => {
                return Err(Failure::Run(format!(
                    "there are no rows {left} and {right}"
                )));
            }
        }
        match weighed.bits.is_finite() {
            true => Ok(weighed),
            false => Err(Failure::Run(
                "the model gives this pair no weight: no level of a comparison holds".into(),
            )),
        }
    }
}

impl Engine for Splink<'_> {
    fn fields(&self) -> Vec<String> {
        self.model
            .comparisons()
            .iter()
            .map(|comparison| comparison.name().to_owned())
            .collect()
    }

    fn columns(&self) -> Vec<String> {
        self.model
            .columns()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn value(&self, row: u32, column: &str) -> Option<&str> {
        self.records
            .value(row as usize, self.records.column(column)?)
    }

    fn waterfall(&self, left: u32, right: u32) -> Result<Waterfall, Failure> {
        let weighed = self.weigh(left, right)?;
        let bars = self.model.comparisons().iter().zip(&weighed.comparisons);
        let value =
            |row, comparison: &str| self.value(row, comparison).unwrap_or_default().to_owned();
        let bars = bars.map(|(comparison, weight)| {
            let level = weight
                .level
                .and_then(|level| comparison.levels().get(level));
            Bar {
                field: comparison.name().to_owned(),
                level: level.map_or_else(String::new, |level| level.label().to_owned()),
                left: value(left, comparison.name()),
                right: value(right, comparison.name()),
                bits: weight.bits + weight.frequency_bits,
            }
        });
        Ok(Waterfall::new(
            self.model.prior_bits(),
            bars.collect(),
            weighed.bits,
        )?)
    }

    fn bits_without(&self, left: u32, right: u32, fields: &[usize]) -> Result<f64, Failure> {
        let weighed = self.weigh(left, right)?;
        let kept = weighed
            .comparisons
            .iter()
            .enumerate()
            .filter(|(number, _)| !fields.contains(number));
        let bits = kept.map(|(_, weight)| weight.bits + weight.frequency_bits);
        Ok(self.model.prior_bits() + bits.sum::<f64>())
    }

    fn pairs(&self, bits_min: f64) -> Result<Vec<ScoredPair>, Failure> {
        Ok(self.linker.score(bits_min, &|_| {}))
    }
}

//! Records made ready for matching: pairs chosen, a model trained, pairs scored.
//!
//! Invariant: the same records, settings and model give the same pairs with the same bits, with any number of threads.

mod explain;
mod prior;

use std::num::NonZero;

use onefold_event::{Error, ErrorKind, Result};

use prior::PriorRules;

use super::{
    auto::{Proposal, propose},
    blocking::{self, Candidates, Limits, Rule, RuleCount},
    compare::{Pair, patterns},
    field::{self, Fields},
    model::{Model, Scorer, Terms},
    records::Records,
    settings::{FieldPlan, FieldSetting, Plan, Settings},
    train::{Evidence, Sample, random_pairs, train},
};
use crate::cluster::ScoredPair;

/// Records with their fields cleaned and the pairs that are worth comparing.
///
/// ```
/// use onefold_identity::matching::{Matcher, MatcherOptions, Records};
/// // Names of letters that look random.
/// let word = |seed: u32| -> String {
///     let mixed = u64::from(seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
///     (0..7).map(|at| char::from(b'a' + (mixed >> (5 * at + 9)) as u8 % 26)).collect()
/// };
/// let mut builder = Records::builder(["given_name", "surname", "email"]);
/// for number in 0..400 {
///     let (given, surname) = (word(number % 50), word(1_000 + number / 2));
///     let email = format!("{}@example.com", word(9_000 + number));
///     builder.push(0, [(0, &*given), (1, &*surname), (2, &*email)])?;
///     if number % 4 == 0 {
///         // The same person, with a slip in the name.
///         builder.push(0, [(0, &*given), (1, &*format!("{surname}x")), (2, &*email)])?;
///     }
/// }
/// let records = builder.finish()?;
/// let (matcher, _) = Matcher::auto(&records, &[], MatcherOptions::default())?;
/// let model = matcher.train();
/// let pairs = matcher.score(&model, -10.0)?;
/// let sure = pairs.iter().filter(|pair| pair.probability() > 0.95).count();
/// assert!((95..=105).contains(&sure), "{sure}");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Matcher {
    settings: Settings,
    plans: Vec<FieldPlan>,
    rules: Vec<Rule>,
    fields: Fields,
    candidates: Candidates,
    threads: NonZero<usize>,
    prior: PriorRules,
}

/// What a [`Matcher`] may be told beside its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatcherOptions {
    /// Whether pairs of one source count too. Default: every pair counts.
    pub pairs: PairsOf,
    /// How many threads compare pairs, in training and in scoring. Default: 1. The result is the same with any number.
    pub threads: NonZero<usize>,
}

/// Which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PairsOf {
    /// Every pair of rows.
    #[default]
    Everything,
    /// Pairs of rows of two sources.
    TwoSources,
}

impl Default for MatcherOptions {
    fn default() -> Self {
        Self {
            pairs: PairsOf::Everything,
            threads: NonZero::<usize>::MIN,
        }
    }
}

/// Pairs from which matches are learned, at most, and pairs that are drawn by chance.
const LEARNED_MAX: usize = 250_000;
/// So few pairs are all learned from: most of them look alike, and cost little.
const ALL_LEARNED_MAX: usize = 500_000;
const DRAWN: usize = 300_000;

impl Matcher {
    /// Cleans the fields and chooses the pairs.
    ///
    /// Cost: O(rows * (fields + rules * log rows)) and a look at each pair; 4 bytes a cell, the distinct values of each
    /// field, 4 bytes a row and rule while pairs are chosen, 8 bytes a pair.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake of the settings; `LimitExceeded` if a rule would bring together more
    /// pairs than [`Settings::pairs_max`], before it does.
    pub fn new(records: &Records, settings: &Settings, options: MatcherOptions) -> Result<Self> {
        let plan = settings.plan(records)?;
        let fields = field::prepare(records, &plan.fields)?;
        Self::with_fields(records, settings.clone(), plan, fields, options)
    }

    /// As [`new`](Self::new) with the settings of a proposal for these records, but does not clean the fields again.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_proposal(
        records: &Records,
        proposal: Proposal,
        options: MatcherOptions,
    ) -> Result<Self> {
        let plan = proposal.settings.plan(records)?;
        let (plans, fields) = proposal.cleaned;
        // The settings may have been changed since.
        let fields = match plans == plan.fields && fields.rows() == records.rows() {
            true => fields,
            false => field::prepare(records, &plan.fields)?,
        };
        Self::with_fields(records, proposal.settings, plan, fields, options)
    }

    /// [`propose`](super::propose) and [`of_proposal`](Self::of_proposal): the matcher, and what was proposed and why.
    ///
    /// # Errors
    /// As both; `InvalidInput` if no column is worth comparing, with the reason for each.
    pub fn auto(
        records: &Records,
        excluded: &[&str],
        options: MatcherOptions,
    ) -> Result<(Self, Vec<String>)> {
        let proposal = propose(records, excluded)?;
        let reasons = proposal.reasons.clone();
        if proposal.settings.fields.is_empty() {
            let message = format!("no column is worth comparing: {}", reasons.join("; "));
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let matcher = Self::of_proposal(records, proposal, options)?;
        Ok((matcher, reasons))
    }

    fn with_fields(
        records: &Records,
        settings: Settings,
        plan: Plan,
        fields: Fields,
        options: MatcherOptions,
    ) -> Result<Self> {
        let limits = Limits {
            pairs_max: settings.pairs_max,
            block_rows_max: settings.block_rows_max,
            sources: match options.pairs {
                PairsOf::Everything => None,
                PairsOf::TwoSources => Some(records.sources()),
            },
        };
        let candidates = match plan.rules.is_empty() {
            true => blocking::all_pairs(fields.rows() as u32, limits)?,
            false => {
                let names = settings.blocking.iter().map(ToString::to_string);
                let named: Vec<(Rule, String)> = plan.rules.iter().cloned().zip(names).collect();
                blocking::candidates(&fields, &named, limits)?
            }
        };
        Ok(Self {
            prior: PriorRules::new(plan.prior, limits),
            settings,
            plans: plan.fields,
            rules: plan.rules,
            fields,
            candidates,
            threads: options.threads,
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many pairs are compared.
    pub fn pairs_count(&self) -> usize {
        self.candidates.pairs.len()
    }

    /// What each rule brought together.
    pub fn rule_counts(&self) -> &[RuleCount] {
        &self.candidates.rules
    }

    /// The pairs that are compared, the lower row first.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (u32, u32)> + '_ {
        self.candidates
            .pairs
            .iter()
            .map(|[left, right]| (*left, *right))
    }

    /// Learns a model from the records themselves; what is doubtful of it is in [`Model::training`].
    ///
    /// Cost: at most 500,000 of the pairs and 300,000 drawn by chance are compared; about a second.
    pub fn train(&self) -> Model {
        let candidates = &self.candidates.pairs;
        let stride = match candidates.len() {
            count if count <= ALL_LEARNED_MAX => 1,
            count => count.div_ceil(LEARNED_MAX),
        };
        let learned: Vec<Pair> = candidates.iter().copied().step_by(stride).collect();
        let rows = self.fields.rows() as u32;
        let drawn = random_pairs(rows, DRAWN, self.settings.seed);
        let pairs = f64::from(rows) * (f64::from(rows) - 1.0) / 2.0;
        let (prior, warning) = self.known_prior().map_or_else(
            |warning| (None, Some(warning)),
            |(prior, warning)| (prior, warning),
        );
        let evidence = Evidence {
            prior,
            candidates: &Sample::new(
                &self.fields,
                &learned,
                candidates.len() as f64,
                self.threads,
            ),
            chance: &Sample::new(&self.fields, &drawn, pairs, self.threads),
            pairs,
        };
        let mut model = train(&self.fields, &self.settings, &evidence);
        model.training.warnings.extend(warning);
        model
    }

    /// The pairs with at least so many bits, sorted by row.
    ///
    /// Cost: about a microsecond a pair, on one thread.
    ///
    /// # Errors
    /// `InvalidInput` if the model was trained with other fields.
    pub fn score(&self, model: &Model, bits_min: f64) -> Result<Vec<ScoredPair>> {
        self.score_on(model, bits_min, self.threads, &|_| {})
    }

    /// The same on so many threads; `progress` is told how many pairs were scored since it was last told.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_on(
        &self,
        model: &Model,
        bits_min: f64,
        threads: NonZero<usize>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ScoredPair>> {
        check_fields(model, &self.settings)?;
        let scorer = model.scorer(&self.fields);
        let pairs = &self.candidates.pairs;
        let part = pairs.len().div_ceil(threads.get()).max(1);
        let score = |pairs: &[Pair]| self.score_part(&scorer, pairs, bits_min, progress);
        let parts: Vec<Vec<ScoredPair>> = std::thread::scope(|scope| {
            let handles: Vec<_> = pairs
                .chunks(part)
                .map(|pairs| scope.spawn(|| score(pairs)))
                .collect();
            handles.into_iter().map(joined).collect()
        });
        Ok(parts.concat())
    }

    fn score_part(
        &self,
        scorer: &Scorer,
        pairs: &[Pair],
        bits_min: f64,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<ScoredPair> {
        let mut weights = scorer.weights();
        let mut out = Vec::new();
        for chunk in pairs.chunks(16_384) {
            for (pair, pattern) in chunk.iter().zip(patterns(&self.fields, chunk)) {
                let terms = Terms::of(
                    &self.fields,
                    self.fields.row(pair[0]),
                    self.fields.row(pair[1]),
                    pattern,
                );
                if let Some(bits) = scorer.bits_at_least(pattern, terms, bits_min, &mut weights) {
                    let [left, right] = *pair;
                    out.push(ScoredPair::new(left, right, bits));
                }
            }
            progress(chunk.len());
        }
        out
    }

    /// Memory of the fields and pairs, in bytes: an estimate.
    pub fn memory_bytes(&self) -> usize {
        self.fields.memory_bytes() + self.candidates.pairs.capacity() * size_of::<Pair>()
    }

    pub(crate) fn into_parts(self) -> (Settings, Vec<FieldPlan>, Vec<Rule>, Fields) {
        (self.settings, self.plans, self.rules, self.fields)
    }
}

/// What a thread made. A panic goes on here: pairs must not go missing.
pub(super) fn joined<T>(handle: std::thread::ScopedJoinHandle<'_, T>) -> T {
    match handle.join() {
        Ok(made) => made,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// A model speaks of the fields it was trained with.
pub(super) fn check_fields(model: &Model, settings: &Settings) -> Result<()> {
    let names = |settings: &Settings| -> Vec<String> {
        settings
            .fields
            .iter()
            .map(FieldSetting::described)
            .collect()
    };
    let (trained, asked) = (names(model.settings()), names(settings));
    if trained == asked {
        return Ok(());
    }
    let message = format!(
        "the model was trained with the fields {}, and the settings have {}; train it again, or use its own settings",
        trained.join(", "),
        asked.join(", ")
    );
    Err(Error::new(ErrorKind::InvalidInput, message))
}

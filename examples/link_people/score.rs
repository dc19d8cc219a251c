//! From records to scored pairs, whichever way they are matched.
//!
//! Invariant: the column of the truth is never compared.

use std::{
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use onefold::{
    ErrorKind,
    identity::{
        cluster::ScoredPair,
        matching::{
            Matcher, MatcherOptions, Model, PairsOf, Proposal, Records, RuleCount, Settings,
            propose,
        },
        splink::{SplinkLinker, SplinkModel},
    },
};
use onefold_examples::{exit::Failure, linkage::Given, measure::Stages, progress::Progress};
use serde_json::value::RawValue;

use crate::arguments::{Arguments, By};

/// What scoring gave.
#[derive(Debug, Default)]
pub(crate) struct Scored {
    pub(crate) pairs: Vec<ScoredPair>,
    pub(crate) pairs_scored: u64,
    pub(crate) rules: Vec<RuleCount>,
    pub(crate) reasons: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) model: Option<Box<RawValue>>,
    pub(crate) splink: Option<Box<RawValue>>,
}

/// The way of matching, read before any data is.
#[derive(Debug)]
pub(crate) enum Way {
    Auto,
    Given(Given),
    Splink(Box<SplinkModel>, Box<RawValue>),
}

impl Way {
    /// Reads the settings or the model.
    ///
    /// # Errors
    /// A usage failure with every mistake.
    pub(crate) fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let given = match &arguments.by {
            By::Auto => return Ok(Self::Auto),
            By::Settings(path) => Given::read(path)?,
            By::Splink(path) => return Self::read_splink(path, arguments.truth.as_deref()),
        };
        Self::refuse_truth(settings_of(&given), arguments.truth.as_deref())?;
        Ok(Self::Given(given))
    }

    fn read_splink(path: &Path, truth: Option<&str>) -> Result<Self, Failure> {
        let failed =
            |error: &dyn fmt::Display| Failure::Usage(format!("`{}`: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let model = SplinkModel::read(&text).map_err(|error| failed(&error))?;
        let json = RawValue::from_string(text.trim().to_owned()).map_err(|error| failed(&error))?;
        match truth.filter(|truth| model.columns().iter().any(|column| **column == **truth)) {
            Some(truth) => Err(failed(&format!(
                "`--truth {truth}`: the model compares this column"
            ))),
            None => Ok(Self::Splink(Box::new(model), json)),
        }
    }

    fn refuse_truth(settings: &Settings, truth: Option<&str>) -> Result<(), Failure> {
        let Some(truth) = truth else {
            return Ok(());
        };
        let uses = |columns: &[String]| columns.iter().any(|column| column == truth);
        let fields = settings.fields.iter().filter(|field| uses(&field.columns));
        let fields: Vec<String> = fields.map(|field| format!("`{}`", field.name)).collect();
        match fields.is_empty() {
            true => Ok(()),
            false => Err(Failure::Usage(format!(
                "`--truth {truth}`: the settings compare this column in field {}; who is shown the answers proves \
                 nothing. Take the field out of the settings",
                fields.join(", ")
            ))),
        }
    }

    /// Chooses the pairs, trains where no model is given, and scores down to `bits_min`. Ends the stages `train` and
    /// `predict`; `records` are given back as soon as they are not needed.
    ///
    /// # Errors
    /// A usage failure for settings that do not fit the records; a run failure if there are too many pairs.
    pub(crate) fn score(
        self,
        records: Records,
        arguments: &Arguments,
        bits_min: f64,
        stages: &mut Stages,
    ) -> Result<Scored, Failure> {
        let mut scored = Scored::default();
        if records.rows() < 2 {
            let found = match records.rows() {
                1 => "there is one row",
                _ => "there are no rows",
            };
            return Ok(scored.alone(&format!("{found}: nothing to compare"), stages));
        }
        if let Self::Splink(model, json) = self {
            scored.take_splink(&records, &model, arguments, bits_min, stages)?;
            scored.splink = Some(json);
            return Ok(scored);
        }
        let proposed = matches!(self, Self::Auto);
        let Chosen {
            settings,
            model,
            proposal,
        } = self.settings(&records, arguments, &mut scored)?;
        if settings.fields.is_empty() {
            let message = "no column says anything about who a row is, so every row is alone";
            return Ok(scored.alone(message, stages));
        }
        let chosen = match proposal {
            Some(proposal) => Matcher::of_proposal(&records, proposal, options(arguments)),
            None => Matcher::new(&records, &settings, options(arguments)),
        };
        let matcher = match chosen {
            Ok(matcher) => matcher,
            // Nobody wrote these settings, so nobody can be told to write a rule into them.
            Err(error) if proposed && settings.blocking.is_empty() && is_too_much(&error) => {
                let message = "too many rows are alike in all columns to choose pairs by, so every row is alone";
                return Ok(scored.alone(message, stages));
            }
            Err(error) => return Err(wrong_settings(error)),
        };
        drop(records);
        let model = model.unwrap_or_else(|| Box::new(matcher.train()));
        stages.end("train");
        scored.take(&matcher, &model, arguments, bits_min)?;
        stages.end("predict");
        Ok(scored)
    }

    fn settings(
        self,
        records: &Records,
        arguments: &Arguments,
        scored: &mut Scored,
    ) -> Result<Chosen, Failure> {
        match self {
            Self::Auto => {
                let excluded = [arguments.truth.as_deref(), arguments.id.as_deref()];
                let excluded: Vec<&str> = excluded.into_iter().flatten().collect();
                let proposal = propose(records, &excluded)?;
                scored.reasons.clone_from(&proposal.reasons);
                Ok(Chosen {
                    settings: proposal.settings.clone(),
                    model: None,
                    proposal: Some(proposal),
                })
            }
            Self::Given(Given::Settings(settings)) => {
                settings.check(records).map_err(wrong_settings)?;
                Ok(Chosen::of(settings, None))
            }
            Self::Given(Given::Model(model)) => {
                Ok(Chosen::of(model.settings().clone(), Some(model)))
            }
            Self::Splink(..) => Ok(Chosen::of(Settings::new(Vec::new(), Vec::new()), None)),
        }
    }
}

/// By what the records are matched.
struct Chosen {
    settings: Settings,
    /// A model that is trained already.
    model: Option<Box<Model>>,
    /// The proposal that the settings are of, with the fields it cleaned.
    proposal: Option<Proposal>,
}

impl Chosen {
    fn of(settings: Settings, model: Option<Box<Model>>) -> Self {
        Self {
            settings,
            model,
            proposal: None,
        }
    }
}

impl Scored {
    /// Nothing was compared, for this reason.
    fn alone(mut self, why: &str, stages: &mut Stages) -> Self {
        self.warnings.push(why.to_owned());
        stages.end("train");
        stages.end("predict");
        self
    }

    fn take(
        &mut self,
        matcher: &Matcher,
        model: &Model,
        arguments: &Arguments,
        bits_min: f64,
    ) -> Result<(), Failure> {
        self.rules = matcher.rule_counts().to_vec();
        self.pairs_scored = matcher.pairs_count() as u64;
        if self.pairs_scored == 0 {
            let message = "the rules bring no two rows together, so every row is alone";
            self.warnings.push(message.to_owned());
        }
        // Rules that were proposed are chosen with it in mind.
        let is_own = matches!(arguments.by, By::Settings(_));
        let left_out = self.rules.iter();
        let left_out = left_out.filter(|rule| is_own && rule.rows_left_out > 0);
        self.warnings.extend(left_out.map(|rule| {
            format!(
                "rule `{}` leaves out {} rows, of which more than {} agree: add a part to it so that fewer agree, or \
                 raise `block_rows_max`",
                rule.rule,
                rule.rows_left_out,
                matcher.settings().block_rows_max
            )
        }));
        let warnings = model.training().warnings.iter().cloned();
        self.warnings.extend(warnings);
        let told = progress(self.pairs_scored);
        self.pairs = matcher.score_on(model, bits_min, arguments.threads, &told)?;
        let json = RawValue::from_string(model.to_json()?);
        self.model = Some(json.map_err(|error| Failure::Run(error.to_string()))?);
        Ok(())
    }

    fn take_splink(
        &mut self,
        records: &Records,
        model: &SplinkModel,
        arguments: &Arguments,
        bits_min: f64,
        stages: &mut Stages,
    ) -> Result<(), Failure> {
        let untrained = model.untrained().map(|(comparison, level)| {
            format!("level `{level}` of `{comparison}` was not trained: Splink's default is taken")
        });
        self.warnings.extend(untrained);
        self.warnings.extend(
            model
                .blocking_rules()
                .iter()
                .filter_map(|rule| rule.advice()),
        );
        let linker = SplinkLinker::new(records, model, options(arguments), PAIRS_MAX)
            .map_err(wrong_settings)?;
        stages.end("train");
        self.rules = linker.rule_counts().to_vec();
        self.pairs_scored = linker.pairs_count() as u64;
        self.pairs = linker.score(bits_min, &progress(self.pairs_scored));
        stages.end("predict");
        Ok(())
    }
}

/// Tells how many pairs are scored, from any thread.
fn progress(pairs: u64) -> impl Fn(usize) + Sync {
    let progress = Mutex::new(Progress::new("score").unit("pairs").of(pairs));
    move |pairs| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.add(pairs as u64);
    }
}

fn options(arguments: &Arguments) -> MatcherOptions {
    MatcherOptions {
        pairs: match arguments.link_only {
            true => PairsOf::TwoSources,
            false => PairsOf::Everything,
        },
        threads: arguments.threads,
    }
}

/// Pairs beyond which a model of Splink is refused.
const PAIRS_MAX: u64 = 50_000_000;

fn settings_of(given: &Given) -> &Settings {
    match given {
        Given::Settings(settings) => settings,
        Given::Model(model) => model.settings(),
    }
}

fn is_too_much(error: &onefold::Error) -> bool {
    error.kind() == ErrorKind::LimitExceeded
}

/// Settings that do not fit the records are wrong usage; too many pairs are a failed run.
fn wrong_settings(error: onefold::Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidInput => Failure::Usage(error.to_string()),
        _ => error.into(),
    }
}

//! The prior of the settings, as a probability that these records give.
//!
//! Invariant: a pair that several rules find is counted once.

use super::Matcher;
use crate::matching::{
    blocking::{self, Limits, Rule},
    settings::{Prior, PriorUse},
    train::KnownPrior,
};

/// The rules of a prior, and what is needed to count what they find.
#[derive(Debug, Clone)]
pub(super) struct PriorRules {
    rules: Vec<Rule>,
    /// The source of each row, if only pairs of two sources count.
    sources: Option<Vec<u16>>,
}

impl PriorRules {
    pub(super) fn new(rules: Vec<Rule>, limits: Limits<'_>) -> Self {
        let sources = limits.sources.filter(|_| !rules.is_empty());
        Self {
            rules,
            sources: sources.map(<[u16]>::to_vec),
        }
    }
}

/// A prior that can be used, if there is one, and what is doubtful about it.
type Found = (Option<KnownPrior>, Option<String>);

impl Matcher {
    /// The prior of the settings.
    ///
    /// # Errors
    /// A warning that says why it is not used.
    pub(super) fn known_prior(&self) -> Result<Found, String> {
        let Some(prior) = &self.settings.prior else {
            return Ok((None, None));
        };
        let known = |probability| KnownPrior {
            probability,
            training: prior.training,
        };
        if let Some(probability) = prior.probability {
            return Ok((Some(known(probability)), None));
        }
        let (probability, warning) = self.prior_of_rules(prior)?;
        Ok((Some(known(probability)), warning))
    }

    fn prior_of_rules(&self, prior: &Prior) -> Result<(f64, Option<String>), String> {
        let instead = match prior.training {
            PriorUse::Refines => "training begins as without it",
            PriorUse::Keeps => "the records alone say how common matches are",
        };
        let recall = prior.recall.unwrap_or(1.0);
        let limits = Limits {
            pairs_max: self.settings.pairs_max,
            block_rows_max: self.settings.block_rows_max,
            sources: self.prior.sources.as_deref(),
        };
        let names = prior.rules.iter().map(ToString::to_string);
        let rules: Vec<(Rule, String)> = self.prior.rules.iter().cloned().zip(names).collect();
        let found = blocking::candidates(&self.fields, &rules, limits)
            .map_err(|error| format!("the prior is not used, {instead}: {error}"))?;
        let pairs = found.pairs.len() as f64;
        let all = self.pairs_there_are(limits.sources);
        if found.pairs.is_empty() {
            return Err(format!(
                "the rules of the prior find no pair, so {instead}; write rules that some matches satisfy"
            ));
        }
        if pairs / recall >= all {
            return Err(format!(
                "the rules of the prior find {pairs} pairs, which by a recall of {recall} is no less than all {all} pairs \
                 that there are, so {instead}; write stricter rules or a higher recall"
            ));
        }
        let left_out: u64 = found.rules.iter().map(|rule| rule.rows_left_out).sum();
        let warning = (left_out > 0).then(|| {
            format!(
                "{left_out} rows have values that too many share, and the rules of the prior left them out: there may be \
                 more matches than it says"
            )
        });
        Ok((pairs / recall / all, warning))
    }

    /// How many pairs count at all.
    fn pairs_there_are(&self, sources: Option<&[u16]>) -> f64 {
        let pairs = |rows: f64| rows * (rows - 1.0) / 2.0;
        let all = pairs(self.fields.rows() as f64);
        let Some(sources) = sources else {
            return all;
        };
        let mut sorted = sources.to_vec();
        sorted.sort_unstable();
        let within = sorted.chunk_by(|a, b| a == b);
        all - within.map(|rows| pairs(rows.len() as f64)).sum::<f64>()
    }
}

//! How common matches are before anything is compared: from rules whose recall is known, or as a number.
//!
//! Invariant: a checked prior has either rules with a recall, or a probability.

use onefold_event::{Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};

use super::BlockingRule;

/// How probable it is that two records drawn at random are one entity, as somebody who knows the data says it.
///
/// Without one, training finds it from the records alone. With rules it is estimated: rules so strict that hardly two
/// strangers agree in one of them find nearly only matches, and if they are thought to find the share `recall` of all,
/// then there are `pairs found / recall` matches among all pairs. That is how Splink's
/// `estimate_probability_two_random_records_match` counts; pairs that several rules find are counted once.
///
/// ```json
/// "prior": { "rules": [["given_name", "surname", "born"], ["email"]], "recall": 0.7 }
/// "prior": { "probability": 0.0001, "training": "keeps" }
/// ```
///
/// The rules are written as those of blocking, and need not be among them. As there, values that more than
/// [`block_rows_max`](super::Settings::block_rows_max) rows share are left out. If the rules find no pair, or more
/// than could be matches, the prior is not used, and a warning of [`Training`](crate::matching::Training) says so; what
/// was used is in [`Training::prior`](crate::matching::Training::prior).
///
/// ```
/// use onefold_identity::matching::{BlockingRule, Prior, PriorUse};
/// let rules = vec![BlockingRule(vec!["email".into()])];
/// let prior = Prior::of_rules(rules, 0.7).used(PriorUse::Keeps);
/// let json = serde_json::to_string(&prior).unwrap();
/// assert_eq!(json, r#"{"rules":[["email"]],"recall":0.7,"training":"keeps"}"#);
/// assert_eq!(serde_json::from_str::<Prior>(&json).unwrap(), prior);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Rules that find nearly only matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<BlockingRule>,
    /// The share of all matches that the rules are thought to find: more than 0, at most 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// The probability itself, in place of rules: more than 0, less than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What training does with it. Default: it refines it.
    #[serde(default, skip_serializing_if = "PriorUse::is_usual")]
    pub training: PriorUse,
}

/// What training does with a [`Prior`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriorUse {
    /// Training begins with it and goes where the records lead.
    #[default]
    Refines,
    /// The probability stays; only how matches look is learned. Wrong by a factor of two, it shifts all scores by one
    /// bit.
    Keeps,
}

impl PriorUse {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Prior {
    /// A prior from rules that find this share of all matches.
    pub fn of_rules(rules: Vec<BlockingRule>, recall: f64) -> Self {
        Self {
            rules,
            recall: Some(recall),
            ..Self::default()
        }
    }

    /// A prior that is known.
    pub fn of_probability(probability: f64) -> Self {
        Self {
            probability: Some(probability),
            ..Self::default()
        }
    }

    /// The prior with what training does with it.
    #[must_use]
    pub fn used(mut self, training: PriorUse) -> Self {
        self.training = training;
        self
    }

    /// Everything but the rules themselves.
    pub(super) fn check(&self, mistakes: &mut Diagnostics) {
        let mut tell = |place: &str, message: String, help: &str| {
            let mistake = Diagnostic::new(message).at(format!("/prior{place}"));
            mistakes.push(mistake.help(help));
        };
        match (self.rules.is_empty(), self.probability) {
            (true, None) => tell(
                "",
                "a prior without rules or probability says nothing".to_owned(),
                "write `\"rules\": [[\"email\"]], \"recall\": 0.7`, or `\"probability\": 0.0001`",
            ),
            (false, Some(_)) => tell(
                "/probability",
                "a prior comes from rules or is a number, not both".to_owned(),
                "take out `probability`, or `rules` and `recall`",
            ),
            _ => {}
        }
        match self.recall {
            Some(recall) if !(recall > 0.0 && recall <= 1.0) => tell(
                "/recall",
                format!("a recall of {recall} cannot be"),
                "it is the share of all matches that the rules find: more than 0, at most 1, as in 0.7",
            ),
            Some(_) if self.rules.is_empty() => tell(
                "/recall",
                "a recall is that of rules, and there are none".to_owned(),
                "add `rules`, or take it out",
            ),
            None if !self.rules.is_empty() => tell(
                "/recall",
                "the recall of the rules is missing".to_owned(),
                "say which share of all matches they find, as in `\"recall\": 0.7`",
            ),
            _ => {}
        }
        if let Some(probability) = self.probability
            && !(probability > 0.0 && probability < 1.0)
        {
            tell(
                "/probability",
                format!("{probability} is no probability of a match"),
                "it is more than 0 and less than 1: with 1,000 duplicates in 10,000 rows, 0.00002",
            );
        }
    }
}

//! What a run of `link_people` found: for machines as one JSON object, for people as text.

use std::fmt;

use onefold::identity::matching::RuleCount;
use onefold_examples::{inputs::InputFlaws, measure::Stages};
use serde::Serialize;

use crate::judge::{Best, Metrics};

/// The counts, the quality where the truth is known, and the cost.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: u32,
    pub(crate) pairs_predicted: u64,
    pub(crate) pairs_scored: u64,
    pub(crate) clusters: u32,
    pub(crate) threshold: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<Metrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) best: Option<Best>,
    #[serde(rename = "seconds")]
    pub(crate) stages: Stages,
    pub(crate) peak_mib: Option<f64>,
    pub(crate) warnings: Vec<String>,
    pub(crate) rules: Vec<RuleCount>,
    /// What was mended in the files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mended: Vec<InputFlaws>,
    #[serde(skip)]
    pub(crate) reasons: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for reason in &self.reasons {
            writeln!(f, "{reason}")?;
        }
        for rule in &self.rules {
            let (pairs, new) = (rule.pairs, rule.new_pairs);
            writeln!(f, "rule `{}`: {pairs} pairs, {new} of them new", rule.rule)?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        writeln!(f, "rows        {:>12}", self.rows)?;
        writeln!(f, "pairs       {:>12}", self.pairs_scored)?;
        writeln!(
            f,
            "clusters    {:>12} at probability {} or more",
            self.clusters, self.threshold
        )?;
        if let Some(Metrics {
            precision,
            recall,
            f1,
            bcubed_f1,
        }) = &self.metrics
        {
            writeln!(
                f,
                "precision {precision:.4}, recall {recall:.4}, F1 {f1:.4}, B-cubed F1 {bcubed_f1:.4}"
            )?;
        }
        if let Some(Best { threshold, f1, .. }) = &self.best {
            writeln!(f, "best F1 {f1:.4} at probability {threshold:.6}")?;
        }
        write!(f, "{}", self.stages.with_peak(self.peak_mib))
    }
}

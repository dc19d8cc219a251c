//! One run of `link_people`: read, choose and train, score, cluster and write, judge.

use onefold::identity::{
    cluster::{bits_of, components},
    matching::Records,
};
use onefold_examples::{
    exit::Failure,
    inputs::{Inputs, OpenInputs},
    linkage::Linkage,
    measure::Stages,
    usage::peak_mib,
};

use crate::{arguments::Arguments, judge::Truth, outputs::Outputs, report::Report, score::Way};

/// Pairs of fewer bits are of no use to anybody, so they are neither written nor tried as links.
const BITS_MIN: f64 = -10.0;

/// The ids of all rows, one text after the other.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    fn of_column(records: &Records, column: Option<usize>) -> Self {
        let mut ids = Self::default();
        let Some(column) = column else {
            return ids;
        };
        for row in 0..records.rows() {
            ids.text
                .push_str(records.value(row, column).unwrap_or_default());
            ids.ends.push(ids.text.len());
        }
        ids
    }

    /// The id of a row; empty if it has none.
    pub(crate) fn of(&self, row: u32) -> &str {
        let row = row as usize;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(row).copied().unwrap_or_default();
        self.text
            .get(start.copied().unwrap_or_default()..end)
            .unwrap_or_default()
    }
}

/// Does the whole work, and tells what came of it.
///
/// # Errors
/// A usage failure for wrong settings and unknown columns; a run failure if the data cannot be read or matched.
pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let mut stages = Stages::start();
    let way = Way::read(arguments)?;
    let open = OpenInputs::open(&arguments.files)?;
    check_columns(&open, arguments)?;
    let mut outputs = Outputs::create(arguments)?;
    let inputs = open.read()?;
    let (rows, places) = (inputs.rows(), inputs.places());
    let Inputs {
        records,
        files,
        flaws,
        ..
    } = inputs;
    let column = |name: &Option<String>| name.as_deref().and_then(|name| records.column(name));
    let ids = Ids::of_column(&records, column(&arguments.id));
    let truth = column(&arguments.truth).map(|column| Truth::of(&records, column));
    stages.end("load");

    let bits = bits_of(arguments.threshold);
    let is_low = truth.is_some() || arguments.pairs.is_some();
    let bits_min = if is_low { BITS_MIN.min(bits) } else { bits };
    let mut scored = way.score(records, arguments, bits_min, &mut stages)?;

    let (partition, _) = components(rows, &scored.pairs, bits)?;
    outputs.write_clusters(&partition, &places, &ids)?;
    outputs.write_pairs(&mut scored.pairs, &places)?;
    let mut linkage = Linkage::new(arguments.threshold, arguments.link_only, files);
    linkage.id.clone_from(&arguments.id);
    (linkage.model, linkage.splink) = (scored.model, scored.splink);
    linkage.reasons.clone_from(&scored.reasons);
    outputs.finish(&linkage)?;
    stages.end("cluster");

    let judged = match &truth {
        Some(truth) => truth.judge(&partition, scored.pairs)?,
        None => None,
    };
    if truth.is_some() {
        stages.end("judge");
    }
    let (metrics, best) = judged.unzip();
    let of_truth = truth.zip(arguments.truth.as_deref());
    scored
        .warnings
        .extend(of_truth.and_then(|(truth, column)| truth.warning(column)));
    Ok(Report {
        rows,
        pairs_predicted: scored.rules.iter().map(|rule| rule.pairs).sum(),
        pairs_scored: scored.pairs_scored,
        clusters: partition.clusters(),
        threshold: arguments.threshold,
        metrics,
        best,
        stages,
        peak_mib: peak_mib(),
        warnings: scored.warnings,
        rules: scored.rules,
        mended: flaws,
        reasons: scored.reasons,
    })
}

fn check_columns(open: &OpenInputs, arguments: &Arguments) -> Result<(), Failure> {
    let options = [("--id", &arguments.id), ("--truth", &arguments.truth)];
    let named = options
        .into_iter()
        .filter_map(|(option, column)| Some((option, column.as_deref()?)));
    let mistakes: Vec<String> = named
        .filter_map(|(option, column)| open.mistake(option, column))
        .collect();
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(Failure::Usage(mistakes.join("\n"))),
    }
}

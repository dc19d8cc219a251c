//! The answer: why two rows are together, or why they are apart.
//!
//! Invariant: links are the pairs that were compared and reach the threshold, as when the clusters were made.

use std::fmt;

use onefold::identity::{
    cluster::{BITS_MAX, ScoredPair, bits_of},
    explain::{Comparison, Component, Names, Record, Report, Waterfall},
};
use onefold_examples::{exit::Failure, linkage::Linkage};
use serde::Serialize;

use crate::{clusters::Clusters, engine::Engine};

/// Above so many rows of a cluster, what would part two of them is not looked for, and only the rows of the path are
/// shown.
const ROWS_MAX: usize = 2_000;

/// Up to so many pairs between two clusters the best one is looked for among all, and not among those compared.
const BETWEEN_MAX: usize = 10_000;

/// Why two rows are in one cluster, or in two.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    a: Asked,
    b: Asked,
    together: bool,
    threshold: f64,
    /// The two rows compared with each other.
    direct: Waterfall,
    /// Of two clusters, the pair that comes nearest to joining them.
    best_between: Option<Comparison>,
    notes: Vec<String>,
    pub(crate) report: Report,
}

/// A row that was asked for.
#[derive(Debug, Serialize)]
struct Asked {
    row: u32,
    place: String,
    name: String,
    cluster: u32,
}

/// Explains two records.
///
/// # Errors
/// A run failure if the clusters are not what the model gives.
pub(crate) fn answer(
    engine: &dyn Engine,
    clusters: &Clusters,
    linkage: &Linkage,
    a: u32,
    b: u32,
) -> Result<Answer, Failure> {
    let bits_min = bits_of(linkage.threshold);
    let asked = |row| Asked {
        row,
        place: clusters.place(row),
        name: clusters.name(row),
        cluster: clusters.label(row),
    };
    let (a, b) = (asked(a), asked(b));
    let together = a.cluster == b.cluster;
    let mut rows = clusters.rows_of(a.cluster);
    if !together {
        rows.extend(clusters.rows_of(b.cluster));
        rows.sort_unstable();
    }
    let low = if together { bits_min } else { -BITS_MAX };
    let mut near = engine.pairs(low)?;
    near.retain(|pair| {
        rows.binary_search(&pair.left).is_ok() && rows.binary_search(&pair.right).is_ok()
    });
    let links: Vec<ScoredPair> = near
        .iter()
        .filter(|pair| pair.bits >= bits_min)
        .copied()
        .collect();
    let title = format!("{} and {}", a.name, b.name);
    let mut answer = Answer {
        direct: engine.waterfall(a.row, b.row)?,
        best_between: None,
        notes: Vec::new(),
        report: Report::new(title, Component::new(&links), bits_min),
        threshold: linkage.threshold,
        together,
        a,
        b,
    };
    match together {
        true => answer.join(engine, rows.len())?,
        false => answer.part(engine, clusters, &near)?,
    }
    answer.describe(engine, clusters, &rows);
    Ok(answer)
}

impl Answer {
    fn join(&mut self, engine: &dyn Engine, rows: usize) -> Result<(), Failure> {
        let (a, b) = (self.a.row, self.b.row);
        let report = &mut self.report;
        report.path = report.component.strongest_path(a, b);
        if report.path.is_none() && a != b {
            let message = "the model and the inputs do not give the cluster these rows are in; run `link_people` again";
            return Err(Failure::Run(message.into()));
        }
        for step in report.path.iter().flat_map(|path| &path.steps) {
            let waterfall = engine.waterfall(step.from, step.to)?;
            report.comparisons.push(Comparison {
                left: step.from,
                right: step.to,
                waterfall,
            });
        }
        let is_told = |it: &Comparison| [(a, b), (b, a)].contains(&(it.left, it.right));
        if a != b && !report.comparisons.iter().any(is_told) {
            let waterfall = self.direct.clone();
            report.comparisons.push(Comparison {
                left: a,
                right: b,
                waterfall,
            });
        }
        if rows > ROWS_MAX {
            let note = format!(
                "the cluster has {rows} rows: above {ROWS_MAX}, what would part two of them is not looked for"
            );
            self.notes.push(note);
            return Ok(());
        }
        let names = engine.fields();
        let fields: Vec<&str> = names.iter().map(String::as_str).collect();
        let without = |left, right, without: &[&str]| {
            let number = |field: &&str| names.iter().position(|name| name == field);
            let numbers: Vec<usize> = without.iter().filter_map(number).collect();
            engine
                .bits_without(left, right, &numbers)
                .unwrap_or(f64::NAN)
        };
        report.counterfactual =
            report
                .component
                .counterfactual(a, b, report.bits_min, &fields, without);
        Ok(())
    }

    fn part(
        &mut self,
        engine: &dyn Engine,
        clusters: &Clusters,
        near: &[ScoredPair],
    ) -> Result<(), Failure> {
        let label = |row| clusters.label(row);
        let (left, right) = (
            clusters.rows_of(self.a.cluster),
            clusters.rows_of(self.b.cluster),
        );
        let mut between: Vec<ScoredPair> = Vec::new();
        if left.len().saturating_mul(right.len()) <= BETWEEN_MAX {
            for (one, other) in left
                .iter()
                .flat_map(|one| right.iter().map(move |other| (*one, *other)))
            {
                let bits = engine.bits_without(one, other, &[])?;
                between.push(ScoredPair::new(one, other, bits));
            }
        } else {
            let parted = near
                .iter()
                .filter(|pair| label(pair.left) != label(pair.right));
            between.extend(parted);
            self.notes
                .push("the best pair is the best of those that the rules brought together".into());
        }
        let best = between.iter().max_by(|one, other| {
            one.bits
                .total_cmp(&other.bits)
                .then_with(|| other.rows().cmp(&one.rows()))
        });
        let direct = self.direct.clone();
        let (a, b) = (self.a.row, self.b.row);
        self.report.comparisons.push(Comparison {
            left: a,
            right: b,
            waterfall: direct,
        });
        if let Some(best) = best {
            let (one, other) = (best.left, best.right);
            let waterfall = engine.waterfall(one, other)?;
            let comparison = Comparison {
                left: one,
                right: other,
                waterfall,
            };
            self.explain_best(best, near);
            if best.rows() != (a.min(b), a.max(b)) {
                self.report.comparisons.push(comparison.clone());
            }
            self.best_between = Some(comparison);
        }
        Ok(())
    }

    fn explain_best(&mut self, best: &ScoredPair, near: &[ScoredPair]) {
        if best.bits >= self.report.bits_min && !near.iter().any(|pair| pair.rows() == best.rows())
        {
            let note = "the best pair would be a link, but no blocking rule brought it together, or both rows are of one file \
                        and only pairs of two files count";
            self.notes.push(note.into());
        }
    }

    /// Adds what rows are called and what is in them.
    fn describe(&mut self, engine: &dyn Engine, clusters: &Clusters, rows: &[u32]) {
        let path = self
            .report
            .path
            .as_ref()
            .map(|path| path.rows())
            .unwrap_or_default();
        let shown: Vec<u32> = match rows.len() <= ROWS_MAX {
            true => rows.to_vec(),
            false => [path, vec![self.a.row, self.b.row]].concat(),
        };
        let names: Names = shown
            .iter()
            .map(|row| (*row, clusters.name(*row)))
            .collect();
        self.report.names = names;
        let columns = engine.columns();
        let mut told: Vec<u32> = shown;
        told.sort_unstable();
        told.dedup();
        let record = |row: &u32| Record {
            row: *row,
            fields: columns
                .iter()
                .map(|column| {
                    let value = engine.value(*row, column).unwrap_or_default();
                    (column.clone(), value.to_owned())
                })
                .collect(),
        };
        self.report.records = told.iter().map(record).collect();
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (&self.a, &self.b);
        match self.together {
            true => writeln!(
                f,
                "`{}` ({}) and `{}` ({}) are in cluster {}",
                a.name, a.place, b.name, b.place, a.cluster
            )?,
            false => writeln!(
                f,
                "`{}` ({}) is in cluster {} and `{}` ({}) in cluster {}",
                a.name, a.place, a.cluster, b.name, b.place, b.cluster
            )?,
        }
        if let Some(best) = &self.best_between {
            let (left, right) = (best.left, best.right);
            let (bits, bits_min) = (best.waterfall.total_bits(), self.report.bits_min);
            writeln!(
                f,
                "of all pairs between the two, row {left} and row {right} come nearest to a link: {bits:+.2} bits, where \
                 {bits_min:+.2} are needed"
            )?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        write!(f, "\n{}", self.report)
    }
}

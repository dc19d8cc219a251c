//! What is measured of one set, and the table it is told in.

use std::{num::NonZero, path::Path, thread::available_parallelism};

use onefold::identity::{
    cluster::{Pairs, Partition, bits_of, components},
    evaluate::{Agreement, Sweep, causes},
    matching::{Matcher, MatcherOptions, Records},
};
use onefold_benches::measure::{Cost, measure, peak_mib};
use serde::{Deserialize, Serialize};

use super::{
    sets::Splink,
    table::{Lines, told, truth},
};

/// The probability from which on pairs are links.
const THRESHOLD: f64 = 0.95;

/// Pairs that are less likely than this are not kept: no threshold of use lies below.
const BITS_MIN: f64 = -10.0;

/// What is measured of one set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) rows: f64,
    pub(super) pairs: f64,
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
    pub(super) bcubed: f64,
    pub(super) f1_best: f64,
    /// The probability at which F1 is best.
    pub(super) best: f64,
    /// Processor seconds of load, train, predict and cluster.
    pub(super) cpu: [f64; 4],
    pub(super) wall: f64,
    /// Before the truth is looked at.
    pub(super) peak_mib: f64,
}

impl Figures {
    /// Matches the records of a file by what `propose` makes of them.
    pub(super) fn of(path: &Path, truth_column: &str, excluded: &[&str], wrong_max: usize) -> Self {
        let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let (records, load) = measure(|| Lines::open(path).records(usize::MAX));
        let ((matcher, model), train) = measure(|| {
            let mut excluded = excluded.to_vec();
            excluded.push(truth_column);
            let options = MatcherOptions {
                threads,
                ..MatcherOptions::default()
            };
            let (matcher, _) = Matcher::auto(&records, &excluded, options).unwrap();
            let model = matcher.train();
            (matcher, model)
        });
        // Who asks for wrong pairs wants to know of each whether it was compared.
        let bits_min = if wrong_max > 0 { f64::MIN } else { BITS_MIN };
        let (scored, predict) = measure(|| {
            matcher
                .score_on(&model, bits_min, threads, &|_| {})
                .unwrap()
        });
        let rows = records.rows() as u32;
        let (found, cluster) = measure(|| components(rows, &scored, bits_of(THRESHOLD)).unwrap().0);
        let peak_mib = peak_mib();
        let pairs = Pairs::new(rows, scored).unwrap();
        let truth = truth(&records, truth_column);
        if wrong_max > 0 {
            tell_wrong(&records, &pairs, &found, &truth, wrong_max);
        }
        let agreement = Agreement::of(&found, &truth).unwrap();
        let best = *Sweep::of(&pairs, &truth).unwrap().best().unwrap();
        let stages: [Cost; 4] = [load, train, predict, cluster];
        Self {
            rows: f64::from(rows),
            pairs: matcher.pairs_count() as f64,
            precision: agreement.pairwise.precision(),
            recall: agreement.pairwise.recall(),
            f1: agreement.pairwise.f1(),
            bcubed: agreement.bcubed.f1(),
            f1_best: best.pairs.f1(),
            best: best.probability(),
            cpu: stages.map(|stage| stage.cpu),
            wall: stages.iter().map(|stage| stage.wall).sum(),
            peak_mib,
        }
    }
}

/// What stands above the lines of [`row`].
pub(super) const HEAD: [&str; 2] = [
    "                                               at 0.95                       best           CPU s                                          Splink",
    "set                           rows    pairs    prec. recall     F1  B-cubed     F1     at   load  train predict clust    all  wall    MiB      F1   best CPU s   MiB",
];

/// One line of the table.
pub(super) fn row(name: &str, figures: &Figures, splink: Option<Splink>) -> String {
    let it = figures;
    let [load, train, predict, cluster] = it.cpu;
    let cpu: f64 = it.cpu.iter().sum();
    let peer = splink.map_or_else(String::new, |peer| {
        let Splink {
            f1,
            f1_best,
            cpu,
            peak_mib,
        } = peer;
        format!("  {f1:.4} {f1_best:.4} {cpu:>5.1} {peak_mib:>5.0}")
    });
    format!(
        "{name:<23} {:>10} {:>8}   {:.4} {:.4} {:.4}   {:.4} {:.4}  {:.3}  {load:>5.2} {train:>6.2} {predict:>7.2} \
         {cluster:>5.2} {cpu:>6.2} {:>5.1} {:>6.0}{peer}",
        it.rows,
        it.pairs,
        it.precision,
        it.recall,
        it.f1,
        it.bcubed,
        it.f1_best,
        it.best,
        it.wall,
        it.peak_mib
    )
}

/// The wrong pairs by cause, with the cells of some of each.
fn tell_wrong(
    records: &Records,
    pairs: &Pairs,
    found: &Partition,
    truth: &Partition,
    wrong_max: usize,
) {
    let causes = causes(pairs, found, truth, bits_of(THRESHOLD), wrong_max).unwrap();
    eprintln!("{causes}");
    for (cause, examples) in &causes.examples {
        eprintln!("{cause}:");
        for example in examples {
            let bits = example.bits.map(|bits| format!("{bits:+.1}"));
            let [left, right] = [example.left, example.right].map(|row| told(records, row));
            eprintln!("  {left}\n  {right}\n    {}", bits.unwrap_or_default());
        }
    }
}

//! New records against a standing population, one at a time.

use std::{path::Path, time::Instant};

use onefold::identity::{
    cluster::{ScoredPair, bits_of},
    matching::{Matcher, MatcherOptions, Population, Records},
};
use onefold_benches::measure::{measure, peak_mib};

use super::table::{Lines, truth};

/// Each record is looked up so often, and the least time counts too: what another program takes of the processor
/// meanwhile is no part of a lookup.
const PASSES: usize = 3;

/// Looks up the last `new` rows of a file in a population of the `standing` ones before them, and adds them.
pub(super) fn run(path: &Path, standing: usize, new: usize) {
    let mut lines = Lines::open(path);
    let (records, fresh) = (lines.records(standing), lines.records(new));
    let (matcher, _) = Matcher::auto(&records, &["cluster"], MatcherOptions::default()).unwrap();
    let model = matcher.train();
    let (mut population, made) = measure(|| matcher.into_population(&records, model).unwrap());
    let cells: Vec<Vec<(&str, &str)>> = (0..fresh.rows()).map(|row| cells(&fresh, row)).collect();
    println!(
        "{} rows, {} new records; made in {:.2} s of CPU, {:.0} MiB of memory by its own estimate, peak {:.0} MiB",
        population.rows(),
        cells.len(),
        made.cpu,
        population.memory_bytes() as f64 / f64::from(1 << 20),
        peak_mib()
    );
    println!("microseconds of wall          p50     p90     p99     max   CPU a record");
    let mut passes = Vec::new();
    let ((), cost) = measure(|| passes.extend((0..PASSES).map(|_| find_all(&population, &cells))));
    let cpu = cost.cpu * 1e6 / (PASSES * cells.len()) as f64;
    let (found, first) = &passes[0];
    tell("find, first time", first.clone(), cpu);
    let least =
        (0..cells.len()).map(|at| passes.iter().map(|(_, it)| it[at]).fold(f64::MAX, f64::min));
    tell("find, least of three", least.collect(), cpu);
    let (added, cost) = measure(|| {
        let add = |it: &Vec<(&str, &str)>| timed(|| population.add(it, bits_of(0.95))).1;
        cells.iter().map(add).collect::<Vec<f64>>()
    });
    tell("add", added, cost.cpu * 1e6 / cells.len() as f64);
    tell_found(path, standing, found);
}

fn cells(records: &Records, row: usize) -> Vec<(&str, &str)> {
    let names = records.names().enumerate();
    let cells = names.filter(|(_, name)| *name != "cluster");
    cells
        .filter_map(|(column, name)| Some((name, records.value(row, column)?)))
        .collect()
}

type Found = Vec<Vec<ScoredPair>>;

fn find_all(population: &Population, cells: &[Vec<(&str, &str)>]) -> (Found, Vec<f64>) {
    let bits_min = bits_of(0.95);
    let find = |it: &Vec<(&str, &str)>| timed(|| population.find(it, bits_min));
    cells.iter().map(find).unzip()
}

/// The answer and how many microseconds it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let value = work();
    (value, begin.elapsed().as_secs_f64() * 1e6)
}

fn tell(name: &str, mut figures: Vec<f64>, cpu: f64) {
    figures.sort_by(f64::total_cmp);
    let last = figures.len() - 1;
    let [p50, p90, p99, max] = [50, 90, 99, 100].map(|percent| figures[last * percent / 100]);
    println!("{name:<24} {p50:>8.1} {p90:>7.1} {p99:>7.1} {max:>7.1} {cpu:>14.1}");
}

/// How many of the new records were found where their person stands, and how many where another does.
fn tell_found(path: &Path, standing: usize, found: &Found) {
    let truth = truth(&Lines::open(path).records(usize::MAX), "cluster");
    let known: std::collections::HashSet<u32> =
        truth.labels().iter().take(standing).copied().collect();
    let (mut wanted, mut right, mut wrong) = (0, 0, 0);
    for (row, found) in (standing as u32..).zip(found) {
        let label = truth.label(row).unwrap();
        wanted += usize::from(known.contains(&label));
        let is_right = |pair: &ScoredPair| truth.label(pair.left) == Some(label);
        right += usize::from(found.iter().any(is_right));
        wrong += usize::from(found.iter().any(|pair| !is_right(pair)));
    }
    println!(
        "{wanted} of them are of people who stand there; {right} found one of these, {wrong} found another person"
    );
    assert!(right * 2 > wanted && wrong * 2 < wanted);
}

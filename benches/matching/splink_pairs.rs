//! Pairs weighed by models that Splink trained.

use std::hint::black_box;

use onefold::identity::splink::{Prepared, SplinkModel, Weighed};
use onefold_benches::measure::measure;

/// Three models of Splink and the invented people they were trained on: names, dates, e-mail, telephones and addresses
/// with term frequencies; string distances; numbers, instants, lists and coordinates.
const MODELS: [(&str, &str); 3] = [
    (
        "names and dates",
        include_str!("../../crates/onefold-identity/tests/data/splink/names.json"),
    ),
    (
        "string distances",
        include_str!("../../crates/onefold-identity/tests/data/splink/strings.json"),
    ),
    (
        "numbers, times, lists",
        include_str!("../../crates/onefold-identity/tests/data/splink/typed.json"),
    ),
];
const PEOPLE: &str = include_str!("../../crates/onefold-identity/tests/data/splink/people.csv");

/// Weighs every pair of the people, so many times over.
pub(super) fn run(rounds: usize) {
    println!(
        "model of Splink           comparisons     pairs/s of CPU   with each comparison told"
    );
    let mut reader = csv::Reader::from_reader(PEOPLE.as_bytes());
    let header = reader.headers().unwrap().clone();
    let header: Vec<&str> = header.iter().collect();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (name, json) in MODELS {
        let model = SplinkModel::read(json).unwrap();
        let places = model.places(&header).unwrap();
        let row = |line| cells(line, &places);
        let rows: Vec<Vec<Option<&str>>> = lines.iter().map(row).collect();
        let mut counter = model.count_frequencies();
        rows.iter().for_each(|row| counter.count(row));
        let frequencies = counter.finish();
        let prepared = rows.iter().map(|row| model.prepare(row, &frequencies));
        let prepared: Vec<Prepared<'_>> = prepared.collect();
        let plain = per_second(rounds, &prepared, |left, right| model.weight(left, right));
        let mut weighed = Weighed::default();
        let told = per_second(rounds, &prepared, |left, right| {
            model.weigh(left, right, &mut weighed);
            weighed.bits
        });
        let comparisons = model.comparisons().len();
        println!("{name:<25} {comparisons:>11} {plain:>18.0} {told:>27.0}");
    }
}

fn cells<'a>(line: &'a csv::StringRecord, places: &[usize]) -> Vec<Option<&'a str>> {
    let cells = places.iter().map(|place| line.get(*place));
    cells
        .map(|cell| cell.filter(|text| !text.is_empty()))
        .collect()
}

fn per_second<'v>(
    rounds: usize,
    rows: &[Prepared<'v>],
    mut weigh: impl FnMut(&Prepared<'v>, &Prepared<'v>) -> f64,
) -> f64 {
    let (pairs, cost) = measure(|| {
        let mut pairs = 0;
        for _ in 0..rounds {
            for (at, left) in rows.iter().enumerate() {
                for right in &rows[at + 1..] {
                    black_box(weigh(left, right));
                    pairs += 1;
                }
            }
        }
        pairs
    });
    f64::from(pairs) / cost.cpu.max(0.01)
}

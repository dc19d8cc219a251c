//! A standing population: new records find what a batch finds, and those that go leave nothing behind.

use std::collections::BTreeSet;

use onefold_event::ErrorKind;
use onefold_identity::matching::{Matcher, Population};

use crate::matching::{COLUMNS, blocked, options, people, records};

#[test]
fn a_population_of_a_model_is_that_of_its_matcher() {
    let (rows, _) = people(400, 22);
    let (standing, arriving): (Vec<_>, Vec<_>) =
        (0..).zip(rows).partition(|(number, _)| number % 7 > 0);
    let standing: Vec<[String; 5]> = standing.into_iter().map(|(_, row)| row).collect();
    let trained_on = records(&COLUMNS, &standing);
    let matcher = Matcher::new(&trained_on, &blocked(), options(1)).unwrap();
    let model = matcher.train();
    let population = Population::new(&trained_on, &model).unwrap();
    let mut of_matcher = matcher.into_population(&trained_on, model.clone()).unwrap();
    let mut found = 0;
    for (_, row) in &arriving {
        let texts = row.iter().map(String::as_str);
        let cells: Vec<(&str, &str)> = COLUMNS.iter().copied().zip(texts).collect();
        let found_by = |it: &Population| -> Vec<(u32, f64)> {
            let pairs = it.find(&cells, 3.0).into_iter();
            pairs.map(|pair| (pair.left, pair.bits)).collect()
        };
        let matched = found_by(&population);
        assert_eq!(matched, found_by(&of_matcher));
        // However often somebody comes and goes, nobody becomes rarer by it.
        for _ in 0..50 {
            let (number, _) = of_matcher.add(&cells, 3.0);
            assert!(of_matcher.says(number, &cells));
            assert!(of_matcher.remove(number));
            assert!(!of_matcher.says(number, &cells));
        }
        assert_eq!(matched, found_by(&of_matcher));
        found += matched.len();
    }
    assert!(found > 20, "{found}");
    let other = records(&["name"], &[vec!["ann".to_owned()]]);
    let refused = Population::new(&other, &model).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_population_finds_what_a_batch_finds() {
    let (rows, _) = people(400, 21);
    let (standing, arriving) = rows.split_at(rows.len() - 60);
    let trained_on = records(&COLUMNS, standing);
    let matcher = Matcher::new(&trained_on, &blocked(), options(1)).unwrap();
    let model = matcher.train();
    let mut population = matcher.into_population(&trained_on, model.clone()).unwrap();
    let mut found = BTreeSet::new();
    for row in arriving {
        let cells: Vec<(&str, &str)> = COLUMNS
            .iter()
            .copied()
            .zip(row.iter().map(String::as_str))
            .collect();
        let looked_up = population.find(&cells, 3.0);
        let (number, matched) = population.add(&cells, 3.0);
        assert_eq!(looked_up, matched);
        found.extend(matched.iter().map(|pair| (pair.left, number)));
    }
    assert_eq!(population.rows(), rows.len());
    let all = records(&COLUMNS, &rows);
    let batch = Matcher::new(&all, &blocked(), options(1))
        .unwrap()
        .score(&model, 3.0)
        .unwrap();
    let first_new = standing.len() as u32;
    let expected: BTreeSet<(u32, u32)> = batch
        .iter()
        .filter(|pair| pair.right >= first_new)
        .map(|pair| (pair.left, pair.right))
        .collect();
    // How rare a value is differs a little between the two, so pairs at the limit may differ.
    let differing = found.symmetric_difference(&expected).count();
    assert!(
        expected.len() > 10 && differing <= expected.len() / 20,
        "{differing} of {}",
        expected.len()
    );
}

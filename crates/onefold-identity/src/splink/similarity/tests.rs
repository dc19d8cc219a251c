//! The measures against DuckDB's own answers, and against the slow and plain ones of `strsim` on bytes.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;

/// `tests/data/splink/similarity.csv`: random pairs, ASCII and not, up to 90 letters, by DuckDB 2.0.
#[test]
fn measures_are_those_of_duckdb() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/splink/similarity.csv");
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let measures = [
        Measure::JaroWinkler,
        Measure::Jaro,
        Measure::Levenshtein,
        Measure::DamerauLevenshtein,
        Measure::Jaccard,
    ];
    let mut count = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let (a, b) = (&record[0], &record[1]);
        for (place, measure) in measures.into_iter().enumerate() {
            let expected = record[place + 2].parse::<f64>().ok();
            let ours = measure.of(a, b);
            let is_same = match (ours, expected) {
                (Some(ours), Some(expected)) => (ours - expected).abs() < 1e-15,
                (ours, expected) => ours == expected,
            };
            assert!(
                is_same,
                "{measure:?} of `{a}` and `{b}`: {ours:?} and not {expected:?}"
            );
        }
        count += 1;
    }
    assert!(count >= 500, "{count} pairs");
}

#[test]
fn measures_are_of_bytes() {
    let check = |measure: Measure, a: &str, b: &str, expected: Option<f64>| {
        assert_eq!(measure.of(a, b), expected, "{measure:?} of `{a}` and `{b}`");
    };
    check(Measure::Levenshtein, "日本", "本日", Some(4.0));
    check(Measure::Levenshtein, "é", "e", Some(2.0));
    check(Measure::DamerauLevenshtein, "ca", "abc", Some(2.0));
    check(Measure::Jaro, "", "", Some(0.0));
    check(Measure::JaroWinkler, "aab", "ab", Some(0.611111111111111));
    check(Measure::Jaccard, "日本", "本日", Some(1.0));
    check(Measure::Jaccard, "", "a", None);
    check(Measure::Hamming, "ab", "ac", Some(1.0));
    check(Measure::Hamming, "a", "ab", None);
}

/// Short words of few letters, and long ones, which take the other road.
fn words() -> impl Strategy<Value = (String, String)> {
    let word = || prop_oneof!["[ab]{0,6}", "[a-eé]{0,20}", "[abc]{60,70}"];
    (word(), word())
}

proptest! {
    #[test]
    fn measures_agree_with_plain_ones((a, b) in words()) {
        let (left, right): (Vec<u8>, Vec<u8>) = (a.bytes().collect(), b.bytes().collect());
        let edits = strsim::generic_levenshtein(&left, &right);
        prop_assert_eq!(Measure::Levenshtein.of(&a, &b), Some(edits as f64));
        let edits = strsim::generic_damerau_levenshtein(&left, &right);
        prop_assert_eq!(Measure::DamerauLevenshtein.of(&a, &b), Some(edits as f64));
        if !a.is_empty() {
            let jaro = strsim::generic_jaro(&left, &right);
            prop_assert!((Measure::Jaro.of(&a, &b).unwrap() - jaro).abs() < 1e-15);
        }
    }

    #[test]
    fn no_measure_passes_its_bound((a, b) in words()) {
        let measures = [
            Measure::JaroWinkler, Measure::Jaro, Measure::Levenshtein, Measure::DamerauLevenshtein,
            Measure::Jaccard, Measure::Hamming,
        ];
        for measure in measures {
            if let Some(value) = measure.of(&a, &b) {
                match measure.bound(&a, &b) {
                    Bound::AtLeast(bound) => prop_assert!(value >= bound),
                    Bound::AtMost(bound) => prop_assert!(value <= bound + 1e-12),
                }
            }
        }
    }
}

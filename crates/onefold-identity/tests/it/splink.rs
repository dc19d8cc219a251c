//! Models that Splink 5.0 trained and saved, against its own scores of the same pairs.
//!
//! `tests/data/splink/` holds invented people, three models, and of each model Splink's weights of some
//! of the pairs that it predicted: of every level of every comparison some.

use std::{collections::BTreeMap, fs, path::Path};

use onefold_identity::splink::{Side, SplinkModel, Weighed, probability};

/// A table of texts; an empty field is missing, as Splink reads it.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/splink");
    fs::read_to_string(folder.join(name)).unwrap()
}

fn table(name: &str) -> Table {
    let text = text(name);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let present = |field: &str| (!field.is_empty()).then(|| field.to_owned());
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(present).collect());
    Table {
        header,
        rows: rows.collect(),
    }
}

impl Table {
    /// The rows with their columns in the order that a model wants.
    fn of_model(&self, model: &SplinkModel) -> Vec<Vec<Option<&str>>> {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let places = model.places(&header).unwrap();
        let mut rows = Vec::new();
        for row in &self.rows {
            rows.push(places.iter().map(|place| row[*place].as_deref()).collect());
        }
        rows
    }

    fn number(&self, row: &[Option<String>], column: &str) -> f64 {
        let place = self.header.iter().position(|name| name == column).unwrap();
        row[place].as_deref().unwrap().parse().unwrap()
    }
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!(
        (ours - theirs).abs() <= 1e-9,
        "{what}: {ours} and not {theirs}"
    );
}

fn check_weights(name: &str) {
    let model = SplinkModel::read(&text(&format!("{name}.json"))).unwrap();
    let people = table("people.csv");
    let rows = people.of_model(&model);
    let mut counter = model.count_frequencies();
    rows.iter().for_each(|row| counter.count(row));
    let frequencies = counter.finish();
    let prepared: Vec<_> = rows
        .iter()
        .map(|row| model.prepare(row, &frequencies))
        .collect();
    let scores = table(&format!("{name}.csv"));
    let mut weighed = Weighed::default();
    for score in &scores.rows {
        let number = |column: &str| scores.number(score, column);
        let (left, right) = (
            number("unique_id_l") as usize,
            number("unique_id_r") as usize,
        );
        let pair = format!("{name} {left} {right}");
        model.weigh(&prepared[left], &prepared[right], &mut weighed);
        for (comparison, weight) in model.comparisons().iter().zip(&weighed.comparisons) {
            let (name, what) = (comparison.name(), format!("{pair} {}", comparison.name()));
            assert_close(weight.bits, number(&format!("mw_{name}")), &what);
            if comparison.levels().iter().any(|level| level.is_adjusted()) {
                let theirs = number(&format!("mw_tf_adj_{name}"));
                assert_close(weight.frequency_bits, theirs, &format!("{what} frequency"));
            }
        }
        assert_close(weighed.bits, number("match_weight"), &pair);
        assert_close(
            probability(weighed.bits),
            number("match_probability"),
            &pair,
        );
        assert_eq!(
            model.weight(&prepared[left], &prepared[right]),
            weighed.bits
        );
    }
    assert!(scores.rows.len() >= 200, "{} pairs", scores.rows.len());
}

#[test]
fn names_dates_and_conditions_of_ones_own_weigh_as_in_splink() {
    check_weights("names");
}

#[test]
fn similarities_of_texts_weigh_as_in_splink() {
    check_weights("strings");
}

#[test]
fn numbers_times_places_and_lists_weigh_as_in_splink() {
    check_weights("typed");
}

/// How many pairs each rule finds that no rule before it has found.
fn pairs_by_rule(name: &str) -> Vec<usize> {
    let model = SplinkModel::read(&text(&format!("{name}.json"))).unwrap();
    let people = table("people.csv");
    let rows = people.of_model(&model);
    let rules = model.blocking_rules();
    let mut counts = vec![0; rules.len()];
    for (place, rule) in rules.iter().enumerate() {
        assert_eq!(rule.advice(), None);
        let mut index: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        let mut key = Vec::new();
        for (row, texts) in rows.iter().enumerate() {
            rule.keys(Side::Right, texts, &mut key, &mut |key| {
                index.entry(key.to_vec()).or_default().push(row);
            });
        }
        for (left, texts) in rows.iter().enumerate() {
            let mut found = Vec::new();
            rule.keys(Side::Left, texts, &mut key, &mut |key| {
                found.extend(index.get(key).into_iter().flatten().copied());
            });
            found.sort_unstable();
            found.dedup();
            let is_new = |right: usize| {
                let right = &rows[right];
                rule.remainder_holds(texts, right)
                    && !rules[..place].iter().any(|rule| rule.holds(texts, right))
            };
            counts[place] += found
                .iter()
                .filter(|right| **right > left && is_new(**right))
                .count();
        }
    }
    counts
}

#[test]
fn rules_find_the_pairs_that_splink_finds() {
    assert_eq!(pairs_by_rule("names"), [179, 18, 12, 148, 19]);
    assert_eq!(pairs_by_rule("strings"), [1229, 662, 144, 1113]);
    assert_eq!(pairs_by_rule("typed"), [1064, 9685, 29, 175]);
}

#[track_caller]
fn check_refused(json: &str, expected: &[&str]) {
    let error = SplinkModel::read(json).unwrap_err();
    let told: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(told, expected);
}

#[test]
fn other_json_is_no_model() {
    check_refused(
        r#"{"kinds": [], "limits": {}}"#,
        &[
            "this is no model of Splink",
            "it has no list `comparisons`, but `kinds`, `limits` (save it with \
             `linker.misc.save_model_to_json` of Splink 4 or 5)",
        ],
    );
    check_refused(
        "[1, 2]",
        &[
            "this is no model of Splink",
            "it is no JSON object (save it with `linker.misc.save_model_to_json` of Splink 4 or 5)",
        ],
    );
    let error = SplinkModel::read("{").unwrap_err().to_string();
    assert!(error.contains("it is no JSON: "), "{error}");
}

#[test]
fn all_mistakes_of_a_model_are_told_at_once() {
    let json = r#"{
      "link_type": "dedupe", "sql_dialect": "spark", "probability_two_random_records_match": 2,
      "comparisons": [
        {"output_column_name": "name", "comparison_levels": [
          {"sql_condition": "name_l is null or name_r is null", "is_null_level": true},
          {"sql_condition": "soundex(name_l) = soundx(name)", "label_for_charts": "sounds", "m_probability": 1.5},
          {"sql_condition": "levenshtein(name_l, name_r) <= 1", "tf_adjustment_column": "name"},
          {"sql_condition": "ELSE"}, {"sql_condition": "TRUE"}]},
        {"output_column_name": "empty", "comparison_levels": []}],
      "blocking_rules_to_generate_predictions": ["l.name = r.", {"rule": 1}]
    }"#;
    let error = SplinkModel::read(json).unwrap_err().to_string();
    let told: Vec<&str> = error.lines().collect();
    let expected = [
        "the Splink model cannot be used",
        "/sql_dialect: the SQL dialect `spark` is not understood (train or save",
        "/link_type: the link type `dedupe` is not understood (dedupe_only, link_only or link_and_dedupe)",
        "/probability_two_random_records_match: `probability_two_random_records_match` is no number \
         between 0 and 1",
        "/comparisons/0/comparison_levels/1/sql_condition: comparison `name`, level `sounds`: the function \
         `soundex` is not understood, at letter 1: `soundex(name_l) = soundx(name)` (understood are abs, ",
        "/comparisons/0/comparison_levels/1/sql_condition: comparison `name`, level `sounds`: the column \
         `name` is of neither row, at letter 26: `name)` (a name that ends with `_l` or `_r`)",
        "/comparisons/0/comparison_levels/1/sql_condition: comparison `name`, level `sounds`: the function \
         `soundx` is not understood, at letter 19: `soundx(name)` (did you mean `round`?)",
        "/comparisons/0/comparison_levels/1: comparison `name`, level `sounds`: `m_probability` is no \
         number from 0 to 1",
        "/comparisons/0: comparison `name`: levels follow after `ELSE`",
        "/comparisons/1: comparison `empty`: `comparison_levels` is no list with levels in it",
        "/blocking_rules_to_generate_predictions/0: the blocking rule: the text ends where more is \
         expected: the name of a column is expected here, at letter 12",
        "/blocking_rules_to_generate_predictions/1: a blocking rule is a text or an object",
        "/comparisons/0/comparison_levels/2: comparison `name`, level `2`: the frequency of `name` cannot \
         adjust a weight without a level for an exact match on it (a level `name_l = name_r`)",
    ];
    assert_eq!(told.len(), expected.len(), "{error}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\nand not\n{expected}");
    }
}

#[test]
fn columns_that_are_not_there_are_named() {
    let model = SplinkModel::read(&text("names.json")).unwrap();
    let error = model
        .places(&["First_Name", "surname", "dob", "emial", "city"])
        .unwrap_err();
    let told: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    let made = "make it as it was made before the model was trained";
    assert_eq!(
        told,
        [
            "the data has not all columns of the model".to_owned(),
            format!("the model needs the column `name_concat` ({made})"),
            "the model needs the column `email` (is it `emial`?)".to_owned(),
            format!("the model needs the column `phone` ({made})"),
            format!("the model needs the column `address` ({made})"),
            format!("the model needs the column `postcode` ({made})"),
        ]
    );
}

/// Settings before training, with rules as texts, in the older words: Splink's defaults stand in.
#[test]
fn settings_have_the_defaults_of_splink() {
    let model = SplinkModel::read(
        r#"{"link_type": "link_only", "comparisons": [{"output_column_name": "x", "comparison_levels": [
          {"sql_condition": "`x_l` is null or x_r is null", "is_null_level": true},
          {"sql_condition": "x_l = x_r", "u_probability": "level not observed in training dataset"},
          {"sql_condition": "x_l like x_r || '%'", "m_probability": null}, {"sql_condition": "else"}]}],
          "blocking_rules_to_generate_predictions": ["l.x = r.x or l.y = r.y", "1=1"]}"#,
    )
    .unwrap();
    assert_eq!(model.untrained().count(), 3);
    let comparison = &model.comparisons()[0];
    let bits: Vec<f64> = comparison
        .levels()
        .iter()
        .map(|level| level.bits())
        .collect();
    assert_eq!(bits, [0.0, (0.95_f64 / 1e-6).log2(), 3.0, -5.0]);
    let values: Vec<i32> = comparison
        .levels()
        .iter()
        .map(|level| level.value())
        .collect();
    assert_eq!(values, [-1, 2, 1, 0]);
    let rules = model.blocking_rules();
    assert!(rules.iter().all(|rule| rule.is_cross_product()));
    let advice = rules[0].advice().unwrap();
    assert!(
        advice.starts_with("the blocking rule `l.x = r.x or l.y = r.y` compares every row with")
    );
    assert!(rules[0].holds(&[None, Some("1")], &[Some("a"), Some("1")]));
    assert!(!rules[0].holds(&[None, Some("1")], &[Some("a"), None]));
}

/// Where no level holds Splink's weight is `NULL`.
#[test]
fn a_pair_without_a_level_has_no_weight() {
    let json = r#"{"link_type": "dedupe_only", "comparisons": [{"output_column_name": "x",
        "comparison_levels": [{"sql_condition": "x_l = x_r"}, {"sql_condition": "x_l <> x_r"}]}]}"#;
    let model = SplinkModel::read(json).unwrap();
    let frequencies = model.count_frequencies().finish();
    let (there, missing) = ([Some("a")], [None]);
    let (there, missing) = (
        model.prepare(&there, &frequencies),
        model.prepare(&missing, &frequencies),
    );
    assert_eq!(model.weight(&there, &there), model.prior_bits() + 10.0);
    assert!(model.weight(&there, &missing).is_nan());
    let mut weighed = Weighed::default();
    model.weigh(&there, &missing, &mut weighed);
    assert_eq!(weighed.comparisons[0].level, None);
}

//! Comparisons that settings declare, as their users see them.

use std::{fs, num::NonZero, path::PathBuf};

use onefold_event::ErrorKind;
use onefold_identity::{
    cluster::{Pairs, Partition, bits_of},
    evaluate::Agreement,
    matching::{
        BlockingRule, ComparisonLevel, Distance, FieldKind, FieldSetting, Matcher, MatcherOptions,
        Model, Records, Settings,
    },
};

use crate::matching::{COLUMNS, options, people, records};

fn declared() -> Settings {
    let fields = vec![
        FieldSetting::new("given", FieldKind::GivenName, ["given_name"]).compared_by([
            "exact",
            "crossed",
            "nickname",
            "jaro_winkler >= 0.9",
        ]),
        FieldSetting::new("surname", FieldKind::Surname, ["surname"]).compared_by([
            ComparisonLevel::Exact,
            ComparisonLevel::Near(Distance::JaroWinkler(0.92)),
            ComparisonLevel::Near(Distance::DamerauLevenshtein(1)),
        ]),
        FieldSetting::new("born", FieldKind::Date, ["date_of_birth"]).compared_by([
            "exact",
            "days <= 31",
            "same_year",
        ]),
        FieldSetting::new("email", FieldKind::Email, ["email"])
            .separated_by(";")
            .compared_by(["exact", "any_shared", "any levenshtein <= 2"]),
        // Without levels: those of the kind stand beside declared ones.
        FieldSetting::new("address", FieldKind::Address, ["address"]),
    ];
    let rules: [&[&str]; 4] = [
        &["email:word"],
        &["given", "surname"],
        &["surname:sound", "born:year"],
        &["address"],
    ];
    let rule =
        |parts: &&[&str]| BlockingRule(parts.iter().map(|part| (*part).to_owned()).collect());
    Settings::new(fields, rules.iter().map(rule).collect())
}

/// Where, what, and what to write instead.
const MISTAKES: [(&str, &str, &str); 10] = [
    (
        "/fields/0/levels/0",
        "there is no level `exakt`",
        "did you mean `exact`?",
    ),
    (
        "/fields/0/levels/1",
        "between 0 and 1, not `92`",
        "write `jaro_winkler >= 0.92`",
    ),
    (
        "/fields/0/levels/3",
        "`exact` is never reached: `jaro >= 0.8` before it",
        "put the stricter level first",
    ),
    (
        "/fields/0/levels/4",
        "says nothing about a field of kind `surname`",
        "`phonetic`, `crossed`",
    ),
    (
        "/fields/0/levels/5",
        "`crossed` compares the first `given_name`",
        "have a field of each kind",
    ),
    (
        "/fields/1/separator",
        "a list has no levels of its kind",
        "declare some",
    ),
    (
        "/fields/2/separator",
        "an empty separator parts nothing",
        "such as `;`",
    ),
    (
        "/fields/2/levels/0",
        "`days <= 3` compares one value",
        "lists have: `exact`",
    ),
    ("/fields/3/levels", "8 levels are more than 7", "leave out"),
    (
        "/blocking/0/0",
        "this field has no part `root`",
        "it has: `equal`, `word`",
    ),
];

#[test]
fn every_mistake_of_the_levels_is_told_at_once() {
    let records = records(&COLUMNS, &people(3, 1).0);
    let json = r#"{
        "fields": [
            {"name": "surname", "kind": "surname", "columns": ["surname"],
             "levels": ["exakt", "jaro_winkler >= 92", "jaro >= 0.8", "exact", "days <= 3", "crossed"]},
            {"name": "email", "kind": "email", "columns": ["email"], "separator": ";"},
            {"name": "born", "kind": "date", "columns": ["date_of_birth"], "separator": "", "levels": ["days <= 3"]},
            {"name": "address", "kind": "address", "columns": ["address"],
             "levels": ["exact", "levenshtein <= 1", "levenshtein <= 2", "levenshtein <= 3", "levenshtein <= 4",
                        "levenshtein <= 5", "levenshtein <= 6", "levenshtein <= 7"]}
        ],
        "blocking": [["email:root"]]
    }"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    let error = settings.check(&records).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let told = error.to_string();
    for (place, message, help) in MISTAKES {
        assert!(told.contains(place), "{place} is not in {told}");
        assert!(told.contains(message), "{message} is not in {told}");
        assert!(told.contains(help), "{help} is not in {told}");
    }
    assert_eq!(error.diagnostics().len(), MISTAKES.len(), "{told}");
}

#[test]
fn a_declared_model_matches_explains_and_reads_back_as_itself() {
    let (rows, truth) = people(1_500, 5);
    let records = records(&COLUMNS, &rows);
    let matcher = Matcher::new(&records, &declared(), options(1)).unwrap();
    let model = matcher.train();
    assert_eq!(model.training().warnings, Vec::<String>::new());
    let scored = matcher.score(&model, -20.0).unwrap();
    let pairs = Pairs::new(records.rows() as u32, scored.clone()).unwrap();
    let truth = Partition::from_labels(truth.iter().map(|person| Some(*person)));
    let agreement = Agreement::of(&pairs.components(bits_of(0.95)), &truth).unwrap();
    assert!(agreement.pairwise.f1() > 0.97, "{:?}", agreement.pairwise);
    // Any number of threads, the same bits.
    for threads in 2..4 {
        let again = Matcher::new(&records, &declared(), options(threads)).unwrap();
        assert_eq!(again.train(), model);
        assert_eq!(again.score(&model, -20.0).unwrap(), scored);
    }
    // As JSON it is a model of the second version, and the same.
    let json = model.to_json().unwrap();
    assert!(json.contains("\"version\": 2"));
    assert!(json.contains("\"jaro_winkler >= 0.92\""));
    let read = Model::from_json(&json).unwrap();
    assert_eq!(read.settings(), &declared());
    let mut named = Vec::new();
    for pair in &scored {
        let waterfall = matcher.waterfall(&model, pair.left, pair.right).unwrap();
        assert!((waterfall.total_bits() - pair.bits).abs() < 1e-6);
        assert!((matcher.bits(&read, pair.left, pair.right).unwrap() - pair.bits).abs() < 1e-5);
        named.extend(waterfall.bars().iter().map(|bar| bar.level.clone()));
    }
    for level in [
        "equal",
        "at most 1 edit or swap",
        "Jaro-Winkler at least 0.92",
        "different",
        "missing",
    ] {
        let is_named = named.iter().any(|name| name == level);
        assert!(
            is_named || level == "at most 1 edit or swap",
            "{level} is in no waterfall"
        );
    }
    // Other levels are another model.
    let mut other = declared();
    other.fields[1].levels.pop();
    let other = Matcher::new(&records, &other, options(1)).unwrap();
    let error = other.score(&model, 0.0).unwrap_err().to_string();
    assert!(
        error
            .contains("`surname` (Surname: exact, jaro_winkler >= 0.92, damerau_levenshtein <= 1)"),
        "{error}"
    );
}

#[test]
fn damaged_levels_of_a_model_are_told() {
    let (rows, _) = people(100, 2);
    let records = records(&COLUMNS, &rows);
    let json = Matcher::new(&records, &declared(), options(1))
        .unwrap()
        .train()
        .to_json()
        .unwrap();
    let check = |from: &str, to: &str, expected: &str| {
        let damaged = json.replacen(from, to, 1);
        assert_ne!(damaged, json, "{from}");
        let error = Model::from_json(&damaged).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(
        "\"nickname\"",
        "\"nikname\"",
        "/settings/fields/0/levels/2: there is no level `nikname`",
    );
    check(
        "        \"nickname\",\n",
        "",
        "there should be 4 that sum to 1",
    );
    let newer = json.replacen("\"version\": 2", "\"version\": 3", 1);
    assert_eq!(
        Model::from_json(&newer).unwrap_err().kind(),
        ErrorKind::NewerFormat
    );
}

#[test]
fn a_model_of_version_2_is_read_and_written_as_it_was() {
    let stored = include_str!("../data/matching-model-2.json");
    let model = Model::from_json(stored).unwrap();
    let plain = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(plain(&model.to_json().unwrap()), plain(stored));
    let rows = [
        ["smith", "a@x.org; b@x.org"],
        ["smyth", "b@x.org"],
        ["stone", ""],
    ];
    let rows = rows.map(|row| row.map(str::to_owned));
    let records = records(&["surname", "emails"], &rows);
    let matcher = Matcher::new(&records, model.settings(), options(1)).unwrap();
    let bits = |left, right| matcher.bits(&model, left, right).unwrap();
    // The prior, and what each level is worth: 0.2 to 0.05 and 0.5 to 0.01, or 0.1 to 0.9.
    let prior = 0.01_f64.log2();
    assert!((bits(0, 1) - (prior + 4_f64.log2() + 50_f64.log2())).abs() < 1e-5);
    assert!((bits(0, 2) - (prior - 9_f64.log2())).abs() < 1e-5);
}

#[test]
fn a_population_finds_by_declared_levels_what_a_batch_finds() {
    let (rows, _) = people(400, 21);
    let (standing, arriving) = rows.split_at(rows.len() - 60);
    let trained_on = records(&COLUMNS, standing);
    let matcher = Matcher::new(&trained_on, &declared(), options(1)).unwrap();
    let model = matcher.train();
    let mut population = matcher.into_population(&trained_on, model.clone()).unwrap();
    let mut found = Vec::new();
    for row in arriving {
        let cells: Vec<(&str, &str)> = COLUMNS
            .into_iter()
            .zip(row.iter().map(String::as_str))
            .collect();
        let (number, matched) = population.add(&cells, 3.0);
        found.extend(matched.iter().map(|pair| (pair.left, number)));
    }
    let all = records(&COLUMNS, &rows);
    let batch = Matcher::new(&all, &declared(), options(1))
        .unwrap()
        .score(&model, 3.0)
        .unwrap();
    let new = batch
        .iter()
        .filter(|pair| pair.right >= standing.len() as u32);
    let expected: Vec<(u32, u32)> = new.map(|pair| (pair.left, pair.right)).collect();
    // How rare a value is differs a little between the two, so pairs at the limit may differ.
    let differing = expected.iter().filter(|pair| !found.contains(pair)).count()
        + found.iter().filter(|pair| !expected.contains(pair)).count();
    assert!(
        expected.len() > 10 && differing <= expected.len() / 20,
        "{differing} of {}",
        expected.len()
    );
}

#[test]
fn rare_values_on_the_exact_level_say_more() {
    let (mut rows, _) = people(800, 13);
    // Every fifth surname is one and the same.
    rows.iter_mut()
        .step_by(5)
        .for_each(|row| row[1] = "smith".to_owned());
    let records = records(&COLUMNS, &rows);
    let matcher = Matcher::new(&records, &declared(), options(1)).unwrap();
    let model = matcher.train();
    let bits = |left: usize, right: usize| {
        let others = [0, 2, 3, 4];
        matcher
            .bits_without(&model, left as u32, right as u32, &others)
            .unwrap()
    };
    let of_rare =
        (1..rows.len()).find(|row| rows[*row][1] == rows[row - 1][1] && rows[*row][1] != "smith");
    let rare = of_rare.unwrap();
    assert!(
        bits(rare - 1, rare) > bits(0, 5) + 1.0,
        "{} {}",
        bits(rare - 1, rare),
        bits(0, 5)
    );
}

/// The folder of the public sets, where it lies.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn sets() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("ONEFOLD_SHARED").map_or(beside, PathBuf::from);
    let sets = shared.join("data/identity");
    let is_there = sets.is_dir();
    if !is_there {
        eprintln!("skipped: `{}` is not there", sets.display());
    }
    is_there.then_some(sets)
}

/// F1 of the pairs of clusters at 95 %, for hand-written settings.
fn f1(set: &str, settings: &str) -> Option<f64> {
    let mut reader = csv::Reader::from_path(sets()?.join(set)).unwrap();
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let truth_at = names.iter().position(|name| name == "cluster").unwrap();
    let (mut builder, mut truth) = (Records::builder(names), Vec::new());
    for row in reader.records() {
        let row = row.unwrap();
        builder
            .push(0, row.iter().enumerate().filter(|(at, _)| *at != truth_at))
            .unwrap();
        truth.push(Some(row[truth_at].to_owned()));
    }
    let records = builder.finish().unwrap();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(settings);
    let settings: Settings = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let options = MatcherOptions {
        threads: NonZero::new(2).unwrap(),
        ..MatcherOptions::default()
    };
    let matcher = Matcher::new(&records, &settings, options).unwrap();
    let model = matcher.train();
    assert_eq!(model.training().warnings, Vec::<String>::new());
    let pairs = Pairs::new(records.rows() as u32, matcher.score(&model, 0.0).unwrap()).unwrap();
    let agreement = Agreement::of(
        &pairs.components(bits_of(0.95)),
        &Partition::from_labels(truth),
    )
    .unwrap();
    Some(agreement.pairwise.f1())
}

#[test]
fn declared_comparisons_do_the_job_on_public_sets() {
    let Some(fake) = f1("splink_fake_1000/fake_1000.csv", "fake_1000.settings.json") else {
        return;
    };
    // Splink has 0.817 with settings tuned by hand.
    assert!(fake > 0.93, "{fake}");
    let febrl = f1("febrl1/dataset1.csv", "febrl1.settings.json").unwrap();
    assert!(febrl > 0.995, "{febrl}");
}

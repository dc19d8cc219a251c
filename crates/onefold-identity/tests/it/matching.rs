//! Matching as its users see it: chosen pairs, trained models, explanations, and input of every kind.

use std::{collections::BTreeSet, num::NonZero};

use onefold_event::ErrorKind;
use onefold_identity::{
    cluster::{Pairs, Partition},
    evaluate::Agreement,
    matching::{
        BlockingRule, FieldKind, FieldSetting, Matcher, MatcherOptions, Model, PairsOf, Records,
        Settings, propose,
    },
};
use proptest::prelude::*;

const GIVEN: [&str; 24] = [
    "adele", "bruno", "carla", "dario", "elena", "franz", "greta", "hanno", "irene", "jakob",
    "karin", "lukas", "maria", "niels", "olga", "pavel", "quinn", "rosa", "simon", "tessa",
    "ulrich", "vera", "willem", "xenia",
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }

    fn word(&mut self, syllables: usize) -> String {
        let syllable = [
            "ka", "lo", "mi", "ren", "sta", "ber", "fol", "gun", "der", "vis", "tor", "qua",
        ];
        (0..syllables)
            .map(|_| syllable[self.below(syllable.len())])
            .collect()
    }
}

/// People in households, some of them twice: given name, surname, birth, e-mail, address; and who they are.
pub(crate) fn people(count: usize, seed: u64) -> (Vec<[String; 5]>, Vec<u32>) {
    let mut dice = Dice(seed);
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    let (mut surname, mut address) = (String::new(), String::new());
    for person in 0..count as u32 {
        // Every third person lives with the one before.
        if person % 3 != 1 {
            surname = dice.word(3);
            address = format!("{} {} street", 1 + dice.below(99), dice.word(2));
        }
        let given = GIVEN[dice.below(GIVEN.len())].to_owned();
        let born = format!(
            "{}{:02}{:02}",
            1930 + dice.below(75),
            1 + dice.below(12),
            1 + dice.below(28)
        );
        let email = format!("{given}.{}@example.com", dice.word(4));
        let row = [given, surname.clone(), born, email, address.clone()];
        if person % 4 == 0 {
            let mut again = row.clone();
            match dice.below(4) {
                0 => again[3] = String::new(),
                1 => again[1] = format!("{}x", again[1]),
                2 => again[4] = format!("{} {} road", 1 + dice.below(99), dice.word(2)),
                _ => again[0].truncate(1),
            }
            rows.push(again);
            truth.push(person);
        }
        rows.push(row);
        truth.push(person);
    }
    (rows, truth)
}

pub(crate) const COLUMNS: [&str; 5] =
    ["given_name", "surname", "date_of_birth", "email", "address"];

pub(crate) fn records<R: AsRef<[String]>>(names: &[&str], rows: &[R]) -> Records {
    let mut builder = Records::builder(names.iter().copied());
    for (number, row) in rows.iter().enumerate() {
        let cells = row.as_ref().iter().map(String::as_str).enumerate();
        builder.push((number % 2) as u16, cells).unwrap();
    }
    builder.finish().unwrap()
}

pub(crate) fn blocked() -> Settings {
    let field = |name: &str, kind| FieldSetting::new(name, kind, [name]);
    let fields = vec![
        field("given_name", FieldKind::GivenName),
        field("surname", FieldKind::Surname),
        field("date_of_birth", FieldKind::Date),
        field("email", FieldKind::Email),
        field("address", FieldKind::Address),
    ];
    let rules: [&[&str]; 5] = [
        &["email"],
        &["given_name", "surname"],
        &["surname:sound", "date_of_birth:year"],
        &["given_name:prefix_1", "date_of_birth"],
        &["address"],
    ];
    let rule =
        |parts: &&[&str]| BlockingRule(parts.iter().map(|part| (*part).to_owned()).collect());
    Settings::new(fields, rules.iter().map(rule).collect())
}

pub(crate) fn options(threads: usize) -> MatcherOptions {
    MatcherOptions {
        threads: NonZero::new(threads).unwrap(),
        ..MatcherOptions::default()
    }
}

#[test]
fn households_are_related_and_not_the_same() {
    let (rows, truth) = people(1_500, 5);
    let records = records(&COLUMNS, &rows);
    let settings = propose(&records, &[]).unwrap().settings;
    let matcher = Matcher::new(&records, &settings, options(1)).unwrap();
    let model = matcher.train();
    assert_eq!(model.training().warnings, Vec::<String>::new());
    let pairs = Pairs::new(records.rows() as u32, matcher.score(&model, 0.0).unwrap()).unwrap();
    let truth = Partition::from_labels(truth.iter().map(|person| Some(*person)));
    let agreement = Agreement::of(&pairs.components(4.25), &truth).unwrap();
    assert!(agreement.pairwise.f1() > 0.98, "{:?}", agreement.pairwise);
    // Two rows of one address and one surname, and two people.
    let labels = truth.labels();
    let together = (1..rows.len()).find(|row| {
        rows[*row][4] == rows[row - 1][4]
            && labels[*row] != labels[row - 1]
            && rows[*row][0] != rows[row - 1][0]
    });
    let row = together.unwrap() as u32;
    assert!(matcher.bits(&model, row - 1, row).unwrap() < 0.0);
    assert!(matcher.related(&model, row - 1, row).unwrap() > 0.5);
}

#[test]
fn bars_add_up_and_a_model_reads_back_as_itself() {
    let (rows, _) = people(300, 9);
    let records = records(&COLUMNS, &rows);
    let matcher = Matcher::new(&records, &blocked(), options(1)).unwrap();
    let model = matcher.train();
    let again = Model::from_json(&model.to_json().unwrap()).unwrap();
    assert_eq!(again.settings(), model.settings());
    let scored = matcher.score(&model, -50.0).unwrap();
    assert!(scored.len() > 100);
    for pair in &scored {
        let waterfall = matcher.waterfall(&model, pair.left, pair.right).unwrap();
        assert!((waterfall.total_bits() - pair.bits).abs() < 1e-6);
        assert!((matcher.bits(&again, pair.left, pair.right).unwrap() - pair.bits).abs() < 1e-5);
    }
    // Without the field that says most, a pair has fewer bits.
    let best = scored
        .iter()
        .max_by(|a, b| a.bits.total_cmp(&b.bits))
        .unwrap();
    let all: Vec<usize> = (0..5).collect();
    let prior = matcher
        .bits_without(&model, best.left, best.right, &all)
        .unwrap();
    let waterfall = matcher.waterfall(&model, best.left, best.right).unwrap();
    assert!((prior - waterfall.prior_bits()).abs() < 1e-6);
    assert!(
        matcher
            .bits_without(&model, best.left, best.right, &[3])
            .unwrap()
            < best.bits
    );
    let missing = matcher.bits(&model, 0, 9_999).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (rows, _) = people(400, 3);
    let records = records(&COLUMNS, &rows);
    let matcher = Matcher::new(&records, &blocked(), options(1)).unwrap();
    let model = matcher.train();
    let one = matcher.score(&model, -5.0).unwrap();
    for threads in 2..5 {
        let threads = NonZero::new(threads).unwrap();
        assert_eq!(
            matcher.score_on(&model, -5.0, threads, &|_| {}).unwrap(),
            one
        );
    }
}

#[test]
fn only_pairs_of_two_sources() {
    let (rows, _) = people(200, 4);
    let records = records(&COLUMNS, &rows);
    let across = MatcherOptions {
        pairs: PairsOf::TwoSources,
        ..options(1)
    };
    for settings in [
        blocked(),
        Settings {
            blocking: Vec::new(),
            ..blocked()
        },
    ] {
        let matcher = Matcher::new(&records, &settings, across).unwrap();
        assert!(matcher.pairs_count() > 50);
        assert!(matcher.pairs().all(|(left, right)| (left + right) % 2 == 1));
    }
}

#[test]
fn every_mistake_of_the_settings_is_told_at_once() {
    let records = records(&COLUMNS, &people(3, 1).0);
    let json = r#"{
        "fields": [
            {"name": "born", "kind": "date", "columns": ["dateofbirth"]},
            {"name": "born", "kind": "surname", "columns": ["surname"]},
            {"name": "parts", "kind": "date", "columns": ["surname", "email"]}
        ],
        "blocking": [["burn"], ["born:sound"], []]
    }"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    let error = settings.check(&records).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = error.to_string();
    let told = [
        "there is no column `dateofbirth`",
        "did you mean `date_of_birth`?",
        "`born` cannot name a field",
        "field `parts` has 2 columns",
        "there is no field `burn`",
        "did you mean `born`?",
        "this field has no part `sound`",
        "it has: `equal`, `year`, `month_day`",
        "a rule has no part",
    ];
    let details: String = error
        .diagnostics()
        .iter()
        .map(|it| format!("{it:?}"))
        .collect();
    for wanted in told {
        assert!(
            text.contains(wanted) || details.contains(wanted),
            "{wanted} is not in {text} {details}"
        );
    }
    let none: Settings = serde_json::from_str(r#"{"fields": [], "blocking": []}"#).unwrap();
    assert!(none.check(&records).is_err());
    assert!(
        serde_json::from_str::<Settings>(r#"{"fields": [], "blocking": [], "treshold": 1}"#)
            .is_err()
    );
}

#[test]
fn too_many_pairs_are_refused_with_advice() {
    let row = ["ann".to_owned(), "smith".to_owned()];
    let rows = vec![row; 3_000];
    let records = records(&["given_name", "surname"], &rows);
    let field = |name: &str, kind| FieldSetting::new(name, kind, [name]);
    let fields = vec![
        field("given_name", FieldKind::GivenName),
        field("surname", FieldKind::Surname),
    ];
    let settings = Settings {
        pairs_max: 1_000_000,
        block_rows_max: 5_000,
        ..Settings::new(fields, vec![BlockingRule(vec!["surname".to_owned()])])
    };
    let refused = Matcher::new(&records, &settings, options(1)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LimitExceeded);
    assert!(
        refused
            .to_string()
            .contains("`surname` would make it 4498500 pairs"),
        "{refused}"
    );
    // One value everywhere brings nothing together by default, and says so.
    let settings = Settings {
        block_rows_max: 2_000,
        ..settings
    };
    let matcher = Matcher::new(&records, &settings, options(1)).unwrap();
    assert_eq!(
        (
            matcher.pairs_count(),
            matcher.rule_counts()[0].rows_left_out
        ),
        (0, 3_000)
    );
    assert!(!matcher.train().training().warnings.is_empty());
}

#[test]
fn input_of_every_kind_has_an_outcome() {
    let hostile = "\u{0}\u{202e}ﷺ\u{1F600}'\"\\,;|**@";
    let cases: [(&[&str], Vec<Vec<String>>); 6] = [
        (&["name", "city"], Vec::new()),
        (
            &["name", "city"],
            vec![vec!["ann".to_owned(), "leeds".to_owned()]],
        ),
        (
            &["name"],
            vec![vec!["ann".to_owned()], vec!["bob".to_owned()]],
        ),
        (
            &["name", "city"],
            vec![vec![String::new(), String::new()]; 5],
        ),
        (
            &["email", "date_of_birth", "phone"],
            vec![
                vec![hostile.to_owned(); 3],
                vec!["9".repeat(70_000); 3],
                vec!["é".repeat(99); 3],
            ],
        ),
        (
            &["a", "b"],
            (0..60)
                .map(|at| vec![format!("v{}", at % 7), format!("w{}", at % 5)])
                .collect(),
        ),
    ];
    for (names, rows) in cases {
        let records = records(names, &rows);
        let proposal = propose(&records, &[]).unwrap();
        if proposal.settings.fields.is_empty() {
            assert!(!proposal.reasons.is_empty() || names.is_empty());
            continue;
        }
        let matcher = Matcher::new(&records, &proposal.settings, options(2)).unwrap();
        let model = matcher.train();
        let scored = matcher.score(&model, -1_000.0).unwrap();
        assert!(scored.iter().all(|pair| pair.bits.is_finite()));
        assert_eq!(scored.len(), matcher.pairs_count());
    }
}

#[test]
fn damaged_models_are_errors() {
    let (rows, _) = people(60, 2);
    let records = records(&COLUMNS, &rows);
    let model = Matcher::new(&records, &blocked(), options(1))
        .unwrap()
        .train();
    let json = model.to_json().unwrap();
    let newer = json.replacen("\"version\": 1", "\"version\": 7", 1);
    assert_eq!(
        Model::from_json(&newer).unwrap_err().kind(),
        ErrorKind::NewerFormat
    );
    for wrong in [
        "",
        "[]",
        "{}",
        "{\"format\": \"something else\"}",
        &json.replacen("\"levels\": [", "\"levels\": [0.5, ", 1),
    ] {
        assert_eq!(
            Model::from_json(wrong).unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{wrong:.60}"
        );
    }
    let foreign = records_with_other_fields();
    let error = foreign.score(&model, 0.0).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the model was trained with the fields"),
        "{error}"
    );
}

fn records_with_other_fields() -> Matcher {
    let records = records(&["city"], &[["leeds".to_owned()], ["york".to_owned()]]);
    let field = FieldSetting::new("city", FieldKind::Place, ["city"]);
    Matcher::new(
        &records,
        &Settings::new(vec![field], Vec::new()),
        options(1),
    )
    .unwrap()
}

proptest! {
    /// Against every pair of rows asked in turn whether a rule holds.
    #[test]
    fn rules_bring_together_what_they_say(rows in prop::collection::vec(prop::array::uniform3("[ab]?[a-c]?"), 2..40)) {
        let names = ["given_name", "surname", "postcode"];
        let records = records(&names, &rows);
        let field = |name: &&str, kind| FieldSetting::new(*name, kind, [*name]);
        let kinds = [FieldKind::GivenName, FieldKind::Surname, FieldKind::Postcode];
        let fields = names.iter().zip(kinds).map(|(name, kind)| field(name, kind)).collect();
        let rules = [vec!["given_name", "surname"], vec!["postcode"], vec!["given_name:prefix_1", "postcode"]];
        let rules = rules.iter().map(|parts| BlockingRule(parts.iter().map(|part| (*part).to_owned()).collect()));
        let settings = Settings::new(fields, rules.collect());
        let matcher = Matcher::new(&records, &settings, options(1)).unwrap();
        let found: Vec<(u32, u32)> = matcher.pairs().collect();
        let unique: BTreeSet<(u32, u32)> = found.iter().copied().collect();
        prop_assert_eq!(unique.len(), found.len());
        let holds = |left: &[String; 3], right: &[String; 3]| {
            let full = |row: &[String; 3]| !row[0].is_empty() && !row[1].is_empty();
            // Names in either order.
            let names = |row: &[String; 3]| { let mut both = [row[0].clone(), row[1].clone()]; both.sort(); both };
            (full(left) && full(right) && names(left) == names(right)) || (!left[2].is_empty() && left[2] == right[2])
        };
        let mut expected = BTreeSet::new();
        for (right, later) in rows.iter().enumerate() {
            for (left, earlier) in rows.iter().enumerate().take(right) {
                if holds(earlier, later) {
                    expected.insert((left as u32, right as u32));
                }
            }
        }
        prop_assert_eq!(unique, expected);
    }

    #[test]
    fn no_text_is_a_model_by_accident(text in ".{0,200}") {
        prop_assert!(Model::from_json(&text).is_err());
    }
}

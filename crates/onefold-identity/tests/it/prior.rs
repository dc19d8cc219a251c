//! How common matches are, said by rules or as a number.

use onefold_event::ErrorKind;
use onefold_identity::matching::{
    BlockingRule, FieldKind, FieldSetting, Matcher, MatcherOptions, Model, PairsOf, Prior,
    PriorUse, Settings,
};

use crate::matching::{COLUMNS, options, people, records};

fn rule(parts: &[&str]) -> BlockingRule {
    BlockingRule(parts.iter().map(|part| (*part).to_owned()).collect())
}

fn with_prior(prior: Option<Prior>) -> Settings {
    let fields = vec![
        FieldSetting::new("given", FieldKind::GivenName, ["given_name"]),
        FieldSetting::new("surname", FieldKind::Surname, ["surname"]),
        FieldSetting::new("born", FieldKind::Date, ["date_of_birth"]),
        FieldSetting::new("email", FieldKind::Email, ["email"]),
    ];
    let rules = [
        &["email"][..],
        &["given", "surname"],
        &["surname:sound", "born:year"],
        &["given:prefix_1", "born"],
    ];
    Settings {
        prior,
        ..Settings::new(fields, rules.iter().map(|parts| rule(parts)).collect())
    }
}

fn train(people_count: usize, prior: Option<Prior>) -> Model {
    let records = records(&COLUMNS, &people(people_count, 5).0);
    Matcher::new(&records, &with_prior(prior), options(1))
        .unwrap()
        .train()
}

#[test]
fn rules_with_a_recall_say_how_common_matches_are() {
    let (rows, truth) = people(1_000, 5);
    let records = records(&COLUMNS, &rows);
    let rules = vec![rule(&["given", "surname", "born"]), rule(&["email"])];
    let prior = Prior::of_rules(rules, 0.9);
    let model = Matcher::new(&records, &with_prior(Some(prior)), options(1))
        .unwrap()
        .train();
    // The obvious way: every pair of rows asked in turn.
    let mut found = 0;
    for (right, later) in rows.iter().enumerate() {
        for earlier in &rows[..right] {
            let names =
                earlier[..3] == later[..3] && earlier[..3].iter().all(|cell| !cell.is_empty());
            found += u32::from(names || (earlier[3] == later[3] && !later[3].is_empty()));
        }
    }
    let pairs = rows.len() as f64 * (rows.len() as f64 - 1.0) / 2.0;
    let said = model.training().prior.unwrap();
    assert!(
        (said - f64::from(found) / 0.9 / pairs).abs() < 1e-12,
        "{said}"
    );
    assert_eq!(model.training().warnings, Vec::<String>::new());
    // Training refines it: what is learned is the same as without.
    let matches = rows.len() - truth.iter().max().map_or(0, |last| *last as usize + 1);
    let without = Matcher::new(&records, &with_prior(None), options(1))
        .unwrap()
        .train();
    assert_eq!(without.training().prior, None);
    for model in [&model, &without] {
        let learned = model.matches_expected();
        assert!(
            (learned - matches as f64).abs() < 0.1 * matches as f64,
            "{learned} of {matches}"
        );
    }
}

#[test]
fn a_prior_that_is_kept_stays() {
    let (rows, _) = people(1_000, 5);
    let pairs = rows.len() as f64 * (rows.len() as f64 - 1.0) / 2.0;
    let records = records(&COLUMNS, &rows);
    for probability in [0.0004, 0.002] {
        let prior = Prior::of_probability(probability).used(PriorUse::Keeps);
        let matcher = Matcher::new(&records, &with_prior(Some(prior)), options(1)).unwrap();
        let model = matcher.train();
        assert_eq!(model.training().prior, Some(probability));
        assert!((model.matches_expected() / pairs / probability - 1.0).abs() < 1e-9);
        assert!(model.training().converged);
        let shown = matcher.waterfall(&model, 0, 1).unwrap().prior_bits();
        assert!((shown - probability.log2()).abs() < 0.1, "{shown}");
        let again = Model::from_json(&model.to_json().unwrap()).unwrap();
        assert_eq!(
            (again.training(), again.settings()),
            (model.training(), model.settings())
        );
    }
    // Far too low, it says so.
    let model = train(
        1_000,
        Some(Prior::of_probability(1e-5).used(PriorUse::Keeps)),
    );
    let warnings = model.training().warnings.join(" ");
    assert!(
        warnings.contains("the prior says that there are 8 matches"),
        "{warnings}"
    );
}

#[test]
fn only_pairs_of_two_sources_count_where_no_others_do() {
    // Sources alternate: of six rows 9 of 15 pairs are across, and 4 of the rule's 6.
    let row = |email: &str| {
        [
            String::new(),
            String::new(),
            String::new(),
            email.to_owned(),
            String::new(),
        ]
    };
    let rows = [row("a"), row("a"), row("a"), row("a"), row("b"), row("c")];
    let records = records(&COLUMNS, &rows);
    let prior = Prior::of_rules(vec![rule(&["email"])], 0.5);
    for (pairs, expected) in [
        (PairsOf::Everything, 12.0 / 15.0),
        (PairsOf::TwoSources, 8.0 / 9.0),
    ] {
        let options = MatcherOptions {
            pairs,
            ..options(1)
        };
        let settings = with_prior(Some(prior.clone()));
        let model = Matcher::new(&records, &settings, options).unwrap().train();
        let said = model.training().prior.unwrap();
        assert!((said - expected).abs() < 1e-12, "{said}");
    }
}

#[test]
fn a_prior_that_cannot_be_used_is_told() {
    let check = |rules: &[&[&str]], recall: f64, expected: &str| {
        let rules = rules.iter().map(|parts| rule(parts)).collect();
        let model = train(60, Some(Prior::of_rules(rules, recall)));
        let warnings = model.training().warnings.join(" ");
        assert!(
            warnings.contains(expected),
            "{expected} is not in {warnings}"
        );
        assert_eq!(model.training().prior, None);
    };
    check(
        &[&["surname:prefix_20"]],
        0.9,
        "find no pair, so training begins as without it",
    );
    check(&[&["born:prefix_1"]], 0.5, "is no less than all");
}

#[test]
fn every_mistake_of_a_prior_is_told_at_once() {
    let records = records(&COLUMNS, &people(3, 1).0);
    let check = |json: &str, expected: &[&str]| {
        let prior: Prior = serde_json::from_str(json).unwrap();
        let error = with_prior(Some(prior)).check(&records).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.diagnostics().len(), expected.len(), "{error}");
        for wanted in expected {
            assert!(
                error.to_string().contains(wanted),
                "{wanted} is not in {error}"
            );
        }
    };
    check(
        "{}",
        &["/prior: a prior without rules or probability says nothing"],
    );
    check(
        r#"{"rules": [["emial"], ["born:month"]], "recall": 1.2}"#,
        &[
            "/prior/recall: a recall of 1.2 cannot be",
            "/prior/rules/0/0: there is no field `emial`",
            "/prior/rules/1/0: this field has no part `month`",
        ],
    );
    check(
        r#"{"rules": [["email"]]}"#,
        &["/prior/recall: the recall of the rules is missing"],
    );
    check(
        r#"{"rules": [["email"]], "recall": 0}"#,
        &["/prior/recall: a recall of 0 cannot be"],
    );
    check(
        r#"{"recall": 0.5, "probability": 0.1}"#,
        &["/prior/recall: a recall is that of rules, and there are none"],
    );
    check(
        r#"{"rules": [["email"]], "recall": 0.5, "probability": 1.0}"#,
        &[
            "/prior/probability: a prior comes from rules or is a number, not both",
            "1 is no probability of a match",
        ],
    );
}

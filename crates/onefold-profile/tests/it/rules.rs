//! Each rule of survivorship, by example.

use expect_test::{Expect, expect};
use onefold_event::AnchorId;
use onefold_profile::{Profiles, Rule, Rules};

use crate::{day, profiles, source};

const SEEN: &str = "
0 1 shop city Bonn
0 2 crm city Köln
1 3 shop city Bonn
1 4 web city Ulm
1 5 crm city null
0 6 web city _
";

fn explained(profiles: &Profiles, name: &str) -> String {
    let explanation = profiles.explain(&[AnchorId(0), AnchorId(1)], name, day(100));
    explanation
        .map(|explanation| explanation.to_string())
        .unwrap_or_default()
}

fn check(rule: Rule, expected: Expect) {
    let rules = Rules::standard().trait_rule("city", rule);
    expected.assert_eq(&explained(&profiles(rules, SEEN), "city"));
}

#[test]
fn the_most_recent_value_wins() {
    check(
        Rule::MostRecent,
        expect![[r#"
        city is `Ulm` by rule most_recent: from web at 2026-01-05T00:00:00Z (entry 4)
          not `  ` from web at 2026-01-07T00:00:00Z (entry 6): it is empty
          not `null` from crm at 2026-01-06T00:00:00Z (entry 5): it is empty
          not `Bonn` from shop at 2026-01-04T00:00:00Z (entry 3): it is older
          not `Köln` from crm at 2026-01-03T00:00:00Z (entry 2): it is older
          not `Bonn` from shop at 2026-01-02T00:00:00Z (entry 1): it is older
    "#]],
    );
}

#[test]
fn the_first_source_of_the_list_wins() {
    check(
        Rule::SourcePriority(vec![source("crm"), source("shop")]),
        expect![[r#"
        city is `Köln` by rule source_priority (crm, shop): from crm at 2026-01-03T00:00:00Z (entry 2)
          not `  ` from web at 2026-01-07T00:00:00Z (entry 6): it is empty
          not `null` from crm at 2026-01-06T00:00:00Z (entry 5): it is empty
          not `Ulm` from web at 2026-01-05T00:00:00Z (entry 4): source `crm` comes first
          not `Bonn` from shop at 2026-01-04T00:00:00Z (entry 3): source `crm` comes first
          not `Bonn` from shop at 2026-01-02T00:00:00Z (entry 1): source `crm` comes first
    "#]],
    );
}

#[test]
fn the_most_frequent_value_wins() {
    check(
        Rule::MostFrequent,
        expect![[r#"
        city is `Bonn` by rule most_frequent: from shop at 2026-01-04T00:00:00Z (entry 3)
          not `  ` from web at 2026-01-07T00:00:00Z (entry 6): it is empty
          not `null` from crm at 2026-01-06T00:00:00Z (entry 5): it is empty
          not `Ulm` from web at 2026-01-05T00:00:00Z (entry 4): it was seen 1 times, the winner 2 times
          not `Köln` from crm at 2026-01-03T00:00:00Z (entry 2): it was seen 1 times, the winner 2 times
          not `Bonn` from shop at 2026-01-02T00:00:00Z (entry 1): it says the same
    "#]],
    );
}

#[test]
fn the_first_value_stays() {
    check(
        Rule::First,
        expect![[r#"
        city is `Bonn` by rule first: from shop at 2026-01-02T00:00:00Z (entry 1)
          not `  ` from web at 2026-01-07T00:00:00Z (entry 6): it is empty
          not `null` from crm at 2026-01-06T00:00:00Z (entry 5): it is empty
          not `Ulm` from web at 2026-01-05T00:00:00Z (entry 4): it came later, and the first stays
          not `Bonn` from shop at 2026-01-04T00:00:00Z (entry 3): it says the same
          not `Köln` from crm at 2026-01-03T00:00:00Z (entry 2): it came later, and the first stays
    "#]],
    );
}

#[test]
fn ties_go_to_the_preferred_source_and_then_to_the_smaller_value() {
    let seen = "0 1 shop city Bonn\n0 1 crm city Köln\n0 1 web city Aachen";
    let prefer = Rules::standard().prefer_sources([source("crm"), source("shop")]);
    expect![[r#"
        city is `Köln` by rule most_recent: from crm at 2026-01-02T00:00:00Z (entry 2)
          not `Aachen` from web at 2026-01-02T00:00:00Z (entry 3): all else is equal, and source `crm` is preferred
          not `Bonn` from shop at 2026-01-02T00:00:00Z (entry 1): all else is equal, and source `crm` is preferred
    "#]]
    .assert_eq(&explained(&profiles(prefer, seen), "city"));
    expect![[r#"
        city is `Aachen` by rule most_recent: from web at 2026-01-02T00:00:00Z (entry 3)
          not `Köln` from crm at 2026-01-02T00:00:00Z (entry 2): all else is equal, and the smaller value wins
          not `Bonn` from shop at 2026-01-02T00:00:00Z (entry 1): all else is equal, and the smaller value wins
    "#]]
    .assert_eq(&explained(&profiles(Rules::standard(), seen), "city"));
}

#[test]
fn an_empty_value_never_wins() {
    let all_empty = profiles(Rules::standard(), "0 1 shop city null\n0 2 shop city _");
    assert_eq!(all_empty.trait_value(&[AnchorId(0)], "city", day(9)), None);
    assert!(all_empty.golden(&[AnchorId(0)], day(9)).is_empty());
    expect![[r#"
        city has no value: all observations are empty
          not `  ` from shop at 2026-01-03T00:00:00Z (entry 2): it is empty
          not `null` from shop at 2026-01-02T00:00:00Z (entry 1): it is empty
    "#]]
    .assert_eq(&explained(&all_empty, "city"));
    assert_eq!(explained(&all_empty, "unknown"), "");
}

#[test]
fn the_golden_record_is_one_object_with_exact_numbers() {
    let seen = "0 1 shop city Bonn\n1 1 crm points 9007199254740993.10\n0 2 crm vip true\n1 3 web tags [1,2]\n0 9 web late x";
    let golden = profiles(Rules::standard(), seen).golden(&[AnchorId(0), AnchorId(1)], day(8));
    assert_eq!(
        serde_json::to_string(&golden).unwrap(),
        r#"{"city":"Bonn","points":9007199254740993.10,"tags":[1,2],"vip":true}"#
    );
    assert_eq!(golden.get("city"), Some(&"Bonn".into()));
    assert_eq!(golden.get("late"), None);
    assert_eq!(
        golden.to_string(),
        "city: Bonn\npoints: 9007199254740993.10\ntags: [1,2]\nvip: true\n"
    );
}

#[test]
fn an_explanation_is_json_too() {
    let profiles = profiles(Rules::standard(), "0 1 shop points 1.50\n0 2 crm points 2");
    let explanation = profiles.explain(&[AnchorId(0)], "points", day(9)).unwrap();
    expect![[r#"
        {
          "name": "points",
          "rule": "most_recent",
          "as_of": "2026-01-10T00:00:00Z",
          "winner": {
            "anchor": 0,
            "name": "points",
            "value": 2,
            "source": "crm",
            "time": "2026-01-03T00:00:00Z",
            "position": 2
          },
          "losers": [
            {
              "observation": {
                "anchor": 0,
                "name": "points",
                "value": 1.50,
                "source": "shop",
                "time": "2026-01-02T00:00:00Z",
                "position": 1
              },
              "reason": "older"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&explanation).unwrap());
}

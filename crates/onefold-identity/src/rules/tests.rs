//! Rules as they are written in a configuration, and what they answer.

use expect_test::{Expect, expect};
use onefold_event::{Identifier, IdentifierKind};

use super::*;

fn identifier(kind: &str, value: &str) -> Identifier {
    Identifier::generic(IdentifierKind::new(kind).unwrap(), value).unwrap()
}

fn check_mistakes(json: &str, expected: &Expect) {
    let mistakes = serde_json::from_str::<Rules>(json).unwrap_err();
    expected.assert_eq(&mistakes.to_string());
}

#[test]
fn a_configuration_changes_what_it_names() {
    let rules: Rules = serde_json::from_str(
        r#"{"people_identifiers_max": 50, "blocked": ["n.n."], "kinds": [
            {"kind": "email", "limit": 2, "blocked": ["NoReply@Example.com"], "blocked_patterns": ["^test.*@"]},
            {"kind": "card", "priority": 4, "limit": "none"}]}"#,
    )
    .unwrap();
    let limits = ["user_id", "email", "card", "device"]
        .map(|kind| rules.limit(&IdentifierKind::new(kind).unwrap()));
    assert_eq!(limits, [Some(1), Some(2), None, Some(20)]);
    assert_eq!(rules.priority(&IdentifierKind::email()), 2);
    assert_eq!(rules.identifiers_max(), Some(50));
    let verdict = |kind, value| {
        rules
            .blocked_by(&identifier(kind, value))
            .map(|it| it.to_string())
    };
    assert_eq!(
        verdict("email", "noreply@example.com").as_deref(),
        Some("listed value")
    );
    assert_eq!(
        verdict("email", "test7@example.com").as_deref(),
        Some("pattern `^test.*@`")
    );
    assert_eq!(verdict("email", "contest7@example.com"), None);
    assert_eq!(verdict("card", "test7@example.com"), None);
    assert_eq!(verdict("card", "n.n.").as_deref(), Some("listed value"));
    assert!(
        verdict("card", "0000").is_some(),
        "the standard patterns hold until others are given"
    );
}

#[test]
fn no_pattern_is_left_when_the_list_is_empty() {
    let rules: Rules = serde_json::from_str(r#"{"blocked_patterns": []}"#).unwrap();
    assert_eq!(rules.blocked_by(&identifier("card", "0000")), None);
}

#[test]
fn the_standard_blocks_what_says_nothing() {
    let rules = Rules::standard();
    for value in [
        "0",
        "00-00",
        "-",
        "-1",
        "null",
        "NULL",
        "N/A",
        "Anonymous",
        "NaN",
    ] {
        assert!(
            rules.blocked_by(&identifier("user_id", value)).is_some(),
            "{value}"
        );
    }
    for value in ["10", "nullable", "anonymous2", "na", "-12"] {
        assert_eq!(rules.blocked_by(&identifier("user_id", value)), None);
    }
}

#[test]
fn all_mistakes_come_at_once() {
    check_mistakes(
        r#"{"people_identifiers_max": 0, "blocked_patterns": ["("], "kinds": [
            {"kind": "E-Mail"},
            {"kind": "email", "limit": -3, "blocked_patterns": ["[a-"]},
            {"kind": "phone", "limit": "many"}, {"kind": "phone"},
            {"kind": "record", "limit": "none", "per_source": true},
            {"kind": "landline", "shared": true, "limit": 3, "limit_per": {"day": 1}, "per_source": true},
            {"kind": "card", "limit_per": {"hour": 2, "day": 0}}]}"#,
        &expect![[r#"
            the identity rules have mistakes
            `0` cannot be the people_identifiers_max (write a number from 1 to 4294967295, or "none")
            /blocked_patterns: the blocked pattern `(` of every kind is not a regular expression: unclosed group
            /kinds/0/kind: `E-Mail` is not an identifier kind: write `a-z`, `0-9`, `_`, `-`, `.`
            /kinds/1/limit: `-3` cannot be the limit of kind `email` (write a number from 1 to 4294967295, or "none")
            /kinds/1/blocked_patterns: the blocked pattern `[a-` of kind `email` is not a regular expression: unclosed character class
            /kinds/2/limit: `many` cannot be the limit of kind `phone` (write a number from 1 to 4294967295, or "none")
            /kinds/3/kind: the kind `phone` is declared twice (write one entry with all that holds for it)
            /kinds/4/per_source: the kind `record` counts each source apart, and has no limit (write a `limit`, or leave `per_source` out)
            /kinds/5/limit: the kind `landline` is shared, and no limit counts it (leave `limit` out, or `shared`)
            /kinds/5/limit_per: the kind `landline` is shared, and no limit counts it (leave `limit_per` out, or `shared`)
            /kinds/5/per_source: the kind `landline` is shared, and no limit counts it (leave `per_source` out, or `shared`)
            /kinds/6/limit_per/day: `0` cannot be the limit per day of kind `card` (write a number from 1 to 4294967295, or "none")
            /kinds/6/limit_per/hour: `hour` is not a window that limits count in (write `day`, `week`, `month` or `year`)"#]],
    );
}

#[test]
fn an_unknown_field_is_named() {
    check_mistakes(
        r#"{"kinds": [{"kind": "email", "limits": 3}]}"#,
        &expect![
            "unknown field `limits`, expected one of `kind`, `priority`, `limit`, `limit_per`, `per_source`, `shared`, `blocked`, `blocked_patterns` at line 1 column 37"
        ],
    );
    check_mistakes(
        r#"{"kinds": [{"kind": "email", "limit": [3]}]}"#,
        &expect![[
            r#"invalid type: sequence, expected a number from 1, or "none" at line 1 column 39"#
        ]],
    );
}

#[test]
fn written_rules_read_back_equal() {
    let visitor = || KindRule::new(IdentifierKind::anonymous_id());
    let rules = Rules::standard()
        .kind(
            KindRule::new(IdentifierKind::email())
                .unlimited()
                .priority(9)
                .block("a@b.c"),
        )
        .kind(KindRule::new(IdentifierKind::phone()).per_source())
        .kind(
            visitor()
                .limit_per(Period::Day, 2)
                .limit_per(Period::Year, 9),
        )
        .kind(KindRule::new(IdentifierKind::new("landline").unwrap()).shared())
        .block("x")
        .people_identifiers_max(None);
    let text = serde_json::to_string(&rules).unwrap();
    let read: Rules = serde_json::from_str(&text).unwrap();
    assert_eq!(read, rules);
    assert_eq!(read.fingerprint(), rules.fingerprint());
}

/// Stored state is known by it: under one meaning this value must never change.
#[test]
fn the_fingerprint_is_stable_and_tells_rules_apart() {
    expect!["2c3c00696b29ed0b"].assert_eq(&format!("{:016x}", Rules::standard().fingerprint()));
    let email = || KindRule::new(IdentifierKind::email());
    let all = [
        Rules::standard(),
        Rules::unlimited(),
        Rules::standard().other_kinds_limit(None),
        Rules::standard().people_identifiers_max(Some(7)),
        Rules::standard().block("x"),
        Rules::standard().block_pattern("x").unwrap(),
        Rules::standard().kind(email().limit(4)),
        Rules::standard().kind(email().priority(4)),
        Rules::standard().kind(email().block("x")),
        Rules::standard().kind(email().per_source()),
        Rules::standard().kind(email().shared()),
        Rules::standard().kind(email().limit_per(Period::Day, 2)),
        Rules::standard().kind(email().limit_per(Period::Day, 3)),
        Rules::standard().kind(email().limit_per(Period::Week, 2)),
        Rules::standard().kind(email().block_pattern("x").unwrap()),
    ];
    let distinct: std::collections::BTreeSet<u64> = all.iter().map(Rules::fingerprint).collect();
    assert_eq!(distinct.len(), all.len());
}

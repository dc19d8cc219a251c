//! The scanner against serde_json: what is accepted, where it stops, what is read.

use proptest::prelude::*;

use super::*;
use crate::Json;

/// What is wrong and where, or `ok`.
fn check(text: &str, expected: &str) {
    let mut scanner = Scanner::new(text);
    let outcome = match scanner.value(0).and_then(|()| scanner.end()) {
        Ok(()) => "ok".to_owned(),
        Err(problem) => format!("{}: {}", scanner.at, problem.as_str()),
    };
    assert_eq!(outcome, expected, "{text}");
}

#[test]
fn values() {
    for text in [
        "0",
        "-0",
        "10.50",
        "1e5",
        "1E+5",
        "-1.5e-300",
        "9007199254740993",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        " [1 , 2]\n",
        "{\"a\":{\"a\":[]}}",
        "\"\\u00e9\\n\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"žluťoučký kůň\"",
        "1e-999",
        "0.00000000000000000000000000000000000001",
    ] {
        check(text, "ok");
    }
}

#[test]
fn flaws() {
    check("", "0: the text ends where a value was expected");
    check("tru", "0: a value was expected");
    check("nul", "0: a value was expected");
    check("+1", "0: a value was expected");
    check("01", "1: something follows the value");
    check("1 2", "2: something follows the value");
    check("-", "1: a digit was expected");
    check("1.", "2: a digit was expected");
    check("1e", "2: a digit was expected");
    check(".5", "0: a value was expected");
    check("[1,]", "3: a value was expected");
    check("[1", "2: the text ends inside an array: `]` is missing");
    check(
        "{\"a\":1",
        "6: the text ends inside an object: `}` is missing",
    );
    check("[1 2]", "3: a comma or the closing bracket was expected");
    check("[1}", "2: a comma or the closing bracket was expected");
    check("{\"a\" 1}", "5: a colon was expected");
    check("{\"a\":1,}", "7: a key in double quotes was expected");
    check("{a:1}", "1: a key in double quotes was expected");
    check("\"abc", "4: the text ends inside a quoted text");
    check(
        "\"abcdefghijklmnop\u{1}\"",
        "17: a control character in a text is not escaped",
    );
    check("\"\\x\"", "1: an unknown escape in a text");
    check(
        "\"\\u12g4\"",
        "1: four hexadecimal digits were expected after `\\u`",
    );
    check(
        "\"\\u+123\"",
        "1: four hexadecimal digits were expected after `\\u`",
    );
    check("\"\\ud83d\"", "1: an escaped surrogate has no partner");
    check(
        "\"\\ud83d\\u0041\"",
        "1: an escaped surrogate has no partner",
    );
    check(
        "\"\\ude00\\ud83d\"",
        "1: an escaped surrogate has no partner",
    );
    check("1e999", "0: the number is too large to be read as one");
    check("[-1e400]", "1: the number is too large to be read as one");
    check(
        &"9".repeat(310),
        "0: the number is too large to be read as one",
    );
    check(&"9".repeat(308), "ok");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    check(&nested(DEPTH_MAX), "ok");
    check(
        &nested(DEPTH_MAX + 1),
        "64: arrays and objects lie more than 64 deep",
    );
    check(
        &"[".repeat(1_000_000),
        "64: arrays and objects lie more than 64 deep",
    );
}

#[test]
fn a_special_byte_is_found_at_every_place() {
    for length in 0..40 {
        for byte in ['"', '\\', '\u{1f}'] {
            let text = format!("\"{}{byte}", "ž".repeat(length));
            let mut scanner = Scanner::new(&text);
            scanner.at = 1;
            scanner.plain();
            assert_eq!(scanner.at, 1 + 2 * length, "{byte:?} after {length}");
        }
    }
}

/// JSON of any shape, with white space, escapes and long numbers.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
        "\"([a-z žů]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,12}\"",
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let space = "[ \t\r\n]{0,2}";
        let key = "\"[a-c\\.]{0,2}\"";
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..6), space).prop_map(|(items, space)| {
                format!("[{space}{}{space}]", items.join(&format!("{space},")))
            }),
            (prop::collection::vec((key, inner), 0..6), space).prop_map(|(members, space)| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{space}:{value}"))
                    .collect();
                format!("{{{space}{}{space}}}", members.join(&format!(",{space}")))
            }),
        ]
    })
}

fn accepted(text: &str) -> bool {
    Json::parse(text).is_ok()
}

fn accepted_by_serde_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// Walks both trees and compares every leaf.
fn assert_same(ours: Json<'_>, theirs: &serde_json::Value) {
    match theirs {
        serde_json::Value::Null => assert!(ours.is_null()),
        serde_json::Value::Bool(value) => assert_eq!(ours.as_bool(), Some(*value)),
        serde_json::Value::String(text) => {
            assert_eq!(ours.as_str().as_deref(), Some(text.as_str()))
        }
        serde_json::Value::Number(number) => {
            assert!(ours.is_number());
            // serde_json may be off by the last bit of the double.
            let (ours, theirs) = (
                ours.text().parse::<f64>().unwrap(),
                number.as_f64().unwrap(),
            );
            assert!(
                (ours - theirs).abs() <= theirs.abs() * 1e-14,
                "{ours} {theirs}"
            );
        }
        serde_json::Value::Array(items) => {
            assert!(ours.is_array());
            assert_eq!(ours.items().count(), items.len());
            ours.items()
                .zip(items)
                .for_each(|(ours, theirs)| assert_same(ours, theirs));
        }
        serde_json::Value::Object(members) => {
            assert!(ours.is_object());
            for (key, _) in ours.entries() {
                assert!(members.contains_key(&*key));
            }
            for (key, theirs) in members {
                assert_same(ours.get(key).unwrap(), theirs);
            }
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_serde_json(text in json()) {
        prop_assert_eq!(accepted(&text), accepted_by_serde_json(&text), "{}", text);
        if let Ok(ours) = Json::parse(&text) {
            assert_same(ours, &serde_json::from_str(&text).unwrap());
        }
    }

    #[test]
    fn agrees_with_serde_json_on_damaged_text(
        text in json(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), "[\\x00-\\x7f]?"), 1..4),
    ) {
        let mut characters: Vec<String> = text.chars().map(String::from).collect();
        for (place, replacement) in cuts {
            let place = place.index(characters.len());
            characters[place] = replacement;
        }
        let text = characters.concat();
        prop_assert_eq!(accepted(&text), accepted_by_serde_json(&text), "{}", text);
    }

    #[test]
    fn agrees_with_serde_json_on_any_text(text in "[\\[\\]{}\",:\\\\ue0-9.+-]{0,24}|\\PC{0,24}") {
        prop_assert_eq!(accepted(&text), accepted_by_serde_json(&text), "{}", text);
    }
}

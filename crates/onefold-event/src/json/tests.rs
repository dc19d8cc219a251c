//! Lazy reading against the obvious rule.

use proptest::prelude::*;

use super::*;

fn json(text: &str) -> Json<'_> {
    Json::parse(text).unwrap()
}

#[test]
fn lookups() {
    let order = json(
        r#" {"a": {"b": [10, {"c": "x"}]}, "a.b": "literal", "n": null, "twice": 1, "twice": 2,
            "d.e": {"f": true}, "\u0041": "escaped key"} "#,
    );
    let check = |path: &str, expected: Option<&str>| {
        assert_eq!(order.path(path).map(Json::text), expected, "{path}");
    };
    check("a.b", Some("\"literal\""));
    check("a.b.0", Some("10"));
    check("a.b.1.c", Some("\"x\""));
    check("a.b.2", None);
    check("a.b.01", None);
    check("a.b.+1", None);
    check("a.b.", None);
    check("n", Some("null"));
    check("n.x", None);
    check("twice", Some("2"));
    check("d.e.f", Some("true"));
    check("A", Some("\"escaped key\""));
    check("", None);
}

/// The rule of paths, step by step: the whole as one key, then every beginning, the shortest first.
fn obvious_path<'a>(json: Json<'a>, dotted: &str) -> Option<Json<'a>> {
    let child = |name: &str| match json.is_array() {
        true => json
            .items()
            .enumerate()
            .find(|(at, _)| at.to_string() == name)
            .map(|(_, item)| item),
        false => json
            .entries()
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, value)| value),
    };
    let beginnings = dotted.match_indices('.');
    child(dotted).or_else(|| {
        let mut found =
            beginnings.map(|(at, _)| obvious_path(child(&dotted[..at])?, &dotted[at + 1..]));
        found.find_map(|found| found)
    })
}

/// Objects and arrays with few names, so that paths meet them; names have dots and escapes.
fn tree() -> impl Strategy<Value = String> {
    "[0-9]".prop_recursive(4, 30, 4, |inner| {
        let key = "[ab]|[ab]\\.[ab]|\\\\u0061|0";
        prop_oneof![
            prop::collection::vec((key, inner.clone()), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
            prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

#[test]
fn text_is_kept_without_the_space_around_it() {
    let json = json("\n {\"a\" : 1.50 } ");
    assert_eq!(json.text(), "{\"a\" : 1.50 }");
    assert_eq!(json.get("a").unwrap().to_string(), "1.50");
}

#[test]
fn kinds_do_not_mix() {
    assert_eq!(json("[1]").get("0"), None);
    assert_eq!(json("{\"0\":1}").items().count(), 0);
    assert_eq!(json("\"[1]\"").items().count(), 0);
    assert_eq!(json("12").as_str(), None);
    assert_eq!(json("\"true\"").as_bool(), None);
    assert!(!json("\"null\"").is_null());
}

#[test]
fn values() {
    let check = |text: &str, expected: Value| assert_eq!(json(text).to_value(), expected, "{text}");
    check("null", Value::Null);
    check("true", Value::Bool(true));
    check("-12.50", Value::Number("-12.5".parse().unwrap()));
    check(
        "9007199254740993",
        Value::Number("9007199254740993".parse().unwrap()),
    );
    check("1e3", Value::Number("1000".parse().unwrap()));
    check("1e40", Value::Json("1e40".into()));
    check("\"a\\tb\"", Value::text("a\tb"));
    check("[1, 2]", Value::Json("[1, 2]".into()));
}

#[test]
fn escapes() {
    let text = json(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00\u0000ž""#);
    assert_eq!(text.as_str().unwrap(), "\"\\/\u{8}\u{c}\n\r\té😀\0ž");
    assert!(matches!(
        json("\"plain\"").as_str(),
        Some(Cow::Borrowed("plain"))
    ));
}

#[test]
fn mistake_names_its_byte() {
    let mistakes = Json::parse("{\"a\": tru}").unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert_eq!(
        mistakes[0].to_string(),
        "not valid JSON at byte 6: a value was expected"
    );
    assert_eq!(mistakes[0].span, Some(6..7));
}

proptest! {
    #[test]
    fn paths_follow_their_rule(text in tree(), path in "[ab01](\\.[ab01]){0,4}|[ab.]{0,4}") {
        let found = json(&text).path(&path).map(Json::text);
        prop_assert_eq!(found, obvious_path(json(&text), &path).map(Json::text), "{} in {}", path, text);
    }

    #[test]
    fn any_text_survives(text in any::<String>()) {
        let quoted = serde_json::Value::from(text.clone()).to_string();
        let ascii: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let ascii = format!("\"{ascii}\"");
        prop_assert_eq!(&*json(&quoted).as_str().unwrap(), &text);
        prop_assert_eq!(&*json(&ascii).as_str().unwrap(), &text);
    }
}

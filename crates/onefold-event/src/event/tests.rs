use super::*;

fn received() -> Timestamp {
    "2026-03-01T12:00:10Z".parse().unwrap()
}

fn mistakes(json: &str) -> String {
    let mistakes = Event::from_json(json, received()).unwrap_err();
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn every_mistake_is_named() {
    let json =
        r#"{"type":"track","userId":[],"event":7,"timestamp":"soon","properties":3,"userId":"a"}"#;
    expect_test::expect![[r#"
        /userId: `userId` occurs twice
        /timestamp: `soon` is not a time (write RFC 3339, such as `2026-03-01T12:00:00Z`)
        /event: `event` must be a text, not `7`
        /properties: `properties` must be an object, not `3`"#]]
    .assert_eq(&mistakes(json));
}

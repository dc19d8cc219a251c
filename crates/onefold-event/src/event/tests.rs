//! Reading and building events: every mistake named, nothing of the text changed.

use expect_test::{Expect, expect};

use super::*;
use crate::Value;

fn received() -> Timestamp {
    "2026-03-01T12:00:10Z".parse().unwrap()
}

fn event(json: &str) -> Event {
    Event::from_json(json, received()).unwrap()
}

/// The mistakes of an event, one a line.
fn check(json: &str, expected: Expect) {
    let mistakes = Event::from_json(json, received()).unwrap_err();
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn every_mistake_is_named() {
    check(
        r#"{"type":"track","userId":[],"event":7,"timestamp":"soon","properties":3,"userId":"a"}"#,
        expect![[r#"
            /userId: `userId` occurs twice
            /timestamp: `soon` is not a time (write RFC 3339, such as `2026-03-01T12:00:00Z`)
            /event: `event` must be a text, not `7`
            /properties: `properties` must be an object, not `3`"#]],
    );
    check(
        r#"{"type":"Track","messageId":{},"sentAt":5,"traits":"x","context":[1],"name":true}"#,
        expect![[r#"
            /type: `Track` is not a type of event (write `track`, `identify`, `page`, `screen`, `group` or `alias`)
            /sentAt: `5` is not a time (write RFC 3339, such as `2026-03-01T12:00:00Z`)
            /messageId: `messageId` must be a text or a number, not `{}`
            /name: `name` must be a text, not `true`
            /traits: `traits` must be an object, not `x`
            /context: `context` must be an object, not `[1]`"#]],
    );
    check(
        r#"{}"#,
        expect![
            "/type: `type` is missing (write `track`, `identify`, `page`, `screen`, `group` or `alias`)"
        ],
    );
    check(
        r#"{"type":null}"#,
        expect![
            "/type: `null` is not a type of event (write `track`, `identify`, `page`, `screen`, `group` or `alias`)"
        ],
    );
    check(
        r#"{"type":"track"}"#,
        expect!["/event: `event` is missing; `track` needs it"],
    );
    check(
        r#"{"type":"track","event":" "}"#,
        expect!["/event: `event` is missing; `track` needs it"],
    );
    check(
        r#"{"type":"group","groupId":null}"#,
        expect!["/groupId: `groupId` is missing; `group` needs it"],
    );
    check(
        r#"{"type":"alias","userId":"a"}"#,
        expect!["/previousId: `previousId` is missing; `alias` needs it"],
    );
    check(
        r#"{"type":"page","\u0074ype":"page"}"#,
        expect!["/type: `type` occurs twice"],
    );
}

#[test]
fn what_is_no_object_has_one_mistake() {
    check(
        "[1,2]",
        expect!["an event is a JSON object (write `{...}`)"],
    );
    check(
        "",
        expect!["not valid JSON at byte 0: the text ends where a value was expected"],
    );
    check(
        r#"{"type":"page""#,
        expect!["not valid JSON at byte 14: the text ends inside an object: `}` is missing"],
    );
    check(
        r#"{"type":"page"} {"#,
        expect!["not valid JSON at byte 16: something follows the value"],
    );
    check(
        r#"{"type":"page","properties":{"a":1e999}}"#,
        expect!["not valid JSON at byte 33: the number is too large to be read as one"],
    );
}

#[test]
fn a_mistake_has_its_place_in_the_text() {
    let text = r#"{"type":"page","userId":[]}"#;
    let mistakes = Event::from_json(text, received()).unwrap_err();
    assert_eq!(mistakes[0].span, Some(24..26));
    assert_eq!(
        mistakes[0].render(text),
        "`userId` must be a text or a number, not `[]`\n  {\"type\":\"page\",\"userId\":[]}\n                          ^^",
    );
}

#[test]
fn bytes_that_are_not_utf_8() {
    let mistakes = Event::from_json_bytes(b"{\"type\":\"\xff\"}", received()).unwrap_err();
    assert_eq!(mistakes[0].to_string(), "not UTF-8 at byte 9");
}

#[test]
fn sizes_are_limited() {
    let long = |length: usize| format!(r#"{{"type":"page","name":"{}"}}"#, "x".repeat(length));
    assert_eq!(
        event(&long(200_000)).event_name().map(|name| name.len()),
        Some(200_000)
    );
    check(
        &long(Event::BYTES_MAX),
        expect!["the event has 1048601 bytes, the limit is 1048576"],
    );
    let id = |length: usize| format!(r#"{{"type":"page","messageId":"{}"}}"#, "x".repeat(length));
    assert_eq!(event(&id(512)).message_id().map(|id| id.len()), Some(512));
    check(
        &id(513),
        expect!["/messageId: `messageId` is longer than 512 bytes"],
    );
}

#[test]
fn all_six_calls_are_known() {
    for kind in EventKind::ALL {
        let json = format!(r#"{{"type":"{kind}","event":"E","groupId":"g","previousId":"p"}}"#);
        let event = event(&json);
        assert_eq!(event.kind(), kind);
        let name = if kind == EventKind::Track {
            "E"
        } else {
            kind.as_str()
        };
        assert_eq!(event.occurrence_name(), name);
    }
}

#[test]
fn ids() {
    let event = event(
        r#"{"type":"alias","messageId":"m\u0031","userId":null,"anonymousId":"  ","groupId":42,"previousId":"p"}"#,
    );
    assert_eq!(event.message_id().as_deref(), Some("m1"));
    assert_eq!(event.user_id(), None);
    assert_eq!(event.anonymous_id(), None);
    assert_eq!(event.group_id().as_deref(), Some("42"));
    assert_eq!(event.previous_id().as_deref(), Some("p"));
    assert_eq!(event.field("userId").map(Json::is_null), Some(true));
    assert_eq!(event.field("nothing"), None);
}

#[test]
fn objects() {
    let event = event(
        r#"{"type":"identify","properties":[],"traits":null,"context":{"traits":{"email":"a@b.c"}},"integrations":{"All":true}}"#,
    );
    assert_eq!(event.properties(), None);
    assert_eq!(event.traits().map(Json::text), Some(r#"{"email":"a@b.c"}"#));
    assert_eq!(
        event.integrations().map(Json::text),
        Some(r#"{"All":true}"#)
    );
    let empty = r#"{"type":"identify","traits":{},"context":{"traits":{"a":1}}}"#;
    assert_eq!(
        self::event(empty).traits().map(Json::text),
        Some(r#"{"a":1}"#)
    );
    let nothing = r#"{"type":"identify","traits":{}}"#;
    assert_eq!(self::event(nothing).traits().map(Json::text), Some("{}"));
    let track = r#"{"type":"track","event":"E","context":{"traits":{"email":"a@b.c"}}}"#;
    assert_eq!(self::event(track).traits(), None);
    assert_eq!(
        self::event(track).context_traits().map(Json::text),
        Some(r#"{"email":"a@b.c"}"#)
    );
}

#[test]
fn traits_of_the_context_are_found_as_by_reading() {
    for context in [
        "null",
        "[]",
        "{}",
        r#"{"traits":null}"#,
        r#"{"a":{"traits":{"no":1}},"traits":{"yes":1}}"#,
        r#"{"traits":{"first":1},"traits" : {"last":1} , "z":1}"#,
        r#"{"tr\u0061its":{"escaped":1}}"#,
        r#"{"traits":7}"#,
    ] {
        let event = event(&format!(r#"{{"type":"page","\u0063ontext" : {context} }}"#));
        let read = event.context().and_then(|context| context.get("traits"));
        assert_eq!(
            event.context_traits(),
            read.filter(|traits| traits.is_object()),
            "{context}"
        );
    }
}

#[test]
fn name_is_event_for_track_and_name_for_page() {
    let both = |kind| format!(r#"{{"type":"{kind}","event":"E","name":"N"}}"#);
    assert_eq!(event(&both("track")).event_name().as_deref(), Some("E"));
    assert_eq!(event(&both("page")).event_name().as_deref(), Some("N"));
    assert_eq!(event(r#"{"type":"page"}"#).event_name(), None);
}

#[test]
fn nothing_of_the_text_is_changed() {
    let json =
        " {\"z\":1.50, \"type\" : \"page\",\"a\":null,\"n\":9007199254740993,\"a\":\"\\u00e9\"}\n";
    let event = event(json);
    assert_eq!(event.json(), json);
    assert_eq!(event.to_string(), json);
    assert_eq!(
        event.field("a").and_then(Json::as_str).as_deref(),
        Some("é")
    );
}

#[test]
fn built_events() {
    let event = Event::group("acme")
        .user_id("u1")
        .anonymous_id("a1")
        .trait_value("plan", "free")
        .trait_value("plan", "pro")
        .property("open", true)
        .context("locale", "cs")
        .timestamp("2026-03-01T11:00:00Z".parse().unwrap())
        .received_at(received())
        .build()
        .unwrap();
    assert_eq!(event.kind(), EventKind::Group);
    assert_eq!(event.group_id().as_deref(), Some("acme"));
    assert_eq!(event.traits().map(Json::text), Some(r#"{"plan":"pro"}"#));
    assert_eq!(
        (event.received_at(), event.time_basis()),
        (received(), TimeBasis::AsGiven)
    );
    expect![[r#"{"type":"group","groupId":"acme","userId":"u1","anonymousId":"a1","timestamp":"2026-03-01T11:00:00Z","properties":{"open":true},"traits":{"plan":"pro"},"context":{"locale":"cs"}}"#]].assert_eq(event.json());
    let named = [Event::page("Home"), Event::screen("Home")]
        .map(|event| event.timestamp(received()).build().unwrap());
    assert!(
        named
            .iter()
            .all(|event| event.event_name().as_deref() == Some("Home"))
    );
}

#[test]
fn a_built_event_obeys_the_rules() {
    let check = |builder: EventBuilder, expected: Expect| {
        expected.assert_eq(&builder.build().unwrap_err().to_string());
    };
    let injected = Value::Json(r#"1},"userId":"other","x":{"#.into());
    check(
        Event::track("E").property("n", injected),
        expect![[r#"
        the event cannot be built
        the value of `n` is not valid JSON at byte 1: something follows the value
        the event has no time (set `timestamp`)"#]],
    );
    check(
        Event::track(" ").timestamp(received()),
        expect![[r#"
        the event cannot be built
        /event: `event` is missing; `track` needs it"#]],
    );
    check(
        Event::alias("").timestamp(received()),
        expect![[r#"
        the event cannot be built
        /previousId: `previousId` is missing; `alias` needs it"#]],
    );
}

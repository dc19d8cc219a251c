//! Lines of the web tracker that no reader can make an event of, and one that names nobody.

use crate::text::Object;

/// Why a line is broken, and its bytes.
pub(crate) fn lines() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let mut not_utf8 = viewed(13).into_bytes();
    not_utf8.splice(1..1, *b"\"cafe\":\"caf\xe9\",");
    let whole = [
        ("truncated", cut(viewed(1))),
        ("truncated", cut(cut(event(2, "page").finish()))),
        ("missing_type", viewed(3).replace(r#""type":"track","#, "")),
        (
            "missing_type",
            viewed(4).replace(r#""type":"track""#, r#""type":null"#),
        ),
        ("unknown_type", viewed(5).replace("track", "trakc")),
        (
            "lone_surrogate",
            viewed(6).replace("Earl Grey", r"Earl \ud83c Grey"),
        ),
        (
            "lone_surrogate",
            viewed(7).replace("Earl Grey", r"\udf75 Earl Grey"),
        ),
        (
            "absurd_date",
            event(8, "page")
                .text("timestamp", "2025-02-30T25:61:00Z")
                .finish(),
        ),
        (
            "absurd_date",
            event(9, "page").text("timestamp", "yesterday").finish(),
        ),
        (
            "no_event_name",
            event(11, "track").json("properties", "{}").finish(),
        ),
        (
            "too_deep",
            event(12, "page")
                .json("properties", &format!("{{\"path\":{deep}}}"))
                .finish(),
        ),
        ("no_object", r#"["track","Product Viewed"]"#.to_owned()),
    ];
    let whole = whole
        .into_iter()
        .map(|(reason, line)| (reason, line.into_bytes()));
    let lines = whole.chain([("not_utf8", not_utf8)]);
    lines
        .map(|(reason, line)| (reason, [line.as_slice(), b"\n"].concat()))
        .collect()
}

/// A good event without an identifier.
pub(crate) fn nameless() -> Vec<u8> {
    let time = "2026-01-31T09:00:00.000Z";
    let event = Object::new()
        .text("type", "track")
        .text("event", "Product Viewed");
    let event = event
        .json("properties", r#"{"product_id":"TEE-103"}"#)
        .text("messageId", "ajs-nameless");
    let event = event
        .text("originalTimestamp", time)
        .text("sentAt", time)
        .text("receivedAt", time);
    format!("{}\n", event.finish()).into_bytes()
}

fn event(number: i64, kind: &str) -> Object {
    let event = Object::new()
        .text("type", kind)
        .text("anonymousId", &format!("broken-{number}"));
    event.text("messageId", &format!("broken-{number}"))
}

fn viewed(number: i64) -> String {
    let event = event(number, "track").text("event", "Product Viewed");
    let event = event.json(
        "properties",
        r#"{"product_id":"TEE-103","name":"Earl Grey"}"#,
    );
    event
        .text("receivedAt", "2025-09-01T10:00:00.600Z")
        .finish()
}

/// The line without its last bytes, as a full disk leaves it.
fn cut(line: String) -> String {
    line.chars().take(line.len() - 12).collect()
}

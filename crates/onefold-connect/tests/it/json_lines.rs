//! JSON Lines: Segment events and mapped objects, plain and compressed.

use expect_test::expect;
use onefold_connect::{Content, FileFormat, LINE_BYTES_MAX, PREFIX_BYTES, conformance};

use crate::{
    delimited::gzip,
    support::{config, open, read, told},
};

const LINES: &str = concat!(
    r#"{"type":"track","event":"Order Completed","messageId":"m1","userId":"u1","timestamp":"2026-03-01T11:00:00Z"}"#,
    "\n\n",
    r#"{"type":"page","anonymousId":"a1"}"#,
    "\r\n",
    r#"{"type":"page","anonymousId":"a1"}"#,
    "\n",
    r#"{"type":"trak","userId":7}"#,
    "\nno JSON\n",
    "{\"type\":\"page\",\"name\":\"M\u{fc}ller\"",
);

#[test]
fn segment_events_as_they_are() {
    let config = config("web/events.jsonl", FileFormat::SegmentEvents, "").unwrap();
    let items = read(&mut open(&config, LINES.as_bytes()).unwrap());
    let ids: Vec<_> = items.iter().map(|item| &*item.id).collect();
    assert_eq!(ids[0], "m1");
    assert_eq!(ids[2], format!("{}-2", ids[1]));
    expect![[r#"
        events.jsonl line 1: {"type":"track","event":"Order Completed","messageId":"m1","userId":"u1","timestamp":"2026-03-01T11:00:00Z"}
        events.jsonl line 3: {"type":"page","anonymousId":"a1"}
        events.jsonl line 4: {"type":"page","anonymousId":"a1"}
        events.jsonl line 5: quarantined `{"type":"trak","userId":7}`: /type: `trak` is not a type of event (write `track`, `identify`, `page`, `screen`, `group` or `alias`)
        events.jsonl line 6: quarantined `no JSON`: not valid JSON at byte 0: a value was expected
        events.jsonl line 7: quarantined `{"type":"page","name":"Müller"`: not valid JSON at byte 31: the text ends inside an object: `}` is missing
    "#]].assert_eq(&told(&items));
    conformance::source(|| open(&config, LINES.as_bytes()).unwrap());
    conformance::source(|| open(&config, &gzip(LINES.as_bytes())).unwrap());
}

#[test]
fn objects_through_a_mapping() {
    let mapping = r#"
        as = "event"
        event_name_column = "action"
        time = { column = "ts", format = "unix_seconds" }
        identifiers = { user_id = "user.id", device = "device" }
        traits = { city = "user.address.city" }
        properties = { total = { column = "cart.total", type = "number" }, items = "cart.items" }
    "#;
    let config = config("log.jsonl", FileFormat::JsonLines, mapping).unwrap();
    let lines = concat!(
        r#"{"action":"Bought","ts":1772362800,"user":{"id":17,"address":{"city":"Bonn"}},"device":"d","cart":{"total":"12.50","items":[1,{"a":null}]},"seen":true,"none":null,"x.y":1e400}"#,
        "\n",
        r#"{"action":"Bought","ts":1772362800.5,"user":{"id":17},"cart":{"total":9007199254740993},"seen":true,"none":null}"#,
        "\n",
        r#"{"ts":"yesterday","user":null,"cart":{"total":"many"}}"#,
        "\n[1]\n",
    );
    let items = read(&mut open(&config, lines.as_bytes()).unwrap());
    expect![[r#"
        log.jsonl line 1: quarantined `{"action":"Bought","ts":1772362800,"user":{"id":17,"address":{"city":"Bonn"}},"device":"d","cart":{"total":"12.50","items":[1,{"a":null}]},"seen":true,"none":null,"x.y":1e400}`: not valid JSON at byte 169: the number is too large to be read as one
        log.jsonl line 2: {"type":"track","messageId":"row-f73ad3aa33ef0782b80740bdcf87a91c","userId":"17","event":"Bought","timestamp":"2026-03-01T11:00:00.500Z","properties":{"user":{"id":17},"cart":{"total":9007199254740993},"seen":true,"none":null,"total":9007199254740993},"context":{"traits":{}}}
        log.jsonl line 3: quarantined `{"ts":"yesterday","user":null,"cart":{"total":"many"}}`: /ts: `yesterday` is not a number of seconds or parts of them; /action: the event has no name; /cart/total: `many` is not a number
        log.jsonl line 4: quarantined `[1]`: the line is not a JSON object
    "#]].assert_eq(&told(&items));
    conformance::source(|| open(&config, lines.as_bytes()).unwrap());
}

#[test]
fn a_line_over_the_limit_is_quarantined_by_its_prefix() {
    let config = config("big.jsonl", FileFormat::SegmentEvents, "").unwrap();
    let mut bytes = vec![b'x'; LINE_BYTES_MAX + 1];
    bytes.extend(b"\n{\"type\":\"page\",\"anonymousId\":\"a\"}\n");
    let items = read(&mut open(&config, &bytes).unwrap());
    let Content::Quarantined(kept) = &items[0].content else {
        panic!("a line over the limit");
    };
    assert_eq!(kept.bytes.len(), PREFIX_BYTES);
    assert_eq!(
        kept.reasons[0].message,
        "the line has 16777217 bytes, more than the limit of 16777216; its first 65536 are kept"
    );
    assert!(matches!(items[1].content, Content::Event(_)));
}

#[cfg(feature = "zstd")]
#[test]
fn zstd_by_its_first_bytes() {
    let config = config("events.jsonl", FileFormat::SegmentEvents, "").unwrap();
    let plain = read(&mut open(&config, LINES.as_bytes()).unwrap());
    let (head, tail) = LINES.split_at(50);
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let frames = [head, tail].map(|part| ruzstd::encoding::compress_to_vec(part.as_bytes(), level));
    let packed = read(&mut open(&config, &frames.concat()).unwrap());
    assert_eq!(plain, packed);
}

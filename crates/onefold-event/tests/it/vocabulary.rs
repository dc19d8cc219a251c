//! Every example of the specification and every request of the real SDKs is understood.

use onefold_event::{Event, EventKind, IdentifierFields, Json, TimeBasis, Timestamp};
use serde_json::{Value, json};

use crate::shared::lines;

fn received() -> Timestamp {
    "2026-11-21T18:20:00Z".parse().unwrap()
}

fn event(value: &Value) -> Event {
    Event::from_json(&value.to_string(), received())
        .unwrap_or_else(|mistakes| panic!("{value}: {mistakes:?}"))
}

/// Which call an example without `type` shows.
fn kind_of(example: &Value) -> &'static str {
    let has = |member: &str| example.get(member).is_some();
    match () {
        () if has("event") => "track",
        () if has("groupId") => "group",
        () if has("previousId") => "alias",
        () if has("traits") => "identify",
        () => "page",
    }
}

#[test]
fn examples_of_the_specification() {
    let Some(lines) = lines("segment_spec_examples/examples.jsonl.gz") else {
        return;
    };
    let (mut events, mut batched, mut partial) = (0, 0, 0);
    for line in lines {
        let row: Value = serde_json::from_str(&line).unwrap();
        let mut example = row["example"].clone();
        match row["kind"].as_str().unwrap() {
            "event" => {
                events += 1;
                assert_eq!(event(&example).kind().as_str(), example["type"]);
            }
            "batch" => {
                for example in example["batch"].as_array().unwrap() {
                    batched += 1;
                    event(example);
                }
            }
            "partial_event" => {
                partial += 1;
                let kind = kind_of(&example);
                example["type"] = json!(kind);
                assert_eq!(event(&example).kind().as_str(), kind);
            }
            _ => {}
        }
    }
    assert_eq!((events, batched, partial), (37, 4, 50));
}

/// The events of one request: a batch, with its `sentAt` lifted into each event, or one event.
fn events_of(body: &Value) -> Vec<Value> {
    let Some(batch) = body["batch"].as_array() else {
        return vec![body.clone()];
    };
    let lifted = batch.iter().cloned().map(|mut event| {
        if event.get("sentAt").is_none() {
            event["sentAt"] = body["sentAt"].clone();
        }
        event
    });
    lifted.collect()
}

#[test]
fn requests_of_real_sdks() {
    let mut kinds = std::collections::BTreeMap::new();
    for name in ["py_segment", "py_rudder", "js_rudder", "js_jitsu"] {
        let Some(lines) = lines(&format!("sdk_requests/{name}.jsonl.gz")) else {
            return;
        };
        for line in lines {
            let row: Value = serde_json::from_str(&line).unwrap();
            for sent in events_of(&row["body_json"])
                .iter()
                .filter(|sent| sent.is_object())
            {
                let event = event(sent);
                *kinds.entry(event.kind().as_str()).or_insert(0) += 1;
                assert!(event.message_id().is_some(), "{sent}");
                assert!(
                    matches!(event.time_basis(), TimeBasis::Corrected { .. }),
                    "{event:?}"
                );
                let (identifiers, mistakes) = IdentifierFields::default().identifiers(&event);
                assert!(mistakes.is_empty(), "{mistakes:?}");
                assert!(!identifiers.is_empty(), "{sent}");
                if event.kind() == EventKind::Identify {
                    assert!(event.traits().is_some(), "{sent}");
                }
            }
        }
    }
    let all: Vec<&str> = kinds.keys().copied().collect();
    assert_eq!(
        all,
        ["alias", "group", "identify", "page", "screen", "track"]
    );
}

#[test]
fn a_real_shop_loses_nothing() {
    let Some(lines) = lines("online_retail_events/events.jsonl.gz") else {
        return;
    };
    let mut longest = 0;
    for line in &lines {
        let event = Event::from_json(line, received()).unwrap();
        assert_eq!(event.json(), line);
        assert_eq!(event.time_basis(), TimeBasis::AsGiven);
        if let Some(total) = event
            .properties()
            .and_then(|properties| properties.get("total"))
        {
            assert!(Json::to_value(total).as_number().is_some(), "{total}");
        }
        longest = longest.max(line.len());
    }
    assert_eq!(lines.len(), 30_272);
    // Far beyond the 32 KB that other systems take.
    assert_eq!(longest, 96_601);
}

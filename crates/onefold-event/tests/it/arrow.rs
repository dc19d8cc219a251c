//! Events as columns and back, without loss.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, LargeStringArray, RecordBatch, StringArray, StringViewArray};
use onefold_event::{ErrorKind, Event, Timestamp, arrow};

use crate::shared::lines;

fn events() -> Vec<Event> {
    let received: Timestamp = "2026-03-01T12:00:10Z".parse().unwrap();
    let lines = [
        r#"{"type":"track","event":"Order \"Completed\"","userId":7,"anonymousId":null,"messageId":"m1","properties":{"total":9007199254740993},"timestamp":"2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:05Z","x":[1.50]}"#,
        r#" {"type":"identify","anonymousId":"a","context":{"traits":{"email":"a@b.cz"}},"timestamp":"2027-01-01"} "#,
        r#"{"type":"alias","previousId":"ž","type\u0032":null}"#,
    ];
    lines
        .iter()
        .map(|line| Event::from_json(line, received).unwrap())
        .collect()
}

fn text(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(column).unwrap();
    let column = column.as_any().downcast_ref::<StringArray>().unwrap();
    column.is_valid(row).then(|| column.value(row).to_owned())
}

#[test]
fn columns_say_what_the_event_says() {
    let batch = arrow::to_batch(&events()).unwrap();
    assert_eq!(batch.schema(), arrow::schema());
    assert_eq!(
        text(&batch, "name", 0).as_deref(),
        Some("Order \"Completed\"")
    );
    assert_eq!(text(&batch, "user_id", 0).as_deref(), Some("7"));
    assert_eq!(text(&batch, "anonymous_id", 0), None);
    assert_eq!(
        text(&batch, "properties", 0).as_deref(),
        Some(r#"{"total":9007199254740993}"#)
    );
    assert_eq!(text(&batch, "time_basis", 0).as_deref(), Some("corrected"));
    assert_eq!(
        text(&batch, "time_basis", 1).as_deref(),
        Some("future_clamped")
    );
    assert_eq!(
        text(&batch, "traits", 1).as_deref(),
        Some(r#"{"email":"a@b.cz"}"#)
    );
    assert_eq!(text(&batch, "previous_id", 2).as_deref(), Some("ž"));
    assert_eq!(text(&batch, "type", 2).as_deref(), Some("alias"));
}

#[test]
fn nothing_is_lost() {
    let batch = arrow::to_batch(&events()).unwrap();
    assert_eq!(arrow::from_batch(&batch).unwrap(), events());
    assert_eq!(
        arrow::from_batch(&arrow::to_batch(&[]).unwrap()).unwrap(),
        []
    );
    // As other engines write text: in two more forms, and only the columns that are needed.
    let json = || {
        batch
            .column(0)
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .iter()
    };
    let large: ArrayRef = Arc::new(json().collect::<LargeStringArray>());
    let view: ArrayRef = Arc::new(json().collect::<StringViewArray>());
    for column in [large, view] {
        let columns = [("received_at", batch.column(1).clone()), ("json", column)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        assert_eq!(arrow::from_batch(&batch).unwrap(), events());
    }
}

#[test]
fn every_mistake_is_named() {
    let batch = arrow::to_batch(&events()).unwrap();
    let without = batch.project(&[3]).unwrap();
    let error = arrow::from_batch(&without).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.diagnostics().len(), 2);
    let json: ArrayRef = Arc::new(StringArray::from(vec![Some("{}"), None, Some("x")]));
    let columns = [("received_at", batch.column(1).clone()), ("json", json)];
    let error = arrow::from_batch(
        &RecordBatch::try_from_iter_with_nullable(
            columns.map(|(name, column)| (name, column, true)),
        )
        .unwrap(),
    )
    .unwrap_err();
    let messages: Vec<&str> = error
        .diagnostics()
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "row 0: `type` is missing",
            "row 1: not valid JSON at byte 0: the text ends where a value was expected",
            "row 2: not valid JSON at byte 0: a value was expected",
        ]
    );
}

#[test]
fn a_real_shop_round_trips() {
    let Some(lines) = lines("online_retail_events/events.jsonl.gz") else {
        return;
    };
    let received = "2011-12-31".parse().unwrap();
    let events: Vec<Event> = lines
        .iter()
        .take(2_000)
        .map(|line| Event::from_json(line, received).unwrap())
        .collect();
    let batch = arrow::to_batch(&events).unwrap();
    assert_eq!(arrow::from_batch(&batch).unwrap(), events);
}

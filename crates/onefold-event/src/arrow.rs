//! Events as columns and back.
//!
//! Invariant: the column `json` holds each event's text as it came and `received_at` the instant it
//! was received; from these two an event is read back exactly. All other columns are derived, for
//! engines that do not know this crate, and are not read.
//!
//! ```
//! use onefold_event::{Event, arrow};
//! let event = Event::track("Signed Up").user_id("u1").timestamp("2026-03-01".parse()?).build()?;
//! let batch = arrow::to_batch(std::slice::from_ref(&event))?;
//! assert_eq!(batch.num_columns(), arrow::schema().fields().len());
//! assert_eq!(arrow::from_batch(&batch)?, [event]);
//! # Ok::<(), onefold_event::Error>(())
//! ```

use std::{collections::HashMap, sync::Arc};

use arrow_array::{
    Array, ArrayRef, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::{Diagnostic, Error, ErrorKind, Event, Json, Result, TimeBasis, Timestamp};

/// The most bytes of JSON in one batch: Arrow counts the bytes of a text column in 31 bits.
pub const BATCH_BYTES_MAX: usize = i32::MAX as usize;

/// The columns of a batch of events.
///
/// | column | type | holds |
/// | --- | --- | --- |
/// | `json` | text, JSON | the event as it came |
/// | `received_at` | UTC, microseconds | [`Event::received_at`] |
/// | `type` | text | [`Event::kind`] |
/// | `message_id`, `user_id`, `anonymous_id`, `group_id`, `previous_id`, `name` | text or null | the methods of these names; `name` is [`Event::event_name`] |
/// | `time` | UTC, microseconds | [`Event::time`] |
/// | `time_basis` | text | the name of [`Event::time_basis`], such as `corrected` |
/// | `properties`, `traits`, `context` | text or null, JSON | the methods of these names |
pub fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let json = |name: &str, nullable| {
        // The canonical extension type of Arrow for JSON kept as text.
        let metadata = [
            ("ARROW:extension:name", "arrow.json"),
            ("ARROW:extension:metadata", ""),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        text(name, nullable).with_metadata(HashMap::from(metadata))
    };
    let time = |name: &str| {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Field::new(name, utc, false)
    };
    Arc::new(Schema::new(vec![
        json("json", false),
        time("received_at"),
        text("type", false),
        text("message_id", true),
        text("user_id", true),
        text("anonymous_id", true),
        text("group_id", true),
        text("previous_id", true),
        text("name", true),
        time("time"),
        text("time_basis", false),
        json("properties", true),
        json("traits", true),
        json("context", true),
    ]))
}

/// The events as one batch of [`schema`], in their order.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] if their JSON is longer than [`BATCH_BYTES_MAX`].
pub fn to_batch(events: &[Event]) -> Result<RecordBatch> {
    let bytes: usize = events.iter().map(|event| event.json().len()).sum();
    if bytes > BATCH_BYTES_MAX {
        let message = format!("the events have {bytes} bytes, a batch takes {BATCH_BYTES_MAX}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    let texts = |text: fn(&Event) -> Option<String>| -> ArrayRef {
        Arc::new(events.iter().map(text).collect::<StringArray>())
    };
    let jsons = |json: fn(&Event) -> Option<Json<'_>>| -> ArrayRef {
        let texts = events.iter().map(|event| json(event).map(Json::text));
        Arc::new(texts.collect::<StringArray>())
    };
    let times = |time: fn(&Event) -> Timestamp| -> ArrayRef {
        let micros = events.iter().map(|event| time(event).as_micros());
        Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
    };
    let columns = vec![
        Arc::new(StringArray::from_iter_values(
            events.iter().map(Event::json),
        )) as ArrayRef,
        times(Event::received_at),
        texts(|event| Some(event.kind().to_string())),
        texts(|event| event.message_id().map(Into::into)),
        texts(|event| event.user_id().map(Into::into)),
        texts(|event| event.anonymous_id().map(Into::into)),
        texts(|event| event.group_id().map(Into::into)),
        texts(|event| event.previous_id().map(Into::into)),
        texts(|event| event.event_name().map(Into::into)),
        times(Event::time),
        texts(|event| Some(basis_name(event.time_basis()).to_owned())),
        jsons(Event::properties),
        jsons(Event::traits),
        jsons(Event::context),
    ];
    RecordBatch::try_new(schema(), columns)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()).because(error))
}

/// The events of a batch, in its order. Only the columns `json` and `received_at` are read.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] with every mistake: a column that is missing or of another type, and
/// each row that is no event, by its number counted from 0.
pub fn from_batch(batch: &RecordBatch) -> Result<Vec<Event>> {
    let json = Texts::of(batch);
    let times = batch
        .column_by_name("received_at")
        .and_then(|column| column.as_any().downcast_ref::<TimestampMicrosecondArray>());
    let (Some(json), Some(times)) = (json, times) else {
        let missing = [
            (json.is_none(), "the column `json` is missing or not text"),
            (
                times.is_none(),
                "the column `received_at` is missing or not a time in microseconds",
            ),
        ];
        let mistakes = missing.into_iter().filter(|(missing, _)| *missing);
        let mistakes = mistakes
            .map(|(_, message)| Diagnostic::new(message))
            .collect();
        return Err(Error::invalid("this is no batch of events", mistakes));
    };
    let mut events = Vec::with_capacity(batch.num_rows());
    let mut mistakes = Vec::new();
    for row in 0..batch.num_rows() {
        let text = json
            .get(row)
            .filter(|_| times.is_valid(row))
            .unwrap_or_default();
        match Event::from_json(text, Timestamp::from_micros(times.value(row))) {
            Ok(event) => events.push(event),
            Err(reasons) => mistakes.extend(reasons.into_iter().map(|mut reason| {
                reason.message = format!("row {row}: {}", reason.message);
                reason
            })),
        }
    }
    match mistakes.is_empty() {
        true => Ok(events),
        false => Err(Error::invalid("rows of the batch are no events", mistakes)),
    }
}

/// A text column in any of the forms that Arrow has for one.
#[derive(Clone, Copy)]
enum Texts<'a> {
    Short(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> Texts<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let column = batch.column_by_name("json")?.as_any();
        let short = column.downcast_ref().map(Self::Short);
        let large = || column.downcast_ref().map(Self::Large);
        let view = || column.downcast_ref().map(Self::View);
        short.or_else(large).or_else(view)
    }

    fn get(self, row: usize) -> Option<&'a str> {
        match self {
            Self::Short(column) => column.is_valid(row).then(|| column.value(row)),
            Self::Large(column) => column.is_valid(row).then(|| column.value(row)),
            Self::View(column) => column.is_valid(row).then(|| column.value(row)),
        }
    }
}

fn basis_name(basis: TimeBasis) -> &'static str {
    match basis {
        TimeBasis::Corrected { .. } => "corrected",
        TimeBasis::AsGiven => "as_given",
        TimeBasis::SkewIgnored { .. } => "skew_ignored",
        TimeBasis::Received => "received",
        TimeBasis::ClockUnset => "clock_unset",
        TimeBasis::FutureClamped { .. } => "future_clamped",
    }
}

//! One value of one trait from one source at one time.

use onefold_event::{AnchorId, Position, SourceName, Timestamp, Value};
use serde::{Serialize, Serializer};

/// What a source says about a trait, on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation<'a> {
    /// Which trait.
    pub name: &'a str,
    /// Its value; an empty one is kept and never wins.
    pub value: Value,
    /// Who says so.
    pub source: &'a SourceName,
    /// When it was true, as the source has it.
    pub time: Timestamp,
    /// Where in the log it was said.
    pub position: Position,
}

/// An observation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedObservation {
    /// The anchor it came with.
    pub anchor: AnchorId,
    /// Which trait.
    pub name: Box<str>,
    /// Its value.
    #[serde(serialize_with = "value")]
    pub value: Value,
    /// Who says so.
    pub source: SourceName,
    /// When it was true, as the source has it.
    pub time: Timestamp,
    /// Where in the log it was said.
    pub position: Position,
}

/// Writes a value as JSON, numbers with all their digits.
pub(crate) fn value<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match serde_json::value::RawValue::from_string(value.to_json()) {
        Ok(json) => json.serialize(serializer),
        // Text that claims to be JSON and is not stays readable as text.
        Err(_) => serializer.collect_str(value),
    }
}

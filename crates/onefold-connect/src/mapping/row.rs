//! What a mapping sees of a row, whatever file it comes from.

use std::borrow::Cow;

use onefold_event::{Decimal, Json, Timestamp, Value};

use super::json_text;

/// A row whose columns are asked for by the number they have in the plan.
pub(crate) trait Row {
    /// The cell of this column of the plan.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// Calls `visit` with every column that the plan does not name.
    fn rest(&self, visit: &mut dyn FnMut(&str, Cell<'_>));
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    /// The row has no such column, or nothing in it.
    Absent,
    /// An explicit null.
    Null,
    Text(Cow<'a, str>),
    /// A number as JSON writes it, of any length.
    Digits(Cow<'a, str>),
    Number(Decimal),
    Bool(bool),
    Time(Timestamp),
    /// An array or object.
    Json(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    pub(crate) fn of_json(json: Json<'a>) -> Self {
        if let Some(text) = json.as_str() {
            return Self::Text(text);
        }
        if let Some(value) = json.as_bool() {
            return Self::Bool(value);
        }
        match json.is_null() {
            true => Self::Null,
            false if json.is_number() => Self::Digits(Cow::Borrowed(json.text())),
            false => Self::Json(Cow::Borrowed(json.text())),
        }
    }

    /// The value as one text; `None` where there is none, or only white space.
    pub(crate) fn as_text(&self) -> Option<Cow<'_, str>> {
        let text: Cow<'_, str> = match self {
            Self::Absent | Self::Null => return None,
            Self::Text(text) | Self::Digits(text) | Self::Json(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Time(time) => Cow::Owned(time.to_string()),
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// Writes the value as JSON; `Absent` is null.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Self::Absent | Self::Null => out.push_str("null"),
            Self::Text(text) => json_text::text(out, text),
            Self::Digits(text) | Self::Json(text) => out.push_str(text),
            Self::Number(number) => json_text::display(out, number),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Time(time) => json_text::time(out, *time),
        }
    }

    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Absent | Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text.into()),
            Self::Digits(text) => match Json::parse(&text) {
                Ok(json) => json.to_value(),
                Err(_) => Value::Text(text.into()),
            },
            Self::Json(text) => Value::Json(text.into()),
            Self::Number(number) => Value::Number(number),
            Self::Bool(value) => Value::Bool(value),
            Self::Time(time) => Value::Text(time.to_string().into()),
        }
    }
}

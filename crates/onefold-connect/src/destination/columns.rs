//! The columns of a table that messages are written to.

use onefold_event::{Diagnostic, Diagnostics, Error, ErrorKind, Result, Value};

use super::Message;

/// The columns of a file, in their order, each with its type.
///
/// `message_id` and `person_id` are columns like others, filled from the message itself. A message
/// with a field that has no column is rejected rather than cut short; one without a field has a null.
///
/// ```
/// use onefold_connect::{Columns, ValueType};
/// let columns = Columns::new([
///     ("person_id", ValueType::Text),
///     ("email", ValueType::Text),
///     ("total", ValueType::Number),
/// ])?;
/// assert_eq!(columns.names().collect::<Vec<_>>(), ["person_id", "email", "total"]);
/// # Ok::<(), onefold_connect::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(Box<str>, ValueType)>);

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ValueType {
    /// Anything, as its text.
    #[default]
    Text,
    /// Exact numbers. In Parquet `Decimal128(38, 10)`: 28 digits before and 10 behind the point.
    Number,
    /// `true` and `false`.
    Bool,
    /// Instants, given as RFC 3339 text. In Parquet microseconds in UTC.
    Time,
}

impl Columns {
    /// Columns of these names and types.
    ///
    /// # Errors
    /// `InvalidInput` if there is none, or two have one name.
    pub fn new<N: Into<Box<str>>>(
        columns: impl IntoIterator<Item = (N, ValueType)>,
    ) -> Result<Self> {
        let columns: Vec<(Box<str>, ValueType)> = columns
            .into_iter()
            .map(|(name, kind)| (name.into(), kind))
            .collect();
        let mut names: Vec<&str> = columns.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        let repeated = names.windows(2).find(|pair| pair.first() == pair.last());
        let message = match repeated.and_then(|pair| pair.first()) {
            Some(name) => format!("there are two columns `{name}`"),
            None if names.is_empty() => "a table needs at least one column".to_owned(),
            None => return Ok(Self(columns)),
        };
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// Columns of text.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn text<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> Result<Self> {
        Self::new(names.into_iter().map(|name| (name, ValueType::Text)))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The names with their types, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ValueType)> {
        self.0.iter().map(|(name, kind)| (&**name, *kind))
    }

    /// The value of every column of a message.
    pub(super) fn values<'m>(&'m self, message: &'m Message) -> impl Iterator<Item = Value> + 'm {
        self.names().map(|name| match (message.field(name), name) {
            (Some(value), _) => value.clone(),
            (None, "message_id") => Value::text(&*message.id),
            (None, "person_id") => Value::text(message.person.to_string()),
            (None, _) => Value::Null,
        })
    }

    /// What is wrong with a message for these columns.
    pub(super) fn mistakes(&self, message: &Message) -> Diagnostics {
        let mut mistakes = Diagnostics::new();
        for (at, (name, value)) in message.fields.iter().enumerate() {
            let earlier = message.fields.iter().take(at);
            if earlier.into_iter().any(|(other, _)| other == name) {
                mistakes.push(Diagnostic::new(format!("there are two fields `{name}`")));
            }
            let Some((_, kind)) = self.0.iter().find(|(column, _)| column == name) else {
                mistakes.push(Diagnostic::new(format!("field `{name}` has no column")));
                continue;
            };
            if !kind.takes(value) {
                let noun = kind.noun();
                let message = format!("field `{name}`: `{value}` is not a {noun}");
                mistakes.push(Diagnostic::new(message));
            }
        }
        mistakes
    }
}

impl ValueType {
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) | (Self::Text, _) => true,
            (Self::Number, Value::Number(number)) => decimal_128(*number).is_some(),
            (Self::Bool, Value::Bool(_)) => true,
            (Self::Time, Value::Text(text)) => text.parse::<onefold_event::Timestamp>().is_ok(),
            _ => false,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number of at most 10 decimals",
            Self::Bool => "truth value",
            Self::Time => "time",
        }
    }
}

/// The digits behind the point in a column of numbers.
pub(super) const NUMBER_SCALE: u32 = 10;

/// The number in units of 10^-10, if it has no more decimals and fits.
pub(super) fn decimal_128(number: onefold_event::Decimal) -> Option<i128> {
    let number = number.normalize();
    let up = NUMBER_SCALE.checked_sub(number.scale())?;
    let units = number.mantissa().checked_mul(10_i128.checked_pow(up)?)?;
    let limit = 10_i128.pow(38);
    (-limit < units && units < limit).then_some(units)
}

//! One column of a mapping: where a value comes from and what it is.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// Where a value comes from and what it is: the name of a column, or a table of these keys.
///
/// ```toml
/// country = "Country"                                     # the text of a column
/// price   = { column = "UnitPrice", type = "number" }     # an exact number
/// born    = { column = "Birthday", type = "time", format = "%d/%m/%Y" }
/// channel = { value = "email" }                           # the same for every row
/// plan    = { column = "Plan", values = { P = "pro", F = "free" } }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(remote = "Self")]
#[non_exhaustive]
pub struct Column {
    /// The name of a column, or the dotted path of a field.
    #[serde(default)]
    pub column: Option<Box<str>>,

    /// A constant, instead of a column.
    #[serde(default)]
    pub value: Option<Box<str>>,

    /// What the value is: `as_given` (default), `text`, `number`, `amount`, `bool`, `time` or `json`.
    #[serde(default, rename = "type")]
    pub kind: ColumnType,

    /// Words to replace by others before anything else is done with them. A word that is not listed
    /// stays.
    #[serde(default)]
    pub values: BTreeMap<Box<str>, Box<str>>,

    /// How a time is written: `unix_seconds`, `unix_milliseconds`, `unix_microseconds`, or a pattern
    /// of `strftime` signs such as `%d/%m/%Y %H:%M`. Default: RFC 3339, `2026-03-01 12:00:00` (with
    /// `T` or a space, seconds and their fraction optional), or a date, which is its midnight.
    #[serde(default)]
    pub format: Option<Box<str>>,

    /// The time zone of this column, if it is not that of the mapping.
    #[serde(default)]
    pub zone: Option<Box<str>>,

    /// Of an identifier: what to do with a row whose value is none of its kind (`n/a` as an e-mail
    /// address): `quarantine` (default) the row, or `skip` this identifier and keep the text as a
    /// field, trait or property.
    #[serde(default)]
    pub invalid: OnInvalid,
}

/// What the value of a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnType {
    /// The text of a CSV cell; the value of a JSON field or a Parquet cell with its own type.
    #[default]
    AsGiven,
    /// Text.
    Text,
    /// An exact number, written as the mapping's `number` says.
    Number,
    /// A number that may carry the sign or code of the row's currency and of no other, or parentheses for
    /// minus.
    Amount,
    /// `true`, `yes`, `y`, `t`, `1` or `false`, `no`, `n`, `f`, `0`, in any case.
    Bool,
    /// An instant; it is kept as RFC 3339 text in UTC.
    Time,
    /// JSON inside the cell.
    Json,
}

/// What to do with an identifier that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInvalid {
    /// The row goes into quarantine.
    #[default]
    Quarantine,
    /// The row is taken without this identifier; its text is kept.
    Skip,
}

impl Column {
    /// The column of this name, as it is given.
    pub fn named(name: impl Into<Box<str>>) -> Self {
        Self {
            column: Some(name.into()),
            ..Self::default()
        }
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;
        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Column;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column, or a table such as `{ column = \"Total\" }`")
            }

            fn visit_str<E>(self, name: &str) -> Result<Column, E> {
                Ok(Column::named(name))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Column, A::Error> {
                Column::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(TextOrTable)
    }
}

/// One thing, or a list of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one, or a list")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                let text = serde::de::value::StrDeserializer::new(text);
                Ok(vec![T::deserialize(text)?])
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(Either(PhantomData)).map(Self)
    }
}

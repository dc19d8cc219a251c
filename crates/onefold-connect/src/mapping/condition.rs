//! Conditions on a row, which decide the name of its event.

use std::fmt;

use onefold_event::Decimal;
use serde::{Deserialize, Deserializer, de::Visitor};

use super::{Column, OneOrMany};

/// One rule for the name of an event.
///
/// ```toml
/// [[event_names]]
/// name = "Order Line Returned"
/// when = { column = "InvoiceNo", starts_with = "C" }
///
/// [[event_names]]
/// name = "Order Line Purchased"
/// when = [{ column = "Quantity", more_than = 0 }, { column = "UnitPrice", more_than = 0 }]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EventName {
    /// The name that the event gets.
    pub name: Box<str>,
    /// The condition, or a list of conditions that must all hold.
    pub when: OneOrMany<Condition>,
}

/// A condition on one column; if it has several keys, all must hold.
///
/// Text is compared as it is, upper and lower case apart. An empty cell, a null word and a column
/// that is absent fulfil `is_empty = true` and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Condition {
    /// The name of a column, or the dotted path of a field.
    pub column: Box<str>,
    /// The text is this one.
    #[serde(default)]
    pub equals: Option<Box<str>>,
    /// The text is one of these.
    #[serde(default)]
    pub one_of: Vec<Box<str>>,
    /// The text begins so.
    #[serde(default)]
    pub starts_with: Option<Box<str>>,
    /// The text ends so.
    #[serde(default)]
    pub ends_with: Option<Box<str>>,
    /// The text holds this.
    #[serde(default)]
    pub contains: Option<Box<str>>,
    /// The number is more than this one. A cell that is no number quarantines the row.
    #[serde(default, deserialize_with = "exact")]
    pub more_than: Option<Decimal>,
    /// The number is less than this one. A cell that is no number quarantines the row.
    #[serde(default, deserialize_with = "exact")]
    pub less_than: Option<Decimal>,
    /// There is no value (`true`), or there is one (`false`).
    #[serde(default)]
    pub is_empty: Option<bool>,
}

/// A number as TOML and JSON write it, or as text where a float would not be exact.
fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    struct Exact;
    impl Visitor<'_> for Exact {
        type Value = Decimal;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_i64<E>(self, number: i64) -> Result<Decimal, E> {
            Ok(number.into())
        }

        fn visit_u64<E>(self, number: u64) -> Result<Decimal, E> {
            Ok(number.into())
        }

        fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Decimal, E> {
            self.visit_str(&number.to_string())
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
            Decimal::from_str_exact(text)
                .map_err(|_| E::custom(format!("`{text}` is not an exact number")))
        }
    }
    deserializer.deserialize_any(Exact).map(Some)
}

//! Values of traits and properties: exact decimals, text, and JSON kept as it came.

use std::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Json, number::exact_decimal};

/// A value of a trait or a property.
///
/// Numbers are exact: what fits 28 decimal digits is a [`Decimal`], any other number keeps its text
/// in [`Value::Json`], as arrays and objects do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// An explicit `null`: the source says that there is none.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number of up to 28 significant digits.
    Number(Decimal),
    /// Text.
    Text(Box<str>),
    /// An array, an object, or a number too long for [`Decimal`], as its JSON text.
    Json(Box<str>),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// The number that a JSON-like text says, exactly: `10.50`, `-3`, `1.2e3`.
    ///
    /// `None` if the text is no such number or needs more than 28 digits; nothing is rounded.
    ///
    /// ```
    /// use onefold_event::Value;
    /// assert_eq!(Value::exact_number("12.5e2").unwrap().to_string(), "1250");
    /// assert!(Value::exact_number("0.12345678901234567890123456789").is_none());
    /// ```
    pub fn exact_number(text: &str) -> Option<Decimal> {
        exact_decimal(text)
    }

    /// `true` for `null`, empty text and text of white space: such a value never beats another.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as JSON text.
    pub fn to_json(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => serde_json::Value::from(&**text).to_string(),
            Self::Json(text) => text.to_string(),
        }
    }

    /// A total order for results that must not depend on arrival: by kind, then by value.
    pub fn total_cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Json(_) => 4,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            other => f.write_str(&other.to_json()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<Json<'_>> for Value {
    fn from(json: Json<'_>) -> Self {
        json.to_value()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

/// Three upper-case letters that name a currency (ISO 4217 has the list; it is not checked here).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        // Letters are always text; XXX is the list's word for no currency.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let upper = text.trim().to_ascii_uppercase();
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`{text}` is not a currency: write three letters, such as `EUR`"),
            )),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An exact amount of money; never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much, in major units (euros, not cents).
    pub amount: Decimal,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// The amount in a JSON number or in a text that holds a number (`10.5`, `"10.50"`), exactly.
    ///
    /// `None` for anything else, and for what does not fit 28 digits.
    ///
    /// ```
    /// use onefold_event::{Json, Money};
    /// let price = Money::from_json(Json::parse("\"0.10\"").unwrap(), "EUR".parse()?).unwrap();
    /// assert_eq!(price.checked_add(price).unwrap().to_string(), "0.20 EUR");
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn from_json(amount: Json<'_>, currency: Currency) -> Option<Self> {
        let amount = match amount.as_str() {
            Some(text) => exact_decimal(text.trim())?,
            None => exact_decimal(amount.text())?,
        };
        Some(Self { amount, currency })
    }

    /// The sum, if both are of one currency and it fits 28 digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.currency == other.currency).then_some(Self { amount, ..self })
    }
}

impl FromStr for Money {
    type Err = Error;

    /// Reads what is displayed: `12.50 EUR`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.trim().split_once(' ');
        let amount = parts.and_then(|(amount, _)| exact_decimal(amount));
        let Some((amount, (_, currency))) = amount.zip(parts) else {
            let message = format!("`{text}` is not an amount of money: write `12.50 EUR`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let currency = currency.parse()?;
        Ok(Self { amount, currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

//! Instants: microseconds since 1970-01-01T00:00:00Z, leap seconds as POSIX counts them.

mod parse;

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// An instant in UTC, to the microsecond.
///
/// Written as RFC 3339; a date alone is read as midnight UTC. Read with some grace: a month or day of
/// one digit, and offsets `+0100` and `+01`. Fractions are cut after the microsecond. Range: years 0001 to 9999.
///
/// ```
/// use onefold_event::Timestamp;
/// let time: Timestamp = "2026-03-01T12:00:00.5+01:00".parse()?;
/// assert_eq!(time.to_string(), "2026-03-01T11:00:00.500Z");
/// assert_eq!("2026-03-01".parse::<Timestamp>()?.to_string(), "2026-03-01T00:00:00Z");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The instant this many microseconds after 1970, held within [`MIN`](Self::MIN) and [`MAX`](Self::MAX).
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// Reads a time as [`FromStr`] does, without the cost of an error.
    pub(crate) fn read(text: &str) -> Option<Self> {
        parse::micros(text).and_then(Self::in_range)
    }

    /// The instant this many microseconds after 1970, if it is one: what is stored must read back as it was.
    #[inline]
    pub(crate) fn in_range(micros: i64) -> Option<Self> {
        let range = Self::MIN.0..=Self::MAX.0;
        range.contains(&micros).then_some(Self(micros))
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This instant moved by so many microseconds, held within the range.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative if `earlier` is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The same instant as chrono has it.
    pub fn to_chrono(self) -> DateTime<chrono::Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl From<DateTime<chrono::Utc>> for Timestamp {
    fn from(time: DateTime<chrono::Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or_else(|| {
            let message = format!(
                "`{text}` is not a time: write RFC 3339, such as `2026-03-01T12:00:00Z`, or a date"
            );
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self
                .to_chrono()
                .to_rfc3339_opts(SecondsFormat::AutoSi, true),
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

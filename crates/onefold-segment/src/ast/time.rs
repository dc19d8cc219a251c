//! Lengths of time, windows and zones.
//!
//! Invariant: a window is half-open, `[from, to)`, and a length of time is fixed: months and years, which
//! have no fixed length, are calendar periods of a zone.

use std::{fmt, str::FromStr};

use onefold_event::Timestamp;
use serde::{Deserialize, Serialize};

/// A stretch of time, open towards its end: `[from, to)`.
///
/// Whatever the window, an occurrence at or after the instant of the question does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// All of the past.
    #[default]
    Ever,
    /// `in last 30 d`: `[as_of - 30 d, as_of)`.
    Last(Duration),
    /// `from 60 d ago to 30 d ago`: `[as_of - 60 d, as_of - 30 d)`.
    Ago {
        /// How long ago it begins; longer than `to`.
        from: Duration,
        /// How long ago it ends.
        to: Duration,
    },
    /// `between 2011-01-01 and 2011-02-01`: from the first instant, up to but without the second.
    Between {
        /// The first instant inside.
        from: Moment,
        /// The first instant no longer inside.
        to: Moment,
    },
    /// `since 2011-01-01`: from that instant on.
    Since(Moment),
    /// `in this month`: from the beginning of the calendar period in the definition's zone that holds the
    /// instant of the question; `today` is `this day`.
    This(Period),
    /// `in last month`, `in last 3 whole months`: so many whole calendar periods before the one that holds
    /// the instant; `yesterday` is one `day`.
    Whole {
        /// How many periods; at least 1.
        count: u32,
        /// Of what length.
        period: Period,
    },
}

impl Window {
    pub(crate) fn is_ever(&self) -> bool {
        *self == Self::Ever
    }
}

/// A calendar period: its length depends on the date and on the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From the first instant of a date to that of the next one: 23, 24 or 25 hours where clocks change.
    Day,
    /// Seven days from Monday (ISO 8601).
    Week,
    /// From the first of a month.
    Month,
    /// Three months from the first of January, April, July or October.
    Quarter,
    /// From the first of January.
    Year,
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// The word that stands for it: `day`, `week`, `month`, `quarter`, `year`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// An end of an absolute window: a date, which begins when the zone says so, or an instant.
///
/// As text and in JSON: `2011-01-31`, or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The first instant of a date in the definition's zone; as midnight UTC of that date.
    Date(Timestamp),
    /// An instant.
    Instant(Timestamp),
}

impl Moment {
    /// Whether it is a date, whose instant depends on the zone.
    pub fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The instant in UTC.
    pub fn utc(self) -> Timestamp {
        match self {
            Self::Date(time) | Self::Instant(time) => time,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.utc().to_string();
        match self {
            Self::Date(_) => f.write_str(text.split_once('T').map_or(&*text, |(date, _)| date)),
            Self::Instant(_) => f.write_str(&text),
        }
    }
}

impl FromStr for Moment {
    type Err = onefold_event::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = text.parse()?;
        Ok(if text.len() <= "2011-01-31".len() {
            Self::Date(time)
        } else {
            Self::Instant(time)
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Whose clock says when a day begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Zone {
    /// Coordinated Universal Time, where nothing else is said.
    #[default]
    Utc,
    /// `zone "Europe/Berlin"`: a zone of the IANA Time Zone Database. In a library, `"UTC"` is [`Utc`](Self::Utc).
    Named(Box<str>),
    /// `zone of person by timezone else "Europe/Berlin"`: each person's own, which a trait names.
    Person {
        /// The trait that holds the name of a zone.
        by: Box<str>,
        /// The zone of people without that trait, and of those whose trait names no zone.
        otherwise: Box<str>,
    },
}

impl Zone {
    /// The zone of this name.
    pub(crate) fn named(name: impl Into<Box<str>>) -> Self {
        let name = name.into();
        if &*name == "UTC" {
            Self::Utc
        } else {
            Self::Named(name)
        }
    }

    pub(crate) fn is_utc(&self) -> bool {
        *self == Self::Utc
    }
}

/// A length of time, such as `30 d`; kept as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    /// How many; at least 1, and at most 200 years together.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Duration {
    /// The length in microseconds.
    pub fn micros(self) -> i64 {
        i64::from(self.count).saturating_mul(self.unit.micros())
    }
}

/// A unit of time with a fixed length. Months and years have none, so they are no units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Minutes.
    #[serde(rename = "min")]
    Minute,
    /// Hours.
    #[serde(rename = "h")]
    Hour,
    /// Days of 24 hours.
    #[serde(rename = "d")]
    Day,
    /// Weeks of 7 days.
    #[serde(rename = "w")]
    Week,
}

impl Unit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
    ];

    /// The word that stands for it: `s`, `min`, `h`, `d`, `w`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
        }
    }

    /// Its length in microseconds.
    pub const fn micros(self) -> i64 {
        let seconds = match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        };
        seconds * 1_000_000
    }
}

//! Calendar windows of event time, in UTC: days, ISO weeks, months and years.
//!
//! Invariant: every time lies in exactly one window of each length, and windows of one length are numbered without
//! a gap.

use std::fmt;

use onefold_event::Timestamp;
use serde::{Serialize, Serializer};

/// How long a calendar window is. As configuration: `day`, `week`, `month`, `year`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday (ISO 8601).
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// One day, week, month or year, in UTC; [`Display`](fmt::Display) writes `2026-11-21`, `2026-W47`, `2026-11` or
/// `2026`.
///
/// ```
/// use onefold_event::Timestamp;
/// use onefold_identity::{Period, Window};
/// let time: Timestamp = "2027-01-02T23:59:59Z".parse()?;
/// let names = Period::ALL.map(|period| Window::of(period, time).to_string());
/// assert_eq!(names, ["2027-01-02", "2026-W53", "2027-01", "2027"]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    period: Period,
    /// Days and weeks since those of 1970-01-01, months and years since that of the year 0.
    number: i64,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word of a configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl Window {
    /// The window that a time lies in.
    pub fn of(period: Period, time: Timestamp) -> Self {
        let day = time.as_micros().div_euclid(DAY_MICROS);
        let number = match period {
            Period::Day => day,
            Period::Week => (day + DAYS_FROM_MONDAY).div_euclid(7),
            Period::Month => {
                let (year, month, _) = date(day);
                year * 12 + month - 1
            }
            Period::Year => date(day).0,
        };
        Self { period, number }
    }

    /// How long it is.
    pub fn period(self) -> Period {
        self.period
    }
}

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// 1970-01-01 was a Thursday.
const DAYS_FROM_MONDAY: i64 = 3;

/// Year, month and day of the month of a day since 1970-01-01, in the Gregorian calendar without an end.
///
/// Years are counted from March on, so that the odd day is the last of a year; 400 of them have 146,097 days.
fn date(day: i64) -> (i64, i64, i64) {
    let from_march_0 = day + 719_468;
    let era = from_march_0.div_euclid(146_097);
    let in_era = from_march_0.rem_euclid(146_097);
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    // Five months from March on, and the next five, have 153 days.
    let month_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month_from_march + 2) / 5 + 1;
    let month = match month_from_march {
        0..10 => month_from_march + 3,
        _ => month_from_march - 9,
    };
    (year + 400 * era + i64::from(month <= 2), month, day)
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period {
            Period::Day => {
                let (year, month, day) = date(self.number);
                write!(f, "{year:04}-{month:02}-{day:02}")
            }
            Period::Week => {
                // A week is of the year that its Thursday is of.
                let thursday = self.number * 7;
                let (year, _, _) = date(thursday);
                let before = (1..=53).take_while(|weeks| date(thursday - 7 * weeks).0 == year);
                write!(f, "{year:04}-W{:02}", before.count() + 1)
            }
            Period::Month => {
                let (year, month) = (self.number.div_euclid(12), self.number.rem_euclid(12) + 1);
                write!(f, "{year:04}-{month:02}")
            }
            Period::Year => write!(f, "{:04}", self.number),
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the calendar that event times are written with: every day of 1,000 years, forward and back.
    #[test]
    fn days_and_months_are_those_of_the_calendar() {
        let mut week = Window::of(Period::Week, Timestamp::from_micros(-DAY_MICROS));
        for day in -182_500..182_500_i64 {
            let time = Timestamp::from_micros(day * DAY_MICROS + 7);
            let text = time.to_string();
            let name = |period| Window::of(period, time).to_string();
            let expected = [text.get(..10), text.get(..7), text.get(..4)].map(Option::unwrap);
            assert_eq!(
                [name(Period::Day), name(Period::Month), name(Period::Year)],
                expected
            );
            let now = Window::of(Period::Week, time);
            // A new week begins on Mondays and on no other day.
            assert_eq!(now != week, (day + 3) % 7 == 0 || day == -182_500, "{text}");
            week = now;
        }
    }

    /// The examples of ISO 8601 and those at its edges.
    #[test]
    fn weeks_are_those_of_the_standard() {
        for (day, week) in [
            ("1970-01-01", "1970-W01"),
            ("1969-12-28", "1969-W52"),
            ("1969-12-29", "1970-W01"),
            ("2004-12-31", "2004-W53"),
            ("2005-01-01", "2004-W53"),
            ("2008-12-29", "2009-W01"),
            ("2010-01-03", "2009-W53"),
            ("2026-11-21", "2026-W47"),
        ] {
            let time: Timestamp = format!("{day}T12:00:00Z").parse().unwrap();
            assert_eq!(Window::of(Period::Week, time).to_string(), week, "{day}");
        }
    }
}

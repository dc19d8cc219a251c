//! Times as files write them, to instants.
//!
//! Invariant: a local time becomes an instant by a named zone and a stated rule for the hours that
//! exist twice or not at all.

use chrono::{
    DateTime, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    format::{Item, StrftimeItems},
};
use chrono_tz::Tz;
use onefold_event::{Decimal, Timestamp};

use crate::mapping::Ambiguous;

/// How times of a column are written, and in which zone.
#[derive(Debug, Clone)]
pub(crate) struct TimeRule {
    format: Format,
    zone: Tz,
    fold: Ambiguous,
    gap: Ambiguous,
}

#[derive(Debug, Clone)]
enum Format {
    Standard,
    /// Microseconds in one unit since 1970.
    Unix(i64),
    Date(Box<str>),
    Local(Box<str>),
    Zoned(Box<str>),
}

impl TimeRule {
    /// The rule, or what is wrong with it.
    pub(crate) fn new(
        format: Option<&str>,
        zone: Option<&str>,
        fold: Ambiguous,
        gap: Ambiguous,
    ) -> Result<Self, String> {
        let zone = match zone {
            Some(name) => name.parse::<Tz>().map_err(|_| unknown_zone(name))?,
            None => Tz::UTC,
        };
        let format = match format {
            None => Format::Standard,
            Some("unix_seconds") => Format::Unix(1_000_000),
            Some("unix_milliseconds") => Format::Unix(1_000),
            Some("unix_microseconds") => Format::Unix(1),
            Some(pattern) => pattern_format(pattern)?,
        };
        Ok(Self {
            format,
            zone,
            fold,
            gap,
        })
    }

    /// The instant that the text means, or what is wrong with it.
    pub(crate) fn parse(&self, text: &str) -> Result<Timestamp, String> {
        let text = text.trim();
        let not_a_time = || self.not_a_time(text);
        match &self.format {
            Format::Standard => match standard(text.as_bytes()).ok_or_else(not_a_time)? {
                (local, Some(offset)) => in_range(local - offset).ok_or_else(not_a_time),
                (local, None) => self.instant(local, text),
            },
            Format::Unix(unit) => unix(text, *unit).ok_or_else(not_a_time),
            Format::Zoned(pattern) => DateTime::parse_from_str(text, pattern)
                .ok()
                .and_then(|time| in_range(time.timestamp_micros()))
                .ok_or_else(not_a_time),
            Format::Local(pattern) => NaiveDateTime::parse_from_str(text, pattern)
                .map_err(|_| not_a_time())
                .and_then(|local| self.instant(local.and_utc().timestamp_micros(), text)),
            Format::Date(pattern) => NaiveDate::parse_from_str(text, pattern)
                .map_err(|_| not_a_time())
                .and_then(|date| {
                    let midnight = date.and_time(NaiveTime::MIN).and_utc();
                    self.instant(midnight.timestamp_micros(), text)
                }),
        }
    }

    /// The instant of a local time, given as microseconds of a clock in UTC.
    fn instant(&self, local: i64, text: &str) -> Result<Timestamp, String> {
        let found = match self.zone {
            Tz::UTC => Some(local),
            _ => self.by_zone(local),
        };
        match found {
            Some(instant) => in_range(instant).ok_or_else(|| self.not_a_time(text)),
            None => Err(format!(
                "`{text}` exists twice or not at all in `{}`",
                self.zone.name()
            )),
        }
    }

    fn by_zone(&self, local: i64) -> Option<i64> {
        let clock = DateTime::from_timestamp_micros(local)?.naive_utc();
        let (earliest, latest, rule) = match self.zone.offset_from_local_datetime(&clock) {
            MappedLocalTime::Single(offset) => return Some(local - micros(&offset)),
            MappedLocalTime::Ambiguous(a, b) => {
                let (a, b) = (local - micros(&a), local - micros(&b));
                (a.min(b), a.max(b), self.fold)
            }
            MappedLocalTime::None => {
                // A day away from a gap, the offsets before and after it hold.
                let day = Duration::days(1);
                let offset = |clock: NaiveDateTime| {
                    let offset = self.zone.offset_from_local_datetime(&clock).earliest()?;
                    Some(local - micros(&offset))
                };
                let before = offset(clock.checked_sub_signed(day)?)?;
                let after = offset(clock.checked_add_signed(day)?)?;
                (before.min(after), before.max(after), self.gap)
            }
        };
        match rule {
            Ambiguous::Earliest => Some(earliest),
            Ambiguous::Latest => Some(latest),
            Ambiguous::Reject => None,
        }
    }

    fn not_a_time(&self, text: &str) -> String {
        match &self.format {
            Format::Standard => format!(
                "`{text}` is not a time such as `2026-03-01 12:00:00`; say the `format` if it is \
                 written in another way"
            ),
            Format::Unix(_) => format!("`{text}` is not a number of seconds or parts of them"),
            Format::Date(pattern) | Format::Local(pattern) | Format::Zoned(pattern) => {
                format!("`{text}` is not a time written as `{pattern}`")
            }
        }
    }
}

fn unknown_zone(name: &str) -> String {
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    match crate::suggest::closest(name, names) {
        Some(close) => format!("unknown time zone `{name}`; did you mean `{close}`?"),
        None => format!("unknown time zone `{name}`; write a name such as `Europe/Berlin`"),
    }
}

fn pattern_format(pattern: &str) -> Result<Format, String> {
    let items: Vec<Item<'_>> = StrftimeItems::new(pattern).collect();
    if items.iter().any(|item| matches!(item, Item::Error)) {
        return Err(format!("`{pattern}` is not a pattern of `strftime` signs"));
    }
    let zoned = ["%z", "%:z", "%#z", "%+", "%::z"];
    if zoned.iter().any(|sign| pattern.contains(sign)) {
        return Ok(Format::Zoned(pattern.into()));
    }
    let hours = ["%H", "%I", "%k", "%l", "%T", "%R", "%r", "%c", "%X", "%s", "%-H", "%-I"];
    match hours.iter().any(|sign| pattern.contains(sign)) {
        true => Ok(Format::Local(pattern.into())),
        false => Ok(Format::Date(pattern.into())),
    }
}

fn micros(offset: &impl Offset) -> i64 {
    i64::from(offset.fix().local_minus_utc()) * 1_000_000
}

fn in_range(micros: i64) -> Option<Timestamp> {
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
    range
        .contains(&micros)
        .then(|| Timestamp::from_micros(micros))
}

fn unix(text: &str, unit: i64) -> Option<Timestamp> {
    let number = Decimal::from_str_exact(text).ok()?;
    let micros = number.checked_mul(unit.into())?.trunc();
    in_range(i64::try_from(micros).ok()?)
}

/// `YYYY-MM-DD`, with a time of day behind `T` or a space, and an offset behind that; as the
/// microseconds of the clock and of the offset.
fn standard(text: &[u8]) -> Option<(i64, Option<i64>)> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = match date {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            let year = i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?;
            NaiveDate::from_ymd_opt(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?)?
        }
        _ => return None,
    };
    let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
    let rest = match rest {
        [] => return Some((midnight, None)),
        [b'T' | b't' | b' ', rest @ ..] => rest,
        _ => return None,
    };
    let [h1, h2, b':', m1, m2, rest @ ..] = rest else {
        return None;
    };
    let (hour, minute) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (number(&[*s1, *s2])?, rest),
        rest => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, rest) = fraction(rest)?;
    // A leap second is the last second of its minute, as POSIX counts.
    let seconds = i64::from(hour * 3600 + minute * 60 + second.min(59));
    let local = midnight + seconds * 1_000_000 + fraction;
    Some((local, offset(rest)?))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| match digit {
        b'0'..=b'9' => Some(sum * 10 + u32::from(digit - b'0')),
        _ => None,
    })
}

/// Microseconds behind a point; further digits are cut off.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else {
        return Some((0, text));
    };
    let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(length)?;
    if digits.is_empty() {
        return None;
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
    let micros = padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some((micros, rest))
}

fn offset(text: &[u8]) -> Option<Option<i64>> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, digits) = match text {
        [] => return Some(None),
        b"Z" | b"z" | b"UTC" => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => {
            (number(&[*h1, *h2])?, number(&[*m1, *m2])?)
        }
        _ => return None,
    };
    let in_a_day = hours < 24 && minutes < 60;
    in_a_day.then(|| Some(sign * i64::from(hours * 3600 + minutes * 60) * 1_000_000))
}

#[cfg(test)]
mod tests;

//! Days and instants without time zones: from text, to text, and the units between two of them.
//!
//! Invariant: the calendar is the proleptic Gregorian one, and a day that is not in it is not read.

mod format;

pub(super) use format::TimeFormat;

pub(super) const DAY_MICROS: i64 = 86_400_000_000;
const SECOND_MICROS: i64 = 1_000_000;

/// A unit of `date_diff` and `date_part`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Quarter,
    Year,
    Decade,
}

impl Unit {
    pub(super) const ALL: [(&'static str, Self); 9] = [
        ("millisecond", Self::Millisecond),
        ("second", Self::Second),
        ("minute", Self::Minute),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
        ("decade", Self::Decade),
    ];

    /// A unit by its name, in any case, plural too.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let singular = name.strip_suffix('s').unwrap_or(&name);
        Self::ALL
            .iter()
            .find(|(known, _)| *known == singular)
            .map(|(_, unit)| *unit)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, unit)| *unit == self)
            .map_or("", |(name, _)| name)
    }

    /// How many borders of this unit lie between two instants: `date_diff`.
    pub(super) fn between(self, from: i64, to: i64) -> i64 {
        self.count(to) - self.count(from)
    }

    /// Whole units since a fixed beginning.
    fn count(self, micros: i64) -> i64 {
        let (year, month, _) = date_of(micros.div_euclid(DAY_MICROS));
        match self {
            Self::Millisecond => micros.div_euclid(1_000),
            Self::Second => micros.div_euclid(SECOND_MICROS),
            Self::Minute => micros.div_euclid(60 * SECOND_MICROS),
            Self::Hour => micros.div_euclid(3_600 * SECOND_MICROS),
            Self::Day => micros.div_euclid(DAY_MICROS),
            Self::Month => year * 12 + month - 1,
            Self::Quarter => year * 4 + (month - 1) / 3,
            Self::Year => year,
            Self::Decade => year.div_euclid(10),
        }
    }

    /// The number of this unit in the calendar or on the clock: `date_part`.
    pub(super) fn part(self, micros: i64) -> i64 {
        let (year, month, day) = date_of(micros.div_euclid(DAY_MICROS));
        let second = micros.rem_euclid(DAY_MICROS) / SECOND_MICROS;
        match self {
            Self::Millisecond => micros.rem_euclid(60 * SECOND_MICROS) / 1_000,
            Self::Second => second % 60,
            Self::Minute => second / 60 % 60,
            Self::Hour => second / 3_600,
            Self::Day => day,
            Self::Month => month,
            Self::Quarter => (month - 1) / 3 + 1,
            Self::Year => year,
            Self::Decade => year.div_euclid(10),
        }
    }
}

/// Days since 1970-01-01 of a date of the calendar, years 0 to 9999.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> Option<i32> {
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    if !(1..=month_days(year, month)).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = days + (153 * month + 2) / 5 + day - 1;
    i32::try_from(days - DAYS_TO_1970).ok()
}

/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// A day as `CAST(... AS DATE)` reads it: `2020-01-05`, `2020/1/5`, with a time of day after it or not.
pub(super) fn read_day(text: &str) -> Option<i32> {
    let (day, rest) = read_date(text.trim_ascii_start())?;
    let rest = rest.trim_ascii_end();
    (rest.is_empty() || read_clock(rest).is_some()).then_some(day)
}

/// An instant as `CAST(... AS TIMESTAMP)` reads it; an offset from UTC is read over.
pub(super) fn read_instant(text: &str) -> Option<i64> {
    let (day, rest) = read_date(text.trim_ascii_start())?;
    let clock = if rest.is_empty() {
        0
    } else {
        read_clock(rest)?
    };
    Some(i64::from(day) * DAY_MICROS + clock)
}

fn read_date(text: &str) -> Option<(i32, &str)> {
    let (year, rest) = digits(text, 9)?;
    let separator = rest
        .chars()
        .next()
        .filter(|letter| "-/ \\".contains(*letter))?;
    let (month, rest) = digits(rest.strip_prefix(separator)?, 2)?;
    let (day, rest) = digits(rest.strip_prefix(separator)?, 2)?;
    Some((day_of(year, month, day)?, rest))
}

/// `T10:20`, ` 10:20:30.5`, with `Z` or an offset after it.
fn read_clock(text: &str) -> Option<i64> {
    let (hour, rest) = digits(text.strip_prefix([' ', 'T'])?, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (mut second, mut fraction) = (0, 0);
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = digits(after, 2)?;
        if let Some(after) = rest.strip_prefix('.') {
            (fraction, rest) = read_fraction(after)?;
        }
    }
    let is_offset = |rest: &str| {
        let rest = rest.strip_prefix(['+', '-']);
        rest.and_then(|rest| digits(rest, 2))
            .is_some_and(|(_, rest)| {
                rest.is_empty()
                    || rest
                        .strip_prefix(':')
                        .and_then(|rest| digits(rest, 2))
                        .is_some()
            })
    };
    let ends = rest.is_empty() || rest == "Z" || is_offset(rest);
    (ends && hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second) * SECOND_MICROS + fraction)
}

/// Microseconds of the digits after the point; digits past the sixth are dropped.
pub(super) fn read_fraction(text: &str) -> Option<(i64, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = text.split_at_checked(count)?;
    let (kept, _) = fraction.split_at_checked(count.min(6))?;
    let micros = kept.parse::<i64>().ok()? * 10_i64.pow(6 - u32::try_from(kept.len()).ok()?);
    Some((micros, rest))
}

/// A number of at least one and at most `most` digits, and what follows.
pub(super) fn digits(text: &str, most: usize) -> Option<(i64, &str)> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(count)?;
    Some((number.parse().ok()?, rest))
}

pub(super) fn write_day(days: i32) -> String {
    let (year, month, day) = date_of(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

pub(super) fn write_instant(micros: i64) -> String {
    let (year, month, day) = date_of(micros.div_euclid(DAY_MICROS));
    let of_day = micros.rem_euclid(DAY_MICROS);
    let (second, fraction) = (of_day / SECOND_MICROS, of_day % SECOND_MICROS);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let whole = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    if fraction == 0 {
        return whole;
    }
    let fraction = format!("{fraction:06}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_lead_back() {
        let mut last = day_of(0, 1, 1).map(i64::from).unwrap_or_default() - 1;
        for (year, month) in (0..2400).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            for day in 1..=month_days(year, month) {
                let days = i64::from(day_of(year, month, day).unwrap());
                assert_eq!(days, last + 1);
                assert_eq!(date_of(days), (year, month, day));
                last = days;
            }
        }
        assert_eq!((day_of(1970, 1, 1), day_of(2023, 2, 29)), (Some(0), None));
    }

    #[test]
    fn instants_are_read_as_a_cast_reads_them() {
        let check = |text: &str, expected: Option<&str>| {
            let read = read_instant(text).map(write_instant);
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("2020-01-05", Some("2020-01-05 00:00:00"));
        check("2020/1/5 10:00", Some("2020-01-05 10:00:00"));
        check("2020-01-05T10:00:00Z", Some("2020-01-05 10:00:00"));
        check("2020-01-05 10:00:00.25+02", Some("2020-01-05 10:00:00.25"));
        check("2020-01-05 ", None);
        check("2020-01-05 10", None);
        check("2020-02-30", None);
        check("20200105", None);
        assert_eq!(
            read_day(" 2020-01-05 ").map(write_day).as_deref(),
            Some("2020-01-05")
        );
        assert_eq!(read_day("2020-01-05x"), None);
    }
}

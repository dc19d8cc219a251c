//! Reading times: RFC 3339 in the spellings that SDKs send, without a detour over calendar types.
//!
//! Invariant: what chrono reads as RFC 3339 is read to the same microsecond.

const DAY_SECONDS: i64 = 86_400;

/// Microseconds since 1970 of an RFC 3339 time or of a date alone (midnight UTC).
///
/// Beyond the standard: a month or day of one digit, and offsets written `+0100` and `+01`.
/// Fractions are cut after the microsecond; second 60 is the first second of the next minute.
pub(super) fn micros(text: &str) -> Option<i64> {
    let (days, rest) = date(text.as_bytes())?;
    let (seconds, micros, rest) = match rest {
        [] => (0, 0, rest),
        [b'T' | b't' | b' ', rest @ ..] => time_of_day(rest)?,
        _ => return None,
    };
    let offset = match rest {
        [] if text.len() <= 10 => 0,
        _ => offset_seconds(rest)?,
    };
    Some((days * DAY_SECONDS + seconds - offset) * 1_000_000 + micros)
}

fn date(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [a, b, c, d, b'-', rest @ ..] = bytes else {
        return None;
    };
    let year = two(*a, *b)? * 100 + two(*c, *d)?;
    let (month, rest) = one_or_two(rest)?;
    let [b'-', rest @ ..] = rest else { return None };
    let (day, rest) = one_or_two(rest)?;
    let legal = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    legal.then(|| (days_since_1970(year, month, day), rest))
}

fn time_of_day(bytes: &[u8]) -> Option<(i64, i64, &[u8])> {
    let [h, i, b':', m, n, b':', s, t, rest @ ..] = bytes else {
        return None;
    };
    let (hour, minute, second) = (two(*h, *i)?, two(*m, *n)?, two(*s, *t)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    Some((hour * 3600 + minute * 60 + second, micros, rest))
}

/// The first six digits as microseconds; at least one is needed, and all are passed.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (mut micros, mut unit, mut rest) = (0, 100_000, bytes);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        micros += i64::from(digit - b'0') * unit;
        unit /= 10;
        rest = tail;
    }
    (rest.len() < bytes.len()).then_some((micros, rest))
}

fn offset_seconds(bytes: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [sign, h, i, b':', m, n] | [sign, h, i, m, n] => (sign, two(*h, *i)?, two(*m, *n)?),
        [sign, h, i] => (sign, two(*h, *i)?, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    match sign {
        b'+' => Some(hour * 3600 + minute * 60),
        b'-' => Some(-(hour * 3600 + minute * 60)),
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn one_or_two(bytes: &[u8]) -> Option<(i64, &[u8])> {
    match bytes {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => Some((two(*tens, *ones)?, rest)),
        [ones @ b'0'..=b'9', rest @ ..] => Some((i64::from(ones - b'0'), rest)),
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days in the Gregorian calendar. Years are counted from March, so that the leap day comes last:
/// then the days before a month are a straight line, 153 days in every five months.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    const DAYS_FROM_YEAR_0_MARCH_TO_1970: i64 = 719_468;
    let (year, month) = match month {
        3.. => (year, month - 3),
        _ => (year - 1, month + 9),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - DAYS_FROM_YEAR_0_MARCH_TO_1970
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn by_chrono(text: &str) -> Option<i64> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.timestamp_micros())
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(micros(text), by_chrono(expected), "{text}");
        assert!(micros(text).is_some(), "{text}");
    }

    #[test]
    fn spellings_beyond_the_standard() {
        check("2015-2-02T00:30:08.276Z", "2015-02-02T00:30:08.276Z");
        check("2015-02-2T00:30:08.276Z", "2015-02-02T00:30:08.276Z");
        check("2015-02-02", "2015-02-02T00:00:00Z");
        check("2015-02-02T01:00:00+0100", "2015-02-02T00:00:00Z");
        check("2015-02-02T01:00:00+01", "2015-02-02T00:00:00Z");
        check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "2015",
            "2015-02",
            "2015-02-30",
            "2015-02-02T",
            "2015-02-02T10:00",
            "2015-02-02T10:00:00",
            "2015-02-02T24:00:00Z",
            "2015-02-02T10:00:00.Z",
            "2015-02-02T10:00:00+24:00",
            "2015-02-02Z",
            "20150202",
            " 2015-02-02",
            "2015-2-2Z",
            "2015-2-2+01",
            "٢٠١٥-02-02",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono_on_times(
            (year, month, day) in (0_i64..=9999, 1_i64..=12, 1_i64..=31),
            (hour, minute, second) in (0..=24_i64, 0..=60_i64, 0..=61_i64),
            fraction in "(\\.[0-9]{1,12})?",
            separator in "[Tt ]",
            zone in "Z|z|[+-][0-2][0-9]:[0-6][0-9]",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            prop_assert_eq!(micros(&text), by_chrono(&text), "{}", text);
        }

        #[test]
        fn reads_all_that_chrono_reads(text in "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[Tt _][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,7})?(Z|[+-][0-9]{0,2}:?[0-9]{0,2})") {
            if let Some(expected) = by_chrono(&text) {
                prop_assert_eq!(micros(&text), Some(expected));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            if let Some(expected) = by_chrono(&text) {
                prop_assert_eq!(micros(&text), Some(expected));
            }
        }
    }
}

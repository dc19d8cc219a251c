//! Zones and what the calendar says in them.
//!
//! Invariant: a day begins at the first instant of its date: where clocks jump over midnight, at the jump;
//! where midnight comes twice, at the first. So days follow each other without gap and overlap.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use crate::{
    ast::{Moment, Period, Zone},
    instant::NEVER,
    plan::Stretch,
};

/// The zone of this name in the IANA Time Zone Database.
pub(crate) fn named(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// The zone of one person; `value` is the value of the trait that says it.
pub(crate) fn of_person(zone: &Zone, value: impl FnOnce(&str) -> Option<Box<str>>) -> Tz {
    let found = match zone {
        Zone::Utc => None,
        Zone::Named(name) => named(name),
        Zone::Person { by, otherwise } => value(by)
            .and_then(|name| named(&name))
            .or_else(|| named(otherwise)),
    };
    found.unwrap_or(Tz::UTC)
}

/// What a stretch covers at an instant: `[from, to)` in microseconds, `to` at most `as_of`.
pub(crate) fn bounds(stretch: Stretch, zone: Tz, as_of: i64) -> (i64, i64) {
    let (from, to) = ends(stretch, zone, as_of);
    (from, to.min(as_of))
}

/// The ends of a stretch at an instant, which may lie behind the instant; `i64::MIN` and [`NEVER`] where
/// it is open.
pub(crate) fn ends(stretch: Stretch, zone: Tz, as_of: i64) -> (i64, i64) {
    match stretch {
        Stretch::Ever => (i64::MIN, NEVER),
        Stretch::Rolling { from, to } => {
            let end = if to == 0 {
                NEVER
            } else {
                as_of.saturating_sub(to)
            };
            (as_of.saturating_sub(from), end)
        }
        Stretch::Fixed { from, to } => {
            let instant = |moment: Moment| match moment {
                Moment::Instant(time) => time.as_micros(),
                Moment::Date(date) => first_instant(date.to_chrono().date_naive(), zone),
            };
            (from.map_or(i64::MIN, instant), to.map_or(NEVER, instant))
        }
        Stretch::This(period) => {
            let first = first_date(date_at(as_of, zone), period);
            (first_instant(first, zone), NEVER)
        }
        Stretch::Whole { count, period } => {
            let end = first_date(date_at(as_of, zone), period);
            let first = moved(end, period, -i64::from(count));
            (first_instant(first, zone), first_instant(end, zone))
        }
    }
}

/// The next instant after `as_of` at which the ends of a stretch are others, if time moves them in steps.
pub(crate) fn next_step(stretch: Stretch, zone: Tz, as_of: i64) -> i64 {
    match stretch {
        Stretch::This(period) | Stretch::Whole { period, .. } => {
            let first = first_date(date_at(as_of, zone), period);
            first_instant(moved(first, period, 1), zone)
        }
        Stretch::Ever | Stretch::Rolling { .. } | Stretch::Fixed { .. } => NEVER,
    }
}

/// The date at an instant in a zone: the latest that has begun. It is what the clocks show, but where they
/// are turned back over midnight after it has passed: then the new date goes on.
pub(crate) fn date_at(micros: i64, zone: Tz) -> NaiveDate {
    let utc = DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default();
    let mut date = utc.with_timezone(&zone).date_naive();
    while let Some(next) = date.succ_opt()
        && let midnights = zone.from_local_datetime(&next.and_time(chrono::NaiveTime::MIN))
        && midnights.earliest().is_some_and(|midnight| midnight <= utc)
    {
        date = next;
    }
    date
}

/// The first instant of a date in a zone, in microseconds.
pub(crate) fn first_instant(date: NaiveDate, zone: Tz) -> i64 {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    match zone.from_local_datetime(&midnight).earliest() {
        Some(instant) => instant.timestamp_micros(),
        None => after_gap(midnight, zone),
    }
}

/// Midnight does not exist: the clocks jump over it. The date begins at the jump, which is found by halves.
fn after_gap(midnight: chrono::NaiveDateTime, zone: Tz) -> i64 {
    let as_utc = midnight.and_utc().timestamp_micros();
    // Clocks differ from UTC by less than a day, so the jump lies in between.
    let day = 86_400_000_000;
    let (mut before, mut after) = (as_utc - day, as_utc + day);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let utc = DateTime::<Utc>::from_timestamp_micros(middle).unwrap_or_default();
        if utc.with_timezone(&zone).naive_local() < midnight {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

/// The first date of the period that holds a date.
fn first_date(date: NaiveDate, period: Period) -> NaiveDate {
    let first = match period {
        Period::Day => Some(date),
        Period::Week => {
            date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into()))
        }
        Period::Month => date.with_day(1),
        Period::Quarter => date
            .with_day(1)
            .and_then(|d| d.with_month0(date.month0() / 3 * 3)),
        Period::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
    };
    first.unwrap_or(date)
}

/// The first date of the period so many periods later.
fn moved(first: NaiveDate, period: Period, by: i64) -> NaiveDate {
    let count = by.unsigned_abs();
    let (days, months) = match period {
        Period::Day => (count, 0),
        Period::Week => (count.saturating_mul(7), 0),
        Period::Month => (0, count),
        Period::Quarter => (0, count.saturating_mul(3)),
        Period::Year => (0, count.saturating_mul(12)),
    };
    let months = Months::new(u32::try_from(months).unwrap_or(u32::MAX));
    let (days, is_back) = (Days::new(days), by < 0);
    let found = if is_back {
        first
            .checked_sub_months(months)
            .and_then(|date| date.checked_sub_days(days))
    } else {
        first
            .checked_add_months(months)
            .and_then(|date| date.checked_add_days(days))
    };
    // Beyond the calendar is beyond every event.
    found.unwrap_or(if is_back {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stretch: Stretch, zone: &str, as_of: &str, expected: [&str; 2]) {
        let micros = |text: &str| {
            text.parse::<onefold_event::Timestamp>()
                .unwrap()
                .as_micros()
        };
        let found = bounds(stretch, named(zone).unwrap(), micros(as_of));
        assert_eq!(
            found,
            (micros(expected[0]), micros(expected[1])),
            "{zone} {as_of}"
        );
    }

    #[test]
    fn days_are_as_long_as_clocks_say() {
        let yesterday = Stretch::Whole {
            count: 1,
            period: Period::Day,
        };
        // 23 hours in spring, 25 in autumn.
        check(
            yesterday,
            "Europe/Berlin",
            "2026-03-30T12:00:00Z",
            ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
        );
        check(
            yesterday,
            "Europe/Berlin",
            "2026-10-26T12:00:00Z",
            ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
        );
        // Clocks jumped over midnight: the day began at one.
        check(
            yesterday,
            "America/Sao_Paulo",
            "2018-11-05T12:00:00Z",
            ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"],
        );
        // Midnight had passed by a minute when clocks went back over it: the new day went on.
        check(
            Stretch::This(Period::Day),
            "America/St_Johns",
            "2010-11-07T03:00:00Z",
            ["2010-11-07T02:30:00Z", "2010-11-07T03:00:00Z"],
        );
        // A date that Samoa skipped has no instant.
        check(
            yesterday,
            "Pacific/Apia",
            "2011-12-31T00:00:00Z",
            ["2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"],
        );
    }

    #[test]
    fn periods_begin_where_the_calendar_says() {
        let at = "2026-05-13T10:00:00Z";
        let month = |count| Stretch::Whole {
            count,
            period: Period::Month,
        };
        check(Stretch::This(Period::Week), "UTC", at, ["2026-05-11", at]);
        check(
            Stretch::This(Period::Quarter),
            "UTC",
            at,
            ["2026-04-01", at],
        );
        check(
            Stretch::This(Period::Year),
            "Asia/Tokyo",
            at,
            ["2025-12-31T15:00:00Z", at],
        );
        check(month(1), "UTC", at, ["2026-04-01", "2026-05-01"]);
        check(month(15), "UTC", at, ["2025-02-01", "2026-05-01"]);
    }
}

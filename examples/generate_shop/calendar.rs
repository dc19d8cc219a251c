//! Instants as milliseconds since 1970, and how each system of the shop writes them.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

/// A second.
pub(crate) const SECOND: Millis = 1_000;
/// A minute.
pub(crate) const MINUTE: Millis = 60 * SECOND;
/// An hour.
pub(crate) const HOUR: Millis = 60 * MINUTE;
/// A day.
pub(crate) const DAY: Millis = 24 * HOUR;

/// The first instant of the story: 2025-06-01T00:00:00Z.
pub(crate) const BEGIN: Millis = 1_748_736_000_000;
/// The instant at which the shop is looked at: 2026-02-01T00:00:00Z.
pub(crate) const AS_OF: Millis = BEGIN + 245 * DAY;
/// Clocks in Berlin go back one hour at 2025-10-26T01:00:00Z.
pub(crate) const WINTER: Millis = BEGIN + 147 * DAY + HOUR;

/// RFC 3339 in UTC with milliseconds, as web trackers write it.
pub(crate) fn rfc3339(time: Millis) -> String {
    let milliseconds = time.rem_euclid(SECOND);
    format!("{}T{}.{milliseconds:03}Z", date(time), clock(time))
}

/// RFC 3339 in UTC with whole seconds.
pub(crate) fn seconds(time: Millis) -> String {
    format!("{}T{}Z", date(time), clock(time))
}

/// Wall time in Berlin, without a zone: in the fold two instants are written alike.
pub(crate) fn berlin(time: Millis) -> String {
    let offset = if time < WINTER { 2 * HOUR } else { HOUR };
    format!("{} {}", date(time + offset), clock(time + offset))
}

/// The date in UTC.
pub(crate) fn date(time: Millis) -> String {
    // Days since 0000-03-01, in eras of 400 years; years begin in March, so that the leap day is last.
    let days = time.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn clock(time: Millis) -> String {
    let second = time.rem_euclid(DAY) / SECOND;
    format!(
        "{:02}:{:02}:{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

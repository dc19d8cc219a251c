//! Times in every way of writing, and the hours that exist twice or not at all.

use proptest::prelude::*;

use super::*;

fn rule(format: Option<&str>, zone: &str, fold: Ambiguous, gap: Ambiguous) -> TimeRule {
    TimeRule::new(format, Some(zone), fold, gap).unwrap()
}

fn check(format: Option<&str>, zone: &str, text: &str, expected: &str) {
    let rule = rule(format, zone, Ambiguous::Earliest, Ambiguous::Latest);
    let found = rule.parse(text).map(|time| time.to_string());
    assert_eq!(found.as_deref().unwrap_or_else(|error| error), expected, "{text}");
}

#[test]
fn times_in_the_standard_way() {
    check(None, "UTC", "2010-12-01 08:26:00", "2010-12-01T08:26:00Z");
    check(None, "Europe/London", "2011-07-01 08:26", "2011-07-01T07:26:00Z");
    check(None, "Europe/London", "2011-07-01T08:26:00Z", "2011-07-01T08:26:00Z");
    check(None, "UTC", "2026-03-01T12:00:00.5+01:00", "2026-03-01T11:00:00.500Z");
    check(None, "UTC", "2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123456Z");
    check(None, "Europe/Berlin", "2026-03-01", "2026-02-28T23:00:00Z");
    let help = "is not a time such as `2026-03-01 12:00:00`; say the `format` if it is written in another way";
    for bad in ["01/02/2026", "2026-02-30", "2026-01-01 24:00", "2026-01-01T1:00", ""] {
        check(None, "UTC", bad, &format!("`{bad}` {help}"));
    }
}

#[test]
fn times_in_other_ways() {
    check(Some("%d/%m/%Y %H:%M"), "Europe/London", "01/07/2011 08:26", "2011-07-01T07:26:00Z");
    check(Some("%d.%m.%y"), "Europe/Berlin", "01.07.11", "2011-06-30T22:00:00Z");
    check(Some("%d/%b/%Y:%H:%M:%S %z"), "UTC", "01/Jul/2011:08:26:00 +0200", "2011-07-01T06:26:00Z");
    check(Some("unix_seconds"), "UTC", "1291191960.25", "2010-12-01T08:26:00.250Z");
    check(Some("unix_milliseconds"), "UTC", "1291191960000", "2010-12-01T08:26:00Z");
    check(Some("%d/%m/%Y"), "UTC", "31/02/2011", "`31/02/2011` is not a time written as `%d/%m/%Y`");
}

#[test]
fn an_hour_that_exists_twice_or_not_at_all() {
    use Ambiguous::{Earliest, Latest, Reject};
    let london = |text: &str, fold, gap| {
        rule(None, "Europe/London", fold, gap)
            .parse(text)
            .map(|time| time.to_string())
    };
    let fold = "2011-10-30 01:30:00";
    assert_eq!(london(fold, Earliest, Reject).unwrap(), "2011-10-30T00:30:00Z");
    assert_eq!(london(fold, Latest, Reject).unwrap(), "2011-10-30T01:30:00Z");
    let gap = "2011-03-27 01:30:00";
    assert_eq!(london(gap, Reject, Latest).unwrap(), "2011-03-27T01:30:00Z");
    assert_eq!(london(gap, Reject, Earliest).unwrap(), "2011-03-27T00:30:00Z");
    let message = "`2011-03-27 01:30:00` exists twice or not at all in `Europe/London`";
    assert_eq!(london(gap, Reject, Reject).unwrap_err(), message);
    // A whole day that was left out: Samoa changed the side of the date line.
    let samoa = rule(None, "Pacific/Apia", Reject, Latest).parse("2011-12-30 12:00");
    assert_eq!(samoa.unwrap().to_string(), "2011-12-30T22:00:00Z");
}

#[test]
fn a_wrong_zone_gets_a_suggestion() {
    let error = TimeRule::new(None, Some("Europe/Berln"), Ambiguous::Latest, Ambiguous::Latest);
    assert_eq!(
        error.unwrap_err(),
        "unknown time zone `Europe/Berln`; did you mean `Europe/Berlin`?"
    );
}

proptest! {
    #[test]
    fn agrees_with_chrono(seconds in -62_135_596_800_i64..253_402_300_799, zone in 0..4_usize) {
        let zone = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata"][zone];
        let clock = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        let tz: Tz = zone.parse().unwrap();
        let expected = tz.from_local_datetime(&clock).earliest()
            .and_then(|time| in_range(time.timestamp_micros()));
        let found = rule(None, zone, Ambiguous::Earliest, Ambiguous::Reject)
            .parse(&clock.format("%Y-%m-%d %H:%M:%S").to_string()).ok();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_panics(text in "[0-9TZ:. +-]{0,30}|.{0,30}") {
        let _ = rule(None, "America/Sao_Paulo", Ambiguous::Earliest, Ambiguous::Latest).parse(&text);
    }
}

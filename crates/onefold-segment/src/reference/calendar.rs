//! Whether an instant lies in a window, by looking at dates.
//!
//! Invariant: an instant belongs to the latest date that has begun by then; so where a clock shows a date
//! twice, the date that had begun in between goes on.

use chrono::{Datelike, NaiveDate, TimeZone};
use chrono_tz::Tz;
use onefold_event::{Timestamp, Value};

use super::{Who, World};
use crate::ast::{Moment, Period, Scope, Window, Zone};

impl<'a> World<'a> {
    /// Whether a time before the instant lies in the window.
    pub(super) fn is_inside(
        &self,
        window: Window,
        time: Timestamp,
        scope: &'a Scope,
        who: Who,
    ) -> bool {
        let ago = self.as_of.micros_since(time);
        let zone = || self.zone(scope, who);
        let begun = |moment: Moment| match moment {
            Moment::Instant(instant) => instant <= time,
            Moment::Date(midnight) => midnight.to_chrono().date_naive() <= date(time, zone()),
        };
        match window {
            Window::Ever => true,
            Window::Last(length) => ago <= length.micros(),
            Window::Ago { from, to } => to.micros() < ago && ago <= from.micros(),
            Window::Between { from, to } => begun(from) && !begun(to),
            Window::Since(from) => begun(from),
            Window::This(period) => {
                number(period, date(time, zone())) == number(period, date(self.as_of, zone()))
            }
            Window::Whole { count, period } => {
                let periods_ago =
                    number(period, date(self.as_of, zone())) - number(period, date(time, zone()));
                1 <= periods_ago && periods_ago <= i64::from(count)
            }
        }
    }

    /// The zone that a definition goes by, for one person.
    pub(super) fn zone(&self, scope: &'a Scope, who: Who) -> Tz {
        let named = |name: &str| name.parse::<Tz>().ok();
        let found = match &scope.zone {
            Zone::Utc => None,
            Zone::Named(name) => named(name),
            Zone::Person { by, otherwise } => match self.traits(who).trait_value(by) {
                Some(Value::Text(name)) => named(&name).or_else(|| named(otherwise)),
                _ => named(otherwise),
            },
        };
        found.unwrap_or(Tz::UTC)
    }
}

/// The latest date that has begun by this instant.
pub(super) fn date(time: Timestamp, zone: Tz) -> NaiveDate {
    let instant = time.to_chrono();
    let mut date = instant.with_timezone(&zone).date_naive();
    while let Some(next) = date.succ_opt() {
        let midnights = zone.from_local_datetime(&next.and_time(chrono::NaiveTime::MIN));
        match midnights.earliest() {
            Some(midnight) if midnight <= instant => date = next,
            _ => break,
        }
    }
    date
}

/// Which of all periods of this kind holds the date, counted through.
fn number(period: Period, date: NaiveDate) -> i64 {
    let (year, month) = (i64::from(date.year()), i64::from(date.month0()));
    match period {
        Period::Day => i64::from(date.num_days_from_ce()),
        // The first day of the common era was a Monday.
        Period::Week => i64::from(date.num_days_from_ce() - 1).div_euclid(7),
        Period::Month => year * 12 + month,
        Period::Quarter => year * 4 + month / 3,
        Period::Year => year,
    }
}

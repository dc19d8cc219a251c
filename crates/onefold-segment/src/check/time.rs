//! Windows, lengths of time and zones that cannot be.

use super::Mistake;
use crate::{
    ast::{Duration, Moment, Period, Window},
    code::Code,
    suggest, zone,
};

/// 200 years; so no window leaves the range of time stamps by more than that.
const YEARS_MAX: u32 = 200;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
const DURATION_MICROS_MAX: i64 = YEARS_MAX as i64 * 366 * DAY_MICROS;

/// A window whose ends do not fit each other; its lengths of time are asked about by themselves.
pub(crate) fn window_mistake(window: &Window) -> Option<Mistake> {
    match *window {
        Window::Ever | Window::Since(_) | Window::This(_) | Window::Last(_) => None,
        Window::Ago { from, to } => (from.micros() <= to.micros()).then(|| {
            Mistake::new(
                Code::Window,
                "the window ends before it begins, or holds nothing",
                format!("write `from {to} ago to {from} ago`"),
            )
        }),
        Window::Between { from, to } => is_turned(from, to).then(|| {
            let message = "the window ends before it begins, or holds nothing";
            Mistake::new(Code::Window, message, "write the earlier date first")
        }),
        Window::Whole { count: 0, .. } => Some(Mistake::new(
            Code::Duration,
            "a window of no periods",
            "write at least 1",
        )),
        Window::Whole { count, period } => {
            let yearly = match period {
                Period::Day => 366,
                Period::Week => 53,
                Period::Month => 12,
                Period::Quarter => 4,
                Period::Year => 1,
            };
            (count > YEARS_MAX * yearly).then(|| {
                let message = format!("{count} {}s are longer than 200 years", period.word());
                let help = "leave the window out to mean all of the past";
                Mistake::new(Code::Duration, message, help)
            })
        }
    }
}

/// Whether nothing can lie between, whatever the zone.
fn is_turned(from: Moment, to: Moment) -> bool {
    // A date begins up to a day earlier or later than midnight UTC; two of them in one zone, alike.
    let unsure = if from.is_date() == to.is_date() {
        0
    } else {
        DAY_MICROS
    };
    from.utc().as_micros() >= to.utc().as_micros().saturating_add(unsure)
}

pub(crate) fn duration_mistake(duration: Duration) -> Option<Mistake> {
    if duration.count == 0 {
        let message = "a length of time of zero";
        return Some(Mistake::new(Code::Duration, message, "write at least 1"));
    }
    (duration.micros() > DURATION_MICROS_MAX).then(|| {
        let message = format!("`{duration}` is longer than 200 years");
        let help = "leave the window out to mean all of the past";
        Mistake::new(Code::Duration, message, help)
    })
}

pub(crate) fn zone_mistake(name: &str) -> Option<Mistake> {
    if zone::named(name).is_some() {
        return None;
    }
    let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let help = match suggest::nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a zone is named as in the IANA database, such as `Europe/Berlin`".to_owned(),
    };
    let message = format!("`{name}` is no time zone");
    Some(Mistake::new(Code::Zone, message, help).about(name))
}

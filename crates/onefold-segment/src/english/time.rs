//! Lengths of time and windows in words.

use super::counted;
use crate::ast::{Duration, Period, Unit, Window};

pub(super) fn length(duration: Duration) -> String {
    counted(duration.count, word(duration.unit))
}

const fn word(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Week => "week",
    }
}

/// With a space in front; nothing for all of the past.
pub(super) fn window(window: &Window) -> String {
    match *window {
        Window::Ever => String::new(),
        Window::Last(Duration { count: 1, unit }) => format!(" in the last {}", word(unit)),
        Window::Last(duration) => format!(" in the last {}", length(duration)),
        Window::Ago { from, to } => {
            format!(" between {} ago and {} ago", length(from), length(to))
        }
        Window::Between { from, to } => format!(" from {from} until before {to}"),
        Window::Since(from) => format!(" since {from}"),
        Window::This(Period::Day) => " today".into(),
        Window::This(period) => format!(" in this calendar {} so far", period.word()),
        Window::Whole {
            count: 1,
            period: Period::Day,
        } => " yesterday".into(),
        Window::Whole { count: 1, period } => {
            format!(" in the calendar {} before this one", period.word())
        }
        Window::Whole { count, period } => {
            let (word, this) = (
                period.word(),
                if period == Period::Day {
                    "today"
                } else {
                    "this one"
                },
            );
            format!(" in the {count} calendar {word}s before {this}")
        }
    }
}

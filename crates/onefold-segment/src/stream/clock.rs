//! The instant that everything is as of, and where the calendar windows begin then.
//!
//! Invariant: `calendars` are those of `now`.

use chrono_tz::Tz;

use crate::{instant::NEVER, plan::Stretch, zone};

/// A window whose beginning stays where it is until the calendar moves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Calendar {
    pub(crate) stretch: Stretch,
    pub(crate) zone: Tz,
}

/// Now, and what the calendar says.
#[derive(Debug)]
pub(crate) struct Clock {
    pub(crate) now: i64,
    calendars: Vec<Calendar>,
    /// Of each calendar: the first instant inside, and the next one at which that is another.
    turns: Vec<(i64, i64)>,
    next: i64,
}

impl Clock {
    pub(crate) fn new(now: i64, calendars: Vec<Calendar>) -> Self {
        let mut clock = Self {
            now,
            calendars,
            turns: Vec::new(),
            next: i64::MIN,
        };
        clock.set(now);
        clock
    }

    /// Goes on to an instant.
    #[inline]
    pub(crate) fn set(&mut self, now: i64) {
        self.now = now;
        if now >= self.next {
            self.turn();
        }
    }

    fn turn(&mut self) {
        let turn = |calendar: &Calendar| {
            let (from, _) = zone::ends(calendar.stretch, calendar.zone, self.now);
            (
                from,
                zone::next_step(calendar.stretch, calendar.zone, self.now),
            )
        };
        self.turns = self.calendars.iter().map(turn).collect();
        let nexts = self.turns.iter().map(|(_, next)| *next);
        self.next = nexts.min().unwrap_or(NEVER);
    }

    /// Where a window begins, and when something at `time` leaves it.
    #[inline]
    pub(crate) fn window(&self, window: Window, time: i64) -> (i64, i64) {
        match window {
            Window::Ever => (i64::MIN, NEVER),
            Window::Last(micros) => (
                self.now.saturating_sub(micros),
                time.saturating_add(micros).saturating_add(1),
            ),
            Window::Calendar(number) => {
                let turn = self.turns.get(number as usize);
                turn.copied().unwrap_or((i64::MIN, NEVER))
            }
        }
    }
}

/// A window that nothing enters but what has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Ever,
    /// So many microseconds.
    Last(i64),
    /// The calendar with this number.
    Calendar(u32),
}

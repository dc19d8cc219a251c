//! A line of progress on standard error, only on a terminal and only for work over two seconds.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use crate::exit::shown;

const QUIET: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_millis(200);

/// Says how far the work is.
#[derive(Debug)]
pub struct Progress {
    what: String,
    unit: &'static str,
    started: Instant,
    shown: Option<Instant>,
    terminal: bool,
    done: u64,
    total: Option<u64>,
}

impl Progress {
    /// Work that begins now.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: shown(&what.into()).into_owned(),
            unit: "items",
            started: Instant::now(),
            shown: None,
            terminal: stderr().is_terminal(),
            done: 0,
            total: None,
        }
    }

    /// Counts this, and not items.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// There are so many in all, so that the time left is told too.
    #[must_use]
    pub fn of(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }

    /// So many more items are done.
    pub fn add(&mut self, items: u64) {
        self.done += items;
        let done = self.done;
        let early = self.started.elapsed() < QUIET;
        if !self.terminal || early || self.shown.is_some_and(|shown| shown.elapsed() < BETWEEN) {
            return;
        }
        self.shown = Some(Instant::now());
        let rate = done as f64 / self.started.elapsed().as_secs_f64();
        let left = self
            .total
            .map_or_else(String::new, |total| left(done, total, rate));
        let _ = write!(
            stderr(),
            "\r{}: {done} {}, {rate:.0}/s{left} \u{1b}[K",
            self.what,
            self.unit
        );
    }
}

fn left(done: u64, total: u64, rate: f64) -> String {
    let seconds = total.saturating_sub(done) as f64 / rate.max(f64::MIN_POSITIVE);
    format!(" of {total}, {seconds:.0} s left")
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_what_the_rate_so_far_would_take() {
        assert_eq!(left(250, 1_000, 100.0), " of 1000, 8 s left");
        assert_eq!(left(1_000, 1_000, 100.0), " of 1000, 0 s left");
    }
}

//! Windows, lengths of time and moments.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Duration, Moment, Period, Unit, Window},
    check::{self, Mistake},
    code::Code,
    lexer::TokenKind,
    suggest,
};

impl Parser<'_> {
    /// A window, if one stands here; `repeated` where there is one already.
    pub(super) fn window(&mut self, repeated: bool) -> Read<Option<Window>> {
        let start = self.token().span.start;
        let TokenKind::Word(word) = *self.kind() else {
            return Ok(None);
        };
        let window = match word {
            "in" => self.window_behind_in()?,
            "between" => self.window_between()?,
            "since" => {
                self.at += 1;
                Window::Since(self.time()?)
            }
            "from" => self.window_ago()?,
            "today" => self.day(Window::This(Period::Day)),
            "yesterday" => self.day(Window::Whole {
                count: 1,
                period: Period::Day,
            }),
            _ => return Ok(None),
        };
        let place = start..self.end();
        if repeated {
            let mistake = Mistake::new(Code::Repeated, "a second window", "one window is enough");
            self.mistake_at(place.clone(), mistake);
        }
        if let Some(mistake) = check::window_mistake(&window) {
            self.mistake_at(place, mistake);
        }
        Ok(Some(window))
    }

    fn day(&mut self, window: Window) -> Window {
        self.at += 1;
        window
    }

    /// `in last 30 d`, `in last month`, `in last 3 whole months`, `in this year`.
    fn window_behind_in(&mut self) -> Read<Window> {
        self.at += 1;
        if self.take_word("this") {
            let Some(period) = self.period() else {
                let words = Period::ALL.map(Period::word);
                self.expected_one_of("a calendar period", &words);
                return Err(Unreadable);
            };
            return Ok(Window::This(period));
        }
        if !self.take_word("last") {
            self.expected("a window", "`in last 30 d`");
            return Err(Unreadable);
        }
        if let Some(period) = self.period() {
            return Ok(Window::Whole { count: 1, period });
        }
        if self.is_number(0) && self.ahead(1).kind == TokenKind::Word("whole") {
            let count = self.whole_number("how many periods")?;
            self.at += 1;
            let Some(period) = self.period() else {
                let words = ["days", "weeks", "months", "quarters", "years"];
                self.expected_one_of("a calendar period", &words);
                return Err(Unreadable);
            };
            return Ok(Window::Whole { count, period });
        }
        if self.is_number(0) && self.period_at(1).is_some() {
            return self.calendar_word();
        }
        Ok(Window::Last(self.duration()?))
    }

    /// `in last 3 months` could mean two things; both are offered.
    fn calendar_word(&mut self) -> Read<Window> {
        let count = self.whole_number("a length of time")?;
        let period = self.period_at(0).unwrap_or(Period::Day);
        let (unit, days) = match period {
            Period::Day => (Unit::Day, 1),
            Period::Week => (Unit::Week, 1),
            Period::Month => (Unit::Day, 30),
            Period::Quarter => (Unit::Day, 91),
            Period::Year => (Unit::Day, 365),
        };
        let length = Duration {
            count: count.saturating_mul(days),
            unit,
        };
        let message = format!("{} where a unit of time was expected", self.found());
        let word = period.word();
        let whole = format!("in last {count} whole {word}s");
        let help =
            format!("write `in last {length}` for a fixed length, `{whole}` for the calendar");
        self.mistake(Code::UnitOfTime, message, help);
        self.at += 1;
        Ok(Window::Last(length))
    }

    /// A calendar period, which is taken.
    fn period(&mut self) -> Option<Period> {
        let found = self.period_at(0);
        self.at += usize::from(found.is_some());
        found
    }

    fn period_at(&self, ahead: usize) -> Option<Period> {
        let TokenKind::Word(word) = self.ahead(ahead).kind else {
            return None;
        };
        let single = word.strip_suffix('s').unwrap_or(word);
        Period::ALL
            .into_iter()
            .find(|period| period.word() == single)
    }

    fn window_between(&mut self) -> Read<Window> {
        self.at += 1;
        let from = self.time()?;
        if !self.take_word("and") {
            self.expected("the end of the window", "`and` and a date");
            return Err(Unreadable);
        }
        let to = self.time()?;
        Ok(Window::Between { from, to })
    }

    /// `from 60 d ago to 30 d ago`.
    fn window_ago(&mut self) -> Read<Window> {
        self.at += 1;
        let from = self.duration()?;
        let whole = "`from 60 d ago to 30 d ago`";
        if !self.take_word("ago") || !self.take_word("to") {
            self.expected("the end of the window", whole);
            return Err(Unreadable);
        }
        let to = self.duration()?;
        if !self.take_word("ago") {
            self.expected("the end of the window", whole);
            return Err(Unreadable);
        }
        Ok(Window::Ago { from, to })
    }

    pub(super) fn duration(&mut self) -> Read<Duration> {
        let start = self.token().span.start;
        let count = self.whole_number("a length of time")?;
        let unit = match self.kind() {
            TokenKind::Word(word) => Unit::ALL.into_iter().find(|unit| unit.word() == *word),
            _ => None,
        };
        let Some(unit) = unit else {
            return self.no_unit(count);
        };
        self.at += 1;
        let duration = Duration { count, unit };
        if let Some(mistake) = check::duration_mistake(duration) {
            self.mistake_at(start..self.end(), mistake);
        }
        Ok(duration)
    }

    fn no_unit(&mut self, count: u32) -> Read<Duration> {
        let meant = match self.kind() {
            TokenKind::Word(word) => meant_unit(word),
            _ => None,
        };
        let help = match meant {
            Some(help) => help.to_owned(),
            None => format!("write {}", suggest::list(&Unit::ALL.map(Unit::word))),
        };
        let message = format!("{} where a unit of time was expected", self.found());
        self.mistake(Code::UnitOfTime, message, help);
        if !matches!(self.kind(), TokenKind::Word(_)) {
            return Err(Unreadable);
        }
        // The word was meant as a unit, so reading goes on behind it.
        self.at += 1;
        Ok(Duration {
            count,
            unit: Unit::Day,
        })
    }

    fn time(&mut self) -> Read<Moment> {
        if let TokenKind::Time(time) = *self.kind() {
            let is_date = self.token().span.len() == "2011-01-31".len();
            self.at += 1;
            return Ok(if is_date {
                Moment::Date(time)
            } else {
                Moment::Instant(time)
            });
        }
        self.expected("a date", "a date such as `2011-01-31`");
        Err(Unreadable)
    }

    pub(super) fn whole_number(&mut self, what: &str) -> Read<u32> {
        let whole = match self.kind() {
            TokenKind::Number(number) => number.to_string().parse().ok(),
            _ => None,
        };
        if let Some(whole) = whole {
            self.at += 1;
            return Ok(whole);
        }
        self.expected(what, "a whole number");
        Err(Unreadable)
    }
}

/// What to write instead of a unit that other languages have.
fn meant_unit(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some("write `s`"),
        "m" | "mins" | "minute" | "minutes" => Some("write `min`"),
        "hr" | "hrs" | "hour" | "hours" => Some("write `h`"),
        "day" | "days" => Some("write `d`"),
        "wk" | "week" | "weeks" => Some("write `w`"),
        "mon" | "month" | "months" => Some("months differ in length: write `30 d`"),
        "y" | "yr" | "year" | "years" => Some("years differ in length: write `365 d`"),
        _ => None,
    }
}

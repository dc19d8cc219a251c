//! On which declared level two values are.
//!
//! Invariant: a level depends on the two values alone, and not on their order; each test decides as the kernels do on
//! the cleaned texts.

use super::{
    comparison::{ComparisonLevel, Distance, days_most},
    forms::{MEMBER_END, form},
    values::Values,
    words::shared,
};
use crate::text::{DateParts, are_nicknames, kernel};

/// A value by its dictionary and its code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coded<'a> {
    pub(crate) values: &'a Values,
    pub(crate) code: u32,
}

impl<'a> Coded<'a> {
    fn text(self) -> &'a str {
        self.values.texts().text(self.code)
    }

    fn words(self) -> &'a [(u32, f32)] {
        self.values.words(self.code)
    }
}

/// The number of the best level that holds, `levels` being best first; 1 if none does. Only `crossed` depends on more
/// than the two values, so it is asked of the caller, as is whether they are equal.
pub(crate) fn level(
    levels: &[ComparisonLevel],
    is_equal: bool,
    (x, y): (Coded<'_>, Coded<'_>),
    is_crossed: impl Fn() -> bool,
) -> u8 {
    let holds = |level: ComparisonLevel| match level {
        ComparisonLevel::Crossed => is_crossed(),
        level if is_equal && level.holds_for_equal() => true,
        level => holds(level, x, y),
    };
    let place = levels.iter().position(|level| holds(*level));
    place.map_or(1, |place| (levels.len() - place) as u8 + 1)
}

/// Whether a level holds for two values, equal or not.
fn holds(level: ComparisonLevel, x: Coded<'_>, y: Coded<'_>) -> bool {
    match level {
        // Equal values were told by their codes.
        ComparisonLevel::Exact | ComparisonLevel::Crossed => false,
        ComparisonLevel::Near(distance) => near(distance, x.text(), y.text()),
        ComparisonLevel::Sound(_)
        | ComparisonLevel::EmailMailbox
        | ComparisonLevel::EmailUser
        | ComparisonLevel::EmailDomain => form(level).is_some_and(|form| {
            let of = |coded: Coded<'_>| coded.values.form(form, coded.code);
            of(x) != 0 && of(x) == of(y)
        }),
        ComparisonLevel::EmailUserNear(distance) => {
            let users = user(x.text()).zip(user(y.text()));
            users.is_some_and(|(x, y)| near(distance, x, y))
        }
        ComparisonLevel::Nickname => are_nicknames(x.text(), y.text()),
        ComparisonLevel::NumberDistance(most) => {
            numbers(x.text(), y.text()).is_some_and(|(x, y)| (x - y).abs() <= most)
        }
        ComparisonLevel::NumberPercent(most) => numbers(x.text(), y.text())
            .is_some_and(|(x, y)| (x - y).abs() * 100.0 <= most * x.abs().max(y.abs())),
        ComparisonLevel::Days(_) | ComparisonLevel::Months(_) | ComparisonLevel::Years(_) => {
            let apart = day(x.text()).zip(day(y.text())).map(|(x, y)| x.abs_diff(y));
            apart
                .zip(days_most(level))
                .is_some_and(|(apart, most)| apart <= most)
        }
        ComparisonLevel::SameYear => {
            let years = date(x.text()).zip(date(y.text()));
            years.is_some_and(|(x, y)| x.year == y.year && x.year != 0)
        }
        ComparisonLevel::DayMonthSwapped => {
            let dates = date(x.text()).zip(date(y.text()));
            dates.is_some_and(|(x, y)| x.is_swapped(y))
        }
        ComparisonLevel::LastDigits(least) => last(least, x.text(), y.text()),
        ComparisonLevel::TokensShared(least) | ComparisonLevel::Shared(least) => {
            shared(x.words(), y.words()) >= least as usize
        }
        ComparisonLevel::AnyShared => shared(x.words(), y.words()) >= 1,
        ComparisonLevel::Jaccard(least) => {
            let common = shared(x.words(), y.words());
            let all = x.words().len() + y.words().len() - common;
            common > 0 && common as f64 / all as f64 >= least
        }
        ComparisonLevel::Contains => {
            let fewer = x.words().len().min(y.words().len());
            fewer > 0 && shared(x.words(), y.words()) == fewer
        }
        ComparisonLevel::AnyNear(distance) => {
            let mut members = x.text().split(MEMBER_END);
            members.any(|x| y.text().split(MEMBER_END).any(|y| near(distance, x, y)))
        }
    }
}

fn near(distance: Distance, x: &str, y: &str) -> bool {
    let (a, b) = (x.as_bytes(), y.as_bytes());
    if x.is_ascii() && y.is_ascii() {
        return match distance {
            Distance::Jaro(least) => kernel::jaro_at_least(a, b, least),
            Distance::JaroWinkler(least) => kernel::jaro_winkler_at_least(a, b, least),
            Distance::Levenshtein(most) => {
                kernel::levenshtein_within(a, b, most as usize).is_some()
            }
            Distance::DamerauLevenshtein(most) => {
                kernel::damerau_levenshtein_within(a, b, most as usize).is_some()
            }
        };
    }
    match distance {
        Distance::Jaro(least) => kernel::chars::jaro(x, y) >= least,
        Distance::JaroWinkler(least) => kernel::chars::jaro_winkler(x, y) >= least,
        Distance::Levenshtein(most) => {
            kernel::chars::levenshtein_within(x, y, most as usize).is_some()
        }
        Distance::DamerauLevenshtein(most) => {
            kernel::chars::damerau_levenshtein(x, y) <= most as usize
        }
    }
}

fn user(address: &str) -> Option<&str> {
    address.split_once('@').map(|(user, _)| user)
}

fn numbers(x: &str, y: &str) -> Option<(f64, f64)> {
    x.parse().ok().zip(y.parse().ok())
}

/// The parts of a cleaned date, eight digits.
fn date(cleaned: &str) -> Option<DateParts> {
    let part = |from: usize, to: usize| cleaned.get(from..to)?.parse().ok();
    let is_date = cleaned.len() == 8 && cleaned.bytes().all(|byte| byte.is_ascii_digit());
    is_date.then_some(())?;
    Some(DateParts {
        year: part(0, 4)?,
        month: u8::try_from(part(4, 6)?).ok()?,
        day: u8::try_from(part(6, 8)?).ok()?,
    })
}

/// The number of a day that the calendar has, counted from the first of March of the year 0.
fn day(cleaned: &str) -> Option<u32> {
    let date = date(cleaned).filter(|date| date.is_whole() && date.is_possible())?;
    // A year that begins in March has its leap day at the end, so months before it have fixed beginnings.
    let early = u32::from(date.month <= 2);
    let (year, month) = (
        u32::from(date.year) - early,
        u32::from(date.month) + 12 * early - 3,
    );
    let leap_days = year / 4 - year / 100 + year / 400;
    Some(365 * year + leap_days + (153 * month + 2) / 5 + u32::from(date.day))
}

fn last(least: u32, x: &str, y: &str) -> bool {
    let both = x.chars().rev().zip(y.chars().rev());
    let alike = both.take_while(|(x, y)| x == y).take(least as usize);
    alike.count() == least as usize
}

#[cfg(test)]
mod tests;

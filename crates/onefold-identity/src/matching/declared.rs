//! On which declared level two values are.
//!
//! Invariant: a level depends on the two values alone, and not on their order; each test decides as the kernels do on
//! the cleaned texts.

use super::{
    comparison::{ComparisonLevel, Distance, days_most},
    forms::{Form, MEMBER_END, form},
    values::{Value, Values},
    words::shared,
};
use crate::text::{are_nicknames, kernel};

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

    fn value(self) -> Value<'a> {
        self.values.value(self.code)
    }

    fn words(self) -> &'a [(u32, f32)] {
        self.values.words(self.code)
    }

    fn form(self, form: Form) -> u32 {
        self.values.form(form, self.code)
    }

    /// Year, and month and day in one, of a date of eight digits; 0 where it is unknown or none.
    fn date(self) -> (u32, u32) {
        let date = self.values.root(self.code);
        (date / 10_000, date % 10_000)
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
        ComparisonLevel::Near(distance) => values_near(distance, x, y),
        ComparisonLevel::Sound(_)
        | ComparisonLevel::EmailMailbox
        | ComparisonLevel::EmailUser
        | ComparisonLevel::EmailDomain => {
            form(level).is_some_and(|form| x.form(form) != 0 && x.form(form) == y.form(form))
        }
        ComparisonLevel::EmailUserNear(distance) => {
            let users = user(x.text()).zip(user(y.text()));
            users.is_some_and(|(x, y)| near(distance, x, y))
        }
        ComparisonLevel::Nickname => {
            // Most names are in no list, or in lists that cannot be one.
            let lists = x.form(Form::NicknameLists) & y.form(Form::NicknameLists);
            lists != 0 && are_nicknames(x.text(), y.text())
        }
        ComparisonLevel::NumberDistance(most) => {
            numbers(x.text(), y.text()).is_some_and(|(x, y)| (x - y).abs() <= most)
        }
        ComparisonLevel::NumberPercent(most) => numbers(x.text(), y.text())
            .is_some_and(|(x, y)| (x - y).abs() * 100.0 <= most * x.abs().max(y.abs())),
        ComparisonLevel::Days(_) | ComparisonLevel::Months(_) | ComparisonLevel::Years(_) => {
            let (x, y) = (x.form(Form::Day), y.form(Form::Day));
            x != 0 && y != 0 && days_most(level).is_some_and(|most| x.abs_diff(y) <= most)
        }
        ComparisonLevel::SameYear => x.date().0 != 0 && x.date().0 == y.date().0,
        ComparisonLevel::DayMonthSwapped => {
            let ((year_x, x), (year_y, y)) = (x.date(), y.date());
            year_x == year_y && x != y && (x / 100, x % 100) == (y % 100, y / 100)
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

/// As [`near`] of two whole values, of which the letters are known beforehand.
fn values_near(distance: Distance, x: Coded<'_>, y: Coded<'_>) -> bool {
    let (a, b) = (x.value(), y.value());
    match a.bytes.is_ascii() && b.bytes.is_ascii() {
        true => may_be_near(distance, a, b) && bytes_near(distance, a.bytes, b.bytes),
        false => chars_near(distance, x.text(), y.text()),
    }
}

/// What may be lost to rounding in a bound, and must not decide.
const ROUNDING: f64 = 1e-9;

/// Whether two values can be so near by the letters they have. A letter that only one of them has takes an edit, and
/// is never matched.
fn may_be_near(distance: Distance, a: Value<'_>, b: Value<'_>) -> bool {
    let missing = |of: Value<'_>, from: Value<'_>| (of.bag & !from.bag).count_ones();
    let (of_a, of_b) = (missing(a, b), missing(b, a));
    let jaro = || {
        let (length_a, length_b) = (a.bytes.len() as f64, b.bytes.len() as f64);
        let matched = (length_a - f64::from(of_a)).min(length_b - f64::from(of_b));
        match matched > 0.0 {
            true => (matched / length_a + matched / length_b + 1.0) / 3.0,
            false => 0.0,
        }
    };
    match distance {
        Distance::Levenshtein(most) | Distance::DamerauLevenshtein(most) => of_a.max(of_b) <= most,
        Distance::Jaro(least) => jaro() >= least - ROUNDING,
        Distance::JaroWinkler(least) => {
            let both = a.bytes.iter().zip(b.bytes).take(4);
            let alike = both.take_while(|(a, b)| a == b).count();
            let jaro = jaro();
            jaro + 0.1 * alike as f64 * (1.0 - jaro) >= least - ROUNDING
        }
    }
}

fn near(distance: Distance, x: &str, y: &str) -> bool {
    match x.is_ascii() && y.is_ascii() {
        true => bytes_near(distance, x.as_bytes(), y.as_bytes()),
        false => chars_near(distance, x, y),
    }
}

fn bytes_near(distance: Distance, a: &[u8], b: &[u8]) -> bool {
    match distance {
        Distance::Jaro(least) => kernel::jaro_at_least(a, b, least),
        Distance::JaroWinkler(least) => kernel::jaro_winkler_at_least(a, b, least),
        Distance::Levenshtein(most) => kernel::levenshtein_within(a, b, most as usize).is_some(),
        Distance::DamerauLevenshtein(most) => {
            kernel::damerau_levenshtein_within(a, b, most as usize).is_some()
        }
    }
}

fn chars_near(distance: Distance, x: &str, y: &str) -> bool {
    use kernel::chars;
    match distance {
        Distance::Jaro(least) => chars::jaro(x, y) >= least,
        Distance::JaroWinkler(least) => chars::jaro_winkler(x, y) >= least,
        Distance::Levenshtein(most) => chars::levenshtein_within(x, y, most as usize).is_some(),
        Distance::DamerauLevenshtein(most) => chars::damerau_levenshtein(x, y) <= most as usize,
    }
}

fn user(address: &str) -> Option<&str> {
    address.split_once('@').map(|(user, _)| user)
}

fn numbers(x: &str, y: &str) -> Option<(f64, f64)> {
    x.parse().ok().zip(y.parse().ok())
}

fn last(least: u32, x: &str, y: &str) -> bool {
    let both = x.chars().rev().zip(y.chars().rev());
    let alike = both.take_while(|(x, y)| x == y).take(least as usize);
    alike.count() == least as usize
}

#[cfg(test)]
mod tests;

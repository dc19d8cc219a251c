//! Levels decided by the plainest means there are: `strsim`, sets of texts, days counted one by one.

use std::collections::BTreeSet;

use crate::{
    matching::{
        FieldSetting,
        comparison::{ComparisonLevel, Distance},
        forms,
    },
    text::{DateParts, EmailParts, are_nicknames, phonetic},
};

/// A level decided from the two cleaned texts by the plainest means there are.
fn slow(level: ComparisonLevel, x: &str, y: &str) -> bool {
    if x == y && level.holds_for_equal() {
        return true;
    }
    let near = |distance, x: &str, y: &str| match distance {
        Distance::Jaro(least) => strsim::jaro(x, y) >= least,
        Distance::JaroWinkler(least) => strsim::jaro_winkler(x, y) >= least,
        Distance::Levenshtein(most) => strsim::levenshtein(x, y) <= most as usize,
        Distance::DamerauLevenshtein(most) => strsim::damerau_levenshtein(x, y) <= most as usize,
    };
    let same = |of: &dyn Fn(&str) -> Option<String>| {
        of(x).is_some_and(|it| !it.is_empty() && Some(it) == of(y))
    };
    let user = |text: &str| Some(text.split_once('@')?.0.to_owned());
    let members = |text: &str| -> BTreeSet<String> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let (xs, ys) = (members(x), members(y));
    let common = xs.intersection(&ys).count();
    match level {
        ComparisonLevel::Exact => x == y,
        ComparisonLevel::Near(distance) => near(distance, x, y),
        ComparisonLevel::Sound(code) => same(&|text| Some(phonetic(text, code))),
        ComparisonLevel::Nickname => are_nicknames(x, y),
        ComparisonLevel::EmailMailbox => {
            same(&|text| Some(EmailParts::parse(text).ok()?.canonical()))
        }
        ComparisonLevel::EmailUser => same(&user),
        ComparisonLevel::EmailUserNear(distance) => user(x)
            .zip(user(y))
            .is_some_and(|(x, y)| near(distance, &x, &y)),
        ComparisonLevel::EmailDomain => same(&|text| Some(text.split_once('@')?.1.to_owned())),
        ComparisonLevel::LastDigits(least) => {
            let end = |text: &str| text.chars().rev().take(least as usize).collect::<String>();
            end(x).chars().count() == least as usize && end(x) == end(y)
        }
        ComparisonLevel::Jaccard(least) => {
            common > 0 && common as f64 / xs.union(&ys).count() as f64 >= least
        }
        ComparisonLevel::TokensShared(least) | ComparisonLevel::Shared(least) => {
            common >= least as usize
        }
        ComparisonLevel::AnyShared => common > 0,
        ComparisonLevel::Contains => common > 0 && (xs.is_subset(&ys) || ys.is_subset(&xs)),
        ComparisonLevel::AnyNear(distance) => {
            xs.iter().any(|x| ys.iter().any(|y| near(distance, x, y)))
        }
        level => slow_quantity(level, x, y),
    }
}

/// The same for numbers and dates.
fn slow_quantity(level: ComparisonLevel, x: &str, y: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    match level {
        ComparisonLevel::NumberDistance(most) => number(x)
            .zip(number(y))
            .is_some_and(|(x, y)| (x - y).abs() <= most),
        ComparisonLevel::NumberPercent(most) => number(x).zip(number(y)).is_some_and(|(x, y)| {
            (x - y).abs() * 100.0 <= most * if x.abs() > y.abs() { x.abs() } else { y.abs() }
        }),
        ComparisonLevel::Days(most) => slow_days(x, y).is_some_and(|days| days <= most),
        ComparisonLevel::Months(most) => {
            slow_days(x, y).is_some_and(|days| f64::from(days) <= f64::from(most) * 30.4375)
        }
        ComparisonLevel::Years(most) => {
            slow_days(x, y).is_some_and(|days| f64::from(days) <= f64::from(most) * 365.25)
        }
        ComparisonLevel::SameYear => {
            x.len() == 8 && y.len() == 8 && x[..4] == y[..4] && &x[..4] != "0000"
        }
        ComparisonLevel::DayMonthSwapped => slow_date(x).zip(slow_date(y)).is_some_and(|(x, y)| {
            x.year == y.year && x.month == y.day && x.day == y.month && x.day != x.month
        }),
        _ => false,
    }
}

fn slow_date(text: &str) -> Option<DateParts> {
    let number: u32 = text.parse().ok().filter(|_| text.len() == 8)?;
    Some(DateParts {
        year: (number / 10_000) as u16,
        month: (number / 100 % 100) as u8,
        day: (number % 100) as u8,
    })
}

/// The days between two dates, counted one after the other.
fn slow_days(x: &str, y: &str) -> Option<u32> {
    let read = |text: &str| slow_date(text).filter(|date| date.is_whole() && date.is_possible());
    let (mut early, late) = (read(x)?.min(read(y)?), read(x)?.max(read(y)?));
    let mut days = 0;
    while early < late {
        early.day += 1;
        if !early.is_possible() {
            (early.day, early.month) = (1, early.month + 1);
        }
        if early.month > 12 {
            (early.month, early.year) = (1, early.year + 1);
        }
        days += 1;
    }
    Some(days)
}

/// The slow decision, of lists by their members.
pub(super) fn slow_list(setting: &FieldSetting, level: ComparisonLevel, x: &str, y: &str) -> bool {
    // Blanks within members would part words: they become another letter on both sides, which changes no measure.
    let marked = |text: &str| text.replace(' ', "_").replace(forms::MEMBER_END, " ");
    match setting.separator {
        Some(_) => slow(level, &marked(x), &marked(y)),
        None => slow(level, x, y),
    }
}

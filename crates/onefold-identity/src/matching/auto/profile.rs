//! What the values of a column look like.
//!
//! Invariant: every share is between 0 and 1, over at most 5,000 distinct values.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::matching::records::Records;

/// A column in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    /// Rows that have a value.
    pub(super) filled: usize,
    pub(super) distinct: usize,
    /// Rows whose value no row of their source before them has.
    pub(super) first: usize,
    /// Of the distinct values that were looked at: those of digits and marks alone.
    pub(super) digits: f64,
    /// Those with letters and without digits.
    pub(super) letters: f64,
    pub(super) at_signs: f64,
    pub(super) dates: f64,
    /// Those that begin with a number and go on with words.
    pub(super) numbered: f64,
    /// Those with as many digits as a telephone number and marks between them.
    pub(super) phones: f64,
    /// Those that hold several values.
    pub(super) sets: f64,
    /// Words and letters of a value, on average.
    pub(super) words: f64,
    pub(super) length: f64,
    /// Those of the most frequent shape: which signs are letters, which are digits.
    pub(super) shape: f64,
    /// Those that come after the one before them, in the order of rows: by length, then by text.
    pub(super) rising: f64,
}

const VALUES_MAX: usize = 5_000;

impl Profile {
    pub(super) fn of(records: &Records, column: usize) -> Option<Self> {
        let column = records.columns().get(column)?;
        let distinct = column.values.codes() - 1;
        let mut profile = Self {
            filled: column.codes.iter().filter(|code| **code != 0).count(),
            distinct,
            first: first_in_source(&column.codes, records.sources(), distinct),
            ..Self::default()
        };
        let step = distinct.div_ceil(VALUES_MAX).max(1);
        let (mut seen, mut before) = (0.0, "");
        let mut shapes: FxHashMap<String, u32> = FxHashMap::default();
        for text in column.values.texts().step_by(step) {
            seen += 1.0;
            profile.add(text);
            *shapes.entry(shape(text)).or_default() += 1;
            let is_after = (before.len(), before) < (text.len(), text);
            profile.rising += f64::from(u8::from(is_after));
            before = text;
        }
        profile.shape = shapes.into_values().max().map_or(0.0, f64::from);
        profile.divide(f64::max(seen, 1.0));
        Some(profile)
    }

    /// The share of rows whose value no other row of their source has before: the keys of two sources may be the same
    /// numbers, and are keys all the same.
    pub(super) fn uniqueness(&self) -> f64 {
        self.first as f64 / self.filled.max(1) as f64
    }

    fn add(&mut self, text: &str) {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        let is_marked = text.starts_with('+') || text.contains(['-', '/', ' ', '(', '.']);
        let parts =
            text.matches("**").count() + text.matches('|').count() + text.matches(';').count();
        let one = |holds: bool| f64::from(u8::from(holds));
        self.digits += one(digits > 0 && letters == 0);
        self.letters += one(letters > 0 && digits == 0);
        self.at_signs += one(text.contains('@'));
        self.dates += one(is_date(text));
        self.numbered +=
            one(text.starts_with(|letter: char| letter.is_ascii_digit()) && letters > 2);
        self.phones += one((9..=15).contains(&digits) && letters == 0 && is_marked);
        self.sets += one(parts > 0);
        self.words += text.split_whitespace().count() as f64;
        self.length += text.chars().count() as f64;
    }

    fn divide(&mut self, by: f64) {
        let sums = [
            &mut self.digits,
            &mut self.letters,
            &mut self.at_signs,
            &mut self.dates,
            &mut self.numbered,
            &mut self.phones,
            &mut self.sets,
            &mut self.words,
            &mut self.length,
            &mut self.shape,
            &mut self.rising,
        ];
        sums.into_iter().for_each(|sum| *sum /= by);
    }
}

/// Letters and digits as one sign each.
fn shape(text: &str) -> String {
    let sign = |sign: char| match sign {
        sign if sign.is_ascii_digit() => '9',
        sign if sign.is_alphabetic() => 'a',
        sign => sign,
    };
    text.chars().map(sign).collect()
}

fn first_in_source(codes: &[u32], sources: &[u16], distinct: usize) -> usize {
    let is_one_source = sources.windows(2).all(|pair| pair.first() == pair.last());
    if is_one_source {
        return distinct;
    }
    let both = codes.iter().zip(sources).filter(|(code, _)| **code != 0);
    let seen: FxHashSet<(u32, u16)> = both.map(|(code, source)| (*code, *source)).collect();
    seen.len()
}

/// Eight digits, or three numbers, of which one can be a year and the others a month and a day. A date that no
/// calendar has passes too: a slip leaves such dates.
fn is_date(text: &str) -> bool {
    let numbers: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let is_year = |text: &str| text.len() == 4 && (1850..=2100).contains(&number(text));
    let is_day = |text: &str| text.len() <= 2 && number(text) <= 31;
    match numbers.as_slice() {
        [whole] => whole.len() == 8 && text.len() == 8 && whole.get(..4).is_some_and(is_year),
        [year, month, day, ..] if is_year(year) => is_day(month) && is_day(day),
        [first, second, year, ..] if is_year(year) => is_day(first) && is_day(second),
        [first, second, year] => {
            text.contains('/') && year.len() == 2 && is_day(first) && is_day(second)
        }
        _ => false,
    }
}

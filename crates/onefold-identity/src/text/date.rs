//! Dates as people write them, for comparison: parts that may be missing or impossible.
//!
//! Invariant: the eight digits of a date are kept whatever they say, so that two impossible dates can be compared.

use super::{Unusable, fold, words::entries};

/// What the first of two numbers is where both could be day or month: `03/04/1980`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateOrder {
    /// `03/04/1980` is the third of April.
    DayFirst,
    /// `03/04/1980` is the fourth of March.
    MonthFirst,
}

/// A date with what is known of it; 0 is unknown.
///
/// ```
/// # use onefold_identity::text::{DateOrder, DateParts};
/// let read = |text| DateParts::parse(text, DateOrder::DayFirst, 30);
/// let (a, b) = (read("1980-04-03")?, read("3 Mar 80")?);
/// assert_eq!((a.digits().as_str(), b.digits().as_str()), ("19800403", "19800303"));
/// assert!(a.is_swapped(read("03-04-1980")?) || a == read("03-04-1980")?);
/// assert!(!read("19081340")?.is_possible());
/// # Ok::<(), onefold_identity::text::Unusable>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateParts {
    /// The year, 0 if unknown.
    pub year: u16,
    /// The month, 1 to 12, 0 if unknown; more where the date is impossible.
    pub month: u8,
    /// The day, 1 to 31, 0 if unknown; more where the date is impossible.
    pub day: u8,
}

impl DateParts {
    /// Reads ISO 8601 (a time behind it is left out), `YYYYMMDD`, `YYYY`, `YYYY-MM`, numbers with `/`, `.`, `-` or
    /// spaces between them, and names of months in a dozen languages.
    ///
    /// Of two numbers that could be day or month, `order` decides; where only the other order is possible, that is
    /// taken. A year of two digits is 20.. up to `pivot`, else 19...
    ///
    /// # Errors
    ///
    /// Where there are no numbers that could be a date.
    pub fn parse(text: &str, order: DateOrder, pivot: u8) -> Result<Self, Unusable> {
        let folded = fold(date_only(text.trim()));
        let words: Vec<&str> = folded.split(' ').filter(|it| !it.is_empty()).collect();
        let named = words.iter().find_map(|word| month(word));
        let numbers: Vec<&str> = words.iter().filter_map(|word| number(word)).collect();
        let reader = Reader { order, pivot };
        match (named, numbers.as_slice()) {
            (Some(month), numbers) => reader.named(month, numbers),
            (None, [all]) if all.len() == 8 => reader.eight(all),
            (None, [all]) if all.len() == 6 => reader.year_and(all.get(..4), all.get(4..)),
            (None, [year]) if year.len() == 4 => reader.year_and(Some(year), None),
            (None, [year, month]) if year.len() == 4 => reader.year_and(Some(year), Some(month)),
            (None, [month, year]) if year.len() == 4 => reader.year_and(Some(year), Some(month)),
            (None, [year, month, day]) if year.len() == 4 => Self::of(year, month, day),
            (None, [first, second, year]) => reader.three(first, second, year),
            _ => Err(Unusable::new("is no date")),
        }
    }

    /// Year, month and day as `YYYYMMDD`, with zeros for what is unknown.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// Whether year, month and day are all known.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.year > 0 && self.month > 0 && self.day > 0
    }

    /// Whether the calendar has such a date; unknown parts are possible.
    #[must_use]
    pub fn is_possible(self) -> bool {
        let divides = |by: u16| self.year.is_multiple_of(by);
        // An unknown year, 0, may be a leap year: 400 divides it.
        let leap = divides(400) || (divides(4) && !divides(100));
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            0..=12 => 31,
            _ => 0,
        };
        self.day <= days
    }

    /// Whether the other date has day and month the other way round, and they differ.
    #[must_use]
    pub fn is_swapped(self, other: Self) -> bool {
        let swapped = (self.month, self.day) == (other.day, other.month);
        self.year == other.year && swapped && self.month != self.day
    }

    /// Whether systems write this where they know nothing: the first of January, and what they count from.
    #[must_use]
    pub fn is_placeholder(self) -> bool {
        let (year, rest) = (self.year, (self.month, self.day));
        rest == (1, 1)
            || matches!(
                (year, rest),
                (1899, (12, 30 | 31)) | (9999, (12, 31)) | (1969, (12, 31))
            )
            || matches!((year, rest), (1111, (11, 11)) | (1753, _))
    }

    fn of(year: &str, month: &str, day: &str) -> Result<Self, Unusable> {
        let part = |text: &str| text.parse::<u8>().ok().filter(|it| *it < 100);
        match (year.parse::<u16>(), part(month), part(day)) {
            (Ok(year), Some(month), Some(day)) if year < 10_000 => Ok(Self { year, month, day }),
            _ => Err(Unusable::new("has numbers that are too large for a date")),
        }
    }
}

/// What an ISO time, or a time behind a space, is behind.
fn date_only(text: &str) -> &str {
    let clock = |rest: &str| {
        rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) && rest.contains(':')
    };
    match text.split_once(['T', ' ']) {
        Some((date, rest)) if clock(rest) && date.contains(['-', '/', '.']) => date,
        _ => text,
    }
}

/// Digits, also of `3rd`, `21st` and `1er`.
fn number(word: &str) -> Option<&str> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let rest = word.get(digits.len()..)?;
    let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    (plain && matches!(rest, "" | "st" | "nd" | "rd" | "th" | "er" | "de")).then_some(digits)
}

fn month(word: &str) -> Option<u8> {
    if !word.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let lines = entries(include_str!("data/months.txt"));
    let mut found = lines.filter(|(_, names)| names.split(' ').any(|it| it == word));
    found.next().and_then(|(month, _)| month.parse().ok())
}

struct Reader {
    order: DateOrder,
    pivot: u8,
}

impl Reader {
    fn named(&self, month: u8, numbers: &[&str]) -> Result<DateParts, Unusable> {
        let month = month.to_string();
        match numbers {
            [day, year] if day.len() <= 2 => DateParts::of(&self.year(year), &month, day),
            [year, day] => DateParts::of(year, &month, day),
            [year] if year.len() == 4 => DateParts::of(year, &month, "0"),
            [day] => DateParts::of("0", &month, day),
            _ => Err(Unusable::new("has a month but neither day nor year")),
        }
    }

    fn eight(&self, all: &str) -> Result<DateParts, Unusable> {
        let part = |from: usize, to: usize| all.get(from..to).unwrap_or_default();
        let year_first = DateParts::of(part(0, 4), part(4, 6), part(6, 8))?;
        // `03041980` has no century in front; what is possible in neither way stays as `YYYYMMDD`.
        if !year_first.is_possible() || !(1800..2100).contains(&year_first.year) {
            let year_last = self.three(part(0, 2), part(2, 4), part(4, 8))?;
            if year_last.is_possible() && (1800..2100).contains(&year_last.year) {
                return Ok(year_last);
            }
        }
        Ok(year_first)
    }

    fn year_and(&self, year: Option<&str>, month: Option<&str>) -> Result<DateParts, Unusable> {
        DateParts::of(year.unwrap_or("0"), month.unwrap_or("0"), "0")
    }

    fn three(&self, first: &str, second: &str, year: &str) -> Result<DateParts, Unusable> {
        let year = self.year(year);
        let day_first = DateParts::of(&year, second, first)?;
        let month_first = DateParts::of(&year, first, second)?;
        let (wanted, other) = match self.order {
            DateOrder::DayFirst => (day_first, month_first),
            DateOrder::MonthFirst => (month_first, day_first),
        };
        match !wanted.is_possible() && other.is_possible() {
            true => Ok(other),
            false => Ok(wanted),
        }
    }

    fn year(&self, year: &str) -> String {
        match year.parse::<u8>() {
            Ok(short) if year.len() <= 2 && short <= self.pivot => format!("20{short:02}"),
            Ok(short) if year.len() <= 2 => format!("19{short:02}"),
            _ => year.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates() {
        let check = |text: &str, day_first: &str, month_first: &str| {
            for (order, expected) in [
                (DateOrder::DayFirst, day_first),
                (DateOrder::MonthFirst, month_first),
            ] {
                let found = DateParts::parse(text, order, 30);
                let found = found.map_or_else(|it| it.reason().to_owned(), DateParts::digits);
                assert_eq!(found, expected, "{text}");
            }
        };
        let same = |text: &str, expected: &str| check(text, expected, expected);
        check("03/04/1980", "19800403", "19800304");
        check("3-4-80", "19800403", "19800304");
        check("03.04.12", "20120403", "20120304");
        check("03041980", "19800403", "19800304");
        same("25/12/1980", "19801225");
        same("12/25/1980", "19801225");
        same("1980-04-03", "19800403");
        same("1980-04-03T12:00:00Z", "19800403");
        same("1980-04-03 12:00", "19800403");
        same("19800403", "19800403");
        same("19081340", "19081340");
        same("1908-13-40", "19081340");
        same("3 April 1980", "19800403");
        same("April 3rd, 1980", "19800403");
        same("3. März 80", "19800303");
        same("3 de marzo de 1980", "19800303");
        same("1er août 1980", "19800801");
        same("1980 Mar 3", "19800303");
        same("May 1980", "19800500");
        same("May 3", "00000503");
        same("1980", "19800000");
        same("1980-05", "19800500");
        same("05/1980", "19800500");
        same("198005", "19800500");
        same("", "is no date");
        same("hello", "is no date");
        same("12", "is no date");
        same("1-2-3-4", "is no date");
        same("111/222/1980", "has numbers that are too large for a date");
    }

    #[test]
    fn properties() {
        let date = |text: &str| DateParts::parse(text, DateOrder::DayFirst, 30).unwrap();
        let possible =
            |text: &str, expected: bool| assert_eq!(date(text).is_possible(), expected, "{text}");
        possible("2000-02-29", true);
        possible("1900-02-29", false);
        possible("1980-04-31", false);
        possible("1980", true);
        let placeholder = |text: &str, expected: bool| {
            assert_eq!(date(text).is_placeholder(), expected, "{text}")
        };
        placeholder("1900-01-01", true);
        placeholder("1970-01-01", true);
        placeholder("1985-01-01", true);
        placeholder("1985-01-02", false);
        assert!(date("1980-04-03").is_swapped(date("1980-03-04")));
        assert!(!date("1980-04-04").is_swapped(date("1980-04-04")));
        assert!(!date("1980").is_whole() && date("1980-04-03").is_whole());
    }

    proptest! {
        #[test]
        fn read_again_it_is_the_same(text in "[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}|[0-9]{1,9}|\\PC{0,20}") {
            if let Ok(date) = DateParts::parse(&text, DateOrder::DayFirst, 30) {
                let iso = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
                prop_assert_eq!(DateParts::parse(&iso, DateOrder::MonthFirst, 0), Ok(date));
            }
        }
    }
}

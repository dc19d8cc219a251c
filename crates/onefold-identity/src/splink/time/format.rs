//! Formats of `strptime`: `%Y-%m-%d` and the other letters that a date is written with.
//!
//! Invariant: a format that was read parses every text without failing otherwise than by "no".

use super::{DAY_MICROS, SECOND_MICROS, day_of, digits, read_fraction};

/// A format of `strptime`, and the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeFormat {
    text: Box<str>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    Space,
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    DayOfYear,
    WeekdayName,
    Hour,
    HalfDayHour,
    HalfDay,
    Minute,
    Second,
    Fraction,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

impl TimeFormat {
    /// Reads a format, or says which letter of it is not understood.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                parts.push(if letter.is_ascii_whitespace() {
                    Part::Space
                } else {
                    Part::Letter(letter)
                });
                continue;
            }
            let mut letter = letters.next();
            if letter == Some('-') {
                letter = letters.next();
            }
            specifier(letter, &mut parts).ok_or_else(|| unknown(letter))?;
        }
        Ok(Self {
            text: text.into(),
            parts,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Microseconds since 1970-01-01 of a text in this format.
    pub(crate) fn parse(&self, text: &str) -> Option<i64> {
        let mut rest = text.trim_ascii_start();
        let mut found = Found::default();
        for part in &self.parts {
            rest = found.take(*part, rest)?;
        }
        if rest.trim_ascii_start().is_empty() {
            found.micros()
        } else {
            None
        }
    }
}

fn specifier(letter: Option<char>, parts: &mut Vec<Part>) -> Option<()> {
    let part = match letter? {
        'Y' => Part::Year,
        'y' => Part::ShortYear,
        'm' => Part::Month,
        'b' | 'B' => Part::MonthName,
        'd' => Part::Day,
        'j' => Part::DayOfYear,
        'a' | 'A' => Part::WeekdayName,
        'H' => Part::Hour,
        'I' => Part::HalfDayHour,
        'p' => Part::HalfDay,
        'M' => Part::Minute,
        'S' => Part::Second,
        'f' => Part::Fraction,
        '%' => Part::Letter('%'),
        _ => return None,
    };
    parts.push(part);
    Some(())
}

fn unknown(letter: Option<char>) -> String {
    let letter = letter.map(String::from).unwrap_or_default();
    format!(
        "the format has `%{letter}`; understood are %Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %%"
    )
}

/// What was found so far; what a format does not name is the beginning of 1900.
#[derive(Debug)]
struct Found {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    hour: i64,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            year: 1900,
            month: 1,
            day: 1,
            day_of_year: None,
            hour: 0,
            is_afternoon: None,
            minute: 0,
            second: 0,
            micros: 0,
        }
    }
}

impl Found {
    /// Takes one part from the front of a text, and returns what follows.
    fn take<'a>(&mut self, part: Part, text: &'a str) -> Option<&'a str> {
        let (place, most, range) = match part {
            Part::Letter(letter) => return text.strip_prefix(letter),
            Part::Space => {
                let rest = text.trim_ascii_start();
                return (rest.len() < text.len()).then_some(rest);
            }
            Part::MonthName => {
                let (month, rest) = name(text, &MONTHS)?;
                self.month = month;
                return Some(rest);
            }
            Part::WeekdayName => return name(text, &WEEKDAYS).map(|(_, rest)| rest),
            Part::HalfDay => return self.half_day(text),
            Part::Fraction => {
                let (micros, rest) = read_fraction(text)?;
                self.micros = micros;
                return Some(rest);
            }
            Part::ShortYear => {
                let (year, rest) = digits(text, 2)?;
                self.year = if year < 69 { 2000 + year } else { 1900 + year };
                return Some(rest);
            }
            Part::DayOfYear => {
                let (day, rest) = digits(text, 3)?;
                self.day_of_year = Some(day);
                return (1..=366).contains(&day).then_some(rest);
            }
            Part::Year => (&mut self.year, 4, 0..=9999),
            Part::Month => (&mut self.month, 2, 1..=12),
            Part::Day => (&mut self.day, 2, 1..=31),
            Part::Hour => (&mut self.hour, 2, 0..=23),
            Part::HalfDayHour => (&mut self.hour, 2, 1..=12),
            Part::Minute => (&mut self.minute, 2, 0..=59),
            Part::Second => (&mut self.second, 2, 0..=59),
        };
        let (number, rest) = digits(text, most)?;
        *place = number;
        range.contains(&number).then_some(rest)
    }

    fn half_day<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (word, rest) = text.split_at_checked(2)?;
        self.is_afternoon = match word.to_ascii_lowercase().as_str() {
            "am" => Some(false),
            "pm" => Some(true),
            _ => return None,
        };
        Some(rest)
    }

    fn micros(&self) -> Option<i64> {
        let day = match self.day_of_year {
            Some(day) => i64::from(day_of(self.year, 1, 1)?) + day - 1,
            None => i64::from(day_of(self.year, self.month, self.day)?),
        };
        let hour = match self.is_afternoon {
            None => self.hour,
            Some(is_afternoon) => self.hour % 12 + if is_afternoon { 12 } else { 0 },
        };
        let seconds = (hour * 60 + self.minute) * 60 + self.second;
        Some(day * DAY_MICROS + seconds * SECOND_MICROS + self.micros)
    }
}

/// The place, from 1, of the name a text begins with, whole or as its first three letters.
fn name<'a>(text: &'a str, names: &[&str]) -> Option<(i64, &'a str)> {
    let begins = |name: &str| {
        let front = text.get(..name.len())?;
        front
            .eq_ignore_ascii_case(name)
            .then(|| text.get(name.len()..))
            .flatten()
    };
    let whole = names
        .iter()
        .zip(1..)
        .find_map(|(name, place)| Some((place, begins(name)?)));
    whole.or_else(|| {
        let short = |name: &str| begins(name.get(..3)?);
        names
            .iter()
            .zip(1..)
            .find_map(|(name, place)| Some((place, short(name)?)))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::write_instant, *};

    fn check(format: &str, text: &str, expected: Option<&str>) {
        let read = TimeFormat::read(format)
            .unwrap()
            .parse(text)
            .map(write_instant);
        assert_eq!(read.as_deref(), expected, "{text} as {format}");
    }

    #[test]
    fn texts_are_read_by_their_format() {
        check("%Y-%m-%d", " 2020-01-5 ", Some("2020-01-05 00:00:00"));
        check("%Y-%m-%d", "2020-02-30", None);
        check("%Y-%m-%d", "2020-01-05x", None);
        check("%Y%m%d", "2020015", Some("2020-01-05 00:00:00"));
        check("%y-%m-%d", "70-01-05", Some("1970-01-05 00:00:00"));
        check(
            "%Y-%m-%dT%H:%M:%SZ",
            "2020-01-05T10:11:12Z",
            Some("2020-01-05 10:11:12"),
        );
        check("%d %b %Y", "5 Jan 2020", Some("2020-01-05 00:00:00"));
        check(
            "%d %B %Y %I:%M %p",
            "5 march 2020 12:30 am",
            Some("2020-03-05 00:30:00"),
        );
        check("%Y-%j", "2020-60", Some("2020-02-29 00:00:00"));
    }

    #[test]
    fn unknown_letters_are_named() {
        let error = TimeFormat::read("%Y %Q").unwrap_err();
        assert!(error.starts_with("the format has `%Q`;"), "{error}");
    }
}

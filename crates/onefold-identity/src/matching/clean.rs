//! From a raw value to the form that is compared, and to the coarser forms by which rows are brought together.
//!
//! Invariant: a cleaned value is folded: lower case, without accents, marks and repeated spaces.

use std::borrow::Cow;

use super::kind::FieldKind;
use crate::text::{self, DateOrder};

/// The form in which a value is compared; empty if nothing is left. The order is that of dates.
pub(crate) fn clean(kind: FieldKind, order: DateOrder, raw: &str) -> Cow<'_, str> {
    match kind {
        FieldKind::Email => email(raw),
        FieldKind::Phone => Cow::Owned(phone(raw)),
        FieldKind::Code | FieldKind::Postcode => Cow::Owned(letters_and_digits(raw)),
        FieldKind::Date => Cow::Owned(date(raw, order)),
        FieldKind::Address | FieldKind::Street => Cow::Owned(address(raw)),
        // Nothing measured is written as nothing.
        FieldKind::Number if raw.parse() == Ok(0.0) => Cow::Borrowed(""),
        FieldKind::Number => Cow::Borrowed(raw),
        _ => Cow::Owned(text::fold(raw)),
    }
}

/// The form of several cells: year, month and day of a date; of any other kind the cells one after the other.
pub(crate) fn clean_several(kind: FieldKind, order: DateOrder, cells: &[&str]) -> String {
    match (kind, cells) {
        (FieldKind::Date, [year, month, day]) => {
            let number = |text: &str| text.trim().parse::<u32>().ok();
            let parts = [number(year), number(month), number(day)];
            if parts == [None; 3] {
                return String::new();
            }
            let [year, month, day] = parts.map(Option::unwrap_or_default);
            format!("{:04}{:02}{:02}", year % 10_000, month % 100, day % 100)
        }
        _ => {
            let filled = cells.iter().filter(|cell| !cell.trim().is_empty());
            clean(kind, order, &filled.copied().collect::<Vec<_>>().join(" ")).into_owned()
        }
    }
}

fn email(raw: &str) -> Cow<'_, str> {
    match raw
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        true => Cow::Borrowed(raw),
        false => Cow::Owned(raw.to_lowercase()),
    }
}

/// The last ten digits: what stays the same whether or not the country is written.
fn phone(raw: &str) -> String {
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    let skip = digits.len().saturating_sub(10);
    digits.get(skip..).unwrap_or_default().to_owned()
}

/// The international form of a number, `+` and its digits; of what no country has, the last ten digits.
#[cfg(feature = "phone")]
pub(crate) fn phone_of_country(raw: &str, country: &str) -> String {
    let read = text::phone_of_country(raw, country).ok();
    let international = read.and_then(|number| number.e164());
    international.unwrap_or_else(|| phone(raw))
}

/// Without the feature `phone` no checked settings have a country.
#[cfg(not(feature = "phone"))]
pub(crate) fn phone_of_country(raw: &str, _: &str) -> String {
    phone(raw)
}

fn letters_and_digits(raw: &str) -> String {
    let kept = raw.chars().filter(|letter| letter.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Two-digit years up to this one are of this century.
const PIVOT: u8 = 30;

/// Eight digits, year first. A date that no calendar has keeps its digits, as a slip leaves most of them right.
fn date(raw: &str, order: DateOrder) -> String {
    let is_plain = raw.len() == 8 && raw.bytes().all(|byte| byte.is_ascii_digit());
    match text::DateParts::parse(raw, order, PIVOT) {
        Ok(date) if is_plain && is_default(date) => String::new(),
        _ if is_plain => raw.to_owned(),
        Ok(date) if is_default(date) => String::new(),
        Ok(date) => date.digits(),
        Err(_) => letters_and_digits(raw),
    }
}

/// Dates that systems fill in where they know none. The first of January of another year may be somebody's birthday.
fn is_default(date: text::DateParts) -> bool {
    let is_new_year = (date.month, date.day) == (1, 1);
    date.is_placeholder() && (!is_new_year || matches!(date.year, 1 | 1900 | 1970))
}

/// In which order a column writes day and month: the one that more of its values can have.
pub(crate) fn date_order<'a>(values: impl Iterator<Item = &'a str>) -> DateOrder {
    let (mut day_first, mut month_first) = (0_u32, 0_u32);
    for value in values {
        let mut numbers = value.split(|letter: char| !letter.is_ascii_digit());
        let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
        match (next(), next()) {
            (Some(13..=31), Some(1..=12)) => day_first += 1,
            (Some(1..=12), Some(13..=31)) => month_first += 1,
            _ => {}
        }
    }
    match day_first > month_first {
        true => DateOrder::DayFirst,
        false => DateOrder::MonthFirst,
    }
}

/// Street types and directions, long and short, as they are most often written.
const SHORT_FORMS: &[(&str, &str)] = &[
    ("av", "ave"),
    ("avenue", "ave"),
    ("blv", "blvd"),
    ("boulevard", "blvd"),
    ("circle", "cir"),
    ("circuit", "cct"),
    ("close", "cl"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("crossing", "xing"),
    ("drive", "dr"),
    ("east", "e"),
    ("highway", "hwy"),
    ("lane", "ln"),
    ("north", "n"),
    ("parkway", "pkwy"),
    ("place", "pl"),
    ("road", "rd"),
    ("saint", "st"),
    ("south", "s"),
    ("square", "sq"),
    ("strasse", "str"),
    ("street", "st"),
    ("terrace", "ter"),
    ("trail", "trl"),
    ("way", "wy"),
    ("west", "w"),
];

fn address(raw: &str) -> String {
    let folded = text::fold(raw);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(' ') {
        let known = SHORT_FORMS.binary_search_by_key(&word, |(long, _)| long);
        let short = known
            .ok()
            .and_then(|at| SHORT_FORMS.get(at))
            .map_or(word, |(_, short)| short);
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(short);
    }
    out
}

/// Whether the kind has a coarser form.
pub(crate) fn has_root(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::GivenName | FieldKind::Email | FieldKind::Address
    )
}

/// A hash of the coarser form of a cleaned value, the number of a date of eight digits; 0 if it has none.
pub(crate) fn root(kind: FieldKind, cleaned: &str) -> u32 {
    match kind {
        FieldKind::GivenName => hash(text::nickname_root(cleaned).as_bytes()),
        FieldKind::Email => match cleaned.split_once('@') {
            Some((user, _)) if !user.is_empty() => hash(user.as_bytes()),
            _ => 0,
        },
        FieldKind::Date if cleaned.len() == 8 => cleaned.parse().unwrap_or_default(),
        FieldKind::Address => {
            let is_number = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
            let street: Vec<&str> = cleaned.split(' ').filter(|word| !is_number(word)).collect();
            if street.is_empty() {
                0
            } else {
                hash(street.join(" ").as_bytes())
            }
        }
        _ => 0,
    }
}

/// Whether rows are brought together by the sound of the kind.
pub(crate) fn has_sound(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::GivenName | FieldKind::Street | FieldKind::Word
    )
}

/// How a cleaned word sounds, roughly, after the Soundex code (Russell, US patent 1,261,167 of 1918); 0 if it has no
/// letters. Four bytes: the first letter and three classes of consonants.
pub(crate) fn sound(cleaned: &str) -> u32 {
    let mut code = [0_u8; 4];
    let mut length = 0;
    let mut last = 0;
    for byte in cleaned.bytes().filter(u8::is_ascii_alphabetic) {
        let class = match byte {
            b'b' | b'f' | b'p' | b'v' => 1,
            b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => 2,
            b'd' | b't' => 3,
            b'l' => 4,
            b'm' | b'n' => 5,
            b'r' => 6,
            // They do not part two letters of one class.
            b'h' | b'w' if length > 0 => continue,
            _ => 0,
        };
        let written = match length {
            0 => Some(byte),
            _ => (class != 0 && class != last).then_some(class),
        };
        if let Some((written, slot)) = written.zip(code.get_mut(length)) {
            *slot = written;
            length += 1;
        }
        last = class;
    }
    u32::from_be_bytes(code)
}

/// The words of a title or a set: the marks between the members of a set were folded to spaces.
pub(crate) fn words(cleaned: &str) -> impl Iterator<Item = &str> {
    cleaned.split(' ').filter(|word| !word.is_empty())
}

/// A 32-bit hash that is never 0. Two texts share one by chance once in four billion: that brings two rows together
/// that need not be compared, and does no harm.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)).max(1)
}

/// Spreads the bits of a word.
pub(crate) fn mix(mut word: u64) -> u32 {
    word = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (word >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: FieldKind, raw: &str, expected: &str) {
        let clean = |raw| super::clean(kind, DateOrder::MonthFirst, raw).into_owned();
        assert_eq!(clean(raw), expected, "{kind:?} {raw}");
        assert_eq!(clean(expected), expected, "{kind:?} {expected} again");
    }

    #[test]
    fn values_are_cleaned() {
        check(FieldKind::Email, "Ann@Example.COM", "ann@example.com");
        check(FieldKind::Phone, "+44 (0)20 7946-0018", "2079460018");
        check(FieldKind::Code, "655-18-7035", "655187035");
        check(FieldKind::Postcode, "LS1 4AB", "ls14ab");
        check(FieldKind::Date, "1984-3-11", "19840311");
        check(FieldKind::Date, "12/30/1951", "19511230");
        check(FieldKind::Date, "30.12.1951", "19511230");
        check(FieldKind::Date, "19081340", "19081340");
        check(FieldKind::Date, "1900-01-01", "");
        check(FieldKind::Date, "1985-01-01", "19850101");
        check(FieldKind::Number, "0.0", "");
        check(
            FieldKind::Address,
            "435 S. La Cienega Boulevard",
            "435 s la cienega blvd",
        );
        check(FieldKind::Surname, " O'Brien-Müller", "obrien muller");
        let several = |kind, cells: &[&str]| clean_several(kind, DateOrder::DayFirst, cells);
        assert_eq!(several(FieldKind::Date, &["1967", "9", "27"]), "19670927");
        assert_eq!(several(FieldKind::Date, &["", "", ""]), "");
        assert_eq!(
            several(FieldKind::Address, &["12", "", "High Street"]),
            "12 high st"
        );
    }

    #[test]
    fn the_order_of_dates_is_that_of_the_column() {
        let order = |values: &[&str]| date_order(values.iter().copied());
        assert_eq!(order(&["03/04/1980", "25/12/1980"]), DateOrder::DayFirst);
        assert_eq!(order(&["03/04/1980", "12/25/1980"]), DateOrder::MonthFirst);
        assert_eq!(order(&["1980-12-25", ""]), DateOrder::MonthFirst);
    }

    #[test]
    fn short_forms_are_sorted() {
        assert!(SHORT_FORMS.is_sorted());
    }

    #[test]
    fn sounds() {
        for (left, right) in [("smith", "smyth"), ("robert", "rupert"), ("meyer", "meier")] {
            assert_eq!(sound(left), sound(right), "{left} {right}");
        }
        assert_ne!(sound("smith"), sound("jones"));
        assert_eq!(sound("123"), 0);
    }
}

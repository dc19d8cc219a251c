//! Postal addresses as tokens: house number, unit, street, kind of street, direction.
//!
//! Invariant: abbreviations of one word end as one word (`St`, `Str.`, `ave`), in whatever language the address is.

use std::ops::RangeInclusive;

use super::{
    fold,
    words::{Variants, WordSet},
};

static KINDS: Variants = Variants::new(include_str!("data/street_types.txt"));
static UNITS: WordSet = WordSet::new(include_str!("data/unit_words.txt"));
/// What comes before the number of a post box.
const BOXES: [&str; 9] = [
    "po box",
    "p o box",
    "pobox",
    "post office box",
    "postfach",
    "postbus",
    "boite postale",
    "apartado",
    "skrytka",
];
const DIRECTIONS: [(&str, &str); 16] = [
    ("e", "e"),
    ("east", "e"),
    ("n", "n"),
    ("ne", "ne"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("nw", "nw"),
    ("s", "s"),
    ("se", "se"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("sw", "sw"),
    ("w", "w"),
    ("west", "w"),
];

/// A line of an address, taken apart; what is absent is empty.
///
/// Meant for the line with street and number; a city behind a comma ends among the words of the street. Nothing
/// is looked up in a map.
///
/// ```
/// # use onefold_identity::text::AddressTokens;
/// let address = AddressTokens::parse("12b N. Main Street, Apt 4");
/// assert_eq!((address.number.as_str(), address.unit.as_str()), ("12b", "4"));
/// assert_eq!((address.street, address.kind), (vec!["main".to_owned()], "street"));
/// assert_eq!(AddressTokens::parse("Hauptstr. 5").street, AddressTokens::parse("5 Haupt-Straße").street);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AddressTokens {
    /// The house number: `12`, `12b`, `12-14`.
    pub number: String,
    /// Flat, suite, floor: what stands behind such a word, `#` or the slash of `12/3`.
    pub unit: String,
    /// The words of the street's name in order.
    pub street: Vec<String>,
    /// What kind of street, one word for all abbreviations: `street`, `strasse`, `rue`.
    pub kind: &'static str,
    /// The direction before or behind the name: `n`, `sw`.
    pub direction: &'static str,
    /// The number of a post box.
    pub post_box: String,
}

impl AddressTokens {
    /// The tokens of this text; nothing is refused, an empty text has none.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut address = Self::default();
        let mut words = tokens(text);
        address.take_box(&mut words);
        address.take_unit(&mut words);
        address.take_number(&mut words);
        address.take_direction(&mut words);
        address.take_kind(&mut words);
        // `Broadway N St` has its direction inside the kind.
        address.take_direction(&mut words);
        address.street = words;
        address
    }

    /// Words of the street in alphabetical order, without kind and direction, as one text: a key for blocking.
    #[must_use]
    pub fn street_key(&self) -> String {
        let mut words: Vec<&str> = self.street.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.join(" ")
    }

    fn take_box(&mut self, words: &mut Vec<String>) {
        let line = words.join(" ");
        for mark in BOXES {
            let Some(at) = find_words(&line, mark) else {
                continue;
            };
            let before = line.get(..at).unwrap_or_default();
            let behind = line.get(at + mark.len()..).unwrap_or_default();
            let mut rest = behind.split_whitespace().peekable();
            self.post_box = rest
                .next_if(|it| has_digit(it))
                .unwrap_or_default()
                .to_owned();
            *words = before
                .split_whitespace()
                .chain(rest)
                .map(str::to_owned)
                .collect();
            return;
        }
    }

    fn take_unit(&mut self, words: &mut Vec<String>) {
        // A floor and a flat are two units; what is said last is the narrower one.
        while let Some((unit, place)) = (0..words.len()).find_map(|at| unit_at(words, at)) {
            self.unit = unit;
            words.drain(place);
        }
        words.retain(|word| word != "#");
    }

    fn take_number(&mut self, words: &mut Vec<String>) {
        let is_number =
            |it: &&mut String| it.starts_with(|c: char| c.is_ascii_digit()) && !is_ordinal(it);
        let count = words.len();
        // `Highway 61` has its number in the name only where another one stands first.
        let Some(at) = words.iter_mut().position(|it| is_number(&it)) else {
            return;
        };
        let number = words.remove(at);
        let letter = words
            .get(at)
            .is_some_and(|it| it.len() == 1 && it.starts_with(|c: char| c.is_ascii_lowercase()));
        // `Hauptstr. 12 b`: the letter belongs to the number, unless it could be a direction.
        let suffix = match letter && at + 2 == count && at > 0 {
            true => words.remove(at),
            false => String::new(),
        };
        match number.split_once('/') {
            // In front, unit and number: `4/12 Main St`; behind the street, number and unit: `Hauptstr. 12/4`.
            Some((unit, number)) if at == 0 && !words.is_empty() => {
                self.number = number.to_owned();
                self.unit_or(unit);
            }
            Some((number, unit)) => {
                self.number = number.to_owned();
                self.unit_or(unit);
            }
            None => self.number = number + &suffix,
        }
    }

    fn unit_or(&mut self, unit: &str) {
        if self.unit.is_empty() {
            self.unit = unit.to_owned();
        }
    }

    fn take_direction(&mut self, words: &mut Vec<String>) {
        if !self.direction.is_empty() || words.len() < 2 {
            return;
        }
        let direction = |word: Option<&String>| {
            let found = DIRECTIONS
                .iter()
                .find(|(name, _)| word.is_some_and(|it| it == name));
            found.map(|(_, short)| *short)
        };
        // `North Street` is called so: a name must be left beside the kind.
        let names = words.iter().filter(|it| KINDS.get(it).is_none()).count();
        if names < 2 {
            return;
        }
        if let Some(found) = direction(words.first()) {
            self.direction = found;
            words.remove(0);
        } else if let Some(found) = direction(words.last()) {
            self.direction = found;
            words.pop();
        }
    }

    fn take_kind(&mut self, words: &mut Vec<String>) {
        if let Some(kind) = words
            .last()
            .and_then(|it| KINDS.get(it))
            .filter(|_| words.len() > 1)
        {
            self.kind = kind;
            words.pop();
        } else if let Some(kind) = words
            .first()
            .and_then(|it| first_kind(it))
            .filter(|_| words.len() > 1)
        {
            self.kind = kind;
            words.remove(0);
        } else if let Some(last) = words.last_mut() {
            // `Hauptstrasse` and `Hauptstr` are one word with its kind at the end.
            let name = ["strasse", "str", "straat", "gasse"]
                .iter()
                .find_map(|kind| Some((last.strip_suffix(kind)?, *kind)))
                .filter(|(name, _)| name.len() > 2);
            if let Some((name, kind)) = name {
                self.kind = KINDS.get(kind).unwrap_or_default();
                *last = name.to_owned();
            }
        }
    }
}

/// The unit whose word stands here, and the words that say it: `apt 4`, `3rd floor`, but not a street called `Tower`.
fn unit_at(words: &[String], at: usize) -> Option<(String, RangeInclusive<usize>)> {
    words.get(at).filter(|it| UNITS.has(it) || *it == "#")?;
    if let Some(value) = words
        .get(at + 1)
        .filter(|it| has_digit(it) || it.len() == 1)
    {
        return Some((value.clone(), at..=at + 1));
    }
    // The first word is the house number, whatever follows it.
    let before = at.checked_sub(1).filter(|before| *before > 0)?;
    let value = words.get(before).filter(|it| has_digit(it))?;
    let digits = value.trim_end_matches(|c: char| c.is_ascii_lowercase());
    Some((digits.to_owned(), before..=at))
}

/// A postcode as letters and digits: lower case, no spaces, no country before it, no four digits behind a ZIP code.
///
/// ```
/// # use onefold_identity::text::postcode;
/// assert_eq!(postcode("SW1A 1AA"), "sw1a1aa");
/// assert_eq!((postcode("12345-6789"), postcode("D-10115")), ("12345".to_owned(), "10115".to_owned()));
/// ```
#[must_use]
pub fn postcode(text: &str) -> String {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').collect();
    let digits =
        |it: &str, length: usize| it.len() == length && it.bytes().all(|b| b.is_ascii_digit());
    match words.as_slice() {
        [zip, four] if digits(zip, 5) && digits(four, 4) => (*zip).to_owned(),
        [country, rest @ ..]
            if country.len() <= 3
                && !has_digit(country)
                && rest.first().is_some_and(|it| starts_with_digits(it)) =>
        {
            rest.concat()
        }
        words => words.concat(),
    }
}

/// A country before a postcode is followed by four digits at least in one word; `AB 12 CD` is none.
fn starts_with_digits(word: &str) -> bool {
    word.len() >= 4 && word.bytes().take(4).all(|it| it.is_ascii_digit())
}

/// A kind of street that stands first, as in `Rue de Rivoli`; `St` in front is a saint.
fn first_kind(word: &str) -> Option<&'static str> {
    KINDS
        .get(word)
        .filter(|kind| !matches!(*kind, "street" | "mount" | "point"))
}

fn is_ordinal(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(rest, "st" | "nd" | "rd" | "th")
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|it| it.is_ascii_digit())
}

/// Words folded one by one, so that `12/3` and `12-14` stay whole and `#` is kept.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for word in text.split(|letter: char| letter.is_whitespace() || letter == ',') {
        let word = match word.strip_prefix('#') {
            Some(rest) => {
                tokens.push("#".to_owned());
                rest
            }
            None => word,
        };
        let folded = fold(word);
        let numeric = folded
            .split(' ')
            .all(|it| it.starts_with(|c: char| c.is_ascii_digit()));
        match folded.split_once(' ') {
            Some((first, second))
                if numeric && !second.contains(' ') && word.contains(['/', '-']) =>
            {
                let mark = if word.contains('/') { "/" } else { "-" };
                tokens.push([first, second].join(mark));
            }
            _ => tokens.extend(
                folded
                    .split(' ')
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned),
            ),
        }
    }
    tokens
}

/// Where these words begin in a line of words.
fn find_words(line: &str, words: &str) -> Option<usize> {
    line.match_indices(words).map(|(at, _)| at).find(|at| {
        let begins = *at == 0 || line.get(..*at).is_some_and(|it| it.ends_with(' '));
        let behind = line.get(at + words.len()..).unwrap_or_default();
        begins && (behind.is_empty() || behind.starts_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expected: &str| {
            let it = AddressTokens::parse(text);
            let street = it.street.join(" ");
            let parts = [
                it.number.as_str(),
                &it.unit,
                it.direction,
                &street,
                it.kind,
                &it.post_box,
            ];
            assert_eq!(parts.join("|"), expected, "{text}");
        };
        check("", "|||||");
        check("12 Main St", "12|||main|street|");
        check("12 main street", "12|||main|street|");
        check("12b N. Main St., Apt 4", "12b|4|n|main|street|");
        check("100 W 42nd St #5C", "100|5c|w|42nd|street|");
        check("4/12 High Rd", "12|4||high|road|");
        check("North Street 5", "5|||north|street|");
        check("12 St John St", "12|||st john|street|");
        check("Hauptstr. 12", "12|||haupt|strasse|");
        check("Hauptstraße 12/3", "12|3||haupt|strasse|");
        check("Haupt-Straße 12 b", "12b|||haupt|strasse|");
        check("12 rue de la Paix", "12|||de la paix|rue|");
        check("Via Roma, 5", "5|||roma|via|");
        check("C/ Mayor 10", "10|||c mayor||");
        check("Calle Mayor 10, Piso 3", "10|3||mayor|calle|");
        check("Avda. de América 4", "4|||de america|avenida|");
        check("ul. Długa 12-14", "12-14|||dluga|ulica|");
        check("Keizersgracht 12", "12|||keizersgracht||");
        check("P.O. Box 123", "|||||123");
        check("Postfach 1234", "|||||1234");
        check("12 Main St SW", "12||sw|main|street|");
        check("5 Tower Ave 3rd Floor", "5|3||tower|avenue|");
        check("Suite 200, 15 Park Ave", "15|200||park|avenue|");
    }

    #[test]
    fn postcodes() {
        let check = |text: &str, expected: &str| assert_eq!(postcode(text), expected, "{text}");
        check("", "");
        check("sw1a 1aa", "sw1a1aa");
        check("12345", "12345");
        check("12345-6789", "12345");
        check("CH-8000", "8000");
        check("1234 AB", "1234ab");
        check("K1A 0B1", "k1a0b1");
        check("00-950", "00950");
        check("AB 12 3CD", "ab123cd");
    }

    proptest! {
        #[test]
        fn any_text(text in "([0-9]{1,3}|[a-z]{1,5}|apt|po box|n|st|#|/|,|\\PC){0,3}( ([0-9]{1,3}|str|floor|[a-z]{1,4})){0,5}") {
            let address = AddressTokens::parse(&text);
            prop_assert!(address.street.iter().all(|it| !it.is_empty()));
            let code = postcode(&text);
            prop_assert!(postcode(&code).len() <= code.len());
        }
    }
}

//! From a raw value to the form that is compared.

use std::borrow::Cow;

use super::kind::FieldKind;

/// The form in which a value is compared; empty if nothing is left.
pub(crate) fn clean(kind: FieldKind, text: &str) -> Cow<'_, str> {
    match kind {
        FieldKind::Email => Cow::Owned(text.trim().to_lowercase()),
        FieldKind::Phone => Cow::Owned(phone(text)),
        FieldKind::Code => Cow::Owned(code(text)),
        FieldKind::Date => Cow::Owned(date(text)),
        FieldKind::Address | FieldKind::Street => Cow::Owned(address(text)),
        FieldKind::Postcode => Cow::Owned(code(text)),
        _ => Cow::Owned(fold(text)),
    }
}

pub(crate) fn clean_parts(kind: FieldKind, parts: &[&str]) -> String {
    match kind {
        FieldKind::Date => match parts {
            [year, month, day] if !year.is_empty() || !month.is_empty() || !day.is_empty() => {
                let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
                format!("{:04}{:02}{:02}", number(year) % 10_000, number(month) % 100, number(day) % 100)
            }
            _ => String::new(),
        },
        _ => parts.iter().filter(|part| !part.is_empty()).map(|part| clean(kind, part)).collect::<Vec<_>>().join(" "),
    }
}

fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars() {
        let letter = letter.to_ascii_lowercase();
        if letter.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.extend(letter.to_lowercase());
        } else if letter != '\'' && letter != '.' {
            gap = true;
        }
    }
    out
}

fn code(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let skip = digits.len().saturating_sub(10);
    digits.get(skip..).unwrap_or_default().to_owned()
}

fn date(text: &str) -> String {
    let parts: Vec<&str> = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [whole] if whole.len() == 8 => (*whole).to_owned(),
        [y, m, d, ..] if y.len() == 4 => format!("{y}{m:0>2}{d:0>2}"),
        [a, b, y, ..] if y.len() == 4 => {
            let (first, second) = (a.parse::<u32>().unwrap_or(0), b.parse::<u32>().unwrap_or(0));
            if first > 12 { format!("{y}{second:02}{first:02}") } else { format!("{y}{first:02}{second:02}") }
        }
        _ => code(text),
    }
}

const STREET_TYPES: &[(&str, &str)] = &[
    ("street", "st"), ("road", "rd"), ("avenue", "ave"), ("av", "ave"), ("lane", "ln"), ("close", "cl"), ("drive", "dr"), ("court", "ct"),
    ("place", "pl"), ("crescent", "cres"), ("way", "wy"), ("boulevard", "blvd"), ("blv", "blvd"), ("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"),
    ("circle", "cir"), ("circuit", "cct"), ("parkway", "pkwy"), ("highway", "hwy"), ("terrace", "ter"), ("square", "sq"), ("saint", "st"), ("crossing", "xing"), ("trail", "trl"),
];

fn address(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(' ') {
        let short = STREET_TYPES.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| *short);
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(short);
    }
    out
}

/// A coarser form of a cleaned value.
pub(crate) fn root(kind: FieldKind, text: &str) -> Option<String> {
    match kind {
        FieldKind::GivenName => None,
        FieldKind::Email => text.split_once('@').map(|(user, _)| user.to_owned()).filter(|user| !user.is_empty()),
        FieldKind::Address => {
            let street: Vec<&str> = text.split(' ').filter(|word| !word.starts_with(|letter: char| letter.is_ascii_digit())).collect();
            (!street.is_empty()).then(|| street.join(" "))
        }
        _ => None,
    }
}

/// How a word sounds, roughly: equal for most spellings of one name.
pub(crate) fn sound(text: &str) -> String {
    let mut out = String::new();
    let mut last = 0;
    for (at, byte) in text.bytes().enumerate() {
        let class = match byte {
            b'b' | b'f' | b'p' | b'v' => b'1',
            b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => b'2',
            b'd' | b't' => b'3',
            b'l' => b'4',
            b'm' | b'n' => b'5',
            b'r' => b'6',
            b'h' | b'w' => continue,
            _ => 0,
        };
        if at == 0 {
            out.push(char::from(byte));
        } else if class != 0 && class != last && out.len() < 4 {
            out.push(char::from(class));
        }
        last = class;
    }
    out
}

pub(crate) fn words(kind: FieldKind, text: &str) -> impl Iterator<Item = &str> {
    let _ = kind;
    text.split(' ').filter(|word| !word.is_empty())
}

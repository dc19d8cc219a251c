//! Telephone numbers as digits: a cheap reading that never refuses what another system may have kept.
//!
//! Invariant: the digits begin with the calling code where one is known. Stricter is `Identifier::phone` of
//! `onefold-event`, which checks lengths by country and guesses nothing: it makes identifiers, this makes evidence.

#[cfg(feature = "phone")]
mod country;

#[cfg(feature = "phone")]
pub use country::{is_country, phone_of_country};

use super::Unusable;

/// A telephone number that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    digits: String,
    extension: String,
    has_calling_code: bool,
}

/// The number in this text; `calling_code` is that of the country (`49`) for numbers written without one.
///
/// Separators, `(0)`, the international prefixes `+`, `00` and `011`, a trunk zero and an extension (`ext. 12`,
/// `x12`, `#12`) are understood.
///
/// # Errors
///
/// Where there are fewer than 5 or more than 15 digits, or letters that are no extension.
///
/// ```
/// # use onefold_identity::text::phone;
/// assert_eq!(phone("(415) 555-2671 ext. 9", Some(1))?.e164().as_deref(), Some("+14155552671"));
/// assert_eq!(phone("0170/1234567", Some(49))?.e164().as_deref(), Some("+491701234567"));
/// assert_eq!(phone("0170 1234567", None)?.last_nine(), "701234567");
/// assert!(phone("555-5555555", Some(1))?.is_fake());
/// # Ok::<(), onefold_identity::text::Unusable>(())
/// ```
pub fn phone(text: &str, calling_code: Option<u16>) -> Result<PhoneNumber, Unusable> {
    let (number, extension) = without_extension(text.trim());
    let plus = number.starts_with('+');
    let number = number.replacen("(0)", "", usize::from(plus || number.starts_with("00")));
    let digits = digits(&number)?;
    let written = match (plus, digits.strip_prefix("00"), digits.strip_prefix("011")) {
        (true, ..) => Some(digits.as_str()),
        (_, Some(rest), _) => Some(rest),
        (_, _, Some(rest)) if rest.len() >= 9 => Some(rest),
        _ => None,
    };
    let (digits, has_calling_code) = match (written, calling_code) {
        (Some(international), _) => (without_trunk(international), true),
        (None, Some(code)) => (national(&digits, &code.to_string()), true),
        (None, None) => (digits, false),
    };
    match digits.len() {
        ..5 => Err(Unusable::new("has too few digits")),
        5..=15 => Ok(PhoneNumber {
            digits,
            extension,
            has_calling_code,
        }),
        16.. => Err(Unusable::new("has too many digits")),
    }
}

impl PhoneNumber {
    /// All digits, with the calling code where it is known, without `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The extension, empty where there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// `+` and all digits, where the calling code is known. Its length was not checked by country.
    #[must_use]
    pub fn e164(&self) -> Option<String> {
        self.has_calling_code.then(|| format!("+{}", self.digits))
    }

    /// The last nine digits, or all: a key that is the same with and without calling code.
    #[must_use]
    pub fn last_nine(&self) -> &str {
        let from = self.digits.len().saturating_sub(9);
        self.digits.get(from..).unwrap_or_default()
    }

    /// Whether it looks made up: seven or more equal digits at the end, or counting up or down.
    #[must_use]
    pub fn is_fake(&self) -> bool {
        let from = self.digits.len().saturating_sub(7);
        let end = self.digits.as_bytes().get(from..).unwrap_or_default();
        let steps = |step: u8| {
            // From 9 the count goes on with 0, as people type it.
            let next = |digit: u8| b'0' + (digit - b'0' + step) % 10;
            end.windows(2)
                .all(|pair| matches!(pair, [a, b] if *b == next(*a)))
        };
        end.len() < 5 || [0, 1, 9].into_iter().any(steps)
    }
}

/// The text before a word for extension, and the digits behind it.
fn without_extension(text: &str) -> (&str, String) {
    let lower = text.to_ascii_lowercase();
    for mark in [
        "extension",
        "ext",
        "durchwahl",
        "poste",
        "anexo",
        "interno",
        "x",
        "#",
        ";",
    ] {
        let Some(at) = lower.find(mark) else {
            continue;
        };
        let behind = lower.get(at + mark.len()..).unwrap_or_default();
        let behind = behind.trim_start_matches([' ', '.', ':', '=']);
        let before = text.get(..at).unwrap_or_default();
        let has_number = before.bytes().filter(u8::is_ascii_digit).count() >= 5;
        let behind = behind.trim_end();
        if has_number && !behind.is_empty() && behind.bytes().all(|it| it.is_ascii_digit()) {
            return (before.trim_end_matches([' ', ',']), behind.to_owned());
        }
    }
    (text, String::new())
}

/// The digits of all scripts as ASCII; only separators may be between them.
fn digits(text: &str) -> Result<String, Unusable> {
    let mut digits = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            _ if letter.is_numeric() => {
                digits.push_str(&super::fold(letter.encode_utf8(&mut [0; 4])))
            }
            _ if letter.is_alphabetic() => {
                return Err(Unusable::new("has letters that are no extension"));
            }
            _ => {}
        }
    }
    // A number in another script may fold to more than digits.
    match digits.bytes().all(|it| it.is_ascii_digit()) {
        true => Ok(digits),
        false => Err(Unusable::new("has characters that are no digits")),
    }
}

/// With the calling code of the country, without the trunk prefix.
fn national(digits: &str, code: &str) -> String {
    match (code, digits.len()) {
        ("1", 11) if digits.starts_with('1') => digits.to_owned(),
        ("7", 11) if digits.starts_with(['7', '8']) => {
            format!("7{}", digits.get(1..).unwrap_or_default())
        }
        // With its code but without `+`, as files from spreadsheets have it: too long for a national number.
        (_, 11..) if digits.starts_with(code) => without_trunk(digits),
        _ => without_trunk(&format!("{code}{digits}")),
    }
}

/// An international number without the zero that some write behind the calling code.
fn without_trunk(digits: &str) -> String {
    let (code, national) = digits
        .split_at_checked(code_length(digits))
        .unwrap_or((digits, ""));
    // In these countries the zero is part of the number.
    let kept = ["39", "225", "241", "242", "378"].contains(&code);
    match national.strip_prefix('0') {
        Some(rest) if !kept => format!("{code}{rest}"),
        _ => digits.to_owned(),
    }
}

/// How many digits the calling code has (ITU-T E.164).
fn code_length(digits: &str) -> usize {
    const TWO: [&str; 40] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92",
    ];
    match digits.get(..2) {
        Some(two) if two.starts_with(['1', '7']) => 1,
        Some(two) if TWO.contains(&two) || ["93", "94", "95", "98"].contains(&two) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        let check = |text: &str, code: u16, expected: &str| {
            let found = phone(text, Some(code).filter(|it| *it > 0));
            let shown = |it: PhoneNumber| {
                let number = it.e164().unwrap_or_else(|| it.digits().to_owned());
                [number.as_str(), it.extension()]
                    .join(" ")
                    .trim_end()
                    .to_owned()
            };
            let found = found.map_or_else(|it| it.reason().to_owned(), shown);
            assert_eq!(found, expected, "{text}");
        };
        check("+49 30 123456", 0, "+4930123456");
        check("0049 (0) 30 / 123456", 0, "+4930123456");
        check("+49 030 123456", 0, "+4930123456");
        check("030-123456", 49, "+4930123456");
        check("030-123456", 0, "030123456");
        check("06 1234 5678", 39, "+390612345678");
        check("8 (916) 123-45-67", 7, "+79161234567");
        check("1-415-555-2671", 1, "+14155552671");
        check("415.555.2671 x 22", 1, "+14155552671 22");
        check("415 555 2671, ext. 22", 44, "+444155552671 22");
        check("442079460018", 44, "+442079460018");
        check("011 44 20 7946 0018", 1, "+442079460018");
        check("٠١٧٠١٢٣٤٥٦٧", 49, "+491701234567");
        check("123", 0, "has too few digits");
        check("1234567890123456", 0, "has too many digits");
        check("", 49, "has too few digits");
        check("0800-FLOWERS", 49, "has letters that are no extension");
    }

    #[test]
    fn fakes() {
        let check = |text: &str, expected: bool| {
            assert_eq!(phone(text, None).unwrap().is_fake(), expected, "{text}");
        };
        check("0000000000", true);
        check("+1 999 999 9999", true);
        check("0123456789", true);
        check("1234567890", true);
        check("9876543210", true);
        check("1234567", true);
        check("0170 1234568", false);
        check("0170 5553271", false);
    }

    proptest! {
        #[test]
        fn read_again_it_is_the_same(text in "[+0-9 ()x.-]{0,20}|\\PC{0,20}", code in prop::option::of(1u16..999)) {
            if let Ok(number) = phone(&text, code) {
                prop_assert!(number.digits().bytes().all(|it| it.is_ascii_digit()));
                prop_assert!(number.digits().ends_with(number.last_nine()));
                if let Some(e164) = number.e164() {
                    let again = phone(&e164, None).map(|it| it.last_nine().len());
                    prop_assert_eq!(again.is_ok(), e164.len() > 6 || again.is_ok());
                }
            }
        }
    }
}

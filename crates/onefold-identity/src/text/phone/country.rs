//! Telephone numbers by the numbering plan of their country.
//!
//! Invariant: what is read is a number that some country has.

use phonenumber::{Mode, country::Id};

use super::{PhoneNumber, digits, without_extension};
use crate::text::Unusable;

/// Whether this is the code of a country with telephones: two letters of ISO 3166, `DE`.
#[must_use]
pub fn is_country(code: &str) -> bool {
    code.parse::<Id>().is_ok()
}

/// The number in this text; without calling code it is one of the country, `DE`, by its numbering plan.
///
/// Where [`phone`](super::phone) goes by the calling code alone, this knows the prefixes of each country and which
/// numbers it has. Some ten microseconds. Needs the feature `phone`.
///
/// # Errors
///
/// Where there is no such country, or it has no such number.
///
/// ```
/// # use onefold_identity::text::phone_of_country;
/// let e164 = |text, country| Ok::<_, onefold_identity::text::Unusable>(phone_of_country(text, country)?.e164());
/// assert_eq!(e164("030 1234567", "DE")?.as_deref(), Some("+49301234567"));
/// assert_eq!(e164("+49 30 1234567", "FR")?.as_deref(), Some("+49301234567"));
/// assert_eq!(e164("0 21 11 91234-5678", "BR")?.as_deref(), Some("+5511912345678"));
/// assert!(phone_of_country("12345", "DE").is_err());
/// # Ok::<(), onefold_identity::text::Unusable>(())
/// ```
pub fn phone_of_country(text: &str, country: &str) -> Result<PhoneNumber, Unusable> {
    let unknown = |_| Unusable::new("is of a country that is not known");
    let country: Id = country.parse().map_err(unknown)?;
    let (number, extension) = without_extension(text.trim());
    let is_international = number.starts_with('+') || number.starts_with("00");
    let number = number.replacen("(0)", "", usize::from(is_international));
    let digits = digits(&number)?;
    let written = match is_international {
        true => format!("+{}", digits.strip_prefix("00").unwrap_or(&digits)),
        false => digits,
    };
    let wrong = |_| Unusable::new("is no number that could be dialled");
    let read = phonenumber::parse(Some(country), written).map_err(wrong)?;
    if !read.is_valid() {
        return Err(Unusable::new("is no number that its country has"));
    }
    let e164 = read.format().mode(Mode::E164).to_string();
    Ok(PhoneNumber {
        digits: e164.trim_start_matches('+').to_owned(),
        extension,
        has_calling_code: true,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        let check = |text: &str, country: &str, expected: &str| {
            let found = phone_of_country(text, country);
            let shown = |it: PhoneNumber| format!("{} {}", it.e164().unwrap(), it.extension());
            let found = found.map_or_else(|it| it.reason().to_owned(), shown);
            assert_eq!(found.trim_end(), expected, "{text} {country}");
        };
        check("030 1234567", "DE", "+49301234567");
        check("+49 (0)30 1234567", "FR", "+49301234567");
        check("0049 30 1234567", "US", "+49301234567");
        check("(415) 555-2671 ext. 9", "US", "+14155552671 9");
        check("011 44 20 7946 0018", "US", "+442079460018");
        check("06 12 34 56 78", "FR", "+33612345678");
        check("06 1234 5678", "IT", "+390612345678");
        check("0 21 11 91234-5678", "BR", "+5511912345678");
        check("12345", "DE", "is no number that its country has");
        check("030 1234567", "XX", "is of a country that is not known");
        check("", "DE", "is no number that could be dialled");
        assert!(is_country("DE") && !is_country("de") && !is_country("Germany"));
    }

    proptest! {
        #[test]
        fn read_again_it_is_the_same(text in "[+0-9 ()x.-]{0,24}|\\PC{0,20}") {
            for country in ["DE", "US", "BR", "IT"] {
                if let Ok(number) = phone_of_country(&text, country) {
                    let e164 = number.e164().unwrap();
                    let again = phone_of_country(&e164, "GB").unwrap();
                    prop_assert_eq!(again.e164(), Some(e164));
                }
            }
        }
    }
}

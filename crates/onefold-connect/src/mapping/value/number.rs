//! Numbers as people write them, to exact decimals.

use onefold_event::{Currency, Decimal};

use crate::mapping::NumberFormat;

/// The number, or `None` where the text is none in this format or needs more than 28 digits.
pub(crate) fn parse_number(text: &str, format: NumberFormat) -> Option<Decimal> {
    let text = text.trim();
    if format.decimal == '.'
        && let Some(number) = parse_short(text)
    {
        return Some(number);
    }
    let (minus, digits) = without_sign(text);
    let plain = to_plain(digits, format)?;
    let number = match plain.contains(['e', 'E']) {
        true => Decimal::from_scientific(&plain).ok()?,
        false => Decimal::from_str_exact(&plain).ok()?,
    };
    Some(if minus { -number } else { number })
}

/// As [`parse_number`], with parentheses or a sign behind for minus, and a currency around it.
pub(crate) fn parse_amount(
    text: &str,
    format: NumberFormat,
    currency: Option<Currency>,
) -> Option<Decimal> {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
    let (outer_minus, text) = match inner {
        Some(inner) => (true, inner.trim()),
        None => without_sign(text),
    };
    let text = without_currency(text, currency);
    let (minus_behind, text) = match text.strip_suffix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let number = parse_number(text, format)?;
    match (outer_minus, minus_behind) {
        (false, false) => Some(number),
        // Two signs contradict each other.
        _ if (outer_minus && minus_behind) || number.is_sign_negative() => None,
        _ => Some(-number),
    }
}

/// Up to 18 digits with at most one point, which is nearly every number.
fn parse_short(text: &str) -> Option<Decimal> {
    let (minus, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut mantissa = 0_i64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |at| digits.len() - at - 1);
    if point.is_some() && scale == 0 {
        return None;
    }
    let mantissa = if minus { -mantissa } else { mantissa };
    Some(Decimal::new(mantissa, u32::try_from(scale).ok()?))
}

fn without_sign(text: &str) -> (bool, &str) {
    if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
        return (true, rest);
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// The amount without the sign or code of its currency. A sign that stands for another currency stays, so
/// that the text is no number: `$5` is not five euros.
fn without_currency(text: &str, currency: Option<Currency>) -> &str {
    const SIGNS: [(&str, &[&str]); 8] = [
        ("\u{20ac}", &["EUR"]),
        (
            "$",
            &[
                "USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "ARS", "CLP", "COP",
            ],
        ),
        ("\u{a3}", &["GBP"]),
        ("\u{a5}", &["JPY", "CNY"]),
        ("\u{20b9}", &["INR"]),
        ("kr", &["SEK", "NOK", "DKK", "ISK"]),
        ("z\u{142}", &["PLN"]),
        ("R$", &["BRL"]),
    ];
    let text = text.trim();
    let Some(code) = currency.as_ref().map(Currency::as_str) else {
        return text;
    };
    let own = SIGNS.iter().filter(|(_, codes)| codes.contains(&code));
    let own = own.map(|(sign, _)| *sign).chain([code]);
    let stripped =
        own.filter_map(|sign| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)));
    stripped.map(str::trim).next().unwrap_or(text)
}

/// The same number in ASCII digits, `.` and an exponent; `None` where the groups are wrong.
fn to_plain(text: &str, format: NumberFormat) -> Option<String> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let (whole, decimals) = match mantissa.split_once(format.decimal) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (mantissa, None),
    };
    let mut plain = without_groups(whole, format.grouping)?;
    if let Some(decimals) = decimals {
        if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push('.');
        plain.push_str(decimals);
    }
    if !exponent.is_empty() {
        let digits = exponent.get(1..).unwrap_or_default();
        let digits = digits.strip_prefix(['-', '+']).unwrap_or(digits);
        let short = (1..=2).contains(&digits.len());
        if !short || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push_str(exponent);
    }
    Some(plain)
}

fn without_groups(whole: &str, grouping: Option<char>) -> Option<String> {
    let is_grouping = |c: char| match grouping {
        Some(' ') => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
        Some('\'') => matches!(c, '\'' | '\u{2019}'),
        Some(sign) => c == sign,
        None => false,
    };
    let groups: Vec<&str> = whole.split(is_grouping).collect();
    let all_digits = |g: &&str| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(all_digits) {
        return None;
    }
    if let [first, middle @ .., last] = groups.as_slice() {
        // Groups of three, or of two before the last three as in India.
        let sizes = first.len() <= 3 && last.len() == 3;
        if !sizes || middle.iter().any(|g| !(2..=3).contains(&g.len())) {
            return None;
        }
    }
    Some(groups.concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, decimal: char, grouping: Option<char>, expected: Option<&str>) {
        let format = NumberFormat { decimal, grouping };
        let number = parse_number(text, format).map(|n| n.to_string());
        assert_eq!(number.as_deref(), expected, "{text}");
    }

    #[test]
    fn numbers_of_several_countries() {
        check("1234.50", '.', None, Some("1234.50"));
        check(" -7 ", '.', None, Some("-7"));
        check("+7", '.', None, Some("7"));
        check("1e3", '.', None, Some("1000"));
        check("1.234.567,89", ',', Some('.'), Some("1234567.89"));
        check("12,34,567.8", '.', Some(','), Some("1234567.8"));
        check("1\u{202f}234,5", ',', Some(' '), Some("1234.5"));
        check("1’234.5", '.', Some('\''), Some("1234.5"));
        check("1,23", '.', Some(','), None);
        check("1,234", '.', None, None);
        check("1,234", ',', Some('.'), Some("1.234"));
        check("1.2.3", '.', None, None);
        check("", '.', None, None);
        check("-", '.', None, None);
        check(".", '.', None, None);
        check("5.", '.', None, None);
        check("NaN", '.', None, None);
        check("1e999", '.', None, None);
        check("99999999999999999999999999999999999", '.', None, None);
    }

    #[test]
    fn amounts_with_signs() {
        let amount = |text| {
            let euro = "EUR".parse().ok();
            let format = NumberFormat {
                decimal: ',',
                grouping: Some('.'),
            };
            parse_amount(text, format, euro).map(|n| n.to_string())
        };
        assert_eq!(amount("1.234,50 €").as_deref(), Some("1234.50"));
        assert_eq!(amount("EUR 12,00").as_deref(), Some("12.00"));
        assert_eq!(amount("-€ 3,10").as_deref(), Some("-3.10"));
        assert_eq!(amount("€-3,10").as_deref(), Some("-3.10"));
        assert_eq!(amount("(3,10)").as_deref(), Some("-3.10"));
        assert_eq!(amount("3,10-").as_deref(), Some("-3.10"));
        assert_eq!(amount("-3,10-"), None);
        assert_eq!(amount("(-3,10)"), None);
        assert_eq!(amount("3 USD"), None);
    }

    proptest! {
        #[test]
        fn short_numbers_agree_with_the_general_reader(text in "-?[0-9]{0,19}\\.?[0-9]{0,4}") {
            if let Some(number) = parse_short(&text) {
                prop_assert_eq!(Some(number), Decimal::from_str_exact(&text).ok());
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let format = NumberFormat { decimal: ',', grouping: Some(' ') };
            let _ = parse_amount(&text, format, None);
        }
    }
}

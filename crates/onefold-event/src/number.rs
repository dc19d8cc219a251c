//! Exact decimals from the text of a number.
//!
//! Invariant: the decimal is the number the text says, to the last digit, or there is none.

use rust_decimal::Decimal;

/// The largest coefficient a decimal holds: 96 bits.
const COEFFICIENT_MAX: u128 = (1 << 96) - 1;
/// The most digits after the point that a decimal holds.
const SCALE_MAX: i64 = 28;

/// The number as a decimal; `None` if the text is no JSON-like number or does not fit exactly.
///
/// Digits after the point are kept (`10.50` stays `10.50`); zeros are dropped only where they would
/// not fit.
pub(crate) fn exact_decimal(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let coefficient = coefficient(whole, fraction)?;
    let scale = i64::try_from(fraction.len()).ok()? - coefficient.dropped;
    let (coefficient, scale) = fit(coefficient.value, scale.checked_sub(exponent)?)?;
    let signed = i128::try_from(coefficient).ok()?;
    Decimal::try_from_i128_with_scale(if negative { -signed } else { signed }, scale).ok()
}

/// The digits as one whole number, and how many zeros at their end did not fit.
struct Coefficient {
    value: u128,
    dropped: i64,
}

fn coefficient(whole: &str, fraction: &str) -> Option<Coefficient> {
    let (mut value, mut dropped) = (0_u128, 0_i64);
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = digit.is_ascii_digit().then(|| u128::from(digit - b'0'))?;
        let next = value.checked_mul(10_u128.checked_pow(u32::try_from(dropped).ok()? + 1)?);
        match next.and_then(|next| next.checked_add(digit)) {
            Some(next) if next <= COEFFICIENT_MAX => (value, dropped) = (next, 0),
            // Zeros may still turn out to be the end of the number.
            _ if digit == 0 => dropped += 1,
            _ => return None,
        }
    }
    Some(Coefficient { value, dropped })
}

/// Brings the scale into 0..=28 without changing the number.
fn fit(mut coefficient: u128, mut scale: i64) -> Option<(u128, u32)> {
    if coefficient == 0 {
        return Some((0, u32::try_from(scale.clamp(0, SCALE_MAX)).ok()?));
    }
    while scale > SCALE_MAX && coefficient.is_multiple_of(10) {
        coefficient /= 10;
        scale -= 1;
    }
    while scale < 0 && coefficient <= COEFFICIENT_MAX {
        coefficient *= 10;
        scale += 1;
    }
    let scale = u32::try_from(scale)
        .ok()
        .filter(|scale| i64::from(*scale) <= SCALE_MAX)?;
    (coefficient <= COEFFICIENT_MAX).then_some((coefficient, scale))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sign, digits without zeros at the ends, and the power of ten of the last digit: worked out on
    /// the text alone.
    fn obvious(text: &str) -> (bool, String, i64) {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let dropped = (all.len() - digits.len()) as i64;
        let power = exponent.parse::<i64>().unwrap() - fraction.len() as i64 + dropped;
        let digits = digits.trim_start_matches('0').to_owned();
        match digits.is_empty() {
            true => (false, digits, 0),
            false => (mantissa.starts_with('-'), digits, power),
        }
    }

    #[test]
    fn digits_after_the_point_are_kept() {
        let text = |number: &str| exact_decimal(number).map(|number| number.to_string());
        assert_eq!(text("10.50").as_deref(), Some("10.50"));
        assert_eq!(text("-0.10").as_deref(), Some("-0.10"));
        assert_eq!(text("1.5e1").as_deref(), Some("15"));
        assert_eq!(text("0e999999").as_deref(), Some("0"));
        assert_eq!(
            text("79228162514264337593543950335").as_deref(),
            Some("79228162514264337593543950335")
        );
        assert_eq!(
            text("1.0000000000000000000000000000000000").as_deref(),
            Some("1.0000000000000000000000000000")
        );
    }

    #[test]
    fn what_does_not_fit_is_none() {
        for text in [
            "79228162514264337593543950336",
            "1e29",
            "1e-29",
            "0.12345678901234567890123456789",
            "1e99999999999999999999",
            "",
            "-",
            "1.",
            ".5",
            "1,5",
            "abc",
            "1e",
            "+1",
            " 1",
            "0x1",
            "--1",
        ] {
            assert_eq!(exact_decimal(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn is_the_number_of_the_text(
            text in "-?(0|[1-9][0-9]{0,32})(\\.[0-9]{1,32})?([eE][+-]?[0-9]{1,2})?",
        ) {
            let (_, digits, power) = obvious(&text);
            match exact_decimal(&text) {
                Some(number) => prop_assert_eq!(obvious(&number.to_string()), obvious(&text)),
                // Refused, so it has a digit below 10^-28 or needs more than 96 bits.
                None => prop_assert!(power < -28 || digits.len() as i64 + power.max(0) > 28, "{}", text),
            }
        }
    }
}

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

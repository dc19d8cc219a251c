//! Exact sums of decimals in 256 bits, in units of 10^-28.
//!
//! Invariant: the sum does not depend on the order or grouping of its parts: no step rounds, and
//! 2^60 of the largest decimals still fit.

use onefold_event::Decimal;

const SCALE: u32 = 28;
const TEN_18: u64 = 1_000_000_000_000_000_000;

/// The powers of ten that a number can be scaled by.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const POWERS: [u128; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A running sum. Two's complement: the value is `high * 2^128 + low` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    high: i128,
    low: u128,
    /// Most decimal places of any part, which is what the sum is shown with.
    scale: u32,
}

impl Sum {
    pub(crate) fn add(&mut self, number: Decimal) {
        let (high, low) = product(
            number.mantissa().unsigned_abs(),
            SCALE - number.scale().min(SCALE),
        );
        let part = Self {
            high,
            low,
            scale: number.scale(),
        };
        self.merge(if number.is_sign_negative() {
            part.negative()
        } else {
            part
        });
    }

    pub(crate) fn merge(&mut self, other: Self) {
        let (low, carry) = self.low.overflowing_add(other.low);
        self.low = low;
        self.high = self
            .high
            .wrapping_add(other.high)
            .wrapping_add(i128::from(carry));
        self.scale = self.scale.max(other.scale);
    }

    fn negative(self) -> Self {
        let (low, carry) = (!self.low).overflowing_add(1);
        Self {
            high: (!self.high).wrapping_add(i128::from(carry)),
            low,
            scale: self.scale,
        }
    }

    /// The sum as a decimal, if its exact value fits one.
    pub(crate) fn to_decimal(self) -> Option<Decimal> {
        let negative = self.high < 0;
        let magnitude = if negative { self.negative() } else { self };
        let mut limbs = Limbs::of(magnitude.high.unsigned_abs(), magnitude.low);
        // Exact: every part is a multiple of the unit of the largest scale.
        limbs.divide_by_power(SCALE - self.scale);
        let mut scale = self.scale;
        while !limbs.fits_decimal() && scale > 0 {
            let before = limbs;
            if limbs.divide(10) != 0 {
                limbs = before;
                break;
            }
            scale -= 1;
        }
        if !limbs.fits_decimal() {
            return None;
        }
        let mantissa = i128::try_from(limbs.low()).ok()?;
        let mantissa = if negative { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(mantissa, scale).ok()
    }
}

/// `mantissa * 10^power` for a mantissa below 2^96 and a power up to 28.
fn product(mantissa: u128, power: u32) -> (i128, u128) {
    let factor = POWERS.get(power as usize).copied().unwrap_or(1);
    if let Some(low) = mantissa.checked_mul(factor) {
        return (0, low);
    }
    let half = u128::from(u64::MAX);
    let (m1, m0) = (mantissa >> 64, mantissa & half);
    let (f1, f0) = (factor >> 64, factor & half);
    let cross = m1 * f0 + m0 * f1;
    let (low, carry) = (m0 * f0).overflowing_add(cross << 64);
    let high = m1 * f1 + (cross >> 64) + u128::from(carry);
    (high.cast_signed(), low)
}

/// 256 bits, the most significant limb first.
#[derive(Clone, Copy)]
struct Limbs([u64; 4]);

impl Limbs {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "limbs are the halves of the words"
    )]
    fn of(high: u128, low: u128) -> Self {
        Self([
            (high >> 64) as u64,
            high as u64,
            (low >> 64) as u64,
            low as u64,
        ])
    }

    fn low(&self) -> u128 {
        let [_, _, high, low] = self.0;
        u128::from(high) << 64 | u128::from(low)
    }

    fn fits_decimal(&self) -> bool {
        let [first, second, ..] = self.0;
        first == 0 && second == 0 && self.low() >> 96 == 0
    }

    fn divide_by_power(&mut self, power: u32) {
        let [first, second, ..] = self.0;
        if first == 0 && second == 0 {
            let quotient = self.low() / 10_u128.pow(power);
            *self = Self::of(0, quotient);
            return;
        }
        let rest = match power.checked_sub(18) {
            Some(rest) => {
                self.divide(TEN_18);
                rest
            }
            None => power,
        };
        self.divide(10_u64.pow(rest));
    }

    /// Divides and gives the remainder.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a quotient digit is below 2^64"
    )]
    fn divide(&mut self, divisor: u64) -> u64 {
        let mut remainder = 0_u64;
        for limb in &mut self.0 {
            let part = u128::from(remainder) << 64 | u128::from(*limb);
            *limb = (part / u128::from(divisor)) as u64;
            remainder = (part % u128::from(divisor)) as u64;
        }
        remainder
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(parts: &[Decimal]) -> Sum {
        let mut sum = Sum::default();
        parts.iter().for_each(|part| sum.add(*part));
        sum
    }

    fn decimal() -> impl Strategy<Value = Decimal> {
        let largest = (1_i128 << 96) - 1;
        (-largest..=largest, 0..=28_u32)
            .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
    }

    #[test]
    fn keeps_the_places_of_its_parts() {
        let parts = ["499.99", "0.010"].map(|text| Decimal::from_str_exact(text).unwrap());
        assert_eq!(sum(&parts).to_decimal().unwrap().to_string(), "500.000");
        assert_eq!(Sum::default().to_decimal(), Some(Decimal::ZERO));
    }

    proptest! {
        #[test]
        fn one_part_is_itself(part in decimal()) {
            prop_assert_eq!(sum(&[part]).to_decimal(), Some(part));
        }

        #[test]
        fn order_and_grouping_do_not_matter(mut parts in prop::collection::vec(decimal(), 0..20), cut in 0..20_usize) {
            let whole = sum(&parts);
            let cut = cut.min(parts.len());
            let mut grouped = sum(&parts[cut..]);
            grouped.merge(sum(&parts[..cut]));
            prop_assert_eq!(whole, grouped);
            parts.reverse();
            prop_assert_eq!(whole, sum(&parts));
        }

        #[test]
        fn what_is_added_can_be_taken_away(parts in prop::collection::vec(decimal(), 1..20)) {
            let mut whole = sum(&parts);
            parts[1..].iter().for_each(|part| whole.add(-*part));
            prop_assert_eq!(whole.to_decimal(), Some(parts[0]));
        }

        #[test]
        fn small_sums_are_those_of_integers(parts in prop::collection::vec((-1_000_000_000_i64..1_000_000_000, 0..5_u32), 0..50)) {
            let expected: i128 = parts.iter().map(|(m, s)| i128::from(*m) * 10_i128.pow(4 - s)).sum();
            let decimals: Vec<_> = parts.iter().map(|(m, s)| Decimal::new(*m, *s)).collect();
            prop_assert_eq!(sum(&decimals).to_decimal(), Some(Decimal::from_i128_with_scale(expected, 4)));
        }
    }
}

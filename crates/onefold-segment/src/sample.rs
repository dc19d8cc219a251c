//! Stable samples: a share of everybody by a hash of salt and identifier.
//!
//! Invariant: whether somebody is in a sample depends on salt, percentages and identifier alone, so it is
//! the same everywhere and for ever.

use onefold_event::Decimal;
use sha2::{Digest, Sha256};

/// Where somebody stands among 2^64 places: the first eight bytes of the SHA-256 of
/// `salt + ":" + id`.
pub(crate) fn place(salt: &str, id: &str) -> u64 {
    let [place, _] = places(salt, id);
    place
}

/// Another place, by the eight bytes behind them: independent of the first one even for the same salt.
pub(crate) fn other_place(salt: &str, id: &str) -> u64 {
    let [_, place] = places(salt, id);
    place
}

fn places(salt: &str, id: &str) -> [u64; 2] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(":");
    hash.update(id);
    let digest = hash.finalize();
    [0, 8].map(|skipped| {
        let bytes = digest.iter().skip(skipped).take(8);
        bytes.fold(0, |place, byte| place << 8 | u64::from(*byte))
    })
}

/// The first place at or above so many percent; `None` where there is none: 100 or more.
pub(crate) fn bound(percent: Decimal) -> Option<u64> {
    if percent >= Decimal::ONE_HUNDRED {
        return None;
    }
    let percent = percent.max(Decimal::ZERO).normalize();
    let whole = 100 * 10_u128.pow(percent.scale());
    // Long division, bit by bit: the rest stays below 2^101.
    let mut rest = percent.mantissa().unsigned_abs();
    let mut quotient = 0_u64;
    for _ in 0..u64::BITS {
        rest *= 2;
        quotient = quotient << 1 | u64::from(rest >= whole);
        rest -= if rest >= whole { whole } else { 0 };
    }
    Some(quotient)
}

/// Whether somebody is in the sample of these percent.
pub(crate) fn contains(from: Decimal, to: Decimal, salt: &str, id: &str) -> bool {
    let place = place(salt, id);
    bound(from).is_some_and(|from| from <= place) && bound(to).is_none_or(|to| place < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_floors_of_a_share_of_two_to_the_64th() {
        let check = |percent: &str, expected: Option<u64>| {
            assert_eq!(bound(Decimal::from_str_exact(percent).unwrap()), expected);
        };
        check("0", Some(0));
        check("50", Some(1 << 63));
        check("10", Some(0x1999_9999_9999_9999));
        check("0.0000000000000000000000000001", Some(0));
        check("99.99999999999999999999999999", Some(u64::MAX));
        check("100", None);
    }

    #[test]
    fn places_are_the_first_digits_of_the_hash() {
        // echo -n "spring:42" | sha256sum
        assert_eq!(
            format!("{:016x}", place("spring", "42")),
            "1e4b82128fdaa4b2"
        );
        assert_eq!(
            format!("{:016x}", other_place("spring", "42")),
            "6de80d6e89a1b948"
        );
    }
}

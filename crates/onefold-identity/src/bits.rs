//! Evidence for or against a link, as a whole number, so that it has an order and the same text everywhere.
//!
//! Invariant: between -1,000 and 1,000 bits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cluster::{BITS_MAX, bits_of, probability};

/// The base-2 logarithm of the odds that two are one person, in thousandths of a bit.
///
/// As JSON it is the number of bits. Odds of 2 to the 1,000th are as good as certain, and there are no more.
///
/// ```
/// use onefold_identity::Bits;
/// let sure = Bits::of_probability(0.999);
/// assert_eq!(sure.to_string(), "+9.964");
/// assert!(Bits::new(12.5) > sure && (sure.probability() - 0.999).abs() < 1e-6);
/// assert_eq!(serde_json::to_string(&Bits::new(12.5))?, "12.5");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(from = "f64", into = "f64")]
pub struct Bits(i32);

impl Bits {
    /// More than any link has.
    pub(crate) const NONE_HAS: Self = Self(i32::MAX);

    /// So many bits, rounded to a thousandth; what is no number counts as certainly not.
    pub fn new(bits: f64) -> Self {
        let bits = if bits.is_nan() { -BITS_MAX } else { bits };
        Self((bits.clamp(-BITS_MAX, BITS_MAX) * 1000.0).round() as i32)
    }

    /// The bits that belong to a probability from 0 to 1; see [`bits_of`].
    pub fn of_probability(probability: f64) -> Self {
        Self::new(bits_of(probability.clamp(0.0, 1.0)))
    }

    /// How likely the two are one person, from 0 to 1; see [`probability`].
    pub fn probability(self) -> f64 {
        probability(self.into())
    }

    pub(crate) fn thousandths(self) -> i32 {
        self.0
    }

    pub(crate) fn of_thousandths(thousandths: i64) -> Option<Self> {
        let thousandths = i32::try_from(thousandths).ok()?;
        let bits = Self(thousandths);
        (bits == Self::new(bits.into())).then_some(bits)
    }
}

impl From<f64> for Bits {
    fn from(bits: f64) -> Self {
        Self::new(bits)
    }
}

impl From<Bits> for f64 {
    fn from(bits: Bits) -> Self {
        Self::from(bits.0) / 1000.0
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.3}", f64::from(*self))
    }
}

//! Which bytes a string has, as 64 bits: a bound on every measure before it is calculated.
//!
//! Invariant: a bag never claims that a byte is absent which is there; two bytes may share a bit.

/// The set of bytes of one string, folded to 64 bits.
///
/// Kept beside a column, it spares most calls of a measure: what one string has and the other lacks is lost to
/// every measure.
///
/// ```
/// use onefold_identity::text::kernel::ByteBag;
/// let (smith, jones) = (ByteBag::new(b"smith"), ByteBag::new(b"jones"));
/// assert_eq!(smith.missing_from(jones), 4); // all but the `s`
/// assert!(smith.osa_at_least(jones) > 2); // so `osa_within(_, _, 2)` is `None`
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteBag(u64);

impl ByteBag {
    /// The bag of these bytes; one pass.
    #[inline]
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        Self(text.iter().fold(0, |bits, byte| bits | 1 << (byte & 63)))
    }

    /// At least so many bytes of the string of this bag have no partner in the other's string.
    #[inline]
    #[must_use]
    pub fn missing_from(self, other: Self) -> u32 {
        (self.0 & !other.0).count_ones()
    }

    /// No edit distance (Levenshtein, OSA, Damerau) of the two strings is below this.
    #[inline]
    #[must_use]
    pub fn osa_at_least(self, other: Self) -> u32 {
        // One edit takes at most one byte away and brings at most one.
        self.missing_from(other).max(other.missing_from(self))
    }
}

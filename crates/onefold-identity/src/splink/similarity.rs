//! Similarity of two texts exactly as DuckDB defines it: over bytes, not letters.
//!
//! Where DuckDB differs from the textbook (and from the crate `strsim`):
//!
//! - All five functions compare UTF-8 bytes: `levenshtein('日本', '本日')` is 4, `levenshtein('é', 'e')` is 2.
//! - Jaro of two empty texts is 0, not 1.
//! - Jaro-Winkler adds a tenth for each of the first four equal bytes, only where Jaro is above 0.7.
//! - Jaccard is of the two sets of bytes. DuckDB stops the query at an empty text; here the answer is missing.
//! - Damerau-Levenshtein is the unrestricted one: `damerau_levenshtein('ca', 'abc')` is 2.
//!
//! Invariant: every call goes through [`Measure::of`], so that kernels can be swapped in one place.

mod damerau;
mod jaro;
mod levenshtein;

/// A function of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Measure {
    /// 0 to 1.
    JaroWinkler,
    /// 0 to 1.
    Jaro,
    /// A count of edits: insertions, deletions, substitutions.
    Levenshtein,
    /// A count of edits, transpositions of neighbours too.
    DamerauLevenshtein,
    /// 0 to 1.
    Jaccard,
    /// A count of places that differ, of two texts of one length.
    Hamming,
}

impl Measure {
    /// The measure of two texts; missing where it has none.
    pub(super) fn of(self, left: &str, right: &str) -> Option<f64> {
        let (left, right) = (left.as_bytes(), right.as_bytes());
        match self {
            Self::JaroWinkler => Some(jaro::jaro_winkler(left, right)),
            Self::Jaro => Some(jaro::jaro(left, right)),
            Self::Levenshtein => Some(levenshtein::distance(left, right) as f64),
            Self::DamerauLevenshtein => Some(damerau::distance(left, right) as f64),
            Self::Jaccard => jaccard(left, right),
            Self::Hamming => hamming(left, right),
        }
    }

    /// What the measure cannot pass, found for less than the measure itself costs; most pairs that are
    /// unlike are told apart by it.
    pub(super) fn bound(self, left: &str, right: &str) -> Bound {
        let (left, right) = (left.as_bytes(), right.as_bytes());
        match self {
            Self::Levenshtein => Bound::AtLeast(left.len().abs_diff(right.len()) as f64),
            // A swap is two edits of the plain distance, which is counted many letters at a time.
            Self::DamerauLevenshtein => {
                Bound::AtLeast(levenshtein::distance(left, right).div_ceil(2) as f64)
            }
            Self::Jaro => Bound::AtMost(jaro::bound(left.len(), right.len())),
            Self::JaroWinkler => {
                let bound = jaro::bound(left.len(), right.len());
                Bound::AtMost(jaro::boosted(bound, jaro::common_prefix(left, right)))
            }
            // Texts without a value are told apart by the measure.
            Self::Jaccard | Self::Hamming => Bound::AtMost(f64::INFINITY),
        }
    }
}

/// A limit of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// The share of bytes that occur in both among those that occur in one.
fn jaccard(left: &[u8], right: &[u8]) -> Option<f64> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let (left, right) = (byte_set(left), byte_set(right));
    let count = |join: fn(u64, u64) -> u64| -> u32 {
        left.iter()
            .zip(&right)
            .map(|(left, right)| join(*left, *right).count_ones())
            .sum()
    };
    let (both, either) = (count(|a, b| a & b), count(|a, b| a | b));
    Some(f64::from(both) / f64::from(either))
}

#[expect(clippy::indexing_slicing, reason = "a byte over 64 is below 4")]
fn byte_set(text: &[u8]) -> [u64; 4] {
    let mut set = [0; 4];
    for byte in text {
        set[usize::from(byte / 64)] |= 1 << (byte % 64);
    }
    set
}

fn hamming(left: &[u8], right: &[u8]) -> Option<f64> {
    let differing = left
        .iter()
        .zip(right)
        .filter(|(left, right)| left != right)
        .count();
    (left.len() == right.len() && !left.is_empty()).then_some(differing as f64)
}

#[cfg(test)]
mod tests;

//! Jaro and Jaro-Winkler similarity of bytes: bit-parallel for texts up to 64 bytes, by scan beyond.
//!
//! Jaro, "Advances in record-linkage methodology" (1989); Winkler's prefix bonus of 0.1 a byte, at most
//! four bytes, above 0.7.

use smallvec::SmallVec;

const BOOST_ABOVE: f64 = 0.7;
const PREFIX_MAX: usize = 4;

pub(super) fn jaro_winkler(left: &[u8], right: &[u8]) -> f64 {
    boosted(jaro(left, right), common_prefix(left, right))
}

/// How many of the first four bytes are equal.
pub(super) fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let pairs = left.iter().zip(right).take(PREFIX_MAX);
    pairs.take_while(|(a, b)| a == b).count()
}

/// The similarity with the bonus for `prefix` equal bytes.
pub(super) fn boosted(jaro: f64, prefix: usize) -> f64 {
    if jaro <= BOOST_ABOVE {
        return jaro;
    }
    (jaro + prefix as f64 * 0.1 * (1.0 - jaro)).min(1.0)
}

/// The highest similarity of texts of these lengths: every byte of the shorter one is matched.
pub(super) fn bound(left: usize, right: usize) -> f64 {
    let (short, long) = (left.min(right), left.max(right));
    if short == 0 {
        return 0.0;
    }
    (2.0 + short as f64 / long as f64) / 3.0
}

pub(super) fn jaro(left: &[u8], right: &[u8]) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    if left == right {
        return 1.0;
    }
    let window = (left.len().max(right.len()) / 2).saturating_sub(1);
    let (matched, transposed) = if left.len() <= 64 && right.len() <= 64 {
        by_bits(left, right, window)
    } else {
        by_scan(left, right, window)
    };
    if matched == 0 {
        return 0.0;
    }
    let matches = matched as f64;
    let in_order = matches - (transposed / 2) as f64;
    (matches / left.len() as f64 + matches / right.len() as f64 + in_order / matches) / 3.0
}

/// Matched bytes, and how many of them stand in another order.
#[expect(
    clippy::indexing_slicing,
    reason = "a byte is below 256, and bits of `taken` are places"
)]
fn by_bits(left: &[u8], right: &[u8], window: usize) -> (usize, usize) {
    let mut places = [0_u64; 256];
    for (place, byte) in left.iter().enumerate() {
        places[usize::from(*byte)] |= 1 << place;
    }
    let (mut taken, mut matching) = (0_u64, 0_u64);
    for (place, byte) in right.iter().enumerate() {
        let from = place.saturating_sub(window);
        let within = low_bits(place + window + 1) & !low_bits(from);
        let free = places[usize::from(*byte)] & within & !taken;
        taken |= free & free.wrapping_neg();
        matching |= u64::from(free != 0) << place;
    }
    let matched = taken.count_ones() as usize;
    let mut transposed = 0;
    while taken != 0 {
        let (a, b) = (
            taken.trailing_zeros() as usize,
            matching.trailing_zeros() as usize,
        );
        transposed += usize::from(left[a] != right[b]);
        taken &= taken - 1;
        matching &= matching - 1;
    }
    (matched, transposed)
}

fn low_bits(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

fn by_scan(left: &[u8], right: &[u8], window: usize) -> (usize, usize) {
    let mut taken: SmallVec<[bool; 256]> = SmallVec::from_elem(false, left.len());
    let mut matching: SmallVec<[u8; 256]> = SmallVec::new();
    for (place, byte) in right.iter().enumerate() {
        let from = place.saturating_sub(window);
        let near = taken
            .iter_mut()
            .zip(left)
            .skip(from)
            .take(place + window + 1 - from);
        for (taken, other) in near {
            if !*taken && byte == other {
                *taken = true;
                matching.push(*byte);
                break;
            }
        }
    }
    let in_left = left
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| **taken)
        .map(|(byte, _)| byte);
    let transposed = in_left.zip(&matching).filter(|(a, b)| a != b).count();
    (matching.len(), transposed)
}

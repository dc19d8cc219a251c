//! The probabilities that Splink gives levels which were not trained.
//!
//! Of n levels for present values, number n - 1 (the most alike) has m = 0.95 and the others share the
//! rest; u follows from match weights that run evenly from -5 to 3 bits, and 10 for the most alike.
//!
//! Invariant: the defaults are those of Splink 5.0.

/// m and u of level `value` of `count`.
pub(super) fn probabilities(value: usize, count: usize) -> (f64, f64) {
    const MOST_ALIKE: f64 = 0.95;
    let m = match value + 1 == count {
        true => MOST_ALIKE,
        false => (1.0 - MOST_ALIKE) / (count - 1) as f64,
    };
    (m, m / bits(value, count).exp2())
}

fn bits(value: usize, count: usize) -> f64 {
    const LEAST: f64 = -5.0;
    const MOST: f64 = 3.0;
    match (value + 1 == count, count) {
        (true, _) => 10.0,
        (false, 2) => LEAST,
        (false, _) => LEAST + value as f64 * ((MOST - LEAST) / (count - 2) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_run_from_unlike_to_alike() {
        assert_eq!(probabilities(0, 2), (1.0 - 0.95, (1.0 - 0.95) * 32.0));
        assert_eq!(probabilities(3, 4).0, 0.95);
        let bits = |value| {
            let (m, u) = probabilities(value, 4);
            (m / u).log2()
        };
        for (value, expected) in [(0, -5.0), (1, -1.0), (2, 3.0), (3, 10.0)] {
            assert!((bits(value) - expected).abs() < 1e-12, "level {value}");
        }
        assert_eq!(probabilities(0, 1).0, 0.95);
    }
}

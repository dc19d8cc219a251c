//! Sizes in milliseconds: from a sample of people, with bounds.
//!
//! Invariant: who is in a sample depends on the identifier alone. So samples of other days, other tables and other
//! segments are of the same people, and what segments have in common can be estimated from them as well.
//!
//! The sample is a theta sketch (Dasgupta, Lang, Rhodes and Thaler, 2016) that keeps, for each hash below its threshold,
//! the person's whole history: unlike a sketch of bare hashes it answers every definition, sequences included. It is drawn
//! by [`Sample`]; [`Estimate`] says what was found in it of everybody.

mod sample;

use serde::Serialize;

pub use sample::{Sample, Told};

/// How many people, estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The likeliest number.
    pub people: u64,
    /// With 95 % confidence at least so many.
    pub low: u64,
    /// With 95 % confidence at most so many.
    pub high: u64,
}

/// The quantile of the normal distribution that 2.5 % lie above.
const Z: f64 = 1.959_963_984_540_054;

impl Estimate {
    /// What a sample says of everybody: `found` of the `sampled` people were members, and there are `universe` people.
    ///
    /// The bounds are those of Wilson (1927), narrowed for a sample that is a large part of everybody (finite population
    /// correction); nobody who was seen is left out of them. A sample of everybody is exact.
    ///
    /// ```
    /// use onefold_segment::estimate::Estimate;
    /// let estimate = Estimate::of(150, 10_000, 1_000_000);
    /// assert_eq!((estimate.people, estimate.low, estimate.high), (15_000, 12_807, 17_562));
    /// assert_eq!(Estimate::of(3, 10, 10), Estimate { people: 3, low: 3, high: 3 });
    /// ```
    pub fn of(found: u64, sampled: u64, universe: u64) -> Self {
        let universe = universe.max(sampled);
        let found = found.min(sampled);
        let unseen = universe - sampled;
        // Whoever was not looked at may be a member or not.
        let (least, most) = (found, found + unseen);
        if sampled == 0 || unseen == 0 {
            let people = if sampled == 0 { universe / 2 } else { found };
            return Self {
                people,
                low: least,
                high: most,
            };
        }
        let (n, everybody) = (sampled as f64, universe as f64);
        let share = found as f64 / n;
        // As if the sample were larger by as much as it leaves fewer unseen.
        let n = n * (everybody - 1.0) / (everybody - n);
        let [low, high] = wilson(share, n);
        let whole = |share: f64| (share.clamp(0.0, 1.0) * everybody).round() as u64;
        Self {
            people: whole(share).clamp(least, most),
            low: whole(low).clamp(least, most),
            high: whole(high).clamp(least, most),
        }
    }
}

/// The bounds of a share that was seen in `n` trials, with 95 % confidence (Wilson, 1927).
pub(crate) fn wilson(share: f64, n: f64) -> [f64; 2] {
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let spread = share * (1.0 - share) / n + Z * Z / (4.0 * n * n);
    let half = Z * spread.sqrt() / (1.0 + Z * Z / n);
    [middle - half, middle + half].map(|bound| bound.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn mixed(number: u64) -> u64 {
        let z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    #[test]
    fn the_truth_lies_within_the_bounds_about_as_often_as_they_say() {
        let universe = 20_000;
        for members_of_1000 in [2, 20, 300, 900] {
            let is_member = |person: u64| mixed(person ^ 0xabcd) % 1_000 < members_of_1000;
            let truth = (0..universe).filter(|person| is_member(*person)).count() as u64;
            let trials = 400;
            let within = (0..trials).filter(|seed| {
                let sample = (0..universe)
                    .filter(|person| mixed(person + seed * 1_000_003).is_multiple_of(20));
                let (mut sampled, mut found) = (0, 0);
                for person in sample {
                    sampled += 1;
                    found += u64::from(is_member(person));
                }
                let estimate = Estimate::of(found, sampled, universe);
                (estimate.low..=estimate.high).contains(&truth)
            });
            let share = within.count() as f64 / trials as f64;
            assert!(share > 0.92, "{share} of {members_of_1000}");
        }
    }

    #[test]
    fn nobody_who_was_seen_is_left_out() {
        let check = |found, sampled, universe, expected: [u64; 2]| {
            let estimate = Estimate::of(found, sampled, universe);
            assert_eq!([estimate.low, estimate.high], expected);
            assert!((estimate.low..=estimate.high).contains(&estimate.people));
        };
        check(0, 0, 100, [0, 100]);
        check(9, 10, 11, [9, 10]);
        check(0, 5, 3, [0, 0]);
        check(1, 1_000, 1_000_000, [177, 5_639]);
    }
}

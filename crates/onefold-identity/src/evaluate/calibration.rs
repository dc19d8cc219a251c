//! Whether a probability means what it says: of pairs scored 0.9, are nine in ten one entity?
//!
//! Invariant: every pair is in one bin, and each observed share comes with its interval, so that a bin of
//! three pairs is not read as one of three thousand.

use std::fmt;

use onefold_event::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::cluster::probability;

/// The normal quantile of a two-sided interval of 95 %.
const QUANTILE_95: f64 = 1.959_963_984_540_054;

/// How pairs are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binning {
    /// So many bins of equal width between probability 0 and 1.
    Width(u16),
    /// So many bins of about as many pairs each; equal bits are never parted.
    Count(u16),
}

/// How far scores can be trusted; [`Display`](fmt::Display) is a reliability table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The bins that have pairs, lowest probability first.
    pub bins: Vec<Bin>,
    /// All pairs that were counted.
    pub pairs: u64,
    /// Pairs without a number of bits, left out.
    pub not_numbers: u64,
    /// Expected calibration error: the mean distance of predicted from observed share, by pairs. Depends on
    /// the bins; from 0 to 1, lower is better.
    pub expected_error: f64,
    /// The greatest distance of any bin.
    pub greatest_error: f64,
    /// Brier score: the mean square of the distance from 0 or 1. Does not depend on the bins.
    pub brier: f64,
    /// The mean of -log2 of the probability of what was true, in bits; infinite if a certain score was
    /// wrong.
    pub log_loss_bits: f64,
}

/// Pairs of similar probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The lowest probability in the bin.
    pub lowest: f64,
    /// The highest probability in the bin.
    pub highest: f64,
    /// How many pairs.
    pub pairs: u64,
    /// How many of them are one entity.
    pub matches: u64,
    /// The mean probability.
    pub predicted: f64,
    /// The share that is one entity.
    pub observed: f64,
    /// The 95 % interval of that share; see [`wilson_interval`].
    pub interval: (f64, f64),
}

/// The 95 % score interval of a share (Wilson, 1927): honest for small counts and for shares of 0 and 1.
///
/// ```
/// use onefold_identity::evaluate::wilson_interval;
/// let (low, high) = wilson_interval(3, 3);
/// assert!((low - 0.4385).abs() < 1e-4 && high == 1.0);
/// assert_eq!(wilson_interval(0, 0), (0.0, 1.0));
/// ```
pub fn wilson_interval(matches: u64, pairs: u64) -> (f64, f64) {
    if pairs == 0 {
        return (0.0, 1.0);
    }
    let (count, share) = (pairs as f64, matches as f64 / pairs as f64);
    let square = QUANTILE_95 * QUANTILE_95;
    let middle = share + square / (2.0 * count);
    let spread = (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let scale = 1.0 + square / count;
    let bound = |value: f64| (value / scale).clamp(0.0, 1.0);
    let low = bound(middle - QUANTILE_95 * spread);
    let high = bound(middle + QUANTILE_95 * spread);
    // Exact at the ends, where rounding would leave a hair.
    (
        if matches == 0 { 0.0 } else { low },
        if matches >= pairs { 1.0 } else { high },
    )
}

impl Calibration {
    /// Compares predicted probabilities with what was true.
    ///
    /// Pairs whose bits are not a number are left out and counted. Of no pair all measures are 0.
    /// Cost: O(n log n).
    ///
    /// # Errors
    /// `InvalidInput` if no bin is asked for.
    pub fn of(outcomes: &[Outcome], binning: Binning) -> Result<Self> {
        let (Binning::Width(bins) | Binning::Count(bins)) = binning;
        if bins == 0 {
            let message = "calibration needs a bin: `0` bins hold no pair";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut sorted: Vec<Outcome> = outcomes.to_vec();
        sorted.retain(|outcome| !outcome.bits.is_nan());
        sorted.sort_unstable_by(|a, b| a.bits.total_cmp(&b.bits).then(a.is_match.cmp(&b.is_match)));
        let bins: Vec<Bin> = match binning {
            Binning::Width(bins) => {
                let slot = |it: &Outcome| {
                    let slot = (probability(it.bits) * f64::from(bins)) as u16;
                    slot.min(bins - 1)
                };
                sorted
                    .chunk_by(|a, b| slot(a) == slot(b))
                    .map(Bin::of)
                    .collect()
            }
            Binning::Count(bins) => equal_counts(&sorted, bins.into()),
        };
        let count = sorted.len() as f64;
        let mean = |sum: f64| if count == 0.0 { 0.0 } else { sum / count };
        Ok(Self {
            pairs: sorted.len() as u64,
            not_numbers: (outcomes.len() - sorted.len()) as u64,
            expected_error: mean(bins.iter().map(|bin| bin.error() * bin.pairs as f64).sum()),
            greatest_error: bins.iter().map(Bin::error).fold(0.0, f64::max),
            brier: mean(sorted.iter().map(square_error).sum()),
            log_loss_bits: mean(sorted.iter().map(loss_bits).sum()),
            bins,
        })
    }
}

/// Bins of about as many pairs each; equal bits stay together.
fn equal_counts(sorted: &[Outcome], bins: usize) -> Vec<Bin> {
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    for tied in sorted.chunk_by(|a, b| a.bits == b.bits) {
        end += tied.len();
        // This bin is done when it has its share of what was left when it began.
        let bins_left = bins - found.len();
        let is_full = (end - start) * bins_left >= sorted.len() - start;
        if is_full || end == sorted.len() {
            found.extend(sorted.get(start..end).map(Bin::of));
            start = end;
        }
    }
    found
}

fn square_error(outcome: &Outcome) -> f64 {
    // The probability of what was not true: small numbers stay exact.
    let wrong = probability(if outcome.is_match {
        -outcome.bits
    } else {
        outcome.bits
    });
    wrong * wrong
}

/// -log2 of the probability of what was true: log2(1 + 2^-x), where x are the bits towards it.
fn loss_bits(outcome: &Outcome) -> f64 {
    let towards = if outcome.is_match {
        outcome.bits
    } else {
        -outcome.bits
    };
    let small = (-towards.abs()).exp2().ln_1p() / std::f64::consts::LN_2;
    small + f64::max(-towards, 0.0)
}

impl Bin {
    fn of(outcomes: &[Outcome]) -> Self {
        let pairs = outcomes.len() as u64;
        let matches = outcomes.iter().filter(|outcome| outcome.is_match).count() as u64;
        let predicted = outcomes
            .iter()
            .map(|outcome| probability(outcome.bits))
            .sum::<f64>();
        let end = |outcome: Option<&Outcome>| outcome.map_or(0.0, |it| probability(it.bits));
        Self {
            lowest: end(outcomes.first()),
            highest: end(outcomes.last()),
            pairs,
            matches,
            predicted: predicted / pairs.max(1) as f64,
            observed: matches as f64 / pairs.max(1) as f64,
            interval: wilson_interval(matches, pairs),
        }
    }

    /// The distance of the predicted from the observed share.
    pub fn error(&self) -> f64 {
        (self.predicted - self.observed).abs()
    }

    /// Whether the predicted share lies in the interval of the observed one.
    pub fn is_plausible(&self) -> bool {
        (self.interval.0..=self.interval.1).contains(&self.predicted)
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>9} {:>9} {:>9}  95 % interval",
            "pairs", "predicted", "observed"
        )?;
        for bin in &self.bins {
            let (low, high) = bin.interval;
            let mark = if bin.is_plausible() { "" } else { " off" };
            writeln!(
                f,
                "{:>9} {:>9.4} {:>9.4}  {low:.4} to {high:.4}{mark}",
                bin.pairs, bin.predicted, bin.observed
            )?;
        }
        write!(
            f,
            "{} pairs: expected error {:.4}, greatest {:.4}, Brier {:.4}, log loss {:.4} bits",
            self.pairs, self.expected_error, self.greatest_error, self.brier, self.log_loss_bits
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_definitions(
            outcomes in prop::collection::vec((-9_i32..9, any::<bool>()), 0..60),
            bins in 1_u16..12,
            is_width in any::<bool>(),
        ) {
            let outcomes: Vec<Outcome> = outcomes.into_iter()
                .map(|(bits, is_match)| Outcome { bits: f64::from(bits), is_match }).collect();
            let binning = if is_width { Binning::Width(bins) } else { Binning::Count(bins) };
            let found = Calibration::of(&outcomes, binning).unwrap();
            let count = outcomes.len().max(1) as f64;
            let truth = |it: &Outcome| f64::from(u8::from(it.is_match));
            let (mut brier, mut loss) = (0.0, 0.0);
            for it in &outcomes {
                let chance = probability(it.bits);
                brier += (chance - truth(it)).powi(2) / count;
                loss -= (if it.is_match { chance } else { 1.0 - chance }).log2() / count;
            }
            prop_assert!((found.brier - brier).abs() < 1e-9);
            prop_assert!((found.log_loss_bits - loss).abs() < 1e-9);
            let mut pairs = 0;
            let mut expected_error = 0.0;
            for bin in &found.bins {
                let inside = |it: &&Outcome| (bin.lowest..=bin.highest).contains(&probability(it.bits));
                let inside: Vec<&Outcome> = outcomes.iter().filter(inside).collect();
                prop_assert_eq!(bin.pairs, inside.len() as u64);
                let observed = inside.iter().map(|it| truth(it)).sum::<f64>();
                let predicted = inside.iter().map(|it| probability(it.bits)).sum::<f64>();
                expected_error += (observed - predicted).abs() / count;
                prop_assert!(bin.interval.0 <= bin.observed && bin.observed <= bin.interval.1);
                pairs += bin.pairs;
            }
            prop_assert_eq!(pairs, outcomes.len() as u64);
            prop_assert!((found.expected_error - expected_error).abs() < 1e-9);
            prop_assert!(found.bins.len() <= usize::from(bins));
        }
    }

    #[test]
    fn bins_of_equal_count_are_even() {
        let outcomes: Vec<Outcome> = (0..12)
            .map(|bits| Outcome {
                bits: f64::from(bits),
                is_match: true,
            })
            .collect();
        let found = Calibration::of(&outcomes, Binning::Count(4)).unwrap();
        assert_eq!(
            found.bins.iter().map(|bin| bin.pairs).collect::<Vec<_>>(),
            [3, 3, 3, 3]
        );
    }

    #[test]
    fn a_certain_mistake_costs_all() {
        let outcome = |bits, is_match| Outcome { bits, is_match };
        let outcomes = [
            outcome(f64::NEG_INFINITY, true),
            outcome(f64::NAN, true),
            outcome(1e3, true),
        ];
        let found = Calibration::of(&outcomes, Binning::Width(10)).unwrap();
        assert_eq!(
            (found.pairs, found.not_numbers, found.log_loss_bits),
            (2, 1, f64::INFINITY)
        );
        let found = Calibration::of(&[], Binning::Count(3)).unwrap();
        assert_eq!(
            (found.brier, found.expected_error, found.log_loss_bits),
            (0.0, 0.0, 0.0)
        );
        assert!(Calibration::of(&[], Binning::Width(0)).is_err());
    }

    /// The bounds are where |p - share| = z sqrt(p (1 - p) / n).
    #[test]
    fn the_interval_solves_its_equation() {
        for (matches, pairs) in [(1, 10), (5, 10), (97, 100), (2, 3000)] {
            let (low, high) = wilson_interval(matches, pairs);
            for bound in [low, high] {
                let distance = (bound - matches as f64 / pairs as f64).abs();
                let spread = QUANTILE_95 * (bound * (1.0 - bound) / pairs as f64).sqrt();
                assert!((distance - spread).abs() < 1e-12, "{matches} of {pairs}");
            }
        }
    }

    #[test]
    fn the_table_is_told() {
        let outcomes: Vec<Outcome> = (0..40)
            .map(|it| Outcome {
                bits: if it % 2 == 0 { 2.0 } else { -2.0 },
                is_match: it % 2 == 0,
            })
            .collect();
        let found = Calibration::of(&outcomes, Binning::Width(5)).unwrap();
        expect_test::expect![[r#"
                pairs predicted  observed  95 % interval
                   20    0.2000    0.0000  0.0000 to 0.1611 off
                   20    0.8000    1.0000  0.8389 to 1.0000 off
            40 pairs: expected error 0.2000, greatest 0.2000, Brier 0.0400, log loss 0.3219 bits"#]]
        .assert_eq(&found.to_string());
    }
}

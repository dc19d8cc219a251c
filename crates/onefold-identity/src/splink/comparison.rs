//! One comparison of a model: its levels from the most alike to the least, and the weight of each.
//!
//! Invariant: the levels are tried in their order and the first whose condition holds is the pair's; its
//! weight is log2(m / u), and that of a level for missing values is 0.

use super::condition::{Condition, Measured, Pair, Taken};

/// A comparison: the question how much one piece of evidence agrees.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub(super) name: Box<str>,
    pub(super) description: Box<str>,
    pub(super) levels: Vec<Level>,
    pub(super) measures: Vec<Measured>,
}

/// One degree of agreement.
#[derive(Debug, Clone)]
pub struct Level {
    pub(super) label: Box<str>,
    pub(super) sql: Box<str>,
    pub(super) understood: Box<str>,
    pub(super) value: i32,
    pub(super) is_missing_level: bool,
    pub(super) m: Option<Probability>,
    pub(super) u: Option<Probability>,
    pub(super) bits: f64,
    pub(super) adjustment: Option<Adjustment>,
    pub(super) condition: Condition,
}

/// A probability of a level, and where it is from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    /// From 0 to 1.
    pub value: f64,
    /// Whether training must keep it.
    pub is_fixed: bool,
    /// Whether the model has none, so that Splink's default stands here.
    pub is_default: bool,
}

/// How the frequency of a value changes the weight of agreeing on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Adjustment {
    /// Place among the adjusted columns of the model.
    pub(super) frequency: usize,
    /// Share of the adjustment that is applied.
    pub(super) weight: f64,
    /// A frequency below this counts as this.
    pub(super) least: f64,
    /// log2 of the u probability of an exact match.
    pub(super) exact_bits: f64,
}

/// What one comparison says about a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparisonWeight {
    /// The level by its place in [`Comparison::levels`]; nothing where none holds, which Splink answers
    /// with a weight of `NULL`.
    pub level: Option<usize>,
    /// The weight of the level in bits; not a number where none holds.
    pub bits: f64,
    /// What the frequency of the value adds, in bits.
    pub frequency_bits: f64,
}

impl Comparison {
    /// Its name in the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model says about it; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The levels in the order they are tried.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    pub(super) fn weigh(&self, pair: &Pair<'_, '_>) -> ComparisonWeight {
        let mut taken = Taken::none(&self.measures);
        let mut levels = self.levels.iter().enumerate();
        let found = levels.find(|(_, level)| level.condition.holds(pair, &mut taken) == Some(true));
        let Some((place, level)) = found else {
            return ComparisonWeight {
                level: None,
                bits: f64::NAN,
                frequency_bits: 0.0,
            };
        };
        let adjustment = level.adjustment.as_ref();
        let frequency_bits = adjustment.map_or(0.0, |adjustment| adjustment.bits(pair));
        ComparisonWeight {
            level: Some(place),
            bits: level.bits,
            frequency_bits,
        }
    }
}

impl Adjustment {
    /// Splink's adjustment: weight * (log2(u of an exact match) - log2(frequency)), the frequency being
    /// the greater of both rows' and of the least that counts; 0 where neither row has one.
    fn bits(&self, pair: &Pair<'_, '_>) -> f64 {
        let share = |shares: &[f64]| shares.get(self.frequency).copied().unwrap_or(f64::NAN);
        // The greater of two numbers is the one that is a number.
        let greater = share(&pair.left.frequencies).max(share(&pair.right.frequencies));
        if greater.is_nan() {
            return 0.0;
        }
        self.weight * (self.exact_bits - greater.max(self.least).log2())
    }
}

impl Level {
    /// Its label in charts.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its condition as the model has it.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Its condition as it was understood, with brackets wherever they may stand; `ELSE` for the last.
    pub fn understood(&self) -> &str {
        &self.understood
    }

    /// Splink's number of the level: -1 for missing values, 0 for the least alike.
    pub fn value(&self) -> i32 {
        self.value
    }

    /// Whether it is the level of missing values, which says nothing.
    pub fn is_missing_level(&self) -> bool {
        self.is_missing_level
    }

    /// The probability of the level among matches; nothing for missing values.
    pub fn m(&self) -> Option<Probability> {
        self.m
    }

    /// The probability of the level among pairs that are no match; nothing for missing values.
    pub fn u(&self) -> Option<Probability> {
        self.u
    }

    /// log2(m / u); 0 for missing values.
    pub fn bits(&self) -> f64 {
        self.bits
    }

    /// Whether the frequency of the value changes the weight.
    pub fn is_adjusted(&self) -> bool {
        self.adjustment.is_some()
    }
}

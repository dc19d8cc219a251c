//! Where learning begins: what matches and relatives look like before anything was seen.
//!
//! Invariant: every distribution that a start gives sums to one.

use crate::matching::{field::Field, kind::LEVELS_MAX, levels::Levels};

/// What the pairs of a class share, to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// An address, a surname, often a telephone.
    Household,
    /// A name.
    Namesake,
    /// A part of the country.
    Area,
    /// A little of everything: what no other class explains.
    Mixed,
}

pub(super) const RELATIONS: [Relation; 4] = [
    Relation::Household,
    Relation::Namesake,
    Relation::Area,
    Relation::Mixed,
];

/// A point from which learning begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Start {
    /// How much of the usual agreement of matches is expected, from 0 (chance would do) to 1.
    care: f64,
    /// How much relatives share, as a factor.
    closeness: f64,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            care: 1.0,
            closeness: 1.0,
        }
    }
}

/// The starts that are tried: clean data, careless data, and families that share more.
pub(super) const STARTS: [Start; 3] = [
    Start {
        care: 1.0,
        closeness: 1.0,
    },
    Start {
        care: 0.8,
        closeness: 1.0,
    },
    Start {
        care: 1.0,
        closeness: 0.6,
    },
];

impl Start {
    /// The levels of a field among matches.
    pub(super) fn match_levels(self, levels: &Levels) -> [f64; LEVELS_MAX] {
        let usual = levels.match_prior();
        let levels = levels.count();
        let even = |level: usize| {
            if (1..=levels).contains(&level) {
                1.0 / levels as f64
            } else {
                0.0
            }
        };
        mix(self.care, usual, std::array::from_fn(even))
    }

    /// The levels of a field among the pairs of a class of relatives.
    pub(super) fn related_levels(
        self,
        relation: Relation,
        field: &Field,
        chance: &[f64; LEVELS_MAX],
    ) -> [f64; LEVELS_MAX] {
        let kind = field.kind;
        let shared = match relation {
            Relation::Household => kind.shared_prior(),
            Relation::Namesake if kind.is_label() => 0.8,
            Relation::Namesake => 0.03,
            Relation::Area if kind.is_area() => 0.8,
            Relation::Area => 0.01,
            Relation::Mixed => 0.3,
        };
        mix(shared * self.closeness, field.levels.match_prior(), *chance)
    }
}

fn mix(share: f64, first: [f64; LEVELS_MAX], second: [f64; LEVELS_MAX]) -> [f64; LEVELS_MAX] {
    let mut out = second;
    for (out, first) in out.iter_mut().zip(first) {
        *out = share * first + (1.0 - share) * *out;
    }
    out
}

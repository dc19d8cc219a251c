//! The levels of a field: those of its kind, or its own.
//!
//! Invariant: as with a kind, level 0 is a missing value, level 1 is difference, and agreement rises from there. What
//! equal values are on, if they share one level, is known beforehand.

use std::{borrow::Cow, sync::Arc};

use super::{
    comparison::ComparisonLevel,
    kind::{CROSSED, FieldKind, LEVELS_MAX},
};

/// Declared levels of one field at most: with difference and the missing value they fill the tables.
pub(crate) const DECLARED_MAX: usize = LEVELS_MAX - 2;

/// What levels there are, and what is known of them before anything is learned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Levels {
    kind: FieldKind,
    /// Best first.
    declared: Option<Arc<[ComparisonLevel]>>,
    /// The level of equal values, whose rarity counts; 0 if there is none.
    exact: u8,
    /// The level of names in each other's place; 0 if there is none.
    crossed: u8,
}

impl Levels {
    pub(crate) fn of_kind(kind: FieldKind) -> Self {
        Self {
            kind,
            declared: None,
            exact: kind.equal(),
            crossed: if kind.is_name() { CROSSED } else { 0 },
        }
    }

    /// Declared levels, best first; those of the kind if there are none.
    pub(crate) fn new(kind: FieldKind, declared: Vec<ComparisonLevel>) -> Self {
        if declared.is_empty() {
            return Self::of_kind(kind);
        }
        let number = |wanted| {
            let place = declared.iter().rev().position(|level| *level == wanted);
            place.map_or(0, |place| place as u8 + 2)
        };
        Self {
            kind,
            exact: number(ComparisonLevel::Exact),
            crossed: number(ComparisonLevel::Crossed),
            declared: Some(declared.into()),
        }
    }

    /// The declared levels, best first.
    pub(crate) fn declared(&self) -> Option<&[ComparisonLevel]> {
        self.declared.as_deref()
    }

    /// How many there are, difference among them and the missing value not; also the number of the best.
    pub(crate) fn count(&self) -> usize {
        match &self.declared {
            Some(declared) => declared.len() + 1,
            None => self.kind.levels().len(),
        }
    }

    /// The number of the best level.
    pub(crate) fn best(&self) -> u8 {
        self.count() as u8
    }

    /// The number of the level whose values are equal, so that their rarity counts.
    pub(crate) fn exact(&self) -> Option<u8> {
        Some(self.exact).filter(|level| *level != 0)
    }

    /// The number of the level of exchanged names.
    pub(crate) fn crossed(&self) -> Option<u8> {
        Some(self.crossed).filter(|level| *level != 0)
    }

    /// Whether the value on which two rows agree says how much that means: equal and crossed ones do.
    pub(crate) fn is_term(&self, level: u8) -> bool {
        level != 0 && (level == self.exact || level == self.crossed)
    }

    /// The name of a level in words; `missing` for level 0.
    pub(crate) fn name(&self, level: u8) -> Cow<'static, str> {
        let Some(declared) = &self.declared else {
            return Cow::Borrowed(self.kind.level_name(level));
        };
        let at = usize::from(level).checked_sub(2);
        match at.map(|at| declared.iter().rev().nth(at)) {
            Some(Some(level)) => Cow::Owned(level.in_words()),
            // Difference and what is missing are of every kind.
            _ => Cow::Borrowed(self.kind.level_name(level.min(1))),
        }
    }

    /// How often two values of one entity are on each level, before anything is learned. Declared levels take what
    /// their kind expects: difference and equality as it does, and the rest by equal parts.
    pub(crate) fn match_prior(&self) -> [f64; LEVELS_MAX] {
        let usual = self.kind.match_prior();
        let Some(declared) = &self.declared else {
            return usual;
        };
        let of = |level: u8| usual.get(usize::from(level)).copied().unwrap_or_default();
        let (different, equal) = (of(1), of(self.kind.equal()));
        let mut out = [0.0; LEVELS_MAX];
        let rest = (1.0 - different - equal) / declared.len() as f64;
        for (number, slot) in out.iter_mut().enumerate().skip(1).take(self.count()) {
            *slot = match number {
                1 => different,
                number if number == self.count() => equal + rest,
                _ => rest,
            };
        }
        out
    }

    /// How often, at most, two records of one entity may differ here.
    pub(crate) fn most_different(&self) -> f64 {
        self.kind.most_different()
    }

    /// How often, at least, two records of one entity are on the best level. Of declared levels that is known only
    /// where equal values are on it.
    pub(crate) fn least_best(&self) -> f64 {
        let best = self.declared.as_ref().and_then(|declared| declared.first());
        match best {
            Some(best) if !best.holds_for_equal() || self.is_of_lists() => 0.0,
            _ => self.kind.least_equal(),
        }
    }

    fn is_of_lists(&self) -> bool {
        use ComparisonLevel::{AnyNear, AnyShared, Shared};
        let mut declared = self.declared.iter().flat_map(|declared| declared.iter());
        declared.any(|level| matches!(level, AnyNear(_) | AnyShared | Shared(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::comparison::Distance;

    #[test]
    fn declared_levels_rise_from_difference() {
        let near = ComparisonLevel::Near(Distance::JaroWinkler(0.9));
        let declared = vec![ComparisonLevel::Exact, ComparisonLevel::Crossed, near];
        let levels = Levels::new(FieldKind::Surname, declared);
        let names: Vec<_> = (0..5).map(|level| levels.name(level)).collect();
        let expected = [
            "missing",
            "different",
            "Jaro-Winkler at least 0.9",
            "crossed",
            "equal",
        ];
        assert_eq!(names, expected);
        assert_eq!((levels.exact(), levels.crossed()), (Some(4), Some(3)));
        assert_eq!((levels.count(), levels.best()), (4, 4));
        assert!(levels.is_term(4) && levels.is_term(3) && !levels.is_term(2));
        assert_eq!(levels.least_best(), 0.3);
        let fuzzy = Levels::new(FieldKind::Phone, vec![ComparisonLevel::LastDigits(7)]);
        assert_eq!((fuzzy.exact(), fuzzy.least_best()), (None, 0.0));
        assert!((0..9).all(|level| !fuzzy.is_term(level)));
    }

    #[test]
    fn priors_are_distributions() {
        let near = |x| ComparisonLevel::Near(Distance::Jaro(x));
        for kind in [FieldKind::Surname, FieldKind::Category, FieldKind::Number] {
            for count in 1..=DECLARED_MAX {
                let declared = (0..count).map(|at| near(0.9 - 0.1 * at as f64)).collect();
                let prior = Levels::new(kind, declared).match_prior();
                assert!((prior.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                assert!(
                    prior
                        .iter()
                        .skip(1)
                        .take(count + 1)
                        .all(|share| *share > 0.0 || kind == FieldKind::Category)
                );
            }
            assert_eq!(Levels::of_kind(kind).match_prior(), kind.match_prior());
        }
    }
}

//! Segments as formulas over bits.
//!
//! Invariant: a complement stands only at a bit, so a formula is evaluated without looking back.

use super::words::bit;

/// A segment or leaf over answers that are bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Formula<B> {
    Always(bool),
    /// The bit, or its complement.
    Bit(B, bool),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// How a bit stands in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Straight,
    Complement,
    /// Here so and there so.
    Both,
}

impl Sense {
    /// How a bit stands that stands in this way at one place.
    pub(crate) fn of(is_not: bool) -> Self {
        if is_not {
            Self::Complement
        } else {
            Self::Straight
        }
    }

    /// Whether the bit's change to `is_set` can change a formula that was so before. A formula of straight bits
    /// rises with each of them, and what holds already cannot rise.
    #[inline]
    pub(crate) fn can_change(self, is_set: bool, held: bool) -> bool {
        match self {
            Self::Straight => is_set != held,
            Self::Complement => is_set == held,
            Self::Both => true,
        }
    }
}

impl<B: Copy> Formula<B> {
    pub(crate) fn of(bit: B) -> Self {
        Self::Bit(bit, false)
    }

    pub(crate) fn not(self) -> Self {
        let not = |parts: Vec<Self>| parts.into_iter().map(Self::not).collect();
        match self {
            Self::Always(held) => Self::Always(!held),
            Self::Bit(bit, is_not) => Self::Bit(bit, !is_not),
            Self::All(parts) => Self::Any(not(parts)),
            Self::Any(parts) => Self::All(not(parts)),
        }
    }

    /// The same with other bits, and without parts that decide nothing.
    pub(crate) fn with<C: Copy>(&self, bits: &impl Fn(B) -> Formula<C>) -> Formula<C> {
        let flat = |parts: &[Self], any: bool| {
            let mut kept = Vec::new();
            for part in parts {
                match part.with(bits) {
                    Formula::Always(held) if held == any => return Formula::Always(any),
                    Formula::Always(_) => {}
                    Formula::All(inner) if !any => kept.extend(inner),
                    Formula::Any(inner) if any => kept.extend(inner),
                    part => kept.push(part),
                }
            }
            match (kept.len(), any) {
                (0, _) => Formula::Always(!any),
                (1, _) => kept.pop().unwrap_or(Formula::Always(!any)),
                (_, true) => Formula::Any(kept),
                (_, false) => Formula::All(kept),
            }
        };
        match self {
            Self::Always(held) => Formula::Always(*held),
            Self::Bit(bit, false) => bits(*bit),
            Self::Bit(bit, true) => bits(*bit).not(),
            Self::All(parts) => flat(parts, false),
            Self::Any(parts) => flat(parts, true),
        }
    }

    /// Visits every bit, and says whether its complement stands there.
    pub(crate) fn each(&self, visit: &mut impl FnMut(B, bool)) {
        match self {
            Self::Always(_) => {}
            Self::Bit(bit, is_not) => visit(*bit, *is_not),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(visit)),
        }
    }
}

impl Formula<u32> {
    /// Whether it holds.
    pub(crate) fn holds(&self, words: &[u32]) -> bool {
        match self {
            Self::Always(held) => *held,
            Self::Bit(number, is_not) => bit(words, *number) != *is_not,
            Self::All(parts) => parts.iter().all(|part| part.holds(words)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(words)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn formula() -> impl Strategy<Value = Formula<u32>> {
        let leaf = (0..8_u32, any::<bool>()).prop_map(|(bit, is_not)| Formula::Bit(bit, is_not));
        leaf.prop_recursive(3, 12, 4, |inner| {
            let parts = prop::collection::vec(inner, 1..4);
            (parts, any::<bool>()).prop_map(|(parts, is_any)| match is_any {
                true => Formula::Any(parts),
                false => Formula::All(parts),
            })
        })
    }

    proptest! {
        #[test]
        fn what_no_bit_can_change_stays(
            formula in formula(),
            before in any::<u8>(),
            after in any::<u8>(),
        ) {
            let [before, after] = [before, after].map(u32::from);
            let held = formula.holds(&[before]);
            let mut senses: BTreeMap<u32, Sense> = BTreeMap::new();
            formula.each(&mut |bit, is_not| {
                let sense = senses.entry(bit).or_insert(Sense::of(is_not));
                if *sense != Sense::of(is_not) {
                    *sense = Sense::Both;
                }
            });
            let can_change = senses.iter().any(|(number, sense)| {
                let is_set = bit(&[after], *number);
                is_set != bit(&[before], *number) && sense.can_change(is_set, held)
            });
            prop_assert!(can_change || formula.holds(&[after]) == held);
        }
    }
}

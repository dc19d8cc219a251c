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

    /// Visits every bit.
    pub(crate) fn each(&self, visit: &mut impl FnMut(B)) {
        match self {
            Self::Always(_) => {}
            Self::Bit(bit, _) => visit(*bit),
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

//! What a field holds, and the levels on which two of its values may agree.
//!
//! Invariant: level 0 is a missing value, level 1 is difference, and the last is equality. Between them
//! agreement rises. No kind has more than [`LEVELS_MAX`] levels, the missing one among them.

use serde::{Deserialize, Serialize};

/// What a field holds: it decides how values are cleaned and compared.
///
/// The levels of each kind, from difference to equality, are in [`FieldKind::levels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// A given name or a middle name; also only its initial.
    GivenName,
    /// A family name.
    Surname,
    /// A calendar date, in one column or in three (year, month, day).
    Date,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number or code that an authority gives to one person or organisation: social security, tax, register.
    Code,
    /// A postal address with its house number.
    Address,
    /// A street or another part of an address, without number.
    Street,
    /// A house or unit number, or another short number.
    HouseNumber,
    /// A city, suburb or district.
    Place,
    /// A postal code.
    Postcode,
    /// One of few words, such as a state or a sex.
    Category,
    /// A name of several words: of an organisation, a thing, or a whole person.
    Title,
    /// Several values in one cell, separated by `**`, `|` or `;`.
    Set,
    /// A measure.
    Number,
    /// One word of which nothing more is known.
    Word,
}

/// A level of agreement between two values of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Level {
    /// Its name, as explanations give it.
    pub name: &'static str,
    /// How often two values of one entity agree on this level, before anything is learned.
    pub match_prior: f64,
}

/// Levels of the richest kind, and the missing one.
pub(crate) const LEVELS_MAX: usize = 9;

/// The level of given names and surnames that stand in each other's place.
pub(crate) const CROSSED: u8 = 6;

const fn level(name: &'static str, match_prior: f64) -> Level {
    Level { name, match_prior }
}

const NAME: &[Level] = &[
    level("different", 0.04),
    level("initial", 0.02),
    level("similar", 0.03),
    level("close", 0.10),
    level("nickname", 0.03),
    level("crossed", 0.01),
    level("equal", 0.77),
];
const DATE: &[Level] = &[
    level("different", 0.03),
    level("same year", 0.01),
    level("two parts", 0.03),
    level("one digit or swapped", 0.07),
    level("equal", 0.86),
];
const EMAIL: &[Level] = &[
    level("different", 0.15),
    level("similar", 0.03),
    level("same user", 0.04),
    level("close", 0.06),
    level("equal", 0.72),
];
const CODE: &[Level] = &[
    level("different", 0.12),
    level("two digits", 0.02),
    level("one digit", 0.05),
    level("equal", 0.81),
];
const ADDRESS: &[Level] = &[
    level("different", 0.12),
    level("same street", 0.03),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.70),
];
const STREET: &[Level] = &[
    level("different", 0.12),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.73),
];
const SHORT: &[Level] = &[
    level("different", 0.12),
    level("close", 0.08),
    level("equal", 0.80),
];
const CATEGORY: &[Level] = &[level("different", 0.08), level("equal", 0.92)];
const TITLE: &[Level] = &[
    level("different", 0.04),
    level("weak", 0.05),
    level("partial", 0.08),
    level("strong", 0.12),
    level("close", 0.16),
    level("equal", 0.55),
];
const WORD: &[Level] = &[
    level("different", 0.10),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.75),
];

impl FieldKind {
    /// The levels on which two values may agree, from difference to equality.
    pub fn levels(self) -> &'static [Level] {
        match self {
            Self::GivenName | Self::Surname => NAME,
            Self::Date => DATE,
            Self::Email => EMAIL,
            Self::Phone | Self::Code => CODE,
            Self::Address => ADDRESS,
            Self::Street => STREET,
            Self::HouseNumber | Self::Place | Self::Postcode | Self::Number => SHORT,
            Self::Category => CATEGORY,
            Self::Title | Self::Set => TITLE,
            Self::Word => WORD,
        }
    }

    /// The kind as settings write it.
    pub(crate) fn written(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::Surname => "surname",
            Self::Date => "date",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Code => "code",
            Self::Address => "address",
            Self::Street => "street",
            Self::HouseNumber => "house_number",
            Self::Place => "place",
            Self::Postcode => "postcode",
            Self::Category => "category",
            Self::Title => "title",
            Self::Set => "set",
            Self::Number => "number",
            Self::Word => "word",
        }
    }

    /// The number of the level of equal values.
    pub(crate) fn equal(self) -> u8 {
        self.levels().len() as u8
    }

    /// The name of a level; `missing` for level 0.
    pub(crate) fn level_name(self, level: u8) -> &'static str {
        let at = usize::from(level).checked_sub(1);
        at.and_then(|at| self.levels().get(at))
            .map_or("missing", |level| level.name)
    }

    /// The prior of each level, at its number.
    pub(crate) fn match_prior(self) -> [f64; LEVELS_MAX] {
        let mut out = [0.0; LEVELS_MAX];
        for (out, level) in out.iter_mut().skip(1).zip(self.levels()) {
            *out = level.match_prior;
        }
        out
    }

    /// How often people of one household agree here, beyond chance, before anything is learned.
    pub(crate) fn shared_prior(self) -> f64 {
        match self {
            Self::GivenName | Self::Date | Self::Email | Self::Code => 0.03,
            Self::Phone => 0.3,
            Self::Surname => 0.7,
            Self::Address | Self::Street | Self::HouseNumber | Self::Place | Self::Postcode => 0.85,
            Self::Category => 0.6,
            Self::Title | Self::Set | Self::Number | Self::Word => 0.3,
        }
    }

    /// How often, at most, two records of one entity may differ here. Without a bound, what a household shares
    /// could be learned as what makes a match.
    pub(crate) fn most_different(self) -> f64 {
        match self {
            Self::GivenName | Self::Date | Self::Code | Self::Title => 0.25,
            Self::Email | Self::Phone | Self::Surname | Self::Word => 0.35,
            _ => 1.0,
        }
    }

    /// How often, at least, two records of one entity are equal here. Without a bound, values that are merely built alike
    /// could be learned as slips of one another.
    pub(crate) fn least_equal(self) -> f64 {
        match self {
            Self::GivenName
            | Self::Surname
            | Self::Date
            | Self::Email
            | Self::Phone
            | Self::Code => 0.3,
            _ => 0.0,
        }
    }

    /// Whether it belongs to one entity and not to a household, an area or a group.
    pub(crate) fn is_personal(self) -> bool {
        !matches!(
            self,
            Self::Surname
                | Self::Address
                | Self::Street
                | Self::HouseNumber
                | Self::Place
                | Self::Postcode
                | Self::Category
                | Self::Number
        )
    }

    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::GivenName | Self::Surname)
    }

    /// Whether it says in which part of the world something is, and no more.
    pub(crate) fn is_area(self) -> bool {
        matches!(self, Self::Place | Self::Postcode | Self::Category)
    }

    /// Whether namesakes agree in it.
    pub(crate) fn is_label(self) -> bool {
        self.is_name() || matches!(self, Self::Title | Self::Word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [FieldKind; 16] = [
        FieldKind::GivenName,
        FieldKind::Surname,
        FieldKind::Date,
        FieldKind::Email,
        FieldKind::Phone,
        FieldKind::Code,
        FieldKind::Address,
        FieldKind::Street,
        FieldKind::HouseNumber,
        FieldKind::Place,
        FieldKind::Postcode,
        FieldKind::Category,
        FieldKind::Title,
        FieldKind::Set,
        FieldKind::Number,
        FieldKind::Word,
    ];

    #[test]
    fn priors_are_distributions_and_levels_fit() {
        for kind in ALL {
            let sum: f64 = kind.match_prior().iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{kind:?} sums to {sum}");
            assert!(kind.levels().len() < LEVELS_MAX, "{kind:?}");
            assert_eq!(kind.level_name(0), "missing");
            assert_eq!(kind.level_name(1), "different");
            assert_eq!(kind.level_name(kind.equal()), "equal");
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.written());
        }
        assert_eq!(FieldKind::Surname.level_name(CROSSED), "crossed");
    }
}

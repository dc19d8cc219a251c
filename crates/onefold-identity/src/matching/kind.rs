//! What a field is, and the levels on which two of its values may agree.
//!
//! Invariant: level 0 is a missing value, level 1 is difference, and the last is equality. Between them
//! agreement rises.

use serde::{Deserialize, Serialize};

/// What a field holds: it decides how values are cleaned and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A given name or a middle name; also only its initial.
    GivenName,
    /// A family name.
    Surname,
    /// A calendar date, in one column or three.
    Date,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number or code given to one person or organisation by an authority: social security, tax, register.
    Code,
    /// A postal address with its house number.
    Address,
    /// A street or another part of an address, without number.
    Street,
    /// A house or unit number.
    HouseNumber,
    /// A city, suburb or district.
    Place,
    /// A postal code.
    Postcode,
    /// One of few words, such as a state or a sex.
    Category,
    /// A name of several words: of an organisation, a thing, or a whole person.
    Title,
    /// Several values in one cell.
    Set,
    /// A measure.
    Number,
    /// One word of which nothing more is known.
    Word,
}

/// A level of agreement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LevelOf {
    pub(crate) name: &'static str,
    /// How often two values of one person agree on this level, before anything is learned.
    pub(crate) match_prior: f64,
}

const fn level(name: &'static str, match_prior: f64) -> LevelOf {
    LevelOf { name, match_prior }
}

const NAME: &[LevelOf] = &[
    level("different", 0.04),
    level("initial", 0.02),
    level("similar", 0.03),
    level("close", 0.10),
    level("nickname", 0.03),
    level("crossed", 0.01),
    level("equal", 0.77),
];
const DATE: &[LevelOf] = &[
    level("different", 0.03),
    level("same year", 0.01),
    level("two parts", 0.03),
    level("one digit", 0.07),
    level("equal", 0.86),
];
const EMAIL: &[LevelOf] = &[
    level("different", 0.15),
    level("similar", 0.03),
    level("same user", 0.04),
    level("close", 0.06),
    level("equal", 0.72),
];
const CODE: &[LevelOf] = &[
    level("different", 0.12),
    level("two digits", 0.02),
    level("one digit", 0.05),
    level("equal", 0.81),
];
const ADDRESS: &[LevelOf] = &[
    level("different", 0.12),
    level("same street", 0.03),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.70),
];
const STREET: &[LevelOf] = &[
    level("different", 0.12),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.73),
];
const SHORT: &[LevelOf] = &[
    level("different", 0.12),
    level("close", 0.08),
    level("equal", 0.80),
];
const CATEGORY: &[LevelOf] = &[level("different", 0.08), level("equal", 0.92)];
const TITLE: &[LevelOf] = &[
    level("different", 0.04),
    level("weak", 0.05),
    level("partial", 0.08),
    level("strong", 0.12),
    level("close", 0.16),
    level("equal", 0.55),
];
const WORD: &[LevelOf] = &[
    level("different", 0.10),
    level("similar", 0.05),
    level("close", 0.10),
    level("equal", 0.75),
];

impl FieldKind {
    /// The levels from level 1 up.
    pub(crate) fn levels(self) -> &'static [LevelOf] {
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

    /// The level of equal values.
    pub(crate) fn equal(self) -> u8 {
        self.levels().len() as u8
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

    /// Whether it belongs to one person and not to a household, an area or a group.
    pub(crate) fn is_personal(self) -> bool {
        !matches!(
            self,
            Self::Surname | Self::Address | Self::Street | Self::HouseNumber | Self::Place | Self::Postcode | Self::Category | Self::Number
        )
    }

    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::GivenName | Self::Surname)
    }
}

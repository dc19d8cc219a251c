//! Names and numbers of things: persons, organisations, anchors, places in the log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// The human that all identifiers, traits and events belong to; stable for ever.
///
/// 128 bits, written as 32 hexadecimal digits in the grouping of RFC 9562. When two persons turn
/// out to be one, one id is retired and redirects to the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u128);

/// A company or group that persons can be members of; written like a [`PersonId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationId(u128);

macro_rules! wide_id {
    ($name:ident, $noun:literal) => {
        impl $name {
            /// The id with this value.
            pub const fn from_u128(value: u128) -> Self {
                Self(value)
            }

            /// The value, for storage.
            pub const fn as_u128(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let v = self.0;
                let (a, b, c) = (v >> 96, (v >> 80) & 0xffff, (v >> 64) & 0xffff);
                let (d, e) = ((v >> 48) & 0xffff, v & 0xffff_ffff_ffff);
                write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let digits: String = text.chars().filter(|c| *c != '-').collect();
                let well_formed =
                    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                let value = u128::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| well_formed);
                value.map(Self).ok_or_else(|| {
                    let message = format!(
                        concat!(
                            "`{}` is not a ",
                            $noun,
                            " id: 32 hexadecimal digits are needed"
                        ),
                        text
                    );
                    Error::new(ErrorKind::InvalidInput, message)
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

wide_id!(PersonId, "person");
wide_id!(OrganisationId, "organisation");

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The number as an index into a column.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number! {
    /// The dense number of an identifier inside one store: 0, 1, 2 ... in order of first sight.
    ///
    /// Everything that is kept per identifier (observations, occurrences, consent, keys) is a column
    /// indexed by it. It has no meaning outside its store.
    AnchorId(u32)
}
number! {
    /// The dense number of a person inside one store, for columns and bitmaps; see [`PersonId`] for
    /// the name that outlives it.
    PersonIndex(u32)
}
number! {
    /// A place in the log: the number of a record, counted from 1 in the order of acknowledgement.
    /// 0 is "before the first record".
    Position(u64)
}

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn person_id_text_round_trips() {
        let id = PersonId::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(id.to_string(), "01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(id.to_string().parse::<PersonId>().unwrap(), id);
        assert!("xyz".parse::<PersonId>().is_err());
        assert!(
            "+1234567-89ab-cdef-0123-456789abcdef"
                .parse::<PersonId>()
                .is_err()
        );
    }
}

//! The parts of a value by which rows are brought together.
//!
//! Invariant: equal values have equal parts; a printed part reads back as itself.

use std::{fmt, str::FromStr};

use crate::matching::{clean, field::Fields, kind::FieldKind, values::Values};

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// The whole.
    Equal,
    /// The coarser form: the root of a nickname, the user of an address, a street without its number.
    Root,
    /// How it sounds.
    Sound,
    /// So many bytes at the beginning.
    Prefix(u8),
    /// So many bytes at the end.
    Suffix(u8),
    Year,
    MonthDay,
    /// Any of the rarest words; of a list, of the rarest members.
    Word,
}

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Atom {
    pub(crate) field: usize,
    pub(crate) part: Part,
}

impl Atom {
    /// What keeps equal keys of two fields apart. Whole names share one, so that exchanged names come together.
    pub(crate) fn salt(self, fields: &Fields) -> u64 {
        let is_name = fields
            .get(self.field)
            .is_some_and(|field| field.kind.is_name());
        match is_name && self.part == Part::Equal {
            true => 1,
            false => 2 + self.field as u64,
        }
    }
}

impl Part {
    /// The key of a value; 0 if it has no such part.
    pub(crate) fn key(self, values: &Values, code: u32) -> u32 {
        let bytes = values.texts().text(code).as_bytes();
        let part = match self {
            Self::Root => return values.root(code),
            Self::Sound => return values.sound(code),
            Self::Word => None,
            Self::Equal => Some(bytes),
            Self::Prefix(length) => bytes.get(..usize::from(length)),
            Self::Suffix(length) => bytes
                .len()
                .checked_sub(usize::from(length))
                .and_then(|from| bytes.get(from..)),
            Self::Year if bytes.len() == 8 => bytes.get(..4),
            Self::MonthDay if bytes.len() == 8 => bytes.get(4..),
            Self::Year | Self::MonthDay => None,
        };
        part.filter(|part| !part.is_empty()).map_or(0, clean::hash)
    }

    /// Whether values of this kind have the part.
    pub(crate) fn is_of(self, kind: FieldKind) -> bool {
        match self {
            Self::Equal | Self::Prefix(_) | Self::Suffix(_) => true,
            Self::Year | Self::MonthDay => kind == FieldKind::Date,
            Self::Root => clean::has_root(kind),
            Self::Sound => clean::has_sound(kind) || kind.is_name(),
            Self::Word => matches!(kind, FieldKind::Title | FieldKind::Set),
        }
    }
}

/// The parts that are worth trying for a kind of field.
pub(crate) fn parts(kind: FieldKind) -> &'static [Part] {
    use Part::{Equal, MonthDay, Prefix, Root, Sound, Suffix, Word, Year};
    match kind {
        FieldKind::GivenName | FieldKind::Surname => &[Equal, Sound, Prefix(3)],
        FieldKind::Date => &[Equal, Year, MonthDay],
        FieldKind::Email => &[Equal, Root, Prefix(5)],
        FieldKind::Phone | FieldKind::Code => &[Equal, Prefix(5), Suffix(5)],
        FieldKind::Address => &[Equal, Root, Prefix(6)],
        FieldKind::Street => &[Equal, Sound, Prefix(5)],
        FieldKind::HouseNumber
        | FieldKind::Postcode
        | FieldKind::Category
        | FieldKind::Place
        | FieldKind::Number => &[Equal],
        FieldKind::Title => &[Equal, Prefix(5), Word],
        FieldKind::Set => &[Equal, Word],
        FieldKind::Word => &[Equal, Sound, Prefix(4)],
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => f.write_str("equal"),
            Self::Root => f.write_str("root"),
            Self::Sound => f.write_str("sound"),
            Self::Prefix(length) => write!(f, "prefix_{length}"),
            Self::Suffix(length) => write!(f, "suffix_{length}"),
            Self::Year => f.write_str("year"),
            Self::MonthDay => f.write_str("month_day"),
            Self::Word => f.write_str("word"),
        }
    }
}

impl FromStr for Part {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let length = |digits: &str| {
            digits
                .parse()
                .ok()
                .filter(|length| (1..=32).contains(length))
                .ok_or(())
        };
        match text {
            "equal" => Ok(Self::Equal),
            "root" => Ok(Self::Root),
            "sound" => Ok(Self::Sound),
            "year" => Ok(Self::Year),
            "month_day" => Ok(Self::MonthDay),
            "word" => Ok(Self::Word),
            _ => match (text.strip_prefix("prefix_"), text.strip_prefix("suffix_")) {
                (Some(digits), _) => length(digits).map(Self::Prefix),
                (_, Some(digits)) => length(digits).map(Self::Suffix),
                _ => Err(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_parts_read_back() {
        for part in [
            Part::Equal,
            Part::Root,
            Part::Sound,
            Part::Prefix(3),
            Part::Suffix(5),
            Part::Year,
            Part::MonthDay,
            Part::Word,
        ] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        for wrong in ["", "prefix_", "prefix_0", "prefix_99", "Equal", "suffix_x"] {
            assert_eq!(wrong.parse::<Part>(), Err(()), "{wrong}");
        }
    }
}

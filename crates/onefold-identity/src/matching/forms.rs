//! Coarser forms of values that declared levels ask for, a table for each.
//!
//! Invariant: a table has one entry a code, and 0 where a value has no such form.

use super::{clean, comparison::ComparisonLevel, kind::FieldKind};
use crate::text::{EmailParts, Phonetic, phonetic};

/// A form of a value; equal forms have equal hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sound(Phonetic),
    EmailMailbox,
    EmailUser,
    EmailDomain,
}

/// What the values of a dictionary are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: FieldKind,
    pub(crate) tokens: Tokens,
    pub(crate) forms: Vec<Form>,
}

/// Into what values are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    None,
    Words,
    /// The members of a list.
    Members,
}

/// What stands between the cleaned members of a list: no cleaned value has it.
pub(crate) const MEMBER_END: char = '\u{1f}';

/// The tables of one dictionary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forms {
    tables: Vec<(Form, Vec<u32>)>,
}

impl Asked {
    /// What values of a kind are asked for, one to a cell or several.
    pub(crate) fn new(kind: FieldKind, is_list: bool, levels: &[ComparisonLevel]) -> Self {
        let asks_words = |level: &ComparisonLevel| {
            use ComparisonLevel::{Contains, Jaccard, TokensShared};
            matches!(level, Contains | Jaccard(_) | TokensShared(_))
        };
        let has_words = matches!(kind, FieldKind::Title | FieldKind::Set);
        let mut asked = Self {
            kind,
            tokens: match (is_list, has_words || levels.iter().any(asks_words)) {
                (true, _) => Tokens::Members,
                (_, true) => Tokens::Words,
                _ => Tokens::None,
            },
            forms: Vec::new(),
        };
        asked.add_forms(levels.iter().filter_map(|level| form(*level)));
        asked
    }

    /// Whether the values are names that may stand in the place of other names.
    pub(crate) fn is_of_names(&self) -> bool {
        self.kind.is_name() && self.tokens != Tokens::Members
    }

    /// What two fields of one dictionary ask for.
    pub(crate) fn add(&mut self, other: Self) {
        if self.tokens == Tokens::None {
            self.tokens = other.tokens;
        }
        self.add_forms(other.forms.into_iter());
    }

    fn add_forms(&mut self, forms: impl Iterator<Item = Form>) {
        for form in forms {
            if !self.forms.contains(&form) {
                self.forms.push(form);
            }
        }
    }
}

/// The form that a level compares.
pub(crate) fn form(level: ComparisonLevel) -> Option<Form> {
    match level {
        ComparisonLevel::Sound(code) => Some(Form::Sound(code)),
        ComparisonLevel::EmailMailbox => Some(Form::EmailMailbox),
        ComparisonLevel::EmailUser => Some(Form::EmailUser),
        ComparisonLevel::EmailDomain => Some(Form::EmailDomain),
        _ => None,
    }
}

impl Form {
    /// The hash of the form of a cleaned value; 0 if it has none.
    pub(crate) fn of(self, cleaned: &str) -> u32 {
        match self {
            Self::Sound(code) => hash(&phonetic(cleaned, code)),
            Self::EmailMailbox => {
                EmailParts::parse(cleaned).map_or(0, |email| hash(&email.canonical()))
            }
            Self::EmailUser => cleaned.split_once('@').map_or(0, |(user, _)| hash(user)),
            Self::EmailDomain => cleaned
                .split_once('@')
                .map_or(0, |(_, domain)| hash(domain)),
        }
    }
}

fn hash(form: &str) -> u32 {
    if form.is_empty() {
        0
    } else {
        clean::hash(form.as_bytes())
    }
}

impl Forms {
    /// Tables with an entry for the missing value.
    pub(crate) fn new(asked: &Asked) -> Self {
        let tables = asked.forms.iter().map(|form| (*form, vec![0]));
        Self {
            tables: tables.collect(),
        }
    }

    /// Adds the forms of the next code.
    pub(crate) fn push(&mut self, cleaned: &str) {
        for (form, table) in &mut self.tables {
            table.push(form.of(cleaned));
        }
    }

    /// The form of a code; 0 if it has none.
    pub(crate) fn of(&self, form: Form, code: u32) -> u32 {
        let table = self.tables.iter().find(|(known, _)| *known == form);
        let entry = table.and_then(|(_, table)| table.get(code as usize));
        entry.copied().unwrap_or_default()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let tables = self.tables.iter().map(|(_, table)| table.capacity());
        tables.sum::<usize>() * size_of::<u32>()
    }
}

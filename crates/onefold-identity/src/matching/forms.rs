//! Other forms of values that declared levels ask for, a table for each.
//!
//! Invariant: a table has one entry a code, and 0 where a value has no such form.

use super::{clean, comparison::ComparisonLevel, kind::FieldKind};
use crate::text::{DateParts, EmailParts, Phonetic, nickname_lists, phonetic};

/// A form of a value, as a number. Of texts it is a hash: equal forms have equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sound(Phonetic),
    EmailMailbox,
    EmailUser,
    EmailDomain,
    /// The number of the day, of a whole date that the calendar has.
    Day,
    /// In which lists of nicknames it is, a bit for each; lists may share one.
    NicknameLists,
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

/// The form that a level reads.
pub(crate) fn form(level: ComparisonLevel) -> Option<Form> {
    match level {
        ComparisonLevel::Sound(code) => Some(Form::Sound(code)),
        ComparisonLevel::EmailMailbox => Some(Form::EmailMailbox),
        ComparisonLevel::EmailUser => Some(Form::EmailUser),
        ComparisonLevel::EmailDomain => Some(Form::EmailDomain),
        ComparisonLevel::Days(_) | ComparisonLevel::Months(_) | ComparisonLevel::Years(_) => {
            Some(Form::Day)
        }
        ComparisonLevel::Nickname => Some(Form::NicknameLists),
        _ => None,
    }
}

impl Form {
    /// The form of a cleaned value; 0 if it has none.
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
            Self::Day => day(cleaned).unwrap_or_default(),
            Self::NicknameLists => {
                nickname_lists(cleaned).fold(0, |lists, list| lists | 1 << (list % 32))
            }
        }
    }
}

/// The number of the day of eight digits, counted from a day of the year 0.
fn day(cleaned: &str) -> Option<u32> {
    let number: u32 = cleaned.parse().ok().filter(|_| cleaned.len() == 8)?;
    let date = DateParts {
        year: u16::try_from(number / 10_000).ok()?,
        month: u8::try_from(number / 100 % 100).ok()?,
        day: u8::try_from(number % 100).ok()?,
    };
    if !(date.is_whole() && date.is_possible()) {
        return None;
    }
    // A year that begins in March has its leap day at the end, so that each month begins at a fixed day of it.
    let early = u32::from(date.month <= 2);
    let year = u32::from(date.year) - early;
    let month = u32::from(date.month) + 12 * early - 3;
    let leap_days = year / 4 - year / 100 + year / 400;
    Some(365 * year + leap_days + (153 * month + 2) / 5 + u32::from(date.day))
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

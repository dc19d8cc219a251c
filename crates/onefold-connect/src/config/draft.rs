//! A TOML text that is put right mistake by mistake, so that one reading after the other finds them all.
//!
//! Invariant: every repair takes the mistake out of the draft, so no mistake comes twice.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::mistakes::Unknown;

/// A text as it was probably meant.
pub(super) struct Draft<'i> {
    document: Spanned<DeTable<'i>>,
    /// The values that were given to other keys than they were written under.
    guessed: Vec<Range<usize>>,
    /// Whether a value was taken out because it is of a wrong type.
    lacks: bool,
}

/// What became of a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repaired {
    /// It is no longer in the draft.
    Yes,
    /// It was none of the text, but of a guess about an earlier mistake, which was taken back.
    Guess,
    /// Nothing can be done about it.
    Not,
    /// Nothing can be done about it, and it may have come of taking something out.
    Doubtful,
}

impl<'i> Draft<'i> {
    pub(super) fn new(document: Spanned<DeTable<'i>>) -> Self {
        Self {
            document,
            guessed: Vec::new(),
            lacks: false,
        }
    }

    pub(super) fn deserializer(&self) -> toml::Deserializer<'i> {
        toml::Deserializer::from(self.document.clone())
    }

    /// Puts what was probably meant in the place of what is wrong, or takes it out.
    pub(super) fn repair(
        &mut self,
        mistake: &toml::de::Error,
        unknown: Option<&Unknown<'_>>,
    ) -> Repaired {
        let Some(span) = mistake.span() else {
            return Repaired::Not;
        };
        let (document, meant) = (self.document.get_mut(), unknown.and_then(Unknown::meant));
        let done = match unknown {
            Some(unknown) if unknown.is_key() => rename(document, &span, meant, &mut self.guessed),
            Some(unknown) => {
                // Any word that is known will do, as the text is refused anyway.
                let word = meant.or_else(|| unknown.known.first().copied());
                word.is_some_and(|word| replace(document, &span, word))
            }
            None if self.guessed.contains(&span) => {
                return match take_out(document, &span) {
                    true => Repaired::Guess,
                    false => Repaired::Not,
                };
            }
            // A key that is missing cannot be made up.
            None if is_missing(mistake) && self.lacks => return Repaired::Doubtful,
            None if is_missing(mistake) => false,
            None => {
                self.lacks = true;
                take_out(document, &span)
            }
        };
        if done { Repaired::Yes } else { Repaired::Not }
    }
}

fn is_missing(mistake: &toml::de::Error) -> bool {
    mistake.message().trim().starts_with("missing field")
}

/// Gives the entry whose key stands there the name that was meant, or takes it out.
fn rename(
    table: &mut DeTable<'_>,
    span: &Range<usize>,
    meant: Option<&str>,
    guessed: &mut Vec<Range<usize>>,
) -> bool {
    let found = table.keys().find(|key| key.span() == *span).cloned();
    let Some(key) = found else {
        let mut inner = table
            .iter_mut()
            .flat_map(|(_, value)| tables(value.get_mut()));
        return inner.any(|table| rename(table, span, meant, guessed));
    };
    let value = table.remove(key.get_ref().as_ref());
    if let (Some(value), Some(meant)) = (value, meant)
        && !table.contains_key(meant)
    {
        guessed.push(value.span());
        table.insert(Spanned::new(span.clone(), meant.to_owned().into()), value);
    }
    true
}

/// Takes the entry out whose value stands there.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let found = table.iter().find(|(_, value)| value.span() == *span);
    if let Some(key) = found.map(|(key, _)| key.clone()) {
        return table.remove(key.get_ref().as_ref()).is_some();
    }
    let mut inner = table
        .iter_mut()
        .flat_map(|(_, value)| tables(value.get_mut()));
    inner.any(|table| take_out(table, span))
}

/// Puts another word in the place of the one that stands there.
fn replace(table: &mut DeTable<'_>, span: &Range<usize>, word: &str) -> bool {
    let mut values = table.iter_mut().map(|(_, value)| value);
    values.any(|value| replace_in(value, span, word))
}

fn replace_in(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, word: &str) -> bool {
    let is_there = value.span() == *span;
    match value.get_mut() {
        DeValue::String(text) if is_there => {
            *text = word.to_owned().into();
            true
        }
        DeValue::Table(table) => replace(table, span, word),
        DeValue::Array(list) => list.iter_mut().any(|value| replace_in(value, span, word)),
        _ => false,
    }
}

/// The table that a value is, or those of a list.
fn tables<'t, 'i>(
    value: &'t mut DeValue<'i>,
) -> Box<dyn Iterator<Item = &'t mut DeTable<'i>> + 't> {
    match value {
        DeValue::Table(table) => Box::new(std::iter::once(table)),
        DeValue::Array(list) => Box::new(list.iter_mut().flat_map(|value| tables(value.get_mut()))),
        _ => Box::new(std::iter::empty()),
    }
}

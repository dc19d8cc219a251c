//! Where in a text a part of a definition stands.
//!
//! Invariant: a definition is read into tokens once, however many places in it are asked for one after the other.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    lexer::{TokenKind, tokens},
    parser::Placed,
};

/// Finds the places of mistakes and lints in a text.
pub(crate) struct Finder<'t> {
    text: &'t str,
    /// Where the definition begins that was asked about last, and the names in it.
    last: Option<(usize, Names)>,
}

/// The places of each name in a definition, ascending.
#[derive(Default)]
struct Names {
    whole: FxHashMap<Box<str>, Vec<Range<usize>>>,
    /// The names before a dot: a step and its property.
    steps: FxHashMap<Box<str>, Vec<Range<usize>>>,
}

impl<'t> Finder<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, last: None }
    }

    /// The word that a mistake is about, else the condition it is in, else the name of the definition.
    pub(crate) fn locate(
        &mut self,
        placed: &Placed,
        condition: Option<usize>,
        word: Option<&str>,
    ) -> Range<usize> {
        let condition = condition.and_then(|at| placed.conditions.get(at));
        let within = condition.unwrap_or(&placed.span);
        word.and_then(|word| self.names(&placed.span).last_in(within, word))
            .unwrap_or_else(|| condition.unwrap_or(&placed.name).clone())
    }

    fn names(&mut self, definition: &Range<usize>) -> &Names {
        let known = self.last.take();
        let known = known.filter(|(start, _)| *start == definition.start);
        let names = known.map_or_else(|| Names::of(self.text, definition), |(_, names)| names);
        &self.last.insert((definition.start, names)).1
    }
}

impl Names {
    fn of(text: &str, definition: &Range<usize>) -> Self {
        let mut names = Self::default();
        let part = text.get(definition.clone()).unwrap_or_default();
        for token in tokens(part).tokens {
            let place = definition.start + token.span.start..definition.start + token.span.end;
            match token.kind {
                TokenKind::Word(word) => {
                    if let Some((step, _)) = word.split_once('.') {
                        let places = names.steps.entry(step.into()).or_default();
                        places.push(place.clone());
                    }
                    names.whole.entry(word.into()).or_default().push(place);
                }
                TokenKind::Text(text) => names.whole.entry(text).or_default().push(place),
                _ => {}
            }
        }
        names
    }

    /// The last place of a name there, as what is repeated is wrong the second time.
    fn last_in(&self, within: &Range<usize>, name: &str) -> Option<Range<usize>> {
        let last = |places: &Vec<Range<usize>>| {
            let before = places.partition_point(|place| place.end <= within.end);
            let last = places.get(before.checked_sub(1)?)?;
            (last.start >= within.start).then(|| last.clone())
        };
        let whole = self.whole.get(name).and_then(last);
        whole.or_else(|| self.steps.get(name).and_then(last))
    }
}

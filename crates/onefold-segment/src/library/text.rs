//! Definitions from text: read, checked, each mistake with its place.

use std::{collections::BTreeSet, ops::Range};

use onefold_event::{Diagnostics, Result};

use super::{DEFINITIONS_MAX, TEXT_BYTES_MAX, error};
use crate::{
    ast::Definition,
    check::{self, Place, Places, Reference, Source, kind_and_name},
    code::Code,
    lexer::{TokenKind, tokens},
    parser::{self, MISTAKES_MAX, Parsed, Placed},
};

/// What the text says, if it has no mistake; it may refer to what is known, and take its place.
pub(super) fn read(text: &str, known: &[Definition]) -> Result<Parsed> {
    if text.len() > TEXT_BYTES_MAX {
        let help = format!("a text has up to {TEXT_BYTES_MAX} bytes");
        let mistake = Code::Size.tell(format!("a text of {} bytes", text.len()));
        return Err(error(vec![mistake.help(help)]));
    }
    let mut parsed = parser::parse(text);
    let mut mistakes = std::mem::take(&mut parsed.diagnostics);
    mistakes.extend(too_many(known.len().max(parsed.definitions.len())));
    for placed in &parsed.definitions {
        for found in check::definition_mistakes(&placed.definition, Source::Text) {
            let word = found.mistake.word.as_deref();
            let place = locate(text, placed, found.condition, word);
            mistakes.push(found.mistake.diagnostic().spanning(place));
        }
    }
    mistakes.extend(name_mistakes(text, &parsed, known));
    mistakes.sort_by_key(|d| d.span.as_ref().map(|span| span.start));
    mistakes.dedup();
    mistakes.truncate(MISTAKES_MAX);
    if mistakes.is_empty() {
        Ok(parsed)
    } else {
        Err(error(mistakes))
    }
}

pub(super) fn too_many(definitions: usize) -> Option<onefold_event::Diagnostic> {
    (definitions > DEFINITIONS_MAX).then(|| {
        let help = format!("a library holds up to {DEFINITIONS_MAX}");
        let mistake = Code::Size.tell(format!("{definitions} definitions"));
        mistake.help(help)
    })
}

/// The word that a mistake is about, else the condition it is in, else the name of the definition.
pub(crate) fn locate(
    text: &str,
    placed: &Placed,
    condition: Option<usize>,
    word: Option<&str>,
) -> Range<usize> {
    let condition = condition.and_then(|at| placed.conditions.get(at));
    let whole = condition.unwrap_or(&placed.span);
    word.and_then(|word| find(text, whole, word))
        .unwrap_or_else(|| condition.unwrap_or(&placed.name).clone())
}

/// Where this name stands in a part of the text; the last place, as what is repeated is wrong the second time.
fn find(text: &str, whole: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let lexed = tokens(text.get(whole.clone())?);
    let is_name = |kind: &TokenKind<'_>| match kind {
        TokenKind::Word(word) => *word == name,
        TokenKind::Text(text) => **text == *name,
        _ => false,
    };
    let is_step = |kind: &TokenKind<'_>| match kind {
        TokenKind::Word(word) => word.split_once('.').is_some_and(|(step, _)| step == name),
        _ => false,
    };
    let mut tokens = lexed.tokens.iter();
    let exact = tokens.rfind(|token| is_name(&token.kind));
    let token = exact.or_else(|| lexed.tokens.iter().rfind(|token| is_step(&token.kind)))?;
    Some(whole.start + token.span.start..whole.start + token.span.end)
}

fn name_mistakes(text: &str, parsed: &Parsed, known: &[Definition]) -> Diagnostics {
    let places = parsed.definitions.iter().map(|placed| {
        let (segments, traits) = check::references(&placed.definition);
        let read = placed.references.iter().enumerate();
        let segments = read.map(|(index, (name, span))| {
            let in_tree = segments.get(index).filter(|found| *found.name == **name);
            let unknown = || Reference {
                name,
                entity: None,
                is_universe: false,
            };
            let reference = in_tree.cloned().unwrap_or_else(unknown);
            (reference, Place::Text(span.clone()))
        });
        Places {
            definition: &placed.definition,
            name: Place::Text(placed.name.clone()),
            segments: segments.collect(),
            traits: trait_places(text, placed, traits),
        }
    });
    let mut places: Vec<Places<'_>> = places.collect();
    let names = parsed.definitions.iter().map(|placed| &placed.definition);
    let replaced: BTreeSet<_> = names.map(kind_and_name).collect();
    let stays = |definition: &&Definition| !replaced.contains(&kind_and_name(definition));
    let kept = super::json::places(known).filter(|places| stays(&places.definition));
    places.extend(kept);
    check::name_mistakes(&places, &parsed.unread)
}

fn trait_places<'a>(
    text: &str,
    placed: &'a Placed,
    traits: Vec<Reference<'a>>,
) -> Vec<(Reference<'a>, Place)> {
    if traits.is_empty() {
        return Vec::new();
    }
    let lexed = text.get(placed.span.clone()).map(tokens);
    let lexed = lexed.map(|lexed| lexed.tokens).unwrap_or_default();
    // The name that is defined comes first, and may be the same.
    let mut names = lexed.iter().skip(2);
    let mut again = lexed.iter().skip(2);
    let is = |kind: &TokenKind<'_>, name: &str| match kind {
        TokenKind::Word(word) => *word == name,
        TokenKind::Text(text) => **text == *name,
        _ => false,
    };
    let placed_traits = traits.into_iter().map(|reference| {
        let found = names
            .find(|token| is(&token.kind, reference.name))
            .or_else(|| again.find(|token| is(&token.kind, reference.name)));
        let start = placed.span.start;
        let span = found.map_or(placed.name.clone(), |token| {
            start + token.span.start..start + token.span.end
        });
        (reference, Place::Text(span))
    });
    placed_traits.collect()
}

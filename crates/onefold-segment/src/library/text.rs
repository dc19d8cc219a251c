//! Definitions from text: read, checked, each mistake with its place.

use std::collections::BTreeSet;

use onefold_event::{Diagnostics, Result};

use super::{DEFINITIONS_MAX, TEXT_BYTES_MAX, error, find::Finder};
use crate::{
    ast::Definition,
    check::{self, MISTAKES_MAX, Place, Places, Reference, Source, kind_and_name},
    code::Code,
    lexer::{TokenKind, tokens},
    parser::{self, Parsed, Placed},
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
    mistakes.extend(inner_mistakes(text, &parsed.definitions));
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

/// The mistakes inside of definitions, the first as many as are told: they come in the order of the text.
fn inner_mistakes(text: &str, definitions: &[Placed]) -> Diagnostics {
    let mut finder = Finder::new(text);
    let mut mistakes = Diagnostics::new();
    for placed in definitions {
        for found in check::definition_mistakes(&placed.definition, Source::Text) {
            let word = found.mistake.word.as_deref();
            let place = finder.locate(placed, found.condition, word);
            mistakes.push(found.mistake.diagnostic().spanning(place));
        }
        // A name that is wrong many times in one condition has one place.
        mistakes.dedup();
        if mistakes.len() >= MISTAKES_MAX {
            break;
        }
    }
    mistakes
}

pub(super) fn too_many(definitions: usize) -> Option<onefold_event::Diagnostic> {
    (definitions > DEFINITIONS_MAX).then(|| {
        let help = format!("a library holds up to {DEFINITIONS_MAX}");
        let mistake = Code::Size.tell(format!("{definitions} definitions"));
        mistake.help(help)
    })
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

#[cfg(test)]
mod tests {
    use crate::{Catalogue, EventFacts, Library, effort};

    /// Reads a text with mistakes; how much work that is for each byte.
    fn work_per_byte(text: &str) -> usize {
        let work = effort::of(|| assert!(Library::parse(text).is_err()));
        work.div_ceil(text.len())
    }

    #[test]
    fn many_mistakes_are_linear_work() {
        let tests = vec!["\"\" = 1"; 5_000].join(" or ");
        assert!(work_per_byte(&format!("segment a = did e where {tests}")) <= 3);
        let parts = vec!["sum(\"\" of x) = 1"; 5_000].join(" or ");
        assert!(work_per_byte(&format!("segment a = {parts}")) <= 3);
        assert!(work_per_byte(&format!("segment a = \"{}\"", "\\u{".repeat(50_000))) <= 3);
        let zones = vec!["segment a zone \"Europe/Londan\" = b is set"; 9_000];
        assert!(work_per_byte(&zones.join("\n")) <= 3);
        let unknown = (0..5_000).map(|n| format!("segment a{n} = in b{n}\n"));
        // Of a hundred unknown names, each is compared with every other.
        assert!(work_per_byte(&unknown.collect::<String>()) <= 8);
    }

    #[test]
    fn many_lints_are_linear_work() {
        let tests: Vec<String> = (0..5_000).map(|n| format!("a{n} = 1")).collect();
        let text = format!("segment a = did e where {}", tests.join(" or "));
        let mut catalogue = Catalogue::default();
        let mut event = EventFacts::default();
        event.properties.insert("other".into(), Default::default());
        catalogue.events.insert("e".into(), event);
        let work = effort::of(|| {
            assert_eq!(Library::lint_text(&text, &catalogue).unwrap().len(), 5_000);
        });
        assert!(work <= 3 * text.len(), "{work}");
    }
}

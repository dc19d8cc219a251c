//! Definitions from JSON and from trees that were built: checked, each mistake with its pointer.

use onefold_event::{Diagnostics, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{LANGUAGE_VERSION, error, text::too_many};
use crate::{
    ast::Definition,
    check::{self, Place, Places, Source},
    code::Code,
};

/// The stored form: `{"version":1,"definitions":[...]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryJson<'a> {
    version: u32,
    #[serde(borrow)]
    definitions: Vec<&'a RawValue>,
}

/// The definitions, unchecked; each that cannot be read is a mistake of its own.
pub(super) fn read(json: &str) -> Result<Vec<Definition>> {
    let unreadable = |problem: serde_json::Error| Code::Json.tell(problem);
    let part = |problem: serde_json::Error| {
        // The place is one inside the definition, which the pointer names.
        let told = problem.to_string();
        Code::Json.tell(
            told.rsplit_once(" at line ")
                .map_or(&*told, |(told, _)| told),
        )
    };
    let read: LibraryJson<'_> =
        serde_json::from_str(json).map_err(|problem| error(vec![unreadable(problem)]))?;
    if read.version != LANGUAGE_VERSION {
        let message = format!("version {} of the language is not known here", read.version);
        let help = format!("write {LANGUAGE_VERSION}");
        let mistake = Code::Version.tell(message).at("/version").help(help);
        return Err(error(vec![mistake]));
    }
    let mut definitions = Vec::new();
    let mut mistakes = Diagnostics::new();
    for (index, definition) in read.definitions.into_iter().enumerate() {
        match serde_json::from_str(definition.get()) {
            Ok(definition) => definitions.push(definition),
            Err(problem) => mistakes.push(part(problem).at(pointer(index))),
        }
    }
    if mistakes.is_empty() {
        Ok(definitions)
    } else {
        Err(error(mistakes))
    }
}

fn pointer(index: usize) -> String {
    format!("/definitions/{index}")
}

pub(super) fn mistakes(definitions: &[Definition]) -> Diagnostics {
    let mut mistakes: Diagnostics = too_many(definitions.len()).into_iter().collect();
    for (index, definition) in definitions.iter().enumerate() {
        let found = check::definition_mistakes(definition, Source::Tree).into_iter();
        mistakes.extend(found.map(|found| {
            let pointer = pointer(index) + &found.pointer;
            found.mistake.diagnostic().at(pointer)
        }));
    }
    if mistakes.is_empty() {
        let places: Vec<Places<'_>> = places(definitions).collect();
        mistakes.extend(check::name_mistakes(&places, &[]));
    }
    mistakes
}

/// The definitions and what they refer to, by their pointers.
pub(super) fn places(definitions: &[Definition]) -> impl Iterator<Item = Places<'_>> {
    definitions.iter().enumerate().map(|(index, definition)| {
        let place = Place::Json(pointer(index));
        let (segments, traits) = check::references(definition);
        let put = |reference| (reference, place.clone());
        Places {
            definition,
            segments: segments.into_iter().map(put).collect(),
            traits: traits.into_iter().map(put).collect(),
            name: place.clone(),
        }
    })
}

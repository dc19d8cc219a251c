//! Definitions from JSON and from trees that were built: checked, each mistake with its pointer.

use std::fmt;

use onefold_event::{Diagnostics, Error};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{DEFINITIONS_MAX, JSON_BYTES_MAX, LANGUAGE_VERSION, error, text::too_many};
use crate::{
    ast::Definition,
    check::{self, MISTAKES_MAX, Place, Places, Source},
    code::Code,
};

/// The stored form: `{"version":1,"definitions":[...]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryJson<'a> {
    version: u32,
    #[serde(borrow)]
    definitions: Definitions<'a>,
}

/// As many definitions as there may be, and how many there are.
struct Definitions<'a> {
    first: Vec<&'a RawValue>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Definitions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(DefinitionsVisitor)
    }
}

struct DefinitionsVisitor;

impl<'de> Visitor<'de> for DefinitionsVisitor {
    type Value = Definitions<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of definitions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < DEFINITIONS_MAX
            && let Some(definition) = all.next_element()?
        {
            first.push(definition);
        }
        let mut count = first.len();
        while all.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Definitions { first, count })
    }
}

/// The definitions, unchecked; each that cannot be read is a mistake of its own.
pub(super) fn read(json: &str) -> Result<Vec<Definition>, Error> {
    if json.len() > JSON_BYTES_MAX {
        let help = format!("JSON has up to {JSON_BYTES_MAX} bytes");
        let mistake = Code::Size.tell(format!("JSON of {} bytes", json.len()));
        return Err(error(vec![mistake.help(help)]));
    }
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
    if let Some(mistake) = too_many(read.definitions.count) {
        return Err(error(vec![mistake.at("/definitions")]));
    }
    let mut definitions = Vec::new();
    let mut mistakes = Diagnostics::new();
    for (index, definition) in read.definitions.first.into_iter().enumerate() {
        if mistakes.len() >= MISTAKES_MAX {
            break;
        }
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

/// The first [`MISTAKES_MAX`] mistakes.
pub(super) fn mistakes(definitions: &[Definition]) -> Diagnostics {
    let mut mistakes: Diagnostics = too_many(definitions.len()).into_iter().collect();
    for (index, definition) in definitions.iter().enumerate() {
        if mistakes.len() >= MISTAKES_MAX {
            break;
        }
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
    mistakes.truncate(MISTAKES_MAX);
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

//! A set of named definitions without a mistake, from text or JSON.

use std::fmt;

use onefold_event::{Diagnostic, Diagnostics, Error, Result};
use serde::{Deserialize, Serialize};

use crate::{
    ast::Definition,
    check::{self, Place, Places},
    parser,
};

/// The version of the language: what a definition means never changes within one.
pub const LANGUAGE_VERSION: u32 = 1;

/// How long a text of definitions may be, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;
const DEFINITIONS_MAX: usize = 10_000;

/// A set of named definitions: segments and computed traits.
///
/// Invariant: every definition is checked; names are unique, known and without a cycle. The language
/// is described in [`crate::language`].
///
/// ```
/// use onefold_segment::Library;
/// let library = Library::parse(r#"
///     ## Who bought at least twice in the last 90 days.
///     segment regular = did "Order Completed" in last 90 d at least 2 times
///     trait spend = sum(total of "Order Completed")
/// "#)?;
/// assert_eq!(library.definitions().len(), 2);
/// assert_eq!(Library::parse(&library.to_string())?, library);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    definitions: Vec<Definition>,
}

/// The stored form: `{"version":1,"definitions":[...]}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryJson<D> {
    version: u32,
    definitions: D,
}

impl Library {
    /// Reads definitions from text.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake as a [`Diagnostic`] that has a span; [`render`] shows each
    /// with its line.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > TEXT_BYTES_MAX {
            let help = format!("a text has up to {TEXT_BYTES_MAX} bytes");
            let mistake = Diagnostic::new(format!("a text of {} bytes", text.len())).help(help);
            return Err(error(vec![mistake]));
        }
        let mut parsed = parser::parse(text);
        let complete = parsed.diagnostics.is_empty();
        for placed in parsed.definitions.iter().filter(|_| complete) {
            // The parser has told most of these with a closer place.
            let mistakes = check::definition_mistakes(&placed.definition).into_iter();
            parsed.diagnostics.extend(mistakes.map(|(message, help)| {
                let mistake = Diagnostic::new(message).help(help);
                mistake.spanning(placed.name.clone())
            }));
        }
        parsed
            .diagnostics
            .extend(text_name_mistakes(&parsed.definitions, &parsed.unread));
        parsed
            .diagnostics
            .sort_by_key(|d| d.span.as_ref().map(|span| span.start));
        if !parsed.diagnostics.is_empty() {
            return Err(error(parsed.diagnostics));
        }
        let definitions = parsed
            .definitions
            .into_iter()
            .map(|placed| placed.definition);
        Ok(Self {
            definitions: definitions.collect(),
        })
    }

    /// Reads definitions from JSON as [`to_json`](Self::to_json) writes it.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake; a field that is not known is one.
    pub fn from_json(json: &str) -> Result<Self> {
        let read: LibraryJson<Vec<Definition>> = serde_json::from_str(json)
            .map_err(|problem| error(vec![Diagnostic::new(problem.to_string())]))?;
        if read.version != LANGUAGE_VERSION {
            let message = format!("version {} of the language is not known here", read.version);
            let help = format!("write {LANGUAGE_VERSION}");
            let mistake = Diagnostic::new(message).at("/version").help(help);
            return Err(error(vec![mistake]));
        }
        Self::new(read.definitions)
    }

    /// Checks definitions that were built as a tree.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake; the pointer of each names its definition as
    /// [`to_json`](Self::to_json) would write it.
    pub fn new(definitions: Vec<Definition>) -> Result<Self> {
        let mut mistakes = Diagnostics::new();
        if definitions.len() > DEFINITIONS_MAX {
            let message = format!("{} definitions", definitions.len());
            let help = format!("a library holds up to {DEFINITIONS_MAX}");
            mistakes.push(Diagnostic::new(message).help(help));
        }
        for (index, definition) in definitions.iter().enumerate() {
            let found = check::definition_mistakes(definition).into_iter();
            mistakes.extend(found.map(|(message, help)| {
                let pointer = format!("/definitions/{index}");
                Diagnostic::new(message).at(pointer).help(help)
            }));
        }
        if mistakes.is_empty() {
            mistakes.extend(tree_name_mistakes(&definitions));
        }
        if mistakes.is_empty() {
            Ok(Self { definitions })
        } else {
            Err(error(mistakes))
        }
    }

    /// Reads more definitions from text that may refer to these, and take the place of those with their names.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), with places in the given text.
    pub fn extension(&self, text: &str) -> Result<Vec<Definition>> {
        let parsed = parser::parse(text);
        let mut mistakes = parsed.diagnostics;
        let definitions: Vec<Definition> = parsed
            .definitions
            .into_iter()
            .map(|placed| placed.definition)
            .collect();
        if mistakes.is_empty() {
            if let Err(error) = self.with(&definitions) {
                mistakes.extend(error.diagnostics().iter().cloned());
            }
        }
        if mistakes.is_empty() {
            Ok(definitions)
        } else {
            Err(error(mistakes))
        }
    }

    /// These definitions and others, which take the place of those with their names.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(&self, others: &[Definition]) -> Result<Self> {
        let is_replaced = |known: &&Definition| {
            others.iter().any(|other| {
                std::mem::discriminant(other) == std::mem::discriminant(*known)
                    && other.name() == known.name()
            })
        };
        let kept = self.definitions.iter().filter(|known| !is_replaced(known));
        Self::new(kept.chain(others).cloned().collect())
    }

    /// The definitions in the order in which they were written.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The definitions as JSON; numbers are text there, so that no reader makes floats of them.
    pub fn to_json(&self) -> String {
        let json = LibraryJson {
            version: LANGUAGE_VERSION,
            definitions: &self.definitions,
        };
        // Only maps with other keys than text, and foreign types, can fail; there are none.
        serde_json::to_string(&json).unwrap_or_default()
    }
}

impl fmt::Display for Library {
    /// Text that parses back to the same library; one definition a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "onefold segments {LANGUAGE_VERSION}")?;
        for definition in &self.definitions {
            writeln!(f, "{definition}")?;
        }
        Ok(())
    }
}

fn text_name_mistakes(placed: &[parser::Placed], unread: &[Box<str>]) -> Diagnostics {
    let places = placed.iter().map(|placed| {
        let references = placed.references.iter();
        Places {
            definition: &placed.definition,
            name: Place::Text(placed.name.clone()),
            references: references
                .map(|(name, span)| (&**name, Place::Text(span.clone())))
                .collect(),
        }
    });
    check::name_mistakes(&places.collect::<Vec<_>>(), unread)
}

fn tree_name_mistakes(definitions: &[Definition]) -> Diagnostics {
    let places = definitions.iter().enumerate().map(|(index, definition)| {
        let place = Place::Json(format!("/definitions/{index}"));
        let mut found = Vec::new();
        if let Definition::Segment { when, .. } = definition {
            check::references(when, &mut found);
        }
        Places {
            definition,
            references: found
                .into_iter()
                .map(|name| (name, place.clone()))
                .collect(),
            name: place,
        }
    });
    check::name_mistakes(&places.collect::<Vec<_>>(), &[])
}

/// The error for these mistakes.
fn error(mistakes: Diagnostics) -> Error {
    let count = match mistakes.len() {
        1 => "1 mistake in the definitions".to_owned(),
        many => format!("{many} mistakes in the definitions"),
    };
    Error::invalid(count, mistakes)
}

/// The mistakes of [`Library::parse`] with the line of the text each is in.
///
/// ```
/// use onefold_segment::{Library, render};
/// let text = "segment vip = plan = \"pro\"\nsegment best = in vpi";
/// let error = Library::parse(text).unwrap_err();
/// assert_eq!(
///     render(text, error.diagnostics()),
///     "line 2: unknown segment `vpi`\n  segment best = in vpi\n                    ^^^ did you mean `vip`?",
/// );
/// ```
pub fn render(text: &str, mistakes: &[Diagnostic]) -> String {
    let rendered = mistakes.iter().map(|mistake| match &mistake.span {
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", mistake.render(text))
        }
        None => mistake.to_string(),
    });
    rendered.collect::<Vec<_>>().join("\n")
}

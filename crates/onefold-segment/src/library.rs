//! A set of named definitions without a mistake, from text or JSON.

mod apart;
mod json;
mod text;

use std::fmt;

use onefold_event::{Diagnostic, Diagnostics, Error, Result};
use serde::Serialize;

pub(crate) use text::locate;

use crate::{ast::Definition, layout, parser::Placed};

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
#[derive(Serialize)]
struct LibraryJson<'a> {
    version: u32,
    definitions: &'a [Definition],
}

impl Library {
    /// Reads definitions from text.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake as a [`Diagnostic`] that has a span; [`render`] shows each
    /// with its line.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = text::read(text, &[])?;
        let definitions = parsed.definitions.into_iter();
        Ok(Self {
            definitions: definitions.map(|placed| placed.definition).collect(),
        })
    }

    /// The text in the one layout, with its comments.
    ///
    /// A definition of up to 100 characters stands on one line; a longer one has a line for each `and`, `or`
    /// and step. Comments inside and behind a definition move above it; empty lines between definitions are
    /// kept, several as one. What is laid out already stays as it is.
    ///
    /// ```
    /// use onefold_segment::Library;
    /// let text = "segment  vip=plan=\"pro\"   # who pays";
    /// let laid_out = "onefold segments 1\n# who pays\nsegment vip = plan = \"pro\"\n";
    /// assert_eq!(Library::format(text)?, laid_out);
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse): a text with mistakes is not laid out.
    pub fn format(text: &str) -> Result<String> {
        Ok(layout::text(text, &text::read(text, &[])?))
    }

    /// Reads definitions from JSON as [`to_json`](Self::to_json) writes it.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake; a field that is not known is one. The pointer of each leads to the
    /// definition it is in, and where the JSON itself is right, to the part.
    pub fn from_json(json: &str) -> Result<Self> {
        Self::new(json::read(json)?)
    }

    /// Checks definitions that were built as a tree.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake; the pointer of each leads to the part of what
    /// [`to_json`](Self::to_json) would write.
    pub fn new(definitions: Vec<Definition>) -> Result<Self> {
        let mistakes = json::mistakes(&definitions);
        if mistakes.is_empty() {
            return Ok(Self { definitions });
        }
        apart::take_apart(definitions);
        Err(error(mistakes))
    }

    /// Reads more definitions from text that may refer to these, and take the place of those with their names.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), with places in the given text; a mistake that this makes in a definition
    /// that stays has the pointer of that one.
    pub fn extension(&self, text: &str) -> Result<Vec<Definition>> {
        let parsed = text::read(text, &self.definitions)?;
        let definitions = parsed.definitions.into_iter();
        Ok(definitions.map(|placed| placed.definition).collect())
    }

    /// These definitions and others, which take the place of those with their names.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(&self, others: &[Definition]) -> Result<Self> {
        let is_replaced = |known: &&Definition| others.iter().any(|other| other.has_name_of(known));
        let kept = self.definitions.iter().filter(|known| !is_replaced(known));
        Self::new(kept.chain(others).cloned().collect())
    }

    /// The definitions in the order in which they were written.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// As text with one definition a line, however long it is: the same whatever the layout becomes.
    pub(crate) fn one_a_line(&self) -> String {
        let lines = self
            .definitions
            .iter()
            .map(|definition| format!("{definition}\n"));
        format!(
            "onefold segments {LANGUAGE_VERSION}\n{}",
            lines.collect::<String>()
        )
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
    /// Text that parses back to the same library, laid out as [`format`](Self::format) does it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        layout::library(f, &self.definitions)
    }
}

/// The definitions of a text with the places of their parts.
pub(crate) fn placed(text: &str) -> Result<Vec<Placed>> {
    Ok(text::read(text, &[])?.definitions)
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
///     "line 2: SEG0015 unknown segment `vpi`\n  segment best = in vpi\n                    ^^^ did you mean `vip`?",
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

//! Lints: what is allowed and probably not meant.
//!
//! Invariant: a lint is never wrong about what can hold. `never true` is said only where no person, whatever
//! the past, could be a member by that clause.

mod constant;
mod data;
mod logic;
mod walk;

use onefold_event::{Diagnostic, Result};

use crate::{
    catalogue::Catalogue,
    library::{Finder, Library},
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Most probably a slip of the pen: the clause cannot do what it is there for.
    Error,
    /// Probably not meant.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that is allowed and probably not meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Lint {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in which definition, and what to write instead. Its pointer leads to the part of what
    /// [`Library::to_json`] writes.
    pub diagnostic: Diagnostic,
}

impl Library {
    /// What is allowed and probably not meant, as far as the catalogue tells, in the order of the definitions.
    ///
    /// Cost: linear in the library, and for each unknown name in the names of the catalogue.
    pub fn lint(&self, catalogue: &Catalogue) -> Vec<Lint> {
        let found = walk::lints(self.definitions(), catalogue).into_iter();
        found.map(|found| found.lint).collect()
    }

    /// As [`lint`](Self::lint), of a text, each with its place there.
    ///
    /// ```
    /// use onefold_segment::{Catalogue, Library, render};
    /// let text = "segment a = plan = \"pro\" and plan = \"free\"";
    /// let lints = Library::lint_text(text, &Catalogue::default())?;
    /// assert_eq!(
    ///     render(text, &[lints[0].diagnostic.clone()]),
    ///     "line 1: SEG0052 no `plan` is `= \"pro\"` and `= \"free\"` at once
    ///   segment a = plan = \"pro\" and plan = \"free\"
    ///           ^ nobody can be in by this clause",
    /// );
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn lint_text(text: &str, catalogue: &Catalogue) -> Result<Vec<Lint>> {
        let placed = crate::library::placed(text)?;
        let definitions: Vec<_> = placed.iter().map(|p| p.definition.clone()).collect();
        let found = walk::lints(&definitions, catalogue).into_iter();
        let mut finder = Finder::new(text);
        let located = found.map(|found| {
            let mut lint = found.lint;
            let placed = placed.get(found.definition);
            let word = found.word.as_deref();
            let span = placed.map(|placed| finder.locate(placed, found.condition, word));
            lint.diagnostic.pointer.clear();
            lint.diagnostic.span = span;
            lint
        });
        Ok(located.collect())
    }
}

//! Definitions from a file, as text or as JSON.
//!
//! Invariant: every mistake is told, each with its line.

use std::{fs, path::Path};

use onefold::segment::{Catalogue, Library, render};

use crate::exit::Failure;

/// Definitions, and the text that they were read from.
#[derive(Debug)]
pub struct Source {
    /// What was read.
    pub library: Library,
    text: String,
}

/// Reads definitions.
///
/// # Errors
/// As [`Source::read`].
pub fn read(path: &Path) -> Result<Library, Failure> {
    Source::read(path).map(|source| source.library)
}

impl Source {
    /// Reads definitions.
    ///
    /// # Errors
    /// A usage failure with every mistake; a run failure if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::Run(format!("`{shown}` cannot be read: {error}")))?;
        let read = match is_json(&text) {
            true => Library::from_json(&text),
            false => Library::parse(&text),
        };
        match read {
            Ok(library) => Ok(Self { library, text }),
            Err(error) => {
                let mistakes = render(&text, error.diagnostics());
                Err(Failure::Usage(format!("{error} of `{shown}`\n{mistakes}")))
            }
        }
    }

    /// What is allowed and probably not meant, one a line.
    ///
    /// # Errors
    /// None that can occur: the text has been read.
    pub fn lints(&self) -> Result<Vec<String>, Failure> {
        let catalogue = Catalogue::default();
        let lints = match is_json(&self.text) {
            true => self.library.lint(&catalogue),
            false => Library::lint_text(&self.text, &catalogue)?,
        };
        let told = lints.into_iter().map(|lint| {
            let told = render(&self.text, &[lint.diagnostic]);
            format!("{}: {told}", lint.severity.word())
        });
        Ok(told.collect())
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

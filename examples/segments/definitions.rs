//! Definitions from a file, as text or as JSON.
//!
//! Invariant: every mistake is told, each with its line.

use std::{fs, path::Path};

use onefold::segment::{Library, render};
use onefold_examples::exit::Failure;

/// Reads definitions.
///
/// # Errors
/// A usage failure with every mistake; a run failure if the file cannot be read.
pub(crate) fn read(path: &Path) -> Result<Library, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Run(format!("`{shown}` cannot be read: {error}")))?;
    let read = match text.trim_start().starts_with('{') {
        true => Library::from_json(&text),
        false => Library::parse(&text),
    };
    read.map_err(|error| {
        let mistakes = render(&text, error.diagnostics());
        Failure::Usage(format!("{error} of `{shown}`\n{mistakes}"))
    })
}

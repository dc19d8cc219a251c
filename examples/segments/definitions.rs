//! Definitions from a file, as text or as JSON.
//!
//! Invariant: every mistake is told, each with its line.

use std::{fs, io::Write, path::Path};

use onefold::segment::{Library, Plan, render, sql};
use onefold_examples::exit::Failure;

use crate::arguments::Sql;

/// Says what each definition means and costs.
///
/// # Errors
/// As [`read`].
pub(crate) fn check(path: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let library = read(path)?;
    let count = library.definitions().len();
    writeln!(out, "{count} definitions without a mistake")?;
    for sentence in library.english() {
        writeln!(out, "{sentence}")?;
    }
    for cost in Plan::compile(library)?.costs() {
        writeln!(out, "{cost}")?;
    }
    Ok(())
}

/// Writes definitions as one statement.
///
/// # Errors
/// As [`read`]; a usage failure for what the dialect cannot say.
pub(crate) fn write_sql(asked: &Sql, out: &mut dyn Write) -> Result<(), Failure> {
    let plan = Plan::compile(read(&asked.define)?)?;
    let statement = sql::statement(&plan, asked.dialect, &asked.layout, asked.as_of)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(write!(out, "{statement}")?)
}

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

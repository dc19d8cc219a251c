//! Definitions without data: what they mean and cost, and how a warehouse asks them.

use std::{io::Write, path::Path};

use onefold::segment::{Plan, sql};
use onefold_examples::{
    definitions::{self, Source},
    exit::Failure,
};

use crate::arguments::Sql;

/// Says what each definition means and costs, and what is probably not meant.
///
/// # Errors
/// As [`Source::read`].
pub(crate) fn check(path: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let source = Source::read(path)?;
    let count = source.library.definitions().len();
    writeln!(out, "{count} definitions without a mistake")?;
    for lint in source.lints()? {
        writeln!(out, "{lint}")?;
    }
    for sentence in source.library.english() {
        writeln!(out, "{sentence}")?;
    }
    for cost in Plan::compile(source.library)?.costs() {
        writeln!(out, "{cost}")?;
    }
    Ok(())
}

/// Writes definitions as one statement.
///
/// # Errors
/// As [`Source::read`]; a usage failure for what the dialect cannot say.
pub(crate) fn write_sql(asked: &Sql, out: &mut dyn Write) -> Result<(), Failure> {
    let plan = Plan::compile(definitions::read(&asked.define)?)?;
    let statement = sql::statement(&plan, asked.dialect, &asked.layout, asked.as_of)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(write!(out, "{statement}")?)
}

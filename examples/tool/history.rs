//! Events and people from Parquet files into a table for segments.
//!
//! Invariant: only columns that a definition reads are decoded.

use std::path::{Path, PathBuf};

use onefold::{
    connect::ParquetBatches,
    segment::batch::{ColumnNames, Needs, Table},
};

use crate::{
    exit::{Failure, warn},
    progress::Progress,
};

/// Where events and people are.
#[derive(Debug)]
pub struct Files {
    /// A row for each event.
    pub events: PathBuf,
    /// Everybody, with traits as columns; without it, everybody with an event is the universe.
    pub people: Option<PathBuf>,
    /// What the columns are called.
    pub names: ColumnNames,
}

/// Reads what is needed, and puts it in order on so many threads. Warns of rows that could not be used, and of
/// names that no file has.
///
/// # Errors
/// A run failure if a file cannot be read, lacks a column that is no property, or has no row that can be used.
pub fn read(files: &Files, needs: &Needs, threads: usize) -> Result<Table, Failure> {
    let mut builder = Table::builder(needs);
    let names = &files.names;
    if let Some(people) = &files.people {
        builder.close();
        let traits: Vec<&str> = needs.traits().collect();
        let batches = open(people, &traits, &[&names.person], traits.iter().copied())?;
        for batch in batches {
            let batch = batch.map_err(|error| of_file(people, &error))?;
            let added = builder.people_batch(&batch, &names.person);
            added.map_err(|error| of_file(people, &error))?;
        }
    }
    let events = &files.events;
    let properties: Vec<&str> = needs.properties().collect();
    let fixed = [&*names.person, &*names.time, &*names.event];
    let few = properties.iter().copied().chain([&*names.event]);
    let batches = open(events, &properties, &fixed, few)?;
    let rows = batches.rows();
    let mut progress = Progress::new(events.display().to_string())
        .unit("events")
        .of(rows);
    for batch in batches {
        let batch = batch.map_err(|error| of_file(events, &error))?;
        let added = builder.events_batch(&batch, names);
        added.map_err(|error| of_file(events, &error))?;
        progress.add(batch.num_rows() as u64);
    }
    drop(progress);
    let table = builder.finish_on(threads)?;
    let skipped = table.skipped();
    if rows > 0 && skipped.rows() as u64 == rows {
        let message = format!("`{}`: no row can be used: {skipped}", events.display());
        return Err(Failure::Run(message));
    }
    if skipped.rows() > 0 {
        warn(&format!("`{}`: left out {skipped}", events.display()));
    }
    if rows > 0 {
        for name in table.unseen_events() {
            warn(&format!("nobody has the event `{name}`"));
        }
    }
    Ok(table)
}

/// Opens a file for columns that it may have, and those that it must have.
fn open<'n>(
    path: &Path,
    columns: &[&'n str],
    fixed: &[&'n str],
    few: impl Iterator<Item = &'n str>,
) -> Result<ParquetBatches, Failure> {
    let all = columns.iter().chain(fixed).copied();
    let batches = ParquetBatches::open(path, all, few).map_err(|error| of_file(path, &error))?;
    let shown = path.display();
    let has = |name: &str| {
        let whole = |known: &str| known == name || name.split('.').next() == Some(known);
        batches.columns().any(whole)
    };
    if let Some(missing) = fixed.iter().find(|name| !has(name)) {
        let known: Vec<&str> = batches.columns().collect();
        let known = known.join("`, `");
        let message = format!("`{shown}` has no column `{missing}`; it has `{known}`");
        return Err(Failure::Run(message));
    }
    for missing in columns.iter().filter(|name| !has(name)) {
        warn(&format!(
            "`{shown}` has no column `{missing}`, which a definition reads: it is missing everywhere"
        ));
    }
    Ok(batches)
}

fn of_file(path: &Path, error: &onefold::Error) -> Failure {
    let (shown, told) = (path.display().to_string(), error.to_string());
    Failure::Run(match told.contains(&shown) {
        true => told,
        false => format!("`{shown}`: {told}"),
    })
}

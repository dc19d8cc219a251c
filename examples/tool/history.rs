//! Events and people from Parquet files into a table for segments.
//!
//! Invariant: only columns that a definition reads are decoded.

use std::path::{Path, PathBuf};

use onefold::{
    connect::ParquetBatches,
    segment::batch::{ColumnNames, Needs, Table},
};

use crate::{exit::Failure, progress::Progress};

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

/// Reads what is needed, and puts it in order on so many threads.
///
/// # Errors
/// A run failure if a file cannot be read or lacks a column that is no property.
pub fn read(files: &Files, needs: &Needs, threads: usize) -> Result<Table, Failure> {
    let mut builder = Table::builder(needs);
    let names = &files.names;
    if let Some(people) = &files.people {
        builder.close();
        let columns = needs.traits().chain([&*names.person]);
        for batch in ParquetBatches::open(people, columns, needs.traits())? {
            let added = builder.people_batch(&batch?, &names.person);
            added.map_err(|error| of_file(people, &error))?;
        }
    }
    let events = &files.events;
    let properties: Vec<&str> = needs.properties().collect();
    let fixed = [&*names.person, &*names.time, &*names.event];
    let columns = properties.iter().copied().chain(fixed);
    let few = properties.iter().copied().chain([&*names.event]);
    let batches = ParquetBatches::open(events, columns, few)?;
    let mut progress = Progress::new(events.display().to_string())
        .unit("events")
        .of(batches.rows());
    for batch in batches {
        let batch = batch?;
        let added = builder.events_batch(&batch, names);
        added.map_err(|error| of_file(events, &error))?;
        progress.add(batch.num_rows() as u64);
    }
    drop(progress);
    Ok(builder.finish_on(threads)?)
}

fn of_file(path: &Path, error: &onefold::Error) -> Failure {
    Failure::Run(format!("`{}`: {error}", path.display()))
}

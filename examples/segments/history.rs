//! Events and people from Parquet files into a table.
//!
//! Invariant: only columns that a definition reads are decoded.

use std::path::Path;

use onefold::{
    connect::ParquetBatches,
    segment::batch::{Needs, Table},
};
use onefold_examples::{exit::Failure, progress::Progress};

use crate::arguments::Arguments;

/// Reads what is needed.
///
/// # Errors
/// A run failure if a file cannot be read or lacks a column that is no property.
pub(crate) fn read(arguments: &Arguments, needs: &Needs) -> Result<Table, Failure> {
    let mut builder = Table::builder(needs);
    let names = &arguments.names;
    if let Some(people) = &arguments.people {
        builder.close();
        let columns = needs.traits().chain([&*names.person]);
        for batch in ParquetBatches::open(people, columns, needs.traits())? {
            let added = builder.people_batch(&batch?, &names.person);
            added.map_err(|error| of_file(people, &error))?;
        }
    }
    let events = &arguments.events;
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
    Ok(builder.finish_on(arguments.threads.get())?)
}

fn of_file(path: &Path, error: &onefold::Error) -> Failure {
    Failure::Run(format!("`{}`: {error}", path.display()))
}

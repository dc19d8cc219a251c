//! One evaluation: read, evaluate, write, report.

use std::io::Write;

use onefold::segment::{Plan, batch::Needs};
use onefold_examples::{
    exit::{Failure, warn, write_json},
    history,
    measure::Stages,
    usage::peak_mib,
};

use crate::{arguments::Arguments, definitions, members, report::Report};

/// Does the whole work.
///
/// # Errors
/// A usage failure for wrong definitions; a run failure if the data cannot be read or evaluated.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let mut stages = Stages::start();
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    let threads = arguments.threads.get();
    let table = history::read(&arguments.files, &Needs::of(&plan), threads)?;
    stages.end("read");
    if table.skipped().rows() > 0 {
        let skipped = table.skipped();
        warn(&format!(
            "{skipped} rows have no id, no time or no event and were left out"
        ));
    }
    let members = members::find(&plan, &table, arguments)?;
    stages.end("evaluate");
    if let Some(path) = &arguments.out {
        members.write(&table, path)?;
    }
    let report = Report::new(&members, &table, stages, peak_mib());
    match arguments.json {
        true => write_json(out, &report),
        false => Ok(writeln!(out, "{report}")?),
    }
}

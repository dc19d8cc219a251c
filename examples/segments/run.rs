//! One evaluation: read, evaluate, write, report.

use std::io::Write;

use onefold::segment::{Plan, batch::Needs};
use onefold_examples::{
    definitions,
    exit::{Failure, warn, write_json},
    history,
    measure::Stages,
    usage::peak_mib,
};

use crate::{arguments::Arguments, members, report::Report};

/// Does the whole work.
///
/// # Errors
/// A usage failure for wrong definitions; a run failure if the data cannot be read or evaluated.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let mut stages = Stages::start();
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    if plan.asks_about_organisations() {
        warn("files have no organisations: nobody belongs to one");
    }
    if plan.asks_about_consent() {
        warn("files have no consent: each state is `unknown`");
    }
    let threads = arguments.threads.get();
    let table = history::read(&arguments.files, &Needs::of(&plan), threads)?;
    stages.end("read");
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

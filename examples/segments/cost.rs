//! What each segment makes an evaluation look at.

use std::io::Write;

use onefold::segment::{
    Plan,
    batch::{self, Needs},
};
use onefold_examples::{
    definitions,
    exit::{Failure, write_json},
    history,
};

use crate::arguments::Arguments;

/// Counts, and tells the segment with the most entries first.
///
/// # Errors
/// A usage failure for wrong definitions; a run failure if the data cannot be read or evaluated.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    let table = history::read(&arguments.files, &Needs::of(&plan), arguments.threads.get())?;
    let mut work = batch::work(&plan, &table, arguments.as_of, arguments.options())?;
    work.sort_by_key(|segment| std::cmp::Reverse(segment.share.entries));
    if arguments.json {
        return write_json(out, &work);
    }
    for segment in &work {
        writeln!(out, "{segment}")?;
    }
    Ok(())
}

//! What became of the members of a segment.

use std::io::Write;

use onefold::{
    event::Timestamp,
    segment::{
        Plan,
        backtest::{Followed, Hypothesis, backtest},
        batch::Needs,
    },
};
use onefold_examples::{
    definitions,
    exit::{Failure, write_json},
    history,
};

use crate::arguments::Arguments;

/// Follows members and all others to an outcome.
///
/// # Errors
/// A usage failure for wrong definitions and for a hypothesis that cannot be tested; a run failure if the data cannot be
/// read or evaluated.
pub(crate) fn run(
    arguments: &Arguments,
    segment: &str,
    (outcome, until): (&str, Timestamp),
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    let usage = |error: onefold::Error| Failure::Usage(error.to_string());
    let plan = plan.only(&[segment, outcome]).map_err(usage)?;
    let table = history::read(&arguments.files, &Needs::of(&plan), arguments.threads.get())?;
    let asked = Hypothesis {
        segment,
        at: arguments.as_of,
        outcome,
        until,
    };
    let found = backtest(&plan, &table, &asked, arguments.options()).map_err(usage)?;
    if arguments.json {
        return write_json(out, &found);
    }
    writeln!(out, "{}", told(&format!("in {segment}"), &found.members))?;
    writeln!(out, "{}", told("all others", &found.others))?;
    match found.lift() {
        Some(lift) => Ok(writeln!(out, "lift {lift:.2}")?),
        None => Ok(()),
    }
}

fn told(who: &str, followed: &Followed) -> String {
    let (with, people) = (followed.with_outcome, followed.people());
    let Some(rate) = followed.rate() else {
        return format!("{who}: nobody");
    };
    let [share, low, high] = [rate.share, rate.low, rate.high].map(|share| share * 100.0);
    format!("{who}: {with} of {people}, {share:.2} % ({low:.2} to {high:.2})")
}

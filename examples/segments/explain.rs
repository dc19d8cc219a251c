//! Why a person is in a segment or not.

use std::io::Write;

use onefold::{
    event::{AnchorId, Occurrence},
    segment::{
        Explanation, Live, Plan,
        batch::{self, Id, Needs, Options},
    },
};
use onefold_examples::{
    definitions,
    exit::{Failure, write_json},
    history,
};

use crate::arguments::Arguments;

/// Explains one person's membership: a proof tree, the events that decided it, what would change it.
///
/// # Errors
/// A usage failure for wrong definitions and unknown names; a run failure if the data cannot be read.
pub(crate) fn run(
    arguments: &Arguments,
    person: &str,
    segment: &str,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    if !plan.segments().any(|known| known == segment) {
        let known: Vec<&str> = plan.segments().collect();
        let known = known.join("`, `");
        return Err(Failure::Usage(format!(
            "there is no segment `{segment}`; there are `{known}`"
        )));
    }
    let table = history::read(&arguments.files, &Needs::of(&plan), arguments.threads.get())?;
    let number = person.parse().ok().map(Id::Number);
    let ids = [number, Some(Id::Text(person))];
    let Some(place) = ids.into_iter().flatten().find_map(|id| table.person(id)) else {
        return Err(Failure::Run(format!("there is no person `{person}`")));
    };
    let options = Options {
        threads: arguments.threads.get(),
        ..Options::default()
    };
    // What depends on others is worked out for everybody first.
    let answers = batch::evaluate(&plan, &table, arguments.as_of, options)?;
    let standing = answers.standing(&plan, &table);
    let mut live = Live::standing(plan, standing)?;
    let anchor = AnchorId(0);
    // What comes later is not known yet.
    let past = table.history(place).into_iter();
    for happened in past.filter(|happened| happened.time() < arguments.as_of) {
        live.observe(anchor, &happened);
    }
    let known = table.known(place);
    let Some(explanation) = live.explain(segment, &[anchor], &known, arguments.as_of) else {
        let message = format!("`{segment}` cannot be explained for one person");
        return Err(Failure::Run(message));
    };
    if arguments.json {
        return write_json(out, &explanation);
    }
    writeln!(out, "{explanation}")?;
    tell_deciding(&explanation, out)?;
    if let Some(outlook) = &explanation.outlook {
        writeln!(out, "{outlook}")?;
    }
    Ok(())
}

/// Says which events decided each clause.
fn tell_deciding(explanation: &Explanation, out: &mut dyn Write) -> Result<(), Failure> {
    if !explanation.occurrences.is_empty() {
        let deciding = explanation.occurrences.iter();
        // Positions count a person's events from 0.
        let told = deciding.map(|one| format!("{} (event {})", one.time, one.position.0 + 1));
        let told: Vec<String> = told.collect();
        writeln!(
            out,
            "decided by {}: {}",
            told.join(", "),
            explanation.clause
        )?;
    }
    explanation
        .parts
        .iter()
        .try_for_each(|part| tell_deciding(part, out))
}

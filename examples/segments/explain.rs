//! Why a person is in a segment or not.

use std::io::Write;

use onefold::{
    event::AnchorId,
    segment::{
        Live, Plan,
        batch::{self, Id, Needs, Options},
    },
};
use onefold_examples::{exit::Failure, history};

use crate::{arguments::Arguments, definitions};

/// Explains one person's membership as a proof tree.
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
    for happened in table.history(place) {
        live.observe(anchor, &happened);
    }
    let known = table.known(place);
    match live.explain(segment, &[anchor], &known, arguments.as_of) {
        Some(explanation) => Ok(writeln!(out, "{explanation}")?),
        None => Err(Failure::Run(format!(
            "`{segment}` cannot be explained for one person"
        ))),
    }
}

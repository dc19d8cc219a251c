//! Sizes from a sample of people.

use std::io::Write;

use onefold::segment::{
    Plan,
    batch::Needs,
    estimate::{Estimate, Sample, Told},
};
use onefold_examples::{
    definitions,
    exit::{Failure, write_json},
    history,
    measure::Stages,
};
use serde::Serialize;

use crate::arguments::Arguments;

/// Which people a sample takes; anything else would do.
const SALT: &str = "estimate";

#[derive(Serialize)]
struct Answers {
    sampled: usize,
    universe: usize,
    segments: Vec<Answer>,
    seconds: Stages,
}

/// Of one segment, or of several together.
#[derive(Serialize)]
struct Answer {
    of: String,
    #[serde(flatten)]
    estimate: Estimate,
}

/// Draws a sample, and tells the size of each segment and what those that are named have in common.
///
/// # Errors
/// A usage failure for wrong definitions, and for segments of which no sample can tell if they are named; a run failure
/// if the data cannot be read or evaluated.
pub(crate) fn run(
    arguments: &Arguments,
    segments: &[String],
    people_max: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut stages = Stages::start();
    let plan = Plan::compile(definitions::read(&arguments.define)?)?;
    let table = history::read(&arguments.files, &Needs::of(&plan), arguments.threads.get())?;
    stages.end("read");
    let sample = Sample::of(&table, people_max, SALT)?;
    drop(table);
    stages.end("sample");
    let told = sample.ask(&plan, arguments.as_of, arguments.options())?;
    stages.end("evaluate");
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let answers = Answers {
        sampled: sample.people(),
        universe: sample.universe(),
        segments: match names.is_empty() {
            true => of_all(&plan, &told),
            false => together(&names, &told)?,
        },
        seconds: stages,
    };
    match arguments.json {
        true => write_json(out, &answers),
        false => tell(&answers, out),
    }
}

/// The size of every segment of which a sample can tell.
fn of_all(plan: &Plan, told: &Told<'_>) -> Vec<Answer> {
    let sized = plan.segments().filter_map(|segment| {
        let (of, estimate) = (segment.to_owned(), told.size(segment).ok()?);
        Some(Answer { of, estimate })
    });
    sized.collect()
}

fn together(segments: &[&str], told: &Told<'_>) -> Result<Vec<Answer>, Failure> {
    let usage = |error: onefold::Error| Failure::Usage(error.to_string());
    let mut answers = Vec::new();
    for segment in segments {
        let (of, estimate) = ((*segment).to_owned(), told.size(segment).map_err(usage)?);
        answers.push(Answer { of, estimate });
    }
    if segments.len() > 1 {
        let (of, estimate) = ("all of them".into(), told.overlap(segments).map_err(usage)?);
        answers.push(Answer { of, estimate });
        let (of, estimate) = ("any of them".into(), told.reach(segments).map_err(usage)?);
        answers.push(Answer { of, estimate });
    }
    Ok(answers)
}

fn tell(answers: &Answers, out: &mut dyn Write) -> Result<(), Failure> {
    let (sampled, universe) = (answers.sampled, answers.universe);
    writeln!(
        out,
        "from {sampled} of {universe} people, with 95 % confidence:"
    )?;
    for Answer { of, estimate } in &answers.segments {
        let Estimate { people, low, high } = estimate;
        writeln!(out, "{people:>10}  {of} ({low} to {high})")?;
    }
    Ok(())
}

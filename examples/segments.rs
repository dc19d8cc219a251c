//! Segments over anybody's files: from a definition and Parquet to members, the same on every evaluator.

use std::{io::Write, process::ExitCode};

use onefold_examples::exit::{Failure, exit};

#[path = "segments/arguments.rs"]
mod arguments;
#[path = "segments/backtest.rs"]
mod backtest;
#[path = "segments/cost.rs"]
mod cost;
#[path = "segments/definitions.rs"]
mod definitions;
#[path = "segments/diff.rs"]
mod diff;
#[path = "segments/estimate.rs"]
mod estimate;
#[path = "segments/explain.rs"]
mod explain;
#[path = "segments/live.rs"]
mod live;
#[path = "segments/members.rs"]
mod members;
#[path = "segments/report.rs"]
mod report;
#[path = "segments/run.rs"]
mod run;

use arguments::Command;

const HELP: &str = "\
Finds the members of segments, from their definition and files of events and people.

usage: segments --events EVENTS.parquet [--people PEOPLE.parquet] --define FILE.segments --as-of TIME
         [--person COLUMN --time COLUMN --event COLUMN] [--evaluator batch|live|reference] [--threads N]
         [--json] [--out MEMBERS.parquet]
       segments check FILE.segments
       segments fmt FILE.segments
       segments sql duckdb|postgres|clickhouse|spark|bigquery|snowflake --define FILE.segments --as-of TIME
       segments explain PERSON SEGMENT --events EVENTS.parquet [--people PEOPLE.parquet] --define FILE.segments
         --as-of TIME
       segments diff OLD.segments NEW.segments --events EVENTS.parquet [--people PEOPLE.parquet] --as-of TIME
       segments cost|estimate [SEGMENT ...]|backtest SEGMENT OUTCOME --events EVENTS.parquet
         [--people PEOPLE.parquet] --define FILE.segments --as-of TIME [--sample N] [--until TIME]

  cost              what each segment makes an evaluation look at: its share, and alone
  estimate          the size of each segment from a sample of people, with bounds; of the segments that are named, also
                    how many people are in all of them and in any
  backtest          of the members of SEGMENT as of --as-of and of all others, how many are in OUTCOME as of --until

       (a PERSON that begins with - stands behind --: segments explain --events .. -- -1 SEGMENT)

  --events FILE     what happened: a row for each event, in any order; rows of one person at one time keep theirs.
                    Columns beside those below are properties
  --people FILE     everybody, with traits as columns. They are the universe; without this file, everybody with an
                    event is
  --define FILE     the definitions, as text or as JSON
  --as-of TIME      the instant that is asked about (RFC 3339 or a date); only events before it count
  --person COLUMN   whose a row is, in both files: whole numbers or text; default user_id
  --time COLUMN     when it happened; default ts
  --event COLUMN    what happened; default event
  --evaluator NAME  batch (default), live or reference; the members are the same
  --threads N       evaluate on N threads; default 1. The members are the same with any number
  --out FILE        write the members here as Parquet (segment,person), sorted
  --sample N        of `estimate`: so many people; default 16384
  --until TIME      of `backtest`: when the outcome is looked at, after --as-of
  --tie COLUMN      of `sql`: the column of the events that orders rows of one person at one time
  --json            print one JSON object
  --help            print this

exit code: 0 done, 1 the data or the run failed, 2 wrong usage or a wrong definition";

fn main() -> ExitCode {
    exit("segments", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    match arguments::parse(parser)? {
        Command::Help => Ok(writeln!(out, "{HELP}")?),
        Command::Check(file) => definitions::check(&file, out),
        Command::Format(file) => Ok(write!(
            out,
            "{}",
            onefold_examples::definitions::read(&file)?
        )?),
        Command::Sql(sql) => definitions::write_sql(&sql, out),
        Command::Evaluate(arguments) => run::run(&arguments, out),
        Command::Explain(arguments, person, segment) => {
            explain::run(&arguments, &person, &segment, out)
        }
        Command::Diff(arguments, old, new) => diff::run(&arguments, &old, &new, out),
        Command::Cost(arguments) => cost::run(&arguments, out),
        Command::Estimate(arguments, segments, people) => {
            estimate::run(&arguments, &segments, people, out)
        }
        Command::Backtest(arguments, [segment, outcome], until) => {
            backtest::run(&arguments, &segment, (&outcome, until), out)
        }
    }
}

#[cfg(test)]
#[path = "segments/tests.rs"]
mod tests;

#[cfg(test)]
#[test]
fn runs() {
    tests::check_a_run();
}

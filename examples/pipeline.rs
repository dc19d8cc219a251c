//! Anybody's files, from a configuration to an audience, without writing Rust.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool talks to its terminal")]

use std::{path::PathBuf, process::ExitCode};

use onefold::Timestamp;
use onefold_examples::{
    exit::{Failure, exit},
    run::{Options, run},
};

const HELP: &str = "\
Reads the sources of a configuration into a store and answers its questions.

usage: pipeline CONFIG.toml [--store DIR] [--as-of TIME] [--json]

  --store DIR   keep everything in this folder; without it, in memory
  --as-of TIME  answer as of this instant (RFC 3339, or a date: midnight UTC);
                without it, just after the newest event
  --json        print one JSON object
  --help        print this

exit code: 0 done, 1 the data or the run failed, 2 wrong usage
The keys of CONFIG.toml are described in docs/guide/1-first-audience.md.";

#[derive(Default)]
struct Arguments {
    config: Option<PathBuf>,
    store: Option<PathBuf>,
    as_of: Option<Timestamp>,
    json: bool,
    help: bool,
}

fn main() -> ExitCode {
    exit("pipeline", || work(lexopt::Parser::from_env()))
}

fn work(parser: lexopt::Parser) -> Result<(), Failure> {
    let arguments = parse(parser)?;
    if arguments.help {
        println!("{HELP}");
        return Ok(());
    }
    let config = arguments.config.ok_or_else(|| Failure::Usage("no CONFIG.toml is given".into()))?;
    let options = Options { store: arguments.store.as_deref(), as_of: arguments.as_of };
    let report = run(&config, &options)?;
    match arguments.json {
        true => println!("{}", serde_json::to_string(&report).map_err(|error| Failure::Run(error.to_string()))?),
        false => println!("{report}"),
    }
    Ok(())
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("store") => arguments.store = Some(parser.value()?.into()),
            Long("as-of") => {
                let text = parser.value()?.string()?;
                arguments.as_of = Some(text.parse().map_err(|error: onefold::Error| Failure::Usage(error.to_string()))?);
            }
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            Value(path) if arguments.config.is_none() => arguments.config = Some(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

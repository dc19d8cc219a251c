//! Why two rows are in one cluster of `link_people`, or in two: path, waterfalls, weakest bridge.

use std::{io::Write, path::PathBuf, process::ExitCode};

use onefold::{connect::WholeFile, identity::explain};
use onefold_examples::{
    exit::{Failure, exit, write_json},
    linkage::Linkage,
};

#[path = "why_merged/answer.rs"]
mod answer;
#[path = "why_merged/clusters.rs"]
mod clusters;
#[path = "why_merged/engine.rs"]
mod engine;

const HELP: &str = "\
Tells why two rows are in one cluster that `link_people` wrote, or in two.

usage: why_merged CLUSTERS.csv A B [--json] [--html FILE]

  CLUSTERS.csv  what `link_people` wrote, with the .model.json beside it; the inputs are read again by the
                paths they were given by, and must be what they were
  A, B          an id, or FILE:ROW with the path as it was given and the row counted from 0
  --html FILE   write a page with pictures here too
  --json        print one JSON object
  --help        print this

exit code: 0 done, 1 the data or the run failed, 2 wrong usage";

#[derive(Default)]
struct Arguments {
    clusters: Option<PathBuf>,
    rows: Vec<String>,
    html: Option<PathBuf>,
    json: bool,
    help: bool,
}

fn main() -> ExitCode {
    exit("why_merged", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let arguments = parse(parser)?;
    if arguments.help {
        return Ok(writeln!(out, "{HELP}")?);
    }
    let (Some(path), [a, b]) = (&arguments.clusters, arguments.rows.as_slice()) else {
        return Err(Failure::Usage("give CLUSTERS.csv and two rows".into()));
    };
    let linkage = Linkage::read(&Linkage::beside(path))?;
    let clusters = clusters::Clusters::read(path, &linkage)?;
    let (a, b) = clusters.find_both(a, b)?;
    let answer = engine::with_engine(&linkage, |engine| {
        answer::answer(engine, &clusters, &linkage, a, b)
    })?;
    if let Some(html) = &arguments.html {
        refuse_overwriting(html, path, &linkage)?;
        let mut file = WholeFile::create(html)?;
        file.write_all(explain::page(&answer.report).as_bytes())?;
        file.commit()?;
    }
    match arguments.json {
        true => write_json(out, &answer),
        false => Ok(writeln!(out, "{answer}")?),
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("html") => arguments.html = Some(parser.value()?.into()),
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            Value(path) if arguments.clusters.is_none() => arguments.clusters = Some(path.into()),
            Value(row) if arguments.rows.len() < 2 => arguments.rows.push(row.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

fn refuse_overwriting(
    html: &std::path::Path,
    clusters: &std::path::Path,
    linkage: &Linkage,
) -> Result<(), Failure> {
    let inputs = linkage
        .inputs
        .iter()
        .map(|input| PathBuf::from(&input.file));
    let mut read = inputs.chain([clusters.to_owned(), Linkage::beside(clusters)]);
    match read.any(|path| onefold_examples::inputs::is_same_file(&path, html)) {
        true => Err(Failure::Usage(format!(
            "`{}` is read, so it is not written; give another path",
            html.display()
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
#[path = "why_merged/tests.rs"]
mod tests;

#[cfg(test)]
#[test]
fn runs() {
    tests::check_a_run();
}

//! Which rows of files are one person or organisation: from CSV to clusters, with a model that is trained on the way.

use std::{io::Write, process::ExitCode};

use onefold_examples::exit::{Failure, exit, write_json};

#[path = "link_people/arguments.rs"]
mod arguments;
#[path = "link_people/judge.rs"]
mod judge;
#[path = "link_people/outputs.rs"]
mod outputs;
#[path = "link_people/report.rs"]
mod report;
#[path = "link_people/run.rs"]
mod run;
#[path = "link_people/score.rs"]
mod score;

const HELP: &str = "\
Finds the rows that are one person or organisation, and writes the cluster of each row.

usage: link_people FILE.csv[.gz] [FILE2 ...] (--auto | --settings SETTINGS.json | --splink MODEL.json)
         [--link-only] [--id COLUMN] [--threshold P] [--truth COLUMN]
         --out CLUSTERS.csv [--pairs PAIRS.parquet] [--json] [--threads N]

  FILE.csv          a table with a header line, parted by `,`, tab, `;` or `|`; plain, gzip or zstd. Of several
                    files, columns of one name are one column
  --auto            find out from the columns what to compare and how, and say why
  --settings FILE   settings as JSON, or the CLUSTERS.model.json of an earlier run, whose model is used as it is
  --splink FILE     a model that Splink saved
  --link-only       compare rows of two files only, never of one
  --id COLUMN       write the value of this column beside each row; --auto does not compare it
  --threshold P     rows are linked at this probability or more; default 0.95
  --truth COLUMN    rows with one value here are truly one: tell how good the clusters are. It is never compared;
                    rows without a value are not judged
  --out FILE        write the clusters here (file,row,id,cluster), and model and inputs beside it (.model.json)
  --pairs FILE      write the scored pairs here as Parquet (file_l,row_l,file_r,row_r,weight,probability), those of
                    -10 bits or more
  --threads N       compare on N threads; default 1. The outputs are the same with any number
  --json            print one JSON object
  --help            print this

exit code: 0 done, 1 the data or the run failed, 2 wrong usage";

fn main() -> ExitCode {
    exit("link_people", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(arguments) = arguments::parse(parser)? else {
        return Ok(writeln!(out, "{HELP}")?);
    };
    let report = run::run(&arguments)?;
    match arguments.json {
        true => write_json(out, &report),
        false => Ok(writeln!(out, "{report}")?),
    }
}

#[cfg(test)]
#[path = "link_people/tests.rs"]
mod tests;

#[cfg(test)]
#[test]
fn runs() {
    tests::check_a_run();
}

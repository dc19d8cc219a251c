//! Anybody's files, from a configuration to an audience, without writing Rust.

use std::{io::Write, path::PathBuf, process::ExitCode};

use onefold::Timestamp;
use onefold_examples::{
    exit::{Failure, exit, warn, write_json},
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
    exit("pipeline", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let arguments = parse(parser)?;
    if arguments.help {
        return Ok(writeln!(out, "{HELP}")?);
    }
    let config = arguments
        .config
        .ok_or_else(|| Failure::Usage("no CONFIG.toml is given".into()))?;
    let options = Options {
        store: arguments.store.as_deref(),
        as_of: arguments.as_of,
    };
    let report = run(&config, &options)?;
    match arguments.json {
        true => {
            report.warnings.iter().for_each(|warning| warn(warning));
            write_json(out, &report)?;
        }
        false => writeln!(out, "{report}")?,
    }
    // Who reads both streams on one terminal reads the report first.
    out.flush()?;
    report.ended()
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("store") => arguments.store = Some(parser.value()?.into()),
            Long("as-of") => {
                let text = parser.value()?.string()?;
                arguments.as_of = Some(
                    text.parse()
                        .map_err(|error: onefold::Error| Failure::Usage(error.to_string()))?,
                );
            }
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            Value(path) if arguments.config.is_none() => arguments.config = Some(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use onefold::Decimal;
    use onefold_examples::report::Report;

    use super::*;

    fn run_config(name: &str, as_of: Option<&str>) -> Report {
        let config = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("configs")
            .join(name);
        let as_of = as_of.map(|text| text.parse().unwrap());
        run(&config, &Options { store: None, as_of })
            .unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    /// `false`, and says so, where the shared data is not there.
    fn has_shared(file: &str) -> bool {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        let shared = std::env::var_os("ONEFOLD_SHARED").map_or(beside, Into::into);
        let there = shared.join("data").join(file).exists();
        if !there {
            println!("skipped: `{file}` is not in the shared data");
        }
        there
    }

    #[test]
    fn runs() {
        let report = run_config("shop.toml", Some("2026-02-01"));
        // A receipt without a card or an address belongs to nobody, so a sum over people lacks it.
        let truth = include_str!("data/shop/truth.json");
        let truth: serde_json::Value = serde_json::from_str(truth).unwrap();
        for (total, known) in [
            ("web_revenue", "web_revenue"),
            ("till_sold", "pos_gross_of_people"),
            ("till_returned", "pos_returned_of_people"),
        ] {
            let known: Decimal = truth[known].as_str().unwrap().parse().unwrap();
            assert_eq!(report.totals[total], known, "{total}");
        }
        assert!(report.audiences["newsletter"].members > 0);
        let json = serde_json::to_value(&report).unwrap();
        for key in [
            "events",
            "people",
            "merges",
            "segments",
            "totals",
            "audiences",
            "seconds",
            "peak_mib",
        ] {
            assert!(json.get(key).is_some(), "`{key}` is missing");
        }
    }

    #[test]
    fn a_real_shop_by_lines() {
        if has_shared("insight/online_retail/online_retail.csv.gz") {
            let report = run_config("online_retail_lines.toml", None);
            assert_eq!(report.events.accepted, 541_909);
            check_real_shop(&report);
        }
    }

    #[test]
    fn a_real_shop_by_events() {
        if has_shared("events/online_retail_events/events.jsonl.gz") {
            let report = run_config("online_retail_events.toml", None);
            assert_eq!(report.events.accepted, 30_272);
            check_real_shop(&report);
        }
    }

    /// The known answers of the set: 4,372 customers, 4,338 buyers, gross and returned of the buyers.
    fn check_real_shop(report: &Report) {
        assert_eq!(report.people, 4_372);
        assert_eq!(report.segments["buyers"], 4_338);
        let cents = |name: &str| format!("{:.2}", report.totals[name]);
        assert_eq!(cents("gross"), "8911407.90");
        assert_eq!(cents("returned"), "600930.85");
    }

    #[test]
    fn wrong_usage_is_told_apart() {
        for arguments in [
            &["--nonsense"][..],
            &[],
            &["a.toml", "b.toml"],
            &["a.toml", "--as-of", "yesterday"],
        ] {
            let parser = lexopt::Parser::from_args(arguments.iter().copied());
            assert!(
                matches!(work(parser, &mut std::io::sink()), Err(Failure::Usage(_))),
                "{arguments:?}"
            );
        }
    }
}

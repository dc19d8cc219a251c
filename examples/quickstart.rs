//! The main job: a shop's raw exports in, an audience that may be contacted out, every answer explained.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool talks to its terminal"
)]

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use onefold::{
    FateCounts, Identifier, ManualClock, Onefold, Snapshot, Timestamp, connect::ParquetFile,
};
use onefold_examples::{
    config::Config,
    exit::{Failure, exit},
    report::SourceReport,
    run::{builder, columns, read_sources},
    usage::Stopwatch,
};

const HELP: &str = "\
Reads the exports of a made-up shop (examples/data/shop) into a store, and shows what was read, who
is one person and why, who is in each segment, and who may be sent the newsletter.

usage: quickstart [--store DIR]

  --store DIR  the folder of the store; without it, target/quickstart-store
  --help       print this

A second run on the same store finds only duplicates. Answers are as of 2026-02-01.
exit code: 0 done, 1 the data or the run failed, 2 wrong usage";

/// The day on which the shop is looked at.
const AS_OF: &str = "2026-02-01";

fn main() -> ExitCode {
    exit("quickstart", || {
        let Some(store) = parse(lexopt::Parser::from_env())? else {
            println!("{HELP}");
            return Ok(());
        };
        work(&store).map(|_fates| ())
    })
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<PathBuf>, Failure> {
    use lexopt::prelude::{Long, Short};
    let mut store = PathBuf::from("target/quickstart-store");
    while let Some(argument) = parser.next()? {
        match argument {
            Long("store") => store = parser.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(store))
}

fn work(store: &Path) -> Result<FateCounts, Failure> {
    let watch = Stopwatch::start();
    let as_of: Timestamp = AS_OF.parse()?;
    let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/shop.toml");
    let config = Config::read(&configuration)?;
    let hub = builder(&config).clock(ManualClock::at(as_of)).open(store)?;

    println!("1. Read: every line is accounted for\n");
    let sources = read_sources(&config, &Config::base(&configuration), &hub)?;
    show_sources(&sources);

    let snapshot = hub.snapshot();
    println!("\n2. Who is one person, and why\n");
    show_people(&snapshot);

    println!("\n3. Segments as of {AS_OF}\n");
    for segment in snapshot.segments() {
        println!(
            "  {segment:<16} {:>4} members",
            snapshot.members_as_of(segment, as_of)?.len()
        );
    }

    println!("\n4. One person, whole\n");
    show_person(&snapshot, as_of)?;

    println!("\n5. Who may be sent the newsletter, and who not\n");
    let file = store.with_file_name("quickstart-newsletter.parquet");
    send_newsletter(&hub, &config, as_of, &file)?;

    let usage = watch.read();
    println!("\nstate {}", snapshot.dump().sha256());
    println!(
        "{:.2} s. Run it again: everything will be a duplicate.",
        usage.seconds.wall
    );
    drop(snapshot);
    let fates = hub.fates();
    hub.close()?;
    Ok(fates)
}

fn show_sources(sources: &[SourceReport]) {
    for source in sources {
        print!("{source}");
    }
}

fn show_people(snapshot: &Snapshot) {
    println!(
        "  {} people out of {} merges",
        snapshot.people_count(),
        snapshot.merges_count()
    );
    for merge in snapshot.merges().take(3) {
        println!("  merged: {}", merge.because);
    }
    let refusals: Vec<_> = snapshot.refusals().collect();
    println!(
        "  {} links were refused and are held, for example",
        refusals.len()
    );
    for refusal in refusals.iter().take(3) {
        println!("  {refusal}");
    }
}

fn show_person(snapshot: &Snapshot, as_of: Timestamp) -> Result<(), Failure> {
    // Somebody with many identifiers shows most.
    let Some(person) = snapshot
        .people()
        .max_by_key(|person| person.identifiers().len())
    else {
        return Ok(());
    };
    println!("  {}", person.id());
    let identifiers: Vec<Identifier> = person.identifiers().into_iter().cloned().collect();
    for identifier in &identifiers {
        println!("    {identifier}");
    }
    if let [first, .., last] = &identifiers[..]
        && let Some(path) = snapshot.why(first, last)
    {
        println!(
            "  why `{first}` and `{last}` are one person\n{}",
            indent(&path.to_string())
        );
    }
    println!("  golden record");
    for (name, value) in person.profile_as_of(as_of).iter() {
        println!("    {name:<12} {value}");
    }
    if let Some(why) = person.why_trait("city") {
        println!("  why `city` has its value\n{}", indent(&why.to_string()));
    }
    let why = person.why_segment("recent_buyers", as_of)?;
    println!(
        "  why, or why not, `recent_buyers`\n{}",
        indent(&why.to_string())
    );
    Ok(())
}

fn send_newsletter(
    hub: &Onefold,
    config: &Config,
    as_of: Timestamp,
    file: &Path,
) -> Result<(), Failure> {
    let newsletter = config
        .audiences
        .first()
        .ok_or_else(|| Failure::Run("no audience".into()))?;
    let audience = hub
        .snapshot()
        .audience(&newsletter.segment, &newsletter.request(), as_of)?;
    let (members, withheld) = (audience.members().len(), audience.withheld().len());
    println!("  {members} may be contacted, {withheld} are withheld:");
    for (reason, count) in audience.reasons() {
        println!("    {count:>3} {reason}");
    }
    let mut shown = std::collections::BTreeSet::new();
    for withheld in audience.withheld() {
        if shown.insert(withheld.denial.reason) {
            println!("  for example {}: {}", withheld.person, withheld.denial);
        }
    }
    let fields = ["email", "firstName", "lastName", "city", "web_revenue"];
    let deliveries = audience.deliver(&ParquetFile::create(file, columns(&fields)?)?, &fields)?;
    println!("  wrote {} rows to {}", deliveries.len(), file.display());
    Ok(())
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let first = work(&store).unwrap_or_else(|failure| panic!("{failure:?}"));
        // The traps that the shop's README counts: repeated messages, broken lines.
        assert_eq!(first.duplicate, 24);
        assert_eq!(first.quarantined, 13 + 1 + 1 + 1 + 1);
        assert!(
            directory
                .path()
                .join("quickstart-newsletter.parquet")
                .exists()
        );
        let second = work(&store).unwrap_or_else(|failure| panic!("{failure:?}"));
        let only_duplicates = FateCounts {
            duplicate: second.duplicate,
            ..FateCounts::default()
        };
        assert_eq!(second, only_duplicates);
    }
}

//! The main job: a shop's raw exports in, an audience that may be contacted out, every answer explained.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use onefold::{Identifier, ManualClock, Onefold, Snapshot, Timestamp, connect::ParquetFile};
use onefold_examples::{
    config::Config,
    exit::{Failure, exit, write_json},
    report::Report,
    run::{Instants, builder, columns, read_sources, report, unopened},
    usage::Stopwatch,
};

const HELP: &str = "\
Reads the exports of a made-up shop (examples/data/shop) into a store, and shows what was read, who
is one person and why, who is in each segment, and who may be sent the newsletter.

usage: quickstart [--store DIR] [--json]

  --store DIR  the folder of the store; without it, target/quickstart-store
  --json       print one JSON object, the same as pipeline's
  --help       print this

A second run on the same store finds only duplicates. Answers are as of 2026-02-01. The newsletter's
audience is written beside the store, as quickstart-newsletter.parquet.
exit code: 0 done, 1 the data or the run failed, 2 wrong usage";

/// The day on which the shop is looked at.
const AS_OF: &str = "2026-02-01";

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    store: PathBuf,
    json: bool,
    help: bool,
}

fn main() -> ExitCode {
    exit("quickstart", |out| {
        let arguments = parse(lexopt::Parser::from_env())?;
        match arguments {
            Arguments { help: true, .. } => Ok(writeln!(out, "{HELP}")?),
            Arguments {
                json: true, store, ..
            } => {
                let report = work(&store, &mut io::sink())?;
                write_json(out, &report)?;
                report.ended()
            }
            Arguments { store, .. } => work(&store, out)?.ended(),
        }
    })
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short};
    let mut arguments = Arguments {
        store: PathBuf::from("target/quickstart-store"),
        json: false,
        help: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("store") => arguments.store = parser.value()?.into(),
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// The whole story, told to `out`; its numbers are returned.
fn work(store: &Path, out: &mut dyn Write) -> Result<Report, Failure> {
    let watch = Stopwatch::start();
    let as_of: Timestamp = AS_OF.parse()?;
    let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/shop.toml");
    let config = Config::read(&configuration, Some(store))?;
    let settings = builder(&config).clock(ManualClock::at(as_of));
    let hub = settings.open(store).map_err(unopened)?;

    let read = read_sources(&config, &Config::base(&configuration), &hub);
    writeln!(out, "1. Read: every line is accounted for\n")?;
    for source in &read.sources {
        write!(out, "{source}")?;
    }
    let snapshot = hub.snapshot();
    show_people(&snapshot, out)?;
    show_segments(&snapshot, as_of, out)?;
    show_person(&snapshot, as_of, out)?;
    // An audience of half the data would be taken for the whole.
    if read.failure.is_none() {
        send_newsletter(&hub, &config, as_of, &beside(store)?, out)?;
    }

    writeln!(out, "\nstate {}", snapshot.dump().sha256())?;
    let report = report(&config, &hub, Instants::at(as_of), read, &watch)?;
    let wall = report.usage.seconds.wall;
    writeln!(
        out,
        "{wall:.2} s. Run it again: everything will be a duplicate."
    )?;
    drop(snapshot);
    hub.close()?;
    Ok(report)
}

/// Where the newsletter's audience goes: beside the folder of the store, never into it.
fn beside(store: &Path) -> Result<PathBuf, Failure> {
    const NAME: &str = "quickstart-newsletter.parquet";
    // `.` and `..` have no name to replace before it is known which folder they are.
    match store.file_name() {
        Some(_) => Ok(store.with_file_name(NAME)),
        None => Ok(store.canonicalize()?.with_file_name(NAME)),
    }
}

fn show_people(snapshot: &Snapshot, out: &mut dyn Write) -> Result<(), Failure> {
    let (people, merges) = (snapshot.people_count(), snapshot.merges_count());
    writeln!(out, "\n2. Who is one person, and why\n")?;
    writeln!(out, "  {people} people out of {merges} merges")?;
    for (_, because) in snapshot.merges().take(3) {
        writeln!(out, "  merged: {because}")?;
    }
    let refusals: Vec<_> = snapshot.refusals().collect();
    let count = refusals.len();
    writeln!(
        out,
        "  {count} links were refused and are held, for example"
    )?;
    for refusal in refusals.iter().take(3) {
        writeln!(out, "  {refusal}")?;
    }
    Ok(())
}

fn show_segments(
    snapshot: &Snapshot,
    as_of: Timestamp,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    writeln!(out, "\n3. Segments as of {AS_OF}\n")?;
    for segment in snapshot.segments() {
        let members = snapshot.members_as_of(segment, as_of)?.len();
        writeln!(out, "  {segment:<16} {members:>4} members")?;
    }
    Ok(())
}

fn show_person(snapshot: &Snapshot, as_of: Timestamp, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "\n4. One person, whole\n")?;
    // Somebody with many identifiers shows most.
    let Some(person) = snapshot
        .people()
        .max_by_key(|person| person.identifiers().len())
    else {
        return Ok(());
    };
    writeln!(out, "  {}", person.id())?;
    let identifiers: Vec<Identifier> = person.identifiers().into_iter().cloned().collect();
    for identifier in &identifiers {
        writeln!(out, "    {identifier}")?;
    }
    if let [first, .., last] = &identifiers[..]
        && let Some(path) = snapshot.why(first, last)
    {
        writeln!(out, "  why `{first}` and `{last}` are one person")?;
        writeln!(out, "{}", indent(&path.to_string()))?;
    }
    writeln!(out, "  golden record")?;
    for (name, value) in person.profile_as_of(as_of).iter() {
        writeln!(out, "    {name:<12} {value}")?;
    }
    if let Some(why) = person.why_trait("city") {
        writeln!(out, "  why `city` has its value")?;
        writeln!(out, "{}", indent(&why.to_string()))?;
    }
    let why = person.why_segment("recent_buyers", as_of)?;
    writeln!(out, "  why, or why not, `recent_buyers`")?;
    Ok(writeln!(out, "{}", indent(&why.to_string()))?)
}

fn send_newsletter(
    hub: &Onefold,
    config: &Config,
    as_of: Timestamp,
    file: &Path,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    writeln!(out, "\n5. Who may be sent the newsletter, and who not\n")?;
    let newsletter = config
        .audiences
        .first()
        .ok_or_else(|| Failure::Run("no audience".into()))?;
    let audience = hub
        .snapshot()
        .audience(&newsletter.segment, &newsletter.request(), as_of)?;
    let (members, withheld) = (audience.members().len(), audience.withheld().len());
    writeln!(
        out,
        "  {members} may be contacted, {withheld} are withheld:"
    )?;
    for (reason, count) in audience.reasons() {
        writeln!(out, "    {count:>3} {reason}")?;
    }
    let mut shown = std::collections::BTreeSet::new();
    for withheld in audience.withheld() {
        if shown.insert(withheld.denial.reason) {
            let (person, denial) = (&withheld.person, &withheld.denial);
            writeln!(out, "  for example {person}: {denial}")?;
        }
    }
    let fields = ["email", "firstName", "lastName", "city", "web_revenue"];
    let deliveries = audience.deliver(&ParquetFile::create(file, columns(&fields)?)?, &fields)?;
    let (rows, file) = (deliveries.len(), file.display());
    Ok(writeln!(out, "  wrote {rows} rows to {file}")?)
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use onefold::FateCounts;

    use super::*;

    #[test]
    fn runs() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store");
        let mut told = Vec::new();
        let first = work(&store, &mut told).unwrap_or_else(|failure| panic!("{failure:?}"));
        // The traps that the shop's README counts: repeated messages, broken lines.
        assert_eq!(first.events.duplicate, 24);
        assert_eq!(first.events.quarantined, 13 + 1 + 1 + 1 + 1);
        let told = String::from_utf8(told).unwrap();
        let may_be_sent = first.audiences["newsletter"].members;
        assert!(told.contains(&format!("{may_be_sent} may be contacted")));
        assert!(told.contains(&format!("wrote {may_be_sent} rows")));
        assert!(
            directory
                .path()
                .join("quickstart-newsletter.parquet")
                .exists()
        );
        let second = work(&store, &mut io::sink()).unwrap_or_else(|failure| panic!("{failure:?}"));
        let only_duplicates = FateCounts {
            duplicate: second.events.duplicate,
            ..FateCounts::default()
        };
        assert_eq!(second.events, only_duplicates);
        assert_eq!(second.segments, first.segments);
    }

    #[test]
    fn the_audience_is_written_beside_the_store_however_it_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let parent = directory.path().canonicalize().unwrap();
        let inner = parent.join("store/log");
        std::fs::create_dir_all(&inner).unwrap();
        let expected = parent.join("quickstart-newsletter.parquet");
        for store in [parent.join("store"), inner.join("..")] {
            assert_eq!(beside(&store).unwrap(), expected, "{}", store.display());
        }
    }

    #[test]
    fn a_reader_that_has_seen_enough_ends_it() {
        let directory = tempfile::tempdir().unwrap();
        let (reader, mut out) = io::pipe().unwrap();
        drop(reader);
        let ended = work(&directory.path().join("store"), &mut out).map(|_report| ());
        assert!(matches!(ended, Err(Failure::Closed)), "{ended:?}");
    }

    #[test]
    fn arguments_are_checked() {
        let parse = |words: &[&str]| parse(lexopt::Parser::from_args(words));
        let arguments = Arguments {
            store: "s".into(),
            json: true,
            help: false,
        };
        assert_eq!(parse(&["--store", "s", "--json"]).unwrap(), arguments);
        assert!(matches!(parse(&["--stor", "s"]), Err(Failure::Usage(_))));
    }
}

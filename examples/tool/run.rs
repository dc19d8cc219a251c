//! One run of a configuration: read, fold, ask, write.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use onefold::{
    CollectionBasis, Decimal, Error, ErrorKind, FateCounts, Onefold, PersonId, Snapshot,
    SourceName, Timestamp,
    connect::{
        Columns, Content, CsvFile, Destination, Formulas, Item, JsonLinesFile, ParquetFile, Source,
        SourceConfig, expand_from_environment,
    },
    segment::{Library, Plan},
};

use crate::{
    check::{meant, unknown},
    config::{AudienceConfig, Config, Output, OutputFormat, Total},
    exit::Failure,
    progress::Progress,
    report::{AudienceReport, Report, SourceReport},
    traits::Traits,
    usage::Stopwatch,
};

/// Where and as of when.
#[derive(Debug, Default)]
pub struct Options<'a> {
    /// The folder of the store; in memory without one.
    pub store: Option<&'a Path>,
    /// The instant all answers are of; just after the newest event without one.
    pub as_of: Option<Timestamp>,
}

/// The instants that answers are of.
#[derive(Debug, Clone, Copy)]
pub struct Instants {
    /// Of segments and totals.
    pub as_of: Timestamp,
    /// Of consent.
    pub decided_at: Timestamp,
}

impl Instants {
    /// One stated instant for everything.
    pub fn at(as_of: Timestamp) -> Self {
        Self {
            as_of,
            decided_at: as_of,
        }
    }

    /// As the options say; without them just after the newest event, with consent as it stands now: a no
    /// that came after the last event is still a no.
    fn of(options: &Options<'_>, snapshot: &Snapshot, now: Timestamp) -> Self {
        let totals = snapshot.totals();
        let newest = match totals.newest {
            // Nothing has happened yet.
            Timestamp::MIN => now,
            newest => newest.plus_micros(1),
        };
        options.as_of.map_or(
            Self {
                as_of: newest,
                decided_at: newest.max(totals.newest_consent.plus_micros(1)),
            },
            Self::at,
        )
    }
}

/// Runs a configuration from beginning to end, or to the first source that fails midway or the first output
/// that cannot be written: what was done until then is reported, together with the failure.
///
/// # Errors
/// A usage failure for a configuration that cannot be, a run failure where there is nothing to report.
pub fn run(config_path: &Path, options: &Options<'_>) -> Result<Report, Failure> {
    let watch = Stopwatch::start();
    let config = Config::read(config_path, options.store)?;
    let base = Config::base(config_path);
    let hub = open(&config, options)?;
    let read = read_sources(&config, &base, &hub);
    let snapshot = hub.snapshot();
    let instants = Instants::of(options, &snapshot, hub.now());
    let mut report = report(&config, &hub, instants, read, &watch)?;
    if report.failure.is_none() {
        // An audience of half the data would be delivered for the whole.
        report.failure = write_outputs(&config, &base, &snapshot, instants).err();
    }
    drop(snapshot);
    let closed = hub.close().err().map(Failure::from);
    report.failure = report.failure.or(closed);
    report.usage = watch.read();
    Ok(report)
}

fn open(config: &Config, options: &Options<'_>) -> Result<Onefold, Failure> {
    match options.store {
        Some(directory) => builder(config).open(directory).map_err(unopened),
        None => Ok(builder(config).in_memory()?),
    }
}

/// Why a store was not opened: a folder that can be none is wrong usage.
pub fn unopened(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidInput => Failure::Usage(error.to_string()),
        _ => error.into(),
    }
}

/// A hub with the rules of a configuration.
pub fn builder(config: &Config) -> onefold::Builder {
    let builder = Onefold::builder()
        .segments(&config.segments)
        .profile(config.profile.clone())
        .identifier_fields(config.identifier_fields.clone());
    match &config.identity {
        Some(rules) => builder.identity(rules.clone()),
        None => builder,
    }
}

/// What the hub holds as of an instant, by the questions of the configuration.
///
/// # Errors
/// What the hub answers; after a source that failed, what that source answered.
pub fn report(
    config: &Config,
    hub: &Onefold,
    instants: Instants,
    read: Read,
    watch: &Stopwatch,
) -> Result<Report, Failure> {
    let Read { sources, failure } = read;
    match answers(config, hub, instants, sources, watch) {
        Ok(report) => Ok(Report { failure, ..report }),
        // What went wrong first tells more.
        Err(error) => Err(failure.unwrap_or(error)),
    }
}

fn answers(
    config: &Config,
    hub: &Onefold,
    instants: Instants,
    sources: Vec<SourceReport>,
    watch: &Stopwatch,
) -> Result<Report, Failure> {
    let snapshot = hub.snapshot();
    let as_of = instants.as_of;
    let mut warnings = Vec::new();
    let torn = hub.store_statistics().torn_bytes;
    if torn > 0 {
        warnings.push(format!(
            "a torn tail of {torn} bytes was cut from the log: what was in it had not been acknowledged"
        ));
    }
    let totals = totals(config, &snapshot, as_of, &mut warnings)?;
    warnings.extend(empty_fields(config, &snapshot, as_of)?);
    Ok(Report {
        as_of,
        warnings,
        events: hub.fates(),
        people: snapshot.people_count(),
        merges: snapshot.merges_count(),
        without_person: snapshot.totals().without_person,
        segments: segments(&snapshot, as_of)?,
        totals,
        audiences: audiences(config, &snapshot, instants)?,
        sources,
        usage: watch.read(),
        failure: None,
    })
}

/// What was read, and what ended the reading early.
#[derive(Debug, Default)]
pub struct Read {
    /// What came of each source that was begun.
    pub sources: Vec<SourceReport>,
    /// Why the last of them was not read to its end.
    pub failure: Option<Failure>,
}

/// Reads every source of a configuration, in order, up to the first that fails.
pub fn read_sources(config: &Config, base: &Path, hub: &Onefold) -> Read {
    let mut read = Read::default();
    for source in &config.sources {
        if let Err(failure) = read_into(&mut read.sources, source, base, hub) {
            read.failure = Some(failure);
            break;
        }
    }
    read
}

/// Reads one source, and reports what was read of it even if it fails midway.
fn read_into(
    reports: &mut Vec<SourceReport>,
    config: &SourceConfig,
    base: &Path,
    hub: &Onefold,
) -> Result<(), Failure> {
    let mut source = config.open(base, hub.now())?;
    let mut progress = Progress::new(config.name.as_str());
    let mut quarantined = Vec::new();
    let mut counting = Counting {
        source: &mut source,
        timeless: 0,
        broken: None,
    };
    let fates = read_source(hub, &mut counting, &mut progress, &mut quarantined)?;
    reports.push(SourceReport {
        name: config.name.to_string(),
        fates,
        timeless: counting.timeless,
        quarantined,
    });
    counting.broken.map_or(Ok(()), |error| Err(error.into()))
}

/// A source whose records without a time are counted while they are read. If it fails midway it ends there,
/// so that the fate of everything before is known, and keeps why.
#[derive(Debug)]
struct Counting<'s> {
    source: &'s mut dyn Source,
    timeless: u64,
    broken: Option<Error>,
}

impl Source for Counting<'_> {
    fn name(&self) -> &SourceName {
        self.source.name()
    }

    fn basis(&self) -> CollectionBasis {
        self.source.basis()
    }

    fn next_batch(&mut self, items_max: usize) -> onefold::Result<Option<Vec<Item>>> {
        let batch = match self.source.next_batch(items_max) {
            Ok(batch) => batch,
            Err(error) => {
                self.broken = Some(error);
                return Ok(None);
            }
        };
        let timeless = |item: &&Item| matches!(&item.content, Content::Record(record) if record.time().is_none());
        let count = batch.iter().flatten().filter(timeless).count();
        self.timeless += count as u64;
        Ok(batch)
    }
}

/// Quarantined items that a report shows; all of them are in the store.
const SHOWN_MAX: usize = 20;

/// Reads one source to its end, and keeps where the first quarantined items stand and why.
pub fn read_source(
    hub: &Onefold,
    source: &mut dyn Source,
    progress: &mut Progress,
    quarantined: &mut Vec<String>,
) -> Result<FateCounts, Failure> {
    let counts = hub.ingest_source_with(source, &mut |place, fate| {
        progress.add(1);
        if let onefold::Ingested::Quarantined(reasons) = fate
            && quarantined.len() < SHOWN_MAX
        {
            let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
            quarantined.push(format!("{place}: {}", reasons.join("; ")));
        }
    })?;
    Ok(counts)
}

/// The fields of outputs that no configuration declares and nobody has: their columns are empty.
fn empty_fields(
    config: &Config,
    snapshot: &Snapshot,
    as_of: Timestamp,
) -> Result<Vec<String>, Failure> {
    let plan = Plan::compile(Library::parse(&config.segments)?)?;
    let declared = Traits::of(config, &plan);
    let undeclared = |output| unknown(output, &declared).next().is_some();
    if !config.outputs.iter().any(undeclared) {
        return Ok(Vec::new());
    }
    let mut names: BTreeSet<String> = declared.names().map(str::to_owned).collect();
    for person in snapshot.people() {
        let profile = person.profile_as_of(as_of);
        let new = profile.iter().filter(|(name, _)| !names.contains(&**name));
        let new: Vec<String> = new.map(|(name, _)| name.to_string()).collect();
        names.extend(new);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut warnings = Vec::new();
    for output in &config.outputs {
        for field in unknown(output, &declared).filter(|field| !names.contains(field)) {
            let (path, help) = (&output.path, meant(field, &names));
            warnings.push(format!(
                "output `{path}`: nobody has a trait `{field}`, so its column is empty{help}"
            ));
        }
    }
    Ok(warnings)
}

fn segments(snapshot: &Snapshot, as_of: Timestamp) -> Result<BTreeMap<String, usize>, Failure> {
    let mut counts = BTreeMap::new();
    for name in snapshot.segments() {
        counts.insert(name.to_owned(), snapshot.members_as_of(name, as_of)?.len());
    }
    Ok(counts)
}

fn totals(
    config: &Config,
    snapshot: &Snapshot,
    as_of: Timestamp,
    warnings: &mut Vec<String>,
) -> Result<BTreeMap<String, Decimal>, Failure> {
    let mut sums = BTreeMap::new();
    for (name, total) in &config.totals {
        let computed = &total.computed;
        let Sum {
            exact,
            left_out,
            largest,
        } = sum(total, snapshot, as_of)?;
        match (exact, largest) {
            (Some(exact), _) => drop(sums.insert(name.clone(), exact.normalize())),
            (None, Some((value, person))) => warnings.push(format!(
                "total `{name}` is left out: the sum of `{computed}` passes 28 digits; the value furthest from \
                 zero is {value}, of `{person}`"
            )),
            // Nobody's values pass nothing.
            (None, None) => {}
        }
        if left_out > 0 {
            warnings.push(format!(
                "total `{name}` is without those for whom `{computed}` is no number, {left_out} in all: there \
                 is nothing to take it from, or a value in it is not what it should be"
            ));
        }
    }
    Ok(sums)
}

/// What came of a total.
#[derive(Debug, Default)]
struct Sum {
    /// The sum; none where it passes 28 digits, as it is never rounded.
    exact: Option<Decimal>,
    /// How many people have no number in it.
    left_out: usize,
    /// The value furthest from zero, and whose it is: a sum that passes all digits is most often one mistake.
    largest: Option<(Decimal, PersonId)>,
}

fn sum(total: &Total, snapshot: &Snapshot, as_of: Timestamp) -> Result<Sum, Failure> {
    let people = match &total.of {
        Some(segment) => snapshot.members_as_of(segment, as_of)?,
        None => snapshot.people().map(|person| person.id()).collect(),
    };
    let mut sum = Sum {
        exact: Some(Decimal::ZERO),
        ..Sum::default()
    };
    for person in people {
        let value = snapshot.computed(&total.computed, person, as_of)?;
        let Some(number) = value.and_then(|value| value.as_number()) else {
            sum.left_out += 1;
            continue;
        };
        sum.exact = sum.exact.and_then(|exact| plus(exact, number));
        if sum
            .largest
            .is_none_or(|(largest, _)| largest.abs() < number.abs())
        {
            sum.largest = Some((number, person));
        }
    }
    Ok(sum)
}

/// The sum, unless it would have to be rounded.
fn plus(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    // Where the digits do not suffice, addition gives up digits behind the point first, and says nothing.
    a.checked_add(b)
        .filter(|sum| sum.scale() >= a.scale().max(b.scale()))
}

fn audiences(
    config: &Config,
    snapshot: &Snapshot,
    instants: Instants,
) -> Result<BTreeMap<String, AudienceReport>, Failure> {
    let mut reports = BTreeMap::new();
    for asked in &config.audiences {
        let audience = audience(snapshot, asked, instants)?;
        let report = AudienceReport {
            members: audience.members().len(),
            withheld: audience.withheld().len(),
            reasons: audience.reasons(),
        };
        reports.insert(asked.name.clone(), report);
    }
    Ok(reports)
}

fn audience(
    snapshot: &Snapshot,
    asked: &AudienceConfig,
    instants: Instants,
) -> Result<onefold::Audience, Failure> {
    let Instants { as_of, decided_at } = instants;
    let request = asked.request();
    Ok(snapshot.audience_decided_at(&asked.segment, &request, as_of, decided_at)?)
}

fn write_outputs(
    config: &Config,
    base: &Path,
    snapshot: &Snapshot,
    instants: Instants,
) -> Result<(), Failure> {
    for output in &config.outputs {
        let named = |audience: &&AudienceConfig| audience.name == output.audience;
        if let Some(asked) = config.audiences.iter().find(named) {
            // A permit is used once, so each file has an audience of its own.
            let audience = audience(snapshot, asked, instants)?;
            write(output, base, audience)?;
        }
    }
    Ok(())
}

fn write(output: &Output, base: &Path, audience: onefold::Audience) -> Result<(), Failure> {
    let path = base.join(expand_from_environment(&output.path)?);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Run(format!("`{}`: {error}", folder.display())))?;
    }
    let fields: Vec<&str> = output.fields.iter().map(String::as_str).collect();
    let destination: Box<dyn Destination> = match output.format {
        OutputFormat::Parquet => Box::new(ParquetFile::create(&path, columns(&fields)?)?),
        OutputFormat::JsonLines => Box::new(JsonLinesFile::create(&path)?),
        OutputFormat::Csv => Box::new(CsvFile::create(&path, columns(&fields)?, Formulas::Escape)?),
    };
    let _deliveries = audience.deliver(&*destination, &fields)?;
    Ok(())
}

/// The person's id, then the fields as text.
pub fn columns(fields: &[&str]) -> Result<Columns, Error> {
    Columns::text(std::iter::once("person_id").chain(fields.iter().copied()))
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;

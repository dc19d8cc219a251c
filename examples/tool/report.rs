//! What a run found: for people as text, for machines as one JSON object.

use std::{collections::BTreeMap, fmt};

use onefold::{Decimal, FateCounts, Timestamp};
use serde::Serialize;

use crate::{exit::Failure, usage::Usage};

/// The result of one run. Event counts are of the run, everything else is of the store.
#[derive(Debug, Serialize)]
pub struct Report {
    /// How many items met each fate.
    pub events: FateCounts,
    /// How many persons there are.
    pub people: usize,
    /// How many times two persons turned out to be one.
    pub merges: usize,
    /// Members of each segment.
    pub segments: BTreeMap<String, usize>,
    /// Exact sums, as text.
    #[serde(serialize_with = "as_text")]
    pub totals: BTreeMap<String, Decimal>,
    /// Who may be contacted, and who may not.
    pub audiences: BTreeMap<String, AudienceReport>,
    /// Seconds and memory.
    #[serde(flatten)]
    pub usage: Usage,
    /// What a reader of the figures must know.
    #[serde(skip)]
    pub warnings: Vec<String>,
    /// The instant all answers are of.
    #[serde(skip)]
    pub as_of: Timestamp,
    /// Events and records that belong to no person, and so are in no segment and no total.
    #[serde(skip)]
    pub without_person: u64,
    /// The same by source.
    #[serde(skip)]
    pub sources: Vec<SourceReport>,
    /// What ended the run before it was whole. The figures are of what was done until then.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

impl Report {
    /// How the run ended, to be told after the report.
    ///
    /// # Errors
    /// The failure that ended it early.
    pub fn ended(self) -> Result<(), Failure> {
        self.failure.map_or(Ok(()), Err)
    }
}

fn as_text<S: serde::Serializer>(
    sums: &BTreeMap<String, Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(sums.iter().map(|(name, sum)| (name, sum.to_string())))
}

/// What came of one source.
#[derive(Debug)]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// How many items met each fate.
    pub fates: FateCounts,
    /// How many records that were read have no time, whatever their fate.
    pub timeless: u64,
    /// The first quarantined items: where, and why.
    pub quarantined: Vec<String>,
}

/// Who may be contacted, and who may not.
#[derive(Debug, Serialize)]
pub struct AudienceReport {
    /// Members with a permit.
    pub members: usize,
    /// Members without.
    pub withheld: usize,
    /// Why, and how many.
    pub reasons: BTreeMap<String, usize>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read")?;
        for source in &self.sources {
            write!(f, "{source}")?;
        }
        writeln!(
            f,
            "people {}, merges {}, without a person {}, as of {}",
            self.people, self.merges, self.without_person, self.as_of
        )?;
        section(f, "segments", &self.segments)?;
        section(f, "totals", &self.totals)?;
        if !self.audiences.is_empty() {
            writeln!(f, "audiences")?;
        }
        for (name, audience) in &self.audiences {
            writeln!(f, "  {name:<24} {audience}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        write!(f, "{:.2} s", self.usage.seconds.wall)?;
        if let (Some(cpu), Some(peak)) = (self.usage.seconds.cpu, self.usage.peak_mib) {
            write!(f, ", {cpu:.2} s of processor, {peak:.0} MiB at most")?;
        }
        Ok(())
    }
}

impl fmt::Display for AudienceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, withheld) = (self.members, self.withheld);
        write!(f, "{members} may be contacted, {withheld} withheld")?;
        let reasons = self.reasons.iter();
        let reasons: Vec<_> = reasons
            .map(|(why, count)| format!("{why} {count}"))
            .collect();
        match reasons.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", reasons.join(", ")),
        }
    }
}

impl fmt::Display for SourceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FateCounts {
            accepted,
            duplicate,
            quarantined,
            withheld,
            rejected,
        } = self.fates;
        writeln!(
            f,
            "  {:<20} {accepted} accepted, {duplicate} duplicate, {quarantined} quarantined, {withheld} withheld, {rejected} rejected",
            self.name
        )?;
        if self.timeless > 0 {
            let count = self.timeless;
            writeln!(
                f,
                "    {count} records without a time: their traits count, but segments do not see that they happened"
            )?;
        }
        for line in &self.quarantined {
            writeln!(f, "    quarantined {line}")?;
        }
        let more = quarantined.saturating_sub(self.quarantined.len() as u64);
        match more {
            0 => Ok(()),
            more => writeln!(f, "    and {more} more, all kept in the store"),
        }
    }
}

fn section(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    entries: &BTreeMap<String, impl fmt::Display>,
) -> fmt::Result {
    if !entries.is_empty() {
        writeln!(f, "{title}")?;
    }
    for (name, value) in entries {
        writeln!(f, "  {name:<24} {value}")?;
    }
    Ok(())
}

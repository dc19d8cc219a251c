//! What an evaluation found and what it cost.

use std::fmt;

use onefold::segment::batch::Table;
use onefold_examples::measure::Stages;
use serde::{Serialize, Serializer};

use crate::members::Members;

/// As JSON: `{"segments":{name:{"members":n,"checksum":"..."}},"seconds":{"read":{..},"evaluate":{..}},"peak_mib":n}`.
#[derive(Serialize)]
pub(crate) struct Report {
    segments: Segments,
    seconds: Stages,
    peak_mib: Option<f64>,
}

/// Each segment by name, in the order of the definitions.
struct Segments(Vec<(String, Figures)>);

#[derive(Serialize)]
struct Figures {
    members: usize,
    /// The sum of the ids modulo 2^63.
    checksum: String,
}

impl Report {
    pub(crate) fn new(
        members: &Members,
        table: &Table,
        seconds: Stages,
        peak_mib: Option<f64>,
    ) -> Self {
        let figures = |members: &[usize]| {
            let ids = members.iter().filter_map(|member| table.id(*member));
            let sum = ids.fold(0_u64, |sum, id| sum.wrapping_add(id.fingerprint()));
            Figures {
                members: members.len(),
                checksum: (sum & u64::MAX >> 1).to_string(),
            }
        };
        let segments = members.segments.iter();
        let segments = segments.map(|(name, members)| (name.clone(), figures(members)));
        Self {
            segments: Segments(segments.collect()),
            seconds,
            peak_mib,
        }
    }
}

impl Serialize for Segments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figures)| (name, figures)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, figures) in &self.segments.0 {
            writeln!(f, "{:>10}  {name}", figures.members)?;
        }
        for (stage, seconds) in self.seconds.seconds() {
            write!(f, "{stage}: {:.3} s", seconds.wall)?;
            if let Some(cpu) = seconds.cpu {
                write!(f, " ({cpu:.2} s of processors)")?;
            }
            writeln!(f)?;
        }
        match self.peak_mib {
            Some(peak) => write!(f, "peak memory: {peak:.0} MiB"),
            None => Ok(()),
        }
    }
}

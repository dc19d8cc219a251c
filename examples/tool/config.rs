//! The configuration of `pipeline`: sources, rules, segments, totals, audiences, outputs.
//!
//! Invariant: what names nothing is an error that names it, before any file is read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use onefold::{
    connect::{SourceConfig, expand_from_environment, parse_toml},
    consent::{Channel, Purpose, Use},
    event::IdentifierFields,
    segment::{Library, Plan},
};
use serde::Deserialize;

use crate::exit::Failure;

/// Everything a run needs; see `docs/guide/1-first-audience.md` for each key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is read, in this order.
    #[serde(default)]
    pub sources: Vec<SourceConfig>,
    /// Which identifiers make one person, and what stops a bad merge.
    #[serde(default)]
    pub identity: Option<onefold::identity::Rules>,
    /// Which traits of events are identifiers, and the region of national telephone numbers.
    #[serde(default)]
    pub identifier_fields: IdentifierFields,
    /// By which rule a value wins the golden record.
    #[serde(default)]
    pub profile: onefold::profile::Rules,
    /// Definitions of segments and computed traits, in the segment language.
    #[serde(default)]
    pub segments: String,
    /// Sums of a computed trait over people.
    #[serde(default)]
    pub totals: BTreeMap<String, Total>,
    /// Which purposes and channels there are.
    #[serde(default)]
    pub consent: Consent,
    /// Members of segments who may be contacted.
    #[serde(default)]
    pub audiences: Vec<AudienceConfig>,
    /// Files to write audiences into.
    #[serde(default)]
    pub outputs: Vec<Output>,
}

/// A sum of a computed trait over people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// The computed trait.
    #[serde(rename = "trait")]
    pub computed: String,
    /// The segment whose members are summed. Default: all people.
    #[serde(default)]
    pub of: Option<String>,
}

/// Which purposes and channels there are; where a list is given, audiences may use no others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The purposes.
    #[serde(default)]
    pub purposes: Vec<String>,
    /// The channels.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// The members of a segment who may be contacted for a purpose by a channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudienceConfig {
    /// Its name, for outputs and the report.
    pub name: String,
    /// The segment.
    pub segment: String,
    /// What for.
    pub purpose: Purpose,
    /// By which way.
    pub channel: Channel,
}

impl AudienceConfig {
    /// The use that needs a permit.
    pub fn request(&self) -> Use {
        Use::new(self.purpose.clone(), self.channel.clone())
    }
}

/// A file that an audience is written into, whole or not at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The audience, by its name.
    pub audience: String,
    /// The file, relative to the configuration; folders are made.
    pub path: String,
    /// `parquet`, `json_lines` or `csv`.
    pub format: OutputFormat,
    /// The traits to write beside the person's id.
    pub fields: Vec<String>,
}

/// The format of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Columns.
    Parquet,
    /// One JSON object a line.
    JsonLines,
    /// Text with a header line.
    Csv,
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// A usage failure that lists every mistake.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("`{}`: {error}", path.display())))?;
        let told = |error: onefold::Error| Failure::Usage(format!("{}: {error}", path.display()));
        let config: Self = parse_toml(&text).map_err(told)?;
        config
            .check()
            .map_err(|mistakes| Failure::Usage(format!("{}: {mistakes}", path.display())))?;
        Ok(config)
    }

    /// The folder that paths are relative to.
    pub fn base(path: &Path) -> PathBuf {
        path.parent().map_or_else(PathBuf::new, Path::to_path_buf)
    }

    /// All names that name nothing, at once.
    fn check(&self) -> Result<(), String> {
        let told = |error: onefold::Error| told(&error, &self.segments);
        let library = Library::parse(&self.segments).map_err(told)?;
        let plan = Plan::compile(library).map_err(told)?;
        let segments: Vec<&str> = plan.segments().collect();
        let traits: Vec<&str> = plan.computed_traits().collect();
        let audiences: Vec<&str> = self
            .audiences
            .iter()
            .map(|audience| &*audience.name)
            .collect();
        let mut mistakes = Vec::new();
        let mut known = |place: String, noun: &str, name: &str, names: &[&str]| {
            if !names.contains(&name) {
                mistakes.push(format!("{place}: no {noun} `{name}`{}", one_of(names)));
            }
        };
        for (name, total) in &self.totals {
            known(
                format!("totals.{name}"),
                "computed trait",
                &total.computed,
                &traits,
            );
            if let Some(of) = &total.of {
                known(format!("totals.{name}"), "segment", of, &segments);
            }
        }
        for audience in &self.audiences {
            let place = format!("audience `{}`", audience.name);
            known(place.clone(), "segment", &audience.segment, &segments);
            self.consent.check(&place, audience, &mut known);
        }
        for output in &self.outputs {
            known(
                format!("output `{}`", output.path),
                "audience",
                &output.audience,
                &audiences,
            );
        }
        for output in &self.outputs {
            let path = expand_from_environment(&output.path);
            mistakes.extend(
                path.err()
                    .map(|error| format!("output `{}`: {error}", output.path)),
            );
        }
        if self.sources.is_empty() {
            mistakes.push("there are no `[[sources]]`: nothing would be read".into());
        }
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(mistakes.join("\n")),
        }
    }
}

impl Consent {
    fn check(
        &self,
        place: &str,
        audience: &AudienceConfig,
        known: &mut impl FnMut(String, &str, &str, &[&str]),
    ) {
        let lists = [
            ("purpose", audience.purpose.as_str(), &self.purposes),
            ("channel", audience.channel.as_str(), &self.channels),
        ];
        for (noun, name, list) in lists {
            let list: Vec<&str> = list.iter().map(String::as_str).collect();
            if !list.is_empty() {
                known(place.to_owned(), noun, name, &list);
            }
        }
    }
}

/// The mistakes of definitions, each under the line it stands in.
fn told(error: &onefold::Error, definitions: &str) -> String {
    let mistakes = error.diagnostics().iter();
    let shown = mistakes.map(|mistake| mistake.render(definitions));
    let all = error.to_string();
    let summary = all.lines().next().map(str::to_owned);
    let lines: Vec<String> = summary.into_iter().chain(shown).collect();
    lines.join("\n")
}

fn one_of(names: &[&str]) -> String {
    match names.is_empty() {
        true => ": none is defined".into(),
        false => format!(": there are `{}`", names.join("`, `")),
    }
}

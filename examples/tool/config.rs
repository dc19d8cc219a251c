//! The configuration of `pipeline`: sources, rules, segments, totals, audiences, outputs.
//!
//! Invariant: what is wrong with it is told before any row is read: its shape first, then its meaning.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use onefold::{
    connect::{SourceConfig, parse_toml},
    consent::{Channel, Purpose, Use},
    event::IdentifierFields,
};
use serde::Deserialize;

use crate::{
    check::{Findings, Place},
    exit::Failure,
};

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

/// Which purposes and channels there are; where a list is given, even an empty one, audiences may use no others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The purposes.
    #[serde(default)]
    pub purposes: Option<Vec<Purpose>>,
    /// The channels.
    #[serde(default)]
    pub channels: Option<Vec<Channel>>,
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
    /// Reads and checks a configuration file, for a run that keeps everything in `store` if that is given.
    ///
    /// # Errors
    /// A usage failure that lists the mistakes of its shape, or else those of its meaning; a run failure where the
    /// configuration is right, but a file of it cannot be read.
    pub fn read(path: &Path, store: Option<&Path>) -> Result<Self, Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("`{shown}`: {error}")))?;
        let config: Self =
            parse_toml(&text).map_err(|error| Failure::Usage(format!("{shown}: {error}")))?;
        let place = Place {
            config: path,
            store,
        };
        let found = Findings::of(&config, place);
        match (found.mistakes.is_empty(), found.unreadable.is_empty()) {
            (true, true) => Ok(config.with_declared_words()),
            (true, false) => Err(Failure::Run(found.unreadable.join("\n"))),
            (false, _) => {
                let all = [found.mistakes, found.unreadable].concat();
                Err(Failure::Usage(format!("{shown}: {}", all.join("\n"))))
            }
        }
    }

    /// Consent entries are read with the purposes and channels there are, unless their mapping has its own.
    fn with_declared_words(mut self) -> Self {
        let mappings = self.sources.iter_mut().filter_map(|it| it.mapping.as_mut());
        for consent in mappings.filter_map(|mapping| mapping.consent.as_mut()) {
            if consent.purposes.is_empty() {
                consent.purposes = self.consent.purposes.clone().unwrap_or_default();
            }
            if consent.channels.is_empty() {
                consent.channels = self.consent.channels.clone().unwrap_or_default();
            }
        }
        self
    }

    /// The folder that paths are relative to.
    pub fn base(path: &Path) -> PathBuf {
        path.parent().map_or_else(PathBuf::new, Path::to_path_buf)
    }
}

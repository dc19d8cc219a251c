//! Configurations as text: sources, and how mistakes in TOML and JSON are told.
//!
//! Invariant: an unknown key is an error with a suggestion, never ignored.

mod draft;
mod expand;
mod mistakes;

use std::path::{Path, PathBuf};

use onefold_event::{CollectionBasis, Error, ErrorKind, SourceName, Timestamp};
use serde::Deserialize;

use crate::{FileSource, Mapping};

pub use expand::{expand, expand_from_environment};
pub use mistakes::{parse_json, parse_toml};

/// One source of a configuration: a file, what is in it, and how it is mapped.
///
/// ```
/// use onefold_connect::{FileFormat, SourceConfig};
///
/// let source: SourceConfig = onefold_connect::parse_toml(r#"
///     name = "crm"
///     path = "${EXPORTS:-exports}/contacts.csv.gz"
///     format = "csv"
///
///     [mapping]
///     as = "record"
///     collection = "contacts"
///     identifiers = { email = "E-mail", crm_id = "Id" }
///     traits = { first_name = "First Name" }
/// "#)?;
/// assert_eq!(source.format, FileFormat::Csv);
/// # Ok::<(), onefold_connect::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SourceConfig {
    /// The name of the source. With the id of an item it decides what is a duplicate, so it stays the
    /// same for ever; several files of one system may share it if their rows have a key.
    pub name: SourceName,
    /// The file. Relative paths are relative to the configuration; `${VAR}` and `${VAR:-default}` are
    /// replaced by environment variables. Text files may be compressed by gzip or zstd, whatever
    /// their name.
    pub path: Box<str>,
    /// What is in the file: `csv`, `tsv`, `json_lines`, `segment_events` or `parquet`.
    pub format: FileFormat,
    /// The legal ground on which it collects: `contract` (default), `consent`, `legal_obligation` or
    /// `legitimate_interest`.
    #[serde(default)]
    pub basis: Option<CollectionBasis>,
    /// Which column is what. Every format but `segment_events` needs it.
    #[serde(default)]
    pub mapping: Option<Mapping>,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileFormat {
    /// Rows of text with a header line and `,` between fields.
    Csv,
    /// The same with a tab between fields.
    Tsv,
    /// One JSON object a line, read through a mapping.
    JsonLines,
    /// One event of the Segment vocabulary a line, which needs no mapping.
    SegmentEvents,
    /// Columns. Needs the feature `parquet`.
    Parquet,
}

impl FileFormat {
    pub(crate) fn is_delimited(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }
}

impl SourceConfig {
    /// A source of Segment events.
    pub fn segment_events(name: SourceName, path: impl Into<Box<str>>) -> Self {
        Self {
            name,
            path: path.into(),
            format: FileFormat::SegmentEvents,
            basis: None,
            mapping: None,
        }
    }

    /// A source that is read through a mapping.
    pub fn mapped(
        name: SourceName,
        path: impl Into<Box<str>>,
        format: FileFormat,
        mapping: Mapping,
    ) -> Self {
        Self {
            name,
            path: path.into(),
            format,
            basis: None,
            mapping: Some(mapping),
        }
    }

    /// The path, with variables replaced and relative to `base`.
    ///
    /// # Errors
    /// `InvalidInput` for a variable that is not set and has no default.
    pub fn resolved_path(&self, base: &Path) -> Result<PathBuf, Error> {
        let path = expand_from_environment(&self.path);
        let path = path.map_err(|error| error.context(format!("source `{}`", self.name)))?;
        Ok(base.join(path))
    }

    /// Finds every mistake that can be found without reading rows: in the path, in the mapping, and in how
    /// the columns of the file fit it. What is no plain file, such as a pipe, is not looked into, as that
    /// would take from it what is to be read.
    ///
    /// # Errors
    /// As [`open`](Self::open), one for each mistake that stands by itself.
    pub fn check(&self, base: &Path) -> Result<(), Vec<Error>> {
        let named = |error: Error| error.context(format!("source `{}`", self.name));
        let mut mistakes = Vec::new();
        let path = self.resolved_path(base).map_err(|e| mistakes.push(e)).ok();
        let mapping = FileSource::check_mapping(self);
        let fits = mapping.map_err(|error| mistakes.push(named(error))).is_ok();
        if let Some(path) = path {
            let found = self.check_file(&path, fits);
            mistakes.extend(found.err().map(named));
        }
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(mistakes),
        }
    }

    fn check_file(&self, path: &Path, mapping_fits: bool) -> Result<(), Error> {
        let found =
            std::fs::metadata(path).map_err(|error| crate::text::unreadable(path, error))?;
        if found.is_dir() {
            let message = format!("`{}` is a folder; name a file in it", path.display());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        match found.is_file() && mapping_fits {
            true => FileSource::open(self, path, Timestamp::default()).map(|_source| ()),
            false => Ok(()),
        }
    }

    /// Opens the file. `received_at` is when these rows came in; it is kept with events and in
    /// quarantine.
    ///
    /// # Errors
    /// `InvalidInput` for a mapping that makes no sense or names columns that are not there, `NotFound`
    /// and `Io` for the file, `Unsupported` for what this build leaves out.
    pub fn open(&self, base: &Path, received_at: Timestamp) -> Result<FileSource, Error> {
        let path = self.resolved_path(base)?;
        FileSource::open(self, &path, received_at)
            .map_err(|error| error.context(format!("source `{}`", self.name)))
    }
}

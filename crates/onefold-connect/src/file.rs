//! Files as sources.
//!
//! Invariant: every line or row that is not blank becomes exactly one item, in the order of the file.

mod bind;
mod delimited;
mod json_lines;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;

use std::{borrow::Cow, fmt, io::Read, path::Path};

use onefold_event::{
    CollectionBasis, Diagnostics, Error, ErrorKind, QuarantineItem, Result, SourceName, Timestamp,
};

use crate::{
    Content, FileFormat, Item, Mapping, Source, SourceConfig,
    mapping::{Given, Plan, Row},
    row_id::RowIds,
    text::{self, Buffer, Encoding},
};

/// Bytes of rows after which a batch is given even if it holds fewer items than were asked for.
const BATCH_BYTES: usize = 8 << 20;

/// A file that is read as a [`Source`]: CSV, TSV, JSON Lines, Segment events or Parquet.
///
/// Made by [`SourceConfig::open`]. Text is read in chunks of 1 MiB, so a file may be of any size; a
/// batch ends early after 8 MiB of rows.
///
/// ```
/// use onefold_connect::{Content, FileFormat, FileSource, Mapping, Source, SourceConfig};
/// use onefold_event::{SourceName, Timestamp};
///
/// let mapping = Mapping::from_toml(r#"
///     as = "record"
///     collection = "contacts"
///     identifiers = { email = "mail" }
///     traits = { first_name = "first" }
/// "#)?;
/// let config = SourceConfig::mapped(SourceName::new("crm")?, "contacts.csv", FileFormat::Csv, mapping);
/// let file = "mail,first\nAnn@Example.com,Ann\nnot an address,Bob\n";
/// let mut source = FileSource::from_reader(&config, Box::new(file.as_bytes()), Timestamp::default())?;
///
/// let items = source.next_batch(10)?.unwrap_or_default();
/// assert_eq!(items.len(), 2);
/// let Content::Record(ann) = &items[0].content else { panic!("a record") };
/// assert_eq!(ann.identifiers()[0].value(), "ann@example.com");
/// assert_eq!(&*items[1].place, "contacts.csv line 3");
/// let Content::Quarantined(bob) = &items[1].content else { panic!("no address") };
/// assert_eq!(bob.reasons[0].pointer, "/mail");
/// assert!(source.next_batch(10)?.is_none());
/// # Ok::<(), onefold_connect::Error>(())
/// ```
pub struct FileSource {
    common: Common,
    reader: Box<dyn ReadItem>,
    failure: Option<Error>,
    ended: bool,
    items: u64,
}

/// What reads one row after the other.
trait ReadItem: Send {
    /// The next item with the number of bytes it was made of.
    fn next_item(&mut self, common: &mut Common) -> Result<Option<(Item, usize)>>;
}

/// What all rows of a file share.
struct Common {
    name: SourceName,
    basis: CollectionBasis,
    file: Box<str>,
    received_at: Timestamp,
    ids: RowIds,
}

impl FileSource {
    /// Opens the file of a configuration at a path that is resolved already.
    ///
    /// # Errors
    /// As [`SourceConfig::open`].
    pub fn open(config: &SourceConfig, path: &Path, received_at: Timestamp) -> Result<Self> {
        if config.format == FileFormat::Parquet {
            return Self::open_parquet(config, path, received_at);
        }
        let (buffer, encoding) = text::open(path, declared_encoding(config)?)?;
        let file = path.file_name().unwrap_or(path.as_os_str());
        let file = file.to_string_lossy();
        Self::over(config, &file, buffer, encoding, received_at)
            .map_err(|error| error.context(path.display()))
    }

    /// Reads text from anything, such as standard input; the path of the configuration only names it.
    ///
    /// # Errors
    /// As [`SourceConfig::open`]; `Unsupported` for Parquet, which is not read in order.
    pub fn from_reader(
        config: &SourceConfig,
        reader: Box<dyn Read + Send>,
        received_at: Timestamp,
    ) -> Result<Self> {
        if config.format == FileFormat::Parquet {
            let message = "a Parquet file is not read from a stream: open it by its path";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (buffer, encoding) = text::from_reader(reader, declared_encoding(config)?)?;
        let file = config.path.rsplit(['/', '\\']).next().unwrap_or_default();
        Self::over(config, file, buffer, encoding, received_at)
    }

    /// How many items have been given.
    pub fn items_read(&self) -> u64 {
        self.items
    }

    /// Demands that the mapping is one that files of this format can be read through.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake.
    pub(crate) fn check_mapping(config: &SourceConfig) -> Result<()> {
        declared_encoding(config)?;
        if config.format == FileFormat::SegmentEvents {
            return refuse_mapping(config);
        }
        let mapping = mapping(config)?;
        if config.format.is_delimited() {
            delimited::dialect(mapping, config.format)?;
        }
        Plan::compile(mapping, config.format).map(|_plan| ())
    }

    fn over(
        config: &SourceConfig,
        file: &str,
        buffer: Buffer,
        encoding: Encoding,
        received_at: Timestamp,
    ) -> Result<Self> {
        let common = Common::new(config, file, received_at);
        let reader: Box<dyn ReadItem> = match config.format {
            FileFormat::SegmentEvents => {
                refuse_mapping(config)?;
                Box::new(json_lines::Events::new(buffer, encoding))
            }
            FileFormat::JsonLines => {
                let plan = Plan::compile(mapping(config)?, config.format)?;
                Box::new(json_lines::Objects::new(buffer, encoding, plan))
            }
            _ => {
                let mapping = mapping(config)?;
                let plan = Plan::compile(mapping, config.format)?;
                let table = delimited::Table::open(buffer, encoding, mapping, config.format, plan)?;
                Box::new(table)
            }
        };
        Ok(Self::reading(common, reader))
    }

    fn reading(common: Common, reader: Box<dyn ReadItem>) -> Self {
        Self {
            common,
            reader,
            failure: None,
            ended: false,
            items: 0,
        }
    }

    #[cfg(feature = "parquet")]
    fn open_parquet(config: &SourceConfig, path: &Path, received_at: Timestamp) -> Result<Self> {
        let plan = Plan::compile(mapping(config)?, config.format)?;
        let file = path.file_name().unwrap_or(path.as_os_str());
        let common = Common::new(config, &file.to_string_lossy(), received_at);
        let table = parquet::Table::open(path, plan).map_err(|e| e.context(path.display()))?;
        Ok(Self::reading(common, Box::new(table)))
    }

    #[cfg(not(feature = "parquet"))]
    fn open_parquet(_: &SourceConfig, _: &Path, _: Timestamp) -> Result<Self> {
        let message = "reading Parquet is left out of this build: add the feature `parquet`";
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

impl Source for FileSource {
    fn name(&self) -> &SourceName {
        &self.common.name
    }

    fn basis(&self) -> CollectionBasis {
        self.common.basis
    }

    fn next_batch(&mut self, items_max: usize) -> Result<Option<Vec<Item>>> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut items = Vec::new();
        let mut bytes = 0;
        while !self.ended && items.len() < items_max.max(1) && bytes < BATCH_BYTES {
            match self.reader.next_item(&mut self.common) {
                Ok(Some((item, size))) => {
                    items.push(item);
                    bytes += size;
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    let given = self.items + items.len() as u64;
                    let place = format!("{} after item {given}", self.common.file);
                    self.failure = Some(error.context(place));
                }
            }
        }
        self.items += items.len() as u64;
        match (items.is_empty(), self.failure.take()) {
            (true, Some(failure)) => Err(failure),
            (true, None) => Ok(None),
            (false, failure) => {
                self.failure = failure;
                Ok(Some(items))
            }
        }
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSource")
            .field("name", &self.common.name)
            .field("file", &self.common.file)
            .field("items", &self.items)
            .finish_non_exhaustive()
    }
}

impl Common {
    fn new(config: &SourceConfig, file: &str, received_at: Timestamp) -> Self {
        let mapped = config.mapping.as_ref().and_then(|mapping| mapping.basis);
        Self {
            name: config.name.clone(),
            basis: config.basis.or(mapped).unwrap_or_default(),
            file: file.into(),
            received_at,
            ids: RowIds::default(),
        }
    }

    /// The place of a row, for people.
    fn place(&self, unit: &str, number: u64) -> Box<str> {
        let mut place = String::with_capacity(self.file.len() + unit.len() + 12);
        place.push_str(&self.file);
        place.push(' ');
        place.push_str(unit);
        place.push(' ');
        let mut digits = [0_u8; 20];
        let mut rest = number;
        let mut from = digits.len();
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            from = at;
            if rest == 0 {
                break;
            }
        }
        let written = digits.get(from..).unwrap_or_default();
        place.push_str(std::str::from_utf8(written).unwrap_or_default());
        place.into()
    }

    /// The item of a row that is mapped by a plan. `raw` gives the original bytes, where they are
    /// needed.
    fn mapped<'r>(
        &mut self,
        plan: &Plan,
        row: &impl Row,
        raw: impl Fn() -> Cow<'r, [u8]>,
        place: Box<str>,
    ) -> Item {
        let id = match plan.key(row) {
            Some(key) => key.into(),
            None => self.ids.next(&raw()),
        };
        let given = Given {
            id: &id,
            received_at: self.received_at,
        };
        let content = match plan.content(row, given) {
            Ok(content) => content,
            Err(reasons) => self.quarantined(&raw(), reasons, &place),
        };
        Item { id, place, content }
    }

    /// The item of a row of which nothing can be read.
    fn unusable(&mut self, raw: &[u8], reasons: Diagnostics, place: Box<str>) -> Item {
        Item {
            id: self.ids.next(raw),
            content: self.quarantined(raw, reasons, &place),
            place,
        }
    }

    fn quarantined(&self, raw: &[u8], reasons: Diagnostics, place: &str) -> Content {
        Content::Quarantined(QuarantineItem {
            source: self.name.clone(),
            bytes: raw.into(),
            reasons,
            place: place.into(),
            time: self.received_at,
        })
    }
}

fn declared_encoding(config: &SourceConfig) -> Result<Option<Encoding>> {
    let mapping = config.mapping.as_ref();
    let name = mapping.and_then(|mapping| mapping.encoding.as_deref());
    name.map(Encoding::named).transpose()
}

fn mapping(config: &SourceConfig) -> Result<&Mapping> {
    config.mapping.as_ref().ok_or_else(|| {
        let message = "there is no `mapping`: only the format `segment_events` needs none";
        Error::new(ErrorKind::InvalidInput, message)
    })
}

fn refuse_mapping(config: &SourceConfig) -> Result<()> {
    match config.mapping {
        None => Ok(()),
        Some(_) => {
            let message = "`segment_events` has no `mapping`; write `format = \"json_lines\"` to map \
                           the fields yourself";
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

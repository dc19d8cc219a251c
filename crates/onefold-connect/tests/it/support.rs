//! What the tests share: a source over text, and items told in words.

use std::fmt::Write;

use onefold_connect::{
    Content, Error, FileFormat, FileSource, Item, Mapping, Source, SourceConfig,
};
use onefold_event::{SourceName, Timestamp};

pub(crate) fn received_at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The configuration of a file with this mapping, or of Segment events without one.
pub(crate) fn config(path: &str, format: FileFormat, mapping: &str) -> Result<SourceConfig, Error> {
    let name = SourceName::new("shop").unwrap();
    match format {
        FileFormat::SegmentEvents => Ok(SourceConfig::segment_events(name, path)),
        _ => Ok(SourceConfig::mapped(
            name,
            path,
            format,
            Mapping::from_toml(mapping)?,
        )),
    }
}

pub(crate) fn open(config: &SourceConfig, bytes: &[u8]) -> Result<FileSource, Error> {
    let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
    FileSource::from_reader(config, reader, received_at())
}

pub(crate) fn read(source: &mut impl Source) -> Vec<Item> {
    let mut all = Vec::new();
    while let Some(items) = source.next_batch(100).unwrap() {
        all.extend(items);
    }
    all
}

pub(crate) fn csv(mapping: &str, bytes: &[u8]) -> Result<Vec<Item>, Error> {
    let config = config("data/orders.csv", FileFormat::Csv, mapping)?;
    Ok(read(&mut open(&config, bytes)?))
}

/// One line an item: its place and what it is.
pub(crate) fn told(items: &[Item]) -> String {
    let mut out = String::new();
    for item in items {
        let place = &item.place;
        match &item.content {
            Content::Event(event) => writeln!(out, "{place}: {}", event.json()).unwrap(),
            Content::Record(record) => {
                write!(out, "{place}: {}", record.collection()).unwrap();
                if let Some(time) = record.time() {
                    write!(out, " at {time}").unwrap();
                }
                for identifier in record.identifiers() {
                    write!(out, " {identifier}").unwrap();
                }
                for (name, value) in record.traits() {
                    write!(out, " {name}={}", value.to_json()).unwrap();
                }
                for membership in record.memberships() {
                    write!(out, " [{membership:?}]").unwrap();
                }
                writeln!(out, " {}", record.fields()).unwrap();
            }
            Content::Consent(entry) => {
                writeln!(out, "{place}: {}", serde_json::to_string(entry).unwrap()).unwrap();
            }
            Content::Quarantined(kept) => {
                let reasons: Vec<_> = kept.reasons.iter().map(ToString::to_string).collect();
                let bytes = String::from_utf8_lossy(&kept.bytes);
                writeln!(
                    out,
                    "{place}: quarantined `{bytes}`: {}",
                    reasons.join("; ")
                )
                .unwrap();
            }
        }
    }
    out
}

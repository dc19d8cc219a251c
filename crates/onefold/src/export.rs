//! The way out: every log record in the open, as JSON Lines, by a grant that is logged first.

use std::{collections::BTreeMap, io::Write, ops::ControlFlow};

use onefold_connect::Content;
use onefold_event::{Error, ErrorKind, Membership, Position, Record, Result, Timestamp, Value};
use onefold_store::Stored;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use crate::{
    shared::Shared,
    wire::{self, Kind},
};

/// Who takes data out of the store, and why; written to the log before the first byte leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportGrant {
    /// Who takes it: a name or an account of the host's.
    pub granted_to: Box<str>,
    /// What for.
    pub reason: Box<str>,
    /// Where the open copy goes, so that it can be found again.
    pub destination: Box<str>,
}

/// What an export wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Lines written.
    pub lines: u64,
    /// The position up to which the log is covered: continue after it.
    pub upto: Position,
}

impl ExportGrant {
    pub(crate) fn to_bytes(&self, at: Timestamp) -> Vec<u8> {
        json!({ "grant": self, "at": at }).to_string().into_bytes()
    }
}

/// Writes the records after `after`, up to `upto`.
pub(crate) fn run(
    shared: &Shared,
    after: Position,
    upto: Position,
    out: &mut dyn Write,
) -> Result<Exported> {
    let mut exported = Exported {
        lines: 0,
        upto: after,
    };
    let mut failure = None;
    shared.store.scan(after, &mut |stored| {
        if stored.position > upto {
            return ControlFlow::Break(());
        }
        match write_line(&stored, out) {
            Ok(()) => {
                exported = Exported {
                    lines: exported.lines + 1,
                    upto: stored.position,
                };
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error.context(format!("exporting position {}", stored.position)));
                ControlFlow::Break(())
            }
        }
    })?;
    match failure {
        Some(error) => Err(error),
        None => out.flush().map(|()| exported).map_err(Error::from),
    }
}

/// One line of an export; what does not apply is left out.
#[derive(Serialize, Default)]
struct Line<'a> {
    position: Position,
    kind: &'static str,
    committed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a RawValue>,
}

fn write_line(stored: &Stored<'_>, out: &mut dyn Write) -> Result<()> {
    let kind = Kind::from_byte(stored.kind).ok_or_else(|| {
        Error::new(
            ErrorKind::NewerFormat,
            format!("a record of kind {}", stored.kind),
        )
    })?;
    let (position, committed_at) = (stored.position, stored.committed_at);
    let place = Line {
        position,
        committed_at,
        kind: kind.name(),
        ..Line::default()
    };
    if kind == Kind::Tick {
        return put(&place, out);
    }
    if matches!(
        kind,
        Kind::Change | Kind::Export | Kind::Decision | Kind::Defined
    ) {
        let content = Some(raw(
            std::str::from_utf8(stored.body).map_err(|_| wire::damaged())?
        )?);
        return put(&Line { content, ..place }, out);
    }
    let item = wire::read_item(kind, stored.body)?;
    let owned;
    let content = match &item.content {
        // The source's own text, so that long numbers and the order of keys stay as they came.
        Content::Event(event) => raw(event.json())?,
        other => {
            owned = to_json(other)?;
            &owned
        }
    };
    let received_at = Some(item.received_at);
    let (source, id) = (Some(item.source.as_str()), Some(&*item.id));
    put(
        &Line {
            source,
            id,
            received_at,
            content: Some(content),
            ..place
        },
        out,
    )
}

fn raw(text: &str) -> Result<&RawValue> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "stored JSON").because(error))
}

fn to_json(content: &Content) -> Result<Box<RawValue>> {
    let made = match content {
        Content::Record(record) => serde_json::value::to_raw_value(&OpenRecord::of(record)?),
        Content::Consent(entry) => serde_json::value::to_raw_value(entry),
        Content::Quarantined(kept) => serde_json::value::to_raw_value(&json!({
            // Bytes that are no text are shown as well as they can be; the place says where they are whole.
            "text": String::from_utf8_lossy(&kept.bytes),
            "reasons": kept.reasons,
            "place": kept.place,
        })),
        Content::Event(event) => RawValue::from_string(event.json().to_owned()),
    };
    made.map_err(|error| Error::new(ErrorKind::Corrupt, "stored content").because(error))
}

/// A record in the open: the row as it came, and how it was read.
#[derive(Serialize)]
struct OpenRecord<'a> {
    collection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    identifiers: Vec<String>,
    traits: BTreeMap<&'a str, Box<RawValue>>,
    memberships: &'a [Membership],
    fields: &'a RawValue,
}

impl<'a> OpenRecord<'a> {
    fn of(record: &'a Record) -> Result<Self> {
        let unreadable = |error| Error::new(ErrorKind::Corrupt, "a stored trait").because(error);
        let open = |(name, value): &'a (Box<str>, Value)| {
            RawValue::from_string(value.to_json())
                .map(|json| (&**name, json))
                .map_err(unreadable)
        };
        Ok(Self {
            collection: record.collection(),
            key: record.key(),
            time: record.time(),
            identifiers: record
                .identifiers()
                .iter()
                .map(ToString::to_string)
                .collect(),
            traits: record.traits().iter().map(open).collect::<Result<_>>()?,
            memberships: record.memberships(),
            fields: raw(record.fields().text())?,
        })
    }
}

fn put(line: &Line<'_>, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
    out.write_all(b"\n").map_err(Error::from)
}

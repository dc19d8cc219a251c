//! The stored form of what the hub writes to the log: one byte of version, then fields.
//!
//! Layout of an item's body: version `1`, source (length, bytes), message id (length, bytes), received
//! time (8 bytes, microseconds), then the content as its own crate stores it. Lengths are LEB128.

use onefold_connect::Content;
use onefold_consent::ConsentEntry;
use onefold_event::{
    Error, ErrorKind, Event, QuarantineItem, Record, Result, SourceName, Timestamp, parts,
};

/// The kind byte of a log record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event = 1,
    Record = 2,
    Consent = 3,
    Quarantined = 4,
    /// Something that followed from the items of its group, or from time.
    Change = 5,
    /// Data left the store in the open, by an explicit grant.
    Export = 6,
    /// Time passed and nothing else: its group's instant is what it says.
    Tick = 7,
    /// Somebody decided who is who.
    Decision = 8,
    /// Other definitions of segments came into force.
    Defined = 9,
}

impl Kind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        use Kind::{Change, Consent, Decision, Defined, Event, Export, Quarantined, Record, Tick};
        [
            Event,
            Record,
            Consent,
            Quarantined,
            Change,
            Export,
            Tick,
            Decision,
            Defined,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == byte)
    }

    /// The name in an export.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Record => "record",
            Self::Consent => "consent",
            Self::Quarantined => "quarantined",
            Self::Change => "change",
            Self::Export => "export",
            Self::Tick => "tick",
            Self::Decision => "decision",
            Self::Defined => "definitions",
        }
    }

    pub(crate) fn of(content: &Content) -> Self {
        match content {
            Content::Event(_) => Self::Event,
            Content::Record(_) => Self::Record,
            Content::Consent(_) => Self::Consent,
            Content::Quarantined(_) => Self::Quarantined,
        }
    }
}

const VERSION: u8 = 1;

/// An item as it is in the log.
#[derive(Debug)]
pub(crate) struct StoredItem {
    pub(crate) source: SourceName,
    pub(crate) id: Box<str>,
    pub(crate) received_at: Timestamp,
    pub(crate) content: Content,
}

/// Appends the body of an item to `out`.
pub(crate) fn write_item(
    out: &mut Vec<u8>,
    source: &SourceName,
    id: &str,
    received_at: Timestamp,
    content: &Content,
) {
    out.push(VERSION);
    parts::put_text(out, source.as_str());
    parts::put_text(out, id);
    let received_at = match content {
        Content::Event(event) => event.received_at(),
        _ => received_at,
    };
    out.extend_from_slice(&received_at.as_micros().to_le_bytes());
    match content {
        Content::Event(event) => out.extend_from_slice(event.json().as_bytes()),
        Content::Record(record) => out.extend_from_slice(&record.to_bytes()),
        Content::Consent(entry) => out.extend_from_slice(&entry.to_bytes()),
        Content::Quarantined(item) => out.extend_from_slice(&item.to_bytes()),
    }
}

/// Reads what [`write_item`] wrote.
pub(crate) fn read_item(kind: Kind, bytes: &[u8]) -> Result<StoredItem> {
    let mut from = parts::Reader::new(bytes);
    match from.byte().ok_or_else(damaged)? {
        VERSION => {}
        found => {
            let message = format!("an item of version {found}, this build reads version {VERSION}");
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
    }
    let source = SourceName::new(from.text().ok_or_else(damaged)?)?;
    let id = from.text().ok_or_else(damaged)?.into();
    let micros = from.array().ok_or_else(damaged)?;
    let rest = from.rest();
    let received_at = Timestamp::from_micros(i64::from_le_bytes(micros));
    let content = match kind {
        Kind::Event => Content::Event(
            Event::from_json_bytes(rest, received_at)
                .map_err(|reasons| Error::invalid("a stored event cannot be read", reasons))?,
        ),
        Kind::Record => Content::Record(Record::from_bytes(rest)?),
        Kind::Consent => Content::Consent(ConsentEntry::from_bytes(rest)?),
        Kind::Quarantined => Content::Quarantined(QuarantineItem::from_bytes(rest)?),
        Kind::Change | Kind::Export | Kind::Tick | Kind::Decision | Kind::Defined => {
            return Err(damaged());
        }
    };
    Ok(StoredItem {
        source,
        id,
        received_at,
        content,
    })
}

pub(crate) fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "a stored item ends early or has impossible lengths",
    )
}

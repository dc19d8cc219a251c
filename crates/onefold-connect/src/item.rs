//! One thing read from a source.
//!
//! Invariant: every line or row of a file ends as exactly one item; what cannot be used is an item
//! too.

use onefold_consent::ConsentEntry;
use onefold_event::{Event, QuarantineItem, Record};

use crate::row_id::RowIds;

/// One thing read from a source, with the name by which it is known for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Makes a second delivery a duplicate: the message id of an event, the key of a row, or for a row
    /// without key `row-` with 128 bits of its SHA-256 in hexadecimal digits, followed by `-2`, `-3`
    /// ... for the second, third ... row of the same file with the same bytes.
    ///
    /// The same file gives the same ids at every reading, whatever its path, its compression and the
    /// size of the batches. Rows added at the end of a file change no id before them.
    pub id: Box<str>,
    /// Where it is, for people: `orders.csv line 14`.
    pub place: Box<str>,
    /// What it is.
    pub content: Content,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Something that happened.
    Event(Event),
    /// A row that is no event.
    Record(Record),
    /// A consent that was granted or withdrawn.
    Consent(ConsentEntry),
    /// What cannot be used yet: the original bytes with every reason.
    Quarantined(QuarantineItem),
}

impl From<Event> for Item {
    /// Known by its message id, or by its content if it has none.
    fn from(event: Event) -> Self {
        let id = match event.message_id() {
            Some(id) => id.into(),
            None => RowIds::default().next(event.json().as_bytes()),
        };
        Self::made(id, Content::Event(event))
    }
}

impl From<Record> for Item {
    /// Known by its key within its collection, or by its content if it has none.
    fn from(record: Record) -> Self {
        let id = match record.key() {
            Some(key) => format!("{}/{key}", record.collection()).into(),
            None => RowIds::default().next(&record.to_bytes()),
        };
        Self::made(id, Content::Record(record))
    }
}

impl From<ConsentEntry> for Item {
    /// Known by its content.
    fn from(entry: ConsentEntry) -> Self {
        let id = RowIds::default().next(&entry.to_bytes());
        Self::made(id, Content::Consent(entry))
    }
}

impl Item {
    fn made(id: Box<str>, content: Content) -> Self {
        Self {
            id,
            place: "".into(),
            content,
        }
    }
}

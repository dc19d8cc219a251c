//! Rows that are no events: a contact, an order line, a ledger entry, a ticket.
//!
//! Invariant: a record has a collection, and its fields are one JSON object that can be read in full.

use serde::{Deserialize, Serialize};

use crate::{
    Diagnostic, Error, Identifier, Json, Result, Timestamp, Value,
    event::{object, set},
};

/// A person's place in an organisation, with its beginning and end.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Membership {
    /// Which organisation.
    pub organisation: Identifier,
    /// As what, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Box<str>>,
    /// The first instant of it; `None` if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first instant after it; `None` while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Membership {
    /// A membership without role, beginning and end.
    pub fn new(organisation: Identifier) -> Self {
        Self {
            organisation,
            role: None,
            from: None,
            to: None,
        }
    }

    /// `true` if it holds at this instant: from its beginning, up to and without its end.
    ///
    /// ```
    /// use onefold_event::{Identifier, IdentifierKind, Membership};
    /// let organisation = Identifier::generic(IdentifierKind::new("domain")?, "example.com")?;
    /// let mut membership = Membership::new(organisation);
    /// membership.to = Some("2026-03-01".parse()?);
    /// assert!(membership.holds_at("2026-02-28".parse()?));
    /// assert!(!membership.holds_at("2026-03-01".parse()?));
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn holds_at(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

/// A row of a source that is not an event.
///
/// The row itself is kept whole as a JSON object ([`fields`](Self::fields)); what a mapping declared
/// about it (whose it is, which traits it tells, which memberships) stands beside it.
///
/// ```
/// use onefold_event::{Identifier, Record};
/// let record = Record::new("contacts")
///     .key("17")
///     .identifier(Identifier::email("Ann@Example.com")?)
///     .trait_value("first_name", "Ann")
///     .field("FIRST", "Ann")
///     .build()?;
/// assert_eq!(record.fields().text(), r#"{"FIRST":"Ann"}"#);
/// assert_eq!(record.identifiers()[0].value(), "ann@example.com");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub(crate) collection: Box<str>,
    pub(crate) key: Option<Box<str>>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) traits: Vec<(Box<str>, Value)>,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) fields: Box<str>,
}

impl Record {
    /// The longest row as JSON, in bytes: 1 MiB.
    pub const BYTES_MAX: usize = crate::Event::BYTES_MAX;

    /// Starts a record of this collection (`contacts`, `order_lines`).
    #[expect(
        clippy::new_ret_no_self,
        reason = "a record is finished by its builder"
    )]
    pub fn new(collection: impl Into<Box<str>>) -> RecordBuilder {
        RecordBuilder {
            record: Self {
                collection: collection.into(),
                key: None,
                time: None,
                identifiers: Vec::new(),
                traits: Vec::new(),
                memberships: Vec::new(),
                fields: "{}".into(),
            },
            fields: Vec::new(),
        }
    }

    /// What kind of row it is.
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The key of the row in its source, if it has one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// When the row says that it happened or changed.
    pub fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// Whose it is.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// Traits it tells of the person, each name once.
    pub fn traits(&self) -> &[(Box<str>, Value)] {
        &self.traits
    }

    /// Memberships it tells of the person.
    pub fn memberships(&self) -> &[Membership] {
        &self.memberships
    }

    /// The row as a JSON object, in the order of its columns.
    pub fn fields(&self) -> Json<'_> {
        Json::scanned(&self.fields)
    }

    /// Demands what every record obeys; used by the builder and by the reader of stored bytes.
    pub(crate) fn check(&self) -> Vec<Diagnostic> {
        let mut mistakes = Vec::new();
        let collection = &self.collection;
        if collection.trim().is_empty()
            || collection.len() > 128
            || collection.chars().any(char::is_control)
        {
            let message = format!(
                "`{collection}` is not a collection: 1 to 128 bytes, no control characters"
            );
            mistakes.push(Diagnostic::new(message));
        }
        match Json::parse(&self.fields) {
            Ok(json) if json.is_object() && json.text().len() == self.fields.len() => {}
            Ok(_) => mistakes.push(Diagnostic::new("the fields of a record are not an object")),
            Err(flaws) => mistakes.extend(flaws),
        }
        if self.fields.len() > Self::BYTES_MAX {
            let message = format!(
                "the record has {} bytes, the limit is 1048576",
                self.fields.len()
            );
            mistakes.push(Diagnostic::new(message));
        }
        mistakes.extend(
            self.traits
                .iter()
                .filter_map(|(name, value)| bad_json(name, value)),
        );
        mistakes
    }
}

/// The mistake of a JSON value that is none, named by the member it was set for.
pub(crate) fn bad_json(name: &str, value: &Value) -> Option<Diagnostic> {
    let Value::Json(text) = value else {
        return None;
    };
    let flaw = Json::parse(text).err()?.into_iter().next()?;
    let message = format!("the value of `{name}` is {}", flaw.message);
    Some(Diagnostic::new(message))
}

/// Builds a [`Record`]; start with [`Record::new`].
#[derive(Debug, Clone)]
#[must_use = "a record exists after `build`"]
pub struct RecordBuilder {
    record: Record,
    fields: Vec<(Box<str>, Value)>,
}

impl RecordBuilder {
    /// The key of the row in its source. Default: none; the row is then known by its content.
    pub fn key(mut self, key: impl Into<Box<str>>) -> Self {
        self.record.key = Some(key.into());
        self
    }

    /// When it happened or changed. Default: none.
    pub fn time(mut self, time: Timestamp) -> Self {
        self.record.time = Some(time);
        self
    }

    /// One more identifier of the person; one that is there already is not repeated.
    pub fn identifier(mut self, identifier: Identifier) -> Self {
        if !self.record.identifiers.contains(&identifier) {
            self.record.identifiers.push(identifier);
        }
        self
    }

    /// A trait of the person; of one name set twice the last counts.
    pub fn trait_value(mut self, name: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        set(&mut self.record.traits, name.into(), value.into());
        self
    }

    /// One more membership of the person.
    pub fn membership(mut self, membership: Membership) -> Self {
        self.record.memberships.push(membership);
        self
    }

    /// A column of the row; of one name set twice the last counts.
    pub fn field(mut self, name: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        set(&mut self.fields, name.into(), value.into());
        self
    }

    /// The record.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) with every mistake: a collection
    /// that is empty or too long, a [`Value::Json`] that is not JSON, or a row of more than 1 MiB.
    pub fn build(self) -> Result<Record> {
        let Self { mut record, fields } = self;
        let mut mistakes: Vec<_> = fields
            .iter()
            .filter_map(|(name, value)| bad_json(name, value))
            .collect();
        record.fields = object(&fields).into();
        if mistakes.is_empty() {
            mistakes = record.check();
        }
        match mistakes.is_empty() {
            true => Ok(record),
            false => Err(Error::invalid("the record cannot be built", mistakes)),
        }
    }
}

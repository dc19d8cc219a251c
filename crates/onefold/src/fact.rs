//! One accepted item in the form in which it is folded into the state.
//!
//! Invariant: the same log record always gives the same fact, so a rebuild repeats the first run.

use std::borrow::Cow;

use onefold_connect::Content;
use onefold_consent::ConsentEntry;
use onefold_event::{
    Event, Identifier, IdentifierFields, Json, Membership, Occurrence, Position, Record,
    SourceName, Timestamp, Value,
};

/// What one item says: who, when, which traits, what happened, what was agreed.
pub(crate) struct Fact<'a> {
    pub(crate) source: &'a SourceName,
    pub(crate) time: Timestamp,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) traits: Vec<(Cow<'a, str>, Value)>,
    pub(crate) memberships: Cow<'a, [Membership]>,
    pub(crate) consent: Option<&'a ConsentEntry>,
    pub(crate) happened: Option<Happened<'a>>,
}

impl<'a> Fact<'a> {
    /// Reads an item; `None` for quarantined bytes, which say nothing yet.
    pub(crate) fn read(
        content: &'a Content,
        source: &'a SourceName,
        received_at: Timestamp,
        fields: &IdentifierFields,
    ) -> Option<Self> {
        match content {
            Content::Event(event) => Some(Self::of_event(event, source, fields)),
            Content::Record(record) => Some(Self::of_record(record, source, received_at)),
            Content::Consent(entry) => Some(Self::of_consent(entry, source)),
            _ => None,
        }
    }

    fn of_event(event: &'a Event, source: &'a SourceName, fields: &IdentifierFields) -> Self {
        let (identifiers, _unreadable) = fields.identifiers(event);
        Self {
            source,
            time: event.time(),
            identifiers: identifiers.into_iter().collect(),
            traits: traits_of(event),
            memberships: Cow::Owned(membership_of(event)),
            consent: None,
            happened: Some(Happened::Event(event, event.occurrence_name())),
        }
    }

    fn of_record(record: &'a Record, source: &'a SourceName, received_at: Timestamp) -> Self {
        let traits = record.traits().iter();
        Self {
            source,
            time: record.time().unwrap_or(received_at),
            identifiers: record.identifiers().to_vec(),
            traits: traits
                .map(|(name, value)| (Cow::Borrowed(&**name), value.clone()))
                .collect(),
            memberships: Cow::Borrowed(record.memberships()),
            consent: None,
            happened: record.time().map(|time| Happened::Record(record, time)),
        }
    }

    fn of_consent(entry: &'a ConsentEntry, source: &'a SourceName) -> Self {
        Self {
            source,
            time: entry.time,
            identifiers: vec![entry.subject.clone()],
            traits: Vec::new(),
            memberships: Cow::Borrowed(&[]),
            consent: Some(entry),
            happened: None,
        }
    }
}

/// Traits of the person: those of an identify call, and `context.traits` of any call but `group`,
/// whose traits are the organisation's.
fn traits_of(event: &Event) -> Vec<(Cow<'_, str>, Value)> {
    use onefold_event::EventKind::{Group, Identify};
    let stated = match event.kind() {
        Identify => event.traits(),
        Group => None,
        _ => event.context_traits(),
    };
    let entries = stated.into_iter().flat_map(Json::entries);
    entries
        .map(|(name, value)| (name, value.to_value()))
        .collect()
}

/// A group call says that the person belongs to the organisation from then on.
fn membership_of(event: &Event) -> Vec<Membership> {
    let Some(group) = event.group_id() else {
        return Vec::new();
    };
    if event.kind() != onefold_event::EventKind::Group {
        return Vec::new();
    }
    let organisation = onefold_event::IdentifierKind::new("group_id")
        .and_then(|kind| Identifier::generic(kind, &group));
    let from = Some(event.time());
    organisation
        .map(|organisation| Membership {
            organisation,
            role: None,
            from,
            to: None,
        })
        .into_iter()
        .collect()
}

/// What happened, as segments see it.
pub(crate) enum Happened<'a> {
    Event(&'a Event, Cow<'a, str>),
    Record(&'a Record, Timestamp),
}

/// [`Happened`] with its place in the log.
pub(crate) struct Placed<'a> {
    pub(crate) happened: &'a Happened<'a>,
    pub(crate) position: Position,
}

impl Occurrence for Placed<'_> {
    fn name(&self) -> &str {
        match self.happened {
            Happened::Event(_, name) => name,
            Happened::Record(record, _) => record.collection(),
        }
    }

    fn time(&self) -> Timestamp {
        match self.happened {
            Happened::Event(event, _) => event.time(),
            Happened::Record(_, time) => *time,
        }
    }

    fn position(&self) -> Position {
        self.position
    }

    fn property(&self, path: &str) -> Option<Value> {
        let found = match self.happened {
            Happened::Event(event, _) => event.properties()?.path(path),
            Happened::Record(record, _) => record.fields().path(path),
        };
        found.map(Json::to_value)
    }
}

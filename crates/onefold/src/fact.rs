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
    pub(crate) identifiers: Cow<'a, [Identifier]>,
    pub(crate) traits: Vec<(Cow<'a, str>, Value)>,
    pub(crate) memberships: Cow<'a, [Membership]>,
    /// What it says of the organisation that its membership names.
    pub(crate) organisation_traits: Vec<(Cow<'a, str>, Value)>,
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
        Self::of(
            content,
            source,
            received_at,
            identifiers_of(content, fields),
        )
    }

    /// The same with the identifiers that [`identifiers_of`] found in it.
    pub(crate) fn of(
        content: &'a Content,
        source: &'a SourceName,
        received_at: Timestamp,
        identifiers: Cow<'a, [Identifier]>,
    ) -> Option<Self> {
        let empty = |time| Self {
            source,
            time,
            identifiers,
            traits: Vec::new(),
            memberships: Cow::Borrowed(&[]),
            organisation_traits: Vec::new(),
            consent: None,
            happened: None,
        };
        match content {
            Content::Event(event) => Some(Self {
                traits: traits_of(event),
                memberships: Cow::Owned(membership_of(event)),
                organisation_traits: organisation_traits_of(event),
                happened: Some(Happened::Event(event, event.occurrence_name())),
                ..empty(event.time())
            }),
            Content::Record(record) => {
                let traits = record.traits().iter();
                let traits = traits.map(|(name, value)| (Cow::Borrowed(&**name), value.clone()));
                Some(Self {
                    traits: traits.collect(),
                    memberships: Cow::Borrowed(record.memberships()),
                    happened: record.time().map(|time| Happened::Record(record, time)),
                    ..empty(record.time().unwrap_or(received_at))
                })
            }
            Content::Consent(entry) => Some(Self {
                consent: Some(entry),
                ..empty(entry.time)
            }),
            _ => None,
        }
    }
}

/// The identifiers that an item carries.
pub(crate) fn identifiers_of<'a>(
    content: &'a Content,
    fields: &IdentifierFields,
) -> Cow<'a, [Identifier]> {
    match content {
        Content::Event(event) => {
            let (identifiers, _unreadable) = fields.identifiers(event);
            Cow::Owned(identifiers)
        }
        Content::Record(record) => Cow::Borrowed(record.identifiers()),
        Content::Consent(entry) => Cow::Borrowed(std::slice::from_ref(&entry.subject)),
        _ => Cow::Borrowed(&[]),
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

/// Traits of the organisation: those of a `group` call.
fn organisation_traits_of(event: &Event) -> Vec<(Cow<'_, str>, Value)> {
    if event.kind() != onefold_event::EventKind::Group {
        return Vec::new();
    }
    let entries = event.traits().into_iter().flat_map(Json::entries);
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

//! Events made by the host's own code.
//!
//! Invariant: what is built is read back by [`Event::from_json`], so a built event obeys every rule
//! of one that came over the wire.

use super::{Event, EventKind};
use crate::{Diagnostic, Error, Result, Timestamp, Value, record::bad_json};

/// Builds an [`Event`]; start with [`Event::track`] or its siblings.
///
/// ```
/// use onefold_event::Event;
/// let event = Event::track("Order Completed")
///     .message_id("m1")
///     .user_id("u1")
///     .timestamp("2026-03-01T12:00:00Z".parse()?)
///     .property("currency", "EUR")
///     .build()?;
/// assert_eq!(
///     event.json(),
///     r#"{"messageId":"m1","type":"track","event":"Order Completed","userId":"u1","timestamp":"2026-03-01T12:00:00Z","properties":{"currency":"EUR"}}"#,
/// );
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an event exists after `build`"]
pub struct EventBuilder {
    kind: EventKind,
    named: Option<(&'static str, String)>,
    message_id: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    timestamp: Option<Timestamp>,
    received_at: Option<Timestamp>,
    properties: Vec<(String, Value)>,
    traits: Vec<(String, Value)>,
    context: Vec<(String, Value)>,
}

impl Event {
    /// Somebody did what has this name.
    pub fn track(name: impl Into<String>) -> EventBuilder {
        EventBuilder::new(EventKind::Track, Some(("event", name.into())))
    }

    /// Who somebody is.
    pub fn identify() -> EventBuilder {
        EventBuilder::new(EventKind::Identify, None)
    }

    /// Somebody saw this page.
    pub fn page(name: impl Into<String>) -> EventBuilder {
        EventBuilder::new(EventKind::Page, Some(("name", name.into())))
    }

    /// Somebody saw this screen.
    pub fn screen(name: impl Into<String>) -> EventBuilder {
        EventBuilder::new(EventKind::Screen, Some(("name", name.into())))
    }

    /// Somebody belongs to the group with this id.
    pub fn group(id: impl Into<String>) -> EventBuilder {
        EventBuilder::new(EventKind::Group, Some(("groupId", id.into())))
    }

    /// The id set by [`EventBuilder::user_id`] and this earlier id are one person.
    pub fn alias(previous_id: impl Into<String>) -> EventBuilder {
        EventBuilder::new(EventKind::Alias, Some(("previousId", previous_id.into())))
    }
}

impl EventBuilder {
    fn new(kind: EventKind, named: Option<(&'static str, String)>) -> Self {
        Self {
            kind,
            named,
            message_id: None,
            user_id: None,
            anonymous_id: None,
            timestamp: None,
            received_at: None,
            properties: Vec::new(),
            traits: Vec::new(),
            context: Vec::new(),
        }
    }

    /// The id that makes a repeated delivery a duplicate. Default: none. Limit: 512 bytes.
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// The id of a known person. Default: none.
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// The id of a device or browser. Default: none.
    pub fn anonymous_id(mut self, id: impl Into<String>) -> Self {
        self.anonymous_id = Some(id.into());
        self
    }

    /// When it happened. Default: when it was received.
    pub fn timestamp(mut self, time: Timestamp) -> Self {
        self.timestamp = Some(time);
        self
    }

    /// When it was received; not written into the JSON. Default: the timestamp.
    pub fn received_at(mut self, time: Timestamp) -> Self {
        self.received_at = Some(time);
        self
    }

    /// A property; of one name set twice the last counts.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        set(&mut self.properties, name.into(), value.into());
        self
    }

    /// A trait of the person, or of the group in a group call.
    pub fn trait_value(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        set(&mut self.traits, name.into(), value.into());
        self
    }

    /// A member of the context, such as `locale`.
    pub fn context(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        set(&mut self.context, name.into(), value.into());
        self
    }

    /// The event.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) with every mistake: no time at
    /// all, an empty name, a [`Value::Json`] that is not JSON, or what [`Event::from_json`] refuses.
    pub fn build(self) -> Result<Event> {
        let received_at = self.received_at.or(self.timestamp);
        let values = [&self.properties, &self.traits, &self.context]
            .into_iter()
            .flatten();
        // Before the text is put together: a value with a brace too many could end its object.
        let mut mistakes: Vec<_> = values
            .filter_map(|(name, value)| bad_json(name, value))
            .collect();
        if received_at.is_none() {
            mistakes.push(Diagnostic::new("the event has no time").help("set `timestamp`"));
        }
        let event = match received_at.filter(|_| mistakes.is_empty()) {
            Some(time) => Event::from_json(&self.to_json(), time),
            None => Err(mistakes),
        };
        event.map_err(|mistakes| Error::invalid("the event cannot be built", mistakes))
    }

    fn to_json(&self) -> String {
        let text = |value: &str| Value::text(value);
        let mut members = Vec::with_capacity(9);
        members.extend(self.message_id.as_deref().map(|id| ("messageId", text(id))));
        members.push(("type", text(self.kind.as_str())));
        members.extend(
            self.named
                .as_ref()
                .map(|(member, name)| (*member, text(name))),
        );
        members.extend(self.user_id.as_deref().map(|id| ("userId", text(id))));
        members.extend(
            self.anonymous_id
                .as_deref()
                .map(|id| ("anonymousId", text(id))),
        );
        members.extend(
            self.timestamp
                .map(|time| ("timestamp", text(&time.to_string()))),
        );
        for (member, values) in [
            ("properties", &self.properties),
            ("traits", &self.traits),
            ("context", &self.context),
        ] {
            if !values.is_empty() {
                members.push((member, Value::Json(object(values).into())));
            }
        }
        object(&members)
    }
}

/// Sets the value of a name, in its first place.
pub(crate) fn set<N: PartialEq>(values: &mut Vec<(N, Value)>, name: N, value: Value) {
    match values.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => values.push((name, value)),
    }
}

/// A JSON object of these members, in their order.
pub(crate) fn object<N: AsRef<str>>(members: &[(N, Value)]) -> String {
    let mut json = String::from("{");
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        json.push_str(&Value::text(name.as_ref()).to_json());
        json.push(':');
        json.push_str(&value.to_json());
    }
    json.push('}');
    json
}

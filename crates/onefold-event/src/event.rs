//! An event: the original JSON text whole, with a typed envelope over it.
//!
//! Invariant: the text is one valid JSON object that can be read in full, its envelope members have
//! the right types, and nothing of it was changed: unknown members, nulls, order of keys and digits
//! of numbers are as the source wrote them.

mod builder;
mod clock;
mod envelope;

use std::{borrow::Cow, fmt};

pub use builder::EventBuilder;
pub(crate) use builder::{object, set};
pub use clock::TimeBasis;
use envelope::{Envelope, Span};
use serde::{Deserialize, Serialize};

use crate::{Diagnostic, Diagnostics, Json, Timestamp};

/// The six calls of the Segment vocabulary (`type` on the wire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody did something that has a name.
    Track,
    /// Who somebody is, with traits.
    Identify,
    /// Somebody saw a page.
    Page,
    /// Somebody saw a screen of an app.
    Screen,
    /// Somebody belongs to a group, with traits of the group.
    Group,
    /// Two ids are one person.
    Alias,
}

impl EventKind {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Track,
        Self::Identify,
        Self::Page,
        Self::Screen,
        Self::Group,
        Self::Alias,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody did, when: one event in the Segment vocabulary.
///
/// Keeps the JSON text as it came in one allocation; the members of the envelope are places in it.
/// Properties, traits and context stay text until they are read, and can then be read without fail:
/// depth, escapes and range of numbers were checked when the event was accepted.
///
/// | wire member | read by | must be |
/// | --- | --- | --- |
/// | `type` | [`kind`](Self::kind) | one of the six names |
/// | `messageId` | [`message_id`](Self::message_id) | text or number, up to 512 bytes (Segment: 100) |
/// | `userId`, `anonymousId`, `groupId`, `previousId` | methods of these names | text or number; `null` and blank text are "none" |
/// | `event`, `name` | [`event_name`](Self::event_name) | text; `event` is required for track |
/// | `timestamp`, `originalTimestamp`, `sentAt`, `receivedAt` | [`time`](Self::time), [`received_at`](Self::received_at) | RFC 3339 |
/// | `properties`, `traits`, `context` | methods of these names | object; `[]` is taken for an empty one, as PHP writes it |
///
/// `groupId` is required for group, `previousId` for alias. Everything else is kept and found by
/// [`field`](Self::field). A member of the table may occur only once, because readers disagree on
/// which one counts; of other repeated keys the last is read. An event without any id is accepted and
/// belongs to no person.
///
/// ```
/// use onefold_event::{Event, EventKind, Timestamp, TimeBasis};
/// let received: Timestamp = "2026-03-01T12:00:10Z".parse()?;
/// let line = r#"{"type":"track","event":"Order Completed","userId":"u1","properties":{"total":9007199254740993},
///   "timestamp":"2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:05Z"}"#;
/// let event = Event::from_json(line, received).unwrap();
/// assert_eq!(event.kind(), EventKind::Track);
/// assert_eq!(event.user_id().as_deref(), Some("u1"));
/// // The device's clock is 65 minutes slow less the wait: 12:00:10 - (11:00:05 - 11:00:00).
/// assert_eq!(event.time().to_string(), "2026-03-01T12:00:05Z");
/// assert!(matches!(event.time_basis(), TimeBasis::Corrected { .. }));
/// assert_eq!(event.properties().unwrap().get("total").unwrap().text(), "9007199254740993");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Event {
    text: Box<str>,
    envelope: Envelope,
}

impl Event {
    /// The longest JSON text of one event, in bytes: 1 MiB. Real invoices reach 105 KB.
    pub const BYTES_MAX: usize = 1 << 20;
    /// The longest message id, in bytes. Segment allows 100 characters.
    pub const MESSAGE_ID_BYTES_MAX: usize = 512;

    /// Reads one event from a JSON object.
    ///
    /// `received_at` is when the text came in. The envelope's own `receivedAt` goes before it, if it
    /// has one that is not before the year 2000 and not more than 23 hours after the argument.
    ///
    /// # Errors
    /// Every mistake of the envelope, each with its JSON pointer and bytes; or, where the text is not
    /// JSON, the one place where it stops being so.
    pub fn from_json(json: &str, received_at: Timestamp) -> Result<Self, Diagnostics> {
        let envelope = Envelope::read(json, received_at)?;
        Ok(Self {
            text: json.into(),
            envelope,
        })
    }

    /// [`from_json`](Self::from_json) for bytes that may not be UTF-8.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json); bytes that are not UTF-8 are named by their offset.
    pub fn from_json_bytes(json: &[u8], received_at: Timestamp) -> Result<Self, Diagnostics> {
        let text = std::str::from_utf8(json).map_err(|error| {
            let at = error.valid_up_to();
            vec![Diagnostic::new(format!("not UTF-8 at byte {at}")).spanning(at..at + 1)]
        })?;
        Self::from_json(text, received_at)
    }

    /// Which of the six calls it is.
    pub fn kind(&self) -> EventKind {
        self.envelope.kind
    }

    /// The id that makes a repeated delivery a duplicate.
    pub fn message_id(&self) -> Option<Cow<'_, str>> {
        self.id(self.envelope.message_id)
    }

    /// The id of a known person; `null` and blank text are none.
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        self.id(self.envelope.user_id)
    }

    /// The id of a device or browser; `null` and blank text are none.
    pub fn anonymous_id(&self) -> Option<Cow<'_, str>> {
        self.id(self.envelope.anonymous_id)
    }

    /// The group of a group call; `null` and blank text are none.
    pub fn group_id(&self) -> Option<Cow<'_, str>> {
        self.id(self.envelope.group_id)
    }

    /// The earlier id of an alias call; `null` and blank text are none.
    pub fn previous_id(&self) -> Option<Cow<'_, str>> {
        self.id(self.envelope.previous_id)
    }

    /// The name: `event` of a track call, `name` of a page or screen call.
    pub fn event_name(&self) -> Option<Cow<'_, str>> {
        let span = match self.envelope.kind {
            EventKind::Track => self.envelope.event,
            _ => self.envelope.name,
        };
        self.json_at(span)?.as_str()
    }

    /// What segments know it by: the event name of a track call, else the name of the call (`page`).
    pub fn occurrence_name(&self) -> Cow<'_, str> {
        match self.envelope.kind {
            EventKind::Track => self.event_name().unwrap_or_default(),
            kind => Cow::Borrowed(kind.as_str()),
        }
    }

    /// The JSON text exactly as it came.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Any member of the envelope, by its name on the wire; scans the text.
    pub fn field(&self, name: &str) -> Option<Json<'_>> {
        Json::scanned(self.text.trim_ascii()).get(name)
    }

    /// What the event is about; `None` if absent, `null` or `[]`.
    pub fn properties(&self) -> Option<Json<'_>> {
        self.object_at(self.envelope.properties)
    }

    /// Traits of the person (of the group in a group call). An identify call without `traits`, or
    /// with empty ones, takes those of `context.traits`, where some SDKs put them.
    pub fn traits(&self) -> Option<Json<'_>> {
        let own = self.object_at(self.envelope.traits);
        match self.envelope.kind {
            EventKind::Identify => own
                .filter(|own| own.entries().next().is_some())
                .or_else(|| self.context_traits())
                .or(own),
            _ => own,
        }
    }

    /// `context.traits`: traits of the person, sent with any call.
    pub fn context_traits(&self) -> Option<Json<'_>> {
        self.object_at(self.envelope.context_traits)
    }

    /// Where it happened: page, device, campaign, library.
    pub fn context(&self) -> Option<Json<'_>> {
        self.object_at(self.envelope.context)
    }

    /// Which destinations the source wants; kept, never enforced here.
    pub fn integrations(&self) -> Option<Json<'_>> {
        self.json_at(self.envelope.integrations)
            .filter(|value| !value.is_null())
    }

    /// When it happened, corrected for the skew of the device's clock; see [`TimeBasis`].
    pub fn time(&self) -> Timestamp {
        self.envelope.time
    }

    /// When it was received.
    pub fn received_at(&self) -> Timestamp {
        self.envelope.received_at
    }

    /// How [`time`](Self::time) was found.
    pub fn time_basis(&self) -> TimeBasis {
        self.envelope.basis
    }

    fn id(&self, span: Span) -> Option<Cow<'_, str>> {
        let id = match self.json_at(span)? {
            json if json.is_number() => Cow::Borrowed(json.text()),
            json => json.as_str()?,
        };
        (!id.trim().is_empty()).then_some(id)
    }

    fn json_at(&self, span: Span) -> Option<Json<'_>> {
        span.of(&self.text).map(Json::scanned)
    }

    fn object_at(&self, span: Span) -> Option<Json<'_>> {
        self.json_at(span).filter(|value| value.is_object())
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("time", &self.envelope.time)
            .field("basis", &self.envelope.basis)
            .field("json", &Json::scanned(&self.text))
            .finish()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;

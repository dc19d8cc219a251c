//! The envelope of an event: one pass over its text that checks everything and notes the places.
//!
//! Invariant: every [`Span`] is the place of one whole value in the text that was read.

use super::{Event, EventKind, TimeBasis, clock::Clocks};
use crate::{
    Diagnostic, Diagnostics, Json, Timestamp,
    json::{raw_key_is, syntax, unescape},
    scan::{Flaw, Problem, Scanner},
};

/// A place in the text, in bytes; empty where the member is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn of(self, text: &str) -> Option<&str> {
        text.get(self.start as usize..self.end as usize)
            .filter(|value| !value.is_empty())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Envelope {
    pub(super) kind: EventKind,
    pub(super) time: Timestamp,
    pub(super) received_at: Timestamp,
    pub(super) basis: TimeBasis,
    pub(super) message_id: Span,
    pub(super) user_id: Span,
    pub(super) anonymous_id: Span,
    pub(super) group_id: Span,
    pub(super) previous_id: Span,
    pub(super) event: Span,
    pub(super) name: Span,
    pub(super) properties: Span,
    pub(super) traits: Span,
    pub(super) context: Span,
    pub(super) context_traits: Span,
    pub(super) integrations: Span,
}

impl Envelope {
    pub(super) fn read(text: &str, received_at: Timestamp) -> Result<Self, Diagnostics> {
        if text.len() > Event::BYTES_MAX {
            let message = format!(
                "the event has {} bytes, the limit is {}",
                text.len(),
                Event::BYTES_MAX
            );
            return Err(vec![Diagnostic::new(message)]);
        }
        let mut members = Members::default();
        members.scan(text).map_err(|flaw| vec![syntax(flaw)])?;
        Reader {
            text,
            mistakes: Vec::new(),
        }
        .envelope(&members, received_at)
    }
}

/// The members of the envelope that have a meaning here, by their place in [`NAMES`].
#[derive(Default)]
struct Members {
    spans: [Span; NAMES.len()],
    context_traits: Span,
    repeated: Vec<(Member, Span)>,
    is_object: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Type,
    MessageId,
    UserId,
    AnonymousId,
    GroupId,
    PreviousId,
    Event,
    Name,
    Properties,
    Traits,
    Context,
    Integrations,
    Timestamp,
    OriginalTimestamp,
    SentAt,
    ReceivedAt,
}

/// The names on the wire, in the order of [`Member`].
const NAMES: [&str; 16] = [
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "event",
    "name",
    "properties",
    "traits",
    "context",
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
];

impl Member {
    /// The member with this key, given as it stands in the text.
    #[inline]
    fn of(key: &str) -> Option<Self> {
        let member = Self::named(key);
        member.or_else(|| key.contains('\\').then(|| Self::named(&unescape(key)))?)
    }

    /// The member of this name. The length leaves at most three names to compare with.
    #[inline]
    fn named(name: &str) -> Option<Self> {
        let candidates: &[Self] = match name.len() {
            4 => &[Self::Type, Self::Name],
            5 => &[Self::Event],
            6 => &[Self::UserId, Self::SentAt, Self::Traits],
            7 => &[Self::Context, Self::GroupId],
            9 => &[Self::MessageId, Self::Timestamp],
            10 => &[Self::Properties, Self::ReceivedAt, Self::PreviousId],
            11 => &[Self::AnonymousId],
            12 => &[Self::Integrations],
            17 => &[Self::OriginalTimestamp],
            _ => return None,
        };
        candidates
            .iter()
            .copied()
            .find(|member| member.wire_name() == name)
    }

    #[expect(clippy::indexing_slicing, reason = "there is one name for each member")]
    fn wire_name(self) -> &'static str {
        NAMES[self as usize]
    }

    fn pointer(self) -> String {
        format!("/{}", self.wire_name())
    }
}

impl Members {
    /// The one pass: checks the whole text and notes where the members are.
    fn scan(&mut self, text: &str) -> Result<(), Flaw> {
        let mut scanner = Scanner::new(text);
        self.pass(text, &mut scanner)
            .map_err(|problem| scanner.flaw(problem))
    }

    fn pass(&mut self, text: &str, scanner: &mut Scanner<'_>) -> Result<(), Problem> {
        scanner.skip_space();
        if scanner.peek() != Some(b'{') {
            scanner.value(0)?;
            return scanner.end();
        }
        self.is_object = true;
        let mut more = scanner.open(b'}');
        while more {
            let member = Member::of(key(text, scanner)?);
            let start = scanner.at();
            match member {
                Some(Member::Context) => self.pass_context(text, scanner)?,
                _ => scanner.value(1)?,
            }
            if let Some(member) = member {
                self.note(member, span(start, scanner.at()));
            }
            more = scanner.more(b'}')?;
        }
        scanner.end()
    }

    /// Moves over the context and notes its traits: every event is asked for them.
    fn pass_context(&mut self, text: &str, scanner: &mut Scanner<'_>) -> Result<(), Problem> {
        if scanner.peek() != Some(b'{') {
            return scanner.value(1);
        }
        let mut more = scanner.open(b'}');
        while more {
            let key = key(text, scanner)?;
            let start = scanner.at();
            scanner.value(2)?;
            if raw_key_is(key, "traits") {
                self.context_traits = span(start, scanner.at());
            }
            more = scanner.more(b'}')?;
        }
        Ok(())
    }

    fn note(&mut self, member: Member, place: Span) {
        let Some(slot) = self.spans.get_mut(member as usize) else {
            return;
        };
        if slot.end != 0 {
            self.repeated.push((member, place));
        }
        *slot = place;
    }

    #[expect(clippy::indexing_slicing, reason = "there is one span for each member")]
    fn span(&self, member: Member) -> Span {
        self.spans[member as usize]
    }
}

/// Moves over a key, its colon and the white space after it; the key without its quotes.
fn key<'a>(text: &'a str, scanner: &mut Scanner<'_>) -> Result<&'a str, Problem> {
    scanner.skip_space();
    let start = scanner.at() + 1;
    scanner.key()?;
    let key = text.get(start..scanner.at() - 1).unwrap_or_default();
    scanner.colon()?;
    scanner.skip_space();
    Ok(key)
}

/// Texts are at most [`Event::BYTES_MAX`] long, so the casts lose nothing.
fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

/// Reads the noted members and collects every mistake.
struct Reader<'a> {
    text: &'a str,
    mistakes: Diagnostics,
}

impl Reader<'_> {
    fn envelope(
        mut self,
        members: &Members,
        received_at: Timestamp,
    ) -> Result<Envelope, Diagnostics> {
        if !members.is_object {
            return Err(vec![
                Diagnostic::new("an event is a JSON object").help("write `{...}`"),
            ]);
        }
        for (member, place) in &members.repeated {
            self.mistake(*member, *place, "occurs twice");
        }
        let kind = self.kind(members.span(Member::Type));
        let clocks = self.clocks(members);
        let received_at = clocks.received_at(received_at);
        let (time, basis) = clocks.event_time(received_at);
        let message_id = self.message_id(members);
        let [user_id, anonymous_id, group_id, previous_id] = [
            Member::UserId,
            Member::AnonymousId,
            Member::GroupId,
            Member::PreviousId,
        ]
        .map(|member| self.id(members, member));
        let [event, name] = [Member::Event, Member::Name].map(|member| self.name(members, member));
        let [properties, traits, context] = [Member::Properties, Member::Traits, Member::Context]
            .map(|member| self.object(members, member));
        if let Some(kind) = kind {
            self.required(kind, members);
        }
        match kind {
            Some(kind) if self.mistakes.is_empty() => Ok(Envelope {
                kind,
                time,
                received_at,
                basis,
                message_id,
                user_id,
                anonymous_id,
                group_id,
                previous_id,
                event,
                name,
                properties,
                traits,
                context,
                context_traits: members.context_traits,
                integrations: members.span(Member::Integrations),
            }),
            _ => Err(self.mistakes),
        }
    }

    fn kind(&mut self, place: Span) -> Option<EventKind> {
        let known = "write `track`, `identify`, `page`, `screen`, `group` or `alias`";
        let Some(raw) = place.of(self.text) else {
            let mistake = Diagnostic::new("`type` is missing").at("/type").help(known);
            self.mistakes.push(mistake);
            return None;
        };
        let kind = match raw {
            "\"track\"" => EventKind::Track,
            "\"identify\"" => EventKind::Identify,
            "\"page\"" => EventKind::Page,
            "\"screen\"" => EventKind::Screen,
            "\"group\"" => EventKind::Group,
            "\"alias\"" => EventKind::Alias,
            _ => {
                let text = Json::scanned(raw).as_str().unwrap_or_default();
                let kind = EventKind::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == text);
                if kind.is_none() {
                    let message = format!("{} is not a type of event", shown(raw));
                    self.push(Member::Type, place, message, Some(known));
                }
                return kind;
            }
        };
        Some(kind)
    }

    fn clocks(&mut self, members: &Members) -> Clocks {
        Clocks {
            timestamp: self.time(members, Member::Timestamp),
            original: self.time(members, Member::OriginalTimestamp),
            sent: self.time(members, Member::SentAt),
            received: self.time(members, Member::ReceivedAt),
        }
    }

    fn time(&mut self, members: &Members, member: Member) -> Option<Timestamp> {
        let place = members.span(member);
        let raw = place.of(self.text)?;
        let json = Json::scanned(raw);
        if json.is_null() {
            return None;
        }
        // A time is hardly ever escaped, so the raw text is tried first.
        let plain = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        let time = plain
            .and_then(Timestamp::read)
            .or_else(|| Timestamp::read(&json.as_str()?));
        if time.is_none() {
            let message = format!("{} is not a time", shown(json.text()));
            let help = "write RFC 3339, such as `2026-03-01T12:00:00Z`";
            self.push(member, place, message, Some(help));
        }
        time
    }

    fn message_id(&mut self, members: &Members) -> Span {
        let place = self.id(members, Member::MessageId);
        if place
            .of(self.text)
            .is_some_and(|id| id.len() > Event::MESSAGE_ID_BYTES_MAX + 2)
        {
            self.mistake(Member::MessageId, place, "is longer than 512 bytes");
        }
        place
    }

    fn id(&mut self, members: &Members, member: Member) -> Span {
        self.checked(members, member, "must be a text or a number", |json| {
            json.is_number() || json.text().starts_with('"')
        })
    }

    fn name(&mut self, members: &Members, member: Member) -> Span {
        self.checked(members, member, "must be a text", |json| {
            json.text().starts_with('"')
        })
    }

    fn object(&mut self, members: &Members, member: Member) -> Span {
        self.checked(members, member, "must be an object", |json| {
            json.is_object() || (json.is_array() && json.items().next().is_none())
        })
    }

    fn checked(
        &mut self,
        members: &Members,
        member: Member,
        demand: &str,
        holds: impl Fn(Json<'_>) -> bool,
    ) -> Span {
        let place = members.span(member);
        let Some(raw) = place.of(self.text) else {
            return place;
        };
        let json = Json::scanned(raw);
        if json.is_null() {
            return Span::default();
        }
        if !holds(json) {
            let message = format!("`{}` {demand}, not {}", member.wire_name(), shown(raw));
            self.push(member, place, message, None);
        }
        place
    }

    /// What a call cannot do without.
    fn required(&mut self, kind: EventKind, members: &Members) {
        let member = match kind {
            EventKind::Track => Member::Event,
            EventKind::Group => Member::GroupId,
            EventKind::Alias => Member::PreviousId,
            EventKind::Identify | EventKind::Page | EventKind::Screen => return,
        };
        let raw = members.span(member).of(self.text).unwrap_or("null");
        let blank = Json::scanned(raw)
            .as_str()
            .is_some_and(|text| text.trim().is_empty());
        if raw == "null" || blank {
            let name = member.wire_name();
            let message = format!("`{name}` is missing; `{kind}` needs it");
            self.mistakes
                .push(Diagnostic::new(message).at(member.pointer()));
        }
    }

    fn mistake(&mut self, member: Member, place: Span, problem: &str) {
        let message = format!("`{}` {problem}", member.wire_name());
        self.push(member, place, message, None);
    }

    #[cold]
    fn push(&mut self, member: Member, place: Span, message: String, help: Option<&str>) {
        let mut mistake = Diagnostic::new(message)
            .at(member.pointer())
            .spanning(place.start as usize..place.end as usize);
        mistake.help = help.map(Into::into);
        self.mistakes.push(mistake);
    }
}

/// The value in backticks, cut after 60 characters.
fn shown(raw: &str) -> String {
    let inner = Json::scanned(raw).as_str();
    let text = inner.as_deref().unwrap_or(raw);
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("`{}...`", text.get(..at).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

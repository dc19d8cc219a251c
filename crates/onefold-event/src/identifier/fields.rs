//! Which parts of an event point at a person.

use std::collections::BTreeMap;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::{Identifier, IdentifierKind, Region};
use crate::{Diagnostic, Diagnostics, Event, EventKind, Json};

/// Which members, traits and properties of an event are identifiers, and of which kind.
///
/// Always: `userId` as `user_id` and `anonymousId` as `anonymous_id`. The `previousId` of an alias
/// call is taken as both, unless it equals one of the event's own ids: on the wire it may be either,
/// and the one that was never seen before links nothing. Then the declared traits, looked up in the
/// traits of an identify call and in `context.traits` of every call; the `traits` of a group call
/// are the group's and are not looked at. Last the `context.externalIds` of the Segment specification, each
/// with its own `type` as kind. Default: the traits `email` and `phone`, no properties, no region.
///
/// ```
/// use onefold_event::{Event, IdentifierFields};
/// let event = Event::identify()
///     .user_id("u1")
///     .trait_value("email", " Ann@Example.com")
///     .timestamp("2026-03-01".parse()?)
///     .build()?;
/// let (identifiers, mistakes) = IdentifierFields::default().identifiers(&event);
/// let texts: Vec<String> = identifiers.iter().map(ToString::to_string).collect();
/// assert_eq!(texts, ["user_id:u1", "email:ann@example.com"]);
/// assert!(mistakes.is_empty());
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentifierFields {
    /// Paths in the traits, each with the kind of identifier it holds.
    pub traits: BTreeMap<Box<str>, IdentifierKind>,
    /// Paths in the properties, likewise.
    pub properties: BTreeMap<Box<str>, IdentifierKind>,
    /// The country whose numbering plan national telephone numbers are read in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

impl Default for IdentifierFields {
    fn default() -> Self {
        let traits = [
            ("email".into(), IdentifierKind::email()),
            ("phone".into(), IdentifierKind::phone()),
        ];
        Self {
            traits: BTreeMap::from(traits),
            properties: BTreeMap::new(),
            region: None,
        }
    }
}

impl IdentifierFields {
    /// The identifiers of an event, each once, and what could not be normalised.
    ///
    /// A mistake leaves out one identifier and nothing else: the event stays usable. `null` and blank
    /// text are no identifiers and no mistakes.
    pub fn identifiers(&self, event: &Event) -> (Vec<Identifier>, Diagnostics) {
        let mut found = Found {
            region: self.region,
            identifiers: Vec::with_capacity(4),
            mistakes: Vec::new(),
        };
        let (user, anonymous) = (event.user_id(), event.anonymous_id());
        if let Some(id) = &user {
            found.add(IdentifierKind::user_id(), id, "/userId");
        }
        if let Some(id) = &anonymous {
            found.add(IdentifierKind::anonymous_id(), id, "/anonymousId");
        }
        if event.kind() == EventKind::Alias
            && let Some(id) = event.previous_id()
            && user.as_ref() != Some(&id)
            && anonymous.as_ref() != Some(&id)
        {
            found.add(IdentifierKind::user_id(), &id, "/previousId");
            found.add(IdentifierKind::anonymous_id(), &id, "/previousId");
        }
        let own = event
            .traits()
            .filter(|_| event.kind() == EventKind::Identify);
        found.look_up(&self.traits, own, "/traits");
        if !self.traits.is_empty() {
            found.look_up(&self.traits, event.context_traits(), "/context/traits");
        }
        if !self.properties.is_empty() {
            found.look_up(&self.properties, event.properties(), "/properties");
        }
        // Most events have none: finding that out costs a look at the bytes, not a scan of the context.
        if memmem::find(event.json().as_bytes(), b"externalIds").is_some() {
            found.external_ids(event.context());
        }
        (found.identifiers, found.mistakes)
    }
}

struct Found {
    region: Option<Region>,
    identifiers: Vec<Identifier>,
    mistakes: Diagnostics,
}

impl Found {
    fn look_up(
        &mut self,
        fields: &BTreeMap<Box<str>, IdentifierKind>,
        object: Option<Json<'_>>,
        pointer: &str,
    ) {
        let Some(object) = object else { return };
        for (path, kind) in fields {
            let Some(value) = object.path(path).filter(|value| !value.is_null()) else {
                continue;
            };
            let escaped = || path.replace('~', "~0").replace('/', "~1").replace('.', "/");
            let place = || format!("{pointer}/{}", escaped());
            match value.as_str() {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => self.add(kind.clone(), &text, &place()),
                None if value.is_number() => self.add(kind.clone(), value.text(), &place()),
                None => {
                    let message = format!("the `{kind}` is neither a text nor a number");
                    self.mistakes.push(Diagnostic::new(message).at(place()));
                }
            }
        }
    }

    /// `context.externalIds` of the Segment specification: a list of objects with `type` and `id`.
    fn external_ids(&mut self, context: Option<Json<'_>>) {
        let list = context.and_then(|context| context.get("externalIds"));
        let Some(list) = list.filter(|list| list.is_array()) else {
            return;
        };
        for (at, entry) in list.items().enumerate() {
            let place = format!("/context/externalIds/{at}");
            let text = |name| entry.get(name).and_then(Json::as_str);
            let (Some(kind), Some(id)) = (text("type"), text("id")) else {
                let message = "an external id needs the texts `type` and `id`";
                self.mistakes.push(Diagnostic::new(message).at(place));
                continue;
            };
            match IdentifierKind::new(&*kind) {
                Ok(kind) => self.add(kind, &id, &place),
                Err(error) => self
                    .mistakes
                    .push(Diagnostic::new(error.to_string()).at(place)),
            }
        }
    }

    fn add(&mut self, kind: IdentifierKind, value: &str, pointer: &str) {
        match Identifier::new(kind, value, self.region) {
            Ok(identifier) if self.identifiers.contains(&identifier) => {}
            Ok(identifier) => self.identifiers.push(identifier),
            Err(error) => self
                .mistakes
                .push(Diagnostic::new(error.to_string()).at(pointer)),
        }
    }
}

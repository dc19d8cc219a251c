//! Building the event, record or consent entry of one row.

use onefold_consent::ConsentEntry;
use onefold_event::{
    Currency, Diagnostic, Diagnostics, Event, Identifier, Membership, Record, Timestamp,
};

use super::{
    Cell, Kind, Row,
    field::{Field, MembershipField},
    json_text::{self, Object},
    plan::{Given, Identities, Plan},
};
use crate::Content;

/// Declared identifiers as Segment's `externalIds` have them: so none is lost for want of a trait that the
/// reader happens to look at.
fn write_external_ids(out: &mut String, identifiers: &[&Identifier]) {
    out.push('[');
    for (at, identifier) in identifiers.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let mut object = Object::open(out);
        object.text("id", identifier.value());
        object.text("type", identifier.kind().as_str());
        object.close();
    }
    out.push(']');
}

impl Plan {
    pub(super) fn event(
        &self,
        row: &impl Row,
        given: Given<'_>,
        mistakes: &mut Diagnostics,
    ) -> Option<Content> {
        let time = self.event_time(row, mistakes);
        let identities = self.identities(row, mistakes);
        let mut json = String::with_capacity(512);
        let mut envelope = Object::open(&mut json);
        envelope.text("type", self.event_type());
        envelope.text("messageId", given.id);
        let strongest = |kind: &str| identities.valid.iter().find(|i| i.kind().as_str() == kind);
        for (member, kind) in [("userId", "user_id"), ("anonymousId", "anonymous_id")] {
            if let Some(identifier) = strongest(kind) {
                envelope.text(member, identifier.value());
            }
        }
        if self.kind == Kind::Event
            && let Some(name) = self.name_of(row, mistakes)
        {
            envelope.text("event", &name);
        }
        if let Some(time) = time {
            json_text::time(envelope.member("timestamp"), time);
        }
        let is_event = self.kind == Kind::Event;
        if is_event {
            self.write_properties(envelope.member("properties"), row, &identities, mistakes);
        } else {
            let traits = envelope.member("traits");
            self.write_traits(traits, row, &identities, true, mistakes);
        }
        let with_traits = is_event && self.has_context_traits(&identities);
        let in_envelope = |one: &&Identifier| {
            let kind = one.kind().as_str();
            matches!(kind, "user_id" | "anonymous_id") && strongest(kind) == Some(one)
        };
        let others: Vec<_> = identities
            .valid
            .iter()
            .filter(|one| !in_envelope(one))
            .collect();
        if with_traits || !others.is_empty() {
            let mut context = Object::open(envelope.member("context"));
            if with_traits {
                let traits = context.member("traits");
                self.write_traits(traits, row, &identities, false, mistakes);
            }
            if !others.is_empty() {
                write_external_ids(context.member("externalIds"), &others);
            }
            context.close();
        }
        envelope.close();
        if !mistakes.is_empty() {
            return None;
        }
        match Event::from_json(&json, given.received_at) {
            Ok(event) => Some(Content::Event(event)),
            Err(more) => {
                mistakes.extend(more);
                None
            }
        }
    }

    fn event_type(&self) -> &'static str {
        match self.kind {
            Kind::Identify => "identify",
            _ => "track",
        }
    }

    fn event_time(&self, row: &impl Row, mistakes: &mut Diagnostics) -> Option<Timestamp> {
        let field = self.time.as_ref()?;
        let before = mistakes.len();
        let time = self.instant(field, row, mistakes);
        if time.is_none() && mistakes.len() == before {
            mistakes.push(Diagnostic::new("the row has no time").at(self.pointer(field)));
        }
        time
    }

    fn has_context_traits(&self, identities: &Identities) -> bool {
        !self.traits.is_empty() || identities.valid.iter().any(is_trait)
    }

    fn write_properties(
        &self,
        out: &mut String,
        row: &impl Row,
        identities: &Identities,
        mistakes: &mut Diagnostics,
    ) {
        let mut object = Object::open(out);
        self.write_rest(&mut object, row, identities);
        self.write_fields(&mut object, &self.properties, row, mistakes);
        self.write_currency(&mut object, row, mistakes);
        object.close();
    }

    fn write_traits(
        &self,
        out: &mut String,
        row: &impl Row,
        identities: &Identities,
        whole: bool,
        mistakes: &mut Diagnostics,
    ) {
        let mut object = Object::open(out);
        if whole {
            self.write_rest(&mut object, row, identities);
        }
        for (at, identifier) in identities.valid.iter().enumerate() {
            let earlier = identities.valid.iter().take(at);
            let first = !earlier.clone().any(|i| i.kind() == identifier.kind());
            // A person with two e-mail addresses has one trait `email`; the other keeps a number.
            if is_trait(identifier) && first {
                object.text(identifier.kind().as_str(), identifier.value());
            } else if is_trait(identifier) {
                let count = earlier.filter(|i| i.kind() == identifier.kind()).count();
                let name = format!("{}_{}", identifier.kind(), count + 1);
                object.text(&name, identifier.value());
            }
        }
        self.write_fields(&mut object, &self.traits, row, mistakes);
        if whole {
            self.write_currency(&mut object, row, mistakes);
        }
        object.close();
    }

    fn write_fields(
        &self,
        object: &mut Object<'_>,
        fields: &[(Box<str>, Field)],
        row: &impl Row,
        mistakes: &mut Diagnostics,
    ) {
        for (name, field) in fields {
            let value = self.value(field, row, mistakes);
            if value != Cell::Absent {
                value.write_json(object.member(name));
            }
        }
    }

    fn write_currency(&self, object: &mut Object<'_>, row: &impl Row, mistakes: &mut Diagnostics) {
        if let Some(currency) = self.currency_of(row, mistakes) {
            object.text("currency", currency.as_str());
        }
    }

    fn currency_of(&self, row: &impl Row, mistakes: &mut Diagnostics) -> Option<Currency> {
        let field = self.currency.as_ref()?;
        let text = self.text(field, row)?;
        text.parse()
            .map_err(|error: onefold_event::Error| {
                mistakes.push(Diagnostic::new(error.to_string()).at(self.pointer(field)));
            })
            .ok()
    }

    fn write_rest(&self, object: &mut Object<'_>, row: &impl Row, identities: &Identities) {
        for (name, text) in &identities.kept {
            object.text(name, text);
        }
        if self.keeps_rest() {
            row.rest(&mut |name, cell| match self.without_nulls(cell) {
                Cell::Absent => {}
                value => value.write_json(object.member(name)),
            });
        }
    }

    pub(super) fn record(
        &self,
        row: &impl Row,
        given: Given<'_>,
        mistakes: &mut Diagnostics,
    ) -> Option<Content> {
        let mut record = Record::new(self.collection.clone());
        if !self.key.is_empty() {
            record = record.key(given.id);
        }
        let time = self.time.as_ref();
        if let Some(time) = time.and_then(|field| self.instant(field, row, mistakes)) {
            record = record.time(time);
        }
        let identities = self.identities(row, mistakes);
        for identifier in identities.valid {
            record = record.identifier(identifier);
        }
        for (name, field) in &self.traits {
            let value = self.value(field, row, mistakes);
            if value != Cell::Absent {
                record = record.trait_value(name.clone(), value.into_value());
            }
        }
        for field in &self.memberships {
            if let Some(membership) = self.membership(field, row, mistakes) {
                record = record.membership(membership);
            }
        }
        if self.keeps_rest() {
            let mut rest = Vec::new();
            row.rest(&mut |name, cell| match self.without_nulls(cell) {
                Cell::Absent => {}
                value => rest.push((Box::<str>::from(name), value.into_value())),
            });
            for (name, value) in rest {
                record = record.field(name, value);
            }
        }
        for (name, field) in &self.fields {
            let value = self.value(field, row, mistakes);
            if value != Cell::Absent {
                record = record.field(name.clone(), value.into_value());
            }
        }
        if let Some(currency) = self.currency_of(row, mistakes) {
            record = record.field("currency", currency.as_str());
        }
        for (name, text) in identities.kept {
            record = record.field(name, text.as_str());
        }
        if !mistakes.is_empty() {
            return None;
        }
        match record.build() {
            Ok(record) => Some(Content::Record(record)),
            Err(error) => {
                mistakes.extend(error.diagnostics().iter().cloned());
                None
            }
        }
    }

    fn membership(
        &self,
        field: &MembershipField,
        row: &impl Row,
        mistakes: &mut Diagnostics,
    ) -> Option<Membership> {
        let text = self.text(&field.organisation, row)?;
        let organisation = match Identifier::new(field.kind.clone(), &text, self.region_of(row)) {
            Ok(organisation) => organisation,
            Err(error) => {
                let pointer = self.pointer(&field.organisation);
                mistakes.push(Diagnostic::new(error.to_string()).at(pointer));
                return None;
            }
        };
        let mut membership = Membership::new(organisation);
        let role = field.role.as_ref().and_then(|field| self.text(field, row));
        membership.role = role.map(|role| role.trim().into());
        let mut instant = |field: &Option<Field>| {
            let field = field.as_ref()?;
            self.instant(field, row, mistakes)
        };
        membership.from = instant(&field.from);
        membership.to = instant(&field.to);
        Some(membership)
    }

    pub(super) fn consent(
        &self,
        row: &impl Row,
        mistakes: &mut Diagnostics,
    ) -> Option<ConsentEntry> {
        let mut identifiers = self.identities(row, mistakes).valid;
        identifiers.sort_by_key(strength);
        let subject = identifiers.into_iter().next();
        if subject.is_none() && mistakes.is_empty() {
            mistakes.push(Diagnostic::new(
                "the row has no identifier: nobody's consent",
            ));
        }
        let time = self.event_time(row, mistakes);
        let fields = self.consent.as_ref()?;
        fields.entry(self, row, subject, time, mistakes)
    }
}

/// Whether an identifier is told as a trait, and not by a member of the envelope.
fn is_trait(identifier: &Identifier) -> bool {
    !matches!(identifier.kind().as_str(), "user_id" | "anonymous_id")
}

/// The order in which identifiers are taken for the subject of a consent.
fn strength(identifier: &Identifier) -> u8 {
    match identifier.kind().as_str() {
        "user_id" => 0,
        "email" => 1,
        "phone" => 2,
        "anonymous_id" => 4,
        _ => 3,
    }
}

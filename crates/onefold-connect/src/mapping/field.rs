//! Parts of a plan: where values come from, and rules and groups of them.

use onefold_consent::{Channel, ConsentEntry, Evidence, Purpose};
use onefold_event::{
    Decimal, Diagnostic, Diagnostics, Error, Identifier, IdentifierKind, Region, Timestamp,
};

use crate::suggest::listed;

use super::{ColumnType, OnInvalid, Plan, Row, value::TimeRule};

/// Where one value comes from and what it is.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) input: Input,
    pub(super) kind: ColumnType,
    pub(super) values: Vec<(Box<str>, Box<str>)>,
    pub(super) time: Option<TimeRule>,
}

#[derive(Debug)]
pub(super) enum Input {
    Column(usize),
    Constant(Box<str>),
}

#[derive(Debug)]
pub(super) enum RegionField {
    Fixed(Region),
    Field(Field),
}

#[derive(Debug)]
pub(super) struct IdentifierField {
    pub(super) kind: IdentifierKind,
    pub(super) field: Field,
    pub(super) invalid: OnInvalid,
}

#[derive(Debug)]
pub(super) struct NameRule {
    pub(super) name: Box<str>,
    pub(super) tests: Vec<(usize, Test)>,
}

#[derive(Debug)]
pub(super) enum Test {
    OneOf(Vec<Box<str>>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    MoreThan(Decimal),
    LessThan(Decimal),
    IsEmpty(bool),
}

#[derive(Debug)]
pub(super) struct MembershipField {
    pub(super) kind: IdentifierKind,
    pub(super) organisation: Field,
    pub(super) role: Option<Field>,
    pub(super) from: Option<Field>,
    pub(super) to: Option<Field>,
}

#[derive(Debug)]
pub(super) struct ConsentFields {
    pub(super) purpose: Field,
    pub(super) channel: Option<Field>,
    pub(super) action: Field,
    pub(super) expires: Option<Field>,
    pub(super) evidence: Vec<(SetEvidence, Field)>,
    /// Those there are; none for any.
    pub(super) purposes: Vec<Purpose>,
    pub(super) channels: Vec<Channel>,
}

/// Puts a text into its place in the evidence.
pub(super) type SetEvidence = fn(Evidence, Box<str>) -> Evidence;

impl ConsentFields {
    pub(super) fn entry(
        &self,
        plan: &Plan,
        row: &impl Row,
        subject: Option<Identifier>,
        time: Option<Timestamp>,
        mistakes: &mut Diagnostics,
    ) -> Option<ConsentEntry> {
        let purpose = required(
            plan,
            &self.purpose,
            row,
            "purpose",
            Purpose::of_word,
            mistakes,
        );
        let action = required(plan, &self.action, row, "action", str::parse, mistakes);
        let channel = self.channel.as_ref().and_then(|field| {
            let text = plan.text(field, row)?;
            let channel = Channel::of_word(&text);
            let refused = |error: Error| Diagnostic::new(error.to_string()).at(plan.pointer(field));
            channel
                .map_err(|error| mistakes.push(refused(error)))
                .ok()?
        });
        let expires = self.expires.as_ref();
        let expires = expires.and_then(|field| plan.instant(field, row, mistakes));
        let mut entry = ConsentEntry::new(subject?, purpose?, action?, time?);
        entry.channel = channel;
        entry.expires = expires;
        for (set, field) in &self.evidence {
            if let Some(text) = plan.text(field, row) {
                entry.evidence = set(entry.evidence, text.into());
            }
        }
        self.in_known_words(plan, entry, mistakes)
    }

    /// Judges an entry whose purpose or channel is not declared. A grant for it says nothing that could be
    /// used. A no must not be lost for a word: it is taken for a no to every purpose, or on every channel.
    fn in_known_words(
        &self,
        plan: &Plan,
        entry: ConsentEntry,
        mistakes: &mut Diagnostics,
    ) -> Option<ConsentEntry> {
        let mut unknown = Vec::new();
        let mut widened = entry.clone();
        let purpose = &entry.purpose;
        let is_special = purpose.is_all() || *purpose == Purpose::collection();
        if !is_special && !self.purposes.is_empty() && !self.purposes.contains(purpose) {
            let there = listed(self.purposes.iter().map(Purpose::as_str));
            let text = format!("the purpose `{purpose}` is not declared; there are {there}");
            unknown.push(Diagnostic::new(text).at(plan.pointer(&self.purpose)));
            widened.purpose = Purpose::all();
        }
        if let (Some(channel), Some(field)) = (&entry.channel, &self.channel)
            && !self.channels.is_empty()
            && !self.channels.contains(channel)
        {
            let there = listed(self.channels.iter().map(Channel::as_str));
            let text = format!("the channel `{channel}` is not declared; there are {there}");
            unknown.push(Diagnostic::new(text).at(plan.pointer(field)));
            widened.channel = None;
        }
        if unknown.is_empty() {
            return Some(entry);
        }
        if !entry.action.is_no() {
            mistakes.append(&mut unknown);
            return None;
        }
        let why: Vec<&str> = unknown.iter().map(|it| &*it.message).collect();
        let why = format!("held for every one: {}", why.join(", and "));
        let method = widened.evidence.method.take();
        let method = method.map_or_else(|| why.clone(), |method| format!("{method} ({why})"));
        widened.evidence.method = Some(method.into());
        Some(widened)
    }
}

fn required<T>(
    plan: &Plan,
    field: &Field,
    row: &impl Row,
    noun: &str,
    read: impl Fn(&str) -> onefold_event::Result<T>,
    mistakes: &mut Diagnostics,
) -> Option<T> {
    let found = match plan.text(field, row) {
        Some(text) => read(&text).map_err(|error| Diagnostic::new(error.to_string())),
        None => Err(Diagnostic::new(format!("the row has no {noun}"))),
    };
    found
        .map_err(|mistake| mistakes.push(mistake.at(plan.pointer(field))))
        .ok()
}

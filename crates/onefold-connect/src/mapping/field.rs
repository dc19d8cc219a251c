//! Parts of a plan: where values come from, and rules and groups of them.

use onefold_consent::{Channel, ConsentEntry, Evidence, Purpose};
use onefold_event::{
    Decimal, Diagnostic, Diagnostics, Identifier, IdentifierKind, Region, Timestamp,
};

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
            str::parse::<Purpose>,
            mistakes,
        );
        let action = required(plan, &self.action, row, "action", str::parse, mistakes);
        let channel = self.channel.as_ref().and_then(|field| {
            let text = plan.text(field, row)?;
            Channel::new(&text)
                .map_err(|error| {
                    mistakes.push(Diagnostic::new(error.to_string()).at(plan.pointer(field)));
                })
                .ok()
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
        Some(entry)
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

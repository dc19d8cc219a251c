//! Memberships: whose person is part of which organisation, from when to when.
//!
//! Invariant: as for observations, every statement is kept, and an answer does not depend on the order
//! in which they came.

use std::cmp::Reverse;

use onefold_event::{
    AnchorId, Identifier, Membership, Position, SourceName, Timestamp,
    parts::{Reader, put_number, put_text, put_time},
};
use serde::Serialize;

use crate::Profiles;

/// A statement about a membership as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedMembership {
    /// The anchor it came with.
    pub anchor: AnchorId,
    /// What was stated.
    pub membership: Membership,
    /// Who says so.
    pub source: SourceName,
    /// When it was said.
    pub time: Timestamp,
    /// Where in the log it was said.
    pub position: Position,
}

impl Profiles {
    /// Keeps a statement about a membership under the anchor it came with.
    pub fn observe_membership(
        &mut self,
        anchor: AnchorId,
        membership: &Membership,
        source: &SourceName,
        position: Position,
        time: Timestamp,
    ) {
        let row = MembershipRow {
            organisation: self.organisations.intern(&membership.organisation),
            source: self.sources.intern(source),
            time,
            position,
            role: membership.role.as_deref(),
            from: membership.from,
            to: membership.to,
        };
        self.memberships.append(anchor, |out| row.write(out));
    }

    /// The memberships that hold at `as_of`, by what was stated up to then: by organisation, then by
    /// beginning.
    ///
    /// A later statement replaces an earlier one of the same organisation and beginning; one that
    /// gives an end and no beginning ("left in March") ends whatever was stated before it.
    pub fn memberships(&self, anchors: &[AnchorId], as_of: Timestamp) -> Vec<RecordedMembership> {
        let mut stated = self.membership_history(anchors);
        stated.retain(|statement| statement.time <= as_of);
        // Of one organisation and beginning the latest statement comes first; at equal time the one
        // that ends first, and then the smaller role.
        stated.sort_by(|a, b| {
            let key = |s: &RecordedMembership| {
                let Membership { role, from, to, .. } = &s.membership;
                (
                    *from,
                    Reverse(s.time),
                    to.unwrap_or(Timestamp::MAX),
                    role.clone(),
                    s.source.clone(),
                    s.position,
                )
            };
            let by_organisation = a.membership.organisation.cmp(&b.membership.organisation);
            by_organisation.then_with(|| key(a).cmp(&key(b)))
        });
        let place = |s: &RecordedMembership| (s.membership.organisation.clone(), s.membership.from);
        stated.dedup_by(|later, kept| place(later) == place(kept));
        let all = stated.clone();
        stated.retain(|statement| {
            let ended = all
                .iter()
                .any(|end| end.ends(statement) && end.is_over(as_of));
            // What only ends another is no membership of its own.
            let only_ends = all.iter().any(|other| statement.ends(other));
            !ended && !only_ends && statement.membership.holds_at(as_of)
        });
        stated
    }

    /// Every statement about memberships, by time and place in the log.
    pub fn membership_history(&self, anchors: &[AnchorId]) -> Vec<RecordedMembership> {
        let mut stated: Vec<RecordedMembership> = (anchors.iter())
            .flat_map(|anchor| self.stated(*anchor))
            .collect();
        stated.sort_by_key(|statement| (statement.time, statement.position, statement.anchor));
        stated
    }

    pub(crate) fn stated(&self, anchor: AnchorId) -> impl Iterator<Item = RecordedMembership> + '_ {
        let rows = self.membership_rows(anchor);
        rows.filter_map(move |row| {
            let organisation: &Identifier = self.organisations.item(row.organisation)?;
            Some(RecordedMembership {
                anchor,
                membership: Membership {
                    organisation: organisation.clone(),
                    role: row.role.map(Into::into),
                    from: row.from,
                    to: row.to,
                },
                source: self.sources.item(row.source)?.clone(),
                time: row.time,
                position: row.position,
            })
        })
    }

    pub(crate) fn membership_rows(
        &self,
        anchor: AnchorId,
    ) -> impl Iterator<Item = MembershipRow<'_>> {
        let rows = self.memberships.rows(anchor);
        rows.map_while(|(_, mut reader)| MembershipRow::read(&mut reader))
    }
}

impl RecordedMembership {
    /// Whether this is an end without a beginning, and `other` a membership that it ends.
    fn ends(&self, other: &Self) -> bool {
        let end = self
            .membership
            .to
            .filter(|_| self.membership.from.is_none());
        let began = other.membership.from;
        let began_before = began.is_some_and(|began| end.is_some_and(|end| began < end));
        let same = self.membership.organisation == other.membership.organisation;
        same && began_before && other.time <= self.time
    }

    fn is_over(&self, as_of: Timestamp) -> bool {
        self.membership.to.is_some_and(|end| end <= as_of)
    }
}

/// One statement as it is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MembershipRow<'a> {
    pub(crate) organisation: u32,
    pub(crate) source: u32,
    time: Timestamp,
    position: Position,
    role: Option<&'a str>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

const ROLE: u8 = 1;
const FROM: u8 = 2;
const TO: u8 = 4;

impl<'a> MembershipRow<'a> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        out.push(
            flag(self.role.is_some(), ROLE)
                | flag(self.from.is_some(), FROM)
                | flag(self.to.is_some(), TO),
        );
        put_number(out, self.organisation.into());
        put_number(out, self.source.into());
        put_time(out, self.time);
        put_number(out, self.position.0);
        if let Some(role) = self.role {
            put_text(out, role);
        }
        for time in [self.from, self.to].into_iter().flatten() {
            put_time(out, time);
        }
    }

    /// Reads one statement from the front; `None` for damaged bytes.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let flags = reader.byte().filter(|flags| *flags <= ROLE | FROM | TO)?;
        let organisation = reader.small()?;
        let source = reader.small()?;
        let time = reader.time()?;
        let position = Position(reader.number()?);
        let role = match flags & ROLE {
            0 => None,
            _ => Some(reader.text()?),
        };
        let mut instant = |flag: u8| match flags & flag {
            0 => Some(None),
            _ => reader.time().map(Some),
        };
        Some(Self {
            organisation,
            source,
            time,
            position,
            role,
            from: instant(FROM)?,
            to: instant(TO)?,
        })
    }
}

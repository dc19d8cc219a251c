//! Memberships: whose person is part of which organisation, from when to when.
//!
//! Invariant: as for observations, every statement is kept, and an answer does not depend on the order
//! in which they came.

use std::cmp::Reverse;

use onefold_event::{
    AnchorId, Membership, Position, SourceName, Timestamp,
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
    /// gives an end and no beginning ("left in March") ends whatever was stated before it. One that says no
    /// more than that the person belongs to it from then on, as each group call does, says nothing new where an
    /// open membership of that organisation holds that began before. Cost: O(n log n) for n statements, as long
    /// as few of them only give an end.
    pub fn memberships(&self, anchors: &[AnchorId], as_of: Timestamp) -> Vec<RecordedMembership> {
        let mut stated = self.latest_statements(anchors, as_of);
        drop_ended(&mut stated, as_of);
        drop_repeated(&mut stated);
        let recorded = stated.into_iter();
        let recorded = recorded.filter_map(|(anchor, row)| self.recorded_membership(anchor, row));
        let mut recorded: Vec<RecordedMembership> = recorded.collect();
        recorded.sort_by(|a, b| a.membership.organisation.cmp(&b.membership.organisation));
        recorded
    }

    /// The first instant after another at which [`memberships`](Self::memberships) may be others by time alone: one
    /// begins, ends, or was stated as of a later time.
    pub fn next_membership_change(
        &self,
        anchors: &[AnchorId],
        after: Timestamp,
    ) -> Option<Timestamp> {
        let rows = anchors
            .iter()
            .flat_map(|anchor| self.membership_rows(*anchor));
        let instants = rows.flat_map(|row| [Some(row.time), row.from, row.to]);
        instants.flatten().filter(|instant| *instant > after).min()
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
        rows.filter_map(move |row| self.recorded_membership(anchor, row))
    }

    fn recorded_membership(
        &self,
        anchor: AnchorId,
        row: MembershipRow<'_>,
    ) -> Option<RecordedMembership> {
        Some(RecordedMembership {
            anchor,
            membership: Membership {
                organisation: self.organisations.item(row.organisation)?.clone(),
                role: row.role.map(Into::into),
                from: row.from,
                to: row.to,
            },
            source: self.sources.item(row.source)?.clone(),
            time: row.time,
            position: row.position,
        })
    }

    /// Of each organisation and beginning the latest statement up to `as_of`; at equal time the one that ends
    /// first, and then the smaller role. Those of one organisation lie together, by their beginnings.
    fn latest_statements(&self, anchors: &[AnchorId], as_of: Timestamp) -> Vec<Statement<'_>> {
        let rows = anchors.iter().flat_map(|anchor| {
            let rows = self.membership_rows(*anchor);
            rows.map(|row| (*anchor, row))
        });
        let mut stated: Vec<Statement<'_>> = rows.filter(|(_, row)| row.time <= as_of).collect();
        let key = |row: &MembershipRow<'_>| {
            let end = row.to.unwrap_or(Timestamp::MAX);
            (row.organisation, row.from, Reverse(row.time), end)
        };
        let source = |row: &MembershipRow<'_>| self.sources.item(row.source);
        stated.sort_by(|(_, a), (_, b)| {
            (key(a).cmp(&key(b)))
                .then_with(|| a.role.cmp(&b.role))
                .then_with(|| source(a).cmp(&source(b)))
                .then_with(|| a.position.cmp(&b.position))
        });
        let place = |row: &MembershipRow<'_>| (row.organisation, row.from);
        stated.dedup_by(|(_, later), (_, kept)| place(later) == place(kept));
        stated
    }

    pub(crate) fn membership_rows(
        &self,
        anchor: AnchorId,
    ) -> impl Iterator<Item = MembershipRow<'_>> {
        let rows = self.memberships.rows(anchor);
        rows.map_while(|(_, mut reader)| MembershipRow::read(&mut reader))
    }
}

/// A statement and the anchor that it came with.
type Statement<'a> = (AnchorId, MembershipRow<'a>);

/// Leaves the memberships that hold at `as_of`.
fn drop_ended(stated: &mut Vec<Statement<'_>>, as_of: Timestamp) {
    let rows = stated.iter().map(|(_, row)| *row);
    // Few statements end others, so each is compared with these only.
    let ends: Vec<MembershipRow<'_>> = rows.filter(MembershipRow::is_an_end).collect();
    let all = match ends.is_empty() {
        true => Vec::new(),
        false => stated.clone(),
    };
    stated.retain(|(_, row)| {
        let mut over = ends.iter().filter(|end| end.is_over(as_of));
        let ended = over.any(|end| end.ends(row));
        // What only ends another is no membership of its own.
        let only_ends = row.is_an_end() && all.iter().any(|(_, other)| row.ends(other));
        !ended && !only_ends && row.holds_at(as_of)
    });
}

/// Leaves out what says nothing new, of memberships that hold, by organisation and beginning.
fn drop_repeated(held: &mut Vec<Statement<'_>>) {
    let mut open_of = None;
    held.retain(|(_, row)| {
        if open_of == Some(row.organisation) && row.says_only_from_then_on() {
            return false;
        }
        if row.to.is_none() {
            open_of = Some(row.organisation);
        }
        true
    });
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
    /// Whether this is an end without a beginning.
    fn is_an_end(&self) -> bool {
        self.from.is_none() && self.to.is_some()
    }

    /// Whether this is an end without a beginning, and `other` a membership that it ends.
    fn ends(&self, other: &Self) -> bool {
        let end = self.to.filter(|_| self.from.is_none());
        let began_before = other
            .from
            .is_some_and(|began| end.is_some_and(|end| began < end));
        self.organisation == other.organisation && began_before && other.time <= self.time
    }

    fn is_over(&self, as_of: Timestamp) -> bool {
        self.to.is_some_and(|end| end <= as_of)
    }

    fn holds_at(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    /// Whether it says no more than what a group call does: the person belongs to the organisation now.
    fn says_only_from_then_on(&self) -> bool {
        self.role.is_none() && self.to.is_none() && self.from == Some(self.time)
    }

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

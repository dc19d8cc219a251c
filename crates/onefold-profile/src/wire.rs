//! Stored form for a checkpoint, and canonical text.
//!
//! Invariant: reading back gives what was written, and damaged bytes give `Corrupt`, never a panic. The
//! first byte is the version of the form.

use std::{
    cell::Cell,
    fmt::{self, Write},
    sync::Arc,
};

use onefold_event::{
    AnchorId, Identifier, IdentifierKind, Membership, Result, SourceName, Timestamp,
    parts::{Arena, Interner, Reader, put_text, read_form},
};

use crate::{Profiles, RecordedMembership, Rules, membership::MembershipRow, row::Row};

const VERSION: u8 = 1;

impl Profiles {
    /// The stored form, for a checkpoint. The rules are not part of it: they can change without a
    /// rebuild.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.observations.memory_bytes());
        out.push(VERSION);
        self.names.write(&mut out, |name, out| put_text(out, name));
        self.sources
            .write(&mut out, |source, out| put_text(out, source.as_str()));
        self.organisations.write(&mut out, |organisation, out| {
            put_text(out, organisation.kind().as_str());
            put_text(out, organisation.value());
        });
        self.observations
            .write(&mut out, |reader| Row::read(reader).map(drop));
        self.memberships
            .write(&mut out, |reader| MembershipRow::read(reader).map(drop));
        out
    }

    /// Reads the stored form. What belongs to one anchor then lies together in memory.
    ///
    /// # Errors
    /// `Corrupt` for damaged bytes, `NewerFormat` for a later version.
    pub fn decode(bytes: &[u8], rules: Rules) -> Result<Self> {
        read_form(bytes, VERSION, "the profiles", |reader| read(reader, rules))
    }

    /// Writes every observation as a line of text, sorted; `name` gives the text for an anchor, so
    /// that the result does not depend on numbering.
    ///
    /// # Errors
    /// As `out` has them.
    pub fn dump(&self, name: &dyn Fn(AnchorId) -> String, out: &mut dyn Write) -> fmt::Result {
        let mut lines: Vec<String> = Vec::with_capacity(self.len());
        for anchor in self.observations.anchors() {
            let mut rows = self.rows(anchor).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let subject = name(anchor);
            for seen in rows.filter_map(|entrant| self.recorded(entrant)) {
                lines.push(format!(
                    "observation {subject} {:?} {} {} from {:?} at {}",
                    seen.name,
                    seen.time,
                    one_line(seen.value.to_json()),
                    seen.source.as_str(),
                    seen.position,
                ));
            }
        }
        for anchor in self.memberships.anchors() {
            let stated = self.stated(anchor);
            lines.extend(stated.map(|statement| membership_line(&name(anchor), &statement)));
        }
        lines.sort_unstable();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

fn read(reader: &mut Reader<'_>, rules: Rules) -> Option<Profiles> {
    let mut profiles = Profiles::new(rules);
    profiles.names = Interner::read(reader, |reader| Some(Arc::from(reader.text()?)))?;
    profiles.sources = Interner::read(reader, |reader| SourceName::new(reader.text()?).ok())?;
    profiles.organisations = Interner::read(reader, |reader| {
        let kind = IdentifierKind::new(reader.text()?).ok()?;
        Identifier::generic(kind, reader.text()?).ok()
    })?;
    let Profiles {
        names,
        sources,
        organisations,
        ..
    } = &profiles;
    let newest = Cell::new(Timestamp::MIN);
    let observations = Arena::read(reader, |reader| {
        let row = Row::read(reader)?;
        newest.set(newest.get().max(row.time));
        (names.has(row.name) && sources.has(row.source)).then_some(())
    })?;
    let memberships = Arena::read(reader, |reader| {
        let row = MembershipRow::read(reader)?;
        (organisations.has(row.organisation) && sources.has(row.source)).then_some(())
    })?;
    profiles.observations = observations;
    profiles.memberships = memberships;
    profiles.sort_all(newest.get());
    Some(profiles)
}

/// JSON may hold line breaks between its parts; a fact of the dump is one line.
fn one_line(json: String) -> String {
    if json.contains(['\n', '\r']) {
        json.escape_debug().to_string()
    } else {
        json
    }
}

fn membership_line(subject: &str, statement: &RecordedMembership) -> String {
    let Membership {
        organisation,
        role,
        from,
        to,
    } = &statement.membership;
    let instant = |time: &Option<Timestamp>| time.map_or("open".into(), |time| time.to_string());
    format!(
        "membership {subject} {:?} {role:?} {} to {} said {} from {:?} at {}",
        organisation.to_string(),
        instant(from),
        instant(to),
        statement.time,
        statement.source.as_str(),
        statement.position,
    )
}

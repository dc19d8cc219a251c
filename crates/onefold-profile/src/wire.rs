//! Stored form for a checkpoint, and canonical text.
//!
//! Invariant: reading back gives what was written, and damaged bytes give
//! [`ErrorKind::Corrupt`], never a panic. The first byte is the version of the form.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use onefold_event::{
    AnchorId, Error, ErrorKind, Identifier, IdentifierKind, Membership, Result, SourceName,
    Timestamp,
};

use crate::{
    Profiles, RecordedMembership, Rules,
    arena::Arena,
    bytes::{Reader, put_number, put_text},
    interner::Interner,
    membership::MembershipRow,
    row::Row,
};

const VERSION: u8 = 1;

impl Profiles {
    /// The stored form, for a checkpoint. The rules are not part of it: they can change without a
    /// rebuild.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.observations.memory_bytes());
        out.push(VERSION);
        put_names(&mut out, self.names.iter().map(|name| &**name));
        put_names(&mut out, self.sources.iter().map(SourceName::as_str));
        put_number(&mut out, self.organisations.len() as u64);
        for organisation in self.organisations.iter() {
            put_text(&mut out, organisation.kind().as_str());
            put_text(&mut out, organisation.value());
        }
        let observations = |anchor| self.rows(anchor).map(|entrant| entrant.row);
        put_chains(&mut out, &self.observations, observations, Row::write);
        let memberships = |anchor| self.membership_rows(anchor);
        put_chains(
            &mut out,
            &self.memberships,
            memberships,
            MembershipRow::write,
        );
        out
    }

    /// Reads the stored form. What belongs to one anchor then lies together in memory.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] for damaged bytes, [`ErrorKind::NewerFormat`] for a later version.
    pub fn decode(bytes: &[u8], rules: Rules) -> Result<Self> {
        let mut reader = Reader(bytes);
        match reader.byte() {
            Some(VERSION) => {}
            Some(version) if version > VERSION => {
                let message = format!(
                    "the profiles were written in form {version}, and this build reads up to {VERSION}"
                );
                return Err(Error::new(ErrorKind::NewerFormat, message));
            }
            _ => return Err(corrupt(0)),
        }
        let profiles = read(&mut reader, rules).filter(|_| reader.0.is_empty());
        profiles.ok_or_else(|| corrupt(bytes.len() - reader.0.len()))
    }

    /// Writes every observation as a line of text, sorted; `name` gives the text for an anchor, so
    /// that the result does not depend on numbering.
    ///
    /// # Errors
    /// As `out` has them.
    pub fn dump(&self, name: &dyn Fn(AnchorId) -> String, out: &mut dyn Write) -> fmt::Result {
        let mut lines: Vec<String> = Vec::with_capacity(self.len());
        for anchor in (0..self.observations.anchors() as u32).map(AnchorId) {
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
        for anchor in (0..self.memberships.anchors() as u32).map(AnchorId) {
            let stated = self.stated(anchor);
            lines.extend(stated.map(|statement| membership_line(&name(anchor), &statement)));
        }
        lines.sort_unstable();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

fn read(reader: &mut Reader<'_>, rules: Rules) -> Option<Profiles> {
    let mut profiles = Profiles::new(rules);
    profiles.names = read_table(reader, |reader| Some(Arc::from(reader.text()?)))?;
    profiles.sources = read_table(reader, |reader| SourceName::new(reader.text()?).ok())?;
    profiles.organisations = read_table(reader, |reader| {
        let kind = IdentifierKind::new(reader.text()?).ok()?;
        Identifier::generic(kind, reader.text()?).ok()
    })?;
    let Profiles {
        names,
        sources,
        organisations,
        ..
    } = &profiles;
    let known = |number: u32, length: usize| (number as usize) < length;
    let observations = read_chains(reader, |reader| {
        let row = Row::read(reader)?;
        (known(row.name, names.len()) && known(row.source, sources.len())).then_some(())
    })?;
    let memberships = read_chains(reader, |reader| {
        let row = MembershipRow::read(reader)?;
        let known_organisation = known(row.organisation, organisations.len());
        (known_organisation && known(row.source, sources.len())).then_some(())
    })?;
    profiles.observations = observations;
    profiles.memberships = memberships;
    profiles.sort_all();
    Some(profiles)
}

/// Reads the rows of all anchors; `check` reads over one and refuses it if it is damaged.
fn read_chains<'a>(
    reader: &mut Reader<'a>,
    check: impl Fn(&mut Reader<'a>) -> Option<()>,
) -> Option<Arena> {
    let mut arena = Arena::default();
    for anchor in (0..reader.small()?).map(AnchorId) {
        for _ in 0..reader.number()? {
            let start = reader.0;
            check(reader)?;
            // The row is kept as it is stored; only the link before it is new.
            let row = start.get(..start.len() - reader.0.len())?;
            arena.append(anchor, |out| out.extend_from_slice(row));
        }
    }
    Some(arena)
}

/// A chain runs from the newest row; it is stored from the oldest, as it grew.
fn put_chains<R, I: Iterator<Item = R>>(
    out: &mut Vec<u8>,
    arena: &Arena,
    chain: impl Fn(AnchorId) -> I,
    write: impl Fn(&R, &mut Vec<u8>),
) {
    put_number(out, arena.anchors() as u64);
    let mut rows: Vec<R> = Vec::new();
    for anchor in (0..arena.anchors() as u32).map(AnchorId) {
        rows.clear();
        rows.extend(chain(anchor));
        put_number(out, rows.len() as u64);
        rows.iter().rev().for_each(|row| write(row, out));
    }
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

/// Each item must be new: a repeated one would shift the numbers of all that follow.
fn read_table<'a, T: Ord + Clone>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Option<T>,
) -> Option<Interner<T>> {
    let mut table = Interner::default();
    for expected in 0..reader.small()? {
        let item = read(reader)?;
        if table.intern(&item, T::clone) != expected {
            return None;
        }
    }
    Some(table)
}

fn put_names<'a>(out: &mut Vec<u8>, names: impl ExactSizeIterator<Item = &'a str>) {
    put_number(out, names.len() as u64);
    names.for_each(|name| put_text(out, name));
}

fn corrupt(place: usize) -> Error {
    let message = format!("the stored form of the profiles is damaged at byte {place}");
    Error::new(ErrorKind::Corrupt, message)
}

//! Stored form for a checkpoint, and canonical text.
//!
//! Invariant: reading back gives what was written, and damaged bytes give
//! [`ErrorKind::Corrupt`], never a panic. The first byte is the version of the form.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use onefold_event::{AnchorId, Error, ErrorKind, Result, SourceName};

use crate::{
    Profiles, Rules,
    bytes::{Reader, put_number, put_text},
    interner::Interner,
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
        put_number(&mut out, self.observations.anchors() as u64);
        let mut rows: Vec<Row<'_>> = Vec::new();
        for anchor in 0..self.observations.anchors() as u32 {
            // A chain runs from the newest row; it is stored from the oldest, as it grew.
            rows.clear();
            rows.extend(self.rows(AnchorId(anchor)).map(|entrant| entrant.row));
            put_number(&mut out, rows.len() as u64);
            rows.iter().rev().for_each(|row| row.write(&mut out));
        }
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
                    seen.value.to_json(),
                    seen.source.as_str(),
                    seen.position,
                ));
            }
        }
        lines.sort_unstable();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

fn read(reader: &mut Reader<'_>, rules: Rules) -> Option<Profiles> {
    let mut profiles = Profiles::new(rules);
    profiles.names = read_table(reader, |name| Some(Arc::from(name)))?;
    profiles.sources = read_table(reader, |name| SourceName::new(name).ok())?;
    let anchors = reader.small()?;
    for anchor in (0..anchors).map(AnchorId) {
        for _ in 0..reader.number()? {
            let start = reader.0;
            let row = Row::read(reader)?;
            let known = (row.name as usize) < profiles.names.len()
                && (row.source as usize) < profiles.sources.len();
            let bytes = start
                .get(..start.len() - reader.0.len())
                .filter(|_| known)?;
            // The row is kept as it is stored; only the link before it is new.
            profiles
                .observations
                .append(anchor, |out| out.extend_from_slice(bytes));
        }
    }
    Some(profiles)
}

/// Each item must be new: a repeated one would shift the numbers of all that follow.
fn read_table<T: Ord + Clone>(
    reader: &mut Reader<'_>,
    make: impl Fn(&str) -> Option<T>,
) -> Option<Interner<T>> {
    let mut table = Interner::default();
    for expected in 0..reader.small()? {
        let item = make(reader.text()?)?;
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

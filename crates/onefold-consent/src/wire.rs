//! Stored forms: an entry in the log, the ledger in a checkpoint, and its canonical text.
//!
//! Invariant: reading back gives what was written, and damaged bytes give `Corrupt`, never a panic. The
//! first byte is the version of the form.

use std::fmt::{self, Write};

use onefold_event::{
    AnchorId, Identifier, IdentifierKind, Result, SourceName,
    parts::{Arena, Interner, Reader, put_optional_text, put_text, put_time, read_form},
};

use crate::{
    Channel, ConsentEntry, Evidence, Ledger, Purpose, RecordedEntry,
    row::{Row, action_code, action_of},
};

const ENTRY_VERSION: u8 = 1;
const LEDGER_VERSION: u8 = 1;

impl ConsentEntry {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![ENTRY_VERSION, action_code(self.action)];
        put_text(&mut out, self.subject.kind().as_str());
        put_text(&mut out, self.subject.value());
        put_text(&mut out, self.purpose.as_str());
        put_optional_text(&mut out, self.channel.as_ref().map(Channel::as_str));
        put_time(&mut out, self.time);
        out.push(self.expires.is_some().into());
        if let Some(expires) = self.expires {
            put_time(&mut out, expires);
        }
        put_evidence(&self.evidence, &mut out);
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// `Corrupt` for damaged bytes, `NewerFormat` for a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        read_form(bytes, ENTRY_VERSION, "a consent entry", read_entry)
    }
}

impl Ledger {
    /// The stored form, for a checkpoint.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.arena.memory_bytes());
        out.push(LEDGER_VERSION);
        self.purposes
            .write(&mut out, |purpose, out| put_text(out, purpose.as_str()));
        self.channels
            .write(&mut out, |channel, out| put_text(out, channel.as_str()));
        self.sources
            .write(&mut out, |source, out| put_text(out, source.as_str()));
        self.shared.write(&mut out, put_evidence);
        self.arena
            .write(&mut out, |reader| Row::read(reader).map(drop));
        out
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// `Corrupt` for damaged bytes, `NewerFormat` for a later version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        read_form(bytes, LEDGER_VERSION, "the consent ledger", read_ledger)
    }

    /// Writes every entry as a line of text, sorted; `name` gives the text for an anchor, so that the
    /// result does not depend on numbering.
    ///
    /// # Errors
    /// As `out` has them.
    pub fn dump(&self, name: &dyn Fn(AnchorId) -> String, out: &mut dyn Write) -> fmt::Result {
        let mut lines: Vec<String> = Vec::with_capacity(self.len());
        for anchor in self.arena.anchors() {
            let mut entries = self.recorded(anchor).peekable();
            if entries.peek().is_some() {
                let subject = name(anchor);
                lines.extend(entries.map(|entry| line(&subject, &entry)));
            }
        }
        lines.sort_unstable();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

fn line(subject: &str, entry: &RecordedEntry) -> String {
    let mut line = format!(
        "consent {subject} {} {} {:?} ",
        entry.time,
        entry.action,
        entry.purpose.as_str()
    );
    // Writing to a string cannot fail.
    let _ = match &entry.channel {
        Some(channel) => write!(line, "{:?}", channel.as_str()),
        None => write!(line, "every channel"),
    };
    if let Some(expires) = entry.expires {
        let _ = write!(line, " until {expires}");
    }
    let _ = write!(
        line,
        " from {:?} at {}",
        entry.source.as_str(),
        entry.position
    );
    for (name, text) in entry.evidence.fields() {
        if let Some(text) = text {
            let _ = write!(line, " {name}={text:?}");
        }
    }
    line
}

fn read_entry(reader: &mut Reader<'_>) -> Option<ConsentEntry> {
    let action = action_of(Some(reader.byte()?).filter(|code| *code <= 3)?);
    let kind = IdentifierKind::new(reader.text()?).ok()?;
    let subject = Identifier::generic(kind, reader.text()?).ok()?;
    let purpose = Purpose::stored(reader.text()?)?;
    let channel = match reader.optional_text()? {
        Some(channel) => Some(Channel::stored(channel)?),
        None => None,
    };
    let time = reader.time()?;
    let expires = match reader.byte()? {
        0 => None,
        1 => Some(reader.time()?),
        _ => return None,
    };
    Some(ConsentEntry {
        subject,
        purpose,
        channel,
        action,
        time,
        expires,
        evidence: read_evidence(reader)?,
    })
}

fn read_ledger(reader: &mut Reader<'_>) -> Option<Ledger> {
    let mut ledger = Ledger {
        purposes: Interner::read(reader, |reader| Purpose::stored(reader.text()?))?,
        channels: Interner::read(reader, |reader| Channel::stored(reader.text()?))?,
        sources: Interner::read(reader, |reader| SourceName::new(reader.text()?).ok())?,
        shared: Interner::read(reader, read_evidence)?,
        arena: Arena::default(),
    };
    ledger.arena = Arena::read(reader, |reader| {
        let row = Row::read(reader)?;
        numbers_exist(&ledger, &row).then_some(())
    })?;
    Some(ledger)
}

fn numbers_exist(ledger: &Ledger, row: &Row<'_>) -> bool {
    ledger.purposes.has(row.purpose)
        && (row.channel).is_none_or(|channel| ledger.channels.has(channel))
        && ledger.sources.has(row.source)
        && ledger.shared.has(row.shared)
}

fn put_evidence(evidence: &Evidence, out: &mut Vec<u8>) {
    for (_, text) in evidence.fields() {
        put_optional_text(out, text.as_deref());
    }
}

fn read_evidence(reader: &mut Reader<'_>) -> Option<Evidence> {
    let mut evidence = Evidence::default();
    for field in evidence.fields_mut() {
        *field = reader.optional_text()?.map(Into::into);
    }
    Some(evidence)
}

//! The stored form of [`Live`], and its canonical text.
//!
//! Layout of version 1, integers little-endian or LEB128 ("var"), signed ones zigzag:
//! `1u8 · plan fingerprint u64 · anchors var · per anchor: features var, per feature: number var,
//! entries var, times (first zigzag, then differences), positions (zigzag differences), values ·
//! words of membership bits var, each u64 · people with timers var, each i64`.
//!
//! Invariant: what was encoded decodes to an equal state; damaged bytes are an error, and never a
//! panic or an allocation larger than the input explains.

mod value;

use std::{fmt, sync::Arc};

use onefold_event::{
    AnchorId, Error, ErrorKind, PersonIndex, Result, Timestamp,
    parts::{self, put_number, put_signed},
};

use crate::{
    Live, Plan, Standing, history::Key, instant::timestamp, kept::Kept, people::People,
    print::Name, summary::Stored,
};

pub(crate) use value::{FREE, read_value_of, write_value};

const VERSION: u8 = 1;

impl Live {
    /// The state as bytes. Cost: linear in what is kept.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend(self.plan.fingerprint().to_le_bytes());
        put_number(&mut out, self.columns.anchors() as u64);
        for anchor in (0..).map(AnchorId).take(self.columns.anchors()) {
            write_kept(&mut out, self.columns.kept(anchor));
        }
        put_number(&mut out, self.people.bits().len() as u64);
        for word in self.people.bits().iter() {
            out.extend(word.to_le_bytes());
        }
        put_number(&mut out, self.people.timers().len() as u64);
        for armed in self.people.timers().iter() {
            out.extend(armed.to_le_bytes());
        }
        out
    }

    /// The state from bytes that [`encode`](Self::encode) wrote under an equal plan.
    ///
    /// # Errors
    /// `NewerFormat` for bytes of a newer version; `InvalidInput` where the plan is another than the
    /// one the state was kept for (then fold the log again); `Corrupt` for damaged bytes.
    pub fn decode(bytes: &[u8], plan: Arc<Plan>) -> Result<Self> {
        Self::decode_standing(bytes, plan, Standing::new())
    }

    /// As [`decode`](Self::decode), with answers to the parts that depend on other people: they are not
    /// stored.
    ///
    /// # Errors
    /// As for `decode`, and `InvalidInput` if a part has no answer.
    pub fn decode_standing(bytes: &[u8], plan: Arc<Plan>, standing: Standing) -> Result<Self> {
        let mut reader = Reader(parts::Reader::new(bytes));
        let version = reader.byte()?;
        if version > VERSION {
            let message = format!("segments were stored in format {version}, newer than {VERSION}");
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        if version != VERSION {
            return Err(corrupt("an unknown version"));
        }
        if u64::from_le_bytes(reader.array()?) != plan.fingerprint() {
            let message = "the stored members belong to other segment definitions";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut live = Self::standing(plan, standing)?;
        live.read_kept(&mut reader)?;
        let bits = live.read_members(&mut reader)?;
        let timers = read_timers(&mut reader)?;
        live.people = People::from_columns(live.people.words(), &bits, &timers);
        if reader.0.rest().is_empty() {
            Ok(live)
        } else {
            Err(corrupt("bytes behind the end"))
        }
    }

    fn read_kept(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let anchors = reader.count(1)?;
        for anchor in (0..).map(AnchorId).take(anchors) {
            for _ in 0..reader.count(1)? {
                let (feature, keys, values) = read_history(reader, &self.plan)?;
                if !self.columns.push(anchor, feature, keys, values) {
                    return Err(corrupt("features out of order"));
                }
            }
        }
        self.columns.grow(anchors);
        Ok(())
    }

    fn read_members(&mut self, reader: &mut Reader<'_>) -> Result<Vec<u64>> {
        let count = reader.count(8)?;
        let mut counts = vec![0_u32; self.plan.segments.len()];
        let mut column = Vec::with_capacity(count);
        for index in 0..count {
            let word = u64::from_le_bytes(reader.array()?);
            column.push(word);
            let first = index % self.people.words().max(1) * 64;
            let mut bits = word;
            while bits != 0 {
                let number = first + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                *counts
                    .get_mut(number)
                    .ok_or_else(|| corrupt("an unknown segment"))? += 1;
            }
        }
        self.counts = counts.into_iter().collect();
        Ok(column)
    }

    /// The state as sorted text, one fact a line, in the given names of anchors and persons; so two
    /// states with the same content give the same text, however their things are numbered.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn dump(
        &self,
        out: &mut dyn fmt::Write,
        anchor_name: &dyn Fn(AnchorId) -> String,
        person_name: &dyn Fn(PersonIndex) -> String,
    ) -> fmt::Result {
        let mut lines = Vec::new();
        for anchor in (0..).map(AnchorId).take(self.columns.anchors()) {
            let histories = self.columns.kept(anchor).map(Kept::histories);
            for (feature, history) in histories.into_iter().flatten() {
                let anchor = anchor_name(anchor);
                let feature = self.plan.features.get(feature as usize);
                let feature = feature.map_or("", |feature| feature.text.as_str());
                for (key, value) in history.entries(0..history.len()) {
                    let time = Timestamp::from_micros(key.time);
                    let value = value.map_or_else(String::new, shown);
                    let position = key.position;
                    lines.push(format!(
                        "kept {anchor} | {feature} | {time} | {position:020}{value}"
                    ));
                }
            }
        }
        for segment in self.plan.segments() {
            let members = self.members(segment);
            let name = Name(segment);
            lines.extend(members.map(|person| format!("member {name} | {}", person_name(person))));
        }
        for (person, time) in (0..).map(PersonIndex).zip(self.people.timers().iter()) {
            if let Some(time) = timestamp(*time) {
                lines.push(format!("timer {} | {time}", person_name(person)));
            }
        }
        lines.sort_unstable();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

fn shown(stored: &Stored) -> String {
    match stored {
        Ok(value) => format!(" | {}", value.to_json()),
        Err(fault) => format!(" | fault: {fault}"),
    }
}

fn read_timers(reader: &mut Reader<'_>) -> Result<Vec<i64>> {
    let count = reader.count(8)?;
    let mut column = Vec::with_capacity(count);
    for _ in 0..count {
        column.push(i64::from_le_bytes(reader.array()?));
    }
    Ok(column)
}

fn write_kept(out: &mut Vec<u8>, kept: Option<Kept<'_>>) {
    let Some(kept) = kept else {
        return put_number(out, 0);
    };
    let histories = kept.histories();
    put_number(out, histories.len() as u64);
    for (feature, history) in histories {
        put_number(out, u64::from(feature));
        put_number(out, history.len() as u64);
        let mut before = Key {
            time: 0,
            position: 0,
        };
        for (key, value) in history.entries(0..history.len()) {
            put_signed(out, key.time.wrapping_sub(before.time));
            let position = key.position.wrapping_sub(before.position);
            put_signed(out, position.cast_signed());
            if let Some(value) = value {
                write_value(out, value);
            }
            before = key;
        }
    }
}

type ReadHistory = (u32, Vec<Key>, Vec<Stored>);

fn read_history(reader: &mut Reader<'_>, plan: &Plan) -> Result<ReadHistory> {
    let number = u32::try_from(reader.number()?).map_err(|_| corrupt("an unknown feature"))?;
    let feature = plan.features.get(number as usize);
    let has_value = feature
        .ok_or_else(|| corrupt("an unknown feature"))?
        .value
        .is_some();
    let count = reader.count(2)?;
    let mut keys: Vec<Key> = Vec::with_capacity(count);
    let mut values = Vec::with_capacity(if has_value { count } else { 0 });
    let mut before = Key {
        time: 0,
        position: 0,
    };
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
    for _ in 0..count {
        let key = Key {
            time: before.time.wrapping_add(reader.signed()?),
            position: before
                .position
                .wrapping_add(reader.signed()?.cast_unsigned()),
        };
        if keys.last().is_some_and(|last| *last > key) || !range.contains(&key.time) {
            return Err(corrupt("occurrences out of order"));
        }
        keys.push(key);
        if has_value {
            values.push(value::read_value(&mut reader.0).ok_or_else(|| corrupt("no value"))?);
        }
        before = key;
    }
    Ok((number, keys, values))
}

fn corrupt(what: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("stored segments are damaged: {what}"),
    )
}

/// Reads as [`parts::Reader`] does, and says what is wrong.
struct Reader<'b>(parts::Reader<'b>);

impl<'b> Reader<'b> {
    fn byte(&mut self) -> Result<u8> {
        self.0.byte().ok_or_else(early)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.0.array().ok_or_else(early)
    }

    fn number(&mut self) -> Result<u64> {
        let number = self.0.number();
        number.ok_or_else(|| corrupt("a number that is cut short or too large"))
    }

    fn signed(&mut self) -> Result<i64> {
        let number = self.0.signed();
        number.ok_or_else(|| corrupt("a number that is cut short or too large"))
    }

    /// How many things follow, each of at least so many bytes.
    fn count(&mut self, bytes_each: usize) -> Result<usize> {
        let count = self.number()?;
        let possible = self.0.rest().len() / bytes_each;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= possible)
            .ok_or_else(|| corrupt("more is announced than follows"))
    }
}

fn early() -> Error {
    corrupt("they end too early")
}

//! The stored form of a stream.
//!
//! Layout of version 1, integers little-endian or LEB128 ("var"), signed ones zigzag:
//! `1u8 · plan fingerprint u64 · now · people var, per person: number var (the difference to the one before),
//! timer, words var, each u32, long payloads var, per payload: cell var, words var, each u32, lists var, per
//! list: feature var, entries var, per entry: time, position var, value if the feature has one, traits var,
//! each 0 or 1 and a value · waiting var, per entry: time, position var, person var, fed var, per fed: what
//! var, roles var, value · checksum u64 (FNV-1a of everything before)`.
//!
//! Invariant: what was written is read back to an equal stream, and two equal streams are written alike;
//! damaged bytes are an error, and never a panic or an allocation larger than the input explains.

use std::sync::Arc;

use onefold_event::{
    Error, ErrorKind, Result, Timestamp,
    parts::{self, put_number, put_signed},
};

use super::{
    Stream, Waiting,
    block::Block,
    engine::Fed,
    layout::{Layout, Target},
    people::{Side, Slot},
};
use crate::{
    Plan, Standing,
    history::Key,
    instant::NEVER,
    kept::Listed,
    plan::fingerprint,
    summary::Stored,
    wire::{FREE, read_value_of, write_value},
};

const VERSION: u8 = 1;
/// No timer, as it is stored.
const NO_TIMER: i64 = i64::MIN;

impl Stream {
    /// The state as bytes; equal states are equal bytes. Standing answers are not part of it. Cost: linear
    /// in the state.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend(self.layout.plan.fingerprint().to_le_bytes());
        put_signed(&mut out, self.clock.now);
        put_number(&mut out, self.people.slots.len() as u64);
        let mut before = 0;
        for person in self.people.numbers() {
            put_number(&mut out, u64::from(person - before));
            before = person;
            if let Some(slot) = self.people.get(person) {
                put_slot(&mut out, slot);
            }
        }
        put_number(&mut out, self.waiting.len() as u64);
        for (key, waiting) in &self.waiting {
            put_key(&mut out, *key);
            put_number(&mut out, waiting.person.into());
            put_number(&mut out, waiting.fed.len() as u64);
            for fed in &waiting.fed {
                let (what, number) = match fed.target {
                    Target::Kept(feature) => (0, feature),
                    Target::Sequence(cell) | Target::Cell(cell) | Target::Leaf(cell) => (1, cell),
                };
                put_number(&mut out, u64::from(number) << 1 | what);
                put_number(&mut out, fed.roles.into());
                put_stored(&mut out, fed.value.as_ref());
            }
        }
        let checksum = fingerprint(&out);
        out.extend(checksum.to_le_bytes());
        out
    }

    /// The stream from bytes that [`snapshot`](Self::snapshot) wrote under an equal plan. What happens after
    /// it leaves the stream as if it had never stopped.
    ///
    /// # Errors
    /// `NewerFormat` for bytes of a newer version; `InvalidInput` where the plan is another than the one the
    /// state was kept for, or has a part without a standing answer;
    /// `Corrupt` for damaged bytes.
    pub fn restore(bytes: &[u8], plan: Arc<Plan>, standing: Standing) -> Result<Self> {
        let (version, _) = bytes.split_first().ok_or_else(damaged)?;
        if *version > VERSION {
            let message = format!("a stream of version {version}: this is version {VERSION}");
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        let end = bytes.len().checked_sub(8).ok_or_else(damaged)?;
        let (body, sum) = bytes.split_at_checked(end).ok_or_else(damaged)?;
        if *version != VERSION || fingerprint(body).to_le_bytes() != sum {
            return Err(damaged());
        }
        let mut reader = Reader(parts::Reader::new(body));
        reader.byte()?;
        let fingerprint = reader.0.take(8).ok_or_else(damaged)?;
        if fingerprint != plan.fingerprint().to_le_bytes() {
            let message = "the stream was kept for other definitions: evaluate everybody again";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let now = Timestamp::from_micros(reader.signed()?);
        let mut stream = Self::with_standing(plan, now, standing)?;
        let layout = Arc::clone(&stream.layout);
        let (count, mut person) = (reader.count()?, 0_u32);
        for number in 0..count {
            let more = reader.u32()?;
            if number > 0 && more == 0 {
                return Err(damaged());
            }
            person = person.checked_add(more).ok_or_else(damaged)?;
            let (due, block, side) = reader.slot(&layout)?;
            let at = stream.people.add(person, block);
            if let Some(slot) = stream.people.slots.get_mut(at) {
                (slot.due, slot.side) = (due, side);
            }
            stream.arm(at);
        }
        for _ in 0..reader.count()? {
            let (key, waiting) = reader.waiting(&layout)?;
            stream.waiting.insert(key, waiting);
        }
        if reader.0.rest().is_empty() {
            Ok(stream)
        } else {
            Err(damaged())
        }
    }
}

fn put_slot(out: &mut Vec<u8>, slot: &Slot) {
    put_signed(
        out,
        if slot.due == NEVER {
            NO_TIMER
        } else {
            slot.due
        },
    );
    put_words(out, &slot.block.words);
    let long = slot.block.long.as_deref().map_or(&[][..], Vec::as_slice);
    put_number(out, long.len() as u64);
    for (cell, words) in long {
        put_number(out, (*cell).into());
        put_words(out, words);
    }
    let none = Side::default();
    let side = slot.side.as_deref().unwrap_or(&none);
    put_number(out, side.lists.len() as u64);
    for list in &side.lists {
        put_number(out, list.feature.into());
        put_number(out, list.keys.len() as u64);
        for (number, key) in list.keys.iter().enumerate() {
            put_key(out, *key);
            put_stored(out, list.values.get(number));
        }
    }
    put_number(out, side.traits.len() as u64);
    for value in &side.traits {
        put_stored(out, value.clone().map(Ok).as_ref());
    }
}

fn put_words(out: &mut Vec<u8>, words: &[u32]) {
    put_number(out, words.len() as u64);
    words.iter().for_each(|word| out.extend(word.to_le_bytes()));
}

fn put_key(out: &mut Vec<u8>, key: Key) {
    put_signed(out, key.time);
    put_number(out, key.position);
}

fn put_stored(out: &mut Vec<u8>, value: Option<&Stored>) {
    match value {
        None => out.push(FREE),
        Some(stored) => write_value(out, stored),
    }
}

/// Reads what was written, and distrusts it.
struct Reader<'a>(parts::Reader<'a>);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8> {
        self.0.byte().ok_or_else(damaged)
    }

    fn number(&mut self) -> Result<u64> {
        self.0.number().ok_or_else(damaged)
    }

    fn signed(&mut self) -> Result<i64> {
        self.0.signed().ok_or_else(damaged)
    }

    fn u32(&mut self) -> Result<u32> {
        u32::try_from(self.number()?).map_err(|_| damaged())
    }

    fn count(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| damaged())
    }

    fn words(&mut self) -> Result<Vec<u32>> {
        let length = self.count()?.checked_mul(4).ok_or_else(damaged)?;
        let bytes = self.0.take(length).ok_or_else(damaged)?;
        let words = bytes.as_chunks::<4>().0.iter();
        Ok(words.map(|word| u32::from_le_bytes(*word)).collect())
    }

    fn key(&mut self) -> Result<Key> {
        Ok(Key {
            time: self.signed()?,
            position: self.number()?,
        })
    }

    fn slot(&mut self, layout: &Layout) -> Result<(i64, Block, Option<Box<Side>>)> {
        let due = match self.signed()? {
            NO_TIMER => NEVER,
            due => due,
        };
        let words = self.words()?;
        let mut long = Vec::new();
        for _ in 0..self.count()? {
            long.push((self.u32()?, self.words()?));
        }
        let is_sorted = long.is_sorted_by(|(a, _), (b, _)| a < b);
        let long = (!long.is_empty()).then(|| Box::new(long));
        let block = Block { words, long };
        if !is_sorted || !block.is_sound(layout.shape, layout.cells.len()) {
            return Err(damaged());
        }
        Ok((due, block, self.side(layout)?))
    }

    fn side(&mut self, layout: &Layout) -> Result<Option<Box<Side>>> {
        let mut side = Side::default();
        for _ in 0..self.count()? {
            let mut list = Listed {
                feature: self.u32()?,
                ..Listed::default()
            };
            let feature = layout.plan.features.get(list.feature as usize);
            let has_value = feature.ok_or_else(damaged)?.value.is_some();
            for _ in 0..self.count()? {
                list.keys.push(self.key()?);
                match (self.stored()?, has_value) {
                    (Some(value), true) => list.values.push(value),
                    (None, false) => {}
                    _ => return Err(damaged()),
                }
            }
            if !list.keys.is_sorted() {
                return Err(damaged());
            }
            side.lists.push(list);
        }
        for _ in 0..self.count()? {
            side.traits
                .push(self.stored()?.transpose().map_err(|_| damaged())?);
        }
        if !side.lists.is_sorted_by(|a, b| a.feature < b.feature) {
            return Err(damaged());
        }
        let is_empty = side == Side::default();
        Ok((!is_empty).then(|| Box::new(side)))
    }

    fn waiting(&mut self, layout: &Layout) -> Result<(Key, Waiting)> {
        let (key, person) = (self.key()?, self.u32()?);
        let mut fed = Vec::new();
        for _ in 0..self.count()? {
            let what = self.number()?;
            let number = u32::try_from(what >> 1).map_err(|_| damaged())?;
            let (target, count) = match what & 1 {
                0 => (Target::Kept(number), layout.plan.features.len()),
                _ => (layout.target(number), layout.cells.len()),
            };
            if number as usize >= count {
                return Err(damaged());
            }
            fed.push(Fed {
                target,
                roles: self.u32()?,
                value: self.stored()?,
            });
        }
        Ok((key, Waiting { person, fed }))
    }

    fn stored(&mut self) -> Result<Option<Stored>> {
        match self.byte()? {
            FREE => Ok(None),
            tag => read_value_of(tag, &mut self.0)
                .map(Some)
                .ok_or_else(damaged),
        }
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "a damaged snapshot of a stream")
}

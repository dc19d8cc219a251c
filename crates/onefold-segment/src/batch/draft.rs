//! A table while it is filled: rows go to the chunk of their person at once, and are put in order at the end.
//!
//! Invariant: what lies in a chunk is in the order in which it came, so ties of time keep that order.

mod order;

use onefold_event::{Error, ErrorKind, Occurrence, Result, Timestamp, Value};

use super::{
    column::{Cell, Column},
    ids::Id,
    needs::Needs,
    organisation::{Belongs, Organisations},
    table::{Consent, Layout, Skipped, Table, TraitColumn},
};
use crate::ast::{ConsentState, Entity};

/// People of a chunk, if nothing else is said: their occurrences fit a processor's cache.
const CHUNK_PEOPLE: usize = 2_048;
/// Names of events that have codes: one more for all other names, and one for rows that are left out.
const NAMES_MAX: usize = u16::MAX as usize - 1;
/// Rows that a chunk takes memory for at once.
const BLOCK_ROWS: usize = 4_096;

/// Fills a [`Table`].
///
/// People first, if there is a list of them: then they are the universe, and occurrences of others are
/// left out. Without one, everybody with an occurrence is. Occurrences of one person at one time must
/// come in the order of their positions; beyond that, any order will do.
#[derive(Debug)]
pub struct TableBuilder {
    pub(super) needs: Needs,
    pub(super) layout: Layout,
    pub(super) ids: super::ids::Ids,
    pub(super) traits: Vec<TraitColumn>,
    pub(super) is_closed: bool,
    pub(super) skipped: Skipped,
    buckets: Vec<Bucket>,
    /// The rows of each bucket that came last, apart from the rest so that all of them stay in a cache.
    tails: Vec<Vec<Row>>,
    organisations: Organisations,
    consent: Consent,
    pub(super) events: usize,
}

/// A row of a chunk in 12 bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
struct Row {
    time: i64,
    /// The place of the person in the chunk, and the code.
    who_and_what: u32,
}

impl Row {
    fn new(time: i64, person: u16, code: u16) -> Self {
        Self {
            time,
            who_and_what: u32::from(person) << 16 | u32::from(code),
        }
    }

    fn person(self) -> usize {
        self.who_and_what as usize >> 16
    }

    fn code(self) -> u16 {
        // The lower half.
        (self.who_and_what & u32::from(u16::MAX)) as u16
    }
}

/// What came for the people of one chunk, but for its tail.
#[derive(Debug, Default)]
struct Bucket {
    full: Vec<Vec<Row>>,
    /// By slot of the layout; none until the first value comes.
    columns: Vec<Column>,
}

impl TableBuilder {
    pub(super) fn new(needs: &Needs) -> Self {
        let trait_column = |name: &str| TraitColumn {
            name: name.into(),
            ..TraitColumn::default()
        };
        let traits = || needs.traits().map(trait_column).collect();
        let organisations = Organisations {
            traits: traits(),
            ..Organisations::default()
        };
        Self {
            layout: Layout::of(needs, CHUNK_PEOPLE),
            traits: traits(),
            needs: needs.clone(),
            ids: super::ids::Ids::default(),
            buckets: Vec::new(),
            tails: Vec::new(),
            organisations,
            consent: Consent::default(),
            is_closed: false,
            skipped: Skipped::default(),
            events: 0,
        }
    }

    /// So many people are evaluated at once, 1 to 65,536, rounded up to a power of two. Default: 2,048. It
    /// changes no answer.
    #[must_use]
    pub fn chunk_people(mut self, people: usize) -> Self {
        self.layout.chunk_people = people.clamp(1, 1 << 16).next_power_of_two();
        self
    }

    /// Adds a person of the universe, with the traits that are asked for by name.
    ///
    /// # Errors
    /// `InvalidInput` if the person was added before, or occurrences were.
    pub fn person(
        &mut self,
        id: Id<'_>,
        mut value: impl FnMut(&str) -> Option<Value>,
    ) -> Result<()> {
        self.next_person(id)?;
        for one in &mut self.traits {
            let cell = Cell::of(value(&one.name), &mut one.texts);
            one.column.push(cell, &one.texts);
        }
        Ok(())
    }

    /// From now on, the people that were added are the universe, even if there are none.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Adds what happened to a person.
    ///
    /// # Errors
    /// `LimitExceeded` for more people than can be numbered (2^32).
    pub fn occurrence(&mut self, id: Id<'_>, occurrence: &dyn Occurrence) -> Result<()> {
        // In an open universe it is somebody, whatever happened.
        let person = self.person_of(id);
        let Some(code) = self.layout.code(occurrence.name()) else {
            return Ok(());
        };
        let Some(person) = person else {
            self.skipped.outside += 1;
            return Ok(());
        };
        let time = occurrence.time().as_micros();
        let cell = |layout: &mut Layout, path: usize| {
            let value = layout
                .paths
                .get(path)
                .and_then(|path| occurrence.property(path));
            layout
                .texts
                .get_mut(path)
                .map_or(Cell::Absent, |texts| Cell::of(value, texts))
        };
        self.row(person, time, code, cell);
        Ok(())
    }

    /// Adds an organisation with the traits that are asked for by name.
    ///
    /// # Errors
    /// `InvalidInput` if it was added before.
    pub fn organisation(
        &mut self,
        id: Id<'_>,
        mut value: impl FnMut(&str) -> Option<Value>,
    ) -> Result<()> {
        if self.organisations.ids.find(id).is_some() {
            return Err(twice("organisation", id));
        }
        self.organisations.ids.number(id);
        for one in &mut self.organisations.traits {
            let cell = Cell::of(value(&one.name), &mut one.texts);
            one.column.push(cell, &one.texts);
        }
        Ok(())
    }

    /// Says that a person belongs to an organisation, from an instant on and until another, if there is
    /// an end. Memberships of unknown people and organisations are left out.
    pub fn membership(
        &mut self,
        person: Id<'_>,
        organisation: Id<'_>,
        role: Option<&str>,
        from: Timestamp,
        to: Option<Timestamp>,
    ) {
        let place = (
            self.ids.find(person),
            self.organisations.ids.find(organisation),
        );
        if let (Some(person), Some(organisation)) = place {
            self.organisations.memberships.push(Belongs {
                person,
                organisation,
                role: role.map(Into::into),
                from: from.as_micros(),
                to: to.map_or(i64::MAX, Timestamp::as_micros),
            });
        }
    }

    /// Says what the ledger says of a person (or organisation) as of the instant that will be asked about.
    pub fn consent(
        &mut self,
        entity: Entity,
        id: Id<'_>,
        purpose: &str,
        channel: Option<&str>,
        state: ConsentState,
    ) {
        let place = match entity {
            Entity::Person => self.ids.find(id),
            Entity::Organisation => self.organisations.ids.find(id),
        };
        if let Some(place) = place {
            let about = (entity, purpose.into(), channel.map(Into::into));
            self.consent.entry(about).or_default().insert(place, state);
        }
    }

    /// Puts everything in order, on this thread. Cost: linear, and a sort where rows came out of order.
    ///
    /// # Errors
    /// `LimitExceeded` if a chunk has more than 2^32 rows, or definitions look at more than 65,534 different
    /// events.
    pub fn finish(self) -> Result<Table> {
        self.finish_on(1)
    }

    /// Like [`finish`](Self::finish) on several threads; the table is the same.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_on(mut self, threads: usize) -> Result<Table> {
        let (people, names) = (self.ids.len(), self.layout.names.len());
        if names > NAMES_MAX {
            let message = format!(
                "the definitions look at {names} different events; a table holds {NAMES_MAX}: evaluate them in parts"
            );
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        for one in &mut self.traits {
            while one.column.len() < people {
                one.column.push(Cell::Absent, &one.texts);
            }
        }
        let chunks = people.div_ceil(self.layout.chunk_people);
        self.buckets.resize_with(chunks, Bucket::default);
        for (bucket, tail) in self.buckets.iter_mut().zip(self.tails) {
            bucket.full.push(tail);
        }
        let chunks = order::chunks(self.buckets, &self.layout, people, threads)?;
        Ok(Table {
            needs: self.needs,
            layout: self.layout,
            chunks,
            ids: self.ids,
            traits: self.traits,
            organisations: self.organisations,
            consent: self.consent,
            events: self.events,
            skipped: self.skipped,
        })
    }

    /// The number of a new person of the universe.
    pub(super) fn next_person(&mut self, id: Id<'_>) -> Result<()> {
        if self.events > 0 {
            let message = "people come before occurrences, because they are the universe";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        if self.ids.find(id).is_some() {
            return Err(twice("person", id));
        }
        self.is_closed = true;
        self.ids.number(id);
        Ok(())
    }

    /// The number of somebody with an occurrence; `None` if outside the universe.
    #[inline]
    pub(super) fn person_of(&mut self, id: Id<'_>) -> Option<u32> {
        if self.is_closed {
            self.ids.find(id)
        } else {
            Some(self.ids.number(id))
        }
    }

    /// Adds a row; `cell` gives the value of the property with this place.
    #[inline]
    pub(super) fn row(
        &mut self,
        person: u32,
        time: i64,
        code: u16,
        cell: impl FnMut(&mut Layout, usize) -> Cell,
    ) {
        self.place(person, time, code);
        self.events += 1;
        if self.layout.has_columns(code) {
            self.values(person, code, cell);
        }
    }

    /// Adds a row whose values, if its name has columns, come next for this chunk.
    #[inline]
    pub(super) fn place(&mut self, person: u32, time: i64, code: u16) {
        let chunk = self.chunk_of(person);
        // A power of two, 2^16 at most.
        let place = person & (self.layout.chunk_people - 1) as u32;
        let row = Row::new(time, place as u16, code);
        match self.tails.get_mut(chunk) {
            Some(tail) if tail.len() < tail.capacity() => tail.push(row),
            _ => self.grow(chunk, row),
        }
    }

    /// Adds a row for which there is no room.
    #[cold]
    fn grow(&mut self, chunk: usize, row: Row) {
        if self.tails.len() <= chunk {
            self.tails.resize_with(chunk + 1, Vec::new);
            self.buckets.resize_with(chunk + 1, Bucket::default);
        }
        let (Some(tail), Some(bucket)) = (self.tails.get_mut(chunk), self.buckets.get_mut(chunk))
        else {
            return;
        };
        // Small ones double, so that few people take little; large ones grow by whole blocks.
        if tail.len() >= BLOCK_ROWS {
            bucket.full.push(std::mem::take(tail));
            tail.reserve_exact(BLOCK_ROWS);
        } else {
            let more = (tail.len() * 2).clamp(8, BLOCK_ROWS) - tail.len();
            tail.reserve_exact(more);
        }
        tail.push(row);
    }

    /// Adds the values of a row that was placed, in the order in which rows of this name were placed.
    pub(super) fn values(
        &mut self,
        person: u32,
        code: u16,
        mut cell: impl FnMut(&mut Layout, usize) -> Cell,
    ) {
        let chunk = self.chunk_of(person);
        let Some(bucket) = self.buckets.get_mut(chunk) else {
            return;
        };
        if bucket.columns.is_empty() {
            bucket
                .columns
                .resize_with(self.layout.all_slots(), Column::default);
        }
        let slots = self.layout.slots(code);
        for (slot, column) in slots
            .clone()
            .zip(bucket.columns.iter_mut().skip(slots.start))
        {
            let path = self.layout.path_of(slot);
            let value = cell(&mut self.layout, path);
            if let Some(texts) = self.layout.texts.get(path) {
                column.push(value, texts);
            }
        }
    }

    fn chunk_of(&self, person: u32) -> usize {
        person as usize >> self.layout.chunk_people.trailing_zeros()
    }
}

fn twice(what: &str, id: Id<'_>) -> Error {
    let message = format!("the {what} `{id}` is there twice: give each one once");
    Error::new(ErrorKind::InvalidInput, message)
}

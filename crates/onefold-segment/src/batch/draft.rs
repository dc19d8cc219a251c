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
    table::{Consent, Layout, Table, TraitColumn},
};
use crate::ast::{ConsentState, Entity};

/// People of a chunk, if nothing else is said: their occurrences fit a processor's cache.
const CHUNK_PEOPLE: usize = 1_024;
/// Rows that a chunk takes memory for at once.
const BLOCK_ROWS: usize = 1_024;

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
    pub(super) skipped: usize,
    buckets: Vec<Bucket>,
    organisations: Organisations,
    consent: Consent,
    events: usize,
}

/// A row of a chunk in 12 bytes.
#[derive(Debug, Clone, Copy)]
struct Row {
    time: [u32; 2],
    /// The place of the person in the chunk.
    person: u16,
    code: u16,
}

impl Row {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
    fn new(time: i64, person: u16, code: u16) -> Self {
        let word = time.cast_unsigned();
        let time = [(word >> 32) as u32, word as u32];
        Self { time, person, code }
    }

    fn time(self) -> i64 {
        let [high, low] = self.time;
        (u64::from(high) << 32 | u64::from(low)).cast_signed()
    }
}

/// What came for the people of one chunk.
#[derive(Debug, Default)]
struct Bucket {
    full: Vec<Vec<Row>>,
    last: Vec<Row>,
    columns: Vec<Vec<Column>>,
}

impl TableBuilder {
    pub(super) fn new(needs: &Needs) -> Self {
        let trait_column = |name: &Box<str>| TraitColumn {
            name: name.clone(),
            ..TraitColumn::default()
        };
        let traits = || needs.traits.iter().map(trait_column).collect();
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
            organisations,
            consent: Consent::default(),
            is_closed: false,
            skipped: 0,
            events: 0,
        }
    }

    /// So many people are evaluated at once, 1 to 65,536. Default: 1,024. It changes no answer.
    #[must_use]
    pub fn chunk_people(mut self, people: usize) -> Self {
        self.layout.chunk_people = people.clamp(1, 1 << 16);
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
        let Some(person) = self.person_of(id) else {
            return Ok(());
        };
        let Some(code) = self.layout.code(occurrence.name()) else {
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
    /// `LimitExceeded` if a chunk has more than 2^32 rows.
    pub fn finish(self) -> Result<Table> {
        self.finish_on(1)
    }

    /// Like [`finish`](Self::finish) on several threads; the table is the same.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_on(mut self, threads: usize) -> Result<Table> {
        let people = self.ids.len();
        for one in &mut self.traits {
            while one.column.len() < people {
                one.column.push(Cell::Absent, &one.texts);
            }
        }
        let chunks = people.div_ceil(self.layout.chunk_people);
        self.buckets.resize_with(chunks, Bucket::default);
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
        mut cell: impl FnMut(&mut Layout, usize) -> Cell,
    ) {
        let size = self.layout.chunk_people;
        let (chunk, place) = (person as usize / size, person as usize % size);
        if self.buckets.len() <= chunk {
            self.buckets.resize_with(chunk + 1, Bucket::default);
        }
        let Some(bucket) = self.buckets.get_mut(chunk) else {
            return;
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a chunk has at most 2^16 people"
        )]
        bucket.push(Row::new(time, place as u16, code));
        self.events += 1;
        let columns = self.layout.columns.get(code as usize).map_or(0, Vec::len);
        if columns == 0 {
            return;
        }
        bucket.columns.resize_with(self.layout.codes(), Vec::new);
        let Some(of_code) = bucket.columns.get_mut(code as usize) else {
            return;
        };
        of_code.resize_with(columns, Column::default);
        for (at, column) in of_code.iter_mut().enumerate() {
            let path = self
                .layout
                .columns
                .get(code as usize)
                .and_then(|paths| paths.get(at));
            let Some(path) = path.copied() else {
                continue;
            };
            let value = cell(&mut self.layout, path);
            if let Some(texts) = self.layout.texts.get(path) {
                column.push(value, texts);
            }
        }
    }
}

impl Bucket {
    #[inline]
    fn push(&mut self, row: Row) {
        if self.last.len() == self.last.capacity() {
            self.grow();
        }
        self.last.push(row);
    }

    #[cold]
    fn grow(&mut self) {
        // Small ones double, so that few people take little; large ones grow by whole blocks.
        if self.last.len() >= BLOCK_ROWS {
            self.full.push(std::mem::take(&mut self.last));
            self.last.reserve_exact(BLOCK_ROWS);
        } else {
            let more = (self.last.len() * 2).clamp(8, BLOCK_ROWS) - self.last.len();
            self.last.reserve_exact(more);
        }
    }
}

fn twice(what: &str, id: Id<'_>) -> Error {
    let message = format!("the {what} `{id}` is there twice: give each one once");
    Error::new(ErrorKind::InvalidInput, message)
}

//! One person of a table, as the slow evaluators see people: to explain, and to check.
//!
//! Invariant: what is seen is what the batch evaluator sees of the same person.

use std::{borrow::Cow, ops::Range};

use onefold_event::{Occurrence, Position, Timestamp, Value};

use super::{
    sieve::Block,
    table::{Chunk, Table},
};
use crate::{
    Traits,
    ast::{ConsentState, Entity},
};

/// Something that happened to a person of a table.
#[derive(Debug, Clone)]
pub struct Happened<'a> {
    name: &'a str,
    time: Timestamp,
    position: Position,
    /// The properties that the table keeps of it.
    properties: Vec<(&'a str, Value)>,
}

impl Occurrence for Happened<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn position(&self) -> Position {
        self.position
    }

    fn property(&self, path: &str) -> Option<Value> {
        let found = self.properties.iter().find(|(known, _)| *known == path);
        found.map(|(_, value)| value.clone())
    }
}

/// The traits, consent and id of a person of a table. Organisations are not told.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    table: &'a Table,
    person: usize,
}

impl Traits for Known<'_> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        let mut traits = self.table.traits.iter();
        let named = traits.find(|known| *known.name == *name)?;
        named.column.value(self.person, &named.texts)
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        self.table.id(self.person).map(|id| id.to_string().into())
    }

    fn consent(&self, purpose: &str, channel: Option<&str>) -> ConsentState {
        let about = (Entity::Person, purpose.into(), channel.map(Into::into));
        let person = u32::try_from(self.person).unwrap_or(u32::MAX);
        let said = self.table.consent.get(&about);
        let state = said.and_then(|said| said.get(&person)).copied();
        state.unwrap_or(ConsentState::Unknown)
    }
}

impl Table {
    /// What is known of the person with this number.
    pub fn known(&self, person: usize) -> Known<'_> {
        Known {
            table: self,
            person,
        }
    }

    /// What happened to the person with this number, in order. Positions count from 0 within the person.
    /// Cost: linear in the occurrences of the people around; for everybody, take [`histories`](Self::histories).
    pub fn history(&self, person: usize) -> Vec<Happened<'_>> {
        let chunk = self.chunks.get(person / self.layout.chunk_people);
        chunk.map_or_else(Vec::new, |chunk| {
            let place = person - chunk.first;
            self.histories_in(chunk, place..place + 1)
                .pop()
                .unwrap_or_default()
        })
    }

    /// What happened to everybody, some neighbours at a time: the number of the first, and the history of each.
    /// Cost: linear.
    pub fn histories(&self) -> impl Iterator<Item = (usize, Vec<Vec<Happened<'_>>>)> {
        let chunks = self.chunks.iter();
        chunks.map(|chunk| (chunk.first, self.histories_in(chunk, 0..chunk.people())))
    }

    fn histories_in<'a>(
        &'a self,
        chunk: &'a Chunk,
        places: Range<usize>,
    ) -> Vec<Vec<Happened<'a>>> {
        let end = |place: usize| chunk.offsets.get(place).map_or(0, |end| *end as usize);
        let mut seen = vec![0_usize; self.layout.codes()];
        let mut histories = Vec::with_capacity(places.len());
        let mut row = 0;
        for place in 0..places.end {
            let mut history = Vec::new();
            let first = row;
            while row < end(place + 1) {
                let Some(at) = chunk.codes.get(row).and_then(|code| seen.get_mut(code)) else {
                    break;
                };
                *at += 1;
                if places.contains(&place) {
                    history.push(self.happened(chunk, row, *at - 1, row - first));
                }
                row += 1;
            }
            if places.contains(&place) {
                histories.push(history);
            }
        }
        histories
    }

    /// A row of a chunk, by its number among those of its name.
    fn happened<'a>(
        &'a self,
        chunk: &'a Chunk,
        row: usize,
        at: usize,
        position: usize,
    ) -> Happened<'a> {
        let code = chunk.codes.get(row).unwrap_or_default();
        let time = chunk.times.get(row).copied().unwrap_or_default();
        Happened {
            name: self.layout.names.get(code).map_or("", |name| &**name),
            time: Timestamp::from_micros(time),
            position: Position(position as u64),
            properties: self.properties(chunk, code, at),
        }
    }

    fn properties(&self, chunk: &Chunk, code: usize, at: usize) -> Vec<(&str, Value)> {
        let paths = self.layout.columns.get(code).map_or(&[][..], Vec::as_slice);
        let block = Block {
            layout: &self.layout,
            columns: chunk.columns.get(code).map_or(&[], Vec::as_slice),
            paths,
            len: at + 1,
        };
        let names = paths.iter().filter_map(|path| self.layout.paths.get(*path));
        let row = block.row(at);
        let values = names.filter_map(|path| Some((&**path, row.property(path)?)));
        values.collect()
    }
}

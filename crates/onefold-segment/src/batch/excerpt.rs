//! Some people of a table as a table of their own.
//!
//! Invariant: a question about one person alone finds of each of them what it finds in the whole table; organisations
//! are all there, and of their members those people.

use onefold_event::{Result, Timestamp};

use super::{
    column::Cell,
    draft::TableBuilder,
    table::{Chunk, Layout, Table},
};
use crate::ast::Entity;

impl Table {
    /// The table of these people, by their numbers, ascending. Cost: one pass over the names of all occurrences, and a
    /// copy of theirs.
    ///
    /// # Errors
    /// None that can occur: what was added to a table once can be added to another.
    pub(crate) fn excerpt(&self, people: &[u32]) -> Result<Self> {
        let mut builder = Self::builder(&self.needs);
        self.copy_people(people, &mut builder)?;
        self.copy_organisations(&mut builder)?;
        self.copy_consent(&mut builder);
        for chunk in &self.chunks {
            self.copy_rows(chunk, people, &mut builder);
        }
        builder.finish()
    }

    fn copy_people(&self, people: &[u32], builder: &mut TableBuilder) -> Result<()> {
        builder.close();
        for person in people {
            let Some(id) = self.ids.get(*person) else {
                continue;
            };
            builder.person(id, |name| {
                let named = self.traits.iter().find(|known| *known.name == *name)?;
                named.column.value(*person as usize, &named.texts)
            })?;
        }
        Ok(())
    }

    fn copy_organisations(&self, builder: &mut TableBuilder) -> Result<()> {
        let of = &self.organisations;
        for number in (0..).take(of.ids.len()) {
            let Some(id) = of.ids.get(number) else {
                continue;
            };
            builder.organisation(id, |name| {
                let named = of.traits.iter().find(|known| *known.name == *name)?;
                named.column.value(number as usize, &named.texts)
            })?;
        }
        for belongs in &of.memberships {
            let person = self.ids.get(belongs.person);
            let organisation = of.ids.get(belongs.organisation);
            if let (Some(person), Some(organisation)) = (person, organisation) {
                let from = Timestamp::from_micros(belongs.from);
                let to = (belongs.to != i64::MAX).then(|| Timestamp::from_micros(belongs.to));
                builder.membership(person, organisation, belongs.role.as_deref(), from, to);
            }
        }
        Ok(())
    }

    fn copy_consent(&self, builder: &mut TableBuilder) {
        for ((entity, purpose, channel), said) in &self.consent {
            let ids = match entity {
                Entity::Person => &self.ids,
                Entity::Organisation => &self.organisations.ids,
            };
            for (number, state) in said {
                if let Some(id) = ids.get(*number) {
                    builder.consent(*entity, id, purpose, channel.as_deref(), *state);
                }
            }
        }
    }

    /// Copies the occurrences of those of the people who are in this chunk.
    fn copy_rows(&self, chunk: &Chunk, people: &[u32], builder: &mut TableBuilder) {
        let before = |end: usize| people.partition_point(|person| (*person as usize) < end);
        let here = before(chunk.first)..before(chunk.first + chunk.people());
        let mut seen = vec![0_usize; self.layout.codes()];
        // The number of the next row among those of its name.
        let mut next = |code: usize| {
            let seen = seen.get_mut(code)?;
            *seen += 1;
            Some(*seen - 1)
        };
        let mut passed = 0;
        let numbered = (0_u32..).zip(people).take(here.end).skip(here.start);
        for (number, person) in numbered {
            let place = *person as usize - chunk.first;
            let end = |place: usize| chunk.offsets.get(place).map_or(0, |end| *end as usize);
            let own = end(place)..end(place + 1);
            for row in passed..own.start {
                chunk.codes.get(row).and_then(&mut next);
            }
            for row in own.clone() {
                let code = chunk.codes.get(row);
                let at = code.and_then(&mut next);
                let time = chunk.times.get(row);
                if let (Some(code), Some(at), Some(time)) = (code, at, time) {
                    self.copy_row(chunk, (code, at), (number, *time), builder);
                }
            }
            passed = own.end;
        }
    }

    fn copy_row(
        &self,
        chunk: &Chunk,
        (code, at): (usize, usize),
        (person, time): (u32, i64),
        builder: &mut TableBuilder,
    ) {
        // Tables for the same needs have the same codes and properties, but texts of their own.
        let cell = |own: &mut Layout, path: usize| {
            let places = self.layout.columns.get(code);
            let place = places.and_then(|places| places.iter().position(|known| *known == path));
            let columns = chunk.columns.get(code);
            let column = columns.and_then(|columns| columns.get(place?));
            let texts = self.layout.texts.get(path);
            let value = column.and_then(|column| column.value(at, texts?));
            let own_texts = own.texts.get_mut(path);
            own_texts.map_or(Cell::Absent, |texts| Cell::of(value, texts))
        };
        if let Ok(code) = u16::try_from(code) {
            builder.row(person, time, code, cell);
        }
    }
}

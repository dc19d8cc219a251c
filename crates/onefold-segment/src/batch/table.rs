//! Histories as columns: people in the order in which they were met, each one's occurrences together.
//!
//! Invariants: the occurrences of a person are in order of time and, at equal times, in the order in
//! which they came; the k-th occurrence of a name in a chunk has the k-th value of that name's columns.

use std::{fmt, ops::Range};

use onefold_event::{Error, ErrorKind, Result};
use rustc_hash::FxHashMap;

use super::{
    column::{Column, Texts},
    draft::TableBuilder,
    ids::{Id, Ids},
    needs::Needs,
    organisation::Organisations,
};
use crate::{
    ast::{ConsentState, Entity},
    plan::Plan,
};

/// Histories and traits of many people in memory, ready to be evaluated.
///
/// ```
/// use onefold_event::{Decimal, Timestamp};
/// use onefold_segment::{Library, Plan, batch::{Needs, Table}};
/// let plan = Plan::compile(Library::parse("segment known = did login")?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// builder.person("ann".into(), |_| None)?;
/// let table = builder.finish()?;
/// assert_eq!((table.people(), table.events()), (1, 0));
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug)]
pub struct Table {
    pub(crate) needs: Needs,
    pub(crate) layout: Layout,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) ids: Ids,
    pub(crate) traits: Vec<TraitColumn>,
    pub(crate) organisations: Organisations,
    pub(crate) consent: Consent,
    pub(crate) events: usize,
    pub(crate) skipped: Skipped,
}

/// Rows that could not be used, each counted once. Rows of events that no definition looks at are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Without the name of an event.
    pub without_event: usize,
    /// Without an id.
    pub without_id: usize,
    /// Of people outside the universe.
    pub outside: usize,
    /// Without an instant.
    pub without_time: usize,
    /// With an instant that is no RFC 3339 text, or lies outside the years 1 to 9999.
    pub with_unreadable_time: usize,
}

impl Skipped {
    /// All of them.
    pub fn rows(self) -> usize {
        self.without_event
            + self.without_id
            + self.outside
            + self.without_time
            + self.with_unreadable_time
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = [
            (self.without_event, "without an event"),
            (self.without_id, "without an id"),
            (self.outside, "of nobody in the universe"),
            (self.without_time, "without a time"),
            (
                self.with_unreadable_time,
                "with a time that cannot be read (such as 2026-03-01T10:00:00Z)",
            ),
        ];
        let found = reasons.iter().filter(|(rows, _)| *rows > 0);
        let told: Vec<String> = found.map(|(rows, why)| format!("{rows} {why}")).collect();
        f.write_str(&told.join(", "))
    }
}

/// Which names have which codes, and which columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// Sorted; the code of a name is its place. Every other name has the code behind the last.
    pub(crate) names: Vec<Box<str>>,
    /// Whether occurrences of other names are kept.
    pub(crate) is_complete: bool,
    /// The properties, sorted.
    pub(crate) paths: Vec<Box<str>>,
    /// The texts of each property.
    pub(crate) texts: Vec<Texts>,
    /// For each code the places of its properties.
    pub(crate) columns: Vec<Vec<usize>>,
    /// Where the columns of each code end, and the property of each, if all lie one after the other.
    ends: Vec<usize>,
    path_of: Vec<usize>,
    pub(crate) chunk_people: usize,
}

/// The histories of some people.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The number of the first person.
    pub(crate) first: usize,
    /// Where each person's occurrences begin; one more than people.
    pub(crate) offsets: Box<[u32]>,
    pub(crate) times: Box<[i64]>,
    pub(crate) codes: Codes,
    /// For each code its columns, in the order of [`Layout::columns`].
    pub(crate) columns: Vec<Vec<Column>>,
    /// When each person's last occurrence was, [`super::column::ABSENT`] where there is none: it is asked of everybody at once.
    pub(crate) last: Box<[i64]>,
    /// The latest time.
    pub(crate) latest: i64,
}

/// The codes of names of occurrences.
#[derive(Debug)]
pub(crate) enum Codes {
    /// Where there are at most 256.
    Narrow(Box<[u8]>),
    Wide(Box<[u16]>),
}

/// A trait of all people.
#[derive(Debug, Default)]
pub(crate) struct TraitColumn {
    pub(crate) name: Box<str>,
    pub(crate) column: Column,
    pub(crate) texts: Texts,
}

/// Of people or organisations, a purpose, and perhaps a channel.
pub(crate) type About = (Entity, Box<str>, Option<Box<str>>);

/// What was said about each purpose and channel, by number of the person or organisation.
pub(crate) type Consent = FxHashMap<About, FxHashMap<u32, ConsentState>>;

impl Table {
    /// A table to be filled with what is needed.
    pub fn builder(needs: &Needs) -> TableBuilder {
        TableBuilder::new(needs)
    }

    /// How many people there are: the universe.
    pub fn people(&self) -> usize {
        self.ids.len()
    }

    /// How many occurrences are kept.
    pub fn events(&self) -> usize {
        self.events
    }

    /// How many rows were left out, and why.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// The events that definitions look at by name and that nobody has.
    pub fn unseen_events(&self) -> impl Iterator<Item = &str> {
        let has = |codes: &Codes, code: usize| match codes {
            Codes::Narrow(codes) => {
                u8::try_from(code).is_ok_and(|code| memchr::memchr(code, codes).is_some())
            }
            Codes::Wide(codes) => codes.iter().any(|known| usize::from(*known) == code),
        };
        let is_seen = move |code| self.chunks.iter().any(|chunk| has(&chunk.codes, code));
        let names = self.layout.names.iter().enumerate();
        let unseen = names.filter(move |(code, _)| !is_seen(*code));
        unseen.map(|(_, name)| &**name)
    }

    /// The id of the person with this number, from 0.
    pub fn id(&self, person: usize) -> Option<Id<'_>> {
        self.ids.get(u32::try_from(person).ok()?)
    }

    /// The number of a person.
    pub fn person(&self, id: Id<'_>) -> Option<usize> {
        self.ids.find(id).map(|number| number as usize)
    }

    /// How many organisations there are.
    pub fn organisations(&self) -> usize {
        self.organisations.ids.len()
    }

    /// The id of the organisation with this number, from 0.
    pub fn organisation_id(&self, organisation: usize) -> Option<Id<'_>> {
        self.organisations
            .ids
            .get(u32::try_from(organisation).ok()?)
    }

    /// Bytes of its columns, ids and texts.
    pub fn bytes(&self) -> usize {
        let chunks: usize = self.chunks.iter().map(Chunk::bytes).sum();
        let texts: usize = self.layout.texts.iter().map(Texts::bytes).sum();
        let traits = self.traits.iter();
        let traits: usize = traits
            .map(|one| one.column.bytes() + one.texts.bytes())
            .sum();
        chunks + texts + traits + self.ids.bytes()
    }

    /// Whether everything that a plan reads is here.
    pub(crate) fn check(&self, plan: &Plan) -> Result<()> {
        match Needs::of(plan).missing(&self.needs) {
            None => Ok(()),
            Some(what) => {
                let message = format!(
                    "the table was not filled with {what}, which a definition reads: build it for the needs of this plan"
                );
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }
}

impl Layout {
    pub(crate) fn of(needs: &Needs, chunk_people: usize) -> Self {
        let every = needs.every.iter().flatten();
        let named = needs.names.values().flatten();
        let mut paths: Vec<Box<str>> = named.chain(every).cloned().collect();
        paths.sort_unstable();
        paths.dedup();
        let places = |wanted: &mut dyn Iterator<Item = &Box<str>>| -> Vec<usize> {
            wanted
                .filter_map(|path| paths.binary_search(path).ok())
                .collect()
        };
        let mut columns: Vec<Vec<usize>> = needs
            .names
            .values()
            .map(|paths| places(&mut paths.iter()))
            .collect();
        columns.push(places(&mut needs.every.iter().flatten()));
        Self {
            names: needs.names.keys().cloned().collect(),
            is_complete: needs.every.is_some(),
            texts: vec![Texts::default(); paths.len()],
            paths,
            ends: columns
                .iter()
                .scan(0, |end, columns| {
                    *end += columns.len();
                    Some(*end)
                })
                .collect(),
            path_of: columns.iter().flatten().copied().collect(),
            columns,
            chunk_people,
        }
    }

    /// The code of a name; `None` if occurrences of that name are not kept.
    pub(crate) fn code(&self, name: &str) -> Option<u16> {
        let found = self.names.binary_search_by(|known| (**known).cmp(name));
        match found {
            Ok(place) => u16::try_from(place).ok(),
            Err(_) if self.is_complete => u16::try_from(self.names.len()).ok(),
            Err(_) => None,
        }
    }

    /// The slots of a code: its columns among those of all codes, one after the other.
    pub(crate) fn slots(&self, code: u16) -> Range<usize> {
        let end = |code: usize| self.ends.get(code).copied().unwrap_or_default();
        let start = (code as usize).checked_sub(1).map_or(0, end);
        start..end(code as usize)
    }

    /// Whether a code has a column.
    #[inline]
    pub(crate) fn has_columns(&self, code: u16) -> bool {
        let columns = self.columns.get(code as usize);
        columns.is_some_and(|columns| !columns.is_empty())
    }

    /// How many slots there are.
    pub(crate) fn all_slots(&self) -> usize {
        self.path_of.len()
    }

    /// The property of a slot.
    pub(crate) fn path_of(&self, slot: usize) -> usize {
        self.path_of.get(slot).copied().unwrap_or_default()
    }

    /// How many codes there are.
    pub(crate) fn codes(&self) -> usize {
        self.columns.len()
    }
}

impl Chunk {
    pub(crate) fn people(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// How many rows each of so many codes has. Cost: one pass.
    pub(crate) fn rows_of_codes(&self, codes: usize) -> Vec<usize> {
        let mut counts = vec![0; codes];
        for code in (0..self.times.len()).filter_map(|row| self.codes.get(row)) {
            if let Some(count) = counts.get_mut(code) {
                *count += 1;
            }
        }
        counts
    }

    fn bytes(&self) -> usize {
        let codes = match &self.codes {
            Codes::Narrow(codes) => codes.len(),
            Codes::Wide(codes) => codes.len() * 2,
        };
        let columns: usize = self.columns.iter().flatten().map(Column::bytes).sum();
        (self.times.len() + self.last.len()) * 8 + self.offsets.len() * 4 + codes + columns
    }
}

impl Codes {
    /// The code in a row.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Narrow(codes) => codes.get(row).map(|code| *code as usize),
            Self::Wide(codes) => codes.get(row).map(|code| *code as usize),
        }
    }
}

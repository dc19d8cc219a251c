//! The occurrences of one feature in a chunk, person by person.
//!
//! Invariant: entries are in order of person, time and place, none at or after the instant; where the
//! feature has a value, each entry has one (or a fault).
#![expect(
    clippy::indexing_slicing,
    reason = "rows and offsets are places of the chunk that they were read from"
)]

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use super::{
    bits::Bits,
    column::ABSENT,
    sieve::{Block, Fixed, Sieve},
    table::{Chunk, Codes, Layout},
};
use crate::{ast::Expression, summary::Stored};

/// The entries of one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    /// The place of the person in the chunk.
    pub(crate) person: u32,
    start: u32,
    end: u32,
}

impl Group {
    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The values of entries.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// The feature has none.
    None,
    Fixed {
        scale: u32,
        mantissas: Vec<i64>,
    },
    Stored(Vec<Stored>),
}

/// The occurrences of one feature in a chunk.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    /// People with an entry, ascending.
    pub(crate) groups: Vec<Group>,
    pub(crate) times: Cow<'a, [i64]>,
    /// Their rows in the chunk; `None` where every row is an entry.
    rows: Option<Vec<u32>>,
    pub(crate) values: Values,
}

/// A feature made ready for a table.
#[derive(Debug)]
pub(crate) struct ReadyFeature<'p> {
    /// The codes of its events; those of which there is nothing are left out.
    pub(crate) codes: Vec<u16>,
    /// It is every occurrence, without a value.
    pub(crate) is_whole: bool,
    pub(crate) sieve: Option<Sieve<'p>>,
    pub(crate) value: Option<&'p Expression>,
}

impl Entries<'_> {
    /// The row of an entry in the chunk.
    #[inline]
    pub(crate) fn row(&self, entry: usize) -> u32 {
        match &self.rows {
            Some(rows) => rows[entry],
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a chunk has at most 2^32 rows"
            )]
            None => entry as u32,
        }
    }

    /// The rows of all entries.
    pub(crate) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.times.len()).map(|entry| self.row(entry))
    }

    /// Those of one person's entries that lie in `[from, to)`.
    #[inline]
    pub(crate) fn inside(&self, group: Group, (from, to): (i64, i64)) -> Range<usize> {
        let range = group.range();
        let times = &self.times[range.clone()];
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return range;
        };
        let start = if *first >= from {
            range.start
        } else {
            range.start + times.partition_point(|time| *time < from)
        };
        let end = if *last < to {
            range.end
        } else {
            range.start + times.partition_point(|time| *time < to)
        };
        start..end.max(start)
    }

    /// The entries of a person.
    pub(crate) fn of_person(&self, person: u32) -> Range<usize> {
        let found = self
            .groups
            .binary_search_by_key(&person, |group| group.person);
        found.map_or(0..0, |at| self.groups[at].range())
    }
}

/// Where each person's occurrences before an instant end.
pub(crate) fn ends(chunk: &Chunk, as_of: i64) -> Cow<'_, [u32]> {
    let ends = &chunk.offsets[1.min(chunk.offsets.len())..];
    if chunk.latest < as_of {
        return Cow::Borrowed(ends);
    }
    let end = |(start, end): (&u32, &u32)| {
        let times = &chunk.times[*start as usize..*end as usize];
        let before = times.partition_point(|time| *time < as_of);
        // Not more than there are rows of the person.
        start + u32::try_from(before).unwrap_or_default()
    };
    Cow::Owned(chunk.offsets.iter().zip(ends).map(end).collect())
}

/// The rows of each code in a chunk, found when they are first asked for.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    chunk: &'a Chunk,
    /// The codes that may be asked for.
    wanted: &'a [bool],
    by_code: Vec<OnceCell<Vec<u32>>>,
}

impl<'a> Rows<'a> {
    /// Searching for one code is so many times faster than sorting all.
    const SEARCHES_MAX: usize = 6;

    pub(crate) fn new(chunk: &'a Chunk, wanted: &'a [bool]) -> Self {
        Self {
            chunk,
            wanted,
            by_code: vec![OnceCell::new(); wanted.len()],
        }
    }

    /// The rows of one code that is wanted, ascending.
    pub(crate) fn of(&self, code: usize) -> &[u32] {
        debug_assert!(self.wanted[code]);
        self.by_code[code].get_or_init(|| match &self.chunk.codes {
            Codes::Narrow(codes) if self.asked() <= Self::SEARCHES_MAX => search(code, codes),
            Codes::Narrow(codes) => self.sort(code, codes.iter().map(|code| *code as usize)),
            Codes::Wide(codes) => self.sort(code, codes.iter().map(|code| *code as usize)),
        })
    }

    fn asked(&self) -> usize {
        self.wanted.iter().filter(|wanted| **wanted).count()
    }

    /// The rows of one code; those of all others that are wanted are found in the same pass.
    fn sort(&self, asked: usize, codes: impl Iterator<Item = usize> + Clone) -> Vec<u32> {
        let mut counts = vec![0_usize; self.wanted.len()];
        codes.clone().for_each(|code| counts[code] += 1);
        let room =
            |(count, wanted): (usize, &bool)| Vec::with_capacity(if *wanted { count } else { 0 });
        let mut found: Vec<Vec<u32>> = counts.into_iter().zip(self.wanted).map(room).collect();
        for (row, code) in (0..).zip(codes) {
            if self.wanted[code] {
                found[code].push(row);
            }
        }
        let others = self
            .by_code
            .iter()
            .enumerate()
            .filter(|(code, _)| *code != asked);
        for (code, known) in others {
            known.get_or_init(|| std::mem::take(&mut found[code]));
        }
        std::mem::take(&mut found[asked])
    }
}

fn search(code: usize, codes: &[u8]) -> Vec<u32> {
    let rows = u8::try_from(code).into_iter();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has at most 2^32 rows"
    )]
    let rows = rows.flat_map(|code| memchr::memchr_iter(code, codes).map(|row| row as u32));
    rows.collect()
}

impl ReadyFeature<'_> {
    /// How many rows have one of its names, by the rows of each code.
    pub(crate) fn rows(&self, of_codes: &[usize]) -> usize {
        let codes = self.codes.iter();
        codes.filter_map(|code| of_codes.get(*code as usize)).sum()
    }

    /// Whether the name of an occurrence tells whether it is one of them.
    pub(crate) fn is_by_name(&self) -> bool {
        self.sieve.is_none() && self.value.is_none()
    }

    /// The entries of this feature; `ends` are those of people.
    pub(crate) fn entries<'a>(
        &self,
        layout: &'a Layout,
        rows: &Rows<'a>,
        ends: &[u32],
    ) -> Entries<'a> {
        let chunk = rows.chunk;
        if self.is_whole {
            return whole(chunk, ends);
        }
        let part = |code: &u16| {
            let code = *code as usize;
            let block = Block {
                layout,
                columns: chunk.columns.get(code).map_or(&[], Vec::as_slice),
                paths: &layout.columns[code],
                len: rows.of(code).len(),
            };
            self.part(block, rows.of(code))
        };
        let mut parts: Vec<Part<'_>> = self.codes.iter().map(part).collect();
        let part = match parts.len() {
            1 => parts.pop().unwrap_or_default(),
            _ => merged(parts),
        };
        grouped(part, chunk, ends)
    }

    fn part<'r>(&self, block: Block<'_>, rows: &'r [u32]) -> Part<'r> {
        let passed = self.sieve.as_ref().map(|sieve| sieve.pass(block));
        let Some(value) = self.value else {
            return Part {
                rows: match passed {
                    Some(passed) => passed.ones().map(|at| rows[at]).collect(),
                    None => Cow::Borrowed(rows),
                },
                values: Values::None,
            };
        };
        let passes = |at: usize| passed.as_ref().is_none_or(|passed| passed.get(at));
        match block.fixed(value) {
            Some(fixed) => fixed_part(&fixed, rows, passes),
            None => {
                let stored = block.stored(value).into_iter().zip(rows).enumerate();
                let kept = stored.filter(|(at, _)| passes(*at));
                let (values, rows): (Vec<Stored>, Vec<u32>) = kept
                    .filter_map(|(_, (value, row))| Some((value?, *row)))
                    .unzip();
                Part {
                    rows: rows.into(),
                    values: Values::Stored(values),
                }
            }
        }
    }
}

/// Entries of one name or of several, before they are given to people.
#[derive(Debug)]
struct Part<'r> {
    rows: Cow<'r, [u32]>,
    values: Values,
}

impl Default for Part<'_> {
    fn default() -> Self {
        Self {
            rows: Cow::Borrowed(&[]),
            values: Values::None,
        }
    }
}

fn fixed_part<'r>(fixed: &Fixed<'_>, rows: &[u32], passes: impl Fn(usize) -> bool) -> Part<'r> {
    let mut kept = Vec::with_capacity(rows.len());
    let mut mantissas = Vec::with_capacity(rows.len());
    for (at, (row, mantissa)) in rows.iter().zip(&*fixed.mantissas).enumerate() {
        if *mantissa != ABSENT && passes(at) {
            kept.push(*row);
            mantissas.push(*mantissa);
        }
    }
    let values = Values::Fixed {
        scale: fixed.scale,
        mantissas,
    };
    Part {
        rows: kept.into(),
        values,
    }
}

/// The parts of several names in the order of their rows.
fn merged<'r>(parts: Vec<Part<'_>>) -> Part<'r> {
    let mut order: Vec<(u32, u32)> = Vec::new();
    let mut values = Values::None;
    for part in parts {
        let begin = u32::try_from(order.len()).unwrap_or_default();
        order.extend(part.rows.iter().copied().zip(begin..));
        values = values.and(part.values);
    }
    order.sort_unstable();
    let places = order.iter().map(|(_, place)| *place as usize);
    let values = match values {
        Values::None => Values::None,
        Values::Fixed { scale, mantissas } => Values::Fixed {
            scale,
            mantissas: places.map(|place| mantissas[place]).collect(),
        },
        Values::Stored(stored) => {
            Values::Stored(places.map(|place| stored[place].clone()).collect())
        }
    };
    Part {
        rows: order.into_iter().map(|(row, _)| row).collect(),
        values,
    }
}

impl Values {
    /// These and then those.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, other) => other,
            (own, Self::None) => own,
            (
                Self::Fixed {
                    scale,
                    mut mantissas,
                },
                Self::Fixed {
                    scale: other_scale,
                    mantissas: others,
                },
            ) if scale == other_scale => {
                mantissas.extend(others);
                Self::Fixed { scale, mantissas }
            }
            (own, other) => {
                let mut stored = own.into_stored();
                stored.extend(other.into_stored());
                Self::Stored(stored)
            }
        }
    }

    fn into_stored(self) -> Vec<Stored> {
        match self {
            Self::None => Vec::new(),
            Self::Stored(stored) => stored,
            Self::Fixed { scale, mantissas } => mantissas
                .into_iter()
                .map(|mantissa| Ok(onefold_event::Decimal::new(mantissa, scale).into()))
                .collect(),
        }
    }

    fn keep(&mut self, is_kept: &Bits) {
        let mut at = 0..;
        let mut next = |_: &_| at.next().is_some_and(|at| is_kept.get(at));
        match self {
            Self::None => {}
            Self::Fixed { mantissas, .. } => mantissas.retain(|_| next(&())),
            Self::Stored(stored) => stored.retain(|_| next(&())),
        }
    }
}

fn whole<'a>(chunk: &'a Chunk, ends: &[u32]) -> Entries<'a> {
    let people = (0..).zip(chunk.offsets.iter().zip(ends));
    let groups = people.map(|(person, (start, end))| Group {
        person,
        start: *start,
        end: *end,
    });
    Entries {
        groups: groups.filter(|group| group.start < group.end).collect(),
        times: Cow::Borrowed(&chunk.times),
        rows: None,
        values: Values::None,
    }
}

fn grouped<'a>(part: Part<'_>, chunk: &'a Chunk, ends: &[u32]) -> Entries<'a> {
    let Part { rows, mut values } = part;
    let mut groups: Vec<Group> = Vec::with_capacity(ends.len().min(rows.len()));
    let mut kept = Vec::with_capacity(rows.len());
    let mut person = 0;
    let mut is_kept = Bits::none(0);
    // Whether somebody has occurrences at or after the instant.
    let is_cut = chunk.offsets.iter().skip(1).ne(ends);
    if is_cut {
        is_kept = Bits::none(rows.len());
    }
    let mut open = Group {
        person: u32::MAX,
        start: 0,
        end: 0,
    };
    for (at, row) in rows.iter().enumerate() {
        while chunk.offsets[person + 1] <= *row {
            person += 1;
        }
        if is_cut {
            if *row >= ends[person] {
                continue;
            }
            is_kept.put(at, true);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a chunk has at most 2^16 people"
        )]
        if open.person != person as u32 {
            if open.start < open.end {
                groups.push(open);
            }
            open = Group {
                person: person as u32,
                start: open.end,
                end: open.end,
            };
        }
        open.end += 1;
        kept.push(*row);
    }
    if open.start < open.end {
        groups.push(open);
    }
    if is_cut {
        values.keep(&is_kept);
    }
    let times = kept.iter().map(|row| chunk.times[*row as usize]).collect();
    Entries {
        groups,
        times: Cow::Owned(times),
        rows: Some(kept),
        values,
    }
}

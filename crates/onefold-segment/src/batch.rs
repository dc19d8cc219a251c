//! Everybody at once: a plan asked of histories in columns.
//!
//! Invariants: the answers are those of the [reference](crate::reference), on any number of threads and in
//! chunks of any size; what is worked out for one segment is not worked out again for another.

mod aggregate;
#[cfg(feature = "arrow")]
mod arrow;
mod bits;
mod bounds;
mod column;
mod draft;
mod entries;
mod excerpt;
mod history;
mod ids;
mod needs;
mod number;
mod organisation;
mod program;
mod rank;
mod run;
mod sieve;
mod table;
mod threads;
mod wide;
mod work;

use std::cell::OnceCell;

use onefold_event::{Error, ErrorKind, Result, Timestamp, Value};
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

#[cfg(feature = "arrow")]
pub use self::arrow::ColumnNames;
use self::{
    aggregate::{Held, MISSING, Quantities},
    bits::Bits,
    program::{Program, VALUE_BYTES},
    run::{ChunkAnswer, Run},
    table::Chunk,
    wide::Wide,
};
pub use self::{
    draft::TableBuilder,
    history::{Happened, Known},
    ids::Id,
    needs::Needs,
    table::{Skipped, Table},
    work::{SegmentWork, Work, work},
};
use crate::{Standing, ast::Entity, plan::Plan};

/// How an evaluation is run. Neither changes an answer.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// On so many threads, 1 to 1,024. Default: 1.
    pub threads: usize,
    /// At most so many bytes beyond the table. Default: 1 GiB.
    pub memory_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 1,
            memory_max: 1 << 30,
        }
    }
}

/// The members of every segment of a plan at an instant.
#[derive(Debug)]
pub struct Evaluation {
    members: Vec<Members>,
    by_name: FxHashMap<Box<str>, usize>,
    /// What was asked behind all chunks, by whom it is about.
    of_population: wide::Known,
    as_of: Timestamp,
}

/// Members of a segment by their numbers in the table: one bit for each person or organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(Bits);

impl Members {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.count()
    }

    /// Whether the one with this number is a member. O(1).
    pub fn contains(&self, number: usize) -> bool {
        self.0.get(number)
    }

    /// How many are members of both, of tables with the same people.
    pub fn count_both(&self, other: &Self) -> usize {
        self.0.count_both(&other.0)
    }

    /// Their numbers as a compressed set, for algebra with other sets: exact overlap and reach.
    pub fn bitmap(&self) -> RoaringBitmap {
        // There are fewer than 2^32 people, and they come ascending.
        let numbers = self.iter().filter_map(|number| u32::try_from(number).ok());
        RoaringBitmap::from_sorted_iter(numbers).unwrap_or_default()
    }

    /// Their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.ones()
    }
}

impl Evaluation {
    /// The members of the segment with this name.
    pub fn members(&self, segment: &str) -> Option<&Members> {
        self.members.get(*self.by_name.get(segment)?)
    }

    /// The answers to what depends on other people, for [`Live`](crate::Live) to answer about one person
    /// of this table.
    pub fn standing(&self, plan: &Plan, table: &Table) -> Standing {
        let parts = plan.population_parts();
        parts.iter().fold(Standing::new(), |standing, part| {
            let bits = self.of_population.get(&(part.of, part.leaf));
            let places = bits.into_iter().flat_map(Bits::ones);
            let ids = places.filter_map(|place| match part.of {
                Entity::Person => table.id(place),
                Entity::Organisation => table.organisation_id(place),
            });
            standing.with(part, self.as_of, ids.map(|id| id.to_string()))
        })
    }

    /// The members of each segment, in the order of the definitions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Members> {
        self.members.iter()
    }
}

/// Asks everybody in a table at an instant.
///
/// Cost: one pass over the names of all occurrences, and one over those that a definition looks at; a
/// feature, an aggregate or a question that several segments have in common is worked out once.
/// Memory beyond the table: [`memory_needed`], most of it the answers.
///
/// # Errors
/// `InvalidInput` if the table was not filled for this plan; `LimitExceeded` if it takes more memory than
/// allowed, before anything is done.
///
/// ```
/// use onefold_event::Timestamp;
/// use onefold_segment::{Library, Plan, batch::{self, Needs, Options, Table}};
/// let plan = Plan::compile(Library::parse(r#"segment pro = plan = "pro""#)?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// builder.person("ann".into(), |name| (name == "plan").then(|| "pro".into()))?;
/// builder.person("bob".into(), |_| None)?;
/// let table = builder.finish()?;
/// let answers = batch::evaluate(&plan, &table, "2026-03-01".parse()?, Options::default())?;
/// let members = answers.members("pro").unwrap();
/// assert_eq!((members.count(), members.contains(0)), (1, true));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub fn evaluate(
    plan: &Plan,
    table: &Table,
    as_of: Timestamp,
    options: Options,
) -> Result<Evaluation> {
    let program = Program::new(plan, table, as_of.as_micros())?;
    check_memory(&program, options)?;
    let wide = joined(&program, options.threads);
    let (segments, of_population) = wide.answer();
    let members = segments
        .into_iter()
        .map(|bits| Members(bits.unwrap_or_default()));
    let names = plan.segments().map(Into::into);
    Ok(Evaluation {
        members: members.collect(),
        by_name: names.zip(0..).collect(),
        of_population,
        as_of,
    })
}

/// The value of a computed trait of everybody in a table (or of every organisation, if it is about those);
/// `None` where it is missing or at fault. `None` for a trait that the plan does not compute.
///
/// # Errors
/// As [`evaluate`].
pub fn values(
    plan: &Plan,
    table: &Table,
    as_of: Timestamp,
    computed_trait: &str,
    options: Options,
) -> Result<Option<Vec<Option<Value>>>> {
    let Some(computed) = plan.computed(computed_trait) else {
        return Ok(None);
    };
    let mut program = Program::new(plan, table, as_of.as_micros())?;
    if !program.kept_values.contains(&&computed.value) {
        program.kept_values.push(&computed.value);
    }
    check_memory(&program, options)?;
    let wide = joined(&program, options.threads);
    let quantities = wide.quantities(&computed.value, computed.entity);
    let len = match computed.entity {
        Entity::Person => table.people(),
        Entity::Organisation => table.organisations(),
    };
    let found = (0..len).map(|at| quantities.found(at).unwrap_or(None));
    Ok(Some(found.collect()))
}

/// The bytes that an evaluation takes beyond the table: answers, values that are ranked, and what the
/// chunks that take most take on each thread. An upper bound, but for texts and JSON that are values: those
/// count as 48 bytes.
///
/// Cost: one pass over the names of all occurrences.
///
/// # Errors
/// `InvalidInput` if the table was not filled for this plan.
pub fn memory_needed(plan: &Plan, table: &Table, options: Options) -> Result<usize> {
    let program = Program::new(plan, table, 0)?;
    let chunk = program
        .table
        .chunks
        .iter()
        .map(|chunk| program.scratch(chunk));
    Ok(needed(&program, options, chunk.max().unwrap_or(0)).0)
}

/// The bytes, and what most of them are for, if a chunk takes so many.
fn needed(program: &Program<'_>, options: Options, chunk: usize) -> (usize, &'static str) {
    let plan = program.plan;
    let people = program.table.people();
    let bitmaps = plan.segments.len() + program.kept_leaves.len();
    // Answers exist twice while those of the chunks are joined.
    let answers = 2 * bitmaps * people.div_ceil(8);
    let kept = 2 * program.kept_values.len() * people;
    // Computed traits of organisations are remembered.
    let remembered = plan.computed.len() * program.table.organisations();
    let values = (kept + remembered) * VALUE_BYTES;
    let at_once = options.threads.clamp(1, THREADS_MAX);
    let scratch = chunk * at_once.min(program.table.chunks.len());
    let parts = [
        (answers, "the answers"),
        (values, "values that are ranked"),
        (scratch, "the chunks that are evaluated at once"),
    ];
    let most = parts.iter().max_by_key(|(bytes, _)| *bytes);
    let total = parts.iter().map(|(bytes, _)| bytes).sum();
    (total, most.map_or("", |(_, what)| what))
}

const THREADS_MAX: usize = 1024;

fn check_memory(program: &Program<'_>, options: Options) -> Result<()> {
    let chunks = program.table.chunks.iter();
    // As if every feature had every row: most often that is little enough, and nothing needs to be counted.
    let most = chunks.clone().map(|chunk| program.scratch_at_most(chunk));
    if needed(program, options, most.max().unwrap_or(0)).0 <= options.memory_max {
        return Ok(());
    }
    let most = chunks
        .map(|chunk| program.scratch(chunk))
        .max()
        .unwrap_or(0);
    let (bytes, what) = needed(program, options, most);
    if bytes <= options.memory_max {
        return Ok(());
    }
    let (needed, allowed) = (bytes.div_ceil(1 << 10), options.memory_max >> 10);
    let message = format!(
        "the evaluation would take {needed} KiB beyond the table, most of it for {what}; {allowed} KiB are allowed"
    );
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// All chunks, joined.
fn joined<'a>(program: &'a Program<'a>, threads: usize) -> Wide<'a> {
    let people = program.table.people();
    let mut wide = Wide {
        program,
        segments: vec![None; program.plan.segments.len()],
        leaves: program
            .kept_leaves
            .iter()
            .map(|leaf| (*leaf, Bits::none(people)))
            .collect(),
        values: Vec::new(),
        known: FxHashMap::default(),
        computed: vec![OnceCell::new(); program.plan.computed.len()],
    };
    for (place, is_local) in wide.segments.iter_mut().zip(&program.is_local) {
        *place = is_local.then(|| Bits::none(people));
    }
    let mut parts: Vec<Vec<Quantities>> = vec![Vec::new(); program.kept_values.len()];
    for (chunk, answer) in program.table.chunks.iter().zip(answers(program, threads)) {
        for (all, bits) in wide.segments.iter_mut().zip(&answer.segments) {
            if let (Some(all), Some(bits)) = (all, bits) {
                bits.copy_to(all, chunk.first);
            }
        }
        for (leaf, bits) in program.kept_leaves.iter().zip(&answer.leaves) {
            if let Some(all) = wide.leaves.get_mut(leaf) {
                bits.copy_to(all, chunk.first);
            }
        }
        for (parts, values) in parts.iter_mut().zip(answer.values) {
            parts.push(values);
        }
    }
    wide.values = parts
        .into_iter()
        .map(|parts| whole(parts, people))
        .collect();
    wide
}

/// What each chunk answers, in their order.
fn answers<'a>(program: &'a Program<'a>, threads: usize) -> Vec<ChunkAnswer> {
    let chunks: Vec<&Chunk> = program.table.chunks.iter().collect();
    threads::each(chunks, threads.clamp(1, THREADS_MAX), |_, chunk| {
        Run::new(program, chunk).answer()
    })
}

/// The values of all chunks as those of everybody; numbers keep the most decimal places of any.
fn whole(parts: Vec<Quantities>, people: usize) -> Quantities {
    let mut seen: Option<Bits> = None;
    let mut at = 0;
    let scales = parts.iter().map(|part| match &part.held {
        Held::Fixed { scale, .. } => Some(*scale),
        Held::Found(_) => None,
    });
    let scale: Option<u32> = scales
        .collect::<Option<Vec<_>>>()
        .and_then(|all| all.into_iter().max());
    let mut fixed: Option<Vec<i128>> = scale.map(|_| Vec::with_capacity(people));
    for part in &parts {
        let len = part.len();
        if let Some(bits) = &part.seen {
            let seen = seen.get_or_insert_with(|| Bits::none(people));
            bits.copy_to(seen, at);
        }
        at += len;
        if let (
            Some(all),
            Held::Fixed {
                scale: own,
                mantissas,
            },
        ) = (&mut fixed, &part.held)
        {
            let factor = 10_i128.checked_pow(scale.unwrap_or(*own) - own);
            let moved = mantissas.iter().map(|mantissa| match *mantissa {
                MISSING => Some(MISSING),
                mantissa => mantissa.checked_mul(factor?),
            });
            match moved.collect::<Option<Vec<i128>>>() {
                Some(moved) => all.extend(moved),
                None => fixed = None,
            }
        }
    }
    let held = match (fixed, scale) {
        (Some(mantissas), Some(scale)) => Held::Fixed { scale, mantissas },
        _ => Held::Found(
            parts
                .iter()
                .flat_map(|part| (0..part.len()).map(|at| part.found(at)))
                .collect(),
        ),
    };
    Quantities { held, seen }
}

impl Quantities {
    fn len(&self) -> usize {
        match &self.held {
            Held::Fixed { mantissas, .. } => mantissas.len(),
            Held::Found(found) => found.len(),
        }
    }
}

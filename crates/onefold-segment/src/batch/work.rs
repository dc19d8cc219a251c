//! What each segment makes an evaluation look at, counted.
//!
//! Invariants: the counts depend on the plan, the table and the instant alone, not on the machine, on threads or chunks;
//! the shares of all segments add up to the whole, because what several of them need is done once and divided.

mod tasks;

use std::{collections::BTreeMap, fmt, iter::Sum, ops::Add};

use onefold_event::{Result, Timestamp};
use serde::Serialize;

use self::tasks::{Task, features_of};
use super::{
    Options, THREADS_MAX, Table, check_memory, program::Program, run::Run, table::Chunk, threads,
};
use crate::plan::Plan;

/// What an evaluation looks at; each number is one of which the time is about a multiple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Work {
    /// Occurrences that are looked at to find those of a condition: all with its names, whenever they happened.
    pub rows: u64,
    /// Occurrences that passed a condition and lie before the instant, once for each question about them.
    pub entries: u64,
    /// People (or organisations) for whom a question is answered: of a question about occurrences those who have one,
    /// of any other everybody.
    pub people: u64,
}

/// What one segment makes an evaluation look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentWork {
    /// The segment's name.
    pub segment: Box<str>,
    /// What it would take without the other segments; those that it refers to are part of it.
    pub alone: Work,
    /// Its part of what all segments take together: what several need, directly or by reference, is divided equally.
    pub share: Work,
}

/// What each segment costs an [evaluation](super::evaluate), in the order of their definitions: which one to drop or to
/// write otherwise, and whom to charge.
///
/// It counts instead of measuring time, which this crate cannot see and which would never be the same twice.
/// Cost: that of finding the occurrences of every condition, which is most of an evaluation.
///
/// ```
/// use onefold_event::{Occurrence, Position, Timestamp, Value};
/// use onefold_segment::{Library, Plan, batch::{self, Needs, Options, Table}};
///
/// struct View(Timestamp);
/// impl Occurrence for View {
///     fn name(&self) -> &str { "view" }
///     fn time(&self) -> Timestamp { self.0 }
///     fn position(&self) -> Position { Position(1) }
///     fn property(&self, _path: &str) -> Option<Value> { None }
/// }
///
/// let plan = Plan::compile(Library::parse(r#"
///     segment lookers = did view
///     segment keen = did view at least 3 times
///     segment pro = plan = "pro"
/// "#)?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// builder.person("ann".into(), |_| None)?;
/// builder.person("bob".into(), |_| None)?;
/// for _ in 0..4 {
///     builder.occurrence("ann".into(), &View("2026-03-01".parse()?))?;
/// }
/// let work = batch::work(&plan, &builder.finish()?, "2026-04-01".parse()?, Options::default())?;
/// let told: Vec<String> = work.iter().map(ToString::to_string).collect();
/// assert_eq!(told, [
///     "lookers: 2 rows, 4 entries, 1 people; alone 4 rows, 4 entries, 1 people",
///     "keen: 2 rows, 4 entries, 1 people; alone 4 rows, 4 entries, 1 people",
///     "pro: 0 rows, 0 entries, 2 people; alone 0 rows, 0 entries, 2 people",
/// ]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
///
/// # Errors
/// As [`evaluate`](super::evaluate).
pub fn work(
    plan: &Plan,
    table: &Table,
    as_of: Timestamp,
    options: Options,
) -> Result<Vec<SegmentWork>> {
    let program = Program::new(plan, table, as_of.as_micros())?;
    check_memory(&program, options)?;
    let mut users: BTreeMap<Task, Vec<usize>> = BTreeMap::new();
    let mut found = Vec::new();
    for (number, segment) in plan.segments.iter().enumerate() {
        for task in tasks::of(segment, &program) {
            users.entry(task).or_default().push(number);
        }
        found.push(SegmentWork {
            segment: (*segment.name).into(),
            alone: Work::default(),
            share: Work::default(),
        });
    }
    let looked = Looked::at(&program, options.threads);
    for (task, users) in users {
        let whole = looked.work(&program, task);
        for (place, number) in users.iter().enumerate() {
            if let Some(segment) = found.get_mut(*number) {
                segment.alone = segment.alone + whole;
                segment.share = segment.share + whole.part(place, users.len());
            }
        }
    }
    Ok(found)
}

/// What is there of each feature.
struct Looked {
    rows: Vec<u64>,
    entries: Vec<u64>,
    people: Vec<u64>,
}

impl Looked {
    fn at(program: &Program<'_>, threads: usize) -> Self {
        let chunks: Vec<&Chunk> = program.table.chunks.iter().collect();
        let parts = threads::each(chunks, threads.clamp(1, THREADS_MAX), |_, chunk| {
            Self::in_chunk(program, chunk)
        });
        let none = || vec![0; program.features.len()];
        let mut all = Self {
            rows: none(),
            entries: none(),
            people: none(),
        };
        for part in parts {
            for (all, part) in [
                (&mut all.rows, part.rows),
                (&mut all.entries, part.entries),
                (&mut all.people, part.people),
            ] {
                all.iter_mut()
                    .zip(part)
                    .for_each(|(all, part)| *all += part);
            }
        }
        all
    }

    fn in_chunk(program: &Program<'_>, chunk: &Chunk) -> Self {
        let of_codes = chunk.rows_of_codes(program.table.layout.codes());
        let run = Run::new(program, chunk);
        let groups = |feature: u32| {
            let entries = run.entries(feature);
            entries.map_or(&[][..], |entries| entries.groups.as_slice())
        };
        let features = || (0..).take(program.features.len());
        let looked = program
            .features
            .iter()
            .map(|feature| match feature.is_whole {
                true => 0,
                false => feature.rows(&of_codes) as u64,
            });
        Self {
            rows: looked.collect(),
            entries: features()
                .map(|feature| {
                    groups(feature)
                        .iter()
                        .map(|it| it.range().len() as u64)
                        .sum()
                })
                .collect(),
            people: features()
                .map(|feature| groups(feature).len() as u64)
                .collect(),
        }
    }

    fn work(&self, program: &Program<'_>, task: Task) -> Work {
        let (people, organisations) = (program.table.people(), program.table.organisations());
        match task {
            Task::Feature(feature) => Work {
                rows: at(&self.rows, feature),
                ..Work::default()
            },
            Task::Aggregate(_, feature) => self.entries_of(feature),
            Task::OfOrganisations(_) => Work::answers(organisations),
            Task::OfPeople(leaf) => {
                let leaf = program.plan.leaf(leaf);
                let features = leaf.map_or_else(Vec::new, |leaf| features_of(&leaf.question));
                let fewest = features
                    .iter()
                    .map(|feature| at(&self.people, *feature))
                    .min();
                match fewest {
                    None => Work::answers(people),
                    // Whoever lacks one step of a sequence is not looked at.
                    Some(people) => Work {
                        people,
                        ..features.iter().map(|it| self.entries_of(*it)).sum()
                    },
                }
            }
        }
    }

    fn entries_of(&self, feature: u32) -> Work {
        Work {
            rows: 0,
            entries: at(&self.entries, feature),
            people: at(&self.people, feature),
        }
    }
}

fn at(counts: &[u64], feature: u32) -> u64 {
    counts.get(feature as usize).copied().unwrap_or_default()
}

impl Work {
    /// So many answers to what needs no occurrences.
    fn answers(people: usize) -> Self {
        Self {
            people: people as u64,
            ..Self::default()
        }
    }

    /// The part with this place of so many equal ones; what is left over goes to the first.
    fn part(self, place: usize, parts: usize) -> Self {
        let (place, parts) = (place as u64, parts.max(1) as u64);
        let part = |whole: u64| whole / parts + u64::from(place < whole % parts);
        Self {
            rows: part(self.rows),
            entries: part(self.entries),
            people: part(self.people),
        }
    }
}

impl Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            entries: self.entries + other.entries,
            people: self.people + other.people,
        }
    }
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            entries,
            people,
        } = self;
        write!(f, "{rows} rows, {entries} entries, {people} people")
    }
}

impl fmt::Display for SegmentWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            segment,
            alone,
            share,
        } = self;
        write!(f, "{segment}: {share}; alone {alone}")
    }
}

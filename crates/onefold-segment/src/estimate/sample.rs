//! A sample of people with all that is known of them: every definition asked of few, told of everybody.
//!
//! Invariant: the sampled are those of a table whose salted hashes are the smallest, as many as were asked for.

use std::collections::BTreeSet;

use onefold_event::{Error, ErrorKind, Result, Timestamp};
use roaring::RoaringBitmap;

use super::Estimate;
use crate::{
    Plan,
    ast::{Band, Entity},
    batch::{self, Evaluation, Options, Table},
    plan::{Node, PlannedQuantity, Question},
    sample,
};

/// Some people of a table with their histories, to estimate how many of everybody are members.
///
/// A sample is drawn once and asked often: a question costs an evaluation of the sampled people alone, milliseconds for
/// 16,384 of them, whatever the size of the table. With so many, the bounds lie 0.8 % of everybody beside the estimate for
/// a segment of half of them, 0.15 % for a segment of 1 %; to halve that takes four times as many people.
///
/// The sampled are those with the smallest salted hashes of their ids (the second eight bytes of the SHA-256 of
/// `salt + ":" + id`, of which a `sample` in a definition takes the first): those that a threshold would leave which
/// falls while people come. So tables of other days sample the same people by the same salt and size, as far as they
/// have them, and no definition can be about just the sampled ones.
///
/// ```
/// use onefold_segment::{Library, Plan, batch::{Needs, Options, Table}, estimate::Sample};
/// let plan = Plan::compile(Library::parse(r#"
///     segment adults = age >= 18
///     segment seniors = age >= 65
/// "#)?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// for person in 0..10_000_i64 {
///     builder.person(person.into(), |_| Some((person % 80).into()))?;
/// }
/// let sample = Sample::of(&builder.finish()?, 1_000, "spring")?;
/// assert_eq!((sample.people(), sample.universe()), (1_000, 10_000));
///
/// let told = sample.ask(&plan, "2026-03-01".parse()?, Options::default())?;
/// let adults = told.size("adults")?;
/// assert!(adults.low < 7_750 && 7_750 < adults.high && adults.high - adults.low < 600);
/// assert_eq!(told.overlap(&["adults", "seniors"])?, told.size("seniors")?);
/// assert_eq!(told.reach(&["adults", "seniors"])?, adults);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug)]
pub struct Sample {
    table: Table,
    universe: usize,
}

/// What a sample says about the segments of a plan at an instant.
///
/// Bounds are those of [`Estimate::of`]. A rank by share, such as `top 10 %`, is taken among the sampled: the bounds do
/// not count that its limit is estimated, too, which may make them too narrow for what it has in common with another
/// segment.
///
/// A sample of people cannot tell of a segment about organisations, of one that asks how many members of an organisation
/// do something, and of a rank by number, such as `top 100`.
#[derive(Debug)]
pub struct Told<'a> {
    sample: &'a Sample,
    plan: &'a Plan,
    answers: Evaluation,
}

impl Sample {
    /// Draws at most so many people of a table; all of them if it has no more.
    ///
    /// The table has to be filled for every plan that will be asked. Another salt draws other people, independently.
    /// Cost: a hash of each id, one pass over the names of all occurrences, and a copy of what is sampled.
    ///
    /// # Errors
    /// None that can occur today; filling a table is fallible.
    pub fn of(table: &Table, people_max: usize, salt: &str) -> Result<Self> {
        let place = |person: usize| {
            let id = table.id(person).map(|id| id.to_string());
            sample::other_place(salt, &id.unwrap_or_default())
        };
        let numbered = (0_u32..).zip(0..table.people());
        let mut places: Vec<(u64, u32)> = numbered
            .map(|(number, person)| (place(person), number))
            .collect();
        if people_max < places.len() {
            places.select_nth_unstable(people_max);
            places.truncate(people_max);
        }
        let mut people: Vec<u32> = places.into_iter().map(|(_, number)| number).collect();
        people.sort_unstable();
        Ok(Self {
            table: table.excerpt(&people)?,
            universe: table.people(),
        })
    }

    /// How many people are in it.
    pub fn people(&self) -> usize {
        self.table.people()
    }

    /// How many people they stand for, themselves included.
    pub fn universe(&self) -> usize {
        self.universe
    }

    /// The sampled people with their histories: for all else that a table can be asked.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Asks the sampled people, all segments of a plan at once. [`Plan::only`] leaves out what is not of interest.
    ///
    /// # Errors
    /// As [`batch::evaluate`].
    pub fn ask<'a>(
        &'a self,
        plan: &'a Plan,
        as_of: Timestamp,
        options: Options,
    ) -> Result<Told<'a>> {
        Ok(Told {
            sample: self,
            plan,
            answers: batch::evaluate(plan, &self.table, as_of, options)?,
        })
    }
}

impl Told<'_> {
    /// How many members a segment has.
    ///
    /// # Errors
    /// `NotFound` with every name that is no segment; `InvalidInput` with every segment of which a sample cannot tell, or
    /// if none is named.
    pub fn size(&self, segment: &str) -> Result<Estimate> {
        self.reach(&[segment])
    }

    /// How many people are members of each of these segments; at least one has to be named.
    ///
    /// # Errors
    /// `NotFound` and `InvalidInput`, as [`size`](Self::size).
    pub fn overlap(&self, segments: &[&str]) -> Result<Estimate> {
        let sets = self.sets(segments)?.into_iter();
        let both = sets.reduce(|both, set| both & set);
        Ok(self.estimate(&both.unwrap_or_default()))
    }

    /// How many people are members of at least one of these segments.
    ///
    /// # Errors
    /// `NotFound` and `InvalidInput`, as [`size`](Self::size).
    pub fn reach(&self, segments: &[&str]) -> Result<Estimate> {
        let sets = self.sets(segments)?.into_iter();
        let any = sets.reduce(|any, set| any | set);
        Ok(self.estimate(&any.unwrap_or_default()))
    }

    fn estimate(&self, found: &RoaringBitmap) -> Estimate {
        let (sampled, universe) = (self.sample.people(), self.sample.universe());
        Estimate::of(found.len(), sampled as u64, universe as u64)
    }

    fn sets(&self, segments: &[&str]) -> Result<Vec<RoaringBitmap>> {
        self.plan.check_segments(segments)?;
        if segments.is_empty() {
            let message = "no segment is asked about: name at least one";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let untold = segments.iter().filter_map(|name| untold(self.plan, name));
        let untold: Vec<String> = untold.collect();
        if !untold.is_empty() {
            let message = format!(
                "a sample of people cannot tell of {}: evaluate it for everybody",
                untold.join(", ")
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let members = segments.iter().map(|name| self.answers.members(name));
        Ok(members
            .map(|members| members.map(batch::Members::bitmap).unwrap_or_default())
            .collect())
    }
}

/// What of a segment a sample of people cannot tell, in words.
fn untold(plan: &Plan, segment: &str) -> Option<String> {
    let found = plan.segments.get(plan.segment_number(segment)?)?;
    if found.entity == Entity::Organisation {
        return Some(format!("`{segment}`, which is about organisations"));
    }
    let mut entered = BTreeSet::new();
    let part = untold_part(plan, &found.node, found.entity, &mut entered)?;
    Some(format!("`{part}` in `{segment}`"))
}

/// The first part whose answer depends on how many people there are. A segment that was entered has none.
fn untold_part<'a>(
    plan: &'a Plan,
    node: &Node,
    entity: Entity,
    entered: &mut BTreeSet<usize>,
) -> Option<&'a str> {
    match node {
        Node::All(parts) | Node::Any(parts) => parts
            .iter()
            .find_map(|part| untold_part(plan, part, entity, entered)),
        Node::Not(inner) => untold_part(plan, inner, entity, entered),
        Node::Member(number) => {
            let segment = plan.segments.get(*number)?;
            if !entered.insert(*number) {
                return None;
            }
            untold_part(plan, &segment.node, segment.entity, entered)
        }
        Node::Leaf(number) => {
            let leaf = plan.leaf(*number)?;
            match &leaf.question {
                Question::Organisations { that, .. } => {
                    untold_part(plan, that, Entity::Organisation, entered)
                }
                Question::Rank { universe, .. } if !counts_people(plan, &leaf.question, entity) => {
                    untold_part(plan, &Node::Member((*universe)?), entity, entered)
                }
                question => counts_people(plan, question, entity).then_some(&*leaf.text),
            }
        }
    }
}

fn counts_people(plan: &Plan, question: &Question, entity: Entity) -> bool {
    let is_over = |value: &PlannedQuantity| plan.is_over_members(value);
    match question {
        Question::Members { .. } => true,
        Question::Rank { band, by, .. } => {
            let is_number = matches!(band, Band::Top(_) | Band::Bottom(_));
            entity == Entity::Person && is_number || is_over(by)
        }
        Question::Quantity { value, .. } => is_over(value),
        Question::Compare { left, right, .. } => is_over(left) || is_over(right),
        _ => false,
    }
}

//! Definitions that are tried on everything the hub knows, before they are put in force.
//!
//! Invariant: a trial changes nothing; what it answers is what the hub would answer under these definitions at the
//! trial's position.

use std::{collections::BTreeMap, sync::Arc};

use onefold_event::{Error, ErrorKind, Ingested, PersonId, PersonIndex, Position, Result};
use onefold_segment::{Explanation, Library, Plan, ast::Definition};
use serde::Serialize;

use crate::{
    checkpoint::{self, Recovered},
    definitions::{Defined, Redefinition, Stored, left_out},
    fold::fold_under,
    hub::Onefold,
    snapshot::Snapshot,
    state::{Rules, State},
    ticket::ticket,
    writer::Command,
};

/// New definitions beside those in force: to be asked, compared, and put in force or dropped.
///
/// ```
/// use onefold::{Event, Onefold, SourceName};
/// let hub = Onefold::builder().segments("segment buyers = did Order").in_memory()?;
/// let order = |who: &str| Event::track("Order").user_id(who).timestamp(hub.now()).build();
/// let orders = [order("ann")?, order("ann")?, order("bob")?];
/// let _fates = hub.ingest_events(&SourceName::new("shop")?, orders)?;
///
/// // Asked without being saved.
/// let trial = hub.try_segments("segment regulars = in buyers and did Order at least 2 times")?;
/// assert_eq!(trial.snapshot().members("regulars")?.len(), 1);
/// assert!(hub.snapshot().members("regulars").is_err());
///
/// // Put in force: in the log, and there after the next opening.
/// let _ = trial.define()?;
/// let stricter = hub.try_segments("segment regulars = did Order at least 3 times")?;
/// let diff = stricter.diff()?;
/// assert_eq!((diff[0].entered.len(), diff[0].left.len()), (0, 1));
/// assert_eq!(&*diff[0].left_by[0].clause, "did Order at least 3 times");
/// hub.drop_definitions(&["regulars"])?;
/// # Ok::<(), onefold::Error>(())
/// ```
#[derive(Debug)]
pub struct Trial {
    hub: Onefold,
    /// The value under the definitions in force.
    before: Snapshot,
    /// The same under those that are tried.
    after: Snapshot,
    defined: Defined,
    plan: Arc<Plan>,
    /// Whether it does more than take definitions away.
    defines_more: bool,
    /// Names that the builder defines and that are defined anew.
    clashing: Vec<Box<str>>,
}

/// The writer stands still while it folds the last records; so many are few enough.
const RECORDS_LEFT_MAX: u64 = 1_024;
/// How often a trial catches up before it leaves the rest to the writer, however much that is.
const ROUNDS_MAX: usize = 16;

/// Who enters and who leaves a segment by other definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SegmentDiff {
    /// The segment's name.
    pub segment: Box<str>,
    /// Members by the new definition only, the oldest person first.
    pub entered: Vec<PersonId>,
    /// Members by the old definition only.
    pub left: Vec<PersonId>,
    /// The clauses of the old definition that kept those out who enter, the most frequent first.
    pub entered_by: Vec<Clause>,
    /// The clauses of the new definition that keep those out who leave, the most frequent first.
    pub left_by: Vec<Clause>,
}

/// A clause and for how many people it decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Clause {
    /// As it is printed.
    pub clause: Box<str>,
    /// How many people.
    pub people: usize,
}

impl Onefold {
    /// Tries definitions beside those in force: new ones, and others for names that are there.
    ///
    /// Cost: where all that is asked about events is kept already (the same events with the same filters and values, in
    /// whatever windows and numbers), every person is asked once, from memory. Otherwise a fold of the log and a second
    /// state in memory, as for a rebuild. Ingest goes on meanwhile.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake and its place in the text; `Corrupt` with the place if the log is damaged, `Io`.
    pub fn try_segments(&self, definitions: &str) -> Result<Trial> {
        let before = self.snapshot();
        let more = before.definitions().extension(definitions)?;
        let defined = before.state().defined.with(&more);
        self.trial(before, defined, &more)
    }

    /// Puts definitions in force, new ones and others for names that are there: they are facts of the log, who enters or
    /// leaves by them is told to subscribers, and the next opening knows them. Returns the position.
    ///
    /// Cost: as [`try_segments`](Self::try_segments); ingest waits while the last few records are folded, and who
    /// enters and who leaves is found, in O(people) for each segment.
    ///
    /// # Errors
    /// As [`try_segments`](Self::try_segments) and [`Trial::define`].
    pub fn define(&self, definitions: &str) -> Result<Position> {
        self.try_segments(definitions)?.define()
    }

    /// Takes definitions out of force that [`define`](Self::define) made. Where a segment and a trait share a name, both.
    ///
    /// # Errors
    /// `NotFound` with every name that was not made so; `InvalidInput` if another definition refers to one of them; as
    /// [`Trial::define`].
    pub fn drop_definitions(&self, names: &[&str]) -> Result<Position> {
        let before = self.snapshot();
        let defined = before.state().defined.without(names)?;
        self.trial(before, defined, &[])?.define()
    }

    fn trial(&self, before: Snapshot, defined: Defined, more: &[Definition]) -> Result<Trial> {
        let rules = before.rules();
        let clashing = clashing(more, rules);
        let plan = match more.is_empty() {
            true => defined.plan(rules)?,
            false => Plan::compile(before.definitions().with(more)?)?,
        };
        let rules = Arc::new(rules.under(&plan));
        let mut state = match before.state().under(&plan)? {
            Some(state) => state,
            None => checkpoint::rebuild_under(self.store(), &rules, before.position())?,
        };
        // Time may have passed since the last record.
        state.advance(before.state().now, &mut Vec::new());
        Ok(Trial {
            hub: self.clone(),
            after: Snapshot::new(rules, Arc::new(state)),
            before,
            defined,
            plan,
            defines_more: !more.is_empty(),
            clashing,
        })
    }
}

impl Trial {
    /// The hub's value under these definitions, to be asked for members, counts, explanations, any past instant.
    pub fn snapshot(&self) -> &Snapshot {
        &self.after
    }

    /// All definitions that would be in force.
    pub fn definitions(&self) -> &Library {
        self.after.definitions()
    }

    /// Who would enter and who would leave which segment, and by which clauses; segments that stay the same are left out.
    ///
    /// Cost: one explanation for each person who enters or leaves.
    ///
    /// # Errors
    /// None that can occur today; asking a snapshot is fallible.
    pub fn diff(&self) -> Result<Vec<SegmentDiff>> {
        let mut names = self.before.segments();
        names.extend(self.after.segments());
        names.sort_unstable();
        names.dedup();
        let diffs = names.into_iter().map(|name| self.diff_of(name));
        let mut diffs: Vec<SegmentDiff> = diffs.collect::<Result<_>>()?;
        diffs.retain(|diff| !diff.entered.is_empty() || !diff.left.is_empty());
        Ok(diffs)
    }

    fn diff_of(&self, segment: &str) -> Result<SegmentDiff> {
        let members = |snapshot: &Snapshot| -> Vec<PersonIndex> {
            snapshot.state().live.members(segment).collect()
        };
        let (old, new) = (members(&self.before), members(&self.after));
        let without = |some: &[PersonIndex], others: &[PersonIndex]| -> Vec<PersonId> {
            let only = some
                .iter()
                .filter(|person| others.binary_search(person).is_err());
            let identities = &self.after.state().identities;
            only.filter_map(|person| identities.id(*person)).collect()
        };
        let (entered, left) = (without(&new, &old), without(&old, &new));
        Ok(SegmentDiff {
            segment: segment.into(),
            entered_by: deciding(&self.before, segment, &entered)?,
            left_by: deciding(&self.after, segment, &left)?,
            entered,
            left,
        })
    }

    /// Puts these definitions in force, with all that happened since the trial began.
    ///
    /// # Errors
    /// `InvalidInput` for a name that the builder defines: that is the program's to change; and where the hub was opened
    /// without the stored definitions, for anything new. `Busy` if other definitions
    /// were made since the trial began: try again. As [`Onefold::ingest`].
    pub fn define(self) -> Result<Position> {
        self.check_names()?;
        let redefinition = Redefinition {
            state: Box::new(self.caught_up()?),
            defined: self.defined,
            before: self.before.state().defined.clone(),
            plan: self.plan,
        };
        let (promise, ticket) = ticket();
        self.hub.send(Command::Define(redefinition, promise))?;
        let fates = ticket.wait()?;
        let position = fates.first().and_then(Ingested::position);
        position.ok_or_else(|| Error::new(ErrorKind::Poisoned, "the writer gave no answer"))
    }

    /// The state under these definitions as of now or nearly so, so that the writer has little left to do.
    fn caught_up(&self) -> Result<State> {
        let mut state = self.after.state().clone();
        for _ in 0..ROUNDS_MAX {
            let upto = self.hub.snapshot().position();
            if upto.0.saturating_sub(state.position.0) <= RECORDS_LEFT_MAX {
                break;
            }
            let start = Recovered::at(state);
            state = fold_under(self.hub.store(), self.after.rules(), start, upto)?.state;
        }
        Ok(state)
    }

    fn check_names(&self) -> Result<()> {
        let rules = self.before.rules();
        if rules.stored == Stored::LeftOut && self.defines_more {
            return Err(left_out());
        }
        if self.clashing.is_empty() {
            return Ok(());
        }
        let names = self.clashing.join("`, `");
        let message = format!(
            "`{names}` is defined by the program that opened the hub: change it there, or take another name"
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl State {
    /// The same under another plan, without the log; `None` if it asks about events that were not kept.
    ///
    /// # Errors
    /// `InvalidInput` if a part of the plan depends on other people.
    fn under(&self, plan: &Arc<Plan>) -> Result<Option<Self>> {
        let Some(live) = self.live.under(plan)? else {
            return Ok(None);
        };
        let mut state = Self {
            live,
            ..self.clone()
        };
        state.refresh_all(self.identities.people());
        Ok(Some(state))
    }
}

/// The names of those that the builder defines, too.
fn clashing(more: &[Definition], rules: &Rules) -> Vec<Box<str>> {
    let base = rules.plan.library().definitions();
    let clashing = more
        .iter()
        .filter(|new| base.iter().any(|known| known.has_name_of(new)));
    clashing
        .map(|definition| definition.name().into())
        .collect()
}

/// The clauses that keep these people out of a segment, the most frequent first.
fn deciding(snapshot: &Snapshot, segment: &str, people: &[PersonId]) -> Result<Vec<Clause>> {
    if snapshot.check_segment(segment).is_err() {
        return Ok(Vec::new());
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let as_of = snapshot.state().as_of();
    for person in people {
        let explanation = snapshot.explain(segment, *person, as_of)?;
        let mut clauses = Vec::new();
        failing(&explanation, &mut clauses);
        for clause in clauses {
            *counts.entry(clause.to_owned()).or_default() += 1;
        }
    }
    let mut clauses: Vec<Clause> = counts
        .into_iter()
        .map(|(clause, people)| Clause {
            clause: clause.into(),
            people,
        })
        .collect();
    clauses.sort_by(|a, b| {
        b.people
            .cmp(&a.people)
            .then_with(|| a.clause.cmp(&b.clause))
    });
    Ok(clauses)
}

/// The parts that do not hold, down to where a group of them stands for one thing.
fn failing<'a>(explanation: &'a Explanation, found: &mut Vec<&'a str>) {
    if explanation.held {
        return;
    }
    let is_group = explanation.clause == "all of" || explanation.clause.starts_with("in ");
    if is_group && !explanation.parts.is_empty() {
        explanation
            .parts
            .iter()
            .for_each(|part| failing(part, found));
    } else if explanation.clause == "any of" || explanation.clause == "not" {
        explanation
            .parts
            .iter()
            .for_each(|part| found.push(&part.clause));
    } else {
        found.push(&explanation.clause);
    }
}

#[cfg(test)]
mod tests {
    use onefold_event::{Event, SourceName};

    use super::*;

    #[test]
    fn a_trial_leaves_the_writer_few_records_to_fold() {
        let hub = Onefold::builder().in_memory().unwrap();
        let trial = hub.try_segments("segment viewers = did View").unwrap();
        let view = |number: u64| {
            let event = Event::track("View").user_id(format!("u{}", number % 100));
            let event = event.message_id(format!("m{number}")).timestamp(hub.now());
            event.build().unwrap()
        };
        let events = (0..2 * RECORDS_LEFT_MAX).map(view);
        let shop = SourceName::new("shop").unwrap();
        let _fates = hub.ingest_events(&shop, events).unwrap();
        let left = hub.snapshot().position().0 - trial.caught_up().unwrap().position.0;
        assert!(left <= RECORDS_LEFT_MAX, "{left}");
        trial.define().unwrap();
        assert_eq!(hub.snapshot().members("viewers").unwrap().len(), 100);
        assert!(hub.verify().unwrap().is_equal());
    }
}

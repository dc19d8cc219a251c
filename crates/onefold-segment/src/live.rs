//! Segments kept current, one occurrence at a time.
//!
//! Invariant: after `refresh` a person's membership bits are what the reference evaluator says at
//! that instant, and stay so until the person's timer, as long as nothing is observed.

mod rebased;

use std::sync::Arc;

use imbl::Vector;
use onefold_event::{AnchorId, Occurrence, PersonIndex, Result, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::{
    Explanation, Standing, Traits,
    evaluate::{Context, Outcome},
    history::Key,
    instant::{NEVER, or_never, timestamp},
    kept::Columns,
    people::People,
    plan::Plan,
    value::Properties,
};

/// A person entered or left a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The segment's name.
    pub segment: Arc<str>,
    /// Who.
    pub person: PersonIndex,
    /// Whether the person is a member now.
    pub entered: bool,
    /// The instant of the refresh that found it.
    pub time: Timestamp,
    /// What brought it about.
    pub cause: Cause,
}

/// What brought a change about. Whoever refreshes knows it and says so.
///
/// These are the words of the log; a stream tells more, such as the place of the event, by
/// [its own causes](crate::stream::Cause).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// An occurrence was observed.
    Event,
    /// Time alone: an occurrence left a window, came into one, or became old enough.
    Timer,
    /// A trait of the golden record has another value, or an organisation is another.
    Trait,
    /// Two persons are one, or one was parted again.
    Merge,
    /// The consent ledger says something else, or the person is forgotten.
    Consent,
    /// A definition was replaced, or a standing answer was.
    Definition,
}

/// The segments of a plan, kept current for every person.
///
/// A snapshot is a clone, in O(1). What is kept per identifier are the occurrences that match a
/// feature of the plan, and nothing else.
///
/// ```
/// use onefold_event::{AnchorId, Occurrence, PersonIndex, Position, Timestamp, Value};
/// use onefold_segment::{Cause, Library, Live, Plan};
///
/// struct Order(Timestamp);
/// impl Occurrence for Order {
///     fn name(&self) -> &str { "Order Completed" }
///     fn time(&self) -> Timestamp { self.0 }
///     fn position(&self) -> Position { Position(1) }
///     fn property(&self, _path: &str) -> Option<Value> { None }
/// }
///
/// let library = Library::parse(r#"segment recent = did "Order Completed" in last 30 d"#)?;
/// let mut live = Live::new(Plan::compile(library)?)?;
/// let (ann, device) = (PersonIndex(0), AnchorId(0));
/// assert!(live.observe(device, &Order("2026-03-01".parse()?)));
///
/// let mut changes = Vec::new();
/// live.refresh(ann, &[device], &(), "2026-03-02".parse()?, Cause::Event, &mut changes);
/// assert!(live.contains("recent", ann) && changes[0].entered);
///
/// // The order leaves the window a microsecond after 30 days.
/// assert_eq!(live.next_timer().unwrap().0.to_string(), "2026-03-31T00:00:00.000001Z");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Live {
    pub(crate) plan: Arc<Plan>,
    pub(crate) columns: Columns,
    pub(crate) people: People,
    /// By segment: how many members.
    pub(crate) counts: Vector<u32>,
    standing: Arc<Standing>,
}

impl Live {
    /// Nothing observed yet.
    ///
    /// # Errors
    /// `InvalidInput` if a part of the plan depends on other people, which [`standing`](Self::standing)
    /// answers have to be given for.
    pub fn new(plan: Arc<Plan>) -> Result<Self> {
        Self::standing(plan, Standing::new())
    }

    /// Nothing observed yet, with answers to the parts that depend on other people.
    ///
    /// # Errors
    /// `InvalidInput` if a part of the plan depends on other people and has no answer, naming each.
    pub fn standing(plan: Arc<Plan>, standing: Standing) -> Result<Self> {
        standing.check(&plan)?;
        Ok(Self {
            columns: Columns::new(plan.features.len()),
            people: People::new(plan.segments.len()),
            counts: plan.segments.iter().map(|_| 0).collect(),
            plan,
            standing: Arc::new(standing),
        })
    }

    /// Replaces the answers to the parts that depend on other people. Nobody is refreshed: that is for
    /// whoever knows whom they changed for.
    ///
    /// # Errors
    /// `InvalidInput` as for [`standing`](Self::standing); nothing is replaced then.
    pub fn stand(&mut self, standing: Standing) -> Result<()> {
        standing.check(&self.plan)?;
        self.standing = Arc::new(standing);
        Ok(())
    }

    /// The plan that is kept current.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Takes in an occurrence under the identifier that it came with. Returns whether it matters to
    /// any definition; then its person is to be refreshed.
    ///
    /// Occurrences may come in any order of time; each one only once. Cost: one look-up by name,
    /// each different filter of that event once, and an insertion in O(log n) (plus up to 512
    /// entries to move where it comes late).
    pub fn observe(&mut self, anchor: AnchorId, occurrence: &dyn Occurrence) -> bool {
        let plan = Arc::clone(&self.plan);
        let mut rules = plan.rules_for(occurrence.name()).peekable();
        if rules.peek().is_none() {
            return false;
        }
        let key = Key {
            time: occurrence.time().as_micros(),
            position: occurrence.position().0,
        };
        let mut properties = Properties::of(occurrence);
        let mut is_kept = false;
        for rule in rules {
            if rule
                .filter
                .as_ref()
                .is_some_and(|filter| !properties.pass(filter))
            {
                continue;
            }
            for feature in &rule.features {
                let value = plan
                    .features
                    .get(*feature as usize)
                    .and_then(|f| f.value.as_ref());
                let value = match value.map(|value| properties.value(value).transpose()) {
                    // The occurrence lacks a property of the value: it is left out.
                    Some(None) => continue,
                    Some(found) => found,
                    None => None,
                };
                self.columns.insert(anchor, *feature, key, value);
                is_kept = true;
            }
        }
        is_kept
    }

    /// Asks all segments about a person as of now: sets the membership, adds what changed to
    /// `changes`, and sets the timer to the next instant at which an answer can be another. Segments of
    /// organisations have no members here.
    ///
    /// `anchors` are all identifiers of the person. Timers that are due should have been worked off
    /// before, in order and with [`Cause::Timer`], so that every entry and exit is seen at its instant.
    /// Cost: O(log n) for counts, first, last and recency; O(n / 256) for sum, average, minimum and
    /// maximum, O(n log n) for `distinct`, mode, percentiles and distinct days, O(n · steps) for sequences,
    /// where n is the number of occurrences inside the window.
    pub fn refresh(
        &mut self,
        person: PersonIndex,
        anchors: &[AnchorId],
        traits: &dyn Traits,
        now: Timestamp,
        cause: Cause,
        changes: &mut Vec<Change>,
    ) {
        let outcomes = self.context(anchors, traits, now).all();
        self.set_members(person, &outcomes, now, cause, changes);
        let next = outcomes.iter().map(|outcome| outcome.next).min();
        // What is known beside occurrences may change by time alone, too.
        let change = or_never(traits.next_change().map(Timestamp::as_micros));
        let next = next.unwrap_or(NEVER).min(change);
        self.people.set_timer(person, next);
    }

    /// Takes a person out of every segment, because it was merged into another or forgotten, and
    /// removes its timer. What was observed stays with its identifiers.
    pub fn retire(
        &mut self,
        person: PersonIndex,
        now: Timestamp,
        cause: Cause,
        changes: &mut Vec<Change>,
    ) {
        self.set_members(person, &[], now, cause, changes);
        self.people.set_timer(person, NEVER);
    }

    /// The earliest timer that is due: refresh this person as of that instant, then ask again.
    pub fn due(&self, now: Timestamp) -> Option<(Timestamp, PersonIndex)> {
        if self.people.least_timer() > now.as_micros() {
            return None;
        }
        self.next_timer()
    }

    /// The earliest timer.
    pub fn next_timer(&self) -> Option<(Timestamp, PersonIndex)> {
        let (micros, person) = self.people.earliest()?;
        Some((Timestamp::from_micros(micros), person))
    }

    /// The person's timer: until then its answers stay, as long as nothing is observed.
    pub fn timer_of(&self, person: PersonIndex) -> Option<Timestamp> {
        timestamp(self.people.timer(person))
    }

    /// Whether the person was a member at its last refresh; `false` for an unknown segment.
    pub fn contains(&self, segment: &str, person: PersonIndex) -> bool {
        let number = self.plan.segment_number(segment);
        number.is_some_and(|number| self.people.word(person, number / 64) >> (number % 64) & 1 == 1)
    }

    /// The members at their last refresh, ascending. Cost: O(people).
    pub fn members(&self, segment: &str) -> impl Iterator<Item = PersonIndex> {
        let (words, bits) = (self.people.words(), self.people.bits());
        let number = self.plan.segment_number(segment);
        let column = number.into_iter().flat_map(move |number| {
            let words_of = bits.iter().skip(number / 64).step_by(words.max(1));
            (0_u32..)
                .zip(words_of)
                .filter(move |(_, word)| *word >> (number % 64) & 1 == 1)
        });
        column.map(|(person, _)| PersonIndex(person))
    }

    /// How many members the segment has. Cost: O(1).
    pub fn members_count(&self, segment: &str) -> usize {
        let number = self.plan.segment_number(segment);
        let count = number.and_then(|number| self.counts.get(number));
        count.map_or(0, |count| *count as usize)
    }

    /// Whether a person is a member at any instant, past or future, by what is known now. `None` for
    /// an unknown segment. Changes nothing. What depends on other people is as the standing answers say,
    /// whatever the instant.
    pub fn evaluate(
        &self,
        segment: &str,
        anchors: &[AnchorId],
        traits: &dyn Traits,
        as_of: Timestamp,
    ) -> Option<bool> {
        let number = self.plan.segment_number(segment)?;
        let outcomes = self.context(anchors, traits, as_of).needed_by(number);
        outcomes.get(number).map(|outcome| outcome.held)
    }

    /// The value of a computed trait at any instant. `None` where it is missing, at fault, or no
    /// trait of people of this name is defined.
    pub fn value(
        &self,
        computed_trait: &str,
        anchors: &[AnchorId],
        traits: &dyn Traits,
        as_of: Timestamp,
    ) -> Option<Value> {
        let computed = self.plan.computed(computed_trait)?;
        if !computed.entity.is_person() {
            return None;
        }
        let context = self.context(anchors, traits, as_of);
        context.quantity(&computed.value).0.unwrap_or(None)
    }

    /// Why a person is a member at an instant, or why not: every clause with what was found.
    /// `None` for an unknown segment.
    pub fn explain(
        &self,
        segment: &str,
        anchors: &[AnchorId],
        traits: &dyn Traits,
        as_of: Timestamp,
    ) -> Option<Explanation> {
        let number = self.plan.segment_number(segment)?;
        Some(self.context(anchors, traits, as_of).explain(number))
    }

    /// An estimate of the memory held, in bytes. Cost: O(1).
    pub fn memory_bytes(&self) -> usize {
        let numbers = self.people.bits().len() + self.people.timers().len();
        self.columns.memory_bytes() + numbers * 8
    }

    fn context<'a>(
        &'a self,
        anchors: &[AnchorId],
        traits: &'a dyn Traits,
        as_of: Timestamp,
    ) -> Context<'a> {
        let kept = anchors
            .iter()
            .filter_map(|anchor| self.columns.kept(*anchor));
        Context::new(&self.plan, &self.standing, kept.collect(), traits, as_of)
    }

    fn set_members(
        &mut self,
        person: PersonIndex,
        outcomes: &[Outcome],
        time: Timestamp,
        cause: Cause,
        changes: &mut Vec<Change>,
    ) {
        for word_number in 0..self.people.words() {
            let part = outcomes.iter().skip(word_number * 64).take(64);
            let new = (0..64).zip(part).fold(0_u64, |word, (bit, outcome)| {
                word | u64::from(outcome.held) << bit
            });
            let old = self.people.word(person, word_number);
            if old == new {
                continue;
            }
            self.people.set_word(person, word_number, new);
            let mut differing = old ^ new;
            while differing != 0 {
                let bit = differing.trailing_zeros() as usize;
                differing &= differing - 1;
                let entered = new >> bit & 1 == 1;
                self.note(
                    word_number * 64 + bit,
                    person,
                    entered,
                    time,
                    cause,
                    changes,
                );
            }
        }
    }

    fn note(
        &mut self,
        number: usize,
        person: PersonIndex,
        entered: bool,
        time: Timestamp,
        cause: Cause,
        changes: &mut Vec<Change>,
    ) {
        if let Some(count) = self.counts.get_mut(number) {
            *count = if entered {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
        }
        if let Some(segment) = self.plan.segments.get(number) {
            changes.push(Change {
                segment: Arc::clone(&segment.name),
                person,
                entered,
                time,
                cause,
            });
        }
    }
}

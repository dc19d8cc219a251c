//! Segments kept current for millions of people, one occurrence at a time, with bounded state.
//!
//! Where [`Live`](crate::Live) keeps whole histories that can be asked about any instant, a [`Stream`]
//! keeps of each person the least that answers every question of its plan exactly, and knows only now.
//! What it cannot take in exactly, because it comes late, it reads again from the host's [`History`].
//!
//! Invariant: the members as of [`as_of`](Stream::as_of) are those that the reference evaluator says, and
//! each of them entered at the first instant at which it says so.

mod ask;
mod atoms;
mod block;
mod cell;
mod chain;
mod change;
mod clock;
mod count;
mod engine;
mod formula;
mod layout;
mod lengths;
mod lists;
mod pair;
mod people;
mod reading;
mod ring;
mod snapshot;
mod sums;
mod wheel;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use onefold_event::{Occurrence, PersonIndex, Result, Timestamp};

pub use change::{Cause, Event, History, NameCode, Observed, SegmentNumber, Transition};
pub use reading::{PropertyCode, Reading, Reads};

pub(crate) use layout::{Asked, Drafts};

use crate::{Plan, Standing, Traits, history::Key, instant::NEVER};
use ask::ask;
use clock::Clock;
use engine::{Fed, Scratch};
use layout::Layout;
use people::People;
use reading::OfOccurrence;
use wheel::Wheel;

/// The segments of a plan, kept current for everybody.
///
/// People are dense numbers; somebody is known from the first call about them on. Time is the host's:
/// [`advance`](Self::advance) goes on to an instant, and what time alone changes is told on the way, in
/// order of time and person. An occurrence counts from the microsecond after its time.
///
/// ```
/// use onefold_event::{Occurrence, PersonIndex, Position};
/// use onefold_segment::{Library, Plan, stream::{Event, History, Stream}};
///
/// struct Log; // Everything came in order, so nobody asks it.
/// impl History for Log {
///     fn occurrences(&self, _: PersonIndex, _: &mut dyn FnMut(&dyn Occurrence)) {}
/// }
///
/// let library = Library::parse("segment buyers = did purchase in last 30 d")?;
/// let mut stream = Stream::new(Plan::compile(library)?, "2026-03-01".parse()?)?;
/// let purchase = stream.name("purchase");
/// let ann = PersonIndex(7);
/// let event = Event {
///     person: ann,
///     time: "2026-03-01T12:00:00Z".parse()?,
///     position: Position(0),
///     name: purchase,
///     properties: &(),
/// };
/// let mut told = Vec::new();
/// stream.follow(&event, &Log, &mut |transition| told.push(transition));
/// stream.advance("2026-04-30".parse()?, &mut |transition| told.push(transition));
/// assert_eq!(told.len(), 2);
/// assert_eq!(told[0].time.to_string(), "2026-03-01T12:00:00.000001Z");
/// assert_eq!(told[1].time.to_string(), "2026-03-31T12:00:00.000001Z");
/// # Ok::<(), onefold_event::Error>(())
/// ```
///
/// Cost: an event evaluates each different filter of its name once and touches the cells of its features;
/// everything is O(1) in the length of the past, but sums and kept occurrences are O(n) in what lies inside
/// their longest window. [`Plan::costs`](crate::Plan::costs) tells the state of each part.
#[derive(Debug)]
pub struct Stream {
    layout: Arc<Layout>,
    clock: Clock,
    people: People,
    wheel: Wheel,
    /// What has not happened yet, by time and position.
    waiting: BTreeMap<Key, Waiting>,
    standing: Standing,
    scratch: Scratch,
}

/// Something whose time has not come.
#[derive(Debug, Clone, PartialEq)]
struct Waiting {
    person: u32,
    fed: Vec<Fed>,
}

/// Where transitions go.
type Sink<'a> = dyn FnMut(Transition) + 'a;

impl Stream {
    /// Nobody known yet, as of an instant.
    ///
    /// # Errors
    /// `InvalidInput` with every part that depends on other people (rank, members of organisations), which no
    /// stream can keep current event by event.
    pub fn new(plan: Arc<Plan>, as_of: Timestamp) -> Result<Self> {
        Self::with_standing(plan, as_of, Standing::new())
    }

    /// As [`new`](Self::new), with answers for the parts that depend on other people. They are looked up with
    /// [`traits_changed`](Self::traits_changed), by identifier, and kept until the next call of it. Nobody is
    /// a member of a segment of organisations.
    ///
    /// # Errors
    /// As `new`, for parts without an answer.
    pub fn with_standing(plan: Arc<Plan>, as_of: Timestamp, standing: Standing) -> Result<Self> {
        standing.check(&plan)?;
        let layout = Layout::new(plan);
        Ok(Self {
            clock: Clock::new(as_of.as_micros(), layout.calendars.clone()),
            wheel: Wheel::new(as_of.as_micros()),
            layout: Arc::new(layout),
            people: People::default(),
            waiting: BTreeMap::new(),
            standing,
            scratch: Scratch::default(),
        })
    }

    /// Replaces the answers about other people; those that were looked up stay until
    /// [`traits_changed`](Self::traits_changed) is called with [`Cause::Standing`] for whomever they concern.
    ///
    /// # Errors
    /// As [`new`](Self::new), for parts without an answer; nothing is replaced then.
    pub fn renew(&mut self, standing: Standing) -> Result<()> {
        standing.check(&self.layout.plan)?;
        self.standing = standing;
        Ok(())
    }

    /// The plan that is kept current.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.layout.plan
    }

    /// The instant that everything is as of.
    pub fn as_of(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.now)
    }

    /// The number of an event's name, for [`Event::name`]. All names that no definition speaks of share one.
    pub fn name(&self, name: &str) -> NameCode {
        let others = self.layout.names.len();
        let known = self.layout.names.get(name).copied();
        NameCode(known.unwrap_or(u32::try_from(others).unwrap_or(u32::MAX)))
    }

    /// The number by which the property at this path is read; `None` if no definition reads it.
    pub fn property(&self, path: &str) -> Option<PropertyCode> {
        let known = self
            .layout
            .properties
            .iter()
            .position(|name| **name == *path)?;
        Some(PropertyCode(u16::try_from(known).ok()?))
    }

    /// The number of a segment.
    pub fn segment(&self, name: &str) -> Option<SegmentNumber> {
        let number = self.layout.plan.segment_number(name)?;
        u32::try_from(number).ok().map(SegmentNumber)
    }

    /// Whether somebody is a member now; nobody is one before the first call about them.
    pub fn contains(&self, segment: SegmentNumber, person: PersonIndex) -> bool {
        let formula = self.layout.segments.get(segment.0 as usize);
        let formula = formula.and_then(Option::as_ref);
        let slot = self.people.get(person.0);
        slot.is_some_and(|slot| formula.is_some_and(|formula| formula.holds(&slot.block.words)))
    }

    /// The members now, in order.
    pub fn members(&self, segment: SegmentNumber) -> impl Iterator<Item = PersonIndex> + '_ {
        let known = self.people.numbers().map(PersonIndex);
        known.filter(move |person| self.contains(segment, *person))
    }

    /// How many people are known.
    pub fn people_count(&self) -> usize {
        self.people.slots.len()
    }

    /// Bytes on the heap: of what is kept of people, and of the timers.
    pub fn state_bytes(&self) -> usize {
        self.people.bytes() + self.wheel.bytes()
    }

    /// Goes on to an instant: what waits is counted when its time is past, and what time alone changes is
    /// told, in order of time and person. An instant that is past changes nothing.
    pub fn advance(&mut self, to: Timestamp, sink: &mut Sink<'_>) {
        let to = to.as_micros();
        loop {
            let waiting = self.waiting.keys().next().map_or(NEVER, |key| key.time);
            // What is due in the instant in which something is counted is settled with it.
            if let Some((time, person)) = self.wheel.pop(to.min(waiting), &mut self.people) {
                self.clock.set(time.max(self.clock.now));
                self.fire(person);
            } else if waiting < to {
                self.clock.set((waiting + 1).max(self.clock.now));
                self.count_waiting(waiting);
            } else {
                break;
            }
            self.scratch.out.drain(..).for_each(&mut *sink);
        }
        if to > self.clock.now {
            self.clock.set(to);
        }
    }

    /// Takes in an event in order of time: goes on to the microsecond after it and counts it.
    ///
    /// As [`advance`](Self::advance) to its time and [`observe`](Self::observe) a microsecond later, but
    /// faster. What time alone changes in that very microsecond is told with the next call (for the person of
    /// the event with this one). Two events of one microsecond count one after the other.
    pub fn follow(
        &mut self,
        event: &Event<'_>,
        history: &dyn History,
        sink: &mut Sink<'_>,
    ) -> Observed {
        let time = event.time.as_micros();
        if time >= self.clock.now {
            self.advance(event.time, sink);
            if self
                .waiting
                .keys()
                .next()
                .is_some_and(|key| key.time <= time)
            {
                self.wait(event);
                self.advance(event.time.plus_micros(1), sink);
                return Observed::Counted;
            }
            self.clock.set(time + 1);
        }
        self.observe(event, history, sink)
    }

    /// Takes in an event: it counts now if its time is past; else it waits. Each event only once.
    pub fn observe(
        &mut self,
        event: &Event<'_>,
        history: &dyn History,
        sink: &mut Sink<'_>,
    ) -> Observed {
        if event.time.as_micros() >= self.clock.now {
            self.wait(event);
            return Observed::Waiting;
        }
        let mut fed = std::mem::take(&mut self.scratch.fed);
        fed.clear();
        self.sift(event.name.0, event.properties, &mut fed);
        let key = key_of(event);
        let cause = Cause::Event(event.position);
        let observed = if fed.is_empty() && self.people.find(event.person.0).is_some() {
            Observed::Counted
        } else {
            self.count(event.person.0, &[(key, &fed)], cause, history)
        };
        self.scratch.fed = fed;
        self.scratch.out.drain(..).for_each(sink);
        observed
    }

    /// As [`observe`](Self::observe), for an occurrence that is read by names: slower.
    pub fn observe_occurrence(
        &mut self,
        person: PersonIndex,
        occurrence: &dyn Occurrence,
        history: &dyn History,
        sink: &mut Sink<'_>,
    ) -> Observed {
        let layout = Arc::clone(&self.layout);
        let properties = OfOccurrence {
            occurrence,
            names: &layout.properties,
        };
        let event = Event {
            person,
            time: occurrence.time(),
            position: occurrence.position(),
            name: self.name(occurrence.name()),
            properties: &properties,
        };
        self.observe(&event, history, sink)
    }

    /// Takes in what is known of somebody beside what happened: traits, consent, identifier, organisations.
    /// The answers are kept, and asked for again only here.
    pub fn traits_changed(
        &mut self,
        person: PersonIndex,
        traits: &dyn Traits,
        cause: Cause,
        sink: &mut Sink<'_>,
    ) {
        let (at, is_new) = self.open(person.0);
        let layout = Arc::clone(&self.layout);
        let (now, standing) = (self.clock.now, &self.standing);
        let held = |leaf: &u32| ask((&layout.plan, standing), *leaf, &[], traits, now).held;
        let statics: Vec<bool> = layout.statics.iter().map(held).collect();
        if let Some(mut work) = self.work(at) {
            for (number, held) in (0..).zip(statics) {
                work.set_static(number, held);
            }
            if !layout.cells_of_traits.is_empty() {
                let side = work.slot.side.get_or_insert_default();
                let names = layout.plan.trait_names();
                side.traits = names.map(|name| traits.trait_value(name)).collect();
                layout
                    .cells_of_traits
                    .iter()
                    .for_each(|cell| work.settle(*cell));
            }
        }
        self.close(at, is_new, cause);
        self.scratch.out.drain(..).for_each(sink);
    }

    /// Evaluates somebody again from history: after a merge, a split, a deletion. Traits stay as they were
    /// told. Cost: linear in the person's history.
    pub fn rebuild(
        &mut self,
        person: PersonIndex,
        cause: Cause,
        history: &dyn History,
        sink: &mut Sink<'_>,
    ) {
        let (at, is_new) = self.open(person.0);
        self.again(person.0, at, is_new, cause, history);
        self.scratch.out.drain(..).for_each(sink);
    }

    /// Takes somebody out of everything, because they were merged into another or forgotten. What waits for
    /// them goes with them.
    pub fn retire(&mut self, person: PersonIndex, cause: Cause, sink: &mut Sink<'_>) {
        self.waiting.retain(|_, waiting| waiting.person != person.0);
        let Some(at) = self.people.find(person.0) else {
            return;
        };
        let words = self
            .people
            .slots
            .get(at)
            .map(|slot| slot.block.words.clone());
        for (segment, formula) in (0..).zip(&self.layout.segments) {
            let words = words.as_deref().unwrap_or_default();
            if formula.as_ref().is_some_and(|formula| formula.holds(words)) {
                sink(Transition {
                    person,
                    segment: SegmentNumber(segment),
                    entered: false,
                    time: Timestamp::from_micros(self.clock.now),
                    cause,
                });
            }
        }
        self.people.remove(person.0);
    }
}

fn key_of(event: &Event<'_>) -> Key {
    Key {
        time: event.time.as_micros(),
        position: event.position.0,
    }
}

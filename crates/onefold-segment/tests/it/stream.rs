//! The stream against the reference: at every instant, on random definitions and histories.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Occurrence, PersonIndex, Timestamp};
use onefold_segment::{
    Library, Plan, Standing,
    reference::{self, Person},
    stream::{Cause, Event, History, Observed, PropertyCode, Reading, Reads, Stream, Transition},
};
use proptest::{prelude::*, test_runner::TestCaseResult};

use crate::random::{
    Happened, Known, MIDDLE, PROPERTIES, definitions_of_one, happened, known, time,
};

const HOUR: i64 = 3_600_000_000;

#[derive(Debug, Clone)]
enum Step {
    /// Told whenever it is: early, late or in order.
    Happens(u32, Happened),
    /// Told in order: if its time is past already, now.
    Follows(u32, Happened),
    Learns(u32, Known),
    Merge(u32, u32),
    Split(u32),
    Delete(prop::sample::Index),
    Advance(Timestamp),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u32, happened()).prop_map(|(anchor, happened)| Step::Happens(anchor, happened)),
        6 => (0..4_u32, happened()).prop_map(|(anchor, happened)| Step::Follows(anchor, happened)),
        1 => (0..4_u32, known()).prop_map(|(anchor, known)| Step::Learns(anchor, known)),
        1 => (0..4_u32, 0..4_u32).prop_map(|(a, b)| Step::Merge(a, b)),
        1 => (0..4_u32).prop_map(Step::Split),
        1 => any::<prop::sample::Index>().prop_map(Step::Delete),
        3 => time().prop_map(Step::Advance),
        1 => Just(Step::Restart),
    ]
}

/// Who has which identifier, and everything that happened.
#[derive(Clone)]
struct Log {
    /// By anchor.
    person_of: Vec<u32>,
    happened: Vec<(u32, Happened)>,
}

impl History for Log {
    fn occurrences(&self, person: PersonIndex, visit: &mut dyn FnMut(&dyn Occurrence)) {
        for (anchor, happened) in self.happened.iter().rev() {
            if self.person_of[*anchor as usize] == person.0 {
                visit(happened);
            }
        }
    }
}

/// Properties by number.
struct Columns<'a> {
    happened: &'a Happened,
    names: BTreeMap<PropertyCode, &'static str>,
}

impl Reads for Columns<'_> {
    fn read(&self, property: PropertyCode) -> Reading<'_> {
        self.happened.property(self.names[&property]).into()
    }
}

/// The world as it is, to be asked by the reference, beside the stream.
struct World {
    library: Library,
    stream: Stream,
    /// Never stopped.
    twin: Stream,
    log: Log,
    known: Vec<Known>,
    members: BTreeSet<(u32, u32)>,
    told: Vec<Transition>,
    positions: u64,
}

impl World {
    fn new(library: Library, known: Vec<Known>) -> Self {
        let plan = Plan::compile(library.clone()).unwrap();
        let start = Timestamp::from_micros(MIDDLE - 10 * 24 * HOUR);
        let mut world = Self {
            stream: Stream::new(plan.clone(), start).unwrap(),
            twin: Stream::new(plan, start).unwrap(),
            library,
            log: Log {
                person_of: (0..4).collect(),
                happened: Vec::new(),
            },
            known,
            members: BTreeSet::new(),
            told: Vec::new(),
            positions: 0,
        };
        for person in 0..4 {
            world.learn(person);
        }
        world
    }

    fn now(&self) -> Timestamp {
        self.stream.as_of()
    }

    /// Has the stream do something, and its twin, too.
    fn tell<T: PartialEq + std::fmt::Debug>(
        &mut self,
        act: impl Fn(&mut Stream, &Log, &[Known], &mut dyn FnMut(Transition)) -> T,
    ) -> T {
        let mut twin = Vec::new();
        let before = self.told.len();
        let done = act(&mut self.stream, &self.log, &self.known, &mut |t| {
            self.told.push(t)
        });
        let same = act(&mut self.twin, &self.log, &self.known, &mut |t| {
            twin.push(t)
        });
        assert_eq!(done, same);
        assert_eq!(self.told[before..], twin, "the twin that never stopped");
        done
    }

    fn learn(&mut self, person: u32) {
        self.tell(|stream, _, known, sink| {
            let known = &known[person as usize];
            stream.traits_changed(PersonIndex(person), known, Cause::Trait, sink);
        });
    }

    fn rebuild(&mut self, person: u32, cause: Cause) {
        self.tell(|stream, log, _, sink| stream.rebuild(PersonIndex(person), cause, log, sink));
    }

    fn people(&self) -> BTreeSet<u32> {
        self.log.person_of.iter().copied().collect()
    }

    fn expected(&self, as_of: Timestamp) -> BTreeSet<(u32, u32)> {
        let mut expected = BTreeSet::new();
        for person in self.people() {
            let of_person = |anchor: u32| self.log.person_of[anchor as usize] == person;
            let past = self
                .log
                .happened
                .iter()
                .filter(|(anchor, _)| of_person(*anchor));
            let past: Vec<&dyn Occurrence> = past.map(|(_, happened)| happened as _).collect();
            let asked = Person {
                occurrences: &past,
                traits: &self.known[person as usize],
                as_of,
            };
            for (number, name) in (0..).zip(self.stream.plan().segments()) {
                if reference::contains(&self.library, name, asked).unwrap() {
                    expected.insert((number, person));
                }
            }
        }
        expected
    }

    /// Follows what was told, and asks the reference before and at each instant of it.
    fn check(&mut self, from: Timestamp) -> TestCaseResult {
        let to = self.now();
        let mut instants: BTreeSet<Timestamp> = self.told.iter().map(|told| told.time).collect();
        let grid = (-48..48).map(|step| Timestamp::from_micros(MIDDLE + step * 6 * HOUR + 1));
        instants.extend(grid.filter(|time| from < *time && *time < to));
        instants.insert(to);
        let told = std::mem::take(&mut self.told);
        let mut told = told.into_iter().peekable();
        for instant in instants {
            let before = instant.plus_micros(-1);
            if before > from {
                prop_assert_eq!(&self.members, &self.expected(before), "before {}", instant);
            }
            while let Some(transition) = told.next_if(|told| told.time <= instant) {
                prop_assert_eq!(transition.time, instant, "in order of time");
                let member = (transition.segment.0, transition.person.0);
                let is_new = match transition.entered {
                    true => self.members.insert(member),
                    false => self.members.remove(&member),
                };
                prop_assert!(is_new, "told twice: {:?}", transition);
            }
            prop_assert_eq!(&self.members, &self.expected(instant), "at {}", instant);
        }
        let segments = self
            .stream
            .plan()
            .segments()
            .map(|name| self.stream.segment(name).unwrap());
        let listed = segments.flat_map(|segment| {
            let members = self.stream.members(segment);
            members
                .map(move |person| (segment.0, person.0))
                .collect::<Vec<_>>()
        });
        prop_assert_eq!(&self.members, &listed.collect::<BTreeSet<_>>());
        Ok(())
    }

    fn happens(&mut self, anchor: u32, mut happened: Happened, follows: bool) {
        happened.position = self.positions;
        self.positions += 1;
        let person = PersonIndex(self.log.person_of[anchor as usize]);
        if follows {
            // In order of time wherever that is possible.
            happened.time = happened.time.max(self.now());
        }
        self.log.happened.push((anchor, happened.clone()));
        let observed = self.tell(|stream, log, _, sink| {
            if !follows {
                return stream.observe_occurrence(person, &happened, log, sink);
            }
            let names = PROPERTIES.into_iter();
            let names = names.filter_map(|name| Some((stream.property(name)?, name)));
            let columns = Columns {
                happened: &happened,
                names: names.collect(),
            };
            let event = Event {
                person,
                time: happened.time,
                position: happened.position(),
                name: stream.name(happened.name),
                properties: &columns,
            };
            let observed = stream.follow(&event, log, sink);
            let now = stream.as_of();
            stream.advance(now, sink);
            observed
        });
        if follows {
            assert_eq!(observed, Observed::Counted);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Happens(anchor, happened) => self.happens(anchor, happened, false),
            Step::Follows(anchor, happened) => self.happens(anchor, happened, true),
            Step::Learns(anchor, known) => {
                let person = self.log.person_of[anchor as usize];
                self.known[person as usize] = known;
                self.learn(person);
            }
            Step::Merge(a, b) => {
                let [a, b] = [a, b].map(|anchor| self.log.person_of[anchor as usize]);
                if a == b {
                    return;
                }
                for person in self.log.person_of.iter_mut().filter(|person| **person == b) {
                    *person = a;
                }
                self.tell(|stream, _, _, sink| stream.retire(PersonIndex(b), Cause::Merge, sink));
                self.rebuild(a, Cause::Merge);
            }
            Step::Split(anchor) => {
                let from = self.log.person_of[anchor as usize];
                if from == anchor || self.people().contains(&anchor) {
                    return;
                }
                self.log.person_of[anchor as usize] = anchor;
                self.rebuild(from, Cause::Merge);
                self.rebuild(anchor, Cause::Merge);
                self.learn(anchor);
            }
            Step::Delete(which) if !self.log.happened.is_empty() => {
                let at = which.index(self.log.happened.len());
                let (anchor, _) = self.log.happened.remove(at);
                self.rebuild(self.log.person_of[anchor as usize], Cause::Deletion);
            }
            Step::Delete(_) => {}
            Step::Advance(to) => self.tell(|stream, _, _, sink| stream.advance(to, sink)),
            Step::Restart => {
                let bytes = self.stream.snapshot();
                assert_eq!(bytes, self.twin.snapshot());
                let plan = self.stream.plan().clone();
                self.stream = Stream::restore(&bytes, plan, Standing::new()).unwrap();
                assert_eq!(bytes, self.stream.snapshot());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_stream_says_what_the_reference_says(
        definitions in definitions_of_one(),
        people in prop::collection::vec(known(), 4),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let library = Library::new(definitions).unwrap();
        let mut world = World::new(library, people);
        world.check(world.now())?;
        for step in steps {
            let from = world.now();
            let told = format!("{step:?}");
            world.step(step);
            world.check(from).map_err(|error| TestCaseError::fail(format!("{told}: {error}")))?;
        }
        let from = world.now();
        world.step(Step::Advance(Timestamp::from_micros(MIDDLE + 400 * 24 * HOUR)));
        world.check(from)?;
        world.step(Step::Restart);
    }
}

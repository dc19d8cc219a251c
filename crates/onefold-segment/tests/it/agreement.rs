//! The live evaluator against the reference: at every instant, on random definitions and histories.

use std::collections::BTreeSet;

use onefold_event::{AnchorId, Occurrence, PersonIndex, Timestamp, Value};
use onefold_segment::{
    Cause, Change, Library, Live, Plan,
    ast::ConsentState,
    reference::{self, Person},
};
use proptest::{prelude::*, sample::select, test_runner::TestCaseResult};

use crate::random::{
    Happened, Known, PURPOSES, ROLES, TRAITS, ZONES, definitions_of_one, happened, known, time,
    value,
};

#[derive(Debug, Clone)]
enum Step {
    Happens(u32, Happened),
    Learns(u32, &'static str, Value),
    Says(u32, &'static str, ConsentState),
    Joins(u32, &'static str, Known),
    Merge(u32, u32),
    /// An identifier becomes a person of its own again.
    Split(u32),
    /// Nobody has the identifier any more.
    Forget(u32),
    Advance(Timestamp),
    Snapshot,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u32, happened()).prop_map(|(anchor, happened)| Step::Happens(anchor, happened)),
        1 => (0..4_u32, select(&TRAITS), value()).prop_map(|(a, name, value)| Step::Learns(a, name, value)),
        1 => (0..4_u32, select(&ZONES)).prop_map(|(a, zone)| Step::Learns(a, TRAITS[3], zone.into())),
        1 => (0..4_u32, select(&PURPOSES), select(&ConsentState::ALL)).prop_map(|(a, purpose, state)| {
            Step::Says(a, purpose, state)
        }),
        1 => (0..4_u32, select(&ROLES), known()).prop_map(|(a, role, known)| Step::Joins(a, role, known)),
        2 => (0..4_u32, 0..4_u32).prop_map(|(a, b)| Step::Merge(a, b)),
        1 => (0..4_u32).prop_map(Step::Split),
        1 => (0..4_u32).prop_map(Step::Forget),
        3 => time().prop_map(Step::Advance),
        1 => Just(Step::Snapshot),
    ]
}

/// The world as it is, to be asked by the reference, beside the live evaluator.
struct World {
    library: Library,
    live: Live,
    snapshots: Vec<(Live, String)>,
    /// By anchor; none if it is forgotten.
    person_of: Vec<Option<u32>>,
    /// By person.
    known: Vec<Known>,
    log: Vec<(u32, Happened)>,
    members: BTreeSet<(String, u32)>,
    now: Timestamp,
}

impl World {
    fn new(library: Library) -> Self {
        let plan = Plan::compile(library.clone()).unwrap();
        let mut world = Self {
            live: Live::new(plan).unwrap(),
            library,
            snapshots: Vec::new(),
            person_of: (0..4).map(Some).collect(),
            known: (0..4).map(person).collect(),
            log: Vec::new(),
            members: BTreeSet::new(),
            now: Timestamp::from_micros(crate::random::MIDDLE - 10 * 86_400_000_000),
        };
        for person in 0..4 {
            world.refresh(person, Cause::Definition);
        }
        world
    }

    fn people(&self) -> BTreeSet<u32> {
        self.person_of.iter().copied().flatten().collect()
    }

    fn anchors(&self, person: u32) -> Vec<AnchorId> {
        let anchors = (0..4).filter(|anchor| self.person_of[*anchor as usize] == Some(person));
        anchors.map(AnchorId).collect()
    }

    fn refresh(&mut self, person: u32, cause: Cause) {
        let mut changes = Vec::new();
        let (anchors, traits) = (self.anchors(person), &self.known[person as usize]);
        self.live.refresh(
            PersonIndex(person),
            &anchors,
            traits,
            self.now,
            cause,
            &mut changes,
        );
        assert!(changes.iter().all(|change| change.cause == cause));
        self.follow(changes);
    }

    /// Members by the changes alone must be the members that `contains` tells.
    fn follow(&mut self, changes: Vec<Change>) {
        for change in changes {
            let key = (change.segment.to_string(), change.person.0);
            assert_eq!(change.time, self.now);
            if change.entered {
                assert!(self.members.insert(key), "entered twice");
            } else {
                assert!(self.members.remove(&key), "left twice");
            }
        }
    }

    fn ask_reference(&self, person: u32, as_of: Timestamp) -> Vec<bool> {
        let of_person = |anchor: u32| self.person_of[anchor as usize] == Some(person);
        let occurrences: Vec<&dyn Occurrence> = self
            .log
            .iter()
            .filter(|(anchor, _)| of_person(*anchor))
            .map(|(_, happened)| happened as _)
            .collect();
        let asked = Person {
            occurrences: &occurrences,
            traits: &self.known[person as usize],
            as_of,
        };
        for name in self.live.plan().computed_traits() {
            let live = self
                .live
                .value(name, &self.anchors(person), asked.traits, as_of);
            assert_eq!(
                live,
                reference::value(&self.library, name, asked),
                "{name} as of {as_of}"
            );
        }
        let segments = self.live.plan().segments();
        segments
            .map(|name| reference::contains(&self.library, name, asked).unwrap())
            .collect()
    }

    /// What is kept current for everybody must be what the reference says now.
    fn check_members(&self, as_of: Timestamp) -> TestCaseResult {
        for person in self.people() {
            let kept: Vec<bool> = self
                .live
                .plan()
                .segments()
                .map(|name| self.live.contains(name, PersonIndex(person)))
                .collect();
            prop_assert_eq!(
                kept,
                self.ask_reference(person, as_of),
                "person {} as of {}",
                person,
                as_of
            );
        }
        Ok(())
    }

    fn check_lists(&self) -> TestCaseResult {
        for name in self.live.plan().segments() {
            let listed: Vec<u32> = self.live.members(name).map(|person| person.0).collect();
            let followed = self.members.iter().filter(|(known, _)| known == name);
            let followed: Vec<u32> = followed.map(|(_, person)| *person).collect();
            prop_assert_eq!(&listed, &followed);
            prop_assert_eq!(self.live.members_count(name), listed.len());
        }
        Ok(())
    }

    /// Read-only answers at any instant, and without a timer for ever.
    fn check_answers(&self, as_of: Timestamp) -> TestCaseResult {
        for person in self.people() {
            let anchors = self.anchors(person);
            let traits = &self.known[person as usize];
            let expected = self.ask_reference(person, as_of);
            for (name, expected) in self.live.plan().segments().zip(&expected) {
                let answer = self.live.evaluate(name, &anchors, traits, as_of);
                prop_assert_eq!(answer, Some(*expected), "{} as of {}", name, as_of);
                let explained = self.live.explain(name, &anchors, traits, as_of).unwrap();
                prop_assert_eq!(explained.held, *expected);
            }
            if self.live.timer_of(PersonIndex(person)).is_none() && as_of >= self.now {
                prop_assert_eq!(expected, self.ask_reference(person, self.now), "no timer");
            }
        }
        Ok(())
    }

    fn advance(&mut self, to: Timestamp) -> TestCaseResult {
        while let Some((time, person)) = self.live.due(to) {
            prop_assert!(time > self.now);
            self.check_members(time.plus_micros(-1))?;
            self.now = time;
            // All timers of one instant, then the check at this instant.
            let mut next = Some(person);
            while let Some(person) = next {
                self.refresh(person.0, Cause::Timer);
                next = self.live.due(time).map(|(_, person)| person);
            }
            self.check_members(time)?;
        }
        self.now = self.now.max(to);
        self.check_members(self.now)
    }

    fn merge(&mut self, a: u32, b: u32) {
        let [Some(a), Some(b)] = [a, b].map(|anchor| self.person_of[anchor as usize]) else {
            return;
        };
        if a == b {
            return;
        }
        let (kept, retired) = (a.min(b), a.max(b));
        self.person_of
            .iter_mut()
            .filter(|p| **p == Some(retired))
            .for_each(|p| *p = Some(kept));
        let moved = std::mem::replace(&mut self.known[retired as usize], person(retired));
        let known = &mut self.known[kept as usize];
        known.traits.extend(moved.traits);
        known.consent.extend(moved.consent);
        known.organisations.extend(moved.organisations);
        self.retire(retired, Cause::Merge);
        self.refresh(kept, Cause::Merge);
    }

    /// The anchor goes back to the person of its number, if nobody is that person.
    fn split(&mut self, anchor: u32) {
        let Some(from) = self.person_of[anchor as usize] else {
            return;
        };
        if self.people().contains(&anchor) || self.anchors(from).len() < 2 {
            return;
        }
        self.person_of[anchor as usize] = Some(anchor);
        self.refresh(from, Cause::Merge);
        self.refresh(anchor, Cause::Merge);
    }

    fn forget(&mut self, anchor: u32) {
        let Some(person) = self.person_of[anchor as usize].take() else {
            return;
        };
        if self.people().contains(&person) {
            self.refresh(person, Cause::Consent);
        } else {
            self.retire(person, Cause::Consent);
        }
    }

    fn retire(&mut self, person: u32, cause: Cause) {
        let mut changes = Vec::new();
        let retired = PersonIndex(person);
        self.live.retire(retired, self.now, cause, &mut changes);
        self.follow(changes);
    }

    /// Changes what is known of whoever has the anchor.
    fn learn(&mut self, anchor: u32, cause: Cause, learn: impl FnOnce(&mut Known)) {
        if let Some(person) = self.person_of[anchor as usize] {
            learn(&mut self.known[person as usize]);
            self.refresh(person, cause);
        }
    }

    fn take(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Happens(anchor, mut happened) => {
                happened.position = self.log.len() as u64 + 1;
                let matters = self.live.observe(AnchorId(anchor), &happened);
                self.log.push((anchor, happened));
                if let Some(person) = self.person_of[anchor as usize].filter(|_| matters) {
                    self.refresh(person, Cause::Event);
                }
            }
            Step::Learns(anchor, name, value) => self.learn(anchor, Cause::Trait, |known| {
                known.traits.insert(name.into(), value);
            }),
            Step::Says(anchor, purpose, state) => self.learn(anchor, Cause::Consent, |known| {
                known.consent.insert((purpose.into(), None), state);
            }),
            Step::Joins(anchor, role, of) => self.learn(anchor, Cause::Trait, |known| {
                known.organisations.push((vec![role.into()], of));
            }),
            Step::Merge(a, b) => self.merge(a, b),
            Step::Split(anchor) => self.split(anchor),
            Step::Forget(anchor) => self.forget(anchor),
            Step::Advance(to) => self.advance(to)?,
            Step::Snapshot => self.snapshots.push((self.live.clone(), dump(&self.live))),
        }
        self.check_members(self.now)
    }
}

/// Somebody of whom nothing is known.
fn person(number: u32) -> Known {
    Known {
        id: number.to_string(),
        ..Known::default()
    }
}

pub(crate) fn dump(live: &Live) -> String {
    let mut text = String::new();
    live.dump(&mut text, &|anchor| format!("a{anchor}"), &|person| {
        format!("p{person}")
    })
    .unwrap();
    text
}

fn run(
    definitions: Vec<onefold_segment::ast::Definition>,
    steps: Vec<Step>,
    instants: Vec<Timestamp>,
) -> TestCaseResult {
    let mut world = World::new(Library::new(definitions).unwrap());
    for step in steps {
        world.take(step)?;
        world.check_lists()?;
    }
    for as_of in instants {
        world.check_answers(as_of)?;
    }
    world.check_answers(Timestamp::MAX)?;
    world.check_answers(Timestamp::MIN)?;
    world.advance(Timestamp::MAX)?;
    prop_assert_eq!(world.live.next_timer(), None);
    for (snapshot, text) in &world.snapshots {
        prop_assert_eq!(&dump(snapshot), text, "a snapshot has changed");
    }
    let decoded = Live::decode(&world.live.encode(), world.live.plan().clone()).unwrap();
    prop_assert_eq!(dump(&decoded), dump(&world.live));
    prop_assert_eq!(decoded.encode(), world.live.encode());
    prop_assert_eq!(decoded.memory_bytes(), world.live.memory_bytes());
    Ok(())
}

proptest! {
    #[test]
    fn live_agrees_with_reference(
        definitions in definitions_of_one(),
        steps in prop::collection::vec(step(), 1..25),
        instants in prop::collection::vec(time(), 4),
    ) {
        run(definitions, steps, instants)?;
    }
}

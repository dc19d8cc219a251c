//! The slow, obvious evaluator: what a definition means, as a program.
//!
//! Invariant: it keeps nothing but what a definition said of somebody, and shares nothing with the fast evaluators
//! but how a single value is read, compared and calculated, and whether so many are enough. Property tests hold
//! them against it.

mod calendar;
mod many;
mod quantity;
mod sequence;

use std::{cell::RefCell, collections::BTreeMap};

use onefold_event::{Occurrence, Timestamp, Value};

use crate::{
    Library, Traits,
    ast::{Definition, Entity, Predicate, Quantity, Scope, Selection},
    value::{Properties, compare, passes},
};

/// A person's whole past, in any order, at an instant: a [`World`] of one.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// Everything that happened to the person, under whatever identifier; later things may be there.
    pub occurrences: &'a [&'a dyn Occurrence],
    /// The traits as of the instant, and the organisations.
    pub traits: &'a dyn Traits,
    /// The instant.
    pub as_of: Timestamp,
}

impl std::fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (occurrences, as_of) = (self.occurrences.len(), self.as_of);
        write!(f, "{occurrences} occurrences as of {as_of}")
    }
}

/// Whether the person is a member; `None` for an unknown segment. There is nobody else: ranks are among
/// one, and organisations have one member. Nobody is a member of a segment of organisations.
///
/// Cost: every clause looks at every occurrence.
///
/// ```
/// use onefold_segment::{Library, reference::{self, Person}};
/// let library = Library::parse("segment nobody = did login\nsegment all = not in nobody")?;
/// let ann = Person { occurrences: &[], traits: &(), as_of: "2026-03-01".parse()? };
/// assert_eq!(reference::contains(&library, "all", ann), Some(true));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub fn contains(library: &Library, segment: &str, person: Person<'_>) -> Option<bool> {
    alone(library, person, |world| {
        let about = world.about(segment)?;
        Some(about == Entity::Person && world.contains(segment, 0)?)
    })
}

/// The value of a computed trait; `None` where it is missing, at fault, not defined, or about
/// organisations.
pub fn value(library: &Library, computed_trait: &str, person: Person<'_>) -> Option<Value> {
    alone(library, person, |world| {
        let is_about_people = world.computed(computed_trait)?.0.of == Entity::Person;
        is_about_people.then(|| world.value(computed_trait, 0))?
    })
}

fn alone<T>(library: &Library, person: Person<'_>, ask: impl FnOnce(&World<'_>) -> T) -> T {
    let belongings = person.traits.organisations();
    let memberships = belongings.iter().enumerate().flat_map(|(at, belonging)| {
        let roles = belonging.roles.iter().map(move |role| Membership {
            organisation: at,
            role: Some(role),
        });
        let without_role = belonging.roles.is_empty().then_some(Membership {
            organisation: at,
            role: None,
        });
        roles.chain(without_role)
    });
    let subject = Subject {
        occurrences: person.occurrences,
        traits: person.traits,
        memberships: &memberships.collect::<Vec<_>>(),
    };
    let organisations: Vec<&dyn Traits> = belongings.iter().map(|b| &*b.traits as _).collect();
    ask(&World::new(
        library,
        &[subject],
        &organisations,
        person.as_of,
    ))
}

/// One of the people of a [`World`].
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Everything that happened to the person, in any order; later things may be there.
    pub occurrences: &'a [&'a dyn Occurrence],
    /// Traits, identifier and consent as of the instant. Organisations are read from `memberships`.
    pub traits: &'a dyn Traits,
    /// The memberships that hold as of the instant.
    pub memberships: &'a [Membership<'a>],
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (occurrences, memberships) = (self.occurrences.len(), self.memberships);
        write!(f, "{occurrences} occurrences, {memberships:?}")
    }
}

/// That a person belongs to an organisation.
#[derive(Debug, Clone, Copy)]
pub struct Membership<'a> {
    /// Its place among the organisations of the world.
    pub organisation: usize,
    /// In what role; several roles in one organisation are several memberships.
    pub role: Option<&'a str>,
}

/// Everybody, at an instant.
///
/// ```
/// use onefold_segment::{Library, Traits, reference::{Membership, Subject, World}};
/// let library = Library::from_json(r#"{"version":1,"definitions":[
///     {"segment":{"name":"large","scope":{"of":"organisation"},"when":
///         {"members":{"quantifier":{"count":{"at_least":2}},"that":{"in":"new"}}}}},
///     {"segment":{"name":"new","when":{"trait":{"name":"plan","test":"unset"}}}}
/// ]}"#)?;
/// let in_first = [Membership { organisation: 0, role: None }];
/// let person = Subject { occurrences: &[], traits: &(), memberships: &in_first };
/// let (people, organisations): (_, [&dyn Traits; 2]) = ([person, person], [&(), &()]);
/// let world = World::new(&library, &people, &organisations, "2026-03-01".parse()?);
/// assert_eq!(world.members("large"), Some(vec![0]));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub struct World<'a> {
    library: &'a Library,
    people: &'a [Subject<'a>],
    organisations: &'a [&'a dyn Traits],
    as_of: Timestamp,
    /// What was asked before: segments with whom they were asked about.
    known: RefCell<BTreeMap<(&'a str, Who), bool>>,
    /// As `known`, of computed traits.
    values: RefCell<BTreeMap<(&'a str, Who), quantity::Found>>,
    /// The values of whom a rank orders, by the address of the rank in the library.
    ranked: RefCell<BTreeMap<usize, many::Ranked>>,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (people, organisations) = (self.people.len(), self.organisations.len());
        write!(
            f,
            "{people} people and {organisations} organisations as of {}",
            self.as_of
        )
    }
}

/// Whom a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Person(usize),
    Organisation(usize),
}

impl<'a> World<'a> {
    /// The world to be asked about.
    pub fn new(
        library: &'a Library,
        people: &'a [Subject<'a>],
        organisations: &'a [&'a dyn Traits],
        as_of: Timestamp,
    ) -> Self {
        Self {
            library,
            people,
            organisations,
            as_of,
            known: RefCell::default(),
            values: RefCell::default(),
            ranked: RefCell::default(),
        }
    }

    /// The members of a segment: their places among the people, or among the organisations if it is about
    /// those. `None` for an unknown segment.
    pub fn members(&self, segment: &str) -> Option<Vec<usize>> {
        let everybody = self.everybody(self.about(segment)?);
        let members = everybody.filter(|at| self.contains(segment, *at) == Some(true));
        Some(members.collect())
    }

    /// Whether the person (or organisation, if the segment is about those) at this place is a member.
    /// `None` for an unknown segment.
    pub fn contains(&self, segment: &str, at: usize) -> Option<bool> {
        let who = Who::new(self.about(segment)?, at);
        Some(self.is_member(segment, who))
    }

    /// The value of a computed trait of the person (or organisation, if it is about those) at this place.
    /// `None` where it is missing, at fault, or not defined.
    pub fn value(&self, computed_trait: &str, at: usize) -> Option<Value> {
        let (scope, value) = self.computed(computed_trait)?;
        let who = Who::new(scope.of, at);
        self.quantity(value, scope, who).unwrap_or(None)
    }

    /// Of what a segment has members.
    fn about(&self, segment: &str) -> Option<Entity> {
        Some(self.segment(segment)?.1.of)
    }

    fn everybody(&self, entity: Entity) -> std::ops::Range<usize> {
        match entity {
            Entity::Person => 0..self.people.len(),
            Entity::Organisation => 0..self.organisations.len(),
        }
    }

    fn segment(&self, name: &str) -> Option<(&'a str, &'a Scope, &'a Predicate)> {
        let mut definitions = self.library.definitions().iter();
        definitions.find_map(|definition| match definition {
            Definition::Segment {
                name: known,
                scope,
                when,
            } if **known == *name => Some((&**known, scope, when)),
            _ => None,
        })
    }

    fn computed(&self, name: &str) -> Option<(&'a Scope, &'a Quantity)> {
        let mut definitions = self.library.definitions().iter();
        definitions.find_map(|definition| match definition {
            Definition::Trait {
                name: known,
                scope,
                value,
            } if **known == *name => Some((scope, value)),
            _ => None,
        })
    }

    /// Nobody is a member of a segment about something else.
    fn is_member(&self, segment: &str, who: Who) -> bool {
        let Some((name, scope, when)) = self.segment(segment) else {
            return false;
        };
        if scope.of != who.entity() {
            return false;
        }
        let known = self.known.borrow().get(&(name, who)).copied();
        known.unwrap_or_else(|| {
            let in_universe = match &scope.among {
                Some(universe) => self.is_member(universe, who),
                None => true,
            };
            let held = in_universe && self.holds(when, scope, who);
            self.known.borrow_mut().insert((name, who), held);
            held
        })
    }

    fn holds(&self, predicate: &'a Predicate, scope: &'a Scope, who: Who) -> bool {
        match predicate {
            Predicate::All(parts) => parts.iter().all(|part| self.holds(part, scope, who)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds(part, scope, who)),
            Predicate::Not(inner) => !self.holds(inner, scope, who),
            Predicate::Member(name) => self.is_member(name, who),
            Predicate::Trait { name, test } => {
                let found = self.trait_value(name, who);
                found.and_then(|value| passes(test, value.as_ref())) == Ok(true)
            }
            Predicate::Aggregate { aggregate, test } => {
                let found = self.aggregate(aggregate, scope, who);
                found.and_then(|value| passes(test, value.as_ref())) == Ok(true)
            }
            Predicate::Quantity { value, test } => {
                let found = self.quantity(value, scope, who);
                found.and_then(|value| passes(test, value.as_ref())) == Ok(true)
            }
            Predicate::Compare {
                left,
                operator,
                right,
            } => {
                let sides = [left, right].map(|side| self.quantity(side, scope, who));
                match sides {
                    [Ok(Some(left)), Ok(Some(right))] => {
                        compare(&left, &right).is_ok_and(|order| operator.accepts(order))
                    }
                    _ => false,
                }
            }
            Predicate::Consent {
                purpose,
                channel,
                is,
            } => self.traits(who).consent(purpose, channel.as_deref()) == *is,
            Predicate::Rank { .. }
            | Predicate::Sample { .. }
            | Predicate::Members { .. }
            | Predicate::Organisations { .. } => self.holds_of_many(predicate, scope, who),
            happened => self.happened(happened, scope, who),
        }
    }

    /// What is asked about occurrences alone.
    fn happened(&self, predicate: &'a Predicate, scope: &'a Scope, who: Who) -> bool {
        let ago = |time: Timestamp| self.as_of.micros_since(time);
        match predicate {
            Predicate::Did {
                selection,
                count,
                counted,
            } => self
                .counted(selection, counted, scope, who)
                .is_ok_and(|found| count.accepts(found)),
            Predicate::Recency {
                selection,
                operator,
                duration,
            } => {
                let last = self.selected(selection, scope, who).pop();
                last.is_some_and(|last| operator.accepts(ago(last.time()).cmp(&duration.micros())))
            }
            Predicate::Lapsed { selection, quiet } => {
                let last = self.selected(selection, scope, who).pop();
                last.is_some_and(|last| ago(last.time()) > quiet.micros())
            }
            Predicate::Stopped {
                selection,
                quiet,
                at_least,
                during,
            } => {
                let all = self.matching(selection, who);
                let is_quiet = |o: &&&dyn Occurrence| ago(o.time()) <= quiet.micros();
                let longest = quiet.micros() + during.micros();
                let is_before = |o: &&&dyn Occurrence| !is_quiet(o) && ago(o.time()) <= longest;
                all.iter().filter(is_quiet).count() == 0
                    && all.iter().filter(is_before).count() >= *at_least as usize
            }
            Predicate::Restarted { selection, quiet } => {
                let all = self.matching(selection, who);
                let mut pairs = all.iter().zip(all.iter().skip(1));
                pairs.any(|(before, now)| {
                    now.time().micros_since(before.time()) > quiet.micros()
                        && self.is_inside(selection.window, now.time(), scope, who)
                })
            }
            Predicate::Nth { selection, number } => {
                let all = self.matching(selection, who);
                let nth = (*number as usize).checked_sub(1).and_then(|at| all.get(at));
                nth.is_some_and(|nth| self.is_inside(selection.window, nth.time(), scope, who))
            }
            Predicate::Sequence(sequence) => self.has_sequence(sequence, scope, who),
            _ => false,
        }
    }

    fn traits(&self, who: Who) -> &'a dyn Traits {
        let found = match who {
            Who::Person(at) => self.people.get(at).map(|person| person.traits),
            Who::Organisation(at) => self.organisations.get(at).copied(),
        };
        found.unwrap_or(&())
    }

    /// Everything that happened before the instant, in order of time and place in the log. Nothing
    /// happens to organisations.
    fn past(&self, who: Who) -> Vec<&'a dyn Occurrence> {
        let occurrences = match who {
            Who::Person(at) => self.people.get(at).map(|person| person.occurrences),
            Who::Organisation(_) => None,
        };
        let all = occurrences.unwrap_or_default().iter().copied();
        let mut past: Vec<&dyn Occurrence> = all.filter(|o| o.time() < self.as_of).collect();
        past.sort_by_key(|occurrence| (occurrence.time(), occurrence.position()));
        past
    }

    /// What passes the filter, whatever the window.
    fn matching(&self, selection: &'a Selection, who: Who) -> Vec<&'a dyn Occurrence> {
        let mut found = self.past(who);
        found.retain(|occurrence| {
            selection.event.contains(occurrence.name())
                && match &selection.filter {
                    Some(filter) => Properties::of(*occurrence).pass(filter),
                    None => true,
                }
        });
        found
    }

    /// What passes the filter and lies in the window.
    fn selected(
        &self,
        selection: &'a Selection,
        scope: &'a Scope,
        who: Who,
    ) -> Vec<&'a dyn Occurrence> {
        let mut found = self.matching(selection, who);
        found.retain(|occurrence| self.is_inside(selection.window, occurrence.time(), scope, who));
        found
    }
}

impl Who {
    fn new(entity: Entity, at: usize) -> Self {
        match entity {
            Entity::Person => Self::Person(at),
            Entity::Organisation => Self::Organisation(at),
        }
    }

    fn entity(self) -> Entity {
        match self {
            Self::Person(_) => Entity::Person,
            Self::Organisation(_) => Entity::Organisation,
        }
    }
}

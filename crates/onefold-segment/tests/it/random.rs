//! Random definitions, histories and worlds, small enough that everything meets everything.
//!
//! Invariant: all definitions pass the checks of a library, and all instants lie where clocks change.

mod definitions;
mod happenings;
mod values;

use std::{borrow::Cow, collections::BTreeMap};

use onefold_event::{Decimal, Occurrence, Position, Timestamp, Value};
use onefold_segment::{
    Belonging, Library, Traits,
    ast::ConsentState,
    reference::{Membership, Subject, World},
};
use proptest::{prelude::*, sample::select};

pub(crate) use definitions::{definitions, definitions_of_one};

pub(crate) const EVENTS: [&str; 3] = ["view", "Order Completed", "not"];
pub(crate) const PROPERTIES: [&str; 4] = ["price", "quantity", "address.city", "odd \"name\""];
/// Golden traits; a computed one may hide the first. The last names a zone.
pub(crate) const TRAITS: [&str; 4] = ["plan", "last", "favourite colour", "zone"];
pub(crate) const ROLES: [&str; 2] = ["admin", "the boss"];
pub(crate) const PURPOSES: [&str; 2] = ["newsletter", "all of it"];
/// Midnight is skipped, comes twice, never changes; a whole day is skipped; an hour before midnight.
pub(crate) const ZONES: [&str; 5] = [
    "America/Sao_Paulo",
    "America/Havana",
    "UTC",
    "Pacific/Apia",
    "Europe/Berlin",
];

/// 2018-11-04, the middle of all random times: clocks change in Brazil, in Cuba and in the United States.
pub(crate) const MIDDLE: i64 = 1_541_289_600_000_000;
const HOUR: i64 = 3_600_000_000;
/// 2018-10-28T01:00:00Z, when clocks go back in Europe.
const BERLIN: i64 = 1_540_688_400_000_000;
/// 2011-12-30T10:00:00Z, when Samoa skips a day.
const APIA: i64 = 1_325_239_200_000_000;

/// Something that happened, with its properties.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) name: &'static str,
    pub(crate) time: Timestamp,
    pub(crate) position: u64,
    pub(crate) properties: Vec<(&'static str, Value)>,
}

impl Occurrence for Happened {
    fn name(&self) -> &str {
        self.name
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn position(&self) -> Position {
        Position(self.position)
    }

    fn property(&self, path: &str) -> Option<Value> {
        let found = self.properties.iter().find(|(name, _)| *name == path);
        found.map(|(_, value)| value.clone())
    }
}

/// What is known of a person or an organisation beside what happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) traits: BTreeMap<String, Value>,
    /// By purpose and channel.
    pub(crate) consent: BTreeMap<(String, Option<String>), ConsentState>,
    /// With the roles in them.
    pub(crate) organisations: Vec<(Vec<Box<str>>, Known)>,
}

impl Traits for Known {
    fn trait_value(&self, name: &str) -> Option<Value> {
        self.traits.get(name).cloned()
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        Some(self.id.as_str().into())
    }

    fn consent(&self, purpose: &str, channel: Option<&str>) -> ConsentState {
        let about = (purpose.to_owned(), channel.map(str::to_owned));
        let said = self.consent.get(&about);
        said.copied().unwrap_or(ConsentState::Unknown)
    }

    fn organisations(&self) -> Vec<Belonging<'_>> {
        self.organisations
            .iter()
            .map(|(roles, known)| Belonging {
                roles: roles.clone(),
                traits: Box::new(known),
            })
            .collect()
    }
}

/// One person of a random world.
#[derive(Debug, Clone)]
pub(crate) struct Somebody {
    pub(crate) known: Known,
    pub(crate) past: Vec<Happened>,
    /// Organisation and role.
    pub(crate) memberships: Vec<(usize, Option<&'static str>)>,
}

/// A random world.
#[derive(Debug, Clone)]
pub(crate) struct Everybody {
    pub(crate) people: Vec<Somebody>,
    pub(crate) organisations: Vec<Known>,
}

impl Everybody {
    /// Asks the reference about this world.
    pub(crate) fn ask<T>(
        &self,
        library: &Library,
        as_of: Timestamp,
        ask: impl FnOnce(&World<'_>) -> T,
    ) -> T {
        let pasts: Vec<Vec<&dyn Occurrence>> = self
            .people
            .iter()
            .map(|person| person.past.iter().map(|happened| happened as _).collect())
            .collect();
        let memberships: Vec<Vec<Membership<'_>>> = self
            .people
            .iter()
            .map(|person| person.memberships.iter())
            .map(|all| all.map(|(organisation, role)| membership(*organisation, *role)))
            .map(Iterator::collect)
            .collect();
        let subjects: Vec<Subject<'_>> = (self.people.iter().zip(&pasts).zip(&memberships))
            .map(|((person, occurrences), memberships)| Subject {
                occurrences,
                traits: &person.known,
                memberships,
            })
            .collect();
        let organisations: Vec<&dyn Traits> = self.organisations.iter().map(|o| o as _).collect();
        ask(&World::new(library, &subjects, &organisations, as_of))
    }
}

fn membership<'a>(organisation: usize, role: Option<&'a str>) -> Membership<'a> {
    Membership { organisation, role }
}

/// Times on a grid of six hours over four days, some an hour or a microsecond beside it: many ties, many
/// exactly at the ends of windows, many where clocks change.
pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    let steps = prop_oneof![
        6 => (-8..=8_i64).prop_map(|steps| MIDDLE + steps * 6 * HOUR),
        2 => (-3..=8_i64).prop_map(|hours| MIDDLE + hours * HOUR),
        1 => (-30..=30_i64).prop_map(|hours| BERLIN + hours * HOUR),
        1 => (-30..=30_i64).prop_map(|hours| APIA + hours * HOUR),
    ];
    (steps, -1..=1_i64).prop_map(|(time, beside)| Timestamp::from_micros(time + beside))
}

/// An occurrence with position 0, which is to be given one.
pub(crate) fn happened() -> impl Strategy<Value = Happened> {
    let property = (select(&PROPERTIES), value());
    (
        select(&EVENTS),
        time(),
        prop::collection::vec(property, 0..4),
    )
        .prop_map(|(name, time, properties)| Happened {
            name,
            time,
            position: 0,
            properties,
        })
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => number().prop_map(Value::Number),
        2 => select(&["", "pro", "prone", "2018-11-04"]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
        1 => Just(Value::Json("[1]".into())),
    ]
}

fn number() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        9 => (-3..6_i64, 0..3_u32).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale)),
        1 => Just(Decimal::MAX),
    ]
}

/// What is known of somebody without organisations.
pub(crate) fn known() -> impl Strategy<Value = Known> {
    let golden = (select(&TRAITS[..3]), value());
    let said = (
        select(&PURPOSES),
        prop::option::of(Just("email")),
        select(&ConsentState::ALL),
    );
    (
        0..1_000_u32,
        prop::collection::vec(golden, 0..3),
        prop::option::of(prop_oneof![9 => select(&ZONES), 1 => Just("no zone")]),
        prop::collection::vec(said, 0..3),
    )
        .prop_map(|(id, golden, zone, said)| {
            let zone = zone.map(|zone| (TRAITS[3], Value::from(zone)));
            let golden = golden.into_iter().chain(zone);
            let said = said.into_iter().map(|(purpose, channel, state)| {
                ((purpose.to_owned(), channel.map(str::to_owned)), state)
            });
            Known {
                id: id.to_string(),
                traits: golden
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
                consent: said.collect(),
                organisations: Vec::new(),
            }
        })
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let role = prop::option::of(select(&ROLES));
    (
        known(),
        prop::collection::vec(happened(), 0..8),
        prop::collection::vec((0..3_usize, role), 0..3),
    )
        .prop_map(|(known, past, memberships)| Somebody {
            known,
            past,
            memberships,
        })
}

/// Up to six people, each with up to seven occurrences, and three organisations. Positions are unique.
pub(crate) fn everybody() -> impl Strategy<Value = Everybody> {
    let people = prop::collection::vec(somebody(), 0..7);
    let organisations = prop::collection::vec(known(), 3);
    (people, organisations).prop_map(|(mut people, organisations)| {
        let mut position = 0;
        for person in &mut people {
            for happened in &mut person.past {
                position += 1;
                happened.position = position;
            }
            person.known.organisations = belongings(&person.memberships, &organisations);
        }
        Everybody {
            people,
            organisations,
        }
    })
}

/// The organisations of a person with all roles in each.
pub(crate) fn belongings(
    memberships: &[(usize, Option<&str>)],
    organisations: &[Known],
) -> Vec<(Vec<Box<str>>, Known)> {
    let all = organisations.iter().enumerate();
    let belonging = all.filter_map(|(at, organisation)| {
        let mut own = memberships.iter().filter(|(of, _)| *of == at).peekable();
        own.peek()?;
        let roles = own.filter_map(|(_, role)| role.map(Into::into)).collect();
        Some((roles, organisation.clone()))
    });
    belonging.collect()
}

//! Random libraries.
//!
//! Invariant: what is about people asks about people, what is about organisations about organisations, and
//! every reference is to an earlier definition, so that there is no cycle.

use onefold_segment::ast::{
    Band, ConsentState, Definition, Entity, Function, Literal, MemberAggregate, Operator,
    Predicate, Quantifier, Quantity, Scope, Test, Zone,
};
use proptest::{prelude::*, sample::select};

use super::{
    PURPOSES, ROLES, TRAITS, ZONES,
    happenings::{count, counted, duration, habit, selection, sequence},
    values::{aggregate, calculation, is_any, number_test, shares, term, test},
};

/// One plain, one reserved, one with spaces.
const SEGMENTS: [&str; 5] = ["vip", "in", "Best people", "segment", "x.1"];
const ORGANISATION_SEGMENTS: [&str; 2] = ["large", "Good companies"];
/// The first hides a golden trait.
const COMPUTED: [&str; 3] = ["plan", "spend", "a ratio"];
const SEATS: &str = "seats";

/// What a library may ask.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reach {
    /// Only what one person's own past, traits and organisations answer.
    One,
    /// Everything.
    Everybody,
}

/// Up to five segments of people, two of organisations and four computed traits, of the whole language.
pub(crate) fn definitions() -> BoxedStrategy<Vec<Definition>> {
    let seats = prop::option::of(members_quantity());
    let organisations = prop::collection::vec(of_organisation(Reach::Everybody, 1), 0..3);
    (of_people(Reach::Everybody), organisations, seats)
        .prop_map(|(people, organisations, seats)| {
            let mut all = people;
            let organisations = organisations.into_iter().zip(ORGANISATION_SEGMENTS);
            for (at, (when, name)) in organisations.enumerate() {
                let scope = Scope {
                    of: Entity::Organisation,
                    zone: Zone::Named(ZONES[at].into()),
                    ..Scope::default()
                };
                let name = name.into();
                // Between those of people, so that they refer to each other.
                all.insert(2 * at, Definition::Segment { name, scope, when });
            }
            all.extend(seats.map(|value| Definition::Trait {
                name: SEATS.into(),
                scope: Scope {
                    of: Entity::Organisation,
                    ..Scope::default()
                },
                value,
            }));
            refer(&mut all);
            all
        })
        .boxed()
}

/// As [`definitions`], but nothing that depends on other people: no ranks, nothing of members.
pub(crate) fn definitions_of_one() -> BoxedStrategy<Vec<Definition>> {
    let people = of_people(Reach::One);
    people
        .prop_map(|mut all| {
            refer(&mut all);
            all
        })
        .boxed()
}

fn of_people(reach: Reach) -> BoxedStrategy<Vec<Definition>> {
    let segments = prop::collection::vec((predicate(reach), scope(), any::<bool>()), 1..5);
    let traits = prop::collection::vec((trait_value(), scope()), 0..4);
    (segments, traits)
        .prop_map(|(segments, traits)| {
            let segments = segments.into_iter().zip(SEGMENTS);
            let segments = segments.map(|((when, mut scope, among), name)| {
                scope.among = among.then(|| "".into());
                let name = name.into();
                Definition::Segment { name, scope, when }
            });
            let traits = traits.into_iter().zip(COMPUTED);
            let traits = traits.map(|((value, scope), name)| Definition::Trait {
                name: name.into(),
                scope,
                value,
            });
            segments.chain(traits).collect()
        })
        .boxed()
}

fn trait_value() -> impl Strategy<Value = Quantity> {
    let of_one = aggregate().prop_map(Quantity::Aggregate);
    prop_oneof![2 => of_one, 1 => calculation(term())]
}

fn scope() -> impl Strategy<Value = Scope> {
    let zone = prop_oneof![
        3 => Just(Zone::Utc),
        3 => select(&ZONES).prop_filter("UTC is the default", |zone| *zone != "UTC")
            .prop_map(|zone| Zone::Named(zone.into())),
        2 => select(&ZONES).prop_map(|zone| Zone::Person {
            by: TRAITS[3].into(),
            otherwise: zone.into(),
        }),
    ];
    let purpose = prop::option::weighted(0.2, select(&PURPOSES));
    (zone, purpose, prop::option::weighted(0.2, 1..9_u32)).prop_map(|(zone, purpose, version)| {
        Scope {
            version,
            purpose: purpose.map(Into::into),
            zone,
            ..Scope::default()
        }
    })
}

fn predicate(reach: Reach) -> BoxedStrategy<Predicate> {
    let own = own_leaf();
    let organisations =
        (quantifier(), role(), of_organisation(reach, 0)).prop_map(|(quantifier, role, that)| {
            Predicate::Organisations {
                quantifier,
                role,
                that: Box::new(that),
            }
        });
    let leaf = match reach {
        Reach::One => prop_oneof![12 => own, 1 => organisations].boxed(),
        Reach::Everybody => prop_oneof![12 => own, 1 => organisations, 1 => rank()].boxed(),
    };
    combined(leaf)
}

fn combined(leaf: BoxedStrategy<Predicate>) -> BoxedStrategy<Predicate> {
    let recursive = leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::Any),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    });
    recursive.boxed()
}

/// What a person's own past and traits answer.
fn own_leaf() -> BoxedStrategy<Predicate> {
    prop_oneof![
        2 => known_leaf(),
        3 => (selection(), count(), counted()).prop_map(|(selection, count, counted)| {
            Predicate::Did { selection, count, counted }
        }),
        3 => tested_aggregate(),
        2 => (calculation(term()), number_test())
            .prop_map(|(value, test)| Predicate::Quantity { value, test }),
        1 => (side(), select(&Operator::ALL), side()).prop_map(|(left, operator, right)| {
            Predicate::Compare { left, operator, right }
        }),
        2 => (selection(), select(&Operator::ALL), duration())
            .prop_map(|(selection, operator, duration)| Predicate::Recency {
                selection,
                operator,
                duration,
            }),
        2 => habit(),
        4 => sequence().prop_map(Predicate::Sequence),
        1 => (select(&PURPOSES), prop::option::of(Just("email")), select(&ConsentState::ALL)).prop_map(
            |(purpose, channel, is)| Predicate::Consent {
                purpose: purpose.into(),
                channel: channel.map(Into::into),
                is,
            }
        ),
    ]
    .boxed()
}

/// What is asked alike about people and organisations.
fn known_leaf() -> BoxedStrategy<Predicate> {
    prop_oneof![
        4 => (select(&TRAITS), test())
            .prop_map(|(name, test)| Predicate::Trait { name: name.into(), test }),
        2 => number_test().prop_map(|test| Predicate::Trait { name: "computed".into(), test }),
        1 => (shares(), select(&["", "spring"])).prop_map(|((from, to), salt)| Predicate::Sample {
            from,
            to,
            salt: if salt.is_empty() { "autumn \"18\"".into() } else { salt.into() },
        }),
        2 => select(&["", "a", "ab", "abc"]).prop_map(|name| Predicate::Member(name.into())),
    ]
    .boxed()
}

fn side() -> impl Strategy<Value = Quantity> {
    prop_oneof![3 => term(), 1 => calculation(term())]
}

fn tested_aggregate() -> impl Strategy<Value = Predicate> {
    (aggregate(), test(), number_test()).prop_map(|(aggregate, any, number)| {
        let test = if is_any(&aggregate) { any } else { number };
        Predicate::Aggregate { aggregate, test }
    })
}

fn rank() -> BoxedStrategy<Predicate> {
    let band = prop_oneof![
        (1..5_u32).prop_map(Band::Top),
        (1..5_u32).prop_map(Band::Bottom),
        shares().prop_map(|(_, to)| Band::TopPercent(to)),
        shares().prop_map(|(_, to)| Band::BottomPercent(to)),
        shares().prop_map(|(from, to)| Band::Percentile { from, to }),
    ];
    let by = prop_oneof![2 => numeric_aggregate(), 1 => calculation(numeric_aggregate().boxed())];
    (band, by)
        .prop_map(|(band, by)| Predicate::Rank { band, by })
        .boxed()
}

fn numeric_aggregate() -> impl Strategy<Value = Quantity> {
    aggregate().prop_map(|mut aggregate| {
        if is_any(&aggregate) {
            aggregate.function = Function::Sum;
        }
        Quantity::Aggregate(aggregate)
    })
}

/// A question about an organisation; so many levels deep it asks for members and their organisations.
fn of_organisation(reach: Reach, depth: usize) -> BoxedStrategy<Predicate> {
    if reach == Reach::One {
        return combined(known_leaf());
    }
    let member = if depth == 0 {
        own_leaf()
    } else {
        combined(own_leaf())
    };
    let members =
        (quantifier(), role(), member).prop_map(|(quantifier, role, that)| Predicate::Members {
            quantifier,
            role,
            that: Box::new(that),
        });
    let tested = (members_quantity(), number_test())
        .prop_map(|(value, test)| Predicate::Quantity { value, test });
    combined(prop_oneof![2 => known_leaf(), 3 => members, 2 => tested].boxed())
}

fn members_quantity() -> BoxedStrategy<Quantity> {
    let functions = [
        Function::Count,
        Function::Sum,
        Function::Avg,
        Function::Min,
        Function::Max,
        Function::Distinct,
        Function::Percentile(75),
    ];
    let of = prop_oneof![2 => numeric_aggregate(), 1 => calculation(term())];
    (select(functions.to_vec()), role(), of)
        .prop_map(|(function, role, of)| {
            let of = Box::new(of);
            Quantity::Members(MemberAggregate { function, role, of })
        })
        .boxed()
}

fn quantifier() -> impl Strategy<Value = Quantifier> {
    prop_oneof![
        1 => Just(Quantifier::All),
        3 => count().prop_map(Quantifier::Count),
        1 => shares().prop_map(|(_, to)| Quantifier::AtLeastPercent(to)),
    ]
}

fn role() -> impl Strategy<Value = Option<Box<str>>> {
    prop::option::weighted(0.3, select(&ROLES).prop_map(Into::into))
}

/// Gives every reference the name of an earlier definition, or does without.
fn refer(all: &mut [Definition]) {
    let known: Vec<Earlier> = all.iter().map(Earlier::of).collect();
    let segments = known.iter().filter(|known| known.is_segment).count();
    let mut earlier = Names { all: Vec::new() };
    // Computed traits stand behind the segments, but segments may speak of all of them.
    let traits = known.iter().filter(|known| !known.is_segment);
    let all_traits: Vec<Earlier> = traits.cloned().collect();
    for (at, definition) in all.iter_mut().enumerate() {
        earlier.all = known[..at].to_vec();
        match definition {
            Definition::Segment { scope, when, .. } => {
                earlier.all.truncate(segments);
                earlier.all.extend(all_traits.iter().cloned());
                scope.among = match scope.among {
                    Some(_) => earlier.segment(scope.of, at),
                    None => None,
                };
                earlier.predicate(when, scope.of);
            }
            Definition::Trait { scope, value, .. } => earlier.quantity(value, scope.of),
        }
    }
}

/// A definition that others may refer to.
#[derive(Debug, Clone)]
struct Earlier {
    name: Box<str>,
    of: Entity,
    is_segment: bool,
    /// A computed trait that may be other than a number.
    is_open: bool,
}

impl Earlier {
    fn of(definition: &Definition) -> Self {
        let is_open = match definition {
            Definition::Trait {
                value: Quantity::Aggregate(aggregate),
                ..
            } => is_any(aggregate),
            _ => false,
        };
        Self {
            name: definition.name().into(),
            of: definition.scope().of,
            is_segment: matches!(definition, Definition::Segment { .. }),
            is_open,
        }
    }
}

struct Names {
    all: Vec<Earlier>,
}

impl Names {
    fn segment(&self, of: Entity, choice: usize) -> Option<Box<str>> {
        let mut fitting: Vec<&Earlier> = self.all.iter().filter(|e| e.is_segment).collect();
        fitting.retain(|earlier| earlier.of == of);
        let chosen = fitting.get(choice % fitting.len().max(1));
        chosen.map(|earlier| earlier.name.clone())
    }

    fn computed(&self, of: Entity) -> Option<&Earlier> {
        let mut traits = self.all.iter().filter(|e| !e.is_segment && e.of == of);
        traits.next_back()
    }

    fn predicate(&self, predicate: &mut Predicate, of: Entity) {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter_mut().for_each(|part| self.predicate(part, of));
            }
            Predicate::Not(inner) => self.predicate(inner, of),
            Predicate::Member(name) => match self.segment(of, name.len()) {
                Some(known) => *name = known,
                None => *predicate = plan_is_set(),
            },
            Predicate::Trait { name, test } => {
                self.trait_name(name, of);
                let is_hidden = |e: &&Earlier| !e.is_segment && e.name == *name;
                match self.all.iter().find(is_hidden) {
                    // The computed trait `plan` is about people.
                    Some(hiding) if hiding.of != of => *name = TRAITS[1].into(),
                    Some(hiding) if !hiding.is_open && !is_of_number(test) => *test = Test::Set,
                    _ => {}
                }
            }
            Predicate::Quantity { value, .. } | Predicate::Rank { by: value, .. } => {
                self.quantity(value, of);
            }
            Predicate::Compare { left, right, .. } => {
                self.quantity(left, of);
                self.quantity(right, of);
            }
            Predicate::Members { that, .. } => self.predicate(that, Entity::Person),
            Predicate::Organisations { that, .. } => self.predicate(that, Entity::Organisation),
            _ => {}
        }
    }

    fn quantity(&self, quantity: &mut Quantity, of: Entity) {
        match quantity {
            Quantity::Trait(name) => self.trait_name(name, of),
            Quantity::Members(members) => self.quantity(&mut members.of, Entity::Person),
            Quantity::Negative(inner) => self.quantity(inner, of),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => {
                sides.iter_mut().for_each(|side| self.quantity(side, of));
            }
            Quantity::Number(_) | Quantity::Aggregate(_) => {}
        }
    }

    /// A name that a later computed trait has would be a reference forwards, or to itself.
    fn trait_name(&self, name: &mut Box<str>, of: Entity) {
        if **name == *"computed" {
            *name = self
                .computed(of)
                .map_or(TRAITS[1].into(), |e| e.name.clone());
        } else if **name == *COMPUTED[0]
            && !self.all.iter().any(|e| !e.is_segment && e.name == *name)
        {
            *name = TRAITS[1].into();
        }
    }
}

fn plan_is_set() -> Predicate {
    Predicate::Trait {
        name: TRAITS[1].into(),
        test: Test::Set,
    }
}

fn is_of_number(test: &Test) -> bool {
    let is_number = |literal: &Literal| matches!(literal, Literal::Number(_));
    match test {
        Test::Compare { value, .. } => is_number(value),
        Test::In(values) => values.iter().all(is_number),
        Test::Between { low, .. } => is_number(low),
        Test::Set | Test::Unset => true,
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => false,
    }
}

//! Many segments of mixed kinds.

use onefold::{
    event::Decimal,
    segment::{
        Library,
        ast::{
            Absence, Aggregate, Count, Counted, Definition, Duration, Events, Expression, Filter,
            Function, Happening, Literal, Operator, Predicate, Scope, Selection, Sequence, Test,
            Then, Unit, Window,
        },
    },
};
use onefold_benches::{
    clickstream::{DEVICES, NAMES, PLANS, WITH_PRODUCT},
    random::Random,
};

/// So many segments. Of twenty: nine counts (four with a filter), three sums, two sequences, two of recency,
/// one trait, three of several parts.
pub(crate) fn library(count: usize) -> Library {
    let mut random = Random::new(11);
    let definitions = (0..count).map(|number| Definition::Segment {
        name: name(number),
        scope: Scope::default(),
        when: predicate(number, &mut random),
    });
    Library::new(definitions.collect()).unwrap()
}

fn name(number: usize) -> Box<str> {
    format!("segment_{number}").into()
}

fn predicate(number: usize, random: &mut Random) -> Predicate {
    match number % 20 {
        0 | 4 | 8 | 12 | 16 => did(None, random),
        2 | 6 | 10 | 14 => {
            let filter = Some(filter(random));
            did(filter, random)
        }
        1 | 7 | 13 => sum(random),
        3 => sequence(None, random),
        5 => sequence(Some(days(1, random)), random),
        9 => Predicate::Recency {
            selection: selection(event(random), None, Window::Ever),
            operator: Operator::Less,
            duration: days(30, random),
        },
        11 => Predicate::Lapsed {
            selection: selection(event(random), None, Window::Ever),
            quiet: days(30, random),
        },
        15 => plan(random),
        17 => Predicate::All(vec![plan(random), did(None, random)]),
        18 => Predicate::All(vec![
            did(None, random),
            Predicate::Not(Box::new(Predicate::Member(name(number - 1)))),
        ]),
        _ => Predicate::Any(vec![
            Predicate::Member(name(number - 2)),
            Predicate::All(vec![
                did(None, random),
                Predicate::Not(Box::new(did(None, random))),
            ]),
        ]),
    }
}

fn did(filter: Option<Filter>, random: &mut Random) -> Predicate {
    let event = if is_priced(filter.as_ref()) {
        priced(random)
    } else {
        event(random)
    };
    Predicate::Did {
        selection: selection(event, filter, last(random)),
        count: Count::AtLeast(1 + random.below(5) as u32),
        counted: Counted::Times,
    }
}

fn sum(random: &mut Random) -> Predicate {
    Predicate::Aggregate {
        aggregate: Aggregate {
            function: Function::Sum,
            value: Some(Expression::Property("price".into())),
            selection: selection(priced(random), None, last(random)),
        },
        test: Test::Compare {
            operator: Operator::Greater,
            value: Literal::Number(Decimal::from(50 * (1 + random.below(10)))),
        },
    }
}

fn sequence(then_no: Option<Duration>, random: &mut Random) -> Predicate {
    let happening = |event: &'static str| Happening {
        event: Events::named(event),
        name: None,
        filter: None,
    };
    Predicate::Sequence(Sequence {
        first: happening(priced(random)),
        then: vec![Then {
            directly: false,
            within: Some(days(7, random)),
            without: None,
            step: happening(priced(random)),
        }],
        then_no: then_no.map(|within| Absence {
            step: happening("purchase"),
            within,
        }),
        within: None,
        window: last(random),
    })
}

fn plan(random: &mut Random) -> Predicate {
    Predicate::Trait {
        name: "plan".into(),
        test: Test::Compare {
            operator: Operator::Equal,
            value: Literal::Text(random.pick(&PLANS).into()),
        },
    }
}

/// One of nine: five prices, four devices.
fn filter(random: &mut Random) -> Filter {
    let which = random.below(9);
    let (property, operator, value) = match which {
        0..5 => {
            let price = Literal::Number(Decimal::from(10 + 15 * which));
            ("price", Operator::GreaterOrEqual, price)
        }
        _ => {
            let device = DEVICES[which as usize - 5];
            ("device", Operator::Equal, Literal::Text(device.into()))
        }
    };
    Filter::Property {
        value: Expression::Property(property.into()),
        test: Test::Compare { operator, value },
    }
}

fn is_priced(filter: Option<&Filter>) -> bool {
    let price = Expression::Property("price".into());
    matches!(filter, Some(Filter::Property { value, .. }) if *value == price)
}

fn selection(event: &'static str, filter: Option<Filter>, window: Window) -> Selection {
    Selection {
        event: Events::named(event),
        filter,
        window,
    }
}

fn event(random: &mut Random) -> &'static str {
    random.pick(&NAMES)
}

fn priced(random: &mut Random) -> &'static str {
    NAMES[usize::from(WITH_PRODUCT[random.index(WITH_PRODUCT.len())])]
}

fn last(random: &mut Random) -> Window {
    Window::Last(days(30, random))
}

/// From one day to so many.
fn days(most: u64, random: &mut Random) -> Duration {
    Duration {
        count: 1 + random.below(most) as u32,
        unit: Unit::Day,
    }
}

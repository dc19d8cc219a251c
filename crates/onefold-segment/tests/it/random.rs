//! Random definitions and random histories, small enough that everything meets everything.

use onefold_event::{Decimal, Occurrence, Position, Timestamp, Value};
use onefold_segment::ast::{
    Aggregate, Count, Counted, Definition, Duration, Events, Expression, Filter, Function, Literal,
    Moment, Operator, Predicate, Quantity, Scope, Selection, Test, Unit, Window,
};
use proptest::{prelude::*, sample::select};

pub(crate) const EVENTS: [&str; 3] = ["view", "Order Completed", "not"];
const PROPERTIES: [&str; 4] = ["price", "quantity", "address.city", "odd \"name\""];
pub(crate) const TRAITS: [&str; 3] = ["plan", "last", "favourite colour"];

/// 2026-01-01, the middle of all random times.
pub(crate) const MIDDLE: i64 = 1_767_225_600_000_000;
const HOUR: i64 = 3_600_000_000;

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

/// Times on a grid of six hours over four days, some a microsecond beside it: many ties, and many
/// exactly at the ends of windows.
pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    (-8..=8_i64, -1..=1_i64)
        .prop_map(|(steps, beside)| Timestamp::from_micros(MIDDLE + steps * 6 * HOUR + beside))
}

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
        2 => select(&["", "pro", "prone", "2026-01-01"]).prop_map(Value::from),
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

pub(crate) fn definitions() -> impl Strategy<Value = Vec<Definition>> {
    let segments = prop::collection::vec(predicate(), 1..5);
    let traits = prop::collection::vec(aggregate(), 0..3);
    (segments, traits).prop_map(|(segments, traits)| {
        let segments = segments.into_iter().enumerate().map(|(index, mut when)| {
            refer_backwards(&mut when, index);
            Definition::Segment {
                name: segment_name(index),
                scope: Scope::default(),
                when,
            }
        });
        let traits = traits
            .into_iter()
            .enumerate()
            .map(|(index, value)| Definition::Trait {
                name: TRAITS[index].into(),
                scope: Scope::default(),
                value: Quantity::Aggregate(value),
            });
        segments.chain(traits).collect()
    })
}

/// One plain, one reserved, one with spaces.
fn segment_name(index: usize) -> Box<str> {
    ["vip", "in", "Best people", "segment", "x.1"][index].into()
}

/// Makes every reference one to an earlier segment, so that there is no cycle.
fn refer_backwards(predicate: &mut Predicate, index: usize) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts
                .iter_mut()
                .for_each(|part| refer_backwards(part, index));
        }
        Predicate::Not(inner) => refer_backwards(inner, index),
        Predicate::Member(name) if index > 0 => {
            *name = segment_name(name.len() % index);
        }
        Predicate::Member(_) => {
            *predicate = Predicate::Trait {
                name: "plan".into(),
                test: Test::Set,
            };
        }
        _ => {}
    }
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let leaf = prop_oneof![
        2 => (select(&TRAITS), test()).prop_map(|(name, test)| Predicate::Trait { name: name.into(), test }),
        6 => (selection(), count()).prop_map(|(selection, count)| Predicate::Did { selection, count, counted: Counted::Times }),
        5 => tested_aggregate(),
        3 => (selection(), select(&Operator::ALL), duration()).prop_map(|(selection, operator, duration)| {
            Predicate::Recency { selection, operator, duration }
        }),
        1 => select(&["", "a", "ab", "abc"]).prop_map(|name| Predicate::Member(name.into())),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Predicate::Any),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

fn tested_aggregate() -> impl Strategy<Value = Predicate> {
    (aggregate(), test(), number_test()).prop_map(|(aggregate, any, number)| {
        let is_open = matches!(
            aggregate.function,
            Function::First | Function::Last | Function::Min | Function::Max
        );
        let is_property = matches!(aggregate.value, Some(Expression::Property(_)));
        let test = if is_open && is_property { any } else { number };
        Predicate::Aggregate { aggregate, test }
    })
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    (
        select(&Function::ALL),
        expression(),
        any::<bool>(),
        selection(),
    )
        .prop_map(|(function, value, bare, selection)| Aggregate {
            function,
            value: (function != Function::Count || !bare).then_some(value),
            selection,
        })
}

fn selection() -> impl Strategy<Value = Selection> {
    (select(&EVENTS), prop::option::of(filter()), window()).prop_map(|(event, filter, window)| {
        Selection {
            event: Events::named(event),
            filter,
            window,
        }
    })
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        2 => Just(Window::Ever),
        4 => duration().prop_map(Window::Last),
        1 => (time(), 1..100_i64).prop_map(|(from, hours)| Window::Between {
            from: Moment::Instant(from),
            to: Moment::Instant(from.plus_micros(hours * HOUR)),
        }),
        1 => time().prop_map(|from| Window::Since(Moment::Instant(from))),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (1..4_u32).prop_map(|days| (days, Unit::Day)),
        (1..9_u32).prop_map(|hours| (hours * 6, Unit::Hour)),
        Just((1, Unit::Second)),
        Just((90, Unit::Minute)),
        Just((1, Unit::Week)),
    ]
    .prop_map(|(count, unit)| Duration { count, unit })
}

fn count() -> impl Strategy<Value = Count> {
    prop_oneof![
        3 => (0..4_u32).prop_map(Count::AtLeast),
        1 => (0..4_u32).prop_map(Count::AtMost),
        1 => (0..4_u32).prop_map(Count::Exactly),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let leaf = (expression(), test(), number_test()).prop_map(|(value, any, number)| {
        let is_property = matches!(value, Expression::Property(_));
        let test = if is_property { any } else { number };
        Filter::Property { value, test }
    });
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        4 => select(&PROPERTIES).prop_map(|path| Expression::Property(path.into())),
        1 => number().prop_map(Expression::Number),
    ];
    leaf.prop_recursive(3, 6, 2, |inner| {
        let sides = || (inner.clone(), inner.clone()).prop_map(|(a, b)| Box::new([a, b]));
        prop_oneof![
            sides().prop_map(Expression::Add),
            sides().prop_map(Expression::Subtract),
            sides().prop_map(Expression::Multiply),
            sides().prop_map(Expression::Divide),
            inner.prop_map(|inner| Expression::Negative(Box::new(inner))),
        ]
    })
}

fn number_test() -> impl Strategy<Value = Test> {
    prop_oneof![
        6 => (select(&Operator::ALL), number()).prop_map(|(operator, number)| Test::Compare {
            operator,
            value: Literal::Number(number),
        }),
        1 => prop::collection::vec(number().prop_map(Literal::Number), 1..3).prop_map(Test::In),
        1 => (number(), number()).prop_map(|(a, b)| Test::Between {
            low: Literal::Number(a.min(b)),
            high: Literal::Number(a.max(b)),
        }),
        1 => Just(Test::Set),
        1 => Just(Test::Unset),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let part = || select(&["", "pro", "o\"\\\u{7}", "2026-01-01"]);
    prop_oneof![
        5 => number_test(),
        1 => part().prop_map(|text| Test::Contains(text.into())),
        1 => part().prop_map(|text| Test::StartsWith(text.into())),
        1 => part().prop_map(|text| Test::EndsWith(text.into())),
        1 => any::<bool>().prop_map(|value| Test::Compare {
            operator: Operator::NotEqual,
            value: Literal::Bool(value),
        }),
        1 => (select(&Operator::ALL), part()).prop_map(|(operator, text)| Test::Compare {
            operator,
            value: Literal::Text(text.into()),
        }),
        1 => (select(&Operator::ALL), time()).prop_map(|(operator, time)| Test::Compare {
            operator,
            value: Literal::Time(time),
        }),
    ]
}

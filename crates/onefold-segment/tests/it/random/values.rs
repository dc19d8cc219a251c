//! Random filters, expressions, tests and quantities.

use onefold_event::Decimal;
use onefold_segment::ast::{
    Aggregate, Expression, Filter, Function, Literal, Operator, Quantity, Test,
};
use proptest::{prelude::*, sample::select};

use super::{PROPERTIES, TRAITS, happenings::selection, number, time};

pub(super) fn filter() -> BoxedStrategy<Filter> {
    let tested = (expression(), test(), number_test()).prop_map(|(value, any, number)| {
        let is_property = matches!(value, Expression::Property(_));
        let test = if is_property { any } else { number };
        Filter::Property { value, test }
    });
    let compared =
        (property(), select(&Operator::ALL), calculated()).prop_map(|(left, operator, right)| {
            Filter::Compare {
                left,
                operator,
                right,
            }
        });
    combined(prop_oneof![4 => tested, 1 => compared].boxed())
}

/// A filter that speaks of the earlier steps of these names.
pub(super) fn correlated(names: Vec<&'static str>) -> BoxedStrategy<Filter> {
    let earlier = || {
        (select(names.clone()), select(&PROPERTIES)).prop_map(|(step, path)| Expression::Earlier {
            step: step.into(),
            path: path.into(),
        })
    };
    let right = prop_oneof![
        3 => earlier(),
        1 => (earlier(), number()).prop_map(|(a, b)| Expression::Add(Box::new([a, Expression::Number(b)]))),
    ];
    let compared =
        (property(), select(&Operator::ALL), right).prop_map(|(left, operator, right)| {
            Filter::Compare {
                left,
                operator,
                right,
            }
        });
    let tested = (property(), earlier(), number_test()).prop_map(|(a, b, test)| Filter::Property {
        value: Expression::Subtract(Box::new([a, b])),
        test,
    });
    let leaf = prop_oneof![4 => compared, 1 => tested].boxed();
    let with_plain = (leaf.clone(), filter()).prop_map(|(together, alone)| match alone {
        Filter::All(mut parts) => {
            parts.push(together);
            Filter::All(parts)
        }
        other => Filter::All(vec![other, together]),
    });
    prop_oneof![3 => leaf.clone(), 1 => combined(leaf), 2 => with_plain].boxed()
}

fn combined(leaf: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    let recursive = leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    });
    recursive.boxed()
}

fn property() -> impl Strategy<Value = Expression> {
    select(&PROPERTIES).prop_map(|path| Expression::Property(path.into()))
}

pub(super) fn expression() -> BoxedStrategy<Expression> {
    let leaf = prop_oneof![
        4 => property(),
        1 => number().prop_map(Expression::Number),
    ];
    let recursive = leaf.prop_recursive(3, 6, 2, |inner| {
        let sides = || (inner.clone(), inner.clone()).prop_map(|(a, b)| Box::new([a, b]));
        prop_oneof![
            sides().prop_map(Expression::Add),
            sides().prop_map(Expression::Subtract),
            sides().prop_map(Expression::Multiply),
            sides().prop_map(Expression::Divide),
            inner.prop_map(|inner| Expression::Negative(Box::new(inner))),
        ]
    });
    recursive.boxed()
}

/// An expression that is not only a number.
fn calculated() -> impl Strategy<Value = Expression> {
    (property(), property(), number(), 0..4).prop_map(|(a, b, number, shape)| match shape {
        0 => a,
        1 => Expression::Multiply(Box::new([a, Expression::Number(number)])),
        2 => Expression::Add(Box::new([a, b])),
        _ => Expression::Divide(Box::new([a, b])),
    })
}

pub(super) fn number_test() -> BoxedStrategy<Test> {
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
    .boxed()
}

pub(super) fn test() -> BoxedStrategy<Test> {
    let part = || select(&["", "pro", "o\"\\\u{7}", "2018-11-04"]);
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
    .boxed()
}

pub(super) fn function() -> impl Strategy<Value = Function> {
    let percent = select(&[0_u8, 10, 25, 50, 90, 99, 100]);
    prop_oneof![
        9 => select(&Function::ALL),
        2 => percent.prop_map(Function::Percentile),
    ]
}

pub(super) fn aggregate() -> BoxedStrategy<Aggregate> {
    (function(), expression(), any::<bool>(), selection())
        .prop_map(|(function, value, bare, selection)| Aggregate {
            function,
            value: (function != Function::Count || !bare).then_some(value),
            selection,
        })
        .boxed()
}

/// Whether a test fits whatever this aggregate gives.
pub(super) fn is_any(aggregate: &Aggregate) -> bool {
    let is_open = matches!(
        aggregate.function,
        Function::First | Function::Last | Function::Min | Function::Max | Function::Mode
    );
    is_open && matches!(aggregate.value, Some(Expression::Property(_)))
}

/// An aggregate or a trait; traits named `computed` are to be given the name of a computed one.
pub(super) fn term() -> BoxedStrategy<Quantity> {
    prop_oneof![
        3 => aggregate().prop_map(Quantity::Aggregate),
        1 => select(&TRAITS).prop_map(|name| Quantity::Trait(name.into())),
        2 => Just(Quantity::Trait("computed".into())),
    ]
    .boxed()
}

/// What joins at least one of these terms with something else.
pub(super) fn calculation(term: BoxedStrategy<Quantity>) -> BoxedStrategy<Quantity> {
    let other = prop_oneof![2 => term.clone(), 1 => number().prop_map(Quantity::Number)];
    let joined = (term.clone(), other, 0..4, any::<bool>()).prop_map(|(a, b, sign, turned)| {
        let sides = Box::new(if turned { [b, a] } else { [a, b] });
        match sign {
            0 => Quantity::Add(sides),
            1 => Quantity::Subtract(sides),
            2 => Quantity::Multiply(sides),
            _ => Quantity::Divide(sides),
        }
    });
    let deeper = (joined.clone(), term).prop_map(|(a, b)| {
        let outer = Box::new([a, Quantity::Negative(Box::new(b))]);
        Quantity::Add(outer)
    });
    prop_oneof![4 => joined, 1 => deeper].boxed()
}

/// From one share to a greater one, in percent.
pub(super) fn shares() -> impl Strategy<Value = (Decimal, Decimal)> {
    (0..1_000_i64, 1..=1_000_i64).prop_map(|(from, to)| {
        let (from, to) = if from < to {
            (from, to)
        } else {
            (to - 1, from + 1)
        };
        (Decimal::new(from, 1), Decimal::new(to, 1))
    })
}

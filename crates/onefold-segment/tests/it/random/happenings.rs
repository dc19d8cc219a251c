//! Random windows, selections and sequences.

use onefold_event::Timestamp;
use onefold_segment::ast::{
    Absence, Count, Counted, Duration, Events, Happening, Moment, Period, Predicate, Selection,
    Sequence, Then, Unit, Window,
};
use proptest::{prelude::*, sample::select};

use super::{
    EVENTS, HOUR, time,
    values::{correlated, expression, filter},
};

pub(super) fn events() -> impl Strategy<Value = Events> {
    prop_oneof![
        6 => select(&EVENTS).prop_map(Events::named),
        1 => Just(Events::one_of([EVENTS[0].into(), EVENTS[1].into()])),
        1 => Just(Events::Any),
    ]
}

pub(super) fn selection() -> BoxedStrategy<Selection> {
    (events(), prop::option::of(filter()), window())
        .prop_map(|(event, filter, window)| Selection {
            event,
            filter,
            window,
        })
        .boxed()
}

/// A selection over all of the past.
fn without_window() -> impl Strategy<Value = Selection> {
    selection().prop_map(|selection| Selection {
        window: Window::Ever,
        ..selection
    })
}

pub(super) fn window() -> BoxedStrategy<Window> {
    prop_oneof![
        2 => Just(Window::Ever),
        4 => duration().prop_map(Window::Last),
        2 => (duration(), duration())
            .prop_filter("one is longer", |(a, b)| a.micros() != b.micros())
            .prop_map(|(a, b)| {
                let (from, to) = if a.micros() > b.micros() { (a, b) } else { (b, a) };
                Window::Ago { from, to }
            }),
        1 => (moment(), 1..100_i64).prop_map(|(from, hours)| Window::Between {
            from,
            to: Moment::Instant(from.utc().plus_micros(hours * HOUR + 24 * HOUR)),
        }),
        1 => (date(), 2..5_i64).prop_map(|(from, days)| Window::Between {
            from: Moment::Date(from),
            to: Moment::Date(from.plus_micros(days * 24 * HOUR)),
        }),
        1 => moment().prop_map(Window::Since),
        2 => select(&Period::ALL).prop_map(Window::This),
        2 => (1..4_u32, select(&Period::ALL)).prop_map(|(count, period)| Window::Whole { count, period }),
    ]
    .boxed()
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        time().prop_map(Moment::Instant),
        date().prop_map(Moment::Date)
    ]
}

/// Midnight UTC of the date of a random time.
fn date() -> impl Strategy<Value = Timestamp> {
    let day = 24 * HOUR;
    time().prop_map(move |time| Timestamp::from_micros(time.as_micros().div_euclid(day) * day))
}

pub(super) fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (1..4_u32).prop_map(|days| (days, Unit::Day)),
        (1..9_u32).prop_map(|hours| (hours * 6, Unit::Hour)),
        Just((1, Unit::Second)),
        Just((90, Unit::Minute)),
        Just((1, Unit::Week)),
    ]
    .prop_map(|(count, unit)| Duration { count, unit })
}

pub(super) fn count() -> impl Strategy<Value = Count> {
    prop_oneof![
        3 => (0..4_u32).prop_map(Count::AtLeast),
        1 => (0..4_u32).prop_map(Count::AtMost),
        1 => (0..4_u32).prop_map(Count::Exactly),
    ]
}

pub(super) fn counted() -> impl Strategy<Value = Counted> {
    prop_oneof![
        3 => Just(Counted::Times),
        2 => Just(Counted::Days),
        1 => expression().prop_map(Counted::Values),
    ]
}

/// Lapsed, stopped, restarted, for the nth time.
pub(super) fn habit() -> BoxedStrategy<Predicate> {
    prop_oneof![
        1 => (without_window(), duration())
            .prop_map(|(selection, quiet)| Predicate::Lapsed { selection, quiet }),
        2 => (without_window(), duration(), 1..3_u32, duration()).prop_map(
            |(selection, quiet, at_least, during)| Predicate::Stopped {
                selection,
                quiet,
                at_least,
                during,
            }
        ),
        2 => (selection(), duration())
            .prop_map(|(selection, quiet)| Predicate::Restarted { selection, quiet }),
        2 => (selection(), 1..5_u32)
            .prop_map(|(selection, number)| Predicate::Nth { selection, number }),
    ]
    .boxed()
}

/// The names of the first two steps; only those are spoken of by later ones.
const STEPS: [&str; 2] = ["a", "the second"];

fn happening(place: usize) -> BoxedStrategy<Happening> {
    let known = STEPS[..place.min(2)].to_vec();
    let filter = if known.is_empty() {
        prop::option::weighted(0.3, filter()).boxed()
    } else {
        prop_oneof![
            4 => Just(None),
            1 => filter().prop_map(Some),
            2 => correlated(known).prop_map(Some),
        ]
        .boxed()
    };
    (events(), filter)
        .prop_map(|(event, filter)| Happening {
            event,
            name: None,
            filter,
        })
        .boxed()
}

fn then(place: usize) -> impl Strategy<Value = Then> {
    let link = prop_oneof![
        4 => Just((false, None)),
        1 => Just((true, None)),
        2 => happening(place).prop_map(|without| (false, Some(without))),
    ];
    let within = prop::option::weighted(0.4, duration());
    (link, within, happening(place)).prop_map(|((directly, without), within, step)| Then {
        directly,
        within,
        without,
        step,
    })
}

pub(super) fn sequence() -> BoxedStrategy<Sequence> {
    (0..4_usize)
        .prop_flat_map(|more| {
            let then: Vec<_> = (1..=more).map(|place| then(place).boxed()).collect();
            let absence = (happening(more + 1), duration())
                .prop_map(|(step, within)| Absence { step, within });
            (
                happening(0),
                then,
                (absence, 0..10),
                (duration(), 0..10),
                window(),
            )
        })
        .prop_map(|(mut first, mut then, absence, within, window)| {
            let is_single = then.is_empty();
            let then_no = (is_single || absence.1 < 3).then_some(absence.0);
            let within = (!is_single && within.1 < 3).then_some(within.0);
            first.name = Some(STEPS[0].into());
            if let Some(second) = then.first_mut() {
                second.step.name = Some(STEPS[1].into());
            }
            unnamed_unless_spoken_of(Sequence {
                first,
                then,
                then_no,
                within,
                window,
            })
        })
        .boxed()
}

fn unnamed_unless_spoken_of(mut sequence: Sequence) -> Sequence {
    let text = format!("{sequence:?}");
    let is_spoken_of = |name: &str| text.contains(&format!("Earlier {{ step: {name:?}"));
    if !is_spoken_of(STEPS[0]) {
        sequence.first.name = None;
    }
    if let Some(second) = sequence.then.first_mut()
        && !is_spoken_of(STEPS[1])
    {
        second.step.name = None;
    }
    sequence
}

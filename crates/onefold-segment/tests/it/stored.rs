//! Stored forms: what is written comes back, damaged bytes are an error.

use std::sync::Arc;

use expect_test::expect;
use onefold_event::{AnchorId, ErrorKind, PersonIndex, Timestamp, Value};
use onefold_segment::{Cause, Library, Live, Plan};
use proptest::prelude::*;

use crate::{
    agreement::dump,
    random::{Everybody, Happened, MIDDLE, definitions_of_one, everybody},
};

fn sample() -> Live {
    let library = Library::parse(
        r#"
        segment buyer = did order in last 30 d
        segment spender = sum(price * quantity of order) >= 10
        segment red = last(colour of order) = "red"
        "#,
    );
    let mut live = Live::new(Plan::compile(library.unwrap()).unwrap()).unwrap();
    let now: Timestamp = "2026-02-01".parse().unwrap();
    for position in 1..=300_u32 {
        let order = Happened {
            name: "order",
            time: now.plus_micros(i64::from(position * 7919 % 500) * -3_600_000_000),
            position: position.into(),
            properties: vec![
                ("price", Value::Number("0.10".parse().unwrap())),
                (
                    "quantity",
                    if position % 100 == 0 {
                        "two".into()
                    } else {
                        2.into()
                    },
                ),
                (
                    "colour",
                    if position % 2 == 0 {
                        "red".into()
                    } else {
                        true.into()
                    },
                ),
            ],
        };
        let anchor = AnchorId(if position < 290 { 1 } else { 4 });
        live.observe(anchor, &order);
        live.refresh(
            PersonIndex(anchor.0),
            &[anchor],
            &(),
            now,
            Cause::Event,
            &mut Vec::new(),
        );
    }
    live
}

#[test]
fn state_comes_back() {
    let live = sample();
    let decoded = Live::decode(&live.encode(), Arc::clone(live.plan())).unwrap();
    assert_eq!(dump(&decoded), dump(&live));
    assert_eq!(decoded.encode(), live.encode());
    assert_eq!(decoded.memory_bytes(), live.memory_bytes());
    assert_eq!(decoded.members_count("buyer"), 2);
}

/// The smallest state with one of everything.
fn small() -> Live {
    let library = Library::parse("segment a = sum(price of order in last 1 d) > 1");
    let mut live = Live::new(Plan::compile(library.unwrap()).unwrap()).unwrap();
    let now: Timestamp = "2026-02-01".parse().unwrap();
    let order = Happened {
        name: "order",
        time: now.plus_micros(-1_000_000),
        position: 7,
        properties: vec![("price", Value::Number("-12.50".parse().unwrap()))],
    };
    live.observe(AnchorId(1), &order);
    let refund = Happened {
        position: 9,
        properties: vec![("price", 20.into())],
        ..order
    };
    live.observe(AnchorId(1), &refund);
    live.refresh(
        PersonIndex(1),
        &[AnchorId(1)],
        &(),
        now,
        Cause::Event,
        &mut Vec::new(),
    );
    live
}

#[test]
fn dump_is_sorted_and_named() {
    expect![[r#"
        kept a1 | count(price of order) | 2026-01-31T23:59:59Z | 00000000000000000007 | -12.50
        kept a1 | count(price of order) | 2026-01-31T23:59:59Z | 00000000000000000009 | 20
        member a | p1
        timer p1 | 2026-02-01T23:59:59.000001Z
    "#]]
    .assert_eq(&dump(&small()));
    let text = dump(&sample());
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(text, lines.join("\n") + "\n");
}

/// The bytes that version 1 writes; they decode, as the other tests show for any state.
#[test]
fn version_1_is_these_bytes() {
    let hex: String = small()
        .encode()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    expect!["01cb31473ed80b09a6020001000280f7acb2fceda4060e038202e204000403000114020000000000000000010000000000000002ffffffffffffff7fc1fdfc00cc490600"].assert_eq(&hex);
}

#[test]
fn another_plan_is_refused() {
    let other = Plan::compile(Library::parse("segment a = plan is set").unwrap()).unwrap();
    let refused = Live::decode(&sample().encode(), other).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[test]
fn every_cut_is_an_error() {
    let live = sample();
    let bytes = live.encode();
    for length in 0..bytes.len() {
        let cut = Live::decode(&bytes[..length], Arc::clone(live.plan()));
        assert_eq!(cut.unwrap_err().kind(), ErrorKind::Corrupt);
    }
}

/// Everybody observed and refreshed under a plan, each person under one identifier.
fn observed(plan: &Arc<Plan>, everybody: &Everybody) -> Live {
    let mut live = Live::new(Arc::clone(plan)).unwrap();
    for (anchor, person) in (0..).map(AnchorId).zip(&everybody.people) {
        for happened in &person.past {
            live.observe(anchor, happened);
        }
    }
    refreshed(live, everybody)
}

fn refreshed(mut live: Live, everybody: &Everybody) -> Live {
    let now = Timestamp::from_micros(MIDDLE);
    for (number, person) in (0..).zip(&everybody.people) {
        let (person, anchors, known) = (PersonIndex(number), [AnchorId(number)], &person.known);
        live.refresh(
            person,
            &anchors,
            known,
            now,
            Cause::Definition,
            &mut Vec::new(),
        );
    }
    live
}

proptest! {
    #[test]
    fn another_plan_finds_what_observing_again_would_keep(
        definitions in definitions_of_one(),
        everybody in everybody(),
        segment in any::<prop::sample::Index>(),
    ) {
        let plan = Plan::compile(Library::new(definitions).unwrap()).unwrap();
        let names: Vec<&str> = plan.segments().collect();
        prop_assume!(!names.is_empty());
        let part = plan.only(&[*segment.get(&names[..])]).unwrap();
        let (whole, few) = (observed(&plan, &everybody), observed(&part, &everybody));
        let found = whole.under(&part).unwrap().expect("the whole keeps what a part needs");
        prop_assert_eq!(refreshed(found, &everybody).encode(), few.encode());
        if let Some(found) = few.under(&plan).unwrap() {
            prop_assert_eq!(refreshed(found, &everybody).encode(), whole.encode());
        }
    }

    #[test]
    fn damage_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let live = sample();
        let mut bytes = live.encode();
        for (at, byte) in changes {
            // The version and the fingerprint stay, so that the rest is read at all.
            let at = 9 + at.index(bytes.len() - 9);
            bytes[at] = byte;
        }
        if let Ok(decoded) = Live::decode(&bytes, Arc::clone(live.plan())) {
            prop_assert_eq!(Live::decode(&decoded.encode(), Arc::clone(live.plan())).unwrap().encode(), decoded.encode());
        }
    }
}

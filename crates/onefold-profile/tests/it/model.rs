//! The golden record against an obvious model, in any order of arrival.

use std::{cmp::Reverse, collections::BTreeMap};

use onefold_event::{AnchorId, Position, SourceName, Timestamp, Value};
use onefold_profile::{Observation, Profiles, Rule, Rules};
use proptest::prelude::*;

use crate::{day, source, value};

#[derive(Debug, Clone)]
struct Seen {
    anchor: u32,
    name: &'static str,
    value: Value,
    source: &'static str,
    time: Timestamp,
    position: u64,
}

const SOURCES: [&str; 3] = ["crm", "shop", "web"];

fn rules() -> Rules {
    Rules::standard()
        .trait_rule(
            "b",
            Rule::SourcePriority(vec![source("web"), source("shop")]),
        )
        .trait_rule("c", Rule::MostFrequent)
        .trait_rule("d", Rule::First)
        .prefer_sources([source("shop")])
}

/// The winner as the documentation of the crate tells it.
fn model(seen: &[Seen], anchors: &[u32], name: &str, as_of: Timestamp) -> Option<Value> {
    let heard = seen
        .iter()
        .filter(|s| anchors.contains(&s.anchor) && s.name == name);
    let heard: Vec<&Seen> = heard
        .filter(|s| s.time <= as_of && !s.value.is_empty())
        .collect();
    let place = |list: &[&str], s: &Seen| {
        list.iter()
            .position(|x| *x == s.source)
            .unwrap_or(list.len())
    };
    let times = |s: &Seen| heard.iter().filter(|other| other.value == s.value).count();
    // Smaller keys are better; of one value the newest, then preferred, observation stands for all.
    let key = |s: &&&Seen| match name {
        "a" => (0, Reverse(s.time), place(&["shop"], s)),
        "b" => (
            place(&["web", "shop"], s),
            Reverse(s.time),
            place(&["shop"], s),
        ),
        "c" => (usize::MAX - times(s), Reverse(s.time), place(&["shop"], s)),
        _ => {
            let since = s.time.micros_since(day(0)) as usize;
            (since, Reverse(s.time), place(&["shop"], s))
        }
    };
    let best = heard.iter().map(|s| key(&s)).min()?;
    let tied = heard
        .iter()
        .filter(|s| key(s) == best)
        .map(|s| s.value.clone());
    // `1.5` and `1.50` are one value; of its forms the shorter one is shown.
    tied.min_by(|a, b| {
        a.total_cmp(b)
            .then(a.to_json().len().cmp(&b.to_json().len()))
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c"), Just("d")];
    let text = prop_oneof![
        Just("x"),
        Just("y"),
        Just("null"),
        Just("_"),
        Just("1.5"),
        Just("1.50"),
        Just("-2"),
        Just("true"),
        Just("[1]"),
    ];
    (0_u32..3, name, text, 0_usize..3, 0_i64..6).prop_map(|(anchor, name, text, from, time)| Seen {
        anchor,
        name,
        value: value(text),
        source: SOURCES[from],
        time: day(time),
        position: 0,
    })
}

fn histories(max: usize) -> impl Strategy<Value = (Vec<Seen>, Vec<Seen>)> {
    let numbered = proptest::collection::vec(seen(), 0..max).prop_map(|mut history| {
        for (index, seen) in history.iter_mut().enumerate() {
            seen.position = index as u64 + 1;
        }
        history
    });
    numbered.prop_flat_map(|history| (Just(history.clone()), Just(history).prop_shuffle()))
}

/// The store of a history; the shuffled one gets new positions, as another order of arrival would.
fn build(history: &[Seen], renumber: bool) -> Profiles {
    let sources: BTreeMap<&str, SourceName> = SOURCES.map(|name| (name, source(name))).into();
    let mut profiles = Profiles::new(rules());
    for (index, seen) in history.iter().enumerate() {
        let position = if renumber {
            index as u64 + 1
        } else {
            seen.position
        };
        let observation = Observation {
            name: seen.name,
            value: seen.value.clone(),
            source: &sources[seen.source],
            time: seen.time,
            position: Position(position),
        };
        profiles.observe(AnchorId(seen.anchor), observation);
    }
    profiles
}

fn shown(value: Option<&Value>) -> Option<String> {
    value.map(Value::to_json)
}

fn agree(history: &[Seen], shuffled: &[Seen], as_of: Timestamp) -> Result<(), TestCaseError> {
    let (profiles, other) = (build(history, false), build(shuffled, true));
    let read = Profiles::decode(&profiles.encode(), rules()).unwrap();
    for anchors in [&[0][..], &[1], &[2, 0], &[0, 1, 2]] {
        let ids: Vec<AnchorId> = anchors.iter().copied().map(AnchorId).collect();
        let golden = profiles.golden(&ids, as_of);
        for name in ["a", "b", "c", "d"] {
            let expected = shown(model(history, anchors, name, as_of).as_ref());
            for profiles in [&profiles, &other, &read] {
                let value = profiles.trait_value(&ids, name, as_of);
                prop_assert_eq!(
                    &shown(value.as_ref()),
                    &expected,
                    "{} of {:?}",
                    name,
                    anchors
                );
            }
            prop_assert_eq!(&shown(golden.get(name)), &expected);
            let explained = profiles.explain(&ids, name, as_of);
            let winner = explained.as_ref().and_then(|e| e.winner.as_ref());
            prop_assert_eq!(&shown(winner.map(|winner| &winner.value)), &expected);
            let heard = history
                .iter()
                .filter(|s| s.name == name && s.time <= as_of && anchors.contains(&s.anchor));
            let told = explained.map_or(0, |e| e.losers.len() + usize::from(e.winner.is_some()));
            prop_assert_eq!(told, heard.count());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_few_observations_in_any_order((history, shuffled) in histories(14), now in 0_i64..7) {
        agree(&history, &shuffled, day(now))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// So many that the anchors are sorted.
    #[test]
    fn many_observations_in_any_order((history, shuffled) in histories(400), now in 0_i64..7) {
        agree(&history, &shuffled, day(now))?;
    }
}

/// Ten thousand observations of one person, each with a question: far from quadratic.
#[test]
fn a_person_with_ten_thousand_observations() {
    let mut profiles = Profiles::new(rules());
    let web = source("web");
    for number in 0..10_000_i64 {
        let observation = Observation {
            name: if number % 2 == 0 { "a" } else { "d" },
            value: number.into(),
            source: &web,
            time: day(0).plus_micros(number),
            position: Position(number as u64),
        };
        profiles.observe(AnchorId(5), observation);
        let now = day(0).plus_micros(number);
        let newest = profiles.trait_value(&[AnchorId(5)], "a", now);
        assert_eq!(newest, Some((number - number % 2).into()));
    }
    let at = |micros| profiles.trait_value(&[AnchorId(5)], "d", day(0).plus_micros(micros));
    assert_eq!(at(9_999), Some(1_i64.into()));
    assert_eq!(at(0), None);
    assert_eq!(profiles.observations(&[AnchorId(5)]).count(), 10_000);
}

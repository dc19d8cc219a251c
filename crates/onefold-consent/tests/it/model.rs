//! The decision against an obvious model, in any order of arrival.

use onefold_consent::{Action, Ledger};
use onefold_event::{AnchorId, CollectionBasis, Position, Timestamp};
use proptest::prelude::*;

use crate::{answer, day, entry, source};

/// An entry as the model sees it.
#[derive(Debug, Clone)]
struct Said {
    line: String,
    anchor: u32,
    purpose: String,
    channel: Option<String>,
    action: Action,
    time: Timestamp,
    expires: Option<Timestamp>,
    supported: bool,
    position: u64,
}

/// How strict an answer is; 0 is a yes.
fn strictness(said: &Said, now: Timestamp) -> u8 {
    match said.action {
        Action::Grant if said.expires.is_none_or(|expires| now < expires) => 0,
        Action::Grant => 1,
        Action::Refuse => 2,
        Action::Withdraw => 3,
        _ => 4,
    }
}

/// Whether an entry says anything about this use; a no to one channel is heard where none is named.
fn covers(said: &Said, purpose: &str, channel: Option<&str>, now: Timestamp) -> bool {
    let channels = match (&said.channel, channel) {
        (Some(said), Some(asked)) => said == asked,
        (Some(_), None) => said.action != Action::Grant,
        (None, _) => true,
    };
    said.time <= now && channels && (said.purpose == purpose || said.purpose == "all")
}

/// The answer as the documentation of the crate tells it, in the words of `answer`.
fn model(
    said: &[Said],
    anchors: &[u32],
    purpose: &str,
    channel: Option<&str>,
    now: Timestamp,
) -> String {
    let heard: Vec<&Said> = said
        .iter()
        .filter(|s| covers(s, purpose, channel, now))
        .filter(|s| anchors.contains(&s.anchor))
        .collect();
    let (nothing, counting): (Vec<&Said>, Vec<&Said>) = (heard.iter())
        .partition(|s| s.action == Action::Grant && (s.purpose == "all" || !s.supported));
    let mut answers: Vec<(u8, &Said)> = Vec::new();
    for anchor in anchors {
        let own: Vec<&&Said> = counting.iter().filter(|s| s.anchor == *anchor).collect();
        let key = |s: &Said| (s.time, strictness(s, now));
        if let Some(latest) = own.iter().map(|s| key(s)).max() {
            let deciding = own.iter().filter(|s| key(s) == latest);
            answers.extend(deciding.map(|s| (latest.1, **s)));
        }
    }
    let numbers = |said: &mut dyn Iterator<Item = &Said>| {
        let mut numbers: Vec<u64> = said.map(|s| s.position).collect();
        numbers.sort();
        format!("{numbers:?}")
    };
    let Some(strictest) = answers.iter().map(|(strict, _)| *strict).max() else {
        let specific: Vec<&Said> = nothing
            .iter()
            .filter(|s| s.purpose != "all")
            .copied()
            .collect();
        return match (specific.is_empty(), nothing.is_empty()) {
            (false, _) => format!("evidence_missing by {}", numbers(&mut specific.into_iter())),
            (true, false) => format!(
                "purpose_not_specific by {}",
                numbers(&mut nothing.into_iter())
            ),
            (true, true) => "unknown by []".into(),
        };
    };
    let deciding: Vec<&Said> = answers
        .iter()
        .filter(|(strict, _)| *strict == strictest)
        .map(|(_, s)| *s)
        .collect();
    let by = numbers(&mut deciding.iter().copied());
    let ends = deciding
        .iter()
        .filter_map(|s| s.expires)
        .min()
        .unwrap_or(Timestamp::MAX);
    match strictest {
        0 => format!(
            "allowed by {by} until {}",
            ends.min(now.plus_micros(86_400_000_000))
        ),
        1 => format!("expired by {by}"),
        2 => format!("refused by {by}"),
        3 => format!("withdrawn by {by}"),
        _ => format!("objected by {by}"),
    }
}

fn said() -> impl Strategy<Value = Said> {
    let action = prop_oneof![
        4 => Just(Action::Grant),
        1 => Just(Action::Refuse),
        2 => Just(Action::Withdraw),
        1 => Just(Action::Object),
    ];
    let purpose =
        prop_oneof![5 => Just("news"), 2 => Just("ads"), 1 => Just("all"), 1 => Just("collection")];
    let channel = prop_oneof![2 => Just(None), 2 => Just(Some("email")), 1 => Just(Some("phone"))];
    let expires = prop_oneof![3 => Just(None), 1 => (0_i64..9).prop_map(Some)];
    let evidence = prop_oneof![6 => Just(true), 1 => Just(false)];
    (
        0_u32..3,
        0_i64..6,
        action,
        purpose,
        channel,
        expires,
        evidence,
    )
        .prop_map(
            |(anchor, time, action, purpose, channel, expires, supported)| {
                let mut line = format!("{anchor} {time} {action} {purpose}");
                line += &channel
                    .map(|channel| format!(" by {channel}"))
                    .unwrap_or_default();
                line += &expires
                    .map(|day| format!(" until {day}"))
                    .unwrap_or_default();
                line += if supported { "" } else { " bare" };
                Said {
                    line,
                    anchor,
                    purpose: purpose.into(),
                    channel: channel.map(Into::into),
                    action,
                    time: day(time),
                    expires: expires.map(day),
                    supported,
                    position: 0,
                }
            },
        )
}

/// Entries with their positions, and the same entries in another order of arrival.
fn histories() -> impl Strategy<Value = (Vec<Said>, Vec<Said>)> {
    let numbered = proptest::collection::vec(said(), 0..12).prop_map(|mut history| {
        for (index, said) in history.iter_mut().enumerate() {
            said.position = index as u64 + 1;
        }
        history
    });
    numbered.prop_flat_map(|history| (Just(history.clone()), Just(history).prop_shuffle()))
}

fn build(history: &[Said]) -> Ledger {
    let mut ledger = Ledger::new();
    for said in history {
        let (anchor, entry) = entry(&said.line);
        ledger.append(anchor, &entry, &source(), Position(said.position));
    }
    ledger
}

proptest! {
    #[test]
    fn the_decision_is_the_models_in_any_order((history, shuffled) in histories(), now in 0_i64..9) {
        let (ledger, other) = (build(&history), build(&shuffled));
        for anchors in [&[0][..], &[1], &[0, 1], &[2, 0, 1]] {
            for (purpose, channel) in [
                ("news", Some("email")), ("news", Some("phone")), ("news", Some("post")), ("news", None),
                ("ads", Some("email")), ("collection", None), ("other", Some("email")),
            ] {
                let question = channel.map_or(purpose.into(), |channel| format!("{purpose}/{channel}"));
                let expected = model(&history, anchors, purpose, channel, day(now));
                prop_assert_eq!(&answer(&ledger, anchors, &question, day(now)), &expected, "{} {:?}", question, anchors);
                prop_assert_eq!(&answer(&other, anchors, &question, day(now)), &expected);
            }
        }
    }

    /// A merge never allows what one side with an opinion denied.
    #[test]
    fn a_merge_takes_the_stricter_answer((history, _) in histories(), now in 0_i64..9) {
        let ledger = build(&history);
        let alone = |anchor| answer(&ledger, &[anchor], "news/email", day(now));
        let merged = answer(&ledger, &[0, 1], "news/email", day(now));
        let silent = ["unknown", "evidence_missing", "purpose_not_specific"];
        let opinions: Vec<String> = [alone(0), alone(1)].into_iter()
            .filter(|answer| !silent.iter().any(|word| answer.starts_with(word))).collect();
        let all_allow = !opinions.is_empty() && opinions.iter().all(|answer| answer.starts_with("allowed"));
        prop_assert_eq!(merged.starts_with("allowed"), all_allow);
    }

    /// Collection on consent is the decision for the purpose `collection`; on a contract it is wider.
    #[test]
    fn collection_agrees_with_the_decision((history, _) in histories(), now in 0_i64..9) {
        let ledger = build(&history);
        let anchors = [AnchorId(0), AnchorId(1)];
        let decided = answer(&ledger, &[0, 1], "collection", day(now)).starts_with("allowed");
        let may = |basis| ledger.may_collect(&anchors, basis, day(now)).is_ok();
        prop_assert_eq!(may(CollectionBasis::Consent), decided);
        prop_assert!(may(CollectionBasis::LegalObligation));
        prop_assert_eq!(may(CollectionBasis::Contract), may(CollectionBasis::LegitimateInterest));
        prop_assert!(!decided || may(CollectionBasis::Contract));
    }
}

//! The stored form: whole round trips, and any damage.

use expect_test::expect;
use onefold_event::{ErrorKind, Position};
use onefold_identity::{Identities, Rules};
use proptest::prelude::*;

use crate::{
    model::{SEED, any_seen, dump, observe_all, tight_rules, windowed_rules},
    operations::{any_operations, apply_all},
};

proptest! {
    #[test]
    fn a_decoded_state_has_the_same_past_and_future(seen in any_seen(), at in 0..60_usize) {
        for rules in [Rules::unlimited(), tight_rules(), windowed_rules()] {
            let (before, after) = seen.split_at(at.min(seen.len()));
            let state = observe_all(&rules, before);
            let bytes = state.encode();
            let mut decoded = Identities::decode(&bytes, rules.clone(), SEED).unwrap();
            prop_assert_eq!(dump(&decoded), dump(&state));
            prop_assert_eq!(decoded.encode(), bytes);
            // Merges leave holes that a decoded state does not have; a run has a head.
            prop_assert!(decoded.memory_bytes() <= state.memory_bytes() + 256);
            for one in after {
                let _ = decoded.observe(&one.sighting());
            }
            let whole = observe_all(&rules, &seen);
            prop_assert_eq!(dump(&decoded), dump(&whole));
            prop_assert_eq!(decoded.encode(), whole.encode());
        }
    }

    #[test]
    fn a_decoded_state_takes_back_the_same(operations in any_operations(), at in 0..50_usize) {
        for rules in [Rules::unlimited(), tight_rules(), windowed_rules()] {
            let state = apply_all(&rules, &operations[..at.min(operations.len())]);
            let bytes = state.encode();
            let mut decoded = Identities::decode(&bytes, rules.clone(), SEED).unwrap();
            prop_assert_eq!(dump(&decoded), dump(&state));
            prop_assert_eq!(decoded.encode(), bytes);
            for (operation, number) in operations.iter().zip(1..).skip(at) {
                let _ = operation.apply(&mut decoded, Position(number));
            }
            let whole = apply_all(&rules, &operations);
            prop_assert_eq!(dump(&decoded), dump(&whole));
            prop_assert_eq!(decoded.encode(), whole.encode());
        }
    }

    #[test]
    fn any_damage_is_an_error_or_another_state(
        operations in any_operations(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in any::<prop::sample::Index>(),
        windows: bool,
    ) {
        let rules = if windows { windowed_rules() } else { tight_rules() };
        let mut bytes = apply_all(&rules, &operations).encode();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_everything(&bytes, &rules);
        bytes.truncate(cut.index(bytes.len()));
        read_everything(&bytes, &rules);
    }

    #[test]
    fn any_bytes_after_a_good_head(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = observe_all(&tight_rules(), &[]).encode();
        bytes.truncate(17);
        bytes.extend(tail);
        read_everything(&bytes, &tight_rules());
    }

    #[test]
    fn a_cut_state_is_damaged(seen in any_seen(), cut in any::<prop::sample::Index>()) {
        let mut bytes = observe_all(&tight_rules(), &seen).encode();
        bytes.truncate(cut.index(bytes.len()));
        let error = Identities::decode(&bytes, tight_rules(), SEED).unwrap_err();
        prop_assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}

/// Whatever decodes can be read and changed without a panic.
fn read_everything(bytes: &[u8], rules: &Rules) {
    let Ok(mut state) = Identities::decode(bytes, rules.clone(), SEED) else {
        return;
    };
    let text = dump(&state);
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("identifier"))
            .count(),
        state
            .people()
            .map(|person| state.anchors(person).len())
            .sum::<usize>()
    );
    let _ = (
        state.merges().count(),
        state.refusals().count(),
        state.encode(),
    );
    let all: Vec<_> = state
        .people()
        .flat_map(|it| state.anchors(it).to_vec())
        .collect();
    let all: Vec<_> = all
        .iter()
        .filter_map(|it| state.identifier(*it).cloned())
        .collect();
    for pair in all.windows(2) {
        let _ = state.why(&pair[0], &pair[1]);
        let _ = state.observe(&onefold_identity::Sighting {
            identifiers: pair,
            source: &crate::model::source("web"),
            position: onefold_event::Position(1),
            time: onefold_event::Timestamp::from_micros(0),
        });
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let state = observe_all(&tight_rules(), &[]);
    let mut bytes = state.encode();
    let error = |bytes: &[u8], rules, seed| {
        let error = Identities::decode(bytes, rules, seed).unwrap_err();
        format!("{:?}: {error}", error.kind())
    };
    expect!["InvalidInput: the identity state is of other rules: fold the log again"]
        .assert_eq(&error(&bytes, Rules::standard(), SEED));
    expect!["InvalidInput: the identity state is of another store: fold the log again"]
        .assert_eq(&error(&bytes, tight_rules(), 7));
    expect!["Corrupt: the identity state is damaged at byte 0: it ends too early"]
        .assert_eq(&error(&[], tight_rules(), SEED));
    bytes[0] = 4;
    expect!["NewerFormat: the identity state has version 4, and this build reads up to 3"]
        .assert_eq(&error(&bytes, tight_rules(), SEED));
}

/// The first version kept held pairs that depended on the order of the log, so its states are told apart and not
/// read: the log has all that is needed to make them anew.
#[test]
fn a_state_of_0_1_is_folded_again() {
    let bytes = include_bytes!("../data/identities-0.1.bin");
    let error = Identities::decode(bytes, Rules::standard(), SEED).unwrap_err();
    expect!["InvalidInput: the identity state has version 1, whose held pairs depend on the order of the log: fold the log again"]
        .assert_eq(&format!("{:?}: {error}", error.kind()));
    let again = crate::story::observe(crate::story::FIXTURE);
    assert_eq!(dump(&again), include_str!("../data/identities-0.1.txt"));
}

/// A state that an earlier version wrote; it must stay readable for ever. Its sightings had a link, a held pair, a
/// merge, a blocked value, and a person with many identifiers.
#[test]
fn reads_the_state_written_by_0_2() {
    let bytes = include_bytes!("../data/identities-0.2.bin");
    let state = Identities::decode(bytes, Rules::standard(), SEED).unwrap();
    assert_eq!(dump(&state), include_str!("../data/identities-0.2.txt"));
    let again = crate::story::observe(crate::story::FIXTURE);
    assert_eq!(dump(&again), dump(&state));
}

/// The state that this version writes, with a probable link besides.
#[test]
fn reads_the_state_written_by_0_3() {
    let bytes = include_bytes!("../data/identities-0.3.bin");
    let state = Identities::decode(bytes, Rules::standard(), SEED).unwrap();
    assert_eq!(dump(&state), include_str!("../data/identities-0.3.txt"));
    let again = crate::story::fixture();
    assert_eq!(dump(&again), dump(&state));
    assert_eq!(again.encode(), bytes);
}

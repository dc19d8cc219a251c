//! Memberships: who belongs where, and when.

use std::cmp::Reverse;

use onefold_event::{AnchorId, Identifier, IdentifierKind, Membership, Position, Timestamp};
use onefold_profile::{Profiles, RecordedMembership, Rules};
use proptest::prelude::*;

use crate::{day, source};

/// One statement a line: `said organisation role from to`, `-` for what is not known.
fn membership(line: &str) -> (i64, Membership) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let instant = |word: &str| (word != "-").then(|| day(word.parse().unwrap()));
    let kind = IdentifierKind::new("domain").unwrap();
    let mut membership = Membership::new(Identifier::generic(kind, words[1]).unwrap());
    membership.role = Some(words[2]).filter(|role| *role != "-").map(Into::into);
    membership.from = instant(words[3]);
    membership.to = instant(words[4]);
    (words[0].parse().unwrap(), membership)
}

fn profiles<'a>(lines: impl Iterator<Item = &'a str>) -> Profiles {
    let mut profiles = Profiles::new(Rules::standard());
    for (index, line) in lines.filter(|line| !line.trim().is_empty()).enumerate() {
        let (said, membership) = membership(line);
        let position = Position(index as u64 + 1);
        profiles.observe_membership(
            AnchorId(4),
            &membership,
            &source("crm"),
            position,
            day(said),
        );
    }
    profiles
}

/// `organisation role`, in order.
fn at(profiles: &Profiles, now: i64) -> String {
    let held = profiles.memberships(&[AnchorId(4)], day(now));
    let words = held.iter().map(|m| {
        let role = m.membership.role.as_deref().unwrap_or("-");
        format!("{} {role}", m.membership.organisation.value())
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_person_changes_employer() {
    let profiles = profiles(
        [
            "1 acme buyer 0 20",
            "1 bolt head 20 -",
            "30 bolt chief 20 -",
        ]
        .into_iter(),
    );
    assert_eq!(at(&profiles, 0), "");
    assert_eq!(at(&profiles, 1), "acme buyer");
    assert_eq!(at(&profiles, 19), "acme buyer");
    assert_eq!(at(&profiles, 20), "bolt head");
    assert_eq!(at(&profiles, 30), "bolt chief");
    assert_eq!(profiles.membership_history(&[AnchorId(4)]).len(), 3);
}

#[test]
fn an_end_without_a_beginning_ends_what_was_stated_before() {
    let profiles = profiles(
        [
            "1 acme buyer 0 -",
            "1 acme guest 40 -",
            "5 acme - - 10",
            "12 acme buyer 15 -",
        ]
        .into_iter(),
    );
    assert_eq!(at(&profiles, 9), "acme buyer");
    assert_eq!(at(&profiles, 10), "");
    assert_eq!(at(&profiles, 15), "acme buyer");
    assert_eq!(at(&profiles, 40), "acme buyer, acme guest");
}

#[test]
fn a_group_call_that_repeats_a_standing_membership_states_nothing_new() {
    let profiles = profiles(
        [
            "1 acme buyer 0 -",
            "2 acme - 2 -",
            "3 bolt - 3 -",
            "4 bolt - 4 -",
            "5 bolt - 5 -",
            "6 bolt - - 5",
        ]
        .into_iter(),
    );
    let held = |now| profiles.memberships(&[AnchorId(4)], day(now));
    let began = |now| {
        let held = held(now).into_iter();
        held.map(|held| held.membership.from).collect::<Vec<_>>()
    };
    assert_eq!(at(&profiles, 5), "acme buyer, bolt -");
    assert_eq!(began(5), [Some(day(0)), Some(day(3))]);
    // Who left on the fifth and was there again on that day came anew.
    assert_eq!(began(6), [Some(day(0)), Some(day(5))]);
}

#[test]
fn memberships_are_stored_and_dumped() {
    let profiles = profiles(["1 acme buyer 0 20", "2 bolt - - -"].into_iter());
    let dump = |profiles: &Profiles| {
        let mut text = String::new();
        profiles
            .dump(&|anchor| format!("person {anchor}"), &mut text)
            .unwrap();
        text
    };
    expect_test::expect![[r#"
        membership person 4 "domain:acme" Some("buyer") 2026-01-01T00:00:00Z to 2026-01-21T00:00:00Z said 2026-01-02T00:00:00Z from "crm" at 1
        membership person 4 "domain:bolt" None open to open said 2026-01-03T00:00:00Z from "crm" at 2
    "#]]
    .assert_eq(&dump(&profiles));
    let read = Profiles::decode(&profiles.encode(), Rules::standard()).unwrap();
    assert_eq!(dump(&read), dump(&profiles));
}

fn line() -> impl Strategy<Value = String> {
    let instant = || {
        prop_oneof![
            Just("-".to_owned()),
            (0_i64..6).prop_map(|day| day.to_string())
        ]
    };
    let organisation = prop_oneof![Just("acme"), Just("bolt")];
    let role = prop_oneof![Just("-"), Just("buyer"), Just("head")];
    (0_i64..6, organisation, role, instant(), instant()).prop_map(
        |(said, organisation, role, from, to)| format!("{said} {organisation} {role} {from} {to}"),
    )
}

/// By the words of the documentation, each statement against all others.
fn slowly(profiles: &Profiles, now: i64) -> Vec<RecordedMembership> {
    let mut all = profiles.membership_history(&[AnchorId(4)]);
    all.retain(|statement| statement.time <= day(now));
    let place = |s: &RecordedMembership| (s.membership.organisation.clone(), s.membership.from);
    let replaces = |a: &RecordedMembership, b: &RecordedMembership| {
        let rank = |s: &RecordedMembership| {
            let end = s.membership.to.unwrap_or(Timestamp::MAX);
            (Reverse(s.time), end, s.membership.role.clone(), s.position)
        };
        place(a) == place(b) && rank(a) < rank(b)
    };
    let latest = |s: &RecordedMembership| !all.iter().any(|other| replaces(other, s));
    let latest: Vec<_> = all.iter().filter(|s| latest(s)).cloned().collect();
    let ends = |a: &RecordedMembership, b: &RecordedMembership| {
        let same = a.membership.organisation == b.membership.organisation;
        let (None, Some(end)) = (a.membership.from, a.membership.to) else {
            return false;
        };
        same && b.membership.from.is_some_and(|began| began < end) && b.time <= a.time
    };
    let mut held = latest.clone();
    held.retain(|s| {
        let is_over = |end: &RecordedMembership| end.membership.to.is_some_and(|to| to <= day(now));
        let ended = latest.iter().any(|end| ends(end, s) && is_over(end));
        !ended && !latest.iter().any(|other| ends(s, other)) && s.membership.holds_at(day(now))
    });
    held.sort_by_key(place);
    let says_more = |s: &RecordedMembership| {
        let Membership { role, from, to, .. } = &s.membership;
        role.is_some() || to.is_some() || *from != Some(s.time)
    };
    let covers = |a: &RecordedMembership, b: &RecordedMembership| {
        let same = a.membership.organisation == b.membership.organisation;
        same && a.membership.to.is_none() && a.membership.from < b.membership.from
    };
    let is_new = |s: &&RecordedMembership| says_more(s) || !held.iter().any(|a| covers(a, s));
    held.iter().filter(is_new).cloned().collect()
}

proptest! {
    #[test]
    fn memberships_agree_with_the_slow_reading(lines in proptest::collection::vec(line(), 0..12), now in 0_i64..7) {
        let profiles = profiles(lines.iter().map(String::as_str));
        prop_assert_eq!(profiles.memberships(&[AnchorId(4)], day(now)), slowly(&profiles, now));
        let next = profiles.next_membership_change(&[AnchorId(4)], day(now));
        let same = |day: &i64| at(&profiles, *day) == at(&profiles, now);
        let first = (now..8).find(|day| !same(day)).map(day);
        prop_assert!(first.is_none_or(|first| next.is_some_and(|next| next <= first)));
    }

    #[test]
    fn the_order_of_arrival_changes_nothing(
        (lines, shuffled) in proptest::collection::vec(line(), 0..8)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        now in 0_i64..7,
    ) {
        let (one, other) = (profiles(lines.iter().map(String::as_str)), profiles(shuffled.iter().map(String::as_str)));
        prop_assert_eq!(at(&one, now), at(&other, now));
        for held in one.memberships(&[AnchorId(4)], day(now)) {
            prop_assert!(held.membership.holds_at(day(now)) && held.time <= day(now));
        }
    }
}

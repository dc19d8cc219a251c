//! What holds after any sequence of sightings.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, PersonId, PersonIndex, Position};
use onefold_identity::{Identities, Rules, Strength};
use proptest::prelude::*;

use crate::model::{
    Model, SEED, Seen, any_seen, batch_of, broken, dump, flood_fill, lines, observe_all, partition,
    tight_rules, windowed_rules,
};
use crate::operations::{Operation, any_operations};

proptest! {
    #[test]
    fn without_limits_the_partition_is_flood_fill(seen in any_seen()) {
        let identities = observe_all(&Rules::unlimited(), &seen);
        prop_assert_eq!(partition(&identities), flood_fill(&seen));
        prop_assert_eq!(identities.refusals_count(), 0);
    }

    #[test]
    fn without_limits_order_does_not_matter(seen in any_seen().prop_flat_map(|seen| {
        let mut seen = seen;
        seen.iter_mut().for_each(|one| one.position = Position(1));
        seen.iter_mut().for_each(|one| one.source = crate::model::source("one"));
        (Just(seen.clone()), Just(seen).prop_shuffle())
    })) {
        let (ordered, shuffled) = seen;
        let facts = |seen: &[_]| {
            let text = dump(&observe_all(&Rules::unlimited(), seen));
            let lines = text.lines().filter(|line| line.starts_with("link"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(facts(&ordered), facts(&shuffled));
    }

    /// After every sighting, and so at the end of every beginning of the log.
    #[test]
    fn the_partition_is_that_of_a_batch(seen in any_seen()) {
        for rules in [tight_rules(), windowed_rules()] {
            let mut identities = Identities::new(rules.clone(), SEED);
            for (one, count) in seen.iter().zip(1..) {
                let observed = identities.observe(&one.sighting());
                let expected = one.identifiers.iter().filter(|it| rules.blocked_by(it).is_none());
                let strongest = expected.min_by_key(|it| {
                    (rules.is_shared(it.kind()), rules.priority(it.kind()), (*it).clone())
                });
                let anchor = observed.anchor.and_then(|anchor| identities.identifier(anchor));
                prop_assert_eq!(anchor, strongest);
                prop_assert_eq!(observed.person, observed.anchor.and_then(|a| identities.person_of(a)));
                prop_assert_eq!(batch_of(&identities), Model::of(&rules, &seen[..count]).batch(&rules));
            }
            for person in partition(&identities) {
                prop_assert_eq!(broken(&rules, &person), None);
            }
        }
    }

    /// Seen, declared, kept apart, taken back: after every step.
    #[test]
    fn what_is_left_is_that_of_a_batch(operations in any_operations()) {
        for rules in [Rules::unlimited(), tight_rules(), windowed_rules()] {
            let mut identities = Identities::new(rules.clone(), SEED);
            for (operation, number) in operations.iter().zip(1..) {
                let _ = operation.apply(&mut identities, Position(number));
                let model = Model::of_operations(&rules, &operations[..number as usize]);
                prop_assert_eq!(batch_of(&identities), model.batch(&rules));
                prop_assert_eq!(lines(&identities), model.lines(&rules));
            }
        }
    }

    /// Who keeps anchors gets the same people as who tells identifiers, and the same state back.
    #[test]
    fn anchors_stand_for_identifiers(seen in any_seen()) {
        for rules in [tight_rules(), windowed_rules()] {
        let (mut by_text, mut by_anchor) =
            (Identities::new(rules.clone(), SEED), Identities::new(rules.clone(), SEED));
        for one in &seen {
            let [a, b, ..] = &*one.identifiers else {
                continue;
            };
            let two = [a, b].map(|it| by_anchor.anchor_of(it));
            if let [Some(a), Some(b)] = two {
                let _ = by_anchor.observe_anchors([a, b], Strength::Observed, &one.sighting());
                let identifiers = one.identifiers[..2].to_vec();
                let _ = by_text.observe(&Seen { identifiers, ..one.clone() }.sighting());
            }
        }
        prop_assert_eq!(batch_of(&by_anchor), batch_of(&by_text));
        prop_assert_eq!(lines(&by_anchor), lines(&by_text));
        // Some anchors were made and never seen with another.
        let again = Identities::decode(&by_anchor.encode(), rules, SEED).unwrap();
        prop_assert_eq!(dump(&again), dump(&by_anchor));
        prop_assert_eq!(again.anchors_count(), by_anchor.anchors_count());
        }
    }

    /// Sources, positions, seeds: nothing of the log's order reaches the partition.
    #[test]
    fn any_order_gives_the_same_partition((ordered, shuffled) in any_seen().prop_flat_map(|seen| {
        (Just(seen.clone()), Just(seen).prop_shuffle())
    })) {
        let mut renumbered: Vec<Seen> = shuffled;
        renumbered.iter_mut().zip(1..).for_each(|(one, number)| one.position = Position(number));
        for rules in [tight_rules(), windowed_rules()] {
            let (one, other) = (observe_all(&rules, &ordered), observe_all(&rules, &renumbered));
            prop_assert_eq!(batch_of(&one), batch_of(&other));
        }
    }

    /// Whoever follows what is told knows who is who and what is held.
    #[test]
    fn what_is_told_is_what_changed(operations in any_operations(), windows: bool) {
        let rules = if windows { windowed_rules() } else { tight_rules() };
        let mut identities = Identities::new(rules, SEED);
        let mut held: BTreeSet<[Identifier; 2]> = BTreeSet::new();
        for (operation, number) in operations.iter().zip(1..) {
            let before = identities.clone();
            let told = operation.apply(&mut identities, Position(number));
            for refusal in &told.held {
                prop_assert!(held.insert(refusal.evidence.between.clone()));
            }
            for evidence in &told.released {
                prop_assert!(held.remove(&evidence.between));
            }
            let now = identities.refusals().map(|refusal| refusal.evidence.between);
            let now: BTreeSet<_> = now.collect();
            if matches!(operation, Operation::Decide(..)) {
                // What is taken back is held no more, and not told one by one.
                held.retain(|it| now.contains(it));
            }
            prop_assert_eq!(&held, &now);
            for anchor in before.people().flat_map(|person| before.anchors(person).to_vec()) {
                let mut person = before.person_of(anchor).unwrap();
                // Merges and splits of one sighting alternate, so either may be the next step.
                while Some(person) != identities.person_of(anchor) {
                    let split = told.splits.iter().find(|split| {
                        split.from == person && split.anchors.contains(&anchor)
                    });
                    let merge = told.merges.iter().find(|merge| merge.retired == person);
                    let next = split.map(|split| split.to).or(merge.map(|merge| merge.kept));
                    prop_assert!(next.is_some(), "nobody told that {anchor:?} moved");
                    person = next.unwrap();
                }
            }
        }
    }

    #[test]
    fn the_columns_agree_with_each_other(seen in any_seen(), windows: bool) {
        let rules = if windows { windowed_rules() } else { tight_rules() };
        let identities = observe_all(&rules, &seen);
        let mut anchors_count = 0;
        for person in identities.people() {
            prop_assert!(!identities.anchors(person).is_empty());
            for anchor in identities.anchors(person) {
                anchors_count += 1;
                prop_assert_eq!(identities.person_of(*anchor), Some(person));
                let identifier = identities.identifier(*anchor).unwrap();
                prop_assert_eq!(identities.find(identifier), Some(*anchor));
            }
        }
        // Shared ones are nobody's, but for those that stand for themselves.
        prop_assert!(anchors_count <= identities.anchors_count());
        prop_assert!(windows || anchors_count == identities.anchors_count());
        prop_assert_eq!(identities.people().count(), identities.people_count());
        for refusal in identities.refusals() {
            let [left, right] = refusal.sides;
            prop_assert_ne!(left.person, right.person);
        }
    }

    /// Every id ever given leads to a living person: to its own until it retires, then to whoever has the
    /// identifier it was born with, or, where nothing ever parts, step by step to where its merges lead.
    #[test]
    fn redirects_are_total(operations in any_operations(), parts: bool) {
        let seen_only = |it: &&Operation| parts || matches!(it, Operation::See(..));
        let operations: Vec<_> = operations.iter().filter(seen_only).collect();
        for rules in [Rules::unlimited(), tight_rules(), windowed_rules()] {
            let parts = parts || rules.identifiers_max().is_some();
            let mut identities = Identities::new(rules, SEED);
            let mut given: BTreeSet<PersonId> = BTreeSet::new();
            let mut into: BTreeMap<PersonId, PersonId> = BTreeMap::new();
            for (operation, number) in operations.iter().zip(1..) {
                let observed = operation.apply(&mut identities, Position(number));
                for merge in &observed.merges {
                    prop_assert!(merge.kept < merge.retired);
                    let because = identities.because(merge).map(|it| it.between);
                    let between = merge.between.map(|it| identities.identifier(it).cloned());
                    prop_assert_eq!(because.map(|it| it.map(Some)), Some(between));
                    prop_assert_eq!(into.insert(merge.retired_id, merge.kept_id), None);
                    if observed.splits.is_empty() {
                        prop_assert_eq!(identities.index(merge.retired_id), identities.index(merge.kept_id));
                    }
                }
                given.extend(identities.people().filter_map(|person| identities.id(person)));
            }
            prop_assert_eq!(into.len(), identities.merges_count());
            let living: BTreeSet<PersonIndex> = identities.people().collect();
            for id in given {
                let found = identities.index(id).unwrap();
                prop_assert!(living.contains(&found));
                prop_assert_eq!(identities.id(found) == Some(id), !into.contains_key(&id));
                let mut last = id;
                while let Some(next) = into.get(&last) {
                    last = *next;
                }
                prop_assert!(parts || identities.id(found) == Some(last));
            }
        }
    }

    #[test]
    fn there_is_a_path_exactly_within_a_person(seen in any_seen()) {
        for rules in [Rules::unlimited(), tight_rules(), windowed_rules()] {
            let identities = observe_all(&rules, &seen);
            let text = dump(&identities);
            let all: Vec<Identifier> = partition(&identities).into_iter().flatten().collect();
            for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
                let same = identities.person(a) == identities.person(b);
                let Some(path) = identities.why(a, b) else {
                    prop_assert!(!same);
                    continue;
                };
                prop_assert!(same);
                let mut here = a;
                for step in &path.steps {
                    prop_assert_eq!(&step.from, here);
                    let [left, right] = &step.evidence.between;
                    let link = format!("link {left} {right} ");
                    prop_assert!(text.lines().any(|line| line.starts_with(&link)));
                    prop_assert!([left, right].contains(&&step.from));
                    prop_assert!([left, right].contains(&&step.to));
                    here = &step.to;
                }
                prop_assert_eq!(here, b);
                let back = identities.why(b, a).unwrap();
                prop_assert_eq!(path.steps.len(), back.steps.len());
            }
        }
    }

    /// A clone remembers no sighting: cloned before each one, it observes all of them anew.
    #[test]
    fn what_is_remembered_changes_no_answer(seen in any_seen(), windows: bool) {
        let rules = if windows { windowed_rules() } else { tight_rules() };
        let mut remembering = Identities::new(rules, 7);
        let mut forgetful = remembering.clone();
        // Twice, so that every sighting comes again.
        for one in seen.iter().chain(&seen) {
            forgetful = forgetful.clone();
            prop_assert_eq!(remembering.observe(&one.sighting()), forgetful.observe(&one.sighting()));
        }
        prop_assert_eq!(dump(&remembering), dump(&forgetful));
    }

    #[test]
    fn a_clone_is_a_snapshot(seen in any_seen(), at in 0..60_usize) {
        let rules = tight_rules();
        let (before, after) = seen.split_at(at.min(seen.len()));
        let mut identities = observe_all(&rules, before);
        let snapshot = identities.clone();
        let text = dump(&snapshot);
        for one in after {
            let _ = identities.observe(&one.sighting());
        }
        prop_assert_eq!(dump(&snapshot), text);
        prop_assert_eq!(dump(&identities), dump(&observe_all(&rules, &seen)));
    }
}

/// Every visitor is older than the account that then swallows all of them: the sizes and the ages of the
/// two sides pull in opposite directions.
#[test]
fn a_long_chain_of_merges_keeps_the_oldest() {
    let mut identities = Identities::new(Rules::unlimited(), SEED);
    let source = crate::model::source("web");
    let mut position = 0;
    let mut see = |identifiers: &[Identifier]| {
        position += 1;
        let sighting = onefold_identity::Sighting {
            identifiers,
            source: &source,
            position: Position(position),
            time: onefold_event::Timestamp::from_micros(0),
        };
        identities.observe(&sighting)
    };
    let visitor = |n: u32| crate::model::identifier(&format!("anonymous_id:v{n}"));
    let ids: Vec<PersonIndex> = (0..500).filter_map(|n| see(&[visitor(n)]).person).collect();
    let user = crate::model::identifier("user_id:ann");
    for n in (0..500).rev() {
        let observed = see(&[visitor(n), user.clone()]);
        assert_eq!(observed.person, ids.get(n as usize).copied());
    }
    assert_eq!(identities.people_count(), 1);
    assert_eq!(identities.merges_count(), 499);
    assert_eq!(identities.anchors(PersonIndex(0)).len(), 501);
    for person in ids {
        let id = identities.id(person).expect("an id");
        assert_eq!(identities.index(id), Some(PersonIndex(0)));
    }
}

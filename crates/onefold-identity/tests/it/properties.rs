//! What holds after any sequence of sightings.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, PersonId, PersonIndex, Position};
use onefold_identity::{Identities, Rules};
use proptest::prelude::*;

use crate::model::{
    Model, SEED, any_seen, dump, flood_fill, keeps_limits, observe_all, partition, tight_rules,
};

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

    #[test]
    fn the_model_agrees_and_no_person_breaks_a_limit(seen in any_seen()) {
        let rules = tight_rules();
        let mut identities = Identities::new(rules.clone(), SEED);
        let mut model = Model::default();
        for one in &seen {
            let observed = identities.observe(&one.sighting());
            model.observe(&rules, &one.identifiers);
            let expected = one.identifiers.iter().filter(|it| rules.blocked_by(it).is_none());
            let strongest = expected.min_by_key(|it| (rules.priority(it.kind()), (*it).clone()));
            let anchor = observed.anchor.and_then(|anchor| identities.identifier(anchor));
            prop_assert_eq!(anchor, strongest);
            prop_assert_eq!(observed.person, observed.anchor.and_then(|a| identities.person_of(a)));
        }
        prop_assert_eq!(partition(&identities), model.partition());
        for person in partition(&identities) {
            prop_assert!(keeps_limits(&rules, &person.into_iter().collect::<Vec<_>>()));
        }
        let held: BTreeSet<(Identifier, Identifier)> = identities.refusals().map(|refusal| {
            let [left, right] = refusal.evidence.between;
            (left, right)
        }).collect();
        prop_assert_eq!(held, model.held);
    }

    #[test]
    fn the_columns_agree_with_each_other(seen in any_seen()) {
        let identities = observe_all(&tight_rules(), &seen);
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
        prop_assert_eq!(anchors_count, identities.anchors_count());
        prop_assert_eq!(identities.people().count(), identities.people_count());
        for refusal in identities.refusals() {
            let [left, right] = refusal.sides;
            prop_assert_ne!(left.person, right.person);
        }
    }

    /// Every id ever given leads to a living person, and to the one its merges lead to step by step.
    #[test]
    fn redirects_are_total(seen in any_seen()) {
        for rules in [Rules::unlimited(), tight_rules()] {
            let mut identities = Identities::new(rules, SEED);
            let mut given: Vec<PersonId> = Vec::new();
            let mut into: BTreeMap<PersonId, PersonId> = BTreeMap::new();
            for one in &seen {
                let observed = identities.observe(&one.sighting());
                for merge in observed.merges {
                    prop_assert!(merge.kept < merge.retired);
                    prop_assert_eq!(into.insert(merge.retired_id, merge.kept_id), None);
                }
                given.extend(identities.people().filter_map(|person| identities.id(person)));
            }
            prop_assert_eq!(into.len(), identities.merges_count());
            for id in given {
                let mut last = id;
                while let Some(next) = into.get(&last) {
                    last = *next;
                }
                let living = identities.index(id).unwrap();
                prop_assert_eq!(identities.id(living), Some(last));
                prop_assert!(identities.people().any(|person| person == living));
            }
        }
    }

    #[test]
    fn there_is_a_path_exactly_within_a_person(seen in any_seen()) {
        for rules in [Rules::unlimited(), tight_rules()] {
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
    fn what_is_remembered_changes_no_answer(seen in any_seen()) {
        let mut remembering = Identities::new(tight_rules(), 7);
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

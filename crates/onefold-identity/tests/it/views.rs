//! Probable links beside those that were seen: views, and why two are one.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, Position, Timestamp};
use onefold_identity::{
    Basis, Bits, Decided, DecidedAt, Identities, IdentityDecision, LimitRule, Rules, Verdict,
};
use proptest::prelude::*;

use crate::model::{
    SEED, Seen, any_identifier, any_seen, broken, dump, identifier, observe_all, partition, source,
    tight_rules, windowed_rules,
};

fn decide(identities: &mut Identities, decision: &IdentityDecision) -> Decided {
    let by = source("matching");
    let at = DecidedAt {
        by: &by,
        position: Position(1_000),
        time: Timestamp::from_micros(5),
    };
    identities.decide(decision, &at)
}

fn probable(identities: &mut Identities, a: &str, b: &str, bits: f64) -> Decided {
    let identifiers = [identifier(a), identifier(b)];
    let bits = Bits::new(bits);
    decide(
        identities,
        &IdentityDecision::Probable { identifiers, bits },
    )
}

/// The people of a view as sets of identifiers, in order of text.
fn seen_so(identities: &Identities, at_least: Bits) -> Vec<BTreeSet<Identifier>> {
    let view = identities.view(at_least);
    let mut people: BTreeMap<_, BTreeSet<Identifier>> = BTreeMap::new();
    for person in identities.people() {
        let oldest = view.oldest(person).expect("a living person");
        let anchors = identities.anchors(person).iter();
        let texts = anchors.map(|it| identities.identifier(*it).expect("an identifier").clone());
        people.entry(oldest).or_default().extend(texts);
    }
    assert_eq!(people.len(), view.people_count());
    for (oldest, texts) in &people {
        assert_eq!(view.anchors(*oldest).len(), texts.len());
    }
    let mut people: Vec<_> = people.into_values().collect();
    people.sort();
    people
}

/// The same by lists of sets, link by link.
fn slowly(
    rules: &Rules,
    identities: &Identities,
    links: &BTreeMap<[Identifier; 2], Bits>,
    at_least: Bits,
) -> Vec<BTreeSet<Identifier>> {
    let mut people = partition(identities);
    let mut links: Vec<_> = links
        .iter()
        .filter(|(_, bits)| **bits >= at_least)
        .collect();
    links.sort_by(|(left, a), (right, b)| b.cmp(a).then(left.cmp(right)));
    for ([a, b], _) in links {
        let place = |it| people.iter().position(|person| person.contains(it));
        let (Some(a), Some(b)) = (place(a), place(b)) else {
            continue;
        };
        let both: BTreeSet<_> = people[a].union(&people[b]).cloned().collect();
        if a != b && broken(rules, &both).is_none() {
            people.swap_remove(a.max(b));
            people.swap_remove(a.min(b));
            people.push(both);
        }
    }
    people.sort();
    people
}

fn any_links() -> impl Strategy<Value = Vec<([Identifier; 2], Bits)>> {
    let bits = (-4..20_i32).prop_map(|bits| Bits::new(f64::from(bits)));
    prop::collection::vec(([any_identifier(), any_identifier()], bits), 0..30)
}

fn with(mut identities: Identities, links: &[([Identifier; 2], Bits)]) -> Identities {
    for (identifiers, bits) in links {
        let (identifiers, bits) = (identifiers.clone(), *bits);
        let _ = decide(
            &mut identities,
            &IdentityDecision::Probable { identifiers, bits },
        );
    }
    identities
}

/// The last bits of each two that can be one person's.
fn last(rules: &Rules, links: &[([Identifier; 2], Bits)]) -> BTreeMap<[Identifier; 2], Bits> {
    let usable = |it: &Identifier| rules.blocked_by(it).is_none() && !rules.is_shared(it.kind());
    let links = links
        .iter()
        .filter(|(two, _)| two[0] != two[1] && two.iter().all(usable));
    links
        .map(|(two, bits)| {
            let mut two = two.clone();
            two.sort();
            (two, *bits)
        })
        .collect()
}

proptest! {
    #[test]
    fn views_are_nested_and_what_a_slow_model_says(seen in any_seen(), links in any_links()) {
        let rules = tight_rules();
        let before = observe_all(&rules, &seen);
        let identities = with(before.clone(), &links);
        let last = last(&rules, &links);
        let mut wider: Option<Vec<BTreeSet<Identifier>>> = None;
        for bits in [-5.0, 0.0, 3.0, 8.0, 15.0, 25.0] {
            let people = seen_so(&identities, Bits::new(bits));
            prop_assert_eq!(&people, &slowly(&rules, &identities, &last, Bits::new(bits)));
            if let Some(wider) = wider {
                for person in &people {
                    prop_assert!(wider.iter().any(|other| person.is_subset(other)));
                }
            }
            wider = Some(people);
        }
        prop_assert_eq!(wider.expect("views"), partition(&identities));
    }

    #[test]
    fn the_order_of_links_does_not_matter((links, shuffled) in any_links().prop_flat_map(|links| {
        let links: Vec<_> = last(&tight_rules(), &links).into_iter().collect();
        (Just(links.clone()), Just(links).prop_shuffle())
    }), seen in any_seen()) {
        let identities = observe_all(&tight_rules(), &seen);
        let [one, other] = [&links, &shuffled].map(|links| with(identities.clone(), links));
        for bits in [0.0, 10.0] {
            let bits = Bits::new(bits);
            prop_assert_eq!(seen_so(&one, bits), seen_so(&other, bits));
        }
    }

    #[test]
    fn a_view_around_somebody_says_what_the_whole_one_says(seen in any_seen(), links in any_links()) {
        let identities = with(observe_all(&tight_rules(), &seen), &links);
        let whole = identities.view(Bits::new(5.0));
        for person in identities.people() {
            let around = identities.view_around(person, Bits::new(5.0));
            prop_assert_eq!(around.people_of(person), whole.people_of(person));
        }
    }

    /// What parts two was tried, and there is an explanation exactly within a person.
    #[test]
    fn explanations_hold(seen in any_seen(), links in any_links(), a in any_identifier(), b in any_identifier()) {
        let identities = with(observe_all(&tight_rules(), &seen), &links);
        let view = identities.view(Bits::new(5.0));
        let together = match (identities.person(&a), identities.person(&b)) {
            (Some(a), Some(b)) => view.together(a, b),
            _ => false,
        };
        let explained = view.explain(&a, &b);
        prop_assert_eq!(explained.is_some(), together);
        let Some(explained) = explained else { return Ok(()) };
        prop_assert!(!explained.to_string().is_empty());
        let mut here = a.clone();
        for step in &explained.path.steps {
            prop_assert_eq!(&step.from, &here);
            prop_assert!(explained.links.contains(&step.evidence));
            here = step.to.clone();
        }
        prop_assert_eq!(here, b.clone());
        if let Some(bridge) = &explained.weakest {
            let all: BTreeSet<_> = bridge.sides.iter().flatten().collect();
            prop_assert_eq!(all.len(), explained.identifiers.len());
            let crossing = explained.links.iter().filter(|link| {
                let first = |it: &Identifier| bridge.sides[0].contains(it);
                first(&link.between[0]) != first(&link.between[1])
            });
            prop_assert_eq!(crossing.count(), 1);
        }
        for parting in &explained.partings {
            let mut after = identities.clone();
            let _ = decide(&mut after, &parting.decision);
            let view = after.view(Bits::new(5.0));
            let people = (after.person(&a).expect("a"), after.person(&b).expect("b"));
            prop_assert!(!view.together(people.0, people.1));
            prop_assert!(parting.first.contains(&a) && parting.second.contains(&b));
        }
        // In a picture two have one link at most.
        let ends = explained.links.iter().map(|link| {
            let mut ends = link.between.clone();
            ends.sort();
            ends
        });
        let ends: BTreeSet<_> = ends.collect();
        let report = explained.report();
        prop_assert_eq!(report.component.links().len(), ends.len());
    }

    #[test]
    fn what_is_stored_is_what_was_there(seen in any_seen(), links in any_links()) {
        let identities = with(observe_all(&tight_rules(), &seen), &links);
        let again = Identities::decode(&identities.encode(), tight_rules(), SEED).expect("its own bytes");
        prop_assert_eq!(dump(&again), dump(&identities));
        prop_assert_eq!(again.encode(), identities.encode());
    }
}

fn seen(position: u64, identifiers: &[&str]) -> Seen {
    Seen {
        identifiers: identifiers.iter().map(|it| identifier(it)).collect(),
        source: source("web"),
        position: Position(position),
        time: Timestamp::from_micros(0),
    }
}

/// Two logins of Ann on one phone, and a contact that a model takes for her.
fn ann() -> Identities {
    let mut identities = observe_all(
        &Rules::standard(),
        &[
            seen(1, &["email:a@x.example", "phone:+1555"]),
            seen(2, &["phone:+1555", "anonymous_id:v1"]),
            seen(3, &["user_id:ann", "email:a@x.example"]),
            seen(4, &["contact:7"]),
            seen(5, &["user_id:bob", "contact:8"]),
        ],
    );
    let decided = probable(&mut identities, "contact:7", "user_id:ann", 11.0);
    assert_eq!(decided.verdict, Verdict::Done);
    identities
}

#[test]
fn an_explanation_says_what_parts_them() {
    let identities = ann();
    let view = identities.view(Bits::new(10.0));
    let why = view.explain(&identifier("contact:7"), &identifier("anonymous_id:v1"));
    let why = why.expect("they are one");
    let steps = why.path.steps.iter();
    let bases: Vec<_> = steps.map(|it| it.evidence.basis).collect();
    let probable = Basis::Probable(Bits::new(11.0));
    use Basis::Observed;
    assert_eq!(bases, [probable, Observed, Observed, Observed]);
    let weakest = why.weakest.as_ref().expect("every link is a bridge");
    assert_eq!(weakest.link.basis, probable);
    assert_eq!(weakest.sides[0], [identifier("contact:7")]);
    let text = why.to_string();
    assert!(text.contains("without `phone:+1555`: "), "{text}");
    assert!(text.contains("+11.000 bits, 99.95 %"), "{text}");
    // Seven ways: four links, three identifiers on the way.
    assert_eq!(why.partings.len(), 7, "{text}");
    let page = onefold_identity::explain::page(&why.report());
    assert!(page.contains("contact:7") && page.contains("<svg"));
    assert!(
        identities
            .view(Bits::new(12.0))
            .explain(&identifier("contact:7"), &identifier("anonymous_id:v1"))
            .is_none()
    );
}

#[test]
fn a_rule_holds_probable_links_too() {
    let mut identities = ann();
    let decided = probable(&mut identities, "contact:8", "contact:7", 20.0);
    assert_eq!(decided.verdict, Verdict::Done);
    let view = identities.view(Bits::new(10.0));
    // 20 bits come before 11: now the link to Ann is held, as one person has one `user_id`.
    let held: Vec<_> = view.held().collect();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].evidence.basis.bits(), Some(Bits::new(11.0)));
    assert!(
        matches!(held[0].rule, LimitRule::Kind { limit: 1, .. }),
        "{}",
        held[0]
    );
    let two = [identifier("contact:7"), identifier("contact:8")];
    let apart = IdentityDecision::Apart {
        identifiers: two.clone(),
    };
    let _ = decide(&mut identities, &apart);
    let view = identities.view(Bits::new(10.0));
    let held: Vec<_> = view.held().collect();
    assert!(
        matches!(held[0].rule, LimitRule::Apart { .. }),
        "{}",
        held[0]
    );
    assert!(view.why(&two[0], &identifier("user_id:ann")).is_some());
}

#[test]
fn taking_back_takes_probable_links_too() {
    let link = [identifier("contact:7"), identifier("user_id:ann")];
    let decisions = [
        IdentityDecision::Improbable {
            identifiers: link.clone(),
        },
        IdentityDecision::RetractLink {
            identifiers: link.clone(),
        },
        IdentityDecision::RetractIdentifier {
            identifier: link[0].clone(),
        },
        IdentityDecision::Block {
            identifier: link[1].clone(),
        },
        IdentityDecision::RetractSource {
            source: source("matching"),
        },
    ];
    for decision in decisions {
        let identities = ann();
        assert_eq!(identities.probable_count(), 1);
        let by = source("matching");
        let at = DecidedAt {
            by: &by,
            position: Position(1_000),
            time: Timestamp::from_micros(5),
        };
        assert_eq!(
            identities.what_if(&decision, &at).verdict,
            Verdict::Done,
            "{decision:?}"
        );
        let mut after = identities.clone();
        let _ = decide(&mut after, &decision);
        assert_eq!(
            (after.probable_count(), identities.probable_count()),
            (0, 1),
            "{decision:?}"
        );
        let json = serde_json::to_string(&decision).expect("json");
        assert_eq!(
            serde_json::from_str::<IdentityDecision>(&json).expect("its own json"),
            decision
        );
    }
    let mut identities = ann();
    let again = probable(&mut identities, "user_id:ann", "contact:7", 11.0);
    assert_eq!(again.verdict, Verdict::Unchanged);
    let itself = probable(&mut identities, "user_id:ann", "user_id:ann", 11.0);
    assert_eq!(itself.verdict, Verdict::OneIdentifier);
    let blocked = probable(&mut identities, "user_id:ann", "email:unknown", 11.0);
    assert!(matches!(blocked.verdict, Verdict::Blocked(_)));
    let mut identities = observe_all(&windowed_rules(), &[]);
    let shared = probable(&mut identities, "user_id:ann", "home:1", 11.0);
    assert_eq!(
        shared.verdict,
        Verdict::Shared(identifier("home:1").kind().clone())
    );
    assert_eq!(
        (identities.probable_count(), identities.anchors_count()),
        (0, 0)
    );
}

/// What was seen together and is probable besides hangs on neither alone.
#[test]
fn two_links_between_two_are_no_bridge() {
    let seen = [
        seen(1, &["contact:7", "anonymous_id:v1"]),
        seen(2, &["contact:8"]),
    ];
    let mut identities = observe_all(&Rules::standard(), &seen);
    for (a, b) in [("contact:7", "anonymous_id:v1"), ("contact:8", "contact:7")] {
        assert_eq!(probable(&mut identities, a, b, 5.0).verdict, Verdict::Done);
    }
    let view = identities.view(Bits::new(5.0));
    let why = view.explain(&identifier("contact:8"), &identifier("anonymous_id:v1"));
    let weakest = why.expect("they are one").weakest.expect("a bridge");
    let two = [identifier("contact:7"), identifier("contact:8")];
    assert_eq!(weakest.link.between, two);
}

/// Each source has its say: what one takes back, the others still say.
#[test]
fn sources_do_not_speak_for_each_other() {
    let mut identities = ann();
    let told = |identities: &mut Identities, name: &str, decision: &IdentityDecision| {
        let by = source(name);
        let at = DecidedAt {
            by: &by,
            position: Position(2_000),
            time: Timestamp::from_micros(6),
        };
        identities.decide(decision, &at).verdict
    };
    let identifiers = [identifier("contact:7"), identifier("user_id:ann")];
    let bits = Bits::new(13.0);
    let surer = IdentityDecision::Probable {
        identifiers: identifiers.clone(),
        bits,
    };
    let back = IdentityDecision::Improbable {
        identifiers: identifiers.clone(),
    };
    assert_eq!(told(&mut identities, "desk", &surer), Verdict::Done);
    assert_eq!(told(&mut identities, "desk", &surer), Verdict::Unchanged);
    assert_eq!(identities.probable_count(), 2);
    let strength = |identities: &Identities, at_least: f64| {
        let view = identities.view(Bits::new(at_least));
        let path = view.why(&identifiers[0], &identifiers[1]);
        path.and_then(|path| path.steps[0].evidence.basis.bits())
    };
    assert_eq!(strength(&identities, 0.0), Some(bits));
    assert_eq!(told(&mut identities, "nobody", &back), Verdict::Unchanged);
    assert_eq!(told(&mut identities, "desk", &back), Verdict::Done);
    assert_eq!(strength(&identities, 0.0), Some(Bits::new(11.0)));
    assert_eq!(strength(&identities, 12.0), None);
}

/// The last bits of a source count: taken back, those before them do not come back.
#[test]
fn what_was_replaced_stays_replaced() {
    let mut identities = ann();
    let by = source("matching");
    let identifiers = [identifier("contact:7"), identifier("user_id:ann")];
    let bits = Bits::new(13.0);
    let surer = IdentityDecision::Probable { identifiers, bits };
    let back = |position| IdentityDecision::RetractRecord {
        position: Position(position),
    };
    let decisions = [
        (2_000, surer, 1),
        (2_001, back(1_000), 1),
        (2_002, back(2_000), 0),
    ];
    for (position, decision, left) in decisions {
        let at = DecidedAt {
            by: &by,
            position: Position(position),
            time: Timestamp::from_micros(6),
        };
        let _ = identities.decide(&decision, &at);
        assert_eq!(identities.probable_count(), left, "{decision:?}");
    }
}

//! Probable links of the hub's people: found, kept up to date, seen in views.

use std::collections::{BTreeMap, BTreeSet};

use onefold::{
    CollectionBasis, Identifier, IdentifierKind, Onefold, Record,
    connect::Item,
    identity::{
        Basis, Bits, IdentityDecision, Verdict,
        matching::{Matcher, MatcherOptions, Model},
    },
};

use crate::support::{at, builder, email, source};

fn word(seed: u64) -> String {
    let mixed = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |at: u64| char::from(b'a' + (mixed >> (5 * at + 9)) as u8 % 26);
    (0..7).map(letter).collect()
}

fn contact(id: &str) -> Identifier {
    Identifier::generic(IdentifierKind::new("contact").unwrap(), id).unwrap()
}

/// A row of the contact book, of version `version`.
fn row(id: &str, person: u64, slip: &str, version: u64, mail: Option<&str>) -> Item {
    let row = Record::new("contacts").key(format!("{id}-{version}"));
    let time = at("2026-01-01").plus_micros(version as i64 * 1_000_000);
    let row = row.time(time).identifier(contact(id));
    let row = match mail {
        Some(mail) => row.identifier(email(mail)),
        None => row,
    };
    let row = row
        .trait_value("first_name", word(person % 50))
        .trait_value("last_name", word(1_000 + person / 2) + slip)
        .trait_value("street", word(9_000 + person));
    row.build().unwrap().into()
}

fn take(hub: &Onefold, items: Vec<Item>) {
    let basis = CollectionBasis::default();
    let fates = hub.ingest(&source("crm"), basis, items).unwrap();
    assert!(
        fates.iter().all(|fate| fate.position().is_some()),
        "{fates:?}"
    );
}

fn filled() -> (Onefold, Model) {
    let hub = builder().in_memory().unwrap();
    let mut rows = Vec::new();
    for person in 0..400 {
        rows.push(row(&format!("c{person}"), person, "", 0, None));
        if person % 4 == 0 {
            rows.push(row(&format!("d{person}"), person, "x", 0, None));
        }
    }
    take(&hub, rows);
    let table = hub.snapshot().people_table(&["contact"]).unwrap();
    assert_eq!(table.records.rows(), table.identifiers.len());
    let (matcher, _) = Matcher::auto(&table.records, &[], MatcherOptions::default()).unwrap();
    let model = matcher.train();
    (hub, model)
}

fn sure() -> Bits {
    Bits::of_probability(0.95)
}

/// Who is one with whom in the view, as sets of identifiers.
fn joined(hub: &Onefold) -> BTreeSet<Vec<String>> {
    let view = hub.snapshot().view(sure());
    let people = view.people();
    let texts = people.map(|person| {
        let identifiers = person.identifiers();
        identifiers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    texts.filter(|texts| texts.len() > 1).collect()
}

#[test]
fn people_are_matched_once_and_again() {
    let (hub, model) = filled();
    let by = source("matching");
    let (mut matching, first) = hub.matching(&by, model.clone(), sure()).unwrap();
    assert_eq!((first.compared, first.taken_back), (500, 0));
    assert_eq!(
        first.told,
        hub.snapshot().view(sure()).identities().joined().len()
    );
    assert!((95..=105).contains(&first.told), "{first:?}");
    // Nothing new, nothing told: neither by it nor by another that begins.
    let idle = matching.catch_up().unwrap();
    assert_eq!((idle.compared, idle.told, idle.taken_back), (0, 0, 0));
    let (_, again) = hub.matching(&by, model, sure()).unwrap();
    assert_eq!((again.told, again.taken_back), (0, 0));
    let verified = hub.verify().unwrap();
    assert!(verified.is_equal(), "{verified:?}");
    let snapshot = hub.snapshot();
    assert_eq!(snapshot.people_count(), 500);
    let (a, b) = (contact("c8"), contact("d8"));
    assert!(snapshot.explain_identity(&a, &b).is_none());
    let why = snapshot.view(sure()).explain(&a, &b).unwrap();
    let basis = why.path.steps[0].evidence.basis;
    assert!(
        matches!(basis, Basis::Probable(bits) if bits >= sure()),
        "{basis:?}"
    );
    assert_eq!(why.partings.len(), 1);
    let decision = &why.partings[0].decision;
    let improbable = IdentityDecision::Improbable {
        identifiers: [a, b],
    };
    // A source takes back what it said itself; a link is retracted by anybody.
    for (by, decision, verdict) in [
        ("desk", decision, Verdict::Done),
        ("desk", &improbable, Verdict::Unchanged),
        ("matching", &improbable, Verdict::Done),
    ] {
        let decided = snapshot.what_if(&source(by), decision);
        assert_eq!(decided.verdict, verdict, "{by} {decision:?}");
    }
}

#[test]
fn what_changes_is_told() {
    let (hub, model) = filled();
    let by = source("matching");
    let (mut matching, _) = hub.matching(&by, model.clone(), sure()).unwrap();
    let round = |matching: &mut onefold::Matching| {
        let matched = matching.catch_up().unwrap();
        (matched.compared, matched.told, matched.taken_back)
    };
    // A new one, somebody who turns out to be someone else, and one whose row says the same again.
    take(&hub, vec![row("new", 209, "", 0, None)]);
    assert_eq!(round(&mut matching), (1, 1, 0));
    take(&hub, vec![row("d8", 777, "", 1, None)]);
    assert_eq!(round(&mut matching), (1, 0, 1));
    take(&hub, vec![row("d12", 12, "x", 1, None)]);
    assert_eq!(round(&mut matching), (0, 0, 0));
    // Two that a shared address makes one: the link between them is no news, and nobody needs it.
    take(&hub, vec![row("c16", 16, "", 1, Some("p16@x.example"))]);
    let _ = round(&mut matching);
    take(&hub, vec![row("d16", 16, "x", 1, Some("p16@x.example"))]);
    let (compared, ..) = round(&mut matching);
    assert_eq!(compared, 1);
    let snapshot = hub.snapshot();
    let ids = [contact("c16"), contact("d16")].map(|it| snapshot.person(&it).unwrap().id());
    assert_eq!(ids[0], ids[1]);
    // They part again.
    let identifiers = [contact("d16"), email("p16@x.example")];
    let _ = hub
        .decide(
            &source("desk"),
            IdentityDecision::RetractLink { identifiers },
        )
        .unwrap();
    let _ = round(&mut matching);
    // The same as if everybody were matched from the beginning.
    let before = joined(&hub);
    assert!(
        before
            .iter()
            .any(|one| one.contains(&"contact:d16".to_owned())),
        "they are alike"
    );
    let (_, again) = hub.matching(&by, model, sure()).unwrap();
    // Bits may have moved as values grew rarer.
    assert_eq!(again.taken_back, 0, "{again:?}");
    assert_eq!(joined(&hub), before);
    assert!(hub.verify().unwrap().is_equal());
}

/// The links that a source told, and their bits.
fn told_by(hub: &Onefold, by: &str) -> BTreeMap<[String; 2], f64> {
    let snapshot = hub.snapshot();
    let links = snapshot.identities().probable();
    let links = links.filter(|link| link.source.as_str() == by);
    let rows = links.map(|link| {
        let bits = link.basis.bits().map_or(0.0, f64::from);
        (link.between.each_ref().map(ToString::to_string), bits)
    });
    rows.collect()
}

#[test]
fn who_changes_often_leaves_little_behind() {
    let (hub, model) = filled();
    let by = source("matching");
    let (mut matching, _) = hub.matching(&by, model.clone(), sure()).unwrap();
    assert_eq!(matching.rows(), 500);
    let mut most = 0;
    // Each time other names and streets, so that the values add up too.
    for change in 1..=50 {
        let rows = (0..40).map(|number| {
            let id = format!("d{}", 4 * number);
            row(&id, 2_000 + 40 * change + number, "", change, None)
        });
        take(&hub, rows.collect());
        assert_eq!(matching.catch_up().unwrap().compared, 40);
        most = most.max(matching.rows());
    }
    // Before 2 * 500 + 1,024 rows were there, the 500 were prepared anew.
    assert_eq!((most, matching.rows()), (500 + 38 * 40, 500 + 11 * 40));
    // Somebody new, somebody who is again who they were, and a telling that goes through the renewed rows.
    take(
        &hub,
        vec![row("new", 209, "", 0, None), row("d8", 8, "x", 5_000, None)],
    );
    assert_eq!(matching.catch_up().unwrap().told, 2);
    let _ = hub.matching(&source("fresh"), model, sure()).unwrap();
    let (kept, fresh) = (told_by(&hub, "matching"), told_by(&hub, "fresh"));
    assert!(kept.keys().eq(fresh.keys()), "{kept:?}\n{fresh:?}");
    for pair in [
        ["contact:c8", "contact:d8"],
        ["contact:c209", "contact:new"],
    ] {
        let pair = pair.map(str::to_owned);
        assert_eq!(kept[&pair], fresh[&pair], "{pair:?}");
    }
}

#[test]
fn a_model_of_other_columns_is_refused() {
    let (other, model) = filled();
    let hub = builder().in_memory().unwrap();
    // As long as nobody is there, nobody is missed.
    let (_, matched) = hub
        .matching(&source("matching"), model.clone(), sure())
        .unwrap();
    assert_eq!((matched.compared, matched.told), (0, 0));
    let person = Record::new("contacts").key("1").identifier(contact("1"));
    let person = person.trait_value("name", "Ann").build().unwrap();
    take(&hub, vec![person.into()]);
    let refused = hub
        .matching(&source("matching"), model.clone(), sure())
        .unwrap_err();
    let told = refused.to_string();
    assert!(
        told.contains("`first_name`") && told.contains("`name`"),
        "{told}"
    );
    // What a source told stays when another begins, and what two say is told by each.
    let (_, first) = other
        .matching(&source("matching"), model.clone(), sure())
        .unwrap();
    let (_, second) = other.matching(&source("second"), model, sure()).unwrap();
    assert_eq!(first.told, second.told);
    let back = IdentityDecision::RetractSource {
        source: source("matching"),
    };
    let before = joined(&other);
    let _ = other.decide(&source("desk"), back).unwrap();
    assert_eq!(joined(&other), before);
}

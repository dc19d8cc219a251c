//! Limits by window, and kinds that are shared, told event by event.

use expect_test::{Expect, expect};
use onefold_event::{Identifier, IdentifierKind, Position, Timestamp};
use onefold_identity::{
    DecidedAt, Identities, IdentityDecision, KindRule, Observed, Period, Rules, Sighting,
    Suspicion, Verdict,
};

use crate::model::{SEED, dump, home, identifier, source};

/// One sighting a line: the time, then identifiers.
fn see(identities: &mut Identities, line: &str, position: u64) -> Observed {
    let (time, identifiers) = line.split_once(' ').expect("a time");
    let identifiers: Vec<Identifier> = identifiers.split(' ').map(identifier).collect();
    identities.observe(&Sighting {
        identifiers: &identifiers,
        source: &source("web"),
        position: Position(position),
        time: time.parse().expect("a time"),
    })
}

fn observe(rules: &Rules, text: &str) -> Identities {
    let mut identities = Identities::new(rules.clone(), SEED);
    for (line, position) in text.lines().zip(1..) {
        let _ = see(&mut identities, line, position);
    }
    identities
}

fn two_a_day() -> Rules {
    let visitor = KindRule::new(IdentifierKind::anonymous_id());
    Rules::standard().kind(visitor.limit(5).limit_per(Period::Day, 2))
}

fn shared_home() -> Rules {
    Rules::standard().kind(KindRule::new(home()).shared())
}

fn check(identities: &Identities, expected: &Expect) {
    let text = dump(identities);
    let lines = text.lines().map(|line| match line.split_once(" person ") {
        Some((it, id)) if it.starts_with("identifier") => format!("{it} {}", &id[..4]),
        _ => line.to_owned(),
    });
    let lines: Vec<String> = lines.collect();
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn the_third_of_a_day_waits() {
    let identities = observe(
        &two_a_day(),
        "2026-11-21T23:00:00Z user_id:ann anonymous_id:1\n\
         2026-11-21T23:30:00Z user_id:ann anonymous_id:2\n\
         2026-11-21T23:59:59.999999Z user_id:ann anonymous_id:3\n\
         2026-11-22T00:00:00Z user_id:ann anonymous_id:4",
    );
    check(
        &identities,
        &expect![[r#"
            identifier anonymous_id:1 aa7b
            identifier anonymous_id:2 aa7b
            identifier anonymous_id:3 848f
            identifier anonymous_id:4 aa7b
            identifier user_id:ann aa7b
            link user_id:ann anonymous_id:1 position 1 source web first 2026-11-21T23:00:00Z last 2026-11-21T23:00:00Z count 1
            link user_id:ann anonymous_id:2 position 2 source web first 2026-11-21T23:30:00Z last 2026-11-21T23:30:00Z count 1
            held user_id:ann anonymous_id:3 rule one person has at most 2 of kind `anonymous_id` first seen in 2026-11-21 position 3 source web first 2026-11-21T23:59:59.999999Z last 2026-11-21T23:59:59.999999Z count 1
            link user_id:ann anonymous_id:4 position 4 source web first 2026-11-22T00:00:00Z last 2026-11-22T00:00:00Z count 1
        "#]],
    );
    let refusal = identities.refusals().next().expect("one is held");
    let json = serde_json::to_string(&refusal.rule).expect("JSON");
    expect![[r#"{"window":{"kind":"anonymous_id","limit":2,"first_seen":"2026-11-21"}}"#]]
        .assert_eq(&json);
}

/// What comes late was first seen on another day: it makes room where it leaves, and takes it where it comes to.
#[test]
fn a_late_sighting_moves_an_identifier_to_another_window() {
    let mut identities = observe(
        &two_a_day(),
        "2026-11-20T09:00:00Z user_id:ann anonymous_id:1\n\
         2026-11-20T10:00:00Z user_id:ann anonymous_id:2\n\
         2026-11-21T09:00:00Z user_id:ann anonymous_id:3\n\
         2026-11-21T10:00:00Z user_id:ann anonymous_id:4\n\
         2026-11-21T11:00:00Z user_id:ann anonymous_id:5",
    );
    let told = |observed: &Observed| {
        let held = observed.held.iter().map(|it| format!("held: {}", it.rule));
        let released = observed.released.iter();
        let released = released.map(|it| format!("released: {}", it.between[1]));
        held.chain(released).collect::<Vec<_>>()
    };
    assert_eq!(identities.refusals_count(), 1);
    // The third was with a telephone two days before: there is room for the fifth.
    let late = see(
        &mut identities,
        "2026-11-19T09:00:00Z phone:+31612345678 anonymous_id:3",
        6,
    );
    assert_eq!(told(&late), ["released: anonymous_id:5"]);
    assert_eq!((late.merges.len(), identities.refusals_count()), (1, 0));
    // The fourth was there on the day before: the three of that day are too many.
    let late = see(
        &mut identities,
        "2026-11-20T08:00:00Z user_id:ann anonymous_id:4",
        7,
    );
    assert_eq!(
        told(&late),
        ["held: one person has at most 2 of kind `anonymous_id` first seen in 2026-11-20"]
    );
    assert_eq!((late.splits.len(), identities.refusals_count()), (1, 1));
    // Taken back, all is as before.
    let by = source("desk");
    let at = DecidedAt {
        by: &by,
        position: Position(8),
        time: Timestamp::from_micros(0),
    };
    let back = |position| IdentityDecision::RetractRecord {
        position: Position(position),
    };
    let decided = identities.decide(&back(7), &at);
    assert_eq!((decided.merges.len(), decided.released.len()), (1, 1));
    let at = DecidedAt {
        position: Position(9),
        ..at
    };
    let decided = identities.decide(&back(6), &at);
    assert_eq!((decided.splits.len(), decided.held.len()), (2, 1));
}

#[test]
fn several_windows_count_beside_each_other() {
    let visitor = KindRule::new(IdentifierKind::anonymous_id());
    let visitor = visitor
        .limit(5)
        .limit_per(Period::Week, 2)
        .limit_per(Period::Year, 3);
    let rules = Rules::standard().kind(visitor);
    let times = [
        "2026-11-16",
        "2026-11-22",
        "2026-11-18",
        "2026-11-23",
        "2026-12-01",
        "2027-01-01",
    ];
    let lines = times.iter().zip(1..);
    let lines = lines.map(|(day, n)| format!("{day}T00:00:00Z user_id:ann anonymous_id:{n}\n"));
    let identities = observe(&rules, &lines.collect::<String>());
    let held = identities
        .refusals()
        .map(|it| format!("{} {}", it.evidence.between[1], it.rule));
    let held: Vec<String> = held.collect();
    expect![[r#"
        anonymous_id:2 one person has at most 2 of kind `anonymous_id` first seen in 2026-W47
        anonymous_id:5 one person has at most 3 of kind `anonymous_id` first seen in 2026"#]]
    .assert_eq(&held.join("\n"));
}

#[test]
fn a_shared_identifier_merges_nobody() {
    let mut identities = observe(
        &shared_home(),
        "2026-11-20T09:00:00Z user_id:ann home:elm-1 anonymous_id:a\n\
         2026-11-21T09:00:00Z user_id:bob home:elm-1\n\
         2026-11-22T09:00:00Z home:elm-1 user_id:bob\n\
         2026-11-22T09:00:00Z home:elm-1 home:elm-2",
    );
    check(
        &identities,
        &expect![[r#"
            identifier anonymous_id:a aa7b
            identifier home:elm-1 055f
            identifier user_id:ann aa7b
            identifier user_id:bob 80d4
            shared home:elm-1 home:elm-2 position 4 source web first 2026-11-22T09:00:00Z last 2026-11-22T09:00:00Z count 1
            link user_id:ann anonymous_id:a position 1 source web first 2026-11-20T09:00:00Z last 2026-11-20T09:00:00Z count 1
            shared user_id:ann home:elm-1 position 1 source web first 2026-11-20T09:00:00Z last 2026-11-20T09:00:00Z count 1
            shared user_id:bob home:elm-1 position 2 source web first 2026-11-21T09:00:00Z last 2026-11-22T09:00:00Z count 2
        "#]],
    );
    assert_eq!(
        (identities.links_count(), identities.refusals_count()),
        (1, 0)
    );
    let [ann, bob, elm, other] =
        ["user_id:ann", "user_id:bob", "home:elm-1", "home:elm-2"].map(identifier);
    let with = |identities: &Identities, it: &Identifier| {
        let rows = identities.sharers(it).into_iter();
        let rows = rows.map(|row| format!("{} {}", row.evidence.between[0], row.evidence.count));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(with(&identities, &elm), ["user_id:ann 1", "user_id:bob 2"]);
    assert_eq!(with(&identities, &other), ["home:elm-1 1"]);
    assert_eq!(with(&identities, &ann), [""; 0]);
    let person = identities.person(&bob).expect("a person");
    let shared = identities.shared_with(person);
    assert_eq!(
        shared.iter().map(|it| &it.identifier).collect::<Vec<_>>(),
        [&elm]
    );
    assert_eq!(
        (identities.why(&ann, &elm), identities.why(&ann, &bob)),
        (None, None)
    );
    // Taken back, it is shared by one; a declaration of sharing merges nobody either.
    let by = source("desk");
    let at = |position| DecidedAt {
        by: &by,
        position: Position(position),
        time: Timestamp::from_micros(0),
    };
    let back = IdentityDecision::RetractRecord {
        position: Position(1),
    };
    assert_eq!(identities.decide(&back, &at(5)).verdict, Verdict::Done);
    assert_eq!(with(&identities, &elm), ["user_id:bob 2"]);
    let people = identities.people_count();
    let same = IdentityDecision::Same {
        identifiers: [ann, elm.clone()],
    };
    let decided = identities.decide(&same, &at(6));
    assert_eq!((decided.verdict, decided.merges.len()), (Verdict::Done, 0));
    assert_eq!(identities.people_count(), people);
    assert_eq!(with(&identities, &elm), ["user_id:ann 1", "user_id:bob 2"]);
}

/// What happened has a place where nobody but a household is known, and stays where it was put.
#[test]
fn a_sighting_of_shared_identifiers_has_a_place() {
    let mut identities = Identities::new(shared_home(), SEED);
    let first = see(&mut identities, "2026-11-20T09:00:00Z home:elm-1", 1);
    assert!(first.created && first.person.is_some());
    let again = see(&mut identities, "2026-11-20T09:00:00Z home:elm-1", 2);
    assert_eq!((again.person, again.created), (first.person, false));
    let with = see(
        &mut identities,
        "2026-11-20T09:00:00Z home:elm-1 user_id:ann",
        3,
    );
    assert_ne!(with.person, first.person);
    assert_eq!(identities.person(&identifier("home:elm-1")), first.person);
    let other = see(
        &mut identities,
        "2026-11-20T09:00:00Z home:elm-2 user_id:ann",
        4,
    );
    assert_eq!((other.person, identities.people_count()), (with.person, 2));
    assert_eq!(identities.person(&identifier("home:elm-2")), None);
}

/// A value that is known to be shared needs no proposal to block it.
#[test]
fn what_is_shared_is_not_suspected() {
    let lines = (0..80).map(|n| format!("2026-11-20T09:00:00Z user_id:{n} home:elm-1\n"));
    let text: String = lines.collect();
    let suspects = |rules| observe(&rules, &text).suspects(&Suspicion::default()).len();
    assert_eq!(
        (suspects(Rules::standard()), suspects(shared_home())),
        (1, 0)
    );
}

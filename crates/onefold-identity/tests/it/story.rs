//! One shop, told event by event.

use expect_test::{Expect, expect};
use onefold_event::{Identifier, IdentifierKind, PersonId, Position, Timestamp};
use onefold_identity::{
    DecidedAt, Identities, IdentityDecision, KindRule, Rules, Sighting, Suspicion, Verdict,
};

use crate::model::{SEED, dump, identifier, source};

/// What the stored fixture is made of.
pub(crate) const FIXTURE: &str = "anonymous_id:phone
anonymous_id:laptop email:ann@example.com
user_id:ann anonymous_id:laptop
user_id:ann anonymous_id:phone
user_id:bob anonymous_id:laptop phone:000-000
user_id:cat anonymous_id:1 anonymous_id:2 anonymous_id:3 card:1 card:2 card:3
user_id:ann anonymous_id:phone";

/// Observes lines of identifiers; each line is one sighting, at its line number.
pub(crate) fn observe(text: &str) -> Identities {
    let mut identities = Identities::new(Rules::standard(), SEED);
    let source = source("web");
    for (line, number) in text.lines().zip(1..) {
        let identifiers: Vec<Identifier> = line.split_whitespace().map(identifier).collect();
        let _ = identities.observe(&Sighting {
            identifiers: &identifiers,
            source: &source,
            position: Position(number),
            time: Timestamp::from_micros(i64::try_from(number).unwrap() * 60_000_000),
        });
    }
    identities
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&dump(&observe(text)));
}

#[test]
fn two_devices_become_one_person() {
    check(
        "anonymous_id:phone\nanonymous_id:laptop\nuser_id:ann anonymous_id:laptop\n\
         anonymous_id:phone user_id:ann\nuser_id:ann anonymous_id:phone",
        &expect![[r#"
            identifier anonymous_id:laptop person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier anonymous_id:phone person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier user_id:ann person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            link user_id:ann anonymous_id:laptop position 3 source web first 1970-01-01T00:03:00Z last 1970-01-01T00:03:00Z count 1
            link user_id:ann anonymous_id:phone position 4 source web first 1970-01-01T00:04:00Z last 1970-01-01T00:05:00Z count 2
            retired 80d45be5-b1d7-7cfb-d39a-6a981286d6fc into aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122 now aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        "#]],
    );
}

#[test]
fn a_shared_device_is_held() {
    let story = "user_id:ann anonymous_id:kiosk\nuser_id:bob anonymous_id:kiosk\n\
                 user_id:bob anonymous_id:kiosk";
    check(
        story,
        &expect![[r#"
        identifier anonymous_id:kiosk person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        identifier user_id:ann person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        identifier user_id:bob person 80d45be5-b1d7-7cfb-d39a-6a981286d6fc
        link user_id:ann anonymous_id:kiosk position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
        held user_id:bob anonymous_id:kiosk rule one person has at most 1 of kind `user_id` position 2 source web first 1970-01-01T00:02:00Z last 1970-01-01T00:03:00Z count 2
    "#]],
    );
    let identities = observe(story);
    let refusals: Vec<String> = identities.refusals().map(|it| it.to_string()).collect();
    expect!["`user_id:bob` was seen with `anonymous_id:kiosk` 2 times, from 1970-01-01T00:02:00Z to 1970-01-01T00:03:00Z (first in `web`, position 2); held, because one person has at most 1 of kind `user_id`"].assert_eq(&refusals.join("\n"));
    assert_ne!(
        identities.person(&identifier("user_id:bob")),
        identities.person(&identifier("anonymous_id:kiosk"))
    );
    assert_eq!(
        identities.why(&identifier("user_id:ann"), &identifier("user_id:bob")),
        None
    );
}

/// The same two, seen again as of an earlier time, win back what they lost, and the answer is whose they are then.
#[test]
fn a_repeated_sighting_tells_whose_it_is_now() {
    let mut identities = Identities::new(Rules::standard(), SEED);
    let source = source("web");
    let mut see = |text: &str, position: u64, time: i64| {
        let identifiers: Vec<Identifier> = text.split_whitespace().map(identifier).collect();
        identities.observe(&Sighting {
            identifiers: &identifiers,
            source: &source,
            position: Position(position),
            time: Timestamp::from_micros(time),
        })
    };
    let device = see("anonymous_id:d", 1, 0).person;
    assert_eq!(see("user_id:ann anonymous_id:d", 2, 17).person, device);
    // The device goes to Bob, who was seen with it earlier; Ann is a new person.
    let bob = see("user_id:bob anonymous_id:d", 3, 14);
    assert_eq!(
        (bob.person, bob.splits.len(), bob.held.len()),
        (device, 1, 1)
    );
    let ann = see("user_id:ann anonymous_id:d", 4, 3);
    assert_eq!(ann.person, device);
    assert_eq!(
        (
            ann.merges.len(),
            ann.splits.len(),
            ann.held.len(),
            ann.released.len()
        ),
        (1, 1, 1, 1)
    );
}

/// Every sighting without an identifier is as if it had never had it: those it tied together stay together.
#[test]
fn an_identifier_is_taken_back() {
    let mut identities =
        observe("user_id:test email:a@x.y phone:+31612345678\nuser_id:test email:b@x.y");
    let [test, a, b, phone] = [
        "user_id:test",
        "email:a@x.y",
        "email:b@x.y",
        "phone:+31612345678",
    ]
    .map(identifier);
    let at = DecidedAt {
        by: &source("desk"),
        position: Position(9),
        time: Timestamp::from_micros(0),
    };
    let back = IdentityDecision::RetractIdentifier { identifier: test };
    let decided = identities.decide(&back, &at);
    assert_eq!((decided.verdict, decided.splits.len()), (Verdict::Done, 2));
    assert_eq!(identities.person(&a), identities.person(&phone));
    assert_ne!(identities.person(&a), identities.person(&b));
    expect!["`email:a@x.y` was seen with `phone:+31612345678` once, on 1970-01-01T00:01:00Z (first in `web`, position 1)"]
        .assert_eq(&identities.why(&a, &phone).unwrap().steps[0].evidence.to_string());
}

/// A number that sixty people gave is proposed, and once it is blocked it ties nobody to anybody.
#[test]
fn a_shared_number_is_suspected_and_blocked() {
    let mut text: String = (0..60)
        .map(|n| format!("user_id:u{n} phone:+31612345678\n"))
        .collect();
    // A busy person's own: many visitors, but one of them nearly always.
    text += &"user_id:busy anonymous_id:main\n".repeat(2000);
    (0..60).for_each(|n| text += &format!("user_id:busy anonymous_id:v{n}\n"));
    let mut identities = observe(&text);
    let suspects = identities.suspects(&Suspicion::default());
    expect![[r#"[{"identifier":{"kind":"phone","value":"+31612345678"},"degree":60,"people":60,"entropy_bits":5.906890595608517}]"#]]
    .assert_eq(&serde_json::to_string(&suspects).unwrap());
    let people = identities.people_count();
    let [identifier] = &*suspects else {
        panic!("one is suspected");
    };
    let (identifier, at) = (
        identifier.identifier.clone(),
        DecidedAt {
            by: &source("desk"),
            position: Position(9_999),
            time: Timestamp::from_micros(0),
        },
    );
    let block = IdentityDecision::Block {
        identifier: identifier.clone(),
    };
    assert_eq!(identities.decide(&block, &at).verdict, Verdict::Done);
    assert_eq!(
        (identities.people_count(), identities.refusals_count()),
        (people + 1, 0)
    );
    let see = Sighting {
        identifiers: &[identifier.clone(), self::identifier("user_id:u1")],
        source: &source("web"),
        position: Position(10_000),
        time: Timestamp::from_micros(0),
    };
    let observed = identities.observe(&see);
    assert_eq!(observed.blocked.len(), 1);
    assert!(dump(&identities).ends_with("blocked phone:+31612345678 by decision count 1\n"));
    assert_eq!(identities.suspects(&Suspicion::default()), []);
    let unblock = IdentityDecision::Unblock { identifier };
    assert_eq!(identities.decide(&unblock, &at).verdict, Verdict::Done);
    assert_eq!(identities.observe(&see).blocked, []);
}

/// Keys of a source's records: two of one source are never one person, of two sources they may be.
#[test]
fn one_record_of_each_source() {
    let record = IdentifierKind::new("record").unwrap();
    let rules = Rules::standard().kind(KindRule::new(record).limit(1).per_source());
    let mut identities = Identities::new(rules, SEED);
    for (line, number) in [
        "record:crm/1 email:a@x.y",
        "record:shop/7 email:a@x.y",
        "record:crm/2 email:a@x.y",
    ]
    .into_iter()
    .zip(1..)
    {
        let identifiers: Vec<Identifier> = line.split(' ').map(identifier).collect();
        let _ = identities.observe(&Sighting {
            identifiers: &identifiers,
            source: &source("web"),
            position: Position(number),
            time: Timestamp::from_micros(0),
        });
    }
    assert_eq!(identities.people_count(), 2);
    let held: Vec<String> = identities
        .refusals()
        .map(|it| it.rule.to_string())
        .collect();
    assert_eq!(
        held,
        ["one person has at most 1 of kind `record` from source `crm`"]
    );
}

#[test]
fn what_cannot_be_decided_says_so() {
    let mut identities = observe("user_id:ann email:ann@x.y");
    let [ann, address, null] = ["user_id:ann", "email:ann@x.y", "phone:000"].map(identifier);
    let mut verdict = |decision| {
        let at = DecidedAt {
            by: &source("desk"),
            position: Position(9),
            time: Timestamp::from_micros(0),
        };
        identities.decide(&decision, &at).verdict
    };
    let two = |a: &Identifier, b: &Identifier| [a.clone(), b.clone()];
    let identifiers = two(&ann, &ann);
    assert_eq!(
        verdict(IdentityDecision::Apart { identifiers }),
        Verdict::OneIdentifier
    );
    let identifiers = two(&ann, &null);
    let blocked = verdict(IdentityDecision::Same { identifiers });
    assert!(matches!(blocked, Verdict::Blocked(it) if it.identifier == null));
    let identifiers = two(&ann, &address);
    let not_apart = IdentityDecision::NotApart {
        identifiers: identifiers.clone(),
    };
    assert_eq!(verdict(not_apart), Verdict::Unchanged);
    assert_eq!(
        verdict(IdentityDecision::Apart {
            identifiers: identifiers.clone()
        }),
        Verdict::Done
    );
    let Verdict::Held(refusal) = verdict(IdentityDecision::Same { identifiers }) else {
        panic!("it is held");
    };
    expect!["`user_id:ann` was declared to be `email:ann@x.y` 2 times, from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (first in `web`, position 1); held, because `email:ann@x.y` and `user_id:ann` are kept apart"]
        .assert_eq(&refusal.to_string());
    let future = IdentityDecision::RetractRecord {
        position: Position(9),
    };
    assert_eq!(verdict(future), Verdict::Unchanged);
    let nobody = IdentityDecision::RetractSource {
        source: source("nobody"),
    };
    assert_eq!(verdict(nobody), Verdict::Unchanged);
}

#[test]
fn a_new_identifier_that_is_refused_becomes_a_person() {
    check(
        "user_id:a user_id:b email:x@example.com",
        &expect![[r#"
        identifier email:x@example.com person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        identifier user_id:a person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        identifier user_id:b person ca4b5078-fe05-b6f7-d59e-e1d112cd4da2
        link user_id:a email:x@example.com position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
        held user_id:a user_id:b rule one person has at most 1 of kind `user_id` position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
    "#]],
    );
}

#[test]
fn the_sixth_address_waits() {
    check(
        "user_id:ann email:1@x.y email:2@x.y email:3@x.y email:4@x.y email:5@x.y email:6@x.y",
        &expect![[r#"
            identifier email:1@x.y person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier email:2@x.y person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier email:3@x.y person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier email:4@x.y person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier email:5@x.y person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            identifier email:6@x.y person ca4b5078-fe05-b6f7-d59e-e1d112cd4da2
            identifier user_id:ann person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
            link user_id:ann email:1@x.y position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
            link user_id:ann email:2@x.y position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
            link user_id:ann email:3@x.y position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
            link user_id:ann email:4@x.y position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
            link user_id:ann email:5@x.y position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
            held user_id:ann email:6@x.y rule one person has at most 5 of kind `email` position 1 source web first 1970-01-01T00:01:00Z last 1970-01-01T00:01:00Z count 1
        "#]],
    );
}

#[test]
fn blocked_values_link_nobody() {
    let story = "user_id:ann phone:000-000\nuser_id:bob phone:000-000\nuser_id:NULL\n\
                 anonymous_id:undefined email:n/a";
    check(
        story,
        &expect![[r#"
        identifier user_id:ann person aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122
        identifier user_id:bob person 80d45be5-b1d7-7cfb-d39a-6a981286d6fc
        blocked anonymous_id:undefined by pattern `^(?i:null|nil|none|undefined|nan|n/a|anonymous|unknown|-1)$` count 1
        blocked email:n/a by pattern `^(?i:null|nil|none|undefined|nan|n/a|anonymous|unknown|-1)$` count 1
        blocked phone:000-000 by pattern `^[0-]+$` count 2
        blocked user_id:NULL by pattern `^(?i:null|nil|none|undefined|nan|n/a|anonymous|unknown|-1)$` count 1
    "#]],
    );
    let identities = observe(story);
    assert_eq!(identities.find(&identifier("phone:000-000")), None);
    assert_eq!(
        (identities.blocked_count(), identities.people_count()),
        (4, 2)
    );
}

#[test]
fn an_event_without_a_usable_identifier_belongs_to_nobody() {
    let mut identities = Identities::new(Rules::standard(), SEED);
    let source = source("web");
    let mut see = |identifiers: &[Identifier]| {
        identities.observe(&Sighting {
            identifiers,
            source: &source,
            position: Position(1),
            time: Timestamp::from_micros(0),
        })
    };
    assert_eq!(see(&[]), onefold_identity::Observed::default());
    let blocked = see(&[identifier("user_id:null")]);
    assert_eq!(
        (blocked.anchor, blocked.person, blocked.blocked.len()),
        (None, None, 1)
    );
    assert_eq!(see(&[identifier("user_id:null")]).blocked[0].count, 2);
}

#[test]
fn the_path_is_told_in_words_and_as_data() {
    let identities = observe(
        "user_id:ann anonymous_id:laptop\nuser_id:ann email:ann@example.com\n\
         email:ann@example.com phone:+31612345678\nuser_id:ann email:ann@example.com",
    );
    let path = identities
        .why(
            &identifier("anonymous_id:laptop"),
            &identifier("phone:+31612345678"),
        )
        .unwrap();
    expect![[r#"
        `anonymous_id:laptop` and `phone:+31612345678` are one person, aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122, because
          1. `user_id:ann` was seen with `anonymous_id:laptop` once, on 1970-01-01T00:01:00Z (first in `web`, position 1)
          2. `user_id:ann` was seen with `email:ann@example.com` 2 times, from 1970-01-01T00:02:00Z to 1970-01-01T00:04:00Z (first in `web`, position 2)
          3. `email:ann@example.com` was seen with `phone:+31612345678` once, on 1970-01-01T00:03:00Z (first in `web`, position 3)"#]].assert_eq(&path.to_string());
    expect![[r#"
        {
          "from": {
            "kind": "user_id",
            "value": "ann"
          },
          "to": {
            "kind": "email",
            "value": "ann@example.com"
          },
          "evidence": {
            "between": [
              {
                "kind": "user_id",
                "value": "ann"
              },
              {
                "kind": "email",
                "value": "ann@example.com"
              }
            ],
            "basis": "observed",
            "first_position": 2,
            "source": "web",
            "first_time": "1970-01-01T00:02:00Z",
            "last_time": "1970-01-01T00:04:00Z",
            "count": 2
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&path.steps[1]).unwrap());
    let same = identities.why(&identifier("user_id:ann"), &identifier("user_id:ann"));
    expect!["`user_id:ann` and `user_id:ann` are one person, aa7bfabf-cfd4-0fd4-2ba1-d8264afdd122: they are the same identifier"].assert_eq(&same.unwrap().to_string());
}

/// The sightings of the fixture, and a link that somebody thinks probable.
pub(crate) fn fixture() -> Identities {
    let mut state = observe(FIXTURE);
    let decision = onefold_identity::IdentityDecision::Probable {
        identifiers: [identifier("contact:7"), identifier("email:ann@example.com")],
        bits: onefold_identity::Bits::new(12.5),
    };
    let at = onefold_identity::DecidedAt {
        by: &crate::model::source("matching"),
        position: Position(1_000),
        time: Timestamp::from_micros(7),
    };
    let decided = state.decide(&decision, &at);
    assert_eq!(decided.verdict, onefold_identity::Verdict::Done);
    state
}

/// The same sightings are still stored as the fixture has them. With `ONEFOLD_FIXTURE` set to a folder, the
/// fixture of a new version is written there.
#[test]
fn the_stored_form_is_that_of_the_fixture() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let state = fixture();
    if let Ok(folder) = std::env::var("ONEFOLD_FIXTURE") {
        std::fs::write(format!("{folder}/identities-0.3.bin"), state.encode()).unwrap();
        std::fs::write(format!("{folder}/identities-0.3.txt"), dump(&state)).unwrap();
    }
    let stored = std::fs::read(format!("{folder}/identities-0.3.bin")).unwrap();
    assert_eq!(state.encode(), stored);
}

#[test]
fn an_unknown_id_leads_nowhere() {
    let identities = observe("user_id:ann");
    assert_eq!(identities.index(PersonId::from_u128(0)), None);
    let other = Identities::new(Rules::standard(), SEED);
    let id = identities.id(onefold_event::PersonIndex(0)).unwrap();
    assert_eq!(other.index(id), None);
    assert!(identities.index(id).is_some());
}

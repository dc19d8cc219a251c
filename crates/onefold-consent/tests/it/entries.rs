//! Entries, their words and their JSON.

use onefold_consent::{Action, Channel, ConsentEntry, Evidence, Purpose};
use onefold_event::{AnchorId, ErrorKind, Identifier, Position};

use crate::{day, entry, ledger, source};

#[test]
fn names_are_trimmed_and_lower_case() {
    assert_eq!(
        Purpose::new(" News Letter ").unwrap().as_str(),
        "news letter"
    );
    assert_eq!(
        Channel::new("EMAIL").unwrap(),
        Channel::new("email").unwrap()
    );
    assert!(Purpose::new("ALL").unwrap().is_all());
    for wrong in ["", "  ", "a\u{0}b", &"x".repeat(65)] {
        assert_eq!(
            Purpose::new(wrong).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    assert!(Purpose::new("x".repeat(64)).is_ok());
}

#[test]
fn actions_are_read_from_their_words_and_never_guessed() {
    for (word, action) in [
        ("Opt-In", Action::Grant),
        ("given", Action::Grant),
        ("denied", Action::Refuse),
        ("UNSUBSCRIBED", Action::Withdraw),
        ("opt out", Action::Withdraw),
        ("object", Action::Object),
    ] {
        assert_eq!(word.parse::<Action>().unwrap(), action, "{word}");
    }
    let unclear = "1".parse::<Action>().unwrap_err().to_string();
    assert_eq!(
        unclear,
        "`1` is not a consent action: write `grant`, `refuse`, `withdraw` or `object`"
    );
}

#[test]
fn an_entry_is_read_from_json_and_its_mistakes_are_named() {
    let text = r#"{"subject":{"kind":"email","value":" Ann@Example.com "},"purpose":"News","channel":"email","action":"granted","time":"2026-01-02","evidence":{"method":"import","reference":"c.csv line 3"}}"#;
    let read: ConsentEntry = serde_json::from_str(text).unwrap();
    let expected = ConsentEntry::new(
        Identifier::email("ann@example.com").unwrap(),
        Purpose::new("news").unwrap(),
        Action::Grant,
        day(1),
    )
    .channel(Channel::new("email").unwrap())
    .evidence(Evidence::by_method("import").reference("c.csv line 3"));
    assert_eq!(read, expected);
    let again: ConsentEntry = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, expected);
    let unknown = text.replace("\"channel\"", "\"chanel\"");
    let error = serde_json::from_str::<ConsentEntry>(&unknown).unwrap_err();
    assert!(error.to_string().contains("chanel"), "{error}");
}

#[test]
fn blank_evidence_supports_nothing() {
    assert!(!Evidence::by_method("  ").supports_grant());
    assert!(
        !Evidence::default()
            .version("2")
            .language("de")
            .actor("a")
            .supports_grant()
    );
    assert!(Evidence::default().wording("I agree").supports_grant());
    assert!(Evidence::default().notice("form 7").supports_grant());
}

#[test]
fn entries_are_listed_whole_by_time() {
    let mut ledger = ledger("1 5 withdraw ads by email\n0 2 grant ads until 9");
    let (anchor, mut full) = entry("0 1 grant news");
    full.evidence = Evidence::by_method("call")
        .actor("agent 7")
        .reference("ticket 12");
    ledger.append(anchor, &full, &source(), Position(3));
    let listed: Vec<_> = ledger.entries(&[AnchorId(0), AnchorId(1)]).collect();
    let positions: Vec<u64> = listed.iter().map(|entry| entry.position.0).collect();
    assert_eq!(positions, [3, 2, 1]);
    assert_eq!(listed[0].evidence, full.evidence);
    assert_eq!(listed[0].source, source());
    assert_eq!(listed[1].expires, Some(day(9)));
    assert_eq!(listed[2].channel, Some(Channel::new("email").unwrap()));
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger.entries(&[AnchorId(8)]).count(), 0);
}

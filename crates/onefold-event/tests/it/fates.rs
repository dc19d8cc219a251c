//! The five fates, in words and in JSON.

use onefold_event::{Diagnostic, Ingested, Position, RejectedReason, WithheldReason};

#[test]
fn words_and_json() {
    let check = |fate: Ingested, words: &str, json: &str| {
        assert_eq!(fate.to_string(), words);
        assert_eq!(serde_json::to_string(&fate).unwrap(), json);
        assert_eq!(serde_json::from_str::<Ingested>(json).unwrap(), fate);
        assert!(words.starts_with(fate.name()));
    };
    check(
        Ingested::Accepted(Position(7)),
        "accepted at 7",
        r#"{"fate":"accepted","detail":7}"#,
    );
    check(Ingested::Duplicate, "duplicate", r#"{"fate":"duplicate"}"#);
    check(
        Ingested::Quarantined(vec![
            Diagnostic::new("`type` is missing").at("/type"),
            Diagnostic::new("no"),
        ]),
        "quarantined: /type: `type` is missing; no",
        r#"{"fate":"quarantined","detail":[{"message":"`type` is missing","pointer":"/type"},{"message":"no"}]}"#,
    );
    check(
        Ingested::Withheld(WithheldReason::NoConsent),
        "withheld: no consent to collection",
        r#"{"fate":"withheld","detail":"no_consent"}"#,
    );
    check(
        Ingested::Rejected(RejectedReason::TooLarge {
            bytes: 3,
            bytes_max: 2,
        }),
        "rejected: 3 bytes, the limit is 2",
        r#"{"fate":"rejected","detail":{"too_large":{"bytes":3,"bytes_max":2}}}"#,
    );
    assert_eq!(
        Ingested::Accepted(Position(7)).position(),
        Some(Position(7))
    );
    assert_eq!(Ingested::Duplicate.position(), None);
}

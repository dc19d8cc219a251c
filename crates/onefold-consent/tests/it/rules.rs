//! Each rule of the decision, by example.

use expect_test::{Expect, expect};
use onefold_consent::{Ledger, PERMIT_MICROS_MAX};
use onefold_event::{AnchorId, CollectionBasis};

use crate::{ANN, answer, day, ledger, request};

fn check(entries: &str, anchors: &[u32], questions: &str, expected: Expect) {
    let ledger = ledger(entries);
    let mut answers = String::new();
    for question in questions.split_whitespace() {
        answers += &format!(
            "{question}: {}\n",
            answer(&ledger, anchors, question, day(100))
        );
    }
    expected.assert_eq(&answers);
}

#[test]
fn unknown_means_no() {
    check(
        "0 1 grant newsletter by email",
        &[0],
        "newsletter/email newsletter/phone newsletter ads/email",
        expect![[r#"
            newsletter/email: allowed by [1] until 2026-04-12T00:00:00Z
            newsletter/phone: unknown by []
            newsletter: unknown by []
            ads/email: unknown by []
        "#]],
    );
    let nobody = answer(&Ledger::new(), &[0, 9], "newsletter/email", day(1));
    assert_eq!(nobody, "unknown by []");
}

#[test]
fn a_withdrawal_covers_its_scope() {
    check(
        "0 1 grant newsletter\n0 1 grant ads\n0 2 withdraw newsletter by email",
        &[0],
        "newsletter/email newsletter/phone newsletter ads/email",
        expect![[r#"
            newsletter/email: withdrawn by [3]
            newsletter/phone: allowed by [1] until 2026-04-12T00:00:00Z
            newsletter: withdrawn by [3]
            ads/email: allowed by [2] until 2026-04-12T00:00:00Z
        "#]],
    );
    check(
        "0 1 grant newsletter by email\n0 1 grant ads by post\n0 2 withdraw all",
        &[0],
        "newsletter/email ads/post collection",
        expect![[r#"
            newsletter/email: withdrawn by [3]
            ads/post: withdrawn by [3]
            collection: withdrawn by [3]
        "#]],
    );
    check(
        "0 1 grant newsletter\n0 2 withdraw all by phone",
        &[0],
        "newsletter/email newsletter/phone",
        expect![[r#"
            newsletter/email: allowed by [1] until 2026-04-12T00:00:00Z
            newsletter/phone: withdrawn by [2]
        "#]],
    );
}

#[test]
fn a_later_grant_lifts_a_no_and_at_equal_time_the_no_stands() {
    check(
        "0 2 withdraw all\n0 3 grant newsletter by email\n0 5 grant ads by email\n0 5 refuse ads\n0 5 object ads",
        &[0],
        "newsletter/email ads/email",
        expect![[r#"
            newsletter/email: allowed by [2] until 2026-04-12T00:00:00Z
            ads/email: objected by [5]
        "#]],
    );
}

#[test]
fn of_several_anchors_the_strictest_answer_holds() {
    let entries = "0 9 grant newsletter\n1 2 withdraw newsletter\n2 1 grant newsletter until 50\n3 1 grant newsletter until 101";
    for (anchors, expected) in [
        (&[0, 1][..], "withdrawn by [2]"),
        (&[0, 2], "expired by [3]"),
        (&[0, 2, 1], "withdrawn by [2]"),
        (&[0, 3, 7], "allowed by [1, 4] until 2026-04-12T00:00:00Z"),
        (&[7, 8], "unknown by []"),
    ] {
        assert_eq!(
            answer(&ledger(entries), anchors, "newsletter/email", day(100)),
            expected
        );
    }
}

#[test]
fn a_grant_needs_evidence_and_a_purpose_and_a_no_needs_neither() {
    check(
        "0 1 grant newsletter bare\n0 2 grant all\n0 3 grant ads\n0 4 withdraw ads bare\n0 5 grant ads bare\n0 6 grant sms\n0 7 grant sms bare",
        &[0],
        "newsletter/email phone-calls/phone ads/email sms/sms",
        expect![[r#"
            newsletter/email: evidence_missing by [1]
            phone-calls/phone: purpose_not_specific by [2]
            ads/email: withdrawn by [4]
            sms/sms: allowed by [6] until 2026-04-12T00:00:00Z
        "#]],
    );
}

#[test]
fn grants_end_at_their_expiry_and_permits_no_later() {
    let ledger = ledger("0 1 grant newsletter\n0 2 grant newsletter until 10");
    let at = |now| answer(&ledger, &[0], "newsletter/email", now);
    let until = |day: &str| format!("until 2026-01-{day}T00:00:00Z");
    assert_eq!(at(day(1).plus_micros(-1)), "unknown by []");
    assert_eq!(at(day(1)), format!("allowed by [1] {}", until("03")));
    assert_eq!(at(day(2)), format!("allowed by [2] {}", until("04")));
    let last = day(10).plus_micros(-1);
    assert_eq!(at(last), format!("allowed by [2] {}", until("11")));
    // The later grant says how long permission lasts; the earlier one does not come back.
    assert_eq!(at(day(10)), "expired by [2]");
    let permit = ledger.decide(ANN, &[AnchorId(0)], &request("newsletter/email"), last);
    let permit = permit.permit().unwrap();
    assert!(permit.is_valid(last));
    assert!(!permit.is_valid(day(10)));
    assert!(!permit.is_valid(last.plus_micros(-1)));
}

#[test]
fn a_permit_lasts_a_day_at_most() {
    let ledger = ledger("0 1 grant newsletter until 900");
    let allow = || ledger.decide(ANN, &[AnchorId(0)], &request("newsletter/email"), day(5));
    let permit = allow().permit().unwrap();
    assert_eq!(permit.valid_until(), day(5).plus_micros(PERMIT_MICROS_MAX));
    let message = permit.allow("hello").map(str::len);
    assert_eq!(*message.value(), 5);
    assert_eq!(message.permit().person(), ANN);
    assert_eq!(message.permit().channel().unwrap().as_str(), "email");
    assert!(message.permit().is_valid(day(6).plus_micros(-1)));
    assert!(!message.permit().is_valid(day(6)));
}

#[test]
fn what_is_said_after_now_is_not_heard() {
    let ledger = ledger("0 1 grant newsletter\n0 60 withdraw newsletter");
    assert_eq!(
        answer(&ledger, &[0], "newsletter/email", day(59)),
        "allowed by [1] until 2026-03-02T00:00:00Z"
    );
    assert_eq!(
        answer(&ledger, &[0], "newsletter/email", day(60)),
        "withdrawn by [2]"
    );
}

#[test]
fn a_denial_is_a_sentence() {
    let ledger = ledger("0 1 grant newsletter\n0 2 object all\n0 2 object all");
    let decision = ledger.decide(ANN, &[AnchorId(0)], &request("newsletter/email"), day(9));
    let denial = decision.denial().unwrap();
    assert_eq!(
        denial.to_string(),
        "`newsletter` by `email` is denied: the person objected (entry 2, 3)"
    );
    assert_eq!(
        serde_json::to_string(denial).unwrap(),
        r#"{"reason":"objected","request":{"purpose":"newsletter","channel":"email"},"decided_at":"2026-01-10T00:00:00Z","evidence":[2,3]}"#
    );
}

/// The answers for contract, consent, legal obligation and legitimate interest.
fn collection(entries: &str) -> String {
    let ledger = ledger(entries);
    let bases = [
        CollectionBasis::Contract,
        CollectionBasis::Consent,
        CollectionBasis::LegalObligation,
        CollectionBasis::LegitimateInterest,
    ];
    let answers = bases.map(
        |basis| match ledger.may_collect(&[AnchorId(0)], basis, day(100)) {
            Ok(()) => "yes",
            Err(denial) => denial.reason.code(),
        },
    );
    answers.join(" ")
}

#[test]
fn collection_follows_its_basis() {
    for (entries, expected) in [
        ("", "yes unknown yes yes"),
        ("0 1 grant collection", "yes yes yes yes"),
        ("0 1 grant collection bare", "yes evidence_missing yes yes"),
        ("0 1 grant collection until 50", "yes expired yes yes"),
        ("0 1 object collection", "objected objected yes objected"),
        ("0 1 object all", "objected objected yes objected"),
        ("0 1 refuse collection", "refused refused yes refused"),
        (
            "0 1 withdraw collection by web",
            "withdrawn withdrawn yes withdrawn",
        ),
        // Consent is taken back; a contract never rested on it.
        (
            "0 1 grant collection\n0 2 withdraw all",
            "yes withdrawn yes yes",
        ),
        ("0 1 object newsletter", "yes unknown yes yes"),
        ("0 1 object all\n0 2 grant collection", "yes yes yes yes"),
        (
            "0 1 object all\n0 2 grant newsletter",
            "objected objected yes objected",
        ),
        // A lapsed grant lifts nothing.
        (
            "0 1 object all\n0 2 grant collection until 50",
            "objected expired yes objected",
        ),
    ] {
        assert_eq!(collection(entries), expected, "{entries}");
    }
}

//! Which identifiers an event gives, and in which form.

use expect_test::{Expect, expect};
use onefold_event::{Event, Identifier, IdentifierFields, IdentifierKind, Region, Timestamp};
use proptest::prelude::*;

fn check(fields: &IdentifierFields, json: &str, expected: Expect) {
    let event = Event::from_json(json, Timestamp::default()).unwrap();
    let (identifiers, mistakes) = fields.identifiers(&event);
    let identifiers = identifiers.iter().map(ToString::to_string);
    let mistakes = mistakes.iter().map(|mistake| format!("! {mistake}"));
    expected.assert_eq(&identifiers.chain(mistakes).collect::<Vec<_>>().join("\n"));
}

#[test]
fn by_default() {
    let fields = IdentifierFields::default();
    check(
        &fields,
        r#"{"type":"identify","userId":"u1","anonymousId":"a1","traits":{"email":"ANN@x.org","phone":"+4930123456"}}"#,
        expect![[r#"
            user_id:u1
            anonymous_id:a1
            email:ann@x.org
            phone:+4930123456"#]],
    );
    // `context.traits` of any call, each identifier once.
    check(
        &fields,
        r#"{"type":"track","event":"E","userId":"u1","context":{"traits":{"email":"ann@x.org"}}}"#,
        expect![[r#"
            user_id:u1
            email:ann@x.org"#]],
    );
    check(
        &fields,
        r#"{"type":"identify","traits":{"email":"ann@x.org"},"context":{"traits":{"email":"Ann@x.org "}}}"#,
        expect!["email:ann@x.org"],
    );
    // The traits of a group call are the group's.
    check(
        &fields,
        r#"{"type":"group","userId":"u1","groupId":"g","traits":{"email":"office@x.org"}}"#,
        expect!["user_id:u1"],
    );
    check(
        &fields,
        r#"{"type":"track","event":"E","userId":null,"anonymousId":""}"#,
        expect![[r#""#]],
    );
    check(
        &fields,
        r#"{"type":"identify","traits":{"email":null,"phone":"  "}}"#,
        expect![[r#""#]],
    );
}

#[test]
fn the_earlier_id_of_an_alias_may_be_either() {
    let fields = IdentifierFields::default();
    check(
        &fields,
        r#"{"type":"alias","userId":"u1","previousId":"old"}"#,
        expect![[r#"
            user_id:u1
            user_id:old
            anonymous_id:old"#]],
    );
    check(
        &fields,
        r#"{"type":"alias","userId":"u1","anonymousId":"a1","previousId":"a1"}"#,
        expect![[r#"
            user_id:u1
            anonymous_id:a1"#]],
    );
    check(
        &fields,
        r#"{"type":"alias","userId":"u1","previousId":"u1"}"#,
        expect!["user_id:u1"],
    );
    check(
        &fields,
        r#"{"type":"page","userId":"u1","previousId":"old"}"#,
        expect!["user_id:u1"],
    );
}

#[test]
fn what_cannot_be_normalised_is_left_out_and_named() {
    let fields = IdentifierFields::default();
    check(
        &fields,
        r#"{"type":"identify","userId":"u\u0007","traits":{"email":"nobody","phone":["x"]}}"#,
        expect![[r#"
            ! /userId: the value of identifier `user_id` has control characters
            ! /traits/email: `nobody` is not an e-mail address: it has no `@`
            ! /traits/phone: the `phone` is neither a text nor a number"#]],
    );
    check(
        &fields,
        r#"{"type":"identify","userId":"u1","traits":{"phone":"030 123456"}}"#,
        expect![[r#"
            user_id:u1
            ! /traits/phone: `030 123456` is not a telephone number: it has no country: it starts with neither `+` nor `00`, and no region is given"#]],
    );
}

#[test]
fn declared() {
    let fields: IdentifierFields = serde_json::from_str(
        r#"{"traits":{"contact.email":"email","crm":"crm_id"},"properties":{"phone":"phone"},"region":"DE"}"#,
    )
    .unwrap();
    check(
        &fields,
        r#"{"type":"identify","traits":{"contact":{"email":"a@b.cz"},"crm":17,"email":"no@b.cz"},"properties":{"phone":"030 123456"}}"#,
        expect![[r#"
            email:a@b.cz
            crm_id:17
            phone:+4930123456"#]],
    );
    let json = serde_json::to_string(&fields).unwrap();
    assert_eq!(
        serde_json::from_str::<IdentifierFields>(&json).unwrap(),
        fields
    );
    let unknown = serde_json::from_str::<IdentifierFields>(r#"{"trait":{}}"#).unwrap_err();
    assert!(
        unknown.to_string().starts_with("unknown field `trait`"),
        "{unknown}"
    );
    let bad =
        serde_json::from_str::<IdentifierFields>(r#"{"traits":{"a":"Bad Kind"}}"#).unwrap_err();
    assert!(
        bad.to_string()
            .starts_with("`Bad Kind` is not an identifier kind"),
        "{bad}"
    );
}

#[test]
fn emails() {
    let check = |text: &str, expected: &str| {
        let email = Identifier::email(text);
        let shown = email.map_or_else(|error| error.to_string(), |email| email.value().to_owned());
        assert_eq!(
            shown.replace(&format!("`{text}` is not an e-mail address: it "), "! "),
            expected
        );
    };
    check(" Ann@Example.COM\n", "ann@example.com");
    check("a.b+c@x.co.uk", "a.b+c@x.co.uk");
    check("o'brien@x.ie", "o'brien@x.ie");
    check("Jörg@MÜLLER.de", "jörg@müller.de");
    check("ann", "! has no `@`");
    check("@x.org", "! has nothing before its `@`");
    check("ann@", "! has no dot after its `@`");
    check("ann@localhost", "! has no dot after its `@`");
    check(
        "ann..lee@x.org",
        "! has a dot at an end or two dots in a row before its `@`",
    );
    check(
        ".ann@x.org",
        "! has a dot at an end or two dots in a row before its `@`",
    );
    check(
        "ann lee@x.org",
        "! has a character that an address cannot have before its `@`",
    );
    check(
        "a@b@x.org",
        "! has a character that an address cannot have before its `@`",
    );
    check(
        "\"ann\"@x.org",
        "! has a character that an address cannot have before its `@`",
    );
    check(
        "ann@x..org",
        "! has something after its `@` that is not a domain name",
    );
    check(
        "ann@-x.org",
        "! has something after its `@` that is not a domain name",
    );
    check(
        "ann@x_y.org",
        "! has something after its `@` that is not a domain name",
    );
    check(
        "ann@192.168.0.1",
        "! has something after its `@` that is not a domain name",
    );
    check(
        "ann@\u{200b}x.org",
        "! has something after its `@` that is not a domain name",
    );
    check(
        &format!("{}@x.org", "a".repeat(65)),
        "! has more than 64 bytes before its `@`",
    );
    let long = format!("a@{}org", "abcdefghi.".repeat(25));
    assert!(
        Identifier::email(&long)
            .unwrap_err()
            .to_string()
            .ends_with("is longer than 254 bytes")
    );
}

#[test]
fn identifiers_as_json() {
    let identifier = Identifier::email("ann@x.org").unwrap();
    let json = serde_json::to_string(&identifier).unwrap();
    assert_eq!(json, r#"{"kind":"email","value":"ann@x.org"}"#);
    assert_eq!(
        serde_json::from_str::<Identifier>(&json).unwrap(),
        identifier
    );
    let raw: Identifier = serde_json::from_str(r#"{"kind":"email","value":" Ann@X.org"}"#).unwrap();
    assert_eq!(raw, identifier);
    assert!(serde_json::from_str::<Identifier>(r#"{"kind":"email","value":"x"}"#).is_err());
    let region: Region = serde_json::from_str("\"cz\"").unwrap();
    assert_eq!(serde_json::to_string(&region).unwrap(), "\"CZ\"");
}

#[test]
fn a_known_kind_equals_the_declared_one() {
    use std::collections::HashMap;
    let kinds = HashMap::from([(IdentifierKind::email(), 1)]);
    assert_eq!(kinds.get(&IdentifierKind::new("email").unwrap()), Some(&1));
    assert_eq!(kinds.get("email"), Some(&1));
    assert!(IdentifierKind::new("aaa").unwrap() < IdentifierKind::email());
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own(text in "[ a-zA-ZÄİß.@+-]{0,20}", kind in "email|phone|crm") {
        let kind = IdentifierKind::new(kind).unwrap();
        if let Ok(identifier) = Identifier::new(kind.clone(), &text, None) {
            prop_assert_eq!(Identifier::new(kind, identifier.value(), None).unwrap(), identifier);
        }
    }
}

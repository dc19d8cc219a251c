//! Records and memberships.

use expect_test::expect;
use onefold_event::{
    Decimal, Identifier, IdentifierKind, Membership, Money, Record, Timestamp, Value,
};

#[test]
fn fields_are_one_object_in_order() {
    let record = Record::new("order_lines")
        .field("sku", "85123A")
        .field("price", Decimal::new(255, 2))
        .field("note", Value::Null)
        .field("tags", Value::Json("[1, 2]".into()))
        .field("sku", "a\"b")
        .build()
        .unwrap();
    assert_eq!(
        record.fields().text(),
        r#"{"sku":"a\"b","price":2.55,"note":null,"tags":[1, 2]}"#
    );
    assert_eq!(record.collection(), "order_lines");
    assert_eq!((record.key(), record.time()), (None, None));
    assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
    assert_eq!(Record::new("x").build().unwrap().fields().text(), "{}");
}

#[test]
fn identifiers_and_traits_stand_once() {
    let email = || Identifier::email("ann@x.org").unwrap();
    let record = Record::new("contacts")
        .identifier(email())
        .identifier(email())
        .trait_value("name", "Ann")
        .trait_value("name", "Anna")
        .build()
        .unwrap();
    assert_eq!(record.identifiers(), [email()]);
    assert_eq!(record.traits(), [("name".into(), Value::text("Anna"))]);
}

#[test]
fn every_mistake_is_named() {
    let error = Record::new("contacts")
        .field("a", Value::Json("{".into()))
        .field("b", Value::Json("1}".into()))
        .build()
        .unwrap_err();
    expect![[r#"
        the record cannot be built
        the value of `a` is not valid JSON at byte 1: a key in double quotes was expected
        the value of `b` is not valid JSON at byte 1: something follows the value"#]]
    .assert_eq(&error.to_string());
    let error = Record::new(" ")
        .trait_value("t", Value::Json("x".into()))
        .build()
        .unwrap_err();
    expect![[r#"
        the record cannot be built
        ` ` is not a collection: 1 to 128 bytes, no control characters
        the value of `t` is not valid JSON at byte 0: a value was expected"#]]
    .assert_eq(&error.to_string());
    let error = Record::new("big")
        .field("x", "y".repeat(Record::BYTES_MAX))
        .build()
        .unwrap_err();
    expect![[r#"
        the record cannot be built
        the record has 1048584 bytes, the limit is 1048576"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn memberships_are_half_open() {
    let kind = IdentifierKind::new("domain").unwrap();
    let mut membership = Membership::new(Identifier::generic(kind, "x.org").unwrap());
    assert!(membership.holds_at(Timestamp::MIN) && membership.holds_at(Timestamp::MAX));
    membership.from = Some(Timestamp::from_micros(5));
    membership.to = Some(Timestamp::from_micros(7));
    let held: Vec<i64> = (3..9)
        .filter(|at| membership.holds_at(Timestamp::from_micros(*at)))
        .collect();
    assert_eq!(held, [5, 6]);
    let json = serde_json::to_string(&membership).unwrap();
    assert_eq!(
        serde_json::from_str::<Membership>(&json).unwrap(),
        membership
    );
}

#[test]
fn money_is_exact() {
    let read = |amount: &str| {
        let json = onefold_event::Json::parse(amount).unwrap();
        Money::from_json(json, "eur".parse().unwrap()).map(|money| money.to_string())
    };
    assert_eq!(read("0.1").as_deref(), Some("0.1 EUR"));
    assert_eq!(read("\" -12.50 \"").as_deref(), Some("-12.50 EUR"));
    assert_eq!(read("1e2").as_deref(), Some("100 EUR"));
    assert_eq!(read("\"12,50\""), None);
    assert_eq!(read("null"), None);
    assert_eq!(read("true"), None);
    assert_eq!(read("1e-40"), None);
    let money: Money = "12.50 EUR".parse().unwrap();
    assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
    assert!("12.50".parse::<Money>().is_err());
    assert!("EUR 12".parse::<Money>().is_err());
    assert!("12 EURO".parse::<Money>().is_err());
}

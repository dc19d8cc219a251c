//! The suite for destinations.

use onefold_consent::{
    Action, Channel, ConsentEntry, Evidence, Ledger, PERMIT_MICROS_MAX, Permit, Permitted, Purpose,
    Use,
};
use onefold_event::{
    AnchorId, Decimal, Identifier, IdentifierKind, PersonId, Position, SourceName, Timestamp, Value,
};

use crate::{Delivery, Destination, DestinationExt, Message, Refusal};

/// Delivers to a destination and demands what [`Destination`] promises: one outcome a message, in
/// their order; no message without a permit that is valid now and for its person; each id once; after
/// the end nothing more.
///
/// `make` starts the destination anew; it must take messages with the fields `email` (a text or null)
/// and `total` (a number). `arrived` tells the ids of all messages that can be seen outside, and is
/// asked after `finish`.
///
/// # Panics
/// If a promise is broken.
pub fn destination<D: Destination>(make: impl Fn() -> D, arrived: impl Fn() -> Vec<String>) {
    let empty = make();
    assert!(
        empty.deliver(&[], now()).is_empty(),
        "no message, no outcome"
    );
    assert!(empty.finish().is_ok(), "an empty delivery can be finished");
    assert!(
        arrived().is_empty(),
        "nothing arrives where nothing was sent"
    );

    let sender = make();
    assert!(!sender.name().is_empty(), "a destination has a name");
    outcomes_are_in_order(&sender);
    assert!(sender.finish().is_ok(), "a delivery can be finished");
    let mut ids = arrived();
    ids.sort_unstable();
    assert_eq!(ids, ["m1", "m4", "m5"], "what was delivered arrived once");
    nothing_after_the_end(&sender);
    assert_eq!(arrived().len(), 3, "nothing arrives after the end");
}

fn outcomes_are_in_order(sender: &impl Destination) {
    let late = now().plus_micros(-PERMIT_MICROS_MAX);
    let early = now().plus_micros(1);
    let other = PersonId::from_u128(99);
    let batch = [
        permit(1, now()).allow(message(1)),
        permit(2, late).allow(message(2)),
        permit(3, early).allow(message(3)),
        permit(4, now()).allow(message(4)),
        permit(1, now()).allow(message(1)),
        permit(5, now()).allow(Message {
            person: other,
            ..message(5)
        }),
    ];
    let outcomes = sender.deliver(&batch, now());
    let ended = Refusal::NotValidNow { valid_until: now() };
    let begins = Refusal::NotValidNow {
        valid_until: early.plus_micros(PERMIT_MICROS_MAX),
    };
    let expected = [
        Delivery::Delivered,
        Delivery::Refused(ended),
        Delivery::Refused(begins),
        Delivery::Delivered,
        Delivery::Delivered,
        Delivery::Refused(Refusal::OtherPerson),
    ];
    assert_eq!(outcomes, expected, "one outcome a message, in their order");
    let one = sender.deliver_one(permit(5, now()).allow(message(5)), now());
    assert_eq!(
        one,
        Delivery::Delivered,
        "what was refused may come again with a permit"
    );
    let again = sender.deliver_one(permit(4, now()).allow(message(4)), now());
    assert_eq!(
        again,
        Delivery::Delivered,
        "an id that was delivered is delivered"
    );
}

fn nothing_after_the_end(sender: &impl Destination) {
    let after = sender.deliver_one(permitted(6), now());
    assert!(
        matches!(after, Delivery::Rejected(_)),
        "after the end a message is rejected, not {after:?}"
    );
    assert!(sender.finish().is_err(), "the end comes once");
}

fn now() -> Timestamp {
    Timestamp::from_micros(1_772_000_000_000_000)
}

fn permitted(number: u128) -> Permitted<Message> {
    permit(number, now()).allow(message(number))
}

fn message(number: u128) -> Message {
    let email = match number {
        4 => Value::Null,
        _ => Value::text(format!(
            "person{number}@example.com, \"the\" {number}th\nof many"
        )),
    };
    Message {
        id: format!("m{number}").into(),
        person: PersonId::from_u128(number),
        fields: vec![
            ("email".into(), email),
            ("total".into(), Decimal::new(-1250, 2).into()),
        ],
    }
}

/// A permit for this person, decided at this instant, from a ledger that holds a grant.
#[expect(clippy::expect_used, reason = "every text here is well formed")]
fn permit(number: u128, decided_at: Timestamp) -> Permit {
    let purpose = Purpose::new("newsletter").expect("a purpose");
    let channel = Channel::new("email").expect("a channel");
    let subject = Identifier::generic(IdentifierKind::email(), "person@example.com");
    let granted = Timestamp::from_micros(0);
    let entry = ConsentEntry::new(
        subject.expect("an identifier"),
        purpose.clone(),
        Action::Grant,
        granted,
    );
    let entry = entry.evidence(Evidence::by_method("conformance suite"));
    let form = SourceName::new("conformance").expect("a name");
    let mut ledger = Ledger::new();
    ledger.append(AnchorId(0), &entry, &form, Position(1));
    let request = Use::new(purpose, channel);
    let person = PersonId::from_u128(number);
    let decision = ledger.decide(person, &[AnchorId(0)], &request, decided_at);
    decision.permit().expect("the person granted it")
}

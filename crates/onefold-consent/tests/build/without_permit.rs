//! A message alone cannot be sent.

use onefold_consent::{Channel, Decision, Ledger, Permitted, Purpose, Use};
use onefold_event::{AnchorId, PersonId, Timestamp};

fn send(_: Permitted<&str>) {}

fn main() -> onefold_event::Result<()> {
    let newsletter = Use::new(Purpose::new("newsletter")?, Channel::new("email")?);
    let ledger = Ledger::new();
    let person = PersonId::from_u128(1);
    match ledger.decide(person, &[AnchorId(0)], &newsletter, Timestamp::default()) {
        Decision::Allowed(_) => send("hello"),
        Decision::Denied(_) => {}
    }
    Ok(())
}

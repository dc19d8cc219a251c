//! One permit is for one message: it cannot be used twice.

use onefold_consent::{Permit, Permitted};

fn twice(permit: Permit) -> (Permitted<u8>, Permitted<u8>) {
    (permit.allow(1), permit.allow(2))
}

fn main() {}

//! Permission cannot be put around another value by hand.

use onefold_consent::{Permit, Permitted};

fn forged(value: u8, permit: Permit) -> Permitted<u8> {
    Permitted { value, permit }
}

fn main() {}

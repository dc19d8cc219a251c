//! What every destination here does first: permits are checked, repeated ids are let go.
//!
//! Invariant: `write` sees each id once, and only with a permit that holds.

use onefold_consent::Permitted;
use onefold_event::{Diagnostic, Timestamp};
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};

use super::{Delivery, Message, refusal};

/// The ids that were delivered, 16 bytes each.
#[derive(Debug, Default)]
pub(super) struct Gate {
    delivered: FxHashSet<u128>,
}

impl Gate {
    /// The outcome of every message; `write` is called for those that are to be written.
    pub(super) fn pass(
        &mut self,
        batch: &[Permitted<Message>],
        now: Timestamp,
        mut write: impl FnMut(&Message) -> Delivery,
    ) -> Vec<Delivery> {
        let outcomes = batch.iter().map(|permitted| {
            let message = permitted.value();
            if let Some(refusal) = refusal(permitted.permit(), message.person, now) {
                return Delivery::Refused(refusal);
            }
            let id = digest(&message.id);
            if self.delivered.contains(&id) {
                return Delivery::Delivered;
            }
            let outcome = write(message);
            if outcome == Delivery::Delivered {
                self.delivered.insert(id);
            }
            outcome
        });
        outcomes.collect()
    }
}

/// What is said of a message after the end.
pub(super) fn finished() -> Delivery {
    Delivery::Rejected(vec![Diagnostic::new("the destination is finished")])
}

/// What became of a message that was written. A file that failed once may hold half a message: it is
/// given up.
pub(super) fn written<F>(file: &mut Option<F>, result: std::io::Result<()>) -> Delivery {
    match result {
        Ok(()) => Delivery::Delivered,
        Err(error) => {
            *file = None;
            Delivery::Failed {
                reason: error.to_string().into(),
                retry_after: None,
            }
        }
    }
}

fn digest(id: &str) -> u128 {
    let digest = Sha256::digest(id.as_bytes());
    let (head, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*head)
}

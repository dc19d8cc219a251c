//! Where permitted messages go.
//!
//! Invariant: a message reaches a destination only with a permit, and leaves it only while the permit
//! is valid.

mod callback;
mod columns;
mod csv;
mod gate;
mod json_lines;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;

use std::{fmt, fmt::Debug, time::Duration};

use onefold_consent::{Permit, Permitted};
use onefold_event::{Diagnostics, PersonId, Result, Timestamp, Value};

pub use callback::Callback;
pub use columns::{Columns, ValueType};
pub use csv::{CsvFile, Formulas};
pub use json_lines::JsonLinesFile;
#[cfg(feature = "parquet")]
pub use parquet::ParquetFile;

/// What is told about one person to a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Makes a repeated delivery harmless: a destination takes a message of this id once.
    pub id: Box<str>,
    /// The person it is about.
    pub person: PersonId,
    /// What is told, by name, in the order of the columns.
    pub fields: Vec<(Box<str>, Value)>,
}

impl Message {
    /// The value of this name; of a repeated name the first.
    pub fn field(&self, name: &str) -> Option<&Value> {
        let found = self.fields.iter().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value)
    }
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what was not delivered must be seen"]
#[non_exhaustive]
pub enum Delivery {
    /// The destination has it, now or from an earlier delivery of the same id.
    Delivered,
    /// The permit does not hold at this instant, or is another person's. Nothing was sent: decide
    /// again.
    Refused(Refusal),
    /// The destination cannot take this message as it is. Sending it again does not help.
    Rejected(Diagnostics),
    /// Not this time; the same message may be sent again, after so long if that is known.
    Failed {
        /// Why.
        reason: Box<str>,
        /// How long to wait.
        retry_after: Option<Duration>,
    },
}

/// Why a permit does not let a message out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The permit begins later or has ended.
    NotValidNow {
        /// The first instant at which it does not hold any more.
        valid_until: Timestamp,
    },
    /// The permit is another person's.
    OtherPerson,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotValidNow { valid_until } => {
                write!(f, "the permit is not valid now; it ends at {valid_until}")
            }
            Self::OtherPerson => f.write_str("the permit is for another person"),
        }
    }
}

/// A place outside to which permitted messages are delivered.
///
/// [`conformance::destination`](crate::conformance::destination) tests an implementation.
pub trait Destination: Debug + Send + Sync {
    /// The name, for reports.
    fn name(&self) -> &str;

    /// Delivers a batch; one outcome for each message, in their order. A message whose permit does not
    /// hold at `now` (see [`refusal`]) is [`Refused`](Delivery::Refused) and not looked at. A message
    /// whose id was delivered before is `Delivered` and not sent again.
    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery>;

    /// Makes what was delivered visible, once: a file is renamed into place. Afterwards every new
    /// message is [`Rejected`](Delivery::Rejected).
    ///
    /// # Errors
    /// What the host must act on: nothing became visible.
    fn finish(&self) -> Result<()>;
}

impl<D: Destination + ?Sized> Destination for Box<D> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery> {
        (**self).deliver(batch, now)
    }

    fn finish(&self) -> Result<()> {
        (**self).finish()
    }
}

/// What every destination can do besides.
pub trait DestinationExt: Destination {
    /// Delivers one message.
    fn deliver_one(&self, message: Permitted<Message>, now: Timestamp) -> Delivery {
        let delivered = self.deliver(std::slice::from_ref(&message), now).pop();
        delivered.unwrap_or_else(|| Delivery::Failed {
            reason: "the destination did not say what became of the message".into(),
            retry_after: None,
        })
    }

    /// Delivers every message in batches and counts the outcomes.
    fn deliver_all(
        &self,
        messages: impl IntoIterator<Item = Permitted<Message>>,
        now: Timestamp,
    ) -> Deliveries {
        let mut counted = Deliveries::default();
        let mut batch = Vec::with_capacity(BATCH_MESSAGES);
        for message in messages {
            batch.push(message);
            if batch.len() == BATCH_MESSAGES {
                counted.count(self.deliver(&batch, now));
                batch.clear();
            }
        }
        if !batch.is_empty() {
            counted.count(self.deliver(&batch, now));
        }
        counted
    }
}

impl<D: Destination + ?Sized> DestinationExt for D {}

const BATCH_MESSAGES: usize = 1_000;

/// How many messages had which outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "what was not delivered must be seen"]
pub struct Deliveries {
    /// The destination has them.
    pub delivered: u64,
    /// Their permits did not hold.
    pub refused: u64,
    /// They cannot be taken as they are.
    pub rejected: u64,
    /// They may be sent again.
    pub failed: u64,
    /// The outcome of the first message that was not delivered.
    pub first_problem: Option<Delivery>,
}

impl Deliveries {
    fn count(&mut self, outcomes: Vec<Delivery>) {
        for outcome in outcomes {
            match &outcome {
                Delivery::Delivered => self.delivered += 1,
                Delivery::Refused(_) => self.refused += 1,
                Delivery::Rejected(_) => self.rejected += 1,
                Delivery::Failed { .. } => self.failed += 1,
            }
            if outcome != Delivery::Delivered && self.first_problem.is_none() {
                self.first_problem = Some(outcome);
            }
        }
    }
}

/// Why a permit does not let a message about this person out at `now`; `None` if it does. Every
/// destination asks this first.
pub fn refusal(permit: &Permit, person: PersonId, now: Timestamp) -> Option<Refusal> {
    if !permit.is_valid(now) {
        let valid_until = permit.valid_until();
        return Some(Refusal::NotValidNow { valid_until });
    }
    (permit.person() != person).then_some(Refusal::OtherPerson)
}

//! Permits: proof that one use is allowed now.
//!
//! Invariant: a [`Permit`] is made in this crate only, by [`Ledger::decide`](crate::Ledger::decide);
//! it cannot be cloned, stored or read back, so it can be neither shared nor forged nor kept.

use onefold_event::{PersonId, Position, Timestamp};
use smallvec::SmallVec;

use crate::{Channel, Purpose, Use};

/// The longest life of a permit, in microseconds: 24 hours. A withdrawal that arrives after the
/// decision is thereby honoured within a day even where a message waits that long.
pub const PERMIT_MICROS_MAX: i64 = 24 * 3_600 * 1_000_000;

/// Proof that one use of one person's data is allowed now.
///
/// Valid from the decision for [`PERMIT_MICROS_MAX`], or until the consent expires if that is
/// earlier. What sends a message checks [`is_valid`](Self::is_valid) at the moment of sending.
#[derive(Debug)]
#[must_use = "a permit that is not used permits nothing"]
pub struct Permit {
    person: PersonId,
    request: Use,
    decided_at: Timestamp,
    valid_until: Timestamp,
    evidence: SmallVec<[Position; 4]>,
}

impl Permit {
    pub(crate) fn new(
        person: PersonId,
        request: Use,
        decided_at: Timestamp,
        expires: Option<Timestamp>,
        evidence: SmallVec<[Position; 4]>,
    ) -> Self {
        let longest = decided_at.plus_micros(PERMIT_MICROS_MAX);
        let valid_until = expires.map_or(longest, |expires| expires.min(longest));
        debug_assert!(valid_until > decided_at || decided_at == Timestamp::MAX);
        debug_assert!(!evidence.is_empty());
        Self {
            person,
            request,
            decided_at,
            valid_until,
            evidence,
        }
    }

    /// Whose data.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// For what.
    pub fn purpose(&self) -> &Purpose {
        &self.request.purpose
    }

    /// By which way; `None` for a use on every channel.
    pub fn channel(&self) -> Option<&Channel> {
        self.request.channel.as_ref()
    }

    /// When it was decided.
    pub fn decided_at(&self) -> Timestamp {
        self.decided_at
    }

    /// The first instant at which it is no longer valid.
    pub fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    /// The places in the log of the grants it rests on, ascending; never empty.
    pub fn evidence(&self) -> &[Position] {
        &self.evidence
    }

    /// Whether it is valid at this instant: `decided_at <= now < valid_until`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.decided_at <= now && now < self.valid_until
    }

    /// Uses the permit up for one thing that is to be sent or shown.
    pub fn allow<T>(self, value: T) -> Permitted<T> {
        Permitted {
            value,
            permit: self,
        }
    }
}

/// Something that may be used, with the permit that says so; made by [`Permit::allow`] only.
#[derive(Debug)]
#[must_use = "what is permitted is meant to be sent"]
pub struct Permitted<T> {
    value: T,
    permit: Permit,
}

impl<T> Permitted<T> {
    /// What may be used.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Why it may be used.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The same permission for another form of the same thing, such as a rendered message.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Permitted<U> {
        Permitted {
            value: change(self.value),
            permit: self.permit,
        }
    }

    /// The thing and its permit.
    pub fn into_parts(self) -> (T, Permit) {
        (self.value, self.permit)
    }
}

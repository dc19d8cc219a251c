//! When an event happened, given four times from clocks that disagree.
//!
//! Invariant: the answer is never more than [`FUTURE_MAX`] after receipt, and its basis says how it
//! was found.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

const HOUR: i64 = 3_600_000_000;
/// How far after receipt a time is still believed: 23 hours, less than any mistake of a whole day.
pub(crate) const FUTURE_MAX: i64 = 23 * HOUR;
/// How far the device's clock may be off for the skew to be believed: a wrong time zone and more.
const SKEW_MAX: i64 = 24 * HOUR;
/// 2000-01-01: no clock that was ever set shows an earlier time.
pub(crate) const CLOCKS_SET: Timestamp = Timestamp::from_micros(946_684_800_000_000);
/// How long an event may have waited on a device whose clock was never set.
const WAIT_MAX: i64 = 30 * 24 * HOUR;

/// How the time of an event was found.
///
/// The rule, first match counts. *Device time* is `originalTimestamp`, else `timestamp`; *skew* is
/// `receivedAt - sentAt`.
///
/// 1. No `timestamp` and no `originalTimestamp`: the time of receipt ([`Received`](Self::Received)).
/// 2. `timestamp` beside an own `receivedAt` and no `originalTimestamp`: a collector has corrected it
///    already, and it is used as it is ([`AsGiven`](Self::AsGiven)).
/// 3. No `sentAt`: `timestamp` if there, else `originalTimestamp`, as it is ([`AsGiven`](Self::AsGiven)).
/// 4. Skew of at most 24 hours: `receivedAt - (sentAt - device time)` ([`Corrected`](Self::Corrected)).
/// 5. `sentAt` before the year 2000, so the device's clock was never set: corrected likewise if the
///    event then waited 0 to 30 days, else the time of receipt ([`ClockUnset`](Self::ClockUnset)).
/// 6. A larger skew is an archive that was read again or an absurd clock: as in rule 3
///    ([`SkewIgnored`](Self::SkewIgnored)).
///
/// Whatever the rule gives: more than 23 hours after receipt is not believed, and the time of receipt
/// is used ([`FutureClamped`](Self::FutureClamped)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeBasis {
    /// The device's time plus its skew.
    Corrected {
        /// By how much the device's clock was slow; negative if it was fast.
        skew_micros: i64,
    },
    /// The given time: nothing to correct it by, or corrected already.
    AsGiven,
    /// The given time: the skew is too large to be one.
    SkewIgnored {
        /// `receivedAt - sentAt`.
        skew_micros: i64,
    },
    /// The time of receipt: no time was given.
    Received,
    /// The time of receipt: the device's clock was never set and its times do not fit together.
    ClockUnset,
    /// The time of receipt: the time found lay too far after it.
    FutureClamped {
        /// How far the time found lay after receipt.
        ahead_micros: i64,
    },
}

/// The times of an envelope, as far as they are there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clocks {
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) original: Option<Timestamp>,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) received: Option<Timestamp>,
}

impl Clocks {
    /// The time of receipt: the envelope's if it is sane, else the argument.
    pub(crate) fn received_at(&self, argument: Timestamp) -> Timestamp {
        let sane =
            |time: &Timestamp| *time >= CLOCKS_SET && time.micros_since(argument) <= FUTURE_MAX;
        self.received.filter(sane).unwrap_or(argument)
    }

    /// The time of the event and how it was found.
    pub(crate) fn event_time(&self, received_at: Timestamp) -> (Timestamp, TimeBasis) {
        let (time, basis) = self.unguarded(received_at);
        let ahead_micros = time.micros_since(received_at);
        if ahead_micros > FUTURE_MAX {
            return (received_at, TimeBasis::FutureClamped { ahead_micros });
        }
        (time, basis)
    }

    fn unguarded(&self, received_at: Timestamp) -> (Timestamp, TimeBasis) {
        let (Some(given), Some(device)) = (
            self.timestamp.or(self.original),
            self.original.or(self.timestamp),
        ) else {
            return (received_at, TimeBasis::Received);
        };
        let corrected_already = self.received.is_some() && self.original.is_none();
        let Some(sent) = self.sent.filter(|_| !corrected_already) else {
            return (given, TimeBasis::AsGiven);
        };
        let skew_micros = received_at.micros_since(sent);
        let corrected = (
            device.plus_micros(skew_micros),
            TimeBasis::Corrected { skew_micros },
        );
        if skew_micros.abs() <= SKEW_MAX {
            return corrected;
        }
        if sent >= CLOCKS_SET {
            return (given, TimeBasis::SkewIgnored { skew_micros });
        }
        match (0..=WAIT_MAX).contains(&sent.micros_since(device)) {
            true => corrected,
            false => (received_at, TimeBasis::ClockUnset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `times` are `name=time` with `t`, `o`, `s`, `r` for the members, and `now` for the argument.
    fn check(times: &str, expected: &str) {
        let mut clocks = Clocks::default();
        let mut argument = Timestamp::default();
        for (name, time) in times.split(' ').filter_map(|part| part.split_once('=')) {
            let time: Timestamp = time.parse().unwrap();
            match name {
                "t" => clocks.timestamp = Some(time),
                "o" => clocks.original = Some(time),
                "s" => clocks.sent = Some(time),
                "r" => clocks.received = Some(time),
                _ => argument = time,
            }
        }
        let received_at = clocks.received_at(argument);
        let (time, basis) = clocks.event_time(received_at);
        assert_eq!(format!("{time} {basis:?}"), expected, "{times}");
        assert!(time.micros_since(received_at) <= FUTURE_MAX);
    }

    #[test]
    fn rule_by_rule() {
        check("now=2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z Received");
        // An SDK straight to us: the device is ten minutes fast.
        check(
            "now=2026-03-01T12:00:00Z t=2026-03-01T12:09:58Z s=2026-03-01T12:10:00Z",
            "2026-03-01T11:59:58Z Corrected { skew_micros: -600000000 }",
        );
        // Out of another collector, which has corrected it already.
        check(
            "now=2026-03-02 t=2026-03-01T12:00:00Z s=2026-03-01T12:10:00Z r=2026-03-01T12:00:05Z",
            "2026-03-01T12:00:00Z AsGiven",
        );
        check(
            "now=2026-03-02 o=2026-03-01T12:09:59Z t=2026-03-01T09:00:00Z s=2026-03-01T12:10:00Z r=2026-03-01T12:00:05Z",
            "2026-03-01T12:00:04Z Corrected { skew_micros: -595000000 }",
        );
        check(
            "now=2026-03-02 o=2026-03-01T01:00:00Z",
            "2026-03-01T01:00:00Z AsGiven",
        );
        check(
            "now=2026-03-02 o=2026-03-01T01:00:00Z t=2026-03-01",
            "2026-03-01T00:00:00Z AsGiven",
        );
        // A file of requests from 2024, read again: its times must not move.
        check(
            "now=2026-03-01 t=2024-03-01 s=2024-03-01T00:00:01Z",
            "2024-03-01T00:00:00Z SkewIgnored { skew_micros: 63071999000000 }",
        );
        // A clock that was never set counts from 1970, and the wait is right all the same.
        check(
            "now=2026-03-01 t=1970-01-01T00:01:00Z s=1970-01-01T00:02:00Z",
            "2026-02-28T23:59:00Z Corrected { skew_micros: 1772323080000000 }",
        );
        check(
            "now=2026-03-01 t=2026-03-01 s=1970-01-01",
            "2026-03-01T00:00:00Z ClockUnset",
        );
        // History sent through an SDK by a server whose clock is right.
        check(
            "now=2026-03-01T00:00:01Z t=2019-05-05 s=2026-03-01T00:00:00Z",
            "2019-05-05T00:00:01Z Corrected { skew_micros: 1000000 }",
        );
    }

    #[test]
    fn the_future_is_not_believed() {
        check(
            "now=2026-03-01 t=2026-03-01T23:00:00Z",
            "2026-03-01T23:00:00Z AsGiven",
        );
        check(
            "now=2026-03-01 t=2026-03-01T23:00:00.000001Z",
            "2026-03-01T00:00:00Z FutureClamped { ahead_micros: 82800000001 }",
        );
        check(
            "now=2026-03-01 t=2026-03-05 s=2026-03-01",
            "2026-03-01T00:00:00Z FutureClamped { ahead_micros: 345600000000 }",
        );
    }

    #[test]
    fn receipt_is_taken_from_the_envelope_if_sane() {
        check(
            "now=2026-03-01 r=2025-01-01",
            "2025-01-01T00:00:00Z Received",
        );
        check(
            "now=2026-03-01 r=2026-03-01T22:00:00Z",
            "2026-03-01T22:00:00Z Received",
        );
        check(
            "now=2026-03-01 r=2026-03-03",
            "2026-03-01T00:00:00Z Received",
        );
        check(
            "now=2026-03-01 r=1999-12-31",
            "2026-03-01T00:00:00Z Received",
        );
    }
}

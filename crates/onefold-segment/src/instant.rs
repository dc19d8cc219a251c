//! Instants as plain numbers: microseconds since 1970.
//!
//! Invariant: [`NEVER`] is later than every [`Timestamp`].

use onefold_event::Timestamp;

/// Later than every instant.
pub(crate) const NEVER: i64 = i64::MAX;

/// The instant, or [`NEVER`] if there is none or no [`Timestamp`] is so late.
pub(crate) fn or_never(micros: Option<i64>) -> i64 {
    micros
        .filter(|micros| *micros <= Timestamp::MAX.as_micros())
        .unwrap_or(NEVER)
}

/// The instant, unless it is [`NEVER`].
pub(crate) fn timestamp(micros: i64) -> Option<Timestamp> {
    (micros != NEVER).then(|| Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_later_than_every_timestamp_is_never() {
        let last = Timestamp::MAX.as_micros();
        assert_eq!(or_never(None), NEVER);
        assert_eq!(or_never(Some(last + 1)), NEVER);
        assert_eq!(or_never(Some(last)), last);
        assert_eq!(timestamp(last), Some(Timestamp::MAX));
        assert_eq!(timestamp(NEVER), None);
    }
}
